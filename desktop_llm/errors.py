"""Errors a person can act on, as sentences that can be translated.

UserError(problem)
 ├─ ModelError      a model file that cannot be used
 ├─ PromptError     a prompt that cannot be answered as it is
 ├─ EngineError     the engine stopped, or never started
 └─ StorageError    conversations cannot be read or kept
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


def untranslated(text: str) -> str:
    return text


@dataclass(frozen=True)
class Problem:
    """What is wrong and what to do, as templates with {named} places.

    `action` names what a button beside the sentence does: "choose-model", "retry", "open-again" (the
    stored conversations), "new-chat" or nothing.
    `details` are the engine's last words, for "Copy details".
    """

    text: str
    remedy: str = ""
    values: dict[str, str] = field(default_factory=dict)
    action: str = ""
    details: str = ""

    def sentence(self, translate: Callable[[str], str] = untranslated) -> str:
        return " ".join(_filled(translate(part), self.values) for part in (self.text, self.remedy) if part)


def _filled(template: str, values: dict[str, str]) -> str:
    """A slip in a translation must not hide what is wrong, so its places are then left as they are."""
    try:
        return template.format(**values)
    except (LookupError, ValueError, AttributeError):
        return template


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
