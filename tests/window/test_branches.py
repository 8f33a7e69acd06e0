"""Saying something else, another answer, going on: nothing is erased, and the window shows one branch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from tiny_gguf import CHATML, write_tiny

from desktop_llm.settings import Appearance, Sampling, Settings
from desktop_llm.ui.trash_dialog import TrashDialog

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


@pytest.fixture
def talked(start: Start, starter: Path) -> Any:
    """Someone who has asked one question and been answered."""
    person = start(settings=SHORT)
    person.writes("Name a colour.")
    person.sees_answers(1)
    return person


def shown(person: Any) -> list[str]:
    return [row.text for row in person.chat.transcript._rows]


def ids(person: Any) -> list[int]:
    return [row.message.id for row in person.chat.transcript._rows]


def acts(person: Any, action: str, place: int) -> None:
    """Presses one of the buttons at a message."""
    person.chat._act(action, person.chat.transcript._rows[place].message)


def test_another_answer_stands_beside_the_first_and_both_can_be_seen(talked: Any) -> None:
    first = ids(talked)[1]
    acts(talked, "regenerate", 1)
    talked.sees(lambda: talked.button() == "Send" and len(ids(talked)) == 2 and ids(talked)[1] != first)
    second = ids(talked)[1]
    assert second != first and len(shown(talked)) == 2
    acts(talked, "previous", 1)
    talked.sees(lambda: ids(talked)[1] == first)
    acts(talked, "next", 1)
    talked.sees(lambda: ids(talked)[1] == second)


def test_a_question_said_otherwise_leaves_the_old_branch_whole(talked: Any, qtbot: QtBot) -> None:
    talked.chat.composer.set_text("half written")
    acts(talked, "edit", 0)
    assert talked.chat.composer.text() == "Name a colour."
    talked.chat.composer.set_text("Name a fruit.")
    qtbot.keyClick(talked.chat.composer.edit, Qt.Key.Key_Return)
    talked.sees(lambda: shown(talked)[:1] == ["Name a fruit."])
    talked.sees(lambda: talked.button() == "Send" and len(shown(talked)) == 2)
    assert talked.chat.composer.text() == "half written"
    acts(talked, "previous", 0)
    talked.sees(lambda: shown(talked)[0] == "Name a colour.")
    assert len(shown(talked)) == 2 and len(talked.stored()) == 4


def test_the_branch_that_is_shown_is_the_one_that_goes_on_also_after_a_restart(talked: Any, start: Start) -> None:
    first = ids(talked)[1]
    acts(talked, "regenerate", 1)
    talked.sees(lambda: talked.button() == "Send" and len(ids(talked)) == 2 and ids(talked)[1] != first)
    acts(talked, "previous", 1)
    talked.sees(lambda: ids(talked)[1] == first)
    conversation = talked.chat.conversation()
    again = start(settings=SHORT)
    again.sees(lambda: again.titles())
    again.window.show_conversation(conversation)
    again.sees(lambda: ids(again)[1:] == [first])
    again.writes("And another?")
    again.sees(lambda: again.button() == "Send" and len(shown(again)) == 4)
    stored = {message.id: message for message in again.stored()}
    assert stored[ids(again)[2]].parent == first


def test_an_answer_cut_short_is_gone_on_with(talked: Any) -> None:
    before = shown(talked)[1]
    acts(talked, "continue", 1)
    talked.sees(lambda: talked.button() == "Send" and len(shown(talked)[1]) > len(before))
    assert shown(talked)[1].startswith(before)
    stored = talked.stored()
    assert len(stored) == 2 and stored[1].text == shown(talked)[1]


def test_the_search_finds_what_was_said_and_leads_there(talked: Any, qtbot: QtBot) -> None:
    talked.window.new_chat()
    qtbot.keyClicks(talked.window.sidebar.search, "colour")
    talked.sees(lambda: "Name a colour." in talked.titles()[0])
    talked.goes_to(0)
    talked.sees(lambda: shown(talked)[:1] == ["Name a colour."])
    talked.window.sidebar.search.clear()
    talked.sees(lambda: talked.titles() == ["Name a colour."])


def test_a_chat_has_its_own_system_prompt_and_sampling(talked: Any, start: Start) -> None:
    window = talked.window
    window._panel_button.click()
    window.panel.system.setPlainText("Answer in French.")
    window.panel.sampling._rows["temperature"]._control.setValue(0.25)
    store, conversation = talked.app.session.store, talked.chat.conversation()
    talked.sees(lambda: store.conversation(conversation).system == "Answer in French.")
    assert store.conversation(conversation).sampling == {"temperature": 0.25}
    window.new_chat()
    talked.sees(lambda: window.panel.system.toPlainText() == "")
    window.show_conversation(conversation)
    talked.sees(lambda: window.panel.system.toPlainText() == "Answer in French.")


def test_pinned_chats_come_first_and_deleted_ones_lie_in_the_trash(talked: Any) -> None:
    window = talked.window
    first = talked.chat.conversation()
    window.new_chat()
    talked.writes("Second")
    talked.sees_answers(1)
    window.sidebar.pinned.emit(first, True)
    talked.sees(lambda: talked.titles() == ["Pinned", "Name a colour.", "Today", "Second"])
    window.delete(first)
    talked.sees(lambda: [gone.id for gone in window._trash] == [first])
    window.show_trash()
    dialog = window.findChildren(TrashDialog)[-1]
    dialog._restore.click()
    talked.sees(lambda: "Name a colour." in talked.titles())


def test_a_model_that_can_think_has_a_switch_for_it(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    asks = "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
    model = write_tiny(tmp_path / "thinks.gguf", changed={"tokenizer.chat_template": CHATML + asks})
    person = start(model=model, settings=SHORT)
    switch = person.chat.composer.think
    person.sees(lambda: switch.isVisible())
    person.writes("Hi")
    person.sees_answers(1)
    session, conversation = person.app.session, person.chat.conversation()

    def seen() -> str:
        prompt = session._runner.room.seen(conversation, session._asking(conversation))
        return "".join(piece.text for piece in prompt.pieces)

    assert "<think></think>" not in seen()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    person.sees(lambda: "<think></think>" in seen())
