"""Chat: everything said so far, as one prompt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop_llm.conversation import Asking, Message, Prompt, without_thoughts
from desktop_llm.tasks.attached import attached_text

_SUMMARY = "Summary of the earlier part of this conversation:"


def chat_prompt(history: Sequence[Message], asking: Asking, summary: str = "", *, continues: bool = False) -> Prompt:
    """The turns of a conversation after its system prompt and the `summary` of what came before them.

    `continues`: the last answer is to be gone on with, its thoughts with it.
    """
    said = [Message(turn[0].role, joined(map(told_of, turn))) for turn in turns_of(history, continues=continues)]
    if continues and history:
        said[-1] = Message("assistant", history[-1].text)
    head = joined((asking.system, f"{_SUMMARY}\n{summary}" if summary.strip() else ""))
    system = [Message("system", head)] if head else []
    return Prompt((*system, *said), asking.model, asking.sampling, continues=continues, thinking=asking.thinking)


def turns_of(history: Sequence[Message], *, continues: bool = False) -> list[list[Message]]:
    """What the model is told of `history`, and in which turns: many templates need them to alternate.

    Answers that never came are left out; what then stands together is one turn.
    """
    turns: list[list[Message]] = []
    for message in history:
        if told_of(message) or (continues and message is history[-1]):
            if turns and turns[-1][0].role == message.role:
                turns[-1].append(message)
            else:
                turns.append([message])
    return turns


def told_of(message: Message) -> str:
    """A message as the model is told it: what it thought before it answered is not said to it again."""
    if message.role == "assistant":
        return without_thoughts(message.text)
    return joined((*map(attached_text, message.attachments), message.text))


def joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())
