"""One setting: its label and what it means, its control, a slider where the range is small, and a way back."""

from __future__ import annotations

import dataclasses
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from desktop_llm.fields import Words, words
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.field_controls import CalmSlider, Control, Number, control_for, in_words
from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.leading_label import LeadingLabel

_MOST_STEPS = 500  # wider ranges are typed
_SLIDER = 110


class FieldRow(QWidget):
    """`wide`: on a page, with its help below the label; else in a narrow panel, with its help as a tool tip."""

    changed = Signal(str, object)

    def __init__(self, group: type, name: str, kind: Any, *, wide: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._wide = name, wide
        self._words: Words = words(group, name)
        self.usual = next(field.default for field in dataclasses.fields(group) if field.name == name)
        self._shown: Any = self.usual
        self.label = LeadingLabel(in_words(self._words.label))
        self._mark = LeadingLabel("●")
        self._beside, self._verdict, self._origin = wrapped("muted"), wrapped("muted"), LeadingLabel("")
        self._reset = IconButton("undo", self.tr("Back to the usual value"))
        self._control: Control = control_for(kind, self._words, units=wide)
        self._slider = self._made_slider()
        self._set_up()
        self._place_wide() if wide else self._place_narrow()

    @property
    def name(self) -> str:
        return self._name

    @property
    def value(self) -> Any:
        return self._shown

    @property
    def is_changed(self) -> bool:
        return bool(self._shown != self.usual)

    def show_value(self, value: Any) -> None:
        self._control.show_value(value)
        self._show_state(value)

    def show_beside(self, text: str) -> None:
        """What more is to be said of it now: the value that is chosen for it, what is wrong with it."""
        self._beside.setText(text)
        self._beside.setVisible(bool(text))

    def show_verdict(self, text: str, wrong: bool) -> None:
        """Whether what is written in it can be used."""
        self._verdict.show_as("warning" if wrong else "muted")
        self._verdict.setText(text)
        self._verdict.setVisible(bool(text))
        self._describe()

    def show_usual(self, usual: Any, origin: str) -> None:
        """What it goes back to, and where the value it has comes from."""
        self.usual = usual
        self._origin.setText(origin)
        self._origin.setVisible(bool(origin))
        self._show_state(self._shown)

    def to_usual(self) -> None:
        if self.is_changed:
            self.show_value(self.usual)
            self.changed.emit(self._name, self.usual)

    def _on_edited(self) -> None:
        value = self._control.value()
        if value != self._shown:
            self._show_state(value)
            self.changed.emit(self._name, value)

    def _show_state(self, value: Any) -> None:
        self._shown = value
        if self._slider is not None:
            with QSignalBlocker(self._slider):
                self._slider.setValue(round((value - (self._words.low or 0)) / self._step))
        self._reset.setVisible(self.is_changed)
        self._mark.setVisible(self.is_changed and self._wide)
        self._describe()

    def _describe(self) -> None:
        state = self._origin.text() or (self.tr("Changed.") if self.is_changed else "")
        self._control.setAccessibleDescription(" ".join(filter(None, (state, self._verdict.text(), self._help))))

    @property
    def _help(self) -> str:
        return in_words(self._words.help) if self._words.help else ""

    @property
    def _step(self) -> float:
        return self._control.singleStep() if isinstance(self._control, Number) else 1

    def _made_slider(self) -> QSlider | None:
        low, high = self._words.low, self._words.high
        if not isinstance(self._control, Number) or low is None or high is None:
            return None
        steps = round((high - low) / self._step)
        if steps > _MOST_STEPS:
            return None
        slider = CalmSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, steps)
        slider.setPageStep(max(steps // 10, 1))
        slider.setAccessibleName(in_words(self._words.label))
        slider.valueChanged.connect(self._on_slid)
        return slider

    def _on_slid(self, step: int) -> None:
        value = (self._words.low or 0) + step * self._step
        if isinstance(self._control, Number):
            self._control.show_value(value)
        self._on_edited()

    # ---- how it looks

    def _set_up(self) -> None:
        label = in_words(self._words.label)
        self.label.show_as("fact")
        self.label.setBuddy(self._control)
        self.label.setWordWrap(True)
        self._mark.show_as("changed")
        self._mark.setToolTip(self.tr("Changed"))
        self._mark.setAccessibleName(self.tr("{setting} is changed").format(setting=label))
        self._reset.setAccessibleName(self.tr("{setting}: back to the usual value").format(setting=label))
        self._control.setAccessibleName(label)
        if not self._wide:
            self.label.setToolTip(self._help)
            self._control.setToolTip(self._help)
        self._control.edited.connect(self._on_edited)
        self._reset.clicked.connect(self.to_usual)
        self._origin.show_as("origin")
        for part in (self._beside, self._verdict, self._origin):
            part.hide()
        _keep_room(self._reset)
        if self._wide:
            _keep_room(self._mark)

    def _place_narrow(self) -> None:
        column, head = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._mark.hide()
        head.addWidget(self.label, 1)
        head.addWidget(self._reset)
        column.addLayout(head)
        if self._control.below:
            column.addWidget(self._control)
        else:
            head.addWidget(self._control)
        if self._slider is not None:
            column.addWidget(self._slider)
        column.addWidget(self._origin)
        column.addWidget(self._verdict)
        column.addWidget(self._beside)

    def _place_wide(self) -> None:
        """What it means has the whole width below, so that it is read with ease in a small window too."""
        grid, side = QGridLayout(self), QHBoxLayout()
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        if self._slider is not None:
            self._slider.setFixedWidth(_SLIDER)
            side.addWidget(self._slider)
        if not self._control.below:
            side.addWidget(self._control)
        side.addWidget(self._reset)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self.label, 0, 1)
        grid.addLayout(side, 0, 2)
        for row, part in enumerate(self._below_label(), 1):
            grid.addWidget(part, row, 1, 1, 2)

    def _below_label(self) -> list[QWidget]:
        below: list[QWidget] = [self._beside]
        if self._help:
            help = wrapped("muted")
            help.setText(self._help)
            below.insert(0, help)
        return [*below, self._control, self._verdict] if self._control.below else [*below, self._verdict]


def _keep_room(part: QWidget) -> None:
    """Nothing beside it moves when it comes or goes."""
    policy = part.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    part.setSizePolicy(policy)
