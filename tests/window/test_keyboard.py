"""The window with a keyboard alone: shortcuts, regions, and every control reached and seen to be reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Conversation, Message
from desktop_llm.settings import Appearance, Sampling, Settings, conversations_file
from desktop_llm.storage.store import Store
from desktop_llm.ui.main_window import MainWindow

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def person(start: Start, starter: Path) -> object:
    person = start(settings=SHORT)
    person.sees(lambda: person.window.models_page is not None and person.window.models.models)
    person.window.activateWindow()
    person.sees(person.window.isActiveWindow)
    return person


def press(qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key, modifiers)


def test_pages_have_numbers_in_the_order_they_come(person: object, qtbot: QtBot) -> None:
    window, shown = person.window, []
    press(qtbot, Qt.Key.Key_2, CONTROL)
    assert window._pages.currentWidget() is window.summary_page
    press(qtbot, Qt.Key.Key_3, CONTROL)
    assert window._pages.currentWidget() is window.models_page
    press(qtbot, Qt.Key.Key_1, CONTROL)
    assert window._pages.currentWidget() is window.chat
    window.commands.add_page("Summaries", lambda: shown.append("Summaries"))
    press(qtbot, Qt.Key.Key_4, CONTROL)
    assert shown == ["Summaries"]


def test_escape_leaves_the_search_before_it_stops_the_answer(person: object, qtbot: QtBot) -> None:
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.chat.answers and person.chat.conversation())
    press(qtbot, Qt.Key.Key_F, CONTROL)
    assert person.chat.find_bar.field.hasFocus()
    press(qtbot, Qt.Key.Key_Escape)
    assert not person.chat.find_bar.isVisible()
    person.sees_answers(1)
    assert person.stored()[-1].state != "stopped"


def test_escape_stops_an_answer(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start()
    person.window.activateWindow()
    person.sees(person.window.isActiveWindow)
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    press(qtbot, Qt.Key.Key_Escape)
    person.sees_answers(1)
    assert person.stored()[-1].state == "stopped"


def test_escape_ends_the_editing_of_a_message(person: object, qtbot: QtBot) -> None:
    person.chat.composer.begin_edit("What was said")
    press(qtbot, Qt.Key.Key_Escape)
    assert not person.chat.composer.editing and person.chat.composer.text() == ""


def test_f6_goes_round_the_regions_and_back(person: object, qtbot: QtBot) -> None:
    begin, forth = QApplication.focusWidget(), []
    while not forth or forth[-1] is not begin:
        press(qtbot, Qt.Key.Key_F6)
        forth.append(QApplication.focusWidget())
    assert len(forth) >= 3 and len(set(forth)) == len(forth)
    press(qtbot, Qt.Key.Key_F6, SHIFT)
    assert QApplication.focusWidget() is forth[-2]


def test_tab_into_the_conversations_chooses_none(person: object, qtbot: QtBot) -> None:
    window = person.window
    window.sidebar.set_conversations([Conversation(1, "Rome", 1.0)])
    window.sidebar.search.setFocus()
    press(qtbot, Qt.Key.Key_Tab)
    assert window.sidebar.list.hasFocus()
    assert window.chat.conversation() is None
    press(qtbot, Qt.Key.Key_Return)
    assert window.chat.conversation() == 1


@pytest.fixture
def with_chats(start: Start, starter: Path, home: Path) -> object:
    """Two chats, of which the first is shown."""
    store = Store(conversations_file())
    for title in ("Rome", "Paris"):
        store.add(store.create(title).id, Message("user", "Hello"))
    store.close()
    person = start(settings=SHORT)
    person.sees(lambda: sorted(person.titles()) == ["Paris", "Rome"])
    person.window.activateWindow()
    person.sees(person.window.isActiveWindow)
    person.window.show_conversation(1)
    return person


def types_title(person: object, qtbot: QtBot, title: str) -> None:
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit) and person.window.sidebar.list.isAncestorOf(editor)
    editor.selectAll()
    qtbot.keyClicks(editor, title)
    press(qtbot, Qt.Key.Key_Return)


@pytest.mark.parametrize("where", ["composer", "transcript"])
def test_f2_renames_the_chat_that_is_shown_from_anywhere(with_chats: object, qtbot: QtBot, where: str) -> None:
    chat = with_chats.chat
    (chat.composer.edit if where == "composer" else chat.transcript).setFocus()
    press(qtbot, Qt.Key.Key_F2)
    press(qtbot, Qt.Key.Key_F2)  # it is being renamed already
    types_title(with_chats, qtbot, "Roma")
    with_chats.sees(lambda: "Roma" in with_chats.titles())
    assert chat.composer.edit.hasFocus()
    with_chats.sees(lambda: with_chats.app.session.store.conversation(1).title == "Roma")


def test_f2_in_the_list_renames_what_is_chosen_there(with_chats: object, qtbot: QtBot) -> None:
    items = with_chats.window.sidebar.list
    items.setFocus()
    items.setCurrentIndex(items.rows.find(2))
    press(qtbot, Qt.Key.Key_F2)
    types_title(with_chats, qtbot, "Lutetia")
    with_chats.sees(lambda: sorted(with_chats.titles()) == ["Lutetia", "Rome"])
    assert items.hasFocus()


def test_a_chat_is_deleted_by_keys_and_comes_back(with_chats: object, qtbot: QtBot) -> None:
    window = with_chats.window
    with_chats.chat.composer.edit.setFocus()
    press(qtbot, Qt.Key.Key_Backspace, CONTROL | SHIFT)
    with_chats.sees(lambda: with_chats.titles() == ["Paris"])
    assert window.notice.is_good and window.notice.text() == "“Rome” was deleted."
    window.notice._action.click()
    with_chats.sees(lambda: sorted(with_chats.titles()) == ["Paris", "Rome"])


def test_del_deletes_what_is_chosen_in_the_list_and_characters_elsewhere(with_chats: object, qtbot: QtBot) -> None:
    composer, items = with_chats.chat.composer.edit, with_chats.window.sidebar.list
    composer.setPlainText("xy")
    composer.setFocus()
    press(qtbot, Qt.Key.Key_Delete)
    assert composer.toPlainText() == "y"
    with_chats.chat.transcript.setFocus()
    press(qtbot, Qt.Key.Key_Delete)
    items.setFocus()
    items.setCurrentIndex(items.rows.find(2))
    press(qtbot, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    assert editor.text() == ""
    press(qtbot, Qt.Key.Key_Escape)
    assert sorted(with_chats.titles()) == ["Paris", "Rome"]
    press(qtbot, Qt.Key.Key_Delete)
    with_chats.sees(lambda: with_chats.titles() == ["Rome"])


def test_every_control_is_reached_by_tab_and_shows_it(
    person: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.writes("What is the capital of France?")
    person.sees_answers(1)
    window: MainWindow = person.window
    window.notice.say("Something was done.", "Undo", None, "details")
    window.toggle_panel()
    window.chat.composer.edit.setPlainText("x")
    window.chat.find_bar.open()
    QApplication.processEvents()
    reached = _walk(window, qtbot)
    assert [_name(widget) for widget in reached if not _shows_focus(window, widget)] == []
    assert [_name(widget) for widget in _controls(window) if widget not in reached] == []


def _walk(window: MainWindow, qtbot: QtBot) -> list[QWidget]:
    window.chat.composer.edit.setFocus()
    reached: list[QWidget] = []
    while (here := QApplication.focusWidget()) not in reached:
        reached.append(here)
        qtbot.keyClick(here, Qt.Key.Key_Tab)
    return reached


def _shows_focus(window: MainWindow, widget: QWidget) -> bool:
    for area in window.findChildren(QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)  # as the Tab key does
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    with_it = _drawn(window, widget)
    widget.clearFocus()
    return with_it != _drawn(window, widget)


def _drawn(window: MainWindow, widget: QWidget) -> QImage:
    QApplication.processEvents()
    around = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-16, -16, 16, 16)
    return window.grab(around & window.rect()).toImage()


def _controls(window: MainWindow) -> list[QWidget]:
    """What can be used; a message's text is reached through the transcript, a part of a control through the control."""
    kinds = (QAbstractButton, QLineEdit, QTextEdit, QAbstractItemView)
    found = [widget for widget in window.findChildren(QWidget) if isinstance(widget, kinds)]
    usable = [widget for widget in found if widget.isVisible() and widget.isEnabled()]
    whole = [widget for widget in usable if widget.objectName() != "qt_spinbox_lineedit"]
    return [widget for widget in whole if widget.focusPolicy() & Qt.FocusPolicy.TabFocus or _is_alone(widget)]


def _is_alone(widget: QWidget) -> bool:
    return isinstance(widget, QAbstractButton) and not isinstance(widget.parentWidget(), QLineEdit)


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.accessibleName()!r}"
