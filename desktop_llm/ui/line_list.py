"""A list of many rows under headings, each with a name, its facts below and a short word at its end."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

_LINE = Qt.ItemDataRole.UserRole
_PAD_X, _PAD_Y, _GAP = 12, 7, 2
_SMALLER = 0.92
_Index = QModelIndex | QPersistentModelIndex
_LEADING, _TRAILING = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Line:
    """`key` tells the row apart; rows of one `section` stand together under it."""

    key: Hashable
    title: str
    facts: str = ""
    badge: str = ""
    section: str = ""
    tip: str = ""


class _Lines(QAbstractListModel):
    """Headings are strings among the lines."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Line | str] = []

    def show(self, rows: list[Line | str]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if index.isValid() and isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == _LINE:
            return row
        if isinstance(row, str):
            return row if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        return {
            Qt.ItemDataRole.DisplayRole: row.title,
            Qt.ItemDataRole.ToolTipRole: row.tip or row.title,
            Qt.ItemDataRole.AccessibleTextRole: ", ".join(filter(None, (row.title, row.badge, row.facts))),
        }.get(Qt.ItemDataRole(role))


class LineList(QListView):
    """`chosen` tells the key of the row that is current now."""

    chosen = Signal(object)
    opened = Signal(object)  # by a double click or Enter

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _Lines()
        self.setAccessibleName(name)
        self.setModel(self._lines)
        self.setItemDelegate(_LineDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.activated.connect(self._on_opened)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Shows other rows; the current one stays current where it is still there."""
        before = self.current()
        rows: list[Line | str] = []
        for section, group in groupby(lines, key=lambda line: line.section):
            rows.extend([section] if section else [])
            rows.extend(group)
        self._lines.show(rows)
        self.choose(before)

    def choose(self, key: Hashable) -> bool:
        """Makes the row with this key the current one; whether there is one."""
        for place, row in enumerate(self._lines.rows):
            if isinstance(row, Line) and row.key == key:
                self.setCurrentIndex(self._lines.index(place))
                return True
        return False

    def choose_first(self) -> None:
        first = next((row.key for row in self._lines.rows if isinstance(row, Line)), None)
        if first is not None:
            self.choose(first)

    def current(self) -> Hashable:
        row = self.currentIndex().data(_LINE)
        return row.key if isinstance(row, Line) else None

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        row = current.data(_LINE) if current.isValid() else None
        if isinstance(row, Line):
            # Where Tab brings the first focus here, Qt makes a row current without selecting it.
            self.selectionModel().select(current, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.chosen.emit(row.key)

    def _on_opened(self, index: QModelIndex) -> None:
        row = index.data(_LINE)
        if isinstance(row, Line):
            self.opened.emit(row.key)


class _LineDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row, height = index.data(_LINE), QFontMetrics(option.font).height()
        if isinstance(row, str):
            return QSize(10, height + 2 * _PAD_Y + 4)
        below = QFontMetrics(_small(option.font)).height() + _GAP if row.facts else 0
        return QSize(10, height + below + 2 * _PAD_Y)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(_LINE)
        painter.save()
        if isinstance(row, str):
            _Brush(painter, option).heading(row)
        else:
            self._background(painter, option, index)
            _Brush(painter, option).line(row)
        painter.restore()

    def _background(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""
        style = plain.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)


class _Brush:
    """Writes one row's texts, from where lines begin in this language."""

    def __init__(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        self._painter, self._option = painter, option
        self._room: QRect = option.rect.adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y)

    def heading(self, text: str) -> None:
        font = _small(self._option.font)
        font.setBold(True)
        self._write(text, self._room.adjusted(0, 4, 0, 0), font, _LEADING, muted=True)

    def line(self, line: Line) -> None:
        small = _small(self._option.font)
        badge = QFontMetrics(small).horizontalAdvance(line.badge) + _PAD_X if line.badge else 0
        height = QFontMetrics(self._option.font).height()
        top = QRect(self._room.left(), self._room.top(), self._room.width() - badge, height)
        self._write(line.title, top, self._option.font, _LEADING, muted=False)
        if line.badge:
            self._write(line.badge, QRect(self._room.topLeft(), QSize(self._room.width(), height)), small, _TRAILING)
        if line.facts:
            below = self._room.adjusted(0, height + _GAP, 0, 0)
            self._write(line.facts, below, small, _LEADING)

    def _write(self, text: str, room: QRect, font: QFont, side: Qt.AlignmentFlag, muted: bool = True) -> None:
        palette, direction = self._option.palette, self._option.direction
        role = QPalette.ColorRole.PlaceholderText if muted else QPalette.ColorRole.Text
        self._painter.setFont(font)
        self._painter.setPen(palette.color(QPalette.ColorGroup.Active, role))
        placed = QStyle.visualRect(direction, self._option.rect, room)
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, placed.width())
        towards = QStyle.visualAlignment(direction, side) | Qt.AlignmentFlag.AlignAbsolute
        self._painter.drawText(placed, towards | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine, elided)


def _small(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * _SMALLER)
    return smaller
