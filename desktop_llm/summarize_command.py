"""Summaries from the command line: files, a folder or what is piped in, with coverage and sources."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from desktop_llm import terminal
from desktop_llm.conversation import Asking, clean
from desktop_llm.documents.document import Document, Watch, laid_out, without_text
from desktop_llm.documents.plain import prose
from desktop_llm.documents.reading import read_document, read_folder
from desktop_llm.errors import Problem, PromptError
from desktop_llm.settings import Loading, summaries_file
from desktop_llm.storage.notes import Notes
from desktop_llm.summarizer import (
    Merging,
    PieceRead,
    Planned,
    Summarizer,
    Summary,
    SummaryEvent,
    SummaryGrew,
    SummaryWish,
)
from desktop_llm.tasks.summary import SummaryForm

_LONGEST = 50_000_000
_TICK = 0.25


def run(asking: Asking, loading: Loading, form: SummaryForm, files: Sequence[str], as_json: bool) -> int:
    """Prints the summary and returns the exit code. Raises UserError."""
    documents = tuple(read(files))
    with contextlib.ExitStack() as open_ones:
        notes = open_ones.enter_context(contextlib.closing(Notes(summaries_file())))
        engine = open_ones.enter_context(contextlib.closing(terminal.engine_for(loading)))
        if notes.notice:
            terminal.note(notes.notice.sentence())
        shown = _Shown(streams=not as_json)
        work = _Work(Summarizer(engine, notes, shown.take), SummaryWish(documents, form, asking.model, asking.sampling))
        summary = work.waited_for()
    shown.end(summary)
    if summary is None:
        terminal.note("(stopped; what was read is kept: the same command goes on)")
        return terminal.STOPPED
    if as_json:
        terminal.say_json(told(summary, documents))
    return terminal.DONE


def read(files: Sequence[str]) -> Iterator[Document]:
    """Every document given; in a folder those that cannot be read are named and left out. Raises UserError."""
    for name in files:
        if name == "-":
            yield _piped()
        elif (path := Path(name)).is_dir():
            yield from _of_folder(path)
        else:
            yield _noted(read_document(path))


def _of_folder(path: Path) -> Iterator[Document]:
    count = 0
    for found in read_folder(path):
        if isinstance(found, Document):
            count += 1
            yield _noted(found)
        else:
            terminal.note(found.sentence())
    if not count:
        text = "There is nothing in {folder} that can be read."
        raise PromptError(Problem(text, "Choose another folder.", {"folder": str(path)}))


def _noted(document: Document) -> Document:
    for note in document.notes:
        terminal.note(note.sentence())
    return document


def _piped() -> Document:
    data = sys.stdin.buffer.read(_LONGEST + 1) if sys.stdin else b""
    if len(data) > _LONGEST:
        values = {"limit": str(_LONGEST // 1_000_000)}
        raise PromptError(Problem("This is more than {limit} MB of text.", "Split it up.", values))
    text, path = clean(data.decode("utf-8-sig", "replace")), Path("-")
    passages = laid_out(prose(text), Watch(path))
    if not passages:
        raise without_text(path)
    return Document(path, "Text", "text", passages, hash=hashlib.sha256(data).hexdigest())


class _Work:
    """Runs on a thread of its own, so that Ctrl+C is heard at once; the second one does not wait for the engine."""

    def __init__(self, summarizer: Summarizer, wish: SummaryWish) -> None:
        self._summarizer, self._wish = summarizer, wish
        self._summary: Summary | None = None
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="summary", daemon=True)

    def waited_for(self) -> Summary | None:
        events: terminal.Events = queue.SimpleQueue()
        with terminal.interrupts_as_events(events):
            self._thread.start()
            stopped = False
            while self._thread.is_alive():
                with contextlib.suppress(queue.Empty):
                    event = events.get(timeout=_TICK)
                    if stopped and isinstance(event, terminal.Interrupted) and event.signal == signal.SIGINT:
                        raise KeyboardInterrupt
                    stopped = True
                    self._summarizer.stop()
        if self._problem:
            raise self._problem
        return self._summary

    def _run(self) -> None:
        try:
            self._summary = self._summarizer.run(self._wish)
        except BaseException as error:
            self._problem = error


class _Shown:
    """The summary on standard output while it grows; how far it is on standard error."""

    def __init__(self, streams: bool) -> None:
        self._streams, self._progress, self._text = streams, terminal.Progress(), ""

    def take(self, event: SummaryEvent) -> None:
        match event:
            case Planned():
                self._progress.show(f"{event.tokens:,} tokens in {event.pieces} parts")
            case PieceRead():
                left = f", about {max(round(event.seconds_left / 60), 1)} min left" if event.seconds_left else ""
                pages = f" ({event.pages} of {event.of_pages} pages)" if event.of_pages else ""
                self._progress.show(f"{event.done} of {event.pieces} parts read{pages}{left}")
            case Merging():
                self._progress.show(f"Merging notes {event.done}/{event.of}")
            case SummaryGrew(text) if self._streams and text.startswith(self._text):
                self._progress.clear()
                terminal.say(text[len(self._text) :])
                self._text = text

    def end(self, summary: Summary | None) -> None:
        self._progress.clear()
        if self._streams and summary and summary.text.startswith(self._text.rstrip()):
            terminal.say(summary.text[len(self._text.rstrip()) :] + "\n")
        elif self._streams and self._text:
            terminal.say("\n")
        if summary and self._streams:
            _note_trust(summary)


def _note_trust(summary: Summary) -> None:
    """How much was read, and what to look at twice."""
    unsupported = sum(not claim.sources for claim in summary.claims)
    terminal.note(f"({summary.coverage:.0%} of the text read in {summary.pieces} parts)")
    if unsupported:
        terminal.note(f"(no source found for {unsupported} of {len(summary.claims)} sentences)")
    for claim in summary.claims:
        for doubt in claim.doubts:
            terminal.note(f"(not in the text: the {doubt.check} “{summary.text[doubt.start : doubt.end]}”)")


def told(summary: Summary, documents: Sequence[Document]) -> dict[str, Any]:
    """As JSON: a source's `start` and `end` are offsets in its document's text."""
    return {
        "text": summary.text,
        "coverage": summary.coverage,
        "sentences": [
            {
                "text": summary.text[claim.start : claim.end],
                "sources": [_source(documents, *place) for place in claim.sources],
                "doubts": [
                    {"check": doubt.check, "text": summary.text[doubt.start : doubt.end]} for doubt in claim.doubts
                ],
            }
            for claim in summary.claims
        ],
        "pieces": summary.pieces, "evaluated": summary.evaluated, "calls": summary.calls, "receipt": summary.receipt,
    }  # fmt: skip


def _source(documents: Sequence[Document], document: int, number: int) -> dict[str, Any]:
    passage = documents[document].passages[number]
    return {
        "file": documents[document].path, "passage": number, "page": passage.page, "heading": passage.heading,
        "start": passage.start, "end": passage.end,
    }  # fmt: skip
