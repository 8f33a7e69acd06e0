"""How fast a book is read through the task, beside the engine alone on the same pieces; asserts no times.

python -m pytest tests/benchmarks/test_summary_speed.py -s
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from desktop_llm.conversation import Prompt
from desktop_llm.documents.document import Document
from desktop_llm.documents.pieces import cut
from desktop_llm.documents.reading import read_document
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.settings import Loading, Sampling
from desktop_llm.storage.notes import Notes
from desktop_llm.summarizer import NoteGrew, PieceRead, Summarizer, SummaryEvent, SummaryWish
from desktop_llm.tasks.summary import SummaryForm

BOOK = Path(__file__).parents[3] / "shared" / "data" / "books" / "war_of_the_worlds.en.md"
PIECES, ROUNDS = 8, 3
pytestmark = pytest.mark.skipif(not BOOK.exists(), reason="shared/data is not here")


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(Loading(context=4096))
    yield engine
    engine.close()


def first_pieces(book: Document, count: int) -> Document:
    """So much of the book as makes about that many pieces."""
    most = count * 5500  # characters of about 1,300 tokens
    passages = tuple(passage for passage in book.passages if passage.end < most)
    return replace(book, passages=passages, hash=f"{book.hash}{count}")


class Read:
    """Reads a document through the task, and notes when what came."""

    def __init__(self, engine: Engine, notes: Notes) -> None:
        self.moments: list[tuple[float, SummaryEvent]] = []
        self.asked: list[Prompt] = []
        self.generations: list[Generation] = []
        self.context: tuple[int, int] = (0, 0)
        self._engine, self._generate = engine, engine.generate
        self.summarizer = Summarizer(engine, notes, lambda event: self.moments.append((time.perf_counter(), event)))

    def run(self, wish: SummaryWish) -> None:
        def heard(prompt: Prompt, context: int = 0, keep: bool = True) -> Generation:
            if context:
                self.asked.append(prompt)
            generation = self._generate(prompt, context, keep)
            self.generations.append(generation)
            return generation

        self._engine.generate = heard  # type: ignore[method-assign]
        try:
            self.summarizer.run(wish)
        finally:
            self._engine.generate = self._generate  # type: ignore[method-assign]

    @property
    def seconds(self) -> float:
        """From the first piece asked for to the last note."""
        last = max(when for when, event in self.moments if isinstance(event, PieceRead))
        return last - next(when for when, event in self.moments if not isinstance(event, PieceRead | NoteGrew))


def tokens(generations: Sequence[Generation]) -> int:
    return sum(one.tokens.prompt - one.tokens.cached + one.tokens.generated for one in generations if one.tokens)


def bare(engine: Engine, prompts: Sequence[Prompt], sequences: int, each: int) -> float:
    """Tokens per second of the engine alone: so many at once, all handed over at the beginning."""
    opened = engine.open_context(prompts[0].model, sequences, each, False)
    begun = time.perf_counter()
    generations = [engine.generate(prompt, opened.context, keep=False) for prompt in prompts]
    for generation in generations:
        generation.wait()
    seconds = time.perf_counter() - begun
    engine.close_context(opened.context)
    return tokens(generations) / seconds


def test_pieces_together_beside_the_engine_alone(engine: Engine, starter: Path, tmp_path: Path) -> None:
    document = first_pieces(read_document(BOOK), PIECES)
    ratios, gains = [], []
    for round in range(ROUNDS):
        notes = Notes(tmp_path / f"{round}.sqlite")
        read = Read(engine, notes)
        wish = SummaryWish((document,), SummaryForm(), starter, Sampling(temperature=0.0))
        plan = read.summarizer._planned(wish)
        read.run(wish)
        pieces = len(plan.parts)
        through = tokens(read.generations[:pieces]) / read.seconds
        prompts, each = read.asked[:pieces], plan.prompts.budget.batch
        opened = engine.open_context(starter, 0, 256, False)
        engine.close_context(opened.context)
        ratios.append(through / bare(engine, prompts, min(opened.sequences, pieces), each))
        gains.append(through / bare(engine, prompts, 1, each))
        notes.close()
    print(f"\n{pieces} pieces, {opened.sequences} sequences: task / engine {[f'{each:.2f}' for each in ratios]}")
    print(f"together / one after another {[f'{each:.2f}' for each in gains]}")
    print(f"medians {statistics.median(ratios):.2f} and {statistics.median(gains):.2f}")


def test_the_first_note_before_the_second_piece(engine: Engine, starter: Path, tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.sqlite")
    read = Read(engine, notes)
    document = first_pieces(read_document(BOOK), 3)
    read.run(SummaryWish((document,), SummaryForm(), starter, Sampling(temperature=0.0)))
    begun = read.moments[0][0]
    first = next(when for when, event in read.moments if isinstance(event, NoteGrew)) - begun
    notes.close()
    print(f"\nfirst words of the first note after {first:.2f} s, all after {read.moments[-1][0] - begun:.1f} s")


def test_a_book_is_cut_and_counted(engine: Engine, starter: Path) -> None:
    book = read_document(BOOK)
    doubled = replace(book, passages=(*book.passages, *(
        replace(passage, start=passage.start + len(book.text) + 2, end=passage.end + len(book.text) + 2)
        for passage in book.passages
    )))  # fmt: skip
    engine.count_tokens(starter, ["x"]).result()
    begun = time.perf_counter()
    pieces = cut(doubled, 1472, lambda texts: engine.count_tokens(starter, texts).result())
    took = time.perf_counter() - begun
    print(f"\n{len(doubled.text):,} characters, about 300 pages: {len(pieces)} pieces, {took:.2f} s")


def test_stopping(engine: Engine, starter: Path, tmp_path: Path) -> None:
    document, waits = first_pieces(read_document(BOOK), 4), []
    for delay in (0.3, 1.5, 4.0):
        notes = Notes(tmp_path / f"{delay}.sqlite")
        summarizer = Summarizer(engine, notes, lambda _event: None)
        wish = SummaryWish((document,), SummaryForm(), starter, Sampling(temperature=0.0))
        thread = threading.Thread(target=summarizer.run, args=(wish,))
        thread.start()
        time.sleep(delay)
        begun = time.perf_counter()
        summarizer.stop()
        thread.join()
        waits.append(time.perf_counter() - begun)
        notes.close()
    print(f"\nstopped after {[f'{each * 1000:.0f} ms' for each in waits]}")


def test_memory_of_the_windows_process(engine: Engine, starter: Path, tmp_path: Path) -> None:
    """What it grows by from a text of four pieces to one of twelve."""
    process, taken = psutil.Process(os.getpid()), []
    for count in (4, 12):
        notes = Notes(tmp_path / f"{count}.sqlite")
        document = first_pieces(read_document(BOOK), count)
        wish = SummaryWish((document,), SummaryForm(), starter, Sampling(temperature=0.0))
        Summarizer(engine, notes, lambda _event: None).run(wish)
        taken.append((len(document.text), process.memory_info().rss))
        notes.close()
    (small, before), (large, after) = taken
    print(f"\n{(after - before) / 1e6:.1f} MB more for {(large - small) / 1e6:.2f} MB more of text")
