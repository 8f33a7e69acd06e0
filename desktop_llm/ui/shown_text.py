"""Text as it may be shown: without characters that hide or reorder others, and with places to break."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData

ZERO_WIDTH_SPACE = "\u200b"
LONGEST_RUN = 2000

_JOINER = "\u2060"
"""Frames a mark of ours; one that somebody wrote is told like anything that hides."""

# Controls, what Qt marks its own objects and frames with, and what is no character.
_HIDDEN = (*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0xFDD0, 0xFDF0), 0xFFFC, 0xFFFE, 0xFFFF)
_SHOWN: dict[int, str | None] = dict.fromkeys(_HIDDEN) | {0x2028: "\n", 0x2029: "\n"}

_SECRETS = "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f"
SECRETS = frozenset(
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069), (0xFEFF, 0xFEFF), (0xE0000, 0xE007F))
    for code in range(first, last + 1)
)
"""What hides itself or reorders others, or may: some of it belongs into some scripts."""
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u1aaf"  # Thai, Khmer and others: words end unseen
_INDIC = "\u0900-\u0dff\u1800-\u18af\ua840-\ua8ff\U00011000-\U00011fff"
_JOINING = f"\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefc{_INDIC}{_UNSPACED}"
_EMOJI = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_FLAG = "\U0001f3f4[\U000e0030-\U000e007a]{1,6}(?:\U000e007f|\\Z)"
_SECRET = re.compile(
    rf"({_FLAG}|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}]|\Z)|(?<=[{_JOINING}])[\u200c\u200d]"
    rf"|[\u200c\u200d](?=[{_JOINING}])|(?<=[{_UNSPACED}])\u200b)|[{_SECRETS}]"
)
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
        belongs = found[1] or (both_ways and found[0] in "\u200e\u200f")
        return found[0] if belongs else f"{_JOINER}⟨U+{ord(found[0]):04X}⟩{_JOINER}"

    return _SECRET.sub(mark, text)


def untold(text: str) -> str:
    """The text of which `told` made this."""
    return _MARK.sub(lambda mark: chr(int(mark[1], 16)) if mark[1] else "", text) if _JOINER in text else text


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
