"""Colours code line by line as it is written, with Pygments' grammars."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from time import perf_counter
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from desktop_llm.ui.theme import Theme

LONGEST_LINE = 1000
MOST_STATES = 100
SLICE_MS, PAUSE_MS = 5, 10
_COLOURS = (
    ("Comment", "comment"),
    ("Keyword", "keyword"),
    ("Operator.Word", "keyword"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Builtin", "name"),
    ("Name.Decorator", "name"),
    ("Name.Exception", "name"),
    ("Name.Tag", "keyword"),
    ("Name.Attribute", "name"),
    ("Generic.Deleted", "number"),
    ("Generic.Inserted", "string"),
    ("Generic.Heading", "keyword"),
)
_START = ("root",)
_COMMENT = "/*"

Stack = tuple[str, ...]
Coloured = tuple[int, int, str]


@lru_cache
def grammar(language: str) -> Any:
    """Pygments' lexer for a name or file ending, or nothing. Pygments is imported with the first code shown."""
    from pygments.lexers import find_lexer_class, get_all_lexers

    wanted = language.lower()
    for name, aliases, files, _ in get_all_lexers(plugins=False):
        if wanted in aliases or f"*.{wanted}" in files:
            found = find_lexer_class(name)
            return found() if found is not None and wanted not in ("text", "txt") else None
    return None


class LineLexer:
    """Runs a grammar over one line from the state in which the line before ended."""

    def __init__(self, lexer: Any) -> None:
        from pygments.lexer import ExtendedRegexLexer, RegexLexer

        self._lexer = lexer
        by_rules = isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)
        self._rules: dict[str, Any] | None = lexer._tokens if by_rules else None

    def line(self, text: str, stack: Stack) -> tuple[list[Coloured], Stack]:
        if self._rules is None:
            return self._coloured(self._lexer.get_tokens_unprocessed(text + "\n")), stack
        if stack[-1] == _COMMENT:
            return self._rest_of_comment(text, stack)
        states = list(stack)
        tokens = list(self._tokens(text + "\n", states))
        opened = next((start for start, kind, value in tokens if _opens_comment(text, start, str(kind), value)), None)
        if opened is None:
            return self._coloured(iter(tokens)), tuple(states)
        before = self._coloured(token for token in tokens if token[0] < opened)
        return [*before, (opened, len(text) - opened, "comment")], (*stack, _COMMENT)

    def _rest_of_comment(self, text: str, stack: Stack) -> tuple[list[Coloured], Stack]:
        end = text.find("*/")
        if end < 0:
            return [(0, len(text), "comment")], stack
        end += 2
        after, stack = self.line(text[end:], stack[:-1])
        return [(0, end, "comment"), *((start + end, length, colour) for start, length, colour in after)], stack

    def _tokens(self, text: str, states: list[str]) -> Iterator[tuple[int, Any, str]]:
        place = standing = 0
        while place < len(text):
            match, action, following = self._match(text, place, states)
            standing = standing + 1 if match is not None and match.end() == place else 0
            if match is None or standing > MOST_STATES:
                place += 1
                continue
            if callable(action) and not _is_token(action):
                yield from action(self._lexer, match)
            elif action is not None:
                yield place, action, match.group()
            place = match.end()
            _move(states, following)

    def _match(self, text: str, place: int, states: list[str]) -> tuple[Any, Any, Any]:
        assert self._rules is not None
        for pattern, action, following in self._rules[states[-1]]:
            match = pattern(text, place)
            # What matches nothing and goes nowhere would match for ever.
            if match is not None and (match.end() > place or following is not None):
                return match, action, following
        return None, None, None

    def _coloured(self, tokens: Iterator[tuple[int, Any, str]]) -> list[Coloured]:
        named = ((start, len(value), colour_name(str(kind))) for start, kind, value in tokens)
        return [(start, length, name) for start, length, name in named if name]


def _is_token(action: Any) -> bool:
    return isinstance(action, tuple)


def _move(states: list[str], following: Any) -> None:
    """Goes where a rule says: names of states to enter, a number of states to leave, "#pop" or "#push"."""
    if following is None:
        return
    for step in following if isinstance(following, tuple) else (following,):
        if isinstance(step, int):
            del states[max(1, len(states) + step) :]
        elif step == "#pop":
            del states[max(1, len(states) - 1) :]
        elif len(states) < MOST_STATES:
            states.append(states[-1] if step == "#push" else step)


def _opens_comment(text: str, start: int, kind: str, value: str) -> bool:
    if not text.startswith(_COMMENT, start) or "*/" in text[start + 2 :]:
        return False
    return value == "/" or (value.startswith(_COMMENT) and "String" not in kind)


@lru_cache(maxsize=512)
def colour_name(kind: str) -> str:
    kind = kind.removeprefix("Token.")
    return next((colour for start, colour in _COLOURS if kind.startswith(start)), "")


class CodeColours(QSyntaxHighlighter):
    """Each line's end state is a number, so that Qt colours on only as far as something changed.

    Lines for which there is no time stay without a state, and Qt stops at the first of them: there it goes on later.
    """

    def __init__(self, document: QTextDocument, language: str, theme: Theme) -> None:
        super().__init__(document)
        self._lexer = LineLexer(grammar(language))
        self._stacks: list[Stack] = [_START]
        self._numbers: dict[Stack, int] = {_START: 0}
        self._formats = {colour: _format(theme, colour) for _, colour in _COLOURS}
        self._until = 0.0
        self._late: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    def start_slice(self) -> None:
        """Lines that change from now on are coloured at once, as many as there is time for."""
        self._until = perf_counter() + SLICE_MS / 1000

    def _go_on(self) -> None:
        first, self._late = self._late, None
        if first is not None:
            self.start_slice()
            self.rehighlightBlock(self.document().findBlockByNumber(first))

    def _leave_for_later(self) -> None:
        number = self.currentBlock().blockNumber()
        self._late = number if self._late is None else min(self._late, number)
        self._timer.start(PAUSE_MS)

    def highlightBlock(self, text: str) -> None:
        if perf_counter() > self._until:
            self._leave_for_later()
            return
        before = max(0, self.previousBlockState())
        if len(text) > LONGEST_LINE:
            self.setCurrentBlockState(before)
            return
        coloured, stack = self._lexer.line(text, self._stacks[before])
        for start, length, colour in coloured:
            self.setFormat(start, length, self._formats[colour])
        self.setCurrentBlockState(self._number(stack))

    def _number(self, stack: Stack) -> int:
        if stack not in self._numbers:
            self._numbers[stack] = len(self._stacks)
            self._stacks.append(stack)
        return self._numbers[stack]


def _format(theme: Theme, colour: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(getattr(theme, colour)))
    if colour == "comment":
        made.setFontItalic(True)
    return made
