"""What made an answer, and making it again: seen, copied, and told whether it is the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Message
from desktop_llm.settings import Appearance, Sampling, Settings
from desktop_llm.ui.answer_foot import AnswerFoot
from desktop_llm.ui.receipt_dialog import ReceiptDialog
from desktop_llm.ui.run_again import first_other_word
from desktop_llm.ui.segments import NameView

RANDOM = Settings(sampling=Sampling(temperature=1.0, max_tokens=8), appearance=Appearance(theme="light"))


@pytest.fixture
def talked(start: Callable[..., Any], starter: Path) -> Any:
    """Someone who has asked one question and been answered."""
    person = start(settings=RANDOM)
    person.writes("Name a colour.")
    person.sees_answers(1)
    return person


def answer(person: Any) -> Message:
    message: Message = person.chat.transcript._rows[-1].message
    return message


def menu(person: Any) -> dict[str, Any]:
    """What More offers at the last answer."""
    person.sees(lambda: person.chat.transcript._rows[-1].foot.widget)
    foot: AnswerFoot = person.chat.transcript._rows[-1].foot.widget
    foot._more.menu().aboutToShow.emit()
    return {action.text(): action for action in foot._more.menu().actions()}


def notice(person: Any) -> str:
    said: str = person.chat.notice.text()
    return said


def test_run_again_exactly_says_that_the_same_came(talked: Any) -> None:
    first = answer(talked)
    menu(talked)["Run again exactly"].trigger()
    talked.sees(lambda: notice(talked))
    assert notice(talked) == "The same answer came again, to the last byte."
    assert answer(talked).id != first.id
    talked.sees(lambda: answer(talked).text == first.text)


def test_what_came_out_differently_is_told_with_the_word_and_the_reason(talked: Any) -> None:
    compared = talked.chat.run_again._compared
    made = replace(answer(talked), text="one two three")
    other = replace(made, text="one too three")
    assert compared(made, other) == "It came out differently from word 2 on. The reason is not known."
    assert made.receipt
    hashed, changed = (replace(made.receipt, model_hash=hash * 64) for hash in "ab")
    said = compared(replace(made, receipt=hashed), replace(other, receipt=changed))
    assert "its SHA-256 is another" in said
    alone = compared(replace(made, receipt=replace(made.receipt, steps="")), other)
    assert "Other answers were being written beside the first one" in alone
    moved = compared(made, replace(other, receipt=replace(made.receipt, device="GPU 7")))
    assert "another device" in moved and "GPU 7" in moved
    cut_off = replace(made, text="one tw", state="stopped")
    assert "went on" in compared(cut_off, made)


def test_a_model_file_that_is_gone_is_told_and_another_can_be_chosen(
    start: Callable[..., Any], starter: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copy(starter, tmp_path / "mine.gguf"))
    person = start(moved, settings=RANDOM)
    person.writes("Name a colour.")
    person.sees_answers(1)
    moved.unlink()
    menu(person)["Run again exactly"].trigger()
    person.sees(lambda: "is gone" in person.window.notice.text())
    assert "Put it back there, or run the answer again with another model." in person.window.notice.text()


def test_the_name_above_an_answer_opens_its_receipt_by_mouse_and_by_key(talked: Any, qtbot: QtBot) -> None:
    name = talked.chat.transcript.findChild(NameView)
    assert name.button.accessibleName().endswith(": what made this answer")
    qtbot.mouseClick(name.button, Qt.MouseButton.LeftButton)
    dialog = talked.chat.findChild(ReceiptDialog)
    assert dialog.isVisible()
    dialog.accept()
    name.button.setFocus()
    qtbot.keyClick(name.button, Qt.Key.Key_Space)
    assert [each for each in talked.chat.findChildren(ReceiptDialog) if each.isVisible()]


def test_the_receipt_tells_all_that_made_the_answer_and_can_be_copied(talked: Any) -> None:
    menu(talked)["What made this answer"].trigger()
    dialog = talked.chat.findChild(ReceiptDialog)
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    made = answer(talked)
    assert made.receipt and made.tokens
    for part in (
        f"Model: {made.receipt.model}", "Quantization: Q4_1", made.receipt.model_path, f": {made.receipt.seed}",
        "Temperature: 1.0", "Longest answer: 8", "Top-k: 40", made.receipt.engine, made.receipt.device, "tokens/s",
        f"{made.tokens.generated} written",
    ):  # fmt: skip
        assert part in copied
    # What is not as usual stands before what is.
    assert copied.index("Temperature") < copied.index("Device") < copied.index("Top-k")


def test_run_again_exactly_is_in_the_receipt_too(talked: Any) -> None:
    first = answer(talked)
    menu(talked)["What made this answer"].trigger()
    dialog = talked.chat.findChild(ReceiptDialog)
    dialog.again.click()
    talked.sees(lambda: notice(talked))
    assert not dialog.isVisible()
    assert answer(talked).id != first.id


def test_another_model_answers_the_same_question_and_its_name_stands_above(
    start: Callable[..., Any], starter: Path, tmp_path: Path
) -> None:
    person = start(settings=RANDOM)
    person.writes("Name a colour.")
    person.sees_answers(1)
    copied = Path(shutil.copy(starter, tmp_path / "other.gguf"))
    person.app.worker.submit(person.app.session.add_model, copied)
    person.sees(lambda: "other" in [model.name for model in person.chat.run_again._models])
    others = menu(person)["Run again with"].menu()
    chosen = {action.text(): action for action in others.actions()}
    assert list(chosen) == ["other"]
    chosen["other"].trigger()
    person.sees(lambda: getattr(answer(person).receipt, "model", "") == "other" and person.button() == "Send")
    person.sees(lambda: person.chat.transcript.findChild(NameView).button.text() == "other")


def test_the_first_other_word_is_found() -> None:
    assert first_other_word("a b c", "a b d") == 3
    assert first_other_word("a bc", "a bd") == 2
    assert first_other_word("x", "y") == 1
    assert first_other_word("a b", "a b c") == 3
