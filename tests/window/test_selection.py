"""Selecting across messages with the pointer: what is selected, shown, kept while all else moves, and copied."""

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Message, Receipt, State
from desktop_llm.settings import Sampling
from desktop_llm.ui import theme
from desktop_llm.ui.code_view import CodeText
from desktop_llm.ui.segments import MarkdownView, PlainView, ReasoningView, TableView, TextView
from desktop_llm.ui.selection import End, Part, Selection
from desktop_llm.ui.transcript import Transcript

RECEIPT = Receipt("Qwen3 4B", "", "", Sampling(), 1, 4096, "cpu", 2, "engine")
LEFT, SHIFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PIECES = """Before the *code* it says

```python
x = 1
y = 2
```

between them

| Name | Count |
|------|------:|
| one  | 1 |
| two  | 2 |
| three  | 3 |

and after."""
T = TypeVar("T", TextView, MarkdownView, PlainView, TableView, CodeText, ReasoningView)


class Person:
    """Drags from words to words, as they are seen in the window."""

    def __init__(self, view: Transcript, qtbot: QtBot) -> None:
        self.view, self._qtbot = view, qtbot

    def point(self, words: str, after: int = 0) -> QPoint:
        """In the transcript's window, before the words, or `after` so many characters of them."""
        for text in [*self.view.viewport().findChildren(TextView), *self.view.viewport().findChildren(CodeText)]:
            cursor = text.document().find(words)
            if text.isVisible() and not cursor.isNull():
                cursor.setPosition(cursor.selectionStart() + after)
                return text.viewport().mapTo(self.view.viewport(), text.cursorRect(cursor).center())
        raise AssertionError(f"{words} is not to be seen")

    def presses(self, point: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        under = self.view.viewport().childAt(point) or self.view.viewport()
        QTest.mousePress(under.window().windowHandle(), LEFT, modifier, self.in_window(point))

    def moves(self, point: QPoint) -> None:
        """With the button held, as a window system tells of it."""
        QTest.mouseMove(self.view.window().windowHandle(), self.in_window(point))

    def releases(self, point: QPoint) -> None:
        QTest.mouseRelease(self.view.window().windowHandle(), LEFT, pos=self.in_window(point))

    def drags(self, start: QPoint, *stops: QPoint) -> None:
        self.presses(start)
        for stop in stops:
            self.moves(stop)
        self.releases(stops[-1])

    def in_window(self, point: QPoint) -> QPoint:
        return self.view.viewport().mapTo(self.view.window(), point)

    def copies(self) -> str:
        QGuiApplication.clipboard().clear()
        self._qtbot.keyClick(self.view.window().focusWidget() or self.view, Qt.Key.Key_C, CONTROL)
        return QGuiApplication.clipboard().text()

    def html(self) -> str:
        return str(QGuiApplication.clipboard().mimeData().html())

    def shown(self) -> list[str]:
        """What the window shows as selected, from top to bottom."""
        texts = [*parts(self.view, TextView), *parts(self.view, CodeText)]
        texts.sort(key=lambda text: text.mapTo(self.view, QPoint()).y())
        return [text.selected_text() for text in texts if text.textCursor().hasSelection()]

    def chooses(self, name: str) -> str:
        menu = self.view.selecting.menu_at(QPoint(5, 5))
        next(action for action in menu.actions() if action.text() == name).trigger()
        return QGuiApplication.clipboard().text()


def parts(view: Transcript, kind: type[T]) -> list[T]:
    """Those that are shown, from top to bottom."""
    found = [widget for widget in view.viewport().findChildren(kind) if widget.isVisible()]
    return sorted(found, key=lambda widget: widget.mapTo(view, QPoint()).y())


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[Transcript]:
    theme.apply(qapp, theme.LIGHT)
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(760, 560)
    made.show()
    qtbot.waitExposed(made)
    yield made
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def person(view: Transcript, qtbot: QtBot) -> Person:
    return Person(view, qtbot)


def user(text: str, id: int) -> Message:
    return Message("user", text, id)


def answer(text: str, id: int, state: State = "done") -> Message:
    return Message("assistant", text, id, state=state, reason=None if state == "writing" else "end", receipt=RECEIPT)


def chat(count: int) -> list[Message]:
    return [user(f"Question {n} of them", n) if n % 2 else answer(f"Answer {n} it **is**", n) for n in range(1, count)]


def test_what_lies_between_two_places_is_selected_whichever_comes_first() -> None:
    down, up = Selection(anchor=End(0, 1, 4), head=End(2, 0, 7)), Selection(anchor=End(2, 0, 7), head=End(0, 1, 4))
    for selection in (down, up):
        found = [selection.part(*where) for where in ((0, 0), (0, 1), (1, 5), (2, 0), (2, 1))]
        assert found == [None, Part(4), Part(), Part(0, 7), None]
        assert selection.is_across and selection.touched == range(3)
    assert not Selection(anchor=End(0, 1, 4), head=End(0, 1, 4))


def test_a_drag_runs_across_messages(view: Transcript, person: Person) -> None:
    view.set_messages(chat(5))
    person.drags(person.point("tion 1"), person.point("Answer 2"), person.point("tion 3", 4))
    assert person.shown() == ["tion 1 of them", "Answer 2 it is", "Question"]
    assert person.copies() == "tion 1 of them\n\nAnswer 2 it is\n\nQuestion"
    assert person.html() == "<p>tion 1 of them</p>\n<p>Answer 2 it <strong>is</strong></p>\n\n<p>Question</p>"
    assert person.chooses("Copy selection") == "tion 1 of them\n\nAnswer 2 it is\n\nQuestion"
    assert person.chooses("Copy as Markdown") == "Question 1 of them\n\nAnswer 2 it **is**\n\nQuestion 3 of them"
    person.drags(
        person.point("tion 3"), person.point("Answer 2") - QPoint(0, 25), person.point("tion 1") + QPoint(0, 40)
    )
    assert person.chooses("Copy as Markdown") == "Answer 2 it **is**\n\nQuestion 3 of them"


def test_a_drag_upwards_shrinks_back_and_is_let_go(view: Transcript, person: Person, qtbot: QtBot) -> None:
    view.set_messages(chat(5))
    start, far, near = person.point("tion 3", 4), person.point("tion 1"), person.point("2 it is", 5)
    person.presses(start)
    person.moves(far)
    assert person.shown() == ["tion 1 of them", "Answer 2 it is", "Question"]
    person.moves(near)
    assert person.shown() == ["is", "Question"]
    person.moves(person.point("3 of", 4))
    assert person.shown() == [" 3 of"]
    person.moves(far)
    person.releases(far)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert person.shown() == [] and person.copies() == ""
    person.drags(start, far)
    person.drags(near, near)
    assert person.shown() == [] and person.copies() == ""


def test_code_and_tables_take_part_by_characters_and_by_lines(view: Transcript, person: Person) -> None:
    view.resize(760, 900)
    view.set_messages([user("Show it", 1), answer(PIECES, 2)])
    person.drags(person.point("code"), person.point("two", 1))
    assert person.copies() == "code it says\n\nx = 1\ny = 2\n\nbetween them\n\nName\nCount\none\n1\ntwo\n2"
    html = person.html()
    assert "<p><em>code</em> it says</p>\n<pre><code>x = 1\ny = 2</code></pre>" in html
    assert html.endswith("<tr><td>two</td><td>2</td></tr></table>") and "three" not in html
    person.drags(person.point("two", 1), person.point("after", 5))
    assert person.copies() == "two\n2\nthree\n3\n\nand after"
    person.drags(person.point("after"), person.point("= 2"))
    assert person.copies() == "= 2\n\nbetween them\n\nName\tCount\none\t1\ntwo\t2\nthree\t3\n\nand "
    assert view.selecting.now.is_across


def test_it_scrolls_by_itself_and_what_is_far_away_stays_selected(
    view: Transcript, person: Person, qtbot: QtBot
) -> None:
    view.set_messages(chat(60))
    bar = view.verticalScrollBar()
    start = person.point("tion 59", 4)
    person.presses(start)
    above = QPoint(start.x(), -150)
    person.moves(above)
    qtbot.waitUntil(lambda: bar.value() == 0 and len(parts(view, PlainView)[0].selected_text()) > 0, timeout=30_000)
    person.releases(above)
    value = bar.value()
    assert not view.selecting._timer.isActive() and "Question 1 of them" in person.shown()
    copied = person.copies()
    assert copied.endswith("Answer 58 it is\n\nQuestion") and copied.count("\n\n") == 58
    view.show_message(30)
    assert len(person.shown()) > 5 and bar.value() > value
    view.follow()
    assert person.shown()[-2:] == ["Answer 58 it is", "Question"]


def test_it_lives_on_while_an_answer_is_written_below(view: Transcript, person: Person, qtbot: QtBot) -> None:
    for message in (*chat(4), answer("It grows", 4, "writing")):
        view.add(message)
    person.presses(person.point("tion 3"))
    person.moves(person.point("grows", 2))
    for _ in range(3):
        view.append(4, " and\n\n- **on**")
    qtbot.waitUntil(lambda: not view._stale and "and" in parts(view, MarkdownView)[-1].toPlainText())
    assert person.shown() == ["tion 3 of them", "It gr"]
    person.moves(person.point("tion 3", 4))
    assert person.shown() == ["tion"]
    person.releases(person.point("tion 3", 4))
    view.finish(answer("It is new", 4))
    assert person.shown() == ["tion"] and person.copies() == "tion"


def test_formulas_are_copied_as_they_were_written_and_may_be_drawn_meanwhile(
    view: Transcript, person: Person, qtbot: QtBot
) -> None:
    view.set_messages([answer("Of $a_9^2$ 😀 and $b_9$ we know", 1), user("What\u202e ?", 2), user("Last", 3)])
    person.drags(person.point("and", 3), person.point("ast"))
    qtbot.waitUntil(lambda: parts(view, MarkdownView)[0].toPlainText().count("\ufffc") == 2, timeout=30_000)
    assert person.shown() == [" $b_9$ we know", "What\u202e ?", "L"]
    assert person.copies() == " $b_9$ we know\n\nWhat\u202e ?\n\nL"
    person.drags(person.point("ast"), person.point("Of", 1))
    assert person.copies() == "f $a_9^2$ 😀 and $b_9$ we know\n\nWhat\u202e ?\n\nL"
    assert person.html().startswith("<p>f $a_9^2$ 😀 and $b_9$ we know</p>")


def test_folded_reasoning_is_passed_over_and_unfolded_is_not(view: Transcript, person: Person) -> None:
    view.set_messages([user("Why?", 1), answer("<think>\nHm so.\n</think>\n\nBecause.", 2), user("Ah", 3)])
    person.drags(person.point("hy"), person.point("Ah", 1))
    assert person.copies() == "hy?\n\nBecause.\n\nA"
    parts(view, ReasoningView)[0]._button.click()
    assert person.copies() == "hy?\n\nHm so.\n\nBecause.\n\nA"


def test_lists_keep_their_marks_in_rich_text(view: Transcript, person: Person) -> None:
    view.set_messages([answer("See:\n\n1. one\n2. two\n   - a `b`\n\n[end](https://e.x/) it", 1), user("Well", 2)])
    person.drags(person.point("two", 1), person.point("ell"))
    assert person.copies()
    html = person.html().replace("\n", "")
    assert html.startswith('<ol start="2"><li>wo</li><ul><li>a <code>b</code></li></ul></ol>')
    assert '<p><a href="https://e.x/">end</a> it</p><p>W</p>' in html


def test_one_text_is_selected_as_ever_and_kept_when_it_is_far_away(
    view: Transcript, person: Person, qtbot: QtBot
) -> None:
    view.set_messages(chat(60))
    point = person.point("Answer 58")
    person.drags(point, point + QPoint(20, 0), person.point("Answer 58", 6))
    assert person.shown() == ["Answer"] and person.copies() == "Answer"
    assert not person.html()
    view.show_message(1)
    assert person.shown() == []
    assert person.copies() == "Answer"
    view.follow()
    assert person.shown() == ["Answer"]
    text = next(text for text in parts(view, PlainView) if "59" in text.toPlainText())
    inside = text.cursorRect(text.document().find("them")).center() + QPoint(4, 0)
    qtbot.mouseClick(text.viewport(), LEFT, pos=inside)
    qtbot.mouseDClick(text.viewport(), LEFT, pos=inside)
    assert person.shown() == ["them"]
    qtbot.mousePress(text.viewport(), LEFT, pos=inside)
    assert person.shown() == ["Question 59 of them"]


def test_with_shift_it_reaches_to_another_piece_of_the_message(view: Transcript, person: Person) -> None:
    view.resize(760, 900)
    view.set_messages([user("Show it", 1), answer(PIECES, 2)])
    point = person.point("says")
    person.drags(point, point)
    person.presses(person.point("between", 7), SHIFT)
    person.releases(person.point("between", 7))
    assert person.copies() == "says\n\nx = 1\ny = 2\n\nbetween"


def test_it_runs_from_right_to_left(view: Transcript, person: Person, qapp: QApplication) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view.set_messages([user("שלום עולם", 1), answer("מה שלומך היום", 2), user("טוב", 3)])
    person.drags(person.point("עולם"), person.point("היום", 2))
    assert person.shown() == ["עולם", "מה שלומך הי"]
    assert person.copies() == "עולם\n\nמה שלומך הי"


def test_the_selection_has_the_colour_of_all_selections(view: Transcript, person: Person, qapp: QApplication) -> None:
    for chosen in (theme.LIGHT, theme.DARK):
        theme.apply(qapp, chosen)
        view.set_theme(chosen)
        view.set_messages(chat(5))
        person.drags(person.point("tion 1"), person.point("tion 3", 4))
        point = person.point("Answer 2")
        image = view.viewport().grab().toImage()
        colours = {image.pixelColor(point.x() + x, point.y() - 6).name() for x in range(30)}
        assert chosen.accent in colours
