"""Another language is chosen while the program runs: all of it speaks it at once, and nothing is lost."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from desktop_llm.app import translate
from desktop_llm.settings import Appearance, Loading, Sampling, Settings
from desktop_llm.storage.prompts import built_in
from desktop_llm.ui.chat_page import ChatPage
from desktop_llm.ui.main_window import MainWindow
from desktop_llm.ui.settings_page import SettingsPage

ENGLISH = Settings(
    appearance=Appearance(theme="light", language="en"),
    loading=Loading(context=1024),
    sampling=Sampling(ignore_end=True, max_tokens=400),
)
CHINESE = [prompt.name for prompt in built_in("zh_CN").prompts]


@pytest.fixture(autouse=True)
def in_english(qapp: QApplication) -> Iterator[None]:
    usual = QLocale()
    translate(qapp, "en")
    yield
    translate(qapp, "en")
    QLocale.setDefault(usual)


def words_of(window: MainWindow) -> str:
    """All that buttons say."""
    return " ".join(button.text() or button.accessibleName() for button in window.findChildren(QPushButton))


class Speaker:
    def __init__(self, person: object, qtbot: QtBot) -> None:
        self.app, self._qtbot = person.app, qtbot  # not the person, who holds the window that was there first
        self.sees(lambda: self.window.models_page and self.window.models.models)

    def sees(self, true: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(true()), timeout=60_000)

    @property
    def window(self) -> MainWindow:
        return self.app.window

    @property
    def chat(self) -> ChatPage:
        return self.window.chat

    @property
    def page(self) -> SettingsPage:
        return self.window.settings_page

    def opens_settings(self) -> None:
        self.window.show_settings("appearance")
        self.sees(lambda: self.page.isVisible())

    def control(self) -> QComboBox:
        return self.page.views["appearance"].forms["appearance"].row("language").label.buddy()

    def chooses(self, language: str) -> None:
        gone: list[bool] = []
        self.window.destroyed.connect(lambda: gone.append(True))
        self.control().setFocus()
        self.control().setCurrentIndex(self.control().findData(language))
        self.sees(lambda: gone and self.page.isVisible())
        gc.collect()


@pytest.fixture
def speaker(start: Callable[..., object], starter: object, qtbot: QtBot) -> Callable[[Settings], Speaker]:
    return lambda settings=ENGLISH: Speaker(start(settings=settings), qtbot)


def test_the_window_speaks_another_language_at_once_while_an_answer_is_written(
    speaker: Callable[..., Speaker], qtbot: QtBot
) -> None:
    person = speaker()
    qtbot.keyClicks(person.chat.composer.edit, "Tell me a story.")
    qtbot.keyClick(person.chat.composer.edit, Qt.Key.Key_Return)
    person.sees(lambda: any(row.text for row in person.chat.transcript._rows[1:]))
    qtbot.keyClicks(person.chat.composer.edit, "not sent yet")
    person.opens_settings()
    conversation, shape = person.chat.conversation(), person.window.geometry()
    person.chooses("zh_CN")
    assert person.chat.answers and person.chat.composer.text() == "not sent yet"
    assert "新对话" in words_of(person.window) and "New chat" not in words_of(person.window)
    assert person.page.views["appearance"].isVisible() and person.window.geometry() == shape
    assert person.page._sections["appearance"].title == "外观"
    assert person.window.focusWidget() is person.control()
    assert person.chat.conversation() == conversation
    person.sees(lambda: person.window.sidebar.conversation(conversation))
    person.sees(lambda: [prompt.name for prompt in person.chat.picker._prompts] == CHINESE)
    person.sees(lambda: not person.chat.answers)
    answer = person.app.session.store.messages(conversation)[1]
    assert person.chat.transcript.message_text(answer.id) == answer.text
    assert answer.tokens.generated == 400
    person.chooses("en")
    assert "New chat" in words_of(person.window) and "新对话" not in words_of(person.window)
    assert person.chat.composer.text() == "not sent yet"
    person.window.show_chat()
    person.sees(lambda: person.chat.transcript.message_text(answer.id) == answer.text)


def test_nothing_of_the_window_before_is_left(speaker: Callable[..., Speaker]) -> None:
    person = speaker()
    person.opens_settings()
    before = weakref.ref(person.window), weakref.ref(person.window.chat), weakref.ref(person.window.models_page)
    person.chooses("zh_CN")
    gc.collect()
    assert [part() for part in before] == [None, None, None]
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert shown == [person.window]


def test_a_new_chat_is_begun_as_a_new_one_after_the_change(speaker: Callable[..., Speaker], qtbot: QtBot) -> None:
    person = speaker(replace(ENGLISH, sampling=Sampling(max_tokens=3)))
    for words in ("One", "Two"):
        person.window.new_chat()
        edit = person.window.chat.composer.edit
        qtbot.keyClicks(edit, words)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        person.sees(lambda: person.window.chat.conversation() and not person.window.chat.answers)
        person.window.new_chat()
        person.opens_settings()
        person.chooses("zh_CN" if words == "One" else "en")
        person.window.show_chat()
    assert len(person.app.session.store.conversations()) == 2
