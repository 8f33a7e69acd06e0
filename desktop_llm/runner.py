"""Carries out what a person asks: stored first, then generated, and kept while it grows."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop_llm.conversation import Conversation, Message, Prompt, Receipt, State, branch, clean, name_of, title_of
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import (
    Died,
    Event,
    Hashed,
    Loaded,
    LoadFailed,
    LoadingAgain,
    LoadProgress,
    PromptProgress,
    Ready,
    Unloaded,
)
from desktop_llm.errors import ModelError, Problem, PromptError, StorageError, UserError
from desktop_llm.settings import Sampling
from desktop_llm.storage.store import Store
from desktop_llm.tasks.chat import chat_prompt

KEEP_EVERY = 0.25
_FORWARDED = (Ready, LoadProgress, Loaded, LoadFailed, LoadingAgain, Unloaded, PromptProgress, Died)


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


@dataclass(frozen=True)
class MessageAdded:
    conversation: int
    message: Message


@dataclass(frozen=True)
class AnswerChanged:
    conversation: int
    message_id: int
    delta: str
    generation: Generation


@dataclass(frozen=True)
class AnswerEnded:
    conversation: int
    message: Message


@dataclass(frozen=True)
class ConversationChanged:
    conversation: Conversation


@dataclass(frozen=True)
class ConversationOpened:
    """Everything said in it; what AnswerChanged brings afterwards comes on top."""

    conversation: int
    messages: tuple[Message, ...]
    answering: Answering | None


@dataclass(frozen=True)
class NotStored:
    problem: Problem


RunnerEvent = (
    ConversationBegun | MessageAdded | AnswerChanged | AnswerEnded | ConversationChanged | ConversationOpened
    | NotStored | Ready | LoadProgress | Loaded | LoadFailed | LoadingAgain | Unloaded | PromptProgress | Died
)  # fmt: skip


@dataclass
class _Running:
    """`shown` was told to the window, the first `kept` characters of it are stored."""

    answering: Answering
    generation: Generation
    shown: str = ""
    kept: int = 0
    kept_at: float = field(default_factory=time.monotonic)


class Runner:
    """`on_event` is called on the thread where something happened and must not wait for anything."""

    def __init__(self, engine: Engine, store: Store, on_event: Callable[[RunnerEvent], None]) -> None:
        self._engine = engine
        self._store = store
        self._on_event = on_event
        self._running: dict[int, _Running] = {}
        self._unsigned: list[tuple[Generation, Message]] = []
        self._lock = threading.RLock()

    def send(
        self, conversation: int | None, text: str, model: Path, sampling: Sampling, system: str = "", draft: int = 0
    ) -> Answering:
        """Stores what was asked, then has it answered. Raises UserError while nothing is stored yet."""
        text = clean(text)
        if not text.strip():
            raise PromptError(Problem("There is nothing to send.", "Write a message first."))
        _must_exist(model)
        kept = self._begin(text, draft) if conversation is None else conversation
        history = self._store.messages(kept)
        user = self._add(kept, Message("user", text, parent=history[-1].id if history else 0))
        return self._ask(kept, [*history, user], model, sampling, system)

    def ask_again(self, conversation: int, model: Path, sampling: Sampling, system: str = "") -> Answering:
        """Has the last message of the person answered once more, beside the answer it has. Raises UserError."""
        _must_exist(model)
        history = branch(self._store.messages(conversation))
        while history and history[-1].role != "user":
            history.pop()
        if not history:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        return self._ask(conversation, history, model, sampling, system)

    def open(self, conversation: int) -> None:
        """Tells everything said in `conversation`; nothing is lost or doubled between that and what still comes."""
        with self._lock:
            running = next((r for r in self._running.values() if r.answering.conversation == conversation), None)
            messages = tuple(self._as_shown(message) for message in self._store.messages(conversation))
            self._on_event(ConversationOpened(conversation, messages, running.answering if running else None))

    def stop(self, message_id: int) -> None:
        running = self._running.get(message_id)
        if running is not None:
            self._stop(running)

    def stop_all(self, conversation: int) -> None:
        for running in list(self._running.values()):
            if running.answering.conversation == conversation:
                self._stop(running)

    def on_engine_event(self, event: Event) -> None:
        with self._lock:
            for running in list(self._running.values()):
                self._follow(running)
            if isinstance(event, Hashed):
                self._sign()
            elif isinstance(event, Died | Unloaded):
                self._unsigned.clear()
        if isinstance(event, _FORWARDED):
            self._on_event(event)

    def close(self) -> None:
        """Ends every answer as stopped, with its text kept."""
        with self._lock:
            for running in list(self._running.values()):
                running.generation.stop()
                self._follow(running)
            for running in list(self._running.values()):
                self._end(running, replace(self._ended(running), state="stopped", reason="stopped"))

    def _stop(self, running: _Running) -> None:
        """Looks at once, for an answer that had not begun ends without a word of the engine."""
        running.generation.stop()
        with self._lock:
            if running.answering.answer.id in self._running:
                self._follow(running)

    def _begin(self, text: str, draft: int) -> int:
        begun = self._store.create(title_of(text))
        self._on_event(ConversationBegun(draft, begun))
        return begun.id

    def _ask(
        self, conversation: int, history: list[Message], model: Path, sampling: Sampling, system: str
    ) -> Answering:
        user = history[-1]
        intended = _intended_receipt(model, sampling)
        answer = self._add(conversation, Message("assistant", "", parent=user.id, state="writing", receipt=intended))
        self._tell_changed(conversation)
        return self._answer(conversation, answer, chat_prompt(branch(history), model, sampling, system), user)

    def _add(self, conversation: int, message: Message) -> Message:
        stored = self._store.add(conversation, message)
        self._on_event(MessageAdded(conversation, stored))
        return stored

    def _tell_changed(self, conversation: int) -> None:
        for found in self._store.conversations():
            if found.id == conversation:
                self._on_event(ConversationChanged(found))

    def _answer(self, conversation: int, answer: Message, prompt: Prompt, user: Message) -> Answering:
        try:
            generation = self._engine.generate(prompt)
        except UserError as error:
            self._keep(conversation, replace(answer, state="failed", reason="failed", problem=error.problem))
            return Answering(conversation, user, answer, None)
        answering = Answering(conversation, user, answer, generation)
        with self._lock:
            running = self._running[answer.id] = _Running(answering, generation)
            self._follow(running)
        return answering

    def _follow(self, running: _Running) -> None:
        """Tells and keeps what the answer has grown by; asks for its end before its text, so as to miss no word."""
        answering, generation = running.answering, running.generation
        ended = generation.state == "ended"
        text = generation.text
        delta = text[len(running.shown) :]
        if delta:
            running.shown = text
            self._on_event(AnswerChanged(answering.conversation, answering.answer.id, delta, generation))
        if ended:
            self._end(running, self._ended(running))
        else:
            self._keep_growth(running)

    def _keep_growth(self, running: _Running) -> None:
        now = time.monotonic()
        if len(running.shown) == running.kept:
            running.kept_at = now
        elif now - running.kept_at >= KEEP_EVERY:
            self._store.append(running.answering.answer.id, running.shown[running.kept :])
            running.kept, running.kept_at = len(running.shown), now

    def _ended(self, running: _Running) -> Message:
        generation = running.generation
        states: dict[str | None, State] = {"failed": "failed", "stopped": "stopped"}
        return replace(
            running.answering.answer,
            text=running.shown,
            state=states.get(generation.reason, "done"),
            reason=generation.reason,
            problem=generation.problem,
            tokens=generation.tokens,
            timings=generation.timings,
            receipt=generation.receipt or running.answering.answer.receipt,
        )

    def _end(self, running: _Running, message: Message) -> None:
        self._running.pop(message.id, None)
        self._keep(running.answering.conversation, message)
        if running.generation.receipt and message.receipt and not message.receipt.model_hash:
            self._unsigned.append((running.generation, message))
            self._sign()

    def _sign(self) -> None:
        """Stores the receipts whose model's file has been hashed by now."""
        signed = [waiting for waiting in self._unsigned if waiting[0].signed]
        for generation, message in signed:
            self._unsigned.remove((generation, message))
            with contextlib.suppress(StorageError):
                self._store.finish(replace(message, receipt=generation.receipt))

    def _keep(self, conversation: int, message: Message) -> None:
        try:
            self._store.finish(message)
        except StorageError as error:
            self._on_event(NotStored(error.problem))
        self._on_event(AnswerEnded(conversation, message))

    def _as_shown(self, message: Message) -> Message:
        running = self._running.get(message.id)
        return message if running is None else replace(message, text=running.shown)


def _intended_receipt(model: Path, sampling: Sampling) -> Receipt:
    """What is known before the engine answers, so that an answer cut off by a crash too says what made it."""
    return Receipt(name_of(model), str(model), "", sampling, sampling.seed, 0, "", 0, "")


def _must_exist(model: Path) -> None:
    if not model.is_file():
        raise ModelError(
            Problem("The model file {path} is gone.", "Choose another model.", {"path": str(model)}, "choose-model")
        )
