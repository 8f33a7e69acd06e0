"""One download: every byte that came is kept, what is put in place is verified, and it stops at once."""

from __future__ import annotations

import collections
import contextlib
import errno
import hashlib
import itertools
import json
import os
import re
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from desktop_llm.errors import Problem, UserError, phrase
from desktop_llm.library.header import read_header, shown
from desktop_llm.library.hub import Choice, RemoteFile, Repository, check_answer, file_url, no_hub
from desktop_llm.library.network import Answer, Network, NetworkError, Stop
from desktop_llm.library.origin import Origin, arriving_note, origin_note, origin_of, write_note
from desktop_llm.library.remote_recommended import Asking

_RECEIVED_AT_ONCE = 256 * 1024
_READ_AT_ONCE = 1024 * 1024
_LEAST_IN_TIME = 2048
_TELL_EVERY = 0.1
_SPEED_OVER = 5.0
_LONGEST_NAME = 150
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\/]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_ON_WINDOWS = 112
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_LOCKED_BYTE = 2**62
_RENAME_TRIES, _RENAME_WAIT = 10, 0.5


@dataclass(frozen=True)
class Limits:
    """`reserve`: bytes left free on the disk. `tries`: how often in a row nothing may come; waits in seconds."""

    reserve: int = 1024**3
    tries: int = 7
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked_wait: float = 600.0


@dataclass(frozen=True)
class Progress:
    """`phase`: checking (what is there already), downloading, waiting (`problem` says why), finishing or done.

    `done` of `total` bytes; `speed` in bytes per second over the last seconds; `left` seconds, where that is known.
    """

    name: str
    phase: str
    done: int
    total: int
    speed: float = 0.0
    left: float | None = None
    problem: Problem | None = None


class Download:
    """All files of one model; `run` belongs to one thread, `pause` and `cancel` may come from any."""

    def __init__(
        self,
        network: Network,
        repository: Repository,
        choice: Choice,
        folder: Path,
        report: Callable[[Progress], None] = lambda _: None,
        limits: Limits = Limits(),
    ) -> None:
        self.choice = choice
        self._network, self._repository = network, repository
        self._folder, self._limits = folder, limits
        self._targets = [_target(folder, repository.id, file.name) for file in choice.files]
        self._meter = _Meter(choice.name, choice.size, report)
        self._stop = Stop()
        self._asking = Asking(network, repository)
        self._unwanted = threading.Event()
        self._placed: list[Path] = []

    @property
    def path(self) -> Path:
        """Where the model will lie: its first file."""
        return self._targets[0]

    @property
    def parts(self) -> list[Path]:
        """The files that hold what came of those that are not whole."""
        return [part_of(target) for target in self._targets]

    @property
    def came(self) -> int:
        """How many bytes are on the disk already."""
        pairs = zip(self._targets, self.choice.files, strict=True)
        return sum(min(_there(target, file.size), file.size) for target, file in pairs)

    def note(self) -> None:
        """Writes down what is needed to go on without asking the Hub again. Raises OSError."""
        write_note(arriving_note(self.path), self._origin(0.0))

    def pause(self) -> None:
        """Ends `run` with Stopped, at once; the next download of the same model goes on from there."""
        self._stop.set()
        self._asking.end()

    def cancel(self) -> None:
        """As `pause`, but what came so far is deleted."""
        self._unwanted.set()
        self.pause()

    def run(self) -> Path:
        """Downloads what is missing. Raises UserError, or Stopped; what came so far is kept."""
        try:
            return self._run()
        except OSError as error:
            raise _of_the_disk(error, self._folder) from error
        finally:
            self._asking.end()
            if self._unwanted.is_set():
                self.discard()

    def _run(self) -> Path:
        self._check_disk()
        self.note()
        self._asking.start()
        for file, target in zip(self.choice.files, self._targets, strict=True):
            with contextlib.closing(_PartFile(target, file)) as part:
                self._fetch(part)
            self._meter.base += file.size
        self._stop.check()
        read_header(self.path)
        self._note_end()
        self._meter.tell("done", 0)
        return self.path

    def _origin(self, when: float) -> Origin:
        return Origin(replace(self._repository, choices=(self.choice,)), when)

    def _note_end(self) -> None:
        """The model is whole, also where there is no room left to say so."""
        before = origin_of(self.path)
        origin = self._origin(time.time())
        with contextlib.suppress(OSError):
            # First without what is still being asked for, then with it.
            write_note(origin_note(self.path), replace(origin, recommended=before.recommended if before else {}))
            arriving_note(self.path).unlink(missing_ok=True)
            if recommended := self._asking.answer():
                write_note(origin_note(self.path), replace(origin, recommended=recommended))

    def _fetch(self, part: _PartFile) -> None:
        part.open()
        if part.is_in_place(self._stop, self._meter):
            part.delete()
            return
        if part.missing:
            self._network.check_allowed()
        part.check(self._stop, self._meter)
        _Transfer(self._network, self._repository, part, self._stop, self._meter, self._limits).complete()
        self._meter.tell("finishing", part.length)
        part.put_in_place(self._stop)
        self._placed.append(part.target)

    def _check_disk(self) -> None:
        missing = self.choice.size - self.came
        free = shutil.disk_usage(_existing(self._folder)).free
        if missing and free < missing + self._limits.reserve:
            text = "The disk of {folder} is too full: the download needs {need}, {free} are free."
            values = {"folder": str(self._folder), "need": amount(missing + self._limits.reserve), "free": amount(free)}
            raise UserError(Problem(text, "Free some space, then start the download again.", values, "retry"))

    def discard(self) -> None:
        """Deletes what came, once `run` has ended; a model that was complete before stays."""
        there = [target for target in self._targets if target.exists()]
        for target, file in zip(self._targets, self.choice.files, strict=True):
            with contextlib.suppress(UserError, OSError), contextlib.closing(_PartFile(target, file)) as part:
                # Opened first, for it may be another program's by now.
                part.open()
                part.delete()
        if any(part.exists() for part in self.parts):
            return
        # Without all its parts a split model is none, whoever brought them.
        doomed = self._placed if len(there) == len(self._targets) else there
        for path in (*doomed, *([origin_note(self.path)] if doomed else []), arriving_note(self.path)):
            with contextlib.suppress(OSError):
                path.unlink()
        self._remove_empty_folders()

    def _remove_empty_folders(self) -> None:
        with contextlib.suppress(OSError):
            for folder in itertools.takewhile(lambda folder: folder != self._folder, self.path.parents):
                folder.rmdir()


