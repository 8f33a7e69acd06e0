"""The state of long chats kept on disk, so that one reopened need not be evaluated again.

A file is one line that tells it is one, one of JSON, the tokens (32 bits each), and llama.cpp's state of them. Anything
that is not as written is as good as not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
from array import array
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.engine.sequence import common

FEWEST_TOKENS = 512
WORTH_READING = 256
WAITING = 2
SPARE_DISK = 1024**3
KNOWN_MODELS = 64
_MAGIC = b"desktop-llm state 1\n"
_LONGEST_HEAD = 4096
_LONGEST_STEPS = 3072


@dataclass(frozen=True)
class Kept:
    """One state on the disk: which tokens it is of, and in which steps they were evaluated."""

    path: Path
    tokens: tuple[int, ...]
    steps: str = ""


@dataclass(frozen=True)
class _Head:
    """What a state was made by, and what follows: `hash` is SHA-256 in hex of tokens and state."""

    engine: str
    settings: str
    model: str
    tokens: int
    size: int
    hash: str
    steps: str = ""


class KeptStates:
    """The states in `folder`, in all at most `cap` bytes, of which those of one loaded model can be had.

    Other engines' states are deleted, those of other models and settings stay until they are the longest unused.
    Nothing is kept or found before the model's hash is known.
    """

    def __init__(self, folder: Path, cap: int, model: Path, engine: str, settings: str) -> None:
        self._folder, self._cap = folder, cap
        self._engine, self._settings = engine, settings
        self._signature = _signature(model)
        self._model = ""
        self._kept: list[Kept] = []
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "states")
        self._writing: list[Future[None]] = []
        self._use(self._known().get(self._signature, ""))

    # ---- whose states

    @property
    def ready(self) -> bool:
        """Whether a state would be taken now."""
        self._writing = [writing for writing in self._writing if not writing.done()]
        return bool(self._model) and len(self._writing) < WAITING

    def identify(self, model_hash: str) -> None:
        """Takes note of the model's hash, for the next time too: hashing a large file takes long."""
        if self._signature and model_hash and model_hash != self._model:
            self._use(model_hash)
            known = list((self._known() | {self._signature: model_hash}).items())[-KNOWN_MODELS:]
            with contextlib.suppress(OSError):
                self._folder.mkdir(0o700, parents=True, exist_ok=True)
                _write_whole(self._folder / "models.json", json.dumps(dict(known)).encode())

    def _known(self) -> dict[str, str]:
        """Hashes by what tells that a file is still the same."""
        try:
            known = json.loads((self._folder / "models.json").read_bytes())
            return {str(signature): str(known[signature]) for signature in known}
        except (OSError, ValueError, TypeError, RecursionError):
            return {}

    def _use(self, model_hash: str) -> None:
        with self._lock:
            self._kept = self._found(model_hash) if model_hash else []
            self._model = model_hash

    def _found(self, model_hash: str) -> list[Kept]:
        _delete(*self._folder.glob("*.part"))
        kept = []
        for path in self._folder.glob("*.state"):
            head, tokens = _read_head(path)
            if not head or head.engine != self._engine:
                _delete(path)
            elif (head.model, head.settings) == (model_hash, self._settings):
                kept.append(Kept(path, tokens, head.steps))
        return kept

    # ---- reading

    def cached(self, tokens: Sequence[int]) -> int:
        """How many tokens of the beginning some state holds."""
        return max((common(kept.tokens, tokens) for kept in list(self._kept)), default=0)

    def read(self, tokens: Sequence[int], cached: int) -> tuple[tuple[int, ...], bytes] | None:
        """The state that holds the longest beginning, with its tokens, where it spares many more than `cached`."""
        best = max(list(self._kept), key=lambda kept: common(kept.tokens, tokens), default=None)
        if not best or common(best.tokens, tokens) < cached + WORTH_READING:
            return None
        state = _read_state(best)
        if state is None:
            self._forget(best)
            return None
        with contextlib.suppress(OSError):
            os.utime(best.path)
        return best.tokens, state

    def steps(self, tokens: Sequence[int]) -> str:
        """In which steps the state of just these was evaluated, nothing where that is not known."""
        return next((kept.steps for kept in list(self._kept) if kept.tokens == tuple(tokens)), "")

    def _forget(self, *gone: Kept) -> None:
        with self._lock:
            self._kept = [kept for kept in self._kept if kept not in gone]
        _delete(*(kept.path for kept in gone))

    # ---- writing

    def keep(self, tokens: Sequence[int], state: bytes, steps: str = "") -> None:
        """Has it written on a thread of its own."""
        told = steps if len(steps) <= _LONGEST_STEPS else ""
        self._writing.append(self._writer.submit(self._write, tuple(tokens), state, told))

    def finish(self, seconds: float | None = None) -> None:
        """Waits for what is being written."""
        wait(list(self._writing), seconds)

    def _write(self, tokens: tuple[int, ...], state: bytes, steps: str) -> None:
        packed = array("i", tokens).tobytes()
        told = hashlib.sha256(packed)
        told.update(state)
        head = _Head(self._engine, self._settings, self._model, len(tokens), len(state), told.hexdigest(), steps)
        name = hashlib.sha256(repr((head.engine, head.settings, head.model)).encode() + packed).hexdigest()[:32]
        path, line = self._folder / f"{name}.state", json.dumps(head.__dict__).encode() + b"\n"
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            if not self._fits(len(state)):
                return
            _write_whole(path, _MAGIC, line, packed, state)
        except OSError:
            return
        self._note(Kept(path, tokens, steps))

    def _fits(self, size: int) -> bool:
        return size <= self._cap and shutil.disk_usage(self._folder).free >= size + SPARE_DISK

    def _note(self, new: Kept) -> None:
        """What `new` goes on with is of no use any more, nor is what was unused the longest and has no room."""
        outdone = [kept for kept in self._kept if new.tokens[: len(kept.tokens)] == kept.tokens and kept != new]
        self._forget(*outdone)
        with self._lock:
            self._kept = [*(kept for kept in self._kept if kept != new), new]
        room, by_use = self._cap, _by_use(self._folder)
        for path, size in by_use:
            room -= size
            if room < 0:
                self._forget(*(kept for kept in self._kept if kept.path == path))
                _delete(path)


