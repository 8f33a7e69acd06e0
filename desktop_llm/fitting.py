"""What of a conversation has room in the context: what is sent, what is too much, and what stands in its place."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from desktop_llm.conversation import Asking, Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Inspected
from desktop_llm.events import Measured, Overflow, TooLong
from desktop_llm.tasks.attached import ranked, with_best
from desktop_llm.tasks.chat import chat_prompt, turns_of

_SURELY_TOO_MUCH = 16  # characters for each token of the context


@dataclass(frozen=True)
class Omission:
    """Messages that are not sent, by their ids, and what is sent in their place."""

    messages: frozenset[int] = frozenset()
    summary: str = ""


@dataclass(frozen=True)
class Fitting:
    """What is said in one conversation, as it would be asked. Its methods wait for the engine and raise UserError."""

    engine: Engine
    history: Sequence[Message]
    asking: Asking
    omission: Omission = Omission()

    @property
    def sent(self) -> list[Message]:
        return [message for message in self.history if message.id not in self.omission.messages]

    def prompt(self, *, continues: bool = False) -> Prompt:
        """Doesn't wait. What was left out in other branches has no summary here."""
        sent = self.sent
        summary = self.omission.summary if len(sent) < len(self.history) else ""
        return chat_prompt(sent, self.asking, summary, continues=continues)

    def seen(self) -> Inspected:
        return self.engine.inspect(self.prompt())

    def overflow(self, conversation: int) -> Overflow | None:
        """Which of the oldest messages to leave out so that an answer has room; nothing where all fit.

        The system prompt and what was said last are never among them.
        """
        seen, sent = self.seen(), self.sent
        room = room_for_prompt(seen.limit)
        if seen.tokens <= room:
            return None
        if alone := _too_long_alone(sent, seen):
            return Overflow(conversation, seen.tokens, seen.limit, (), alone=alone)
        turns = _starts(sent)
        # Each turn left out makes it shorter, so that few need be tried of a long conversation.
        first = bisect.bisect_left(turns, True, key=lambda start: self._from(sent[start:]).seen().tokens <= room)
        oldest = sent[: turns[min(first, len(turns) - 1)]] if turns else []
        return Overflow(conversation, seen.tokens, seen.limit, tuple(message.id for message in oldest))

    def _from(self, sent: Sequence[Message]) -> Fitting:
        return replace(self, history=sent)

    def measure(
        self, conversation: int | None, draft: int, tell: Callable[[Measured], None], partly: bool = False
    ) -> None:
        """Tells how long it is without waiting; nothing where that cannot be found out.

        `partly`: documents go with it of which only what has room is sent.
        """

        newest = self._newest()

        def told(future: Future[Inspected]) -> None:
            if not future.cancelled() and future.exception() is None:
                tell(self._measured(conversation, draft, newest, future.result(), partly))

        self.engine.inspecting(self._from(newest).prompt()).add_done_callback(told)

    def _newest(self) -> list[Message]:
        """The last messages of what is sent, as many as are surely more than there is room for."""
        sent, room = self.sent, self.engine.facts.context * _SURELY_TOO_MUCH if self.engine.facts else math.inf
        lengths = itertools.accumulate(len(message.text) for message in reversed(sent))
        count = next((n for n, length in enumerate(lengths, 1) if length > room), len(sent))
        return sent[len(sent) - count :]

    def _measured(
        self, conversation: int | None, draft: int, newest: Sequence[Message], seen: Inspected, partly: bool
    ) -> Measured:
        """What is older than `newest` is as many tokens for its length."""
        sent = self.sent
        longer = _characters(sent) / max(1, _characters(newest))
        tokens = round(seen.tokens * longer)
        full = tokens >= seen.limit
        alone = _too_long_alone(newest, seen) if full else ""
        older = sent[: len(sent) - len(newest)]
        oldest = [*older, *_too_many(newest, seen)] if full and not alone else ()
        ids = tuple(message.id for message in oldest)
        return Measured(conversation, draft, tokens, seen.limit, ids, alone, partly)

    def fitted(self) -> Message:
        """The last message with as much of what is attached to it as has room: all, or what tells most of it."""
        last = self.history[-1]
        ranking = ranked(last.attachments, last.text)

        def given(count: int) -> Message:
            return replace(last, attachments=with_best(last.attachments, ranking, count))

        def fits(count: int) -> bool:
            seen = self._from([*self.history[:-1], given(count)]).seen()
            return seen.tokens <= room_for_prompt(seen.limit)

        # From few to many: no book is tokenized whole to learn that it is too long.
        most, count = len(ranking), 1
        while count < most and fits(count):
            count *= 2
        if count >= most and fits(most):
            return given(most)
        counts = range(1, min(count, most))
        return given(bisect.bisect_left(counts, True, count // 2 - (count > 1), key=lambda count: not fits(count)))


def _characters(messages: Sequence[Message]) -> int:
    return sum(len(message.text) for message in messages)


def room_for_answer(limit: int) -> int:
    """Tokens of the context that a prompt is to leave for its answer."""
    return min(512, limit // 4)


def room_for_prompt(limit: int) -> int:
    return limit - room_for_answer(limit)


def _starts(messages: Sequence[Message]) -> list[int]:
    """Where a prompt may begin instead: at what the person said, but for the first time."""
    return [n for n, message in enumerate(messages) if n and message.role == "user"]


def _too_many(sent: Sequence[Message], seen: Inspected) -> Sequence[Message]:
    """The oldest messages without which it would be short enough, by the tokens each of them has in the prompt."""
    turns = turns_of(sent)
    _, tokens = _tokens(len(turns), seen)
    left, room = seen.tokens, room_for_prompt(seen.limit)
    for turn, count in zip(turns[:-1], tokens, strict=False):
        if left <= room and turn[0].role == "user":
            return sent[: sent.index(turn[0])]
        left -= count
    last = turns[-1][0] if turns else None
    return sent[: sent.index(last)] if last and left < seen.tokens else ()


def _too_long_alone(sent: Sequence[Message], seen: Inspected) -> TooLong:
    """What has no room whatever else is left out."""
    turns, room = turns_of(sent), room_for_prompt(seen.limit)
    head, tokens = _tokens(len(turns), seen)
    if head >= room:
        return "system prompt"
    return "message" if tokens and head + tokens[-1] >= room else ""


def _tokens(turns: int, seen: Inspected) -> tuple[int, list[int]]:
    """Tokens of what stands before the conversation, and of each of its turns."""
    counts: Counter[int] = Counter()
    for piece in seen.pieces:
        counts[piece.message] += piece.tokens
    messages = max(counts, default=-1) + 1
    each = [counts[n] for n in range(messages)]
    head = max(0, messages - turns)
    return sum(each[:head]), each[head:]
