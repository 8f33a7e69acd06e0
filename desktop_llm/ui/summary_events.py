"""What the Summarize page is told beside what the summarizer itself tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_llm.conversation import Attachment
from desktop_llm.documents.document import Document
from desktop_llm.errors import Problem
from desktop_llm.summarizer import Planned, Summary


@dataclass(frozen=True)
class DocumentRead:
    """Of what was asked for as `ticket`; `known`: the number of a summary that was made of it, or 0."""

    ticket: int
    document: Document
    known: int = 0


@dataclass(frozen=True)
class NotRead:
    ticket: int
    name: str
    problem: Problem


@dataclass(frozen=True)
class ReadingEnded:
    """All that was asked for as `ticket` has been told."""

    ticket: int


@dataclass(frozen=True)
class PlanMade:
    """How much there is to do for the plan asked for as `ticket`, or why that cannot be told."""

    ticket: int
    planned: Planned | None
    problem: Problem | None = None


@dataclass(frozen=True)
class SummaryEnded:
    """No summary is being made any more: it is done, was stopped (both without a problem) or failed."""

    problem: Problem | None = None


@dataclass(frozen=True)
class HistoryTold:
    """All summaries that are kept, the last made first."""

    summaries: tuple[Summary, ...]


@dataclass(frozen=True)
class SummaryOpened:
    """A kept summary with what it was made of."""

    summary: Summary
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class SummaryDeleted:
    """It is gone; with this it can be brought back."""

    title: str
    facts: dict[str, Any]
    sources: dict[str, Any]


@dataclass(frozen=True)
class SummaryExported:
    path: Path


@dataclass(frozen=True)
class HandedOver:
    """What is to go with a question about a summary."""

    attachments: tuple[Attachment, ...]
