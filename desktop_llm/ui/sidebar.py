"""New chat, and the conversations there are: under headings, or as a search finds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import Conversation
from desktop_llm.storage.search import Hit
from desktop_llm.ui.icons import IconButton, icon
from desktop_llm.ui.session import Hits
from desktop_llm.ui.theme import Theme

_ID, _MESSAGE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_TYPING = 250  # milliseconds until what was typed is searched for


class Sidebar(QFrame):
    """Its signals name conversations by their ids."""

    new_chat = Signal()
    chosen = Signal(object)
    found = Signal(object, object)  # a conversation's id, a message's
    renamed = Signal(object, str)
    pinned = Signal(object, bool)
    moved = Signal(object, str)
    duplicated = Signal(object)
    exported = Signal(object)
    deleted = Signal(object)
    searched = Signal(str)
    wants_models = Signal()
    wants_trash = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(248)
        self._logo = QLabel()
        self._new = QPushButton(self.tr("New chat"))
        self._new.setObjectName("new")
        self._new.setAccessibleName(self.tr("New chat"))
        self.search = QLineEdit()
        self._typing = QTimer(self)
        self.list = QListWidget()
        self.models, self.trash = QToolButton(), IconButton("delete", self.tr("Trash"))
        self._conversations: dict[int, Conversation] = {}
        self._actions: dict[str, QAction] = {}
        self._place()
        self._add_actions()

    def set_conversations(self, conversations: Sequence[Conversation]) -> None:
        self._conversations = {conversation.id: conversation for conversation in conversations}
        self._show()

    def show_changed(self, conversation: Conversation) -> None:
        """Puts a conversation, new or changed, at the top."""
        self._conversations.pop(conversation.id, None)
        self._conversations = {conversation.id: conversation, **self._conversations}
        self._show()

    def show_hits(self, hits: Hits) -> None:
        """What was found for the words that are in the search field now."""
        if hits.words != self._words():
            return
        with QSignalBlocker(self.list):
            self.list.clear()
            for hit in hits.hits:
                self.list.addItem(_hit_item(hit))
            if not hits.hits:
                self.list.addItem(_heading(self.tr("Nothing was found")))

    def remove(self, conversation: int) -> None:
        self._conversations.pop(conversation, None)
        with QSignalBlocker(self.list):
            self._take(conversation)
            self.list.setCurrentRow(-1)

    def select(self, conversation: int | None) -> None:
        item = None if conversation is None else self._find(conversation)
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(-1 if item is None else self.list.row(item))

    def current(self) -> int | None:
        item = self.list.currentItem()
        id = None if item is None else item.data(_ID)
        return None if id is None else int(id)

    def conversation(self, conversation: int) -> Conversation | None:
        return self._conversations.get(conversation)

    def title(self, conversation: int) -> str:
        known = self._conversations.get(conversation)
        return known.title if known else ""

    def _show(self) -> None:
        """Under headings, where there is more than one kind; a search in progress stays as it is."""
        if self._words():
            return
        current = self.current()
        with QSignalBlocker(self.list):
            self.list.clear()
            groups = _grouped(self._conversations.values())
            for heading, conversations in groups:
                if len(groups) > 1:
                    self.list.addItem(_heading(heading))
                for conversation in conversations:
                    self.list.addItem(_item(conversation))
        self.select(current)

    def _on_typed(self) -> None:
        if self._words():
            self._typing.start()
        else:
            self._typing.stop()
            self._show()

    def _search(self) -> None:
        if words := self._words():
            self.searched.emit(words)

    def _words(self) -> str:
        return " ".join(self.search.text().split())

    def show_page(self, models: bool) -> None:
        self.models.setChecked(models)

    def show_progress(self, share: float | None) -> None:
        """How far the downloads are, beside the way to them."""
        name, percent = self.tr("Models"), "" if share is None else f"{share:.0%}"
        self.models.setText("  ".join(filter(None, (name, percent))))

    def set_theme(self, theme: Theme) -> None:
        self.models.setIcon(icon("models", theme.muted))
        self._search_icon.setIcon(icon("search", theme.muted))
        self._new.setIcon(icon("plus", theme.text))
        self._logo.setPixmap(icon("logo", theme.accent, 22).pixmap(QSize(22, 22), self.devicePixelRatioF()))

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 11, 10, 10)
        column.setSpacing(8)
        head = QHBoxLayout()
        name = QLabel("Desktop LLM")
        name.setObjectName("program")
        head.addWidget(self._logo)
        head.addWidget(name, 1)
        column.addLayout(head)
        column.addWidget(self._new)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self._foot())
        self._dress_list()
        self._dress_search()

    def _dress_search(self) -> None:
        self.search.setPlaceholderText(self.tr("Search chats"))
        self.search.setAccessibleName(self.tr("Search chats"))
        self.search.setClearButtonEnabled(True)
        self._search_icon = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(self.tr("Search or clear"))
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self._search)
        self.search.textChanged.connect(self._on_typed)
        self.search.returnPressed.connect(self._search)

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 0, 0, 0)
        self.models.setAccessibleName(self.tr("Models"))
        self.models.setToolTip(self.tr("The models on this computer, and new ones"))
        self.models.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.models.setIconSize(QSize(24, 18))
        self.models.setCheckable(True)
        self.models.clicked.connect(self.wants_models)
        self.show_progress(None)
        row.addWidget(self.models)
        row.addStretch(1)
        row.addWidget(self.trash)
        self.trash.clicked.connect(self.wants_trash)
        return foot

    def _dress_list(self) -> None:
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setWordWrap(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.list.itemChanged.connect(self._on_edited)
        self._new.clicked.connect(self.new_chat)

    def _add_actions(self) -> None:
        named = {
            "rename": (self.tr("Rename"), self._rename, QKeySequence(Qt.Key.Key_F2)),
            "pin": (self.tr("Pin"), self._pin, QKeySequence()),
            "duplicate": (self.tr("Duplicate"), self._duplicate, QKeySequence()),
            "export": (self.tr("Export…"), self._export, QKeySequence()),
            "delete": (self.tr("Delete"), self._delete, QKeySequence(QKeySequence.StandardKey.Delete)),
        }
        for name, (words, act, keys) in named.items():
            action = self._actions[name] = QAction(words, self.list)
            action.setShortcut(keys)
            action.triggered.connect(act)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.list.addAction(action)

    def _show_menu(self, place: QPoint) -> None:
        conversation = self._conversations.get(self.current() or 0)
        if conversation is None or self._words():
            return
        self._actions["pin"].setText(self.tr("Unpin") if conversation.pinned else self.tr("Pin"))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._actions["rename"], self._actions["pin"]])
        menu.addMenu(self._folder_menu(menu, conversation))
        menu.addActions([self._actions[name] for name in ("duplicate", "export", "delete")])
        menu.popup(self.list.viewport().mapToGlobal(place))

    def _folder_menu(self, menu: QMenu, conversation: Conversation) -> QMenu:
        folders = QMenu(self.tr("Folder"), menu)
        names = sorted({other.folder for other in self._conversations.values() if other.folder})
        for name in ("", *names):
            action = folders.addAction(name or self.tr("None"))
            action.setCheckable(True)
            action.setChecked(name == conversation.folder)
            action.triggered.connect(partial(self.moved.emit, conversation.id, name))
        folders.addSeparator()
        folders.addAction(self.tr("New folder…")).triggered.connect(partial(self._new_folder, conversation.id))
        return folders

    def _new_folder(self, conversation: int) -> None:
        name, wanted = QInputDialog.getText(self, self.tr("New folder"), self.tr("Name of the folder"))
        if wanted and name.strip():
            self.moved.emit(conversation, " ".join(name.split()))

    def _pin(self) -> None:
        conversation = self._conversations.get(self.current() or 0)
        if conversation is not None:
            self.pinned.emit(conversation.id, not conversation.pinned)

    def _duplicate(self) -> None:
        if (conversation := self.current()) is not None:
            self.duplicated.emit(conversation)

    def _export(self) -> None:
        if (conversation := self.current()) is not None:
            self.exported.emit(conversation)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is None or item.data(_ID) is None:
            return
        if (message := item.data(_MESSAGE)) is not None:
            self.found.emit(item.data(_ID), message)
        else:
            self.chosen.emit(item.data(_ID))

    def _on_edited(self, item: QListWidgetItem) -> None:
        """An empty title is not taken: the old one, kept as the tool tip, comes back."""
        if item.data(_MESSAGE) is not None:
            return
        title = " ".join(item.text().split())
        with QSignalBlocker(self.list):
            item.setText(title or item.toolTip())
        if title and title != item.toolTip():
            item.setToolTip(title)
            self.renamed.emit(item.data(_ID), title)

    def _rename(self) -> None:
        if (item := self.list.currentItem()) is not None:
            self.list.editItem(item)

    def _delete(self) -> None:
        if (conversation := self.current()) is not None:
            self.deleted.emit(conversation)

    def _find(self, conversation: int) -> QListWidgetItem | None:
        items = (self.list.item(row) for row in range(self.list.count()))
        return next((item for item in items if item.data(_ID) == conversation), None)

    def _take(self, conversation: int) -> None:
        if (item := self._find(conversation)) is not None:
            self.list.takeItem(self.list.row(item))


def _item(conversation: Conversation) -> QListWidgetItem:
    item = QListWidgetItem(conversation.title)
    item.setToolTip(conversation.title)
    item.setData(_ID, conversation.id)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
    return item


def _hit_item(hit: Hit) -> QListWidgetItem:
    item = QListWidgetItem(f"{hit.title}\n{' '.join(hit.snippet.split())}")
    item.setToolTip(hit.snippet)
    item.setData(_ID, hit.conversation)
    item.setData(_MESSAGE, hit.message)
    return item


def _heading(text: str) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    font = item.font()
    font.setBold(True)
    item.setFont(font)
    return item


def _grouped(conversations: Iterable[Conversation]) -> list[tuple[str, list[Conversation]]]:
    """Pinned ones, folders by name, then by how long ago something was said."""
    groups: dict[tuple[int, str], list[Conversation]] = {}
    for conversation in conversations:
        groups.setdefault(_group(conversation), []).append(conversation)
    return [(name, groups[place, name]) for place, name in sorted(groups)]


def _group(conversation: Conversation) -> tuple[int, str]:
    if conversation.pinned:
        return 0, QCoreApplication.translate("Sidebar", "Pinned")
    if conversation.folder:
        return 1, conversation.folder
    ago = QDateTime.fromSecsSinceEpoch(int(conversation.changed)).date().daysTo(QDate.currentDate())
    ages = (
        (0, QCoreApplication.translate("Sidebar", "Today")),
        (1, QCoreApplication.translate("Sidebar", "Yesterday")),
        (7, QCoreApplication.translate("Sidebar", "Previous 7 days")),
        (30, QCoreApplication.translate("Sidebar", "Previous 30 days")),
    )
    older = (99, QCoreApplication.translate("Sidebar", "Older"))
    place, name = next(((days, name) for days, name in ages if ago <= days), older)
    return 2 + place, name
