"""The thread that waits for disk and engine, so that the window never does."""

from __future__ import annotations

import queue
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal

from desktop_llm.errors import Problem, UserError

Job = Callable[[], Any]


@dataclass(frozen=True)
class Failed:
    """What was asked for could not be done, for a reason a person can do something about."""

    problem: Problem


class Worker(QThread):
    """Does one thing after another; what they return, and what others post, arrives as `happened`."""

    happened = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    def submit(self, work: Callable[..., Any], *arguments: Any) -> None:
        """May be called before the thread is started: the work then waits."""
        self._jobs.put(lambda: work(*arguments))

    def post(self, event: object) -> None:
        """Delivers `event` in the window's thread; from any thread."""
        self.happened.emit(event)

    def leave(self, listener: QObject, take: Callable[[Any], None]) -> None:
        """The listener takes what was told so far, and hears nothing any more."""
        self.happened.disconnect(take)
        QCoreApplication.sendPostedEvents(listener, QEvent.Type.MetaCall.value)

    def finish(self) -> None:
        """No more work is begun after what is already waiting."""
        self._jobs.put(None)

    def run(self) -> None:
        while (job := self._jobs.get()) is not None:
            result = self._done(job)
            if result is not None:
                self.post(result)
        self._jobs.put(None)  # started again by what was still under way, it ends at once

    def _done(self, job: Job) -> Any:
        try:
            return job()
        except UserError as error:
            return Failed(error.problem)
        except Exception:
            sys.excepthook(*sys.exc_info())
            return None
