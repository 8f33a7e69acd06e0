"""The engine computes with as many threads as there are cores for it, and never waits for one it does not have."""

from __future__ import annotations

import pytest

from desktop_llm.engine.pace import Pace


class Computer:
    """A clock, and the cores it has for one process."""

    def __init__(self) -> None:
        self.now = self.free = 0.0

    def goes_on(self, seconds: float, cores: float) -> None:
        self.now += seconds
        self.free += seconds * cores


@pytest.fixture
def computer() -> Computer:
    return Computer()


def pace(computer: Computer, most: int) -> Pace:
    return Pace(most, lambda: computer.now, lambda: computer.free)


@pytest.mark.parametrize(
    ("cores", "threads"), [(8.0, 4), (4.0, 4), (3.8, 4), (3.3, 3), (2.9, 3), (1.3, 1), (0.2, 1), (0.0, 1)]
)
def test_there_are_no_more_threads_than_cores_for_them(computer: Computer, cores: float, threads: int) -> None:
    four = pace(computer, 4)
    computer.goes_on(1.0, cores)
    assert four.threads() == threads


def test_a_moment_is_too_short_to_judge(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(0.1, 0.0)
    assert two.threads() == 2


def test_what_was_before_a_long_pause_is_over(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(60.0, 0.5)
    assert two.threads() == 2
    computer.goes_on(1.0, 1.0)
    assert two.threads() == 1


def test_the_threads_come_back_with_the_cores(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(1.0, 1.3)
    assert two.threads() == 1
    computer.goes_on(1.0, 1.0)
    assert two.threads() == 1
    computer.goes_on(1.0, 2.0)
    assert two.threads() == 2
