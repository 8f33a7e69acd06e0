"""The notice bar: what was done looks another way than what went wrong, and both are read in both looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.errors import Problem
from desktop_llm.ui import theme
from desktop_llm.ui.notice import NoticeBar

LOOKS = pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def plain_again(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    made = NoticeBar()
    qtbot.addWidget(made)
    made.resize(600, 40)
    return made


def brightness(colour: str) -> float:
    """As WCAG reckons it."""
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def ground(bar: NoticeBar) -> str:
    return bar.grab().toImage().pixelColor(3, 3).name()


def mark(bar: NoticeBar) -> QImage:
    return bar._mark.grab().toImage()


@LOOKS
def test_what_is_written_in_a_notice_can_be_read(look: theme.Theme) -> None:
    for on, colours in ((look.good_notice, (look.text, look.good)), (look.notice, (look.text, look.warning))):
        assert min(contrast(colour, on) for colour in colours) >= 4.5


@LOOKS
def test_good_news_has_a_ground_and_a_picture_of_its_own(bar: NoticeBar, qapp: QApplication, look: theme.Theme) -> None:
    theme.apply(qapp, look)
    bar.say_done("“Bread” was deleted.", "Undo", lambda: None)
    assert (bar.text(), bar._mark.accessibleName(), ground(bar)) == ("“Bread” was deleted.", "Done", look.good_notice)
    good = mark(bar)
    bar.report(Problem("The disk is full."))
    assert (bar._mark.accessibleName(), ground(bar)) == ("Attention", look.notice)
    assert mark(bar) != good
    bar.say_done("Exported.")
    assert (ground(bar), mark(bar)) == (look.good_notice, good)


def test_the_picture_takes_the_colour_of_another_look(bar: NoticeBar, qapp: QApplication) -> None:
    theme.apply(qapp, theme.LIGHT)
    bar.say_done("Exported.")
    light = mark(bar)
    theme.apply(qapp, theme.DARK)
    assert mark(bar) != light
    colours = {mark(bar).pixelColor(x, y).name() for x in range(18) for y in range(18)}
    assert theme.DARK.good in colours


def test_something_else_to_be_told_is_no_good_news(bar: NoticeBar) -> None:
    bar.say_done("Exported.")
    bar.say_also("A file could not be read.")
    assert not bar.is_good
    assert bar.text() == "Exported.\nA file could not be read."
