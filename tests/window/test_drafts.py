"""What is written and not sent stays with its chat: through others, a quit, and a message that could not be sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import LONGEST_TITLE, Attachment, Message, Part
from desktop_llm.errors import Problem
from desktop_llm.settings import Appearance, Sampling, Settings, conversations_file, drafts_file
from desktop_llm.storage.drafts import MOST_KEPT, DraftsFile, KeptDraft, Written
from desktop_llm.storage.store import Store
from desktop_llm.ui import attaching
from desktop_llm.ui.answer_foot import QuestionFoot
from desktop_llm.ui.attaching import NotAttached
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.segments import NameView
from desktop_llm.ui.session import NotSent
from desktop_llm.ui.theme import LIGHT
from desktop_llm.ui.transcript import Transcript
from desktop_llm.ui.trash_dialog import TrashDialog

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
NOTES = Attachment("notes.txt", "text", (Part("flour and water"),))


@pytest.fixture
def chats(starter: Path, home: Path) -> None:
    """Two, each with a question and its answer."""
    store = Store(conversations_file())
    for title in ("Bread", "Boats"):
        chat = store.create(title).id
        question = store.add(chat, Message("user", f"What of {title}?"))
        store.add(chat, Message("assistant", "Much.", parent=question.id))
    store.close()


@pytest.fixture
def person(start: Start, chats: None) -> object:
    person = start(settings=SHORT)
    person.sees(lambda: {"Bread", "Boats"} <= set(person.titles()) and person.chat._kept is not None)
    return person


def clicks(person: object, qtbot: QtBot, title: str) -> None:
    items = person.window.sidebar.list
    place = items.visualRect(items.model().index(person.titles().index(title), 0)).center()
    qtbot.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=place)


def chips(person: object) -> list[str]:
    return [view.text() for view in person.chat.composer.chips.views if view.isVisible()]


def written(person: object) -> tuple[str, list[str], str]:
    composer = person.chat.composer
    return composer.text(), [text.split(" · ")[0] for text in chips(person)], composer.begins.text()


def test_each_chat_has_a_draft_of_its_own(person: object, qtbot: QtBot) -> None:
    composer = person.chat.composer
    person.window.new_temporary_chat()
    composer.give_back("Between us", [NOTES], "Dear Ms Li,")
    clicks(person, qtbot, "Bread")
    assert written(person) == ("", [], "")
    qtbot.keyClicks(QApplication.focusWidget(), "How much flour?")
    person.window.new_chat()
    assert written(person) == ("", [], "")
    composer.set_text("Something new")
    clicks(person, qtbot, "Bread")
    assert written(person) == ("How much flour?", [], "")
    person.window.new_temporary_chat()
    assert written(person) == ("Between us", ["notes.txt"], "Dear Ms Li,")
    person.window.new_chat()
    assert written(person) == ("Something new", [], "")


def test_a_message_being_changed_waits_in_its_chat_as_it_is(person: object, qtbot: QtBot) -> None:
    composer = person.chat.composer
    clicks(person, qtbot, "Bread")
    person.sees(lambda: person.chat.transcript._rows)
    composer.set_text("Half a thought")
    question, answer = person.stored()
    person.chat._act("edit", answer)
    composer.set_text("Very much.")
    clicks(person, qtbot, "Boats")
    assert not composer.editing and composer.text() == "" and composer.attach.isEnabled()
    clicks(person, qtbot, "Bread")
    assert composer.editing and composer.text() == "Very much." and not composer.attach.isEnabled()
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    person.sees(lambda: [m.text for m in person.stored()] == [question.text, "Much.", "Very much."])
    assert written(person) == ("Half a thought", [], "")


def test_a_file_that_is_being_read_stays_with_its_chat(
    person: object, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may, read = threading.Event(), attaching.read_document
    monkeypatch.setattr(attaching, "read_document", lambda *how: may.wait(60) and read(*how))
    (tmp_path / "oven.txt").write_text("hot")
    clicks(person, qtbot, "Bread")
    person.window.take_files([tmp_path / "oven.txt", tmp_path / "gone.txt"])
    clicks(person, qtbot, "Boats")
    may.set()
    person.sees(lambda: "gone.txt" in person.chat.notice.text())
    assert chips(person) == []
    clicks(person, qtbot, "Bread")
    assert chips(person) == ["oven.txt · 1 word"]


def test_what_could_not_be_sent_goes_back_to_its_chat(person: object, qtbot: QtBot) -> None:
    clicks(person, qtbot, "Bread")
    person.chat.composer.set_text("Of bread")
    clicks(person, qtbot, "Boats")
    no = Problem("No.")
    for unsent in (
        NotSent(1, "Earlier", no, (NOTES,)), NotSent(None, "New", no), NotSent(None, "Secret", no, temporary=True),
    ):  # fmt: skip
        person.app.worker.post(unsent)
    assert written(person) == ("", [], "")
    clicks(person, qtbot, "Bread")
    assert written(person) == ("Earlier\nOf bread", ["notes.txt"], "")
    person.window.new_chat()
    assert person.chat.composer.text() == "New"
    person.window.new_temporary_chat()
    assert person.chat.composer.text() == "Secret"


def test_a_temporary_chat_that_is_kept_keeps_its_draft(person: object) -> None:
    person.window.new_temporary_chat()
    person.writes("Between us")
    person.sees_answers(1)
    person.chat.composer.set_text("and more")
    person.window.keep(person.chat.conversation())
    person.sees(lambda: person.chat.conversation() == 3)
    assert person.chat.composer.text() == "and more"


def test_drafts_outlive_the_program_but_not_those_of_temporary_chats(
    person: object, start: Start, home: Path, qtbot: QtBot
) -> None:
    composer = person.chat.composer
    composer.give_back("Something new", [NOTES], "Dear Ms Li,")
    person.window.new_temporary_chat()
    composer.set_text("zanzibarium")
    clicks(person, qtbot, "Bread")
    person.sees(lambda: person.chat.transcript._rows)
    question = person.stored()[0]
    composer.set_text("Half a thought")
    person.chat._act("edit", question)
    composer.set_text("What of rye?")
    person.sees(lambda: drafts_file().exists() and "rye" in drafts_file().read_text())  # also before it ends

    again = start(settings=SHORT)
    again.sees(lambda: written(again) == ("Something new", ["notes.txt"], "Dear Ms Li,"))
    assert again.chat.composer.attachments() == (NOTES,)
    assert not any(b"zanzibarium" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    again.sees(lambda: "Bread" in again.titles())
    clicks(again, qtbot, "Bread")
    assert again.chat.composer.editing and again.chat.composer.text() == "What of rye?"
    qtbot.keyClick(again.chat.composer.edit, Qt.Key.Key_Return)
    again.sees(lambda: [m.text for m in again.stored() if m.role == "user"] == [question.text, "What of rye?"])
    assert again.chat.composer.text() == "Half a thought"


def test_a_file_too_large_to_be_kept_is_named_when_its_draft_comes_back(person: object, start: Start) -> None:
    book = Attachment("book.txt", "text", (Part("x" * (MOST_KEPT + 1)),))
    person.chat.composer.give_back("Sum it up", [book, NOTES])
    again = start(settings=SHORT)
    again.sees(lambda: written(again) == ("Sum it up", ["notes.txt"], ""))
    assert "attach them again: book.txt" in again.chat.notice.text()
    assert drafts_file().stat().st_size < 10_000


def test_the_draft_of_a_deleted_chat_comes_back_with_it_and_is_gone_with_it(person: object, qtbot: QtBot) -> None:
    clicks(person, qtbot, "Bread")
    person.chat.composer.set_text("How much flour?")
    person.window.delete(1)
    assert person.chat.composer.text() == ""
    person.window.notice._action.click()
    person.sees(lambda: "Bread" in person.titles())
    clicks(person, qtbot, "Bread")
    assert person.chat.composer.text() == "How much flour?"
    person.sees(lambda: drafts_file().exists())
    person.window.delete(1)
    person.app.worker.submit(person.app.session.erase, 1)
    person.sees(lambda: not drafts_file().exists())


def test_a_damaged_file_is_put_aside_and_told(start: Start, chats: None) -> None:
    drafts_file().parent.mkdir(parents=True, exist_ok=True)
    drafts_file().write_text('{"version": 1, "drafts": {"0": {"written": 3}}}')
    person = start(settings=SHORT)
    person.sees(lambda: "could not be understood" in person.window.notice.text())
    assert (drafts_file().parent / "drafts.1.bad").read_text().startswith('{"version"')


def test_drafts_are_read_as_they_were_written(tmp_path: Path) -> None:
    edit = Written("changed", lost=("a.pdf",))
    drafts = {0: KeptDraft(Written("new", (NOTES,))), 7: KeptDraft(begins="Dear", edited=3, answer=True, edit=edit)}
    DraftsFile(tmp_path / "drafts.json").write(drafts)
    assert DraftsFile(tmp_path / "drafts.json").read() == drafts


def test_all_files_that_could_not_be_read_are_named(person: object) -> None:
    composer = person.chat.composer
    composer.attach_files([Path(f"/nowhere/{n}.pdf") for n in range(9)])
    person.sees(lambda: "more" in person.chat.notice.text() and not chips(person))
    lines = person.chat.notice.text().splitlines()
    assert [line for line in lines[:4] if ".pdf" in line] == lines[:4] and lines[4:] == ["and 5 more"]
    person.chat.notice.hide()
    person.app.worker.post(NotAttached(0, "old", Problem("Nobody waits for this.")))
    assert person.chat.notice.text() == ""


def test_enter_during_an_answer_keeps_the_text_and_says_why(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start()
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    person.writes("And then?")
    assert person.chat.status.text().startswith("The answer is still being written")
    assert person.chat.composer.text() == "And then?"
    shown = len(person.answers()[0])
    person.sees(lambda: len(person.answers()[0]) > shown + 20)
    assert person.chat.status.text().startswith("The answer is still being written")
    person.chat.stop()
    person.sees_answers(1)
    person.window.new_chat()
    assert "still" not in person.chat.status.text()


def test_what_the_status_line_tells_of_a_chat_ends_with_it(person: object, qtbot: QtBot) -> None:
    status = person.chat.status
    person.sees(lambda: "thread" in status.text())
    device = status.text()
    for leave in (lambda: clicks(person, qtbot, "Bread"), lambda: person.window.delete(1)):
        status.say("Reading prompt: 65 %, 10 s left")
        person.chat.transcript.pointed.emit("https://example.org")
        assert status.text() == "https://example.org"
        leave()
        assert status.text() == device


def test_who_clicks_on_a_chat_writes_in_it_and_arrows_only_walk(person: object, qtbot: QtBot) -> None:
    person.window.activateWindow()
    person.sees(person.window.isActiveWindow)
    items, composer = person.window.sidebar.list, person.chat.composer
    clicks(person, qtbot, "Bread")
    assert person.chat.conversation() == 1 and QApplication.focusWidget() is composer.edit
    items.setFocus()
    qtbot.keyClick(items, Qt.Key.Key_Up)
    assert person.chat.conversation() == 1 and items.current() == 2
    composer.setFocus()
    assert items.current() == 1
    items.setFocus()
    qtbot.keyClick(items, Qt.Key.Key_Up)
    qtbot.keyClick(items, Qt.Key.Key_Return)
    assert person.chat.conversation() == 2 and QApplication.focusWidget() is composer.edit


def test_a_double_click_renames_the_chat(person: object, qtbot: QtBot) -> None:
    items = person.window.sidebar.list
    place = items.visualRect(items.model().index(person.titles().index("Bread"), 0)).center()
    clicks(person, qtbot, "Bread")
    qtbot.mouseDClick(items.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert items.state() == items.State.EditingState
    qtbot.keyClicks(QApplication.focusWidget(), "Rye")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    person.sees(lambda: "Rye" in person.titles())


def test_of_a_very_long_text_pasted_as_a_title_as_much_is_kept_as_is_seen(person: object, qtbot: QtBot) -> None:
    items = person.window.sidebar.list
    place = items.visualRect(items.model().index(person.titles().index("Bread"), 0)).center()
    clicks(person, qtbot, "Bread")
    qtbot.mouseDClick(items.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = QApplication.focusWidget()
    QApplication.clipboard().setText("Flour\n" * 2_000)
    editor.selectAll()
    editor.paste()
    shown = editor.text()
    assert len(shown) == LONGEST_TITLE
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    person.sees(lambda: person.titles()[1].startswith("Flour") or person.titles()[0].startswith("Flour"))
    assert person.window.sidebar.title(1) == " ".join(shown.split())
    person.window.delete(1)
    assert "Flour" in person.window.notice.text() and len(person.window.notice.text()) < 120


def test_down_and_enter_in_the_search_field_open_what_is_found_first(person: object, qtbot: QtBot) -> None:
    search = person.window.sidebar.search
    search.setFocus()
    qtbot.keyClicks(search, "of bread")
    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(search, Qt.Key.Key_Return)  # before anything is found
    person.sees(lambda: person.chat.conversation() == 1)
    assert QApplication.focusWidget() is person.chat.composer.edit
    search.setText("Boats")
    person.sees(lambda: "What of Boats?" in "".join(person.titles()))
    search.setFocus()
    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    person.sees(lambda: person.chat.conversation() == 2)


def test_the_composer_has_the_focus_when_a_notice_with_it_goes(person: object, qtbot: QtBot) -> None:
    person.window.activateWindow()
    person.sees(person.window.isActiveWindow)
    for notice in (person.window.notice, person.chat.notice):
        notice.say("Something", "Do it", lambda: None)
        notice._action.setFocus()
        qtbot.keyClick(notice._action, Qt.Key.Key_Space)
        assert QApplication.focusWidget() is person.chat.composer.edit
        notice.say("Something", "Do it", lambda: None)
        notice._action.setFocus()
        notice.say("Something else")
        assert QApplication.focusWidget() is person.chat.composer.edit


def test_the_sidebar_that_the_panel_has_hidden_comes_back(person: object) -> None:
    window, sidebar = person.window, person.window.sidebar
    window.resize(900, 600)
    person.sees(lambda: window.width() == 900 and sidebar.isVisible())
    window.toggle_panel()
    assert not sidebar.isVisible()
    window.show_models()
    assert sidebar.isVisible()
    window.show_chat()
    assert window.panel.isVisible() and not sidebar.isVisible()
    window.toggle_panel()
    assert sidebar.isVisible()
    window.toggle_sidebar()
    window.toggle_panel()
    window.toggle_panel()
    assert not sidebar.isVisible()


def test_nothing_can_be_restored_from_an_empty_trash(person: object, qtbot: QtBot) -> None:
    dialog = TrashDialog((), person.window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert not dialog._restore.isEnabled() and not dialog._erase.isEnabled()
    look = dialog._restore.grab().toImage()
    assert look.pixelColor(8, look.height() // 2).name() != LIGHT.accent


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_that_a_question_is_not_sent_stands_on_its_side(qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    view = Transcript()
    qtbot.addWidget(view)
    view.setLayoutDirection(direction)
    view.resize(800, 600)
    view.show()
    qtbot.waitExposed(view)
    view.set_messages([Message("user", "One", 1), Message("assistant", "Two", 2, parent=1)])
    view.set_no_room({1})
    (note,) = [each for each in view.findChildren(QuestionFoot)[0].findChildren(LeadingLabel) if each.isVisible()]
    foot = note.parentWidget()
    at_right = note.geometry().center().x() > foot.width() / 2
    assert note.text() and at_right == (direction == Qt.LayoutDirection.LeftToRight)


def test_an_answer_and_the_chooser_call_its_model_the_same(person: object) -> None:
    person.writes("What of rye?")
    person.sees_answers(1)
    name = person.chat.transcript.findChild(NameView).button.text()
    person.sees(lambda: name == person.window.models.text())
    assert name != person.stored()[-1].receipt.model
