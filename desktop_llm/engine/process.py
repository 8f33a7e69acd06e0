"""The engine's child: commands in on stdin, events out on stdout, llama.cpp's log on stderr."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from desktop_llm.conversation import Receipt
from desktop_llm.engine import llama
from desktop_llm.engine.bare import bare_speed
from desktop_llm.engine.batch import Batch, ContextLost, Ended, Looked, Outcome
from desktop_llm.engine.grammar import problem_of
from desktop_llm.engine.kept_states import KeptStates
from desktop_llm.engine.messages import (
    Beat,
    CancelLoad,
    Checked,
    CheckGrammar,
    CloseContext,
    Command,
    ContextFailed,
    ContextOpened,
    CountTokens,
    Embed,
    Embedded,
    Event,
    Finished,
    Generate,
    Hashed,
    Inspect,
    Inspected,
    LikelyToken,
    Load,
    Loaded,
    LoadFailed,
    LoadProgress,
    LookAhead,
    LookedAhead,
    ModelFacts,
    OpenContext,
    Ready,
    Stepped,
    Stop,
    TokensCounted,
    read_frame,
    write_frame,
)
from desktop_llm.engine.prompt import PromptReader, Read, Seen
from desktop_llm.engine.sequence import Sequence
from desktop_llm.engine.template import ChatTemplate
from desktop_llm.errors import ModelError, Problem, UserError
from desktop_llm.fields import plain, revive
from desktop_llm.memory import CHAT_SEQUENCES
from desktop_llm.settings import Loading

CHAT = 0
BEAT_SECONDS = 0.25
SOON = 0.003
LEAVE_SECONDS = 0.8
Question = Inspect | LookAhead | CountTokens | CheckGrammar
Prepared = tuple[Read, tuple[tuple[int, ...], bytes] | None]
"""A prompt's tokens, and what the disk holds of them."""


class Pipe:
    """The child's side of the pipe: `send` from any thread; commands arrive in `commands`, stops at once."""

    def __init__(self, commands: BinaryIO, events: BinaryIO, child: Child) -> None:
        self._in, self._out, self._child = commands, events, child
        self._writing = threading.Lock()
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._beat, daemon=True).start()

    def send(self, event: Event) -> None:
        try:
            with self._writing:
                write_frame(self._out, event)
        except OSError:
            os._exit(0)

    def _read(self) -> None:
        try:
            while (command := read_frame(self._in)) is not None:
                self._child.heed(command)
                self.commands.put(command)
        finally:
            self._child.leave()
            os._exit(0)

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            self.send(Beat())


