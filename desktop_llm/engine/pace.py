"""How many threads compute: fewer while other programs use the cores, as many as wanted when they are free again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import psutil

SECONDS_BETWEEN = 0.5
# A step may take seconds where it is starved; what was before a longer pause is over.
LONGEST_LOOK = 5.0
MAY_BE_MISSED = 0.3


def free_core_seconds() -> float:
    """Seconds that all cores together were idle or worked for this process."""
    return float(psutil.cpu_times().idle) + time.process_time()


class Pace:
    """llama.cpp's threads wait for each other hundreds of times a token: one that lost its core stops them all.

    Measured beside one other busy program on two cores: 29 tokens/s with two threads, 63 to 80 with one; beside
    another engine 0.6 and 73.
    """

    def __init__(
        self, most: int, clock: Callable[[], float] = time.monotonic, free: Callable[[], float] = free_core_seconds
    ) -> None:
        self._most = self._threads = most
        self._clock, self._free = clock, free
        self._looked_at, self._free_then = clock(), free()

    def threads(self) -> int:
        """As many as there are cores that are idle or at work for this process, from 1 to the most wanted."""
        now = self._clock()
        seconds = now - self._looked_at
        if seconds >= SECONDS_BETWEEN:
            free = self._free()
            if seconds <= LONGEST_LOOK:
                self._judge((free - self._free_then) / seconds)
            self._looked_at, self._free_then = now, free
        return self._threads

    def _judge(self, cores: float) -> None:
        self._threads = min(max(math.floor(cores + MAY_BE_MISSED), 1), self._most)
