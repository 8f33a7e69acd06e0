"""What a setting is changed with: one control for each kind of value, alike from outside."""

from __future__ import annotations

import contextlib
import dataclasses
import types
import typing
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QRegularExpression, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFont, QFontDatabase, QRegularExpressionValidator, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QWidget,
)

from desktop_llm.fields import Words
from desktop_llm.settings import Sampling
from desktop_llm.ui.order_list import OrderList

_TYPING = 400  # milliseconds until what was typed holds
_LINES, _LONG_LINES = 6, 14
_DIGITS = 6  # at least
_MARGIN = 4
_Verdict = tuple[QValidator.State, str, int]


def in_words(text: str) -> str:
    """A declaration's words in the language of the program."""
    return QCoreApplication.translate("settings", text)


_LABELS = {field.name: field.metadata["words"].label for field in dataclasses.fields(Sampling)}
"""A sampler is called like the value that it is about."""


def choice_words(choice: str) -> str:
    """What a choice is called; those that are words of the file have others for people."""
    names = {
        "system": QCoreApplication.translate("Choice", "Like the system"),
        "light": QCoreApplication.translate("Choice", "Light"),
        "dark": QCoreApplication.translate("Choice", "Dark"),
        "en": "English",
        "zh_CN": "简体中文",
        "penalties": QCoreApplication.translate("Choice", "Penalties for repetition"),
        "dry": "DRY",
        "xtc": "XTC",
    }
    return names.get(choice) or in_words(_LABELS.get(choice, choice))


class Switch(QCheckBox):
    edited = Signal()
    below = False

    def __init__(self) -> None:
        super().__init__()
        self.toggled.connect(lambda _on: self.edited.emit())

    def show_value(self, value: bool) -> None:
        with QSignalBlocker(self):
            self.setChecked(value)

    def value(self) -> bool:
        return self.isChecked()


class Choice(QComboBox):
    edited = Signal()
    below = False

    def __init__(self, declared: Words) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for choice in declared.choices:
            self.addItem(choice_words(choice), choice)
        self.currentIndexChanged.connect(lambda _index: self.edited.emit())

    def show_value(self, value: str) -> None:
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(value))

    def value(self) -> str:
        return str(self.currentData())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page, and changes nothing on its way."""
        event.ignore()


class Spelling:
    """How a number is written: with its unit, or as a word where it does nothing or the program chooses."""

    def __init__(self, declared: Words, units: bool) -> None:
        self._unit = f" {in_words(declared.unit)}" if declared.unit and units else ""
        self._words: dict[float, str] = {}
        if declared.off is not None:
            self._words[declared.off] = QCoreApplication.translate("FieldRow", "off")
        if declared.automatic is not None:
            self._words[declared.automatic] = QCoreApplication.translate("FieldRow", "automatic")

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self._words.values())

    def written(self, value: float, digits: str) -> str:
        return self._words.get(value, f"{digits}{self._unit}")

    def value_of(self, text: str) -> float | None:
        """Where `text` is one of the words."""
        return next((value for value, word in self._words.items() if word == text.strip()), None)

    def verdict(self, text: str) -> QValidator.State | None:
        """What one of the words is, or the beginning of one; nothing where it is a number."""
        if self.value_of(text) is not None:
            return QValidator.State.Acceptable
        begins = any(word.startswith(text.strip()) for word in self._words.values())
        return QValidator.State.Intermediate if begins else None

    def digits(self, text: str) -> str:
        return text.removesuffix(self._unit)


class Number(QDoubleSpinBox):
    """Also for whole numbers, of which some are too large for Qt's own control."""

    edited = Signal()
    below = False

    def __init__(self, declared: Words, kind: type, low: float, high: float, units: bool) -> None:
        super().__init__()
        self._whole = kind is int
        self.spelling = Spelling(declared, units)
        self.setDecimals(0 if self._whole else 2 if declared.decimals is None else declared.decimals)
        self.setSingleStep(declared.step or (1 if self._whole else 0.05))
        self.setRange(low, high)
        _set_up(self)
        self.valueChanged.connect(lambda _value: self.edited.emit())

    def show_value(self, value: float) -> None:
        with QSignalBlocker(self):
            self.setValue(value)

    def value(self) -> Any:
        found = super().value()
        return round(found) if self._whole else round(found, self.decimals())

    def textFromValue(self, value: float) -> str:
        digits = str(round(value)) if self._whole else super().textFromValue(value)
        return self.spelling.written(value, digits)

    def valueFromText(self, text: str) -> float:
        known = self.spelling.value_of(text)
        return super().valueFromText(self.spelling.digits(text)) if known is None else known

    def validate(self, text: str, place: int) -> _Verdict:
        digits = super().validate(self.spelling.digits(text), place)[0]
        return self.spelling.verdict(text) or digits, text, place

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            _fit(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page; it changes only what has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _set_up(spin: Number) -> None:
    spin.setAlignment(Qt.AlignmentFlag.AlignTrailing)
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    spin.setKeyboardTracking(False)
    spin.lineEdit().setTextMargins(0, 0, _MARGIN, 0)
    _fit(spin)


def _fit(spin: Number) -> None:
    """As wide as the longest it can show."""
    ends = (spin.textFromValue(round(value)) for value in (spin.minimum(), spin.minimum() + 1, spin.maximum() - 1))
    longest = max(map(len, ("0" * _DIGITS, *spin.spelling.words, *ends)))
    spin.setFixedWidth(spin.fontMetrics().horizontalAdvance("0") * longest + 24 + _MARGIN)


class TextLine(QLineEdit):
    edited = Signal()
    below = False

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0") * 22)
        self.editingFinished.connect(self.edited)

    def show_value(self, value: str) -> None:
        self.setText(value)

    def value(self) -> str:
        return self.text().strip()


class NumbersLine(TextLine):
    """Several numbers with spaces or commas between them; nothing else can be typed."""

    def __init__(self) -> None:
        super().__init__()
        self.setValidator(QRegularExpressionValidator(QRegularExpression(r"[0-9., ]*"), self))

    def show_value(self, value: Any) -> None:
        self.setText(", ".join(f"{number:g}" for number in value))

    def value(self) -> Any:
        found: list[float] = []
        for part in self.text().replace(",", " ").split():
            with contextlib.suppress(ValueError):
                found.append(float(part))
        return tuple(found)


class GrowingText(QPlainTextEdit):
    """As high as its lines, up to a bound; what is typed holds after a short while, or when the keyboard leaves."""

    edited = Signal()
    below = True

    def __init__(self, most: int, *, monospace: bool = True) -> None:
        super().__init__()
        self._most = most
        if monospace:
            self.setFont(_monospace())
        self.setTabChangesFocus(True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING)
        self._typing.timeout.connect(self.edited)
        self.textChanged.connect(self._on_typed)
        self._fit()

    def show_value(self, value: str) -> None:
        """Not while it is being written: that is newer."""
        if not self._typing.isActive() and value != self.value():
            with QSignalBlocker(self):
                self.setPlainText(value)
            self._fit()

    def value(self) -> Any:
        return self.toPlainText()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._typing.isActive():
            self._typing.stop()
            self.edited.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _on_typed(self) -> None:
        self._fit()
        self._typing.start()

    def _fit(self) -> None:
        lines = min(max(self.blockCount(), 2), self._most)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 24)


