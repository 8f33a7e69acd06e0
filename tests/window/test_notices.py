"""What is said without a place of its own: one after another, and what stands comes back."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop_llm.ui.notice import NoticeBar


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    return bar


def test_what_stands_comes_back_when_another_notice_goes(bar: NoticeBar) -> None:
    bar.stand("The folder is read-only.", details="EROFS")
    assert bar.text() == "The folder is read-only."
    bar.say_done("Exported.", "Undo", lambda: None)
    assert (bar.text(), bar.is_good) == ("Exported.", True)
    bar.hide()
    assert (bar.text(), bar.is_good) == ("The folder is read-only.", False)
    bar.say("Something else.")
    bar._close.click()
    assert bar.text() == "The folder is read-only."
    assert bar._details == "EROFS"


def test_what_stands_is_gone_once_it_is_closed_or_over(bar: NoticeBar) -> None:
    bar.stand("The folder is read-only.")
    bar._close.click()
    assert bar.text() == ""
    bar.stand("The folder is read-only.")
    bar.say("Something else.")
    bar.end_standing()
    assert bar.text() == "Something else."
    bar.hide()
    assert bar.text() == ""


def test_what_stands_is_said_beside_others_and_closed_with_them_only_once_it_is_alone(bar: NoticeBar) -> None:
    bar.say_also("The settings were mended.")
    bar.stand("The folder is read-only.")
    assert bar.text().splitlines() == ["The settings were mended.", "The folder is read-only."]
    bar._close.click()
    assert bar.text() == "The folder is read-only."
    bar._close.click()
    assert bar.text() == ""


def test_what_can_be_done_about_what_stands_can_be_done_again(bar: NoticeBar) -> None:
    done: list[str] = []
    bar.stand("It is locked.", "Try again", lambda: done.append("tried"))
    bar.say("Something else.")
    bar.hide()
    assert bar._action.text() == "Try again"
    bar._action.click()
    assert (done, bar.text()) == (["tried"], "")


def test_what_is_done_is_what_the_button_said_though_something_else_comes_back(bar: NoticeBar) -> None:
    done: list[str] = []
    bar.stand("It is locked.", "Try again", lambda: done.append("tried"))
    bar.say_done("It was deleted.", "Undo", lambda: done.append("undone"))
    bar._action.click()
    assert (done, bar.text()) == (["undone"], "It is locked.")


def test_only_what_is_true_no_longer_is_withdrawn(bar: NoticeBar) -> None:
    bar.say_also("The disk is full.", "SQLITE_FULL")
    bar.say_also("A file could not be read.", "ENOENT")
    bar.withdraw(["Something else."])
    assert bar.text() == "The disk is full.\nA file could not be read."
    bar.withdraw(["The disk is full."])
    assert (bar.text(), bar._details) == ("A file could not be read.", "ENOENT")
    bar.withdraw(["A file could not be read."])
    assert bar.text() == ""
