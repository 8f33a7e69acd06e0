"""The queue of downloads: a few at once, the others in order, and all of them on the disk to go on after a restart."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from desktop_llm.errors import Problem, UserError
from desktop_llm.library.download import Download, Limits, Progress, part_of
from desktop_llm.library.hub import Choice, Repository
from desktop_llm.library.network import Network, Stopped
from desktop_llm.library.origin import Origin, arriving_note, arriving_notes, read_note
from desktop_llm.library.places import files_below

Phase = Literal["queued", "checking", "downloading", "waiting", "finishing", "done", "paused", "failed"]

_DEEPEST = 6
_LONGEST_CLOSING = 2.0
# A computer that sleeps or changes networks is away for longer than a command line wants to wait.
_PATIENT = Limits(tries=40)
_NOWHERE = Network(offline=True)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One row: `done` of `total` bytes; `problem` says why it waits or failed; `path` is where the model will lie."""

    id: str
    repository: str
    file: str
    quantization: str
    phase: Phase
    done: int
    total: int
    speed: float
    left: float | None
    problem: Problem | None
    path: Path


class Downloads:
    """Every method may be called from any thread; only `find_interrupted`, `start` and `close` touch the disk.

    `tell` hears of each change in its order and must not wait; of a job that was cancelled it hears nothing more.
    """

    def __init__(
        self,
        folder: Path,
        network: Callable[[], Network],
        tell: Callable[[Job], None],
        at_once: int = 2,
        limits: Limits = _PATIENT,
    ) -> None:
        self._folder, self._network, self._tell = folder, network, tell
        self._at_once, self._limits = at_once, limits
        self._lock = threading.RLock()
        self._entries: dict[str, _Entry] = {}
        self._queue: list[_Entry] = []
        self._running: dict[_Entry, threading.Thread] = {}
        self._closed = False

    def jobs(self) -> list[Job]:
        with self._lock:
            return [entry.job for entry in self._entries.values()]

    def find_interrupted(self) -> list[Job]:
        """Adds what was not finished, by whatever ended it, as paused rows; returns those that are new."""
        found = [entry for note in _by_age(self._folder) if (entry := self._interrupted(note))]
        with self._lock:
            known = self._entries.keys() | {entry.job.id for entry in self._running}
            new = {entry.job.id: entry for entry in found if entry.job.id not in known}
            self._entries |= new
            return [entry.job for entry in new.values()]

    # ---- what the person wishes

    def start(self, repository: Repository, choice: Choice) -> Job:
        """Queues it, or goes on with it where it is a row already. Raises UserError for names that cannot be kept."""
        fresh = self._entry(repository, choice)
        with contextlib.suppress(OSError):
            # Also what waits its turn is there after a restart.
            self._plan(repository, choice).note()
        with self._lock:
            entry = self._entries.setdefault(fresh.job.id, fresh)
            if entry not in self._running and entry is not fresh:
                # What the Hub says now; a part of another state of the file is not gone on with.
                entry.repository, entry.choice = repository, choice
                entry.job = replace(entry.job, total=choice.size)
            self.go_on(entry.job.id)
            return entry.job

    def go_on(self, id: str) -> None:
        """Goes on with what is paused, or has failed; where it is just being paused, after that."""
        with self._lock:
            entry = self._entries.get(id)
            if entry is None or self._closed or entry in self._queue:
                return
            if entry not in self._running:
                self._enqueue(entry)
            elif entry.wish == "pause":
                entry.wish = "again"

    retry = go_on

    def pause(self, id: str) -> None:
        with self._lock:
            entry = self._entries.get(id)
            if entry in self._running:
                entry.end("pause")
            elif entry in self._queue:
                self._queue.remove(entry)
                self._change(entry, phase="paused")

    def pause_all(self) -> None:
        with self._lock:
            for id in self._entries:
                self.pause(id)

    def cancel(self, id: str) -> None:
        """Takes the row away at once, and deletes what came on a thread of its own; a model that is done stays."""
        with self._lock:
            entry = None if self._closed else self._entries.pop(id, None)
            if entry is None:
                return
            if entry in self._queue:
                self._queue.remove(entry)
            entry.end("cancel")
            if entry not in self._running and entry.job.phase != "done":
                self._begin(entry)

    def set_at_once(self, count: int) -> None:
        """More start at once; where it is fewer, those that run go on."""
        with self._lock:
            self._at_once = count
            self._dispatch()

    def close(self) -> None:
        """Pauses everything; what came stays. Nothing is told any more."""
        with self._lock:
            self._closed = True
            for entry in self._queue:
                entry.job = replace(entry.job, phase="paused")
            self._queue.clear()
            threads = dict(self._running)
            for entry in threads:
                if entry.wish != "cancel":
                    entry.end("pause")
        end = time.monotonic() + _LONGEST_CLOSING
        for thread in threads.values():
            thread.join(max(0.0, end - time.monotonic()))

    # ---- the queue, under the lock

    def _enqueue(self, entry: _Entry) -> None:
        self._queue.append(entry)
        self._change(entry, phase="queued")
        self._dispatch()

    def _dispatch(self) -> None:
        """Starts the first that may run: there is room, and no thread has the same files in hand."""
        for entry in list(self._queue):
            if self._closed or len(self._running) >= self._at_once:
                return
            if all(other.job.id != entry.job.id for other in self._running):
                self._queue.remove(entry)
                entry.wish = ""
                self._begin(entry)

    def _begin(self, entry: _Entry) -> None:
        thread = threading.Thread(target=self._work, args=(entry,), name=f"download of {entry.job.file}", daemon=True)
        self._running[entry] = thread
        thread.start()

    def _change(self, entry: _Entry, **changes: Any) -> None:
        """A row that does not run has neither speed nor time left."""
        entry.job = replace(entry.job, **{"speed": 0.0, "left": None, "problem": None, **changes})
        if self._entries.get(entry.job.id) is entry and not self._closed:
            self._tell(entry.job)

    # ---- one job, on its thread

    def _work(self, entry: _Entry) -> None:
        phase, problem = self._carried_out(entry)
        with self._lock:
            if entry.wish != "cancel":
                self._settle(entry, phase, problem)
                return
        self._discard(entry)
        with self._lock:
            del self._running[entry]
            self._dispatch()

    def _settle(self, entry: _Entry, phase: Phase, problem: Problem | None) -> None:
        del self._running[entry]
        again = entry.wish == "again" and phase == "paused" and not self._closed
        if again:
            self._queue.append(entry)
        self._change(entry, phase="queued" if again else phase, problem=problem, done=self._came(entry, phase))
        self._dispatch()

    def _carried_out(self, entry: _Entry) -> tuple[Phase, Problem | None]:
        try:
            self._download(entry)
        except Stopped:
            return "paused", None
        except UserError as error:
            return "failed", error.problem
        except Exception as error:
            # A bug: the row says so, and the next one has its turn.
            _log.exception("The download of %s failed", entry.job.id)
            text = "The download of {name} failed ({reason})."
            values = {"name": entry.job.file, "reason": f"{type(error).__name__}: {error}"}
            return "failed", Problem(text, "Try again.", values, "retry")
        return "done", None

    def _download(self, entry: _Entry) -> None:
        if entry.wish:
            raise Stopped
        report = functools.partial(self._report, entry)
        download = Download(self._network(), entry.repository, entry.choice, self._folder, report, self._limits)
        with self._lock:
            entry.download = download
            entry.end(entry.wish)
        download.run()

    def _report(self, entry: _Entry, progress: Progress) -> None:
        """Done is only what has ended well in every respect."""
        if progress.phase == "done":
            return
        with self._lock:
            self._change(
                entry, phase=cast(Phase, progress.phase), done=progress.done, total=progress.total,
                speed=progress.speed, left=progress.left, problem=progress.problem,
            )  # fmt: skip

    def _came(self, entry: _Entry, phase: Phase) -> int:
        if phase == "done":
            return entry.job.total
        return entry.download.came if entry.download else entry.job.done

    def _discard(self, entry: _Entry) -> None:
        download = entry.download or self._plan(entry.repository, entry.choice)
        download.discard()

    # ---- rows

    def _plan(self, repository: Repository, choice: Choice) -> Download:
        """Not to be run: it knows where everything lies."""
        return Download(_NOWHERE, repository, choice, self._folder)

    def _entry(self, repository: Repository, choice: Choice) -> _Entry:
        plan = self._plan(repository, choice)
        name = choice.files[0].name
        job = Job(f"{repository.id}/{name}", repository.id, name, choice.quantization, "paused", plan.came,
                  choice.size, 0.0, None, None, plan.path)  # fmt: skip
        return _Entry(job, repository, choice)

    def _interrupted(self, note: Path) -> _Entry | None:
        """What a note says, where it lies at its place: names in it are a stranger's."""
        origin = read_note(note)
        try:
            entry = self._entry(origin.repository, origin.choice) if origin else None
        except UserError:
            return None
        return entry if entry and arriving_note(entry.job.path) == note else None


