"""The near end of the pipe: one model in one child process, and the answers it is writing."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from desktop_llm.conversation import Prompt, Reason, Receipt, Timings, TokenCounts
from desktop_llm.engine.child import CLOSE_SECONDS, ChildProcess, child_command, child_environment, start_thread
from desktop_llm.engine.kept_states import delete_states
from desktop_llm.engine.ladder import Ladder
from desktop_llm.engine.messages import (
    CancelLoad,
    Cause,
    Checked,
    CheckGrammar,
    CloseContext,
    Command,
    ContextFailed,
    ContextOpened,
    CountTokens,
    Delta,
    Died,
    Embed,
    Embedded,
    Event,
    Finished,
    Generate,
    Hashed,
    Inspect,
    Inspected,
    Load,
    Loaded,
    LoadFailed,
    LoadingAgain,
    LookAhead,
    LookedAhead,
    ModelFacts,
    OpenContext,
    PromptProgress,
    Queued,
    Ready,
    Stepped,
    Stop,
    TokensCounted,
    Unloaded,
)
from desktop_llm.errors import EngineError, Problem, UserError
from desktop_llm.experience import Experience
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

Vector = tuple[float, ...]
Found = TypeVar("Found")
_Told = Inspected | LookedAhead | TokensCounted | Checked
_End = Finished | ContextOpened | ContextFailed | Embedded | _Told
CHAT = 0
TICK_SECONDS = 1.0
SILENT_TICKS = 30
START_TICKS = 120
STOP_TICKS = 5
UNLOAD_SECONDS = 1.0
TOKENS_THAT_TELL_SPEED = 16
STATES_CAP = 4 * 1024**3
LIKELY_TOKENS = 200
"""So many of them hold nearly all the probability there is."""


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
        self.queued = False
        """Whether it waits until another answer has ended or made room."""
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
        self.progress, self.queued = progress, False
        if self.state == "waiting":
            self.state = "reading"

    def grow(self, delta: Delta) -> None:
        self._last = time.monotonic()
        self._first = self._first or self._last
        self.state, self.queued = "writing", False
        self.generated += delta.tokens
        self.text += delta.text

    def end(self, finished: Finished) -> None:
        self.reason, self.problem = finished.reason, finished.problem
        self.tokens, self.timings, self.receipt = finished.tokens, finished.timings, finished.receipt
        self.state, self.queued = "ended", False
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
    shape: Shape | None = field(default=None, compare=False)


@dataclass
class _Attempt:
    """A load: `loading` is what is tried, or worked in the end."""

    wanted: _Wanted
    loading: Loading
    ladder: Ladder | None = None
    cancelled: bool = False

    @property
    def fell_back(self) -> bool:
        """Whether the graphics card was wished for and could not be had."""
        return self.loading.gpu_layers == 0 != self.wanted.loading.gpu_layers


@dataclass(frozen=True)
class _Held:
    """A command that waits until its model is loaded; without one the model alone is wanted."""

    wanted: _Wanted
    number: int = 0
    command: Command | None = None


class Engine:
    """One model in one child process; a child that died is replaced at the next prompt.

    A load that fails is tried again in less memory; what waits for it goes on waiting. `loading` stays what was asked.
    `on_event` hears of everything the child sends, on a thread of the engine's, after the engine has taken note.
    """

    def __init__(
        self,
        loading: Loading = Loading(),
        command: Sequence[str] | None = None,
        experience: Experience | None = None,
        shape_of: Callable[[Path], Shape | None] | None = None,
        states: Path | None = None,
    ) -> None:
        self.on_event: Callable[[Event], None] | None = None
        self.loading = loading
        self.unload_after = 0.0
        """Seconds without a question after which the memory is given back; 0: never."""
        self.spare_battery = False
        """Whether fewer threads compute on battery; from the next load on."""
        self.states = states
        """The folder where the state of long chats is kept, nothing for nowhere; from the next load on."""
        self.states_cap = STATES_CAP
        """How many bytes of them are kept at most."""
        self.ready: Ready | None = None
        self.facts: ModelFacts | None = None
        self._command = list(command or child_command())
        self._experience = experience or Experience(None)
        self._shape_of = shape_of
        self._child: ChildProcess | None = None
        self._asked: _Wanted | None = None
        self._attempt: _Attempt | None = None
        self._loaded: _Attempt | None = None
        self._held: list[_Held] = []
        self._sent: set[int] = set()
        self._running: dict[int, Generation] = {}
        self._hashes: dict[str, str] = {}
        self._unhashed: list[Generation] = []
        self._stopping: dict[int, int] = {}
        self._opening: dict[int, Future[ContextOpened]] = {}
        self._embedding: dict[int, Future[tuple[Vector, ...]]] = {}
        self._inspecting: dict[int, Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._idle_ticks = 0
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._reader: threading.Thread | None = None
        self._watch: threading.Thread | None = None

    # ---- what can be asked

    @property
    def pid(self) -> int | None:
        """The child's process id, or nothing while there is none."""
        return self._child.pid if self._child else None

    @property
    def loaded_as(self) -> Loading | None:
        """How the loaded model was asked to be loaded; nothing where none is."""
        loaded = self._loaded
        return loaded.wanted.loading if loaded else None

    def start(self) -> None:
        """Starts the child ahead of the first prompt. Raises EngineError."""
        with self._lock:
            self._child_now()

    def load(self, model: Path) -> None:
        """Loads `model` as `loading` says, unless it is or is being loaded so. Raises EngineError."""
        wanted = self._wanted(model)
        with self._lock:
            self._child_now()
            self._hold(_Held(wanted))

    def generate(self, prompt: Prompt, context: int = CHAT, keep: bool = True) -> Generation:
        """Answers `prompt`, its model loaded first where another one is. Raises EngineError.

        `keep`: whether its state may be kept in `states`; a chat of which nothing is to be left asks not to.
        """
        wanted = self._wanted(prompt.model)
        with self._lock:
            self._child_now()
            generation = Generation(next(self._numbers), prompt, self._stop)
            self._running[generation.id] = generation
            self._hold(_Held(wanted, generation.id, Generate(generation.id, prompt, context, keep)))
            return generation

    def open_context(
        self, model: Path, sequences: int, tokens: int, shared: bool, most: int = 64
    ) -> ContextOpened:
        """Opens a context of its own shape on `model` (see OpenContext) and waits for it. Raises UserError."""
        return self.opening_context(model, sequences, tokens, shared, most).result()

    def opening_context(
        self, model: Path, sequences: int, tokens: int, shared: bool, most: int = 64
    ) -> Future[ContextOpened]:
        """The same to come; how many sequences are best may have to be measured first. Raises EngineError."""
        wanted = self._wanted(model)
        with self._lock:
            self._child_now()
            number = next(self._numbers)
            opening: Future[ContextOpened] = Future()
            self._opening[number] = opening
            self._hold(_Held(wanted, number, OpenContext(number, sequences, tokens, shared, most)))
        return opening

    def close_context(self, context: int) -> None:
        with self._lock:
            if self._child:
                self._child.send(CloseContext(context))

    def embed(self, model: Path, texts: Sequence[str]) -> tuple[Vector, ...]:
        """One vector of length 1 for each text; waits. Raises UserError."""
        wanted = self._wanted(model)
        with self._lock:
            self._child_now()
            number = next(self._numbers)
            embedding = self._embedding[number] = Future()
            self._hold(_Held(wanted, number, Embed(number, tuple(texts))))
        return embedding.result()

    def inspect(self, prompt: Prompt, context: int = CHAT) -> Inspected:
        """What the model would see of `prompt`; waits, a running answer goes on meanwhile. Raises UserError.

        One too long is not refused: `tokens` are more than `limit` then.
        """
        return self.inspecting(prompt, context).result()

    def inspecting(self, prompt: Prompt, context: int = CHAT) -> Future[Inspected]:
        """The same to come. Raises EngineError; what waits for it hears on a thread of the engine's."""
        wanted = self._wanted(prompt.model)
        with self._lock:
            self._child_now()
            number = next(self._numbers)
            inspecting = self._inspecting[number] = Future()
            self._hold(_Held(wanted, number, Inspect(number, prompt, context)))
        return inspecting

    def next_tokens(self, prompt: Prompt, count: int = LIKELY_TOKENS, *, loads: bool = True) -> Future[LookedAhead]:
        """The likeliest next tokens of `prompt` to come, looked for once no answer is written. Raises EngineError.

        Not `loads`: only where the model stands ready, as it is to be.
        """
        wanted = self._wanted(prompt.model)
        with self._lock:
            if not loads and (self._attempt or not self._loaded or self._loaded.wanted != wanted):
                raise EngineError(_NOT_LOADED)
            self._child_now()
            number = next(self._numbers)
            looking: Future[LookedAhead] = Future()
            self._inspecting[number] = looking
            self._hold(_Held(wanted, number, LookAhead(number, prompt, count)))
        return looking

    def count_tokens(self, model: Path, texts: Sequence[str]) -> Future[tuple[int, ...]]:
        """How many tokens each text has by itself, to come; loads the model. Raises EngineError."""
        wanted = self._wanted(model)
        with self._lock:
            self._child_now()
            number = next(self._numbers)
            counting: Future[tuple[int, ...]] = Future()
            self._inspecting[number] = counting
            self._hold(_Held(wanted, number, CountTokens(number, tuple(texts))))
        return counting

    def check_grammar(self, grammar: str, schema: str = "") -> Future[Checked]:
        """Whether they can be compiled, to come; no model need be loaded for it. Raises EngineError."""
        with self._lock:
            child, number = self._child_now(), next(self._numbers)
            checking: Future[Checked] = Future()
            self._inspecting[number] = checking
            self._idle_ticks = 0
            self._sent.add(number)
            child.send(CheckGrammar(number, grammar, schema))
        return checking

    def delete_states(self) -> None:
        """Deletes the kept states of all chats: they hold what was said in them."""
        if self.states is not None:
            delete_states(self.states)

    def cancel_load(self) -> None:
        """Ends the load under way or the next one; what waits for it fails."""
        with self._lock:
            wanted = self._attempt.wanted if self._attempt else self._held[0].wanted if self._held else None
            if wanted:
                self._fail_held(wanted, _load_stopped(wanted.model))
                self._cancel()

    def unload(self) -> None:
        """Gives the memory back: what is being written ends as stopped, the next prompt loads its model again."""
        with self._lock:
            child = self._dismiss(_UNLOADED)
        if child:
            child.leave(UNLOAD_SECONDS)

    def close(self) -> None:
        """Ends the child; what it was writing ends as stopped."""
        with self._lock:
            self._closed.set()
            child = self._dismiss(_CLOSED)
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

    def _dismiss(self, problem: Problem) -> ChildProcess | None:
        """All it was doing ends here; its reader tells when it is gone."""
        child, self._child = self._child, None
        if child:
            child.unloads = self._loaded.wanted.model if self._loaded else None
        self._end_all(_STOPPED, problem)
        self._forget_child()
        return child

    def _forget_child(self) -> None:
        self.facts, self._attempt, self._loaded = None, None, None
        self._sent.clear()
        self._hashes.clear()
        self._unhashed.clear()

    # ---- loading: one model at a time; what is asked of another one is held back until that is loaded

    def _wanted(self, model: Path) -> _Wanted:
        """The file is read only where something else was asked for just before."""
        wanted, asked = _Wanted(model, self.loading, _signature(model)), self._asked
        if asked is None or asked != wanted:
            asked = self._asked = replace(wanted, shape=self._shape(model))
        return asked

    def _shape(self, model: Path) -> Shape | None:
        """What is wrong with a file that cannot be read is told by llama.cpp."""
        try:
            return self._shape_of(model) if self._shape_of else None
        except Exception:
            return None

    def _hold(self, held: _Held) -> None:
        self._idle_ticks = 0
        self._held.append(held)
        self._advance()

    def _advance(self) -> None:
        """Sends what the loaded model is asked; when all of that is done, another model may be loaded."""
        while self._held and self._child and self._child.ready and not self._attempt:
            held = self._held[0]
            if not self._loaded or held.wanted != self._loaded.wanted:
                if not self._sent:
                    self._begin(held.wanted, self._child)
                self._note_queued()
                return
            self._held.pop(0)
            if held.command:
                self._sent.add(held.number)
                self._child.send(held.command)

    def _note_queued(self) -> None:
        """What is held waits for answers of the model that is loaded, until there are none."""
        answers = not self._sent.isdisjoint(self._running)
        for held in self._held:
            if held.number in self._running:
                self._running[held.number].queued = answers

    def _begin(self, wanted: _Wanted, child: ChildProcess) -> None:
        """Starts with what worked when the same was asked for before, with the same devices."""
        lesson = self._experience.of(wanted.model)
        known = lesson.asked == wanted.loading and lesson.devices == self._devices
        self._try(_Attempt(wanted, (known and lesson.worked) or wanted.loading), child)

    def _try(self, attempt: _Attempt, child: ChildProcess) -> None:
        self._attempt, self._loaded = attempt, None
        wanted = attempt.wanted
        kept = self.states, self.states_cap
        child.send(Load(wanted.model, attempt.loading, wanted.shape, self.spare_battery, *kept))

    @property
    def _devices(self) -> tuple[str, ...]:
        return tuple(device.name for device in self.ready.devices) if self.ready else ()

    def _step_down(self, attempt: _Attempt, cause: Cause, problem: Problem, gpu_layers: int = -1) -> Event | None:
        """Chooses what to try next; nothing where that cannot help or nobody wants it any more."""
        if attempt.cancelled:
            return None
        gpu = any(device.kind in ("GPU", "IGPU") for device in self.ready.devices) if self.ready else False
        attempt.ladder = attempt.ladder or Ladder(attempt.loading, gpu, attempt.wanted.shape, gpu_layers)
        rung = attempt.ladder.next(cause)
        if rung is None:
            return None
        attempt.loading = rung.loading
        return LoadingAgain(attempt.wanted.model, rung.loading, replace(rung.problem, details=problem.details))

    def _cancel(self) -> None:
        """Whether the load still ends well is not known yet: who asks for the model now is answered after that."""
        if self._attempt and self._child:
            self._attempt.cancelled = True
            self._child.send(CancelLoad())

    def _stop(self, generation: Generation) -> None:
        with self._lock:
            if generation.id not in self._running or not self._child:
                return
            if generation.id not in self._sent:
                self._end_held(generation)
                return
            self._child.send(Stop(generation.id))
            if generation.state == "waiting":
                # The child may be busy with others for long before it gets to it.
                self._end(self._running.pop(generation.id), _STOPPED)
            else:
                self._stopping.setdefault(generation.id, 0)

    def _end_held(self, generation: Generation) -> None:
        """A load that nobody waits for any more ends with it."""
        self._end(self._running.pop(generation.id), _STOPPED)
        stopped = next(held for held in self._held if held.number == generation.id)
        self._held.remove(stopped)
        if not any(held.command and held.wanted == stopped.wanted for held in self._held):
            self._held = [held for held in self._held if held.wanted != stopped.wanted]
            if self._attempt and self._attempt.wanted == stopped.wanted:
                self._cancel()
        self._advance()

    def _fail_held(self, wanted: _Wanted, problem: Problem) -> None:
        """Everyone who waits for a model that will not be loaded is told why."""
        failed = [held.number for held in self._held if held.wanted == wanted]
        self._held = [held for held in self._held if held.wanted != wanted]
        self._end_these(failed, Finished(0, "failed", problem=problem), problem)

    # ---- on the reader's thread

    def _read(self, child: ChildProcess) -> None:
        try:
            for event in child.events():
                with self._lock:
                    told = self._note(event, child) if child is self._child else ()
                for what in told:
                    self._tell(what)
                    self._learn(what)
        finally:
            self._mourn(child)

    def _tell(self, event: Event) -> None:
        """A mistake of who listens is reported as one, and the answers go on."""
        try:
            if self.on_event and not self._closed.is_set():
                self.on_event(event)
        except Exception:
            sys.excepthook(*sys.exc_info())

    def _note(self, event: Event, child: ChildProcess) -> tuple[Event, ...]:
        """Returns what is to be told."""
        match event:
            case Stepped(deltas):
                for delta in deltas:
                    if delta.generation in self._running:
                        self._running[delta.generation].grow(delta)
            case Queued(generation) if generation in self._running:
                self._running[generation].queued = True
            case PromptProgress(generation) if generation in self._running:
                self._running[generation].read(event)
            case Hashed(path, found):
                self._hashes[str(path)] = found
                self._sign()
            case Ready():
                self.ready, child.ready = event, True
                return event, *self._resume(child)
            case Loaded():
                return (self._note_loaded(event),)
            case LoadFailed():
                return (self._note_failed(event, child),)
            case Finished() | ContextOpened() | ContextFailed() | Embedded():
                self._note_end(event)
            case Inspected() | LookedAhead() | TokensCounted() | Checked():
                self._note_end(event)
        return (event,)

    def _note_end(self, event: _End) -> None:
        match event:
            case Finished(number) if number in self._running:
                self._stopping.pop(number, None)
                self._end(self._running.pop(number), event)
            case ContextOpened(number) if number in self._opening:
                self._opening.pop(number).set_result(event)
            case ContextFailed(number, problem) if number in self._opening:
                self._opening.pop(number).set_exception(UserError(problem))
            case Embedded(number, vectors, embed_problem) if number in self._embedding:
                _resolve(self._embedding.pop(number), vectors, embed_problem)
            case Inspected(number) | LookedAhead(number) if number in self._inspecting:
                _resolve(self._inspecting.pop(number), event, event.problem)
            case TokensCounted(number, counts) if number in self._inspecting:
                _resolve(self._inspecting.pop(number), counts, event.problem)
            case Checked(number) if number in self._inspecting:
                self._inspecting.pop(number).set_result(event)
        self._sent.discard(_number(event))
        self._advance()

    def _resume(self, child: ChildProcess) -> tuple[Event, ...]:
        """A new child stands: it goes on with the load at which the last one died."""
        attempt = self._attempt
        if attempt and attempt.cancelled:
            self._attempt = None
            stopped = LoadFailed(attempt.wanted.model, _load_stopped(attempt.wanted.model))
            self._advance()
            return (stopped,)
        if attempt:
            self._try(attempt, child)
        else:
            self._advance()
        return ()

    def _note_loaded(self, loaded: Loaded) -> Loaded:
        self._hashes.pop(str(loaded.facts.path), None)
        if self._attempt:
            self._loaded, self._attempt = self._attempt, None
            if self._loaded.fell_back:
                # The child knows only what it was told in the end, not that more was wished.
                loaded = replace(loaded, facts=replace(loaded.facts, why=_FELL_BACK))
        self.facts = loaded.facts
        self._advance()
        return loaded

    def _note_failed(self, failed: LoadFailed, child: ChildProcess) -> Event:
        """Tries it another way, or else tells all who wait; what nobody tries was lost after it had been loaded."""
        attempt, self.facts, self._loaded = self._attempt, None, None
        if not attempt or attempt.wanted.model != failed.path:
            return failed
        again = self._step_down(attempt, failed.cause, failed.problem, failed.gpu_layers)
        if again:
            self._try(attempt, child)
            return again
        self._attempt = None
        if not attempt.cancelled:
            self._fail_held(attempt.wanted, failed.problem)
        self._advance()
        return failed

    def _learn(self, event: Event) -> None:
        match event:
            case Loaded(facts):
                loaded, used = self._loaded, facts.memory
                if loaded and loaded.wanted.model == facts.path:
                    memory = used.weights + used.cache + used.compute + used.gpu
                    asked = loaded.wanted.loading
                    self._experience.note_loaded(facts.path, asked, loaded.loading, memory, self._devices)
            case Finished(_, _, tokens, timings, receipt) if receipt and not self._running:
                # An answer beside others would tell too little.
                if tokens.generated >= TOKENS_THAT_TELL_SPEED and timings.generation > 0:
                    speed = (tokens.generated - 1) / timings.generation
                    self._experience.note_answer(Path(receipt.model_path), speed)

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
            told = self._bury(child, problem) if child is self._child else Unloaded(child.unloads)
        self._tell(told)

    def _bury(self, child: ChildProcess, problem: Problem) -> Event:
        """What it was asked fails; a load at which it died is tried another way in a new child."""
        attempt, self._child = self._attempt, None
        failed, again = Finished(0, "failed", problem=problem), None
        self._end_these(self._sent, failed, problem)
        self._forget_child()
        if not child.ready:
            self._end_all(failed, problem)
        elif attempt:
            again = self._step_down(attempt, "crash", problem) if child.crashed else None
            if again:
                self._attempt = attempt
            elif not attempt.cancelled:
                self._fail_held(attempt.wanted, problem)
        return self._restarted() or again or Died(problem)

    def _restarted(self) -> Event | None:
        """Starts another child where something waits for one; returns what stands in the way."""
        try:
            if self._held or self._attempt:
                self._child_now()
        except EngineError as error:
            self._attempt = None
            self._end_all(Finished(0, "failed", problem=error.problem), error.problem)
            return Died(error.problem)
        return None

    def _end_all(self, finished: Finished, problem: Problem) -> None:
        self._held.clear()
        self._end_these((*self._running, *self._opening, *self._embedding, *self._inspecting), finished, problem)

    def _end_these(self, numbers: Iterable[int], finished: Finished, problem: Problem) -> None:
        for number in numbers:
            self._stopping.pop(number, None)
            generation = self._running.pop(number, None)
            if generation:
                generation.end(_STOPPED if generation.stop_asked else finished)
            for waiting in (self._opening, self._embedding, self._inspecting):
                future: Future[Any] | None = waiting.pop(number, None)
                if future:
                    future.set_exception(EngineError(problem))

    # ---- on the watch's thread

    def _keep_watch(self) -> None:
        """Ticks are counted, not time: a computer that slept has not been silent."""
        while not self._closed.wait(TICK_SECONDS):
            with self._lock:
                if self._child:
                    self._judge(self._child)
                tired = self._dismiss(_UNLOADED) if self._rested_long() else None
            if tired:
                tired.leave(UNLOAD_SECONDS)

    def _rested_long(self) -> bool:
        """Whether the model was of no use for so long that it is to go; its file being hashed is use too."""
        busy = self._running or self._held or self._attempt or self._opening or self._embedding or self._inspecting
        hashed = self.facts and str(self.facts.path) in self._hashes
        self._idle_ticks = self._idle_ticks + 1 if hashed and not busy else 0
        return 0 < self.unload_after <= self._idle_ticks * TICK_SECONDS

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
        if self._sent.isdisjoint((*self._opening, *self._embedding)):
            for generation in self._stopping:
                self._stopping[generation] += 1


_CLOSED = Problem("The engine is closed already.", "Start the program again.")
_FELL_BACK = Problem("It could not be loaded on the graphics card.", "Choose a smaller model or context.")
_NOT_LOADED = Problem("The model is not in memory yet.", "Send it a message first.")
_UNLOADED = Problem("The model was unloaded meanwhile.", "Ask again.", {}, "retry")
_STOPPED = Finished(0, "stopped")


def _load_stopped(model: Path) -> Problem:
    return Problem("Loading {name} was stopped.", "", {"name": model.name})


def _number(event: _End) -> int:
    """What was asked for gets one number, whatever it was."""
    match event:
        case Finished(number) | ContextOpened(number) | ContextFailed(number) | Embedded(number):
            return number
        case Inspected(number) | LookedAhead(number) | TokensCounted(number) | Checked(number):
            return number


def _resolve(future: Future[Found], found: Found, problem: Problem | None) -> None:
    if problem:
        future.set_exception(UserError(problem))
    else:
        future.set_result(found)


def _signature(model: Path) -> tuple[int, ...]:
    try:
        facts = os.stat(model)
    except OSError:
        return ()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
