"""All that can be done in the window, declared once: its shortcuts and the command palette come from here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from desktop_llm.conversation import TEMPORARY
from desktop_llm.ui.shown_text import told

if TYPE_CHECKING:
    from desktop_llm.ui.command_palette import CommandPalette
    from desktop_llm.ui.main_window import MainWindow


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """`keys`: its shortcuts, "; " between them. `can`: whether it can be done now. Not `listed`: not in the palette.

    `own_keys`: a part of the window hears them by itself, while it has the keyboard.
    """

    words: str
    act: Callable[[], object]
    keys: str = ""
    can: Callable[[], bool] = _always
    listed: bool = True
    kind: str = ""
    key: Hashable = None
    own_keys: bool = False

    @property
    def shortcuts(self) -> list[QKeySequence]:
        return QKeySequence.listFromString(self.keys) if self.keys else []


class Commands(QObject):
    """A command more is one line in one of the groups below."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._palette: CommandPalette | None = None
        self._pages: list[Command] = []
        self._declared = [*self._of_chats(), *self._of_this_chat(), *self._of_models(), *self._of_the_window()]
        for command in self._declared:
            self._give_keys(command)

    def add_page(self, name: str, show: Callable[[], None], more_keys: str = "") -> None:
        """The first five pages have Ctrl+1 to Ctrl+5, in the order they come."""
        number = len(self._pages) + 1
        keys = "; ".join(filter(None, (f"Ctrl+{number}" if number <= 5 else "", more_keys)))
        self._pages.append(Command(self.tr("Go to {page}").format(page=name), show, keys))
        self._give_keys(self._pages[-1])

    def usable(self) -> list[Command]:
        """What the palette offers now: the commands, the models and the conversations."""
        listed = (command for command in (*self._declared, *self._pages) if command.listed and command.can())
        return [*listed, *self._models(), *self._conversations()]

    def with_keys(self) -> list[Command]:
        return [command for command in (*self._declared, *self._pages) if command.keys]

    def open_palette(self) -> None:
        if self._palette is None:
            from desktop_llm.ui.command_palette import CommandPalette  # late: the first window needs none

            self._palette = CommandPalette(self.usable, self._window)
        self._palette.toggle()

    # ---- what there is

    def _of_chats(self) -> list[Command]:
        window = self._window
        return [
            Command(self.tr("All commands"), self.open_palette, "Ctrl+K", listed=False),
            Command(self.tr("New chat"), window.new_chat, "Ctrl+N"),
            Command(self.tr("New temporary chat"), window.new_temporary_chat, "Ctrl+Shift+N"),
            Command(self.tr("Search all chats"), window.search_chats, "Ctrl+Shift+F"),
            Command(self.tr("Import conversations…"), window.choose_export),
            Command(self.tr("Export all conversations…"), window.export_all),
            Command(self.tr("Trash"), window.show_trash),
        ]

    def _of_this_chat(self) -> list[Command]:
        window, there = self._window, self._is_chat
        side, of_chat = window.sidebar, self._of_chat
        in_list = self.tr("Delete the chat that is chosen in the list of chats")
        return [
            Command(self.tr("Find in this chat"), window.find_in_chat, "Ctrl+F", there),
            Command(self.tr("Attach files…"), window.attach_files, "Ctrl+Shift+A"),
            Command(self.tr("Stop the answer"), window.stop, "Esc", window.can_stop),
            Command(self.tr("Settings of this chat"), window.toggle_panel),
            Command(self.tr("Rename this chat"), of_chat(side.rename), "F2", there),
            Command(self.tr("Pin or unpin this chat"), of_chat(side.pin), can=self._is_stored),
            Command(self.tr("Tags of this chat…"), of_chat(side.ask_tags), can=self._is_stored),
            Command(self.tr("Duplicate this chat"), of_chat(window.duplicate), can=self._is_stored),
            Command(self.tr("Keep this chat"), of_chat(window.keep), can=self._is_temporary),
            Command(self.tr("Export this chat…"), of_chat(window.export), can=there),
            Command(self.tr("Delete this chat"), of_chat(window.delete), "Ctrl+Shift+Backspace", there),
            Command(in_list, side.delete_current, "Del", listed=False, own_keys=True),
        ]

    def _of_models(self) -> list[Command]:
        window = self._window
        return [
            Command(self.tr("Choose a model"), window.choose_model, "Ctrl+L"),
            Command(self.tr("Open a model file…"), window.choose_file, "Ctrl+O"),
            Command(self.tr("Get a model"), window.get_model),
            Command(self.tr("Unload the model from memory"), window.models.unloaded.emit, can=window.models.is_loaded),
        ]

    def _of_the_window(self) -> list[Command]:
        window, look = self._window, self._window.look.choose
        return [
            Command(self.tr("Settings"), window.show_settings, "Ctrl+,"),
            Command(self.tr("Keyboard shortcuts"), partial(window.show_settings, "shortcuts"), "F1; Ctrl+/"),
            Command(self.tr("Larger text"), partial(window.step_text_size, 1), "Ctrl++; Ctrl+="),
            Command(self.tr("Smaller text"), partial(window.step_text_size, -1), "Ctrl+-"),
            Command(self.tr("Text of the usual size"), window.reset_text_size, "Ctrl+0"),
            Command(self.tr("Show or hide the conversations"), window.toggle_sidebar, "Ctrl+B"),
            Command(self.tr("Light appearance"), partial(look, "light")),
            Command(self.tr("Dark appearance"), partial(look, "dark")),
            Command(self.tr("Appearance like the system"), partial(look, "system")),
            Command(self.tr("Next region"), partial(self._step, 1), "F6", listed=False),
            Command(self.tr("Previous region"), partial(self._step, -1), "Shift+F6", listed=False),
            Command(self.tr("Quit"), window.close, "Ctrl+Q"),
        ]

    def _models(self) -> Iterator[Command]:
        for model in self._window.models.models:
            words, act = self.tr("Use {model}").format(model=model.name), partial(self._window.use_model, model.path)
            yield Command(words, act, kind=self.tr("Model"), key=model.path)

    def _conversations(self) -> Iterator[Command]:
        for conversation in self._window.sidebar.conversations():
            act = partial(self._window.show_conversation, conversation.id)
            yield Command(told(conversation.title), act, kind=self.tr("Chat"), key=conversation.id)

    # ---- how they are carried out

    def _give_keys(self, command: Command) -> None:
        if command.keys and not command.own_keys:
            action = QAction(command.words, self._window)
            action.setShortcuts(command.shortcuts)
            action.triggered.connect(lambda: command.can() and command.act())
            self._window.addAction(action)

    def _is_chat(self) -> bool:
        return self._window.chat.conversation() is not None and not self._window.sidebar.renames

    def _is_temporary(self) -> bool:
        return (self._window.chat.conversation() or 0) >= TEMPORARY

    def _is_stored(self) -> bool:
        return self._is_chat() and not self._is_temporary()

    def _of_chat(self, act: Callable[[int], object]) -> Callable[[], None]:
        """Does something with the conversation that is shown by then."""

        def on_shown() -> None:
            if (conversation := self._window.chat.conversation()) is not None:
                act(conversation)

        return on_shown

    def _step(self, by: int) -> None:
        """From region to region; within one it is the Tab key that leads on."""
        shown = [region for region in self._window.regions() if region.isVisible()]
        here = _place_of(QApplication.focusWidget(), shown)
        following = (here + by) % len(shown) if here is not None else 0
        shown[following].setFocus(Qt.FocusReason.ShortcutFocusReason)


def _place_of(focused: QWidget | None, regions: Sequence[QWidget]) -> int | None:
    if focused is None:
        return None
    return next((n for n, region in enumerate(regions) if region is focused or region.isAncestorOf(focused)), None)
