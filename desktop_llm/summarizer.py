"""Carries out a summary: notes on every piece of the documents together, merged until few are left, then the text."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_llm.conversation import Prompt, Receipt, without_thoughts
from desktop_llm.documents.document import Document
from desktop_llm.documents.pieces import Piece, cut
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import ModelFacts
from desktop_llm.errors import EngineError, Problem, PromptError
from desktop_llm.fields import plain
from desktop_llm.generations import BatchContext, Found, Generations, Halted
from desktop_llm.settings import Sampling
from desktop_llm.storage.notes import Notes
from desktop_llm.tasks.languages import language_of
from desktop_llm.tasks.summary import (
    Budget,
    SummaryForm,
    SummaryPrompts,
    cap_of,
    says_nothing,
    summary_sampling,
    without_marks,
)
from desktop_llm.tasks.support import Claim, Evidence

_VERSION = 1  # of the prompts: notes made with others are not taken
_QUOTATIONS, _QUOTED_SHARE = 3, 6
_EXTRACT = 100  # characters
_TOO_SMALL = Problem(
    "A context of {context} tokens is too small to sum up a text in parts.",
    "Set the context length to {smallest} tokens or more.",
)
_NOTHING_SAID = Problem(
    "The documents say nothing about this question: {focus}", "Ask otherwise, or leave the question out."
)


@dataclass(frozen=True)
class SummaryWish:
    """What is to be summed up, and how; several documents are one text, in their order."""

    documents: tuple[Document, ...]
    form: SummaryForm
    model: Path
    sampling: Sampling = Sampling()


@dataclass(frozen=True)
class Source:
    """A document as a summary names it; `pages` 0 where it has none."""

    path: Path
    hash: str
    title: str
    pages: int = 0


@dataclass(frozen=True)
class Summary:
    """`coverage`: the share of the documents' characters that was read. `pieces` they were read in, `evaluated` of them
    anew for this one, in `seconds`; `calls` of the model in all.
    """

    text: str
    claims: tuple[Claim, ...]
    form: SummaryForm
    title: str
    sources: tuple[Source, ...]
    coverage: float
    pieces: int
    evaluated: int
    calls: int
    receipt: Receipt | None = None
    id: int = 0
    made: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Planned:
    """How much there is to do: `calls` of the model, those that need none any more left out.

    `seconds`: as long as it would take as fast as the last one with this model was made, 0 where there was none.
    """

    pieces: int
    tokens: int
    pages: int
    sections: int
    calls: int
    seconds: float = 0.0


@dataclass(frozen=True)
class NoteGrew:
    """The note on the first piece that is being read."""

    piece: int
    text: str


@dataclass(frozen=True)
class PieceRead:
    """`text`: what was noted of it. `pages` of `of_pages` are read; `seconds_left` 0 while that cannot be told."""

    piece: int
    done: int
    pieces: int
    pages: int
    of_pages: int
    heading: str
    text: str
    seconds_left: float = 0.0


@dataclass(frozen=True)
class Merging:
    level: int
    done: int
    of: int


@dataclass(frozen=True)
class SummaryGrew:
    text: str


@dataclass(frozen=True)
class Summarized:
    summary: Summary


SummaryEvent = Planned | NoteGrew | PieceRead | Merging | SummaryGrew | Summarized


@dataclass(frozen=True)
class _Part:
    """A piece of one of the documents, and how many pages of it end there."""

    document: int
    piece: Piece
    pages: int = 0


@dataclass(frozen=True)
class _Plan:
    parts: tuple[_Part, ...]
    prompts: SummaryPrompts
    tokens: int
    whole: bool
    """Whether the text is short enough to be summed up at once."""


class Summarizer:
    """One summary at a time. `on_event` is called on the thread that runs it. Raises UserError, as all of it does.

    What was noted is kept at once: a summary that was stopped, or whose program died, goes on where it was.
    """

    def __init__(self, engine: Engine, notes: Notes, on_event: Callable[[SummaryEvent], None]) -> None:
        self._engine, self._notes, self._tell = engine, notes, on_event
        self._generations = Generations(engine)
        self._plans: dict[str, _Plan] = {}

    def plan(self, wish: SummaryWish) -> Planned:
        """Cuts and counts; loads the model for it."""
        self._generations.begin()
        plan = self._planned(wish)
        planned = self._told(plan, wish)
        self._tell(planned)
        return planned

    def run(self, wish: SummaryWish) -> Summary | None:
        """The summary; nothing where it was stopped."""
        self._generations.begin()
        try:
            return self._summed_up(wish)
        except Halted:
            return None
        finally:
            self._generations.end()

    def stop(self) -> None:
        """Ends it from any thread; what was noted stays."""
        self._generations.halt()

    def _summed_up(self, wish: SummaryWish) -> Summary:
        plan, begun = self._planned(wish), time.monotonic()
        self._tell(self._told(plan, wish))
        evidence = _begun(lambda: Evidence(wish.documents))
        evaluated = 0
        if plan.whole:
            texts = [_text(wish.documents)]
        else:
            texts, evaluated = self._noted(plan, wish, evidence)
        prompt = plan.prompts.final(texts, notes=not plan.whole)
        generation = self._generations.one(prompt, lambda text: self._tell(SummaryGrew(text)))
        text = without_marks(without_thoughts(generation.text))
        if plan.whole and generation.tokens:
            evaluated = int(generation.tokens.prompt - generation.tokens.cached > plan.tokens // 2)
        claims = self._generations.waited(evidence).claims(text)
        summary = Summary(
            text, claims, wish.form, plan.prompts.title, _sources(wish.documents), _coverage(plan, wish.documents),
            len(plan.parts), evaluated, self._generations.count, generation.receipt, made=time.time(),
            seconds=time.monotonic() - begun,
        )  # fmt: skip
        kept = replace(summary, id=self._kept(summary, wish.documents))
        self._tell(Summarized(kept))
        return kept

    def _kept(self, summary: Summary, documents: Sequence[Document]) -> int:
        facts = plain(summary) | {"hashes": [document.hash for document in documents]}
        return self._notes.add(facts, {document.hash: document for document in documents})

    # ---- planning

    def _planned(self, wish: SummaryWish) -> _Plan:
        """Of the same documents, model and question the same again: they are not counted twice."""
        key = hashlib.sha256(repr((
            [(document.hash, document.title) for document in wish.documents], _signature(wish.model), wish.form.focus,
            self._engine.loading,
        )).encode()).hexdigest()  # fmt: skip
        if key not in self._plans:
            self._plans = {key: self._new_plan(wish)}
        plan = self._plans[key]
        return replace(plan, prompts=replace(plan.prompts, form=wish.form, sampling=summary_sampling(wish.sampling)))

    def _new_plan(self, wish: SummaryWish) -> _Plan:
        budget, facts = Budget(1 << 20, 0, 0), self._facts(wish.model)
        title = " + ".join(document.title for document in wish.documents)[:200]
        chinese = language_of(_text(wish.documents)[:20_000]) == "zh-Hans"
        prompts = SummaryPrompts(wish.model, summary_sampling(wish.sampling), title, wish.form, budget, chinese)
        bare = prompts.note("", ""), prompts.merged([], []), prompts.final([], notes=True)
        seen = [self._engine.inspecting(prompt) for prompt in bare]
        overhead = max(self._generations.waited(future).tokens for future in seen)
        budget = Budget(facts.context, overhead, cap_of(facts.parameters))
        if not budget.works:
            values = {"context": f"{budget.context:,}", "smallest": f"{budget.smallest():,}"}
            raise PromptError(replace(_TOO_SMALL, values=values))
        parts = tuple(self._parts(wish.documents, wish.model, budget.piece))
        tokens = sum(self._count(wish.model, [part.piece.text for part in parts]))
        whole = len(parts) == 1 or tokens <= min(budget.piece, budget.notes)
        return _Plan(parts, replace(prompts, budget=budget), tokens, whole and tokens <= budget.notes)

    def _parts(self, documents: Sequence[Document], model: Path, limit: int) -> Iterator[_Part]:
        for number, document in enumerate(documents):
            before = 0
            for piece in cut(document, limit, lambda texts: self._count(model, texts)):
                yield _Part(number, piece, max(piece.pages[1] - before, 0))
                before = max(before, piece.pages[1])

    def _told(self, plan: _Plan, wish: SummaryWish) -> Planned:
        sections = len({(part.document, part.piece.heading) for part in plan.parts})
        pages = sum(document.pages for document in wish.documents)
        keys = [] if plan.whole else [_key(prompt) for prompt in _note_prompts(plan)]
        calls = len(keys) - len(self._notes.found(keys)) + 1
        return Planned(len(plan.parts), plan.tokens, pages, sections, calls, calls * self._each(wish.model))

    def _each(self, model: Path) -> float:
        """Seconds for each call of the last summary that read more than one piece with this model."""
        made = (facts for _, _, facts in self._notes.summaries() if facts.get("evaluated", 0) > 1)
        last = next((one for one in made if (one.get("receipt") or {}).get("model_path") == str(model)), None)
        return float(last["seconds"] / max(last["calls"], 1)) if last else 0.0

    def _facts(self, model: Path) -> ModelFacts:
        """Those of the loaded model; asking how long a prompt is has it loaded."""
        if self._engine.facts is None or self._engine.facts.path != model:
            self._count(model, ["text"])
        if self._engine.facts is None:
            raise EngineError(Problem("The model was unloaded meanwhile.", "Try again.", {}, "retry"))
        return self._engine.facts

    def _count(self, model: Path, texts: Sequence[str]) -> Sequence[int]:
        return self._generations.waited(self._engine.count_tokens(model, texts))

    # ---- notes

    def _noted(self, plan: _Plan, wish: SummaryWish, evidence: Future[Evidence]) -> tuple[list[str], int]:
        """Few notes that together have room, and how many pieces were read for them."""
        prompts = _note_prompts(plan)
        kept = self._found(dict(enumerate(prompts)))
        progress = _Progress(plan, len(prompts) - len(kept), sum(document.pages for document in wish.documents))
        for number in sorted(kept):
            self._tell(progress.read(number, kept[number]))
        new = [number for number in range(len(prompts)) if number not in kept]
        with BatchContext(self._engine, self._generations, wish.model, plan.prompts.budget.batch, len(new)) as batch:
            grew = lambda place, text: self._tell(NoteGrew(new[place], text))  # noqa: E731
            for place, text in self._generations.all([prompts[number] for number in new], batch, grew):
                number = new[place]
                kept[number] = self._keep(prompts[number], text, _extract(plan.parts[number].piece))
                self._tell(progress.read(number, kept[number]))
            notes = [kept[number] for number in range(len(prompts))]
            if plan.prompts.form.focus:
                notes = [note for note in notes if not says_nothing(note)]
                if not notes:
                    raise PromptError(replace(_NOTHING_SAID, values={"focus": plan.prompts.form.focus}))
            return self._merged(notes, plan, evidence, batch), len(new)

    def _found(self, prompts: Mapping[int, Prompt]) -> dict[int, str]:
        """What was answered to some of them before."""
        keys = {number: _key(prompt) for number, prompt in prompts.items()}
        kept = self._notes.found(list(keys.values()))
        return {number: kept[key] for number, key in keys.items() if key in kept}

    def _keep(self, prompt: Prompt, answer: str, instead: str) -> str:
        text = without_marks(answer) or instead
        self._notes.keep(_key(prompt), text)
        return text

    def _merged(self, notes: list[str], plan: _Plan, evidence: Future[Evidence], batch: BatchContext) -> list[str]:
        """Levels of merging until all notes have room in one prompt."""
        budget, level = plan.prompts.budget, 0
        while sum(counts := self._count(plan.prompts.model, notes)) + 2 * len(notes) > budget.notes:
            level += 1
            room = budget.notes - budget.notes // _QUOTED_SHARE
            groups = _grouped(notes, counts, room if level else budget.notes)
            self._tell(Merging(level, 0, len(groups)))
            notes = self._merged_once(groups, plan, evidence, batch, level)
        return notes

    def _merged_once(
        self, groups: list[list[str]], plan: _Plan, evidence: Future[Evidence], batch: BatchContext, level: int
    ) -> list[str]:
        """A group of one stays as it is."""
        prompts = {n: self._merge_prompt(group, plan, evidence) for n, group in enumerate(groups) if len(group) > 1}
        merged = {n: group[0] for n, group in enumerate(groups) if len(group) == 1} | self._found(prompts)
        new = [n for n in prompts if n not in merged]
        for place, text in self._generations.all([prompts[n] for n in new], batch):
            n = new[place]
            merged[n] = self._keep(prompts[n], text, "\n".join(groups[n])[:_EXTRACT])
            self._tell(Merging(level, len(merged), len(groups)))
        return [merged[n] for n in range(len(groups))]

    def _merge_prompt(self, group: list[str], plan: _Plan, evidence: Future[Evidence]) -> Prompt:
        """With as many quotations as have room beside the notes."""
        quotations = self._generations.waited(evidence).quotations("\n".join(group), _QUOTATIONS)
        budget = plan.prompts.budget
        while quotations and sum(self._count(plan.prompts.model, [*group, *quotations])) > budget.notes - 32:
            quotations = quotations[:-1]
        return plan.prompts.merged(group, quotations)


class _Progress:
    """What is read so far, and how long the rest takes."""

    def __init__(self, plan: _Plan, new: int, pages: int) -> None:
        self._plan, self._new, self._of_pages = plan, new, pages
        self._begun, self._done, self._pages = time.monotonic(), 0, 0

    def read(self, number: int, note: str) -> PieceRead:
        part, pieces = self._plan.parts[number], len(self._plan.parts)
        self._done += 1
        self._pages += part.pages
        fresh = self._done - (pieces - self._new)
        each = (time.monotonic() - self._begun) / fresh if fresh > 0 else 0.0
        pages = min(self._pages, self._of_pages)
        return PieceRead(
            number, self._done, pieces, pages, self._of_pages, part.piece.heading, note, each * (pieces - self._done)
        )


def _begun(work: Callable[[], Found]) -> Future[Found]:
    """What comes of `work`, done on a thread that nobody need wait for."""
    future: Future[Found] = Future()

    def done() -> None:
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=done, name="evidence", daemon=True).start()
    return future


def _note_prompts(plan: _Plan) -> list[Prompt]:
    return [plan.prompts.note(part.piece.text, part.piece.heading) for part in plan.parts]


def _grouped(notes: Sequence[str], counts: Sequence[int], room: int) -> list[list[str]]:
    """Neighbours that have room together; two at least where there are two, so that there are fewer each time."""
    groups: list[list[str]] = []
    filled = room + 1
    for note, count in zip(notes, counts, strict=True):
        if filled + count + 2 > room and not (groups and len(groups[-1]) == 1):
            groups.append([])
            filled = 0
        groups[-1].append(note)
        filled += count + 2
    return groups


def _text(documents: Sequence[Document]) -> str:
    return "\n\n".join(document.text for document in documents)


def _coverage(plan: _Plan, documents: Sequence[Document]) -> float:
    """Which share of the documents' characters stands in the pieces that were read."""
    return sum(len(part.piece.text) for part in plan.parts) / (sum(len(document.text) for document in documents) or 1)


def _sources(documents: Sequence[Document]) -> tuple[Source, ...]:
    return tuple(Source(each.path, each.hash, each.title, each.pages) for each in documents)


def _extract(piece: Piece) -> str:
    """What stands for a note that the model left empty."""
    return piece.text.strip()[:_EXTRACT]


def _key(prompt: Prompt) -> str:
    """By all that shapes the answer; a model by its file as it is, wherever it lies."""
    told = [_VERSION, [(message.role, message.text) for message in prompt.messages], plain(prompt.sampling)]
    return hashlib.sha256(json.dumps([*told, prompt.thinking, _signature(prompt.model)]).encode()).hexdigest()


def _signature(model: Path) -> tuple[str, int, int]:
    try:
        facts = os.stat(model)
    except OSError:
        return model.name, 0, 0
    return model.name, facts.st_size, facts.st_mtime_ns
