"""Reads what is to go with a message, one file after another, on a thread of its own: a file may take minutes."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.conversation import Attachment
from desktop_llm.documents.attachment import attachment_of, attachment_of_text
from desktop_llm.documents.document import Stopped, shown
from desktop_llm.documents.reading import read_document
from desktop_llm.errors import Problem, UserError

LEAVES_WITHIN = 5.0
"""Seconds: a disk that does not answer keeps nobody for ever."""


@dataclass(frozen=True)
class Attached:
    """What was asked for as `ticket` is read; `notes` say what of it could not be."""

    ticket: int
    attachment: Attachment
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class NotAttached:
    ticket: int
    name: str
    problem: Problem


@dataclass(frozen=True)
class PastedText:
    """A text that is too long to be edited."""

    name: str
    text: str


Source = Path | PastedText


class Attaching:
    """Tells Attached or NotAttached for what was asked for, and nothing for what was cancelled."""

    def __init__(self, post: Callable[[object], None]) -> None:
        self._post = post
        self._waiting: queue.SimpleQueue[tuple[int, Source] | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._closed = False
        self._thread: threading.Thread | None = None

    def read(self, ticket: int, source: Source) -> None:
        self._waiting.put((ticket, source))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="attaching", daemon=True)
            self._thread.start()

    def cancel(self, ticket: int) -> None:
        self._cancelled.add(ticket)

    def close(self) -> None:
        """Ends what is being read, and the process that reads a PDF with it."""
        self._closed = True
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(LEAVES_WITHIN)

    def _run(self) -> None:
        while (asked := self._waiting.get()) is not None:
            ticket, source = asked
            told = self._told(ticket, source)
            if told is not None and not self._ends(ticket):
                self._post(told)

    def _ends(self, ticket: int) -> bool:
        return self._closed or ticket in self._cancelled

    def _told(self, ticket: int, source: Source) -> Attached | NotAttached | None:
        name = shown(source.name)
        try:
            return self._read(ticket, source)
        except Stopped:
            return None
        except UserError as error:
            return NotAttached(ticket, name, error.problem)
        except Exception as error:
            sys.excepthook(*sys.exc_info())
            text, remedy = "The file {name} could not be read: {reason}.", "Choose another file."
            return NotAttached(ticket, name, Problem(text, remedy, {"name": name, "reason": shown(str(error))}))

    def _read(self, ticket: int, source: Source) -> Attached | None:
        if self._ends(ticket):
            return None
        if isinstance(source, PastedText):
            return Attached(ticket, attachment_of_text(source.name, source.text))
        document = read_document(source, lambda: self._ends(ticket))
        return Attached(ticket, attachment_of(document), document.notes)
