"""The composition root of the window: builds each part once, hands each its own, closes in reverse order."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, Qt, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_llm import __version__
from desktop_llm.engine.client import Engine
from desktop_llm.errors import Problem, UserError
from desktop_llm.experience import Experience
from desktop_llm.library.models import ModelLibrary, library_of
from desktop_llm.settings import (
    Settings,
    conversations_file,
    data_folder,
    experience_file,
    log_folder,
    prompts_file,
    resource,
    settings_file,
    summaries_file,
)
from desktop_llm.settings_file import KeptSettings, open_settings
from desktop_llm.storage.prompts import PromptLibrary
from desktop_llm.ui.accessible_roles import tell_roles
from desktop_llm.ui.appearance import Appearance
from desktop_llm.ui.chosen_files import is_model
from desktop_llm.ui.code_colours import grammar
from desktop_llm.ui.engine_settings import hand_over
from desktop_llm.ui.icons import icon
from desktop_llm.ui.main_window import FileGiven, MainWindow
from desktop_llm.ui.markdown_parser import parser
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.only_window import OnlyWindow
from desktop_llm.ui.session import Session, Told
from desktop_llm.ui.theme import LIGHT
from desktop_llm.ui.worker import Worker

if TYPE_CHECKING:
    from desktop_llm.memory import Computer
    from desktop_llm.speed import Speeds
    from desktop_llm.ui.models_session import Hardware, ModelsSession
    from desktop_llm.ui.summary_page import SummaryPage
    from desktop_llm.ui.summary_session import SummarySession

_LOG_BYTES = 1_000_000
# In milliseconds: until another language is put on, where a dialog is open, and until the program ends.
_ASKED_AGAIN, _ENDS_WITHIN = 300, 30_000
_log = logging.getLogger("desktop_llm")


class App:
    """The running program; `window` is shown before anything slow begins on the worker's thread."""

    def __init__(
        self, application: QApplication, settings: Settings, file: Path | None = None, notice: Problem | None = None
    ) -> None:
        self._application = application
        self.appearance = Appearance(application, settings.appearance.theme, settings.appearance.text_size)
        self.worker, self.models_worker, self.summary_worker = Worker(), Worker(), Worker()
        self._kept, self._library = KeptSettings(settings_file(), settings, notice), library_of(settings)
        self._experience = Experience(experience_file())
        self.engine = _engine(settings, self._library, self._experience)
        parts = self._kept, self._library, self.engine, conversations_file(), self.worker.post
        self.session = Session(*parts, PromptLibrary(prompts_file(), QLocale().name()))
        self._models: ModelsSession | None = None
        self._summaries: SummarySession | None = None
        self.window = self._made_window()
        self.window.painted.connect(self._begin_models, Qt.ConnectionType.QueuedConnection)
        model = file is not None and is_model(file)
        self.worker.submit(self.session.open, file if model else None)
        if file is not None and not model:
            self.worker.submit(FileGiven, file)

    def show(self) -> None:
        self.window.show()
        QTimer.singleShot(0, self.worker, self.worker.start)

    def come_forward(self, file: Path | None = None) -> None:
        self.window.come_forward(file)

    def _made_window(self, exchange: Worker | None = None) -> MainWindow:
        window = MainWindow(self.worker, self.session, self.appearance, exchange)
        window.language_chosen.connect(self._speak, Qt.ConnectionType.QueuedConnection)
        return window

    def _speak(self) -> None:
        """Another language was chosen: a window that speaks it takes the place of the one there is."""
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            QTimer.singleShot(_ASKED_AGAIN, self.window, self._speak)
            return
        translate(self._application, self.session.settings.appearance.language)
        self.appearance.follow_language()
        with _collected_here():
            self._put_in_place(self.window)
        self.worker.submit(self.session.tell_again, QLocale().name())

    def _put_in_place(self, before: MainWindow) -> None:
        self.window = self._made_window(before.exchange)
        self._add_models_page()
        self.window.makes_summary_page = self._made_summary_page
        self.window.take_over(before)
        before.hide()
        before.deleteLater()
        QCoreApplication.sendPostedEvents(before, QEvent.Type.DeferredDelete.value)

    def _begin_models(self) -> None:
        """Models and the network's modules take as long to load as all the rest, so they come after the first paint."""
        if not self.window.isVisible():
            return  # it was closed meanwhile
        from desktop_llm.ui.models_session import ModelsSession

        parts = self._kept, self._library, self._experience, _hardware(self.engine)
        self._models = ModelsSession(*parts, self.models_worker.post)
        self._add_models_page()
        self.window.makes_summary_page = self._made_summary_page
        self.models_worker.submit(_prepare_to_show_answers)
        self.models_worker.submit(_prepare_settings)
        self.models_worker.submit(self._models.open)
        self.models_worker.start()

    def _add_models_page(self) -> None:
        from desktop_llm.ui.models_page import ModelsPage

        if self._models is not None:
            self.window.add_models_page(ModelsPage(self.models_worker, self._models))

    def _made_summary_page(self) -> SummaryPage:
        from desktop_llm.ui.summary_page import SummaryPage
        from desktop_llm.ui.summary_session import SummarySession

        if self._summaries is None:
            self._summaries = SummarySession(self._kept, self.engine, summaries_file(), self.summary_worker.post)
            self.summary_worker.start()
        return SummaryPage(self.summary_worker, self._summaries, self.session.model)

    def close(self) -> bool:
        """What is under way is kept. Whether nothing runs any more: a disk or network may not answer."""
        if self.window.summary_page is not None:
            self.window.summary_page.close_session()
        self.window.close()
        if self.window.models_page is not None:
            self.window.models_page.close_session()
        workers = self.worker, self.models_worker, self.summary_worker, self.window.exchange
        ended = [worker.wait(_ENDS_WITHIN) for worker in workers]
        return all(ended)


