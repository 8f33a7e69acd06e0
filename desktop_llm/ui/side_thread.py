"""A thread for what takes long, beside a worker that is to stay free for what does not."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any


class SideThread:
    """Does one thing after another; begun with the first of them. `submit` never waits, from any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def submit(self, work: Callable[..., object], *arguments: Any) -> None:
        self._jobs.put(lambda: work(*arguments))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def close(self, seconds: float) -> bool:
        """Waits for what is under way, not for ever; whether that has ended. What waits is not begun any more."""
        with self._lock:
            thread, self._thread = self._thread, threading.current_thread()
        with contextlib.suppress(queue.Empty):
            while True:
                self._jobs.get_nowait()
        self._jobs.put(None)
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                sys.excepthook(*sys.exc_info())