class _Entry:
    """A job under way. `wish`: what shall come after this run: nothing else, "pause", "again" or "cancel"."""

    def __init__(self, job: Job, repository: Repository, choice: Choice) -> None:
        self.job, self.repository, self.choice = job, repository, choice
        self.download: Download | None = None
        self.wish = ""

    def end(self, wish: str) -> None:
        self.wish = wish
        if self.download and wish:
            (self.download.cancel if wish == "cancel" else self.download.pause)()


# ---- what is left on the disk


def partial_files(folder: Path) -> list[tuple[Path, int]]:
    """The parts no row goes on with, and their bytes; `delete_part` of the module `download` deletes one."""
    wanted = {part for note in arriving_notes(folder) if (origin := read_note(note)) for part in _parts(note, origin)}
    parts = files_below(folder, _DEEPEST, lambda name: name.lower().endswith(".gguf.part"))
    return [(part, _size(part)) for part in parts if part not in wanted]


def _parts(note: Path, origin: Origin) -> list[Path]:
    return [part_of(note.with_name(Path(file.name).name)) for file in origin.choice.files]


def _by_age(folder: Path) -> list[Path]:
    notes = {note: _changed(note) for note in arriving_notes(folder)}
    return sorted(notes, key=lambda note: notes[note])


def _size(part: Path) -> int:
    with contextlib.suppress(OSError):
        return part.stat().st_size
    return 0


def _changed(note: Path) -> float:
    with contextlib.suppress(OSError):
        return note.stat().st_mtime
    return 0.0
