"""The text of a summary under keys and pointer: each sentence leads to where it comes from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop_llm.tasks.support import Doubt
from desktop_llm.ui.claim_text import ClaimText

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_CLICK = 4  # pixels that a pointer may move in one
_BESIDE = 60  # pixels beside a letter that still belong to its sentence


class SummaryText(ClaimText):
    """Up and Down lead from sentence to sentence, Enter or a click opens where it comes from."""

    opened = Signal(object)  # the claim

    def __init__(self, why: Callable[[Doubt], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why = why
        self._pressed = QPoint()
        self.viewport().setMouseTracking(True)
        self.setAccessibleDescription(
            self.tr("The arrow keys lead from sentence to sentence, Enter shows where one comes from.")
        )

    def point_at(self, doubt: Doubt) -> None:
        """Shows where in the text this stands."""
        for number, shown in enumerate(self.shown):
            if doubt in shown.doubts:
                self._choose(number)

    def _choose(self, number: int) -> None:
        self.current = number
        self.mark()
        shown = self.shown[number]
        cursor = self.textCursor()
        cursor.setPosition(shown.end)
        self.setTextCursor(cursor)
        cursor.setPosition(shown.start)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _step(self, by: int) -> None:
        if self.shown:
            begin = self.current if self.current >= 0 else (-1 if by > 0 else len(self.shown))
            self._choose(min(max(begin + by, 0), len(self.shown) - 1))

    def _open(self, number: int) -> None:
        self._choose(number)
        self.opened.emit(self.shown[number].claim)

    def _at(self, point: QPoint) -> int:
        """The number of the claim there, or -1."""
        position = self.cursorForPosition(point).position()
        near = (
            self.cursorRect(self.cursorForPosition(point)).adjusted(-_BESIDE, -_CLICK, _BESIDE, _CLICK).contains(point)
        )
        found = (n for n, shown in enumerate(self.shown) if shown.start <= position <= shown.end)
        return next(found, -1) if near else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if self.shown and not held and key in _STEPS:
            self._step(_STEPS[key])
        elif not held and key in _ENTER and self.current >= 0:
            self._open(self.current)
        elif key == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        is_click = (at - self._pressed).manhattanLength() < _CLICK and event.button() == Qt.MouseButton.LeftButton
        if is_click and (number := self._at(at)) >= 0:
            self._open(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._point(self._at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1)

    def _point(self, number: int) -> None:
        if number != self.pointed:
            self.pointed = number
            hand = Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.IBeamCursor
            self.viewport().setCursor(hand)
            self.mark()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self)
            return True
        return super().viewportEvent(event)

    def tip_at(self, point: QPoint) -> str:
        number = self._at(point)
        if number < 0:
            return ""
        position = self.cursorForPosition(point).position()
        shown = self.shown[number]
        doubts = [self._why(doubt) for doubt, (start, end) in shown.doubts.items() if start <= position <= end]
        if doubts:
            return "\n".join(doubts)
        return self.tr("Show where this comes from") if shown.claim.sources else self.tr("No source was found for this")
