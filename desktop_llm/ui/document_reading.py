"""Reads what is to be summed up, one file after another, on a thread of its own: a file may take minutes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_llm.documents.document import Document, Stopped, shown
from desktop_llm.documents.pasted import pasted_document
from desktop_llm.documents.reading import read_document, read_folder
from desktop_llm.errors import Problem, UserError
from desktop_llm.ui.side_thread import SideThread
from desktop_llm.ui.summary_events import DocumentRead, NotRead, ReadingEnded

_MOST_PROBLEMS = 5  # of one folder, each told by itself
_MORE_UNREAD = "{count} more files of the folder {name} could not be read."
_NOTHING_THERE = Problem(
    "The folder {name} holds no file that could be read.",
    "Choose a folder with PDF, Word (DOCX), EPUB, HTML, Markdown, subtitle, table or text files.",
)


@dataclass(frozen=True)
class PastedText:
    name: str
    text: str


class DocumentReading:
    """`known`: the number of a summary that was made of the file with this hash, or 0. No method but `close` waits."""

    def __init__(self, post: Callable[[object], None], known: Callable[[str], int]) -> None:
        self._post, self._known = post, known
        self._thread = SideThread("reading")
        self._cancelled: set[int] = set()
        self._closed = False

    def read(self, ticket: int, source: Path | PastedText) -> None:
        """DocumentRead or NotRead tell of each file, ReadingEnded of the end, unless it is cancelled."""
        self._thread.submit(self._read, ticket, source)

    def cancel(self, ticket: int) -> None:
        self._cancelled.add(ticket)

    def _read(self, ticket: int, source: Path | PastedText) -> None:
        with contextlib.suppress(Stopped):
            if not self._ends(ticket):
                self._read_all(ticket, source)
        if not self._closed:
            self._post(ReadingEnded(ticket))

    def _read_all(self, ticket: int, source: Path | PastedText) -> None:
        name = shown(source.name)
        try:
            if isinstance(source, PastedText):
                self._tell_read(ticket, pasted_document(source.name, source.text))
            elif source.is_dir():
                self._tell_folder(ticket, name, read_folder(source, lambda: self._ends(ticket)))
            else:
                self._tell_read(ticket, read_document(source, lambda: self._ends(ticket)))
        except UserError as error:
            self._post(NotRead(ticket, name, error.problem))
        except Stopped:
            raise
        except Exception as error:
            sys.excepthook(*sys.exc_info())
            text, remedy = "The file {name} could not be read: {reason}.", "Choose another file."
            self._post(NotRead(ticket, name, Problem(text, remedy, {"name": name, "reason": shown(str(error))})))

    def _tell_folder(self, ticket: int, name: str, found: Iterable[Document | Problem]) -> None:
        """Each file that could not be read by itself, but of many how many there are."""
        read = unread = 0
        for each in found:
            if isinstance(each, Document):
                read += 1
                self._tell_read(ticket, each)
            else:
                unread += 1
                if unread <= _MOST_PROBLEMS:
                    self._post(NotRead(ticket, each.values.get("name", name), each))
        if unread > _MOST_PROBLEMS:
            values = {"count": str(unread - _MOST_PROBLEMS), "name": name}
            self._post(NotRead(ticket, name, Problem(_MORE_UNREAD, "", values)))
        elif not read and not unread:
            self._post(NotRead(ticket, name, replace(_NOTHING_THERE, values={"name": name})))

    def _tell_read(self, ticket: int, document: Document) -> None:
        self._post(DocumentRead(ticket, document, self._known(document.hash)))

    def _ends(self, ticket: int) -> bool:
        return self._closed or ticket in self._cancelled

    def leave(self) -> None:
        """What is being read ends."""
        self._closed = True

    def close(self, seconds: float) -> bool:
        """Whether it has ended."""
        return self._thread.close(seconds)