class Child:
    """One model and its contexts; a loop that works the commands in order and steps whatever runs."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        self._pipe = Pipe(commands, events, self)
        self._model: llama.Model | None = None
        self._facts: ModelFacts | None = None
        self._load_problem = Problem("No model is loaded.", "Choose a model first.", {}, "choose-model")
        self._batches: dict[int, Batch] = {}
        self._reader: PromptReader | None = None
        self._todo: deque[Command] = deque()
        self._preparing: list[tuple[Generate, float, Future[Prepared]]] = []
        self._inspecting: list[tuple[Question, Future[Any]]] = []
        self._stopped: set[int] = set()
        self._loads_heard = self._loads_begun = self._loads_cancelled = 0
        self._threads = ThreadPoolExecutor(2, "prepare")
        self._inspector = ThreadPoolExecutor(1, "inspect")
        self._kept: KeptStates | None = None
        self._settling = threading.Lock()
        self._hash: Future[str] = Future()
        self._sequences_measured: dict[int, float] = {}

    # ---- on the pipe's thread

    def heed(self, command: Command) -> None:
        """Takes at once what cannot wait for its turn: a stop, and the end of a load."""
        if isinstance(command, Stop):
            self._stopped.add(command.generation)
            for batch in list(self._batches.values()):
                if batch.reads(command.generation):
                    batch.context.abort()
        elif isinstance(command, Load):
            self._loads_heard += 1
        elif isinstance(command, CancelLoad):
            # Also the one that is heard of but not begun.
            self._loads_cancelled = self._loads_heard

    def leave(self) -> None:
        """What is being kept on disk gets a moment more."""
        if self._settling.acquire(timeout=LEAVE_SECONDS) and self._kept:
            self._kept.finish(LEAVE_SECONDS)

    # ---- the loop

    def run(self) -> None:
        llama.begin()
        self._pipe.start()
        self._pipe.send(Ready(os.getpid(), llama.ENGINE, llama.system_info(), llama.devices()))
        while True:
            self._take_commands()
            self._take_prepared()
            self._take_inspected()
            for number, batch in list(self._batches.items()):
                if not batch.idle:
                    self._step(number, batch)

    def _take_commands(self) -> None:
        wait = not self._todo and all(batch.idle for batch in self._batches.values())
        try:
            while True:
                timeout = None if wait and not self._looking else 0.002 if wait else 0
                self._todo.append(self._pipe.commands.get(timeout != 0, timeout))
                wait = False
        except queue.Empty:
            pass
        while self._todo and not (isinstance(self._todo[0], Load) and self._busy):
            self._obey(self._todo.popleft())

    @property
    def _looking(self) -> bool:
        """Whether a prompt is being read."""
        return bool(self._preparing or self._inspecting)

    @property
    def _busy(self) -> bool:
        return self._looking or any(not batch.idle for batch in self._batches.values())

    def _obey(self, command: Command) -> None:
        match command:
            case Load():
                self._load(command)
            case Generate():
                self._prepare(command)
            case OpenContext():
                self._open(command)
            case CloseContext():
                self._close_context(command.context)
            case Embed():
                self._embed(command)
            case Inspect() | LookAhead() | CountTokens() | CheckGrammar():
                self._inspect(command)
            case Stop() | CancelLoad():
                pass

    # ---- loading

    def _load(self, command: Load) -> None:
        self._unload()
        self._loads_begun += 1
        begun = time.monotonic()
        self._pipe.send(LoadProgress(command.path, 0.0))
        try:
            self._model = llama.Model(command.path, command.loading, self._loading(command.path), command.shape)
            self._model.pace.spare_battery = command.spare_battery
            self._reader = PromptReader(self._model)
            self._facts = replace(self._model.facts(), **_template_facts(self._reader.template))
            self._kept = _kept_states(command, self._model)
            self._batches[CHAT] = self._chat_batch(self._model)
            self._facts = replace(self._facts, memory=self._batches[CHAT].context.memory_use)
        except UserError as error:
            self._unload()
            self._load_problem = error.problem
            fixable = (error.cause, error.gpu_layers) if isinstance(error, llama.LoadError) else ()
            self._pipe.send(LoadFailed(command.path, error.problem, *fixable))
            return
        self._pipe.send(Loaded(self._facts, time.monotonic() - begun))
        self._hash = self._threads.submit(self._hashed, command.path, self._kept)

    def _loading(self, path: Path) -> Callable[[float], bool]:
        sent = 0.0

        def progress(fraction: float) -> bool:
            nonlocal sent
            if fraction - sent >= 0.01:
                sent = fraction
                self._pipe.send(LoadProgress(path, fraction))
            return self._loads_begun > self._loads_cancelled

        return progress

    def _hashed(self, path: Path, kept: KeptStates | None) -> str:
        found = file_hash(path)
        if kept:
            kept.identify(found)
        self._pipe.send(Hashed(path, found))
        return found

    def _chat_batch(self, model: llama.Model) -> Batch:
        sequences = model.loading.parallel or CHAT_SEQUENCES
        context = llama.Context(model, model.context_tokens, sequences, shared=True)
        return Batch(context, self._is_stopped, self._kept)

    def _unload(self) -> None:
        # Whoever reads a prompt asks the model.
        concurrent.futures.wait([future for _, _, future in self._preparing])
        concurrent.futures.wait([future for _, future in self._inspecting])
        if CHAT in self._batches:
            self._batches[CHAT].keep_idle()
        for number in list(self._batches):
            self._close_context(number)
        if self._model:
            self._model.close()
        self._model, self._reader, self._facts, self._kept = None, None, None, None
        self._sequences_measured = {}

    # ---- contexts

    def _open(self, command: OpenContext) -> None:
        try:
            model = self._require_model()
            sequences = command.sequences or min(self._measured_sequences(model), max(command.most, 1))
            context = llama.Context(model, command.tokens, sequences, command.shared)
        except UserError as error:
            self._pipe.send(ContextFailed(command.context, error.problem))
            return
        self._batches[command.context] = Batch(context, self._is_stopped)
        measured = {str(count): speed for count, speed in self._sequences_measured.items()}
        self._pipe.send(ContextOpened(command.context, sequences, measured))

    def _measured_sequences(self, model: llama.Model) -> int:
        """The number of sequences that generates fastest in total here; measured once for a loaded model."""
        if model.loading.parallel:
            return model.loading.parallel
        if not self._sequences_measured:
            self._sequences_measured = llama.measure_sequences(model)
        return max(self._sequences_measured, key=lambda count: self._sequences_measured[count])

    def _close_context(self, number: int) -> None:
        """Answers still under way in it end as stopped."""
        batch = self._batches.pop(number, None)
        if batch:
            for sequence in (*batch.running, *batch.waiting):
                self._end_unfinished(sequence, Finished(sequence.generation, "stopped"))
            batch.close()

    def _require_model(self) -> llama.Model:
        if not self._model:
            raise ModelError(self._load_problem)
        return self._model

    # ---- generating

    def _is_stopped(self, generation: int) -> bool:
        return generation in self._stopped

    def _prepare(self, command: Generate) -> None:
        if self._is_stopped(command.generation):
            self._finish(Finished(command.generation, "stopped"))
            return
        try:
            reader, batch = self._require_reader(), self._require_batch(command.context)
        except UserError as error:
            self._fail(command.generation, error.problem)
            return
        kept = self._kept if command.context == CHAT else None
        future = self._threads.submit(_prepared, command, reader, batch, kept)
        self._preparing.append((command, time.monotonic(), future))

    def _require_reader(self) -> PromptReader:
        if not self._reader or not self._facts:
            raise ModelError(self._load_problem)
        if self._facts.embedding:
            raise ModelError(_cannot_chat(self._facts))
        return self._reader

    def _require_batch(self, context: int) -> Batch:
        if context not in self._batches:
            raise ModelError(Problem("There is not enough memory for this.", "Close other programs."))
        return self._batches[context]

    def _take_prepared(self) -> None:
        """Prompts go to their batch in the order in which they were asked; a short one need not miss the next step."""
        if self._preparing:
            concurrent.futures.wait([self._preparing[0][2]], SOON)
        while self._preparing and self._preparing[0][2].done():
            command, begun, future = self._preparing.pop(0)
            try:
                read, kept = future.result()
            except UserError as error:
                self._fail(command.generation, error.problem)
                continue
            batch = self._batches.get(command.context)
            if batch:
                prompt, stop = command.prompt, self._reader.template.stop if self._reader else ()
                sequence = Sequence(command.generation, prompt, read.tokens, begun, opens=read.opens, stop=stop)
                sequence.keep, sequence.kept = command.keep, kept
                batch.add(sequence)
            else:
                self._finish(Finished(command.generation, "stopped"))

    def _step(self, number: int, batch: Batch) -> None:
        try:
            outcome = batch.step()
        except ContextLost as error:
            self._lose(number, batch, str(error))
            return
        with self._settling:
            self._report(outcome)
            if batch.idle:
                batch.keep_idle()

    def _report(self, outcome: Outcome) -> None:
        for queued in outcome.queued:
            self._pipe.send(queued)
        for progress in outcome.progress:
            self._pipe.send(progress)
        if outcome.deltas:
            self._pipe.send(Stepped(tuple(outcome.deltas)))
        for looked in outcome.looked:
            self._pipe.send(self._looked_ahead(looked))
        for ended in outcome.ended:
            self._remember(ended)
            self._report_end(ended)

    def _report_end(self, ended: Ended) -> None:
        sequence = ended.sequence
        told = sequence.counts, sequence.timings, self._receipt(sequence), ended.problem
        self._end_unfinished(sequence, Finished(sequence.generation, ended.reason, *told))

    def _remember(self, ended: Ended) -> None:
        if self._reader and ended.reason in ("end", "length", "stopped", "context full"):
            self._reader.remember(ended.sequence)

    def _lose(self, number: int, batch: Batch, why: str) -> None:
        problem = Problem("The engine could not go on with this answer ({reason}).", "Ask again.", {"reason": why})
        for sequence in (*batch.running, *batch.waiting):
            self._end_unfinished(sequence, Finished(sequence.generation, "failed", problem=problem))
        self._batches.pop(number).close()
        if number == CHAT and self._model:
            self._reopen_chat(self._model)

    def _reopen_chat(self, model: llama.Model) -> None:
        """Where there is no memory for it any more the model goes too, and the next prompt loads it anew."""
        try:
            self._batches[CHAT] = self._chat_batch(model)
        except UserError as error:
            self._unload()
            self._load_problem = error.problem
            self._pipe.send(LoadFailed(model.path, error.problem))

    def _fail(self, generation: int, problem: Problem) -> None:
        self._finish(Finished(generation, "failed", problem=problem))

    def _end_unfinished(self, sequence: Sequence, finished: Finished) -> None:
        """Who only looked ahead had nothing to finish."""
        if sequence.looks:
            self._pipe.send(LookedAhead(sequence.generation, problem=finished.problem or _NOT_SEEN))
        else:
            self._finish(finished)

    def _finish(self, finished: Finished) -> None:
        self._stopped.discard(finished.generation)
        self._pipe.send(finished)

    def _receipt(self, sequence: Sequence) -> Receipt | None:
        if not self._facts or not sequence.sampler:
            return None
        return Receipt(
            model=self._facts.name,
            model_path=str(self._facts.path),
            model_hash=self._hash.result() if self._hash.done() else "",
            sampling=sequence.prompt.sampling,
            seed=sequence.sampler.seed,
            context=self._facts.context,
            device=self._facts.device,
            threads=self._facts.threads,
            engine=llama.ENGINE,
            steps=sequence.steps,
        )

    # ---- what the model would see

    def _inspect(self, command: Question) -> None:
        try:
            self._inspecting.append((command, self._inspector.submit(*self._job(command))))
        except UserError as error:
            self._pipe.send(_unanswered(command, error.problem))

    def _job(self, command: Question) -> tuple[Any, ...]:
        """What takes long of it, for a side thread."""
        if isinstance(command, CheckGrammar):
            return problem_of, self._model.vocab if self._model else None, command.grammar, command.schema
        reader = self._require_reader()
        if isinstance(command, CountTokens):
            return reader.counts, command.texts
        limit = self._require_batch(CHAT if isinstance(command, LookAhead) else command.context).context.tokens
        return reader.read if isinstance(command, LookAhead) else reader.seen, command.prompt, limit

    def _take_inspected(self) -> None:
        for command, future in [inspecting for inspecting in self._inspecting if inspecting[1].done()]:
            self._inspecting.remove((command, future))
            try:
                self._answer(command, future.result())
            except UserError as error:
                self._pipe.send(_unanswered(command, error.problem))

    def _answer(self, command: Question, found: Any) -> None:
        match command:
            case Inspect():
                self._pipe.send(self._inspected(command, found))
            case CountTokens():
                self._pipe.send(TokensCounted(command.request, found))
            case CheckGrammar():
                self._pipe.send(Checked(command.request, found))
            case LookAhead():
                prompt, count = replace(command.prompt, steps=""), max(command.count, 1)
                looking = Sequence(command.request, prompt, found.tokens, time.monotonic(), keep=False, looks=count)
                self._require_batch(CHAT).add(looking)

    def _looked_ahead(self, looked: Looked) -> LookedAhead:
        model = self._require_model()
        tokens = (LikelyToken(model.token_text(token), token, *told) for token, *told in looked.likeliest)
        return LookedAhead(looked.sequence.generation, tuple(tokens), looked.spread)

    def _inspected(self, command: Inspect, seen: Seen) -> Inspected:
        batch = self._require_batch(command.context)
        kept = self._kept.cached(seen.tokens) if self._kept and command.context == CHAT else 0
        # The last token is evaluated in any case, for what comes after it.
        cached = min(max(batch.cached(seen.tokens), kept), max(len(seen.tokens) - 1, 0))
        total = sum(piece.tokens for piece in seen.pieces)
        return Inspected(command.request, seen.pieces, total, batch.context.tokens, cached)

    # ---- embeddings

    def _embed(self, command: Embed) -> None:
        try:
            model = self._require_model()
            self._pipe.send(Embedded(command.request, tuple(_embedded(model, command.texts))))
        except UserError as error:
            self._pipe.send(Embedded(command.request, problem=error.problem))


_NOT_SEEN = Problem("What would come next was not looked at to the end.", "Ask again.", {}, "retry")


def _unanswered(command: Question, problem: Problem) -> Event:
    match command:
        case Inspect():
            return Inspected(command.request, problem=problem)
        case LookAhead():
            return LookedAhead(command.request, problem=problem)
        case CountTokens():
            return TokensCounted(command.request, problem=problem)
        case CheckGrammar():
            return Checked(command.request, problem)


def _template_facts(template: ChatTemplate) -> dict[str, Any]:
    return {"thinks": template.can_think, "template": template.fallback, "template_problem": template.problem}


def _prepared(command: Generate, reader: PromptReader, batch: Batch, kept: KeptStates | None) -> Prepared:
    read = reader.read(command.prompt, batch.context.tokens)
    return read, kept.read(read.tokens, batch.cached(read.tokens)) if kept else None


def _kept_states(command: Load, model: llama.Model) -> KeptStates | None:
    """What it is made with tells states apart that do not fit each other."""
    if not command.states:
        return None
    loading = model.loading
    settings = f"{loading.cache_type} {loading.flash_attention} {loading.rope_scale}"
    if model.metadata(f"{model.architecture}.rope.scaling.original_context_length"):
        # Such a model turns positions otherwise in a long context.
        settings += f" {model.context_tokens}"
    return KeptStates(command.states, command.states_cap, command.path, llama.ENGINE, settings)


def _embedded(model: llama.Model, texts: tuple[str, ...]) -> list[tuple[float, ...]]:
    """Each text's vector; a text longer than one batch is refused, never cut."""
    context = llama.Context(model, llama.BATCH, 1, shared=True, embeddings=True)
    try:
        return [context.embed(_embeddable(model, text)) for text in texts]
    finally:
        context.close()


