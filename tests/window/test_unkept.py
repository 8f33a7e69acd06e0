"""Where nothing can be stored: the old chats are there or said to be safe, and answers go on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import TEMPORARY, Message
from desktop_llm.settings import Appearance, Sampling, Settings, conversations_file, drafts_file
from desktop_llm.storage import schema
from desktop_llm.storage.store import Store

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


@pytest.fixture
def old_chat() -> int:
    with closing(Store(conversations_file())) as store:
        chat = store.create("The old chat").id
        store.add(chat, Message("user", "Where is the Eiffel tower?"))
        return chat


@pytest.fixture
def read_only(old_chat: int) -> Iterator[Path]:
    folder = conversations_file().parent
    command = ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a read-only folder cannot be made here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def locked(old_chat: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program has the file for itself."""
    monkeypatch.setattr(schema, "BUSY_MS", 50)
    with closing(sqlite3.connect(conversations_file(), isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield other


def shown(person: Any) -> list[str]:
    return [row.text for row in person.chat.transcript._rows]


def answered(person: Any, count: int) -> None:
    person.sees(lambda: person.button() == "Send" and len(shown(person)) == count and shown(person)[-1])


def test_a_read_only_folder_is_read_and_answers_go_on_in_memory(
    start: Start, starter: Path, qtbot: QtBot, read_only: Path, old_chat: int
) -> None:
    person = start(settings=SHORT)
    person.sees(lambda: "The old chat" in person.titles())
    person.sees(lambda: "can be read, but nothing new can be stored" in person.window.notice.text())
    person.window.show_conversation(old_chat)
    person.sees(lambda: shown(person) == ["Where is the Eiffel tower?"])
    person.writes("And the Louvre?")
    answered(person, 3)
    person.window.new_chat()
    person.writes("Something new")
    answered(person, 2)
    assert person.chat.conversation() >= TEMPORARY
    assert person.chat.temporary.isVisible()
    person.window.notice._close.click()
    assert person.window.notice.text() == ""
    qtbot.mouseClick(person.chat.temporary.keep, Qt.MouseButton.LeftButton)
    person.sees(lambda: "nothing new can be stored" in person.window.notice.text())
    assert person.chat.conversation() >= TEMPORARY


def test_in_a_read_only_folder_nothing_looks_as_if_it_were_kept_or_deleted(
    start: Start, starter: Path, qtbot: QtBot, read_only: Path, old_chat: int
) -> None:
    person = start(settings=SHORT)
    notice, bar = person.window.notice, person.chat.temporary
    person.sees(lambda: "nothing new can be stored" in notice.text() and "The old chat" in person.titles())
    assert bar.isVisible() and "Temporary chat" in bar._words.text()
    person.window.show_conversation(old_chat)
    person.sees(lambda: shown(person))
    assert bar.isVisible() and "gone when the program ends" in bar._words.text() and not bar.keep.isVisible()
    person.window.delete(old_chat)
    assert "“The old chat” is gone only until the program ends" in notice.text()
    assert not notice.is_good
    notice._action.click()
    person.sees(lambda: "The old chat" in person.titles())
    assert "nothing new can be stored" in notice.text()
    person.window.delete(old_chat)
    person.app.worker.submit(person.app.session.erase, old_chat)
    person.sees(lambda: "nothing new can be stored" in notice.text())
    assert [told.id for told in person.app.session.store.deleted_conversations()] == [old_chat]
    person.app.worker.submit(person.app.session.delete_all)
    person.sees(lambda: "The chats are gone only until the program ends" in notice.text())
    person = start(settings=SHORT)
    person.sees(lambda: "The old chat" in person.titles())


def test_what_a_lock_kept_out_is_stored_once_it_is_free_and_the_notice_is_withdrawn(
    start: Start, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_MS", 50)
    person = start(settings=Settings(appearance=Appearance(theme="light")))
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    person.app.session.store._again_after = 0.05
    with closing(sqlite3.connect(conversations_file(), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        person.clicks_button()
        person.sees(lambda: person.button() == "Send")
        person.sees(lambda: "Another program is using" in person.window.notice.text())
        other.execute("COMMIT")
        person.sees(lambda: person.window.notice.text() == "")
        stored = other.execute("SELECT text, state FROM message WHERE role = 'assistant'").fetchone()
    assert stored == (shown(person)[1], "stopped")


def test_drafts_that_could_not_be_kept_are_tried_again_and_the_notice_is_withdrawn(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.sees(lambda: person.chat._kept is not None)
    person.chat._unkept.setInterval(50)
    drafts_file().mkdir()  # which no file can replace
    person.chat.composer.set_text("Half a thought")
    person.sees(lambda: "cannot be kept" in person.chat.notice.text())
    person.chat.notice.hide()
    drafts_file().rmdir()
    person.sees(lambda: drafts_file().is_file() and "Half a thought" in drafts_file().read_text())
    person.sees(lambda: person.chat._tells_unkept)


def test_locked_conversations_are_said_to_be_safe_and_opened_once_they_are_free(
    start: Start, starter: Path, qtbot: QtBot, locked: sqlite3.Connection
) -> None:
    person = start(settings=SHORT)
    notice = person.window.notice
    person.sees(lambda: "are still there and safe" in notice.text())
    person.writes("Said meanwhile")
    answered(person, 2)
    assert person.chat.conversation() >= TEMPORARY
    person.sees(lambda: notice._action.text() == "Try again")
    qtbot.mouseClick(notice._action, Qt.MouseButton.LeftButton)
    person.sees(lambda: "are still there and safe" in notice.text())
    locked.close()
    qtbot.mouseClick(notice._action, Qt.MouseButton.LeftButton)
    person.sees(lambda: "The old chat" in person.titles() and "Said meanwhile" in person.titles())
    assert [told.title for told in person.app.session.store.conversations()] == ["The old chat"]
    qtbot.mouseClick(person.chat.temporary.keep, Qt.MouseButton.LeftButton)
    person.sees(lambda: person.chat.conversation() < TEMPORARY)
    stored = person.app.session.store.conversations()
    assert [told.title for told in stored] == ["Said meanwhile", "The old chat"]
