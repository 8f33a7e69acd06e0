"""What the runner tells of conversations and answers as they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from desktop_llm.conversation import Conversation, Message
from desktop_llm.engine.client import Generation
from desktop_llm.engine.messages import (
    Died,
    Loaded,
    LoadFailed,
    LoadingAgain,
    LoadProgress,
    PromptProgress,
    Ready,
    Unloaded,
)
from desktop_llm.errors import Problem


@dataclass(frozen=True)
class Answering:
    """What was asked, what the answer is to become, and what makes it: nothing where the engine refused at once."""

    conversation: int
    user: Message
    answer: Message
    generation: Generation | None


@dataclass(frozen=True)
class ConversationBegun:
    """What the caller knew as its draft `draft` is now stored as `conversation`."""

    draft: int
    conversation: Conversation


Place = tuple[int, int]
"""Which one a message is of those in place of each other, and of how many."""


@dataclass(frozen=True)
class MessageAdded:
    conversation: int
    message: Message
    place: Place = (1, 1)


@dataclass(frozen=True)
class AnswerResumed:
    """An answer that had ended is being gone on with."""

    conversation: int
    message: Message


@dataclass(frozen=True)
class AnswerChanged:
    conversation: int
    message_id: int
    delta: str
    generation: Generation


@dataclass(frozen=True)
class MessageChanged:
    """Which parts of what is attached to a message the model is given is known now."""

    conversation: int
    message: Message


@dataclass(frozen=True)
class AnswerEnded:
    conversation: int
    message: Message


@dataclass(frozen=True)
class ConversationChanged:
    conversation: Conversation


@dataclass(frozen=True)
class ConversationOpened:
    """Everything said in the branch that is shown, or its end; what AnswerChanged brings afterwards comes on top.

    `places` by message, where something stands in place of it. `earlier`: more was said before it.
    """

    conversation: int
    messages: tuple[Message, ...]
    answering: Answering | None
    places: dict[int, Place] = field(default_factory=dict)
    earlier: bool = False


@dataclass(frozen=True)
class EarlierMessages:
    """Everything said before the message `before`, as ConversationOpened tells it."""

    conversation: int
    before: int
    messages: tuple[Message, ...]
    places: dict[int, Place] = field(default_factory=dict)


TooLong = Literal["", "system prompt", "message", "answer"]
"""What has no room in the context whatever else is left out: the system prompt, or what is said last after it.

"answer": one that was written until the context was full, by itself or with its question.
"""


@dataclass(frozen=True)
class Overflow:
    """A conversation of `tokens` is too long for the context of `limit`: without `oldest` it would fit.

    `largest`: the longest context the model was made for, 0 where that is not known.
    """

    conversation: int
    tokens: int
    limit: int
    oldest: tuple[int, ...]
    largest: int = 0
    alone: TooLong = ""


@dataclass(frozen=True)
class Measured:
    """How long a conversation is, with a `draft` that is not sent yet; without `oldest` it would fit.

    `partly`: of the documents that go with it only what has room is sent, and none of that is counted.
    """

    conversation: int | None
    draft: int
    tokens: int
    limit: int
    oldest: tuple[int, ...] = ()
    alone: TooLong = ""
    partly: bool = False


@dataclass(frozen=True)
class LeftOut:
    """These messages are not sent any more, as the person chose; `summary` is sent in their place."""

    conversation: int
    messages: frozenset[int]
    summary: str = ""


@dataclass(frozen=True)
class SummaryGrew:
    """The summary of what is to be left out, as far as it is written; `share` of it all is read, 0 to 1."""

    conversation: int
    text: str
    share: float


@dataclass(frozen=True)
class Summarized:
    """The summary stands in place of what was left out, or there is none: it was stopped, or there is a problem."""

    conversation: int
    stopped: bool = False
    problem: Problem | None = None


@dataclass(frozen=True)
class NotStored:
    problem: Problem


RunnerEvent = (
    ConversationBegun | MessageAdded | MessageChanged | AnswerResumed | AnswerChanged | AnswerEnded | Answering
    | ConversationChanged | ConversationOpened | EarlierMessages | LeftOut | SummaryGrew | Summarized | Measured
    | NotStored | Ready | LoadProgress | Loaded | LoadFailed | LoadingAgain | Unloaded | PromptProgress | Died
)  # fmt: skip
