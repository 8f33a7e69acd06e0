"""The sentences of a summary, and the passages of the documents that each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop_llm.documents.document import Document
from desktop_llm.storage.summary_export import WrittenSource, WrittenSummary
from desktop_llm.summarizer import Summary
from desktop_llm.tasks.support import Claim

Place = tuple[int, int]
"""A document and one of its passages, by their numbers."""


def numbered(claims: Iterable[Claim]) -> dict[Place, int]:
    """The passages that a summary comes from, each with its number, in the order they are named."""
    places = dict.fromkeys(place for claim in claims for place in claim.sources)
    return {place: number for number, place in enumerate(places, 1)}


def written_summary(summary: Summary, documents: Sequence[Document]) -> WrittenSummary:
    numbers = numbered(summary.claims)
    marks = tuple((claim.end, tuple(numbers[place] for place in claim.sources)) for claim in summary.claims)
    return WrittenSummary(summary.title, summary.text, marks, tuple(_source(documents, *place) for place in numbers))


def _source(documents: Sequence[Document], document: int, passage: int) -> WrittenSource:
    found = documents[document].passages[passage]
    return WrittenSource(documents[document].title, found.page, found.heading, found.text)
