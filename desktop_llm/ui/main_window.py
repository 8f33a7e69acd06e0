"""The window: the conversations at its side, its pages under their tabs, and what has no other place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import TEMPORARY, Attachment, ChatPrompt, Conversation, title_of
from desktop_llm.engine.messages import Died, Loaded, LoadFailed, Unloaded
from desktop_llm.errors import Problem
from desktop_llm.events import ConversationChanged, NotStored
from desktop_llm.fields import words
from desktop_llm.settings import Appearance as AppearanceSettings
from desktop_llm.settings import Settings
from desktop_llm.storage.prompts import Persona, Preset, SavedPrompt
from desktop_llm.ui.answer_foot import action_name
from desktop_llm.ui.appearance import Appearance, AppearanceButton
from desktop_llm.ui.attachment_chips import files_in
from desktop_llm.ui.chat_page import ChatPage
from desktop_llm.ui.chat_panel import ChatPanel
from desktop_llm.ui.chosen_files import (
    choose_export,
    choose_model,
    choose_target,
    choose_target_of_all,
    is_export,
    is_model,
    may_be_data,
)
from desktop_llm.ui.commands import Commands
from desktop_llm.ui.grammar_check import GrammarCheck
from desktop_llm.ui.icons import IconButton, icon
from desktop_llm.ui.looking_ahead import LookingAhead
from desktop_llm.ui.model_chooser import ModelChooser
from desktop_llm.ui.notice import NoticeBar, in_words
from desktop_llm.ui.page_words import page_words
from desktop_llm.ui.preset_bar import PresetBar
from desktop_llm.ui.prompts_dialog import PromptsDialog
from desktop_llm.ui.session import (
    NEW_PROMPT,
    AllDeleted,
    Exported,
    Hits,
    Imported,
    KeptNow,
    ModelsChanged,
    NotImported,
    Opened,
    PromptsChanged,
    PromptsExported,
    PromptsImported,
    Session,
    SettingsChanged,
    Stored,
    Told,
)
from desktop_llm.ui.shown_text import told
from desktop_llm.ui.sidebar import Sidebar
from desktop_llm.ui.theme import Theme
from desktop_llm.ui.trash_dialog import TrashDialog
from desktop_llm.ui.worker import Failed, Worker

if TYPE_CHECKING:
    from desktop_llm.ui.models_page import ModelsPage
    from desktop_llm.ui.settings_page import SettingsPage
    from desktop_llm.ui.summary_page import SummaryPage

_SIZE = QSize(1280, 800)
_SMALLEST = QSize(640, 480)
_SIDEBAR_NEEDS, _PANEL_NEEDS = 860, 1120
_SIDEBAR, _PANEL = 248, 276


@dataclass(frozen=True)
class FileGiven:
    """The program was started to open this."""

    path: Path


class MainWindow(QMainWindow):
    """Places the pages and passes on what crosses them; `painted` is told once, when it is seen first.

    `exchange` reads and writes files of conversations, which may take long.
    """

    painted = Signal()
    language_chosen = Signal()

    def __init__(
        self, worker: Worker, session: Session, appearance: Appearance, exchange: Worker | None = None
    ) -> None:
        super().__init__()
        self._worker, self._session, self._appearance = worker, session, appearance
        self.exchange = exchange or Worker()
        self._language = session.settings.appearance.language
        self._acts = {
            "choose-model": self.choose_model,
            "choose-file": self.choose_file,
            "get-model": self.get_model,
            "new-chat": self.new_chat,
            "chat-settings": self.show_chat_settings,
            "open-again": self.open_again,
        }
        self._deleted: tuple[int, str] = (0, "")
        self._prompt_of: int | None = None
        self._new_prompt = NEW_PROMPT
        self._dialog_open = False
        self._trash: tuple[Conversation, ...] = ()
        self._keeps = True  # whether what is changed in the conversations is stored
        self._narrow = self._seen = self._panel_hid = False
        self._unheard = 0
        """Changes of the look that are put on, and not told of as kept yet."""
        self.sidebar = Sidebar()
        self.notice = NoticeBar()
        self.chat = ChatPage(worker, session)
        self.models = ModelChooser()
        self.models_page: ModelsPage | None = None
        self.settings_page: SettingsPage | None = None
        self.summary_page: SummaryPage | None = None
        self.makes_summary_page: Callable[[], SummaryPage] | None = None
        """Nothing until the program has come so far."""
        self._before_page: list[object] = []
        self._toggle = IconButton("sidebar", self.tr("Show or hide the conversations"))
        self.look = AppearanceButton(appearance.choice)
        self.panel = ChatPanel(session.settings, self.chat.filling)
        self.grammar = GrammarCheck(worker, session, self)
        self.looking_ahead = LookingAhead(worker, session, self.chat, self.panel)
        self._panel_button = IconButton("settings", self.tr("Settings of this chat"))
        self._tabs = QTabBar()
        self._pages = QStackedWidget()
        self._place()
        self._connect()
        self.commands = Commands(self)
        self.commands.add_page(self.tr("Chat"), self.show_chat)
        self.commands.add_page(self.tr("Summarize"), self.show_summarize)
        self._dress(appearance.theme)
        self.chat.composer.show_send_key(session.settings.chat.send_key)
        self.chat.composer.setFocus()

    # ---- what the worker tells

    def take(self, event: object) -> None:
        if self.models_page is None:
            self._before_page.append(event)
        else:
            self.models_page.take_from_chat(event)
        if self.settings_page is not None:
            self.settings_page.take(event)
        if self.summary_page is not None:
            self.summary_page.take_from_chat(event)
        self._take(event)
        self.grammar.take(event)
        self.looking_ahead.take(event)

    def _take(self, event: object) -> None:
        match event:
            case FileGiven(path):
                self.take_files([path])
            case Opened(conversations, trash):
                self.exchange.start()  # what was asked of it before has waited
                self._trash = trash
                self._show_kept(event.keeps)
                self.sidebar.set_conversations(conversations)
                self.sidebar.select(self.chat.conversation())
                self._show_prompt()
            case PromptsExported(path) if not self._dialog_open:
                self.notice.say_done(self.tr("Saved to {path}.").format(path=path))
            case PromptsImported(count) if not self._dialog_open:
                self._tell_imported(count)
            case Exported(path):
                self.notice.say_done(self.tr("Exported to {path}.").format(path=path))
            case Imported(count):
                self.notice.say_done(self.tr("{count} conversations were imported.").format(count=count))
            case KeptNow(temporary, conversation) if temporary == self._prompt_of:
                self._on_began(conversation)
                self._show_prompt()
            case AllDeleted(moment):
                self._show_all_deleted(moment)
            case PromptsChanged(prompts):
                self.panel.persona.set_personas(prompts.personas)
                self.panel.show_presets(event)
            case NotImported(path):
                self._attach([path])
            case Hits():
                self.sidebar.show_hits(event)
            case ModelsChanged(models, current):
                self.models.set_models(list(models), current)
                chosen = next((model for model in models if model.path == current), None)
                self.panel.show_model(chosen, event.recommended)
            case ConversationChanged(conversation):
                self.sidebar.show_changed(conversation)
                self.sidebar.select(self.chat.conversation())
            case SettingsChanged(settings, ticket):
                self._unheard = max(self._unheard - (ticket < 0), 0)
                self._show_settings(settings)
            case Loaded():
                self.models.show_loaded(True)
            case LoadFailed() | Unloaded() | Died():
                self.models.show_loaded(False)
            case Told(problem, stands=True):
                self._stand(problem)
            case Stored(problems):
                self.notice.withdraw([in_words(problem) for problem in problems])
            case Told(problem) if not problem.action:
                self.notice.say_also(in_words(problem), problem.details)
            case Failed(problem) | Told(problem) | NotStored(problem):
                self._report(problem)

    def _report(self, problem: Problem) -> None:
        act = self._acts.get(problem.action)
        self.notice.report(problem, action_name(problem.action) if act else "", act)

    def _stand(self, problem: Problem) -> None:
        act = self._acts.get(problem.action)
        self.notice.stand(in_words(problem), action_name(problem.action) if act else "", act, problem.details)

    def _show_kept(self, keeps: bool) -> None:
        if keeps and not self._keeps:
            self.notice.end_standing()
        self._keeps = keeps

    # ---- one window in another's place

    def take_over(self, before: MainWindow) -> None:
        """Shows what that window showed, where it stood; what is told from now on is for this one."""
        before.leave()
        self._unheard, self._deleted = before._unheard, before._deleted
        self.chat.take_over(before.chat)
        self.looking_ahead.take_over(before.looking_ahead)
        self._prompt_of, self._new_prompt = before._prompt_of, before._new_prompt
        self.sidebar.search.setText(before.sidebar.search.text())
        self._panel_button.setChecked(before._panel_button.isChecked())
        if self.models_page and before.models_page:
            self.models_page.take_over(before.models_page)
        if before.summary_page and (page := self._the_summary_page()):
            page.take_over(before.summary_page)
        self.setGeometry(before.geometry())
        self.setWindowState(before.windowState())
        self.setVisible(before.isVisible())
        self.sidebar.setVisible(before.sidebar.isVisible())
        self._show_page_of(before)

    def _show_page_of(self, before: MainWindow) -> None:
        shown = before._pages.currentWidget()
        if shown is before.models_page:
            self.show_models()
        elif before.summary_page is not None and shown is before.summary_page:
            self.show_summarize()
        elif before.settings_page is not None and shown is before.settings_page:
            self.show_settings()
            if self.settings_page:
                self.settings_page.take_over(before.settings_page)
        else:
            self.show_chat()

    def leave(self) -> None:
        """Another window takes its place."""
        self.panel.keep()
        self._worker.leave(self, self.take)
        self.exchange.leave(self, self.take)
        self.chat.leave()
        if self.models_page is not None:
            self.models_page.leave()
        if self.summary_page is not None:
            self.summary_page.leave()
        self._appearance.changed.disconnect(self._dress)

    # ---- what the person does

    def open_again(self) -> None:
        """The stored conversations; that may take long, as another program may have them."""
        self.exchange.submit(self._session.open_again)

    def new_temporary_chat(self) -> None:
        self.new_chat(temporary=True)

    def new_chat(self, *, temporary: bool = False) -> None:
        self.show_chat()
        self.sidebar.select(None)
        self.chat.new_chat(temporary)
        self._show_prompt()
        self.chat.composer.setFocus()

    def add_model(self, path: Path) -> None:
        self._worker.submit(self._session.add_model, path)

    def take_files(self, paths: Sequence[Path]) -> None:
        """Models are added, conversations imported, and anything else goes with the next message."""
        for path in paths:
            if is_model(path):
                self.add_model(path)
            elif is_export(path):
                exchange = self._session.import_dropped if may_be_data(path) else self._session.import_file
                self.exchange.submit(exchange, path)
        others = [path for path in paths if not is_model(path) and not is_export(path)]
        if others:
            self._attach(others)

    def _attach(self, paths: Sequence[Path]) -> None:
        self.show_chat()
        self.chat.composer.attach_files(paths)

    def come_forward(self, file: Path | None = None) -> None:
        """In front of other programs' windows, with a file that another start was given."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()
        if file is not None:
            self.take_files([file])

    def add_models_page(self, page: ModelsPage) -> None:
        """It comes after the first paint, and hears what was told before."""
        self.models_page = page
        self._pages.addWidget(page)
        self.commands.add_page(self.tr("Models"), self.show_models, "Ctrl+Shift+M")
        self._connect_models_page(page)
        for event in self._before_page:
            page.take_from_chat(event)
        self._before_page.clear()

    def show_models(self) -> None:
        if self.models_page is None:
            return
        self._pages.setCurrentWidget(self.models_page)
        self._show_tab(away=True)
        self._show_panel()
        self.sidebar.show_page(models=True)
        self.models_page.open()

    def show_settings(self, section: str = "") -> None:
        """The page is made when it is asked for first; it needs what the Models page knows."""
        if self.models_page is None:
            return
        if self.settings_page is None:
            self.settings_page = self._made_settings_page(self.models_page)
        self._pages.setCurrentWidget(self.settings_page)
        self._show_tab(away=True)
        self.panel.hide()
        self.sidebar.show_page(settings=True)
        self.settings_page.open(section)

    def _made_settings_page(self, models: ModelsPage) -> SettingsPage:
        from desktop_llm.ui.settings_page import SettingsPage  # late: the first window needs none

        page = SettingsPage(self._worker, self._session, self.exchange, models, self.commands.with_keys())
        page.wants_models.connect(self.show_models)
        page.wants_trash.connect(self.show_trash)
        page.chats_deleted.connect(lambda: self._worker.submit(self._session.delete_all))
        self._pages.addWidget(page)
        return page

    def show_summarize(self) -> None:
        page = self._the_summary_page()
        if page is None:
            self._choose_tab(0)
            return
        self._pages.setCurrentWidget(page)
        self._choose_tab(1)
        self._show_panel()
        self.sidebar.show_page()
        if not self._tabs.hasFocus():
            page.open()

    def _the_summary_page(self) -> SummaryPage | None:
        """Made when it is asked for first."""
        if self.summary_page is None and self.makes_summary_page is not None:
            self.summary_page = page = self.makes_summary_page()
            page.set_theme(self._appearance.theme)
            page.acted.connect(self._act)
            page.asked_about.connect(self._ask_about)
            self._pages.addWidget(page)
        return self.summary_page

    def _ask_about(self, attachments: tuple[Attachment, ...]) -> None:
        self.new_chat()
        self.chat.composer.give_back("", attachments)
        self.chat.composer.setFocus()

    def _show_tab_page(self, tab: int) -> None:
        (self.show_summarize if tab == 1 else self.show_chat)()

    def stop(self) -> None:
        """What is being written on the page that is shown."""
        (self.summary_page.escape if self._summarizes and self.summary_page else self.chat.stop)()

    def can_stop(self) -> bool:
        return self.summary_page.can_escape if self._summarizes and self.summary_page else self.chat.answers

    @property
    def _summarizes(self) -> bool:
        return self.summary_page is not None and self._pages.currentWidget() is self.summary_page

    def show_chat(self) -> None:
        self._pages.setCurrentWidget(self.chat)
        self._choose_tab(0)
        self._show_panel()
        self.sidebar.show_page()

    def _choose_tab(self, tab: int) -> None:
        with QSignalBlocker(self._tabs):
            self._tabs.setCurrentIndex(tab)
        self._show_tab(away=False)

    def _show_tab(self, away: bool) -> None:
        """A tab bar always has a current tab; while another page is shown it does not look so."""
        self._tabs.setProperty("away", away)
        self._tabs.style().polish(self._tabs)

    def get_model(self) -> None:
        self.show_models()
        if self.models_page is not None:
            self.models_page.show_hub()

    def _show_panel(self) -> None:
        shown = self._panel_button.isChecked() and self._pages.currentWidget() is self.chat
        if shown and self.width() < self._for_letters(_PANEL_NEEDS) and self.sidebar.isVisible():
            self.sidebar.hide()
            self._panel_hid = True
        self.panel.setVisible(shown)
        self._show_sidebar_again()

    def _show_sidebar_again(self) -> None:
        """Where the panel has hidden it, and has no need of its room any more."""
        if self._panel_hid and (self.panel.isHidden() or self.width() >= _PANEL_NEEDS):
            self._panel_hid = False
            self.sidebar.setVisible(not self._narrow)

    def _judge(self, name: str, text: str, wrong: bool) -> None:
        self.panel.sampling.show_verdict(name, text, wrong)
        self.chat.doubt.show_wrong(self.grammar.problem)

    def _set_prompt(self, prompt: ChatPrompt) -> None:
        if self._prompt_of is None:
            self._new_prompt = prompt
        self._worker.submit(self._session.set_prompt, self._prompt_of, prompt)

    def _show_prompt(self) -> None:
        """The panel shows the conversation that is shown; what was changed for another one is kept first."""
        conversation = self.chat.conversation()
        if conversation != self._prompt_of:
            self.panel.keep()
            self._prompt_of = conversation
        known = self.sidebar.conversation(conversation) if conversation else None
        if conversation is None:
            self.panel.show_prompt(self._new_prompt)
        elif known:
            self.panel.show_prompt(known.prompt)

    def show_conversation(self, conversation: int) -> None:
        self.show_chat()
        if conversation != self.chat.conversation():
            self.sidebar.select(conversation)
            self.chat.show_conversation(conversation)
            self._show_prompt()
        self.chat.composer.setFocus()

    def _on_began(self, conversation: int) -> None:
        """A new chat has become a conversation, with the panel's values for it."""
        self._prompt_of, self._new_prompt = conversation, NEW_PROMPT
        self.sidebar.select(conversation)

    def _show_found(self, conversation: int, message: int) -> None:
        self.show_chat()
        self.sidebar.select(conversation)
        self.chat.show_conversation(conversation, message)
        self._show_prompt()
        self.chat.composer.setFocus()

    def show_prompts(self, *, personas: bool = False) -> None:
        begin = Persona("", "") if personas else SavedPrompt("", "")
        dialog = PromptsDialog(self._worker, self._session, begin, self)
        self._dialog_open = True
        dialog.finished.connect(lambda: setattr(self, "_dialog_open", False))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_trash(self) -> None:
        dialog = TrashDialog(self._trash, self, self._session.settings.storage.trash_days)
        dialog.restored.connect(lambda conversation: self._worker.submit(self._session.restore, conversation))
        dialog.erased.connect(lambda conversation: self._worker.submit(self._session.erase, conversation))
        dialog.emptied.connect(lambda: self._worker.submit(self._session.empty_trash))
        dialog.open()

    def duplicate(self, conversation: int) -> None:
        self._worker.submit(self._session.duplicate, conversation, self.tr(" (copy)"))

    def export(self, conversation: int) -> None:
        if target := choose_target(self, self.sidebar.title(conversation)):
            self.exchange.submit(self._session.export, conversation, *target, page_words())

    def export_all(self, folder: str | None = None) -> None:
        """What lies in a folder, or all."""
        if target := choose_target_of_all(self, folder):
            self.exchange.submit(self._session.export_all, folder, *target, page_words())

    def keep(self, conversation: int) -> None:
        """Stores a temporary chat."""
        self._worker.submit(self._session.keep_temporary, conversation)

    def _rename(self, conversation: int, title: str) -> None:
        self._worker.submit(self._session.rename, conversation, title)

    def delete(self, conversation: int) -> None:
        self._deleted = (conversation, self.sidebar.title(conversation))
        self._worker.submit(self._session.delete, conversation)
        self.sidebar.remove(conversation)
        if conversation == self.chat.conversation():
            self.new_chat()
        self._say_deleted(conversation < TEMPORARY and not self._keeps)

    def _say_deleted(self, until_the_end: bool) -> None:
        """`until_the_end`: what is stored of it stays as it is."""
        title, undo = told(title_of(self._deleted[1])), self.tr("Undo")
        if until_the_end:
            said = self.tr("“{title}” is gone only until the program ends: what is stored cannot be deleted now.")
            self.notice.say(said.format(title=title), undo, self._restore)
        else:
            self.notice.say_done(self.tr("“{title}” was deleted.").format(title=title), undo, self._restore)

    def _show_all_deleted(self, moment: float) -> None:
        self.sidebar.select(None)
        self.chat.new_chat()
        self._show_prompt()
        undo = partial(self._worker.submit, self._session.restore_all, moment)
        if self._keeps:
            self.notice.say_done(self.tr("All chats were deleted."), self.tr("Undo"), undo)
        else:
            said = self.tr("The chats are gone only until the program ends: what is stored cannot be deleted now.")
            self.notice.say(said, self.tr("Undo"), undo)

    def _restore(self) -> None:
        self._worker.submit(self._session.restore, self._deleted[0])

    def use_model(self, model: Path) -> None:
        self._worker.submit(self._session.choose_model, model)

    def _find_models_again(self) -> None:
        self._worker.submit(self._session.find_again)

    def choose_model(self) -> None:
        self.models.setFocus()
        self.models.showMenu()

    def choose_file(self) -> None:
        if path := choose_model(self):
            self.add_model(path)

    def choose_export(self) -> None:
        if path := choose_export(self):
            self.exchange.submit(self._session.import_file, path)

    def _act(self, action: str) -> None:
        if action in self._acts:
            self._acts[action]()

    def _choose_look(self, choice: str) -> None:
        self._appearance.choose(choice)
        self._change_appearance(theme=choice)

    def step_text_size(self, by: int) -> None:
        declared = words(AppearanceSettings, "text_size")
        step, low, high = declared.step or 10, declared.low or 0, declared.high or 100
        self._set_text_size(round(min(max(self._appearance.text_size + by * step, low), high)))

    def reset_text_size(self) -> None:
        self._set_text_size(AppearanceSettings().text_size)

    def _set_text_size(self, percent: int) -> None:
        self._appearance.choose_text_size(percent)
        self._change_appearance(text_size=percent)

    def _change_appearance(self, **values: object) -> None:
        self._unheard += 1
        self._worker.submit(self._session.change_settings, "appearance", values, -1)

    def _show_settings(self, settings: Settings) -> None:
        """They were changed: what is seen of them follows, but not an older look where a newer one is on already."""
        if not self._unheard:
            self._appearance.choose_text_size(settings.appearance.text_size)
            if settings.appearance.theme != self._appearance.choice:
                self._appearance.choose(settings.appearance.theme)
                self.look.show_choice(settings.appearance.theme)
        self.chat.composer.show_send_key(settings.chat.send_key)
        self.panel.show_settings(settings)
        if settings.appearance.language != self._language:
            self._language = settings.appearance.language
            self.language_chosen.emit()

    def toggle_sidebar(self) -> None:
        self._panel_hid = False
        self.sidebar.setVisible(not self.sidebar.isVisible())

    def search_chats(self) -> None:
        self.sidebar.show()
        self.sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def find_in_chat(self) -> None:
        self.show_chat()
        self.chat.find_bar.open()

    def attach_files(self) -> None:
        self.show_chat()
        self.chat.composer.choose_files()

    def toggle_panel(self) -> None:
        """The settings of the chat; where another page is shown, they come with it."""
        away = self._pages.currentWidget() is not self.chat
        self._panel_button.setChecked(away or not self._panel_button.isChecked())
        self.show_chat()

    def show_chat_settings(self) -> None:
        """Where what is wrong in them is told."""
        self._panel_button.setChecked(True)
        self.show_chat()
        self.panel.show_wrong()

    def regions(self) -> tuple[QWidget, ...]:
        """Where F6 leads: where is written, what was said, or the models there are; settings, conversations, models."""
        page = self.models_page
        lists = [page.installed.list, page.hub.list] if page else []
        lists += [self.settings_page.list] if self.settings_page else []
        summaries = self.summary_page.regions() if self.summary_page else ()
        chat = (self.chat.composer.edit, self.chat.transcript, self.panel.system)
        return (*chat, *lists, *summaries, self.sidebar.region(), self.models)

    # ---- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := files_in(event.mimeData()):
            event.acceptProposedAction()
            self._take_dropped(paths)

    def _take_dropped(self, paths: Sequence[Path]) -> None:
        """On the page that is shown; models are models everywhere."""
        documents = [path for path in paths if not is_model(path)] if self._summarizes else []
        if documents and self.summary_page:
            self.summary_page.add_files(documents)
        if others := [path for path in paths if path not in documents]:
            self.take_files(others)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sidebar()

    def _fit_sidebar(self) -> None:
        narrow = self.width() < self._for_letters(_SIDEBAR_NEEDS)
        if narrow != self._narrow:
            self._narrow = narrow
            self.sidebar.setVisible(not narrow)
        self._show_sidebar_again()

    def _for_letters(self, pixels: int) -> int:
        """A width for the usual letters, as larger ones need it."""
        return round(pixels * (1 + max(self._appearance.text_size - 100, 0) / 200))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.chat.keep_drafts()
        self._worker.submit(self._session.close)
        for worker in (self._worker, self.exchange):
            worker.finish()
        super().closeEvent(event)

    # ---- how it looks

    def _dress(self, theme: Theme) -> None:
        for part in (self.sidebar, self.chat, self.models):
            part.set_theme(theme)
        self.sidebar.setFixedWidth(self._for_letters(_SIDEBAR))
        self.panel.setFixedWidth(self._for_letters(_PANEL))
        self._fit_sidebar()
        self._tabs.setTabIcon(0, icon("chat", theme.accent))
        self._tabs.setTabIcon(1, icon("summary", theme.accent))
        if self.summary_page is not None:
            self.summary_page.set_theme(theme)

    def _place(self) -> None:
        self.setWindowTitle("Desktop LLM")
        self.setMinimumSize(_SMALLEST)
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.setAcceptDrops(True)
        self._pages.addWidget(self.chat)
        self._tabs.addTab(self.tr("Chat"))
        self._tabs.addTab(self.tr("Summarize"))
        self._tabs.setAccessibleName(self.tr("Pages"))
        self._tabs.setDrawBase(False)
        self._tabs.setUsesScrollButtons(False)
        self._tabs.setExpanding(False)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._top(), self.notice):
            column.addWidget(part)
        pages = QHBoxLayout()
        pages.setSpacing(0)
        pages.addWidget(self._pages, 1)
        pages.addWidget(self.panel)
        column.addLayout(pages, 1)
        self.panel.hide()
        self._put_beside_sidebar(content)

    def _put_beside_sidebar(self, content: QWidget) -> None:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(content, 1)
        self.setCentralWidget(whole)

    def _top(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("top")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 7, 12, 7)
        row.addWidget(self._toggle)
        row.addWidget(self._tabs)
        row.addStretch(1)
        row.addWidget(self.models)
        row.addWidget(self.look)
        row.addWidget(self._panel_button)
        return bar

    def _connect(self) -> None:
        self._worker.happened.connect(self.take)
        self.exchange.happened.connect(self.take)
        self._appearance.changed.connect(self._dress)
        self.notice.left.connect(self.chat.composer.setFocus)
        self._toggle.clicked.connect(self.toggle_sidebar)
        self.look.chosen.connect(self._choose_look)
        self._panel_button.setCheckable(True)
        self._panel_button.clicked.connect(self._show_panel)
        self.panel.changed.connect(self._set_prompt)
        for follow in (self.grammar.follow, self.chat.doubt.show_sampling):
            self.panel.sampling.shown.connect(follow)
        self.grammar.judged.connect(self._judge)
        self.panel.persona_saved.connect(lambda persona: self._worker.submit(self._session.save_prompt, persona))
        self._connect_presets(self.panel.presets)
        self.panel.model_sampling_changed.connect(
            lambda *how: self._worker.submit(self._session.set_model_sampling, *how)
        )
        self.panel.managed.connect(lambda: self.show_prompts(personas=True))
        self.chat.picker.managed.connect(self.show_prompts)
        self.sidebar.new_chat.connect(self.new_chat)
        self.sidebar.new_temporary_chat.connect(self.new_temporary_chat)
        self.sidebar.kept.connect(self.keep)
        self.sidebar.tagged.connect(lambda *how: self._worker.submit(self._session.set_tags, *how))
        self.sidebar.all_exported.connect(self.export_all)
        self.sidebar.wants_import.connect(self.choose_export)
        self.sidebar.chosen.connect(self.show_conversation)
        self.sidebar.renamed.connect(self._rename)
        self.sidebar.left.connect(self.chat.composer.setFocus)
        self.sidebar.deleted.connect(self.delete)
        self.sidebar.found.connect(self._show_found)
        self.sidebar.duplicated.connect(self.duplicate)
        self.sidebar.exported.connect(self.export)
        self.sidebar.wants_trash.connect(self.show_trash)
        self.sidebar.pinned.connect(lambda *how: self._worker.submit(self._session.pin, *how))
        self.sidebar.moved.connect(lambda *how: self._worker.submit(self._session.move, *how))
        self.sidebar.searched.connect(lambda words: self._worker.submit(self._session.search, words))
        self.models.chosen.connect(self.use_model)
        self.models.wants_file.connect(self.choose_file)
        self.models.wants_models.connect(self.show_models)
        self.models.unloaded.connect(lambda: self._worker.submit(self._session.unload))
        self.sidebar.wants_models.connect(self.show_models)
        self.sidebar.wants_settings.connect(lambda: self.show_settings())
        for shown in (self._tabs.tabBarClicked, self._tabs.currentChanged):  # by the pointer, by the keys
            shown.connect(self._show_tab_page)
        self.chat.acted.connect(self._act)
        self.chat.began.connect(self._on_began)
        self.chat.sending.connect(self.panel.keep)

    def _connect_presets(self, presets: PresetBar) -> None:
        submit, session = self._worker.submit, self._session
        presets.saved.connect(lambda *how: submit(session.save_prompt, *how))
        presets.restored.connect(lambda preset: submit(session.restore_prompt, preset))
        presets.exported.connect(lambda *how: submit(session.export_prompts, *how))
        presets.imported.connect(lambda path: submit(session.import_prompts, path))
        presets.deleted.connect(self._delete_preset)

    def _tell_imported(self, count: int) -> None:
        nothing, some = self.tr("All of that file is here already."), self.tr("Taken over from the file: {count}.")
        self.notice.say_done(some.format(count=count) if count else nothing)

    def _delete_preset(self, preset: Preset) -> None:
        self._worker.submit(self._session.delete_prompt, preset)
        said = self.tr("The preset “{name}” was deleted.").format(name=preset.name)
        self.notice.say_done(said, self.tr("Undo"), lambda: self._worker.submit(self._session.save_prompt, preset))

    def _connect_models_page(self, page: ModelsPage) -> None:
        first = self.chat.empty.first_model
        page.used.connect(self.use_model)
        page.changed.connect(self._find_models_again)
        page.wants_file.connect(self.choose_file)
        page.progressed.connect(self.sidebar.show_progress)
        page.join_first_model(first)
        first.wants_models.connect(self.get_model)
