"""The near end of the pipe: one model in one child process, and the answers it is writing."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from desktop_llm.conversation import Prompt, Reason, Receipt, Timings, TokenCounts
from desktop_llm.engine.child import CLOSE_SECONDS, ChildProcess, child_command, child_environment, start_thread
from desktop_llm.engine.messages import (
    CancelLoad,
    CloseContext,
    ContextFailed,
    ContextOpened,
    Delta,
    Died,
    Embed,
    Embedded,
    Event,
    Finished,
    Generate,
    Hashed,
    Load,
    Loaded,
    LoadFailed,
    ModelFacts,
    OpenContext,
    PromptProgress,
    Ready,
    Stepped,
    Stop,
)
from desktop_llm.errors import EngineError, Problem, UserError
from desktop_llm.settings import Loading

Vector = tuple[float, ...]
CHAT = 0
TICK_SECONDS = 1.0
SILENT_TICKS = 30
START_TICKS = 120
STOP_TICKS = 5


class Generation:
    """One answer growing. `text` only grows; once `state` is "ended" nothing changes any more."""

    def __init__(self, id: int, prompt: Prompt, stop: Callable[[Generation], None]) -> None:
        self.id = id
        self.prompt = prompt
        self.state: Literal["waiting", "reading", "writing", "ended"] = "waiting"
        self.text = ""
        self.generated = 0
        self.progress: PromptProgress | None = None
        self.reason: Reason | None = None
        self.problem: Problem | None = None
        self.tokens: TokenCounts | None = None
        self.timings: Timings | None = None
        self.receipt: Receipt | None = None
        self.stop_asked = False
        self._stop = stop
        self._first = self._last = 0.0
        self._ended = threading.Event()

    @property
    def speed(self) -> float:
        """Generated tokens per second after the first, 0 while that cannot be told."""
        seconds = self.timings.generation if self.timings else self._last - self._first
        return (self.generated - 1) / seconds if seconds > 0 and self.generated > 1 else 0.0

    def stop(self) -> None:
        """Ends it within one step, its text kept; callable from any thread, at any time."""
        if self.state != "ended":
            self.stop_asked = True
            self._stop(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it ended within `timeout` seconds."""
        return self._ended.wait(timeout)

    def read(self, progress: PromptProgress) -> None:
        self.progress = progress
        if self.state == "waiting":
            self.state = "reading"

    def grow(self, delta: Delta) -> None:
        self._last = time.monotonic()
        self._first = self._first or self._last
        self.state = "writing"
        self.generated += delta.tokens
        self.text += delta.text

    def end(self, finished: Finished) -> None:
        self.reason, self.problem = finished.reason, finished.problem
        self.tokens, self.timings, self.receipt = finished.tokens, finished.timings, finished.receipt
        self.state = "ended"
        self._ended.set()

    @property
    def signed(self) -> bool:
        """Whether there is nothing to wait for in its receipt."""
        return self.receipt is None or bool(self.receipt.model_hash)

    def sign(self, model_hash: str) -> None:
        if self.receipt:
            self.receipt = replace(self.receipt, model_hash=model_hash)


@dataclass(frozen=True)
class _Wanted:
    """What is to be loaded; `signature` tells a file written anew from the one that was loaded."""

    model: Path
    loading: Loading
    signature: tuple[int, ...]


