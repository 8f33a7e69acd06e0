"""All settings: sections at the side, a search over all of them; what is changed holds at once, with no OK button."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop_llm.engine.messages import Died, Loaded, LoadFailed, Unloaded
from desktop_llm.library.moving import Moving
from desktop_llm.settings import Settings
from desktop_llm.ui.clear_button import add_clear_button
from desktop_llm.ui.commands import Command
from desktop_llm.ui.disk_use import DiskUse, clear_logs, disk_use
from desktop_llm.ui.grammar_check import GrammarCheck
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.loading_facts import LoadingFacts
from desktop_llm.ui.models_page import ModelsPage
from desktop_llm.ui.models_session import Connection, CurrentJudged
from desktop_llm.ui.network_list import NetworkList
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import LoadedAs, ModelsChanged, Session, SettingsChanged, Told
from desktop_llm.ui.settings_sections import Place, found, is_changed, places, sections
from desktop_llm.ui.settings_views import FoundView, SectionView, SettingsView
from desktop_llm.ui.shortcut_list import ShortcutList
from desktop_llm.ui.storage_list import StorageList
from desktop_llm.ui.token_field import TokenField
from desktop_llm.ui.worker import Failed, Worker

_GATHERED = 120  # milliseconds; a slider that is drawn writes no file for each step
_SIDE = 44  # pixels beside the longest title


class SettingsPage(QWidget):
    """Asks the chat's session for what concerns chats, the Models page for the rest; `disk` reads slow folders."""

    wants_models = Signal()
    wants_trash = Signal()
    chats_deleted = Signal()

    def __init__(
        self,
        worker: Worker,
        session: Session,
        disk: Worker,
        models: ModelsPage,
        commands: Sequence[Command],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._worker, self._session, self._disk, self._models = worker, session, disk, models
        self.settings = self._told = session.settings
        self._connection = Connection()
        self._sections = {section.key: section for section in sections()}
        self._waiting: dict[str, dict[str, Any]] = {}
        self._ticket = 0
        self._connecting = False
        self.views: dict[str, SectionView] = {}
        self.search, self.list = _SearchField(), LineList(self.tr("Sections of the settings"))
        self.only_changed = QPushButton(self.tr("Show only changed"))
        self.notice = NoticeBar()
        self.loading: LoadingFacts | None = None
        self.network: NetworkList | None = None
        self.token: TokenField | None = None
        self.storage: StorageList | None = None
        titles = {section.key: section.title for section in self._sections.values()}
        self.found = FoundView(titles, ShortcutList(commands))
        self._stack = QStackedWidget()
        self.grammar = GrammarCheck(worker, session, self)
        self._gathering = QTimer(self)
        self._place()
        self._connect()
        self.list.choose_first()

    # ---- what the window asks

    def open(self, section: str = "") -> None:
        """It is shown now: what it says of memory, disk and network is to be of this moment."""
        if section:
            self.list.choose(section)
        self._ask_anew()
        self.search.setFocus()

    def take_over(self, before: SettingsPage) -> None:
        """Goes on where that page was left; what was changed there is kept, and the keyboard where it was."""
        before.keep()
        self._ticket = before._ticket
        self.open(str(before.list.current()))
        self.only_changed.setChecked(before.only_changed.isChecked())
        self.search.setText(before.search.text())
        shown, left = self._stack.currentWidget(), before._stack.currentWidget()
        if isinstance(shown, SettingsView) and isinstance(left, SettingsView):
            shown.take_over(left)

    def take(self, event: object) -> None:
        """What the chat's worker and the disk's tell."""
        self.grammar.take(event)
        match event:
            case SettingsChanged(settings, ticket):
                self._take_settings(settings, ticket)
            case LoadedAs() if self.loading:
                self.loading.show_loaded(event, self.settings.loading)
                self._show_beside(self.loading)
            case DiskUse() if self.storage:
                self.storage.show_use(event)
            case Loaded() | LoadFailed() | Unloaded() | Died() | ModelsChanged():
                self._ask_of_loading()

    def take_from_models(self, event: object) -> None:
        match event:
            case CurrentJudged(row) if self.loading:
                self.loading.show_judged(row)
                self._show_beside(self.loading)
            case Connection():
                self._take_connection(event)
            case Moving(_, done, total):
                said = self.tr("Moving the models: {percent}").format(percent=f"{done / total:.0%}") if total else ""
                self._view_beside("downloads", {"folder": said})
            case Failed(problem) | Told(problem) if self._connecting:
                self.notice.report(problem)
                self._connecting = False
                self._show_settings(replace(self.settings, downloads=self._connection.downloads))

    def _take_settings(self, settings: Settings, ticket: int) -> None:
        """What was changed here since is newer."""
        before, self._told = self._told, settings
        if not self._waiting and (ticket <= 0 or ticket == self._ticket):
            self._show_settings(settings)
        if settings.privacy != before.privacy:
            self._models.ask(lambda session: session.follow_settings())
        if settings.loading != before.loading:
            self._ask_of_loading()

    def _take_connection(self, connection: Connection) -> None:
        self._connection, self._connecting = connection, False
        if self.token:
            self.token.show_stored(connection.has_token)
        if "downloads" not in self._waiting:
            self._show_settings(replace(self.settings, downloads=connection.downloads))

    # ---- what the person does

    def _on_edited(self, group: str, values: dict[str, Any]) -> None:
        self._waiting.setdefault(group, {}).update(values)
        self.settings = replace(self.settings, **{group: replace(getattr(self.settings, group), **values)})
        self.grammar.follow(self.settings.sampling)
        self._gathering.start()

    def keep(self) -> None:
        """What was changed just now is kept without waiting for more."""
        self._gathering.stop()
        waiting, self._waiting = self._waiting, {}
        for group, values in waiting.items():
            if group == "downloads":
                self._connect_as(None)
            else:
                self._ticket += 1
                self._worker.submit(self._session.change_settings, group, values, self._ticket)

    def _connect_as(self, token: str | None) -> None:
        wanted = replace(self._connection, downloads=self.settings.downloads, privacy=self.settings.privacy)
        self._connecting = True
        self.notice.hide()
        self._models.ask(lambda session: session.connect(wanted, token))

    def _reload(self) -> None:
        self.keep()
        self._worker.submit(self._session.reload)

    def _clear_states(self) -> None:
        self._worker.submit(self._session.delete_states)
        self._worker.submit(lambda: self._disk.submit(disk_use, self._session.settings))

    def _clear_logs(self) -> None:
        self._disk.submit(clear_logs)
        self._disk.submit(disk_use, self.settings)

    # ---- what is shown

    def _show_settings(self, settings: Settings) -> None:
        self.settings = settings
        for view in self.views.values():
            view.show_settings(settings)
        self.found.show_settings(settings)
        self.grammar.follow(settings.sampling)

    def _show_verdict(self, name: str, text: str, wrong: bool) -> None:
        if "sampling" in self.views:
            self.views["sampling"].forms["sampling"].show_verdict(name, text, wrong)
        self.found.show_verdict(name, text, wrong)

    def _choose(self, key: Hashable) -> None:
        """A section is chosen: all of it is seen, whatever was searched for."""
        if isinstance(key, str) and key in self._sections:
            self.search.clear()
            self.only_changed.setChecked(False)
            self._show_view(self._view(key))
            self._ask_anew()

    def _search(self) -> None:
        query, only_changed = self.search.text(), self.only_changed.isChecked()
        if not query.strip() and not only_changed:
            self._show_view(self._view(str(self.list.current())))
            return
        there = places(self.settings, list(self._sections.values()))
        fits = [place for place in there if found(self.settings, place, query) and self._admits(place)]
        nothing = self.tr("Nothing is changed.") if not query.strip() else self.tr("Nothing was found.")
        self.found.show_found(self.settings, fits, nothing, "" if only_changed else query)
        self._show_view(self.found)
        self.grammar.tell()

    def _admits(self, place: Place) -> bool:
        return not self.only_changed.isChecked() or is_changed(self.settings, place)

    def _show_view(self, view: SettingsView) -> None:
        self._stack.setCurrentWidget(view)

    def _view(self, key: str) -> SectionView:
        """Made when it is seen first."""
        if key not in self.views:
            view = self.views[key] = SectionView(self._sections[key], self.settings, *self._beside_forms(key))
            view.edited.connect(self._on_edited)
            self._stack.addWidget(view)
            self.grammar.tell()
        return self.views[key]

    def _beside_forms(self, key: str) -> tuple[QWidget | None, QWidget | None]:
        """What a section has above its settings and below them."""
        match key:
            case "loading":
                self.loading = LoadingFacts()
                self.loading.reloaded.connect(self._reload)
                return self.loading, None
            case "privacy":
                self.network = NetworkList()
                return None, self.network
            case "downloads":
                self.token = TokenField()
                self.token.show_stored(self._connection.has_token)
                self.token.kept.connect(self._connect_as)
                return None, self.token
            case "storage":
                return None, self._made_storage()
            case "shortcuts":
                return None, ShortcutList(self._commands)
        return None, None

    def _made_storage(self) -> StorageList:
        self.storage = storage = StorageList()
        storage.states_cleared.connect(self._clear_states)
        storage.chats_deleted.connect(self.chats_deleted)
        storage.logs_cleared.connect(self._clear_logs)
        storage.wants_models.connect(self.wants_models)
        storage.wants_trash.connect(self.wants_trash)
        return storage

    def _show_beside(self, loading: LoadingFacts) -> None:
        self._view_beside("loading", loading.beside(self.settings.loading))

    def _view_beside(self, key: str, told: dict[str, str]) -> None:
        if key in self.views:
            self.views[key].forms[key].show_beside(told)

    def _ask_anew(self) -> None:
        match self.list.current():
            case "loading":
                self._ask_of_loading()
            case "privacy" if self.network:
                self.network.show_requests()
            case "storage":
                self._disk.submit(disk_use, self.settings)

    def _ask_of_loading(self) -> None:
        if "loading" in self.views:
            self._worker.submit(self._session.loaded_as)
            self._models.ask(lambda session: session.judge_current())

    # ---- how it looks

    def hideEvent(self, event: QHideEvent) -> None:
        self.keep()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_list()

    def _fit_list(self) -> None:
        widest = max(map(self.fontMetrics().horizontalAdvance, (s.title for s in self._sections.values())))
        self.list.setFixedWidth(widest + _SIDE)

    def _place(self) -> None:
        self.list.show_lines([Line(section.key, section.title) for section in self._sections.values()])
        self._fit_list()
        self._stack.addWidget(self.found)
        column, row, side = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row.setSpacing(0)
        side.setContentsMargins(10, 12, 0, 10)
        side.addWidget(self.list)
        row.addLayout(side)
        row.addWidget(self._stack, 1)
        for part in (self._head(), self.notice):
            column.addWidget(part)
        column.addLayout(row, 1)

    def _head(self) -> QFrame:
        head, title = QFrame(), LeadingLabel(self.tr("Settings"))
        head.setObjectName("top")
        title.show_as("strong")
        row = QHBoxLayout(head)
        row.setContentsMargins(20, 6, 16, 6)
        row.setSpacing(10)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.search, 3)
        row.addWidget(self.only_changed)
        self.search.setPlaceholderText(self.tr("Search all settings"))
        self.search.setAccessibleName(self.tr("Search all settings"))
        add_clear_button(self.search)
        self.only_changed.setObjectName("toggle")
        self.only_changed.setCheckable(True)
        self.only_changed.setAccessibleName(self.only_changed.text())
        return head

    def _connect(self) -> None:
        self._gathering.setSingleShot(True)
        self._gathering.setInterval(_GATHERED)
        self._gathering.timeout.connect(self.keep)
        self._models.told.connect(self.take_from_models)
        self._models.ask(lambda session: session.follow_settings())
        self.list.chosen.connect(self._choose)
        self.list.clicked.connect(lambda _index: self._choose(self.list.current()))
        self.search.textChanged.connect(self._search)
        self.only_changed.toggled.connect(self._search)
        self.found.edited.connect(self._on_edited)
        self.grammar.judged.connect(self._show_verdict)
        self.grammar.follow(self.settings.sampling)


class _SearchField(QLineEdit):
    """Escape empties it, before it is the window's shortcut."""

    def event(self, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.text():
            if event.type() == QKeyEvent.Type.KeyPress:
                self.clear()
            event.accept()
            return True
        return bool(super().event(event))  # type: ignore[arg-type]
