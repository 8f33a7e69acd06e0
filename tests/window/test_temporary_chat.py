"""A chat of which nothing is left on the disk, and answers that begin as the person wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import TEMPORARY
from desktop_llm.settings import Appearance, Sampling, Settings

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
SECRET = "zanzibarium"


def holds(folder: Path, word: str) -> list[Path]:
    """The files below `folder` with `word` in them, in either encoding a program would write."""
    forms = word.encode(), word.encode("utf-16-le")
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if any(form in path.read_bytes() for form in forms)]


def said(person: Any) -> list[Any]:
    session, chat = person.app.session, person.chat.conversation()
    return [] if chat is None else list(session._store_of(chat).messages(chat))


def answered(person: Any, count: int) -> None:
    person.sees(lambda: person.button() == "Send" and len(said(person)) == count and said(person)[-1].text)


def test_nothing_of_a_temporary_chat_is_on_the_disk(start: Start, starter: Path, home: Path) -> None:
    person = start(settings=SHORT)
    person.chat.new_chat(temporary=True)
    assert person.chat.temporary.isVisible()
    person.writes(f"The word is {SECRET}. Say it.")
    answered(person, 2)
    person.writes(f"Once more: {SECRET}")
    answered(person, 4)
    assert person.chat.conversation() >= TEMPORARY
    assert any(SECRET in title for title in person.titles())
    assert holds(home, SECRET) == []
    assert person.app.session.store.conversations() == []
    start(settings=SHORT)
    assert holds(home, SECRET) == []


def test_a_temporary_chat_can_be_kept_after_all(start: Start, starter: Path, qtbot: QtBot, home: Path) -> None:
    person = start(settings=SHORT)
    person.chat.new_chat(temporary=True)
    person.writes(f"The word is {SECRET}. Say it.")
    answered(person, 2)
    before = [message.text for message in said(person)]
    qtbot.mouseClick(person.chat.temporary.keep, Qt.MouseButton.LeftButton)
    person.sees(lambda: person.chat.conversation() < TEMPORARY and len(person.chat.transcript._rows) == 2)
    assert [message.text for message in said(person)] == before
    assert not person.chat.temporary.isVisible()
    assert holds(home, SECRET)
    assert len(person.titles()) == 1
    person.writes("And now?")
    answered(person, 4)


def test_the_chat_after_a_temporary_one_is_kept_again(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.chat.new_chat(temporary=True)
    person.writes("One")
    answered(person, 2)
    temporary = person.chat.conversation()
    person.chat.new_chat()
    person.writes("Two")
    answered(person, 2)
    assert person.chat.conversation() < TEMPORARY
    assert not person.chat.temporary.isVisible()
    person.chat.show_conversation(temporary)
    person.sees(lambda: person.chat.transcript._rows and person.chat.transcript._rows[0].text == "One")
    assert person.chat.temporary.isVisible()


def test_an_answer_begins_as_it_is_told_to(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start(settings=SHORT)
    composer = person.chat.composer
    qtbot.mouseClick(composer.begin, Qt.MouseButton.LeftButton)
    person.sees(lambda: composer.begins.edit.hasFocus())
    qtbot.keyClicks(composer.begins.edit, "Dear Ms Li,")
    person.writes("Write an e-mail to Ms Li.")
    person.sees_answers(1)
    answer = person.stored()[-1]
    assert answer.text.startswith("Dear Ms Li,")
    assert len(answer.text) > len("Dear Ms Li,")
    assert not composer.begins.isVisible()
    person.writes("Another one.")
    person.sees_answers(2)
    assert person.stored()[-1].receipt.begun == 0


def test_escape_lets_the_model_begin_its_answer(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start(settings=SHORT)
    composer = person.chat.composer
    qtbot.mouseClick(composer.begin, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(composer.begins.edit, "Dear")
    qtbot.keyClick(composer.begins.edit, Qt.Key.Key_Escape)
    assert not composer.begins.isVisible()
    assert composer.begins.take() == ""
    person.sees(lambda: composer.edit.hasFocus())
