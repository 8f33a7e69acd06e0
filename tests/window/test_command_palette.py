"""The command palette: everything the window can do, by a few letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import App
from desktop_llm.conversation import Conversation
from desktop_llm.settings import Appearance, Settings, settings_file
from desktop_llm.settings_file import read_settings
from desktop_llm.ui.command_palette import CommandPalette, folded, how_far
from desktop_llm.ui.main_window import MainWindow

LIGHT = Settings(appearance=Appearance(theme="light"))
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
CONTROL = Qt.KeyboardModifier.ControlModifier


def distance(typed: str, text: str) -> int | None:
    return how_far(folded(typed).split(), folded(text))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("", "New chat"),
        ("chat new", "New chat"),
        ("EXP", "Export this chat…"),
        ("nch", "New chat"),
        ("exprt", "Export this chat…"),
        ("uber", "Über die Brücke"),
        ("气", "今天的天气"),
        ("天气 今天", "今天的天气"),
        ("对话", "新对话"),
    ],
)
def test_it_finds(typed: str, text: str) -> None:
    assert distance(typed, text) is not None


@pytest.mark.parametrize(("typed", "text"), [("chat xyz", "New chat"), ("tahc", "New chat"), ("雨", "今天的天气")])
def test_it_does_not_find(typed: str, text: str) -> None:
    assert distance(typed, text) is None


def test_beginnings_of_words_come_before_what_lies_within_them() -> None:
    found = sorted(["Reexport", "Export", "Extra port"], key=lambda text: distance("export", text))
    assert found == ["Export", "Reexport", "Extra port"]


class Typist:
    """Someone who has only a keyboard."""

    def __init__(self, app: App, qtbot: QtBot) -> None:
        self.window: MainWindow = app.window
        self._qtbot = qtbot
        self.window.activateWindow()
        self.sees(self.window.isActiveWindow)

    def sees(self, true: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(true()), timeout=30_000)

    def presses(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        pressed = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            pressed |= modifier
        self._qtbot.keyClick(QApplication.focusWidget(), key, pressed)

    def types(self, text: str) -> None:
        """What is not on the keyboard comes from an input method."""
        if text.isascii():
            self._qtbot.keyClicks(QApplication.focusWidget(), text)
        else:
            given = QInputMethodEvent()
            given.setCommitString(text)
            QApplication.sendEvent(QApplication.focusWidget(), given)

    @property
    def palette(self) -> CommandPalette:
        return self.window.findChild(CommandPalette)

    def offered(self) -> list[str]:
        lines = self.palette.list.model()
        return [lines.index(row, 0).data() for row in range(lines.rowCount())]

    def opens_palette(self) -> None:
        self.presses(Qt.Key.Key_K, CONTROL)
        self.sees(lambda: self.palette is not None and self.palette.field.hasFocus())

    def does(self, words: str) -> None:
        self.opens_palette()
        self.types(words)
        self.presses(Qt.Key.Key_Return)
        self.sees(lambda: not self.palette.isVisible())


@pytest.fixture
def typist(start: Callable[..., object], starter: object, qtbot: QtBot) -> Typist:
    person = start(settings=LIGHT)
    person.sees(lambda: person.window.models_page is not None and person.window.models.models)
    return Typist(person.app, qtbot)


def with_chats(typist: Typist, *titles: str) -> None:
    chats = [Conversation(number, title, 1.0) for number, title in enumerate(titles, 1)]
    typist.window.sidebar.set_conversations(chats)


def test_a_command_is_carried_out_and_the_keyboard_is_back_where_it_was(typist: Typist) -> None:
    before = QApplication.focusWidget()
    typist.does("dark")
    typist.sees(lambda: read_settings(settings_file()).appearance.theme == "dark")
    assert typist.window.look.menu().actions()[2].isChecked()
    assert QApplication.focusWidget() is before


def test_escape_closes_it_and_nothing_is_done(typist: Typist) -> None:
    before = QApplication.focusWidget()
    typist.opens_palette()
    typist.presses(Qt.Key.Key_Escape)
    assert not typist.palette.isVisible()
    assert QApplication.focusWidget() is before


def test_a_click_elsewhere_closes_it(typist: Typist) -> None:
    typist.opens_palette()
    typist.window.sidebar.search.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not typist.palette.isVisible()


def test_arrows_lead_through_the_list_while_one_types(typist: Typist) -> None:
    typist.opens_palette()
    first, second, *_ = typist.offered()
    typist.presses(Qt.Key.Key_Down)
    assert typist.palette.list.currentIndex().data() == second
    typist.presses(Qt.Key.Key_Up)
    assert typist.palette.list.currentIndex().data() == first
    assert typist.palette.field.hasFocus()


def test_a_conversation_is_shown_by_its_title(typist: Typist) -> None:
    with_chats(typist, "The weather in Rome", "今天的天气")
    typist.opens_palette()
    typist.types("rome weather")
    assert typist.palette.list.currentIndex().data(SPOKEN) == "The weather in Rome, Chat"
    typist.presses(Qt.Key.Key_Return)
    assert typist.window.chat.conversation() == 1
    typist.does("天气")
    assert typist.window.chat.conversation() == 2
    assert typist.window.sidebar.current() == 2


def test_what_was_used_last_is_first(typist: Typist) -> None:
    typist.does("light")
    typist.does("dark")
    typist.opens_palette()
    assert typist.offered()[:2] == ["Dark appearance", "Light appearance"]


def test_only_what_can_be_done_now_is_offered(typist: Typist) -> None:
    with_chats(typist, "Rome")
    typist.opens_palette()
    assert "New chat" in typist.offered() and "Delete this chat" not in typist.offered()
    typist.presses(Qt.Key.Key_Escape)
    typist.does("rome")
    typist.opens_palette()
    assert "Delete this chat" in typist.offered()


def test_this_chat_is_renamed_where_its_title_stands(typist: Typist) -> None:
    with_chats(typist, "Rome")
    renamed: list[tuple[int, str]] = []
    typist.window.sidebar.renamed.connect(lambda *how: renamed.append(how))
    typist.does("rome")
    typist.presses(Qt.Key.Key_B, CONTROL)
    typist.does("rename")
    typist.types("Paris")
    typist.presses(Qt.Key.Key_Return)
    typist.sees(lambda: renamed == [(1, "Paris")])


def test_models_are_chosen_by_name(typist: Typist) -> None:
    model = typist.window.models.models[0]
    typist.does(f"use {model.name}")
    typist.sees(lambda: read_settings(settings_file()).model == model.path)


def test_each_shortcut_belongs_to_one_command_and_stands_beside_it(typist: Typist) -> None:
    keys = [keys.toString() for action in typist.window.actions() for keys in action.shortcuts()]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    typist.opens_palette()
    typist.types("new chat")
    assert typist.palette.list.currentIndex().data(SPOKEN) == "New chat, Ctrl+N"


def test_what_is_not_there_is_said(typist: Typist) -> None:
    typist.opens_palette()
    typist.types("qqqq")
    assert not typist.palette.list.isVisible()
    assert "Nothing was found" in [label.text() for label in typist.palette.findChildren(type(typist.palette._nothing))]
    typist.presses(Qt.Key.Key_Return)
    assert typist.palette.isVisible()


def test_it_fits_into_the_smallest_window(typist: Typist) -> None:
    typist.opens_palette()
    typist.window.resize(typist.window.minimumSize())
    typist.sees(lambda: typist.window.rect().contains(typist.palette.geometry()))
