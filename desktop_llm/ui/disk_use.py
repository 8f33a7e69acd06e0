"""How much of the disk the program's models, conversations, kept states and logs take."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import Settings, conversations_file, log_folder, models_folder, states_folder


@dataclass(frozen=True)
class Kept:
    """`kind`: "models", "conversations", "states" or "logs"; `size` in bytes."""

    kind: str
    folder: Path
    size: int
    files: int


@dataclass(frozen=True)
class DiskUse:
    kept: tuple[Kept, ...]


def disk_use(settings: Settings) -> DiskUse:
    """Reads folders, which may take a while."""
    chats = conversations_file()
    return DiskUse(
        (
            _kept("models", models_folder(settings)),
            _measured("conversations", chats.parent, _matching(chats.parent, f"{chats.stem}*")),
            _kept("states", states_folder()),
            _kept("logs", log_folder()),
        )
    )


def clear_logs() -> None:
    """They are emptied, for the program has them open. Raises StorageError."""
    try:
        for path in _matching(log_folder(), "*"):
            if path.is_file() and not path.is_symlink():
                os.truncate(path, 0)
    except OSError as error:
        values = {"folder": str(log_folder()), "reason": error.strerror or str(error)}
        text = "The logs in {folder} could not be cleared ({reason})."
        raise StorageError(Problem(text, "Make that folder and its files writable.", values)) from error


def _kept(kind: str, folder: Path) -> Kept:
    return _measured(kind, folder, _matching(folder, "**/*"))


def _matching(folder: Path, pattern: str) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(folder.glob(pattern))
    return []


def _measured(kind: str, folder: Path, paths: Iterable[Path]) -> Kept:
    sizes = [size for path in paths if (size := _size(path)) is not None]
    return Kept(kind, folder, sum(sizes), len(sizes))


def _size(path: Path) -> int | None:
    """Of a file; nothing where it is none, or gone by now."""
    with contextlib.suppress(OSError):
        return path.stat().st_size if path.is_file() else None
    return None
