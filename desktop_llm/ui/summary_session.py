"""What the Summarize page asks for: reading and summing up beside its worker, what is kept on it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop_llm.documents.attachment import attachment_of, attachment_of_text
from desktop_llm.documents.document import Document
from desktop_llm.engine.client import Engine
from desktop_llm.errors import Problem, StorageError, UserError
from desktop_llm.fields import plain, revive
from desktop_llm.generations import Halted
from desktop_llm.layers import Layers, model_values
from desktop_llm.settings_file import KeptSettings
from desktop_llm.storage.notes import Notes
from desktop_llm.storage.store import IN_MEMORY
from desktop_llm.storage.summary_export import SummaryWords, export_summary
from desktop_llm.summarizer import Summarizer, Summary, SummaryEvent, SummaryWish
from desktop_llm.tasks.summary import SummaryForm
from desktop_llm.ui.claims import written_summary
from desktop_llm.ui.document_reading import DocumentReading, PastedText
from desktop_llm.ui.session import Told
from desktop_llm.ui.side_thread import SideThread
from desktop_llm.ui.summary_events import (
    HandedOver,
    HistoryTold,
    PlanMade,
    SummaryDeleted,
    SummaryEnded,
    SummaryExported,
    SummaryOpened,
)

LEAVES_WITHIN = 5.0
"""Seconds: a disk that does not answer keeps nobody for ever."""
_UNKEPT = "Until the program is started again, summaries are kept in memory only."
_GONE = Problem("What this summary was made of is not kept any more.", "Add the file again to summarize it anew.")


@dataclass(frozen=True)
class Asked:
    """What is to be summed up, how, and by which model."""

    documents: tuple[Document, ...]
    form: SummaryForm
    model: Path


class SummarySession:
    """`read`, `cancel_reading`, `plan`, `summarize`, `stop` and `leave` never wait, from any thread.

    All others run on its worker's thread; `post` brings events to the window.
    """

    def __init__(self, settings: KeptSettings, engine: Engine, notes: Path, post: Callable[[object], None]) -> None:
        self._kept, self._engine, self._path, self._post = settings, engine, notes, post
        self._reading = DocumentReading(post, lambda hash: self._by_hash.get(hash, 0))
        self._summing = SideThread("summing up")
        self._lock, self._opening, self._ending = threading.Lock(), threading.Lock(), threading.Lock()
        self._opened: tuple[Notes, Summarizer] | None = None
        self._jobs = itertools.count(1)
        self._current = 0  # the job of the summarizer that is under way
        self._stopped: set[int] = set()
        self._begun: list[int] = []  # jobs that have not ended
        self._closed = False
        self._by_hash: dict[str, int] = {}

    # ---- on its worker's thread

    def open(self) -> HistoryTold:
        if self._notes.notice:
            self._post(Told(self._notes.notice))
        return self._history()

    def close(self) -> None:
        self.leave()
        ended = [thread.close(LEAVES_WITHIN) for thread in (self._summing, self._reading)]
        with self._opening:
            opened, self._opened = self._opened, None
        if opened and all(ended):
            opened[0].close()

    def open_summary(self, id: int) -> SummaryOpened:
        """Raises UserError where it is not there any more."""
        facts = self._facts(id)
        found = [self._notes.source(hash) for hash in facts["hashes"]]
        if not all(found):
            raise StorageError(_GONE)
        return SummaryOpened(self._revived(id, facts), tuple(revive(Document, each) for each in found))

    def delete(self, id: int) -> SummaryDeleted:
        facts = self._facts(id)
        sources = {hash: self._notes.source(hash) for hash in facts["hashes"]}
        self._notes.delete(id)
        self._post(self._history())
        return SummaryDeleted(str(facts["title"]), facts, {hash: kept for hash, kept in sources.items() if kept})

    def restore(self, deleted: SummaryDeleted) -> HistoryTold:
        self._notes.add(deleted.facts, deleted.sources)
        return self._history()

    def export(
        self, summary: Summary, documents: Sequence[Document], form: str, target: Path, words: SummaryWords
    ) -> SummaryExported:
        """Raises StorageError."""
        return SummaryExported(export_summary(written_summary(summary, documents), form, target, words))

    def hand_over(self, summary: Summary, documents: Sequence[Document], name: str) -> HandedOver:
        """Raises UserError."""
        return HandedOver((attachment_of_text(name, summary.text), *map(attachment_of, documents)))

    def _facts(self, id: int) -> dict[str, Any]:
        found = next((facts for number, _, facts in self._notes.summaries() if number == id), None)
        if found is None:
            raise StorageError(Problem("This summary is not kept any more.", "Make it again."))
        return found

    def _history(self) -> HistoryTold:
        told = [self._revived(id, facts) for id, _, facts in self._notes.summaries() if _is_whole(facts)]
        told.sort(key=lambda summary: summary.made, reverse=True)
        self._by_hash = {source.hash: summary.id for summary in reversed(told) for source in summary.sources}
        return HistoryTold(tuple(told))

    def _revived(self, id: int, facts: object) -> Summary:
        summary: Summary = revive(Summary, facts)
        return replace(summary, id=id)

    # ---- reading

    def read(self, ticket: int, source: Path | PastedText) -> None:
        self._reading.read(ticket, source)

    def cancel_reading(self, ticket: int) -> None:
        self._reading.cancel(ticket)

    # ---- summing up

    def plan(self, ticket: int, asked: Asked) -> None:
        """PlanMade tells; another plan that is still being made ends."""
        self.stop()
        self._begin(self._plan, ticket, asked)

    def summarize(self, asked: Asked) -> None:
        """The summarizer's events tell, and SummaryEnded in the end."""
        self._begin(self._summarize, asked)

    def stop(self) -> None:
        """All that is asked of the summarizer so far. On a thread of its own, for the engine may keep it waiting."""
        with self._lock:
            self._stopped.update(self._begun)
            current = self._current
        if current:
            threading.Thread(target=self._stop, args=(current,), name="stopping", daemon=True).start()

    def leave(self) -> None:
        """Ends at once whatever `close` would have to wait for."""
        self._closed = True
        self._reading.leave()
        self.stop()

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        job = next(self._jobs)
        with self._lock:
            self._begun.append(job)
        self._summing.submit(self._carry_out, job, work, *arguments)

    def _carry_out(self, job: int, work: Callable[..., None], *arguments: object) -> None:
        with self._lock:
            self._current = job
        try:
            work(job, *arguments)
        finally:
            with self._ending, self._lock:
                self._current = 0
                self._begun.remove(job)
                self._stopped.discard(job)

    def _stop(self, job: int) -> None:
        """What was asked for later is not meant."""
        with self._ending:
            if self._current == job and self._opened:
                self._opened[1].stop()

    def _plan(self, job: int, ticket: int, asked: Asked) -> None:
        if job in self._stopped:
            return
        try:
            self._post(PlanMade(ticket, self._summarizer.plan(self._wish(asked))))
        except Halted:
            return
        except UserError as error:
            self._post(PlanMade(ticket, None, error.problem))

    def _summarize(self, job: int, asked: Asked) -> None:
        problem = None
        try:
            if job not in self._stopped:
                self._summarizer.run(self._wish(asked))
        except Halted:
            pass
        except UserError as error:
            problem = error.problem
        finally:
            self._post(SummaryEnded(problem))
        if not self._closed:
            self._post(self._history())

    def _wish(self, asked: Asked) -> SummaryWish:
        settings = self._kept.now
        sampling = Layers(settings.sampling, model_values(settings, asked.model)).sampling
        return SummaryWish(asked.documents, asked.form, asked.model, sampling)

    def _on_event(self, event: SummaryEvent) -> None:
        """What was asked to stop before it had begun stops now."""
        if self._current in self._stopped and self._opened:
            self._opened[1].stop()
        else:
            self._post(event)

    # ---- parts

    @property
    def _notes(self) -> Notes:
        return self._parts[0]

    @property
    def _summarizer(self) -> Summarizer:
        return self._parts[1]

    @property
    def _parts(self) -> tuple[Notes, Summarizer]:
        """Opened by whoever needs them first; where the file cannot be used, in memory."""
        with self._opening:
            if self._opened is None:
                notes = self._opened_notes()
                self._opened = notes, Summarizer(self._engine, notes, self._on_event)
            return self._opened

    def _opened_notes(self) -> Notes:
        try:
            return Notes(self._path)
        except StorageError as error:
            self._post(Told(replace(error.problem, remedy=_UNKEPT, action="")))
            return Notes(IN_MEMORY)


def _is_whole(facts: object) -> bool:
    """Whether it is of a form that is known here: a newer program may have written another."""
    try:
        revive(Summary, facts)
    except (TypeError, ValueError):
        return False
    return bool(plain(facts).get("hashes"))
