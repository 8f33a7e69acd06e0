"""What was said, and the Prompt that holds everything that shapes an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from desktop_llm.errors import Problem
from desktop_llm.fields import Values, values
from desktop_llm.settings import Sampling

Role = Literal["system", "user", "assistant"]
State = Literal["writing", "done", "stopped", "failed"]
Reason = Literal["end", "stop string", "length", "context full", "stopped", "failed"]

TEMPORARY = 1 << 40
"""Conversations and messages that are kept in memory only are numbered from here on."""

ANEW = "anew"
THOUGHTS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|channel|>analysis<|message|>": "<|channel|>final<|message|>",
}
"""What opens and closes the reasoning an answer begins with, in the ways models write it."""
CLOSES_ALONE = re.compile(r"(?<![`'\"])(?:</think>|</seed:think>|\[/THINK\]|◁/think▷|<\|channel\|>final<\|message\|>)")
OPENS = {closes: opens for opens, closes in THOUGHTS.items()}
BETWEEN_CHANNELS = "<|end|><|start|>assistant"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of one generation: `cached` of the `prompt` were not evaluated again."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0


@dataclass(frozen=True)
class Timings:
    """Seconds: until the first token, of evaluating the prompt, and of generating."""

    first_token: float = 0.0
    prompt: float = 0.0
    generation: float = 0.0


@dataclass(frozen=True)
class Receipt:
    """What made an answer: enough to make it again on the same computer. `model_hash` is SHA-256 in hex.

    Of an answer that never came the engine's part is empty. `begun` characters of its text were there before it was
    asked for; what follows is what the prompt was made of beside the messages. `steps` are those in which the engine
    evaluated it all (engine/steps.py), nothing where that cannot be done again, as when other answers ran beside it.
    """

    model: str
    model_path: str
    model_hash: str
    sampling: Sampling
    seed: int
    context: int
    device: str
    threads: int
    engine: str
    system: str = ""
    thinking: bool | None = None
    begun: int = 0
    left_out: tuple[int, ...] = ()
    summary: str = ""
    steps: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of a document, the page it stands on (0: there are none) and the headings it lies under."""

    text: str
    page: int = 0
    heading: str = ""


@dataclass(frozen=True)
class Attachment:
    """A document that goes with a message. `kind` is that of the document, `hash` SHA-256 in hex of its file.

    `given`: which of its parts the model is given, by their places, where they do not all fit.
    """

    name: str
    kind: str
    parts: tuple[Part, ...]
    pages: int = 0
    hash: str = ""
    given: tuple[int, ...] | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Message:
    """One thing said. In a Prompt only role and text matter; the rest is what storage knows of it."""

    role: Role
    text: str
    id: int = 0
    parent: int = 0
    state: State = "done"
    reason: Reason | None = None
    problem: Problem | None = None
    tokens: TokenCounts | None = None
    timings: Timings | None = None
    receipt: Receipt | None = None
    attachments: tuple[Attachment, ...] = ()


class ChatPrompt(NamedTuple):
    """What shapes the answers of one conversation: `preset` is a preset's key, `sampling` its own values."""

    system: str = ""
    preset: str = ""
    sampling: Values = {}  # noqa: RUF012 - nobody changes it


@dataclass(frozen=True)
class Conversation:
    """`changed` and `deleted` are seconds since the epoch, 0 for never; order goes by id.

    `leaf`: the message that ends the branch shown, 0 for the last one. `system` and the values of `sampling` are its
    own; `preset`: the key of that it has.
    `left_out` are messages that are not sent any more, `summary` what is sent in their place.
    """

    id: int
    title: str
    changed: float
    pinned: bool = False
    folder: str = ""
    leaf: int = 0
    system: str = ""
    sampling: Values = values(Sampling)
    deleted: float = 0.0
    tags: tuple[str, ...] = ()
    left_out: tuple[int, ...] = ()
    summary: str = ""
    preset: str = ""

    @property
    def prompt(self) -> ChatPrompt:
        return ChatPrompt(self.system, self.preset, self.sampling)

    @property
    def temporary(self) -> bool:
        """Whether it is kept in memory only."""
        return self.id >= TEMPORARY


