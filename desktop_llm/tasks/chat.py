"""Chat: everything said so far, as one prompt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from desktop_llm.conversation import Message, Prompt, without_thoughts
from desktop_llm.settings import Sampling


def chat_prompt(
    history: Sequence[Message], model: Path, sampling: Sampling, system: str = "", *, continues: bool = False
) -> Prompt:
    """Answers that never came are left out, and what then stands together is joined: many templates need turns.

    What a model thought before it answered is not said to it again. `continues`: the last answer is to be gone on with.
    """
    told = [*map(_said, history[:-1]), history[-1].text if continues else _said(history[-1])] if history else []
    said = [Message(m.role, text) for m, text in zip(history, told, strict=True) if text.strip()]
    head = [Message("system", system)] if system.strip() else []
    return Prompt((*head, *_in_turns(said)), model, sampling, continues=continues)


def _said(message: Message) -> str:
    return without_thoughts(message.text) if message.role == "assistant" else message.text


def _in_turns(messages: Iterable[Message]) -> list[Message]:
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n\n{message.text}")
        else:
            turns.append(message)
    return turns
