"""What was said earlier is put before the end of a conversation that is read already: nothing of that moves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.branches import END
from desktop_llm.conversation import Conversation, Message, Receipt
from desktop_llm.events import EarlierMessages
from desktop_llm.settings import Sampling, conversations_file
from desktop_llm.storage.assembling import Imported
from desktop_llm.storage.store import Store
from desktop_llm.ui import theme
from desktop_llm.ui.find_bar import FindBar
from desktop_llm.ui.selection import End, Selection
from desktop_llm.ui.transcript import Transcript

RECEIPT = Receipt("Qwen3 4B", "", "", Sampling(), 1, 4096, "cpu", 2, "engine")
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Transcript:
    theme.apply(qapp, theme.LIGHT)
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def chat(first: int, last: int) -> list[Message]:
    return [
        Message("user", f"Question {n}", n) if n % 2
        else Message("assistant", f"Answer {n} with a needle\n\nand *more*", n, receipt=RECEIPT)
        for n in range(first, last + 1)
    ]  # fmt: skip


def seen(view: Transcript) -> dict[int, QRect]:
    """The pieces in the window, and where they are."""
    window = view.viewport().rect()
    pieces = view.viewport().findChildren(QWidget)
    shown = [piece for piece in pieces if piece.isVisible()]
    places = {id(piece): QRect(piece.mapTo(view.viewport(), QPoint()), piece.size()) for piece in shown}
    return {piece: place for piece, place in places.items() if place.intersects(window)}


def names(view: Transcript) -> list[str]:
    pieces = [each.item.widget for each in view._placement.placed if each.item.block is not None]
    return [piece.accessibleName() for piece in pieces if piece is not None]


@pytest.mark.parametrize("place", ["at the end", "in the middle", "at the top"])
@pytest.mark.parametrize("first", [101, 102])
def test_nothing_moves_on_the_screen(view: Transcript, place: str, first: int) -> None:
    view.set_messages(chat(first, 160))
    bar = view.verticalScrollBar()
    if place != "at the end":
        bar.setValue(bar.maximum() // 2 if place == "in the middle" else 0)
    before, most, value = seen(view), bar.maximum(), bar.value()
    view.prepend(chat(1, first - 1))
    after = seen(view)
    assert {piece: after.get(piece) for piece in before} == before
    assert view.following == (place == "at the end")
    assert bar.maximum() > most + 100 * 20
    assert (bar.maximum() - bar.value()) == pytest.approx(most - value, abs=40)
    bar.setValue(0)
    assert names(view)[:2] == ["You, message 1", "Assistant, message 2"]


def test_what_is_shown_is_named_by_its_new_number(view: Transcript) -> None:
    view.set_messages(chat(101, 160))
    assert names(view)[-1] == "Assistant, message 60"
    view.prepend(chat(1, 100))
    assert names(view)[-1] == "Assistant, message 160"


def test_an_answer_goes_on_growing_where_it_was(view: Transcript, qtbot: QtBot) -> None:
    view.set_messages([*chat(101, 160), Message("assistant", "Be", 161, state="writing", receipt=RECEIPT)])
    view.append(161, "gun")
    view.prepend(chat(1, 100))
    assert view.message_text(161) == "Begun" and view.message_text(1) == "Question 1"
    qtbot.waitUntil(lambda: view._rows[-1].items[1].block.source == "Begun")  # type: ignore[union-attr]
    view.append(161, " anew")
    qtbot.waitUntil(lambda: view._rows[-1].items[1].block.source == "Begun anew")  # type: ignore[union-attr]
    view.add(Message("user", "And?", 162))
    assert names(view)[-1] == "You, message 162"


def test_the_hit_one_was_led_to_stays_and_counts_on(view: Transcript, qtbot: QtBot) -> None:
    bar = FindBar(view)
    qtbot.addWidget(bar)
    view.set_messages(chat(101, 160))
    bar.open()
    bar.field.setText("needle")
    bar.previous.click()
    place, before = int(bar.count.text().split()[0]), seen(view)
    view.prepend(chat(1, 100))
    assert bar.count.text() == f"{place + 50} of 80"
    assert seen(view) == before
    view.show_hit(0)
    assert "Assistant, message 2" in names(view)


def copied(view: Transcript) -> str:
    QGuiApplication.clipboard().clear()
    view.selecting._copy()
    return QGuiApplication.clipboard().text()


def test_what_is_selected_stays_so(view: Transcript) -> None:
    view.set_messages(chat(101, 160))
    view.selecting._select(Selection(anchor=End(57, 0, 7), head=End(58, 0, 8)))
    before = copied(view)
    assert before.startswith("158 with a needle\n") and before.endswith("\nand more\n\nQuestion")
    view.prepend(chat(1, 100))
    assert copied(view) == before
    view.show_message(1)
    view.follow()
    assert copied(view) == before


def test_who_selected_all_has_selected_what_comes_too(view: Transcript) -> None:
    view.set_messages(chat(101, 160))
    view.selecting.select_all()
    view.prepend(chat(1, 100))
    assert copied(view).startswith("Question 1\n") and "Question 159" in copied(view)
    view.set_messages(chat(101, 160))
    view.selecting._select(Selection(range(3, 5)))
    view.prepend(chat(1, 100))
    assert view.selecting.now == Selection(range(103, 105))


@pytest.mark.parametrize("last", [50, 100, 130])
def test_what_is_left_out_is_marked_in_both_parts_and_told_once(view: Transcript, last: int) -> None:
    view.set_messages(chat(101, 160))
    view.set_left_out(range(1, last + 1), "They greeted.")
    view.set_no_room([last + 1])
    view.prepend(chat(1, 100))
    assert [row.unsent for row in view._rows] == ["left out"] * last + ["no room"] + [""] * (159 - last)
    assert [(row.number, row.stands_for) for row in view._rows if row.stands_for] == [(last + 1, last)]
    view.show_message(last + 1)
    told = [label.text() for label in view.viewport().findChildren(QLabel) if label.isVisible()]
    assert any(f"The {last} messages above are not sent" in text for text in told)


# ---- in the program


def store(*chats: int) -> list[int]:
    """The last of them changed last."""
    with closing(Store(conversations_file())) as kept:
        messages = [[Message(m.role, m.text, m.id, m.id - 1) for m in chat(1, count)] for count in chats]
        imported = [Imported(Conversation(0, f"Chat {n}", n + 1.0), each) for n, each in enumerate(messages)]
        return [conversation.id for conversation in kept.import_all(imported)]


def texts(person: Any) -> list[str]:
    return [row.text for row in person.chat.transcript._rows]


def test_a_long_conversation_is_there_in_the_end_whole(start: Start, starter: Path) -> None:
    (chat_,) = store(700)
    person = start()
    shown: list[int] = []
    person.chat.transcript.found_before.connect(lambda _: shown.append(len(person.chat.transcript._rows)))
    person.sees(lambda: person.titles() == ["Chat 0"])
    person.chat.transcript.find_text("Answer")
    person.goes_to(0)
    person.sees(lambda: len(texts(person)) == 700)
    assert texts(person) == [message.text for message in chat(1, 700)]
    assert shown == [700], "its end was shown before"
    assert person.chat.transcript.following and person.chat.conversation() == chat_


def test_what_is_told_twice_or_of_another_conversation_is_let_go(start: Start, starter: Path) -> None:
    (chat_,) = store(700)
    person = start()
    person.sees(lambda: person.titles() == ["Chat 0"])
    told = [EarlierMessages(number, first, tuple(chat(1, 3))) for number in (chat_, 99) for first in (501, 502)]
    person.chat.show_conversation(chat_)
    for event in told:
        person.chat.take(event)
    person.sees(lambda: texts(person)[:1] == ["Question 501"])
    for event in told[1:]:
        person.chat.take(event)
    person.sees(lambda: len(texts(person)) == 700)
    for event in told:
        person.chat.take(event)
    assert texts(person) == [message.text for message in chat(1, 700)]


def test_one_is_led_to_what_was_found_in_the_earlier_part(start: Start, starter: Path) -> None:
    (chat_,) = store(700)
    person = start()
    person.sees(lambda: person.titles() == ["Chat 0"])
    sought = person.app.session.store.messages(chat_)[9].id
    person.chat.show_conversation(chat_, sought)
    person.sees(lambda: "Assistant, message 10" in names(person.chat.transcript))
    assert len(texts(person)) == 700 and not person.chat.transcript.following


def test_another_conversation_opened_meanwhile_is_the_one_that_is_shown(start: Start, starter: Path) -> None:
    one, other = store(700, END + 60)
    person = start()
    person.sees(lambda: len(person.titles()) == 2)
    for chat_ in (one, other, one, other):
        person.chat.show_conversation(chat_)
        person.sees(lambda: len(texts(person)) >= END)
    person.sees(lambda: len(texts(person)) == END + 60)
    person.chat.show_conversation(one)
    person.chat.show_conversation(one)
    person.sees(lambda: len(texts(person)) == 700)
    assert texts(person) == [message.text for message in chat(1, 700)]
