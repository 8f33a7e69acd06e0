"""Answers in the terminal: one question, or a conversation that is kept like a window's."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from desktop_llm.conversation import Asking, ChatPrompt, Conversation, Message, Prompt, clean
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import Died, LoadingAgain, LoadProgress, ModelFacts, PromptProgress
from desktop_llm.errors import Problem, UserError
from desktop_llm.events import AnswerChanged, AnswerEnded, Answering, ConversationBegun, NotStored
from desktop_llm.experience import Experience
from desktop_llm.fields import plain
from desktop_llm.library.header import read_header
from desktop_llm.runner import Runner
from desktop_llm.settings import Loading, Settings, conversations_file, experience_file, settings_file
from desktop_llm.settings_file import open_settings
from desktop_llm.storage.store import Store

DONE, FAILED, STOPPED = 0, 1, 130
LONGEST_LINE = 64 * 1024 * 1024
SIGNED_WITHIN = 60.0
TICK_SECONDS = 0.25
_ENDINGS = {
    "context full": "(the context is full)",
    "length": "(the longest answer allowed was reached)",
    "stopped": "(stopped)",
}

NOTHING = ChatPrompt()
Events = queue.SimpleQueue[Any]


@dataclass(frozen=True)
class Interrupted:
    """Ctrl+C, or another program's wish that this one ends."""

    signal: int


# ---- the streams


