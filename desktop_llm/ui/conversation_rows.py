"""The rows of the sidebar's list: conversations under headings, or what a search found; made when they are drawn."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QDate,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QIcon

from desktop_llm.conversation import Conversation, one_line
from desktop_llm.storage.search import Hit
from desktop_llm.ui.shown_text import told, untold
from desktop_llm.ui.tags import written_tags

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_NO_INDEX = QModelIndex()
_TEMPORARY, _PINNED, _FOLDER, _AGES = range(4)


@dataclass(frozen=True)
class Heading:
    """Of a group. `folder`: its name, where the group is one."""

    text: str
    folder: str = ""
    temporary: bool = False


Row = Heading | Conversation | Hit


class Rows(QAbstractListModel):
    """Thousands of them cost nothing until they are seen."""

    renamed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self.temporary_icon = QIcon()

    def set_rows(self, rows: Iterable[Row]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, index: Index) -> Row | None:
        return self._rows[index.row()] if index.isValid() else None

    def find(self, conversation: int) -> QModelIndex:
        """The first row that is of it, or none."""
        places = (place for place, row in enumerate(self._rows) if number(row) == conversation)
        return self.index(next(places, -1))

    def change(self, conversation: Conversation) -> None:
        """Shows it as it is now, where it stands."""
        index = self.find(conversation.id)
        if isinstance(self.row(index), Conversation):
            self._rows[index.row()] = conversation
            self.dataChanged.emit(index, index)

    def without(self, conversation: int) -> list[Row]:
        return [row for row in self._rows if number(row) != conversation]

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or isinstance(row, Heading):
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if isinstance(row, Conversation) else usual

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, kind = self.row(index), Qt.ItemDataRole
        match row, role:
            case None, _:
                return None
            case _, kind.DisplayRole:
                return _shown(row)
            case _, kind.ToolTipRole:
                return _tip(row)
            case _, kind.FontRole:
                return _font(row)
            case Conversation(), kind.EditRole:
                return told(row.title)
            case Conversation(), kind.AccessibleTextRole:
                return spoken(row)
            case Heading(temporary=True), kind.DecorationRole:
                return self.temporary_icon
            case _, kind.UserRole:
                return row
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An empty title is not taken."""
        row, title = self.row(index), untold(" ".join(str(value).split()))
        if role != Qt.ItemDataRole.EditRole or not isinstance(row, Conversation) or title in ("", row.title):
            return False
        self.renamed.emit(row.id, title)
        return True


def number(row: Row | None) -> int | None:
    """Of the conversation that a row is of."""
    if isinstance(row, Conversation):
        return row.id
    return row.conversation if isinstance(row, Hit) else None


def spoken(conversation: Conversation) -> str:
    """What a screen reader says of it."""
    if not conversation.tags:
        return told(conversation.title)
    said = QCoreApplication.translate("Sidebar", "{title}, tags: {tags}")
    return said.format(title=told(conversation.title), tags=written_tags(conversation.tags))


def grouped(conversations: Iterable[Conversation]) -> list[Row]:
    """Temporary ones, pinned ones, folders by name, then by how long ago something was said; each under its heading.

    Where there is but one kind, it needs none.
    """
    ages = _ages()
    groups: dict[tuple[int, str], list[Conversation]] = {}
    for conversation in conversations:
        groups.setdefault(_group(conversation, ages), []).append(conversation)
    rows: list[Row] = []
    for place, name in sorted(groups, key=lambda group: (group[0], group[1].casefold(), group[1])):
        if len(groups) > 1 or place == _TEMPORARY:
            rows.append(Heading(name, name if place == _FOLDER else "", place == _TEMPORARY))
        rows.extend(groups[place, name])
    return rows


def _group(conversation: Conversation, ages: Sequence[tuple[float, str]]) -> tuple[int, str]:
    if conversation.temporary:
        return _TEMPORARY, QCoreApplication.translate("Sidebar", "Temporary")
    if conversation.pinned:
        return _PINNED, QCoreApplication.translate("Sidebar", "Pinned")
    if conversation.folder:
        return _FOLDER, conversation.folder
    place = next(place for place, (begin, _) in enumerate(ages) if conversation.changed >= begin)
    return _AGES + place, ages[place][1]


def _ages() -> list[tuple[float, str]]:
    """When each span of time began, and its name."""
    spans = (
        (0, QCoreApplication.translate("Sidebar", "Today")),
        (1, QCoreApplication.translate("Sidebar", "Yesterday")),
        (7, QCoreApplication.translate("Sidebar", "Previous 7 days")),
        (30, QCoreApplication.translate("Sidebar", "Previous 30 days")),
    )
    today = QDate.currentDate()
    begun = [(float(today.addDays(-days).startOfDay().toSecsSinceEpoch()), name) for days, name in spans]
    return [*begun, (float("-inf"), QCoreApplication.translate("Sidebar", "Older"))]


def _shown(row: Row) -> str:
    if isinstance(row, Hit):
        return told(f"{row.title}\n{' '.join(row.snippet.split())}")
    return told(row.title if isinstance(row, Conversation) else row.text)


def _tip(row: Row) -> str:
    """Escaped, for a title may be a stranger's text, and what looks like HTML would be taken for it."""
    if isinstance(row, Heading):
        return ""
    lines = [row.snippet] if isinstance(row, Hit) else [one_line(row.title), *_told(row)]
    return f"<span>{'<br>'.join(map(html.escape, map(told, lines)))}</span>"


def _told(conversation: Conversation) -> list[str]:
    tags = [" ".join(f"#{tag}" for tag in conversation.tags)] if conversation.tags else []
    kept = QCoreApplication.translate("Sidebar", "Kept in memory only: gone when the program ends")
    return [*tags, kept] if conversation.temporary else tags


def _font(row: Row) -> QFont | None:
    font = QFont()
    font.setBold(isinstance(row, Heading))
    font.setItalic(isinstance(row, Conversation) and row.temporary)
    return font if font.bold() or font.italic() else None
