"""A chat too long for its context: told before it is sent, never cut unasked, three ways out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import ChatPrompt
from desktop_llm.settings import Appearance, Loading, Sampling, Settings
from desktop_llm.ui.omission_view import OmissionView
from desktop_llm.ui.summary_dialog import SummaryDialog

LIGHT = Appearance(theme="light")
SMALL = Settings(loading=Loading(context=256), sampling=Sampling(temperature=0.0, max_tokens=8), appearance=LIGHT)
ROOMY = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=LIGHT)
ENDLESS = Settings(loading=Loading(context=256), sampling=Sampling(seed=1), appearance=LIGHT)
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


@pytest.fixture
def filled(start: Start, starter: Any) -> Any:
    """Someone whose chat has three turns, and no room for a fourth."""
    person = start(settings=SMALL)
    for number in range(3):
        person.writes("word " * 50 + str(number))
        person.sees(lambda: person.button() == "Send")
    return person


def tokens(person: Any) -> str:
    return str(person.chat.composer._used.text())


def ways(person: Any) -> list[str]:
    """What can be done about a chat that is too long."""
    return [button.text() for button in person.chat.too_much.others] if person.chat.too_much.isVisible() else []


def chooses(person: Any, words: str) -> None:
    next(button for button in person.chat.too_much.others if button.text().startswith(words)).click()


def dimmed(person: Any) -> list[str]:
    return [row.unsent for row in person.chat.transcript._rows]


def card(person: Any) -> OmissionView:
    return person.chat.transcript.findChildren(OmissionView)[-1]  # type: ignore[no-any-return]


def test_the_window_tells_how_full_the_context_is_with_what_is_being_written(start: Start, starter: Any) -> None:
    person = start(settings=ROOMY)
    person.writes("Name a colour.")
    person.sees_answers(1)
    used = person.chat.composer._used
    person.sees(lambda: used.isVisible() and tokens(person).endswith("/ 4096"))
    before = int(tokens(person).split(" / ")[0])
    person.chat.composer.set_text("word " * 100)
    person.sees(lambda: int(tokens(person).split(" / ")[0]) > before + 100)


def test_what_has_no_room_is_dimmed_and_named_while_it_is_written(filled: Any) -> None:
    filled.chat.composer.set_text("word " * 50)
    filled.sees(lambda: "256" in filled.chat.too_much.text())
    count = dimmed(filled).count("no room")
    assert count
    assert dimmed(filled)[:count] == ["no room"] * count
    assert f"{count} oldest messages" in filled.chat.too_much.text()
    filled.chat.composer.set_text("")
    filled.sees(lambda: not filled.chat.too_much.isVisible())
    assert not any(dimmed(filled))


def test_it_can_be_left_out_before_it_is_sent_and_sent_again_later(filled: Any, qtbot: QtBot) -> None:
    filled.chat.composer.set_text("word " * 50)
    filled.sees(lambda: ways(filled))
    chooses(filled, "Leave them out")
    filled.sees(lambda: "left out" in dimmed(filled) and "no room" not in dimmed(filled))
    filled.writes("")
    filled.sees(lambda: filled.button() == "Send" and len(filled.stored()) == 8)
    assert filled.stored()[-1].state == "done"
    assert "not sent" in card(filled)._title.text()
    card(filled).all.click()
    filled.sees(lambda: not any(dimmed(filled)))


@pytest.mark.parametrize("way", ["Leave them out", "Summarize them", "Enlarge the context"])
def test_a_message_refused_for_want_of_room_is_answered_the_way_the_person_chooses(filled: Any, way: str) -> None:
    filled.writes("word " * 50)
    filled.sees(lambda: filled.button() == "Send" and "tokens long" in str(filled.stored()[-1].problem))
    filled.sees(lambda: len(ways(filled)) == 3)
    assert "256" in filled.chat.too_much.text()
    chooses(filled, way)
    filled.sees(lambda: filled.button() == "Send" and filled.stored()[-1].state == "done")
    enlarged = filled.app.session.engine.loading.context > 256
    assert enlarged == (way == "Enlarge the context")
    assert any(dimmed(filled)) != enlarged
    summary = filled.app.session.store.conversation(filled.chat.conversation()).summary
    assert bool(summary) == (way == "Summarize them")


def test_what_has_no_room_is_dimmed_while_a_question_waits_and_what_is_written_then_comes_first(filled: Any) -> None:
    filled.writes("word " * 50)
    filled.sees(lambda: len(ways(filled)) == 3)
    assert "no room" in dimmed(filled)
    asked = filled.chat.too_much.text()
    assert asked.startswith("This chat is")
    filled.chat.composer.set_text("Something else")
    filled.sees(lambda: filled.chat.too_much.text().startswith("With this message"))
    chooses(filled, "Leave them out")
    filled.sees(lambda: "left out" in dimmed(filled))
    assert filled.button() == "Send"
    assert filled.chat.composer.text() == "Something else"


def test_a_system_prompt_without_room_is_named(start: Start, starter: Any) -> None:
    person = start(settings=SMALL)
    person.app.session.set_prompt(None, ChatPrompt("word " * 300))
    person.writes("Hello")
    person.sees(lambda: "system prompt alone" in person.chat.too_much.text())
    assert [words.split(" to ")[0] for words in ways(person)] == ["Enlarge the context"]


def test_of_large_documents_it_is_told_that_passages_will_be_given(start: Start, starter: Any) -> None:
    person = start(settings=SMALL)
    person.writes("Hi")
    person.sees_answers(1)
    person.chat.composer.set_text("word " * 20_000)
    person.sees(lambda: "+ passages" in tokens(person))


def test_a_summary_is_shown_and_can_be_changed(filled: Any) -> None:
    filled.chat.composer.set_text("word " * 50)
    filled.sees(lambda: ways(filled))
    chooses(filled, "Summarize them")
    filled.sees(lambda: "left out" in dimmed(filled))
    filled.chat.transcript.verticalScrollBar().setValue(0)
    filled.sees(lambda: filled.chat.transcript.findChildren(OmissionView))
    store, chat = filled.app.session.store, filled.chat.conversation()
    assert card(filled).summary.text() == store.conversation(chat).summary
    card(filled).edit.click()
    dialog = filled.window.findChildren(SummaryDialog)[-1]
    dialog.text.setPlainText("They said words.")
    next(button for button in dialog.findChildren(QPushButton) if button.text() == "Keep").click()
    filled.sees(lambda: card(filled).summary.text() == "They said words.")
    assert store.conversation(chat).summary == "They said words."


def test_a_summary_under_way_can_be_stopped(filled: Any) -> None:
    filled.chat.composer.set_text("word " * 50)
    filled.sees(lambda: ways(filled))
    chooses(filled, "Summarize them")
    assert filled.button() == "Stop"
    filled.clicks_button()
    filled.sees(lambda: filled.button() == "Send")
    assert filled.chat.composer.text() == "word " * 50
    assert "left out" not in dimmed(filled)


def test_an_answer_that_fills_the_context_can_be_left_out_of_what_is_said_next(start: Start, starter: Any) -> None:
    person = start(settings=ENDLESS)
    person.writes("Write a very long story about a dragon, with every detail there is.")
    person.sees(lambda: "The last answer fills it" in person.chat.too_much.text())
    person.chat.composer.set_text("Thank you.")
    person.sees(lambda: "Leave them out" in ways(person))
    chooses(person, "Leave them out")
    person.sees(lambda: dimmed(person) == ["left out", "left out"])


def test_an_answer_that_fills_the_context_can_be_gone_on_with(start: Start, starter: Any) -> None:
    person = start(settings=ENDLESS)
    for _ in range(2):
        person.writes("Write a very long story about a dragon, with every detail there is.")
        person.sees(lambda: person.button() == "Send")
        if person.stored()[-1].reason == "context full":
            break
    before = person.stored()[-1]
    assert before.reason == "context full"
    person.sees(lambda: ways(person))
    assert "The last answer fills it" in person.chat.too_much.text()
    assert [words.split(" to ")[0] for words in ways(person)] == ["Enlarge the context"]
    chooses(person, "Enlarge the context")
    person.sees(lambda: len(person.stored()[-1].text) > len(before.text))
    person.chat.stop()
    person.sees(lambda: person.button() == "Send")
    assert person.stored()[-1].id == before.id
    assert person.stored()[-1].text.startswith(before.text)
