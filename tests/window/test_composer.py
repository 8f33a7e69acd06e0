"""Where a message is written: keys, what goes with it above, and nothing that was written lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Attachment, Message, Part
from desktop_llm.ui.attaching import Attached, Attaching
from desktop_llm.ui.composer import LINES, LONGEST_EDITED, Composer
from desktop_llm.ui.worker import Worker

LONG = ("long" * 25 + " ") * 500
REPORT = Attachment("report.pdf", "pdf", (Part("a word", 1),), pages=12, given=(0,))


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


def chips(composer: Composer) -> list[str]:
    return [view.text() for view in composer.chips.views if view.isVisible()]


@pytest.fixture
def reader(composer: Composer) -> Iterator[Attaching]:
    """What reads for the composer, as the window has it."""
    worker = Worker(composer)
    attaching = Attaching(worker.post)
    worker.happened.connect(composer.take_attached)
    composer.attached.connect(attaching.read)
    composer.unattached.connect(attaching.cancel)
    yield attaching
    attaching.close()


def test_what_hides_is_told_while_it_is_written_and_sent_as_it_is(composer: Composer, qtbot: QtBot) -> None:
    hostile = "a \u202elive\u202c b\u200b \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    paste(composer, hostile)
    told = "a ⟨U+202E⟩live⟨U+202C⟩ b⟨U+200B⟩ \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert composer.edit.toPlainText().replace("\u2060", "") == told
    composer.edit.selectAll()
    composer.edit.cut()
    assert QApplication.clipboard().text() == hostile and not composer.text()
    composer.edit.paste()
    composer.use_prompt("\u202ex", replacing=False)
    assert composer.edit.toPlainText().replace("\u2060", "") == f"⟨U+202E⟩x\n\n{told}"
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == [f"\u202ex\n\n{hostile}", ()]
    composer.set_text(hostile)
    assert composer.edit.toPlainText().replace("\u2060", "") == told


def test_enter_sends_and_shift_enter_breaks_the_line(composer: Composer, qtbot: QtBot) -> None:
    qtbot.keyClicks(composer.edit, "one")
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.edit, "two")
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == ["one\ntwo", ()]
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


def test_a_long_text_goes_with_the_message_without_being_edited(
    composer: Composer, reader: Attaching, qtbot: QtBot
) -> None:
    composer.set_text("Summarize this:")
    paste(composer, LONG)
    assert composer.edit.toPlainText() == "Summarize this:"
    qtbot.waitUntil(lambda: chips(composer) == ["Pasted text · 500 words"])
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    text, (attachment,) = sent.args
    assert text == "Summarize this:" and attachment.text.split() == LONG.split()
    assert composer.text() == "" and not chips(composer) and not composer.button.isEnabled()


def test_what_is_attached_can_be_sent_alone_or_taken_away(composer: Composer, qtbot: QtBot) -> None:
    composer.give_back("", [REPORT])
    assert composer.button.isEnabled() and chips(composer) == ["report.pdf · 12 pages · 2 words"]
    with qtbot.waitSignal(composer.sent) as sent:
        qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    assert sent.args == ["", (REPORT,)]
    composer.give_back("", [REPORT])
    composer.chips.views[0].button.click()
    assert not composer.button.isEnabled() and not chips(composer)


def test_enter_waits_for_what_is_being_read_and_says_so(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("Read this")
    with qtbot.waitSignal(composer.attached) as asked:
        composer.attach_files([Path("report.pdf")])
    with qtbot.assertNotEmitted(composer.sent):
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert composer.waiting and composer.edit.isReadOnly() and composer._sends_later.isVisible()
    with qtbot.waitSignal(composer.sent) as sent:
        composer.take_attached(Attached(asked.args[0], REPORT))
    assert sent.args == ["Read this", (REPORT,)]
    assert not composer.waiting and not composer.edit.isReadOnly()


def test_what_cannot_be_read_goes_and_the_message_stays(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("Read this")
    with qtbot.waitSignal(composer.attached) as asked:
        composer.attach_files([Path("report.pdf")])
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    with qtbot.assertNotEmitted(composer.sent):
        assert composer.drop_unread(asked.args[0])
    assert composer.text() == "Read this" and not chips(composer) and not composer.waiting


def test_reading_can_be_ended(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.attached) as asked:
        composer.attach_files([Path("report.pdf")])
    assert chips(composer) == ["Reading report.pdf…"]
    with qtbot.waitSignal(composer.unattached) as ended:
        composer.chips.views[0].button.click()
    assert ended.args == [asked.args[0]] and not chips(composer)
    assert not composer.take_attached(Attached(asked.args[0], REPORT)) and not chips(composer)


def test_an_earlier_message_is_edited_with_what_is_attached_to_it(composer: Composer, qtbot: QtBot) -> None:
    composer.give_back("draft", [Attachment("draft.txt", "text", (Part("mine"),))])
    composer.begin_edit("asked", [REPORT])
    assert chips(composer) == ["report.pdf · 12 pages · 2 words"]
    with qtbot.waitSignal(composer.edited) as edited:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    text, (attachment,) = edited.args
    assert text == "asked" and attachment.given is None and attachment.parts == REPORT.parts
    assert composer.text() == "draft" and chips(composer) == ["draft.txt · 1 word"]


def test_a_file_read_while_an_earlier_message_is_edited_is_there_afterwards(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.attached) as asked:
        composer.attach_files([Path("report.pdf")])
    composer.begin_edit("asked")
    composer.take_attached(Attached(asked.args[0], REPORT))
    assert not chips(composer)
    composer.end_edit()
    assert chips(composer) == ["report.pdf · 12 pages · 2 words"]


def test_nothing_is_attached_to_an_answer(composer: Composer, qtbot: QtBot) -> None:
    composer.begin_edit("answered", message=Message("assistant", "answered"))
    with qtbot.waitSignal(composer.refused_files), qtbot.assertNotEmitted(composer.attached):
        composer.attach_files([Path("report.pdf")])
        paste(composer, LONG)
    assert composer.text() == "answered" + LONG and not composer.attach.isEnabled()
    composer.end_edit()
    assert composer.attach.isEnabled()


def test_files_that_are_pasted_are_attached(composer: Composer, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a/report.pdf"), QUrl("https://example.org/b.pdf")])
    with qtbot.waitSignal(composer.attached) as asked:
        composer.edit.insertFromMimeData(data)
    assert asked.args[1] == Path("/a/report.pdf") and composer.text() == ""
    assert chips(composer) == ["Reading report.pdf…"]


def test_two_pasted_texts_have_two_names(composer: Composer, reader: Attaching, qtbot: QtBot) -> None:
    paste(composer, LONG)
    paste(composer, LONG)
    words = "500 words"
    qtbot.waitUntil(lambda: chips(composer) == [f"Pasted text · {words}", f"Pasted text 2 · {words}"])


def test_ten_megabytes_come_back_when_they_could_not_be_sent(
    composer: Composer, reader: Attaching, qtbot: QtBot
) -> None:
    composer.give_back("x" * 10_000_000)
    qtbot.waitUntil(lambda: len(composer.attachments()) == 1)
    assert "".join(part.text for part in composer.attachments()[0].parts) == "x" * 10_000_000
    assert composer.text() == ""


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