class Lines(GrowingText):
    """Several texts, one on each line; what would not be seen is written as \\n, \\t and so on."""

    def __init__(self) -> None:
        super().__init__(_LINES)

    def show_value(self, value: Any) -> None:
        super().show_value("\n".join(map(line_of, value))) if tuple(value) != self.value() else None

    def value(self) -> tuple[str, ...]:
        return tuple(text_of(line) for line in self.toPlainText().split("\n") if line)


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def line_of(text: str) -> str:
    """`text` on one line."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def text_of(line: str) -> str:
    """The inverse of `line_of`; a backslash before anything else is one."""
    meant = {written[1]: letter for letter, written in _ESCAPES.items()}
    made, letters = "", iter(line)
    for letter in letters:
        following = next(letters, "") if letter == "\\" else ""
        made += meant.get(following, letter + following) if letter == "\\" else letter
    return made


class FolderLine(QWidget):
    """A folder that is typed or chosen; left empty it is the program's own."""

    edited = Signal()
    below = True

    def __init__(self, declared: Words) -> None:
        super().__init__()
        self._label = in_words(declared.label)
        self.line = QLineEdit()
        self.line.setPlaceholderText(QCoreApplication.translate("FieldRow", "The program's own folder"))
        choose = QPushButton(QCoreApplication.translate("FieldRow", "Choose…"))
        choose.setAccessibleName(f"{self._label}: {choose.text()}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(choose)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self.edited)
        choose.clicked.connect(self._choose)

    def setAccessibleName(self, name: str) -> None:
        self.line.setAccessibleName(name)

    def setAccessibleDescription(self, description: str) -> None:
        self.line.setAccessibleDescription(description)

    def show_value(self, value: Path | None) -> None:
        self.line.setText(str(value) if value else "")

    def value(self) -> Path | None:
        text = self.line.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def _choose(self) -> None:
        begin = self.line.text() or str(Path.home())
        if chosen := QFileDialog.getExistingDirectory(self, self._label, begin):
            self.line.setText(chosen)
            self.edited.emit()


class CalmSlider(QSlider):
    """The wheel scrolls the page; it changes only what has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


Control = Switch | Choice | Number | TextLine | GrowingText | FolderLine | OrderList


def control_for(kind: Any, declared: Words, *, units: bool) -> Control:
    """The control for a field of type `kind`; `units`: there is room to write them."""
    if typing.get_origin(kind) is tuple:
        return _control_of_several(typing.get_args(kind)[0], declared)
    if kind is bool:
        return Switch()
    if declared.choices:
        return Choice(declared)
    if declared.long:
        return GrowingText(_LONG_LINES)
    if declared.low is not None and declared.high is not None:
        return Number(declared, kind, declared.low, declared.high, units)
    return FolderLine(declared) if Path in _kinds(kind) else TextLine()


def _control_of_several(kind: Any, declared: Words) -> Control:
    if declared.choices:
        return OrderList(declared.choices, choice_words)
    return NumbersLine() if kind is float else Lines()


def _kinds(kind: Any) -> tuple[Any, ...]:
    several = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.get_args(kind) if several else (kind,)


def _monospace() -> QFont:
    """Only its family: its size is that of all text."""
    font = QFont()
    font.setFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
    return font
