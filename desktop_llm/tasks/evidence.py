"""Which passages of a text a sentence comes from: an index over its words, asked without a model (BM25)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from typing import Protocol

_SATURATION, _LENGTH = 1.2, 0.75  # BM25's k1 and b
_COMMON = 0.3  # of all windows: a word in so many tells nothing
_FEW = 20  # windows, of which no word is common
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+")
_SUPPORT = 0.2
"""Share of a sentence's words, by how rare they are, that the one place it comes from has."""
_ALSO = 0.6  # of the best passage's score
_MOST_PLACES = 3
_WINDOW = 500  # characters: shorter passages, as the turns of a talk are, count together

Place = tuple[int, int]
"""A document and one of its passages, by their numbers."""


class Passage(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def level(self) -> int: ...


class Document(Protocol):
    @property
    def passages(self) -> Sequence[Passage]: ...


class Passages:
    """All passages of some documents, found by what is said of them. Headings are found only where nothing else is.

    They are looked for in windows: a long passage, or short ones that follow each other.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        places = [(n, m) for n, document in enumerate(documents) for m in range(len(document.passages))]
        said = [(n, m) for n, m in places if not documents[n].passages[m].level]
        self._documents = documents
        self._windows = list(self._in_windows(said or places))
        self._holding: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = [self._note(number) for number in range(len(self._windows))]
        usual = sum(lengths) / max(len(lengths), 1) or 1.0
        self._damped = [_SATURATION * (1 - _LENGTH + _LENGTH * length / usual) for length in lengths]

    def found(self, text: str) -> tuple[Place, ...]:
        """Where `text` comes from, the most telling first; nowhere where too little of it is there."""
        words = {*terms(text)}
        scores = self._scores(words)
        if not scores:
            return ()
        best = sorted(scores, key=lambda number: (-scores[number], number))[:_MOST_PLACES]
        near = [number for number in best if scores[number] >= _ALSO * scores[best[0]]]
        if self._share(words, near[0]) < _SUPPORT:
            return ()
        return tuple(max(self._windows[number], key=lambda place: self._weight(words, place)) for number in near)

    def best(self, text: str, most: int) -> list[str]:
        """The passages that have most to do with `text`, in the order of the documents."""
        scores = self._scores({*terms(text)})
        chosen = sorted(sorted(scores, key=lambda number: -scores[number])[:most])
        return [self._text(number) for number in chosen]

    def _note(self, number: int) -> int:
        """How many words it has."""
        counts = Counter(term for place in self._windows[number] for term in terms(self._said(place)))
        for term, count in counts.items():
            self._holding[term].append((number, count))
        return counts.total()

    def _in_windows(self, places: Sequence[Place]) -> Iterator[list[Place]]:
        window, length = list[Place](), 0
        for place in places:
            if window and (length + len(self._said(place)) > _WINDOW or window[-1] != (place[0], place[1] - 1)):
                yield window
                window, length = [], 0
            window.append(place)
            length += len(self._said(place))
        if window:
            yield window

    def _said(self, place: Place) -> str:
        document, passage = place
        return self._documents[document].passages[passage].text

    def _text(self, number: int) -> str:
        return " ".join(map(self._said, self._windows[number]))

    def _weight(self, words: set[str], place: Place) -> float:
        """How much of `words` this passage has."""
        return sum(self._rarity(word) for word in words & {*terms(self._said(place))})

    def _rarity(self, term: str) -> float:
        """0 for what is everywhere; most for what is nowhere."""
        count, held = len(self._windows), len(self._holding.get(term, ()))
        if count > _FEW and held > _COMMON * count:
            return 0.0
        return log(1 + (count - held + 0.5) / (held + 0.5))

    def _scores(self, words: set[str]) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        for word in words:
            rarity = self._rarity(word)
            for number, count in self._holding.get(word, ()) if rarity else ():
                scores[number] += rarity * count * (_SATURATION + 1) / (count + self._damped[number])
        return scores

    def _share(self, words: set[str], number: int) -> float:
        rarities = {word: self._rarity(word) for word in words}
        there = {word for place in self._windows[number] for word in terms(self._said(place))}
        return sum(rarities[word] for word in words & there) / (sum(rarities.values()) or 1.0)


def terms(text: str) -> Iterator[str]:
    """Words without their inflection's end; pairs of characters where words are not set apart."""
    folded = text.casefold()
    for word in _WORD.findall(_UNSPACED.sub(" ", folded)):
        yield _stem(word)
    for run in _UNSPACED.findall(folded):
        yield from ("".join(pair) for pair in pairwise(run)) if len(run) > 1 else (run,)


def _stem(word: str) -> str:
    """Crude, and alike on both sides."""
    for end in ("'s", "’s", "ing", "ed", "es", "s"):
        if word.endswith(end) and len(word) - len(end) >= 4:
            return word[: -len(end)]
    return word
