"""How a summary is to be, as controls: form, length, language, for whom, and a question."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QLocale, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_llm.tasks.languages import languages
from desktop_llm.tasks.summary import SummaryForm
from desktop_llm.ui.field_controls import Choice, TextLine, choice_words
from desktop_llm.ui.field_form import FieldForm

Control = TypeVar("Control", bound=QWidget)


def language_words(code: str) -> str:
    """What a language is called in the program's own, and by those who speak it."""
    if not code:
        return QCoreApplication.translate("SummaryOptions", "That of the text")
    known = languages()[code]
    name = known.zh if QLocale().language() == QLocale.Language.Chinese else known.en
    return name if name == known.native else f"{name} – {known.native}"


def form_words(form: SummaryForm) -> str:
    """Bullets · short · German."""
    language = language_words(form.language) if form.language else ""
    return "  ·  ".join(filter(None, (choice_words(form.form), choice_words(form.length), language)))


class SummaryOptions(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = FieldForm(SummaryForm())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._fields)
        self._name_languages(self._control("language", Choice))
        self.audience, self.focus = self._control("audience", TextLine), self._control("focus", TextLine)
        self.audience.setPlaceholderText(self.tr("Anyone"))
        self.focus.setPlaceholderText(self.tr("Everything"))
        self._fields.changed.connect(lambda _form: self.changed.emit())

    @property
    def form(self) -> SummaryForm:
        """With what has been typed so far."""
        for line in (self.audience, self.focus):
            line.edited.emit()
        form: SummaryForm = self._fields.group
        return form

    def show_form(self, form: SummaryForm) -> None:
        self._fields.show_group(form)

    def choice(self, name: str) -> Choice:
        """The control of form, length or language."""
        return self._control(name, Choice)

    def _control(self, name: str, kind: type[Control]) -> Control:
        found = self._fields.row(name).findChild(kind)
        assert isinstance(found, kind)
        return found

    def _name_languages(self, choice: Choice) -> None:
        for place in range(choice.count()):
            choice.setItemText(place, language_words(str(choice.itemData(place))))
        choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(14)
