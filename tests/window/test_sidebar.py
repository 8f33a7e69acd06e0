"""A person at the sidebar: tags, temporary chats, and conversations that leave the program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import TEMPORARY, Conversation, Message
from desktop_llm.settings import Appearance, Sampling, Settings, conversations_file
from desktop_llm.storage.page import PageWords
from desktop_llm.storage.store import Store
from desktop_llm.ui import conversation_rows
from desktop_llm.ui.conversation_rows import Rows
from desktop_llm.ui.line_dialog import LineDialog
from desktop_llm.ui.page_words import page_words
from desktop_llm.ui.tags import query_of, read_tags

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing the keyboard)")
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
SAID = {"Bread": "flour and water", "Boats": "sails and water", "Birds": "wings"}


@pytest.fixture
def person(start: Start, starter: Path, home: Path) -> object:
    """With three chats, the first two tagged."""
    store = Store(conversations_file())
    for title, text in SAID.items():
        store.add(store.create(title).id, Message("user", text))
    store.set_tags(1, ["home", "machine tools"])
    store.set_tags(2, ["hobby", "machine tools"])
    store.move(1, "Kitchen")
    store.close()
    person = start(settings=SHORT)
    person.sees(lambda: len(person.titles()) == 5)
    return person


def menu_of(person: object, title: str) -> QMenu:
    """What is offered at the row that is called so."""
    sidebar = person.window.sidebar
    sidebar.list.customContextMenuRequested.emit(place_of(person, title))
    return next(menu for menu in sidebar.findChildren(QMenu) if menu.isVisible())


def place_of(person: object, title: str) -> QPoint:
    items, row = person.window.sidebar.list, person.titles().index(title)
    index = items.model().index(row, 0)
    if index.flags() & Qt.ItemFlag.ItemIsSelectable:
        items.setCurrentIndex(index)
    return items.visualRect(index).center()


def entries(menu: QMenu) -> dict[str, QAction]:
    """Of a menu and its submenus."""
    found = {action.text(): action for action in menu.actions() if action.isVisible() and action.text()}
    for action in menu.actions():
        if submenu := action.menu():
            found |= entries(submenu)
    return found


def answers(person: object, text: str) -> None:
    """Writes it into the dialog that asks for a line."""
    dialog = next(dialog for dialog in person.window.findChildren(LineDialog) if dialog.isVisible())
    dialog.line.setText(text)
    dialog.keep.click()


def spoken(person: object, title: str) -> str:
    rows = person.window.sidebar.list.model()
    return rows.index(person.titles().index(title), 0).data(Qt.ItemDataRole.AccessibleTextRole)


def types(qtbot: QtBot, person: object, text: str) -> None:
    person.window.sidebar.search.clear()
    person.window.sidebar.search.setFocus()
    qtbot.keyClicks(person.window.sidebar.search, text)


def test_a_tag_is_put_on_and_taken_off_in_the_menu(person: object) -> None:
    rows = person.window.sidebar.list.model()
    menu = menu_of(person, "Birds")
    assert [name for name, action in entries(menu).items() if action.isCheckable()] == [
        "None", "Kitchen", "hobby", "home", "machine tools",
    ]  # fmt: skip
    entries(menu)["hobby"].trigger()
    menu.close()
    person.sees(lambda: spoken(person, "Birds") == "Birds, tags: hobby")
    place = person.titles().index("Birds")
    assert "#hobby" in rows.index(place, 0).data(Qt.ItemDataRole.ToolTipRole)
    entries(menu_of(person, "Birds"))["New tag…"].trigger()
    answers(person, " #wild  life ")
    person.sees(lambda: spoken(person, "Birds") == "Birds, tags: hobby, wild life")
    entries(menu_of(person, "Birds"))["hobby"].trigger()
    person.sees(lambda: spoken(person, "Birds") == "Birds, tags: wild life")


def test_a_tag_that_is_typed_shows_what_has_it_and_words_search_among_that(person: object, qtbot: QtBot) -> None:
    types(qtbot, person, "#ho")
    assert {"Bread", "Boats"} <= set(person.titles()) and "Birds" not in person.titles()
    types(qtbot, person, "#HOME")
    assert person.titles() == ["Bread"]
    types(qtbot, person, "#machine tools #hobby")
    assert person.titles() == ["Boats"]
    types(qtbot, person, "water #machine tools #home")
    person.sees(lambda: person.titles() == ["Bread\nflour and water"])
    types(qtbot, person, "water")
    person.sees(lambda: len(person.titles()) == 2)
    types(qtbot, person, "#nowhere")
    person.sees(lambda: person.titles() == ["Nothing was found"])
    person.window.sidebar.search.clear()
    assert len(person.titles()) == 5


def test_a_click_on_a_tag_shows_what_has_it_and_opens_nothing(person: object, qtbot: QtBot) -> None:
    items, row = person.window.sidebar.list, person.titles().index("Boats")
    for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
        person.window.sidebar.search.clear()
        items.setLayoutDirection(direction)
        place = items.tag_rect(items.model().index(row, 0), "hobby").center()
        assert (place.x() > items.width() / 2) == (direction == Qt.LayoutDirection.LeftToRight)
        qtbot.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert person.window.sidebar.search.text() == "#hobby" and person.titles() == ["Boats"]
    assert person.chat.conversation() is None


def test_the_name_of_a_tag_is_completed_where_it_stands(person: object, qtbot: QtBot) -> None:
    search = person.window.sidebar.search
    types(qtbot, person, "water")
    assert not search.completer().popup().isVisible()
    types(qtbot, person, "water #mach")
    popup = search.completer().popup()
    person.sees(popup.isVisible)
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert search.text() == "water #machine tools "
    person.sees(lambda: len(person.titles()) == 2)


def test_all_tags_of_the_chat_shown_are_written_at_once(person: object) -> None:
    assert "Tags of this chat…" not in [command.words for command in person.window.commands.usable()]
    person.window.show_conversation(1)
    next(c for c in person.window.commands.usable() if c.words == "Tags of this chat…").act()
    answers(person, "home, machine tools, food，#oven")
    person.sees(lambda: "food, oven" in spoken(person, "Bread"))
    assert spoken(person, "Bread") == "Bread, tags: home, machine tools, food, oven"


def test_a_temporary_chat_stands_at_the_top_and_is_kept_when_asked(person: object, qtbot: QtBot) -> None:
    qtbot.mouseClick(person.window.sidebar.temporary, Qt.MouseButton.LeftButton)
    person.writes("Between us")
    person.sees_answers(1)
    assert person.titles()[:2] == ["Temporary", "Between us"] and person.chat.conversation() >= TEMPORARY
    tip = person.window.sidebar.list.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "gone when the program ends" in tip
    menu = menu_of(person, "Between us")
    assert list(entries(menu)) == ["Rename", "Keep this chat", "Export…", "Delete"]
    entries(menu)["Keep this chat"].trigger()
    person.sees(lambda: person.chat.conversation() == 4 and person.window.sidebar.current() == 4)
    person.sees(lambda: "Between us" in person.titles() and "Temporary" not in person.titles())


def test_a_temporary_chat_deleted_by_mistake_comes_back_and_no_trash_knows_of_it(person: object) -> None:
    person.window.new_temporary_chat()
    person.writes("Between us")
    person.sees_answers(1)
    person.window.delete(person.chat.conversation())
    assert "Between us" not in person.titles() and person.chat.conversation() is None
    person.window.notice._action.click()
    person.sees(lambda: person.titles()[:2] == ["Temporary", "Between us"])
    assert person.window._trash == ()


def test_a_folder_leaves_by_its_heading_and_all_by_the_foot(
    person: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choosing(tmp_path / "out", "Markdown"))
    menu = menu_of(person, "Kitchen")
    entries(menu)["Export folder…"].trigger()
    menu.close()
    person.sees(lambda: str(tmp_path / "out") in person.window.notice.text())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Bread.md"]
    assert "Export folder…" in entries(menu_of(person, "Bread"))
    QApplication.activePopupWidget().close()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choosing(tmp_path / "all", "one file"))
    more = person.window.sidebar.more.menu()
    assert list(entries(more)) == ["Import conversations…", "Export all conversations…"]
    entries(more)["Export all conversations…"].trigger()
    person.sees(lambda: str(tmp_path / "all.json") in person.window.notice.text())
    exported = json.loads((tmp_path / "all.json").read_text())["conversations"]
    assert {each["conversation"]["title"] for each in exported} == set(SAID)


def choosing(path: Path, kind: str) -> Callable[..., tuple[str, str]]:
    """A person who chooses the kind of file whose name holds `kind`."""

    def chosen(*asked: object) -> tuple[str, str]:
        return str(path), next(words for words in str(asked[-1]).split(";;") if kind in words)

    return chosen


def test_among_thousands_only_what_is_seen_is_made(
    person: object, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sidebar = person.window.sidebar
    asked: set[object] = set()
    monkeypatch.setattr(conversation_rows, "_shown", lambda row: asked.add(row) or row.title)
    sidebar.set_conversations([Conversation(n, f"Chat {n}", 1.0, tags=("odd",) * (n % 2)) for n in range(1, 5001)])
    person.sees(lambda: len(asked) > 10)
    assert len(asked) < 200
    monkeypatch.undo()
    assert len(person.titles()) == 5000
    sidebar.select(4999)
    chosen = sidebar.list.visualRect(sidebar.list.currentIndex())
    assert sidebar.current() == 4999 and sidebar.list.viewport().rect().contains(chosen.center())
    types(qtbot, person, "#odd")
    assert len(person.titles()) == 2500 and sidebar.current() == 4999


def test_a_word_with_a_mark_is_a_tag_only_where_there_is_one() -> None:
    known = ["work", "workshop", "machine tools"]
    assert query_of("#work sea", known).tags == (frozenset({"work"}),)
    assert query_of("#wor sea", known).tags == (frozenset({"work", "workshop"}),)
    assert query_of("#machine  tools sea", known).words == ("sea",)
    assert query_of("#machine  tools sea", known).asked == "#machine sea"
    assert query_of("#include #work", known).words == ("#include",)
    assert query_of("#work", known).asked == ""
    assert query_of("#", known).tags == (frozenset(known),)
    assert read_tags("a, #b，c c、 ,a") == ("a", "b", "c c")


def test_a_page_says_the_same_in_english_as_without_a_window(qapp: QApplication) -> None:
    assert page_words() == PageWords()


def test_what_hides_in_a_title_is_told_wherever_it_stands(qapp: QApplication) -> None:
    rows, renamed = Rows(qapp), []
    rows.renamed.connect(lambda *how: renamed.append(how))
    rows.set_rows([Conversation(1, "\u202elive \u200b\u2066x", 0.0)])
    index, role, told = rows.index(0), Qt.ItemDataRole, "⟨U+202E⟩live ⟨U+200B⟩⟨U+2066⟩x"
    for each in (role.DisplayRole, role.EditRole, role.AccessibleTextRole, role.ToolTipRole):
        assert told in str(rows.data(index, each)).replace("\u2060", "")
    assert not rows.setData(index, rows.data(index, role.EditRole))
    assert rows.setData(index, f"{rows.data(index, role.EditRole)}!") and renamed == [(1, "\u202elive \u200b\u2066x!")]
