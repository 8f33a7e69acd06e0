"""A document in pieces that fit a model, parted at headings, paragraphs or sentences and counted in its own tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from desktop_llm.documents.borders import Border, runs
from desktop_llm.documents.document import BETWEEN, Document, Passage

LEAST = 16
"""Tokens: a limit below it might not hold one character."""
FULL = 0.97
"""What is packed by summed counts leaves some room, for a text has more or fewer tokens than its parts together."""
HEADING_FROM = 0.6
MOST_BYTES = 65_536
"""Of one text that is counted."""
MOST_TEXTS = 4_000
MOST_TOGETHER = 262_144
"""Characters that are counted at once: a second or two, so that one may stop meanwhile."""
_COARSE = 4
"""A unit with more than this part of a limit is parted, so that some border is near the end of each piece."""
_FINE = 8
_SHORT = 120
"""Characters: the fewer there are in a unit, the more is a sum of their counts wrong."""
_JOINT = 16
"""Tokens that a text may have more than its halves."""

Count = Callable[[Sequence[str]], Sequence[int]]


@dataclass(frozen=True)
class Piece:
    """A run of a document's text: `text` is document.text[start:end]. `pages`: first and last, 0 where there are none.

    `heading`: the headings it begins under, outermost first.
    """

    start: int
    end: int
    text: str
    heading: str = ""
    pages: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stays together in one piece. `border` is the one it begins at."""

    start: int
    end: int
    border: Border
    tokens: int = 0


def cut(document: Document, limit: int, count: Count) -> list[Piece]:
    """The whole text in pieces of at most `limit` tokens each. `count` may raise UserError, which is passed on."""
    if limit < LEAST:
        raise ValueError(f"a piece cannot have fewer than {LEAST} tokens")
    places = _Places(document.passages)
    cutting = _Cutting(document.text, limit, count)
    return [places.piece(document.text, start, end) for start, end in cutting.pieces(places.units(limit))]


