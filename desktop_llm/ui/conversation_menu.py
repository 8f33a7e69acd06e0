"""What can be done with a conversation of the sidebar, or with all of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop_llm.conversation import Conversation
from desktop_llm.ui.line_dialog import LineDialog
from desktop_llm.ui.tags import written_tags

_STORED = ("duplicate", "export", "export folder", "delete")
_TEMPORARY = ("rename", "keep", "export", "delete")


class ConversationMenu(QMenu):
    """`actions` by name; `moved` and `tagged` bring what the submenus were asked for, others ask for a name."""

    moved = Signal(str)
    tagged = Signal(object)
    wants_folder = Signal()
    wants_tag = Signal()

    def __init__(
        self,
        conversation: Conversation,
        actions: Mapping[str, QAction],
        folders: Sequence[str],
        tags: Sequence[str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._conversation = conversation
        if conversation.temporary:
            self.addActions([actions[name] for name in _TEMPORARY])
            return
        actions["pin"].setText(self.tr("Unpin") if conversation.pinned else self.tr("Pin"))
        self.addActions([actions["rename"], actions["pin"]])
        self._add_folders(folders)
        self._add_tags(tags)
        actions["export folder"].setVisible(bool(conversation.folder))
        self.addActions([actions[name] for name in _STORED])

    def _add_folders(self, names: Sequence[str]) -> None:
        menu = self.addMenu(self.tr("Folder"))
        for name in ("", *names):
            action = _checkable(menu, name or self.tr("None"), name == self._conversation.folder)
            action.triggered.connect(partial(self.moved.emit, name))
        menu.addSeparator()
        menu.addAction(self.tr("New folder…")).triggered.connect(self.wants_folder)

    def _add_tags(self, tags: Sequence[str]) -> None:
        menu = self.addMenu(self.tr("Tags"))
        for tag in tags:
            action = _checkable(menu, tag, tag in self._conversation.tags)
            action.triggered.connect(partial(self._change, tag))
        menu.addSeparator()
        menu.addAction(self.tr("New tag…")).triggered.connect(self.wants_tag)

    def _change(self, tag: str) -> None:
        """Puts it on, or takes it off."""
        tags = self._conversation.tags
        self.tagged.emit(tuple(other for other in tags if other != tag) if tag in tags else (*tags, tag))


def folder_dialog(parent: QWidget) -> LineDialog:
    title = QCoreApplication.translate("ConversationMenu", "New folder")
    return LineDialog(title, QCoreApplication.translate("ConversationMenu", "Name of the folder"), "", parent)


def tag_dialog(parent: QWidget) -> LineDialog:
    title = QCoreApplication.translate("ConversationMenu", "New tag")
    return LineDialog(title, QCoreApplication.translate("ConversationMenu", "Name of the tag"), "", parent)


def tags_dialog(conversation: Conversation, parent: QWidget) -> LineDialog:
    """All tags of a conversation, as a person writes them."""
    title = QCoreApplication.translate("ConversationMenu", "Tags of this chat")
    said = QCoreApplication.translate("ConversationMenu", "Tags, with commas between them")
    return LineDialog(title, said, written_tags(conversation.tags), parent)


def _checkable(menu: QMenu, name: str, checked: bool) -> QAction:
    action = menu.addAction(name.replace("&", "&&"))
    action.setCheckable(True)
    action.setChecked(checked)
    return action