# ---- the bytes of one file


class _Transfer:
    """Asks for the rest of a file until it is whole, however often the line breaks."""

    def __init__(
        self,
        network: Network,
        repository: Repository,
        part: _PartFile,
        stop: Stop,
        meter: _Meter,
        limits: Limits,
    ) -> None:
        self._network, self._repository, self._part = network, repository, part
        self._stop, self._meter, self._limits = stop, meter, limits
        self._ranges = True

    def complete(self) -> None:
        """Raises UserError or Stopped."""
        self._fill()
        if self._part.is_sound():
            return
        # Where the mistake lies nobody knows, so the whole file comes once more, without what was there.
        self._part.restart()
        self._fill()
        if not self._part.is_sound():
            self._part.delete()
            raise UserError(_damaged(self._part.wanted.name))

    def _fill(self) -> None:
        in_vain = 0
        while self._part.missing:
            before = self._part.length
            try:
                self._attempt()
            except NetworkError as error:
                in_vain = 0 if self._part.length > before else in_vain + 1
                if not error.passing or in_vain >= self._limits.tries:
                    raise
                self._wait(error, in_vain)

    def _wait(self, error: NetworkError, in_vain: int) -> None:
        if error.wait > self._limits.longest_asked_wait:
            raise error
        seconds = min(self._limits.first_wait * 2 ** max(0, in_vain - 1), self._limits.longest_wait)
        self._meter.tell("waiting", self._part.length, error.problem)
        self._stop.wait(max(seconds, error.wait))

    def _attempt(self) -> None:
        self._stop.check()
        part, file = self._part, self._part.wanted
        url = file_url(self._network, self._repository, file)
        why = phrase("download of {name}")
        with self._network.open(url, why, self._asked(), self._stop, file.name) as answer:
            if answer.status == 416:
                self._begin_anew()
            check_answer(answer, self._network, self._repository.id, file.name)
            self._check_same_file(answer)
            self._begin(answer)
            self._take(answer)
        if part.missing:
            raise _broken_off(answer.host)

    def _asked(self) -> dict[str, str]:
        part = self._part
        if not part.length or not self._ranges:
            return {}
        asked = {"Range": f"bytes={part.length}-"}
        return asked | ({"If-Range": part.etag} if part.etag else {})

    def _check_same_file(self, answer: Answer) -> None:
        """Raises NetworkError where the Hub, or who sends, has another file than was looked at."""
        file, linked = self._part.wanted, answer.from_hub("X-Linked-Etag").strip('"')
        named = _RANGE.fullmatch(answer.header("Content-Range"))
        total = named[3] if named and answer.status == 206 else answer.header("Content-Length")
        other_size = total.isdecimal() and int(total) != file.size
        if other_size or (file.sha256 and len(linked) == 64 and linked != file.sha256):
            text = "{name} is another file on {host} than the Hub lists."
            values = {"name": shown(file.name), "host": answer.host}
            raise NetworkError(Problem(text, "Start the download again; choose another mirror if that does not help.",
                                       values, "retry"))  # fmt: skip

    def _begin(self, answer: Answer) -> None:
        """Makes the part ready for the bytes that come: its end for the rest, empty for the whole."""
        if answer.status == 206 and not self._fits(answer):
            self._begin_anew()
        if answer.status == 206 and self._part.length:
            return
        if first := answer.read(_RECEIVED_AT_ONCE):
            self._begin_whole(first, answer.header("ETag"))

    def _fits(self, answer: Answer) -> bool:
        """Whether these bytes follow those that are there."""
        part, named = self._part, _RANGE.fullmatch(answer.header("Content-Range"))
        if not named or int(named[1]) != part.length or int(named[2]) >= part.wanted.size:
            return False
        same = not part.etag or answer.header("ETag") in ("", part.etag)
        # Each server of a mirror may have its own tag, but the Hub's own word is the file's hash.
        return same or answer.from_hub("X-Linked-Etag").strip('"') == part.wanted.sha256 != ""

    def _begin_whole(self, first: bytes, etag: str) -> None:
        """Gives up what is there only when the first bytes look like a model."""
        part = self._part
        if not first.startswith(b"GGUF"[: len(first)]):
            raise NetworkError(_no_model(self._network, part.wanted.name, first))
        part.restart()
        self._ranges = True
        part.note_etag(etag)
        part.append(first[: part.missing])

    def _begin_anew(self) -> None:
        """A server that answers nonsense to a wish for the rest is asked for the whole."""
        self._ranges = False
        raise NetworkError(_confused(), passing=True)

    def _take(self, answer: Answer) -> None:
        part = self._part
        since, mark = time.monotonic(), part.length
        while part.missing and (data := answer.read(_RECEIVED_AT_ONCE)):
            part.append(data[: part.missing])
            self._meter.tell("downloading", part.length)
            if time.monotonic() - since > self._network.timeouts.answer:
                if part.length - mark < _LEAST_IN_TIME:
                    return
                since, mark = time.monotonic(), part.length


