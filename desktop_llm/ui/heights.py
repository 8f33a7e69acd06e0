"""A Fenwick tree of heights: where a row begins and which row lies at a place, in logarithmic time."""

from __future__ import annotations

from collections.abc import Iterable


class Heights:
    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights: list[int] = []
        self.prepend(heights)

    def prepend(self, heights: Iterable[int]) -> None:
        self._heights[:0] = heights
        self._tree = list(self._heights)
        for place in range(1, len(self._tree) + 1):
            parent = place + (place & -place)
            if parent <= len(self._tree):
                self._tree[parent - 1] += self._tree[place - 1]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        change = height - self._heights[index]
        self._heights[index] = height
        place = index + 1
        while change and place <= len(self._tree):
            self._tree[place - 1] += change
            place += place & -place

    def append(self, height: int) -> None:
        place = len(self._tree) + 1
        since = place - (place & -place)
        self._heights.append(height)
        self._tree.append(height + self.before(place - 1) - self.before(since))

    def before(self, index: int) -> int:
        """The sum of the first `index` heights."""
        total = 0
        while index > 0:
            total += self._tree[index - 1]
            index -= index & -index
        return total

    @property
    def total(self) -> int:
        return self.before(len(self._tree))

    def at(self, y: int) -> int:
        """The index of the row that holds `y`, kept within the rows."""
        place, step = 0, 1 << len(self._tree).bit_length()
        while step:
            if place + step <= len(self._tree) and self._tree[place + step - 1] <= y:
                place += step
                y -= self._tree[place - 1]
            step >>= 1
        return max(0, min(place, len(self._tree) - 1))
