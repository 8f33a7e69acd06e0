"""Labels with their values below each other; what has no value is not shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.shown_text import ZERO_WIDTH_SPACE

_MAY_BREAK = re.compile(r"[-_.]")
_TOP = Qt.AlignmentFlag.AlignTop


class NameLabel(LeadingLabel):
    """A heading that is a name: it also breaks after hyphens, so that a long one makes no page wider than its window.

    Not to be selected, for whoever copied it would copy the breaks.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.show_as("heading")
        self.setWordWrap(True)
        self.setMinimumWidth(1)

    def show_name(self, name: str) -> None:
        self.setText(_MAY_BREAK.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", name))
        self.setAccessibleName(name)


class FactsGrid(QWidget):
    def __init__(self, labels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[LeadingLabel, LeadingLabel]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for place, label in enumerate(labels):
            self._rows.append((LeadingLabel(label), _value(label)))
            grid.addWidget(self._rows[-1][0], place, 0, _TOP)
            grid.addWidget(self._rows[-1][1], place, 1)

    def show_values(self, values: Sequence[str]) -> None:
        """One for each label, in their order."""
        for (label, shown), value in zip(self._rows, values, strict=True):
            shown.setText(value)
            shown.setAccessibleDescription(value)
            label.setVisible(bool(value))
            shown.setVisible(bool(value))


def _value(label: str) -> LeadingLabel:
    shown = LeadingLabel("")
    shown.show_as("fact")
    shown.setAccessibleName(label)
    shown.setWordWrap(True)
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return shown


def wrapped(kind: str) -> LeadingLabel:
    """A label for whole sentences; `kind` names its look in the style sheet."""
    label = LeadingLabel("")
    label.show_as(kind)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
