"""Files that go with a message: read beside the window, given whole or in part, and it is seen which."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from written_documents import docx_parts, pdf_bytes, zipped

from desktop_llm.conversation import Attachment, Part
from desktop_llm.settings import Appearance, Loading, Sampling, Settings
from desktop_llm.ui.attachment_dialog import AttachmentDialog
from desktop_llm.ui.attachment_view import AttachmentsView, in_ranges

SHORT = Settings(
    sampling=Sampling(temperature=0.0, max_tokens=8),
    loading=Loading(context=768),
    appearance=Appearance(theme="light"),
)
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
PAGES = [f"Page {number} tells of {what}." for number, what in enumerate(("apples", "Zanzibar", "trains"), 1)]


def pdf(folder: Path, name: str = "report.pdf", lines: int = 1) -> Path:
    """Three pages; with many lines they do not fit into a context of 768 tokens."""
    path = folder / name
    filled = [f"{text} This sentence makes it longer by some words and says nothing." for text in PAGES]
    path.write_bytes(pdf_bytes([[(text, 40, 580 - 11 * n, 8) for n in range(lines)] for text in filled]))
    return path


def drop(person: object, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    person.window.dropEvent(QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, buttons, keys))


def chips(person: object) -> list[str]:
    return [view.text() for view in person.chat.composer.chips.views if view.isVisible()]


def shown(person: object) -> list[str]:
    """What stands on the pieces in the transcript."""
    views = person.chat.transcript.findChildren(AttachmentsView)
    return [text for view in views if view.isVisible() for text in view.texts()]


def test_a_dropped_file_is_read_sent_and_given_whole(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path))
    person.sees(lambda: chips(person) == ["report.pdf · 3 pages · 48 words"])
    person.writes("What is this about?")
    person.sees_answers(1)
    assert not chips(person)
    person.sees(lambda: shown(person) == ["report.pdf · whole text"])
    question, answer = person.stored()
    assert question.text == "What is this about?" and "Zanzibar" in question.attachments[0].text
    assert answer.tokens.prompt > 90

    again = start(settings=SHORT)
    again.sees(again.titles)
    again.goes_to(0)
    again.sees(lambda: shown(again) == ["report.pdf · whole text"])


def test_of_what_does_not_fit_the_passages_are_given_that_tell_of_it(
    start: Start, starter: Path, tmp_path: Path
) -> None:
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path, lines=45))
    person.sees(lambda: "3 pages" in "".join(chips(person)))
    person.writes("What of Zanzibar?")
    person.sees_answers(1)
    person.sees(lambda: shown(person) == ["report.pdf · passages used: pages 2 of 3"])
    attachment = person.stored()[0].attachments[0]
    assert attachment.given and all("Zanzibar" in attachment.parts[n].text for n in attachment.given)


def test_a_click_shows_the_text_with_what_was_given_marked(
    start: Start, starter: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path, lines=45))
    person.writes("What of Zanzibar?")
    person.sees_answers(1)
    person.sees(lambda: "pages 2" in "".join(shown(person)))
    button = person.chat.transcript.findChild(AttachmentsView).buttons[0]
    assert button.accessibleName() == "Attached: report.pdf · passages used: pages 2 of 3"
    button.click()
    dialog = person.chat.findChild(AttachmentDialog)
    marked = marked_lines(dialog)
    assert "Zanzibar" in marked and "apples" not in marked and "apples" in dialog.text.toPlainText()
    next(each for each in dialog.findChildren(QPushButton) if each.text() == "Copy").click()
    assert QGuiApplication.clipboard().text() == person.stored()[0].attachments[0].text
    dialog.accept()


def marked_lines(dialog: AttachmentDialog) -> str:
    found, block = list[str](), dialog.text.document().begin()
    while block.isValid():
        if any(run.format.fontUnderline() for run in block.textFormats()):
            found.append(block.text())
        block = block.next()
    return "\n".join(found)


def test_a_book_is_shown_in_pieces(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SHORT)
    (tmp_path / "book.txt").write_text("\n\n".join(f"Number {n}. " + "word " * 200 for n in range(400)))
    drop(person, tmp_path / "book.txt")
    person.sees(lambda: "words" in "".join(chips(person)))
    dialog = AttachmentDialog(person.chat.composer.attachments()[0])
    assert "Number 0." in dialog.text.toPlainText() and len(dialog.text.toPlainText()) < 100_000
    assert not dialog.back.isEnabled()
    dialog.on.click()
    assert "Number 0." not in dialog.text.toPlainText() and dialog.back.isEnabled()


def test_the_passages_given_are_gone_through_one_by_one(qtbot: QtBot) -> None:
    parts = tuple(Part(f"Number {n}. " + "word " * 100) for n in range(400))
    dialog = AttachmentDialog(Attachment("book.txt", "text", parts, given=(50, 52, 390)))
    qtbot.addWidget(dialog)
    dialog.open()
    seen = []
    while True:
        cursor = dialog.text.textCursor()
        assert dialog.text.cursorRect(cursor).top() <= dialog.text.fontMetrics().lineSpacing()
        seen.append(cursor.block().text()[:10])
        if not dialog.next_given.isEnabled():
            break
        dialog.next_given.click()
    assert seen == ["Number 50.", "Number 52.", "Number 390"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.pdf", pdf_bytes([[("secret", 40, 500, 10)]], encrypted=True), "protected with a password"),
        ("a.txt", os.urandom(20_000), "no text that could be read"),
        ("a.txt", b"", "is empty"),
        ("a.docx", b"no zip at all", "is damaged"),
        ("a.zip.docx", b"", "far more than its size"),
    ],
)
def test_what_cannot_be_read_is_told_and_its_piece_goes(
    start: Start, starter: Path, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    if name == "a.zip.docx":
        zipped(path, docx_parts("x" * 100_000_000))
    person = start(settings=SHORT)
    person.chat.composer.set_text("kept")
    drop(person, path)
    assert chips(person) == [f"Reading {name}…"]
    person.sees(lambda: said in person.chat.notice.text())
    assert not chips(person) and person.chat.composer.text() == "kept"


def test_one_broken_file_of_several_keeps_the_others(start: Start, starter: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 no")
    (tmp_path / "notes.md").write_text("# Notes\n\nSome words")
    (tmp_path / "code.py").write_text("print(1)")
    person = start(settings=SHORT)
    drop(person, tmp_path / "notes.md", tmp_path / "bad.pdf", tmp_path / "code.py")
    person.sees(lambda: chips(person) == ["notes.md · 4 words", "code.py · 1 word"])
    assert "bad.pdf" in person.chat.notice.text()


def test_enter_while_a_file_is_read_sends_when_it_is_ready(
    start: Start, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_llm.ui import attaching

    may, read = threading.Event(), attaching.read_document
    monkeypatch.setattr(attaching, "read_document", lambda *how: may.wait(60) and read(*how))
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path))
    person.writes("What is this?")
    person.sees(lambda: person.chat.composer._sends_later.isVisible())
    assert chips(person) == ["Reading report.pdf…"] and person.stored() == []
    may.set()
    person.sees_answers(1)
    assert [a.name for a in person.stored()[0].attachments] == ["report.pdf"]


def test_a_pending_message_does_not_go_into_another_chat(
    start: Start, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_llm.ui import attaching

    may, read = threading.Event(), attaching.read_document
    monkeypatch.setattr(attaching, "read_document", lambda *how: may.wait(60) and read(*how))
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path))
    person.writes("What is this?")
    person.sees(lambda: person.chat.composer.waiting)
    person.window.new_chat()
    may.set()
    person.sees(lambda: "3 pages" in "".join(chips(person)))
    assert person.chat.composer.text() == "What is this?" and person.stored() == []


def test_an_edited_question_keeps_what_was_attached(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path))
    person.writes("What is this?")
    person.sees_answers(1)
    person.chat._act("edit", person.stored()[0])
    assert chips(person) == ["report.pdf · 3 pages · 48 words"]
    person.chat.composer.set_text("And what of trains?")
    person.chat.composer._send()
    person.sees(lambda: len(person.stored()) == 4 and person.button() == "Send")
    asked = [message for message in person.stored() if message.role == "user"]
    assert asked[1].text == "And what of trains?" and asked[1].attachments[0].parts == asked[0].attachments[0].parts
    assert not chips(person)


def test_a_copied_question_names_what_went_with_it(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SHORT)
    drop(person, pdf(tmp_path))
    person.writes("What is this?")
    person.sees_answers(1)
    assert person.chat.transcript._rows[0].markdown == "Attached: report.pdf\n\nWhat is this?"


def test_what_could_not_be_sent_comes_back_with_its_files(
    start: Start, starter: Path, tiny: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(tiny.read_bytes())
    person = start(model=copy, settings=SHORT)
    person.sees(lambda: person.app.session.model == copy)
    drop(person, pdf(tmp_path))
    person.sees(lambda: "3 pages" in "".join(chips(person)))
    copy.unlink()
    person.writes("Still there?")
    person.sees(lambda: "is gone" in person.chat.notice.text())
    assert chips(person) == ["report.pdf · 3 pages · 48 words"] and person.chat.composer.text() == "Still there?"


def test_ten_pasted_megabytes_become_a_file_and_are_kept(start: Start, starter: Path) -> None:
    person = start(settings=SHORT)
    data = QMimeData()
    data.setText("needle in hay " * 700_000)
    person.chat.composer.edit.insertFromMimeData(data)
    person.sees(lambda: "words" in "".join(chips(person)))
    assert chips(person)[0].startswith("Pasted text · 21")


def test_data_that_is_no_export_is_attached_and_an_export_imported(
    start: Start, starter: Path, tmp_path: Path
) -> None:
    (tmp_path / "prices.json").write_text('{"apples": 3, "pears": 4}')
    exported = '[{"title": "From elsewhere", "mapping": {"a": {"id": "a", "parent": null, "children": [], "message": '
    exported += '{"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hi"]}}}}}]'
    (tmp_path / "conversations.json").write_text(exported)
    person = start(settings=SHORT)
    drop(person, tmp_path / "prices.json", tmp_path / "conversations.json")
    person.sees(lambda: "prices.json" in "".join(chips(person)) and person.titles() == ["From elsewhere"])
    assert len(chips(person)) == 1


def test_numbers_are_told_in_ranges() -> None:
    assert in_ranges([3, 7, 8, 9]) == "3, 7–9"
    assert in_ranges(range(1, 20, 2)) == "1, 3, 5, 7, …"
