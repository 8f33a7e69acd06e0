"""The engine computes with as many threads as there are cores for it, and never waits for one it does not have."""

from __future__ import annotations

import pytest

from desktop_llm.engine.pace import Pace, fewer_threads


class Computer:
    """A clock, and what its cores did."""

    def __init__(self) -> None:
        self.now = self.idle = self.own = 0.0

    def goes_on(self, seconds: float, own: float, idle: float = 0.0) -> None:
        self.now += seconds
        self.own += seconds * own
        self.idle += seconds * idle


@pytest.fixture
def computer() -> Computer:
    return Computer()


def pace(computer: Computer, most: int) -> Pace:
    return Pace(most, lambda: computer.now, lambda: (computer.idle, computer.own))


@pytest.mark.parametrize(
    ("own", "idle", "threads"),
    [(4.0, 4.0, 4), (4.0, 0.0, 4), (3.8, 0.0, 4), (3.3, 0.0, 3), (2.5, 0.4, 3), (1.3, 0.0, 1), (0.5, 0.0, 1)],
)
def test_no_more_threads_than_cores_for_them(computer: Computer, own: float, idle: float, threads: int) -> None:
    four = pace(computer, 4)
    computer.goes_on(1.0, own, idle)
    assert four.threads() == threads


def test_a_moment_is_too_short_to_judge(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(0.1, 0.5)
    assert two.threads() == 2


def test_what_others_did_while_nothing_was_computed_here_tells_nothing(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(3.0, own=0.05)
    assert two.threads() == 2
    computer.goes_on(3.0, own=1.0)
    assert two.threads() == 1


def test_the_threads_come_back_with_the_cores(computer: Computer) -> None:
    two = pace(computer, 2)
    computer.goes_on(1.0, own=1.3)
    assert two.threads() == 1
    computer.goes_on(1.0, own=1.0)
    assert two.threads() == 1
    computer.goes_on(1.0, own=1.0, idle=1.0)
    assert two.threads() == 2


@pytest.mark.parametrize(("most", "cores", "threads"), [(8, 8, 4), (2, 8, 2), (4, 2, 1), (1, 1, 1), (6, 3, 1)])
def test_on_battery_half_of_the_cores_must_do(most: int, cores: int, threads: int) -> None:
    assert fewer_threads(most, cores) == threads


def test_the_battery_is_spared_only_while_it_is_used_and_only_where_that_is_wanted(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_llm.engine.pace.physical_cores", lambda: 4)
    four, threads = pace(computer, 4), []
    for wanted, unplugged in ((False, True), (True, True), (True, False)):
        four.spare_battery = wanted
        monkeypatch.setattr("desktop_llm.engine.pace.on_battery", lambda unplugged=unplugged: unplugged)
        computer.goes_on(1.0, 4.0)
        threads.append(four.threads())
    assert threads == [4, 2, 4]
