"""Asks for what a prompt leaves open, and fills in what the program knows by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.storage.prompt_variables import KNOWN, Variable, filled, variables

_LONG_HEIGHT = 110
_LONG_TEXT = 80  # characters, from which on a value has more than one line


class VariablesDialog(QDialog):
    given = Signal(dict)  # the values, by the variables' names

    def __init__(
        self,
        title: str,
        asked: Sequence[Variable],
        offered: Mapping[str, str],
        parent: QWidget | None = None,
        accept: str = "",
    ) -> None:
        super().__init__(parent)
        self._accept = accept or self.tr("Use")
        self.fields = {variable.name: _field(variable, offered.get(variable.name)) for variable in asked}
        self._buttons = QDialogButtonBox()
        self._place(title)

    def _give(self) -> None:
        self.given.emit({name: _value(field) for name, field in self.fields.items()})
        self.accept()

    def _place(self, title: str) -> None:
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, field in self.fields.items():
            field.setAccessibleName(name)
            form.addRow(f"{name[:1].upper()}{name[1:]}".replace("&", "&&"), field)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(_scrolling(form), 1)
        column.addWidget(self._buttons)
        self._add_buttons()
        next(iter(self.fields.values())).setFocus()
        self.resize(self.sizeHint().boundedTo(self.screen().availableSize() * 0.8))

    def _add_buttons(self) -> None:
        use = self._buttons.addButton(self._accept, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = self._buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        for button in (use, cancel):
            button.setAccessibleName(button.text())
        self._buttons.accepted.connect(self._give)
        self._buttons.rejected.connect(self.reject)


class Filling:
    """Fills prompts in; what was answered last in this run of the program is offered again."""

    def __init__(self, parent: QWidget) -> None:
        self.model = ""
        self._parent = parent
        self._answers: dict[str, str] = {}

    def fill(self, title: str, text: str, use: Callable[[str], None]) -> None:
        """`use` gets the text without open places, at once where there is nothing to ask."""
        known = self._known(text)
        asked = [variable for variable in variables(text) if variable.name not in known]
        if not asked:
            use(filled(text, known))
            return

        def on_given(values: dict[str, str]) -> None:
            self._answers |= values
            use(filled(text, known | values))

        dialog = VariablesDialog(title, asked, self._answers, self._parent)
        dialog.given.connect(on_given)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _known(self, text: str) -> dict[str, str]:
        """The clipboard may be another program's to give, so that it is asked only when it is wanted."""
        now, short = QDateTime.currentDateTime(), QLocale.FormatType.ShortFormat
        found = {
            "date": lambda: QLocale().toString(now.date(), QLocale.FormatType.LongFormat),
            "time": lambda: QLocale().toString(now.time(), short),
            "clipboard": lambda: QGuiApplication.clipboard().text(),
            "model": lambda: self.model,
        }
        wanted = {variable.name for variable in variables(text)}
        values = {name: found[name]() for name in KNOWN if name in wanted}
        return {name: value for name, value in values.items() if value}


Field = QComboBox | QLineEdit | QPlainTextEdit


def _field(variable: Variable, answered: str | None) -> Field:
    value = variable.usual if answered is None else answered
    if variable.choices:
        combo = QComboBox()
        combo.addItems(variable.choices)
        combo.setCurrentIndex(max(combo.findText(value), 0))
        return combo
    if not variable.long and len(value) <= _LONG_TEXT and "\n" not in value:
        line = QLineEdit(value)
        line.selectAll()
        return line
    field = QPlainTextEdit(value)
    field.selectAll()
    field.setTabChangesFocus(True)
    field.setMinimumHeight(_LONG_HEIGHT)
    return field


def _value(field: Field) -> str:
    match field:
        case QComboBox():
            return field.currentText()
        case QLineEdit():
            return field.text()
        case _:
            return field.toPlainText()


def _scrolling(form: QFormLayout) -> QScrollArea:
    """A prompt may have many places, and the buttons below must stay on the screen."""
    inside, area = QWidget(), QScrollArea()
    inside.setLayout(form)
    form.setContentsMargins(0, 0, 4, 0)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
