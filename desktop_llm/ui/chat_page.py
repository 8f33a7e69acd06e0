"""A conversation, and where the next message is written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMargins, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from desktop_llm.conversation import TEMPORARY, Attachment, Message
from desktop_llm.engine.client import Generation
from desktop_llm.engine.messages import (
    Died,
    Loaded,
    LoadFailed,
    LoadingAgain,
    LoadProgress,
    ModelFacts,
    PromptProgress,
    Ready,
    Unloaded,
)
from desktop_llm.errors import Problem
from desktop_llm.events import (
    AnswerChanged,
    AnswerEnded,
    Answering,
    AnswerResumed,
    ConversationBegun,
    ConversationOpened,
    EarlierMessages,
    MessageAdded,
    MessageChanged,
)
from desktop_llm.storage.drafts import NEW, KeptDraft
from desktop_llm.storage.prompts import SavedPrompt
from desktop_llm.ui.answer_foot import action_name, problem_of
from desktop_llm.ui.attaching import Attached, NotAttached
from desktop_llm.ui.attachment_dialog import AttachmentDialog
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.context_room import ContextRoom
from desktop_llm.ui.drafts import NEW_TEMPORARY, Drafts
from desktop_llm.ui.empty_state import EmptyState
from desktop_llm.ui.find_bar import FindBar
from desktop_llm.ui.focus_line import FocusLine
from desktop_llm.ui.notice import NoticeBar, in_words
from desktop_llm.ui.prompt_dialog import PromptDialog
from desktop_llm.ui.prompt_picker import PromptPicker
from desktop_llm.ui.run_again import RunAgain
from desktop_llm.ui.sampling_doubt import SamplingDoubt
from desktop_llm.ui.session import (
    DraftsRead,
    DraftsUnkept,
    Erased,
    KeptNow,
    ModelsChanged,
    NotSent,
    Opened,
    PromptsChanged,
    Seen,
    Session,
    Stored,
)
from desktop_llm.ui.shown_text import shown
from desktop_llm.ui.status_line import StatusLine
from desktop_llm.ui.temporary_bar import TemporaryBar
from desktop_llm.ui.theme import Theme
from desktop_llm.ui.transcript import Transcript
from desktop_llm.ui.variables_dialog import Filling
from desktop_llm.ui.worker import Worker

_COLUMN = 800
_MARGINS = QMargins(24, 0, 24, 8)
_LONGEST_ADDRESS = 40  # characters, which no line breaks
_TYPING = 1_000  # milliseconds until what was written is kept
_AGAIN = 5_000  # until that is tried again where it could not be


class ChatPage(QWidget):
    """Shows one conversation; `acted` names what a problem's button asks of the window."""

    acted = Signal(str)
    sending = Signal()  # what else was changed just now is to hold for it
    began = Signal(object)  # the conversation a new chat has become

    def __init__(self, worker: Worker, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker, self._session = worker, session
        self._conversation: int | None = None
        self._draft = 1
        self._temporary = False  # whether what is begun next is kept in memory only
        self._keeps = True  # whether anything can be stored
        self._sending = False
        self._sought = 0
        self._warned_of: Path | None = None  # a model that is no good for chats
        self._awaited = 0  # the first message that is shown, where what was said before it is still to come
        self._writing: dict[int, int] = {}  # conversation of each answer under way, by its message
        self._generations: dict[int, Generation] = {}  # by message
        self.transcript = Transcript()
        self.find_bar = FindBar(self.transcript)
        self.empty = EmptyState()
        self.notice = NoticeBar()
        self.composer = Composer()
        self.picker = PromptPicker(self.composer, self)
        self.filling = Filling(self)
        self.status = StatusLine()
        self.run_again = RunAgain(worker, session, self.notice, self.conversation, self)
        self.too_much = NoticeBar()
        self.temporary = TemporaryBar()
        self.doubt = SamplingDoubt()
        self.room = ContextRoom(worker, session, self.transcript, self.composer, self.status, self.too_much)
        # Reading what is earlier would keep Python from painting the end, which therefore comes first.
        self._painted = QTimer(self)
        self._painted.setSingleShot(True)
        self._painted.timeout.connect(self._ask_earlier)
        self._drafts = Drafts()
        self._kept: dict[int, KeptDraft] | None = None  # what is on the disk of them, as soon as that is read
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(_TYPING)
        self._keeping.timeout.connect(self.keep_drafts)
        self._unkept = QTimer(self)
        self._unkept.setSingleShot(True)
        self._unkept.setInterval(_AGAIN)
        self._unkept.timeout.connect(self._keep_again)
        self._tells_unkept = True
        self._pages = QStackedWidget()
        self._place()
        self._connect()

    # ---- what the window asks

    def new_chat(self, temporary: bool = False) -> None:
        self._draft += 1
        self.empty.show_temporary(temporary)
        self._show(None, temporary)
        self._pages.setCurrentWidget(self.empty)

    def show_conversation(self, conversation: int, message: int = 0) -> None:
        """With a message: scrolled to it, where the branch that is shown has it."""
        self._sought = message
        self._show(conversation)
        self._pages.setCurrentWidget(self.transcript)
        self._worker.submit(self._session.show, conversation)

    def take_over(self, before: ChatPage) -> None:
        """Goes on where that page was left, with all that is written and under way there."""
        before.keep_drafts()
        self._drafts, self._kept, self._draft = before._drafts, before._kept, before._draft
        self._writing, self._generations = before._writing, before._generations
        self._conversation, self._temporary = before._conversation, before._temporary
        self._keeps = before._keeps
        self._sending = before._sending
        self.composer.think.setChecked(before.composer.think.isChecked())
        self._show_draft()
        self.composer.wait(before.composer.waiting)
        self.room.take_over(before.room)
        self.empty.show_temporary(self._temporary)
        if self._conversation is not None:
            self._sought = before.transcript.left_at()
            self._pages.setCurrentWidget(self.transcript)
            self._worker.submit(self._session.show, self._conversation)
        self._refresh()

    def leave(self) -> None:
        """Another page takes its place."""
        self._worker.leave(self, self.take)
        self._worker.leave(self.run_again, self.run_again.take)

    def conversation(self) -> int | None:
        return self._conversation

    def stop(self) -> None:
        self.composer.wait(False)
        if self.answers:
            self._worker.submit(self._session.stop, self._conversation)

    def set_theme(self, theme: Theme) -> None:
        self.transcript.set_theme(theme)

    def keep_drafts(self) -> None:
        """Has what is not sent written to the disk, where it is not there yet."""
        self._drafts.put(self._chat, self.composer.draft())
        kept = self._drafts.kept()
        if self._kept is not None and kept != self._kept:
            self._kept = kept
            self._worker.submit(self._session.keep_drafts, kept)

    def _keep_again(self) -> None:
        if self._kept is not None:
            self._worker.submit(self._session.keep_drafts, self._kept)

    def _tell_unkept(self, problem: Problem) -> None:
        """Once, though it is tried again until it succeeds."""
        if self._tells_unkept:
            self._tells_unkept = False
            self.notice.say_also(in_words(problem), problem.details)
        self._unkept.start()

    def _tell_stored(self, problems: Sequence[Problem], drafts: bool) -> None:
        self._tells_unkept = self._tells_unkept or drafts
        self.notice.withdraw([in_words(problem) for problem in problems])

    @property
    def _chat(self) -> int:
        """Whose draft is in the composer."""
        if self._conversation is not None:
            return self._conversation
        return NEW_TEMPORARY if self._temporary else NEW

    def _show(self, conversation: int | None, temporary: bool = False) -> None:
        before = self._chat
        self._drafts.put(before, self.composer.draft())
        self._conversation, self._sending, self._awaited = conversation, False, 0
        self._temporary = temporary
        self.transcript.clear()
        self.composer.wait(False)
        self.notice.hide()
        if self._chat != before:
            self._show_draft()
        self.status.rest()
        self.room.show(conversation, self._draft)
        self._refresh()

    # ---- what the worker tells

    def take(self, event: object) -> None:
        match event:
            case ConversationBegun(draft, conversation):
                self._begin(draft, conversation.id)
            case ConversationOpened(conversation) if conversation == self._conversation:
                self._open(event)
            case EarlierMessages(conversation, before) if (conversation, before) == self._awaits:
                self._put_before(event)
            case MessageAdded():
                self._add(event)
            case AnswerResumed(conversation, message):
                self._resume(conversation, message)
            case Answering():
                self._follow(event)
            case AnswerChanged(conversation, message, delta, generation):
                self._grow(conversation, message, delta, generation)
            case AnswerEnded(conversation, message):
                self._end(conversation, message)
            case MessageChanged(conversation, message) if conversation == self._conversation:
                self.transcript.change(message)
            case Seen(conversation, prompt, omission) if conversation == self._conversation:
                PromptDialog(prompt, omission, self).open()
            case KeptNow(temporary, conversation):
                self._change_number(temporary, conversation)
            case NotSent():
                self._give_back(event)
            case DraftsRead(drafts):
                self._take_drafts(drafts)
            case Erased(conversation):
                self._drafts.drop(conversation)
                self._keeping.start()
            case Attached(_, _, notes):
                if self._take_attached(event) and notes:
                    self.notice.say_also(" ".join(map(in_words, notes)))
            case NotAttached(ticket, _, problem):
                if self._drop_unread(ticket):
                    self.notice.say_also(in_words(problem), problem.details)
            case _:
                self._tell(event)
        self.room.take(event)
        self._show_waiting()

    def _tell(self, event: object) -> None:
        match event:
            case ModelsChanged(models, current, searched):
                self.empty.show_ready(current is not None, searched)
                self.transcript.set_model_names({str(model.path): model.name for model in models})
                self.filling.model = next((model.name for model in models if model.path == current), "")
                if current != self._warned_of:
                    self.notice.end_standing()
            case Opened(keeps=keeps):
                self._keeps = keeps
                self._refresh()
            case Stored(problems, drafts):
                self._tell_stored(problems, drafts)
            case DraftsUnkept(problem):
                self._tell_unkept(problem)
            case PromptsChanged(prompts):
                self.picker.set_prompts(prompts.prompts)
            case LoadProgress():
                self.status.show_loading(event)
            case Ready():
                self.status.show_ready(event)
            case LoadingAgain():
                self.status.show_loading_again(event)
            case Loaded(facts):
                self.status.show_loaded(facts)
                self.composer.think.setVisible(facts.thinks)
                self._warn_of(facts)
            case Unloaded():
                self.status.show_unloaded()
            case LoadFailed(_, problem):
                self.status.say("")
                self._report(problem)
            case PromptProgress(generation) if generation in self._shown_generations():
                self.status.show_reading(event)
            case Died():
                self.status.show_unloaded(self.tr("The engine stopped; the next message starts it again."))

    def _warn_of(self, facts: ModelFacts) -> None:
        """For as long as the model is chosen."""
        self._warned_of, problem = facts.path, facts.template_problem
        self.notice.end_standing()
        if problem:
            self.notice.stand(in_words(problem), details=problem.details)

    def _show_waiting(self) -> None:
        """Whatever happens in another chat may have made it wait, or let it go on."""
        self.status.show_waiting(any(self._generations[message].queued for message in self._shown_answers()))

    def _begin(self, draft: int, conversation: int) -> None:
        if draft == self._draft and self._conversation is None:
            self._drafts.drop(self._chat)
            self._conversation = conversation
            self._keeping.start()
            self.room.begin(conversation)
            self.began.emit(conversation)

    def _open(self, opened: ConversationOpened) -> None:
        self.transcript.set_messages(opened.messages)
        for message, place in opened.places.items():
            self.transcript.set_siblings(message, *place)
        if opened.answering:
            self._follow(opened.answering)
        self._awaited = opened.messages[0].id if opened.earlier else 0
        if self._awaited:
            self._painted.start()
        self._show_sought(opened.messages)
        self.room.show_last(opened.messages[-1] if opened.messages else None)
        self.room.count_soon()
        self._refresh()

    def _show_sought(self, messages: Sequence[Message]) -> None:
        """Now, or once what is awaited has come."""
        here = self._sought in {message.id for message in messages}
        if here:
            self.transcript.show_message(self._sought)
        if here or not self._awaited:
            self._sought = 0

    @property
    def _awaits(self) -> tuple[int | None, int]:
        return self._conversation, self._awaited

    def _ask_earlier(self) -> None:
        if self._awaited:
            self._worker.submit(self._session.show_earlier, *self._awaits)

    def _put_before(self, earlier: EarlierMessages) -> None:
        self._awaited = 0
        self.transcript.prepend(earlier.messages)
        for message, place in earlier.places.items():
            self.transcript.set_siblings(message, *place)
        self._show_sought(earlier.messages)

    def _resume(self, conversation: int, message: Message) -> None:
        self._writing[message.id] = conversation
        if conversation == self._conversation:
            self.transcript.finish(message)
        self._refresh()

    def _add(self, added: MessageAdded) -> None:
        conversation, message = added.conversation, added.message
        if message.state == "writing":
            self._writing[message.id] = conversation
        if conversation == self._conversation:
            self._sending = self._sending and message.role == "user"
            self._pages.setCurrentWidget(self.transcript)
            self.transcript.add(message)
            self.transcript.set_siblings(message.id, *added.place)
            if message.role == "user":
                self._sought = 0
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
            else:
                self.status.rest()
            self.room.show_last(message)
            self.room.count_soon()
            if (problem := problem_of(message)) is not None and problem.action == "make-room":
                self._worker.submit(self._session.make_room, conversation)
        self._refresh()

    def _give_back(self, unsent: NotSent) -> None:
        """To the chat it was written in, whichever is shown by now."""
        chat, given = unsent.conversation, (unsent.text, unsent.attachments, unsent.begins)
        if chat is None:
            chat = NEW_TEMPORARY if unsent.temporary else NEW
        if chat == self._chat:
            self._sending = False
            self.composer.give_back(*given)
        else:
            self._drafts.of(chat).put_before(*given)
            self._keeping.start()
        self._report(unsent.problem)
        self._refresh()

    # ---- what is not sent yet

    def _show_draft(self) -> None:
        """That of the chat that is shown now, and what of it could not be kept."""
        draft = self._drafts.of(self._chat)
        self.composer.show_draft(draft)
        if draft.lost:
            said = self.tr("These files could not be kept with what you had written; attach them again: {names}")
            self.notice.say(said.format(names=", ".join(map(shown, draft.lost))))
            draft.lost = ()

    def _take_drafts(self, kept: dict[int, KeptDraft]) -> None:
        self._drafts.put(self._chat, self.composer.draft())
        self._drafts.take(kept)
        self._kept = kept
        if self._chat in kept:
            self._show_draft()

    def _change_number(self, temporary: int, conversation: int) -> None:
        """A temporary chat is kept now, and what was being written in it with it."""
        if temporary == self._conversation:
            self._conversation = conversation
            self.show_conversation(conversation)
        self._drafts.move(temporary, conversation)

    def _take_attached(self, read: Attached) -> bool:
        """A file has been read, maybe for a chat that is not shown now; whether that was still wanted."""
        if self.composer.take_attached(read):
            return True
        chip = self._drafts.chip(read.ticket)
        if chip is not None:
            chip.attachment = read.attachment
            self._keeping.start()
        return chip is not None

    def _drop_unread(self, ticket: int) -> bool:
        if self.composer.drop_unread(ticket):
            return True
        chip = self._drafts.chip(ticket)
        if chip is not None:
            chip.failed = True
        return chip is not None

    def _shown_answers(self) -> list[int]:
        """Those under way in the chat that is shown, by their messages."""
        shown = [message for message, conversation in self._writing.items() if conversation == self._conversation]
        return [message for message in shown if message in self._generations]

    def _shown_generations(self) -> list[int]:
        return [self._generations[message].id for message in self._shown_answers()]

    # ---- what the person does

    def _send(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        self.sending.emit()
        self.notice.hide()
        begins = self.composer.begins.take()
        if refusal := self.doubt.refusal:
            self.doubt.close_line()  # the notice says it now
            self._give_back(NotSent(self._conversation, text, refusal, attachments, begins, self._temporary))
            return
        self._sending = True
        self._refresh()
        asked = self._conversation, text, self._draft, attachments, begins, self._temporary
        self._worker.submit(self._session.send, *asked)

    def _act(self, action: str, message: Message) -> None:
        conversation = self._conversation
        if conversation is None or not message.id:
            self.acted.emit(action)
            return
        match action:
            case "retry" | "regenerate":
                self._worker.submit(self._session.regenerate, conversation, message.id)
            case "continue":
                self._worker.submit(self._session.go_on, conversation, message.id)
            case "previous" | "next":
                self._worker.submit(self._session.beside, conversation, message.id, -1 if action == "previous" else 1)
            case "receipt":
                self.run_again.show_receipt(message)
            case "inspect":
                self._worker.submit(self._session.inspect, conversation, message.id)
            case "make-room":
                self._worker.submit(self._session.make_room, conversation)
            case "edit-summary" | "send-all":
                self.room.act(action)
            case "edit":
                text = self.transcript.message_text(message.id)
                self.composer.begin_edit(text, message.attachments, message)
            case _:
                self.acted.emit(action)

    def _edit(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        if self._conversation is not None:
            self.notice.hide()
            message = self.composer.edited_message
            self._worker.submit(self._session.edit, self._conversation, message, text, attachments)

    def _keep(self) -> None:
        if self._conversation is not None:
            self._worker.submit(self._session.keep_temporary, self._conversation)

    def _refuse_files(self) -> None:
        self.notice.say(self.tr("Nothing can be attached to an answer. End editing it first."))

    def _tell_unopened(self, address: str) -> None:
        said = self.tr("Nothing on this computer opens this link. Copy its address to open it elsewhere: {address}")
        short = address if len(address) <= _LONGEST_ADDRESS else f"{address[:_LONGEST_ADDRESS]}…"
        copy = partial(QGuiApplication.clipboard().setText, address)
        self.notice.say(said.format(address=short), self.tr("Copy address"), copy)

    def _tell_why_not(self) -> None:
        """Enter was pressed, and it is another's turn."""
        if self.room.summarizes:
            self.status.remark(self.tr("The earlier part is still being summed up: Esc stops it"))
        else:
            self.status.remark(self.tr("The answer is still being written: Esc stops it"))

    def _report(self, problem: Problem) -> None:
        name = "" if problem.action == "retry" else action_name(problem.action)
        self.notice.report(problem, name, partial(self.acted.emit, problem.action))

    # ---- how it looks

    @property
    def answers(self) -> bool:
        return self._sending or self._conversation in self._writing.values() or self.room.summarizes

    def _refresh(self) -> None:
        self.composer.show_answering(self.answers)
        chat = self._conversation
        temporary = (self._temporary or not self._keeps) if chat is None else chat >= TEMPORARY
        self.temporary.show_for(temporary, chat is not None, self._keeps)

    def _place(self) -> None:
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.transcript)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.find_bar)
        shown = QVBoxLayout()
        shown.setSpacing(0)
        shown.addWidget(FocusLine(self.transcript))
        shown.addWidget(self._pages)
        column.addLayout(shown, 1)
        column.addLayout(self._below())

    def _below(self) -> QHBoxLayout:
        """The composer and its lines, as wide as the text above and in its middle."""
        narrow = QVBoxLayout()
        narrow.setSpacing(6)
        for bar in (self.notice, self.too_much):
            bar.setProperty("inside", True)
            narrow.addWidget(bar)
        for line in (self.temporary, self.doubt):
            narrow.addWidget(line)
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
        self.composer.edited.connect(self._edit)
        self.composer.thinking.connect(lambda on: self._worker.submit(self._session.set_thinking, on))
        self.composer.stopped.connect(self.stop)
        self.temporary.kept.connect(self._keep)
        self.composer.changed.connect(self.room.count_soon)
        self.composer.changed.connect(self._keeping.start)
        self.composer.begins.edit.textChanged.connect(self._keeping.start)
        self.composer.refused.connect(self._tell_why_not)
        self.doubt.opened.connect(partial(self.acted.emit, "chat-settings"))
        for notice in (self.notice, self.too_much, self.doubt):
            notice.left.connect(self.composer.setFocus)
        self.room.summarizing.connect(self._refresh)
        self.composer.attached.connect(lambda *what: self._worker.submit(self._session.attach, *what))
        self.composer.refused_files.connect(self._refuse_files)
        self.composer.unattached.connect(lambda ticket: self._worker.submit(self._session.cancel_attaching, ticket))
        self.transcript.acted.connect(self._act)
        self.transcript.filling.connect(self.run_again.fill)
        self.transcript.opened.connect(lambda attachment: AttachmentDialog(attachment, self).open())
        self.transcript.pointed.connect(self.status.point)
        self.transcript.unopened.connect(self._tell_unopened)
        self.empty.suggested.connect(self._suggest)
        self.empty.wants_file.connect(self._choose_file)
        self.picker.chosen.connect(self._use_prompt)
        self._worker.happened.connect(self.take)

    def _use_prompt(self, prompt: SavedPrompt, replacing: bool) -> None:
        def use(text: str) -> None:
            self.composer.use_prompt(text, replacing=replacing)
            self.composer.setFocus()

        self.filling.fill(prompt.name, prompt.text, use)

    def _suggest(self, text: str) -> None:
        self.composer.set_text(text)
        self.composer.setFocus()

    def _choose_file(self) -> None:
        self.acted.emit("choose-file")
