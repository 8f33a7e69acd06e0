"""What is wrong with grammars, schemas and samplings: told where they are written, and before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_llm.library import models
from desktop_llm.settings import Appearance, Sampling, Settings, settings_file
from desktop_llm.settings_file import read_settings
from desktop_llm.ui.field_row import FieldRow

LIGHT = Appearance(theme="light")
SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=LIGHT)
BOTH = Settings(sampling=Sampling(grammar='root ::= "a"', schema="{}"), appearance=LIGHT)
Start = Callable[..., Any]


def verdict(row: FieldRow) -> tuple[str, str]:
    """What is said at the field, and how it looks."""
    return (row._verdict.text(), row._verdict.objectName()) if row._verdict.isVisible() else ("", "")


def types(qtbot: QtBot, row: FieldRow, text: str) -> None:
    row._control.setFocus()
    qtbot.keyClick(row._control, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(row._control, Qt.Key.Key_Delete)
    qtbot.keyClicks(row._control, text)


@pytest.fixture
def opened(start: Start, starter: Path) -> Callable[..., Any]:
    """Someone with the settings of the chat in sight."""

    def person(settings: Settings = SHORT) -> Any:
        person = start(settings=settings)
        person.sees(lambda: person.chat.empty.isVisible())
        person.window.toggle_panel()
        return person

    return person


@pytest.mark.parametrize(
    ("name", "broken", "place", "right", "praise"),
    [
        ("grammar", "root ::= (", "line 1, column 11", 'root ::= "yes"', "This grammar is correct."),
        ("schema", '{"type": 5', "line 1, column 11", '{"type": "integer"}', "This JSON schema is correct."),
    ],
)
def test_what_is_wrong_is_said_where_it_is_written_until_it_is_put_right(
    name: str, broken: str, place: str, right: str, praise: str, opened: Callable[..., Any], qtbot: QtBot
) -> None:
    person = opened()
    row = person.window.panel.sampling.row(name)
    types(qtbot, row, broken)
    person.sees(lambda: place in verdict(row)[0] and verdict(row)[1] == "warning")
    assert verdict(row)[0] in row._control.accessibleDescription()
    types(qtbot, row, right)
    person.sees(lambda: verdict(row) == (praise, "muted"))
    types(qtbot, row, "")
    person.sees(lambda: verdict(row) == ("", ""))
    assert person.chat.doubt.isHidden()


def test_a_grammar_is_checked_where_there_is_no_model(
    start: Start, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(models, "_STARTER_PACKAGE", "no_such_package")
    person = start(settings=SHORT)
    person.sees(lambda: person.chat.empty.first_model.isVisible())
    person.window.toggle_panel()
    row = person.window.panel.sampling.row("grammar")
    types(qtbot, row, "root ::= word")
    person.sees(lambda: "there is no rule “word” (line 1, column 10)" in verdict(row)[0])
    assert person.app.session.engine.facts is None


def test_the_settings_page_tells_it_too_wherever_the_field_is_seen(opened: Callable[..., Any], qtbot: QtBot) -> None:
    person = opened()
    person.sees(lambda: person.window.models_page)
    person.window.show_settings("sampling")
    page = person.window.settings_page
    person.sees(lambda: all(part.made for part in page.views["sampling"].forms["sampling"].parts.values()))
    row = page.views["sampling"].forms["sampling"].row("grammar")
    types(qtbot, row, "root ::= [")
    person.sees(lambda: verdict(row)[1] == "warning")
    qtbot.keyClicks(page.search, "GBNF")
    person.sees(lambda: [found for found in page.found.rows.values() if verdict(found)[1] == "warning"])
    person.sees(lambda: read_settings(settings_file()).sampling.grammar == "root ::= [")


def test_a_sampling_that_contradicts_itself_is_told_before_anything_is_sent(opened: Callable[..., Any]) -> None:
    person = opened()
    doubt = person.chat.doubt
    person.window.toggle_panel()
    person.window.panel.sampling.row("xtc_probability")._control.setValue(0.5)
    person.sees(lambda: "XTC would do nothing" in doubt.text())
    doubt._close.click()
    assert doubt.text() == "" and not doubt.isVisible()
    person.window.panel.sampling.row("mirostat")._control.setCurrentIndex(1)
    person.sees(lambda: "Mirostat" in doubt.text())
    doubt.open.click()
    person.sees(lambda: person.window.panel.isVisible())
    person.writes("Hello")
    person.sees_answers(1)


def test_what_the_engine_would_refuse_is_not_sent_and_nothing_is_lost(start: Start, starter: Path) -> None:
    person = start(settings=BOTH)
    person.sees(lambda: "at once" in person.chat.doubt.text())
    person.writes("Say a.")
    person.sees(lambda: "Empty one of the two." in person.chat.notice.text())
    assert person.chat.composer.text() == "Say a." and person.stored() == [] and person.button() == "Send"
    person.chat.notice._action.click()
    panel = person.window.panel
    person.sees(lambda: panel.isVisible())
    panel.sampling.row("schema")._control.setPlainText("")
    person.sees(lambda: panel.prompt.sampling == {"schema": ""} and person.chat.doubt.text() == "")
    person.clicks_button()
    person.sees_answers(1)
    assert person.answers() == ["a"]


def test_a_grammar_that_is_wrong_is_told_where_it_is_folded_away(start: Start, starter: Path) -> None:
    person = start(settings=Settings(sampling=Sampling(grammar="root"), appearance=LIGHT))
    person.sees(lambda: "The grammar cannot be used" in person.chat.doubt.text())
    person.writes("Hello")
    person.sees(lambda: "The grammar cannot be used" in person.chat.notice.text())
    assert person.stored() == []
    person.chat.doubt.open.click()
    row = person.window.panel.sampling._rows["grammar"]
    person.sees(lambda: row._control.hasFocus() or not person.window.isActiveWindow())
    person.sees(lambda: verdict(row)[1] == "warning")
    person.sees(lambda: not row.visibleRegion().isEmpty())
