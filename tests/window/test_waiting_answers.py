"""What one knows of an answer whose turn is still to come, and of a model that is no good for chats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny_gguf
from tiny_gguf import write_tiny

from desktop_llm.settings import Appearance, Loading, Sampling, Settings

LIGHT = Appearance(theme="light")
SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=LIGHT)
ONE = Settings(loading=Loading(context=2048, parallel=1), sampling=Sampling(seed=1), appearance=LIGHT)
WAITING = "Waiting for another answer…"
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


def test_an_answer_that_waits_for_another_chats_says_so_until_its_turn_comes(start: Start, starter: Path) -> None:
    person = start(settings=ONE)
    status = person.chat.status
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    first = person.chat.conversation()
    person.window.new_chat()
    person.writes("Write a very long story about a ship.")
    person.sees(lambda: status.said() == WAITING)
    second = person.chat.conversation()
    person.window.show_conversation(first)
    assert status.said() != WAITING
    person.window.show_conversation(second)
    person.sees(lambda: status.said() == WAITING)
    person.app.worker.submit(person.app.session.stop, first)
    person.sees(lambda: person.answers() and person.answers()[0])
    assert status.said() != WAITING
    person.chat.stop()
    person.sees_answers(1)


def test_an_answer_that_is_stopped_while_it_waits_waits_no_longer(start: Start, starter: Path) -> None:
    person = start(settings=ONE)
    person.writes("Write a very long story about a dragon.")
    person.sees(lambda: person.answers() and person.answers()[0])
    person.window.new_chat()
    person.writes("Hello")
    person.sees(lambda: person.chat.status.said() == WAITING)
    person.chat.stop()
    person.sees(lambda: person.button() == "Send")
    assert person.chat.status.said() != WAITING


def test_that_a_model_is_no_good_for_chats_is_said_as_long_as_it_is_chosen(
    start: Start, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny_gguf, "CONTROL", ("<unk>", "<s>", "</s>", "<|im_end|>"))
    base = write_tiny(tmp_path / "base.gguf", tokenizer="gpt2", changed={"tokenizer.chat_template": None})
    person = start(model=base, settings=SHORT)
    notice = person.chat.notice
    person.sees(lambda: "base model" in notice.text())
    person.window.new_chat()
    assert "base model" in notice.text()
    person.writes("Hi")
    person.sees_answers(1)
    notice.say("Something else.")
    person.window.new_chat()
    assert "base model" in notice.text()
    person.window.use_model(starter)
    person.sees(lambda: notice.text() == "")
