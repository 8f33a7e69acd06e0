"""How often a sentence is traced to where it comes from; prints hit rates beside chance, asserts none.

python -m pytest tests/benchmarks/test_citations.py -s

Meetings whose summaries people wrote, with the turns these rest on (QMSum, English) or the segment (VCSum, Chinese).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from desktop_llm.documents.document import Document, Passage
from desktop_llm.tasks.support import Evidence

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="shared/data is not here")


@dataclass(frozen=True)
class Case:
    """A summary, and the passages that people say it rests on."""

    document: Document
    summary: str
    marked: frozenset[int]


def talk(name: str, turns: list[str]) -> Document:
    return Document(Path(name), name, "text", tuple(Passage(turn) for turn in turns), hash=name)


def qmsum() -> Iterator[Case]:
    for file in sorted((DATA / "qmsum").glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        document = talk(file.stem, [f"{turn['speaker']}: {turn['content']}" for turn in told["meeting_transcripts"]])
        for query in told["specific_query_list"]:
            spans = (range(int(first), int(last) + 1) for first, last in query["relevant_text_span"])
            yield Case(document, query["answer"], frozenset(turn for span in spans for turn in span))


def vcsum() -> Iterator[Case]:
    for line in (DATA / "vcsum" / "test_5meetings.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        document = talk(str(told["id"]), [turn for segment in told["segments"] for turn in segment["turns"]])
        at = 0
        for segment in told["segments"]:
            yield Case(document, segment["summary"], frozenset(range(at, at + len(segment["turns"]))))
            at += len(segment["turns"])


@pytest.mark.parametrize("cases", [qmsum, vcsum])
def test_sentences_are_traced(cases: object) -> None:
    sentences = best = any_of_three = nowhere = 0
    chance = 0.0
    evidence: dict[str, Evidence] = {}
    for case in cases():  # type: ignore[operator]
        found = evidence.setdefault(case.document.title, Evidence((case.document,)))
        for claim in found.claims(case.summary):
            places = [passage for _, passage in claim.sources]
            sentences += 1
            nowhere += not places
            best += bool(places) and places[0] in case.marked
            any_of_three += any(place in case.marked for place in places)
            chance += len(case.marked) / len(case.document.passages)
    assert sentences
    traced = max(sentences - nowhere, 1)
    print(
        f"\n{sentences} sentences, {nowhere} without a source; of the others in the marked turns: "
        f"the first {best / traced:.0%}, one of three {any_of_three / traced:.0%}, by chance {chance / sentences:.0%}"
    )
