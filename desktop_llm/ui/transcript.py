"""A conversation as it is read: only what is near the window is laid out, and nothing moves while one reads."""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSlider,
    QFrame,
    QGraphicsOpacityEffect,
    QPlainTextEdit,
    QStyle,
    QTextEdit,
    QWidget,
)

from desktop_llm.conversation import Message
from desktop_llm.ui.answer_foot import AnswerFoot, Foot, QuestionFoot
from desktop_llm.ui.attachment_view import AttachmentsView
from desktop_llm.ui.code_view import CodeText
from desktop_llm.ui.hits import Hits, mark, occurrences
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.omission_view import OmissionView
from desktop_llm.ui.placement import BELOW, Placed, Placement, Spot
from desktop_llm.ui.row_actions import why_unsent
from desktop_llm.ui.rows import BUBBLE_BOTTOM, BUBBLE_TOP, BUBBLE_X, Item, Row, Scale, Unsent
from desktop_llm.ui.segments import NameView, PlainView, ReasoningView, TextView, WrittenView
from desktop_llm.ui.selecting import Selecting
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.theme import LIGHT, Theme
from desktop_llm.ui.views import lay_out, make_view, text_in, width_in_bubble

COLUMN, NARROWEST, MARGIN = 800, 120, 24
FRAME_MS = 33
_BUBBLE_RADIUS = 14
_MOST_SPOKEN = 2000
_DIMMED = 0.6


