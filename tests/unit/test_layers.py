"""Of several layers the later one's value holds, and it is told which one that is."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from desktop_llm.fields import plain, revive, sound
from desktop_llm.layers import Layers, differing, model_values, with_model_values
from desktop_llm.settings import Sampling, Settings
from desktop_llm.settings_file import open_settings, read_settings, write_settings

MODEL = Path("/m/\udcff.gguf")
ALL = Layers(
    Sampling(top_k=1, top_p=0.1, min_p=0.1, temperature=0.1), {"top_p": 0.2, "min_p": 0.2, "temperature": 0.2},
    {"min_p": 0.3, "temperature": 0.3}, {"temperature": 0.4},
)  # fmt: skip


def test_each_layer_goes_over_the_one_before() -> None:
    assert ALL.sampling == Sampling(temperature=0.4, min_p=0.3, top_p=0.2, top_k=1)
    assert ALL.below_chat == Sampling(temperature=0.3, min_p=0.3, top_p=0.2, top_k=1)
    names = ("seed", "top_k", "top_p", "min_p", "temperature")
    assert [ALL.layer(name) for name in names] == ["default", "settings", "model", "preset", "chat"]


def test_what_a_chat_has_as_it_would_be_anyway_is_not_its_own() -> None:
    changed = ALL.with_chat({"temperature": 0.3, "seed": 5})
    assert changed.chat == {"seed": 5} and changed.layer("temperature") == "preset"


def test_all_in_which_two_differ_makes_one_of_the_other() -> None:
    one, other = Sampling(stop=("a",), mirostat="2"), Sampling(seed=3)
    found = differing(one, other)
    assert found == {"stop": ("a",), "mirostat": "2", "seed": -1} and replace(other, **found) == one


@pytest.mark.parametrize("given", [None, 3, [], "x", {"no": 1}, {"top_k": "many"}, {"top_p": float("nan")}, {3: 4}])
def test_what_no_sampling_can_have_is_dropped(given: object) -> None:
    assert sound(Sampling, given) == {}


def test_values_out_of_bounds_are_brought_within_and_others_stay_with_their_type() -> None:
    given = json.loads('{"top_k": -3, "temperature": 99, "stop": ["\\n", "x"], "ignore_end": true, "seed": 1.5}')
    assert sound(Sampling, given) == {"top_k": 0, "temperature": 5.0, "stop": ("\n", "x"), "ignore_end": True}


def test_a_value_of_each_field_is_sound_and_comes_back(tmp_path: Path) -> None:
    every = {field.name: getattr(Sampling(), field.name) for field in fields(Sampling)}
    assert sound(Sampling, json.loads(json.dumps(plain(every)))) == every
    settings = with_model_values(Settings(), MODEL, every)
    write_settings(tmp_path / "settings.json", settings)
    assert open_settings(tmp_path / "settings.json") == (settings, None)
    assert model_values(settings, MODEL) == every and model_values(settings, Path("/other")) == {}
    assert model_values(settings, None) == {} and with_model_values(settings, MODEL, {}) == Settings()
    assert revive(Settings, plain(settings)) == settings


def test_what_is_unsound_for_a_model_is_named_and_kept_aside(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"version": 1, "model_sampling": {"/a": {"top_k": 5, "min_p": 7, "no": 1}, "/b": [], "/c": {}}}')
    settings, notice = open_settings(file)
    assert settings.model_sampling == {"/a": {"top_k": 5, "min_p": 1.0}} and notice is not None
    for name in ("model_sampling./a.min_p", "model_sampling./a.no", "model_sampling./b"):
        assert name in notice.sentence()
    assert "top_k" not in notice.sentence() and (tmp_path / "settings.1.bad").exists()
    assert read_settings(file) == settings and open_settings(file)[1] is None
