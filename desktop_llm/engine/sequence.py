"""One answer under way in the child: its tokens, its sampler, stop strings, whole characters."""

from __future__ import annotations

import codecs
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, field
from typing import Protocol

from desktop_llm.conversation import Prompt, Reason, Timings, TokenCounts, clean
from desktop_llm.engine.steps import Step


class Sampler(Protocol):
    """llama.cpp's sampler chain for one answer."""

    seed: int

    def sample(self, row: int) -> int: ...
    def close(self) -> None: ...


class AnswerText:
    """Bytes in, whole characters out; what may be the start of a stop string is held back until it is decided."""

    def __init__(self, stop: Items[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(string for string in stop if string)
        self._held = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        if self.stopped:
            return ""
        return self._released(self._held + self._decoder.decode(data))

    def flush(self) -> str:
        """What is still held when the answer ends by itself."""
        if self.stopped:
            return ""
        text, self._held = self._held + self._decoder.decode(b"", True), ""
        return text

    def _released(self, text: str) -> str:
        found = min((at for at in (text.find(string) for string in self._stop) if at >= 0), default=-1)
        if found >= 0:
            self.stopped, self._held = True, ""
            return text[:found]
        keep = max((_overlap(text, string) for string in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, string: str) -> int:
    """Characters at the end of `text` that begin `string`."""
    longest = min(len(text), len(string) - 1)
    return next((n for n in range(longest, 0, -1) if string.startswith(text[-n:])), 0)


def common(first: Items[int], second: Items[int]) -> int:
    """How many tokens the two begin with alike."""
    shortest = min(len(first), len(second))
    one, other = list(first[:shortest]), list(second[:shortest])
    if one == other:
        return shortest
    return next(n for n in range(shortest) if one[n] != other[n])


@dataclass
class Sequence:
    """`pending` tokens are not yet in the KV cache: the rest of the prompt, or the token just sampled.

    `keep`: whether its state may be kept on disk. `kept`: the tokens and state found there for it. `stop`: strings that
    end it besides the prompt's own. `looks`: so many of the likeliest next tokens are wanted, and no answer. `again`:
    the steps in which it is to be evaluated, by itself; `steps`: those in which it was. `opens`: the mark of reasoning
    that the template puts before the answer, whose text therefore begins with it. `queued`: that it waits is told.
    """

    generation: int
    prompt: Prompt
    tokens: list[int]
    begun: float
    slot: int = -1
    pending: list[int] = field(default_factory=list)
    cached: int = 0
    generated: list[int] = field(default_factory=list)
    sampler: Sampler | None = None
    text: AnswerText = field(init=False)
    said: str = ""
    admitted: float = 0.0
    first: float = 0.0
    last: float = 0.0
    keep: bool = True
    kept: tuple[tuple[int, ...], bytes] | None = None
    stop: tuple[str, ...] = ()
    looks: int = 0
    again: deque[Step] = field(default_factory=deque)
    steps: str = ""
    opens: str = ""
    queued: bool = False

    def __post_init__(self) -> None:
        self.text = AnswerText((*self.prompt.sampling.stop, *self.stop))

    @property
    def reading(self) -> bool:
        return not self.generated or len(self.pending) > 1

    @property
    def evaluable(self) -> list[int]:
        """All that is in the KV cache, or is to be."""
        return self.tokens + self.generated

    def start(self, slot: int, cached: int, sampler: Sampler | None) -> None:
        """Begins, or goes on where it was set aside."""
        if not self.admitted:
            self.cached, self.admitted = cached, time.monotonic()
        self.slot, self.sampler = slot, sampler
        self.pending = self.evaluable[cached:]

    def take(self, token: int, piece: Callable[[int], bytes], ends: Callable[[int], bool]) -> tuple[str, Reason | None]:
        """Takes one sampled token; returns the text it adds and why the answer ends, if it does."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.generated.append(token)
        if ends(token):
            return self.flush(), "end"
        self.pending = [token]
        added = self._say(self.text.feed(piece(token)))
        if self.text.stopped:
            return added, "stop string"
        if len(self.generated) == self.prompt.sampling.max_tokens:
            return added + self.flush(), "length"
        return added, None

    def flush(self) -> str:
        """The text held back for a stop string that will not come."""
        return self._say(self.text.flush())

    def _say(self, text: str) -> str:
        """Cleaned here, so that an answer is the same on the screen and in storage."""
        text = clean(text)
        if not self.said and self._thinks:
            text = self.opens + text
        self.said += text
        return text

    @property
    def _thinks(self) -> bool:
        """Whether it begins with a thought; what is gone on with has, and what has to follow a grammar does not."""
        sampling, formed = self.prompt.sampling, self.prompt.schema is not None
        formed = formed or bool(sampling.grammar.strip() or sampling.schema.strip())
        return bool(self.generated) and not self.prompt.continues and not formed

    @property
    def counts(self) -> TokenCounts:
        return TokenCounts(len(self.tokens), self.cached, len(self.generated))

    @property
    def timings(self) -> Timings:
        if not self.first:
            return Timings()
        return Timings(self.first - self.begun, self.first - self.admitted, self.last - self.first)
