"""New chat, and the conversations there are."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import Conversation
from desktop_llm.ui.icons import icon
from desktop_llm.ui.theme import Theme

_ID = Qt.ItemDataRole.UserRole


class Sidebar(QFrame):
    new_chat = Signal()
    chosen = Signal(object)  # the conversation's id
    renamed = Signal(object, str)
    deleted = Signal(object)
    wants_models = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(248)
        self._logo = QLabel()
        self._new = QPushButton(self.tr("New chat"))
        self._new.setObjectName("new")
        self._new.setAccessibleName(self.tr("New chat"))
        self.list = QListWidget()
        self.models = QToolButton()
        self._place()
        self._add_actions()

    def set_conversations(self, conversations: list[Conversation]) -> None:
        current = self.current()
        with QSignalBlocker(self.list):
            self.list.clear()
            for conversation in conversations:
                self.list.addItem(_item(conversation))
        self.select(current)

    def show_changed(self, conversation: Conversation) -> None:
        """Puts a conversation, new or changed, at the top."""
        current = self.current()
        with QSignalBlocker(self.list):
            self._take(conversation.id)
            self.list.insertItem(0, _item(conversation))
        self.select(current)

    def remove(self, conversation: int) -> None:
        with QSignalBlocker(self.list):
            self._take(conversation)
            self.list.setCurrentRow(-1)

    def select(self, conversation: int | None) -> None:
        item = None if conversation is None else self._find(conversation)
        with QSignalBlocker(self.list):
            self.list.setCurrentRow(-1 if item is None else self.list.row(item))

    def current(self) -> int | None:
        item = self.list.currentItem()
        return None if item is None else int(item.data(_ID))

    def title(self, conversation: int) -> str:
        item = self._find(conversation)
        return "" if item is None else item.text()

    def show_page(self, models: bool) -> None:
        self.models.setChecked(models)

    def show_progress(self, share: float | None) -> None:
        """How far the downloads are, beside the way to them."""
        name, percent = self.tr("Models"), "" if share is None else f"{share:.0%}"
        self.models.setText("  ".join(filter(None, (name, percent))))

    def set_theme(self, theme: Theme) -> None:
        self.models.setIcon(icon("models", theme.muted))
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
        column.addWidget(self.list, 1)
        column.addWidget(self._foot())
        self._dress_list()

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
        return foot

    def _dress_list(self) -> None:
        self.list.setAccessibleName(self.tr("Conversations"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.list.itemChanged.connect(self._on_edited)
        self._new.clicked.connect(self.new_chat)

    def _add_actions(self) -> None:
        rename = QAction(self.tr("Rename"), self.list)
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        rename.triggered.connect(self._rename)
        delete = QAction(self.tr("Delete"), self.list)
        delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        delete.triggered.connect(self._delete)
        for action in (rename, delete):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.list.addAction(action)

    def _show_menu(self, place: QPoint) -> None:
        if self.list.itemAt(place) is not None or self.list.currentItem() is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self.list.actions())
            menu.popup(self.list.viewport().mapToGlobal(place))

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_ID))

    def _on_edited(self, item: QListWidgetItem) -> None:
        """An empty title is not taken: the old one, kept as the tool tip, comes back."""
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
