"""Carries out what a person asks: stored first, then generated, and kept while it grows."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from desktop_llm.branches import Branches
from desktop_llm.conversation import (
    ANEW,
    Asking,
    Attachment,
    Message,
    Receipt,
    State,
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
    Loaded,
    LoadFailed,
    LoadingAgain,
    LoadProgress,
    PromptProgress,
    Ready,
    Unloaded,
)
from desktop_llm.errors import ModelError, Problem, PromptError, StorageError, UserError
from desktop_llm.events import (
    AnswerChanged,
    AnswerEnded,
    Answering,
    AnswerResumed,
    ConversationBegun,
    ConversationChanged,
    ConversationOpened,
    EarlierMessages,
    LeftOut,
    MessageAdded,
    MessageChanged,
    NotStored,
    RunnerEvent,
)
from desktop_llm.fitting import Fitting, Omission
from desktop_llm.room import Room
from desktop_llm.storage.store import Store

KEEP_EVERY = 0.25
FORWARDED = (Ready, LoadProgress, Loaded, LoadFailed, LoadingAgain, Unloaded, PromptProgress, Died)
_NOTHING = Problem("There is nothing to send.", "Write a message first.")
_RUN_WITH_ANOTHER = "Put it back there, or run the answer again with another model."
_NO_RECEIPT = Problem("What made this answer is not known.", "Regenerate it instead.")


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
    """`on_event` is called on the thread where something happened and must not wait for anything.

    `keeps`: whether the engine may keep the state of these conversations on the disk.
    """

    def __init__(
        self, engine: Engine, store: Store, on_event: Callable[[RunnerEvent], None], keeps: bool = True
    ) -> None:
        self._engine = engine
        self._store = store
        self._on_event = on_event
        self._keeps = keeps
        self._running: dict[int, _Running] = {}
        self._preparing: dict[int, Answering] = {}
        self._unsigned: list[tuple[Generation, Message]] = []
        self._lock = threading.RLock()
        self.branches = Branches(store)
        self.room = Room(engine, store, self.branches, on_event)

    def send(
        self,
        conversation: int | None,
        text: str,
        asking: Asking,
        *,
        draft: int = 0,
        attachments: Sequence[Attachment] = (),
        begins: str = "",
    ) -> Answering:
        """Stores what was asked, then has it answered; `begins` is how the answer is to begin.

        Raises UserError while nothing is stored yet.
        """
        said = _said(text, attachments)
        _must_exist(asking.model)
        kept = self._begin(said, draft) if conversation is None else conversation
        history = self.branches.shown(kept)
        user = self._add(kept, replace(said, parent=history[-1].id if history else 0))
        return self._ask(kept, [*history, user], asking, begins)

    def ask_again(self, conversation: int, asking: Asking) -> Answering:
        """Has the last message of the person answered once more, beside the answer it has. Raises UserError."""
        return self._ask_from(conversation, self.branches.question(conversation), asking)

    def regenerate(self, conversation: int, answer: int, asking: Asking) -> Answering:
        """Has the message before `answer` answered once more, beside it. Raises UserError."""
        return self._ask_from(conversation, self.branches.asked_before(conversation, answer), asking)

    def run_again(self, conversation: int, answer: int) -> Answering:
        """Has an answer made exactly as its receipt says, beside it. Raises UserError."""
        history, made = self.branches.asked_before(conversation, answer), self.branches.way_to(conversation, answer)[-1]
        receipt = made.receipt
        if receipt is None or not receipt.engine:
            raise PromptError(_NO_RECEIPT)
        sampling = replace(receipt.sampling, seed=receipt.seed)
        asking = Asking(Path(receipt.model_path), sampling, receipt.system, receipt.thinking)
        omission = Omission(frozenset(receipt.left_out), receipt.summary)
        _must_exist(asking.model, _RUN_WITH_ANOTHER)
        self._tell_opened(conversation, history)
        answer_anew = self._add_answer(conversation, history[-1], asking, omission, made.text[: receipt.begun])
        return self._answer(conversation, answer_anew, history, asking, omission, receipt.steps or ANEW)

    def edit(
        self, conversation: int, message: int, text: str, asking: Asking, attachments: Sequence[Attachment] = ()
    ) -> Answering:
        """Says `text` in place of `message`, which stays beside it, and has that answered. Raises UserError."""
        said = _said(text, attachments)
        _must_exist(asking.model)
        before = self.branches.way_to(conversation, message)[:-1]
        self._tell_opened(conversation, before)
        user = self._add(conversation, replace(said, parent=before[-1].id if before else 0))
        return self._ask(conversation, [*before, user], asking)

    def correct(self, conversation: int, answer: int, text: str) -> None:
        """Puts `text` beside an answer, as if the model had written it: what is said next builds on it."""
        before = self.branches.way_to(conversation, answer)[:-1]
        self._tell_opened(conversation, before)
        self._add(conversation, Message("assistant", clean(text), parent=before[-1].id if before else 0))

    def go_on(self, conversation: int, answer: int, asking: Asking) -> Answering:
        """Has an answer that ended too soon written further. Raises UserError."""
        _must_exist(asking.model)
        history = self.branches.way_to(conversation, answer)
        omission = self.room.omission(conversation)
        receipt = _intended_receipt(asking, omission, len(history[-1].text))
        resumed = replace(history[-1], state="writing", reason=None, problem=None, receipt=receipt)
        self._store.finish(resumed)
        self._on_event(AnswerResumed(conversation, resumed))
        return self._answer(conversation, resumed, history[:-1], asking, omission)

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
        """Tells the end of what is said in `conversation`, all of it where that is little.

        Nothing is lost or doubled between that, what `open_earlier` tells and what still comes.
        """
        with self._lock:
            self._tell_opened(conversation, self.branches.end(conversation))

    def open_earlier(self, conversation: int, before: int) -> None:
        """Tells what was said before the message `before`, whatever has come after it meanwhile."""
        with self._lock:
            messages, places = self.branches.before(conversation, before)
            told = tuple(map(self._as_shown, messages))
            self._on_event(EarlierMessages(conversation, before, told, places))

    def stop(self, message_id: int) -> None:
        with self._lock:
            if message_id in self._running:
                self._stop(self._running[message_id])
            elif message_id in self._preparing:
                self._stop_preparing(message_id)

    def stop_all(self, conversation: int) -> None:
        with self._lock:
            for answering in self._under_way(conversation):
                self.stop(answering.answer.id)
            self.room.stop(conversation)

    def on_engine_event(self, event: Event) -> None:
        with self._lock:
            for running in list(self._running.values()):
                self._follow(running)
            if isinstance(event, Hashed):
                self._sign()
            elif isinstance(event, Died | Unloaded):
                self._unsigned.clear()
        if isinstance(event, FORWARDED):
            self._on_event(event)

    def close(self) -> None:
        """Ends every answer as stopped, with its text kept."""
        with self._lock:
            self.room.close()
            for message in list(self._preparing):
                self._stop_preparing(message)
            for running in list(self._running.values()):
                running.generation.stop()
                self._follow(running)
            for running in list(self._running.values()):
                self._end(running, replace(self._ended(running), state="stopped", reason="stopped"))

    def _under_way(self, conversation: int) -> list[Answering]:
        all_of_them = (*(running.answering for running in self._running.values()), *self._preparing.values())
        return [answering for answering in all_of_them if answering.conversation == conversation]

    def _stop(self, running: _Running) -> None:
        """Looks at once, for an answer that had not begun ends without a word of the engine."""
        running.generation.stop()
        if running.answering.answer.id in self._running:
            self._follow(running)

    def _stop_preparing(self, message: int) -> None:
        answering = self._preparing.pop(message)
        self._keep(answering.conversation, replace(answering.answer, state="stopped", reason="stopped"))

    # ---- asking

    def _tell_opened(self, conversation: int, shown: list[Message]) -> None:
        with self._lock:
            ids = {message.id for message in shown}
            answering = next((one for one in self._under_way(conversation) if one.answer.id in ids), None)
            told = tuple(self._as_shown(message) for message in shown)
            places = self.branches.places(conversation, shown)
            earlier = bool(shown) and shown[0].parent != 0
            self._on_event(ConversationOpened(conversation, told, answering, places, earlier))
            omission = self.room.omission(conversation)
            if omission.messages:
                self._on_event(LeftOut(conversation, omission.messages, omission.summary))

    def _ask_from(self, conversation: int, history: list[Message], asking: Asking) -> Answering:
        """Asks in the midst of a conversation: what came after is out of sight, and stays."""
        _must_exist(asking.model)
        self._tell_opened(conversation, history)
        return self._ask(conversation, history, asking)

    def _begin(self, said: Message, draft: int) -> int:
        names = (attachment.name for attachment in said.attachments)
        begun = self._store.create(title_of(said.text) or title_of("\n".join(names)))
        self._on_event(ConversationBegun(draft, begun))
        return begun.id

    def _ask(self, conversation: int, history: list[Message], asking: Asking, begins: str = "") -> Answering:
        user, omission = history[-1], self.room.omission(conversation)
        answer = self._add_answer(conversation, user, asking, omission, clean(begins))
        if user.attachments:
            return self._prepare(conversation, answer, history, asking, omission)
        return self._answer(conversation, answer, history, asking, omission)

    def _add_answer(
        self, conversation: int, user: Message, asking: Asking, omission: Omission, begins: str
    ) -> Message:
        receipt = _intended_receipt(asking, omission, len(begins))
        answer = Message("assistant", begins, parent=user.id, state="writing", receipt=receipt)
        added = self._add(conversation, answer)
        self._on_event(ConversationChanged(self._store.conversation(conversation)))
        return added

    def _add(self, conversation: int, message: Message) -> Message:
        """What is added is the last of all, and so the end of the branch that is shown."""
        stored = self._store.add(conversation, message)
        if self._store.conversation(conversation).leaf:
            self._store.set_leaf(conversation, 0)
        place = self.branches.places(conversation, [stored]).get(stored.id, (1, 1))
        self._on_event(MessageAdded(conversation, stored, place))
        return stored

    def _prepare(
        self, conversation: int, answer: Message, history: list[Message], asking: Asking, omission: Omission
    ) -> Answering:
        """What of the attachments has room is found on a thread of its own, for the model may not be loaded yet."""
        answering = self._preparing[answer.id] = Answering(conversation, history[-1], answer, None)
        work = self._answer_fitted, answering, history, asking, omission
        threading.Thread(target=work[0], args=work[1:], name="attachments", daemon=True).start()
        return answering

    def _answer_fitted(
        self, answering: Answering, history: list[Message], asking: Asking, omission: Omission
    ) -> None:
        conversation, answer = answering.conversation, answering.answer
        try:
            fitted, problem = Fitting(self._engine, history, asking, omission).fitted(), None
        except UserError as error:
            fitted, problem = history[-1], error.problem
        with self._lock:
            if self._preparing.pop(answer.id, None) is None:
                return
            if problem:
                self._keep_failed(conversation, answer, problem)
                return
            self._keep_given(conversation, fitted)
            self._on_event(self._answer(conversation, answer, [*history[:-1], fitted], asking, omission))

    def _keep_given(self, conversation: int, message: Message) -> None:
        with contextlib.suppress(StorageError):
            self._store.set_given(message)
        self._on_event(MessageChanged(conversation, message))

    def _answer(
        self, conversation: int, answer: Message, history: Sequence[Message], asking: Asking, omission: Omission,
        steps: str = "",
    ) -> Answering:  # fmt: skip
        said = [*history, answer] if answer.text else history
        prompt = Fitting(self._engine, said, asking, omission).prompt(continues=bool(answer.text))
        prompt = replace(prompt, steps=steps)
        try:
            generation = self._engine.generate(prompt, keep=self._keeps)
        except UserError as error:
            self._keep_failed(conversation, answer, error.problem)
            return Answering(conversation, history[-1], answer, None)
        answering = Answering(conversation, history[-1], answer, generation)
        with self._lock:
            running = self._running[answer.id] = _Running(answering, generation, before=answer.text)
            self._follow(running)
        return answering

    def _keep_failed(self, conversation: int, answer: Message, problem: Problem) -> None:
        self._keep(conversation, replace(answer, state="failed", reason="failed", problem=problem))

    # ---- growing

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
        generation, answer = running.generation, running.answering.answer
        states: dict[str | None, State] = {"failed": "failed", "stopped": "stopped"}
        return replace(
            answer,
            text=running.before + running.shown,
            state=states.get(generation.reason, "done"),
            reason=generation.reason,
            problem=generation.problem,
            tokens=generation.tokens,
            timings=generation.timings,
            receipt=_completed(answer.receipt, generation.receipt),
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
                self._store.finish(replace(message, receipt=_completed(message.receipt, generation.receipt)))

    def _keep(self, conversation: int, message: Message) -> None:
        try:
            self._store.finish(message)
        except StorageError as error:
            self._on_event(NotStored(error.problem))
        self._on_event(AnswerEnded(conversation, message))

    def _as_shown(self, message: Message) -> Message:
        running = self._running.get(message.id)
        return message if running is None else replace(message, text=running.before + running.shown)


def _said(text: str, attachments: Sequence[Attachment]) -> Message:
    """Raises PromptError where that is nothing."""
    said = clean(text)
    if not said.strip() and not attachments:
        raise PromptError(_NOTHING)
    # Which parts have room is found anew wherever it is asked.
    return Message("user", said, attachments=tuple(replace(attachment, given=None) for attachment in attachments))


def _intended_receipt(asking: Asking, omission: Omission, begun: int) -> Receipt:
    """What is known before the engine answers, so that an answer cut off by a crash too says what made it."""
    model, sampling = asking.model, asking.sampling
    engine = Receipt(name_of(model), str(model), "", sampling, sampling.seed, 0, "", 0, "")
    left_out = tuple(sorted(omission.messages))
    return replace(
        engine, system=asking.system, thinking=asking.thinking, begun=begun, left_out=left_out,
        summary=omission.summary,
    )  # fmt: skip


def _completed(intended: Receipt | None, made: Receipt | None) -> Receipt | None:
    """What was asked, and what the engine says of how it was made."""
    if intended is None or made is None:
        return made or intended
    return replace(
        made, system=intended.system, thinking=intended.thinking, begun=intended.begun, left_out=intended.left_out,
        summary=intended.summary,
    )  # fmt: skip


def _must_exist(model: Path, remedy: str = "Choose another model.") -> None:
    if not model.is_file():
        raise ModelError(Problem("The model file {path} is gone.", remedy, {"path": str(model)}, "choose-model"))
