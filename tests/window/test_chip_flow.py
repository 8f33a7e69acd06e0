"""Attached files stand side by side, on as many lines as they need, from where lines begin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Attachment, Part
from desktop_llm.ui import theme
from desktop_llm.ui.attachment_chips import GAP, AttachmentChips, chips_of, flowing


@pytest.fixture
def chips(qtbot: QtBot, qapp: QApplication) -> Iterator[AttachmentChips]:
    theme.apply(qapp, theme.LIGHT)
    made = AttachmentChips()
    qtbot.addWidget(made)
    made.resize(1000, 100)
    yield made
    qapp.setStyleSheet("")


def show(chips: AttachmentChips, *names: str) -> None:
    chips.show_chips(chips_of(Attachment(name, "text", (Part("word"),)) for name in names))
    QApplication.processEvents()


def places(chips: AttachmentChips) -> list[QRect]:
    return [view.geometry() for view in chips.views]


def lines(chips: AttachmentChips) -> list[int]:
    """How many stand on each line."""
    tops = [place.top() for place in places(chips)]
    return [tops.count(top) for top in sorted(set(tops))]


def test_a_line_ends_where_the_next_has_no_room() -> None:
    sizes = [QSize(40, 10), QSize(50, 12), QSize(30, 10), QSize(200, 10)]
    assert flowing(sizes, 100, 4) == [
        QRect(0, 0, 40, 10),
        QRect(44, 0, 50, 12),
        QRect(0, 16, 30, 10),
        QRect(0, 30, 100, 10),
    ]
    assert flowing([], 100) == []


def test_they_stand_side_by_side_and_wrap_with_the_width(chips: AttachmentChips) -> None:
    show(chips, *(f"notes {number}.txt" for number in range(4)))
    assert lines(chips) == [4]
    one = chips.height()
    first, second, *_ = places(chips)
    assert second.left() == first.right() + 1 + GAP
    chips.resize(first.width() * 2 + GAP, chips.height())
    assert lines(chips) == [2, 2]
    assert chips.height() == one + first.height() + GAP
    chips.resize(first.width() - 20, chips.height())
    assert lines(chips) == [1, 1, 1, 1]
    assert all(chips.viewport().rect().contains(place) for place in places(chips)[:1])
    assert chips.verticalScrollBar().maximum() > 0  # of more than three lines the rest is scrolled to


def test_they_begin_at_the_right_where_lines_do(chips: AttachmentChips) -> None:
    show(chips, "one.txt", "two.txt", "three.txt")
    left = places(chips)
    chips.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()
    width = chips.viewport().width()
    assert [width - place.right() - 1 for place in places(chips)] == [place.left() for place in left]
    assert lines(chips) == [3]


def test_what_is_taken_away_leaves_no_gap(chips: AttachmentChips) -> None:
    show(chips, "one.txt", "two.txt", "three.txt")
    before = places(chips)
    chips.show_chips(chips.held[1:])
    assert places(chips)[0].topLeft() == before[0].topLeft()
    chips.show_chips([])
    assert not chips.isVisible() and chips.height() == 0
