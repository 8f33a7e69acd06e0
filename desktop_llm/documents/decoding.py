"""From bytes to text: marks at the beginning first, then UTF-8 strictly, then what chardet finds."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 200_000
_LANGUAGES = (
    "äöüßéàè",
    "àâæçéèêëîïôœùûü",
    "áéíñóúü",
    "áàâãçéêíóôõúü",
    "àèéìíîòóùú",
    "åäöæøéü",
    "áàçéèêëíïóöòúü",
)
"""Letters beyond ASCII of German, French, Spanish, Portuguese, Italian, the Nordic languages, Dutch and Catalan."""
_SIGNS = frozenset("€‚„…‘’“”•–—™\u00a0¡¢£§©«®°±²³´·¹ºª»¼½¾¿×")  # noqa: RUF001
_WORD = re.compile(r"[^\W\d_]+(?:[^\w\s]+[^\W\d_]+)*")
_ODD = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
"""Control characters that no text has."""


def decoded(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and the name of its encoding: `declared`, where the file names one that fits and no mark says other."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    for encoding in filter(None, (_wide(data[:_SAMPLE]), declared, "utf-8")):
        try:
            return data.decode(encoding), encoding
        except (UnicodeError, LookupError):
            continue
    return _almost_utf8(data) or _western(data) or _guessed(data)


def is_text(data: bytes) -> bool:
    """Whether the beginning of a file looks like text in any encoding."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)) or _wide(data):
        return True
    return len(data) - len(data.translate(None, _ODD)) <= max(1, len(data) // 200)


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: one half of its bytes is often zero, the other never, or it reads as common characters."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if not pairs or even + odd == 0 or min(even, odd) > pairs // 100:
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = sample[: pairs * 2].decode(encoding, "replace")
    plain = sum(c.isalnum() or c.isspace() or c.isprintable() for c in text)
    return encoding if max(even, odd) > pairs // 50 and plain > 0.95 * len(text) else ""


def _almost_utf8(data: bytes) -> tuple[str, str] | None:
    """UTF-8 with a few damaged places: many characters of several bytes are whole, few are not."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    whole = sum(c > "\x7f" for c in text[:_SAMPLE]) - text[:_SAMPLE].count("\ufffd")
    return (text, "utf-8") if bad * 20 < whole else None


def _western(data: bytes) -> tuple[str, str] | None:
    """One of the common western languages, of which a few letters are enough: by statistics they may be anything."""
    try:
        text = data.decode("cp1252")
    except UnicodeError:
        return None
    foreign = {c for c in text[:_SAMPLE] if c > "\x7f"}
    letters = {c.lower() for c in foreign - _SIGNS}
    fits = any(letters <= set(language) for language in _LANGUAGES)
    return (text, "cp1252") if fits and all(map(_may_be_word, _WORD.findall(text[:_SAMPLE]))) else None


def _may_be_word(word: str) -> bool:
    """Some letters of ASCII beside the others, no capital after a small one, no sign but those that join words."""
    if word.isascii():
        return True
    parts = re.split("['’·–—…-]", word)
    return all(part.isascii() or _is_spelt(part) for part in parts)


def _is_spelt(part: str) -> bool:
    plain = sum(c < "\x7f" for c in part)
    cased = part == part.lower() or part[1:] == part[1:].lower() or part == part.upper()
    return part.isalpha() and cased and (3 * plain >= len(part) or len(part) == 1)


def _guessed(data: bytes) -> tuple[str, str]:
    import chardet  # takes a while, and most text is UTF-8

    encoding = chardet.detect(data[:_SAMPLE])["encoding"] or "cp1252"
    wider = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "euc-kr": "cp949", "shift_jis": "cp932"}
    encoding = wider.get(encoding.lower(), encoding.lower())
    try:
        return data.decode(encoding, "replace"), encoding
    except LookupError:
        return data.decode("cp1252", "replace"), "cp1252"
