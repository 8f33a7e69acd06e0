"""What loading the model in use as the settings say would take, and whether it is loaded so."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from desktop_llm.engine.messages import ModelFacts
from desktop_llm.memory import Fit, verdict_words
from desktop_llm.settings import Loading
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import FactsGrid, wrapped
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.models_session import Installed
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.session import LoadedAs


class LoadingFacts(QFrame):
    """`reloaded`: the model is to be loaded again now."""

    reloaded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._row: Installed | None = None
        self._loaded = LoadedAs(None, None)
        self._name, self._verdict, self._measured = LeadingLabel(""), wrapped("fact"), wrapped("muted")
        names = self.tr("Model"), self.tr("Context"), self.tr("Computing"), self.tr("In all")
        self._facts = FactsGrid(names)
        self._differs, self.reload = wrapped("warning"), QPushButton(self.tr("Reload now"))
        self._place()
        self.reload.clicked.connect(self._on_reload)

    def show_judged(self, row: Installed | None) -> None:
        self._row = row
        self._name.setText(row.model.name if row else self.tr("No model is chosen yet"))
        self._verdict.setText(in_words(verdict_words(row.fit)) if row else "")
        self._facts.show_values(_needs(row.fit) if row else ("", "", "", ""))
        self._measured.setText(self._measured_words(row) if row else "")
        self._measured.setVisible(bool(self._measured.text()))

    def show_loaded(self, loaded: LoadedAs, wanted: Loading) -> None:
        self._loaded = loaded
        differs = loaded.loading is not None and loaded.loading != wanted
        for part in (self._differs, self.reload):
            part.setVisible(differs)
        self.reload.setEnabled(differs)

    def beside(self, wanted: Loading) -> dict[str, str]:
        """What is to be said of single values: the automatic ones, and a context longer than the model's own."""
        told: dict[str, str] = {}
        if self._row is not None and 0 < self._row.header.context * wanted.rope_scale < wanted.context:
            said = self.tr("This model was made for at most {count} tokens, so no more are used.")
            told["context"] = said.format(count=amounts.count(self._row.header.context))
        if wanted.gpu_layers == -1 and (layers := self._layers(self._loaded.facts)):
            told["gpu_layers"] = layers
        if wanted.threads == 0 and self._loaded.facts is not None:
            told["threads"] = self.tr("Automatic: {count}").format(count=self._loaded.facts.threads)
        return told

    def _layers(self, facts: ModelFacts | None) -> str:
        said = self.tr("Automatic: {count} of {all}")
        if facts is not None:
            return said.format(count=facts.offloaded, all=facts.layers)
        fit = self._row.fit if self._row is not None else None
        return said.format(count=fit.gpu_layers, all=fit.layers) if fit is not None else ""

    def _measured_words(self, row: Installed) -> str:
        if not row.lesson.memory:
            return ""
        said = self.tr("The model itself took {size} when it was loaded last; now {foretold} are expected.")
        return said.format(size=amounts.size(row.lesson.memory), foretold=amounts.size(row.foretold_memory))

    def _on_reload(self) -> None:
        self.reload.setEnabled(False)
        self.reloaded.emit()

    def _place(self) -> None:
        self._name.show_as("strong")
        self._differs.setText(self.tr("The model is loaded with other values; these hold once it is loaded again."))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        for part in (self._name, self._verdict, self._facts, self._measured, self._differs):
            column.addWidget(part)
        column.addLayout(button_row(self.reload))
        self._differs.hide()
        self.reload.hide()
        self.show_judged(None)


def _needs(fit: Fit) -> tuple[str, ...]:
    need = fit.need
    computing = need.compute + need.state + need.repacked + need.program
    return tuple(amounts.size(count) for count in (need.weights, need.cache, computing, need.total))
