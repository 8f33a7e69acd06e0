"""Markdown as it is read here: CommonMark with tables, strikethrough and formulas, without HTML."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from desktop_llm.ui.formulas import DISPLAY, formula_at

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

_SCHEME = re.compile(r"(?<![^\W_])https?$", re.IGNORECASE)
_ADDRESS = re.compile(r"://[^\s<>\"`*|\\^{}\u3000-\u303f\uff00-\uff60\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_ENDS = ".,;:!?'\"’”»…]"


@lru_cache
def parser() -> MarkdownIt:
    return new_parser()


def new_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # late: the first window needs none

    made = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    made.inline.ruler.before("escape", "formula", _formula)
    made.inline.ruler.before("escape", "address", _address)
    made.block.ruler.before("fence", "formula", _lines_of_formula, {"alt": ["paragraph", "blockquote", "list"]})
    return made


def _address(state: StateInline, silent: bool) -> bool:
    """One that stands bare among the words is a link; the rule is asked where its colon is."""
    begun, rest = _SCHEME.search(state.pending), _ADDRESS.match(state.src, state.pos, state.posMax)
    if silent or begun is None or rest is None or state.linkLevel:
        return False
    words = begun[0] + _without_punctuation(rest[0])
    target = state.md.normalizeLink(words)
    if words.endswith("//") or not state.md.validateLink(target):
        return False
    state.pending = state.pending[: begun.start()]
    state.push("link_open", "a", 1).attrs = {"href": target}
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)
    state.pos += len(words) - len(begun[0])
    return True


def _without_punctuation(address: str) -> str:
    """Without what ends the sentence it stands in, or the brackets around it."""
    while address and (address[-1] in _ENDS or (address[-1] == ")" and address.count(")") > address.count("("))):
        address = address[:-1]
    return address


def _formula(state: StateInline, silent: bool) -> bool:
    found = formula_at(state.src, state.pos)
    if found is None or found.end > state.posMax:
        return False
    if not silent:
        token = state.push("formula_display" if found.display else "formula", "", 0)
        token.content, token.markup = found.latex, state.src[state.pos : found.end]
    state.pos = found.end
    return True


def _lines_of_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines of a formula are no list and no heading, whatever sign they begin with."""
    if state.is_code_block(start):
        return False
    lines: list[str] = []
    closing = ""
    for line in range(start, end):
        words = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        closing = next((close for opens, close in DISPLAY if words.startswith(opens)), "") if not lines else closing
        lines.append(words)
        if not closing or not words:
            return False
        if closing in (words[2:] if line == start else words):
            return silent or _push(state, start, lines)
    return False


def _push(state: StateBlock, start: int, lines: list[str]) -> bool:
    state.line = start + len(lines)
    state.push("paragraph_open", "p", 1).map = [start, state.line]
    inside = state.push("inline", "", 0)
    inside.content, inside.map, inside.children = "\n".join(lines), [start, state.line], []
    state.push("paragraph_close", "p", -1)
    return True
