"""One model of the Hub: what it is, and its files as this computer would run them."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop_llm.library.downloads import Job
from desktop_llm.library.hub import Choice, Found, Repository
from desktop_llm.library.offers import Offer
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import DetailPage, button_row
from desktop_llm.ui.facts_grid import NameLabel, wrapped
from desktop_llm.ui.models_session import RepositoryOpened
from desktop_llm.ui.offer_row import OfferRow


class RepositoryDetail(DetailPage):
    """The recommended file is shown first, the others on request."""

    downloaded = Signal(object, object)  # the Repository, the Choice

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._repository: Repository | None = None
        self._phases: dict[str, str] = {}
        self._installed: set[str] = set()
        self.rows: list[OfferRow] = []
        self._unfolded = False
        self._name, self._facts, self._terms = NameLabel(), wrapped("muted"), wrapped("fact")
        self._page = QPushButton(self.tr("Open its page"))
        self._more = QPushButton()
        self._more.setObjectName("flat")
        self._offers = QVBoxLayout()
        self._place()

    def show_repository(self, opened: RepositoryOpened, found: Found | None = None) -> None:
        new = self._repository is None or opened.repository.id != self._repository.id
        self._repository = opened.repository
        self._unfolded = self._unfolded and not new
        self._name.show_name(opened.repository.id.partition("/")[2])
        self._facts.setText(self._facts_words(opened, found))
        self._terms.setText(self._terms_words())
        self._terms.setVisible(bool(self._terms_words()))
        self._show_offers(opened.offers)

    def show_installed(self, names: set[str]) -> None:
        """`names`: OWNER/NAME/FILE of everything that was downloaded, and not deleted since."""
        self._installed = names
        self._phases = {job: phase for job, phase in self._phases.items() if phase != "done"}
        self._show_states()

    def show_job(self, job: Job) -> None:
        self._phases[job.id] = job.phase
        self._show_states()

    def forget_job(self, job: str) -> None:
        self._phases.pop(job, None)
        self._show_states()

    def _show_offers(self, offers: tuple[Offer, ...]) -> None:
        """Rows that are there already only change their words, for what is known comes in two steps."""
        ordered = sorted(offers, key=lambda offer: not offer.recommended)
        if [row.offer.choice for row in self.rows] != [offer.choice for offer in ordered]:
            self._make_rows(ordered)
        for row, offer in zip(self.rows, ordered, strict=True):
            row.show_offer(offer)
        self._fold()
        self._show_states()

    def _make_rows(self, offers: list[Offer]) -> None:
        for row in self.rows:
            self._offers.removeWidget(row)
            row.deleteLater()
        self.rows = [OfferRow(offer) for offer in offers]
        for row in self.rows:
            row.wanted.connect(self._on_wanted)
            self._offers.addWidget(row)

    def _fold(self) -> None:
        for place, row in enumerate(self.rows):
            row.setVisible(self._unfolded or place == 0)
        hidden = 0 if self._unfolded else len(self.rows) - 1
        self._more.setVisible(hidden > 0)
        self._more.setText(self.tr("Show the other {count}").format(count=hidden))
        self._more.setAccessibleName(self._more.text())

    def _unfold(self) -> None:
        self._unfolded = True
        self._fold()

    def _show_states(self) -> None:
        for row in self.rows:
            row.show_state(self._state(row.offer.choice))

    def _state(self, choice: Choice) -> str:
        job = f"{self._repository.id}/{choice.name}" if self._repository else ""
        if job in self._installed or self._phases.get(job) == "done":
            return self.tr("Installed")
        under_way = self._phases.get(job, "paused") not in ("failed", "paused")
        return self.tr("Downloading") if under_way else ""

    def _on_wanted(self, choice: Choice) -> None:
        self.downloaded.emit(self._repository, choice)

    def _facts_words(self, opened: RepositoryOpened, found: Found | None) -> str:
        owner = self.tr("By {owner}").format(owner=opened.repository.id.partition("/")[0])
        licence = opened.repository.licence
        told = self.tr("licence {name}").format(name=licence) if licence else ""
        judged = "" if opened.judged else self.tr("checking whether it fits…")
        return "  ·  ".join(filter(None, (owner, *self._found_words(found), told, judged)))

    def _found_words(self, found: Found | None) -> tuple[str, ...]:
        """What the search told of it."""
        if found is None:
            return ()
        context = self.tr("{count} tokens").format(count=amounts.count(found.context)) if found.context else ""
        changed = self.tr("changed {day}").format(day=found.changed) if found.changed else ""
        return found.task.replace("-", " "), amounts.parameters(found.parameters), context, changed

    def _terms_words(self) -> str:
        if self._repository is None or not self._repository.gated:
            return "" if self.rows or self._repository is None or self._repository.choices else self._nothing()
        return self.tr(
            "Its author asks you to accept terms first. Open its page, accept them there, make a read token in your "
            "account, and give it under “Connection”."
        )

    def _nothing(self) -> str:
        return self.tr("It has no file in the GGUF format.")

    def _open_page(self) -> None:
        if self._repository is not None:
            QDesktopServices.openUrl(QUrl(f"https://huggingface.co/{self._repository.id}"))

    def _place(self) -> None:
        for part in (self._name, self._facts, self._terms):
            self.column.addWidget(part)
        self.column.addLayout(button_row(self._page))
        self._offers.setSpacing(8)
        self.column.addLayout(self._offers)
        self.column.addLayout(button_row(self._more))
        self.column.addStretch(1)
        self._page.clicked.connect(self._open_page)
        self._more.clicked.connect(self._unfold)