def _embeddable(model: llama.Model, text: str) -> list[int]:
    tokens = ([model.bos] if model.adds_bos else []) + model.tokenize(text, special=False)
    if not tokens or len(tokens) > llama.BATCH:
        values = {"tokens": str(len(tokens)), "limit": str(llama.BATCH)}
        raise ModelError(Problem("A text of {tokens} tokens cannot be embedded: 1 to {limit} can.", "", values))
    return tokens


def _cannot_chat(facts: ModelFacts) -> Problem:
    text = "{name} makes embeddings for search; it cannot chat."
    return Problem(text, "Choose another model.", {"name": facts.path.name}, "choose-model")


def file_hash(path: Path) -> str:
    """SHA-256 of the file in hex, or nothing where it can no longer be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def main() -> int:
    """Keeps the pipe to itself: whatever native code prints goes to stderr."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Child(sys.stdin.buffer, events).run()
    return 0


def bare_bench(job: str) -> int:
    """Prints the speed of bare llama.cpp calls, and of which llama.cpp on which devices.

    `job` is JSON: model, loading, sequences, prompt_tokens, generated.
    """
    asked = json.loads(job)
    loading = revive(Loading, asked.get("loading", {}))
    llama.begin()
    lengths = asked["sequences"], asked["prompt_tokens"], asked["generated"]
    prompt, generation = bare_speed(Path(asked["model"]), loading, *lengths)
    speeds = {"prompt_tokens_per_s": prompt, "generated_tokens_per_s": generation}
    print(json.dumps(plain(speeds | {"engine": llama.ENGINE, "devices": llama.devices()})), flush=True)
    return 0
