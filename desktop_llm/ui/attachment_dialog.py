"""The text of what went with a question, those passages marked that the model was given."""

from __future__ import annotations

from PySide6.QtGui import QColor, QGuiApplication, QPalette, QShowEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QPushButton, QTextEdit, QVBoxLayout, QWidget

from desktop_llm.conversation import Attachment
from desktop_llm.ui.amounts import count
from desktop_llm.ui.attachment_chips import facts_of
from desktop_llm.ui.attachment_view import given_of
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.shown_text import shown

SPAN = 40
"""Parts laid out at a time: a book has thousands."""


class AttachmentDialog(QDialog):
    """Some parts at a time; it begins where the model was given something."""

    def __init__(self, attachment: Attachment, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._attachment = attachment
        self._given = sorted(attachment.given or ())
        self._first = self._part = 0
        self._positions: list[int] = []  # of each part that is laid out
        self._facts, self._span, self.text = wrapped("muted"), wrapped("muted"), QTextEdit()
        self.back, self.on = QPushButton(self.tr("Previous part")), QPushButton(self.tr("Next part"))
        self.next_given = QPushButton(self.tr("Next passage the model was given"))
        self._place()
        self._show_part(self._given[0] if self._given else 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_part(self._part)  # only now it is known how high it is

    def _show_part(self, part: int) -> None:
        if not self._positions or part // SPAN * SPAN != self._first:
            self._lay_out(part // SPAN * SPAN)
        self._part = part
        self._scroll_to(self._positions[part - self._first])
        self.next_given.setEnabled(any(place > part for place in self._given))

    def _lay_out(self, first: int) -> None:
        self._first, self._positions = first, []
        parts = self._attachment.parts[first : first + SPAN]
        self.text.clear()
        cursor = self.text.textCursor()
        for place, part in enumerate(parts, first):
            self._positions.append(cursor.position())
            self._write_place(cursor, place)
            cursor.insertText(f"{shown(part.text)}\n\n", self._marked() if place in self._given else QTextCharFormat())
        self._show_span(first, first + len(parts))

    def _write_place(self, cursor: QTextCursor, place: int) -> None:
        """Where a part stands, unless that is where the part before it does."""
        part, before = self._attachment.parts[place], self._attachment.parts[place - 1] if place else None
        if before is not None and place > self._first and (before.page, before.heading) == (part.page, part.heading):
            return
        page = self.tr("Page {number}").format(number=count(part.page)) if part.page else ""
        if line := " · ".join(filter(None, (page, shown(part.heading)))):
            muted = QTextCharFormat()
            muted.setForeground(self.palette().color(QPalette.ColorRole.PlaceholderText))
            cursor.insertText(f"{line}\n", muted)

    def _marked(self) -> QTextCharFormat:
        """With a line below it too, for who sees no colours."""
        ground = QColor(self.palette().color(QPalette.ColorRole.Accent))
        ground.setAlphaF(0.18)
        marked = QTextCharFormat()
        marked.setBackground(ground)
        marked.setFontUnderline(True)
        return marked

    def _scroll_to(self, position: int) -> None:
        """Its line comes to the top."""
        cursor = self.text.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self.text.setTextCursor(cursor)
        cursor.setPosition(position)
        self.text.setTextCursor(cursor)

    def _show_span(self, first: int, end: int) -> None:
        whole = len(self._attachment.parts)
        said = self.tr("Parts {first}–{last} of {count}")
        self._span.setText(said.format(first=count(first + 1), last=count(end), count=count(whole)))
        self._span.setVisible(whole > SPAN)
        self.back.setEnabled(first > 0)
        self.on.setEnabled(end < whole)

    def _show_earlier(self) -> None:
        self._show_part(self._first - SPAN)

    def _show_later(self) -> None:
        self._show_part(self._first + SPAN)

    def _show_next_given(self) -> None:
        self._show_part(next(place for place in self._given if place > self._part))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._attachment.text)

    def _place(self) -> None:
        name = shown(self._attachment.name)
        self.setWindowTitle(name)
        self.resize(720, 560)
        self._facts.setText(f"{name} · {facts_of(self._attachment)} · {given_of(self._attachment)}")
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of {name}").format(name=name))
        copy, close = QPushButton(self.tr("Copy")), QPushButton(self.tr("Close"))
        self.back.clicked.connect(self._show_earlier)
        self.on.clicked.connect(self._show_later)
        self.next_given.clicked.connect(self._show_next_given)
        copy.clicked.connect(self._copy)
        close.clicked.connect(self.accept)
        close.setDefault(True)
        many = len(self._attachment.parts) > SPAN
        ways = (*((self.back, self.on) if many else ()), *((self.next_given,) if len(self._given) > 1 else ()))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._facts)
        column.addWidget(self.text, 1)
        column.addWidget(self._span)
        column.addLayout(button_row(*ways, copy, close))
