"""Declare a value once: its type, default, bounds and words; and turn such declarations to JSON's types and back."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

T = TypeVar("T")
Values = dict[str, Any]
"""Some fields of a group by their names, in the types that the group declares."""


@dataclasses.dataclass(frozen=True)
class Words:
    """What a settings pane and a command line need to know of a field.

    `choices`: what it, or each of its items, may be. `off`: the value at which it does nothing, `automatic`: at which
    the program chooses. `group`: the heading it stands under. `step`, `decimals`: how a number is changed and shown.
    `long`: a text of many lines, or a file's.
    """

    label: str
    help: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    group: str = ""
    step: float | None = None
    decimals: int | None = None
    off: float | None = None
    automatic: float | None = None
    advanced: bool = False
    long: bool = False


class Details(TypedDict, total=False):
    """The words that are rarely needed."""

    help: str
    unit: str
    group: str
    step: float
    decimals: int
    off: float
    automatic: float
    advanced: bool
    long: bool


def number(default: T, label: str, *, low: float, high: float, **more: Unpack[Details]) -> T:
    return _declared(default, Words(label, low=low, high=high, **more))


def choice(default: T, label: str, choices: tuple[str, ...], **more: Unpack[Details]) -> T:
    """One of `choices`, or where `default` is a tuple several of them in an order."""
    return _declared(default, Words(label, choices=choices, **more))


def declared(default: T, label: str, **more: Unpack[Details]) -> T:
    return _declared(default, Words(label, **more))


def _declared(default: T, words: Words) -> T:
    return dataclasses.field(default=default, metadata={"words": words})


def values(group: type) -> Values:
    """A field that holds some values of `group`; what is unsound in them is dropped."""
    kept: Values = dataclasses.field(default_factory=dict, hash=False, metadata={"values": group})
    return kept


def values_by_key(group: type) -> dict[str, Values]:
    """A field that holds some values of `group` for each of some keys."""
    kept: dict[str, Values] = dataclasses.field(default_factory=dict, hash=False, metadata={"values_by_key": group})
    return kept


def words(group: type, name: str) -> Words:
    """The words of field `name` of a settings group; KeyError where it has none."""
    found: Words = {field.name: field for field in dataclasses.fields(group)}[name].metadata["words"]
    return found


def plain(value: Any) -> Any:
    """`value` in JSON's types: a dataclass becomes an object, a tuple an array, a path a string."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def revive(kind: Any, value: Any) -> Any:
    """The inverse of `plain` for a value of type `kind`: unknown names dropped, numbers clamped.

    Raises TypeError or ValueError where the value cannot be of that type.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else revive(next(a for a in arguments if a is not types.NoneType), value)
    if origin is typing.Literal:
        return _one_of(value, arguments)
    if origin is tuple:
        return _revive_tuple(arguments, value)
    if origin is dict:
        return {revive(arguments[0], key): revive(arguments[1], item) for key, item in _object(value).items()}
    if dataclasses.is_dataclass(kind):
        return _revive_dataclass(kind, value)
    return value if kind is Any else _revive_scalar(kind, value)


def sound(group: type, given: Any) -> Values:
    """Those of the `given` values, in JSON's types or the group's, that its fields can have, within their bounds."""
    known, found = _declarations(group), {}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if name in known:
            with contextlib.suppress(TypeError, ValueError):
                found[name] = known[name](value)
    return found


def _revive_tuple(arguments: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"an array is needed, not {type(value).__name__}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(revive(arguments[0], item) for item in value)
    return tuple(revive(kind, item) for kind, item in zip(arguments, value, strict=True))


def _revive_dataclass(kind: Any, value: Any) -> Any:
    given, known = _object(value), _declarations(kind)
    return kind(**{name: known[name](given[name]) for name in known if name in given})


@cache
def _declarations(kind: type) -> dict[str, Callable[[Any], Any]]:
    """What revives each field; found once, for it is asked for every frame."""
    hints = typing.get_type_hints(kind)
    return {field.name: _reviving(hints[field.name], field.metadata) for field in dataclasses.fields(kind)}


def _reviving(hint: Any, declared: Mapping[str, Any]) -> Callable[[Any], Any]:
    if one := declared.get("values"):
        return lambda value: sound(one, value)
    if each := declared.get("values_by_key"):
        return lambda value: {str(key): sound(each, item) for key, item in _object(value).items()}
    return lambda value: _bounded(revive(hint, value), declared.get("words"))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"an object is needed, not {type(value).__name__}")
    return value


def _revive_scalar(kind: Any, value: Any) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return _as_float(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _as_float(value: int) -> float:
    """Numbers too large for a float become infinite, which a bound then cuts."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {allowed}")
    return value


def _bounded(value: Any, words: Words | None) -> Any:
    if words is None:
        return value
    if words.choices:
        if isinstance(value, tuple):
            return tuple(item for item in value if item in words.choices)
        return _one_of(value, words.choices)
    if words.low is None or words.high is None:
        return value
    if isinstance(value, float) and math.isnan(value):
        raise ValueError("not a number")
    return type(value)(min(max(value, words.low), words.high))
