"""An answer that its template has begin inside a thought: folded at once, gone on with inside it, never sent on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_gguf import CHATML, write_tiny

from desktop_llm.conversation import Message
from desktop_llm.settings import Appearance, Sampling, Settings

OPENED = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))


@pytest.fixture
def talked(start: Callable[..., Any], tmp_path: Path) -> Any:
    """Someone whose question is being answered by a model that never comes to the end of its thought."""
    model = write_tiny(tmp_path / "opens.gguf", changed={"tokenizer.chat_template": OPENED})
    person = start(model=model, settings=SHORT)
    person.writes("Hi")
    return person


def answer(person: Any) -> Message:
    message: Message = person.chat.transcript._rows[1].message
    return message


def kinds(person: Any) -> list[str]:
    """What the answer's text is shown as, nothing while there is none."""
    rows = person.chat.transcript._rows[1:2]
    return [item.kind for row in rows for item in row.items if item.block]


def test_it_is_folded_from_its_first_word_on_and_gone_on_with_inside(talked: Any) -> None:
    talked.sees(lambda: kinds(talked))
    assert kinds(talked) == ["reasoning"]
    talked.sees_answers(1)
    cut_off = answer(talked)
    assert (cut_off.reason, kinds(talked)) == ("length", ["reasoning"])
    talked.chat._act("continue", cut_off)
    talked.sees(lambda: talked.button() == "Send" and len(answer(talked).text) > len(cut_off.text))
    assert answer(talked).text.startswith(cut_off.text)
    assert (answer(talked).text.count("<think>"), kinds(talked)) == (1, ["reasoning"])


def test_what_was_thought_is_not_sent_with_the_next_question(talked: Any) -> None:
    talked.sees_answers(1)
    talked.writes("And?")
    talked.sees_answers(2)
    session, conversation = talked.app.session, talked.chat.conversation()
    seen = session._runner.room.seen(conversation, session._asking(conversation))
    text = "".join(piece.text for piece in seen.pieces)
    assert text.removeprefix("<s>") == "<|im_start|>user\nHi\n\nAnd?<|im_end|>\n<|im_start|>assistant\n<think>\n"
