"""A person and their prompts: found by a slash, filled in, kept; personas taken on and saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from desktop_llm.settings import Appearance, Sampling, Settings, prompts_file
from desktop_llm.storage.prompts import Persona, PromptLibrary, SavedPrompt, built_in
from desktop_llm.ui.line_list import Line, LineList
from desktop_llm.ui.prompts_dialog import PromptsDialog
from desktop_llm.ui.variables_dialog import VariablesDialog

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
REPLY = SavedPrompt("回复 mail", "Reply to {{who=Ann}} in a {{tone|kind|firm}} way:\n{{email}}\nThanks")
SIMPLE = SavedPrompt("Only text", "Nothing to fill in here")
Person = Any  # that of conftest.py
Start = Callable[..., Person]


@pytest.fixture
def person(start: Start) -> Person:
    """Someone with two prompts and a persona of their own, before a new chat."""
    library = PromptLibrary(prompts_file())
    for item in (REPLY, SIMPLE, Persona("Cold", "Be cold.", {"temperature": 0.1})):
        library.save(item)
    person = start(settings=SHORT)
    person.sees(lambda: person.window.panel.persona.findText("Cold") > 0)
    return person


def titles(lines: LineList) -> list[str]:
    return [row.title for row in lines._lines.rows if isinstance(row, Line)]


def types(person: Person, qtbot: QtBot, text: str) -> None:
    qtbot.keyClicks(person.chat.composer.edit, text)


def presses(person: Person, qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(person.chat.composer.edit, key)


def dialog(person: Person, kind: type) -> Any:
    """The dialog of that kind that is open, once it is."""

    def found() -> list[Any]:
        return [each for each in person.window.findChildren(kind) if each.isVisible()]

    person.sees(found)
    return found()[0]


def test_a_slash_opens_the_prompts_and_words_in_any_order_find_one(person: Person, qtbot: QtBot) -> None:
    picker, edit = person.chat.picker, person.chat.composer.edit
    types(person, qtbot, "/")
    assert picker.isVisible() and edit.hasFocus()
    assert titles(picker.list)[:2] == ["回复 mail", "Only text"] and titles(picker.list)[-1] == "Prompts and personas…"
    types(person, qtbot, "text only")
    assert titles(picker.list)[0] == "Only text"
    presses(person, qtbot, Qt.Key.Key_Tab)
    assert not picker.isVisible() and edit.toPlainText() == "Nothing to fill in here" and edit.hasFocus()
    edit.undo()
    assert edit.toPlainText() == "/text only"


def test_chinese_words_find_a_prompt_and_keys_go_round(person: Person, qtbot: QtBot) -> None:
    picker, edit = person.chat.picker, person.chat.composer.edit
    types(person, qtbot, "/")
    commit = QInputMethodEvent()
    commit.setCommitString("回复")
    QApplication.sendEvent(edit, commit)
    assert titles(picker.list) == ["回复 mail", "Prompts and personas…"]
    assert picker.list.current() == REPLY
    presses(person, qtbot, Qt.Key.Key_Up)
    presses(person, qtbot, Qt.Key.Key_Return)
    assert isinstance(dialog(person, PromptsDialog), PromptsDialog)


@pytest.mark.parametrize("text", ["a/", " /", "//", "/etc/hosts is what?"])
def test_other_slashes_open_nothing(person: Person, qtbot: QtBot, text: str) -> None:
    types(person, qtbot, text)
    assert not person.chat.picker.isVisible()
    assert person.chat.composer.edit.toPlainText() == ("/" if text == "//" else text)


def test_keys_belong_to_the_input_method_while_it_composes(person: Person, qtbot: QtBot) -> None:
    edit, picker = person.chat.composer.edit, person.chat.picker
    composing = QInputMethodEvent("ni", [])
    composing.setCommitString("/")
    QApplication.sendEvent(edit, composing)
    assert edit.toPlainText() == "/" and not picker.isVisible()
    edit.clear()
    QApplication.sendEvent(edit, QInputMethodEvent())
    types(person, qtbot, "/")
    QApplication.sendEvent(edit, QInputMethodEvent("hui", []))
    presses(person, qtbot, Qt.Key.Key_Return)
    assert picker.isVisible() and edit.toPlainText() == "/"


def test_escape_closes_the_prompts_and_stops_no_answer(person: Person, qtbot: QtBot) -> None:
    stopped = []
    person.chat.stop = lambda: stopped.append(True)
    types(person, qtbot, "/tex")
    presses(person, qtbot, Qt.Key.Key_Escape)
    assert not person.chat.picker.isVisible() and person.chat.composer.text() == "/tex" and not stopped
    types(person, qtbot, "t")
    assert not person.chat.picker.isVisible()


def test_what_a_prompt_leaves_open_is_asked_for_and_remembered(person: Person, qtbot: QtBot) -> None:
    edit = person.chat.composer.edit
    types(person, qtbot, "/mail")
    presses(person, qtbot, Qt.Key.Key_Return)
    asked = dialog(person, VariablesDialog)
    who, tone, email = (asked.fields[name] for name in ("who", "tone", "email"))
    assert isinstance(who, QLineEdit) and isinstance(tone, QComboBox) and isinstance(email, QPlainTextEdit)
    assert who.text() == "Ann" and [tone.itemText(row) for row in range(tone.count())] == ["kind", "firm"]
    who.setText("Bo")
    tone.setCurrentText("firm")
    email.setPlainText("Dear {{who}}")
    qtbot.keyClick(who, Qt.Key.Key_Return)
    person.sees(lambda: edit.toPlainText() == "Reply to Bo in a firm way:\nDear {{who}}\nThanks")
    person.sees(edit.hasFocus)
    edit.clear()
    types(person, qtbot, "/mail")
    presses(person, qtbot, Qt.Key.Key_Return)
    again = dialog(person, VariablesDialog)
    assert again.fields["who"].text() == "Bo" and again.fields["tone"].currentText() == "firm"
    again.reject()
    assert edit.toPlainText() == "/mail"


def test_the_button_puts_a_prompt_before_what_is_written(person: Person, qtbot: QtBot) -> None:
    composer = person.chat.composer
    composer.set_text("My article")
    qtbot.mouseClick(composer.prompts, Qt.MouseButton.LeftButton)
    assert person.chat.picker.isVisible()
    presses(person, qtbot, Qt.Key.Key_Down)
    presses(person, qtbot, Qt.Key.Key_Return)
    assert composer.text() == "Nothing to fill in here\n\nMy article"


def test_a_prompt_is_chosen_with_the_mouse(person: Person, qtbot: QtBot) -> None:
    person.chat.composer.prompts.click()
    lines = person.chat.picker.list
    place = lines.visualRect(lines.model().index(1, 0)).center()
    qtbot.mouseClick(lines.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert person.chat.composer.text() == "Nothing to fill in here"


def test_known_places_are_filled_in_by_themselves(person: Person, qtbot: QtBot) -> None:
    QApplication.clipboard().setText("from the clipboard")
    person.chat.filling.model = "Some model"
    used: list[str] = []
    person.chat.filling.fill("Known", "{{clipboard}}|{{model}}|{{date}}|{{time}}", used.append)
    copied, model, date, time = used[0].split("|")
    assert (copied, model) == ("from the clipboard", "Some model") and date and time and "{" not in date + time


def test_a_persona_shapes_the_answers_of_a_chat(person: Person, qtbot: QtBot, starter: Path) -> None:
    panel = person.window.panel
    person.window._panel_button.click()
    assert panel.persona.currentText() == "No persona" and not panel.save_persona.isEnabled()
    panel.persona.activated.emit(panel.persona.findText("Cold"))
    assert panel.persona.currentText() == "Cold" and panel.system.toPlainText() == "Be cold."
    person.writes("Hi")
    person.sees_answers(1)
    person.sees(lambda: panel.persona.currentText() == "Cold" and panel.sampling.group.temperature == 0.1)
    assert person.stored()[1].receipt.sampling.temperature == 0.1
    panel.system.appendPlainText("And brief.")
    assert panel.persona.currentText() == "Custom"
    panel.persona.activated.emit(0)
    assert panel.system.toPlainText() == "" and panel.sampling.group == SHORT.sampling
    panel.system.undo()
    assert panel.system.toPlainText() == "Be cold.\nAnd brief."


def test_a_persona_with_places_asks_and_is_known_again(person: Person, qtbot: QtBot) -> None:
    panel = person.window.panel
    service = built_in("en").personas[-1]
    panel.persona.activated.emit(panel.persona.findText(service.name))
    assert panel.persona.currentText() == "No persona"
    asked = dialog(person, VariablesDialog)
    asked.fields["company"].setText("Ann's")
    qtbot.keyClick(asked.fields["company"], Qt.Key.Key_Return)
    person.sees(lambda: panel.persona.currentText() == service.name)
    assert panel.system.toPlainText() == service.system.replace("{{company}}", "Ann's")


def test_what_a_chat_was_told_is_saved_as_a_persona(person: Person, qtbot: QtBot) -> None:
    panel = person.window.panel
    panel.system.setPlainText("Answer in rhymes.")
    panel.save_persona.click()
    name = next(iter(dialog(person, VariablesDialog).fields.values()))
    name.setText("Poet")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    person.sees(lambda: panel.persona.currentText() == "Poet")
    assert Persona("Poet", "Answer in rhymes.") in PromptLibrary(prompts_file()).own()
    panel.manage.click()
    shown = dialog(person, PromptsDialog)
    person.sees(lambda: shown.name.text() == "Cold")


def test_prompts_are_made_changed_deleted_and_brought_back(person: Person, qtbot: QtBot) -> None:
    person.window.show_prompts()
    shown = dialog(person, PromptsDialog)
    person.sees(lambda: titles(shown.list)[:3] == ["回复 mail", "Only text", "Summarize"])
    assert shown.name.text() == "回复 mail" and not shown.save.isEnabled()

    shown.new_prompt.click()
    qtbot.keyClicks(shown.name, "Only text")
    shown.text.setPlainText("Fresh")
    shown.save.click()
    person.sees(lambda: "Only text (2)" in titles(shown.list) and shown.name.text() == "Only text (2)")

    shown.text.setPlainText("Changed and left")
    summarize = built_in("en").prompts[0]
    shown.list.choose(summarize)
    assert shown.name.text() == "Summarize"
    shown.text.setPlainText("Sum up:")
    shown.save.click()
    person.sees(lambda: shown.restore.isVisible())
    shown.restore.click()
    person.sees(lambda: shown.text.toPlainText() == summarize.text and not shown.restore.isVisible())

    shown.delete.click()
    person.sees(lambda: "Summarize" not in titles(shown.list) and shown.show_hidden.isVisible())
    shown.notice._action.click()
    person.sees(lambda: shown.name.text() == "Summarize" and not shown.show_hidden.isVisible())
    shown.accept()
    person.chat.composer.edit.clear()
    types(person, qtbot, "/changed left")
    assert titles(person.chat.picker.list)[0] == "Only text (2)"


def test_what_is_being_written_is_kept_when_the_dialog_is_closed(person: Person, qtbot: QtBot) -> None:
    person.window.show_prompts()
    shown = dialog(person, PromptsDialog)
    person.sees(lambda: shown.name.text() == "回复 mail")
    shown.new_persona.click()
    assert shown.text.accessibleName() == "System prompt"
    shown.text.setPlainText("Speak like a pirate.")
    qtbot.keyClick(shown.text, Qt.Key.Key_Escape)
    person.sees(lambda: person.window.panel.persona.findText("Speak like a pirate.") > 0)


def test_what_cannot_be_kept_is_said_and_can_be_kept_later(person: Person, qtbot: QtBot) -> None:
    person.window.show_prompts()
    shown = dialog(person, PromptsDialog)
    person.sees(lambda: shown.name.text() == "回复 mail")
    shown.list.choose(SIMPLE)
    kept = prompts_file().read_bytes()
    prompts_file().unlink()
    prompts_file().mkdir()
    shown.text.setPlainText("Other text")
    shown.save.click()
    person.sees(lambda: "prompts.json" in shown.notice.text() and shown.save.isEnabled())
    prompts_file().rmdir()
    prompts_file().write_bytes(kept)
    shown.save.click()
    person.sees(lambda: SavedPrompt("Only text", "Other text") in shown._own)
    assert SIMPLE not in shown._own and shown.text.toPlainText() == "Other text"


def test_prompts_travel_in_a_file(person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.json"
    person.window.show_prompts()
    shown = dialog(person, PromptsDialog)
    person.sees(lambda: shown.export.isEnabled())
    monkeypatch.setattr("desktop_llm.ui.prompts_dialog.QFileDialog.getSaveFileName", lambda *_: (str(file), ""))
    shown.export.click()
    person.sees(lambda: str(file) in shown.notice.text())
    assert [prompt["name"] for prompt in json.loads(file.read_text())["prompts"]] == ["回复 mail", "Only text"]
    monkeypatch.setattr("desktop_llm.ui.prompts_dialog.QFileDialog.getOpenFileName", lambda *_: (str(file), ""))
    shown.import_.click()
    person.sees(lambda: "already" in shown.notice.text())
    shown.list.choose(SIMPLE)
    shown.delete.click()
    person.sees(lambda: "Only text" not in titles(shown.list))
    shown.import_.click()
    person.sees(lambda: "Only text" in titles(shown.list) and "1 " in shown.notice.text())
