"""The worker's thread: one thing after another, failures in words, everything delivered in the window's thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.errors import Problem, PromptError
from desktop_llm.ui.worker import Failed, Worker

PATIENCE = 60_000


class Window(QObject):
    """What is delivered, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[Any] = []
        self.threads: set[int] = set()

    @Slot(object)
    def take(self, event: object) -> None:
        self.delivered.append(event)
        self.threads.add(threading.get_ident())


@pytest.fixture
def window(qapp: QApplication) -> Window:
    return Window()


@pytest.fixture
def worker(window: Window) -> Iterator[Worker]:
    worker = Worker()
    worker.happened.connect(window.take)
    yield worker
    if not worker.isFinished():
        worker.start()
        worker.finish()
    assert worker.wait(PATIENCE)


def fail(error: Exception) -> None:
    raise error


def test_work_is_done_in_order_also_what_was_submitted_before_the_start(
    worker: Worker, window: Window, qtbot: QtBot
) -> None:
    for n in range(50):
        worker.submit(lambda n: n, n)
    worker.start()
    for n in range(50, 100):
        worker.submit(lambda n: n, n)
    qtbot.waitUntil(lambda: len(window.delivered) == 100, timeout=PATIENCE)
    assert window.delivered == list(range(100))


def test_work_runs_outside_the_windows_thread_and_arrives_in_it(worker: Worker, window: Window, qtbot: QtBot) -> None:
    worker.start()
    worker.submit(threading.get_ident)
    qtbot.waitUntil(lambda: bool(window.delivered), timeout=PATIENCE)
    assert window.delivered != [threading.get_ident()]
    assert window.threads == {threading.get_ident()}


def test_what_returns_nothing_delivers_nothing(worker: Worker, window: Window, qtbot: QtBot) -> None:
    worker.start()
    worker.submit(lambda: None)
    worker.submit(lambda: 0)
    qtbot.waitUntil(lambda: bool(window.delivered), timeout=PATIENCE)
    assert window.delivered == [0]


def test_a_problem_arrives_in_words_and_the_thread_lives_on(worker: Worker, window: Window, qtbot: QtBot) -> None:
    problem = Problem("There is nothing to send.", "Write a message first.")
    worker.start()
    worker.submit(fail, PromptError(problem))
    worker.submit(lambda: "next")
    qtbot.waitUntil(lambda: len(window.delivered) == 2, timeout=PATIENCE)
    assert window.delivered == [Failed(problem), "next"]


def test_a_bug_reaches_the_excepthook_and_the_thread_lives_on(
    worker: Worker, window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: reported.append(error))
    worker.start()
    worker.submit(fail, ZeroDivisionError("a bug"))
    worker.submit(lambda: "next")
    qtbot.waitUntil(lambda: bool(window.delivered), timeout=PATIENCE)
    assert window.delivered == ["next"]
    assert [type(error) for error in reported] == [ZeroDivisionError]


def test_events_of_any_thread_arrive_in_the_windows_thread_in_their_order(
    worker: Worker, window: Window, qtbot: QtBot
) -> None:
    def post(name: int) -> None:
        for n in range(500):
            worker.post((name, n))

    threads = [threading.Thread(target=post, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    qtbot.waitUntil(lambda: len(window.delivered) == 2000, timeout=PATIENCE)
    for thread in threads:
        thread.join()
    assert window.threads == {threading.get_ident()}
    for name in range(4):
        assert [n for one, n in window.delivered if one == name] == list(range(500))


def test_posting_does_not_wait_for_a_window_that_is_busy(worker: Worker, window: Window, qtbot: QtBot) -> None:
    """Nothing is delivered while this thread runs no event loop: whoever posts must come through all the same."""

    def post_many() -> None:
        for n in range(20_000):
            worker.post(n)

    poster = threading.Thread(target=post_many)
    poster.start()
    poster.join(PATIENCE / 1000)
    assert not poster.is_alive()
    assert window.delivered == []
    qtbot.waitUntil(lambda: len(window.delivered) == 20_000, timeout=PATIENCE)
    assert window.delivered == list(range(20_000))


def test_a_function_may_listen_and_hears_in_the_windows_thread(worker: Worker, qtbot: QtBot) -> None:
    heard: list[tuple[object, int]] = []
    worker.happened.connect(lambda event: heard.append((event, threading.get_ident())))
    worker.start()
    worker.submit(lambda: "done")
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE)
    assert heard == [("done", threading.get_ident())]


def test_finish_ends_the_thread_after_what_is_waiting(worker: Worker, window: Window, qtbot: QtBot) -> None:
    for n in range(10):
        worker.submit(lambda n: n, n)
    worker.finish()
    worker.submit(lambda: "too late")
    worker.start()
    assert worker.wait(PATIENCE)
    assert worker.isFinished()
    qtbot.waitUntil(lambda: len(window.delivered) == 10, timeout=PATIENCE)
    assert window.delivered == list(range(10))


def test_nothing_and_the_truth_survive_a_thousand_deliveries(worker: Worker, window: Window, qtbot: QtBot) -> None:
    """PySide6 6.12 loses a reference of None and True with each signal on Python 3.11."""
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(2000):
        worker.post(True)
        worker.post(None)
    qtbot.waitUntil(lambda: len(window.delivered) == 4000, timeout=PATIENCE)
    window.delivered.clear()
    assert sys.getrefcount(None) > before[0] - 500
    assert sys.getrefcount(True) > before[1] - 500


def test_a_worker_that_ended_and_is_started_again_ends_at_once(worker: Worker) -> None:
    worker.finish()
    worker.start()
    assert worker.wait(PATIENCE)
    worker.start()
    assert worker.wait(PATIENCE)
