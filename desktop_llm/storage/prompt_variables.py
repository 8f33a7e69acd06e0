"""The places in a saved prompt that are filled in when it is used: {{name}}, {{name=usual}}, {{name|one|other}}."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

KNOWN = ("date", "time", "clipboard", "model")
LONGEST_NAME, OUTLINE = 60, 400
# What is nested is found first, and is plain text; so are three braces and more.
_NESTED = r"\{\{[^{}]*(?:\{\{[^{}]*\}\}[^{}]*)+\}\}"
_PLACES = re.compile(_NESTED + r"|(?<!\{)\{\{(?P<inside>[^{}]{1,2000})\}\}(?!\})")
_PARTS = re.compile(r"([^|=\n]+)(?:([|=])(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Variable:
    """`long`: it stands on lines of its own, so that a whole text is expected there."""

    name: str
    usual: str = ""
    choices: tuple[str, ...] = ()
    long: bool = False


def variables(text: str) -> tuple[Variable, ...]:
    """Each once, in the order of the text; what any of its places says of it holds for all."""
    found: dict[str, Variable] = {}
    for _, variable in _places(text):
        first = found.setdefault(variable.name, variable)
        found[variable.name] = replace(
            first,
            usual=first.usual or variable.usual,
            choices=first.choices or variable.choices,
            long=first.long or variable.long,
        )
    return tuple(found.values())


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values in their places; what has none stays as it is, and no value is looked into."""
    parts, end = [], 0
    for place, variable in _places(text):
        if variable.name in values:
            parts += [text[end : place.start()], values[variable.name]]
            end = place.end()
    return "".join([*parts, text[end:]])


def outline(text: str) -> str:
    """The beginning of a prompt in one line, as it reads: of its places only the names."""
    shown = filled(text[:OUTLINE], {variable.name: f"[{variable.name}]" for variable in variables(text[:OUTLINE])})
    return " ".join(shown.split())


def comes_of(text: str, template: str) -> bool:
    """Whether `text` may be `template` with its places filled in."""
    literal, end = [], 0
    for place, _ in _places(template):
        literal.append(template[end : place.start()])
        end = place.end()
    first, *middle, last = [*literal, template[end:]] if literal else (template, "")
    if not literal or not "".join([first, *middle, last]).strip():
        return text == template
    return _in_order(text, first, middle, last)


def _in_order(text: str, first: str, middle: list[str], last: str) -> bool:
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _places(text: str) -> Iterator[tuple[re.Match[str], Variable]]:
    for place in _PLACES.finditer(text):
        variable = _read(place.group("inside") or "")
        if variable is not None:
            yield place, replace(variable, long=_alone(text, place))


def _read(inside: str) -> Variable | None:
    parts = _PARTS.fullmatch(inside)
    name = parts.group(1).strip() if parts else ""
    if parts is None or not 0 < len(name) <= LONGEST_NAME:
        return None
    if parts.group(2) == "|":
        return Variable(name, choices=tuple(dict.fromkeys(filter(None, map(str.strip, parts.group(3).split("|"))))))
    return Variable(name, (parts.group(3) or "").strip())


def _alone(text: str, place: re.Match[str]) -> bool:
    before, after = text[max(0, place.start() - 1) : place.start()], text[place.end() : place.end() + 1]
    return before in ("", "\n") and after in ("", "\n")
