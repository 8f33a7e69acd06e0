"""Where a message is written: keys, long texts beside it, and nothing that was written lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.ui.composer import LINES, LONGEST_EDITED, Composer, LongText

LONG = "long " * 20_000


@pytest.fixture
def composer(qtbot: QtBot, qapp: QApplication) -> Composer:
    made = Composer()
    qtbot.addWidget(made)
    made.resize(600, 200)
    made.show()
    qtbot.waitExposed(made)
    return made


def paste(composer: Composer, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    composer.edit.insertFromMimeData(data)


def long_texts(composer: Composer) -> list[LongText]:
    return [long for long in composer.findChildren(LongText) if long.isVisible()]


def test_enter_sends_and_shift_enter_breaks_the_line(composer: Composer, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.edit, "one")
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.edit, "two")
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == ["one\ntwo"]
    assert composer.text() == ""


def test_blank_text_and_text_during_an_answer_stay_where_they_are(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(composer.sent):
        composer.set_text("  \n ")
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
        composer.show_answering(True)
        composer.set_text("next")
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.text() == "next"
    assert composer.button.accessibleName() == "Stop"


def test_it_grows_with_its_text_to_a_bound(composer: Composer, qtbot: QtBot) -> None:
    one = composer.edit.height()
    composer.set_text("a\nb\nc")
    three = composer.edit.height()
    composer.set_text("line\n" * 100)
    most = composer.edit.height()
    assert one < three < most <= (LINES + 2) * composer.edit.fontMetrics().lineSpacing() + 20


def test_a_long_text_goes_with_the_message_without_being_edited(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("Summarize this:")
    paste(composer, LONG)
    assert composer.edit.toPlainText() == "Summarize this:"
    assert "100" in long_texts(composer)[0].text()
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == [f"Summarize this:\n\n{LONG}"]
    assert composer.text() == "" and not long_texts(composer)


def test_a_long_text_can_be_sent_alone_or_taken_away(composer: Composer) -> None:
    paste(composer, LONG)
    assert composer.button.isEnabled()
    long_texts(composer)[0].click()
    assert not composer.button.isEnabled()
    assert composer.text() == ""


def test_ten_megabytes_come_back_when_they_could_not_be_sent(composer: Composer) -> None:
    composer.give_back("x" * 10_000_000)
    assert composer.text() == "x" * 10_000_000


def test_what_could_not_be_sent_stands_before_what_was_written_since(composer: Composer) -> None:
    composer.set_text("since")
    composer.give_back("before")
    assert composer.text() == "before\nsince"


def test_a_paste_that_can_be_edited_is_plain_text(composer: Composer) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold")
    composer.edit.insertFromMimeData(data)
    assert composer.edit.toPlainText() == "bold"
    assert not composer.edit.textCursor().charFormat().font().bold()
    assert len(composer.text()) <= LONGEST_EDITED
