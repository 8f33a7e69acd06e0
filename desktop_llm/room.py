"""Makes room in the context of a conversation: what is too much, what is left out, and the summary in its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from desktop_llm.branches import Branches
from desktop_llm.conversation import Asking, Attachment, Message, Prompt, clean
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Inspected
from desktop_llm.errors import UserError
from desktop_llm.events import LeftOut, Overflow, RunnerEvent, Summarized, SummaryGrew
from desktop_llm.fitting import Fitting, Omission
from desktop_llm.storage.store import Store
from desktop_llm.summarizing import Summary


class Room:
    """`on_event` is called on the thread where something happened and must not wait for anything."""

    def __init__(
        self, engine: Engine, store: Store, branches: Branches, on_event: Callable[[RunnerEvent], None]
    ) -> None:
        self._engine, self._store, self._branches, self._on_event = engine, store, branches, on_event
        self._summaries: dict[int, Summary] = {}

    def overflow(self, conversation: int, asking: Asking) -> Overflow | None:
        """What to leave out so that an answer has room; nothing where all fits. Waits; raises UserError."""
        branches = self._branches
        full = branches.ended_full(conversation)
        history = branches.shown(conversation) if full else branches.question(conversation)
        return self._fitting(conversation, history, asking).overflow(conversation)

    def seen(self, conversation: int, asking: Asking) -> Inspected:
        """What the model would see of the branch that is shown. Waits; raises UserError."""
        return self._fitting(conversation, self._branches.shown(conversation), asking).seen()

    def seen_before(self, conversation: int, answer: int, asking: Asking) -> tuple[Inspected, Omission]:
        """What the model saw before it wrote `answer`, as its receipt tells, and what was kept from it.

        Waits; raises UserError.
        """
        *history, made = self._branches.way_to(conversation, answer)
        omission = Omission()
        if receipt := made.receipt:
            asking = replace(asking, system=receipt.system, thinking=receipt.thinking)
            out = frozenset(receipt.left_out) & {message.id for message in history}
            omission = Omission(out, receipt.summary if out else "")
        return Fitting(self._engine, history, asking, omission).seen(), omission

    def measure(
        self,
        conversation: int | None,
        text: str,
        asking: Asking,
        draft: int,
        attachments: Sequence[Attachment] = (),
        partly: bool = False,
    ) -> None:
        """Tells in time how long the conversation is with what is about to be sent. Raises UserError."""
        history = self._branches.shown(conversation) if conversation is not None else []
        if any(message.attachments for message in history[-2:-1]) and history[-1].state == "writing":
            return  # how much of what is attached has room is being found out
        said = [Message("user", text, attachments=tuple(attachments))] if text.strip() or attachments else []
        if history or said or partly:
            omission = self.omission(conversation) if conversation is not None else Omission()
            fitting = Fitting(self._engine, [*history, *said], asking, omission)
            fitting.measure(conversation, draft, self._on_event, partly)

    def upcoming(self, conversation: int | None, said: Sequence[Message], asking: Asking) -> Prompt | None:
        """What would be asked with what is about to be `said`, an answer's beginning maybe; nothing if that is nothing.

        Doesn't wait.
        """
        history = [*(self._branches.shown(conversation) if conversation is not None else ()), *said]
        if not history or history[-1].state == "writing":
            return None
        omission = self.omission(conversation) if conversation is not None else Omission()
        begins = bool(said) and said[-1].role == "assistant"
        return Fitting(self._engine, history, asking, omission).prompt(continues=begins)

    def leave_out(self, conversation: int, messages: Iterable[int], summary: str = "") -> None:
        """Doesn't send them any more; without a new summary that of what was left out before stays."""
        before = self.omission(conversation)
        self._omit(conversation, Omission(before.messages | frozenset(messages), summary or before.summary))

    def set_summary(self, conversation: int, summary: str) -> None:
        """Changes what is sent in place of what was left out."""
        self._omit(conversation, Omission(self.omission(conversation).messages, clean(summary)))

    def send_all(self, conversation: int) -> None:
        """Sends again what was left out."""
        self._omit(conversation, Omission())

    def summarize(self, conversation: int, messages: Sequence[int], asking: Asking) -> None:
        """Has them summed up and leaves them out: SummaryGrew is told meanwhile, Summarized in the end."""

        def tell(text: str, share: float) -> None:
            self._on_event(SummaryGrew(conversation, text, share))

        summary = self._summaries[conversation] = Summary(self._engine, asking, tell)
        told = [message for message in self._branches.shown(conversation) if message.id in messages]
        work = self._sum_up, conversation, summary, told
        threading.Thread(target=work[0], args=work[1:], name="summary", daemon=True).start()

    def _sum_up(self, conversation: int, summary: Summary, messages: list[Message]) -> None:
        problem = None
        try:
            text = summary.write(messages, self.omission(conversation).summary)
            if text:
                self.leave_out(conversation, [message.id for message in messages], text)
        except UserError as error:
            problem = None if summary.stopped else error.problem
        self._summaries.pop(conversation, None)
        self._on_event(Summarized(conversation, summary.stopped, problem))

    def omission(self, conversation: int) -> Omission:
        kept = self._store.conversation(conversation)
        return Omission(frozenset(kept.left_out), kept.summary)

    def _omit(self, conversation: int, omission: Omission) -> None:
        self._store.set_left_out(conversation, sorted(omission.messages), omission.summary)
        self._on_event(LeftOut(conversation, omission.messages, omission.summary))

    def _fitting(self, conversation: int, history: Sequence[Message], asking: Asking) -> Fitting:
        return Fitting(self._engine, history, asking, self.omission(conversation))

    def stop(self, conversation: int) -> None:
        """Ends a summary that is being written; nothing is left out then."""
        summary = self._summaries.get(conversation)
        if summary is not None:
            summary.stop()

    def close(self) -> None:
        for conversation in list(self._summaries):
            self.stop(conversation)
