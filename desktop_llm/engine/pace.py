"""How many threads compute: fewer while other programs use the cores, as many as wanted when they are free again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import psutil

from desktop_llm.engine.hardware import physical_cores

SECONDS_BETWEEN = 0.5
MAY_BE_MISSED = 0.3
AT_WORK = 0.4

CoreSeconds = tuple[float, float]


def on_battery() -> bool:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False


def fewer_threads(most: int, cores: int) -> int:
    """For a computer on battery: half of its physical cores, where not fewer are wanted anyway."""
    return min(most, max(cores // 2, 1))


def core_seconds() -> CoreSeconds:
    """Seconds that all cores together were idle, and that they worked for this process."""
    return float(psutil.cpu_times().idle), time.process_time()


class Pace:
    """llama.cpp's threads wait for each other hundreds of times a token: one that lost its core stops them all.

    Measured on two cores, two threads against this: beside a busy loop 33 and 72 tokens/s, beside another engine
    with two threads of its own 25 and 35, alone 94 and 90 (within the noise).
    `spare_battery`: on battery half of the cores must do.
    """

    def __init__(
        self, most: int, clock: Callable[[], float] = time.monotonic, spent: Callable[[], CoreSeconds] = core_seconds
    ) -> None:
        self._most = self._threads = self._free = most
        self.spare_battery = False
        self._clock, self._spent = clock, spent
        self._looked_at, self._then = clock(), spent()

    def threads(self) -> int:
        """As many as there are cores that are idle or at work for this process, from 1 to the most wanted."""
        now = self._clock()
        seconds = now - self._looked_at
        if seconds >= SECONDS_BETWEEN:
            most = fewer_threads(self._most, physical_cores()) if self.spare_battery and on_battery() else self._most
            spent = self._spent()
            idle, own = ((new - old) / seconds for new, old in zip(spent, self._then, strict=True))
            if own >= AT_WORK:  # what others did while nothing was computed here tells nothing
                self._free = max(math.floor(idle + own + MAY_BE_MISSED), 1)
            self._threads = min(self._free, most)
            self._looked_at, self._then = now, spent
        return self._threads
