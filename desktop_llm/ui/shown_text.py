"""Text as it may be shown: without characters that hide or reorder others, and with places to break."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCursor, QTextDocument

ZERO_WIDTH_SPACE = "\u200b"
LONGEST_RUN = 2000

_JOINER = "\u2060"
"""Frames a mark of ours; one that somebody wrote is told like anything that hides."""

# Controls, what Qt marks its own objects and frames with, and what is no character.
_HIDDEN = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0xFDD0, 0xFDF0), 0xFFFC, 0xFFFE, 0xFFFF)
_SHOWN: dict[int, str | None] = dict.fromkeys(_HIDDEN) | {0x2028: "\n", 0x2029: "\n"}

_SECRET_RANGES = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_SECRETS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _SECRET_RANGES)
SECRETS = frozenset(chr(code) for first, last in _SECRET_RANGES for code in range(first, last + 1))
"""What hides itself or reorders others, or may: some of it belongs into some scripts."""
_ARABIC = "\u0600-\u061b\u061d-\u08ff"
_RTL = f"\u0590-\u05ff{_ARABIC}\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_POINTS = "\u0591-\u05c7"  # of Hebrew: two that Unicode would put in another order are kept apart by U+034F
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u1aaf"  # Thai, Khmer and others: words end unseen
_MONGOLIAN = "\u1820-\u18aa"
_INDIC = "\u0900-\u0dff\u1800-\u18af\ua840-\ua8ff\U00011000-\U00011fff"
_JOINING = f"{_ARABIC}\ufb50-\ufdff\ufe70-\ufefc{_INDIC}{_UNSPACED}"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_HAN = "\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_VARIED = f"{_HAN}0\u1000-\u109f\u2010-\u201f\u2190-\u2bff\u3001\u3002\ua840-\ua87f\uaa60-\uaa7f\uff01-\uff1f"
"""What has other shapes by Unicode's list, or is among such."""
_FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}(?:\U000e007f|\\Z)"
_AT_HOME = "|".join((
    _FLAG,
    rf"(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}]|\Z)",
    rf"(?<=[{_EMOJI}])[\ufe0e\ufe0f]",
    r"(?<=[0-9#*])\ufe0f(?=\u20e3|\Z)",
    rf"(?<=[{_VARIED}])[\ufe00-\ufe02]",
    rf"(?<=[{_HAN}])[\U000e0100-\U000e01ef]",
    rf"(?<=[{_JOINING}])[\u200c\u200d]|[\u200c\u200d](?=[{_JOINING}])",
    rf"(?<=[{_UNSPACED}])\u200b",
    rf"(?<=[{_MONGOLIAN}])[\u180b-\u180f]",
    rf"(?<=[{_POINTS}])\u034f(?=[{_POINTS}])",
))  # fmt: skip
_SECRET = re.compile(rf"({_AT_HOME})|[{_SECRETS}]")
_HAS_RTL = re.compile(f"[{_RTL}]")
_IS_SECRET = re.compile(f"[{_SECRETS}]")
_MARK = re.compile(f"{_JOINER}⟨U\\+([0-9A-F]{{4,6}})⟩{_JOINER}|{_JOINER}")
_OUR_BREAK = re.compile(f"(?<![{_UNSPACED}]){ZERO_WIDTH_SPACE}\n?")
_RUN = re.compile(rf"\S{{{LONGEST_RUN}}}(?=\S)")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_RUN}}}(?=[^\n])")


def shown(text: str, before: str = "", around: str = "") -> str:
    """A run without a break takes Qt time by its square. `before`, `around`: see `told`."""
    return _RUN.sub(_with_break, told(text, before, around).translate(_SHOWN))


def visible(text: str) -> str:
    """Text without what no text has, to be taken elsewhere."""
    return text.translate(_SHOWN)


def harmless(text: str) -> str:
    """Text to be taken elsewhere as it is shown here."""
    return told(text).replace(_JOINER, "").translate(_SHOWN)


