"""A summary's text: sentences lead to their sources, what the source does not have is underlined and listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_llm.documents.document import Document, Passage
from desktop_llm.summarizer import Source, Summary
from desktop_llm.tasks.summary import SummaryForm
from desktop_llm.tasks.support import Claim, Doubt
from desktop_llm.ui.source_pane import SourcePane
from desktop_llm.ui.summary_result import SummaryResult
from desktop_llm.ui.written_places import WrittenPlaces

TEXT = "- **The lighthouse** was built in 1874.\n- It cost 9,999 crowns 🐋.\n- 灯塔建于1874年。"
PASSAGES = (
    Passage("The lighthouse", "The lighthouse", 1, 0, 14, level=1),
    Passage("It was built in 1874.", "The lighthouse", 1, 16, 37),
    Passage("It cost 312 crowns.", "The lighthouse › Money", 2, 39, 58),
)
DOCUMENT = Document(Path("l.pdf"), "Lighthouse", "pdf", PASSAGES, pages=2, hash="h")


def summary(text: str = TEXT) -> Summary:
    first, second, third = (text.index(line) for line in ("**The", "It cost", "灯塔"))
    number = text.index("9,999")
    claims = (
        Claim(first, text.index("\n"), ((0, 1), (0, 0))),
        Claim(second, text.index(".\n- 灯") + 1, ((0, 2),), (Doubt(number, number + 5, "number"),)),
        Claim(third, len(text)),
    )
    source = Source(Path("l.pdf"), "h", "Lighthouse", 2)
    return Summary(text, claims, SummaryForm(form="bullets"), "Lighthouse", (source,), 1.0, 1, 1, 1)


@pytest.fixture
def result(qtbot: QtBot) -> SummaryResult:
    made = SummaryResult()
    qtbot.addWidget(made)
    made.show_summary(summary())
    made.resize(500, 500)
    made.show()
    return made


def test_each_sentence_has_its_marks(result: SummaryResult) -> None:
    assert result.text.claim_texts() == [
        "The lighthouse was built in 1874.",
        "It cost 9,999 crowns 🐋.",
        "灯塔建于1874年。",
    ]
    lines = result.text.toPlainText().replace("\u2060", "|").split("\n")
    assert [line.partition("|")[2] for line in lines] == ["1 2", "3", "?"]


def test_what_the_source_does_not_have_is_underlined_and_listed(result: SummaryResult) -> None:
    assert result.text.underlined() == ["9,999"]
    assert result.doubt_words() == ["The number 9,999 is not in the source."]
    assert result.doubts.isVisible()
    result.doubts.choose_first()
    assert result.text.textCursor().block().text().startswith("It cost")


def test_keys_lead_from_sentence_to_sentence(result: SummaryResult, qtbot: QtBot) -> None:
    for _ in range(2):
        QTest.keyClick(result.text, Qt.Key.Key_Down)
    with qtbot.waitSignal(result.opened) as told:
        QTest.keyClick(result.text, Qt.Key.Key_Return)
    assert told.args == [summary().claims[1]]


def test_a_click_opens_the_sentence(result: SummaryResult, qtbot: QtBot) -> None:
    place = result.text.cursorRect(result.text.document().find("built")).center()
    with qtbot.waitSignal(result.opened) as told:
        qtbot.mouseClick(result.text.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [summary().claims[0]]
    assert result.text.tip_at(place) == "Show where this comes from"
    doubted = result.text.document().find("9,99")
    assert result.text.tip_at(result.text.cursorRect(doubted).center()) == "The number 9,999 is not in the source."


def test_what_is_selected_is_copied_without_marks(result: SummaryResult) -> None:
    result.text.selectAll()
    copied = result.text.createMimeDataFromSelection().text()
    assert copied == "The lighthouse was built in 1874.\nIt cost 9,999 crowns 🐋.\n灯塔建于1874年。"


def test_words_are_found_where_marks_are_gone() -> None:
    source = "A [link](https://example.org/a/b) and `code`, **bold**: *end*."
    document = QTextDocument("A link and code, bold: end.")
    places = WrittenPlaces(source, document)
    place = places.place(source.index("**bold"), len(source))
    assert place is not None
    cursor = QTextCursor(document)
    cursor.setPosition(place[0])
    cursor.setPosition(place[1], QTextCursor.MoveMode.KeepAnchor)
    assert cursor.selectedText() == "bold: end."
    assert places.place(source.index("**bold"), source.index("**bold") + 2) is None


def test_the_source_is_shown_at_its_passage(qtbot: QtBot) -> None:
    pane = SourcePane()
    qtbot.addWidget(pane)
    pane.show_places([DOCUMENT], ((0, 1), (0, 2)))
    assert pane.where.text() == "Page 1  ·  The lighthouse"
    assert pane.marked == PASSAGES[1]
    pane.on.click()
    assert pane.where.text() == "Page 2  ·  The lighthouse › Money" and not pane.on.isEnabled()
    assert underlined(pane) == ["It cost 312 crowns."]


def underlined(pane: SourcePane) -> list[str]:
    found, block = list[str](), pane.text.document().begin()
    while block.isValid():
        found += [block.text()] if any(run.format.fontUnderline() for run in block.textFormats()) else []
        block = block.next()
    return found