class Transcript(QAbstractScrollArea):
    """`acted` carries what is asked of a message, and the message.

    It is "previous", "next" (version), "edit", "regenerate", "continue", "inspect", "edit-summary", "send-all", or
    what its problem offers.

    What is said of a message that is not here is let go: it comes whole when its conversation is opened.
    """

    acted = Signal(str, object)
    filling = Signal(object, object)  # the menu of an answer that is about to be shown, and the answer
    found = Signal()  # there may be more hits, or fewer
    found_before = Signal(int)  # so many more hits are before the others
    opened = Signal(object)  # something attached, to be read
    pointed = Signal(str)  # the address of the link under the pointer, or nothing
    unopened = Signal(str)  # that of a link which nothing on this computer opens

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._rows: list[Row] = []
        self._by_id: dict[int, int] = {}
        self._stale: set[int] = set()
        self._placement = Placement(self._lay_out)
        self._arranging = False
        self._left_out: frozenset[int] = frozenset()
        self._no_room: frozenset[int] = frozenset()
        self._summary = ""
        self._model_names: Mapping[str, str] = {}
        self._hits: Hits | None = None
        self._hit: tuple[Item, int] | None = None
        self.selecting = Selecting(self, self._placement, self._rows)
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

    def set_model_names(self, names: Mapping[str, str]) -> None:
        """By the models' paths: what those are called that the receipts name by their files."""
        if names != self._model_names:
            self._model_names = names
            self._make_anew()

    def set_messages(self, messages: Sequence[Message]) -> None:
        self._drop(self._shown_items())
        self._rows = _rows_of(messages)
        self._index()
        self._stale.clear()
        self._left_out = self._no_room = frozenset()
        self.selecting.begin(self._rows)
        self._placement.set_rows(self._rows, self._scale())
        if self._hits is not None:
            self.find_text(self._hits.text)
            self.found.emit()
        self.follow()

    def prepend(self, messages: Sequence[Message]) -> None:
        """Puts before it all what was said earlier; nothing moves on the screen, what is selected or found stays so."""
        earlier, before = _rows_of(messages, self._rows), self._names()
        self._rows[:0] = earlier
        self._index()
        self._stale = {index + len(earlier) for index in self._stale}
        self._placement.prepend(earlier)
        self.selecting.move(len(earlier))
        for row, view, name in before:
            if view.accessibleName() == name:
                view.setAccessibleName(row.accessible_name)
        if self._hits is not None:
            self.found_before.emit(self._hits.prepend(row.text for row in earlier))
        if self._left_out or self._no_room:
            self._show_unsent()
            self._show_omission()
        self._arrange()

    def _index(self) -> None:
        self._by_id = {row.message.id: index for index, row in enumerate(self._rows)}

    def _names(self) -> list[tuple[Row, QWidget, str]]:
        """What screen readers call the pieces on the screen."""
        shown = [(self._rows[each.row], each.item.widget) for each in self._placement.placed]
        return [(row, view, row.accessible_name) for row, view in shown if view is not None]

    def add(self, message: Message) -> None:
        if message.role == "system":
            return
        row = Row(message, len(self._rows) + 1)
        self._by_id[message.id] = len(self._rows)
        self._rows.append(row)
        self._placement.add(row)
        if self._hits is not None:
            self._hits.append(row.text)
            self.found.emit()
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

    def change(self, message: Message) -> None:
        """It is known now what of its attachments the model is given."""
        index = self._by_id.get(message.id)
        if index is not None:
            row = self._rows[index]
            row.message, row.decided = message, True
            if row.attachments is not None:
                row.attachments.stale = True
                self._arrange()

    def set_siblings(self, message_id: int, place: int, count: int) -> None:
        """The place of a message among its versions, from 1."""
        index = self._by_id.get(message_id)
        if index is not None and self._rows[index].siblings != (place, count):
            self._rows[index].siblings = place, count
            self._redraw_foot(self._rows[index])

    def set_left_out(self, message_ids: Collection[int], summary: str = "") -> None:
        """Dims the messages that are not sent any more, says so below them, and after them what is sent instead."""
        self._left_out, self._summary = frozenset(message_ids), summary
        self._show_unsent()
        self._show_omission()

    def set_no_room(self, message_ids: Collection[int]) -> None:
        """Dims the messages that have no room with what is about to be sent."""
        if self._no_room != frozenset(message_ids):
            self._no_room = frozenset(message_ids)
            self._show_unsent()

    def _show_unsent(self) -> None:
        for row in self._rows:
            unsent = self._unsent(row.message.id)
            if row.unsent != unsent:
                row.unsent = unsent
                self._redraw_foot(row)
                for item in row.items:
                    self._dim(row, item)

    def _unsent(self, message: int) -> Unsent:
        return "left out" if message in self._left_out else "no room" if message in self._no_room else ""

    def _show_omission(self) -> None:
        """Once, above the first message that is sent after those left out."""
        out = [row.number for row in self._rows if row.message.id in self._left_out]
        for row in self._rows:
            here = bool(out) and row.number == out[-1] + 1
            if here or row.stands_for:
                said = row.stand_for(len(out) if here else 0, self._summary)
                self._drop([said] if said and not here else [])
        self._arrange()

    def _redraw_foot(self, row: Row) -> None:
        foot = row.foot.widget
        if isinstance(foot, Foot):
            foot.draw()

    def _dim(self, row: Row, item: Item) -> None:
        if item.widget is None:
            return
        item.widget.setAccessibleDescription(why_unsent(row.unsent))
        if not row.unsent:
            item.widget.setGraphicsEffect(None)  # type: ignore[arg-type]
        elif item is not row.foot:
            effect = QGraphicsOpacityEffect(item.widget)
            effect.setOpacity(_DIMMED)
            item.widget.setGraphicsEffect(effect)

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
        came = self._take_pictures()
        if not self._stale:
            if came:
                self._arrange()
            if not self._awaits_pictures():
                self._timer.stop()
            return
        for index in self._stale:
            self._drop(self._placement.read(index))
        self._recount()
        self._stale.clear()
        self._arrange()

    def _take_pictures(self) -> bool:
        """Formulas that have been typeset take the place of their source; whether there are any."""
        came = False
        for item in self._shown_items():
            if isinstance(item.widget, WrittenView) and item.widget.pictures_came():
                came = item.stale = True
        return came

    def _awaits_pictures(self) -> bool:
        views = (item.widget for item in self._shown_items())
        return any(isinstance(view, WrittenView) and view.awaits_pictures for view in views)

    def _announce(self, row: Row) -> None:
        spoken = shown(row.spoken)[:_MOST_SPOKEN]
        if spoken:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))

    def show_message(self, message_id: int) -> None:
        """Scrolls to where a message begins."""
        index = self._by_id.get(message_id)
        if index is not None:
            self._placement.stay_at(Spot(index, 0))
            self._arrange()

    def left_at(self) -> int:
        """The message at the top, where it is not the end that is to be seen; 0 else."""
        placed = self._placement.placed
        return self._rows[placed[0].row].message.id if placed and not self.following else 0

    # Finding

    def find_text(self, text: str) -> int:
        """How often it is there; what of it is on the screen is marked until another text is looked for."""
        self._hits = Hits(text, (row.text for row in self._rows)) if text else None
        self._hit = None
        self._mark_all()
        return self.hits

    @property
    def hits(self) -> int:
        return 0 if self._hits is None else self._hits.total

    def nearest_hit(self) -> int:
        """The first hit in the window or below it."""
        return 0 if self._hits is None else max(0, self._hits.first_from(self._placement.spot.row))

    def show_hit(self, number: int) -> None:
        if self._hits is None or not 0 <= number < self._hits.total or not self._rows:
            return
        row, place = self._hits.place(number)
        index, place = self._piece(self._placement.items(row), place)
        item = self._placement.items(row)[index]
        item.stale = item.stale or (item.kind == "reasoning" and not item.unfolded)
        item.unfolded = True
        self._hit = item, place
        self._placement.stay_at(Spot(row, index))
        self._arrange()
        self._placement.stay_at(Spot(row, index, self._depth(item, place) - self.viewport().height() // 3))
        self._arrange()
        self._mark_all()

    def _piece(self, items: Sequence[Item], place: int) -> tuple[int, int]:
        """Of a row's hits: in which of its pieces one lies, and which of that piece's hits it is."""
        assert self._hits is not None
        last = 0
        for index, item in enumerate(items):
            count = self._hits.count(item.block.source) if item.block is not None else 0
            if place < count:
                return index, place
            last, place = (index if count else last), place - count
        return last, 0

    def _depth(self, item: Item, place: int) -> int:
        """How far below an item's top a hit in it is."""
        view = None if item.widget is None else text_in(item.widget)
        found = occurrences(view.document(), self._hits.text) if view is not None and self._hits is not None else []
        if view is None or item.widget is None or not found:
            return 0
        spot = view.cursorRect(found[min(place, len(found) - 1)]).topLeft()
        return item.above + view.viewport().mapTo(item.widget, spot).y()

    def _recount(self) -> None:
        if self._hits is None:
            return
        for index in self._stale:
            self._hits.recount(index, self._rows[index].text)
        self.found.emit()

    def _mark_all(self) -> None:
        for item in self._shown_items():
            self._mark(item)

    def _mark(self, item: Item) -> None:
        view = None if item.widget is None else text_in(item.widget)
        if view is None or (self._hits is None and not view.extraSelections()):
            return
        found = occurrences(view.document(), self._hits.text) if self._hits is not None else []
        here = min(self._hit[1], len(found) - 1) if self._hit is not None and self._hit[0] is item else -1
        mark(view, found, here, self._theme)

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
        if not self._timer.isActive() and self._awaits_pictures():
            self._timer.start()

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
        column, said, widths = self._column(), dict[int, QRect](), _bubble_widths(placed)
        for each in placed:
            view, place = each.item.widget, self._place_of(each, column, widths.get(each.row, 0))
            assert view is not None
            if view.geometry() != place:
                view.setGeometry(place)
            view.show()
            if width_in_bubble(view):
                said[each.row] = said.get(each.row, QRect()).united(place)
        self._set_bubbles([_bubble(place) for place in said.values()])

    def _place_of(self, each: Placed, column: QRect, bubble: int) -> QRect:
        """What lies in a bubble begins where its widest piece does."""
        view = each.item.widget
        place = QRect(column.left(), each.top + each.item.above, column.width(), each.item.height)
        if view is not None and (width := width_in_bubble(view)):
            place.setLeft(column.right() + 1 - BUBBLE_X - bubble)
            place.setWidth(width)
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
            if row.unsent:
                self._dim(row, item)
        if item.stale or item.width != width:
            lay_out(item, width)
            self._mark(item)
            self.selecting.show(row.number - 1, item)

    def _new_view(self, row: Row, item: Item) -> QWidget:
        view = make_view(item, row, self._theme, self.viewport())
        if isinstance(view, (Foot, OmissionView)):
            view.acted.connect(self.acted)
            if isinstance(view, AnswerFoot):
                view.filling.connect(self.filling)
        elif isinstance(view, NameView):
            view.names = self._model_names
            view.clicked.connect(lambda: self.acted.emit("receipt", row.message))
        elif isinstance(view, AttachmentsView):
            view.opened.connect(self.opened)
        elif isinstance(view, ReasoningView):
            view.folded.connect(self._stay)
        self._connect_text(text_in(view), row)
        return view

    def _connect_text(self, text: QTextEdit | QPlainTextEdit | None, row: Row) -> None:
        if isinstance(text, (TextView, CodeText)):
            text.pointer = self.selecting
        if isinstance(text, TextView):
            text.highlighted.connect(self._point)
            text.unopened.connect(self.unopened)
        if isinstance(text, PlainView) and not row.is_answer:
            text.hovered.connect(partial(_light, row))

    def _point(self, address: QUrl) -> None:
        self.pointed.emit(address.toString(QUrl.ComponentFormattingOption.FullyEncoded))

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
                self.selecting.discard(widget)

    def _make_anew(self) -> None:
        self._drop(self._shown_items())
        self._arrange()

    # Scrolling and events

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        if not self._arranging:
            self._placement.go_to(self.verticalScrollBar().value())
            self._arrange()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.selecting.takes_press(None, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.selecting.takes_move(None, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.selecting.released(None, event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._rows:
            self.selecting.menu_at(event.pos()).popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.selecting.takes_key(event):
            return
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
        self.selecting.paint(painter, self._column(), self._theme)
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


def _rows_of(messages: Sequence[Message], after: Sequence[Row] = ()) -> list[Row]:
    """`after`: what follows. Where an answer has begun it is known what of the attachments it was given."""
    gc.disable()  # nothing of this is garbage, through all of which the collector would walk again and again
    try:
        seen = (message for message in messages if message.role != "system")
        rows = [Row(message, number) for number, message in enumerate(seen, 1)]
    finally:
        gc.enable()
    for row, following in pairwise([*rows, *after[:1]]):
        if row.message.attachments:
            row.decided = row.decided or bool(following.text)
    return rows


def _light(row: Row, on: bool) -> None:
    if isinstance(row.foot.widget, QuestionFoot):
        row.foot.widget.light(on)


def _bubble_widths(placed: Sequence[Placed]) -> dict[int, int]:
    """By row."""
    widths: dict[int, int] = {}
    for each in placed:
        if each.item.widget is not None:
            widths[each.row] = max(widths.get(each.row, 0), width_in_bubble(each.item.widget))
    return widths


def _bubble(said: QRect) -> QRect:
    return said.adjusted(-BUBBLE_X, -BUBBLE_TOP, BUBBLE_X, BUBBLE_BOTTOM)
