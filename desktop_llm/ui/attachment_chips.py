"""What is to go with the message being written: a piece for each file says how far it is read, and takes it away."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStyle, QWidget

from desktop_llm.conversation import Attachment
from desktop_llm.ui.amounts import count
from desktop_llm.ui.amounts import words as words_of
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.shown_text import shown

MOST_LINES, GAP = 3, 4
_BELOW = 2
_LONGEST_NAME = 260  # pixels
_COUNTED = 200_000
"""Characters of which the words are counted; of a longer text they are reckoned from these."""
_tickets = itertools.count(1)


@dataclass(eq=False)
class Chip:
    """One thing to go with a message: `attachment` comes when it is read, `failed` where it could not be."""

    name: str
    attachment: Attachment | None = None
    ticket: int = field(default_factory=lambda: next(_tickets))
    failed: bool = False

    @property
    def reading(self) -> bool:
        return self.attachment is None and not self.failed


def chips_of(attachments: Iterable[Attachment]) -> list[Chip]:
    return [Chip(attachment.name, attachment) for attachment in attachments]


def files_in(data: QMimeData) -> list[Path]:
    """What is dragged or pasted of this computer's files."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def facts_of(attachment: Attachment) -> str:
    """12 pages · 8,400 words."""
    facts, words = [pages_of(attachment.pages)] if attachment.pages else [], words_in(attachment)
    text = QCoreApplication.translate("AttachmentChips", "{count} words") if words != 1 else one_word()
    return " · ".join([*facts, text.format(count=count(words))])


def one_word() -> str:
    return QCoreApplication.translate("AttachmentChips", "1 word")


def pages_of(pages: int) -> str:
    if pages == 1:
        return QCoreApplication.translate("AttachmentChips", "1 page")
    return QCoreApplication.translate("AttachmentChips", "{count} pages").format(count=count(pages))


def words_in(attachment: Attachment) -> int:
    """Counted, but in a long text reckoned to two figures; a Chinese or Japanese character is a word."""
    seen = words = 0
    for part in attachment.parts:
        words += len(words_of(part.text))
        seen += len(part.text)
        if seen > _COUNTED:
            break
    whole = sum(len(part.text) for part in attachment.parts)
    return words if whole <= seen else int(float(f"{words * whole / seen:.1e}"))


class ChipView(QFrame):
    """The name of a file and what is known of it, with a button that takes it away."""

    removed = Signal(object)

    def __init__(self, chip: Chip, parent: QWidget) -> None:
        super().__init__(parent)
        self.chip = chip
        self.setObjectName("chip")
        self._label = LeadingLabel("", self)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.button = IconButton("close", "", self)
        self.button.setIconSize(QSize(12, 12))
        self.button.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 1, 2, 1)
        row.setSpacing(4)
        row.addSpacing(8)  # a margin would not change sides with the language
        row.addWidget(self._label, 1)
        row.addWidget(self.button)
        self.draw()

    def text(self) -> str:
        return self._with(shown(self.chip.name))

    def _with(self, name: str) -> str:
        if self.chip.attachment is None:
            return self.tr("Reading {name}…").format(name=name)
        return f"{name} · {facts_of(self.chip.attachment)}"

    def draw(self) -> None:
        """A name that is too long loses its middle."""
        name, text = shown(self.chip.name), self.text()
        cancels = self.tr("Stop reading {name}") if self.chip.reading else self.tr("Remove {name}")
        self.button.rename(cancels.format(name=name))
        short = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, _LONGEST_NAME)
        self._label.setText(self._with(short))
        self._label.setAccessibleName(text)
        self.setToolTip(text)
        self._label.setMinimumWidth(min(120, self._label.sizeHint().width()))

    def _remove(self) -> None:
        self.removed.emit(self.chip)


def flowing(sizes: Iterable[QSize], width: int, gap: int = GAP) -> list[QRect]:
    """Side by side from the left, on a new line where the next has no room; none is wider than `width`."""
    places, x, y, line = list[QRect](), 0, 0, 0
    for size in sizes:
        wide = min(size.width(), width)
        if x and x + wide > width:
            x, y, line = 0, y + line + gap, 0
        places.append(QRect(x, y, wide, size.height()))
        x, line = x + wide + gap, max(line, size.height())
    return places


class AttachmentChips(QScrollArea):
    """Side by side, as words stand; more than a few lines of them scroll."""

    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Attached files"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("chips")
        self._inside = QWidget()
        self.setWidget(self._inside)
        self.views: list[ChipView] = []
        self.held: list[Chip] = []
        self.show_chips([])

    @property
    def reading(self) -> list[Chip]:
        return [chip for chip in self.held if chip.reading]

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Those that are read."""
        return tuple(chip.attachment for chip in self.held if chip.attachment)

    def unused(self, name: str) -> str:
        """The name, with a number where something has it already."""
        names = itertools.chain([name], (f"{name} {n}" for n in itertools.count(2)))
        there = {chip.name for chip in self.held}
        return next(each for each in names if each not in there)

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Holds these instead, without those that could not be read."""
        self.held = [chip for chip in chips if not chip.failed]
        kept = {view.chip: view for view in self.views}
        self.views = [kept.pop(chip) if chip in kept else self._made(chip) for chip in self.held]
        for view in self.views:
            view.draw()
            view.show()
        for gone in kept.values():
            gone.hide()
            gone.deleteLater()
        self.setVisible(bool(self.held))
        for before, after in itertools.pairwise(self.views):
            self.setTabOrder(before.button, after.button)
        self._flow()

    def _made(self, chip: Chip) -> ChipView:
        view = ChipView(chip, self._inside)
        view.removed.connect(self.removed)
        return view

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._flow()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.LayoutDirectionChange):
            self._flow()

    def _flow(self) -> None:
        """As high as its lines, up to a bound."""
        room = self.viewport().width()
        places = flowing((view.sizeHint() for view in self.views), room)
        for view, place in zip(self.views, places, strict=True):
            view.setGeometry(QStyle.visualRect(self.layoutDirection(), QRect(0, 0, room, 1), place))
        bottoms = sorted({place.bottom() + 1 for place in places})
        self._inside.setMinimumHeight(bottoms[-1] if bottoms else 0)
        self.setFixedHeight(bottoms[min(len(bottoms), MOST_LINES) - 1] + _BELOW if bottoms else 0)
