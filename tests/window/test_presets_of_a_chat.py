"""A chat's sampling in layers: settings, the model's values, a preset, its own; shown, changed, kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import ChatPrompt
from desktop_llm.layers import with_model_values
from desktop_llm.settings import Appearance, Sampling, Settings, prompts_file, settings_file
from desktop_llm.settings_file import read_settings
from desktop_llm.storage.prompts import Preset, PromptLibrary
from desktop_llm.ui.line_dialog import LineDialog
from desktop_llm.ui.session import ModelsChanged

SHORT = Settings(sampling=Sampling(top_k=60, max_tokens=4), appearance=Appearance(theme="light"))
Person = Any  # that of conftest.py


@pytest.fixture
def person(start: Callable[..., Person]) -> Person:
    return started(start, SHORT)


def started(start: Callable[..., Person], settings: Settings) -> Person:
    person = start(settings=settings)
    person.window._panel_button.click()
    person.sees(lambda: person.window.panel.presets.choice.count() >= 6)
    person.sees(lambda: person.window.panel._model is not None)
    return person


def picks(person: Person, name: str) -> None:
    choice = person.window.panel.presets.choice
    choice.activated.emit(choice.findText(name))


def shown(person: Person, name: str) -> tuple[Any, str]:
    """A value, and what is said of where it comes from."""
    row = person.window.panel.sampling.row(name)
    return row.value, row._origin.text()


def sets(person: Person, name: str, value: Any) -> None:
    person.window.panel.sampling.row(name)._control.setValue(value)


def names(person: Person, line: str) -> None:
    """Answers the dialog that asks for a name."""
    person.sees(lambda: [each for each in person.window.findChildren(LineDialog) if each.isVisible()])
    (dialog,) = [each for each in person.window.findChildren(LineDialog) if each.isVisible()]
    dialog.line.setText(line)
    dialog.keep.click()


def test_each_value_tells_where_it_comes_from_and_goes_back_to_what_is_below(person: Person) -> None:
    assert shown(person, "top_k") == (60, "From your settings") and shown(person, "top_p") == (0.95, "")
    picks(person, "Creative")
    assert shown(person, "top_k") == (0, "From the preset") and shown(person, "temperature") == (1.1, "From the preset")
    sets(person, "temperature", 0.5)
    assert shown(person, "temperature") == (0.5, "Of this chat")
    panel = person.window.panel
    assert panel.presets.choice.currentText() == "Creative, changed"
    assert "Of this chat" in panel.sampling.row("temperature")._control.accessibleDescription()
    panel.sampling.row("temperature")._reset.click()
    assert shown(person, "temperature") == (1.1, "From the preset")
    assert panel.presets.choice.currentText() == "Creative"
    panel._reset.click()
    assert shown(person, "top_k") == (60, "From your settings") and panel.presets.choice.currentText() == "No preset"


def test_an_answer_is_made_with_the_preset_and_the_chat_keeps_it(person: Person) -> None:
    picks(person, "Precise")
    sets(person, "top_k", 7)
    person.writes("Hi")
    person.sees_answers(1)
    made = person.stored()[-1].receipt.sampling
    assert (made.temperature, made.top_k, made.max_tokens) == (0.2, 7, 4)
    session, conversation = person.app.session, person.chat.conversation()
    kept = session.store.conversation(conversation)
    assert kept.prompt == ChatPrompt("", "precise", {"top_k": 7})
    person.window.new_chat()
    person.sees(lambda: person.window.panel.presets.choice.currentText() == "No preset")
    person.window.show_conversation(conversation)
    person.sees(lambda: person.window.panel.presets.choice.currentText() == "Precise, changed")


def test_a_preset_chosen_anew_leaves_what_it_does_not_name(person: Person) -> None:
    sets(person, "temperature", 0.5)
    sets(person, "seed", 9)
    picks(person, "Coding")
    assert shown(person, "temperature") == (0.2, "From the preset") and shown(person, "seed") == (9, "Of this chat")


def test_what_a_new_chat_is_to_have_stays_while_one_looks_at_another(person: Person) -> None:
    person.writes("Hi")
    person.sees_answers(1)
    before = person.chat.conversation()
    person.window.new_chat()
    picks(person, "Coding")
    person.window.show_conversation(before)
    person.sees(lambda: person.window.panel.presets.choice.currentText() == "No preset")
    person.window.new_chat()
    assert person.window.panel.presets.choice.currentText() == "Coding"
    person.writes("And now")
    person.sees(lambda: person.chat.conversation() not in (None, before))
    chat = person.chat.conversation()
    person.sees(lambda: person.app.session.store.conversation(chat).preset == "coding")


def test_what_a_chat_has_is_saved_as_a_preset_which_it_then_has(person: Person) -> None:
    panel = person.window.panel
    assert not panel.presets.save_as.isEnabled()
    picks(person, "Coding")
    sets(person, "top_k", 5)
    panel.presets.save_as.trigger()
    names(person, "  My\ncoding ")
    person.sees(lambda: panel.presets.choice.currentText() == "My coding")
    (own,) = PromptLibrary(prompts_file()).own().presets
    assert own.sampling["top_k"] == 5 and own.sampling["temperature"] == 0.2
    assert panel.prompt == ChatPrompt("", own.key, {}) and shown(person, "top_k") == (5, "From the preset")
    sets(person, "top_k", 6)
    panel.presets.save_changes.trigger()
    person.sees(lambda: PromptLibrary(prompts_file()).own().presets[0].sampling["top_k"] == 6)
    person.sees(lambda: panel.prompt == ChatPrompt("", own.key, {}))


def test_one_is_renamed_duplicated_deleted_and_brought_back(person: Person) -> None:
    panel, window = person.window.panel, person.window
    PromptLibrary(prompts_file()).save(Preset("Mine", {"top_k": 3}, id="mine"))
    person.app.worker.submit(person.app.session.tell_prompts)
    person.sees(lambda: panel.presets.choice.findText("Mine") > 0)
    picks(person, "Mine")
    sets(person, "seed", 4)
    panel.presets.rename.trigger()
    names(person, "Ours")
    person.sees(lambda: panel.presets.choice.currentText() == "Ours, changed")
    panel.presets.duplicate.trigger()
    person.sees(lambda: panel.presets.choice.currentText() == "Ours (2), changed")
    assert panel.prompt.preset not in ("", "mine") and panel.prompt.sampling == {"seed": 4}
    picks(person, "Ours")
    panel.presets.delete.trigger()
    person.sees(lambda: panel.presets.choice.currentText() == "A preset that was deleted, changed")
    assert shown(person, "top_k") == (60, "From your settings")
    person.sees(lambda: "“Ours” was deleted" in window.notice.text())
    window.notice._action.click()
    person.sees(lambda: panel.presets.choice.currentText() == "Ours, changed")
    assert shown(person, "top_k") == (3, "From the preset")


def test_a_preset_goes_into_a_file_and_comes_out_of_it(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, file = person.window.panel, tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    picks(person, "Creative")
    panel.presets.export.trigger()
    person.sees(lambda: f"{file}.json" in person.window.notice.text())
    stored = json.loads(file.with_suffix(".json").read_text())
    assert [preset["name"] for preset in stored["presets"]] == ["Creative"] and stored["personas"] == []
    stored["presets"][0]["name"] = "Given"
    file.with_suffix(".json").write_text(json.dumps(stored))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (f"{file}.json", ""))
    panel.presets.import_.trigger()
    person.sees(lambda: panel.presets.choice.findText("Given") > 0)
    person.sees(lambda: "Taken over from the file: 1." in person.window.notice.text())
    file.with_suffix(".json").write_text('{"version": 9}')
    panel.presets.import_.trigger()
    person.sees(lambda: "newer version" in person.window.notice.text())


def test_what_cannot_be_saved_leaves_the_chat_what_it_had(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    sets(person, "top_k", 5)
    prompts_file().mkdir(parents=True)
    person.window.panel.presets.save_as.trigger()
    names(person, "Mine")
    person.sees(lambda: str(prompts_file()) in person.window.notice.text())
    assert person.window.panel.prompt == ChatPrompt("", "", {"top_k": 5})


def test_the_models_own_values_hold_in_every_chat_with_it(person: Person, starter: Path) -> None:
    panel = person.window.panel
    sets(person, "top_k", 5)
    panel.presets.save_for_model.trigger()
    person.sees(lambda: shown(person, "top_k") == (5, "From this model's values"))
    assert panel.prompt == ChatPrompt() and "Top\u2011k\u00a05" in panel.model_values.own._said.text()
    assert read_settings(settings_file()).model_sampling == {str(starter): {"top_k": 5}}
    person.writes("Hi")
    person.sees_answers(1)
    assert person.stored()[-1].receipt.sampling.top_k == 5
    panel.model_values.forget.click()
    person.sees(lambda: shown(person, "top_k") == (60, "From your settings"))
    assert panel.model_values.isHidden() and read_settings(settings_file()).model_sampling == {}


def test_the_authors_values_are_offered_and_taken(person: Person, starter: Path) -> None:
    panel, session = person.window.panel, person.app.session
    told = replace(session._models_changed(), recommended={"temperature": 0.6, "top_p": 0.9})
    assert isinstance(told, ModelsChanged)
    person.window.take(told)
    assert "Temperature\u00a00.6, Top\u2011p\u00a00.9" in panel.model_values.recommended._said.text()
    panel.model_values.take.click()
    person.sees(lambda: shown(person, "temperature") == (0.6, "From this model's values"))
    assert panel.model_values.recommended.isHidden() and "its author's values" in panel.model_values.own._said.text()
    assert read_settings(settings_file()).model_sampling == {str(starter): {"temperature": 0.6, "top_p": 0.9}}


def test_a_persona_brings_its_values_and_is_known_with_a_preset(start: Callable[..., Person], starter: Path) -> None:
    person = started(start, with_model_values(SHORT, starter, {"temperature": 0.3}))
    panel = person.window.panel
    panel.persona.activated.emit(panel.persona.findText("Programmer"))
    assert panel.persona.currentText() == "Programmer" and panel.prompt.sampling == {}
    picks(person, "Creative")
    assert panel.persona.currentText() == "Custom"
    panel.persona.activated.emit(panel.persona.findText("Programmer"))
    assert panel.prompt.sampling == {"temperature": 0.3} and panel.persona.currentText() == "Programmer"


def test_everything_that_can_be_used_has_a_name(person: Person, qtbot: QtBot) -> None:
    presets = person.window.panel.presets
    assert presets.choice.accessibleName() and presets.more.accessibleName()
    picks(person, "Coding")
    assert all(action.text() for action in presets.more.menu().actions() if not action.isSeparator())
