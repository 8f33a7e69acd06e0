"""What all texts of a conversation have in common: how the pointer selects in them, and what is copied of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QAbstractScrollArea

from desktop_llm.ui.shown_text import only_text, with_whole_marks


class Pointer(Protocol):
    """The conversation a text stands in: what is selected may reach beyond that text."""

    def takes_press(self, text: QAbstractScrollArea, event: QMouseEvent) -> bool: ...

    def takes_move(self, text: QAbstractScrollArea, event: QMouseEvent) -> bool: ...

    def released(self, text: QAbstractScrollArea, event: QMouseEvent) -> None: ...


if TYPE_CHECKING:

    class _Text(QAbstractScrollArea):
        """What Qt's two classes of a text have, each for itself."""

        def textCursor(self) -> QTextCursor: ...  # noqa: N802
        def setTextCursor(self, cursor: QTextCursor, /) -> None: ...  # noqa: N802
        def createMimeDataFromSelection(self) -> QMimeData: ...
else:
    _Text = object


class PointedText(_Text):
    """Stands before Qt's class of a text, of which it takes over the pointer."""

    pointer: Pointer | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.pointer is None or not self.pointer.takes_press(self, event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.pointer is None or not self.pointer.takes_move(self, event):
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._select_whole_marks()
        if self.pointer is not None:
            self.pointer.released(self, event)

    def let_go(self, move: QMouseEvent, release: QMouseEvent) -> None:
        """The last it hears of a drag that goes on elsewhere."""
        super().mouseMoveEvent(move)
        super().mouseReleaseEvent(release)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()

    def createMimeDataFromSelection(self) -> QMimeData:
        return only_text(super().createMimeDataFromSelection(), self.selected_text())

    def chosen(self) -> QTextCursor:
        """What is selected, with all of each mark that it has a part of."""
        return with_whole_marks(self.textCursor())

    def selected_text(self) -> str:
        raise NotImplementedError

    def _select_whole_marks(self) -> None:
        """As it will be copied, so that it is seen."""
        before, chosen = self.textCursor(), self.chosen()
        if (before.selectionStart(), before.selectionEnd()) != (chosen.selectionStart(), chosen.selectionEnd()):
            self.setTextCursor(chosen)
