"""The list in the sidebar: what is chosen in it, and the tags at the end of its rows, which can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_llm.conversation import LONGEST_TITLE, Conversation
from desktop_llm.ui.conversation_rows import ROW, Heading, Index, Row, Rows, number
from desktop_llm.ui.tags import MARK

_EDGE = 14  # where a row's text begins, as the theme has it
_TAGS_SHARE = 0.45  # of a row's width, at most
_GAP = 8
_SMALLER = 1.5  # points
_STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""A menu or another window takes the keyboard, and gives it back."""


class ConversationList(QListView):
    """`chosen` brings the row a person has opened, by a click or Enter: a conversation, or what was found."""

    chosen = Signal(object)
    left = Signal()  # the keyboard's focus is elsewhere now
    edited = Signal()  # a title was, or was not after all
    tag_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = Rows(self)
        self._tags = _TagsDelegate(self)
        self.setModel(self.rows)
        self.setItemDelegate(self._tags)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        self._tags.closeEditor.connect(self.edited)

    def show_rows(self, rows: Sequence[Row], *, alike: bool) -> None:
        """`alike`: all of one height, of which then only one is measured, however many they are."""
        self.setUniformItemSizes(alike)
        self.rows.set_rows(rows)

    def current(self) -> int | None:
        return number(self.rows.row(self.currentIndex()))

    def select(self, conversation: int | None) -> None:
        """Of what was found in a conversation, the row that is chosen already stays so."""
        if conversation is None or self.current() != conversation:
            self.setCurrentIndex(QModelIndex() if conversation is None else self.rows.find(conversation))

    def go_to_first(self) -> None:
        """Gives it the keyboard, where there is a row to go to."""
        first = self._first()
        if first.isValid():
            self.setFocus()
            self.setCurrentIndex(first)

    def open_first(self) -> None:
        self.go_to_first()
        self._choose(self._first())

    def remove(self, conversation: int) -> None:
        self.rows.set_rows(self.rows.without(conversation))

    @property
    def edits(self) -> bool:
        return self.state() == self.State.EditingState

    def row_at(self, place: QPoint) -> Row | None:
        return self.rows.row(self.indexAt(place))

    def event(self, event: QEvent) -> bool:
        """The keys of its own actions are not the window's while it has the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._action_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if action := self._action_of(event):
            action.trigger()
        else:
            super().keyPressEvent(event)

    def _action_of(self, event: QKeyEvent) -> QAction | None:
        """Not while a title is edited: then it has the keyboard no longer."""
        pressed = QKeySequence(event.keyCombination())
        own = self.actions() if self.hasFocus() else []
        return next((action for action in own if pressed in action.shortcuts()), None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A row becomes current where none is; that shows the keyboard's place."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selectionModel().setCurrentIndex(self._first(), QItemSelectionModel.SelectionFlag.NoUpdate)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _STAYS and self.state() != self.State.EditingState:
            self.left.emit()

    def _first(self) -> QModelIndex:
        """The first row that is no heading."""
        indexes = (self.rows.index(row) for row in range(self.rows.rowCount()))
        return next((index for index in indexes if index.flags() & Qt.ItemFlag.ItemIsSelectable), QModelIndex())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tag = self._tag_at(event.position().toPoint())
        if tag and event.button() == Qt.MouseButton.LeftButton:
            self.tag_clicked.emit(tag)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        hand = self._tag_at(event.position().toPoint())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def _choose(self, index: Index) -> None:
        row = self.rows.row(index)
        if row is not None and not isinstance(row, Heading):
            self.chosen.emit(row)

    def tag_rect(self, index: Index, tag: str) -> QRect:
        """Where a tag of a row can be clicked."""
        return next((rect for rect, name, _ in self._shown_tags(index) if name == tag), QRect())

    def _tag_at(self, place: QPoint) -> str:
        shown = self._shown_tags(self.indexAt(place))
        return next((tag for rect, tag, _ in shown if rect.contains(place)), "")

    def _shown_tags(self, index: Index) -> list[tuple[QRect, str, str]]:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return self._tags.shown(option, index)


class _TagsDelegate(QStyledItemDelegate):
    """Draws a conversation's tags at the end of its row, and leaves its title the rest."""

    def createEditor(  # noqa: N802 - Qt's
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        """No title is longer than is kept of it; one that is there already is not cut."""
        editor = super().createEditor(parent, option, index)
        if isinstance(editor, QLineEdit):
            editor.setMaxLength(max(LONGEST_TITLE, len(str(index.data(Qt.ItemDataRole.EditRole)))))
        return editor

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        painter.setFont(_small(option))
        for rect, _, text in self.shown(option, index):
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if taken := self._taken(option, index):
            room = _room(option).width() - taken
            metrics = QFontMetrics(option.font)
            option.text = metrics.elidedText(option.text, Qt.TextElideMode.ElideRight, room)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as it is; as wide as the list."""
        return QSize(1, super().sizeHint(option, index).height())

    def shown(self, option: QStyleOptionViewItem, index: Index) -> list[tuple[QRect, str, str]]:
        """Where each tag stands, from the row's end on; what has no room is counted."""
        row = index.data(ROW)
        if not isinstance(row, Conversation) or not row.tags:
            return []
        room = _room(option)
        metrics = QFontMetrics(_small(option))
        left_to_right = option.direction == Qt.LayoutDirection.LeftToRight
        shown, at = [], 0
        for tag, text in reversed(_fitting(row.tags, metrics, int(room.width() * _TAGS_SHARE))):
            width = metrics.horizontalAdvance(text)
            at += width
            left = room.right() + 1 - at if left_to_right else room.left() + at - width
            shown.append((QRect(left, room.top(), width, room.height()), tag, text))
            at += _GAP
        return shown

    def _taken(self, option: QStyleOptionViewItem, index: Index) -> int:
        shown = self.shown(option, index)
        return sum(rect.width() + _GAP for rect, _, _ in shown)


def _room(option: QStyleOptionViewItem) -> QRect:
    rect: QRect = option.rect
    return rect.adjusted(_EDGE, 0, -_EDGE, 0)


def _fitting(tags: Sequence[str], metrics: QFontMetrics, width: int) -> list[tuple[str, str]]:
    """Each tag with what is shown of it: the first in any case, and how many more there are where there are more."""
    texts = [(tag, f"\u2068{MARK}{tag}\u2069") for tag in tags]  # isolated: # stands first in either direction
    for count in range(len(tags), 0, -1):
        rest = [("", f"\u2066+{len(tags) - count}\u2069")] if count < len(tags) else []
        chosen = [*texts[:count], *rest]
        needed = sum(metrics.horizontalAdvance(text) + _GAP for _, text in chosen) - _GAP
        if needed <= width:
            return chosen
    rest_width = sum(metrics.horizontalAdvance(text) + _GAP for _, text in rest)
    elided = metrics.elidedText(texts[0][1], Qt.TextElideMode.ElideRight, width - rest_width)
    return [(tags[0], elided), *rest]


def _small(option: QStyleOptionViewItem) -> QFont:
    font = QFont(option.font)
    font.setPointSizeF(font.pointSizeF() - _SMALLER)
    return font
