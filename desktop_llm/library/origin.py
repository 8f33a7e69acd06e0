"""Where a model comes from: noted beside it before its first byte, so that its download goes on without asking."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.fields import Values, plain, revive, values
from desktop_llm.library.hub import Choice, Repository
from desktop_llm.library.places import files_below
from desktop_llm.settings import Sampling

_ARRIVING, _HERE = ".download.json", ".origin.json"
_DEEPEST = 6


@dataclass(frozen=True)
class Origin:
    """`repository` with the one choice that was taken; `when` it was put in place, in seconds since 1970, or 0.

    `recommended`: by its author, for sampling.
    """

    repository: Repository
    when: float = 0.0
    recommended: Values = values(Sampling)

    @property
    def choice(self) -> Choice:
        return self.repository.choices[0]

    @property
    def sha256(self) -> str:
        """Of the (first) file; empty where the Hub keeps it without LFS."""
        return self.choice.files[0].sha256


def arriving_note(path: Path) -> Path:
    """What says of the model at `path` that it is still to come."""
    return path.with_name(path.name + _ARRIVING)


def origin_note(path: Path) -> Path:
    """What says where the model at `path` came from; to be deleted with it."""
    return path.with_name(path.name + _HERE)


def origin_of(path: Path) -> Origin | None:
    """Where the model came from, unless another file has taken its name since."""
    origin = read_note(origin_note(path))
    with contextlib.suppress(OSError):
        if origin and path.stat().st_size == origin.choice.files[0].size:
            return origin
    return None


def arriving_notes(folder: Path) -> Iterator[Path]:
    return files_below(folder, _DEEPEST, lambda name: name.endswith(_ARRIVING))


def read_note(note: Path) -> Origin | None:
    """Nothing where it is damaged, or no file: opening a pipe would wait for ever."""
    if not note.is_file():
        return None
    try:
        origin: Origin = revive(Origin, json.loads(note.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    choices = origin.repository.choices
    return origin if len(choices) == 1 and choices[0].files else None


def write_note(note: Path, origin: Origin) -> None:
    """Whole or not at all. Raises OSError."""
    try:
        _write(note, origin)
    except FileNotFoundError:
        # A download that was given up took the empty folder away just then.
        _write(note, origin)


def _write(note: Path, origin: Origin) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    beside = note.with_name(f"{note.name}.{os.getpid()}-{threading.get_ident()}.new")
    with open(beside, "w", encoding="utf-8") as file:
        json.dump(plain(origin), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, note)
