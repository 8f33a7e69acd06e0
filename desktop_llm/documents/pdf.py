"""PDF: text by page from a process of its own, put together to paragraphs, with headings from its outline."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from desktop_llm.documents.document import (
    MOST_TEXT,
    Content,
    Outline,
    Passage,
    Watch,
    damaged,
    locked,
    problem,
    refusal,
    shown,
    too_long,
    too_slow,
)
from desktop_llm.documents.mending import Line, Paragraph, mended
from desktop_llm.documents.pdf_child import MOST_PAGES
from desktop_llm.documents.plain import chapter_level
from desktop_llm.errors import Problem, UserError

LONGEST_SILENCE = 30.0
_LONGEST_LINE = 256 * 1024 * 1024
_HEADING = 120
_LARGER = 1.15

Mark = tuple[str, int, int]


def pdf(path: Path, watch: Watch) -> Content:
    events = _events(path, watch)
    try:
        head = next(events)
        pages = [[Line(*line) for line in page["lines"]] for page in _pages(events, head, path)]
        marks = [(str(title), int(level), int(page)) for title, level, page in head["outline"]]
        notes = _notes(path, head)
        found = list(mended(pages))
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise broke_down(path) from error
    if not found and head.get("broken"):
        raise damaged(path)
    if not found and head.get("picture"):
        raise scanned(path)
    passages = _headed(found, marks) if marks else _by_size(found)
    return Content(passages, shown(str(head["title"] or "")), pages=int(head["pages"]), notes=notes)


def _pages(events: Iterator[dict[str, Any]], head: dict[str, Any], path: Path) -> Iterator[dict[str, Any]]:
    """Each page's lines; which pages are pictures or broken is noted in `head`. What ends too early is refused."""
    if "problem" in head:
        refusals = {"password": locked, "pages": too_many_pages}
        raise refusals.get(head["problem"], damaged)(path)
    for number, page in enumerate(events, 1):
        if "end" in page:
            return
        for kind in ("picture", "broken"):
            head.setdefault(kind, []).extend([number] if page.get(kind) else [])
        yield page
    raise ValueError("it ends too early")


def _notes(path: Path, head: dict[str, Any]) -> tuple[Problem, ...]:
    found = []
    if pictures := head.get("picture"):
        text = "Pages of {name} that are pictures without text were not read: {pages}."
        remedy = "Run text recognition (OCR) over the file to have them read."
        found.append(problem(text, path, remedy, pages=_spans(pictures)))
    if broken := head.get("broken"):
        text = "Pages of {name} that are damaged were not read: {pages}."
        found.append(problem(text, path, "Get the file again if they matter.", pages=_spans(broken)))
    return tuple(found)


def _spans(numbers: Sequence[int]) -> str:
    """As a person writes them: runs of pages together, at most 20."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("–".join(map(str, run)) for run in runs[:20]) + ("…" if len(runs) > 20 else "")


# ---- headings


def _headed(paragraphs: Sequence[Paragraph], marks: Sequence[Mark]) -> Iterator[Passage]:
    """Under the outline's headings, each from the paragraph that reads like it, or from its page's beginning."""
    outline, waiting = Outline(), sorted(marks, key=lambda mark: mark[2])
    names = {(_plain(title), page) for title, _, page in marks}
    there = {(_plain(p.text), p.page) for p in paragraphs if len(p.text) < 300} & names
    for paragraph in paragraphs:
        level = 0
        while waiting and _is_reached(waiting[0], paragraph, there):
            title, level, _ = waiting.pop(0)
            outline.enter(level, title)
            level = level if _plain(title) == _plain(paragraph.text) else 0
        yield Passage(paragraph.text, outline.path, paragraph.page, level=level)


def _is_reached(mark: Mark, paragraph: Paragraph, there: set[tuple[str, int]]) -> bool:
    title, _, page = mark
    if page != paragraph.page or (_plain(title), page) not in there:
        return page <= paragraph.page
    return _plain(title) == _plain(paragraph.text)


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())[:300]


def _by_size(paragraphs: Sequence[Paragraph]) -> Iterator[Passage]:
    """Headings are short and larger than the body, or read like a chapter's."""
    outline = Outline()
    sizes = sorted({round(p.size) for p in paragraphs if _is_large(p)}, reverse=True)[:3]
    for paragraph in paragraphs:
        level = chapter_level(paragraph.text)
        if _is_large(paragraph):
            level = sizes.index(round(paragraph.size)) + 1 if round(paragraph.size) in sizes else 4
        yield outline.passage(paragraph.text, level, paragraph.page)


def _is_large(paragraph: Paragraph) -> bool:
    return paragraph.size > _LARGER * paragraph.body and len(paragraph.text) <= _HEADING


# ---- the process


def child_command(path: Path) -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--read", str(path)]
    return [sys.executable, "-P", "-m", "desktop_llm", "--read", str(path)]


def _events(path: Path, watch: Watch) -> Iterator[dict[str, Any]]:
    """What the process says, until it leaves, falls silent, says too much, or is no longer wanted."""
    process = _started(path)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert process.stdout
    reader = threading.Thread(target=_collect, args=(process.stdout, lines), name="pdf-reader", daemon=True)
    reader.start()
    try:
        total = 0
        while line := _next_line(lines, watch):
            total += len(line)
            if total > 4 * MOST_TEXT:
                raise too_long(path)
            yield json.loads(line)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


def _started(path: Path) -> subprocess.Popen[bytes]:
    package = str(Path(__file__).parents[2])
    python_path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": python_path, "PYTHONUTF8": "1"}
    flags, none = getattr(subprocess, "CREATE_NO_WINDOW", 0), subprocess.DEVNULL
    return subprocess.Popen(
        child_command(path.absolute()), stdin=none, stdout=subprocess.PIPE, stderr=none, env=environment,
        creationflags=flags,
    )  # fmt: skip


def _collect(stdout: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := stdout.readline(_LONGEST_LINE):
            lines.put(line)
    lines.put(b"")


def _next_line(lines: queue.SimpleQueue[bytes], watch: Watch) -> bytes:
    silent_until = time.monotonic() + LONGEST_SILENCE
    while True:
        watch.check()
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=0.05)
        if time.monotonic() > silent_until:
            raise too_slow(watch.path)


def scanned(path: Path) -> UserError:
    remedy = "Run text recognition (OCR) over it, for example with OCRmyPDF, then open the result."
    return refusal("{name} holds only pictures of pages, no text: it is a scan.", path, remedy)


def too_many_pages(path: Path) -> UserError:
    text = "{name} has more pages than can be read at once: over {most}."
    return refusal(text, path, "Split it into several files.", most=str(MOST_PAGES))


def broke_down(path: Path) -> UserError:
    remedy = "Print it to a new PDF in the program that shows it, then open that."
    return refusal("{name} could not be read: what reads PDF files broke down at it.", path, remedy)