def speak_plainly() -> None:
    """What the terminal cannot show becomes a question mark instead of an exception."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def flush() -> None:
    if sys.stdout:
        sys.stdout.flush()


def leave_pipe() -> None:
    """Nobody reads any more: what Python still holds goes nowhere, so that its end is quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Writes at once to standard output. Raises UserError where that is not possible."""
    try:
        sys.stdout.write(clean(text) if sys.stdout.isatty() else text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        values = {"reason": error.strerror or str(error)}
        leave_pipe()
        raise UserError(Problem("The answer could not be written ({reason}).", "", values)) from error


def say_json(value: Any) -> None:
    # ASCII, so that every terminal and every path in it comes through as it is.
    say(json.dumps(plain(value)) + "\n")


def note(text: str) -> None:
    """A line beside the answer, on standard error."""
    if sys.stderr:
        with contextlib.suppress(OSError):
            print(clean(text), file=sys.stderr, flush=True)


def fail(problem: Problem, as_json: bool, text: str = "") -> None:
    """Why it failed: in a sentence, or as JSON with the `text` there is."""
    if as_json:
        told = Problem(problem.text, values=problem.values), Problem(problem.remedy, values=problem.values)
        error = dict(zip(("text", "remedy"), (part.sentence() for part in told), strict=True))
        say_json({"error": error} | ({"text": text} if text else {}))
    else:
        note(problem.sentence())


def kept_settings() -> Settings:
    """Those of the file; where something was wrong with it, that is noted."""
    settings, notice = open_settings(settings_file())
    if notice:
        note(notice.sentence())
    return settings


class Progress:
    """One line on standard error that is replaced as long as nothing else is said; nothing where nobody looks."""

    def __init__(self) -> None:
        self._seen = bool(sys.stderr) and sys.stderr.isatty()
        self._shown = 0

    def show(self, text: str) -> None:
        if self._seen:
            text = text[: shutil.get_terminal_size().columns - 1]
            self._write("\r" + text + " " * (self._shown - len(text)))
            self._shown = len(text)

    def clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def follow(self, event: Any) -> None:
        """Shows how far the engine is before it answers."""
        if isinstance(event, LoadProgress):
            self.show(f"Loading {clean(event.path.name)} {event.fraction:.0%}")
        elif isinstance(event, LoadingAgain):
            self.show(event.problem.sentence())
        elif isinstance(event, PromptProgress) and event.done < event.total:
            self.show(f"Reading the prompt {event.done / event.total:.0%}")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


@contextlib.contextmanager
def interrupts_as_events(events: Events) -> Iterator[None]:
    """Ctrl+C and SIGTERM arrive in `events`, between two steps of the work instead of within one."""

    def heard(number: int, _frame: object) -> None:
        events.put(Interrupted(number))

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next(events: Events) -> Any:
    """The next event, or nothing for a moment: an endless wait could not be interrupted on Windows."""
    with contextlib.suppress(queue.Empty):
        return events.get(timeout=TICK_SECONDS)
    return None


def engine_for(loading: Loading, *, learns: bool = True) -> Engine:
    """An engine that begins with what worked before and teaches the next one; else it leaves the disk as it is."""
    experience = Experience(experience_file()) if learns else None
    return Engine(loading, experience=experience, shape_of=lambda path: read_header(path).shape)


# ---- one question


def ask(prompt: Prompt, loading: Loading, as_json: bool) -> int:
    """Answers `prompt` and returns the exit code. Raises UserError."""
    events: Events = queue.SimpleQueue()
    with contextlib.closing(engine_for(loading)) as engine, interrupts_as_events(events):
        engine.on_event = events.put
        generation = engine.generate(prompt)
        streamed = _streamed(generation, events, (lambda _text: None) if as_json else say)
        if as_json and generation.reason != "failed":
            _wait_for_signature(generation, events)
            say_json(_answer(generation))
    if generation.problem:
        fail(generation.problem, as_json, generation.text)
        return FAILED
    if streamed and not as_json:
        _note_ending(generation.reason)
    return STOPPED if generation.stop_asked else DONE


def _streamed(generation: Generation, events: Events, say_it: Callable[[str], None]) -> str:
    """Says the answer as it grows and returns it; the second interrupt does not wait for its end."""
    progress, shown = Progress(), ""
    while len(shown) < len(generation.text) or generation.state != "ended":
        event = _next(events)
        if isinstance(event, Interrupted):
            _stop_or_leave(generation)
        text = generation.text
        if len(text) > len(shown):
            progress.clear()
            say_it(text[len(shown) :])
            shown = text
        elif not shown:
            progress.follow(event)
    progress.clear()
    if shown and not shown.endswith("\n"):
        say_it("\n")
    return shown


def _stop_or_leave(generation: Generation) -> None:
    if generation.stop_asked:
        raise KeyboardInterrupt
    generation.stop()


def _wait_for_signature(generation: Generation, events: Events) -> None:
    """The hash of a large model takes longer than a short answer."""
    last = time.monotonic() + SIGNED_WITHIN
    while not generation.signed and time.monotonic() < last:
        if isinstance(_next(events), (Interrupted, Died)):
            return


def _answer(generation: Generation) -> dict[str, Any]:
    names = ("text", "reason", "tokens", "timings", "receipt")
    return {name: getattr(generation, name) for name in names} | {"tokens_per_s": round(generation.speed, 2)}


def _note_ending(reason: str | None) -> None:
    if reason in _ENDINGS:
        note(_ENDINGS[reason])


def speed_line(speed: float, facts: ModelFacts) -> str:
    threads = f"{facts.threads} thread{'s' * (facts.threads != 1)}"
    return f"{speed:.1f} tokens/s, {facts.device}, {threads}"


# ---- a conversation


def chat(asking: Callable[[ChatPrompt], Asking], own: ChatPrompt, loading: Loading, go_on: bool) -> int:
    """Answers line after line until the input ends. Raises UserError.

    `asking`: with what a conversation has of its own; `own`: what one that is begun here gets.
    """
    events: Events = queue.SimpleQueue()
    with contextlib.closing(Store(conversations_file())) as store:
        store.on_problem = lambda problem: events.put(NotStored(problem))
        if store.notice:
            note(store.notice.sentence())
        with contextlib.closing(engine_for(loading)) as engine:
            runner = Runner(engine, store, events.put)
            engine.on_event = runner.on_engine_event
            with contextlib.closing(runner):
                before = _begun_before(store) if go_on else None
                way = asking(before.prompt if before else NOTHING)
                begun = partial(store.set_prompt, prompt=own) if own != NOTHING else None
                Chat(runner, engine, events, way, before.id if before else None, begun).run()
    return DONE


def _begun_before(store: Store) -> Conversation | None:
    found: list[Conversation] = store.conversations()
    note(f"Going on with: {found[0].title}" if found else "There is no conversation yet: this is a new one.")
    return found[0] if found else None


class Chat:
    """Takes one line after another; each is answered before the next is asked for.

    `begun` hears the number of a conversation that is begun here.
    """

    def __init__(
        self,
        runner: Runner,
        engine: Engine,
        events: Events,
        asking: Asking,
        conversation: int | None,
        begun: Callable[[int], object] | None = None,
    ) -> None:
        self._begun = begun
        self._runner, self._engine, self._events = runner, engine, events
        self._asking = asking
        self._conversation = conversation
        self._interactive = bool(sys.stdin) and sys.stdin.isatty() and sys.stdout.isatty()
        self._progress = Progress()

    def run(self) -> None:
        if self._interactive:
            note(f"{self._asking.model.stem}. Ctrl+C stops an answer; Ctrl+C here, or Ctrl+D, ends the chat.")
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            for line in self._lines():
                if line.strip():
                    self._answer(line)

    def _lines(self) -> Iterator[str]:
        if self._interactive:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 - importing it is what gives input() its history
            while True:
                yield input("> ")
        while sys.stdin and (line := sys.stdin.buffer.readline(LONGEST_LINE)):
            yield line.decode("utf-8", "replace")

    def _answer(self, text: str) -> None:
        """What goes wrong is said, and the chat goes on; a wish to end the program is kept until the answer has."""
        leave = False
        with interrupts_as_events(self._events):
            try:
                leave = self._asked(text.strip("\r\n"))
            except UserError as error:
                note(error.problem.sentence())
        if leave:
            raise KeyboardInterrupt

    def _asked(self, text: str) -> bool:
        answering = self._runner.send(self._conversation, text, self._asking)
        self._conversation = answering.conversation
        return self._followed(answering)

    def _followed(self, answering: Answering) -> bool:
        """Shows the answer to its end; whether the program is to end as well."""
        leave = False
        while not isinstance(event := _next(self._events), AnswerEnded):
            match event:
                case AnswerChanged(delta=delta):
                    self._progress.clear()
                    say(delta)
                case NotStored(problem):
                    note(problem.sentence())
                case Interrupted(number):
                    leave = leave or number == signal.SIGTERM
                    self._runner.stop(answering.answer.id)
                case ConversationBegun(conversation=begun):
                    self._begin(begun.id)
                case _ if not answering.generation or not answering.generation.text:
                    self._progress.follow(event)
        self._progress.clear()
        self._end(event.message, answering.generation)
        return leave

    def _begin(self, conversation: int) -> None:
        self._conversation = conversation
        if self._begun:
            self._begun(conversation)

    def _end(self, message: Message, generation: Generation | None) -> None:
        if message.text and not message.text.endswith("\n"):
            say("\n")
        if message.problem:
            note(message.problem.sentence())
            return
        _note_ending(message.reason)
        if generation and generation.speed and self._engine.facts and sys.stderr.isatty():
            note(speed_line(generation.speed, self._engine.facts))
