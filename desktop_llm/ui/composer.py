"""Where a message is written: it grows with its text, Enter sends it, files and long texts are pieces above it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QFocusEvent, QInputMethodEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPushButton, QTextEdit, QVBoxLayout, QWidget

from desktop_llm.conversation import Attachment, Message
from desktop_llm.ui.amounts import count
from desktop_llm.ui.attaching import Attached, PastedText
from desktop_llm.ui.attachment_chips import AttachmentChips, Chip, chips_of, files_in
from desktop_llm.ui.begin_bar import BeginBar
from desktop_llm.ui.drafts import NOBODY, Draft, Edit
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.shown_text import only_text, told, untold, with_whole_marks

LINES = 8
LONGEST_EDITED = 40_000
_NEARLY_FULL = 0.8
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MessageEdit(QTextEdit):
    """Plain text; Enter while an input method composes belongs to the input method."""

    entered = Signal()
    pasted = Signal(str)  # a text too long to be edited
    files = Signal(object)  # paths that were pasted
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self.needs_control = False
        """Whether Enter begins a new line, and only Ctrl+Enter sends."""
        self.setAccessibleName(self.tr("Message"))
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    @property
    def composing(self) -> bool:
        """Whether an input method has the keys."""
        return self._composing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held, kind = event.modifiers(), Qt.KeyboardModifier
        sends = held & kind.ControlModifier if self.needs_control else not held & kind.ShiftModifier
        if event.key() not in _ENTER or not sends:
            super().keyPressEvent(event)
        elif not self._composing:
            self.entered.emit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(files_in(source)) or super().canInsertFromMimeData(source)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files that are dropped are the window's, wherever they fall."""
        if files_in(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if paths := files_in(source):
            self.files.emit(paths)
            return
        text = source.text()
        if len(told(text)) > LONGEST_EDITED:
            self.pasted.emit(text)
        elif told(text) != text:
            self.insertPlainText(told(text))
        else:
            super().insertFromMimeData(source)

    def createMimeDataFromSelection(self) -> QMimeData:
        """The characters themselves, of which only the numbers are shown."""
        chosen = with_whole_marks(self.textCursor()).selection().toPlainText()
        return only_text(super().createMimeDataFromSelection(), untold(chosen))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def _fit(self) -> None:
        margins = self.contentsMargins()
        most = (LINES + 1) * self.fontMetrics().lineSpacing()
        wanted = math.ceil(self.document().size().height())
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        self.setFixedHeight(min(wanted, most) + margins.top() + margins.bottom())


class SendButton(IconButton):
    """Sends, or stops the answer that is being written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("send", "", parent)
        self.setObjectName("send")
        self.setFixedSize(QSize(32, 32))
        self.show_stop(False)

    def show_stop(self, stops: bool) -> None:
        self.rename(self.tr("Stop") if stops else self.tr("Send"))
        self.show_picture("stop" if stops else "send")

    def colour(self) -> QColor:
        role = QPalette.ColorRole.HighlightedText if self.isEnabled() else QPalette.ColorRole.PlaceholderText
        return self.palette().color(role)


class StateBar(QWidget):
    """Says what becomes of what is written, while that is not simply to be sent."""

    cancelled = Signal()

    def __init__(self, text: str, cancel_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        cancel = IconButton("close", cancel_name)
        cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(LeadingLabel(text), 1)
        row.addWidget(cancel)
        self.hide()


class Composer(QFrame):
    """`sent` and `edited` bring the text and what goes with it; `attached` asks for a source to be read as a ticket."""

    sent = Signal(str, object)
    edited = Signal(str, object)
    attached = Signal(int, object)
    unattached = Signal(int)  # the ticket of what need not be read
    refused_files = Signal()
    refused = Signal()  # to send while an answer is being written
    changed = Signal()
    stopped = Signal()
    thinking = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._answering = False
        self._waiting = False
        self._takes_files = True
        # What was being written when an earlier message began to be edited.
        self._put_aside: tuple[str, list[Chip]] | None = None
        self.edited_message = NOBODY
        """The one that was edited last, or is."""
        editing = self.tr("Editing an earlier message; the old one stays beside it")
        self._editing = StateBar(editing, self.tr("Cancel editing"))
        self._sends_later = StateBar(self.tr("Sent as soon as the files are read"), self.tr("Do not send yet"))
        self.chips = AttachmentChips()
        self.attach = IconButton("attach", self.tr("Attach a file"))
        self._used = LeadingLabel("")
        self.prompts = IconButton("prompts", self.tr("Prompts"))
        self.prompts.setToolTip(self.tr("Prompts: type / in an empty message"))
        self.think = QPushButton(self.tr("Reasoning"))
        self.edit = MessageEdit(self)
        self.begins = BeginBar(self)
        self.begin = IconButton("begin", self.tr("Begin the answer"))
        self.button = SendButton(self)
        self._row = QHBoxLayout()
        self.setFocusProxy(self.edit)
        self.edit.focused.connect(self._show_focus)
        self._place()
        self.show_send_key("Enter")
        self.show_tokens(0, 0)
        self._refresh()

    def show_answering(self, answering: bool) -> None:
        self._answering = answering
        self.button.show_stop(answering)
        self._refresh()

    def show_send_key(self, key: str) -> None:
        """`key`: "Enter" or "Ctrl+Enter"."""
        self.edit.needs_control = key != "Enter"
        usual = self.tr("Message…  (Enter to send, Shift+Enter for a new line)")
        other = self.tr("Message…  (Ctrl+Enter to send, Enter for a new line)")
        self.edit.setPlaceholderText(other if self.edit.needs_control else usual)

    def text(self) -> str:
        return untold(self.edit.toPlainText())

    def attachments(self) -> tuple[Attachment, ...]:
        return self.chips.attachments

    def set_text(self, text: str) -> None:
        """What is attached stays."""
        if len(text) > LONGEST_EDITED and self._takes_files:
            self.edit.clear()
            self._add_long(text)
        else:
            self.edit.setPlainText(told(text))
            self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    def use_prompt(self, prompt: str, *, replacing: bool) -> None:
        """In place of what was typed to find it, or before what is written; to be undone like anything typed."""
        written = "" if replacing else self.edit.toPlainText()
        text = told(prompt) + ("\n\n" if written and not prompt.endswith("\n") else "") + written
        fits = len(text) <= LONGEST_EDITED or not self._takes_files
        cursor = self.edit.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text if fits else "")
        self.edit.setTextCursor(cursor)
        if not fits:
            self._add_long(untold(text))

    def show_tokens(self, used: int, full: int, partly: bool = False) -> None:
        """How much of the context the conversation fills; 0 where that is not known.

        `partly`: not counting documents of which only what has room is sent.
        """
        self._used.setVisible(bool(full and used))
        told = self.tr("{used} + passages / {full}") if partly else "{used} / {full}"
        self._used.setText(told.format(used=count(used), full=count(full)))
        tip = self.tr("Tokens of this chat, and how many the context holds")
        rest = self.tr("Of the documents only the passages that have room will be given to the model.")
        self._used.setToolTip(f"{tip}\n{rest}" if partly else tip)
        self._used.show_as("warning" if used > _NEARLY_FULL * full else "muted")

    def begin_edit(self, text: str, attachments: Iterable[Attachment] = (), message: Message = NOBODY) -> None:
        """An earlier message is changed here; what is just being written comes back afterwards."""
        self.wait(False)
        if self._put_aside is not None:
            self._stop_reading()
        chips = chips_of(replace(attachment, given=None) for attachment in attachments)
        self._show_edit(Edit(message, text, chips))
        self.edit.setFocus()

    def _show_edit(self, edit: Edit) -> None:
        if self._put_aside is None:
            self._put_aside = self.text(), self.chips.held
        self.edited_message = edit.message
        self._put(edit.text, edit.chips, takes_files=edit.message.role == "user")
        self._editing.show()

    def end_edit(self) -> None:
        aside, self._put_aside = self._put_aside, None
        self._editing.hide()
        if aside is not None:
            self._stop_reading()
            self._put(*aside)

    @property
    def editing(self) -> bool:
        return self._put_aside is not None

    def draft(self) -> Draft:
        """All that is written here and not sent."""
        if self._put_aside is None:
            return Draft(self.text(), self.chips.held, self.begins.text())
        edit = Edit(self.edited_message, self.text(), self.chips.held)
        return Draft(*self._put_aside, self.begins.text(), edit)

    def show_draft(self, draft: Draft) -> None:
        """In place of what is written here, of which nothing is stopped being read."""
        self.wait(False)
        self._put_aside = None
        self._editing.hide()
        self._put(draft.text, draft.chips)
        self.begins.show_text(draft.begins)
        if draft.edit is not None:
            self._show_edit(draft.edit)

    def give_back(self, text: str, attachments: Sequence[Attachment] = (), begins: str = "") -> None:
        """Puts what could not be sent before what was written since."""
        draft = self.draft()
        draft.put_before(text, attachments, begins)
        self.show_draft(draft)

    # ---- what goes with it

    def choose_files(self) -> None:
        title, kinds = self.tr("Attach files"), self.tr("All files (*)")
        documents = self.tr("Documents") + " (*.pdf *.docx *.epub *.html *.htm *.md *.txt *.csv *.srt *.json *.py)"
        paths, _ = QFileDialog.getOpenFileNames(self, title, str(Path.home()), f"{kinds};;{documents}")
        self.attach_files([Path(path) for path in paths])

    def attach_files(self, paths: Sequence[Path]) -> None:
        """Refuses them while an answer is edited: nothing can go with that."""
        if not self._takes_files:
            self.refused_files.emit()
            return
        self.wait(False)
        chips = [Chip(path.name) for path in paths]
        self._show_chips([*self.chips.held, *chips])
        for chip, path in zip(chips, paths, strict=True):
            self.attached.emit(chip.ticket, path)

    def take_attached(self, event: Attached) -> bool:
        """A file has been read; whether that was still wanted."""
        chip = self._chip(event.ticket)
        if chip is not None:
            chip.attachment = event.attachment
            self._show_chips(self.chips.held)
            self._send_if_awaited()
        return chip is not None

    def drop_unread(self, ticket: int) -> bool:
        """A file could not be read; whether it was still wanted."""
        chip = self._chip(ticket)
        if chip is not None:
            chip.failed = True
            self.wait(False)
            self._show_chips(self.chips.held)
        return chip is not None

    def wait(self, waits: bool) -> None:
        """Whether the message is to be sent as soon as all files are read; until then it stays as it is."""
        self._waiting = waits
        self.edit.setReadOnly(waits)
        self._sends_later.setVisible(waits)
        self._refresh()

    @property
    def waiting(self) -> bool:
        return self._waiting

    def _send_if_awaited(self) -> None:
        if self._waiting and not self.chips.reading:
            self.wait(False)
            self._send()

    def _chip(self, ticket: int) -> Chip | None:
        aside = self._put_aside[1] if self._put_aside else []
        return next((chip for chip in (*self.chips.held, *aside) if chip.ticket == ticket), None)

    def _show_chips(self, chips: Sequence[Chip]) -> None:
        self.chips.show_chips(chips)
        self._refresh()

    def _put(self, text: str, chips: list[Chip], takes_files: bool = True) -> None:
        self._takes_files = takes_files
        self.attach.setEnabled(takes_files)
        self._show_chips(chips)
        self.set_text(text)

    def _stop_reading(self) -> None:
        for chip in self.chips.reading:
            self.unattached.emit(chip.ticket)

    def _add_long(self, text: str) -> None:
        """A text too long to be edited goes with the message, as a file would."""
        chip = Chip(self.chips.unused(self.tr("Pasted text")))
        self._show_chips([*self.chips.held, chip])
        self.attached.emit(chip.ticket, PastedText(chip.name, text))

    def _remove(self, chip: Chip) -> None:
        if chip.reading:
            self.unattached.emit(chip.ticket)
        self.wait(False)
        self._show_chips([other for other in self.chips.held if other is not chip])
        self.edit.setFocus()

    # ---- parts

    def event(self, event: QEvent) -> bool:
        """Escape ends the editing of a message before it is the window's shortcut."""
        if isinstance(event, QKeyEvent) and self.editing and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.end_edit()
            event.accept()
            return True
        return super().event(event)

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 10)
        column.setSpacing(4)
        for part in (self._editing, self._sends_later, self.chips, self.edit, self.begins):
            column.addWidget(part)
        self._row.addWidget(self.attach)
        self._row.addWidget(self.prompts)
        self._row.addWidget(self.begin)
        self._row.addWidget(self.think)
        self._row.addStretch(1)
        self._row.addWidget(self._used)
        self._row.addWidget(self.button)
        column.addLayout(self._row)
        order = self.edit, self.begins.edit, self.attach, self.prompts, self.begin, self.think, self.button
        for one, following in itertools.pairwise(order):
            self.setTabOrder(one, following)
        self.edit.pasted.connect(self._paste_long)
        self.edit.files.connect(self.attach_files)
        self.attach.clicked.connect(self.choose_files)
        self.chips.removed.connect(self._remove)
        self._sends_later.cancelled.connect(lambda: self.wait(False))
        self.edit.entered.connect(self._send)
        self.edit.textChanged.connect(self._refresh)
        self.button.clicked.connect(self._pressed)
        self.begin.setToolTip(self.tr("Write how the answer is to begin; the model goes on from there"))
        self.begin.clicked.connect(lambda: self.begins.open())
        self.begins.entered.connect(self._send)
        self.begins.left.connect(self.edit.setFocus)
        self._editing.cancelled.connect(self.end_edit)
        self.think.setObjectName("toggle")
        self.think.setAccessibleName(self.think.text())
        self.think.setToolTip(self.tr("Whether the model thinks before it answers: slower, and often better"))
        self.think.setCheckable(True)
        self.think.setChecked(True)
        self.think.toggled.connect(self.thinking)
        self.think.hide()

    def _show_focus(self, focused: bool) -> None:
        self.setProperty("focused", focused)
        self.style().polish(self)

    def _pressed(self) -> None:
        if self._answering:
            self.stopped.emit()
        else:
            self._send()

    def _send(self) -> None:
        if not self._has_something:
            return
        if self._answering:
            self.refused.emit()
            return
        if self.chips.reading:
            self.wait(True)
            return
        text, attachments = self.text(), self.attachments()
        if self.editing:
            self.end_edit()
            self.edited.emit(text, attachments)
        else:
            self._put("", [])
            self.sent.emit(text, attachments)

    def _paste_long(self, text: str) -> None:
        """Nothing goes with an answer that is edited, so it is then edited as it is."""
        if self._takes_files:
            self._add_long(text)
        else:
            self.edit.insertPlainText(told(text))

    @property
    def _has_something(self) -> bool:
        return bool(self.chips.held) or bool(self.edit.toPlainText().strip())

    def _refresh(self) -> None:
        self.button.setEnabled(self._answering or (self._has_something and not self._waiting))
        self.changed.emit()
