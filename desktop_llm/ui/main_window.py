"""The window: the conversations at its side, its pages under their tabs, and what has no other place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import Conversation
from desktop_llm.engine.messages import Died, Loaded, LoadFailed, Unloaded
from desktop_llm.errors import Problem
from desktop_llm.runner import ConversationChanged, NotStored
from desktop_llm.settings import Sampling
from desktop_llm.storage.exporting import file_name
from desktop_llm.ui.answer_foot import action_name
from desktop_llm.ui.appearance import Appearance, AppearanceButton
from desktop_llm.ui.chat_page import ChatPage
from desktop_llm.ui.chat_panel import ChatPanel
from desktop_llm.ui.icons import IconButton, icon
from desktop_llm.ui.model_chooser import ModelChooser
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.session import Exported, Hits, Imported, ModelsChanged, Opened, Session, Told
from desktop_llm.ui.sidebar import Sidebar
from desktop_llm.ui.theme import Theme
from desktop_llm.ui.trash_dialog import TrashDialog
from desktop_llm.ui.worker import Failed, Worker

if TYPE_CHECKING:
    from desktop_llm.ui.models_page import ModelsPage

_SIZE = QSize(1280, 800)
_SMALLEST = QSize(640, 480)
_SIDEBAR_NEEDS, _PANEL_NEEDS = 860, 1120
_MODELS, _EXPORTS = (".gguf",), (".json", ".jsonl", ".zip")


class MainWindow(QMainWindow):
    """Places the pages and passes on what crosses them; `painted` is told once, when it is seen first."""

    painted = Signal()

    def __init__(self, worker: Worker, session: Session, appearance: Appearance) -> None:
        super().__init__()
        self._worker, self._session, self._appearance = worker, session, appearance
        self._acts = {
            "choose-model": self._choose_model,
            "choose-file": self._choose_file,
            "get-model": self._get_model,
            "new-chat": self.new_chat,
        }
        self._deleted: tuple[int, str] = (0, "")
        self._prompt_of: int | None = None
        self._trash: tuple[Conversation, ...] = ()
        self._narrow = self._seen = False
        self.sidebar = Sidebar()
        self.notice = NoticeBar()
        self.chat = ChatPage(worker, session)
        self.models = ModelChooser()
        self.models_page: ModelsPage | None = None
        self._before_page: list[object] = []
        self._toggle = IconButton("sidebar", self.tr("Show or hide the conversations"))
        self._look = AppearanceButton(appearance.choice)
        self.panel = ChatPanel(session.usual_sampling)
        self._panel_button = IconButton("settings", self.tr("Settings of this chat"))
        self._tabs = QTabBar()
        self._pages = QStackedWidget()
        self._place()
        self._connect()
        self._add_actions()
        self._dress(appearance.theme)
        self.chat.composer.setFocus()

    # ---- what the worker tells

    def take(self, event: object) -> None:
        if self.models_page is None:
            self._before_page.append(event)
        else:
            self.models_page.take_from_chat(event)
        self._take(event)

    def _take(self, event: object) -> None:
        match event:
            case Opened(conversations, trash):
                self._trash = trash
                self.sidebar.set_conversations(conversations)
                self.sidebar.select(self.chat.conversation())
                self._show_prompt()
            case Exported(path):
                said = self.tr("The conversation was saved to {path}.").format(path=path)
                self.notice.say(said)
            case Imported(count):
                self.notice.say(self.tr("{count} conversations were imported.").format(count=count))
            case Hits():
                self.sidebar.show_hits(event)
            case ModelsChanged(models, current):
                self.models.set_models(list(models), current)
            case ConversationChanged(conversation):
                self.sidebar.show_changed(conversation)
                self.sidebar.select(self.chat.conversation())
            case Loaded():
                self.models.show_loaded(True)
            case LoadFailed() | Unloaded() | Died():
                self.models.show_loaded(False)
            case Failed(problem) | Told(problem) | NotStored(problem):
                self._report(problem)

    def _report(self, problem: Problem) -> None:
        act = self._acts.get(problem.action)
        self.notice.report(problem, action_name(problem.action) if act else "", act)

    # ---- what the person does

    def new_chat(self) -> None:
        self._show_chat()
        self.sidebar.select(None)
        self.chat.new_chat()
        self._show_prompt()
        self.chat.composer.setFocus()

    def add_model(self, path: Path) -> None:
        self._worker.submit(self._session.add_model, path)

    def add_models_page(self, page: ModelsPage) -> None:
        """It comes after the first paint, and hears what was told before."""
        self.models_page = page
        self._pages.addWidget(page)
        self._connect_models_page(page)
        for event in self._before_page:
            page.take_from_chat(event)
        self._before_page.clear()

    def show_models(self) -> None:
        if self.models_page is None:
            return
        self._pages.setCurrentWidget(self.models_page)
        self._show_tab(away=True)
        self.panel.hide()
        self.sidebar.show_page(models=True)
        self.models_page.open()

    def _show_chat(self) -> None:
        self._pages.setCurrentWidget(self.chat)
        self._show_tab(away=False)
        self._show_panel()
        self.sidebar.show_page(models=False)

    def _show_tab(self, away: bool) -> None:
        """A tab bar always has a current tab; while another page is shown it does not look so."""
        self._tabs.setProperty("away", away)
        self._tabs.style().polish(self._tabs)

    def _get_model(self) -> None:
        self.show_models()
        if self.models_page is not None:
            self.models_page.show_hub()

    def _show_panel(self) -> None:
        shown = self._panel_button.isChecked() and self._pages.currentWidget() is self.chat
        if shown and self.width() < _PANEL_NEEDS:
            self.sidebar.hide()
        self.panel.setVisible(shown)

    def _set_prompt(self, system: str, sampling: Sampling | None) -> None:
        self._worker.submit(self._session.set_prompt, self._prompt_of, system, sampling)

    def _show_prompt(self) -> None:
        """The panel shows the conversation that is shown; what was changed for another one is kept first."""
        conversation = self.chat.conversation()
        if conversation != self._prompt_of:
            self.panel.keep()
            self._prompt_of = conversation
        known = self.sidebar.conversation(conversation) if conversation else None
        self.panel.show_prompt(known.system if known else "", known.sampling if known else None)

    def _show_conversation(self, conversation: int) -> None:
        self._show_chat()
        if conversation != self.chat.conversation():
            self.chat.show_conversation(conversation)
            self._show_prompt()

    def _on_began(self, conversation: int) -> None:
        """A new chat has become a conversation, with the panel's values for it."""
        self._prompt_of = conversation
        self.sidebar.select(conversation)

    def _show_found(self, conversation: int, message: int) -> None:
        self._show_chat()
        self.chat.show_conversation(conversation, message)

    def _show_trash(self) -> None:
        dialog = TrashDialog(self._trash, self)
        dialog.restored.connect(lambda conversation: self._worker.submit(self._session.restore, conversation))
        dialog.erased.connect(lambda conversation: self._worker.submit(self._session.erase, conversation))
        dialog.open()

    def _duplicate(self, conversation: int) -> None:
        self._worker.submit(self._session.duplicate, conversation, self.tr(" (copy)"))

    def _export(self, conversation: int) -> None:
        kinds = {
            "md": "Markdown (*.md)", "html": self.tr("Web page (*.html)"), "docx": "Word (*.docx)",
            "txt": self.tr("Text (*.txt)"), "json": self.tr("Everything, to be imported again (*.json)"),
        }  # fmt: skip
        begin = Path.home() / file_name(self.sidebar.title(conversation))
        title = self.tr("Export the conversation")
        path, kind = QFileDialog.getSaveFileName(self, title, str(begin), ";;".join(kinds.values()))
        form = next((form for form, words in kinds.items() if words == kind), "md")
        if path:
            target = Path(path) if Path(path).suffix == f".{form}" else Path(f"{path}.{form}")
            self._worker.submit(self._session.export, conversation, form, target)

    def _rename(self, conversation: int, title: str) -> None:
        self._worker.submit(self._session.rename, conversation, title)

    def _delete(self, conversation: int) -> None:
        self._deleted = (conversation, self.sidebar.title(conversation))
        self._worker.submit(self._session.delete, conversation)
        self.sidebar.remove(conversation)
        if conversation == self.chat.conversation():
            self.new_chat()
        said = self.tr("“{title}” was deleted.").format(title=self._deleted[1])
        self.notice.say(said, self.tr("Undo"), self._restore)

    def _restore(self) -> None:
        self._worker.submit(self._session.restore, self._deleted[0])

    def _choose(self, model: Path) -> None:
        self._worker.submit(self._session.choose_model, model)

    def _find_models_again(self) -> None:
        self._worker.submit(self._session.find_again)

    def _choose_model(self) -> None:
        self.models.setFocus()
        self.models.showMenu()

    def _choose_file(self) -> None:
        title, kinds = self.tr("Choose a model file"), self.tr("Models (*.gguf);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), kinds)
        if path:
            self.add_model(Path(path))

    def _act(self, action: str) -> None:
        if action in self._acts:
            self._acts[action]()

    def _choose_look(self, choice: str) -> None:
        self._appearance.choose(choice)
        self._worker.submit(self._session.keep_theme, choice)

    def _toggle_sidebar(self) -> None:
        self.sidebar.setVisible(not self.sidebar.isVisible())

    def _next_region(self) -> None:
        """F6 goes round: where is written, what was said, or the models there are; the conversations, the models."""
        page = self.models_page
        lists = (page.installed.list, page.hub.list) if page else ()
        regions = (self.chat.composer.edit, self.chat.transcript, *lists, self.sidebar.list, self.models)
        shown = [region for region in regions if region.isVisible()]
        here = next((n for n, region in enumerate(shown) if region.hasFocus()), -1)
        shown[(here + 1) % len(shown)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    # ---- events

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file_in(event, _MODELS + _EXPORTS):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := _file_in(event, _MODELS):
            event.acceptProposedAction()
            self.add_model(path)
        elif path := _file_in(event, _EXPORTS):
            event.acceptProposedAction()
            self._worker.submit(self._session.import_file, path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _SIDEBAR_NEEDS
        if narrow != self._narrow:
            self._narrow = narrow
            self.sidebar.setVisible(not narrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._worker.submit(self._session.close)
        self._worker.finish()
        super().closeEvent(event)

    # ---- how it looks

    def _dress(self, theme: Theme) -> None:
        for part in (self.sidebar, self.chat, self.models):
            part.set_theme(theme)
        self._tabs.setTabIcon(0, icon("chat", theme.accent))

    def _place(self) -> None:
        self.setWindowTitle("Desktop LLM")
        self.setMinimumSize(_SMALLEST)
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.setAcceptDrops(True)
        self._pages.addWidget(self.chat)
        self._tabs.addTab(self.tr("Chat"))
        self._tabs.setAccessibleName(self.tr("Pages"))
        self._tabs.setDrawBase(False)
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
        row.addWidget(self._look)
        row.addWidget(self._panel_button)
        return bar

    def _connect(self) -> None:
        self._worker.happened.connect(self.take)
        self._appearance.changed.connect(self._dress)
        self._toggle.clicked.connect(self._toggle_sidebar)
        self._look.chosen.connect(self._choose_look)
        self._panel_button.setCheckable(True)
        self._panel_button.clicked.connect(self._show_panel)
        self.panel.changed.connect(self._set_prompt)
        self.sidebar.new_chat.connect(self.new_chat)
        self.sidebar.chosen.connect(self._show_conversation)
        self.sidebar.renamed.connect(self._rename)
        self.sidebar.deleted.connect(self._delete)
        self.sidebar.found.connect(self._show_found)
        self.sidebar.duplicated.connect(self._duplicate)
        self.sidebar.exported.connect(self._export)
        self.sidebar.wants_trash.connect(self._show_trash)
        self.sidebar.pinned.connect(lambda *how: self._worker.submit(self._session.pin, *how))
        self.sidebar.moved.connect(lambda *how: self._worker.submit(self._session.move, *how))
        self.sidebar.searched.connect(lambda words: self._worker.submit(self._session.search, words))
        self.models.chosen.connect(self._choose)
        self.models.wants_file.connect(self._choose_file)
        self.models.wants_models.connect(self.show_models)
        self.models.unloaded.connect(lambda: self._worker.submit(self._session.unload))
        self.sidebar.wants_models.connect(self.show_models)
        self._tabs.tabBarClicked.connect(self._show_chat)
        self.chat.acted.connect(self._act)
        self.chat.began.connect(self._on_began)

    def _connect_models_page(self, page: ModelsPage) -> None:
        first = self.chat.empty.first_model
        page.used.connect(self._choose)
        page.changed.connect(self._find_models_again)
        page.wants_file.connect(self._choose_file)
        page.progressed.connect(self.sidebar.show_progress)
        page.join_first_model(first)
        first.wants_models.connect(self._get_model)

    def _add_actions(self) -> None:
        shortcuts = {
            QKeySequence(QKeySequence.StandardKey.New): self.new_chat,
            QKeySequence("Ctrl+L"): self._choose_model,
            QKeySequence("Ctrl+O"): self._choose_file,
            QKeySequence("Ctrl+B"): self._toggle_sidebar,
            QKeySequence(QKeySequence.StandardKey.Find): self.chat.find_bar.open,
            QKeySequence("Ctrl+Shift+F"): self.sidebar.search.setFocus,
            QKeySequence("Ctrl+Shift+M"): self.show_models,
            QKeySequence("Esc"): self.chat.stop,
            QKeySequence("F6"): self._next_region,
            QKeySequence(QKeySequence.StandardKey.Quit): self.close,
        }
        for keys, act in shortcuts.items():
            action = QAction(self)
            action.setShortcut(keys)
            action.triggered.connect(act)
            self.addAction(action)


def _file_in(event: QDropEvent, kinds: tuple[str, ...]) -> Path | None:
    """The first file of these kinds among what is dragged."""
    paths = (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return next((path for path in paths if path.suffix.lower() in kinds), None)
