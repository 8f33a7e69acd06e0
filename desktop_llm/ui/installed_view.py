"""The models on this computer, and what is known of the one that is chosen."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_llm.experience import Lesson
from desktop_llm.library.hub import quantization_words
from desktop_llm.memory import verdict_words
from desktop_llm.ui import amounts
from desktop_llm.ui.clear_button import add_clear_button
from desktop_llm.ui.detail_page import DetailPage, button_row, rule
from desktop_llm.ui.facts_grid import FactsGrid, NameLabel, wrapped
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.models_session import Installed
from desktop_llm.ui.notice import in_words, translated


class InstalledView(QWidget):
    wants_file = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: dict[Path, Installed] = {}
        self._current: Path | None = None
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Find a model"))
        self._filter.setAccessibleName(self.tr("Find a model"))
        add_clear_button(self._filter)
        self._add = QPushButton(self.tr("Add a file…"))
        self._add.setAccessibleName(self.tr("Add a file"))
        self.list = LineList(self.tr("Models on this computer"))
        self.detail = ModelDetail()
        self._place()
        self._filter.textChanged.connect(self._show)
        self._add.clicked.connect(self.wants_file)
        self.list.chosen.connect(self._on_chosen)
        self.list.opened.connect(self.detail.used)
        for gone in (self.detail.deleted, self.detail.forgotten):
            # Not to whatever button comes next, for the one pressed goes away.
            gone.connect(lambda _: self.list.setFocus())

    def show_models(self, models: tuple[Installed, ...], current: Path | None) -> None:
        self._models, self._current = {row.model.path: row for row in models}, current
        self._show()

    def _show(self) -> None:
        words = self._filter.text().casefold().split()
        shown = [row for row in self._models.values() if all(word in _searched(row) for word in words)]
        self.list.show_lines([self._line(row) for row in sorted(shown, key=_section)])
        if self.list.current() is None and not self.list.choose(self._current):
            self.list.choose_first()
        self._on_chosen(self.list.current())

    def _on_chosen(self, key: Hashable) -> None:
        row = self._models.get(key) if isinstance(key, Path) else None
        self.detail.show_model(row, row is not None and row.model.path == self._current)

    def _line(self, row: Installed) -> Line:
        facts = (row.header.quantization, amounts.size(row.model.size), _speed(row))
        badge = self.tr("In use") if row.model.path == self._current else ""
        told = "  ·  ".join(filter(None, facts))
        return Line(row.model.path, row.model.name, told, badge, origin_words(row), str(row.model.path))

    def _place(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(16, 14, 8, 14)
        side.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(self._filter, 1)
        top.addWidget(self._add)
        side.addLayout(top)
        side.addWidget(self.list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(side, 5)
        row.addWidget(self.detail, 7)


class ModelDetail(DetailPage):
    """Everything about one model; its signals name its path."""

    used = Signal(object)
    renamed = Signal(object, str)
    forgotten = Signal(object)
    deleted = Signal(object)
    tried_as_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: Installed | None = None
        self._name = Renamable()
        self._fit, self._measured = wrapped("fact"), wrapped("muted")
        self._lesser, self._as_asked = wrapped("warning"), QPushButton(self.tr("Try my settings again next time"))
        self._facts = FactsGrid(self._labels())
        self._use = QPushButton(self.tr("Use this model"))
        self._use.setObjectName("primary")
        self._rename, self._folder = QPushButton(self.tr("Rename")), QPushButton(self.tr("Show in folder"))
        self._forget, self._delete = QPushButton(self.tr("Remove from the list")), QPushButton(self.tr("Delete"))
        self._place()
        self._connect()
        self.show_model(None, False)

    def show_model(self, row: Installed | None, in_use: bool) -> None:
        self._row = row
        self.inside.setVisible(row is not None)
        if row is None:
            return
        self._name.show_name(row.model.name)
        self._fit.setText(" ".join(filter(None, (in_words(verdict_words(row.fit)), self._speed_words(row)))))
        self._measured.setText(self._memory_words(row))
        self._measured.setVisible(row.lesson.memory > 0)
        self._lesser.setText(self._lesser_words(row.lesson))
        for part in (self._lesser, self._as_asked):
            part.setVisible(bool(self._lesser.text()))
        self._facts.show_values(self._values(row))
        self._use.setEnabled(not in_use)
        self._use.setText(self.tr("In use") if in_use else self.tr("Use this model"))
        self._forget.setVisible(row.model.added)
        self._delete.setVisible(row.own)
        freed = amounts.size(row.model.size)
        self._delete.setToolTip(self.tr("Moves it to the trash; emptying that frees {size}").format(size=freed))

    def _labels(self) -> list[str]:
        return [
            self.tr("Parameters"), self.tr("Quantization"), self.tr("Context"), self.tr("Architecture"),
            self.tr("Made for"), self.tr("Size"), self.tr("Last used"), self.tr("From"), self.tr("File"),
        ]  # fmt: skip

    def _values(self, row: Installed) -> list[str]:
        header, model = row.header, row.model
        words = translated(quantization_words(header.quantization))
        made_for = self.tr("Search in documents (embeddings)") if header.embedding else self.tr("Chat and writing")
        return [
            amounts.parameters(header.parameters), "  ·  ".join(filter(None, (header.quantization, words))),
            self.tr("{count} tokens").format(count=amounts.count(header.context)) if header.context else "",
            header.architecture, made_for, amounts.size(model.size), amounts.day(row.lesson.last_used),
            origin_words(row), str(model.path),
        ]  # fmt: skip

    def _speed_words(self, row: Installed) -> str:
        if not row.speed:
            return ""
        if row.measured:
            return self.tr("It ran at {speed} here last time.").format(speed=amounts.speed(row.speed))
        return self.tr("It should run at about {speed} here.").format(speed=amounts.speed(row.speed))

    def _lesser_words(self, lesson: Lesson) -> str:
        """What of the settings it could not be loaded with."""
        asked, worked = lesson.asked, lesson.worked
        if asked is None or worked is None or asked == worked:
            return ""
        if worked.context < asked.context:
            said = self.tr("It could only be loaded with a context of {count} tokens.")
            return said.format(count=amounts.count(worked.context))
        if worked.gpu_layers != asked.gpu_layers:
            if not worked.gpu_layers:
                return self.tr("It could only be loaded without the graphics card.")
            said = self.tr("It could only be loaded with {count} layers on the graphics card.")
            return said.format(count=worked.gpu_layers)
        return self.tr("It could only be loaded with settings other than those chosen.")

    def _memory_words(self, row: Installed) -> str:
        said = self.tr("The model itself took {size} when it was loaded last; {foretold} were expected.")
        return said.format(size=amounts.size(row.lesson.memory), foretold=amounts.size(row.foretold_memory))

    def _place(self) -> None:
        for part in (self._name, self._fit, self._measured):
            self.column.addWidget(part)
        self.column.addWidget(self._lesser)
        self.column.addLayout(button_row(self._as_asked))
        self.column.addLayout(button_row(self._use, self._rename, self._folder))
        self.column.addLayout(button_row(self._forget, self._delete))
        self.column.addWidget(rule())
        self.column.addWidget(self._facts)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self._use.clicked.connect(lambda: self._tell(self.used))
        self._forget.clicked.connect(lambda: self._tell(self.forgotten))
        self._delete.clicked.connect(lambda: self._tell(self.deleted))
        self._as_asked.clicked.connect(lambda: self._tell(self.tried_as_asked))
        self._rename.clicked.connect(self._name.edit)
        self._name.renamed.connect(self._on_renamed)
        self._folder.clicked.connect(self._show_folder)

    def _tell(self, signal: SignalInstance) -> None:
        if self._row:
            signal.emit(self._row.model.path)

    def _on_renamed(self, name: str) -> None:
        if self._row:
            self.renamed.emit(self._row.model.path, name)

    def _show_folder(self) -> None:
        if self._row:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._row.model.path.parent)))


class Renamable(QWidget):
    """A heading that becomes a field while it is changed: Enter keeps the new name, Esc the old one."""

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self._field, self._name = NameLabel(), _Field(), ""
        self._field.setAccessibleName(self.tr("Name of the model"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._label)
        column.addWidget(self._field)
        self._field.hide()
        self._field.returnPressed.connect(self._keep)
        self._field.left.connect(self._rest)

    def show_name(self, name: str) -> None:
        self._name = name
        self._label.show_name(name)
        self._rest()

    def edit(self) -> None:
        self._field.setText(self._name)
        self._label.hide()
        self._field.show()
        self._field.setFocus()
        self._field.selectAll()

    def _keep(self) -> None:
        name = self._field.text().strip()
        self._rest()
        if name != self._name:
            self._label.show_name(name or self._name)
            self.renamed.emit(name)

    def _rest(self) -> None:
        self._field.hide()
        self._label.show()

class _Field(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


def origin_words(row: Installed) -> str:
    """Whose the model is."""
    if row.model.starter:
        return QCoreApplication.translate("InstalledView", "Comes with the program")
    if row.own:
        return QCoreApplication.translate("InstalledView", "Downloaded")
    if row.model.added and not row.model.origin:
        return QCoreApplication.translate("InstalledView", "Added by you")
    if row.model.origin == "Downloads":
        return QCoreApplication.translate("InstalledView", "In your Downloads folder")
    return row.model.origin


def _section(row: Installed) -> tuple[int, str]:
    """One's own first."""
    model = row.model
    return (0 if row.own else 1 if model.added else 2 if not model.origin else 3), model.origin


def _searched(row: Installed) -> str:
    return f"{row.model.name} {row.header.name} {row.header.architecture} {row.model.path}".casefold()


def _speed(row: Installed) -> str:
    return amounts.speed(row.speed) if row.speed else ""

