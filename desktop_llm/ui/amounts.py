"""Figures in words: sizes, counts, times and speeds in the language of the program."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\s\u3040-\u30ff\u3400-\u9fff]+")


def size(count: float) -> str:
    """Bytes in decimal units, as the systems' file managers and the Hub count them."""
    return QLocale().formattedDataSize(int(count), 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def parameters(count: int) -> str:
    """As models are named: 135 M, 1.5 B."""
    if count >= 10**9:
        return f"{number(count / 10**9)} B"
    return f"{count / 10**6:.0f} M" if count >= 10**6 else ""


def number(value: float) -> str:
    """One decimal below ten, none above."""
    return QLocale().toString(value, "f", 0 if value >= 9.95 else 1)


def count(value: int) -> str:
    return QLocale().toString(value)


def words(text: str) -> list[str]:
    """A Chinese or Japanese character is a word."""
    return _WORD.findall(text)


def duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return QCoreApplication.translate("amounts", "{seconds} s").format(seconds=whole)
    if whole < 3600:
        return QCoreApplication.translate("amounts", "{minutes} min").format(minutes=round(whole / 60))
    hours, minutes = divmod(whole // 60, 60)
    return QCoreApplication.translate("amounts", "{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def speed(tokens_per_s: float) -> str:
    told = QCoreApplication.translate("amounts", "{speed} tokens/s")
    return told.format(speed=number(tokens_per_s))


def day(moment: float) -> str:
    """Seconds since 1970 as a person says a day; nothing where that is 0."""
    if not moment:
        return ""
    then, today = QDateTime.fromSecsSinceEpoch(int(moment)).date(), QDateTime.currentDateTime().date()
    if then == today:
        return QCoreApplication.translate("amounts", "today")
    if then.daysTo(today) == 1:
        return QCoreApplication.translate("amounts", "yesterday")
    return QLocale().toString(then, QLocale.FormatType.ShortFormat)
