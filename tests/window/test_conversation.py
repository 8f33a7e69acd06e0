"""A person at the window: turns, stops, deaths of the engine, restarts, and everything that can go wrong."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QLineEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.library import models
from desktop_llm.settings import Appearance, Loading, Sampling, Settings, settings_file
from desktop_llm.settings_file import read_settings

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=12), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


def test_two_turns_are_there_after_a_restart(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("What is the capital of France?")
    person.sees_answers(1)
    person.writes("And of Italy?")
    person.sees_answers(2)
    said = [message.text for message in person.stored()]
    assert said[0] == "What is the capital of France?" and all(said)
    assert person.titles() == ["What is the capital of France?"]

    again = start(settings=SHORT)
    again.sees(lambda: again.titles() == ["What is the capital of France?"])
    again.goes_to(0)
    again.sees(lambda: again.chat.transcript.message_text(again.stored()[3].id) == said[3])
    assert [message.text for message in again.stored()] == said


def test_the_second_turn_evaluates_only_its_new_tokens(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("Tell me about the sea.")
    person.sees_answers(1)
    person.writes("Go on.")
    person.sees_answers(2)
    first, second = (message.tokens for message in person.stored() if message.role == "assistant")
    assert second.cached >= first.prompt + first.generated - 1


def test_a_question_typed_before_the_model_is_loaded_is_answered(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("Hi")
    assert person.button() == "Stop"
    person.sees_answers(1)


def test_stop_keeps_the_text_so_far(start: Start, starter: Path) -> None:
    person = start()
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    person.clicks_button()
    person.sees_answers(1)
    answer = person.stored()[-1]
    assert answer.state == "stopped" and answer.text == person.answers()[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_the_engine_killed_in_mid_answer_costs_nothing_but_the_rest(start: Start, starter: Path) -> None:
    person = start()
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and len(person.answers()[0]) > 20)
    os.kill(person.app.session.engine.pid, signal.SIGKILL)
    person.sees_answers(1)
    failed = person.stored()[-1]
    assert failed.state == "failed" and len(failed.text) > 20 and failed.problem.action == "retry"
    person.window._appearance.choose("light")
    person.chat.transcript.acted.emit("retry", failed)
    person.sees(lambda: len(person.stored()) == 3 and person.answers()[1])
    person.clicks_button()
    person.sees_answers(2)
    assert person.stored()[2].parent == failed.parent


def test_another_conversation_may_be_read_while_one_is_written(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("First")
    person.sees_answers(1)
    person.window.new_chat()
    person.writes("Count as far as you can.")
    person.window.show_conversation(1)
    person.sees(lambda: person.chat.transcript.message_text(2))
    assert person.chat.conversation() == 1 and person.button() == "Send"
    person.sees(lambda: len(person.titles()) == 2 and person.app.session.store.messages(2)[1].state == "done")
    assert person.chat.conversation() == 1


def test_a_chat_deleted_by_mistake_comes_back(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start(settings=SHORT)
    person.writes("Keep me")
    person.sees_answers(1)
    person.window.sidebar.deleted.emit(1)
    assert person.titles() == [] and person.chat.conversation() is None
    assert "Keep me" in person.window.notice.text()
    person.window.notice._action.click()
    person.sees(lambda: person.titles() == ["Keep me"])


def test_a_new_title_is_kept(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("Old title")
    person.sees_answers(1)
    rows = person.window.sidebar.list.model()
    rows.setData(rows.index(0, 0), "New title")
    assert person.titles() == ["New title"]
    person.sees(lambda: person.app.session.store.conversations()[0].title == "New title")


def test_without_a_model_the_window_says_what_to_do_and_keeps_what_was_typed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_STARTER_PACKAGE", "no_such_package")
    person = start()
    person.sees(lambda: person.chat.empty.first_model.isVisible())
    person.writes("Hello?")
    person.sees(lambda: "no model yet" in person.chat.notice.text())
    assert person.chat.composer.text() == "Hello?"
    assert person.button() == "Send"


def test_a_file_that_is_no_model_is_refused_and_the_old_one_stays(start: Start, starter: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_text("<!DOCTYPE html><title>Sign in</title>")
    person = start()
    person.sees(lambda: person.app.session.model == starter)
    person.window.add_model(broken)
    person.sees(lambda: "web page" in person.window.notice.text())
    assert person.app.session.model == starter


def test_a_model_deleted_while_in_use_is_missed_at_the_next_message(
    start: Start, starter: Path, tiny: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(tiny.read_bytes())
    person = start(model=copy, settings=SHORT)
    person.writes("Hi")
    person.sees_answers(1)
    copy.unlink()
    person.writes("Still there?")
    person.sees(lambda: "is gone" in person.chat.notice.text())
    assert person.chat.composer.text() == "Still there?"


def test_a_prompt_longer_than_the_context_says_both_numbers(start: Start, starter: Path) -> None:
    person = start(settings=Settings(loading=Loading(context=256)))
    person.chat.composer.set_text("word " * 1000)
    person.chat.composer._send()
    person.sees_answers(1)
    failed = person.stored()[-1]
    assert failed.state == "failed" and failed.tokens.prompt == 0
    assert "1,031" in failed.problem.sentence() and "256" in failed.problem.sentence()
    assert person.stored()[0].text == "word " * 1000


def test_ten_megabytes_are_kept_and_answered_from_what_has_room(start: Start, starter: Path) -> None:
    person = start(settings=replace(SHORT, loading=Loading(context=512)))
    person.chat.composer.set_text("word " * 2_000_000)
    person.chat.composer._send()
    person.sees_answers(1)
    question, answer = person.stored()
    (pasted,) = question.attachments
    assert pasted.text.split() == ["word"] * 2_000_000 and 0 < len(pasted.given) < len(pasted.parts) // 100
    assert answer.state == "done" and answer.tokens.prompt < 512


def test_lone_surrogates_and_control_characters_are_no_trouble(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.chat.composer.set_text("a\ud800b\x00c\x1b[31m")
    person.chat.composer._send()
    person.sees_answers(1)
    text = person.stored()[0].text
    assert text.startswith("a") and text.endswith("bc[31m") and text.isprintable()


def test_a_theme_once_chosen_is_kept(start: Start, starter: Path) -> None:
    person = start()
    person.sees(lambda: person.app.session.model)
    person.window._choose_look("dark")
    person.sees(lambda: read_settings(settings_file()).appearance.theme == "dark")
    assert person.app.appearance.theme.dark


def test_enter_belongs_to_the_input_method_while_it_composes(start: Start, starter: Path, qtbot: QtBot) -> None:
    person = start(settings=SHORT)
    edit = person.chat.composer.edit
    QCoreApplication.sendEvent(edit, QInputMethodEvent("ni", []))
    person.writes("")
    assert person.chat.conversation() is None and person.button() == "Send"
    done = QInputMethodEvent()
    done.setCommitString("你好")
    QCoreApplication.sendEvent(edit, done)
    person.writes("")
    person.sees_answers(1)
    assert person.stored()[0].text == "你好"


def test_every_widget_that_can_be_used_has_a_name(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    person.writes("Show me a table and some code.")
    person.sees_answers(1)
    usable = (QAbstractButton, QAbstractItemView, QLineEdit, QTextEdit)
    parts = [w for w in person.window.findChildren(QWidget) if isinstance(w, usable) and w.isVisible()]
    nameless = [part for part in parts if not part.accessibleName() and not getattr(part, "text", str)()]
    assert len(parts) >= 7 and not nameless
    names = {part.accessibleName() for part in parts}
    assert {"Message", "Send", "Conversations", "Model"} <= names


class Brackets(QTranslator):
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"«{text}»"


def test_every_visible_string_can_be_translated(start: Start, starter: Path, qtbot: QtBot) -> None:
    brackets = Brackets()
    QCoreApplication.installTranslator(brackets)
    try:
        person = start()
        person.sees(lambda: person.app.session.model)
        speaking = [w for w in person.window.findChildren(QWidget) if isinstance(w, (QLabel, QAbstractButton))]
        shown = {widget.text() for widget in speaking if widget.isVisible() and widget.text()}
    finally:
        QCoreApplication.removeTranslator(brackets)
    assert {text for text in shown if not text.startswith("«")} <= {"Desktop LLM", "SmolLM2 135M Instruct"}
