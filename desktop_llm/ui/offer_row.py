"""One file of a repository: its size, what its quantization means, whether it runs here, and a button to get it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_llm.library.hub import quantization_words
from desktop_llm.library.offers import Offer
from desktop_llm.memory import verdict_words
from desktop_llm.ui import amounts
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.notice import in_words, translated


class OfferRow(QFrame):
    wanted = Signal(object)  # the Choice

    def __init__(self, offer: Offer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offer = offer
        self.setObjectName("card")
        self._title = QLabel()
        self._title.setObjectName("strong")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._badge = QLabel(self.tr("Recommended"))
        self._badge.setObjectName("badge")
        self._words = wrapped("muted")
        self._get = QPushButton(self.tr("Download"))
        self._place()
        self.show_offer(offer)

    def show_offer(self, offer: Offer) -> None:
        self.offer = offer
        choice = offer.choice
        name = choice.quantization or choice.name.rpartition("/")[2]
        self._title.setText(f"{name}  ·  {amounts.size(choice.size)}")
        self._title.setToolTip(choice.name)
        self._badge.setVisible(offer.recommended)
        self._get.setObjectName("primary" if offer.recommended else "")
        self._get.setAccessibleName(self.tr("Download {name}").format(name=name))
        self._words.setText(self._told(offer))

    def show_state(self, taken: str) -> None:
        """`taken`: why it need not be downloaded, or nothing."""
        if taken and self._get.hasFocus():
            # Or Qt would hand the focus to whatever comes next, which may be at the other end of the window.
            self.setFocus()
        self._get.setText(taken or self.tr("Download"))
        self._get.setEnabled(not taken)

    def _told(self, offer: Offer) -> str:
        speed = self.tr("About {speed}.").format(speed=amounts.speed(offer.speed)) if offer.speed else ""
        parts = self.tr("{count} parts.").format(count=len(offer.choice.files)) if len(offer.choice.files) > 1 else ""
        fits = in_words(verdict_words(offer.fit)) if offer.fit else ""
        return " ".join(filter(None, (translated(quantization_words(offer.choice.quantization)), fits, speed, parts)))

    def _place(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        # Beside the title it would push the button out of a window of the smallest size.
        words.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self._words)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 12, 10)
        row.addLayout(words, 1)
        row.addWidget(self._get, 0, Qt.AlignmentFlag.AlignVCenter)
        self._get.clicked.connect(lambda: self.wanted.emit(self.offer.choice))
