"""One model of the catalogue: what it is good at and whether it runs here, known without any network."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop_llm.library.downloads import Job
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import DetailPage, button_row, rule
from desktop_llm.ui.facts_grid import FactsGrid, wrapped
from desktop_llm.ui.models_session import Suggestion
from desktop_llm.ui.notice import in_words, translated


class SuggestionDetail(DetailPage):
    got = Signal(str, str)  # a repository's name, a file's
    looked_into = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suggestion: Suggestion | None = None
        self._phases: dict[str, str] = {}
        self._name, self._about, self._fit = wrapped("heading"), wrapped("fact"), wrapped("fact")
        self._note = wrapped("muted")
        self._get, self._sizes = QPushButton(self.tr("Get it")), QPushButton(self.tr("All its sizes"))
        self._get.setObjectName("primary")
        self._facts = FactsGrid(self._labels())
        self._place()

    def show_suggestion(self, suggestion: Suggestion) -> None:
        self._suggestion = suggestion
        entry = suggestion.entry
        speed = self.tr("About {speed} here.").format(speed=amounts.speed(suggestion.speed)) if suggestion.speed else ""
        self._name.setText(entry.name)
        self._about.setText(translated(entry.description))
        self._fit.setText(" ".join(filter(None, (in_words(suggestion.words), speed))))
        self._facts.show_values(self._values(suggestion))
        self._show_state()

    def show_job(self, job: Job) -> None:
        self._phases[job.id] = job.phase
        self._show_state()

    def forget_done(self) -> None:
        """What was downloaded counts as installed by now, or is gone again."""
        self._phases = {job: phase for job, phase in self._phases.items() if phase != "done"}
        self._show_state()

    def forget_job(self, job: str) -> None:
        self._phases.pop(job, None)
        self._show_state()

    def _show_state(self) -> None:
        if self._suggestion is None:
            return
        entry = self._suggestion.entry
        phase = self._phases.get(f"{entry.repository}/{entry.file}", "")
        installed = self._suggestion.installed or phase == "done"
        under_way = phase not in ("", "failed", "paused", "done")
        words = self.tr("Installed") if installed else self.tr("Downloading") if under_way else self.tr("Get it")
        self._get.setText(words)
        self._get.setEnabled(not (installed or under_way))

    def _labels(self) -> list[str]:
        return [
            self.tr("Download"), self.tr("Parameters"), self.tr("Good at"), self.tr("Languages"), self.tr("Context"),
            self.tr("Licence"), self.tr("From"),
        ]  # fmt: skip

    def _values(self, suggestion: Suggestion) -> list[str]:
        entry = suggestion.entry
        context = self.tr("{count} tokens").format(count=amounts.count(entry.context)) if entry.context else ""
        told = {
            "size": amounts.size(entry.size), "parameters": entry.parameters,
            "good_at": ", ".join(self._good_at(key) for key in entry.good_at), "languages": ", ".join(entry.languages),
            "context": context, "licence": entry.licence, "file": f"{entry.repository}/{entry.file}",
        }  # fmt: skip
        unsure = self.tr("{fact} (not confirmed)")
        return [unsure.format(fact=fact) if fact and key in entry.unverified else fact for key, fact in told.items()]

    def _good_at(self, key: str) -> str:
        return {
            "chat": self.tr("chat"), "long text": self.tr("long texts"), "translation": self.tr("translation"),
            "reasoning": self.tr("reasoning"), "embeddings": self.tr("search in documents"), "code": self.tr("code"),
        }.get(key, key)  # fmt: skip

    def _place(self) -> None:
        for part in (self._name, self._about, self._fit):
            self.column.addWidget(part)
        self.column.addLayout(button_row(self._get, self._sizes))
        self.column.addWidget(rule())
        self.column.addWidget(self._facts)
        source = self.tr("This list comes with the program. For size and checksum, what the Hub says counts.")
        self._note.setText(source)
        self.column.addWidget(self._note)
        self.column.addStretch(1)
        self._get.clicked.connect(self._on_get)
        self._sizes.clicked.connect(self._on_sizes)

    def _on_get(self) -> None:
        if self._suggestion:
            self.got.emit(self._suggestion.entry.repository, self._suggestion.entry.file)

    def _on_sizes(self) -> None:
        if self._suggestion:
            self.looked_into.emit(self._suggestion.entry.repository)
