"""What stands beside the list of sections: all settings of one, or those that a search found in any."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Settings
from desktop_llm.ui.detail_page import DetailPage
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.field_form import FieldForm, kinds
from desktop_llm.ui.field_row import FieldRow
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.settings_sections import Place, Section, value_of
from desktop_llm.ui.shortcut_list import ShortcutList

_LETTERS = 92  # the longest lines that are read with ease, with a control beside them
_CHECKS = {"sampling": contradictions}


class SettingsView(DetailPage):
    """`edited` brings a group's name and its new values by their names."""

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column.setSpacing(14)
        self._limit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._limit()

    def take_over(self, before: SettingsView) -> None:
        """Goes on at the same height, with the keyboard at the same setting."""
        height, left = before.verticalScrollBar().value(), before.focusWidget()
        QTimer.singleShot(0, self, lambda: self.verticalScrollBar().setValue(height))
        at = next((row.name for row in before.findChildren(FieldRow) if row.isAncestorOf(left)), "") if left else ""
        row = next((row for row in self.findChildren(FieldRow) if row.name == at), None)
        if row is not None and (control := row.label.buddy()) is not None:
            control.setFocus()

    def _limit(self) -> None:
        if hasattr(self, "inside"):
            self.inside.setMaximumWidth(self.fontMetrics().horizontalAdvance("0") * _LETTERS)


class SectionView(SettingsView):
    """`foot`: what else belongs to the section, below its settings; `head` above them."""

    def __init__(
        self, section: Section, settings: Settings, head: QWidget | None = None, foot: QWidget | None = None
    ) -> None:
        super().__init__()
        self.forms: dict[str, FieldForm] = {}
        title, about = LeadingLabel(section.title), wrapped("muted")
        title.show_as("heading")
        self.column.addWidget(title)
        if section.about:
            about.setText(section.about)
            self.column.addWidget(about)
        if head is not None:
            self.column.addWidget(head)
        for group in section.groups:
            self._add_form(group, settings)
        if foot is not None:
            self.column.addWidget(foot)
        self.column.addStretch(1)

    def show_settings(self, settings: Settings) -> None:
        for group, form in self.forms.items():
            form.show_group(getattr(settings, group))

    def _add_form(self, group: str, settings: Settings) -> None:
        form = self.forms[group] = FieldForm(getattr(settings, group), wide=True, check=_CHECKS.get(group))
        form.edited.connect(lambda values: self.edited.emit(group, values))
        self.column.addWidget(form)


class FoundView(SettingsView):
    """Rows of any sections under their names, each made once, when it is found first; then commands with their keys."""

    def __init__(self, titles: dict[str, str], shortcuts: ShortcutList) -> None:
        super().__init__()
        self.shortcuts = shortcuts
        self.rows: dict[Place, FieldRow] = {}
        self.said = wrapped("muted")
        self._titles: dict[str, LeadingLabel] = {}
        for section, title in titles.items():
            heading = self._titles[section] = LeadingLabel(title)
            heading.show_as("section")
        for part in (*self._titles.values(), shortcuts):
            part.setParent(self.inside)  # so that Qt deletes it, in its own thread
            part.hide()
        self.column.addWidget(self.said)
        self.column.addStretch(1)

    def show_found(self, settings: Settings, found: Sequence[Place], nothing: str, command: str = "") -> None:
        """`command`: what commands are to be found for too."""
        has_keys = bool(command) and self.shortcuts.show_found(command)
        self.said.setText(nothing)
        self.said.setVisible(not found and not has_keys)
        for part in (*self._titles.values(), *self.rows.values(), self.shortcuts):
            self.column.removeWidget(part)
        for place in found:
            self._put(self._titles[place.section])
            self._put(self._row(settings, place))
        if has_keys:
            self._put(self._titles["shortcuts"])
            self._put(self.shortcuts)
        self.shortcuts.setVisible(has_keys)
        shown = {*found}, {place.section for place in found} | ({"shortcuts"} if has_keys else set())
        for place, row in self.rows.items():
            row.setVisible(place in shown[0])
        for section, title in self._titles.items():
            title.setVisible(section in shown[1])

    def show_verdict(self, name: str, text: str, wrong: bool) -> None:
        """Whether what is written in a field of the sampling can be used."""
        for place, row in self.rows.items():
            if (place.group, place.name) == ("sampling", name):
                row.show_verdict(text, wrong)

    def show_settings(self, settings: Settings) -> None:
        for place, row in self.rows.items():
            row.show_value(value_of(settings, place))

    def _put(self, part: QWidget) -> None:
        if self.column.indexOf(part) < 0:
            self.column.insertWidget(self.column.count() - 1, part)

    def _row(self, settings: Settings, place: Place) -> FieldRow:
        if place not in self.rows:
            group = type(getattr(settings, place.group))
            row = self.rows[place] = FieldRow(group, place.name, kinds(group)[place.name], wide=True)
            row.show_value(value_of(settings, place))
            row.changed.connect(lambda name, value: self.edited.emit(place.group, {name: value}))
        return self.rows[place]
