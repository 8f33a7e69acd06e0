"""Controls for a settings group, made from what its fields declare: words, bounds and choices."""

from __future__ import annotations

import dataclasses
import math
import typing
from typing import Any

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.fields import Words, words
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel

_STEPS = 200
_SLIDES = 500  # wider ranges are typed


def in_words(text: str) -> str:
    """A declaration's words in the language of the program."""
    return QCoreApplication.translate("settings", text)


class FieldForm(QWidget):
    """`changed` brings the group with its new values, of which none can be out of bounds."""

    changed = Signal(object)

    def __init__(self, group: Any, names: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self._rows: dict[str, FieldRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        kinds = typing.get_type_hints(type(group))
        for field in dataclasses.fields(group):
            if not names or field.name in names:
                row = self._rows[field.name] = FieldRow(type(group), field.name, kinds[field.name])
                row.changed.connect(self._on_changed)
                column.addWidget(row)
        self.show_group(group)

    def show_group(self, group: Any) -> None:
        self.group = group
        for name, row in self._rows.items():
            row.show_value(getattr(group, name))

    def _on_changed(self, name: str, value: object) -> None:
        self.group = dataclasses.replace(self.group, **{name: value})
        self.changed.emit(self.group)


class FieldRow(QWidget):
    """One field: its label, its control, a slider where the range is small, and a way back to the default."""

    changed = Signal(str, object)

    def __init__(self, group: type, name: str, kind: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._words: Words = words(group, name)
        self._default = next(field.default for field in dataclasses.fields(group) if field.name == name)
        self._label = LeadingLabel(in_words(self._words.label))
        self._label.show_as("fact")
        self._reset = IconButton("undo", QCoreApplication.translate("FieldRow", "Back to the usual value"))
        self._control = _control(kind, self._words)
        self._slider = self._made_slider()
        self._place()

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._control):
            _show(self._control, value)
        self._show_slider(value)
        self._reset.setVisible(value != self._default)

    def _on_changed(self) -> None:
        value = _value(self._control)
        self._show_slider(value)
        self._reset.setVisible(value != self._default)
        self.changed.emit(self._name, value)

    def _to_default(self) -> None:
        self.show_value(self._default)
        self._on_changed()

    def _made_slider(self) -> QSlider | None:
        low, high = self._words.low, self._words.high
        if low is None or high is None or high - low > _SLIDES:
            return None
        slider = CalmSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, _STEPS)
        slider.setAccessibleName(in_words(self._words.label))
        slider.valueChanged.connect(self._on_slid)
        return slider

    def _show_slider(self, value: Any) -> None:
        if self._slider is not None and self._words.low is not None and self._words.high is not None:
            with QSignalBlocker(self._slider):
                share = (value - self._words.low) / (self._words.high - self._words.low)
                self._slider.setValue(round(_STEPS * share))

    def _on_slid(self, step: int) -> None:
        low, high = self._words.low or 0.0, self._words.high or 0.0
        value = low + (high - low) * step / _STEPS
        with QSignalBlocker(self._control):
            _show(self._control, round(value) if isinstance(self._control, QSpinBox) else round(value, 2))
        self._on_changed()

    def _place(self) -> None:
        help = in_words(self._words.help) if self._words.help else ""
        for part in (self._label, self._control):
            part.setToolTip(help)
        self._control.setAccessibleName(in_words(self._words.label))
        self._control.setAccessibleDescription(help)
        _connect(self._control, self._on_changed)
        self._reset.clicked.connect(self._to_default)
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._reset)
        head.addWidget(self._control)
        grid.addLayout(head, 0, 0)
        if self._slider is not None:
            grid.addWidget(self._slider, 1, 0)


class CalmSlider(QSlider):
    """The wheel scrolls the page; it changes only what has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmSpin(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmDoubleSpin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


Control = QCheckBox | QComboBox | QDoubleSpinBox | QSpinBox | QLineEdit


def _control(kind: Any, declared: Words) -> Control:
    if kind is bool:
        return QCheckBox()
    if declared.choices:
        combo = QComboBox()
        for choice in declared.choices:
            combo.addItem(in_words(choice), choice)
        return combo
    if declared.low is None or declared.high is None:
        line = QLineEdit()
        line.setProperty("several", kind is not str)
        return line
    return _spin(kind, declared.low, declared.high)


def _spin(kind: Any, low: float, high: float) -> QSpinBox | QDoubleSpinBox:
    spin: QSpinBox | QDoubleSpinBox
    if kind is float or high > 2**31 - 1:
        spin = CalmDoubleSpin()
        spin.setDecimals(2 if kind is float else 0)
        spin.setSingleStep(0.05 if kind is float else 1)
        spin.setRange(low, high)
    else:
        spin = CalmSpin()
        spin.setRange(math.ceil(low), math.floor(high))
    spin.setFixedWidth(92)
    spin.setAlignment(Qt.AlignmentFlag.AlignTrailing)
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    spin.setKeyboardTracking(False)
    return spin


def _connect(control: Control, act: Any) -> None:
    match control:
        case QCheckBox():
            control.toggled.connect(lambda _on: act())
        case QComboBox():
            control.currentIndexChanged.connect(lambda _index: act())
        case QLineEdit():
            control.editingFinished.connect(act)
        case _:
            control.valueChanged.connect(lambda _value: act())


def _show(control: Control, value: Any) -> None:
    match control:
        case QCheckBox():
            control.setChecked(value)
        case QComboBox():
            control.setCurrentIndex(control.findData(value))
        case QLineEdit():
            control.setText(", ".join(value) if isinstance(value, tuple) else str(value))
        case _:
            control.setValue(value)


def _value(control: Control) -> Any:
    match control:
        case QCheckBox():
            return control.isChecked()
        case QComboBox():
            return control.currentData()
        case QLineEdit() if not control.property("several"):
            return control.text()
        case QLineEdit():
            return tuple(part.strip() for part in control.text().split(",") if part.strip())
        case QDoubleSpinBox():
            return int(control.value()) if control.decimals() == 0 else round(control.value(), 2)
        case _:
            return control.value()