class Engine:
    """One model in one child process; a child that died is replaced at the next prompt.

    `on_event` hears of everything the child sends, on a thread of the engine's, after the engine has taken note.
    """

    def __init__(self, loading: Loading = Loading(), command: Sequence[str] | None = None) -> None:
        self.on_event: Callable[[Event], None] | None = None
        self.loading = loading
        self.ready: Ready | None = None
        self.facts: ModelFacts | None = None
        self._command = list(command or child_command())
        self._child: ChildProcess | None = None
        self._asked: _Wanted | None = None
        self._loads = 0
        self._running: dict[int, Generation] = {}
        self._hashes: dict[str, str] = {}
        self._unhashed: list[Generation] = []
        self._stopping: dict[int, int] = {}
        self._opening: dict[int, Future[ContextOpened]] = {}
        self._embedding: dict[int, Future[tuple[Vector, ...]]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._reader: threading.Thread | None = None
        self._watch: threading.Thread | None = None

    # ---- what can be asked

    @property
    def pid(self) -> int | None:
        """The child's process id, or nothing while there is none."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Starts the child ahead of the first prompt. Raises EngineError."""
        with self._lock:
            self._child_now()

    def load(self, model: Path) -> None:
        """Loads `model` as `loading` says, unless it is or is being loaded so. Raises EngineError."""
        wanted = self._wanted(model)
        with self._lock:
            self._load(wanted, self._child_now())

    def generate(self, prompt: Prompt, context: int = CHAT) -> Generation:
        """Answers `prompt`, its model loaded first where another one is. Raises EngineError."""
        wanted = self._wanted(prompt.model)
        with self._lock:
            child = self._child_now()
            self._load(wanted, child)
            generation = Generation(next(self._numbers), prompt, self._stop)
            self._running[generation.id] = generation
            child.send(Generate(generation.id, prompt, context))
            return generation

    def open_context(self, model: Path, sequences: int, tokens: int, shared: bool) -> ContextOpened:
        """Opens a context of its own shape on `model` (see OpenContext) and waits for it. Raises UserError."""
        wanted = self._wanted(model)
        with self._lock:
            child = self._child_now()
            self._load(wanted, child)
            number = next(self._numbers)
            opening = self._opening[number] = Future()
            child.send(OpenContext(number, sequences, tokens, shared))
        return opening.result()

    def close_context(self, context: int) -> None:
        with self._lock:
            if self._child:
                self._child.send(CloseContext(context))

    def embed(self, model: Path, texts: Sequence[str]) -> tuple[Vector, ...]:
        """One vector of length 1 for each text; waits. Raises UserError."""
        wanted = self._wanted(model)
        with self._lock:
            child = self._child_now()
            self._load(wanted, child)
            number = next(self._numbers)
            embedding = self._embedding[number] = Future()
            child.send(Embed(number, tuple(texts)))
        return embedding.result()

    def cancel_load(self) -> None:
        with self._lock:
            if self._child and self._loads:
                self._cancel(self._child)

    def close(self) -> None:
        """Ends the child; what it was writing ends as stopped."""
        with self._lock:
            child, self._child = self._child, None
            self._closed.set()
            self._end_all(_STOPPED, _CLOSED)
        if child:
            child.leave()
        for thread in (self._reader, self._watch):
            if thread and thread is not threading.current_thread():
                thread.join(CLOSE_SECONDS)

    # ---- the child

    def _child_now(self) -> ChildProcess:
        if self._closed.is_set():
            raise EngineError(_CLOSED)
        if self._child is None:
            self._child = self._new_child()
        return self._child

    def _new_child(self) -> ChildProcess:
        try:
            child = ChildProcess(self._command, child_environment())
        except OSError as error:
            values = {"reason": error.strerror or str(error)}
            text, remedy = "The engine could not be started ({reason}).", "Close other programs and ask again."
            raise EngineError(Problem(text, remedy, values, "retry")) from error
        self._reader = start_thread(self._read, "engine-events", child)
        self._watch = self._watch or start_thread(self._keep_watch, "engine-watch")
        return child

    def _wanted(self, model: Path) -> _Wanted:
        return _Wanted(model, self.loading, _signature(model))

    def _load(self, wanted: _Wanted, child: ChildProcess) -> None:
        if wanted != self._asked:
            self._asked = wanted
            self._loads += 1
            child.send(Load(wanted.model, wanted.loading))

    def _cancel(self, child: ChildProcess) -> None:
        """The next prompt asks for the load anew: whether this one still ends well is not known yet."""
        self._asked = None
        child.send(CancelLoad())

    def _stop(self, generation: Generation) -> None:
        with self._lock:
            if generation.id not in self._running or not self._child:
                return
            self._child.send(Stop(generation.id))
            if generation.state == "waiting":
                self._end_waiting(generation, self._child)
            else:
                self._stopping.setdefault(generation.id, 0)

    def _end_waiting(self, generation: Generation, child: ChildProcess) -> None:
        """Ends it without the child, which may be loading or finishing others for long before it gets to it."""
        self._end(self._running.pop(generation.id), _STOPPED)
        if self._loads and not (self._running or self._opening or self._embedding):
            self._cancel(child)

    # ---- on the reader's thread

    def _read(self, child: ChildProcess) -> None:
        try:
            for event in child.events():
                with self._lock:
                    self._note(event, child)
                self._tell(event)
        finally:
            self._mourn(child)

    def _tell(self, event: Event) -> None:
        """A mistake of who listens is reported as one, and the answers go on."""
        try:
            if self.on_event and not self._closed.is_set():
                self.on_event(event)
        except Exception:
            sys.excepthook(*sys.exc_info())

    def _note(self, event: Event, child: ChildProcess) -> None:
        match event:
            case Stepped(deltas):
                for delta in deltas:
                    if delta.generation in self._running:
                        self._running[delta.generation].grow(delta)
            case PromptProgress(generation) if generation in self._running:
                self._running[generation].read(event)
            case Finished(generation) if generation in self._running:
                self._stopping.pop(generation, None)
                self._end(self._running.pop(generation), event)
            case Hashed(path, found):
                self._hashes[str(path)] = found
                self._sign()
            case Ready():
                self.ready, child.ready = event, True
            case Loaded(facts):
                self._hashes.pop(str(facts.path), None)
                self._note_load(facts)
            case LoadFailed():
                self._note_load(None)
            case ContextOpened(context) if context in self._opening:
                self._opening.pop(context).set_result(event)
            case ContextFailed(context, problem) if context in self._opening:
                self._opening.pop(context).set_exception(UserError(problem))
            case Embedded(request, vectors, problem) if request in self._embedding:
                _resolve(self._embedding.pop(request), vectors, problem)

    def _note_load(self, facts: ModelFacts | None) -> None:
        """A failed load is asked for again at the next prompt, unless another one is on its way."""
        self.facts = facts
        self._loads = max(self._loads - 1, 0)
        if not facts and not self._loads:
            self._asked = None

    def _end(self, generation: Generation, finished: Finished) -> None:
        generation.end(finished)
        if not generation.signed:
            self._unhashed.append(generation)
            self._sign()

    def _sign(self) -> None:
        """Each answer gets the hash of its own model's file, whichever of hash and answer came first."""
        for generation in list(self._unhashed):
            found = generation.receipt and self._hashes.get(generation.receipt.model_path)
            if found:
                generation.sign(found)
                self._unhashed.remove(generation)

    def _mourn(self, child: ChildProcess) -> None:
        """A child is gone: its answers end with their text kept, and everyone who waits is told."""
        problem = child.reap()
        with self._lock:
            if self._closed.is_set():
                return
            self._child, self.facts, self._asked, self._loads = None, None, None, 0
            self._hashes.clear()
            self._unhashed.clear()
            self._end_all(Finished(0, "failed", problem=problem), problem)
        self._tell(Died(problem))

    def _end_all(self, finished: Finished, problem: Problem) -> None:
        for generation in list(self._running.values()):
            generation.end(_STOPPED if generation.stop_asked else finished)
        waiting: list[Future[Any]] = [*self._opening.values(), *self._embedding.values()]
        for future in waiting:
            future.set_exception(EngineError(problem))
        for over in (self._running, self._stopping, self._opening, self._embedding):
            over.clear()

    # ---- on the watch's thread

    def _keep_watch(self) -> None:
        """Ticks are counted, not time: a computer that slept has not been silent."""
        while not self._closed.wait(TICK_SECONDS):
            with self._lock:
                if self._child:
                    self._judge(self._child)

    def _judge(self, child: ChildProcess) -> None:
        if not child.listened:
            return
        child.silent += 1
        self._count_stops()
        if child.silent > (SILENT_TICKS if child.ready else max(SILENT_TICKS, START_TICKS)):
            child.kill(Problem("The engine did not answer any more and was ended.", "Ask again.", {}, "retry"))
        elif any(ticks > STOP_TICKS for ticks in self._stopping.values()):
            child.kill(Problem("The engine could not be stopped and was ended.", "Ask again.", {}, "retry"))

    def _count_stops(self) -> None:
        """Opening a context and embedding go on to their end before a stop is heeded."""
        if not self._opening and not self._embedding:
            for generation in self._stopping:
                self._stopping[generation] += 1


_CLOSED = Problem("The engine is closed already.", "Start the program again.")
_STOPPED = Finished(0, "stopped")


def _resolve(future: Future[tuple[Vector, ...]], vectors: tuple[Vector, ...], problem: Problem | None) -> None:
    if problem:
        future.set_exception(UserError(problem))
    else:
        future.set_result(vectors)


def _signature(model: Path) -> tuple[int, ...]:
    try:
        facts = os.stat(model)
    except OSError:
        return ()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
