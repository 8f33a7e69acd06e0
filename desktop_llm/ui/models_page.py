"""The models there are, those that can be had, and those on their way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop_llm.engine.messages import Loaded, Ready
from desktop_llm.library.downloads import Job
from desktop_llm.library.hub import Choice, Repository
from desktop_llm.library.moving import Moving
from desktop_llm.ui import amounts
from desktop_llm.ui.connection_dialog import ConnectionDialog
from desktop_llm.ui.downloads_strip import DownloadsStrip
from desktop_llm.ui.first_model import FirstModel
from desktop_llm.ui.hub_view import HubView
from desktop_llm.ui.installed_view import InstalledView
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.models_session import (
    Cancelled,
    Connection,
    Installed,
    InstalledListed,
    Measured,
    MeasureLater,
    Measuring,
    ModelsSession,
    Suggested,
    Trashed,
)
from desktop_llm.ui.notice import NoticeBar, in_words
from desktop_llm.ui.session import ModelsChanged, Told
from desktop_llm.ui.worker import Failed, Worker

_BUSY_FOR = 30_000  # milliseconds until this computer is looked at again


class ModelsPage(QWidget):
    """Asks its own session and worker; what concerns the chat it tells by signals."""

    used = Signal(object)  # the path of the model to answer from now on
    changed = Signal()  # a model has come or gone
    wants_file = Signal()
    progressed = Signal(object)  # the share of the downloads that is there, or None
    told = Signal(object)  # what its worker tells

    def __init__(self, worker: Worker, session: ModelsSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worker, self._session = worker, session
        self._opened = False
        self._connection = Connection()
        self._cancelled: set[str] = set()
        self._paths: set[Path] = set()
        self._first_model: FirstModel | None = None
        self._tabs = QTabBar()
        self._views = QStackedWidget()
        self._progress = LeadingLabel("")
        self._measure = QPushButton(self.tr("Measure speed"))
        self._measure.setToolTip(self.tr("Finds how fast this computer is, so that speeds can be estimated"))
        self._connect_button = QPushButton(self.tr("Connection…"))
        self.notice = NoticeBar()
        self.installed, self.hub, self.downloads = InstalledView(), HubView(), DownloadsStrip()
        self._place()
        self._connect()

    # ---- what the window asks

    def open(self) -> None:
        """It is shown now: what it says of fit and speed is to be of this moment."""
        self._worker.submit(self._session.list_again)
        if not self._opened:
            self._opened = True
            self.suggest()

    def ask(self, ask: Callable[[ModelsSession], object]) -> None:
        """Has something done on its worker's thread, for another page; `told` brings what comes of it."""
        self._worker.submit(ask, self._session)

    def show_hub(self) -> None:
        self._tabs.setCurrentIndex(1)

    def suggest(self) -> None:
        """Which models there are to begin with, and how fast they would be."""
        self._worker.submit(self._session.suggest)
        self._measure_once()

    def _measure_once(self) -> None:
        self._worker.submit(self._session.measure_once)

    def get(self, identity: str, file: str) -> None:
        self._worker.submit(self._session.get, identity, file)

    def join_first_model(self, card: FirstModel) -> None:
        """The card of a first start asks for a download as this page does, and uses it when it is done."""
        self._first_model = card
        card.got.connect(self.get)
        card.paused.connect(lambda job: self._worker.submit(self._session.pause, job))
        card.continued.connect(lambda job: self._worker.submit(self._session.go_on, job))
        card.cancelled.connect(self._cancel)

    def take_over(self, before: ModelsPage) -> None:
        """Goes on where that page was left."""
        self._opened, self._cancelled = before._opened, before._cancelled
        self._tabs.setCurrentIndex(before._tabs.currentIndex())
        self._worker.submit(self._session.tell_again)
        if self._opened:
            self._worker.submit(self._session.suggest)

    def leave(self) -> None:
        """Another page takes its place."""
        for take in (self.take, self._tell):
            self._worker.leave(self, take)

    def close_session(self) -> None:
        self._session.leave()
        self._worker.submit(self._session.close)
        self._worker.finish()

    # ---- what is told

    def take(self, event: object) -> None:
        """What its own worker and session tell."""
        match event:
            case InstalledListed(models, current):
                self._take_installed(models, current)
            case Job(id) if id not in self._cancelled:
                self._take_job(event)
            case Cancelled(job):
                self._cancelled.discard(job)
            case Connection():
                self._take_connection(event)
            case Trashed():
                self._take_trashed(event)
            case Suggested(suggestions):
                self._for_first_model(lambda card: card.show_suggestions(suggestions))
                self.hub.take(event)
            case Failed(problem) | Told(problem):
                self.notice.report(problem)
                self._for_first_model(lambda card: card.show_problem(problem))
            case Moving() | Measuring() | MeasureLater() | Measured():
                self._take_progress(event)
            case _:
                self.hub.take(event)

    def _tell(self, event: object) -> None:
        self.told.emit(event)

    def _take_installed(self, models: tuple[Installed, ...], current: Path | None) -> None:
        before, self._paths = self._paths, {row.model.path for row in models}
        self.installed.show_models(models, current)
        self.hub.repository.show_installed({row.download for row in models})
        if self._opened and before != self._paths:
            self._worker.submit(self._session.suggest)

    def _take_progress(self, event: Moving | Measuring | MeasureLater | Measured) -> None:
        """What takes a while and is told beside the tabs."""
        match event:
            case Moving(_, done, total):
                said = self.tr("Moving the models: {percent}")
                self._progress.setText(said.format(percent=f"{done / total:.0%}") if total else "")
            case Measuring():
                self._progress.setText(self.tr("Measuring how fast this computer is…"))
                self._measure.setEnabled(False)
            case MeasureLater():
                QTimer.singleShot(_BUSY_FOR, self, self._measure_once)
            case Measured(_, problem):
                self._progress.setText(in_words(problem) if problem else "")
                self._measure.setEnabled(True)
                self._worker.submit(self._session.list_again)
                self._worker.submit(self._session.suggest)

    def _take_connection(self, connection: Connection) -> None:
        if connection.folder != self._connection.folder and self._connection.folder.name:
            self.changed.emit()
        self._connection = connection

    def _take_trashed(self, trashed: Trashed) -> None:
        self.changed.emit()
        said = self.tr("{name} is in the trash. Emptying the trash frees {size}.")
        told = said.format(name=trashed.name, size=amounts.size(trashed.size))
        self.notice.say_done(told, self.tr("Undo"), lambda: self._restore(trashed))

    def take_from_chat(self, event: object) -> None:
        """What the chat's worker tells that matters here too."""
        match event:
            case ModelsChanged(models, current, searched):
                self._worker.submit(self._session.list_installed, models, current)
                if searched and current is None:
                    self.suggest()
            case Ready() | Loaded():
                self._worker.submit(self._session.list_again)

    def _take_job(self, job: Job) -> None:
        if job.phase == "done":
            self._take_done(job)
        self.downloads.show_job(job)
        self.hub.take(job)
        self._for_first_model(lambda card: card.show_job(job))
        self.progressed.emit(self.downloads.share())

    def _take_done(self, job: Job) -> None:
        """What was asked for on the first start is used at once; of others the person decides."""
        if self._first_model is not None and self._first_model.isVisible() and self._first_model.wanted == job.id:
            self.used.emit(job.path)
        self.changed.emit()

    def _for_first_model(self, act: Callable[[FirstModel], None]) -> None:
        if self._first_model is not None:
            act(self._first_model)

    # ---- what the person does

    def _restore(self, trashed: Trashed) -> None:
        self._worker.submit(self._session.restore, trashed)
        self._worker.submit(self.changed.emit)

    def _search(self, text: str) -> None:
        self._session.stop_asking()
        self._worker.submit(self._session.search, text)

    def _look_into(self, identity: str) -> None:
        self._session.stop_asking()
        self._worker.submit(self._session.look_into, identity)

    def _download(self, repository: Repository, choice: Choice) -> None:
        self._worker.submit(self._session.download, repository, choice)

    def _cancel(self, job: str) -> None:
        self._cancelled.add(job)
        self.hub.forget_job(job)
        self._worker.submit(self._session.cancel, job)

    def _rename(self, path: Path, name: str) -> None:
        self._worker.submit(self._session.rename, path, name)
        self._worker.submit(self.changed.emit)

    def _forget(self, path: Path) -> None:
        self._worker.submit(self._session.forget, path)
        self._worker.submit(self.changed.emit)

    def _try_as_asked(self, path: Path) -> None:
        self._worker.submit(self._session.try_as_asked, path)
        self._worker.submit(self._session.list_again)

    def _delete(self, path: Path) -> None:
        self._worker.submit(self._session.delete, path)

    def _show_connection(self) -> None:
        dialog = ConnectionDialog(self._connection, self)
        dialog.kept.connect(self.notice.hide)
        dialog.kept.connect(lambda connection, token: self._worker.submit(self._session.connect, connection, token))
        dialog.open()

    # ---- how it looks

    def _place(self) -> None:
        for name, view in ((self.tr("On this computer"), self.installed), (self.tr("Get models"), self.hub)):
            self._tabs.addTab(name)
            self._views.addWidget(view)
        self._tabs.setAccessibleName(self.tr("Models"))
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(self.notice)
        column.addWidget(self._views, 1)
        column.addWidget(self.downloads)

    def _head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("top")
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 4, 16, 4)
        row.addWidget(self._tabs)
        row.addWidget(self._progress, 1)
        for button in (self._measure, self._connect_button):
            row.addWidget(button)
        self._measure.setAccessibleName(self._measure.text())
        self._connect_button.setAccessibleName(self.tr("Connection"))
        return head

    def _connect(self) -> None:
        self._worker.happened.connect(self.take)
        self._worker.happened.connect(self._tell)
        self._tabs.currentChanged.connect(self._views.setCurrentIndex)
        self._measure.clicked.connect(lambda: self._worker.submit(self._session.measure))
        self._connect_button.clicked.connect(self._show_connection)
        detail = self.installed.detail
        detail.used.connect(self.used)
        detail.renamed.connect(self._rename)
        detail.forgotten.connect(self._forget)
        detail.deleted.connect(self._delete)
        detail.tried_as_asked.connect(self._try_as_asked)
        self.installed.wants_file.connect(self.wants_file)
        self.hub.searched.connect(self._search)
        self.hub.looked_into.connect(self._look_into)
        self.hub.downloaded.connect(self._download)
        self.hub.got.connect(self.get)
        self.downloads.paused.connect(lambda job: self._worker.submit(self._session.pause, job))
        self.downloads.continued.connect(lambda job: self._worker.submit(self._session.go_on, job))
        self.downloads.cancelled.connect(self._cancel)
        self.downloads.used.connect(self.used)
