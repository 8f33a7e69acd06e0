"""New chat, and the conversations there are: under headings, or as a search finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import Conversation
from desktop_llm.storage.search import Hit
from desktop_llm.ui.conversation_list import ConversationList
from desktop_llm.ui.conversation_menu import ConversationMenu, folder_dialog, tag_dialog, tags_dialog
from desktop_llm.ui.conversation_rows import Heading, Row, grouped
from desktop_llm.ui.icons import IconButton, icon
from desktop_llm.ui.session import Hits
from desktop_llm.ui.tags import MARK, Query, TagCompleter, all_tags, query_of, read_tags
from desktop_llm.ui.theme import Theme

_TYPING = 250  # milliseconds until what was typed is searched for


class Sidebar(QFrame):
    """Its signals name conversations by their ids."""

    new_chat = Signal()
    new_temporary_chat = Signal()
    chosen = Signal(object)
    found = Signal(object, object)  # a conversation's id, a message's
    renamed = Signal(object, str)
    pinned = Signal(object, bool)
    moved = Signal(object, str)
    tagged = Signal(object, object)  # a conversation's id, all its tags
    kept = Signal(object)
    duplicated = Signal(object)
    exported = Signal(object)
    all_exported = Signal(object)  # a folder's name, None for all there is
    deleted = Signal(object)
    searched = Signal(str)
    wants_models = Signal()
    wants_settings = Signal()
    wants_trash = Signal()
    wants_import = Signal()
    left = Signal()  # it has the keyboard no longer, which it was given for a title only

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._logo = QLabel()
        self._new = QPushButton(self.tr("New chat"))
        self._new.setObjectName("new")
        self._new.setAccessibleName(self.tr("New chat"))
        self.temporary = IconButton("temporary", self.tr("New temporary chat"))
        self.search = QLineEdit()
        self._completer = TagCompleter(self.search)
        self._typing = QTimer(self)
        self.list = ConversationList()
        self.models, self.trash = QToolButton(), IconButton("delete", self.tr("Trash"))
        self.settings = IconButton("gear", self.tr("Settings"))
        self.more = IconButton("more", self.tr("Import and export"))
        self._selected: int | None = None
        self._from_elsewhere = False  # whether the title that is edited was asked for where the keyboard was not here
        self._found = ""  # what the rows that are shown were found for
        self._then: Callable[[], None] | None = None  # what is to be done when that is what is wanted
        self._conversations: dict[int, Conversation] = {}
        self._known_tags: list[str] = []
        self._actions: dict[str, QAction] = {}
        self._place()
        self._add_actions()

    def set_conversations(self, conversations: Sequence[Conversation]) -> None:
        self._know({conversation.id: conversation for conversation in conversations})

    def show_changed(self, conversation: Conversation) -> None:
        """Puts a conversation, new or changed, at the top."""
        self._conversations.pop(conversation.id, None)
        self._know({conversation.id: conversation, **self._conversations})

    def show_hits(self, hits: Hits) -> None:
        """What was found for the words that are in the search field now."""
        query = self._query()
        if hits.words != query.asked:
            return
        found = [hit for hit in hits.hits if not query.tags or self._admits(query, hit)]
        self.list.show_rows(found or [self._nothing()], alike=False)
        self._found, then, self._then = hits.words, self._then, None
        if then is not None:
            then()

    def remove(self, conversation: int) -> None:
        self._conversations.pop(conversation, None)
        self.list.remove(conversation)
        self.list.select(None)

    def select(self, conversation: int | None) -> None:
        """The one that is shown; who goes through the list with the keyboard keeps their place until they leave it."""
        self._selected = conversation
        if not self.list.hasFocus():
            self.list.select(conversation)

    def current(self) -> int | None:
        return self.list.current()

    def conversation(self, conversation: int) -> Conversation | None:
        return self._conversations.get(conversation)

    def conversations(self) -> list[Conversation]:
        return list(self._conversations.values())

    def rename(self, conversation: int) -> None:
        """Begins to edit its title, where it stands."""
        self._from_elsewhere = not self.list.hasFocus()
        self.show()
        self.search.clear()
        self.list.select(conversation)
        self._rename()

    @property
    def renames(self) -> bool:
        """Whether a title is being edited."""
        return self.list.edits

    def _after_edit(self) -> None:
        if self._from_elsewhere:
            self._from_elsewhere = False
            self.left.emit()

    def pin(self, conversation: int) -> None:
        """Or takes it down."""
        known = self._conversations.get(conversation)
        if known is not None:
            self.pinned.emit(conversation, not known.pinned)

    def ask_tags(self, conversation: int) -> None:
        """Has all its tags written at once."""
        known = self._conversations.get(conversation)
        if known is not None:
            dialog = tags_dialog(known, self.window())
            dialog.given.connect(lambda text: self.tagged.emit(conversation, read_tags(text)))
            dialog.open()

    def filter(self, tag: str) -> None:
        """Shows only what has this tag."""
        self.search.setText(MARK + tag)

    def region(self) -> QWidget:
        """Where the keyboard goes on its way round the window."""
        return self.list if self.list.rows.rowCount() else self.search

    def title(self, conversation: int) -> str:
        known = self._conversations.get(conversation)
        return known.title if known else ""

    def _know(self, conversations: dict[int, Conversation]) -> None:
        self._conversations = conversations
        self._known_tags = all_tags(conversations.values())
        self._completer.set_tags(self._known_tags)
        self._show()

    def _show(self) -> None:
        """All there are, or those with the tags that are in the search field; a search in progress stays as it is."""
        query = self._query()
        if query.words:
            return
        self._found = ""
        # A search that found it elsewhere, or not at all, has not put it away.
        current = self.current() or self._selected
        rows = grouped(known for known in self._conversations.values() if query.admits(known))
        self.list.show_rows(rows if rows or not query.tags else [self._nothing()], alike=True)
        self.list.select(current)

    def _on_typed(self) -> None:
        self._then = None
        if self._query().words:
            self._typing.start()
        else:
            self._typing.stop()
            self._show()

    def _search(self) -> None:
        if asked := self._query().asked:
            self.searched.emit(asked)

    def _go_down(self) -> None:
        """From the search field to the first row, as soon as that is what was searched for."""
        self._when_found(self.list.go_to_first)

    def _on_enter(self) -> None:
        if self._then is None:
            self._search()
        else:
            self._when_found(self.list.open_first)

    def _when_found(self, act: Callable[[], None]) -> None:
        if self._query().asked == self._found:
            act()
        else:
            self._search()
            self._then = act

    def _query(self) -> Query:
        return query_of(self.search.text(), self._known_tags)

    def _admits(self, query: Query, hit: Hit) -> bool:
        known = self._conversations.get(hit.conversation)
        return known is not None and query.admits(known)

    def _nothing(self) -> Heading:
        return Heading(self.tr("Nothing was found"))

    def show_page(self, models: bool = False, settings: bool = False) -> None:
        self.models.setChecked(models)
        self.settings.setChecked(settings)

    def show_progress(self, share: float | None) -> None:
        """How far the downloads are, beside the way to them."""
        name, percent = self.tr("Models"), "" if share is None else f"{share:.0%}"
        self.models.setText("  ".join(filter(None, (name, percent))))

    def set_theme(self, theme: Theme) -> None:
        self.models.setIcon(icon("models", theme.muted))
        self._search_icon.setIcon(icon("search", theme.muted))
        self._new.setIcon(icon("plus", theme.text))
        self.list.rows.temporary_icon = icon("temporary", theme.muted)
        self._logo.setPixmap(icon("logo", theme.accent, 22).pixmap(QSize(22, 22), self.devicePixelRatioF()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down in the search field; while tags are offered, it is for those."""
        if isinstance(event, QKeyEvent) and (event.type(), event.key()) == (QEvent.Type.KeyPress, Qt.Key.Key_Down):
            popup = self._completer.popup()
            if popup is None or not popup.isVisible():
                self._go_down()
                return True
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 11, 10, 10)
        column.setSpacing(8)
        head = QHBoxLayout()
        name = QLabel("Desktop LLM")
        name.setObjectName("program")
        head.addWidget(self._logo)
        head.addWidget(name, 1)
        head.addWidget(self.settings)
        self.settings.setCheckable(True)
        self.settings.clicked.connect(self.wants_settings)
        column.addLayout(head)
        column.addLayout(self._beginnings())
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self._foot())
        self._dress_list()
        self._dress_search()

    def _beginnings(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._new, 1)
        row.addWidget(self.temporary)
        self.temporary.setToolTip(self.tr("New temporary chat: kept in memory only, gone when the program ends"))
        self._new.clicked.connect(self.new_chat)
        self.temporary.clicked.connect(self.new_temporary_chat)
        return row

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
        self.search.returnPressed.connect(self._on_enter)
        self.search.installEventFilter(self)

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
        row.addWidget(self.more)
        self.trash.clicked.connect(self.wants_trash)
        self._fill_more()
        return foot

    def _fill_more(self) -> None:
        menu = QMenu(self.more)
        menu.addAction(self.tr("Import conversations…")).triggered.connect(self.wants_import)
        menu.addAction(self.tr("Export all conversations…")).triggered.connect(partial(self.all_exported.emit, None))
        self.more.open_menu(menu)

    def _dress_list(self) -> None:
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.chosen.connect(self._on_chosen)
        self.list.edited.connect(self._after_edit)
        self.list.left.connect(lambda: self.list.select(self._selected))
        self.list.tag_clicked.connect(self.filter)
        self.list.rows.renamed.connect(self._on_renamed)

    def _add_actions(self) -> None:
        named = {
            "rename": (self.tr("Rename"), self._rename, QKeySequence(Qt.Key.Key_F2)),
            "pin": (self.tr("Pin"), self._pin, QKeySequence()),
            "duplicate": (self.tr("Duplicate"), self._duplicate, QKeySequence()),
            "keep": (self.tr("Keep this chat"), self._keep, QKeySequence()),
            "export": (self.tr("Export…"), self._export, QKeySequence()),
            "export folder": (self.tr("Export folder…"), self._export_folder, QKeySequence()),
            "delete": (self.tr("Delete"), self.delete_current, QKeySequence(QKeySequence.StandardKey.Delete)),
        }
        for name, (words, act, keys) in named.items():
            action = self._actions[name] = QAction(words, self.list)
            action.setShortcut(keys)
            action.triggered.connect(act)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.list.addAction(action)

    def _show_menu(self, place: QPoint) -> None:
        there = self.list.row_at(place)
        conversation = self._conversations.get(self.current() or 0)
        if isinstance(there, Heading):
            menu = self._heading_menu(there)
        elif conversation is None or self._query().words:
            return
        else:
            menu = self._menu_of(conversation)
        if menu.actions():
            menu.popup(self.list.viewport().mapToGlobal(place))

    def _heading_menu(self, heading: Heading) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if heading.folder:
            export = menu.addAction(self.tr("Export folder…"))
            export.triggered.connect(partial(self.all_exported.emit, heading.folder))
        return menu

    def _menu_of(self, conversation: Conversation) -> ConversationMenu:
        folders = sorted({other.folder for other in self._conversations.values() if other.folder}, key=str.casefold)
        menu = ConversationMenu(conversation, self._actions, folders, self._known_tags, self)
        menu.moved.connect(partial(self.moved.emit, conversation.id))
        menu.tagged.connect(partial(self.tagged.emit, conversation.id))
        menu.wants_folder.connect(partial(self._ask_folder, conversation))
        menu.wants_tag.connect(partial(self._ask_tag, conversation))
        return menu

    def _ask_folder(self, conversation: Conversation) -> None:
        def move(name: str) -> None:
            if name.strip():
                self.moved.emit(conversation.id, " ".join(name.split()))

        dialog = folder_dialog(self.window())
        dialog.given.connect(move)
        dialog.open()

    def _ask_tag(self, conversation: Conversation) -> None:
        def add(text: str) -> None:
            if new := read_tags(text):
                self.tagged.emit(conversation.id, tuple(dict.fromkeys((*conversation.tags, *new))))

        dialog = tag_dialog(self.window())
        dialog.given.connect(add)
        dialog.open()

    def _pin(self) -> None:
        if (conversation := self.current()) is not None:
            self.pin(conversation)

    def _duplicate(self) -> None:
        if (conversation := self.current()) is not None:
            self.duplicated.emit(conversation)

    def _export(self) -> None:
        if (conversation := self.current()) is not None:
            self.exported.emit(conversation)

    def _export_folder(self) -> None:
        known = self._conversations.get(self.current() or 0)
        if known is not None and known.folder:
            self.all_exported.emit(known.folder)

    def _keep(self) -> None:
        if (conversation := self.current()) is not None:
            self.kept.emit(conversation)

    def _on_chosen(self, row: Row) -> None:
        if isinstance(row, Hit):
            self.found.emit(row.conversation, row.message)
        elif isinstance(row, Conversation):
            self.chosen.emit(row.id)

    def _on_renamed(self, conversation: int, title: str) -> None:
        self._conversations[conversation] = replace(self._conversations[conversation], title=title)
        self.list.rows.change(self._conversations[conversation])
        self.renamed.emit(conversation, title)

    def _rename(self) -> None:
        if self.current() is not None:
            self.list.edit(self.list.currentIndex())

    def delete_current(self) -> None:
        if (conversation := self.current()) is not None:
            self.deleted.emit(conversation)
