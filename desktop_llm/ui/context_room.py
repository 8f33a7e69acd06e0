"""How much of the context a chat fills, told before it is sent, and what can be done where that is too much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_llm.conversation import Attachment, Message
from desktop_llm.engine.messages import Loaded, Unloaded
from desktop_llm.events import LeftOut, Measured, Overflow, Summarized, SummaryGrew, TooLong
from desktop_llm.fitting import room_for_prompt
from desktop_llm.ui import amounts
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import Session
from desktop_llm.ui.status_line import StatusLine
from desktop_llm.ui.summary_dialog import SummaryDialog
from desktop_llm.ui.transcript import Transcript
from desktop_llm.ui.worker import Worker

_TYPING = 350  # milliseconds until what was written is counted


class Writing(Protocol):
    """Where the next message is written."""

    def text(self) -> str: ...
    def attachments(self) -> tuple[Attachment, ...]: ...
    def show_tokens(self, used: int, full: int, partly: bool = False) -> None: ...
    def setFocus(self) -> None: ...  # noqa: N802 - Qt's


@dataclass(frozen=True)
class TooMuch:
    """What the person is asked about: `asks`, a question that waits for it."""

    tokens: int
    limit: int
    oldest: tuple[int, ...]
    asks: bool
    alone: TooLong = ""


class ContextRoom(QObject):
    """Of the chat that is shown: `show` tells which that is. Nothing is left out before the person has chosen that."""

    summarizing = Signal()  # it began or ended
    changed = Signal()  # what would be sent is another

    def __init__(
        self,
        worker: Worker,
        session: Session,
        transcript: Transcript,
        writing: Writing,
        status: StatusLine,
        notice: NoticeBar,
    ) -> None:
        super().__init__(transcript)
        self._worker, self._session = worker, session
        self._transcript, self._writing, self._status, self.notice = transcript, writing, status, notice
        self._conversation: int | None = None
        self._draft = 0
        self._loaded: Loaded | None = None
        self._too_much: TooMuch | None = None
        self._summary = ""
        self._summarized: dict[int, bool] = {}  # conversations being summed up: whether a question waits for it
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_TYPING)
        self._counting.timeout.connect(self._count)

    @property
    def summarizes(self) -> bool:
        """Whether the earlier part of the chat that is shown is being summed up."""
        return self._conversation in self._summarized

    def show(self, conversation: int | None, draft: int) -> None:
        self._conversation, self._draft = conversation, draft
        self._summary = ""
        self._withdraw()
        if conversation is None:
            self.show_last(None)  # not the figure of the chat that was shown before
        self.count_soon()

    def take_over(self, before: ContextRoom) -> None:
        self._summarized = before._summarized
        self.show(before._conversation, before._draft)

    def begin(self, conversation: int) -> None:
        """What was written as a draft is a conversation now."""
        self._conversation = conversation

    def count_soon(self) -> None:
        """Something was written, answered or left out."""
        self._counting.start()
        self.changed.emit()

    def take(self, event: object) -> None:
        match event:
            case Measured(conversation, draft) if (conversation, draft) == (self._conversation, self._draft):
                self._show_measured(event)
            case Overflow(conversation) if conversation == self._conversation:
                if not self._writes:
                    self._ask_about(TooMuch(event.tokens, event.limit, event.oldest, True, event.alone))
            case LeftOut(conversation, messages, summary) if conversation == self._conversation:
                self._summary = summary
                self._transcript.set_left_out(messages, summary)
                self.count_soon()
            case SummaryGrew(conversation) if conversation == self._conversation:
                self._show_growth(event)
            case Summarized():
                self._end_summary(event)
            case Loaded():
                self._loaded = event
                self.count_soon()
            case Unloaded():
                self._loaded = None

    def act(self, action: str) -> None:
        """What a click on the piece between what is sent and what is not asks for."""
        if self._conversation is None:
            return
        if action == "send-all":
            self._worker.submit(self._session.send_all, self._conversation)
            return
        dialog = SummaryDialog(self._summary, self._transcript.window())
        chat = self._conversation
        dialog.kept.connect(lambda text: self._worker.submit(self._session.set_summary, chat, text))
        dialog.open()

    def show_last(self, answer: Message | None) -> None:
        """Until the model is loaded, as the last answer tells."""
        tokens, receipt = (answer.tokens, answer.receipt) if answer else (None, None)
        used = tokens.prompt + tokens.generated if tokens else 0
        self._writing.show_tokens(used, receipt.context if receipt else 0)

    # ---- counting

    def _count(self) -> None:
        asked = self._conversation, self._writing.text(), self._draft, self._writing.attachments()
        if self._loaded is not None:
            self._worker.submit(self._session.measure, *asked)

    def _show_measured(self, measured: Measured) -> None:
        self._writing.show_tokens(measured.tokens, measured.limit, measured.partly)
        if measured.tokens < measured.limit:
            self._withdraw()
        elif self._writes:
            self._ask_about(TooMuch(measured.tokens, measured.limit, measured.oldest, False, measured.alone))
        elif self._too_much is None or not self._too_much.asks:
            # A chat that is full and rests offers to make room below its last answer.
            self._withdraw()

    @property
    def _writes(self) -> bool:
        return bool(self._writing.text().strip() or self._writing.attachments())

    def _withdraw(self) -> None:
        """There is room again, or it is another chat."""
        if self._too_much is not None:
            self._too_much = None
            self.notice.hide()
        self._transcript.set_no_room(())

    # ---- asking what to do

    def _ask_about(self, much: TooMuch) -> None:
        before, self._too_much = self._too_much, much
        self._transcript.set_no_room(much.oldest)
        if before == much:
            return
        self.notice.say(self._words(much))
        if much.oldest:
            self.notice.add(self._leave_words(len(much.oldest)), self._leave_out)
            self.notice.add(self.tr("Summarize them"), self._summarize)
        if self._can_enlarge(much):
            self.notice.add(self._enlarge_words(_larger(much)), self._enlarge)

    def _words(self, much: TooMuch) -> str:
        number = amounts.count
        if much.asks:
            said = self.tr(
                "This chat is {tokens} tokens long, and the context holds {limit}, prompt and answer together."
            )
        else:
            said = self.tr("With this message the chat is {tokens} tokens long, and the context holds {limit}.")
        text = said.format(tokens=number(much.tokens), limit=number(much.limit))
        return f"{text} {self._culprit(much)}"

    def _culprit(self, much: TooMuch) -> str:
        count = len(much.oldest)
        if much.alone == "system prompt":
            return self.tr("Its system prompt alone is too long: shorten it in the settings of this chat.")
        if much.alone == "answer":
            return self._full_words(much)
        if not count:
            return self.tr("The last message does not fit even on its own.")
        if count == 1:
            return self.tr("The oldest message no longer fits.")
        return self.tr("The {count} oldest messages no longer fit.").format(count=count)

    def _full_words(self, much: TooMuch) -> str:
        """Nothing that was said before it makes room."""
        if self._can_enlarge(much):
            return self.tr(
                "The last answer fills it: enlarge the context to have it written further, "
                "or write on and choose then to leave it out."
            )
        return self.tr("The last answer fills it: write on, and choose then to leave it out.")

    def _leave_words(self, count: int) -> str:
        return self.tr("Leave it out") if count == 1 else self.tr("Leave them out")

    def _enlarge_words(self, larger: int) -> str:
        """With what it costs, as far as that is known of the model that is loaded."""
        words = self.tr("Enlarge the context to {tokens}").format(tokens=amounts.count(larger))
        costs = list(filter(None, (self._memory_words(larger), self._time_words())))
        return f"{words} ({', '.join(costs)})" if costs else words

    def _memory_words(self, larger: int) -> str:
        facts = self._loaded.facts if self._loaded else None
        if not facts or not facts.memory.cache or not facts.context:
            return ""
        more = facts.memory.cache * (larger - facts.context) // facts.context
        return self.tr("+{size}").format(size=amounts.size(more))

    def _time_words(self) -> str:
        seconds = self._loaded.seconds if self._loaded else 0.0
        return self.tr("{count} s to load").format(count=math.ceil(seconds)) if seconds else ""

    def _can_enlarge(self, much: TooMuch) -> bool:
        trained = self._loaded.facts.trained_context if self._loaded else 0
        return much.limit < _larger(much) <= (trained or _larger(much))

    # ---- what the person chose

    def _leave_out(self) -> None:
        much = self._chosen()
        if much and self._conversation is not None:
            self._worker.submit(self._session.leave_out, self._conversation, much.oldest, much.asks)

    def _enlarge(self) -> None:
        much = self._chosen()
        if much:
            self._worker.submit(self._session.enlarge, self._conversation, _larger(much), much.asks)

    def _summarize(self) -> None:
        much = self._chosen()
        if much and self._conversation is not None:
            self._summarized[self._conversation] = much.asks
            self._status.say(self.tr("Summarizing the earlier part…"))
            self.summarizing.emit()
            self._worker.submit(self._session.summarize, self._conversation, much.oldest)

    def _chosen(self) -> TooMuch | None:
        self._writing.setFocus()  # the button that had it is gone
        much, self._too_much = self._too_much, None
        self._transcript.set_no_room(())
        return much

    def _show_growth(self, grew: SummaryGrew) -> None:
        words = len(amounts.words(grew.text))
        said = self.tr("Summarizing the earlier part: {percent} % read, {words} words")
        self._status.say(said.format(percent=round(100 * grew.share), words=words))

    def _end_summary(self, ended: Summarized) -> None:
        asks = self._summarized.pop(ended.conversation, False)
        self.summarizing.emit()
        if ended.conversation == self._conversation:
            self._status.say("")
            if ended.problem:
                self.notice.report(ended.problem)
        if asks and not ended.problem and not ended.stopped:
            self._worker.submit(self._session.ask_on, ended.conversation)


def _larger(much: TooMuch) -> int:
    """The next usual size of a context in which all of it has room."""
    context = 1024
    while room_for_prompt(context) < much.tokens:
        context *= 2
    return context
