"""In which steps a sequence was evaluated: its numbers depend on that in their last digits, and so may its words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import NamedTuple

_RUN = re.compile(r"(?:(\d{1,7})x)?(\d{1,7})(?::(\d{1,7}))?@(\d{1,4})")
MOST = 2**21


class Step(NamedTuple):
    """One decode: `rows` tokens by `threads` threads, of which the first `kept` stayed in the cache."""

    rows: int
    kept: int
    threads: int


def written(steps: Iterable[Step]) -> str:
    """As a receipt has it: "512@2 31:30@2 200x1@2", times x rows : kept @ threads."""
    return " ".join(_run(step, sum(1 for _ in same)) for step, same in itertools.groupby(steps))


def _run(step: Step, times: int) -> str:
    often = f"{times}x" if times > 1 else ""
    kept = f":{step.kept}" if step.kept != step.rows else ""
    return f"{often}{step.rows}{kept}@{step.threads}"


def read(text: str) -> list[Step]:
    """Nothing where that cannot be read."""
    steps: list[Step] = []
    for part in text.split():
        run = _RUN.fullmatch(part)
        times = int(run[1] or 1) if run else MOST
        if run is None or len(steps) + times > MOST:
            return []
        rows = int(run[2])
        steps += [Step(rows, min(int(run[3] or rows), rows), int(run[4]))] * times
    return steps


def cut(steps: list[Step], tokens: int) -> list[Step]:
    """The steps of the first `tokens` of what they evaluated."""
    left: list[Step] = []
    for step in steps:
        if tokens <= 0:
            break
        left.append(step._replace(kept=min(step.kept, tokens)))
        tokens -= step.kept
    return left


def leads_to(steps: list[Step], tokens: int, largest: int) -> bool:
    """Whether these steps can be gone again: one of them ends with just so many tokens, none is too large."""
    ends = itertools.accumulate(step.kept for step in steps)
    fits = all(0 < step.kept <= step.rows <= largest and step.threads > 0 for step in steps)
    return fits and tokens in itertools.takewhile(lambda end: end <= tokens, ends)
