"""The view of a conversation: what it shows, what it keeps still, what it never does, and what it copies."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QTextBlockFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTextEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Message, Reason, Receipt, State
from desktop_llm.errors import Problem
from desktop_llm.settings import Sampling
from desktop_llm.ui import rows, theme, transcript
from desktop_llm.ui.code_colours import LineLexer, grammar
from desktop_llm.ui.code_view import CodeText, CodeView
from desktop_llm.ui.find_bar import FindBar
from desktop_llm.ui.formulas import formula_at
from desktop_llm.ui.heights import Heights
from desktop_llm.ui.markdown_blocks import Splitter
from desktop_llm.ui.segments import MarkdownView, NameView, PlainView, ReasoningView, TableView, TextView, WrittenView
from desktop_llm.ui.shown_text import ZERO_WIDTH_SPACE
from desktop_llm.ui.transcript import Transcript

RECEIPT = Receipt("Qwen3 4B", "", "", Sampling(), 1, 4096, "cpu", 2, "engine")
LONG = "\n\n".join(
    f"Paragraph {n} of *many*, long enough to fill a line or perhaps two of the window." for n in range(60)
)
RICH = """<think>
Hm, let me see.
</think>

# A title

Words that are **bold**, *set apart* or `code`, and [linked](https://example.com/a).
A second line.

1. First
2. Second
   - nested
   - twice

- loose

- items

> Quoted **words**
> on two lines

```python
def f(x: int) -> str:
    \"\"\"Says it,
    twice.\"\"\"
    return f"{x}"  # done
```

| Name | Count |
|------|------:|
| one  | 1 |
| two  | **2** |

---

It costs $5 and $10 <b>net</b>.
"""
T = TypeVar("T", bound=QWidget)


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[Transcript]:
    theme.apply(qapp, theme.LIGHT)
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def user(text: str, id: int = 1) -> Message:
    return Message("user", text, id)


def answer(text: str, id: int = 2, state: State = "done", reason: Reason | None = "end") -> Message:
    return Message("assistant", text, id, state=state, reason=reason, receipt=RECEIPT)


def chat(count: int, text: str = LONG) -> list[Message]:
    return [user(f"Question {n}", n) if n % 2 else answer(text, n) for n in range(1, count + 1)]


def parts(view: Transcript, kind: type[T]) -> list[T]:
    """Those that are shown, from top to bottom."""
    found = [widget for widget in view.viewport().findChildren(kind) if widget.isVisible()]
    return sorted(found, key=lambda widget: widget.mapTo(view, QPoint()).y())


def button(view: Transcript, name: str) -> QToolButton | QPushButton:
    buttons = [*parts(view, QToolButton), *parts(view, QPushButton)]
    return next(each for each in buttons if name in (each.accessibleName(), each.text()))


def actions(view: Transcript, kind: type[QWidget] = MarkdownView) -> dict[str, QAction]:
    """What the menu over the first text offers."""
    place = parts(view, kind)[0].geometry().topLeft() + QPoint(5, 8)
    return {action.text(): action for action in view.selecting.menu_at(place).actions()}


def wheel(view: Transcript, steps: int) -> None:
    middle = QPointF(view.viewport().rect().center())
    turn, no = QPoint(0, steps * 120), Qt.MouseButton.NoButton
    phase, none = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(middle, view.viewport().mapToGlobal(middle), QPoint(), turn, no, none, phase, False)
    QApplication.sendEvent(view.viewport(), event)


def written(text: TextView) -> list[tuple[object, ...]]:
    """All that matters of a document: words, lists, sizes, weights."""
    found: list[tuple[object, ...]] = []
    block = text.document().begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            made = pieces.fragment().charFormat()
            words = made.fontWeight(), made.fontItalic(), made.fontPointSize(), made.anchorHref()
            item = block.textList().itemText(block) if block.textList() else ""
            found.append((pieces.fragment().text(), *words, item, block.blockFormat().topMargin()))
            pieces += 1
        block = block.next()
    return found


def test_it_opens_at_the_end_and_lays_out_only_what_is_near(view: Transcript) -> None:
    view.set_messages(chat(400))
    assert view.following
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 10_000
    assert len(view.viewport().findChildren(MarkdownView)) < 10
    assert view.message_text(400) == LONG


def test_an_empty_one_shows_nothing(view: Transcript) -> None:
    view.set_messages(chat(4))
    view.clear()
    assert parts(view, QWidget) == []
    assert view.verticalScrollBar().maximum() == 0


def test_a_short_one_begins_at_the_top(view: Transcript) -> None:
    view.set_messages([user("Hello"), answer("Good day.")])
    assert parts(view, PlainView)[0].y() < 60
    assert view.verticalScrollBar().maximum() == 0


def test_what_a_person_wrote_is_not_markdown(view: Transcript) -> None:
    view.set_messages([user("*a* <b>b</b>\n# c")])
    said = parts(view, PlainView)[0]
    assert said.toPlainText() == "*a* <b>b</b>\n# c"
    assert said.geometry().right() > view.width() - 80
    assert said.width() < 200


def test_a_rich_answer(view: Transcript) -> None:
    view.resize(800, 1600)
    view.set_messages([answer(RICH)])
    assert [code.toPlainText().splitlines()[0] for code in parts(view, CodeText)] == ["def f(x: int) -> str:"]
    table = parts(view, TableView)[0]
    assert [line for line in table.toPlainText().splitlines() if line] == ["Name", "Count", "one", "1", "two", "2"]
    text = "\n".join(each.toPlainText() for each in parts(view, MarkdownView))
    assert "Words that are bold, set apart or code, and linked.\nA second line." in text
    assert "It costs $5 and $10 <b>net</b>." in text
    assert parts(view, NameView)[0].button.text() == "Qwen3 4B"


@pytest.mark.parametrize("seed", range(6))
def test_a_streamed_answer_looks_like_a_whole_one(view: Transcript, seed: int) -> None:
    view.resize(800, 1600)
    view.set_messages([answer(RICH)])
    whole = [written(each) for each in parts(view, TextView)]
    heights = [each.height() for each in parts(view, TextView)]
    view.set_messages([answer("", state="writing")])
    chance, start = random.Random(seed), 0
    while start < len(RICH):
        size = chance.randint(1, 9)
        view.append(2, RICH[start : start + size])
        view._draw_stale()
        start += size
    view.finish(answer(RICH))
    assert [written(each) for each in parts(view, TextView)] == whole
    assert [each.height() for each in parts(view, TextView)] == heights
    assert parts(view, CodeView)[0].text.toPlainText() in RICH


def test_streamed_text_is_drawn_by_a_timer(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([user("Hello"), answer("", state="writing")])
    view.append(2, "Good ")
    view.append(2, "day.")
    assert parts(view, MarkdownView) == []
    qtbot.waitUntil(lambda: [each.toPlainText() for each in parts(view, MarkdownView)] == ["Good day."])
    assert view.message_text(2) == "Good day."


def test_the_final_text_replaces_what_was_streamed(view: Transcript) -> None:
    view.set_messages([user("Hello"), answer("", state="writing")])
    view.append(2, "Good day and")
    view.finish(answer("Something else."))
    assert [each.toPlainText() for each in parts(view, MarkdownView)] == ["Something else."]
    assert view.message_text(2) == "Something else."


def test_what_is_said_of_messages_that_are_not_here_is_let_go(view: Transcript) -> None:
    view.append(7, "words")
    view.finish(answer("words", 7))
    assert view.message_text(7) == ""
    assert parts(view, TextView) == []


def test_it_follows_a_growing_answer(view: Transcript) -> None:
    view.set_messages([user("Hello"), answer("", state="writing")])
    for word in LONG.split(" "):
        view.append(2, word + " ")
        view._draw_stale()
    assert view.following
    last = parts(view, MarkdownView)[-1]
    assert view.viewport().height() - 80 < last.geometry().bottom() < view.viewport().height()


@pytest.mark.parametrize("way", ["wheel", "bar", "key"])
def test_nothing_moves_while_one_reads(view: Transcript, qtbot: QtBot, way: str) -> None:
    view.set_messages([*chat(11), answer("Begin.", 12, state="writing")])
    scroll: dict[str, Callable[[], None]] = {
        "wheel": lambda: wheel(view, 1),
        "bar": lambda: view.verticalScrollBar().setValue(view.verticalScrollBar().value() - 50),
        "key": lambda: qtbot.keyClick(view, Qt.Key.Key_PageUp),
    }
    scroll[way]()
    assert not view.following
    before = {id(each): each.y() for each in parts(view, TextView) if each.y() < view.height()}
    for _ in range(30):
        view.append(12, "\n\nmore words " * 10)
        view._draw_stale()
    after = {id(each): each.y() for each in parts(view, TextView)}
    assert before
    assert {key: after[key] for key in before if key in after} == before


def test_text_above_that_grows_moves_nothing(view: Transcript) -> None:
    view.set_messages([answer("Begin.", 100, state="writing"), *chat(8)])
    wheel(view, 20)
    spot = view._placement.spot
    before = [(each.toPlainText(), each.y()) for each in parts(view, TextView) if 0 <= each.y() < view.height()]
    value = view.verticalScrollBar().value()
    view.append(100, LONG)
    view._draw_stale()
    assert [(each.toPlainText(), each.y()) for each in parts(view, TextView) if 0 <= each.y() < view.height()] == before
    assert view._placement.spot == spot
    assert view.verticalScrollBar().value() > value


def test_following_begins_again_at_the_end(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages(chat(10))
    end = view.findChild(QToolButton, "end")
    assert end.accessibleName() == "Scroll to the end"
    assert not end.isVisible()
    wheel(view, 3)
    assert end.isVisible()
    assert not view.following
    wheel(view, -5)
    assert view.following
    wheel(view, 3)
    qtbot.mouseClick(end, Qt.MouseButton.LeftButton)
    assert view.following
    assert not end.isVisible()


def test_keys_scroll(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages(chat(10))
    bar = view.verticalScrollBar()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert bar.value() == 0
    assert parts(view, PlainView)[0].toPlainText() == "Question 1"
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert bar.value() == 20
    qtbot.keyClick(parts(view, MarkdownView)[0], Qt.Key.Key_PageDown)
    assert bar.value() > 400
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.following


def test_reading_all_the_way_up_and_down(view: Transcript) -> None:
    view.set_messages(chat(30))
    seen = set()
    for steps in (1, -1):
        for _ in range(2000):
            wheel(view, steps * 5)
            seen.update(each.toPlainText() for each in parts(view, PlainView))
            if view.verticalScrollBar().value() in (0, view.verticalScrollBar().maximum()):
                break
    assert seen == {f"Question {n}" for n in range(1, 31, 2)}
    assert view.following


def test_narrower_and_wider(view: Transcript) -> None:
    view.set_messages(chat(6))
    view.resize(400, 600)
    assert parts(view, MarkdownView)[-1].width() < 360
    view.resize(1400, 600)
    text = parts(view, MarkdownView)[-1]
    assert text.width() == 800
    assert abs(text.geometry().center().x() - view.width() // 2) < 2
    assert text.height() >= text.document().size().height()


def test_right_to_left(view: Transcript, qapp: QApplication) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view.set_messages([user("Hello"), answer("```\ncode\n```\n\nمرحب")])
    assert parts(view, PlainView)[0].x() < 80
    assert parts(view, CodeText)[0].layoutDirection() == Qt.LayoutDirection.LeftToRight


@pytest.mark.parametrize(
    ("state", "reason", "caption"),
    [
        ("done", "end", ""),
        ("stopped", "stopped", "Stopped"),
        ("done", "context full", "The context is full, so the answer ends here. Make room, then continue it."),
        ("done", "length", "The longest answer allowed was reached."),
    ],
)
def test_how_an_answer_ended(view: Transcript, state: State, reason: Reason, caption: str) -> None:
    view.set_messages([answer("Some words", state=state, reason=reason)])
    assert [label.text() for label in parts(view, QLabel)] == ([caption] if caption else [])


@pytest.mark.parametrize(
    ("action", "name"), [("retry", "Ask again"), ("choose-model", "Choose a model"), ("new-chat", "New chat")]
)
def test_a_failed_answer_says_what_can_be_done(view: Transcript, qtbot: QtBot, action: str, name: str) -> None:
    problem = Problem("The engine stopped.", "Ask again.", action=action, details="signal 11")
    failed = replace(answer("Half", state="failed"), problem=problem)
    view.set_messages([user("Hello"), answer("", state="writing")])
    view.append(2, "Half")
    view.finish(failed)
    label = parts(view, QLabel)[-1]
    assert (label.objectName(), label.text()) == ("danger", "The engine stopped. Ask again.")
    with qtbot.waitSignal(view.acted) as acted:
        button(view, name).click()
    assert acted.args == [action, failed]
    button(view, "Copy details").click()
    assert QGuiApplication.clipboard().text() == "The engine stopped. Ask again.\n\nsignal 11"


def test_copying(view: Transcript) -> None:
    view.set_messages([answer("Look: **this**\n\n```py\nx = 1\n\ny = 2\n```")])
    button(view, "Copy answer").click()
    assert QGuiApplication.clipboard().text() == "Look: this\n\nx = 1\n\ny = 2"
    assert "<strong>this</strong>" in QGuiApplication.clipboard().mimeData().html()
    actions(view)["Copy as Markdown"].trigger()
    assert QGuiApplication.clipboard().text() == "Look: **this**\n\n```py\nx = 1\n\ny = 2\n```"
    assert not QGuiApplication.clipboard().mimeData().hasHtml()
    button(view, "Copy code").click()
    assert QGuiApplication.clipboard().text() == "x = 1\n\ny = 2"


def test_nothing_written_yet(view: Transcript) -> None:
    view.set_messages([answer("", state="writing")])
    names = [label.accessibleName() for label in parts(view, QLabel)]
    assert "The answer is being prepared" in names
    view.append(2, "<think>Hm")
    view._draw_stale()
    assert button(view, "Thinking…").isVisible()
    view.append(2, "</think>Yes")
    view._draw_stale()
    assert "The answer is being prepared" not in [label.accessibleName() for label in parts(view, QLabel)]


def test_reasoning_that_the_template_opened_is_folded_when_it_ends(
    view: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(rows, "monotonic", lambda: now[0])
    view.set_messages([answer("", state="writing")])
    for delta in ("I wonder.\n\n", "```\nx\n```\n", "So it is"):
        view.append(2, delta)
        view._draw_stale()
    assert len(parts(view, CodeView)) == 1 and not parts(view, ReasoningView)
    now[0] = 112.0
    view.append(2, ".</think>\n\nYes.")
    view._draw_stale()
    assert [text.toPlainText() for text in parts(view, MarkdownView)] == ["Yes."] and not parts(view, CodeView)
    view.finish(answer("I wonder.\n\n```\nx\n```\nSo it is.</think>\n\nYes."))
    view._draw_stale()
    assert button(view, "Thought for 12 s").isVisible()
    button(view, "Copy answer").click()
    assert QGuiApplication.clipboard().text() == "Yes."


def test_an_answer_of_nothing_but_thoughts_is_copied_with_them(view: Transcript) -> None:
    view.set_messages([answer("<think>Hm, *so*</think>")])
    button(view, "Copy answer").click()
    assert QGuiApplication.clipboard().text() == "Hm, so"


def test_addresses_are_links(view: Transcript) -> None:
    view.set_messages([answer("See https://example.com/a_(b)?c=1, (http://x.org/y). `https://no.example` ftp://a.b https://")])
    text = parts(view, MarkdownView)[0]
    assert addresses(text) == ["https://example.com/a_(b)?c=1", "http://x.org/y"]
    assert text.toPlainText().startswith("See https://example.com/a_(b)?c=1, (http://x.org/y). https://no.example")


def test_an_address_that_streams_is_one_link(view: Transcript) -> None:
    view.set_messages([answer("", state="writing")])
    for delta in ("See ", "http", "s:", "//exam", "ple.com", "/a b", " **c**"):
        view.append(2, delta)
        view._draw_stale()
    assert addresses(parts(view, MarkdownView)[0]) == ["https://example.com/a"]


def addresses(text: TextView) -> list[str]:
    cursor, found = QTextCursor(text.document()), []
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        found.append(cursor.charFormat().anchorHref())
    return list(dict.fromkeys(filter(None, found)))


def test_paragraphs_are_apart_in_what_is_selected(view: Transcript) -> None:
    view.set_messages([answer("# One\nTwo\nlines\n\nThree\n\n- a\n- b\n\n> Four")])
    text = parts(view, MarkdownView)[0]
    text.selectAll()
    text.copy()
    assert QGuiApplication.clipboard().text() == "One\n\nTwo\nlines\n\nThree\n\na\nb\n\nFour"


def test_reasoning_is_folded(view: Transcript) -> None:
    view.set_messages([answer(f"<think>{LONG}</think>\n\nYes.")])
    reasoning = parts(view, ReasoningView)[0]
    assert not reasoning.text.isVisible()
    folded = reasoning.height()
    top = reasoning.y()
    button(view, "Reasoning").click()
    assert reasoning.text.isVisible()
    assert reasoning.height() > folded + 500
    assert reasoning.y() == top
    button(view, "Reasoning").click()
    assert reasoning.height() == folded


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_hidden_characters_are_told_and_copied_as_they_are(view: Transcript, role: str) -> None:
    hostile = "a\u202eb\u2066c\U000e0041d\u200be\x1b[1m\ufdd0f\ufffc 👩‍👩‍👧"
    view.set_messages([user(hostile) if role == "user" else answer(hostile)])
    text = parts(view, TextView)[0]
    assert seen(text) == "a⟨U+202E⟩b⟨U+2066⟩c⟨U+E0041⟩d⟨U+200B⟩e[1mf 👩‍👩‍👧"
    text.selectAll()
    text.copy()
    whole = "a\u202eb\u2066c\U000e0041d\u200be[1mf 👩‍👩‍👧"
    assert QGuiApplication.clipboard().text() == whole
    if role == "assistant":
        button(view, "Copy answer").click()
        assert QGuiApplication.clipboard().text() == whole
        assert "a⟨U+202E⟩b" in QGuiApplication.clipboard().mimeData().html()


def seen(text: QWidget) -> str:
    """Without what frames the marks, which has no width."""
    assert isinstance(text, TextView | CodeText)
    return text.toPlainText().replace("\u2060", "")


@pytest.mark.parametrize(
    "words", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "क्\u200dष", "❤️\u200d🔥",
              "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
              "שלום (**C**\u200e) כן", "ភាសា\u200bខ្មែរ", "👁️\u200d🗨️"]
)  # fmt: skip
def test_what_belongs_into_a_script_stays(view: Transcript, words: str) -> None:
    view.set_messages([user(words), answer("", 3, state="writing"), answer("<think>", 4, state="writing")])
    parts(view, ReasoningView)  # nothing thought yet
    for character in words + ".":
        view.append(3, character)
        view.append(4, character)
        view._draw_stale()
        if reasoning := parts(view, ReasoningView):
            reasoning[0].findChildren(QToolButton)[0].setChecked(True)
    texts = [text.toPlainText() for text in parts(view, TextView)]
    assert texts == [words, words.replace("*", "") + ".", words + "."]


def test_a_character_that_hides_is_told_while_it_streams(view: Transcript) -> None:
    view.set_messages([answer("Some words", state="writing")])
    for delta in (" a", "\u202e", "b", "\u200b", "c d"):
        view.append(2, delta)
        view._draw_stale()
    assert seen(parts(view, MarkdownView)[0]) == "Some words a⟨U+202E⟩b⟨U+200B⟩c d"


def test_a_run_without_a_break_is_broken_for_show_only(view: Transcript) -> None:
    run = "x" * 120_000
    view.set_messages([user(run), answer(run), answer(f"```\n{run}\n```", 3)])
    view.verticalScrollBar().setValue(0)
    said = parts(view, PlainView)[0]
    assert ZERO_WIDTH_SPACE in said.toPlainText()
    said.selectAll()
    said.copy()
    assert set(QGuiApplication.clipboard().text()) == {"x"}
    view.follow()
    code = parts(view, CodeText)[0]
    code.selectAll()
    code.copy()
    assert QGuiApplication.clipboard().text() == run
    assert view.message_text(1) == run


def test_a_run_that_is_streamed(view: Transcript) -> None:
    view.set_messages([answer("", state="writing"), answer("```\n", 3, state="writing")])
    for _ in range(60):
        view.append(2, "y" * 100)
        view.append(3, "x" * 100)
        view._draw_stale()
    assert all(block < 2100 for block in _longest_runs(view))
    assert parts(view, CodeText)[0].document().blockCount() == 3


def _longest_runs(view: Transcript) -> list[int]:
    texts = [each.toPlainText() for each in parts(view, TextView)]
    return [len(run) for text in texts for run in text.split(ZERO_WIDTH_SPACE)]


def test_nothing_is_loaded(view: Transcript) -> None:
    view.set_messages([answer("![x](/dev/zero) ![y](file:///dev/zero) ![](https://example.com/z.png)")])
    text = parts(view, MarkdownView)[0]
    assert text.toPlainText() == "x ![y](file:///dev/zero) https://example.com/z.png"
    assert not text.loadResource(2, QUrl("file:///dev/zero")).isNull()


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("https://example.com/a", True),
        ("mailto:a@example.com", True),
        ("file:///etc/hostname", False),
        ("smb://host/share", False),
        ("/etc/hostname", False),
    ],
)
def test_links(view: Transcript, monkeypatch: pytest.MonkeyPatch, address: str, opens: bool) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    view.set_messages([answer(f"[words](<{address}>) and more")])
    text = parts(view, MarkdownView)[0]
    text.anchorClicked.emit(QUrl(address))
    assert opened == ([address] if opens else [])


def test_a_link_that_nothing_opens_is_told(view: Transcript, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: url.host() != "no.example")
    view.set_messages([answer("[words](https://no.example/ä) and [more](https://example.com)")])
    text = parts(view, MarkdownView)[0]
    with qtbot.assertNotEmitted(view.unopened):
        text.anchorClicked.emit(QUrl("https://example.com"))
        text.anchorClicked.emit(QUrl("file:///etc/hostname"))
    with qtbot.waitSignal(view.unopened) as told:
        text.anchorClicked.emit(QUrl("https://no.example/ä"))
    assert told.args == ["https://no.example/%C3%A4"]


def test_a_link_tells_where_it_leads(view: Transcript) -> None:
    view.set_messages([answer("[https://bank.example](https://evil.example/<img>)")])
    made = parts(view, MarkdownView)[0].document().begin().begin().fragment().charFormat()
    assert made.toolTip() == made.anchorHref() == "https://evil.example/%3Cimg%3E"


def test_code_is_coloured_as_it_is_written(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("", state="writing")])
    for character in '```python\ndef f():\n    """Over\n    lines"""\n    return 1':
        view.append(2, character)
        view._draw_stale()
    light = theme.LIGHT
    qtbot.waitUntil(lambda: colours(view, 3) == [light.keyword, light.number])
    assert colours(view, 0)[:2] == [light.keyword, light.name]
    assert set(colours(view, 2)) == {light.string}


def colours(view: Transcript, line: int) -> list[str]:
    block = parts(view, CodeText)[0].document().findBlockByNumber(line)
    return [each.format.foreground().color().name() for each in block.layout().formats()]


def test_long_code_is_coloured_bit_by_bit(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("```python\n" + "def f(): return 1  # one\n" * 2000 + "```")])
    assert not colours(view, 1999)
    qtbot.waitUntil(lambda: len(colours(view, 1999)) == 5, timeout=20_000)
    assert len(colours(view, 1000)) == 5


def test_a_comment_over_lines() -> None:
    lexer, stack = LineLexer(grammar("c")), ("root",)
    coloured, stack = lexer.line("int x; /* begins", stack)
    assert coloured[-1][2] == "comment"
    coloured, stack = lexer.line("goes on", stack)
    assert coloured == [(0, 7, "comment")]
    coloured, stack = lexer.line("ends */ return 1;", stack)
    assert [colour for _, _, colour in coloured] == ["comment", "keyword", "number"]
    assert stack == ("root",)


@pytest.mark.parametrize("language", ["python", "js", "rust", "html", "json", "yaml", "bash", "css", "php", "console"])
def test_any_line_is_coloured_in_any_language(language: str) -> None:
    lexer, stack = LineLexer(grammar(language)), ("root",)
    for line in ("<a href='x'>`${b}` \"c", "# {% y %} $ ls -l | cat <<EOF", "}}}]])) /* ' \\", "EOF", "", "\t: é 你好"):
        coloured, stack = lexer.line(line, stack)
        assert all(0 <= start <= len(line) for start, _, _ in coloured)


def test_no_grammar_is_needed(view: Transcript) -> None:
    view.set_messages([answer("```nosuchlanguage\nx\n```\n\n```\ny\n```")])
    assert [code.toPlainText() for code in parts(view, CodeText)] == ["x", "y"]


def test_a_theme_changes_everything(view: Transcript, qapp: QApplication, qtbot: QtBot) -> None:
    view.set_messages([user("Hello"), answer(RICH)])
    theme.apply(qapp, theme.DARK)
    view.set_theme(theme.DARK)
    qtbot.waitUntil(lambda: colours(view, 0)[:1] == [theme.DARK.keyword])
    assert view.following


def test_names_for_screen_readers(view: Transcript) -> None:
    view.set_messages([Message("system", "Be brief.", 9), user("Hello"), answer("Yes.\n\n```py\nx\n```")])
    assert view.accessibleName() == "Conversation"
    assert parts(view, PlainView)[0].accessibleName() == "You, message 1"
    assert parts(view, MarkdownView)[0].accessibleName() == "Assistant, message 2"
    assert parts(view, CodeText)[0].accessibleName() == "Code, py"


def test_a_finished_answer_is_announced_once(view: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Access:
        @staticmethod
        def updateAccessibility(event: transcript.QAccessibleAnnouncementEvent) -> None:  # noqa: N802
            said.append(event.message())

    monkeypatch.setattr(transcript, "QAccessible", Access)
    view.set_messages([user("Hello"), answer("", state="writing")])
    view.append(2, "<think>Hm</think>Good day.")
    view.finish(answer("<think>Hm</think>Good day."))
    view.finish(answer("<think>Hm</think>Good day."))
    assert said == ["Good day."]


def test_it_may_be_filled_before_it_is_shown(qtbot: QtBot) -> None:
    hidden = Transcript()
    qtbot.addWidget(hidden)
    hidden.set_messages([user("Hello"), answer("", state="writing")])
    hidden.append(2, LONG)
    hidden.finish(answer(LONG))
    hidden.resize(700, 500)
    hidden.show()
    qtbot.waitExposed(hidden)
    assert hidden.following
    assert parts(hidden, MarkdownView)[-1].geometry().bottom() < hidden.viewport().height()


def test_a_selection_is_copied_as_plain_text(view: Transcript) -> None:
    view.set_messages([answer("Some **bold** words\n\nand more")])
    text: QTextEdit = parts(view, MarkdownView)[0]
    text.selectAll()
    data = text.createMimeDataFromSelection()
    assert data.formats() == ["text/plain"]
    assert data.text() == "Some bold words\n\nand more"


@pytest.mark.parametrize("seed", range(5))
def test_heights(seed: int) -> None:
    chance = random.Random(seed)
    plain = [chance.randint(1, 50) for _ in range(chance.randint(1, 40))]
    heights = Heights(plain)
    for _ in range(60):
        if chance.random() < 0.3:
            plain.append(chance.randint(0, 50))
            heights.append(plain[-1])
        index = chance.randrange(len(plain))
        plain[index] = heights[index] = chance.randint(1, 50)
        place = chance.randrange(sum(plain))
        assert heights.total == sum(plain)
        assert heights.before(index) == sum(plain[:index])
        assert heights.before(heights.at(place)) <= place
        assert place < heights.before(heights.at(place) + 1)


def marked(view: Transcript) -> list[str]:
    """What is marked on the screen, from top to bottom."""
    texts = [*parts(view, TextView), *parts(view, CodeText)]
    return [each.cursor.selectedText() for text in texts for each in text.extraSelections()]


def marked_here(view: Transcript) -> list[int]:
    """How high in the window the hits lie that one was led to."""
    found = []
    for text in (*parts(view, TextView), *parts(view, CodeText)):
        for each in text.extraSelections():
            if each.format.background().color().alpha() > 100:
                found.append(text.viewport().mapTo(view.viewport(), text.cursorRect(each.cursor).topLeft()).y())
    return found


def test_finding_counts_everything_and_marks_what_is_seen(view: Transcript) -> None:
    view.set_messages([*chat(100, "Needle **in** a hay*stack*. 你好 世界"), answer("```\nNEEDLE\n```", 101)])
    assert view.find_text("needle") == 51
    assert set(marked(view)) == {"Needle", "NEEDLE"}
    assert view.find_text("in a haystack") == 50
    assert view.find_text("世界") == 50
    assert view.find_text("no such words") == 0
    assert marked(view) == []
    assert view.find_text("") == 0


@pytest.mark.parametrize("where", ["text", "code", "table", "reasoning", "question"])
def test_one_is_led_to_a_hit(view: Transcript, where: str) -> None:
    lines = "\n".join(f"line {n}" for n in range(300)) + "\n"
    source = {
        "text": f"{LONG}\n\n🎉 needle\n\n{LONG}",
        "code": f"```\n{lines}needle\n{lines}```",
        "table": "| a |\n|---|\n" + "| b |\n" * 30 + "| needle |\n",
        "reasoning": f"<think>{LONG}\n\nneedle\n\n{LONG}</think>Yes.",
        "question": LONG,
    }[where]
    middle = user(f"{LONG}\nneedle", 20) if where == "question" else answer(source, 20)
    view.set_messages([*chat(9), middle, *[replace(each, id=each.id + 40) for each in chat(9)]])
    assert view.find_text("needle") == 1
    view.show_hit(0)
    assert not view.following
    assert len(marked_here(view)) == 1
    assert 0 < marked_here(view)[0] < view.viewport().height() - 30


def test_hits_are_counted_while_an_answer_streams(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([user("Hello"), answer("", state="writing")])
    assert view.find_text("needle") == 0
    view.append(2, "A nee")
    with qtbot.waitSignal(view.found):
        view.append(2, "dle, and a needle")
        view._draw_stale()
    assert view.hits == 2
    assert marked(view) == ["needle", "needle"]
    view.add(user("needle", 3))
    assert view.hits == 3
    view.set_messages([user("needle")])
    assert view.hits == 1


def test_the_bar_that_finds(view: Transcript, qtbot: QtBot) -> None:
    bar = FindBar(view)
    qtbot.addWidget(bar)
    view.set_messages(chat(9, "needle and needle"))
    bar.open()
    assert bar.isVisible()
    qtbot.keyClicks(bar.field, "needle")
    assert bar.count.text() == "1 of 8"
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "2 of 8"
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "8 of 8"
    qtbot.keyClicks(bar.field, "x")
    assert bar.count.text() == "Nothing found"
    assert not bar.next.isEnabled()
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert view.hits == 0
    assert all(button.accessibleName() for button in (bar.field, bar.previous, bar.next, bar.shut))


def pictures(view: Transcript) -> int:
    return sum(text.toPlainText().count("\ufffc") for text in parts(view, TextView))


def test_formulas(view: Transcript, qtbot: QtBot) -> None:
    source = (
        "Let $x^2$ and \\(y_1\\) be; it costs $5 and $10, `$x$`.\n\n"
        "\\[\n\\frac{a}{b}\n- c\n\\]\n\nso $$E = mc^2$$ holds.\n\n"
        "| a |\n|---|\n| $z_1$ |\n\n```\n$x$\n```"
    )
    view.set_messages([answer(source)])
    qtbot.waitUntil(lambda: pictures(view) == 5)
    text = parts(view, MarkdownView)[0]
    assert text.toPlainText() == "Let \ufffc and \ufffc be; it costs $5 and $10, $x$.\n\ufffc\nso \n\ufffc\nholds."
    text.selectAll()
    assert text.createMimeDataFromSelection().text() == (
        "Let $x^2$ and \\(y_1\\) be; it costs $5 and $10, $x$.\n\n"
        "\\[\n\\frac{a}{b}\n- c\n\\]\n\nso \n$$E = mc^2$$\nholds."
    )
    assert [code.toPlainText() for code in parts(view, CodeText)] == ["$x$"]
    assert text.geometry().bottom() < parts(view, TableView)[0].y()


@pytest.mark.parametrize(
    "formula",
    ["\\frac{1}", "\\nosuchcommand", "{" * 60 + "x" + "}" * 60, "\\left(" * 8 + "x^{y^{z}}" * 60, "x" * 900],
)
def test_a_formula_that_cannot_be_typeset_stays_as_it_was_written(view: Transcript, qtbot: QtBot, formula: str) -> None:
    view.set_messages([answer(f"Now ${formula}$ and $good_1$.")])
    qtbot.waitUntil(lambda: pictures(view) == 1 and not view._timer.isActive(), timeout=30_000)
    assert f"${formula}$" in parts(view, MarkdownView)[0].toPlainText().replace(ZERO_WIDTH_SPACE, "")


def test_a_formula_is_drawn_when_it_is_closed(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("", state="writing")])
    for character in "See $x_7":
        view.append(2, character)
        view._draw_stale()
    assert parts(view, MarkdownView)[0].toPlainText() == "See $x_7"
    view.append(2, "$ and on")
    qtbot.waitUntil(lambda: parts(view, MarkdownView)[0].toPlainText() == "See \ufffc and on")
    view.append(2, " it goes")
    qtbot.waitUntil(lambda: parts(view, MarkdownView)[0].toPlainText() == "See \ufffc and on it goes")


def stream(view: Transcript, source: str, size: int) -> None:
    for start in range(0, len(source), size):
        view.append(2, source[start : start + size])
        view._draw_stale()


@pytest.mark.parametrize("size", [1, 3, 50])
def test_what_came_in_pieces_stands_like_what_came_at_once(view: Transcript, qtbot: QtBot, size: int) -> None:
    source = (
        "Let $p_1$ be **bold, with $p_2$ and `$p_3$`**\nand $p_4$5 is [none]($p_4$), $$p_5$$\nso.\n\n"
        "- [ ] item $p_6$ **one**\n  and\n  $$\n  p_7\n  $$\n  - *two*\n\n> said $p_8$\n> again\n\n"
        "| a | $p_9$ |\n|---|--:|\n| $q_1$ **b** | $q_2$ |\n| c | $q_3$ and $q_4$ |\n\nlast $q_5$ *words*"
    )
    view.set_messages([answer("", state="writing")])
    stream(view, source, size)
    view.finish(answer(source))
    qtbot.waitUntil(lambda: pictures(view) == 12 and not view._timer.isActive())
    streamed = [text.document().toHtml() for text in parts(view, WrittenView)]
    view.set_messages([answer(source)])
    qtbot.waitUntil(lambda: pictures(view) == 12 and not view._timer.isActive())
    assert [text.document().toHtml() for text in parts(view, WrittenView)] == streamed


def test_what_stands_of_a_growing_paragraph_is_left_alone(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("", state="writing")])
    stream(view, "**Some** of $r_1$ words\n", 4)
    qtbot.waitUntil(lambda: pictures(view) == 1)
    text = parts(view, MarkdownView)[0]
    cursor = text.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(len("Some of"), QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    stream(view, "and `code`, $r_2$\nand **more** of it", 4)
    qtbot.waitUntil(lambda: pictures(view) == 2)
    assert text.selected_text() == "Some of"


def test_what_is_copied_loads_nothing_and_has_no_thoughts(view: Transcript) -> None:
    hostile = "![x](https://evil.example/a.png) <img src=y> [k](smb://h/s) [j](javascript:x) a\u202eb"
    view.set_messages([answer(f"<think>Hm</think>\n\n{hostile}")])
    button(view, "Copy answer").click()
    html = QGuiApplication.clipboard().mimeData().html()
    assert "<img" not in html and "smb:" not in html and 'href="javascript' not in html and "\u202e" not in html
    assert '<a href="https://evil.example/a.png">x</a>' in html
    assert "Hm" not in html + QGuiApplication.clipboard().text()


def test_copied_words_keep_their_lists_and_tables(view: Transcript) -> None:
    view.set_messages([answer(RICH)])
    button(view, "Copy answer").click()
    text = QGuiApplication.clipboard().text()
    assert "set apart or code, and linked (https://example.com/a).\nA second line.\n\n1. First" in text
    assert "2. Second\n   - nested\n   - twice\n" in text
    assert "> Quoted words\n> on two lines" in text
    assert "Name\tCount\none\t1\ntwo\t2" in text


def test_messages_are_selected_as_wholes(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([user("One", 1), answer("*Two*", 2), user("Three", 3), answer("Four", 4)])
    two, three = parts(view, MarkdownView)[0], parts(view, PlainView)[1]
    left, shift = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
    qtbot.mousePress(two.viewport(), left)
    qtbot.mousePress(three.viewport(), left, shift)
    actions(view)["Copy as Markdown"].trigger()
    assert QGuiApplication.clipboard().text() == "*Two*\n\nThree"
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Two\n\nThree"
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    actions(view)["Copy selected messages"].trigger()
    assert QGuiApplication.clipboard().text() == "One\n\nTwo\n\nThree\n\nFour"
    assert "<em>Two</em>" in QGuiApplication.clipboard().mimeData().html()
    qtbot.mousePress(two.viewport(), left)
    assert "Copy selected messages" not in actions(view)


def test_a_menu_copies_a_link_and_what_is_selected(view: Transcript) -> None:
    view.set_messages([answer("[words](https://example.com/a) and more")])
    assert "Copy selection" not in actions(view)
    parts(view, MarkdownView)[0].selectAll()
    actions(view)["Copy selection"].trigger()
    assert QGuiApplication.clipboard().text() == "words and more"
    actions(view)["Copy link"].trigger()
    assert QGuiApplication.clipboard().text() == "https://example.com/a"


@pytest.mark.parametrize(
    ("name", "action", "message"),
    [
        ("Edit message", "edit", 1),
        ("Regenerate", "regenerate", 2),
        ("Continue", "continue", 2),
        ("Previous version", "previous", 2),
        ("Next version", "next", 2),
    ],
)
def test_what_can_be_asked_of_a_message(view: Transcript, qtbot: QtBot, name: str, action: str, message: int) -> None:
    view.set_messages([user("Hello"), answer("Some", state="stopped", reason="stopped")])
    view.set_siblings(2, 2, 3)
    with qtbot.waitSignal(view.acted) as acted:
        button(view, name).click()
    assert (acted.args[0], acted.args[1].id) == (action, message)


def test_the_menu_of_an_answer(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("*Some*")])
    more = button(view, "More").menu()
    more.aboutToShow.emit()
    offered = {each.text(): each for each in more.actions()}
    for name, action in (("What the model saw", "inspect"), ("Edit answer", "edit")):
        with qtbot.waitSignal(view.acted) as acted:
            offered[name].trigger()
        assert acted.args[0] == action
    offered["Copy as Markdown"].trigger()
    assert QGuiApplication.clipboard().text() == "*Some*"


def test_an_answer_that_is_gone_on_with_goes_on_in_its_last_paragraph(view: Transcript) -> None:
    view.set_messages([user("Hello"), answer("The sea, the fish,")])
    view.finish(answer("The sea, the fish,", state="writing"))
    view.append(2, " the waves")
    view.finish(answer("The sea, the fish, the waves"))
    assert [text.toPlainText() for text in parts(view, MarkdownView)] == ["The sea, the fish, the waves"]


def test_nothing_moves_when_an_answer_ends_or_gets_versions(view: Transcript) -> None:
    view.set_messages([user("Hello"), answer("Some words", state="writing"), user("And?", 3)])
    places = [each.geometry() for each in parts(view, TextView)]
    view.finish(answer("Some words"))
    for message in (1, 2, 3):
        view.set_siblings(message, 1, 2)
    view.set_no_room({1, 2})
    assert [each.geometry() for each in parts(view, TextView)] == places
    assert [label.text() for label in parts(view, QLabel)].count("\u20661/2\u2069") == 3
    view.set_siblings(2, 1, 1)
    assert [label.text() for label in parts(view, QLabel)].count("\u20661/2\u2069") == 2


def test_what_is_not_sent_is_dimmed_and_says_so(view: Transcript) -> None:
    view.set_messages(chat(4, "Words"))
    view.set_left_out({1, 2})
    assert [bool(each.graphicsEffect()) for each in parts(view, TextView)] == [True, True, False, False]
    assert [each.accessibleDescription() for each in parts(view, MarkdownView)] == ["Not sent: the context is full", ""]
    assert [label.text() for label in parts(view, QLabel)].count("Not sent: the context is full") == 2
    view.set_theme(theme.LIGHT)
    assert bool(parts(view, MarkdownView)[0].graphicsEffect())
    view.set_left_out(())
    assert not any(each.graphicsEffect() for each in parts(view, TextView))
    assert "Not sent: the context is full" not in [label.text() for label in parts(view, QLabel)]


def test_a_question_s_buttons_are_drawn_while_one_points_at_it(view: Transcript) -> None:
    view.set_messages([user("Hello")])
    edit, said = button(view, "Edit message"), parts(view, PlainView)[0]
    hidden = edit.grab().toImage()
    said.hovered.emit(True)
    assert edit.grab().toImage() != hidden
    said.hovered.emit(False)
    assert edit.grab().toImage() == hidden


def test_where_a_link_leads_is_told_while_one_points_at_it(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([answer("[bank](https://b\u0430nk.example/\u200b)")])
    text = parts(view, MarkdownView)[0]
    with qtbot.waitSignal(view.pointed) as pointed:
        text.highlighted.emit(QUrl(text.document().begin().begin().fragment().charFormat().anchorHref()))
    assert pointed.args == ["https://xn--bnk-6cd.example/%E2%80%8B"]


def test_tasks_are_boxes(view: Transcript) -> None:
    view.set_messages([answer("- [ ] to do\n- [x] done\n- [link] [x]\n\n[x] no item")])
    document, kind = parts(view, MarkdownView)[0].document(), QTextBlockFormat.MarkerType
    blocks = [document.findBlockByNumber(number) for number in range(4)]
    assert [block.text() for block in blocks] == ["to do", "done", "[link] [x]", "[x] no item"]
    assert [block.blockFormat().marker() for block in blocks] == [
        *(kind.Unchecked, kind.Checked, kind.NoMarker, kind.NoMarker)
    ]


def test_each_paragraph_runs_its_own_way(view: Transcript) -> None:
    view.set_messages([answer("English first.\n\n\u05e9\u05dc English\n\n- \u05e9\u05dc")])
    document = parts(view, MarkdownView)[0].document()
    ways = [document.findBlockByNumber(number).textDirection() for number in range(3)]
    right, left = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
    assert ways == [left, right, right]
    assert document.findBlockByNumber(1).layout().lineAt(0).naturalTextRect().right() > 700


def test_code_tells_what_hides_in_it(view: Transcript) -> None:
    view.set_messages([answer("Inline `a\u200bb` and\n\n```\nif x\u202e: # \u2066\n👩\u200d👧 a\u200db\n```")])
    assert seen(parts(view, MarkdownView)[0]) == "Inline a⟨U+200B⟩b and"
    assert seen(parts(view, CodeText)[0]) == "if x⟨U+202E⟩: # ⟨U+2066⟩\n👩\u200d👧 a⟨U+200D⟩b"


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("$x$", "x"),
        ("$3 + 4 = 7$", "3 + 4 = 7"),
        ("$x$\uff0c", "x"),
        ("$$ a $$", "a"),
        ("\\[a\n=b\\]", "a\n=b"),
        ("$5 and $10", ""),
        ("$5 and 10$.", ""),
        ("$5-$7", ""),
        ("$HOME/$USER", ""),
        ("$ x $", ""),
        ("$x\n+y$", ""),
        ("$x", ""),
        ("$$", ""),
        ("$$$$", ""),
        ("\\(x", ""),
    ],
)
def test_a_formula_is_closed_and_no_sum_of_money(text: str, formula: str) -> None:
    found = formula_at(text, 0)
    assert (found.latex if found else "") == formula


def test_a_code_block_is_as_high_as_its_lines_from_the_first(qtbot: QtBot, qapp: QApplication) -> None:
    before = qapp.styleSheet()
    theme.apply(qapp, theme.LIGHT)
    try:
        splitter = Splitter()
        splitter.feed("```python\nprint('Jg')\n```\n")
        splitter.finish()
        holder = QWidget()
        qtbot.addWidget(holder)
        view = CodeView(splitter.blocks[0], theme.LIGHT, holder)
        view.draw()
        first = view.height_at(400)
        view.setGeometry(0, 0, 400, first)
        holder.resize(400, 200)
        holder.show()
        QApplication.processEvents()
        assert view.height_at(400) == first
        assert view.text.viewport().height() == view.text.height_of_lines()
    finally:
        qapp.setStyleSheet(before)
