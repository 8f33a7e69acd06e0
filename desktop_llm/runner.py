"""Carries out what a person asks: stored first, then generated, and kept while it grows."""

from __future__ import annotations

import bisect
import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop_llm.conversation import (
    Conversation,
    Message,
    Prompt,
    Receipt,
    State,
    branch,
    clean,
    last_below,
    name_of,
    siblings,
    title_of,
)
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import (
    Died,
    Event,
    Hashed,
    Inspected,
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


Place = tuple[int, int]
"""Which one a message is of those in place of each other, and of how many."""


@dataclass(frozen=True)
class MessageAdded:
    conversation: int
    message: Message
    place: Place = (1, 1)


@dataclass(frozen=True)
class AnswerResumed:
    """An answer that had ended is being gone on with."""

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
    """Everything said in the branch that is shown; what AnswerChanged brings afterwards comes on top.

    `places` by message, where something stands in place of it.
    """

    conversation: int
    messages: tuple[Message, ...]
    answering: Answering | None
    places: dict[int, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class Overflow:
    """A conversation of `tokens` is too long for the context of `limit`: without `oldest` it would fit.

    `largest`: the longest context the model was made for, 0 where that is not known.
    """

    conversation: int
    tokens: int
    limit: int
    oldest: tuple[int, ...]
    largest: int = 0


@dataclass(frozen=True)
class LeftOut:
    """These messages are not sent any more, as the person chose."""

    conversation: int
    messages: frozenset[int]


@dataclass(frozen=True)
class NotStored:
    problem: Problem


RunnerEvent = (
    ConversationBegun | MessageAdded | AnswerResumed | AnswerChanged | AnswerEnded | ConversationChanged
    | ConversationOpened | LeftOut | NotStored
    | Ready | LoadProgress | Loaded | LoadFailed | LoadingAgain | Unloaded | PromptProgress | Died
)  # fmt: skip


@dataclass
class _Running:
    """`shown` was told to the window, the first `kept` characters of it are stored; `before` was there already."""

    answering: Answering
    generation: Generation
    before: str = ""
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
        self._left_out: dict[int, frozenset[int]] = {}
        self.thinking: bool | None = None
        """Whether models are to think before they answer; None leaves it to their templates."""
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
        history = self._shown(kept)
        user = self._add(kept, Message("user", text, parent=history[-1].id if history else 0))
        return self._ask(kept, [*history, user], model, sampling, system)

    def ask_again(self, conversation: int, model: Path, sampling: Sampling, system: str = "") -> Answering:
        """Has the last message of the person answered once more, beside the answer it has. Raises UserError."""
        return self._ask_from(conversation, self._question(conversation), model, sampling, system)

    def regenerate(
        self, conversation: int, answer: int, model: Path, sampling: Sampling, system: str = ""
    ) -> Answering:
        """Has the message before `answer` answered once more, beside it. Raises UserError."""
        history = self._way_to(conversation, answer)[:-1]
        if not history:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        return self._ask_from(conversation, history, model, sampling, system)

    def edit(
        self, conversation: int, message: int, text: str, model: Path, sampling: Sampling, system: str = ""
    ) -> Answering:
        """Says `text` in place of `message`, which stays beside it, and has that answered. Raises UserError."""
        text = clean(text)
        if not text.strip():
            raise PromptError(Problem("There is nothing to send.", "Write a message first."))
        _must_exist(model)
        before = self._way_to(conversation, message)[:-1]
        self._tell_opened(conversation, before)
        user = self._add(conversation, Message("user", text, parent=before[-1].id if before else 0))
        return self._ask(conversation, [*before, user], model, sampling, system)

    def correct(self, conversation: int, answer: int, text: str) -> None:
        """Puts `text` beside an answer, as if the model had written it: what is said next builds on it."""
        before = self._way_to(conversation, answer)[:-1]
        self._tell_opened(conversation, before)
        self._add(conversation, Message("assistant", clean(text), parent=before[-1].id if before else 0))

    def go_on(
        self, conversation: int, answer: int, model: Path, sampling: Sampling, system: str = ""
    ) -> Answering:
        """Has an answer that ended too soon written further. Raises UserError."""
        _must_exist(model)
        history = self._way_to(conversation, answer)
        resumed = replace(history[-1], state="writing", reason=None, problem=None)
        self._store.finish(resumed)
        self._on_event(AnswerResumed(conversation, resumed))
        prompt = self._prompt(self._sent(conversation, history), model, sampling, system, continues=True)
        return self._answer(conversation, resumed, prompt, history[-2] if len(history) > 1 else resumed)

    def choose(self, conversation: int, message: int) -> None:
        """Shows the branch in which `message` stands, as far as it was written last."""
        messages = self._store.messages(conversation)
        chosen = next((one for one in messages if one.id == message), None)
        if chosen is not None:
            self._store.set_leaf(conversation, last_below(messages, chosen).id)
            self.open(conversation)

    def beside(self, conversation: int, message: int, step: int) -> None:
        """Shows the one before or after `message` of those in place of each other."""
        messages = self._store.messages(conversation)
        here = next((one for one in messages if one.id == message), None)
        if here is not None:
            same = siblings(messages, here)
            place = same.index(here) + step
            if 0 <= place < len(same):
                self.choose(conversation, same[place].id)

    def open(self, conversation: int) -> None:
        """Tells everything said in `conversation`; nothing is lost or doubled between that and what still comes."""
        self._tell_opened(conversation, self._shown(conversation))

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

    def _prompt(
        self, sent: list[Message], model: Path, sampling: Sampling, system: str, *, continues: bool = False
    ) -> Prompt:
        return replace(chat_prompt(sent, model, sampling, system, continues=continues), thinking=self.thinking)

    # ---- what fits

    def overflow(self, conversation: int, model: Path, sampling: Sampling, system: str = "") -> Overflow | None:
        """Which of the oldest messages to leave out so that an answer has room; nothing where all fit. Waits.

        The system prompt and what was said last are never among them. Raises UserError.
        """
        history = self._shown(conversation) if self.ended_full(conversation) else self._question(conversation)
        sent = self._sent(conversation, history)

        def tokens(start: int) -> int:
            return self._engine.inspect(self._prompt(sent[start:], model, sampling, system)).tokens

        seen = self._engine.inspect(self._prompt(sent, model, sampling, system))
        room = seen.limit - room_for_answer(seen.limit)
        if seen.tokens <= room:
            return None
        turns = _turns(sent)
        # Each turn left out makes it shorter, so that few need be tried of a long conversation.
        first = bisect.bisect_left(turns, True, key=lambda start: tokens(start) <= room)
        oldest = sent[: turns[min(first, len(turns) - 1)]] if turns else []
        return Overflow(conversation, seen.tokens, seen.limit, tuple(message.id for message in oldest))

    def ended_full(self, conversation: int) -> int:
        """The answer that ends the branch shown because the context was full, or 0."""
        history = self._shown(conversation)
        return history[-1].id if history and history[-1].reason == "context full" else 0

    def seen(self, conversation: int, model: Path, sampling: Sampling, system: str = "") -> Inspected:
        """What the model sees of the branch that is shown. Waits; raises UserError."""
        sent = self._sent(conversation, self._shown(conversation))
        return self._engine.inspect(self._prompt(sent, model, sampling, system))

    def leave_out(self, conversation: int, messages: Iterable[int]) -> None:
        self._left_out[conversation] = self._left_out.get(conversation, frozenset()) | frozenset(messages)
        self._on_event(LeftOut(conversation, self._left_out[conversation]))

    def _sent(self, conversation: int, history: list[Message]) -> list[Message]:
        """Without what the person chose to leave out."""
        left_out = self._left_out.get(conversation, frozenset())
        return [message for message in history if message.id not in left_out]

    def _question(self, conversation: int) -> list[Message]:
        """The branch that is shown, up to what the person said last. Raises PromptError where that is nothing."""
        history = self._shown(conversation)
        while history and history[-1].role != "user":
            history.pop()
        if not history:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        return history

    # ---- branches

    def _shown(self, conversation: int) -> list[Message]:
        """The branch that is shown."""
        return branch(self._store.messages(conversation), self._store.conversation(conversation).leaf)

    def _way_to(self, conversation: int, message: int) -> list[Message]:
        """The branch that ends with `message`. Raises PromptError where it is not stored."""
        way = branch(self._store.messages(conversation), message)
        if not way or way[-1].id != message:
            raise PromptError(Problem("This message is not stored any more.", "Open the conversation again."))
        return way

    def _tell_opened(self, conversation: int, shown: list[Message]) -> None:
        with self._lock:
            ids = {message.id for message in shown}
            here = (r for r in self._running.values() if r.answering.conversation == conversation)
            running = next((r for r in here if r.answering.answer.id in ids), None)
            told = tuple(self._as_shown(message) for message in shown)
            answering = running.answering if running else None
            self._on_event(ConversationOpened(conversation, told, answering, self._places(conversation, shown)))
            if left_out := self._left_out.get(conversation):
                self._on_event(LeftOut(conversation, left_out))

    def _places(self, conversation: int, shown: list[Message]) -> dict[int, Place]:
        same: dict[tuple[int, str], list[int]] = {}
        for message in self._store.messages(conversation):
            same.setdefault((message.parent, message.role), []).append(message.id)
        places = {m.id: same.get((m.parent, m.role), [m.id]) for m in shown}
        return {id: (beside.index(id) + 1, len(beside)) for id, beside in places.items() if len(beside) > 1}

    def _ask_from(
        self, conversation: int, history: list[Message], model: Path, sampling: Sampling, system: str
    ) -> Answering:
        """Asks in the midst of a conversation: what came after is out of sight, and stays."""
        _must_exist(model)
        self._tell_opened(conversation, history)
        return self._ask(conversation, history, model, sampling, system)

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
        prompt = self._prompt(self._sent(conversation, history), model, sampling, system)
        return self._answer(conversation, answer, prompt, user)

    def _add(self, conversation: int, message: Message) -> Message:
        """What is added is the last of all, and so the end of the branch that is shown."""
        stored = self._store.add(conversation, message)
        if self._store.conversation(conversation).leaf:
            self._store.set_leaf(conversation, 0)
        place = self._places(conversation, [stored]).get(stored.id, (1, 1))
        self._on_event(MessageAdded(conversation, stored, place))
        return stored

    def _tell_changed(self, conversation: int) -> None:
        self._on_event(ConversationChanged(self._store.conversation(conversation)))

    def _answer(self, conversation: int, answer: Message, prompt: Prompt, user: Message) -> Answering:
        try:
            generation = self._engine.generate(prompt)
        except UserError as error:
            self._keep(conversation, replace(answer, state="failed", reason="failed", problem=error.problem))
            return Answering(conversation, user, answer, None)
        answering = Answering(conversation, user, answer, generation)
        with self._lock:
            running = self._running[answer.id] = _Running(answering, generation, before=answer.text)
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
            text=running.before + running.shown,
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
        return message if running is None else replace(message, text=running.before + running.shown)


def _intended_receipt(model: Path, sampling: Sampling) -> Receipt:
    """What is known before the engine answers, so that an answer cut off by a crash too says what made it."""
    return Receipt(name_of(model), str(model), "", sampling, sampling.seed, 0, "", 0, "")


def room_for_answer(limit: int) -> int:
    """Tokens of the context that a prompt is to leave for its answer."""
    return min(512, limit // 4)


def _turns(messages: list[Message]) -> list[int]:
    """Where a prompt may begin instead: at what the person said, but for the first time."""
    return [n for n, message in enumerate(messages) if n and message.role == "user"]


def _must_exist(model: Path) -> None:
    if not model.is_file():
        raise ModelError(
            Problem("The model file {path} is gone.", "Choose another model.", {"path": str(model)}, "choose-model")
        )
