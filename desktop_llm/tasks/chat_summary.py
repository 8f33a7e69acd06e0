"""A summary of the earlier part of a conversation, to be sent in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from desktop_llm.conversation import Asking, Message, Prompt
from desktop_llm.tasks.chat import joined, told_of, turns_of

_SYSTEM = "You summarize conversations truthfully, in the language they are held in."
_WISH = (
    "Summarize this conversation in a few sentences: what was asked, what was answered, what was decided. "
    "Keep names and numbers. Write the summary only."
)
_TEMPERATURE = 0.2


def spoken(messages: Iterable[Message]) -> list[str]:
    """Who said what, without the thoughts of the model."""
    return [_line(turn) for turn in turns_of(list(messages))]


def summary_prompt(lines: Iterable[str], before: str, asking: Asking, longest: int = 0) -> Prompt:
    """Sums up `lines` in at most `longest` tokens, with `before` as the summary of what was said before them."""
    earlier = f"What was said before, in short:\n{before}" if before else ""
    messages = Message("system", _SYSTEM), Message("user", joined((earlier, *lines, _WISH)))
    temperature = min(asking.sampling.temperature, _TEMPERATURE)
    sampling = replace(asking.sampling, temperature=temperature, max_tokens=longest)
    return Prompt(messages, asking.model, sampling, thinking=False)


def _line(turn: list[Message]) -> str:
    return f"{'Assistant' if turn[0].role == 'assistant' else 'User'}: {joined(map(told_of, turn))}"
