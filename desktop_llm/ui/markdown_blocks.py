"""Cuts a growing Markdown text into top-level blocks, linear in what is added; a closed block never changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from desktop_llm.conversation import BETWEEN_CHANNELS, CLOSES_ALONE, OPENS, THOUGHTS, closing_alone

Kind = Literal["text", "code", "table", "reasoning", "plain"]

SEGMENT = 1200
"""A text is closed at the first top-level block that begins beyond this many characters."""
LONGEST = 2400
"""A text without such a place is cut at the last end of a sentence within this many characters..."""
UNBROKEN = 2000
"""... or at the first space after them, or, where there is none, this much later."""
COLUMNS, ROWS = 50, 40
"""A wider table is text, a longer one goes on in another: Qt lays a table out anew with every row."""
HELD = 4000
"""A line whose kind is still unknown after this many characters is text."""

_ANYWHERE = ("<think>",)
"""What opens reasoning at any line of an answer; the others do at its beginning only."""
_LONGEST_CLOSE = 32
_UNKNOWN = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)]?|#{1,6}|`{1,2}|~{1,2})?$")
_FENCE = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$")
_ROW = re.compile(r"[ \t]*\|")
_RULER = re.compile(r"[ \t|:-]+$")
_RULE = re.compile(r":?-+:?$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(r" ?(?:[-*+]|(\d{1,9})[.)])(?:[ \t]|$)")
_SPACE = re.compile(r"\s")
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s+|[。！？][”’）」]*\s*")


class Block:
    """`settled` is where that part of a text begins which may still change. `seconds`: of thinking, where known."""

    def __init__(self, kind: Kind, language: str = "") -> None:
        self.kind = kind
        self.language = language
        self.closed = False
        self.seconds = 0.0
        self.settled = 0
        self.length = 0
        self._pieces: list[str] = []

    @property
    def source(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def add(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += len(piece)

    def cut(self, length: int) -> str:
        """Keeps the first `length` characters and gives back the rest."""
        source = self.source
        self._pieces, self.length = [source[:length]], length
        return source[length:]


def plain_blocks(text: str) -> list[Block]:
    """A text that is not Markdown, in pieces a window can lay out one by one."""
    blocks: list[Block] = []
    start = 0
    while start < len(text) or not blocks:
        end = _plain_end(text, start)
        block = Block("plain")
        block.add(text[start:end].removesuffix("\n") if end < len(text) else text[start:end])
        block.closed = True
        blocks.append(block)
        start = end
    return blocks


def _plain_end(text: str, start: int) -> int:
    if len(text) - start <= HELD:
        return len(text)
    for separator in ("\n", " "):
        found = text.rfind(separator, start + SEGMENT, start + HELD)
        if found >= 0:
            return found + 1
    return start + HELD


class Splitter:
    """Each line is held until its first characters say what it is; then it flows on as it comes."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._mode: Kind = "text"
        self._held = ""
        self._flowing = False
        self._newlines = 0
        self._fence, self._fence_indent = "", 0
        self._header: str | None = None
        self._bare_rows = False
        self._table_head, self._rows = "", 0
        self._line_start = 0
        self._in_list = self._after_heading = False
        self._dedent = 0
        self._formula = ""  # what closes the formula whose lines these are
        self._closing = ""  # what closes the reasoning that this is
        self._all: list[str] | None = []  # while what has come may turn out to be reasoning
        self._tail = ""

    def feed(self, delta: str) -> bool:
        """Whether all that came before proves to be reasoning, which the template opened: the blocks begin anew."""
        if self._all is not None and self._closes(self._all, delta):
            return True
        self._take(delta)
        return False

    def _closes(self, before: list[str], delta: str) -> bool:
        before.append(delta)
        seen = self._tail + delta
        self._tail = seen[-_LONGEST_CLOSE:]
        if not CLOSES_ALONE.search(seen):
            return False
        self._all, text = None, "".join(before)
        closing = closing_alone(text)
        if closing is not None:
            vars(self).update(vars(Splitter()), _all=None)
            self._take(OPENS[text[slice(*closing)]] + text)
        return closing is not None

    def _take(self, delta: str) -> None:
        first, *others = delta.split("\n")
        self._more(first)
        for line in others:
            self._end_line()
            self._more(line)

    def finish(self) -> None:
        if self._mode == "reasoning":
            self._keep_thinking(len(self._held))
        elif self._held:
            self._end_line()
        self._flush_header()
        self._close()

    def _more(self, piece: str) -> None:
        if not piece:
            return
        if self._mode == "reasoning":
            self._think(piece)
        elif self._flowing:
            self._add(piece)
        else:
            self._held += piece
            if self._leaves_table(self._held):
                self._close()
            if len(self._held) > HELD or not self._unknown(self._held):
                self._flow()

    def _unknown(self, line: str) -> bool:
        if self._mode == "code":
            return not line.strip().strip(self._fence[0])
        if self._mode == "table":
            return True
        if _UNKNOWN.match(line) or self._may_open(line) or _FENCE.match(line) or _ROW.match(line):
            return True
        return self._may_be_ruler() and bool(_RULER.match(line))

    def _flow(self) -> None:
        """The held line is content of the block that is open, or begins one."""
        line, self._held = self._held, ""
        self._flowing = True
        if self._mode == "code":
            self._add(self._gap() + _without_indent(line, self._fence_indent))
            return
        if self._mode == "table":
            self._close()
        self._flush_header()
        mark = next((mark for mark in self._marks() if line.lstrip().startswith(mark)), "")
        if mark:
            self._open_reasoning(mark, line.lstrip()[len(mark) :])
        else:
            self._begin(line)

    def _end_line(self) -> None:
        if self._mode == "reasoning":
            self._think("\n")
        elif self._flowing or (self._mode == "code" and not self._ends_fence(self._held)):
            self._end_content_line()
        else:
            line, self._held = self._held, ""
            self._whole_line(line)

    def _end_content_line(self) -> None:
        if self._held:
            self._flow()
        self._flowing = False
        self._newlines += 1
        if self._mode == "text":
            self._formula = _closing(self._last_line().strip(), self._formula)

    def _whole_line(self, line: str) -> None:
        """A line that was held to its end, because only its end tells what it is."""
        if self._mode == "code":
            self._close()
        elif self._mode == "table":
            self._row(line)
        elif self._is_ruler(line):
            self._open_table(line)
        elif not line.strip():
            self._flush_header()
            self._newlines += 1
        elif self._opens_fence(line):
            self._flush_header()
            self._open_code(line)
        elif _ROW.match(line):
            self._flush_header()
            self._header = line
        else:
            self._held = line
            self._end_content_line()

    # Text

    def _begin(self, line: str) -> None:
        indent = _indent(line)
        starts = self._starts_block(line, indent)
        if starts:
            self._close_if_long()
            self._in_list = bool(_ITEM.match(line)) or (self._in_list and indent > 1)
        self._after_heading = bool(_HEADING.match(line))
        self._dedent = self._dedent if indent >= self._dedent else 0
        self._begin_line(self._text(), starts)
        self._add(_without_indent(line, self._dedent))

    def _begin_line(self, block: Block, starts: bool) -> None:
        newlines = self._gap(2)
        if block.length:
            block.add(newlines)
        if starts:
            block.settled = block.length
        self._line_start = block.length

    def _starts_block(self, line: str, indent: int) -> bool:
        after_blank = self._newlines > 1
        if self._formula and not after_blank and self._open("text") is not None:
            return False
        self._formula = ""
        if self._open("text") is None or self._after_heading or _HEADING.match(line):
            return True
        if item := _ITEM.match(line):
            return after_blank or self._in_list or item[1] in (None, "1")
        return after_blank and (indent < 2 or not self._in_list)

    def _close_if_long(self) -> None:
        block = self._open("text")
        if block is not None and block.length >= SEGMENT:
            self._close()

    def _text(self) -> Block:
        return self._open("text") or self._start(Block("text"))

    def _add(self, piece: str) -> None:
        if self._mode == "code":
            self.blocks[-1].add(piece)
            return
        for start in range(0, len(piece), UNBROKEN):
            self._add_text(piece[start : start + UNBROKEN])

    def _add_text(self, piece: str) -> None:
        block = self._text()
        block.add(piece)
        while block.length > LONGEST and (end := _forced_end(block.source)):
            rest = block.cut(end)
            self._close()
            self._line_start = 0
            if not rest:
                return
            block = self._text()
            block.add(rest)

    def _gap(self, most: int | None = None) -> str:
        newlines, self._newlines = self._newlines, 0
        return "\n" * (newlines if most is None else min(newlines, most))

    # Code

    def _opens_fence(self, line: str) -> bool:
        fence = _FENCE.match(line)
        return fence is not None and (self._in_list or _indent(line) < 4)

    def _open_code(self, line: str) -> None:
        fence = _FENCE.match(line)
        assert fence is not None
        self._close()
        self._fence, self._fence_indent = fence[2], _indent(line)
        self._dedent = self._fence_indent if self._in_list else 0
        words = fence[3].split()
        self._start(Block("code", words[0].strip("{}.") if words else ""))
        self._mode = "code"

    def _ends_fence(self, line: str) -> bool:
        rest = line.strip()
        return len(rest) >= len(self._fence) and not rest.strip(self._fence[0])

    # Tables

    def _may_be_ruler(self) -> bool:
        return self._header is not None or ("|" in self._last_line() and self._newlines == 1)

    def _last_line(self) -> str:
        block = self._open("text")
        return block.source[self._line_start :] if block is not None else ""

    def _is_ruler(self, line: str) -> bool:
        if not self._may_be_ruler() or "|" not in line:
            return False
        header = self._last_line() if self._header is None else self._header
        cells = _cells(line)
        return len(_cells(header)) == len(cells) <= COLUMNS and all(_RULE.match(cell.strip()) for cell in cells)

    def _open_table(self, ruler: str) -> None:
        header = self._take_last_line() if self._header is None else self._header
        self._header = None
        self._close()
        self._bare_rows = not _ROW.match(header)
        self._table_head = f"{header.strip()}\n{ruler.strip()}"
        self._begin_table()

    def _begin_table(self) -> None:
        self._start(Block("table")).add(self._table_head)
        self._mode, self._rows = "table", 0

    def _take_last_line(self) -> str:
        block = self.blocks[-1]
        line = block.cut(self._line_start)
        block.settled = min(block.settled, block.length)
        if not block.length:
            self.blocks.pop()
        return line

    def _leaves_table(self, line: str) -> bool:
        return self._mode == "table" and not self._bare_rows and bool(line.strip()) and not _ROW.match(line)

    def _row(self, line: str) -> None:
        if "|" not in line:
            self._close()
            self._more(line)
            self._end_line()
            return
        if self._rows == ROWS:
            self._close()
            self._begin_table()
        self.blocks[-1].add("\n" + line.strip())
        self._rows += 1

    def _flush_header(self) -> None:
        """What looked like the header of a table was a line of text."""
        if self._header is not None:
            line, self._header = self._header, None
            self._begin(line)
            self._newlines = 1

    # Reasoning

    def _marks(self) -> Iterable[str]:
        return _ANYWHERE if self.blocks else THOUGHTS

    def _may_open(self, line: str) -> bool:
        begun = line.lstrip(" \t")
        return any(mark.startswith(begun) and mark != begun for mark in self._marks())

    def _open_reasoning(self, mark: str, rest: str) -> None:
        self._close()
        self._mode, self._closing, self._all = "reasoning", THOUGHTS[mark], None
        self._flowing = False
        self._more(rest)

    def _think(self, piece: str) -> None:
        self._held += piece
        end = self._held.find(self._closing)
        if end < 0:
            self._keep_thinking(len(self._held) - _beginning_of_close(self._held, self._closing))
            return
        rest = self._held[end + len(self._closing) :]
        self._keep_thinking(end)
        if self.blocks and self.blocks[-1].source.endswith(BETWEEN_CHANNELS):
            self.blocks[-1].cut(self.blocks[-1].length - len(BETWEEN_CHANNELS))
        self._held = ""
        self._close()
        self._more(rest)

    def _keep_thinking(self, end: int) -> None:
        """White space before the first thought is not shown: some models always think, of nothing."""
        thought, self._held = self._held[:end], self._held[end:]
        block = self._open("reasoning")
        if block is None and thought.strip():
            block = self._start(Block("reasoning"))
            thought = thought.lstrip()
        if block is not None:
            block.add(thought)

    # Blocks

    def _open(self, kind: Kind) -> Block | None:
        last = self.blocks[-1] if self.blocks else None
        return last if last is not None and last.kind == kind and not last.closed else None

    def _start(self, block: Block) -> Block:
        self.blocks.append(block)
        return block

    def _close(self) -> None:
        if self.blocks:
            self.blocks[-1].closed = True
        self._mode = "text"
        self._newlines = 0
        self._after_heading = False


def _closing(line: str, closing: str) -> str:
    """What closes the formula that is still open after a line."""
    if closing:
        return "" if closing in line else closing
    closes = {"$$": "$$", "\\[": "\\]"}.get(line[:2], "")
    return "" if closes and closes in line[2:] else closes


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))


def _without_indent(line: str, most: int) -> str:
    return line[min(most, len(line) - len(line.lstrip(" "))) :]


def _forced_end(source: str) -> int:
    sentences = [end.end() for end in _SENTENCE_END.finditer(source, SEGMENT, LONGEST)]
    if sentences:
        return sentences[-1]
    space = _SPACE.search(source, LONGEST, LONGEST + UNBROKEN)
    if space is not None:
        return space.end()
    return LONGEST + UNBROKEN if len(source) > LONGEST + UNBROKEN else 0


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))


def _beginning_of_close(text: str, close: str) -> int:
    return next((size for size in range(len(close) - 1, 0, -1) if text.endswith(close[:size])), 0)
