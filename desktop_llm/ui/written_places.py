"""Where pieces of a Markdown text stand in the document it is written in: found by their words, which marks leave."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from PySide6.QtGui import QTextCursor, QTextDocument

_WORD = re.compile(r"\w+")
_AHEAD = 60  # words that may be in the source only: addresses of links, formulas


class WrittenPlaces:
    """From offsets in `source` to positions in `document`, in which it has been written."""

    def __init__(self, source: str, document: QTextDocument) -> None:
        self._source = source
        whole = QTextCursor(document)
        whole.select(QTextCursor.SelectionType.Document)
        self._text = whole.selectedText()
        self._spans = _aligned(source, self._text)
        self._starts, self._ends = [a[0] for a in self._spans], [a[1] for a in self._spans]

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Positions of what is written of the source between these offsets; nothing where that has no words."""
        first, behind = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if first >= behind:
            return None
        source_start, _, shown_start, _ = self._spans[first]
        _, source_end, _, shown_end = self._spans[behind - 1]
        begin = shown_start + max(start - source_start, 0)
        stop = shown_end - max(source_end - end, 0)
        begin = self._back(begin, self._source[start : max(source_start, start)])
        stop = self._on(stop, self._source[min(source_end, end) : end])
        return self._position(begin), self._position(stop)

    def _back(self, at: int, marks: str) -> int:
        """Over what stands right before the first word and belongs to it, such as quotation marks."""
        while at > 0 and self._text[at - 1] in marks and not self._text[at - 1].isspace():
            at -= 1
        return at

    def _on(self, at: int, marks: str) -> int:
        """Over what follows the last word, with spaces only where the source has them there too."""
        marks = marks.rstrip()
        for place in range(at, min(at + len(marks), len(self._text))):
            if self._text[place] not in marks:
                break
            at = at if self._text[place].isspace() else place + 1
        return at

    def _position(self, at: int) -> int:
        """As Qt counts: by halves of what is beyond 16 bits."""
        return len(self._text[:at].encode("utf-16-le", "surrogatepass")) // 2


def _aligned(source: str, text: str) -> list[tuple[int, int, int, int]]:
    """Each word that is in both, in their order: where it begins and ends here and there."""
    words = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(source)]
    spans, at = list[tuple[int, int, int, int]](), 0
    for found in _WORD.finditer(text):
        near = range(at, min(at + _AHEAD, len(words)))
        same = next((place for place in near if words[place][2] == found[0]), None)
        if same is not None:
            spans.append((*words[same][:2], found.start(), found.end()))
            at = same + 1
    return spans
