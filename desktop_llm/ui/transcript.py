"""A conversation as it is read: only what is near the window is laid out, and nothing moves while one reads."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QFrame, QStyle, QWidget

from desktop_llm.conversation import Message
from desktop_llm.ui.answer_foot import AnswerFoot
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.placement import BELOW, Placed, Placement
from desktop_llm.ui.rows import BUBBLE_BOTTOM, BUBBLE_TOP, BUBBLE_X, Item, Row, Scale
from desktop_llm.ui.segments import PlainView, ReasoningView
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.theme import LIGHT, Theme
from desktop_llm.ui.views import lay_out, make_view

COLUMN, NARROWEST, MARGIN = 800, 120, 24
FRAME_MS = 33
_BUBBLE_RADIUS = 14
_MOST_SPOKEN = 2000


class Transcript(QAbstractScrollArea):
    """`acted` carries the action of a failed message's problem, and the message.

    What is said of a message that is not here is let go: it comes whole when its conversation is opened.
    """

    acted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._rows: list[Row] = []
        self._by_id: dict[int, int] = {}
        self._stale: set[int] = set()
        self._placement = Placement(self._lay_out)
        self._arranging = False
        self._bubbles: list[QRect] = []
        self._end = IconButton("down", self.tr("Scroll to the end"), self)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._draw_stale)
        self._set_up()

    def _set_up(self) -> None:
        self.setAccessibleName(self.tr("Conversation"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(20)
        # Opaque, so that Qt moves what is drawn instead of drawing it again.
        self.viewport().setAutoFillBackground(True)
        self.viewport().setBackgroundRole(self.backgroundRole())
        self._end.setObjectName("end")
        self._end.setFixedSize(QSize(34, 34))
        self._end.clicked.connect(self.follow)
        self._end.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._make_anew()
        self.viewport().update()

    def set_messages(self, messages: Sequence[Message]) -> None:
        self._drop(self._shown_items())
        seen = [message for message in messages if message.role != "system"]
        self._rows = [Row(message, number) for number, message in enumerate(seen, 1)]
        self._by_id = {row.message.id: index for index, row in enumerate(self._rows)}
        self._stale.clear()
        self._placement.set_rows(self._rows, self._scale())
        self.follow()

    def add(self, message: Message) -> None:
        if message.role == "system":
            return
        row = Row(message, len(self._rows) + 1)
        self._by_id[message.id] = len(self._rows)
        self._rows.append(row)
        self._placement.add(row)
        self._arrange()

    def append(self, message_id: int, delta: str) -> None:
        index = self._by_id.get(message_id)
        if index is None:
            return
        self._rows[index].append(delta)
        self._stale.add(index)
        if not self._timer.isActive():
            self._timer.start()

    def finish(self, message: Message) -> None:
        index = self._by_id.get(message.id)
        if index is None:
            return
        row = self._rows[index]
        was_writing = row.writing
        self._finish_row(row, message)
        self._stale.add(index)
        self._draw_stale()
        if was_writing and not row.writing:
            self._announce(row)

    def _finish_row(self, row: Row, message: Message) -> None:
        items = row.items
        if row.finish(message):
            self._drop(items)

    def clear(self) -> None:
        self.set_messages(())

    def message_text(self, message_id: int) -> str:
        index = self._by_id.get(message_id)
        return "" if index is None else self._rows[index].text

    @property
    def following(self) -> bool:
        return self._placement.following

    def follow(self) -> None:
        self._placement.following = True
        self._arrange()

    def _stay(self) -> None:
        """What was unfolded grows downwards, under the eyes that want to read it."""
        self._placement.following = False
        self._arrange()

    def _draw_stale(self) -> None:
        if not self._stale:
            self._timer.stop()
            return
        for index in self._stale:
            self._drop(self._placement.read(index))
        self._stale.clear()
        self._arrange()

    def _announce(self, row: Row) -> None:
        spoken = shown(row.spoken)[:_MOST_SPOKEN]
        if spoken:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))

    # Where things lie

    def _column(self) -> QRect:
        """In the middle of the whole, so that it does not move aside when the scroll bar comes."""
        width = max(NARROWEST, min(COLUMN, self.width() - 2 * MARGIN))
        return QRect((self.width() - width) // 2 - self.viewport().x(), 0, width, self.viewport().height())

    def _scale(self) -> Scale:
        metrics = self.fontMetrics()
        characters = self._column().width() // max(1, metrics.averageCharWidth())
        return Scale(max(10, characters), int(metrics.lineSpacing() * 1.35))

    def _arrange(self) -> None:
        if not self.isVisible():
            return
        # A scroll bar that appears narrows the window, and so this begins again within itself.
        outer, self._arranging = self._arranging, True
        before = self._placement.placed
        placed = self._placement.place(self.viewport().height(), self._scale())
        self._drop_all_but(placed, before)
        self._scroll_picture(placed, before)
        self._move(placed)
        self._set_scroll_bar()
        self._arranging = outer

    def _set_scroll_bar(self) -> None:
        bar, most = self.verticalScrollBar(), self._placement.most
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, most)
        bar.setValue(self._placement.value)
        self._end.setVisible(not self.following and most > 0)

    def _scroll_picture(self, placed: Sequence[Placed], before: Sequence[Placed]) -> None:
        """What all moved alike is moved as a picture; only the rest is drawn again."""
        tops = {id(each.item): each.top for each in before}
        by = next((each.top - tops[id(each.item)] for each in placed if id(each.item) in tops), 0)
        if by and abs(by) < self.viewport().height():
            self.viewport().scroll(0, by)
            self._bubbles = [bubble.translated(0, by) for bubble in self._bubbles]

    def _move(self, placed: Sequence[Placed]) -> None:
        column, said = self._column(), dict[int, QRect]()
        for each in placed:
            view, place = each.item.widget, self._place_of(each, column)
            assert view is not None
            if view.geometry() != place:
                view.setGeometry(place)
            view.show()
            if isinstance(view, PlainView):
                said[each.row] = said.get(each.row, QRect()).united(place)
        self._set_bubbles([_bubble(place) for place in said.values()])

    def _place_of(self, each: Placed, column: QRect) -> QRect:
        view = each.item.widget
        place = QRect(column.left(), each.top + each.item.above, column.width(), each.item.height)
        if isinstance(view, PlainView):
            place.setLeft(column.right() + 1 - BUBBLE_X - view.lineWrapColumnOrWidth())
            place.setRight(column.right() - BUBBLE_X)
        return QStyle.visualRect(self.layoutDirection(), self.viewport().rect(), place)

    def _set_bubbles(self, bubbles: list[QRect]) -> None:
        if bubbles != self._bubbles:
            self._bubbles = bubbles
            self.viewport().update()

    # Widgets

    def _lay_out(self, row: Row, item: Item) -> None:
        width = self._column().width()
        if item.widget is None:
            item.stale = True
            item.widget = self._new_view(row, item)
        if item.stale or item.width != width:
            lay_out(item, width)

    def _new_view(self, row: Row, item: Item) -> QWidget:
        view = make_view(item, row, self._theme, self.viewport())
        if isinstance(view, AnswerFoot):
            view.acted.connect(self.acted)
        elif isinstance(view, ReasoningView):
            view.folded.connect(self._stay)
        return view

    def _shown_items(self) -> list[Item]:
        return [each.item for each in self._placement.placed]

    def _drop_all_but(self, placed: Sequence[Placed], before: Sequence[Placed]) -> None:
        kept = {id(each.item) for each in placed}
        self._drop([each.item for each in before if id(each.item) not in kept])

    def _drop(self, items: Sequence[Item]) -> None:
        for item in items:
            widget, item.widget = item.widget, None
            if widget is not None:
                if widget.isAncestorOf(self.focusWidget() or self):
                    self.setFocus()
                widget.hide()
                widget.deleteLater()

    def _make_anew(self) -> None:
        self._drop(self._shown_items())
        self._arrange()

    # Scrolling and events

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        if not self._arranging:
            self._placement.go_to(self.verticalScrollBar().value())
            self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = QAbstractSlider.SliderAction
        jump = {Qt.Key.Key_Home: action.SliderToMinimum, Qt.Key.Key_End: action.SliderToMaximum}.get(
            Qt.Key(event.key())
        )
        if jump is None:
            super().keyPressEvent(event)
        else:
            self.verticalScrollBar().triggerAction(jump)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802
        moved = super().focusNextPrevChild(next)
        focused = self.viewport().focusWidget()
        if moved and focused is not None and self.viewport().isAncestorOf(focused):
            self._show_whole(QRect(focused.mapTo(self.viewport(), QPoint()), focused.size()))
        return moved

    def _show_whole(self, place: QRect) -> None:
        bar, below = self.verticalScrollBar(), place.bottom() + BELOW - self.viewport().height()
        if place.top() < BELOW:
            bar.setValue(bar.value() + place.top() - BELOW)
        elif below > 0:
            bar.setValue(bar.value() + below)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.bubble))
        for bubble in self._bubbles:
            if bubble.intersects(event.rect()):
                painter.drawRoundedRect(bubble, _BUBBLE_RADIUS, _BUBBLE_RADIUS)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._end.size()
        self._end.move(QPoint((self.width() - size.width()) // 2, self.height() - size.height() - 12))
        self._end.raise_()
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LayoutDirectionChange):
            self._make_anew()


def _bubble(said: QRect) -> QRect:
    return said.adjusted(-BUBBLE_X, -BUBBLE_TOP, BUBBLE_X, BUBBLE_BOTTOM)
