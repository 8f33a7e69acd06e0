"""Text as it may be shown: without characters that hide or reorder others, and with places to break."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData

ZERO_WIDTH_SPACE = "\u200b"
LONGEST_RUN = 2000

_HIDDEN = (
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    # Qt marks its own objects and frames with these.
    *range(0xFDD0, 0xFDF0),
    *(0xFEFF, 0xFFFC, 0xFFFE, 0xFFFF),
    *range(0xE0000, 0xE0080),
)
_SHOWN: dict[int, str | None] = dict.fromkeys(_HIDDEN) | {0x2028: "\n", 0x2029: "\n"}
_SECRET = re.compile(
    "[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
    "|\u200d(?![\u2600-\U0001faff])"  # it joins emoji, too
)
_RUN = re.compile(rf"\S{{{LONGEST_RUN}}}(?=\S)")
_LONG_LINE = re.compile(rf"[^\n]{{{LONGEST_RUN}}}(?=[^\n])")


def shown(text: str) -> str:
    """A run without a break takes Qt time by its square."""
    return _RUN.sub(_with_break, text.translate(_SHOWN))


def visible(text: str) -> str:
    """Text without what hides or reorders, to be taken elsewhere."""
    return text.translate(_SHOWN)


def shown_code(text: str, column: int = 0) -> str:
    """Code that follows `column` characters of a line."""
    return _LONG_LINE.sub(_with_line_break, "x" * column + told(text).translate(_SHOWN))[column:]


def told(code: str) -> str:
    """Code in which each character that hides or reorders others is told by its number."""
    return code if code.isascii() else _SECRET.sub(lambda secret: f"⟨U+{ord(secret[0]):04X}⟩", code)


def copied(text: str) -> str:
    """What was selected, without the breaks that were only shown."""
    text = text.replace("\u2029", "\n").replace("\u2028", "\n").replace("\u00a0", " ")
    return text.replace(f"{ZERO_WIDTH_SPACE}\n", "").replace(ZERO_WIDTH_SPACE, "")


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
