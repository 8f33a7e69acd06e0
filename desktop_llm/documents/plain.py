"""Files that are text already: paragraphs of prose and Markdown, lines of code, rows of tables, cues of subtitles."""

from __future__ import annotations

import csv
import html
import io
import itertools
import re
from collections.abc import Iterable, Iterator

from desktop_llm.documents.document import MOST_TEXT, Outline, Passage

_LONG = 2_000
"""Lines without an empty one between are taken together up to so many characters."""
_SOME = 1_000
_MOST_LINES = 10_000
_WRAPPED = 120
"""Columns: text whose lines were ended to fit a width has no longer ones."""

_CHAPTER = re.compile(
    r"(?:(?:chapter|part|book|volume|section|kapitel|chapitre|cap[ií]tulo|глава|часть)\s+(?:[\divxlc]+|one|two|three|"
    r"four|five|six|seven|eight|nine|ten|eleven|twelve)\b.{0,80}|(?:the )?(?:prologue|epilogue|foreword|preface)|"
    r"(?:\S{1,12}\s+)?第\s*[\d〇零一二三四五六七八九十百千两○]+\s*(?P<rank>[章节節回卷部篇集幕])(?=$|[\s:：、.《“—]|.{0,40}$).*|[序楔]言?|楔子|尾声|后记)",
    re.IGNORECASE,
)
_ENDS_A_SENTENCE = tuple(".,;!?。！？；，”」…")
_HASHES = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_TIMES = re.compile(r"((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})")
csv.field_size_limit(MOST_TEXT)

_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>|<\d[\d:.]{0,12}>|\{\\[^{}\n]{0,80}\}")


def prose(text: str) -> Iterator[Passage]:
    """Paragraphs as empty lines part them, or each line where lines are whole paragraphs; chapters as headings."""
    outline = Outline()
    for number, block in _paragraphs(text):
        level = chapter_level(block)
        yield outline.passage(block, level, place=str(number))


def chapter_level(block: str) -> int:
    """1 or 2 where a line reads like the heading of a part or a chapter, otherwise 0."""
    line = block.strip()
    if "\n" in line or len(line) > 80 or line.endswith(_ENDS_A_SENTENCE):
        return 0
    found = _CHAPTER.fullmatch(line)
    if not found:
        return 0
    widest = line.lower().startswith(("part", "book", "volume")) or (found["rank"] or "") in tuple("卷部篇集")
    return 1 if widest else 2


def markdown(text: str) -> Iterator[Passage]:
    outline = Outline()
    for number, block in _markdown_blocks(_lines(text)):
        level, name = _markdown_heading(block)
        heading = outline.enter(level, name) if level else outline.path
        yield Passage(block, heading, place=str(number), level=level)


def code(text: str) -> Iterator[Passage]:
    """Pieces of source at empty lines, each with its first line's number."""
    for number, block in _merged(_blocks(text), _SOME):
        yield Passage(block, place=str(number))


def table(text: str) -> Iterator[Passage]:
    """Some rows at a time under the first one's names; `place` says which."""
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    number, kept, size = 0, [""][:0], 0
    for number, cells in enumerate(rows, 1):
        line = " | ".join(" ".join(cell.split()) for cell in cells)
        if kept and size + len(line) > _SOME:
            yield _rows(kept, number - 1)
            kept, size = [], 0
        kept.append(line)
        size += len(line)
    yield _rows(kept, number)


def subtitles(text: str) -> Iterator[Passage]:
    """One passage for each cue, without its markup; `place` is when it is shown."""
    for block in re.split(r"\n[ \t]*\n", text):
        head, found, tail = _cue(block)
        if found and not head.lstrip().startswith(("NOTE", "STYLE")):
            yield Passage(html.unescape(_TAG.sub("", tail)), place=f"{found[1]} --> {found[2]}".replace(",", "."))


# ---- parts


def _lines(text: str) -> Iterator[str]:
    """One after another: a list of all of them may be far larger than the text."""
    return (line.removesuffix("\n") for line in io.StringIO(text))


def _cue(block: str) -> tuple[str, re.Match[str] | None, str]:
    """What stands before a cue's line of times, the times, and what is shown."""
    found = _TIMES.search(block)
    if not found:
        return block, None, ""
    return block[: found.start()], found, block[found.end() :].partition("\n")[2]


def _rows(kept: list[str], last: int) -> Passage:
    first = last - len(kept) + 1
    return Passage("\n".join(kept), place=str(first) if first == last else f"{first}–{last}")


def _delimiter(text: str) -> str:
    """The one that the first lines have most often and alike."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()][:-1] or [text[:20_000]]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    return max(counts, key=lambda mark: (min(counts[mark]), sum(counts[mark])))


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Runs of lines that are not empty, with the number of the first."""
    kept: list[str] = []
    for number, line in enumerate(itertools.chain(_lines(text), [""]), 1):
        full = len(kept) >= _MOST_LINES
        if kept and (full or not line.strip()):
            yield number - len(kept), "\n".join(kept)
            kept = []
        if line.strip():
            kept.append(line)


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Blocks; long ones line by line where lines are paragraphs of their own, otherwise some lines at a time."""
    for number, block in _blocks(text):
        lines = block.split("\n")
        if max(map(_columns, lines)) > _WRAPPED:
            yield from ((at, line.strip()) for at, line in enumerate(lines, number))
        else:
            yield from _merged(enumerate(lines, number), _LONG, "\n")


def _columns(line: str) -> int:
    return len(line) + (sum(character > "\u2e7f" for character in line) if len(line) > _WRAPPED // 2 else 0)


def _merged(blocks: Iterable[tuple[int, str]], most: int, between: str = "\n\n") -> Iterator[tuple[int, str]]:
    """Neighbours taken together up to `most` characters; a heading stays alone."""
    first, kept, size = 0, [""][:0], 0
    for number, block in blocks:
        alone = chapter_level(block) > 0
        if kept and (alone or size + len(block) > most):
            yield first, between.join(kept)
            kept, size = [], 0
        if alone:
            yield number, block
            continue
        first = first if kept else number
        kept.append(block)
        size += len(block)
    if kept:
        yield first, between.join(kept)


def _markdown_blocks(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Blocks as empty lines and headings part them; what stands between fences stays whole."""
    kept: list[str] = []
    fence, first = "", 1
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        ends = not fence and (not line.strip() or _HASHES.match(line))
        if kept and ends:
            yield first, "\n".join(kept)
            kept = []
        if not fence and _HASHES.match(line):
            yield number, line
        elif line.strip() or kept:
            first = first if kept else number
            kept.append(line)
    yield first, "\n".join(kept)


def _markdown_heading(block: str) -> tuple[int, str]:
    if found := _HASHES.match(block):
        return len(found[1]), found[2] or ""
    head, _, line = block.rpartition("\n")
    if head and "\n" not in head and re.fullmatch(r" {0,3}(=+|-{2,})\s*", line):
        return (1 if "=" in line else 2), head.strip()
    return 0, ""