def delete_states(folder: Path) -> None:
    """Forgets every chat's state, as when a person wants nothing of a chat left."""
    _delete(*folder.glob("*.state"), *folder.glob("*.part"))


def _by_use(folder: Path) -> list[tuple[Path, int]]:
    """The states and their sizes, the one used last first."""
    facts = []
    for path in folder.glob("*.state"):
        with contextlib.suppress(OSError):
            facts.append((path, path.stat()))
    facts.sort(key=lambda fact: fact[1].st_mtime_ns, reverse=True)
    return [(path, fact.st_size) for path, fact in facts]


def _write_whole(path: Path, *parts: bytes) -> None:
    """Nobody sees half a file: what is torn all the same does not fit its hash."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.touch(0o600)
        with open(part, "wb") as file:
            file.writelines(parts)
        os.replace(part, path)
    except OSError:
        _delete(part)
        raise


def _read_head(path: Path) -> tuple[_Head | None, tuple[int, ...]]:
    """Nothing where the file is not one of these, or was cut short."""
    try:
        with open(path, "rb") as file:
            if file.readline(len(_MAGIC)) != _MAGIC:
                return None, ()
            line = file.readline(_LONGEST_HEAD)
            head = _Head(**json.loads(line))
            size = len(_MAGIC) + len(line) + 4 * head.tokens + head.size
            if path.stat().st_size != size:
                return None, ()
            return head, tuple(array("i", file.read(4 * head.tokens)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None, ()


def _read_state(kept: Kept) -> bytes | None:
    """Nothing where one bit is not as it was written."""
    head, tokens = _read_head(kept.path)
    if not head or tokens != kept.tokens:
        return None
    try:
        with open(kept.path, "rb") as file:
            file.seek(-head.size, os.SEEK_END)
            state = file.read()
    except OSError:
        return None
    told = hashlib.sha256(array("i", tokens).tobytes())
    told.update(state)
    return state if told.hexdigest() == head.hash else None


def _delete(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _signature(model: Path) -> str:
    """What changes when the file does."""
    try:
        facts = os.stat(model)
    except OSError:
        return ""
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino} {model}"