class _Places:
    """Which passages lie where."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._starts = [0, *accumulate(len(passage.text) + len(BETWEEN) for passage in passages[:-1])][: len(passages)]

    def units(self, limit: int) -> list[_Unit]:
        """Passages, short ones together; a heading begins one."""
        units, most = list[_Unit](), max(limit // _FINE, _SHORT)
        ends = [*self._starts[1:], self._starts[-1] + len(self._passages[-1].text)] if self._passages else []
        for number, (start, end) in enumerate(zip(self._starts, ends, strict=True)):
            border = self._border(number)
            if units and border != Border.HEADING and end - units[-1].start <= most:
                units[-1] = replace(units[-1], end=end)
            elif start < end:
                units.append(_Unit(start, end, border))
        return units

    def _border(self, number: int) -> Border:
        """A heading is not parted from what stands under it where there is a better place."""
        level, above = self._passages[number].level, self._passages[number - 1].level if number else 0
        if above and (not level or level > above):
            return Border.CLAUSE
        return Border.HEADING if level else Border.PARAGRAPH

    def piece(self, text: str, start: int, end: int) -> Piece:
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, end)
        pages = [passage.page for passage in self._passages[first:last] if passage.page]
        return Piece(
            start, end, text[start:end], self._passages[first].heading, (pages[0], pages[-1]) if pages else (0, 0)
        )


class _Cutting:
    """A text being cut."""

    def __init__(self, text: str, limit: int, count: Count) -> None:
        self._text = text
        self._limit = limit
        self._count = count

    def pieces(self, units: list[_Unit]) -> list[tuple[int, int]]:
        waiting = list(_packed(self._fine(units), int(self._limit * FULL), self._limit * HEADING_FROM))
        done = list[tuple[int, int]]()
        while waiting:
            spans = [(group[0].start, group[-1].end) for group in waiting]
            over = [tokens > self._limit for tokens in self._tokens(spans)]
            apart = [len(group) > 1 and too_long for group, too_long in zip(waiting, over, strict=True)]
            done += [span for span, again in zip(spans, apart, strict=True) if not again]
            waiting = [half for group, again in zip(waiting, apart, strict=True) if again for half in _halves(group)]
        return sorted(done)

    def _fine(self, units: list[_Unit]) -> list[_Unit]:
        """Units that are small beside a piece, each with its tokens."""
        waiting = [part for unit in units for part in self._parted(unit, MOST_BYTES // 4)]
        done = list[_Unit]()
        while waiting:
            tokens = self._tokens([(unit.start, unit.end) for unit in waiting])
            counted = [replace(unit, tokens=number) for unit, number in zip(waiting, tokens, strict=True)]
            waiting = []
            for unit in counted:
                parts = self._smaller(unit)
                (waiting if len(parts) > 1 else done).extend(parts)
        return sorted(done, key=lambda unit: unit.start)

    def _smaller(self, unit: _Unit) -> list[_Unit]:
        """The parts of a unit that is large, or the unit."""
        length = unit.end - unit.start
        if unit.tokens * _COARSE <= self._limit or length < 2:
            return [unit]
        size = min(length // 2, length * self._limit // (unit.tokens * _FINE))
        parts = self._parted(unit, max(size, 1))
        if len(parts) == 1 and unit.tokens > self._limit:
            middle = unit.start + length // 2
            return [replace(unit, end=middle), _Unit(middle, unit.end, Border.CHARACTER)]
        return parts

    def _parted(self, unit: _Unit, size: int) -> list[_Unit]:
        parts, border = list[_Unit](), unit.border
        for start, end, ending in runs(self._text, unit.start, unit.end, size):
            parts.append(_Unit(start, end, border, unit.tokens))
            border = ending
        return parts

    def _tokens(self, spans: Sequence[tuple[int, int]]) -> list[int]:
        """Each span's, asked for many at once; of one that is too long to ask for, its parts' with room for joints."""
        parts = [list(self._countable(start, end)) for start, end in spans]
        counts = iter(self._counted([part for together in parts for part in together]))
        return [sum(next(counts) for _ in together) + _JOINT * (len(together) - 1) for together in parts]

    def _countable(self, start: int, end: int) -> Iterator[str]:
        text = self._text[start:end]
        if len(text.encode(errors="surrogatepass")) <= MOST_BYTES:
            yield text
        else:
            yield from (self._text[first:last] for first, last, _ in runs(self._text, start, end, MOST_BYTES // 4))

    def _counted(self, texts: Sequence[str]) -> Iterator[int]:
        batch, size = list[str](), 0
        for text in texts:
            if batch and (len(batch) == MOST_TEXTS or size + len(text) > MOST_TOGETHER):
                yield from self._count(batch)
                batch, size = [], 0
            batch.append(text)
            size += len(text)
        if batch:
            yield from self._count(batch)


def _packed(units: Sequence[_Unit], most: int, heading_from: float) -> Iterator[Sequence[_Unit]]:
    """Neighbours together, parted at the best border near the end of each piece."""
    sums = [0, *accumulate(unit.tokens for unit in units)]
    first = 0
    while first < len(units):
        full = max(bisect_right(sums, sums[first] + most) - 1, first + 1)
        if full < len(units):
            least = max(bisect_right(sums, sums[first] + heading_from), first + 1)
            full = _best(units, least, full)
        yield units[first:full]
        first = full


def _best(units: Sequence[_Unit], least: int, full: int) -> int:
    """Of the units that may begin the next piece: the first heading, else the last at the best kind of border."""
    candidates = range(full, least - 1, -1)
    if not candidates:
        return full
    best = min(candidates, key=lambda number: units[number].border)
    if units[best].border == Border.HEADING:
        return next(number for number in reversed(candidates) if units[number].border == Border.HEADING)
    return best


def _halves(group: Sequence[_Unit]) -> tuple[Sequence[_Unit], Sequence[_Unit]]:
    """As even as they can be."""
    sums = list(accumulate(unit.tokens for unit in group))
    middle = min(range(1, len(group)), key=lambda number: abs(2 * sums[number - 1] - sums[-1]))
    return group[:middle], group[middle:]
