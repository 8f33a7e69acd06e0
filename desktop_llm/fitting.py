"""What of a conversation has room in the context: what is sent, what is too much, and what stands in its place."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from desktop_llm.conversation import Asking, Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Inspected
from desktop_llm.events import Measured, Overflow
from desktop_llm.tasks.attached import ranked, with_best
from desktop_llm.tasks.chat import chat_prompt, turns_of


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
        turns = _starts(sent)
        # Each turn left out makes it shorter, so that few need be tried of a long conversation.
        first = bisect.bisect_left(turns, True, key=lambda start: self._from(sent[start:]).seen().tokens <= room)
        oldest = sent[: turns[min(first, len(turns) - 1)]] if turns else []
        return Overflow(conversation, seen.tokens, seen.limit, tuple(message.id for message in oldest))

    def _from(self, sent: Sequence[Message]) -> Fitting:
        return replace(self, history=sent)

    def measure(self, conversation: int | None, draft: int, tell: Callable[[Measured], None]) -> None:
        """Tells how long it is without waiting; nothing where that cannot be found out."""

        def told(future: Future[Inspected]) -> None:
            if not future.cancelled() and future.exception() is None:
                tell(self._measured(conversation, draft, future.result()))

        self.engine.inspecting(self.prompt()).add_done_callback(told)

    def _measured(self, conversation: int | None, draft: int, seen: Inspected) -> Measured:
        oldest = _too_many(self.sent, seen) if seen.tokens >= seen.limit else ()
        return Measured(conversation, draft, seen.tokens, seen.limit, tuple(message.id for message in oldest))

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
    head = max((piece.message for piece in seen.pieces), default=0) + 1 - len(turns)
    left, room = seen.tokens, room_for_prompt(seen.limit)
    for n, turn in enumerate(turns[:-1]):
        if left <= room and turn[0].role == "user":
            return sent[: sent.index(turn[0])]
        left -= sum(piece.tokens for piece in seen.pieces if piece.message == n + head)
    last = turns[-1][0] if turns else None
    return sent[: sent.index(last)] if last and left < seen.tokens else ()
