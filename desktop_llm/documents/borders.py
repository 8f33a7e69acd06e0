"""Where a text may be parted: between paragraphs, lines, sentences, clauses, words, or at least between characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

LONGEST_CLUSTER = 64
"""Code points of one character as a person sees it; what is longer is no writing, and is parted anywhere."""
_CLOSERS = "\"'”’»›」』）)】》〉\\]*_"
_FULL_STOPS = "。！？…｡।॥؟۔\u0589።፧។៕།၊။"
_OVERHANG = 64
_SHORTENED = """
    mr mrs ms messrs dr prof st sr jr vs cf ca etc al approx dept est gen gov hon rev sgt capt lt col maj inc ltd co
    corp fig figs eq eqs nos vol vols ch sec pp ed eds jan feb mar apr jun jul aug sep sept oct nov dec
    nr bzw usw vgl ggf evtl sog bd kap abb str hr fr mio mrd mme mlle sra srta dra им ул др рис стр тыс
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())


class Border(IntEnum):
    """The best first."""

    HEADING = 0
    PARAGRAPH = 1
    LINE = 2
    SENTENCE = 3
    CLAUSE = 4
    WORD = 5
    CHARACTER = 6


# Possessive, and begun at the first of several marks: a line of a million dots must not take a million squared.
_PARAGRAPH = re.compile(r"\n(?:[ \t]*+\n)++")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(
    rf"(?<![{_FULL_STOPS}])[{_FULL_STOPS}]++[{_CLOSERS}]*+\s*+|(?<![.!?])[.!?]++[{_CLOSERS}“«]*+\s++"
)
_CLAUSE = re.compile(rf"[，、；：،؛][{_CLOSERS}]*+\s*+|[,;:—–][{_CLOSERS}“«]*+\s++")
_WORD = re.compile("[\\s\u200b]++")
_WRAPPED = re.compile(r"\n(?<=[^\n]{40}[\w,]\n)(?=[^\W\d_])")


def last_border(text: str, start: int, stop: int, least: int) -> tuple[int, Border]:
    """The last one of the best kind there is after `least` and up to `stop`; `start` is a border already.

    Where there is none at all, it is between two characters, if need be a little after `stop`.
    """
    for border, places in _KINDS:
        found = [at for at in places(text, least, stop) if least < at <= stop]
        if place := next((at for at in reversed(found) if is_whole(text, at, start)), 0):
            return place, border
    return _between_characters(text, start, stop), Border.CHARACTER


def runs(text: str, start: int, stop: int, size: int) -> Iterator[tuple[int, int, Border]]:
    """A stretch in runs of at most `size` characters, each with the kind of border it ends at (CHARACTER at `stop`)."""
    while stop - start > size:
        at, border = last_border(text, start, start + size, start)
        if at >= stop:
            break
        yield start, at, border
        start = at
    yield start, stop, Border.CHARACTER


def sentence_ends(text: str, start: int = 0, stop: int | None = None) -> Iterator[int]:
    """Where in a stretch a sentence has ended, with its quotes and blanks, and another begins."""
    stop = len(text) if stop is None else stop
    for found in _SENTENCE.finditer(text, start, min(len(text), stop + _OVERHANG)):
        if found.end() <= stop and found.end() < len(text) and _ends_sentence(text, found):
            yield found.end()


def is_whole(text: str, at: int, start: int = 0) -> bool:
    """Whether no character, as a person sees it, is split there. `start`: a border before it."""
    if not start < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    if before in "\n\r":
        return before + after != "\r\n"
    if _joins_before(after) or before == "\u200d" or (unicodedata.combining(before) == 9 and after.isalpha()):
        return False
    if _is_flag(before) and _is_flag(after):
        return (at - _run_begin(text, at, start)) % 2 == 0
    return not (_leads(before) and (_leads(after) or "\uac00" <= after <= "\ud7a3"))


def _places(pattern: re.Pattern[str]) -> Callable[[str, int, int], Iterable[int]]:
    return lambda text, start, stop: (
        found.end() for found in pattern.finditer(text, start, min(len(text), stop + _OVERHANG))
    )


def _line_ends(text: str, start: int, stop: int) -> Iterable[int]:
    """None where lines were ended to fit a width only: there most of them go on with a small letter."""
    wrapped = sum(not text[found.end()].isupper() for found in _WRAPPED.finditer(text, start, stop))
    return [] if 3 * wrapped > text.count("\n", start, stop) else _places(_LINE)(text, start, stop)


_KINDS = (
    (Border.PARAGRAPH, _places(_PARAGRAPH)),
    (Border.LINE, _line_ends),
    (Border.SENTENCE, sentence_ends),
    (Border.CLAUSE, _places(_CLAUSE)),
    (Border.WORD, _places(_WORD)),
)


# ---- sentences


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    after = text[found.end() : found.end() + 1]
    if after.islower():
        return False
    marks = found[0].rstrip()
    return marks != "." or not _is_abbreviation(text[max(0, found.start() - 32) : found.start()], after)


def _is_abbreviation(before: str, after: str) -> bool:
    """Dr., e.g., J., 3., and any short word with a number after it, as No. 5."""
    words = before.split()
    word = words[-1].lstrip("([{\"'“\u2018«„*_").lower() if words and not before[-1:].isspace() else ""
    short = len(word) <= 4 and word.isalpha() and after.isdigit()
    single = len(word) == 1 and word.upper() != word
    number = word.isdigit() and len(word) <= 2
    return short or single or number or word in _ABBREVIATIONS or bool(re.fullmatch(r"\w(?:\.\w)+", word))


# ---- characters as a person sees them


def _between_characters(text: str, start: int, stop: int) -> int:
    for at in range(stop, max(start, stop - LONGEST_CLUSTER), -1):
        if is_whole(text, at, start):
            return at
    for at in range(stop + 1, min(len(text), start + LONGEST_CLUSTER) + 1):
        if is_whole(text, at, start):
            return at
    return stop


def _joins_before(character: str) -> bool:
    """Marks, joiners, skin tones, tags of flags, vowels of Thai and Lao, parts of a Korean syllable."""
    if character < "\u0300":
        return False
    return (
        unicodedata.category(character)[0] == "M"
        or character in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7fb"
    )


def _leads(character: str) -> bool:
    """The first part of a Korean syllable that is written in parts."""
    return "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c"


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _run_begin(text: str, at: int, start: int) -> int:
    """Where the letters of flags before `at` begin."""
    while at > start and _is_flag(text[at - 1]):
        at -= 1
    return at
