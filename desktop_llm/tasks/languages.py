"""Languages that texts are written in: their names, and which one a text is in as far as its script tells."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache

from desktop_llm.settings import resource

CODES = (
    "en", "zh-Hans", "zh-Hant", "es", "fr", "de", "pt", "it", "ru", "ja", "ko", "ar", "hi", "bn", "vi", "th", "id",
    "tr", "pl", "nl", "uk", "cs", "el", "he", "fa", "sv", "da", "fi", "nb", "ro", "hu", "bg", "sk", "hr", "ms", "fil",
    "ur", "ta", "sw", "ca",
)  # fmt: skip
"""BCP-47, in the order of how often they are asked for."""

_SAMPLE = 20_000  # characters
_SCRIPTS = (
    ("kana", 0x3041, 0x30FF), ("han", 0x3400, 0x9FFF), ("ko", 0xAC00, 0xD7A3), ("ru", 0x0400, 0x04FF),
    ("ar", 0x0600, 0x06FF), ("he", 0x0590, 0x05FF), ("hi", 0x0900, 0x097F), ("bn", 0x0980, 0x09FF),
    ("ta", 0x0B80, 0x0BFF), ("th", 0x0E00, 0x0E7F), ("el", 0x0370, 0x03FF), ("latin", 0x0041, 0x024F),
)  # fmt: skip


@dataclass(frozen=True)
class Language:
    """`native` is what its speakers call it; `rtl`: written from right to left."""

    code: str
    en: str
    zh: str
    native: str
    rtl: bool = False


@cache
def languages() -> dict[str, Language]:
    """All of CODES, by code."""
    stored = json.loads(resource("languages.json").read_text(encoding="utf-8"))
    return {item["code"]: Language(**item) for item in stored}


def language_of(text: str) -> str:
    """The code of the language that a text's script tells: "zh-Hans" of any Chinese; "" of what has Latin letters.

    Several languages are written in the Cyrillic and the Arabic script: the most common one stands for them.
    """
    counts = Counter(_script(ord(letter)) for letter in text[:_SAMPLE] if letter.isalpha())
    counts.pop("", None)
    if not counts:
        return ""
    if counts["kana"] > 0.1 * (counts["kana"] + counts["han"]) and counts["kana"] + counts["han"] > counts["latin"]:
        return "ja"
    # An ideograph says as much as several letters.
    counts["han"] *= 3
    script = counts.most_common(1)[0][0]
    return {"han": "zh-Hans", "latin": "", "kana": "ja"}.get(script, script)


def _script(point: int) -> str:
    return next((name for name, first, last in _SCRIPTS if first <= point <= last), "")
