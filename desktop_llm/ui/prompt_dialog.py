"""What the model sees: the prompt as it was rendered for it, to the last special token."""

from __future__ import annotations

import html

from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QDialog, QPushButton, QTextEdit, QVBoxLayout, QWidget

from desktop_llm.engine.messages import Inspected, SeenPiece
from desktop_llm.fitting import Omission
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped

_LONGEST_SHOWN = 20_000


class PromptDialog(QDialog):
    """The template's own words stand on a ground of their own, each piece with its number of tokens."""

    def __init__(self, seen: Inspected, omission: Omission, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts, self.text = wrapped("muted"), QTextEdit()
        self._place()
        number = self.locale().toString
        said = self.tr("{tokens} of {limit} tokens; the first {cached} need not be read again.")
        told = said.format(tokens=number(seen.tokens), limit=number(seen.limit), cached=number(seen.cached))
        self._facts.setText("\n".join(filter(None, (told, self._left_out(omission)))))
        self.text.setHtml("".join(self._shown(piece) for piece in seen.pieces))

    def _left_out(self, omission: Omission) -> str:
        if not omission.messages:
            return ""
        said = self.tr("{count} earlier messages were left out, for the context had no room for them.")
        summed_up = self.tr("The summary in the system prompt stood in their place.") if omission.summary else ""
        return " ".join(filter(None, (said.format(count=len(omission.messages)), summed_up)))

    def _shown(self, piece: SeenPiece) -> str:
        """Escaped, with visible line ends: it is a stranger's template and people's text."""
        text = piece.text if len(piece.text) <= _LONGEST_SHOWN else piece.text[:_LONGEST_SHOWN] + "…"
        shown = html.escape(text).replace("\n", "<br>").replace("  ", "&nbsp; ")
        palette = self.palette()
        muted = palette.color(QPalette.ColorRole.PlaceholderText).name()
        count = f'<span style="color:{muted}; font-size:small"> [{piece.tokens}]</span>'
        if piece.message >= 0:
            return f"<span>{shown}</span>{count}"
        ground = palette.color(QPalette.ColorRole.AlternateBase).name()
        return f'<span style="background-color:{ground}; color:{muted}">{shown}</span>'

    def _place(self) -> None:
        self.setWindowTitle(self.tr("What the model sees"))
        self.resize(720, 560)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Prompt"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._facts)
        column.addWidget(self.text, 1)
        column.addLayout(button_row(close))
