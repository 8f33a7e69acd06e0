"""The whole program in this process: the real window, worker, store and engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import App
from desktop_llm.settings import Appearance, Settings
from desktop_llm.ui.worker import Worker

PATIENCE = 60_000  # milliseconds; a busy machine is slow, not wrong


class Person:
    """Someone at the window: types, clicks, and waits until they see what they wait for."""

    def __init__(self, app: App, qtbot: QtBot) -> None:
        self.app, self.window, self.chat, self._qtbot = app, app.window, app.window.chat, qtbot

    def sees(self, true: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(true()), timeout=PATIENCE)

    def writes(self, text: str) -> None:
        self._qtbot.keyClicks(self.chat.composer.edit, text)
        self._qtbot.keyClick(self.chat.composer.edit, Qt.Key.Key_Return)

    def sees_answers(self, count: int) -> None:
        """`count` answers in this conversation have ended."""
        self.sees(lambda: self.button() == "Send" and len(self.answers()) == count)

    def button(self) -> str:
        return self.chat.composer.button.accessibleName()

    def clicks_button(self) -> None:
        self._qtbot.mouseClick(self.chat.composer.button, Qt.MouseButton.LeftButton)

    def answers(self) -> list[str]:
        return [self.chat.transcript.message_text(m.id) for m in self.stored() if m.role == "assistant"]

    def stored(self) -> list[object]:
        conversation = self.chat.conversation()
        return [] if conversation is None else self.app.session._store_of(conversation).messages(conversation)

    def titles(self) -> list[str]:
        """What the sidebar's list shows."""
        rows = self.window.sidebar.list.model()
        return [rows.index(row, 0).data() for row in range(rows.rowCount())]

    def goes_to(self, row: int) -> None:
        items = self.window.sidebar.list
        items.setCurrentIndex(items.model().index(row, 0))
        self._qtbot.keyClick(items, Qt.Key.Key_Return)


@pytest.fixture(autouse=True)
def threads_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that leaves a worker's thread running would have Qt abort as all tests end."""
    begun: list[Worker] = []
    start = Worker.start

    def noted(worker: Worker) -> None:
        begun.append(worker)
        start(worker)

    monkeypatch.setattr(Worker, "start", noted)
    yield
    assert not [worker for worker in begun if shiboken6.isValid(worker) and worker.isRunning()]


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's computer is measured beside tests."""
    monkeypatch.setattr("desktop_llm.engine.hardware.busy", lambda: True)


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, home: Path) -> Iterator[Callable[..., Person]]:
    """Starts the program, as often as a test likes; each start is the same person's on the same computer."""
    begun: list[App] = []

    def started(model: Path | None = None, settings: Settings | None = None) -> Person:
        while begun:
            begun.pop().close()
        app = App(qapp, settings or Settings(appearance=Appearance(theme="light")), model)
        begun.append(app)
        qtbot.addWidget(app.window)
        app.window.resize(1280, 800)  # the offscreen platform's screen is smaller
        app.show()
        qtbot.waitExposed(app.window)
        return Person(app, qtbot)

    yield started
    while begun:
        begun.pop().close()
