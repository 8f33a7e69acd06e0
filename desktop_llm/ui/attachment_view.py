"""What went with a question: a piece for each file, with what of it the model was given; a click shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop_llm.conversation import Attachment
from desktop_llm.tasks.attached import places_of
from desktop_llm.ui.amounts import count
from desktop_llm.ui.icons import icon
from desktop_llm.ui.rows import ATTACHMENT, Row
from desktop_llm.ui.shown_text import shown

_GAP = 6
_MOST_RANGES = 4
_LEAST_NAME = 60


def given_of(attachment: Attachment) -> str:
    """What of it the model was given: whole; pages 3, 7–9 of 40; parts 2, 5 of 31."""
    if attachment.given is None:
        return QCoreApplication.translate("Attachments", "whole text")
    whole = attachment.pages or len(attachment.parts)
    places = places_of(attachment)
    if not places:
        return QCoreApplication.translate("Attachments", "not included: no room")
    if attachment.pages:
        text = QCoreApplication.translate("Attachments", "passages used: pages {places} of {count}")
    else:
        text = QCoreApplication.translate("Attachments", "passages used: parts {places} of {count}")
    return text.format(places=in_ranges(places), count=count(whole))


def in_ranges(numbers: Sequence[int]) -> str:
    """3, 7–9; only the first of many."""
    ranges = list(_ranges(numbers))
    return ", ".join([*ranges[:_MOST_RANGES], *(["…"] if len(ranges) > _MOST_RANGES else [])])


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    for _, group in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        run = [number for _, number in group]
        yield count(run[0]) if len(run) == 1 else f"{count(run[0])}–{count(run[-1])}"


class AttachmentsView(QWidget):
    """In the bubble, above what was written."""

    opened = Signal(object)  # the attachment

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self.width_taken = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(_GAP)
        self.buttons = [self._button(place) for place in range(len(row.message.attachments))]

    def texts(self) -> list[str]:
        """What stands on each piece."""
        return [name + given for name, given in self._texts()]

    def _texts(self) -> list[tuple[str, str]]:
        """Of each attachment its name, and what follows it where it is known what was given."""
        attachments, decided = self._row.message.attachments, self._row.decided
        return [(shown(each.name), f" · {given_of(each)}" if decided else "") for each in attachments]

    def draw(self) -> None:
        for button, text in zip(self.buttons, self.texts(), strict=True):
            button.setToolTip(text)
            button.setAccessibleName(self.tr("Attached: {file}").format(file=text))
            button.setIcon(icon("file", self.palette().color(self.foregroundRole()).name()))

    def natural_width(self, most: int) -> int:
        """Names that are too long for it lose their middle."""
        around = self.buttons[0].iconSize().width() + 40
        metrics = self.fontMetrics()
        wanted = max(metrics.horizontalAdvance(text) for text in self.texts()) + around
        self.width_taken = min(most, wanted)
        for button, (name, given) in zip(self.buttons, self._texts(), strict=True):
            room = self.width_taken - around + 2 - metrics.horizontalAdvance(given)
            elided = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(room, _LEAST_NAME))
            button.setText((elided + given).replace("&", "&&"))
        return self.width_taken

    def height_at(self, _width: int) -> int:
        return len(self.buttons) * (ATTACHMENT + _GAP) - _GAP

    def _button(self, place: int) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName("attachment")
        button.setIconSize(QSize(16, 16))
        button.setFixedHeight(ATTACHMENT)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.clicked.connect(partial(self._open, place))
        self._column.addWidget(button)
        return button

    def _open(self, place: int) -> None:
        self.opened.emit(self._row.message.attachments[place])
