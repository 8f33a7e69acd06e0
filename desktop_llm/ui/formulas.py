"""Formulas in a text: where one stands, and what it looks like, typeset on a thread because it takes frames."""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from queue import LifoQueue

from PySide6.QtCore import QByteArray, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

LONGEST = 1000
DISPLAY = (("$$", "$$"), ("\\[", "\\]"))
_INLINE = (("\\(", "\\)"), ("$", "$"))
_DEEPEST, _WIDEST, _HIGHEST = 8, 4000, 2000
_SECONDS = 2.0
_KEPT = 1000
_BRACES = re.compile(r"[{}]|\\(?:left|right|begin|end)(?![a-z])")
_SIGNS = re.compile(r"[\\^_=]")


@dataclass(frozen=True)
class Found:
    """A formula at a place in a text: its LaTeX without the marks around it, and where these end."""

    latex: str
    display: bool
    end: int


def formula_at(text: str, place: int) -> Found | None:
    """A formula that begins right here and is closed; a sum of money is none."""
    for opening, closing in (*DISPLAY, *_INLINE):
        if text.startswith(opening, place):
            start = place + len(opening)
            end = _closing(text, closing, start)
            found = Found(text[start:end].strip(), closing in ("$$", "\\]"), end + len(closing))
            return found if end > start and found.latex and (closing != "$" or _is_meant(text, place, end)) else None
    return None


def _closing(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start, start + LONGEST)
    while end > start and mark[0] == "$" and text[end - 1] == "\\":
        end = text.find(mark, end + 1, start + LONGEST)
    return end


def _is_meant(text: str, place: int, end: int) -> bool:
    """Between single dollars: on one line, close to the words inside, apart from those outside, and no price."""
    inside, around = text[place + 1 : end], text[place - 1 : place] + text[end + 1 : end + 2]
    if inside != inside.strip() or "\n" in inside or any(each.isascii() and each.isalnum() for each in around):
        return False
    return not inside[0].isdigit() or " " not in inside or bool(_SIGNS.search(inside))


@dataclass(frozen=True)
class Formula:
    latex: str
    display: bool
    colour: str
    size: int


@dataclass(frozen=True)
class Typeset:
    """A formula's drawing; `depth` is how much of its height is below the line its words stand on."""

    svg: str
    width: float
    height: float
    depth: float


class _TooSlowError(Exception):
    pass


class Typesetter:
    """What is not there yet is asked for; what cannot be typeset stays as it was written."""

    def __init__(self) -> None:
        self._done: dict[Formula, Typeset | None] = {}
        self._asked: set[Formula] = set()
        self._waiting: LifoQueue[Formula] = LifoQueue()  # the newest first: that is what one looks at
        self._thread: threading.Thread | None = None

    def knows(self, formula: Formula) -> bool:
        return formula in self._done

    def typeset(self, formula: Formula) -> Typeset | None:
        if formula not in self._done and formula not in self._asked:
            self._asked.add(formula)
            self._waiting.put(formula)
            self._begin()
        return self._done.get(formula)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="formulas", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            formula = self._waiting.get()
            self._done[formula] = _typeset_in_time(formula)
            self._asked.discard(formula)
            if len(self._done) > _KEPT:
                del self._done[next(iter(self._done))]


@lru_cache
def typesetter() -> Typesetter:
    return Typesetter()


def _typeset_in_time(formula: Formula) -> Typeset | None:
    """The time of some formulas doubles with every brace: Python itself is asked at each call whether it is up."""
    until = time.monotonic() + _SECONDS

    def watch(_frame: object, _event: str, _argument: object) -> None:
        if time.monotonic() > until:
            raise _TooSlowError

    if _depth(formula.latex) > _DEEPEST:
        return None
    sys.setprofile(watch)
    try:
        return _typeset(formula)
    except Exception:  # whatever strangers' LaTeX leads to
        return None
    finally:
        sys.setprofile(None)


def _depth(latex: str) -> int:
    depth = most = 0
    for mark in _BRACES.finditer(latex):
        depth += 1 if mark[0] in ("{", "\\left", "\\begin") else -1
        most = max(most, depth)
    return most


def _typeset(formula: Formula) -> Typeset | None:
    from ziamath.config import config  # late: few answers have formulas
    from ziamath.zmath import Latex

    config.svg2 = False
    made = Latex(formula.latex, size=formula.size, color=formula.colour, inline=not formula.display, margin=0)
    if "\\" in made.mathmlstr():
        return None  # a command it does not know would be shown as its name
    svg = made.svg()
    view = re.search(r'viewBox="(\S+) (\S+) (\S+) (\S+)"', svg)
    if view is None:
        return None
    _, top, width, height = map(float, view.groups())
    fits = 0 < width < _WIDEST and 0 < height < _HIGHEST
    return Typeset(svg, width, height, max(0.0, top + height)) if fits else None


@lru_cache(maxsize=200)
def picture(drawing: Typeset, above: int, below: int, ratio: float) -> QImage:
    """The drawing with `above` and `below` pixels over and under the line its words stand on."""
    size = QSizeF(drawing.width, above + below)
    image = QImage((size * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.translate(0, above - (drawing.height - drawing.depth))
    renderer = QSvgRenderer(QByteArray(drawing.svg.encode()))
    renderer.render(painter, QRectF(0, 0, drawing.width, drawing.height))
    painter.end()
    return image
