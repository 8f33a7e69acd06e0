"""Chat: everything said so far, as one prompt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from desktop_llm.conversation import Message, Prompt
from desktop_llm.settings import Sampling


def chat_prompt(history: Sequence[Message], model: Path, sampling: Sampling, system: str = "") -> Prompt:
    """Answers that never came are left out, and what then stands together is joined: many templates need turns."""
    said = [Message(m.role, m.text) for m in history if m.text.strip()]
    head = [Message("system", system)] if system.strip() else []
    return Prompt((*head, *_in_turns(said)), model, sampling)


def _in_turns(messages: Iterable[Message]) -> list[Message]:
    turns: list[Message] = []
    for message in messages:
        if turns and turns[-1].role == message.role:
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text}\n\n{message.text}")
        else:
            turns.append(message)
    return turns
