"""What loading and asking each model taught on this computer: kept in one file, and of use, never necessary."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from desktop_llm.fields import plain, revive
from desktop_llm.settings import Loading
from desktop_llm.speed import Speeds

MOST_LESSONS = 500


@dataclass(frozen=True)
class Lesson:
    """Of one file: `worked` is how it was loaded when it was `asked` for so. Bytes, tokens/s, seconds of time().

    `devices`: what the engine could compute on then, by name.
    """

    asked: Loading | None = None
    worked: Loading | None = None
    memory: int = 0
    tokens_per_s: float = 0.0
    last_used: float = 0.0
    devices: tuple[str, ...] = ()


class Experience:
    """Safe to use from any thread; a file that cannot be read or written costs only what it would have taught."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept: dict[str, dict[str, Any]] | None = None
        self._lock = threading.Lock()

    def of(self, model: Path) -> Lesson:
        """What is known of this very file on this computer; an empty lesson for a new one."""
        with self._lock:
            if self._kept is None:
                self._kept = self._read()
            return _lesson(self._kept["lessons"].get(_key(model)))

    def note_loaded(
        self, model: Path, asked: Loading, worked: Loading, memory: int, devices: tuple[str, ...] = ()
    ) -> None:
        def learned(lesson: Lesson) -> Lesson:
            return replace(lesson, asked=asked, worked=worked, memory=memory, devices=devices)

        self._learn(model, learned)

    def note_answer(self, model: Path, tokens_per_s: float) -> None:
        self._learn(model, lambda lesson: replace(lesson, tokens_per_s=tokens_per_s))

    def forget_loading(self, model: Path) -> None:
        """The next load is tried as it is asked for."""
        self._learn(model, lambda lesson: replace(lesson, asked=None, worked=None))

    def speeds(self) -> Speeds | None:
        """The last measurement of this computer."""
        with self._lock:
            if self._kept is None:
                self._kept = self._read()
            try:
                return revive(Speeds, self._kept["speeds"][_computer()])  # type: ignore[no-any-return]
            except (LookupError, TypeError, ValueError):
                return None

    def note_speeds(self, speeds: Speeds) -> None:
        with self._lock:
            kept = self._read()
            kept["speeds"][_computer()] = plain(speeds)
            self._keep(kept)

    def _learn(self, model: Path, learned: Callable[[Lesson], Lesson]) -> None:
        """Reads the file anew, so that what another window has learned meanwhile stays."""
        with self._lock:
            kept, key = self._read(), _key(model)
            lessons = kept["lessons"]
            lessons[key] = plain(replace(learned(_lesson(lessons.get(key))), last_used=time.time()))
            kept["lessons"] = dict(sorted(lessons.items(), key=_last_used)[-MOST_LESSONS:])
            self._keep(kept)

    def _read(self) -> dict[str, dict[str, Any]]:
        """What is in the file; where it cannot be read, what is known without it."""
        known: dict[str, dict[str, Any]] = self._kept or {"lessons": {}, "speeds": {}}
        if self._path is None:
            return known
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return {name: _objects(stored[name]) for name in known}
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return known

    def _keep(self, kept: dict[str, dict[str, Any]]) -> None:
        self._kept = kept
        if self._path is None:
            return
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}-{threading.get_ident()}.part")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                beside.write_text(json.dumps(kept), encoding="utf-8")
                os.replace(beside, self._path)
            finally:
                beside.unlink(missing_ok=True)


def _objects(named: Any) -> dict[str, Any]:
    return {name: item for name, item in named.items() if isinstance(item, dict)}


def _lesson(stored: Any) -> Lesson:
    try:
        return revive(Lesson, stored)  # type: ignore[no-any-return]
    except (TypeError, ValueError):
        return Lesson()


def _last_used(item: tuple[str, Any]) -> float:
    used = item[1].get("last_used")
    return used if isinstance(used, float) else 0.0


def _key(model: Path) -> str:
    """One version of one file on one computer; a home may be shared by several."""
    try:
        facts = os.stat(model)
    except (OSError, ValueError):
        return f"{_computer()}|{model}"
    return f"{_computer()}|{facts.st_size}|{facts.st_mtime_ns}|{model}"


@functools.cache
def _computer() -> str:
    """In whole GiB, for an update of the system changes what it keeps for itself."""
    processor = platform.processor() or platform.machine()
    return f"{processor}, {psutil.cpu_count()} cores, {round(psutil.virtual_memory().total / 2**30)} GiB"
