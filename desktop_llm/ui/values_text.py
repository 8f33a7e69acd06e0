"""Values of the sampling in a line of words."""

from __future__ import annotations

from desktop_llm.fields import Values, words
from desktop_llm.settings import Sampling
from desktop_llm.ui.field_controls import choice_words, in_words

_UNBROKEN = {ord(" "): "\u00a0", ord("-"): "\u2011"}
_SHORT = 12  # characters of a choice


def values_in_words(values: Values) -> str:
    """No line breaks within one of them."""
    labels = {name: in_words(words(Sampling, name).label) for name in values}
    said = (f"{labels[name]} {value_in_words(value)}" for name, value in values.items())
    return ", ".join(one.translate(_UNBROKEN) for one in said)


def value_in_words(value: object) -> str:
    """Stop strings as they would be typed, and long texts not at all."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(repr, value))
    if isinstance(value, str):
        return choice_words(value) if len(value) <= _SHORT else "…"
    return str(value)
