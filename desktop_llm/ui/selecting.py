"""Selects in a conversation with the pointer, across its messages, and copies what is selected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QClipboard, QColor, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from desktop_llm.ui.answer_foot import copy_markdown, copy_rows
from desktop_llm.ui.markdown_text import put
from desktop_llm.ui.placement import Placed, Placement
from desktop_llm.ui.rows import Item, Row
from desktop_llm.ui.segments import TextView
from desktop_llm.ui.selected_text import Words, counted, end_of, is_folded, select, taken, words_in
from desktop_llm.ui.selection import NOWHERE, End, Selection
from desktop_llm.ui.theme import Theme

_TICK_MS = 33
_SLOWNESS, _FASTEST = 3, 120  # pixels outside the window for a pixel a tick; pixels a tick
_BESIDE, _FAR = 10, -10_000
_MOST_OFFERED = 50  # messages; to read more takes longer than one may wait for what was not asked for
_LEFT, _SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


class Selecting:
    """A drag within one text is that text's own; where it leaves it, or the window, it is taken over."""

    def __init__(self, area: QAbstractScrollArea, placement: Placement, rows: Sequence[Row]) -> None:
        self.now = Selection()
        self._area, self._placement, self._rows = area, placement, rows
        self._anchor = NOWHERE  # of the last press
        self._may_drag = self._drags = False
        self._pressed: QWidget | None = None
        self._kept: QWidget | None = None  # a view that is no more, but was pressed
        self._pointer = QPoint()
        self._timer = QTimer(area)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._scroll)

    def begin(self, rows: Sequence[Row]) -> None:
        """A conversation that was opened."""
        self.end_drag()
        self._rows, self._anchor, self._may_drag = rows, NOWHERE, False
        self.now = Selection()

    # The pointer

    def takes_press(self, text: QAbstractScrollArea | None, event: QMouseEvent) -> bool:
        self.end_drag()
        if event.button() != _LEFT or not self._rows:
            return False
        point = self._point(event)
        self._pressed = self._area.viewport().childAt(point)
        if event.modifiers() & _SHIFT and self._anchor != NOWHERE:
            return self._extend(point)
        kept = text if isinstance(text, Words) and not self.now.is_across else None
        # Selected text can be dragged elsewhere: its own affair.
        self._may_drag = kept is None or not _is_on_selection(kept, event)
        self._anchor = self._end_at(point)
        self._unselect_but(kept)
        return False

    def _extend(self, point: QPoint) -> bool:
        """With Shift, all from the message one was in to this one are meant, or the text within that message."""
        row, end = self.row_at(point.y()), self._end_at(point)
        self._may_drag = row == self._anchor.row and end.where == self._anchor.where
        if self._may_drag:
            return False
        self._area.setFocus()
        first, last = sorted((row, self._anchor.row))
        within = Selection(anchor=self._anchor, head=end)
        self._select(within if first == last else Selection(range(first, last + 1)))
        return True

    def takes_move(self, text: QAbstractScrollArea | None, event: QMouseEvent) -> bool:
        if not self._may_drag or not event.buttons() & _LEFT:
            return False
        point = self._point(event)
        if not self._drags:
            if self._stays(point):
                return False
            self._take_over(text, event)
        self._drag_to(point)
        return True

    def released(self, text: QAbstractScrollArea | None, event: QMouseEvent) -> None:
        """What one text selected by itself is kept, for when it is laid out anew."""
        if event.button() != _LEFT:
            return
        if self._drags:
            self._offer_to_middle_button()
        elif isinstance(text, Words) and self._may_drag and self._anchor != NOWHERE:
            cursor, place = text.textCursor(), partial(counted, text.document())
            anchor = replace(self._anchor, position=place(cursor.anchor()))
            self.now = Selection(anchor=anchor, head=replace(anchor, position=place(cursor.position())))
        self.end_drag()

    def move(self, by: int) -> None:
        """So many more rows are before the others; who selected all meant them, too."""
        rows = self.now.rows
        everything = bool(rows) and len(rows) + by == len(self._rows)
        self.now = Selection(range(len(self._rows))) if everything else self.now.moved(by)
        self._anchor = self._anchor.moved(by)

    def end_drag(self) -> None:
        self._drags, self._pressed = False, None
        self._timer.stop()
        if self._kept is not None:
            _delete(self._kept)
            self._kept = None

    def discard(self, widget: QWidget) -> None:
        """What was pressed hears of the pointer until the button is let go: till then it is only out of sight."""
        pressed = self._pressed
        if pressed is not None and (pressed is widget or widget.isAncestorOf(pressed)):
            widget.move(0, _FAR - widget.height())
            self._kept = widget
        else:
            _delete(widget)

    def _stays(self, point: QPoint) -> bool:
        inside = 0 <= point.y() < self._area.viewport().height()
        return inside and self._end_at(point).where == self._anchor.where

    def _take_over(self, text: QAbstractScrollArea | None, event: QMouseEvent) -> None:
        """The text hears of a release; what comes is not its own."""
        if isinstance(text, Words):
            text.let_go(event, _release_outside(event))
            self._anchor = replace(self._anchor, position=counted(text.document(), text.textCursor().anchor()))
        self._drags = True
        self._area.setFocus()

    def _drag_to(self, point: QPoint) -> None:
        self._pointer = point
        height = self._area.viewport().height()
        inside = QPoint(point.x(), max(0, min(point.y(), height - 1)))
        self._select(Selection(anchor=self._anchor, head=self._end_at(inside)))
        if inside == point:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _scroll(self) -> None:
        """The faster, the farther the pointer is from the window."""
        y, height = self._pointer.y(), self._area.viewport().height()
        beyond = y if y < 0 else y - height + 1
        step = beyond // _SLOWNESS if beyond < 0 else -(-beyond // _SLOWNESS)
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.value() + max(-_FASTEST, min(step, _FASTEST)))
        self._drag_to(self._pointer)

    def _point(self, event: QMouseEvent) -> QPoint:
        return self._area.viewport().mapFromGlobal(event.globalPosition()).toPoint()

    # Places

    def row_at(self, y: int) -> int:
        return next((each.row for each in self._placement.placed if y < each.bottom), max(0, len(self._rows) - 1))

    def _end_at(self, point: QPoint) -> End:
        """The place in the text nearest to a point of the window."""
        row, piece, text, before = -1, -1, None, False
        for here, each, words in self._texts():
            if text is not None and self._top(each) > point.y():
                break
            row, piece, text, before = each.row, here, words, self._top(each) > point.y()
        if text is None:
            return NOWHERE
        return End(row, piece, 0 if before else self._position(text, point))

    def _top(self, each: Placed) -> int:
        return each.top + each.item.above

    def _position(self, text: Words, point: QPoint) -> int:
        inside = text.viewport().mapFrom(self._area.viewport(), point)
        if inside.y() < 0:
            return 0
        if inside.y() >= text.viewport().height():
            return counted(text.document(), end_of(text.document()))
        return counted(text.document(), text.cursorForPosition(inside).position())

    def _texts(self) -> Iterator[tuple[int, Placed, Words]]:
        """Of what is laid out: which of its row's pieces it is, where it is, and its words."""
        pieces: dict[int, int] = {}
        row = -1
        for each in self._placement.placed:
            if each.row != row:
                row, pieces = each.row, {id(item): n for n, item in enumerate(self._pieces(each.row))}
            text = words_in(each.item, each.item.widget)
            if text is not None:
                yield pieces[id(each.item)], each, text

    def _pieces(self, row: int) -> list[Item]:
        return [item for item in self._placement.items(row) if item.block is not None]

    # What is selected

    def select_all(self) -> None:
        self._select(Selection(range(len(self._rows))))

    def _select(self, selection: Selection) -> None:
        self.now = selection
        for piece, each, text in self._texts():
            select(text, selection.part(each.row, piece))
        self._area.viewport().update()

    def _unselect_but(self, kept: QAbstractScrollArea | None) -> None:
        """Lets go of all, but in the text that was pressed: it may mean a second or third click."""
        self.now = Selection()
        for _piece, _each, text in self._texts():
            if text is not kept:
                select(text, None)
        self._area.viewport().update()

    def show(self, row: int, item: Item) -> None:
        """In a piece that was laid out anew."""
        text = words_in(item, item.widget) if self.now else None
        if text is not None and (part := self.now.part(row, self._pieces(row).index(item))) is not None:
            select(text, part)

    def paint(self, painter: QPainter, column: QRect, theme: Theme) -> None:
        """Whole messages; a text shows by itself what of it is selected."""
        painter.setBrush(QColor(theme.selected))
        left, width = column.left() - _BESIDE, column.width() + 2 * _BESIDE
        for each in self._placement.placed:
            if each.row in self.now.rows:
                painter.drawRect(QRect(left, each.top, width, each.item.reach))

    # Copying

    def takes_key(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.matches(QKeySequence.StandardKey.Copy) and self.now:
            self._copy()
        elif event.key() == Qt.Key.Key_Escape and self.now:
            self.end_drag()
            self._may_drag = False
            self._select(Selection())
        else:
            return False
        return True

    def _copy(self) -> None:
        if self.now.rows:
            copy_rows([self._rows[index] for index in self.now.rows])
        else:
            plain, html = self._content()
            put(plain, html)

    def _content(self) -> tuple[str, str]:
        rows = [(self._rows[row], list(self._contents(row))) for row in self.now.touched]
        plain = [("\n\n" if row.is_answer else "\n").join(words for words, _ in found) for row, found in rows if found]
        return "\n\n".join(plain), "\n".join(html for _, found in rows for _, html in found)

    def _contents(self, row: int) -> Iterator[tuple[str, str]]:
        """Of a row's pieces what is selected, as plain words and as HTML."""
        for piece, item in enumerate(self._pieces(row)):
            part = self.now.part(row, piece)
            if part is not None and not is_folded(item):
                plain, html = taken(self._rows[row], item, part, self._area.viewport())
                if plain := plain.strip("\n"):
                    yield plain, html

    def _touched(self) -> list[Row]:
        """A text may begin where a message ends, and have nothing of it."""
        rows = self.now.touched
        ends = [row for row in {rows[0], rows[-1]} if not any(self._contents(row))]
        return [self._rows[row] for row in rows if row not in ends]

    def _offer_to_middle_button(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and len(self.now.touched) <= _MOST_OFFERED:
            clipboard.setText(self._content()[0], QClipboard.Mode.Selection)

    def menu_at(self, place: QPoint) -> QMenu:
        """What can be copied at a place of the window."""
        menu, row = QMenu(self._area), self._rows[self.row_at(place.y())]
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_text_actions(menu, place)
        chosen = [self._rows[index] for index in self.now.rows]
        touched = self._touched() if self.now.is_across else chosen
        several = QCoreApplication.translate("Transcript", "Copy selected messages")
        one = QCoreApplication.translate("Transcript", "Copy message")
        _add(menu, several if chosen else one, partial(copy_rows, chosen or [row]))
        markdown = QCoreApplication.translate("Transcript", "Copy as Markdown")
        _add(menu, markdown, partial(copy_markdown, touched or [row]))
        _add(menu, QCoreApplication.translate("Transcript", "Select all messages"), self.select_all)
        return menu

    def _add_text_actions(self, menu: QMenu, place: QPoint) -> None:
        under = self._area.viewport().childAt(place)
        text = under.parentWidget() if under is not None else None
        name = QCoreApplication.translate("Transcript", "Copy selection")
        if self.now.is_across:
            _add(menu, name, self._copy)
        elif isinstance(text, Words) and text.textCursor().hasSelection():
            _add(menu, name, text.copy)
        if not isinstance(text, TextView):
            return
        if address := text.anchorAt(text.viewport().mapFrom(self._area.viewport(), place)):
            _add(menu, QCoreApplication.translate("Transcript", "Copy link"), partial(put, address))


def _add(menu: QMenu, name: str, done: Callable[[], object]) -> None:
    menu.addAction(name).triggered.connect(done)


def _delete(widget: QWidget) -> None:
    widget.hide()
    widget.deleteLater()


def _is_on_selection(text: Words, event: QMouseEvent) -> bool:
    cursor, point = text.textCursor(), event.position().toPoint()
    nearest = text.cursorForPosition(point)
    place = text.cursorRect(nearest)
    beside = abs(place.center().x() - point.x()) > place.height()  # where a line has ended
    within = cursor.selectionStart() <= nearest.position() <= cursor.selectionEnd()
    return cursor.hasSelection() and within and not beside


def _release_outside(event: QMouseEvent) -> QMouseEvent:
    """There no link is followed."""
    kind, none, no = QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(kind, QPointF(-1, -1), event.globalPosition(), _LEFT, none, no)
