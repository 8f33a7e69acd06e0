"""Where a message is written: it grows with its text, Enter sends it, what is too long to edit is a piece beside it."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QInputMethodEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QTextEdit, QVBoxLayout, QWidget

from desktop_llm.conversation import Message
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel

LINES = 8
LONGEST_EDITED = 40_000
_NEARLY_FULL = 0.8
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MessageEdit(QTextEdit):
    """Plain text; Enter while an input method composes belongs to the input method."""

    entered = Signal()
    pasted = Signal(str)  # a text too long to be edited
    focused = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self.setAccessibleName(self.tr("Message"))
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ENTER or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().keyPressEvent(event)
        elif not self._composing:
            self.entered.emit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if len(text) > LONGEST_EDITED:
            self.pasted.emit(text)
        else:
            super().insertFromMimeData(source)

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


class LongText(QPushButton):
    """A text that goes with the message; a click takes it away again."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.text_held = text
        count = self.locale().toString(len(text))
        self.setText(self.tr("Long text, {count} characters  ✕").format(count=count))
        self.setAccessibleName(self.tr("Remove the long text of {count} characters").format(count=count))
        self.setToolTip(" ".join(text[:300].split()))


class EditingBar(QWidget):
    """Says that an earlier message is being changed."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        cancel = IconButton("close", self.tr("Cancel editing"))
        cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(LeadingLabel(self.tr("Editing an earlier message; the old one stays beside it")), 1)
        row.addWidget(cancel)
        self.hide()


class Composer(QFrame):
    """What is written is the edited text, then the long texts, a blank line between them."""

    sent = Signal(str)
    edited = Signal(str)
    stopped = Signal()
    thinking = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._answering = False
        self._put_aside: str | None = None  # what was being written when an earlier message began to be edited
        self._editing = EditingBar()
        self._used = LeadingLabel("")
        self.think = QPushButton(self.tr("Reasoning"))
        self.edit = MessageEdit(self)
        self.edit.setPlaceholderText(self.tr("Message…  (Enter to send, Shift+Enter for a new line)"))
        self.button = SendButton(self)
        self._long: list[LongText] = []
        self._row = QHBoxLayout()
        self.setFocusProxy(self.edit)
        self.edit.focused.connect(self._show_focus)
        self._place()
        self.show_used(None)
        self._refresh()

    def show_answering(self, answering: bool) -> None:
        self._answering = answering
        self.button.show_stop(answering)
        self._refresh()

    def text(self) -> str:
        parts = [self.edit.toPlainText(), *(long.text_held for long in self._long)]
        return "\n\n".join(part for part in parts if part.strip())

    def set_text(self, text: str) -> None:
        self._clear()
        if len(text) > LONGEST_EDITED:
            self._add_long(text)
        else:
            self.edit.setPlainText(text)
            self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    def show_used(self, answer: Message | None) -> None:
        """How much of the context the conversation fills, as its last answer tells."""
        tokens, receipt = (answer.tokens, answer.receipt) if answer else (None, None)
        full = receipt.context if receipt else 0
        used = tokens.prompt + tokens.generated if tokens else 0
        self._used.setVisible(bool(full and used))
        number = self.locale().toString
        self._used.setText(f"{number(used)} / {number(full)}")
        self._used.setToolTip(self.tr("Tokens of this chat, and how many the context holds"))
        self._used.show_as("warning" if used > _NEARLY_FULL * full else "muted")

    def begin_edit(self, text: str) -> None:
        """An earlier message is changed here; what is just being written comes back afterwards."""
        if self._put_aside is None:
            self._put_aside = self.text()
        self.set_text(text)
        self._editing.show()
        self.edit.setFocus()

    def end_edit(self) -> None:
        aside, self._put_aside = self._put_aside, None
        self._editing.hide()
        if aside is not None:
            self.set_text(aside)

    @property
    def editing(self) -> bool:
        return self._put_aside is not None

    def give_back(self, text: str) -> None:
        """Puts what could not be sent before what was written since."""
        since = self.text()
        self.set_text(f"{text}\n{since}" if since else text)

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 10)
        column.setSpacing(4)
        column.addWidget(self._editing)
        column.addWidget(self.edit)
        self._row.addWidget(self.think)
        self._row.addStretch(1)
        self._row.addWidget(self._used)
        self._row.addWidget(self.button)
        column.addLayout(self._row)
        self.edit.pasted.connect(self._add_long)
        self.edit.entered.connect(self._send)
        self.edit.textChanged.connect(self._refresh)
        self.button.clicked.connect(self._pressed)
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
        text = self.text()
        if not text.strip() or self._answering:
            return
        if self.editing:
            self.end_edit()
            self.edited.emit(text)
        else:
            self._clear()
            self.sent.emit(text)

    def _clear(self) -> None:
        self.edit.clear()
        for long in list(self._long):
            self._remove(long)

    def _add_long(self, text: str) -> None:
        long = LongText(text, self)
        long.clicked.connect(self._remove_clicked)
        self._row.insertWidget(len(self._long), long)
        long.show()
        self._long.append(long)
        self._refresh()

    def _remove_clicked(self) -> None:
        long = self.sender()
        if isinstance(long, LongText):
            self._remove(long)
            self.edit.setFocus()

    def _remove(self, long: LongText) -> None:
        self._long.remove(long)
        self._row.removeWidget(long)
        long.hide()
        long.deleteLater()
        self._refresh()

    def _refresh(self) -> None:
        self.button.setEnabled(self._answering or bool(self._long) or bool(self.edit.toPlainText().strip()))
