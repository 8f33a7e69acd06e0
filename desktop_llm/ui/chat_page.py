"""A conversation, and where the next message is written."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QMargins, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from desktop_llm.conversation import Message
from desktop_llm.engine.client import Generation
from desktop_llm.engine.messages import (
    Died,
    Loaded,
    LoadFailed,
    LoadingAgain,
    LoadProgress,
    PromptProgress,
    Ready,
    Unloaded,
)
from desktop_llm.errors import Problem
from desktop_llm.runner import (
    AnswerChanged,
    AnswerEnded,
    Answering,
    ConversationBegun,
    ConversationOpened,
    MessageAdded,
)
from desktop_llm.ui.answer_foot import action_name
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.empty_state import EmptyState
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import ModelsChanged, NotSent, Session
from desktop_llm.ui.status_line import StatusLine
from desktop_llm.ui.theme import Theme
from desktop_llm.ui.transcript import Transcript
from desktop_llm.ui.worker import Worker

_COLUMN = 800
_MARGINS = QMargins(24, 0, 24, 8)


class ChatPage(QWidget):
    """Shows one conversation; `acted` names what a problem's button asks of the window."""

    acted = Signal(str)
    began = Signal(object)  # the conversation a new chat has become

    def __init__(self, worker: Worker, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker, self._session = worker, session
        self._conversation: int | None = None
        self._draft = 1
        self._sending = False
        self._writing: dict[int, int] = {}  # conversation of each answer under way, by its message
        self._generations: dict[int, Generation] = {}  # by message
        self.transcript = Transcript()
        self.empty = EmptyState()
        self.notice = NoticeBar()
        self.composer = Composer()
        self.status = StatusLine()
        self._pages = QStackedWidget()
        self._place()
        self._connect()

    # ---- what the window asks

    def new_chat(self) -> None:
        self._draft += 1
        self._show(None)
        self._pages.setCurrentWidget(self.empty)

    def show_conversation(self, conversation: int) -> None:
        self._show(conversation)
        self._pages.setCurrentWidget(self.transcript)
        self._worker.submit(self._session.show, conversation)

    def conversation(self) -> int | None:
        return self._conversation

    def stop(self) -> None:
        if self._answers:
            self._worker.submit(self._session.stop, self._conversation)

    def set_theme(self, theme: Theme) -> None:
        self.transcript.set_theme(theme)

    def _show(self, conversation: int | None) -> None:
        self._conversation, self._sending = conversation, False
        self.transcript.clear()
        self.notice.hide()
        self._refresh()

    # ---- what the worker tells

    def take(self, event: object) -> None:
        match event:
            case ConversationBegun(draft, conversation):
                self._begin(draft, conversation.id)
            case ConversationOpened(conversation, messages, answering):
                self._open(conversation, messages, answering)
            case MessageAdded(conversation, message):
                self._add(conversation, message)
            case Answering():
                self._follow(event)
            case AnswerChanged(conversation, message, delta, generation):
                self._grow(conversation, message, delta, generation)
            case AnswerEnded(conversation, message):
                self._end(conversation, message)
            case NotSent(conversation, text, problem):
                self._give_back(conversation, text, problem)
            case _:
                self._tell(event)

    def _tell(self, event: object) -> None:
        match event:
            case ModelsChanged(_, current, searched):
                self.empty.show_ready(current is not None, searched)
            case LoadProgress():
                self.status.show_loading(event)
            case Ready():
                self.status.show_ready(event)
            case LoadingAgain():
                self.status.show_loading_again(event)
            case Loaded(facts):
                self.status.show_loaded(facts)
            case Unloaded():
                self.status.show_unloaded()
            case LoadFailed(_, problem):
                self.status.say("")
                self._report(problem)
            case PromptProgress(generation) if generation in self._shown_generations():
                self.status.show_reading(event)
            case Died():
                self.status.say(self.tr("The engine stopped; the next message starts it again."))

    def _begin(self, draft: int, conversation: int) -> None:
        if draft == self._draft and self._conversation is None:
            self._conversation = conversation
            self.began.emit(conversation)

    def _open(self, conversation: int, messages: tuple[Message, ...], answering: Answering | None) -> None:
        if conversation == self._conversation:
            self.transcript.set_messages(messages)
            if answering:
                self._follow(answering)
            self._refresh()

    def _add(self, conversation: int, message: Message) -> None:
        if message.state == "writing":
            self._writing[message.id] = conversation
        if conversation == self._conversation:
            self._sending = self._sending and message.role == "user"
            self._pages.setCurrentWidget(self.transcript)
            self.transcript.add(message)
            if message.role == "user":
                self.transcript.follow()
        self._refresh()

    def _follow(self, answering: Answering) -> None:
        if answering.generation and answering.generation.state != "ended":
            self._generations[answering.answer.id] = answering.generation

    def _grow(self, conversation: int, message: int, delta: str, generation: Generation) -> None:
        if conversation == self._conversation:
            self.transcript.append(message, delta)
            self.status.show_writing(generation)

    def _end(self, conversation: int, message: Message) -> None:
        self._writing.pop(message.id, None)
        generation = self._generations.pop(message.id, None)
        if conversation == self._conversation:
            self.transcript.finish(message)
            if generation and generation.generated:
                self.status.show_written(generation)
        self._refresh()

    def _give_back(self, conversation: int | None, text: str, problem: Problem) -> None:
        if conversation in (None, self._conversation):
            self._sending = False
            self.composer.give_back(text)
            self._report(problem)
            self._refresh()

    def _shown_generations(self) -> list[int]:
        shown = [message for message, conversation in self._writing.items() if conversation == self._conversation]
        return [self._generations[message].id for message in shown if message in self._generations]

    # ---- what the person does

    def _send(self, text: str) -> None:
        self.notice.hide()
        self._sending = True
        self._refresh()
        self._worker.submit(self._session.send, self._conversation, text, self._draft)

    def _act(self, action: str, message: Message) -> None:
        if action == "retry" and message.id and self._conversation is not None:
            self._worker.submit(self._session.ask_again, self._conversation)
        else:
            self.acted.emit(action)

    def _report(self, problem: Problem) -> None:
        name = "" if problem.action == "retry" else action_name(problem.action)
        self.notice.report(problem, name, partial(self.acted.emit, problem.action))

    # ---- how it looks

    @property
    def _answers(self) -> bool:
        return self._sending or self._conversation in self._writing.values()

    def _refresh(self) -> None:
        self.composer.show_answering(self._answers)

    def _place(self) -> None:
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.transcript)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._pages, 1)
        column.addLayout(self._below())

    def _below(self) -> QHBoxLayout:
        """The composer and its lines, as wide as the text above and in its middle."""
        narrow = QVBoxLayout()
        narrow.setSpacing(6)
        narrow.addWidget(self.notice)
        narrow.addWidget(self.composer)
        foot = QHBoxLayout()
        foot.addWidget(self.status, 1)
        foot.addWidget(self._footnote())
        narrow.addLayout(foot)
        holder = QWidget()
        holder.setLayout(narrow)
        narrow.setContentsMargins(0, 0, 0, 0)
        holder.setMaximumWidth(_COLUMN)
        row = QHBoxLayout()
        row.setContentsMargins(_MARGINS)
        row.addStretch(1)
        row.addWidget(holder, 100)
        row.addStretch(1)
        return row

    def _footnote(self) -> QLabel:
        note = QLabel(self.tr("Answers can be wrong: check what matters."))
        note.setObjectName("muted")
        return note

    def _connect(self) -> None:
        self.composer.sent.connect(self._send)
        self.composer.stopped.connect(self.stop)
        self.transcript.acted.connect(self._act)
        self.empty.suggested.connect(self._suggest)
        self.empty.wants_file.connect(self._choose_file)
        self._worker.happened.connect(self.take)

    def _suggest(self, text: str) -> None:
        self.composer.set_text(text)
        self.composer.setFocus()

    def _choose_file(self) -> None:
        self.acted.emit("choose-file")
