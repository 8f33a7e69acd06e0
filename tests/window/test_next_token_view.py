"""The bars of the next token: the model's own logits, reshaped as the sliders say, asked anew when the prompt is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop_llm.engine.client import Engine
from desktop_llm.reshaping import reshaped
from desktop_llm.settings import Appearance, Sampling, Settings
from desktop_llm.ui.next_token_view import SHOWN, TokenRow, percent, shown_of, visible

SHORT = Settings(sampling=Sampling(temperature=0.8, max_tokens=4), appearance=Appearance(theme="light"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every prompt of which the engine was asked what comes next."""
    prompts: list[Any] = []
    ask = Engine.next_tokens

    def noted(engine: Engine, prompt: Any, *how: Any, **options: Any) -> Any:
        prompts.append(prompt)
        return ask(engine, prompt, *how, **options)

    monkeypatch.setattr(Engine, "next_tokens", noted)
    return prompts


@pytest.fixture
def person(start: Callable[..., Any], starter: Path, asked: list[Any], qtbot: QtBot) -> Any:
    """Someone who has written, with a model in memory, and has not sent it."""
    person = start(settings=SHORT)
    person.sees(lambda: person.app.session.engine.facts)
    qtbot.keyClicks(person.chat.composer.edit, "Name the capital of France.")
    return person


def unfold(person: Any) -> Any:
    person.window.toggle_panel()
    view = person.window.panel.next_tokens
    view.fold.click()
    person.sees(lambda: shown_of(view.rows) and view._bars.isVisible())
    return view


def test_the_bars_are_what_the_sampling_makes_of_the_models_logits(person: Any, asked: list[Any]) -> None:
    view = unfold(person)
    ahead = person.app.session.engine.next_tokens(asked[-1]).result(60)
    chances = reshaped([token.logit for token in ahead.tokens], SHORT.sampling, ahead.spread)
    expected = [(visible(token), chance) for token, chance in zip(ahead.tokens, chances, strict=True)][:SHOWN]
    assert [text for text, _ in shown_of(view.rows)] == [text for text, _ in expected]
    assert [chance for _, chance in shown_of(view.rows)] == pytest.approx([chance for _, chance in expected], abs=0.02)
    assert f"{expected[0][0]}: " in view._bars.accessibleDescription()


def test_temperature_zero_leaves_one_bar_and_asks_the_engine_nothing(person: Any, asked: list[Any]) -> None:
    view = unfold(person)
    before = len(asked)
    assert len([chance for _, chance in shown_of(view.rows) if chance]) > 1
    person.window.panel.sampling.row("temperature")._control.setValue(0.0)
    person.sees(lambda: [chance for _, chance in shown_of(view.rows)] == [1.0] + [0.0] * (SHOWN - 1))
    session = person.app.session
    person.sees(lambda: session._new_prompt.sampling == {"temperature": 0.0})
    assert len(asked) == before


def test_what_is_not_in_the_picture_is_named(person: Any, asked: list[Any]) -> None:
    view = unfold(person)
    assert "Not in this picture" not in view.said()
    person.window.panel.sampling.row("logit_bias")._control.setPlainText(" the=5")
    person.sees(lambda: view.said().endswith("Not in this picture: Logit bias."))


def test_what_is_written_changes_the_tokens(person: Any, asked: list[Any], qtbot: QtBot) -> None:
    view = unfold(person)
    before = shown_of(view.rows)
    qtbot.keyClicks(person.chat.composer.edit, " Answer with a number only: what is two and two?")
    person.sees(lambda: shown_of(view.rows) != before)
    assert asked[-1].messages[-1].text.endswith("two and two?")
    person.writes("")
    person.sees_answers(1)
    person.sees(lambda: asked[-1].messages[-1].role == "assistant")


def test_nothing_is_asked_while_it_is_out_of_sight(person: Any, asked: list[Any], qtbot: QtBot) -> None:
    view = unfold(person)
    view.fold.click()
    before = len(asked)
    pausing = person.window.looking_ahead._typing
    qtbot.keyClicks(person.chat.composer.edit, " More.")
    assert not pausing.isActive()
    view.fold.click()
    person.sees(lambda: len(asked) == before + 1)
    person.window.toggle_panel()
    qtbot.keyClicks(person.chat.composer.edit, " And more.")
    assert not pausing.isActive() and len(asked) == before + 1


def test_no_model_is_loaded_for_it(person: Any, asked: list[Any], qtbot: QtBot) -> None:
    view = unfold(person)
    person.app.session.engine.unload()
    person.sees(lambda: "send a message to load it" in view.said())
    qtbot.keyClicks(person.chat.composer.edit, " More.")
    person.sees(lambda: not person.window.looking_ahead._typing.isActive())
    assert person.app.session.engine.facts is None
    person.writes("")
    person.sees_answers(1)
    person.sees(lambda: view._bars.isVisible())


def test_where_nothing_is_said_it_tells_what_to_do(start: Callable[..., Any], starter: Path) -> None:
    person = start(settings=SHORT)
    person.sees(lambda: person.app.session.engine.facts)
    person.window.toggle_panel()
    view = person.window.panel.next_tokens
    view.fold.click()
    person.sees(lambda: "Write a message" in view.said())


def test_bars_grow_from_where_lines_begin(qtbot: QtBot) -> None:
    from desktop_llm.engine.messages import LikelyToken

    row = TokenRow()
    qtbot.addWidget(row)
    row.resize(260, 24)
    row.column = 80
    row.show_token(LikelyToken(" Paris\n", 5, 1.0, 0.5), 0.5, 1.0)
    assert row.text == "␣Paris⏎" and "50 %" in row.accessibleName()
    sides = {}
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        row.setLayoutDirection(direction)
        bar = row._visual(row._parts()[1])
        sides[direction] = row._length(bar, 0.5), bar
    ltr, bar = sides[Qt.LayoutDirection.LeftToRight]
    rtl, mirrored = sides[Qt.LayoutDirection.RightToLeft]
    assert ltr.left() == bar.left() and ltr.width() == pytest.approx(bar.width() / 2)
    assert rtl.right() == pytest.approx(mirrored.left() + mirrored.width()) and mirrored.left() < bar.left()


def test_a_share_is_told_as_exactly_as_it_matters() -> None:
    assert [percent(share) for share in (0.0, 0.0001, 0.034, 0.5, 1.0)] == ["0 %", "< 0.1 %", "3.4 %", "50 %", "100 %"]
