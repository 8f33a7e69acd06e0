"""Characters that hide or reorder others: each is told by its number, and copied whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Message
from desktop_llm.ui import theme
from desktop_llm.ui.code_view import CodeText
from desktop_llm.ui.composer import Composer
from desktop_llm.ui.segments import MarkdownView, PlainView, TextView
from desktop_llm.ui.shown_text import told, untold
from desktop_llm.ui.transcript import Transcript

HIDDEN = (
    0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200D, 0x200E, 0x202E, 0x2060, 0x2061,
    0x2064, 0x2065, 0x2066, 0x206A, 0x206F, 0x3164, 0xFE00, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0x1D173,
    0x1D17A, 0xE0001, 0xE0020, 0xE007F, 0xE0100, 0xE01EF,
)  # fmt: skip
AT_HOME = {
    "an ideograph's variant": "葛\U000e0100飾 葛\ufe00 \U00020bb7\U000e0101",
    "emoji": "❤\ufe0f ☀\ufe0e ⚠\ufe0f ©\ufe0f 🏳\ufe0f\u200d⚧\ufe0f 👁\ufe0f\u200d🗨\ufe0f ㊗\ufe0f ↔\ufe0f",
    "keycaps": "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "a flag": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "mathematics": "≨\ufe00 0\ufe00",
    "Mongolian": "ᠨᠠ\u180bᠰ\u180eᠠ",
    "Arabic": "\u0633\u0644\u0627\u0645 \u061c(a) \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hebrew points": "\u05d9\u05b0\u034f\u05b7",
}
STRAY = {
    "two in a row": ("👍\ufe0f\ufe0f", "👍\ufe0f⟨U+FE0F⟩"),
    "a second variant": ("葛\U000e0100\U000e0101", "葛\U000e0100⟨U+E0101⟩"),
    "a letter's": ("a\U000e0101", "a⟨U+E0101⟩"),
    "a digit's": ("1\ufe0fa", "1⟨U+FE0F⟩a"),
    "a tag elsewhere": ("🏁\U000e0067", "🏁⟨U+E0067⟩"),
    "an Arabic mark that no Arabic is with": ("x\u061cy", "x⟨U+061C⟩y"),
}


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[Transcript]:
    theme.apply(qapp, theme.LIGHT)
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(760, 560)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setStyleSheet("")


def seen(text: str) -> str:
    """Without what frames the marks, which has no width."""
    return text.replace("\u2060", "")


@pytest.mark.parametrize("code", HIDDEN, ids="{:04X}".format)
def test_each_is_told_and_is_itself_again_where_it_is_taken(code: int) -> None:
    text = f"ab{chr(code)}cd"
    assert seen(told(text)) == f"ab⟨U+{code:04X}⟩cd"
    assert untold(told(text)) == text


@pytest.mark.parametrize("text", AT_HOME.values(), ids=AT_HOME)
def test_what_a_script_needs_stays(text: str) -> None:
    assert told(text) == text


@pytest.mark.parametrize(("text", "marked"), STRAY.values(), ids=STRAY)
def test_what_no_script_needs_is_told(text: str, marked: str) -> None:
    assert seen(told(text)) == marked


def piece(view: Transcript, kind: str) -> TextView | CodeText:
    """A text in which a hidden character stands after an emoji, which is two of Qt's characters."""
    words = "😀 a\u202eb"
    said = {"user": words, "assistant": words, "code": f"```\n{words}\n```"}[kind]
    view.set_messages([Message("user" if kind == "user" else "assistant", said, 1, state="done")])
    kinds = {"user": PlainView, "assistant": MarkdownView, "code": CodeText}
    return next(text for text in view.viewport().findChildren(kinds[kind]) if text.isVisible())


def choose(text: TextView | CodeText, start: int, stop: int) -> None:
    cursor = text.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)


@pytest.mark.parametrize("kind", ["user", "assistant", "code"])
def test_no_half_of_a_mark_is_copied(view: Transcript, kind: str) -> None:
    text = piece(view, kind)
    begin = text.document().find("⟨U+202E⟩").selectionStart() - 1
    end = begin + len("\u2060⟨U+202E⟩\u2060")
    for inside in range(begin + 1, end):
        for start, stop, copied in ((0, inside, "😀 a\u202e"), (inside, end + 1, "\u202eb"), (inside, begin, "\u202e")):
            choose(text, start, stop)
            text.copy()
            assert QGuiApplication.clipboard().text() == copied
    choose(text, 0, begin)
    assert text.selected_text() == "😀 a"


@pytest.mark.parametrize("kind", ["user", "assistant", "code"])
def test_a_drag_that_ends_in_a_mark_selects_all_of_it(view: Transcript, kind: str) -> None:
    text = piece(view, kind)
    place = text.document().find("202E").selectionStart() + 1
    cursor = text.textCursor()
    start, stop = (cursor.setPosition(at) or text.cursorRect(cursor).center() for at in (0, place))
    QTest.mousePress(text.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(text.viewport(), stop)
    QTest.mouseRelease(text.viewport(), Qt.MouseButton.LeftButton, pos=stop)
    chosen = text.textCursor()
    assert chosen.anchor() == 0
    assert seen(chosen.selectedText()) == "😀 a⟨U+202E⟩"


def test_a_selection_over_several_messages_ends_with_all_of_a_mark(view: Transcript) -> None:
    view.set_messages([Message("user", "first", 1), Message("user", "sec\u200bond", 2)])
    first, second = sorted(view.viewport().findChildren(PlainView), key=lambda text: text.mapTo(view, QPoint()).y())

    def point(text: TextView, position: int) -> QPoint:
        cursor = text.textCursor()
        cursor.setPosition(position)
        return text.viewport().mapTo(view.window(), text.cursorRect(cursor).center())

    window, button = view.window().windowHandle(), Qt.MouseButton.LeftButton
    stop = point(second, second.document().find("200B").selectionStart())
    QTest.mousePress(window, button, pos=point(first, 0))
    QTest.mouseMove(window, stop)
    QTest.mouseRelease(window, button, pos=stop)
    assert second.selected_text() == "sec\u200b"
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "first\n\nsec\u200b"


def test_what_is_being_written_is_copied_with_whole_characters(qtbot: QtBot) -> None:
    composer, data = Composer(), QMimeData()
    qtbot.addWidget(composer)
    data.setText("soft\u00adhyphen")
    composer.edit.insertFromMimeData(data)
    assert seen(composer.edit.toPlainText()) == "soft⟨U+00AD⟩hyphen"
    cursor = composer.edit.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(len("soft") + 4, QTextCursor.MoveMode.KeepAnchor)
    composer.edit.setTextCursor(cursor)
    composer.edit.copy()
    assert QGuiApplication.clipboard().text() == "soft\u00ad"
    assert composer.text() == "soft\u00adhyphen"
