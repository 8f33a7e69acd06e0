"""Under which headings of a settings group what contradicts itself is to be told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from desktop_llm.errors import Problem

Check = Callable[[Any], Sequence[Problem]]


def headings(group: type) -> dict[str, tuple[str, ...]]:
    """The fields that have words, by the heading they stand under, in the order they are declared."""
    found: dict[str, tuple[str, ...]] = {}
    for field in dataclasses.fields(group):
        if (words := field.metadata.get("words")) is not None:
            found[words.group] = (*found.get(words.group, ()), field.name)
    return found


def problems_by_heading(group: Any, check: Check) -> dict[str, tuple[Problem, ...]]:
    """Each problem stands where putting the values back would change it, so that it is seen where it can be mended."""
    problems, usual = check(group), {field.name: field.default for field in dataclasses.fields(group)}
    found: dict[str, tuple[Problem, ...]] = {}
    if problems:
        for heading, names in headings(type(group)).items():
            mended = check(dataclasses.replace(group, **{name: usual[name] for name in names}))
            found[heading] = tuple(problem for problem in problems if problem not in mended)
    return found