@contextlib.contextmanager
def _collected_here() -> Iterator[None]:
    """What is let go of meanwhile is collected by this thread, for a widget that another collects would be a crash."""
    gc.disable()
    try:
        yield
        gc.collect()
    finally:
        gc.enable()


def _prepare_to_show_answers() -> None:
    """Loads what the first answer shown needs and the first window does not: the first chat is opened the sooner."""
    parser()
    grammar("python")


def _prepare_settings() -> None:
    """Loads the pages' modules, so that they open at once."""
    import desktop_llm.ui.settings_page
    import desktop_llm.ui.summary_page
    import desktop_llm.ui.summary_session  # noqa: F401 - only to have them


def _engine(settings: Settings, library: ModelLibrary, experience: Experience) -> Engine:
    engine = Engine(settings.loading, experience=experience, shape_of=lambda path: library.header(path).shape)
    hand_over(engine, settings)
    return engine


def _hardware(engine: Engine) -> Hardware:
    """This computer as the engine sees it, as soon as that stands."""
    from desktop_llm.engine.hardware import busy, computer
    from desktop_llm.engine.measuring import measure_computer, measured_here
    from desktop_llm.ui.models_session import Hardware

    def seen() -> Computer:
        ready = engine.ready
        return computer(ready.devices, engine.loading.devices, ready.system) if ready else computer(())

    def still_true(speeds: Speeds) -> bool:
        return engine.ready is None or measured_here(speeds, engine.ready)

    return Hardware(seen, measure_computer, still_true, busy)


def main(file: Path | None = None) -> int:
    """Opens the window with a model or exported conversations, or has the one do so that is open. Raises UserError."""
    settings, notice = open_settings(settings_file())
    application = _application(settings)
    only = OnlyWindow(data_folder(), application)
    if not _is_first(only, file):
        return 0
    app = App(application, settings, file, notice)
    only.asked.connect(app.come_forward)
    _catch_faults(app.worker.post)
    _leave_on_signals(application)
    app.show()
    _keep_log()
    code = application.exec()
    only.close()
    if not app.close():
        _log.warning("left without waiting any longer for a disk or a network that does not answer")
        os._exit(code)
    return code


def _is_first(only: OnlyWindow, file: Path | None) -> bool:
    try:
        return only.begins(file)
    except UserError as error:
        if sys.stderr is None or not sys.stderr.isatty():
            QMessageBox.warning(None, "Desktop LLM", in_words(error.problem))
        raise


def _application(settings: Settings) -> QApplication:
    application = QApplication(sys.argv[:1])
    application.setApplicationName("desktop-llm")
    application.setApplicationDisplayName("Desktop LLM")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("desktop-llm")
    application.setWindowIcon(QIcon(icon("logo", LIGHT.accent, 64)))
    tell_roles()
    translate(application, settings.appearance.language)
    return application


def translate(application: QApplication, language: str) -> None:
    """Puts the program into `language`, "system" for that of the computer."""
    locale = QLocale.system() if language == "system" else QLocale(language)
    QLocale.setDefault(locale)
    application.setLayoutDirection(locale.textDirection())
    for spoken in application.findChildren(QTranslator):
        QCoreApplication.removeTranslator(spoken)
        spoken.deleteLater()
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", qt), ("desktop_llm", str(resource("translations")))):
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            QCoreApplication.installTranslator(translator)


def _keep_log() -> None:
    """What goes wrong is written down on this computer, and sent nowhere."""
    import logging.handlers  # late: the first window needs none

    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        path = log_folder() / "desktop-llm.log"
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
        faulthandler.enable(open(log_folder() / "crash.log", "a", encoding="utf-8"))  # noqa: SIM115 - open for ever
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)


def _catch_faults(post: Callable[[object], None]) -> None:
    """An exception nobody expected is logged and told, and the program goes on."""

    def caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("%s", details)
        sys.stderr.write(details)
        post(Told(Problem("Something went wrong inside the program; it goes on.", details=details)))

    sys.excepthook = caught
    threading.excepthook = lambda arguments: caught(*arguments[:3])


def _leave_on_signals(application: QApplication) -> None:
    """SIGINT and SIGTERM close the window as a click would; the timer is for Python to see them in Qt's loop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.quit())
    look = QTimer(application)
    look.timeout.connect(_run_python)
    look.start(500)


def _run_python() -> None:
    """Signals are handled between two steps of Python code, of which Qt's loop has none."""
