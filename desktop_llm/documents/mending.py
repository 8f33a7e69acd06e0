"""From the lines of printed pages to paragraphs, without running heads, hyphens of line ends and look-alikes."""

from __future__ import annotations

import itertools
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desktop_llm.documents.radicals import IDEOGRAPHS

_FEW_PAGES = 5
_NO_CHANCE = 15
_SHARE = 0.4
"""Left and right pages often have different heads."""
_GAP = 1.35
_WIDEST = 1.6
_SHORT = 0.25
_INDENT = 0.5
_OTHER_SIZE = 1.15
_ITEM = re.compile(r"\s*(?:[•‣▪●○–—*-]\s|\(?\d{1,3}[.)]\s|[①-⑳])")
_HYPHENS = ("-", "\u00ad", "\u2010")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_FINAL = tuple('.!?:;。！？：；…”"»」』)）؟۔।')


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page and where it stands, in points from the lower left."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        return max(self.top - self.bottom, 1.0)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`page` is where it begins, counted from 1; `size` its height of line, `body` that of most of the document."""

    text: str
    page: int
    size: float
    body: float


def mended(pages: Sequence[Sequence[Line]]) -> Iterator[Paragraph]:
    kept = _without_repeats(_without_running_lines(pages))
    body = _body(kept)
    words = Counter(word.lower() for page in kept for line in page for word in _WORD.findall(line.text))
    for number, lines in _paragraphs(kept):
        yield Paragraph(_joined([line.text for line in lines], words), number, lines[0].height, body)


def _without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Without what stands at the head or foot of most pages, whatever its numbers, unless that is most of the text."""
    ends = Counter(key for page in pages for key in {_key(line) for line in (*page[:2], *page[-2:])})
    many = max(_SHARE * len(pages), _FEW_PAGES - 1)
    kept = [
        [line for at, line in enumerate(page) if ends[_key(line)] < many or 2 <= at < len(page) - 2] for page in pages
    ]
    return kept if 2 * _characters(kept) > _characters(pages) else [list(page) for page in pages]


def _characters(pages: Sequence[Sequence[Line]]) -> int:
    return sum(len(line.text) for page in pages for line in page)


def _without_repeats(pages: list[list[Line]]) -> list[list[Line]]:
    """Without a line that was cut by the end of a page and printed whole on the next: both have all its text."""
    for page, following in itertools.pairwise(pages):
        if page and following and page[-1].text == following[0].text and len(page[-1].text) > _NO_CHANCE:
            del following[0]
    return pages


def _key(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.bottom / 8)


def _body(pages: Sequence[Sequence[Line]]) -> float:
    heights: Counter[float] = Counter()
    for page in pages:
        for line in page:
            heights[round(line.height, 1)] += len(line.text)
    return heights.most_common(1)[0][0] if heights else 1.0


def _paragraphs(pages: Sequence[Sequence[Line]]) -> Iterator[tuple[int, list[Line]]]:
    """The number of the page where a paragraph begins, and its lines; it may go on over the end of a page."""
    kept: list[Line] = []
    first = 0
    for number, page in enumerate(pages, 1):
        pitch = _pitch(page)
        for at, line in enumerate(map(_mirrored, page)):
            if kept and (_leaves_page(kept, line) if at == 0 else _begins(kept, line, pitch)):
                yield first, kept
                kept = []
            first = first if kept else number
            kept.append(line)
    if kept:
        yield first, kept


def _pitch(page: Sequence[Line]) -> float:
    """How far apart lines of a paragraph stand on that page."""
    steps = [above.bottom - line.bottom for above, line in itertools.pairwise(page)]
    falling = [step for step in steps if step > 1]
    return statistics.median_low(falling) if falling else 1.0


def _begins(kept: Sequence[Line], line: Line, pitch: float) -> bool:
    last = kept[-1]
    step = last.bottom - line.bottom
    if step <= 0:
        return _leaves_page(kept, line)
    usual = min(max(pitch, 0.8 * line.height), _WIDEST * line.height)
    if step > _GAP * usual or _differs(last, line) or _ITEM.match(line.text):
        return True
    indented = line.left - last.left > _INDENT * line.height and not _ITEM.match(last.text)
    return indented or _is_short(kept, line)


def _leaves_page(kept: Sequence[Line], line: Line) -> bool:
    """Whether a paragraph ends where a page or a column does."""
    last = kept[-1]
    return _differs(last, line) or last.text.rstrip().endswith(_FINAL) or _is_short(kept, kept[0])


def _differs(last: Line, line: Line) -> bool:
    return max(last.height, line.height) > _OTHER_SIZE * min(last.height, line.height)


def _is_short(kept: Sequence[Line], line: Line) -> bool:
    """Whether the last line ends long before its neighbours do."""
    around = (*kept[-2:], line)
    right, left = max(other.right for other in around), min(other.left for other in around)
    return kept[-1].right < right - _SHORT * (right - left)


def _mirrored(line: Line) -> Line:
    """Lines that run from right to left, seen in a mirror."""
    letters = sum(map(str.isalpha, line.text))
    if 2 * len(_FROM_THE_RIGHT.findall(line.text)) <= letters:
        return line
    return Line(line.text, -line.right, -line.left, line.bottom, line.top)


def _joined(lines: Sequence[str], words: Counter[str]) -> str:
    text = lines[0].strip()
    for line in lines[1:]:
        text = _continued(text, line.strip(), words)
    return text.translate(IDEOGRAPHS)


def _continued(text: str, line: str, words: Counter[str]) -> str:
    if not text or not line:
        return text + line
    if text.endswith(_HYPHENS) and text[-2:-1].isalpha() and line[0].islower():
        return _unhyphenated(text, line, words)
    closed = text.endswith("—") and not text[-2:-1].isspace()
    return text + line if closed or (_is_wide(text[-1]) and _is_wide(line[0])) else f"{text} {line}"


def _unhyphenated(text: str, line: str, words: Counter[str]) -> str:
    """The hyphen goes unless the document writes the word with one elsewhere, and not without."""
    head, tail = _WORD.findall(text[:-1])[-1:], _WORD.match(line)
    if not head or not tail:
        return text[:-1] + line
    with_one, without = f"{head[0]}-{tail[0]}".lower(), f"{head[0]}{tail[0]}".lower()
    return f"{text[:-1]}-{line}" if words[with_one] > words[without] else text[:-1] + line


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
