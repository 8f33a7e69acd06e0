"""A file's text with the place each piece of it came from, and the bounds within which strangers' files are read."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO

from desktop_llm.conversation import clean
from desktop_llm.errors import Problem, UserError

MOST_TEXT = 50_000_000
MOST_PASSAGES = 1_000_000
LONGEST = 60.0
BETWEEN = "\n\n"
HEADINGS = " › "


class Stopped(Exception):  # noqa: N818
    """Reading was ended by who asked for it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, heading (`level` 1 to 6), cue or some rows. `heading`: the headings it lies under, outermost first.

    `start` and `end` are its offsets in `Document.text`. `page` counts from 1, 0 where there are none. `place`: what
    else a person finds it by: the time of a cue, numbers of rows, lines or paragraphs.
    """

    text: str
    heading: str = ""
    page: int = 0
    start: int = 0
    end: int = 0
    place: str = ""
    level: int = 0


@dataclass(frozen=True)
class Content:
    """What one reader made of a file."""

    passages: Iterable[Passage]
    title: str = ""
    language: str = ""
    pages: int = 0
    notes: tuple[Problem, ...] = ()
    encoding: str = ""


@dataclass(frozen=True)
class Document:
    """A file that was read. `hash` is SHA-256 in hex of its bytes; `notes` say what of it could not be read.

    `kind`: text, markdown, code, html, table, subtitles, data, pdf, docx or epub. `language` is what the file says.
    """

    path: Path
    title: str
    kind: str
    passages: tuple[Passage, ...]
    language: str = ""
    pages: int = 0
    notes: tuple[Problem, ...] = ()
    encoding: str = ""
    hash: str = ""

    @cached_property
    def text(self) -> str:
        return BETWEEN.join(passage.text for passage in self.passages)


@dataclass(frozen=True)
class Watch:
    """Ends a reading that is no longer wanted, or takes too long."""

    path: Path
    stop: Callable[[], bool] | None = None
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST)

    def check(self) -> None:
        if self.stop is not None and self.stop():
            raise Stopped
        if time.monotonic() > self.until:
            raise too_slow(self.path)


def laid_out(passages: Iterable[Passage], watch: Watch) -> tuple[Passage, ...]:
    """The passages that hold anything, cleaned, with their offsets. Raises UserError where they are too many."""
    found: list[Passage] = []
    at = 0
    for passage in passages:
        watch.check()
        text = clean(passage.text).replace("\u00ad", "").rstrip().lstrip("\n")
        if not text.strip():
            continue
        found.append(replace(passage, text=text, heading=clean(passage.heading), start=at, end=at + len(text)))
        at += len(text) + len(BETWEEN)
        if at > MOST_TEXT or len(found) > MOST_PASSAGES:
            raise too_long(watch.path)
    return tuple(found)


class Outline:
    """The headings above the place reached so far."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []

    def enter(self, level: int, text: str) -> str:
        name = " ".join(text.split())[:200]
        self._path = [above for above in self._path if above[0] < level] + [(level, name)]
        return self.path

    @property
    def path(self) -> str:
        return HEADINGS.join(name for _, name in self._path if name)

    def passage(self, text: str, level: int = 0, page: int = 0, place: str = "") -> Passage:
        """A passage here; a heading of that level is entered first."""
        heading = self.enter(level, text) if level else self.path
        return Passage(text, heading, page, place=place, level=level)


def opened(path: Path) -> IO[bytes]:
    """Opens files only: a pipe would wait for ever, and a device may do anything."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            raise refusal("{name} is not a file.", path, "Choose a file.")
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        return os.fdopen(os.open(path, flags), "rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


# ---- refusals


def refusal(text: str, path: Path, remedy: str, **values: str) -> UserError:
    return UserError(problem(text, path, remedy, **values))


def problem(text: str, path: Path, remedy: str, **values: str) -> Problem:
    return Problem(text, remedy, {"name": shown(path.name), **values})


def shown(text: str, longest: int = 200) -> str:
    """Text of a stranger's file as it may be shown: one line, nothing invisible, not long."""
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def unreadable(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return refusal("The file {name} may not be read.", path, "Change its permissions, or choose another file.")
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return refusal("There is no file {name}.", path, "Choose another file.")
    reason = shown(getattr(error, "strerror", "") or str(error))
    return refusal("The file {name} could not be read: {reason}.", path, "Choose another file.", reason=reason)


def too_slow(path: Path) -> UserError:
    remedy = "Save it as plain text, then open that."
    return refusal("Reading {name} took too long, so it was ended.", path, remedy)


def too_long(path: Path) -> UserError:
    text = "{name} holds more text than can be read at once: over {most} MB."
    return refusal(text, path, "Split it into several files.", most=str(MOST_TEXT // 1_000_000))


def damaged(path: Path) -> UserError:
    remedy = "Get it again, or save it anew in the program that made it."
    return refusal("{name} is damaged: it is not whole, or not the kind of file its name says.", path, remedy)


def without_text(path: Path) -> UserError:
    return refusal("{name} holds no text.", path, "Choose another file.")


def locked(path: Path) -> UserError:
    remedy = "Open it with the password in the program it is from, save it without one, then open that."
    return refusal("{name} is protected with a password.", path, remedy)


def bomb(path: Path) -> UserError:
    text = "{name} unpacks to far more than its size, as files do that are made to fill up a computer’s memory."
    return refusal(text, path, "Do not open it unless you know who made it.")
