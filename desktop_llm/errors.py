"""Errors a person can act on, as sentences that can be translated.

UserError(problem)
 ├─ ModelError      a model file that cannot be used
 ├─ PromptError     a prompt that cannot be answered as it is
 ├─ EngineError     the engine stopped, or never started
 └─ StorageError    conversations cannot be read or kept
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_PLACE = re.compile(r"\{(\w+)\}")


def untranslated(text: str) -> str:
    return text


def phrase(text: str) -> str:
    """Marks words of ours that stand in a sentence as one of its values: they are translated as it is."""
    return text


@dataclass(frozen=True)
class Problem:
    """What is wrong and what to do, as templates with {named} places.

    A value may be a phrase with places of its own, filled with the others.
    `action` names what a button beside the sentence does: "choose-model", "retry", "open-again" (the
    stored conversations), "new-chat", "chat-settings" or nothing.
    `details` are the engine's last words, for "Copy details".
    """

    text: str
    remedy: str = ""
    values: dict[str, str] = field(default_factory=dict)
    action: str = ""
    details: str = ""

    def sentence(
        self, translate: Callable[[str], str] = untranslated, translate_value: Callable[[str], str] = untranslated
    ) -> str:
        told = {name: translate_value(value) for name, value in self.values.items()}
        values = {name: _with_phrases(value, told) for name, value in told.items()}
        return " ".join(_filled(translate(part), values) for part in (self.text, self.remedy) if part)


def _filled(template: str, values: dict[str, str]) -> str:
    """A slip in a translation must not hide what is wrong, so its places are then left as they are."""
    try:
        return template.format(**values)
    except (LookupError, ValueError, AttributeError):
        return template


def _with_phrases(value: str, values: dict[str, str]) -> str:
    """Not by str.format: values are strangers' text too, and a width in one would be obeyed."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), value)


class UserError(Exception):
    """A problem the person can do something about; anything else is a bug."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence())
        self.problem = problem


class ModelError(UserError):
    pass


class PromptError(UserError):
    pass


class EngineError(UserError):
    pass


class StorageError(UserError):
    pass