def shown_code(text: str, column: int = 0) -> str:
    """Code that follows `column` characters of a line."""
    return _LONG_LINE.sub(_with_line_break, "x" * column + told(text).translate(_SHOWN))[column:]


def told(text: str, before: str = "", around: str = "") -> str:
    """Each character that hides, or reorders others, told by its number where it does not belong.

    `before`: the character that the text follows. `around`: all it stands in, where that is more.
    """
    if text.isascii() or not _IS_SECRET.search(text):
        return text
    before = before[-1:]
    both_ways = bool(_HAS_RTL.search(around or text))
    return _marked(before + text, both_ways)[len(_marked(before, both_ways)) :]


def _marked(text: str, both_ways: bool) -> str:
    """Direction marks belong into a text that goes both ways."""

    def mark(found: re.Match[str]) -> str:
        belongs = found[1] or (both_ways and found[0] in "\u061c\u200e\u200f")
        return found[0] if belongs else f"{_JOINER}⟨U+{ord(found[0]):04X}⟩{_JOINER}"

    return _SECRET.sub(mark, text)


def untold(text: str) -> str:
    """The text of which `told` made this."""
    return _MARK.sub(lambda mark: chr(int(mark[1], 16)) if mark[1] else "", text) if _JOINER in text else text


def with_whole_marks(cursor: QTextCursor) -> QTextCursor:
    """The same selection, with all of a mark that it begins or ends in: half of one stands for no character."""
    if not cursor.hasSelection():
        return cursor
    start = _beside_mark(cursor.document(), cursor.selectionStart(), after=False)
    stop = _beside_mark(cursor.document(), cursor.selectionEnd(), after=True)
    forward, wide = cursor.anchor() <= cursor.position(), QTextCursor(cursor)
    wide.setPosition(start if forward else stop)
    wide.setPosition(stop if forward else start, QTextCursor.MoveMode.KeepAnchor)
    return wide


def _beside_mark(document: QTextDocument, position: int, *, after: bool) -> int:
    """Where the mark ends, or begins, that `position` is within; `position` where it is within none."""
    block = document.findBlock(position)
    for start, stop in _marks_in(block.text()):
        if start < position - block.position() < stop:
            return block.position() + (stop if after else start)
    return position


def _marks_in(text: str) -> Iterator[tuple[int, int]]:
    """Where each mark is, as Qt counts: by halves of what is beyond 16 bits."""
    done = at = 0
    for mark in _MARK.finditer(text) if _JOINER in text else ():
        if mark[1]:
            at += len(text[done : mark.start()].encode("utf-16-le", "surrogatepass")) // 2
            yield at, at + len(mark[0])
            done, at = mark.end(), at + len(mark[0])


def ends_unsure(text: str) -> int:
    """How many characters at the end of a text may be told otherwise when more has come."""
    return 0 if text[-1:] not in SECRETS else len(text) - len(text.rstrip("".join(SECRETS)))


def copied(text: str) -> str:
    """What was selected, without what was only shown, and with what was told instead of shown."""
    return untold(_unbroken(text))


def copied_as_shown(text: str) -> str:
    """What was selected, without what was only shown."""
    return _unbroken(text).replace(_JOINER, "")


def _unbroken(text: str) -> str:
    text = text.replace("\u2029", "\n").replace("\u2028", "\n").replace("\u00a0", " ")
    return _OUR_BREAK.sub("", text)


def only_text(data: QMimeData, text: str) -> QMimeData:
    """`data` as Qt made it, with `text` alone: one made here would outlive Python on the clipboard, and crash."""
    data.text()  # Qt fills it in when it is first asked, over whatever was put there before
    data.clear()
    data.setText(text)
    return data


def _with_break(run: re.Match[str]) -> str:
    return run[0] + ZERO_WIDTH_SPACE


def _with_line_break(run: re.Match[str]) -> str:
    return f"{run[0]}{ZERO_WIDTH_SPACE}\n"