class _PartFile:
    """`NAME.part` beside the target, with a note of what it is a part of; locked while it is open."""

    def __init__(self, target: Path, wanted: RemoteFile) -> None:
        self.target, self.wanted = target, wanted
        self.path = part_of(target)
        self.length = 0
        self.etag = ""
        self._notes = target.with_name(f"{target.name}.part.json")
        self._file: IO[bytes] | None = None
        self._digest = _digest(wanted)

    @property
    def missing(self) -> int:
        return self.wanted.size - self.length

    def open(self) -> None:
        """Raises UserError where another program downloads the same file, OSError where the disk refuses."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self._file = _locked(self.path)
        self.length = os.fstat(self._file.fileno()).st_size
        noted = self._noted()
        if self.length > self.wanted.size or noted.get("hash", self._identity) != self._identity:
            self.restart()
        self.note_etag(noted.get("etag", ""))

    def is_in_place(self, stop: Stop, meter: _Meter) -> bool:
        """Whether the target is there already, to the last bit."""
        if not self.target.is_file() or self.target.stat().st_size != self.wanted.size:
            return False
        digest = _digest(self.wanted)
        with open(self.target, "rb") as file:
            _hash(file, digest, stop, meter)
        return _is(digest, self.wanted)

    def check(self, stop: Stop, meter: _Meter) -> None:
        """Reads what is there, so that the end of the file completes its hash."""
        file = self._opened()
        file.seek(0)
        self._digest = _digest(self.wanted)
        _hash(file, self._digest, stop, meter)
        file.seek(self.length)

    def append(self, data: bytes) -> None:
        """Keeps what fits, also where the disk is full before the end of it."""
        view, file = memoryview(data), self._opened()
        while view:
            written = file.write(view)
            self._digest.update(view[:written])
            self.length += written
            view = view[written:]

    def restart(self) -> None:
        file = self._opened()
        file.seek(0)
        file.truncate()
        self._digest = _digest(self.wanted)
        self.length = 0

    def is_sound(self) -> bool:
        return _is(self._digest, self.wanted)

    def note_etag(self, etag: str) -> None:
        """A weak one does not tell one state of a file from another."""
        self.etag = etag if etag.startswith('"') and etag.isascii() and etag.isprintable() else ""
        beside = self._notes.with_suffix(".new")
        beside.write_text(json.dumps({"hash": self._identity, "etag": self.etag}), encoding="utf-8")
        os.replace(beside, self._notes)

    def put_in_place(self, stop: Stop) -> None:
        os.fsync(self._opened().fileno())
        if os.name == "nt":
            self.close()
        _replace(self.path, self.target, stop)
        self._notes.unlink(missing_ok=True)
        sync_folder(self.target.parent)

    def delete(self) -> None:
        if os.name == "nt":
            self.close()
        for path in (self.path, self._notes):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    @property
    def _identity(self) -> str:
        return self.wanted.sha256 or self.wanted.git_hash

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("the part is not open")
        return self._file

    def _noted(self) -> dict[str, str]:
        try:
            noted = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {k: v for k, v in noted.items() if isinstance(v, str)} if isinstance(noted, dict) else {}


# ---- hashes


def _digest(wanted: RemoteFile) -> Any:
    """SHA-256 of the bytes, or for a small file git's own kind of SHA-1."""
    if wanted.sha256 or not wanted.git_hash:
        return hashlib.sha256()
    return hashlib.sha1(f"blob {wanted.size}\0".encode(), usedforsecurity=False)


