"""Where the pieces of a conversation lie around the window, reckoned from a place that stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from desktop_llm.ui.heights import Heights
from desktop_llm.ui.rows import Item, Row, Scale

BELOW = 26
"""Pixels left free below the last piece."""
NEAR = 500
"""Pixels above and below the window within which pieces are laid out."""


@dataclass(frozen=True)
class Spot:
    """A place that stays where it is when heights above it change: `offset` pixels into an item of a row."""

    row: int = 0
    item: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Placed:
    """`top` is in the window's pixels and includes the space above the item."""

    row: int
    index: int
    item: Item
    top: int

    @property
    def bottom(self) -> int:
        return self.top + self.item.reach

    @property
    def is_first(self) -> bool:
        return (self.row, self.index) == (0, 0)


class Placement:
    """Heights are what was laid out, or a guess; `lay_out` makes sure of one item's."""

    def __init__(self, lay_out: Callable[[Row, Item], None]) -> None:
        self.following = True
        self.placed: list[Placed] = []
        self._lay_out = lay_out
        self._rows: list[Row] = []
        self._heights = Heights()
        self._scale = Scale()
        self._spot = Spot()
        self._window = 0

    def set_rows(self, rows: Sequence[Row], scale: Scale) -> None:
        self._rows, self._scale, self._spot = list(rows), scale, Spot()
        self._heights = Heights(row.guess(scale) for row in rows)
        self.placed = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        self._heights.append(row.guess(self._scale))

    def prepend(self, rows: Sequence[Row]) -> None:
        """Puts rows before the others; nothing moves in the window."""
        by, space = len(rows), self._space_above()
        for row in self._rows:
            row.move(by)
        spot, space = self._spot, self._space_above() - space
        self._spot = Spot(spot.row + by, spot.item, spot.offset + (space if spot.row == spot.item == 0 else 0))
        self.placed = [replace(each, row=each.row + by) for each in self.placed]
        self._rows[:0] = rows
        self._heights.prepend(row.guess(self._scale) for row in rows)
        if self._rows[by:] and self._rows[by].items:
            self._heights[by] = self._rows[by].height

    def _space_above(self) -> int:
        """Above the first piece, as far as that is known."""
        return self._rows[0].items[0].above if self._rows and self._rows[0].items else 0

    def read(self, index: int) -> list[Item]:
        """Takes in what was added to a row; gives back the items that are no more."""
        row = self._rows[index]
        if row.items or self._is_near(index):
            gone = row.read(self._scale)
            self._heights[index] = row.height
            return gone
        self._heights[index] = row.guess(self._scale)
        return []

    def place(self, window: int, scale: Scale) -> list[Placed]:
        self._window, self._scale = window, scale
        self.placed = self._from_end() if self.following else self._from_spot()
        first = next((each for each in self.placed if each.bottom > 0), None)
        self._spot = Spot(first.row, first.index, -first.top) if first is not None else Spot()
        return self.placed

    @property
    def spot(self) -> Spot:
        return self._spot

    @property
    def most(self) -> int:
        """How far one can scroll."""
        return max(0, self._heights.total + BELOW - self._window)

    @property
    def value(self) -> int:
        """How far the window is scrolled. Only who follows is at the very end: others must be able to get there."""
        if self.following or not self._rows:
            return self.most
        spot = self._spot
        inside = sum(item.reach for item in self.items(spot.row)[: spot.item])
        return max(0, min(self._heights.before(spot.row) + inside + spot.offset, self.most - 1))

    def stay_at(self, spot: Spot) -> None:
        self.following, self._spot = False, spot

    def go_to(self, value: int) -> None:
        self.following = value >= self.most
        if self._rows:
            self._spot = self._spot_at(value)

    def _spot_at(self, value: int) -> Spot:
        row = self._heights.at(value)
        items, offset, index = self.items(row), value - self._heights.before(row), 0
        while index < len(items) - 1 and offset >= items[index].reach:
            offset -= items[index].reach
            index += 1
        return Spot(row, index, offset)

    def _is_near(self, index: int) -> bool:
        return bool(self.placed) and self.placed[0].row <= index <= self.placed[-1].row + 1

    def _from_end(self) -> list[Placed]:
        return _from_top(self._upwards(len(self._rows), 0, self._window - BELOW))

    def _from_spot(self) -> list[Placed]:
        place = self._spot.row, self._spot.item, -self._spot.offset
        placed = [*self._upwards(*place), *self._downwards(*place)]
        if not placed or placed[-1].bottom <= self._window - BELOW:
            self.following = True
            return self._from_end()
        return _from_top(placed)

    def _upwards(self, row: int, index: int, bottom: int) -> list[Placed]:
        placed = []
        for place in self._before(row, index):
            item = self._laid_out(*place)
            bottom -= item.reach
            placed.append(Placed(*place, item, bottom))
            if bottom < -NEAR:
                break
        return placed[::-1]

    def _downwards(self, row: int, index: int, top: int) -> list[Placed]:
        placed = []
        for place in self._from(row, index):
            item = self._laid_out(*place)
            placed.append(Placed(*place, item, top))
            top += item.reach
            if top > self._window + NEAR:
                break
        return placed

    def _before(self, row: int, index: int) -> Iterator[tuple[int, int]]:
        while True:
            while index == 0:
                row -= 1
                if row < 0:
                    return
                index = len(self.items(row))
            index -= 1
            yield row, index

    def _from(self, row: int, index: int) -> Iterator[tuple[int, int]]:
        while row < len(self._rows):
            for place in range(index, len(self.items(row))):
                yield row, place
            row, index = row + 1, 0

    def items(self, index: int) -> list[Item]:
        """A row's pieces, read by now."""
        row = self._rows[index]
        if not row.items:
            row.read(self._scale)
            self._heights[index] = row.height
        return row.items

    def _laid_out(self, row: int, index: int) -> Item:
        item = self._rows[row].items[index]
        before = item.reach
        self._lay_out(self._rows[row], item)
        if item.reach != before:
            self._heights[row] += item.reach - before
        return item


def _from_top(placed: list[Placed]) -> list[Placed]:
    """Nothing is above the first piece: a short conversation begins at the top."""
    if not placed or placed[0].top <= 0 or not placed[0].is_first:
        return placed
    return [replace(each, top=each.top - placed[0].top) for each in placed]
