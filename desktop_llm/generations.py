"""What one task has generated: one answer as it grows, or many together in a context of their own; ended at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import psutil

from desktop_llm.conversation import Prompt, without_thoughts
from desktop_llm.engine.client import CHAT, Engine, Generation
from desktop_llm.engine.messages import ContextOpened
from desktop_llm.errors import EngineError, UserError

Found = TypeVar("Found")
_LOOK_EVERY = 0.05  # seconds
_AHEAD = 2  # prompts for each sequence, so that none ever waits for its next
_MEMORY_SHARE = 0.4  # of the free memory, for the cache of a batch

Growing = Callable[[int, str], None]


class Halted(Exception):  # noqa: N818
    """Who asked does not want it any more."""


class Generations:
    """Of one task at a time, on its thread; `halt` may come from any other. Raises UserError, and Halted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._halted = threading.Event()
        self._running: set[Generation] = set()
        self._lock = threading.Lock()
        self.count = 0
        """How many were begun since `begin`."""

    def begin(self) -> None:
        self._halted.clear()
        self.count = 0

    def halt(self) -> None:
        """Ends all that is generated, within a step of the engine."""
        self._halted.set()
        self.end()

    def end(self) -> None:
        with self._lock:
            running, self._running = self._running, set()
        for generation in running:
            generation.stop()

    def check(self) -> None:
        if self._halted.is_set():
            raise Halted

    def waited(self, future: Future[Found]) -> Found:
        """What comes of it, unless all is halted before."""
        while True:
            self.check()
            with contextlib.suppress(TimeoutError):
                return future.result(_LOOK_EVERY)

    def one(self, prompt: Prompt, grown: Callable[[str], None]) -> Generation:
        """Answered in the chats' context, where the same beginning is found again; `grown` hears the text so far."""
        generation, seen = self._begun(prompt, CHAT), ""
        while generation.state != "ended":
            self._wait(generation)
            if (text := without_thoughts(generation.text)) != seen:
                seen = text
                grown(text)
        self._ended(generation)
        return generation

    def all(
        self, prompts: Sequence[Prompt], batch: BatchContext, growing: Growing | None = None
    ) -> Iterator[tuple[int, str]]:
        """The answer to each as it comes, with its place.

        `growing` hears the first of those under way; all others begin once the very first is being written.
        """
        waiting, under_way = list(range(len(prompts)))[::-1], dict[int, Generation]()
        while waiting or under_way:
            alone = growing is not None and 0 in under_way and under_way[0].state in ("waiting", "reading")
            while waiting and not alone and len(under_way) < batch.sequences * _AHEAD:
                place = waiting.pop()
                under_way[place] = self._begun(prompts[place], batch.open())
                alone = growing is not None and place == 0
            self._wait(under_way[min(under_way)])
            for place in [place for place, one in under_way.items() if one.state == "ended"]:
                yield place, self._ended(under_way.pop(place))
            if growing and under_way and (text := under_way[min(under_way)].text):
                growing(min(under_way), text)

    def _begun(self, prompt: Prompt, context: int) -> Generation:
        with self._lock:
            self.check()
            generation = self._engine.generate(prompt, context, keep=False)
            self._running.add(generation)
            self.count += 1
            return generation

    def _wait(self, generation: Generation) -> None:
        generation.wait(_LOOK_EVERY)
        self.check()

    def _ended(self, generation: Generation) -> str:
        self._running.discard(generation)
        if generation.problem:
            raise EngineError(generation.problem)
        if generation.stop_asked:
            raise Halted
        return without_thoughts(generation.text).strip()


class BatchContext:
    """A context of `tokens` for each of several sequences, opened when it is first needed and closed in the end.

    As many sequences as this computer was measured to like, at most `most`, and not more than memory holds with ease.
    """

    def __init__(self, engine: Engine, generations: Generations, model: Path, tokens: int, most: int) -> None:
        self._engine, self._generations = engine, generations
        self._model, self._tokens, self._most = model, tokens, most
        self._context: int | None = None
        self.sequences = 1

    def open(self) -> int:
        if self._context is None:
            self._context = self._opened(self._affordable())
        return self._context

    def __enter__(self) -> BatchContext:
        return self

    def __exit__(self, *_: object) -> None:
        if self._context is not None:
            self._engine.close_context(self._context)

    def _opened(self, most: int) -> int:
        """With fewer sequences where there is no memory for more."""
        while True:
            opening = self._engine.opening_context(self._model, 0, self._tokens, False, most)
            try:
                opened = self._generations.waited(opening)
            except Halted:
                opening.add_done_callback(self._close)
                raise
            except UserError:
                if most == 1:
                    raise
                most //= 2
            else:
                self.sequences = opened.sequences
                return opened.context

    def _close(self, opened: Future[ContextOpened]) -> None:
        """One that nobody waits for any more."""
        if not opened.exception():
            self._engine.close_context(opened.result().context)

    def _affordable(self) -> int:
        """How many sequences' caches the free memory holds with ease."""
        facts = self._engine.facts
        each = facts.memory.cache / max(facts.context, 1) * self._tokens if facts else 0.0
        free = psutil.virtual_memory().available * _MEMORY_SHARE
        return max(1, min(self._most, int(free // each) if each else self._most))