@dataclass(frozen=True)
class Asking:
    """How an answer is to be made: by which model, with what sampling, after which system prompt.

    `thinking`: whether the model is to think first, None as its template has it.
    """

    model: Path
    sampling: Sampling = field(default_factory=Sampling)
    system: str = ""
    thinking: bool | None = None


@dataclass(frozen=True)
class Prompt:
    """Everything that shapes an answer: comparable, storable, repeatable. `schema` is a JSON schema or nothing.

    `continues`: the last message is an answer to be gone on with. `thinking`: whether the model is to think first,
    None as its template has it. `steps`: evaluated by itself, from the beginning, and in these steps of a receipt where
    they lead there; ANEW for in any.
    """

    messages: tuple[Message, ...]
    model: Path
    sampling: Sampling = field(default_factory=Sampling)
    schema: str | None = None
    continues: bool = False
    thinking: bool | None = None
    steps: str = ""


def branch(messages: Sequence[Message], leaf: int = 0) -> list[Message]:
    """The way from the beginning to `leaf`, or to the last of `messages`: of siblings only the one that leads there."""
    by_id = {message.id: message for message in messages}
    last = by_id.get(leaf, messages[-1] if messages else None)
    way = [by_id.pop(last.id, last)] if last else []
    while way and way[-1].parent in by_id:
        way.append(by_id.pop(way[-1].parent))
    return way[::-1]


def siblings(messages: Sequence[Message], message: Message) -> list[Message]:
    """What was said in place of each other, in the order it was added."""
    return [other for other in messages if (other.parent, other.role) == (message.parent, message.role)]


def last_below(messages: Sequence[Message], message: Message) -> Message:
    """The end of the branch that was written last of those that go on from `message`."""
    below = {message.id}
    last = message
    for other in messages:
        if other.parent in below and other.id not in below:
            below.add(other.id)
            last = other
    return last


def without_thoughts(text: str) -> str:
    """An answer without the reasoning it begins with, also where the template opened that, or where it never ended."""
    return thoughts_and_answer(text)[1]


def thoughts_and_answer(text: str) -> tuple[str, str]:
    """The reasoning that an answer begins with, without its marks, and what comes after it."""
    opens = _opened_by(text)
    if opens:
        thoughts, _, answer = text.lstrip()[len(opens) :].partition(THOUGHTS[opens])
        return thoughts.strip().removesuffix(BETWEEN_CHANNELS), answer.lstrip()
    closing = closing_alone(text)
    return (text[: closing[0]].strip(), text[closing[1] :].lstrip()) if closing else ("", text)


def closing_alone(text: str) -> tuple[int, int] | None:
    """Where reasoning ends that the template opened, and the answer begins; not where one writes of such marks."""
    found = CLOSES_ALONE.search(text)
    if found is None or _opened_by(text) or text.count("```", 0, found.start()) % 2:
        return None
    opened = text.find(OPENS[found[0]], 0, found.start()) >= 0
    return None if opened else found.span()


def _opened_by(text: str) -> str:
    begun = text.lstrip()
    return next((mark for mark in THOUGHTS if begun.startswith(mark)), "")


def name_of(model: Path) -> str:
    """What a model file is called; nothing where its name is only a hash, as a download cache has them."""
    return model.stem if model.suffix.lower() == ".gguf" else ""


def clean(text: str) -> str:
    """Text as it may be stored and tokenized: no lone surrogates, no control characters but tab and newline."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))


LONGEST_TITLE = 200


def one_line(title: str) -> str:
    """A title as it is kept, whatever was pasted for it."""
    line = " ".join(clean(title[: 4 * LONGEST_TITLE]).split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def title_of(text: str) -> str:
    """A conversation's title from its first message: its first line, at most 60 characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else line[:59].rstrip() + "…"
