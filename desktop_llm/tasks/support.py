"""What a summary's sentences rest on: the passages each comes from, and what in it the text does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from desktop_llm.tasks.evidence import Document, Passages, Place, terms

Check = Literal["number", "name", "quote"]

_QUOTATION = 300  # characters
_MARKS = re.compile(r"\s*(?:[-*•·]|\d{1,3}[.)、]|[QA]:|问[:：]|答[:：])?\s*(?:\*\*)?")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$|Q:|问[:：])")
_END = re.compile(r"[。！？]+[”’」』）]*|[.!?…؟۔।]+[\"'”’)\]]*(?=\s|$)")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|No|Fig|Jr|Sr|z\.B|u\.a|ca)|\b[A-Z])\.$")
_NUMBER = re.compile(r"\d+(?:[.,’'  ]\d+)*")
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "twice": 2, "both": 2, "first": 1, "second": 2, "third": 3, "once": 1,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}  # fmt: skip
_NAME = re.compile(r"[^\W\d_a-zà-öø-ÿ][^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLE = re.compile(r"《([^》]+)》")
_QUOTE = re.compile(r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»|「([^」]+)」|『([^』]+)』|„([^“”]+)[“”]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "\u2018": "'", "’": "'", "«": '"', "»": '"'})
_FEWEST_WORDS, _FEWEST_LETTERS = 3, 6
_FOREIGN = 0.3  # of a summary's words that are in a text of its own language, at least
_NOUNS_ARE_NAMES = 0.22  # share of capitals within sentences, as only German has


@dataclass(frozen=True)
class Doubt:
    """Something that the source does not have; offsets in the summary's text. `check` found it."""

    start: int
    end: int
    check: Check


@dataclass(frozen=True)
class Claim:
    """A sentence or bullet of a summary, from `start` to `end` of its text, and where it comes from."""

    start: int
    end: int
    sources: tuple[Place, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Evidence:
    """All that some documents say, to hold a summary against; made in seconds for a book."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._passages = Passages(documents)
        text = "\n".join(passage.text for document in documents for passage in document.passages)
        self._plain = _plain(text)
        self._words = {word.casefold() for word in _words(text)}
        self._numbers = {value for found in _NUMBER.findall(text) for value in _values(found)}
        self._numbers |= {str(_NUMBER_WORDS[word]) for word in self._words if word in _NUMBER_WORDS}
        self._numbers |= {str(value) for word, value in _NUMBER_WORDS.items() if not word.isascii() and word in text}
        capitals = len(re.findall(r"(?<=[a-zäöüß,] )[A-ZÄÖÜ][a-zäöüß]+", text))
        self._nouns_are_names = capitals > _NOUNS_ARE_NAMES * max(len(re.findall(r"(?<=[a-zäöüß,] )\w+", text)), 1)

    def claims(self, summary: str) -> tuple[Claim, ...]:
        """Each sentence with its sources, the most telling first; where it is in another language, none is found."""
        named = self._speaks(summary)
        return tuple(
            Claim(start, end, self._passages.found(summary[start:end]), (*self._doubts(summary, start, end, named),))
            for start, end in sentences(summary)
        )

    def quotations(self, text: str, most: int) -> list[str]:
        """What the documents themselves say of it."""
        return [_shortened(passage) for passage in self._passages.best(text, most)]

    def _speaks(self, summary: str) -> bool:
        """Whether it is in the language of the documents, so that names can be compared."""
        said = [word.casefold() for word in _words(summary)]
        return sum(word in self._words for word in said) >= _FOREIGN * len(said)

    def _doubts(self, text: str, start: int, end: int, named: bool) -> Iterator[Doubt]:
        for found in _NUMBER.finditer(text, start, end):
            if not _values(found[0]) & self._numbers:
                yield Doubt(found.start(), found.end(), "number")
        if named:
            yield from self._unknown_names(text, start, end)
        for found in _QUOTE.finditer(text, start, end):
            said = next(filter(None, found.groups()))
            if _is_long(said) and _plain(said).strip(" .,!?。，！？") not in self._plain:
                yield Doubt(found.start(), found.end(), "quote")

    def _unknown_names(self, text: str, start: int, end: int) -> Iterator[Doubt]:
        """Names that follow each other are one."""
        before: Doubt | None = None
        for found in (*_NAME.finditer(text, start, end), *_TITLE.finditer(text, start, end)):
            title = found.re is _TITLE
            if self._knows_title(found[1]) if title else self._knows(found[0]) or found.start() == start:
                continue
            if before and text[before.end : found.start()].isspace():
                before = Doubt(before.start, found.end(), "name")
                continue
            if before:
                yield before
            before = Doubt(found.start(), found.end(), "name")
        if before:
            yield before

    def _knows_title(self, title: str) -> bool:
        return _plain(title) in self._plain

    def _knows(self, name: str) -> bool:
        """As it stands, without an ending, or each of its parts."""
        folded = re.sub(r"['’]s$", "", name.casefold())
        if folded in self._words or folded.rstrip("s") in self._words or f"{folded}s" in self._words:
            return True
        parts = re.split(r"['’-]", folded)
        if len(parts) > 1 and all(part in self._words for part in parts):
            return True
        return self._nouns_are_names and any(word.startswith(folded[:5]) for word in self._words)


def sentences(summary: str) -> Iterator[tuple[int, int]]:
    """Where each begins and ends, without the marks of a list before it; headings and questions are none."""
    at = 0
    for line in summary.splitlines(keepends=True):
        if not _HEADING.match(line):
            marks = _MARKS.match(line)
            yield from _of_line(summary, at + (marks.end() if marks else 0), at + len(line.rstrip()))
        at += len(line)


def _of_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _END.finditer(text, start, end):
        if not _ABBREVIATION.search(text[start : found.end()]):
            if any(map(str.isalnum, text[start : found.end()])):
                yield start, found.end()
            start = found.end()
            while start < end and text[start].isspace():
                start += 1
    if any(map(str.isalnum, text[start:end])):
        yield start, end


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _values(number: str) -> set[str]:
    """The numbers that these digits may mean: 1,234 and 1.234 are one thousand, or one and a bit."""
    plain = re.sub(r"[’'  ]", "", number)
    whole = re.sub(r"[.,]", "", plain)
    values = {whole.lstrip("0") or "0"} if re.fullmatch(r"\d{1,3}(?:[.,]?\d{3})*|\d+", plain) else set()
    head, mark, tail = plain.rpartition("." if plain.rfind(".") > plain.rfind(",") else ",")
    if mark:
        values.add(f"{re.sub('[.,]', '', head).lstrip('0') or '0'}.{tail.rstrip('0')}".rstrip("."))
    return values


def _plain(text: str) -> str:
    return " ".join(text.casefold().translate(_PLAIN).split())


def _is_long(said: str) -> bool:
    return len(said.split()) >= _FEWEST_WORDS or (not said.isascii() and len([*terms(said)]) >= _FEWEST_LETTERS - 1)


def _shortened(passage: str) -> str:
    """Whole sentences as far as there is room."""
    if len(passage) <= _QUOTATION:
        return passage
    ends = [found.end() for found in _END.finditer(passage, 0, _QUOTATION)]
    return passage[: ends[-1]] if ends else passage[:_QUOTATION].rsplit(" ", 1)[0]
