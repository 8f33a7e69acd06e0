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
from desktop_llm.settings import Appearance, Sampling, Settings, conversations_file
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
    person.window.notice.hide()
    qtbot.mouseClick(person.chat.temporary.keep, Qt.MouseButton.LeftButton)
    person.sees(lambda: "nothing new can be stored" in person.window.notice.text())
    assert person.chat.conversation() >= TEMPORARY


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
