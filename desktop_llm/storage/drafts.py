"""What was written and not sent, for each chat, in one JSON file that outlives the program."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.conversation import Attachment
from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import plain, revive
from desktop_llm.storage.schema import is_full

NEW = 0
"""The chat that is not begun yet; all others go by the numbers of their conversations."""
FORMAT, VERSION = "desktop-llm drafts", 1
MOST_KEPT = 2_000_000
"""Characters of documents in all drafts together: the file is written anew whenever somebody pauses typing."""


@dataclass(frozen=True)
class Written:
    """`lost` are names of files that went with it and are not kept, being too large or not read yet."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptDraft:
    """`edited` is the message that `edit` is to be said in place of, 0 for none; `answer`: it is an answer."""

    written: Written = Written()
    begins: str = ""
    edited: int = 0
    answer: bool = False
    edit: Written = Written()


class DraftsFile:
    """For one thread. `notice` says what became of a file that somebody or something has damaged."""

    def __init__(self, path: Path) -> None:
        self.notice: Problem | None = None
        self._path = path

    def read(self) -> dict[int, KeptDraft]:
        """Raises StorageError where there is a file that cannot be read: it is then not to be written either."""
        try:
            return _understood(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _problem("What was not sent yet cannot be read from {path} ({reason}).", self._path, error) from error
        except (ValueError, TypeError, LookupError, RecursionError, AttributeError):
            self._put_aside()
            return {}

    def write(self, drafts: Mapping[int, KeptDraft]) -> None:
        """Replaces the file whole, so that no crash leaves half of it; without drafts there is none."""
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            if not drafts:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(beside, "w", encoding="ascii") as file:
                file.write(json.dumps({"format": FORMAT, "version": VERSION, "drafts": plain(drafts)}))
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self._path)
        except OSError as error:
            raise _problem("What is not sent yet cannot be kept in {path} ({reason}).", self._path, error) from error

    def _put_aside(self) -> None:
        names = (self._path.with_suffix(f".{number}.bad") for number in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        text = "The file of what was written and not sent could not be understood."
        self.notice = Problem(text, "It was kept as {path}.", {"path": str(aside)})
        try:
            os.replace(self._path, aside)
        except OSError as error:
            raise _problem("{path} is damaged and cannot be put aside ({reason}).", self._path, error) from error


def bounded(attachments: Iterable[Attachment], room: int) -> tuple[tuple[Attachment, ...], tuple[str, ...], int]:
    """Those that have room, the names of the others, and what room is left."""
    kept, lost = list[Attachment](), list[str]()
    for attachment in attachments:
        size = sum(len(part.text) for part in attachment.parts)
        if size <= room:
            kept.append(attachment)
            room -= size
        else:
            lost.append(attachment.name)
    return tuple(kept), tuple(lost), room


def _understood(raw: bytes) -> dict[int, KeptDraft]:
    """Raises what a damaged file makes Python raise, or one of a newer program."""
    stored: dict[str, Any] = json.loads(raw)
    if stored["version"] > VERSION:
        raise ValueError("it was written by a newer version of this program")
    return {int(chat): revive(KeptDraft, draft) for chat, draft in stored["drafts"].items()}


def _problem(text: str, path: Path, error: OSError) -> StorageError:
    values = {"path": str(path), "reason": error.strerror or str(error)}
    remedy = "Free some space and try again." if is_full(error) else "Make that file and its folder writable."
    return StorageError(Problem(text, remedy, values))
