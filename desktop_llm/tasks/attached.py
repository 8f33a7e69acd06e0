"""What goes with a message, as the model is given it: whole, or the parts of it that tell most for the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import log

from desktop_llm.conversation import Attachment, Part

# Scripts written without spaces, or whose words change their ends: told apart by pairs of characters.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[^\W{_PAIRED}]+")
_RUN = re.compile(rf"[{_PAIRED}]+")
# BM25's usual constants: how soon more of the same word tells no more, and how much long parts count less.
_SATURATION, _LENGTH = 1.2, 0.75

Place = tuple[int, int]
"""Which attachment, and which of its parts."""


def attached_text(attachment: Attachment) -> str:
    """The same for the same attachment, always: what was evaluated of it once need not be again."""
    name = " ".join(attachment.name.split())
    end = f'[End of "{name}"]'
    if attachment.given is None:
        return "\n\n".join([f'[Attached document "{name}"]', *_with_pages(attachment.parts), end])
    size = f"{attachment.pages} pages" if attachment.pages else f"{len(attachment.parts)} parts"
    if not attachment.given:
        return f'[Attached document "{name}", {size}: none of its text is given here, for there is no room]'
    head = f'[Attached document "{name}", {size}. It is not given whole, only these passages found in it:]'
    return "\n\n".join([head, *_with_places(attachment), end])


def ranked(attachments: Sequence[Attachment], question: str) -> list[Place]:
    """Every part, the most telling for `question` first; in the order of the documents where none tells more.

    The best of each document comes before all others, so that a short one is not left out beside a book.
    """
    words, pairs = _terms(question)
    places = [(n, m) for n, attachment in enumerate(attachments) for m in range(len(attachment.parts))]
    texts = (_searched(attachments[n].parts[m]) for n, m in places)
    counts, lengths = [], []
    for text in texts:
        counts.append(_counted(text, words, pairs))
        lengths.append(len(text))
    scores = _scores(counts, lengths)
    best = [place for _, place in sorted(zip(scores, places, strict=True), key=lambda each: (-each[0], each[1]))]
    firsts = {attachment: (attachment, part) for attachment, part in reversed(best)}
    return sorted(best, key=lambda place: firsts[place[0]] != place)


def with_best(attachments: Sequence[Attachment], ranking: Sequence[Place], count: int) -> tuple[Attachment, ...]:
    """With the first `count` parts of the ranking as what is given, in the order of the document."""
    chosen: list[list[int]] = [[] for _ in attachments]
    for attachment, part in ranking[:count]:
        chosen[attachment].append(part)
    return tuple(_given(each, sorted(parts)) for each, parts in zip(attachments, chosen, strict=True))


def places_of(attachment: Attachment) -> tuple[int, ...]:
    """The pages that are given something of, from 1; where there are none, the parts."""
    given = range(len(attachment.parts)) if attachment.given is None else attachment.given
    there = [n for n in given if n < len(attachment.parts)]
    if not attachment.pages:
        return tuple(n + 1 for n in there)
    return tuple(sorted({attachment.parts[n].page for n in there}))


# ---- as text


def _with_pages(parts: Iterable[Part]) -> Iterator[str]:
    """Each page, where there are any, begins with its number."""
    before = 0
    for part in parts:
        yield f"[Page {part.page}]\n{part.text}" if part.page != before else part.text
        before = part.page


def _with_places(attachment: Attachment) -> Iterator[str]:
    """What does not go on where the part before it ends says where it stands."""
    before, part = -2, Part("")
    for n in attachment.given or ():
        if n >= len(attachment.parts):
            continue
        above, part = part, attachment.parts[n]
        goes_on = n == before + 1 and (above.page, above.heading) == (part.page, part.heading)
        yield part.text if goes_on else f"{_place(attachment, n)}\n{part.text}"
        before = n


def _place(attachment: Attachment, n: int) -> str:
    part = attachment.parts[n]
    place = f"Page {part.page}" if part.page else f"Part {n + 1}"
    return f"[{place}: {part.heading}]" if part.heading else f"[{place}]"


def _given(attachment: Attachment, parts: list[int]) -> Attachment:
    return replace(attachment, given=None if len(parts) == len(attachment.parts) else tuple(parts))


# ---- what tells most


def _terms(question: str) -> tuple[frozenset[str], frozenset[str]]:
    folded = question.casefold()
    runs = _RUN.findall(folded)
    pairs = (run[n : n + 2] for run in runs for n in range(max(1, len(run) - 1)))
    return frozenset(_WORD.findall(folded)), frozenset(pairs)


def _searched(part: Part) -> str:
    return f"{part.heading}\n{part.text}".casefold()


def _counted(text: str, words: frozenset[str], pairs: frozenset[str]) -> Counter[str]:
    found = Counter(word for word in _WORD.findall(text) if word in words) if words else Counter[str]()
    for pair in pairs:
        if count := text.count(pair):
            found[pair] = count
    return found


def _scores(counts: Sequence[Counter[str]], lengths: Sequence[int]) -> list[float]:
    """BM25."""
    holding = Counter(term for count in counts for term in count)
    rare = {term: log(1 + (len(counts) - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
    usual = sum(lengths) / max(1, len(lengths)) or 1.0
    return [_score(count, rare, length / usual) for count, length in zip(counts, lengths, strict=True)]


def _score(count: Counter[str], rare: dict[str, float], length: float) -> float:
    damped = _SATURATION * (1 - _LENGTH + _LENGTH * length)
    return sum(rare[term] * n * (_SATURATION + 1) / (n + damped) for term, n in count.items())
