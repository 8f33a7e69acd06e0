"""Prompts and personas: the list of them at the side, the name and text of the chosen one beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.errors import Problem
from desktop_llm.storage.prompt_variables import outline
from desktop_llm.storage.prompts import Persona, Prompts, SavedPrompt
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import PromptsChanged, PromptsExported, PromptsImported, Session
from desktop_llm.ui.worker import Failed, Worker

_LIST_WIDTH = 270
Written = SavedPrompt | Persona
"""What has a text; presets are made of what is set in a chat's panel."""


class PromptsDialog(QDialog):
    """What was written is kept by the button, and whenever something else is chosen or the dialog is closed."""

    def __init__(self, worker: Worker, session: Session, begin: Written, parent: QWidget | None = None) -> None:
        """`begin`: it, or the first of its kind, is shown first."""
        super().__init__(parent)
        self._worker, self._session = worker, session
        self._all, self._own = Prompts(), Prompts()
        self._item: Written = begin
        self._stored = True  # the shown one is in the list, or was until now
        self._opened = ("", "")
        # What it was, whether in the list, as it was written.
        self._keeping: tuple[Written, bool, Written] | None = None
        self.list = LineList(self.tr("Prompts and personas"))
        self.name, self.text = QLineEdit(), QPlainTextEdit()
        self.notice = NoticeBar()
        self._kind, self._help = LeadingLabel(""), wrapped("muted")
        self.save, self.restore = QPushButton(self.tr("Save")), QPushButton(self.tr("Back to the original"))
        self.delete, self.duplicate = QPushButton(self.tr("Delete")), QPushButton(self.tr("Duplicate"))
        self.new_prompt, self.new_persona = QPushButton(self.tr("New prompt")), QPushButton(self.tr("New persona"))
        self.show_hidden = QPushButton()
        self.import_, self.export = QPushButton(self.tr("Import…")), QPushButton(self.tr("Export…"))
        self._close = QPushButton(self.tr("Close"))
        self._place()
        self._connect()
        worker.submit(session.tell_prompts)

    # ---- what the worker tells

    def take(self, event: object) -> None:
        match event:
            case PromptsChanged():
                self._show(event)
            case PromptsImported(0):
                self.notice.say_done(self.tr("All prompts of that file are here already."))
            case PromptsImported(count):
                self.notice.say_done(self.tr("{count} prompts and personas were imported.").format(count=count))
            case PromptsExported(path):
                self.notice.say_done(self.tr("Your prompts and personas were saved to {path}.").format(path=path))
            case Failed(problem):
                self._on_failed(problem)

    def _show(self, changed: PromptsChanged) -> None:
        first = len(changed.prompts.prompts) if isinstance(self._item, Persona) else 0
        place = self._keys().index(self._item) if self._item in self._all else first
        self._all, self._own = changed.prompts, changed.own
        self._show_counts(len(self._all.hidden))
        if self._keeping and changed.asked == self._keeping[2]:
            self._keeping = None
        if isinstance(changed.kept, SavedPrompt | Persona) and changed.asked == self._item:
            self._item = changed.kept
        with QSignalBlocker(self.list):
            self.list.show_lines(self._lines())
        self._show_current(place)

    def _show_current(self, place: int) -> None:
        """What is being written or kept stays as it is; in the place of what is gone comes the next."""
        if self._item not in self._all:
            if self._keeping and self._keeping[2] == self._item:
                return
            if not self._stored or self._edited():
                self._stored = False
                return
            keys = self._keys()
            self._item = keys[min(place, len(keys) - 1)] if keys else SavedPrompt("", "")
        with QSignalBlocker(self.list):
            self.list.choose(self._item)
        if not self._edited():
            self._open(self._item)

    def _show_counts(self, hidden: int) -> None:
        self.show_hidden.setVisible(bool(hidden))
        self.show_hidden.setText(self.tr("Restore deleted built-in items ({count})").format(count=hidden))
        self.show_hidden.setAccessibleName(self.show_hidden.text())
        self.export.setEnabled(bool(self._own.prompts or self._own.personas))

    def _keys(self) -> list[Written]:
        return [*self._all.prompts, *self._all.personas]

    def _on_failed(self, problem: Problem) -> None:
        """What could not be kept is shown, to be kept again."""
        self.notice.report(problem)
        if self._keeping is not None and not self._edited():
            (before, stored, written), self._keeping = self._keeping, None
            self._open(before, stored=stored)
            self.name.setText(written.name)
            self.text.setPlainText(_text(written))

    def _lines(self) -> list[Line]:
        prompts = [self._line(item, item.text, self.tr("Prompts")) for item in self._all.prompts]
        return prompts + [self._line(item, item.system, self.tr("Personas")) for item in self._all.personas]

    def _line(self, item: Written, text: str, section: str) -> Line:
        changed = bool(item.origin) and item in self._own
        return Line(item, item.name, outline(text), self.tr("changed") if changed else "", section)

    # ---- the one that is shown

    def _open(self, item: Written, *, stored: bool = True) -> None:
        self._item, self._stored = item, stored
        self._kind.setText(self.tr("System prompt") if isinstance(item, Persona) else self.tr("Text"))
        self.text.setAccessibleName(self._kind.text())
        self._help.setText(self._words(item))
        self.name.setText(item.name)
        if self.text.toPlainText() != _text(item):
            self.text.setPlainText(_text(item))
        self._opened = (self.name.text(), self.text.toPlainText())
        self._refresh()

    def _words(self, item: Written) -> str:
        places = self.tr(
            "You are asked for {{name}} when you use it; {{name=text}} suggests an answer, {{name|one|other}} "
            "offers a choice. {{date}}, {{time}}, {{clipboard}} and {{model}} are filled in by the program."
        )
        sampling = self.tr("This persona has sampling values of its own.")
        return f"{places} {sampling}" if isinstance(item, Persona) and item.sampling else places

    def _written(self) -> Written:
        text = self.text.toPlainText()
        if isinstance(self._item, Persona):
            return replace(self._item, name=self.name.text(), system=text)
        return replace(self._item, name=self.name.text(), text=text)

    def _edited(self) -> bool:
        written = (self.name.text(), self.text.toPlainText())
        return written != self._opened and bool("".join(written).strip())

    def _refresh(self) -> None:
        self.save.setEnabled(self._edited())
        self.restore.setVisible(bool(self._item.origin) and self._item in self._own)
        for button in (self.delete, self.duplicate):
            button.setEnabled(self._stored)

    # ---- what the person does

    def _keep(self) -> None:
        if not self._edited():
            return
        before, written = self._item if self._stored else None, self._written()
        self._keeping = (self._item, self._stored, written)
        self._item = written
        self._stored, self._opened = True, (self.name.text(), self.text.toPlainText())
        self._worker.submit(self._session.save_prompt, self._item, before)
        self._refresh()

    def _choose(self, item: object) -> None:
        if isinstance(item, (SavedPrompt, Persona)) and item != self._item:
            self._keep()
            self._open(item)

    def _begin(self, item: Written) -> None:
        self._keep()
        self.list.setCurrentIndex(self.list.rootIndex())
        self._open(item, stored=False)
        self.name.setFocus()

    def _duplicate(self) -> None:
        self._keep()
        self._add(replace(self._item, origin=""))

    def _add(self, item: Written) -> None:
        self._keep()
        self._open(item)
        self._keeping = (Persona("", "") if isinstance(item, Persona) else SavedPrompt("", ""), False, item)
        self._worker.submit(self._session.save_prompt, item)

    def _delete(self) -> None:
        self._opened = (self.name.text(), self.text.toPlainText())
        self._worker.submit(self._session.delete_prompt, self._item)
        self._offer_back(self.tr("“{title}” was deleted."), self._item)

    def _restore(self) -> None:
        self._open(self._item)
        self._worker.submit(self._session.restore_prompt, self._item)
        self._offer_back(self.tr("“{title}” was restored to its original."), self._item)

    def _offer_back(self, said: str, item: Written) -> None:
        self.notice.say_done(said.format(title=item.name), self.tr("Undo"), lambda: self._add(item))

    def _import(self) -> None:
        self._keep()
        title, kinds = self.tr("Import prompts"), self.tr("Prompts (*.json);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), kinds)
        if path:
            self._worker.submit(self._session.import_prompts, Path(path))

    def _export(self) -> None:
        self._keep()
        title, begin = self.tr("Export your prompts"), Path.home() / "prompts.json"
        path, _ = QFileDialog.getSaveFileName(self, title, str(begin), self.tr("Prompts (*.json)"))
        if path:
            target = Path(path)
            self._worker.submit(self._session.export_prompts, target if target.suffix else target.with_suffix(".json"))

    def done(self, result: int) -> None:
        self._keep()
        super().done(result)

    # ---- how it looks

    def _place(self) -> None:
        self.setWindowTitle(self.tr("Prompts and personas"))
        self.resize(860, 560)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._side())
        row.addLayout(self._detail(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 14)
        column.setSpacing(12)
        column.addWidget(self.notice)
        column.addLayout(row, 1)
        row.setContentsMargins(16, 14, 16, 0)
        foot = button_row(self.import_, self.export, self.show_hidden)
        foot.addWidget(self._close)
        foot.setContentsMargins(16, 0, 16, 0)
        column.addLayout(foot)
        self._close.setAccessibleName(self._close.text())
        self.show_hidden.hide()
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    def _side(self) -> QFrame:
        side = QFrame()
        side.setFixedWidth(_LIST_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list, 1)
        column.addLayout(button_row(self.new_prompt, self.new_persona))
        return side

    def _detail(self) -> QVBoxLayout:
        name = self.tr("Name")
        self.name.setAccessibleName(name)
        self.text.setTabChangesFocus(True)
        column = QVBoxLayout()
        column.setSpacing(8)
        for part in (LeadingLabel(name), self.name, self._kind):
            column.addWidget(part)
        column.addWidget(self.text, 1)
        column.addWidget(self._help)
        column.addLayout(button_row(self.save, self.duplicate, self.delete, self.restore))
        return column

    def _connect(self) -> None:
        self._worker.happened.connect(self.take)
        self.list.chosen.connect(self._choose)
        self.name.textChanged.connect(self._refresh)
        self.text.textChanged.connect(self._refresh)
        self.save.clicked.connect(self._keep)
        self.duplicate.clicked.connect(self._duplicate)
        self.delete.clicked.connect(self._delete)
        self.restore.clicked.connect(self._restore)
        self.new_prompt.clicked.connect(lambda: self._begin(SavedPrompt("", "")))
        self.new_persona.clicked.connect(lambda: self._begin(Persona("", "")))
        self.show_hidden.clicked.connect(lambda: self._worker.submit(self._session.show_hidden_prompts))
        self.import_.clicked.connect(self._import)
        self.export.clicked.connect(self._export)
        self._close.clicked.connect(self.accept)


def _text(item: Written) -> str:
    return item.system if isinstance(item, Persona) else item.text
