"""The Summarize page: files in, a summary with its sources out, stopped and gone on with, kept and found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from written_documents import docx_parts, pdf_bytes, zipped

from desktop_llm.settings import Appearance, Loading, Settings, summaries_file
from desktop_llm.tasks.summary import SummaryForm
from desktop_llm.ui.session import ModelsChanged
from desktop_llm.ui.summary_page import SummaryPage

Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
SMALL = Settings(loading=Loading(context=1024), appearance=Appearance(theme="light"))
SHORT = SummaryForm(form="line", length="short")
STORY = (
    "The lighthouse of Marrow Bay was built in 1874 by Edda Holt, who had studied bridges in Lisbon.",
    "Its lamp burned whale oil until 1901, when the harbour council bought an electric generator for 312 crowns.",
    "In the winter of 1923 a storm broke the northern wall, and the keeper Jonas Reed mended it alone in nine days.",
    "The council thanked him with a silver watch, which is shown in the museum of the town to this day.",
)


def pdf(folder: Path, repeated: int = 1, name: str = "lighthouse.pdf") -> Path:
    """A page for each sentence of the story."""
    lines = [
        [(words, 20, 580 - 9 * (copy * 3 + n), 7) for copy in range(repeated) for n, words in enumerate(_wrapped(line))]
        for line in STORY
    ]
    path = folder / name
    path.write_bytes(pdf_bytes(lines))
    return path


def _wrapped(line: str) -> list[str]:
    words, half = line.split(), len(line.split()) // 2
    return [" ".join(words[:half]), " ".join(words[half:])]


def page_of(person: object) -> SummaryPage:
    person.sees(lambda: person.window.makes_summary_page and person.window.models.models)
    QTest.keyClick(person.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    page = person.window.summary_page
    assert page is not None and page.isVisible()
    return page


def drop(person: object, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    person.window.dropEvent(QDropEvent(QPointF(), Qt.DropAction.CopyAction, data, buttons, keys))


def rows(page: SummaryPage) -> list[str]:
    documents = page.setup.documents
    return [documents.rows[entry].text() for entry in documents.entries]


def given(person: object, page: SummaryPage, *paths: Path) -> None:
    drop(person, *paths)
    person.sees(lambda: page.setup.documents.entries and not page.setup.documents.reading)


def made(person: object, page: SummaryPage) -> str:
    person.sees(page.setup.begin.isEnabled)
    page.setup.begin.click()
    assert page.making.running
    person.sees(lambda: not page.making.running)
    assert not page.notice.text()
    return page.making.summary.text


def test_the_page_is_a_tab_with_a_key_and_a_command(start: Start, starter: Path) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    assert person.window._tabs.tabText(person.window._tabs.currentIndex()) == "Summarize"
    assert "Go to Summarize" in {command.words for command in person.window.commands.usable()}
    assert page.begin.isVisible() and not page.setup.isVisible()
    QTest.keyClick(person.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert person.chat.isVisible() and not page.isVisible()
    assert person.window._tabs.tabText(person.window._tabs.currentIndex()) == "Chat"
    QTest.keyClick(person.window._tabs, Qt.Key.Key_Right)
    assert page.isVisible()
    person.window.show_models()
    assert not page.isVisible()
    QTest.mouseClick(person.window._tabs, Qt.MouseButton.LeftButton, pos=person.window._tabs.tabRect(1).center())
    assert page.isVisible()


def test_each_file_that_cannot_be_read_says_why(start: Start, starter: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "picture.bin").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "locked.pdf").write_bytes(pdf_bytes([[("x", 20, 500, 8)]], encrypted=True))
    (tmp_path / "broken.docx").write_bytes(b"PK\3\4 and no more")
    (tmp_path / "scan.pdf").write_bytes(pdf_bytes([[]], pictures=[0]))
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, *(tmp_path / name for name in
                          ("empty.txt", "picture.bin", "locked.pdf", "broken.docx", "scan.pdf")))  # fmt: skip
    told = rows(page)
    begins = ["The file empty.txt is empty.", "picture.bin holds no text", "locked.pdf is protected",
              "broken.docx is damaged", "scan.pdf"]  # fmt: skip
    assert all(begin in row for begin, row in zip(begins, told, strict=True)), told
    assert not page.setup.begin.isEnabled()
    assert page.setup.told.text() == "Add a file first: nothing of what is there can be summarized."
    for entry in list(page.setup.documents.entries):
        page.setup.documents.rows[entry].close_button.click()
    assert page.begin.isVisible()


def test_without_a_model_it_says_so(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    person.sees(lambda: page.making.model == starter and not person.app.session._search.is_alive())
    QApplication.processEvents()
    page.take_from_chat(ModelsChanged((), None))
    (tmp_path / "note.txt").write_text(STORY[0])
    given(person, page, tmp_path / "note.txt")
    assert page.setup.told.text() == "There is no model yet: choose one above."
    assert not page.setup.begin.isEnabled()


def test_a_summary_with_its_sources_is_kept_and_asked_about(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, pdf(tmp_path))
    page.setup.options.show_form(SHORT)
    assert rows(page)[0].startswith("lighthouse\nlighthouse.pdf  ·  4 pages")
    person.sees(lambda: "1 call of the model" in page.setup.told.text())
    assert page.setup.told.text().startswith("4 pages  ·  ")
    text = made(person, page)
    assert text and page.result.coverage.text() == "All 4 pages were read (100 %)."
    assert page.setup.begin.text() == "Summarize again"
    page.result.copy.click()
    assert QGuiApplication.clipboard().text().split()[:2] == page.result.text.toPlainText().split()[:2]

    page.result.ask.click()
    person.sees(lambda: person.chat.isVisible() and len(person.chat.composer.attachments()) == 2)
    assert [each.name for each in person.chat.composer.attachments()] == ["Summary of lighthouse", "lighthouse.pdf"]

    again = start(settings=SMALL)
    page = page_of(again)
    page.tabs.setCurrentIndex(1)
    again.sees(lambda: page.history.list.current() is not None)
    QTest.keyClick(page.history.list, Qt.Key.Key_Return)
    again.sees(lambda: page.making.summary is not None)
    assert page.making.summary.text == text and page.tabs.currentIndex() == 0
    assert [document.pages for document in page.making.documents] == [4]
    page.setup.empty.click()
    given(again, page, tmp_path / "lighthouse.pdf")
    known = page.setup.documents.rows[page.setup.documents.entries[0]].open
    again.sees(known.isVisible)
    known.click()
    again.sees(lambda: page.making.summary is not None)

    page.tabs.setCurrentIndex(1)
    QTest.keyClick(page.history.list, Qt.Key.Key_Delete)
    again.sees(lambda: page.history.list.current() is None)
    assert "was deleted" in page.notice.text()
    page.notice._action.click()
    again.sees(lambda: page.history.list.current() is not None)


def test_it_stops_and_goes_on_where_it_was(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, pdf(tmp_path, repeated=7))
    page.setup.options.show_form(SHORT)
    person.sees(lambda: "read in" in page.setup.told.text())
    page.setup.begin.click()
    page.making.begin()  # a second one is not begun
    person.sees(lambda: " parts read" in page.work.progress.words.text() and page.work.notes.toPlainText())
    QTest.keyClick(page.work.progress.stop, Qt.Key.Key_Escape)
    person.sees(lambda: not page.making.running)
    assert page.work.progress.words.text().startswith("Stopped; what was read is kept")
    assert page.making.summary is None and page.work.progress.go_on.isVisible()
    page.work.progress.go_on.click()
    person.sees(lambda: not page.making.running)
    assert page.making.summary.pieces > 1 and page.work.progress.isHidden()
    made(person, page)
    assert page.making.summary.evaluated == 0


def test_a_folder_and_a_pasted_text(start: Start, starter: Path, tmp_path: Path) -> None:
    (tmp_path / "all" / "below").mkdir(parents=True)
    (tmp_path / "all" / "one.md").write_text(f"# First\n\n{STORY[0]}")
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in STORY)
    zipped(tmp_path / "all" / "below" / "two.docx", docx_parts(body))
    (tmp_path / "all" / "none.bin").write_bytes(b"\0" * 99)
    person = start(settings=SMALL)
    page = page_of(person)
    page.begin.paste.setPlainText(STORY[3])
    QTest.keyClick(page.begin.paste, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    person.sees(lambda: not page.setup.documents.reading)
    given(person, page, tmp_path / "all")
    titles = [row.split("\n")[0] for row in rows(page)]
    assert titles == [STORY[3][:59] + "…", "none.bin", "First", "two"]
    given(person, page, tmp_path / "all" / "one.md")
    assert page.notice.text() == "one.md is there already." and len(rows(page)) == 4


def test_esc_closes_the_source_and_the_keyboard_goes_back(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, pdf(tmp_path))
    page.setup.options.show_form(SHORT)
    made(person, page)
    sourced = next((n for n, shown in enumerate(page.result.text.shown) if shown.claim.sources), None)
    if sourced is None:
        pytest.skip("the starter model wrote nothing that the text says")
    page.result.text.setFocus()
    for _ in range(sourced + 1):
        QTest.keyClick(page.result.text, Qt.Key.Key_Down)
    QTest.keyClick(page.result.text, Qt.Key.Key_Return)
    assert page.source.isVisible() and page.source.marked is not None
    assert page.source.where.text().startswith(f"Page {page.source.marked.page}")
    QTest.keyClick(page.source.text, Qt.Key.Key_Escape)
    assert not page.source.isVisible()
    person.sees(lambda: QApplication.focusWidget() is page.result.text)


def test_another_language_goes_on_where_it_was(start: Start, starter: Path, tmp_path: Path, qtbot: QtBot) -> None:
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, pdf(tmp_path))
    page.setup.options.show_form(SHORT)
    app = person.app

    def sees(true: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(true()), timeout=60_000)

    del page, person  # who would hold the window that was there first
    app.worker.submit(app.session.change_settings, "appearance", {"language": "zh_CN"})
    sees(lambda: app.window.summary_page and app.window.summary_page.isVisible() and QLocale().name() == "zh_CN")
    page = app.window.summary_page
    assert [document.title for document in page.setup.documents.documents] == ["lighthouse"]
    assert page.setup.options.form == SHORT
    assert "德语" in page.setup.options.choice("language").itemText(6)
    app.worker.submit(app.session.change_settings, "appearance", {"language": "en"})
    sees(lambda: QLocale().name() != "zh_CN")


def test_of_a_folder_with_many_unreadable_files_it_is_told_how_many(
    start: Start, starter: Path, tmp_path: Path
) -> None:
    (tmp_path / "all").mkdir()
    for number in range(8):
        (tmp_path / "all" / f"{number}.bin").write_bytes(b"\0" * 99)
    (tmp_path / "nothing").mkdir()
    person = start(settings=SMALL)
    page = page_of(person)
    given(person, page, tmp_path / "all", tmp_path / "nothing")
    told = rows(page)
    assert len(told) == 7 and "3 more files of the folder all could not be read." in told[5]
    assert "The folder nothing holds no file that could be read." in told[6]


def test_where_nothing_can_be_kept_it_says_so_and_works(start: Start, starter: Path, tmp_path: Path) -> None:
    summaries_file().mkdir(parents=True)
    person = start(settings=SMALL)
    page = page_of(person)
    person.sees(lambda: "summaries are kept in memory only" in page.notice.text())
    (tmp_path / "note.txt").write_text(STORY[0])
    given(person, page, tmp_path / "note.txt")
    page.setup.options.show_form(SHORT)
    person.sees(page.setup.begin.isEnabled)
    page.setup.begin.click()
    person.sees(lambda: page.making.summary is not None and not page.making.running)
