"""What the model would say next in the chat that is shown: asked anew when the prompt changes, while it is seen."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from desktop_llm.conversation import Attachment
from desktop_llm.engine.messages import Died, Loaded, LoadFailed, LookedAhead, Unloaded
from desktop_llm.errors import EngineError, Problem, UserError
from desktop_llm.ui.chat_page import ChatPage
from desktop_llm.ui.chat_panel import ChatPanel
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.session import Session
from desktop_llm.ui.worker import Worker

_TYPING = 500  # milliseconds until it is asked what comes after what was written
_LONGEST_PAUSE = 10_000


@dataclass(frozen=True)
class Written:
    """The chat that is shown, its system prompt, and what is being written in it."""

    conversation: int | None
    text: str
    attachments: tuple[Attachment, ...]
    begins: str
    system: str


@dataclass(frozen=True)
class NextTokens:
    """What would come after `written`; not `ready` where the model is not in memory as it is to be."""

    written: Written
    ahead: LookedAhead | None = None
    problem: Problem | None = None
    ready: bool = True


def look_ahead(worker: Worker, session: Session, written: Written) -> NextTokens | None:
    """NextTokens is told in time, at once where there is nothing to look at; no model is loaded for it."""

    def told(future: Future[LookedAhead]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None:
            worker.post(NextTokens(written, future.result()))
        else:
            worker.post(_without(written, error))

    try:
        prompt = session.upcoming(written.conversation, written.text, written.attachments, written.begins)
        if prompt is None:
            return NextTokens(written)
        session.engine.next_tokens(prompt, loads=False).add_done_callback(told)
    except UserError as error:
        return _without(written, error)
    return None


def _without(written: Written, error: BaseException) -> NextTokens:
    """A child that died, or stands without its model, is nothing that has to be told here."""
    if isinstance(error, UserError) and not isinstance(error, EngineError):
        return NextTokens(written, None, error.problem)
    return NextTokens(written, ready=False)


class LookingAhead(QObject):
    """One question at a time, and none while an answer is written or the view is out of sight."""

    def __init__(self, worker: Worker, session: Session, chat: ChatPage, panel: ChatPanel) -> None:
        super().__init__(panel)
        self._worker, self._session, self._chat, self._panel = worker, session, chat, panel
        self._view = panel.next_tokens
        self._loaded = self._again = False
        self._changed = True
        self._asked: Written | None = None
        self._shown: Written | None = None
        self._begun = 0.0
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self._ask)
        self._view.wanted.connect(self._ask)
        panel.changed.connect(self._follow_system)
        chat.room.changed.connect(self.soon)
        chat.composer.begins.edit.textChanged.connect(self.soon)

    def soon(self) -> None:
        """The prompt has changed."""
        self._changed = True
        if self._view.is_wanted:
            if self._shown and self._shown.conversation != self._chat.conversation():
                self._say("")
            self._typing.start()

    def take(self, event: object) -> None:
        match event:
            case NextTokens():
                self._take(event)
            case Loaded():
                self._loaded = True
                self.soon()
            case Unloaded() | LoadFailed() | Died():
                self._loaded = False
                self.soon()

    def take_over(self, before: LookingAhead) -> None:
        self._loaded = before._loaded
        self._view.fold.setChecked(before._view.fold.isChecked())

    def _ask(self) -> None:
        if not self._view.is_wanted or self._chat.answers:
            return
        if not self._loaded:
            self._say(self._words_without_model())
        elif self._asked is not None:
            self._again = True
        elif self._changed:
            self._panel.keep()  # what of the system prompt is just being written
            self._changed = self._again = False
            self._asked, self._begun = self._written(), time.monotonic()
            if self._shown is None:
                self._view.say(self.tr("Looking ahead…"))
            self._worker.submit(look_ahead, self._worker, self._session, self._asked)

    def _take(self, told: NextTokens) -> None:
        if self._asked is None:
            return  # the window in whose place this one stands has asked
        self._asked = None
        # A chat that takes long to be read is not read without end while one writes.
        took = round(1000 * (time.monotonic() - self._begun))
        self._typing.setInterval(min(max(_TYPING, took), _LONGEST_PAUSE))
        if told.written == self._written():
            self._show(told)
        if self._again:
            self._typing.start()

    def _follow_system(self, system: str) -> None:
        """Another sampling is no other prompt."""
        if self._shown and system != self._shown.system:
            self.soon()

    def _show(self, told: NextTokens) -> None:
        if told.ahead is not None:
            self._shown = told.written
            self._view.show_ahead(told.ahead)
        elif told.problem is not None:
            self._say(in_words(told.problem))
        elif not told.ready:
            self._say(self._words_without_model())
        else:
            self._say(self.tr("Write a message, and the words with which an answer could begin stand here."))

    def _say(self, text: str) -> None:
        self._shown = None
        self._view.say(text)

    def _written(self) -> Written:
        composer, system = self._chat.composer, self._panel.system.toPlainText()
        said = composer.text(), composer.attachments(), composer.begins.text()
        return Written(self._chat.conversation(), *said, system)

    def _words_without_model(self) -> str:
        return self.tr("The likeliest next words stand here once the model is in memory: send a message to load it.")
