"""What of a conversation has room in the context: what is sent, what is too much, and what stands in its place."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from desktop_llm.conversation import Asking, Message, Prompt, Role
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
        if not turns:
            return Overflow(conversation, seen.tokens, seen.limit, (), alone=_said_last(sent))
        oldest = sent[: turns[min(first, len(turns) - 1)]]
        return Overflow(conversation, seen.tokens, seen.limit, tuple(message.id for message in oldest))

    def _from(self, sent: Sequence[Message]) -> Fitting:
        """Only these of what is sent; what is sent in place of others stays."""
        omitted = [message for message in self.history if message.id in self.omission.messages]
        return replace(self, history=[*omitted, *sent])

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
            seen = replace(self, history=[*self.history[:-1], given(count)]).seen()
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
    return [place for place, role in _places(turns_of(messages), messages)[1:] if role == "user"]


def _places(turns: Sequence[Sequence[Message]], messages: Sequence[Message]) -> list[tuple[int, Role]]:
    """Where each turn begins, and whose it is."""
    numbers = {id(message): number for number, message in enumerate(messages)}
    return [(numbers[id(turn[0])], turn[0].role) for turn in turns]


def _too_many(sent: Sequence[Message], seen: Inspected) -> Sequence[Message]:
    """The oldest messages without which it would be short enough, by the tokens each turn has in the prompt."""
    turns = turns_of(sent)
    _, tokens = _tokens(len(turns), seen)
    left, room, first = seen.tokens, room_for_prompt(seen.limit), 0
    if left <= room:
        return ()
    for (place, role), before in zip(_places(turns, sent)[1:], tokens, strict=False):
        left -= before
        first = place if role == "user" else first
        if left <= room and first == place:
            break
    return sent[:first]


def _too_long_alone(sent: Sequence[Message], seen: Inspected) -> TooLong:
    """What has no room whatever else is left out."""
    turns, room = turns_of(sent), room_for_prompt(seen.limit)
    head, tokens = _tokens(len(turns), seen)
    if head >= room:
        return "system prompt"
    if not tokens or head + tokens[-1] <= room:
        return ""
    return _said_last(sent)


def _said_last(sent: Sequence[Message]) -> TooLong:
    return "answer" if sent[-1].role == "assistant" else "message"


def _tokens(turns: int, seen: Inspected) -> tuple[int, list[int]]:
    """Tokens of what stands before the conversation, and of each of its turns with what the template adds to it.

    The template's words before the first turn stand before any other that is the first instead.
    """
    messages = max((piece.message for piece in seen.pieces), default=-1) + 1
    before = max(0, messages - turns)
    head, each, here = 0, [0] * (messages - before), -1
    for piece in seen.pieces:
        here = piece.message - before if piece.message >= before else here
        if here < 0:
            head += piece.tokens
        else:
            each[here] += piece.tokens
    return head, each