def _is(digest: Any, wanted: RemoteFile) -> bool:
    expected = wanted.sha256 or wanted.git_hash
    return not expected or digest.hexdigest() == expected


def _hash(file: IO[bytes], digest: Any, stop: Stop, meter: _Meter) -> None:
    done = 0
    while data := file.read(_READ_AT_ONCE):
        stop.check()
        digest.update(data)
        done += len(data)
        meter.tell("checking", done)


# ---- how far it is


class _Meter:
    """Tells at most ten times a second, and whenever the phase changes."""

    def __init__(self, name: str, total: int, report: Callable[[Progress], None]) -> None:
        self.base = 0
        self._name, self._total, self._report = name, total, report
        self._phase, self._told = "", 0.0
        self._marks: collections.deque[tuple[float, int]] = collections.deque()

    def tell(self, phase: str, done: int, problem: Problem | None = None) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._told < _TELL_EVERY:
            return
        if phase != self._phase or (self._marks and self.base + done < self._marks[-1][1]):
            self._marks.clear()
        self._phase, self._told = phase, now
        done += self.base
        speed = self._speed(now, done) if phase == "downloading" else 0.0
        left = (self._total - done) / speed if speed else None
        self._report(Progress(self._name, phase, done, self._total, speed, left, problem))

    def _speed(self, now: float, done: int) -> float:
        self._marks.append((now, done))
        while now - self._marks[0][0] > _SPEED_OVER:
            self._marks.popleft()
        begun, before = self._marks[0]
        return (done - before) / (now - begun) if now > begun else 0.0


# ---- places on the disk


def _target(folder: Path, identity: str, name: str) -> Path:
    """Where a file of a stranger's choosing may lie: below the folder, under a name every system takes."""
    parts = [*identity.split("/"), *name.split("/")]
    if not all(_is_harmless(part) for part in parts) or not name.lower().endswith(".gguf"):
        raise _unfit(name)
    target = folder.joinpath(*(unicodedata.normalize("NFC", part) for part in parts))
    if not target.resolve().is_relative_to(folder.resolve()):
        raise _unfit(name)
    return target


