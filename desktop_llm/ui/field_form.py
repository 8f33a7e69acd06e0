"""Controls for a settings group, made from what its fields declare: words, bounds and choices."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop_llm.errors import Problem
from desktop_llm.fields import words
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.field_controls import in_words
from desktop_llm.ui.field_row import FieldRow
from desktop_llm.ui.group_problems import Check, headings, problems_by_heading
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.notice import in_words as problem_words

_AT_ONCE = 2  # parts of a page; those below are not seen before they are made


def kinds(group: type) -> dict[str, Any]:
    """The type of each field."""
    return typing.get_type_hints(group)



class FieldForm(QWidget):
    """`changed` brings the group with its new values, of which none can be out of bounds; `edited` only those.

    `wide`: on a page, not in a panel. `check` finds what contradicts itself; that is told under the headings.
    """

    changed = Signal(object)
    edited = Signal(object)  # the new values by their names
    shown = Signal(object)  # the group as it is now, whoever changed it

    def __init__(
        self,
        group: Any,
        names: Sequence[str] = (),
        parent: QWidget | None = None,
        *,
        wide: bool = False,
        check: Check | None = None,
    ) -> None:
        super().__init__(parent)
        self.group = group
        self._check = check
        self.parts: dict[str, FieldPart] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16 if wide else 12)
        for heading, found in headings(type(group)).items():
            if shown := [name for name in found if not names or name in names]:
                part = self.parts[heading] = FieldPart(group, heading, shown, wide=wide)
                part.changed.connect(self._on_changed)
                column.addWidget(part)
        self._make(_AT_ONCE if wide else len(self.parts))
        self.show_group(group)

    @property
    def _rows(self) -> dict[str, FieldRow]:
        return {name: row for part in self.parts.values() for name, row in part.rows.items()}

    def row(self, name: str) -> FieldRow:
        """The row of this field, unfolded where it was not seen."""
        part = next(part for part in self.parts.values() if name in part.names)
        part.make()
        if name not in part.rows:
            part.more.setChecked(True)
        return part.rows[name]

    def show_group(self, group: Any) -> None:
        self.group = group
        for part in self.parts.values():
            part.show_group(group)
        self._show_problems()

    def show_usual(self, usual: Any, origins: Mapping[str, str]) -> None:
        """What each field goes back to, a group like this one, and where the values come from, by their names."""
        for part in self.parts.values():
            part.show_usual(usual, origins)

    def show_beside(self, told: Mapping[str, str]) -> None:
        """What more is to be said of some fields now, by their names."""
        for part in self.parts.values():
            part.show_beside(told)

    def show_verdict(self, name: str, text: str, wrong: bool) -> None:
        """Whether what is written in a field can be used; what is wrong is not left folded away."""
        for part in self.parts.values():
            if name in part.names:
                part.show_verdict(name, text, wrong)

    def wrong_part(self) -> QWidget | None:
        """Where what is wrong is told: at its field, or else under the first heading of what contradicts itself."""
        rows = [row for part in self.parts.values() for row in part.wrong_rows()]
        told = [part.told for part in self.parts.values() if part.told]
        return next(iter((*rows, *told)), None)

    def _make(self, count: int) -> None:
        """So many of the parts, and the others one by one as soon as these are seen."""
        left = [part for part in self.parts.values() if not part.made]
        for part in left[:count]:
            part.make()
        if left[count:]:
            QTimer.singleShot(0, self, lambda: self._make(1))

    def _on_changed(self, values: Mapping[str, Any]) -> None:
        self.group = dataclasses.replace(self.group, **values)
        for part in self.parts.values():
            part.group = self.group
        self._show_problems()
        self.edited.emit(values)
        self.changed.emit(self.group)

    def _show_problems(self) -> None:
        found = problems_by_heading(self.group, self._check) if self._check else {}
        for heading, part in self.parts.items():
            part.show_problems(found.get(heading, ()))
        self.shown.emit(self.group)


class FieldPart(QWidget):
    """The fields under one heading; the advanced ones are made once they are unfolded."""

    changed = Signal(object)

    def __init__(self, group: Any, heading: str, names: Sequence[str], *, wide: bool = False) -> None:
        super().__init__()
        self.group, self.names, self._wide = group, tuple(names), wide
        self._heading = in_words(heading) if heading else ""
        self._advanced = tuple(name for name in names if words(type(group), name).advanced)
        self.rows: dict[str, FieldRow] = {}
        self._told: Mapping[str, str] = {}
        self._origins: Mapping[str, str] = {}
        self._usual = type(group)()
        self._verdicts: dict[str, tuple[str, bool]] = {}
        self.more, self.reset = QToolButton(), QPushButton(self.tr("Reset these"))
        self._problems = wrapped("warning")
        self._column, self._folded = QVBoxLayout(self), QVBoxLayout()
        self.made = False

    def make(self) -> None:
        """What it is made of, where that has not been done yet."""
        if not self.made:
            self.made = True
            self._place()

    def show_group(self, group: Any) -> None:
        self.group = group
        for name, row in self.rows.items():
            row.show_value(getattr(group, name))
        if self.made:
            self._show_state()

    def show_usual(self, usual: Any, origins: Mapping[str, str]) -> None:
        self._usual, self._origins = usual, origins
        for name, row in self.rows.items():
            row.show_usual(getattr(usual, name), origins.get(name, ""))
        if self.made:
            self._show_state()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        self._problems.setText("\n".join(map(problem_words, problems)))
        self._problems.setHidden(not problems or not self.made)

    def show_beside(self, told: Mapping[str, str]) -> None:
        self._told = told
        for name, row in self.rows.items():
            row.show_beside(told.get(name, ""))

    def show_verdict(self, name: str, text: str, wrong: bool) -> None:
        self._verdicts[name] = text, wrong
        if name in self.rows:
            self.rows[name].show_verdict(text, wrong)
        self._unfold_wrong()

    def wrong_rows(self) -> list[FieldRow]:
        self._unfold_wrong()
        return [self.rows[name] for name, (_, wrong) in self._verdicts.items() if wrong and name in self.rows]

    @property
    def told(self) -> QWidget | None:
        """What is told of how it contradicts itself."""
        return self._problems if self._problems.text() else None

    def _unfold_wrong(self) -> None:
        wrong = [name for name, (_, wrong) in self._verdicts.items() if wrong and name in self._advanced]
        if wrong and self.made:
            self.more.setChecked(True)

    def _on_changed(self, name: str, value: object) -> None:
        self.group = dataclasses.replace(self.group, **{name: value})
        self._show_state()
        self.changed.emit({name: value})

    def _to_usual(self) -> None:
        values = {name: getattr(self._usual, name) for name in self._changed()}
        if not values:
            return
        self.show_group(dataclasses.replace(self.group, **values))
        self.changed.emit(values)

    def _changed(self) -> list[str]:
        return [name for name in self.names if getattr(self.group, name) != getattr(self._usual, name)]

    def _show_state(self) -> None:
        changed = self._changed()
        self.reset.setVisible(bool(changed) and self._wide)
        hidden = [name for name in changed if name not in self.rows]
        said = self.tr("More ({count} changed)").format(count=len(hidden)) if hidden else self.tr("More")
        self.more.setText(self.tr("Less") if self.more.isChecked() else said)
        self.more.setArrowType(Qt.ArrowType.DownArrow if self.more.isChecked() else self._closed_arrow())
        self.more.setAccessibleName(", ".join(filter(None, (self._heading, self.more.text()))))

    def _closed_arrow(self) -> Qt.ArrowType:
        towards_end = self.layoutDirection() == Qt.LayoutDirection.LeftToRight
        return Qt.ArrowType.RightArrow if towards_end else Qt.ArrowType.LeftArrow

    def _unfold(self, on: bool) -> None:
        for name in self._advanced:
            if name not in self.rows:
                self._folded.addWidget(self._made_row(name))
            self.rows[name].setVisible(on)
        self._show_state()

    def _made_row(self, name: str) -> FieldRow:
        row = self.rows[name] = FieldRow(type(self.group), name, kinds(type(self.group))[name], wide=self._wide)
        row.show_value(getattr(self.group, name))
        row.show_usual(getattr(self._usual, name), self._origins.get(name, ""))
        row.show_beside(self._told.get(name, ""))
        row.show_verdict(*self._verdicts.get(name, ("", False)))
        row.changed.connect(self._on_changed)
        return row

    def _place(self) -> None:
        self._column.setContentsMargins(0, 0, 0, 0)
        for column in (self._column, self._folded):
            column.setSpacing(12)
        if self._heading:
            self._column.addLayout(self._head())
        for name in self.names:
            if name not in self._advanced:
                self._column.addWidget(self._made_row(name))
        self._column.addLayout(self._folded)
        self._column.addWidget(self._problems)
        self._column.addLayout(self._foot())
        self._problems.setHidden(not self._problems.text())
        self.more.setObjectName("fold")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setVisible(bool(self._advanced))
        self.more.toggled.connect(self._unfold)
        self.reset.setObjectName("flat")
        self.reset.clicked.connect(self._to_usual)
        self._show_state()
        self._unfold_wrong()

    def _head(self) -> QHBoxLayout:
        heading, row = LeadingLabel(self._heading), QHBoxLayout()
        heading.show_as("section")
        self.reset.setAccessibleName(self.tr("{heading}: reset these").format(heading=self._heading))
        row.addWidget(heading)
        if self._wide:
            row.addWidget(_line(), 1)
        row.addWidget(self.reset)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addStretch(1)
        if not self._heading:
            self.reset.setAccessibleName(self.reset.text())
            row.addWidget(self.reset)
        return row


def _line() -> QFrame:
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line
