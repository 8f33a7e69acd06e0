"""What is selected in a conversation: whole messages, or the text between two places."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class End:
    """A place in the text: in a row, in which of its pieces with words, after how many characters of that piece."""

    row: int
    piece: int
    position: int

    @property
    def where(self) -> tuple[int, int]:
        return self.row, self.piece

    def moved(self, by: int) -> End:
        return self if self == NOWHERE else End(self.row + by, self.piece, self.position)


@dataclass(frozen=True)
class Part:
    """What is selected of one piece; without `stop` all that comes, also what is still to be written."""

    start: int = 0
    stop: int | None = None

    def covers(self, length: int) -> bool:
        return self.start == 0 and (self.stop is None or self.stop >= length)


NOWHERE = End(-1, -1, -1)


@dataclass(frozen=True)
class Selection:
    """Whole messages, `rows`, or the text between `anchor`, where it was begun, and `head`, whichever comes first."""

    rows: range = range(0)
    anchor: End = NOWHERE
    head: End = NOWHERE

    def __bool__(self) -> bool:
        return bool(self.rows) or self.anchor != self.head

    @property
    def is_across(self) -> bool:
        """Whether it is text of more than one piece."""
        return self.anchor.where != self.head.where

    @property
    def touched(self) -> range:
        """The rows that have a share in it."""
        if self.rows or not self:
            return self.rows
        return range(min(self.anchor, self.head).row, max(self.anchor, self.head).row + 1)

    def moved(self, by: int) -> Selection:
        """The same, where so many more rows are before it."""
        rows = range(self.rows.start + by, self.rows.stop + by) if self.rows else self.rows
        return Selection(rows, self.anchor.moved(by), self.head.moved(by))

    def part(self, row: int, piece: int) -> Part | None:
        first, last, here = min(self.anchor, self.head), max(self.anchor, self.head), (row, piece)
        if first == last or not first.where <= here <= last.where:
            return None
        start = first.position if here == first.where else 0
        return Part(start, last.position if here == last.where else None)