def _is_harmless(part: str) -> bool:
    plain = part.strip(" .") == part and 0 < len(part) <= _LONGEST_NAME
    return plain and part.isprintable() and not _FORBIDDEN.search(part) and not _DEVICES.match(part)


def part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def delete_part(path: Path) -> None:
    """Deletes a part nobody goes on with. Raises UserError where one is being downloaded just now."""
    try:
        with contextlib.closing(_PartFile(path.with_suffix(""), RemoteFile(path.stem, 0, ""))) as part:
            part.open()
            part.delete()
    except OSError as error:
        raise _of_the_disk(error, path.parent) from error


def _there(target: Path, size: int) -> int:
    """How much of a file need not be written any more."""
    with contextlib.suppress(OSError):
        if target.stat().st_size == size:
            return size
    with contextlib.suppress(OSError):
        return part_of(target).stat().st_size
    return 0


def _existing(folder: Path) -> Path:
    return next((path for path in (folder, *folder.parents) if path.is_dir()), folder)


def _locked(path: Path) -> IO[bytes]:
    """The part, opened for this program alone; the system lets go of it however the program ends."""
    while True:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        file = os.fdopen(os.open(path, flags, 0o644), "r+b", buffering=0)
        try:
            _lock(file)
            # Between opening and locking the other program may have put it in place.
            if os.path.exists(path) and os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        except OSError as error:
            file.close()
            if error.errno in _HELD:
                raise _busy(path.stem) from error
            raise
        file.close()


def _lock(file: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(_LOCKED_BYTE)
        getattr(msvcrt, "locking")(file.fileno(), getattr(msvcrt, "LK_NBLCK"), 1)  # noqa: B009
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _replace(path: Path, target: Path, stop: Stop) -> None:
    """On Windows whoever looks into a new file, as virus scanners do, keeps it from being renamed for a while."""
    for _ in range(_RENAME_TRIES - 1):
        try:
            return os.replace(path, target)
        except PermissionError:
            if os.name != "nt":
                raise
            stop.wait(_RENAME_WAIT)
    return os.replace(path, target)


def sync_folder(folder: Path) -> None:
    """So that the new name outlives a power cut, too; Windows does not open folders."""
    with contextlib.suppress(OSError), _descriptor(folder) as descriptor:
        os.fsync(descriptor)


@contextlib.contextmanager
def _descriptor(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


# ---- failures


def amount(count: float) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def _of_the_disk(error: OSError, folder: Path) -> UserError:
    values = {"folder": str(folder), "reason": error.strerror or str(error)}
    if error.errno in _FULL or getattr(error, "winerror", 0) == _FULL_ON_WINDOWS:
        text = "The disk of {folder} is full."
        remedy = "Free some space, then start the download again; it goes on where it stopped."
        return UserError(Problem(text, remedy, values, "retry"))
    text = "The folder {folder} cannot be written to ({reason})."
    return UserError(Problem(text, "Make it writable, then start the download again.", values))


def _unfit(name: str) -> UserError:
    text = "The file name {name} is not one this program keeps on the disk."
    return UserError(Problem(text, "Choose another model.", {"name": shown(name)}))


def _busy(name: str) -> UserError:
    text = "{name} is being downloaded by another program."
    return UserError(Problem(text, "Wait until it is done there, or stop it there.", {"name": shown(name)}))


def _damaged(name: str) -> Problem:
    text = "{name} arrived damaged twice: its checksum is not the one the Hub states."
    return Problem(text, "Try again later, in another network or from another mirror.", {"name": shown(name)}, "retry")


def _no_model(network: Network, name: str, first: bytes) -> Problem:
    if first.lstrip().startswith(b"<"):
        return no_hub(network.endpoint)
    return Problem("{name} is not a model file (GGUF).", "Choose another model.", {"name": shown(name)})


def _confused() -> Problem:
    return Problem("The server does not know how to go on with a download.", "Try again later.", {}, "retry")


def _broken_off(host: str) -> NetworkError:
    text = "The connection to {host} broke off."
    return NetworkError(Problem(text, "Check your connection, then try again.", {"host": host}, "retry"), passing=True)
