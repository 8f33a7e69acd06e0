"""Presets beside prompts and personas: found again by a key, shipped, handed on, taken over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.errors import StorageError
from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Sampling
from desktop_llm.storage.prompts import Persona, Preset, PromptLibrary, SavedPrompt, built_in

WILD = Preset("Wild", {"temperature": 1.8, "stop": ("END",)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prompts.json"


@pytest.fixture
def library(path: Path) -> PromptLibrary:
    return PromptLibrary(path)


def presets(library: PromptLibrary) -> dict[str, Preset]:
    return {preset.name: preset for preset in library.all(library.own()).presets}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_five_are_shipped_and_none_contradicts_itself(language: str) -> None:
    shipped = built_in(language).presets
    assert [preset.key for preset in shipped] == ["precise", "balanced", "creative", "coding", "translation"]
    for preset in shipped:
        assert preset.name and preset.sampling and not contradictions(replace(Sampling(), **preset.sampling))
    temperatures = [preset.sampling["temperature"] for preset in shipped]
    assert temperatures[0] < temperatures[1] < temperatures[2]


def test_a_saved_one_keeps_its_key_under_another_name(library: PromptLibrary, path: Path) -> None:
    kept = library.save(WILD)
    assert isinstance(kept, Preset) and kept.key and kept.sampling == WILD.sampling
    library.save(replace(kept, name="Wilder", sampling={"top_k": 3}), kept)
    (own,) = PromptLibrary(path).own().presets
    assert (own.key, own.name, own.sampling) == (kept.key, "Wilder", {"top_k": 3})
    other = library.save(replace(own, id=""))
    assert isinstance(other, Preset) and other.key != own.key and other.name == "Wilder (2)"


def test_a_shipped_one_is_changed_deleted_and_comes_back(library: PromptLibrary) -> None:
    coding = presets(library)["Coding"]
    changed = library.save(replace(coding, sampling={"temperature": 0.0}), coding)
    assert presets(library)["Coding"].sampling == {"temperature": 0.0} and changed.origin == "coding"
    library.delete(changed)
    assert "Coding" not in presets(library)
    library.save(changed)
    assert library.restore(changed) == coding and presets(library)["Coding"] == coding


def test_what_is_exported_is_taken_over_once(library: PromptLibrary, tmp_path: Path) -> None:
    kept, file = library.save(WILD), tmp_path / "wild.json"
    library.save(SavedPrompt("Not this", "…"))
    library.export(file, kept, presets(library)["Precise"])
    other = PromptLibrary(tmp_path / "other.json")
    assert other.import_file(file) == 1  # the shipped one is there
    (taken,) = other.own().presets
    assert (taken.name, taken.sampling) == ("Wild", WILD.sampling) and other.own().prompts == ()
    assert other.import_file(file) == 0 == library.import_file(file)


def test_a_file_of_a_newer_version_is_refused(library: PromptLibrary, tmp_path: Path) -> None:
    file = tmp_path / "newer.json"
    file.write_text('{"version": 9, "presets": [{"name": "x", "sampling": {"top_k": 1}}]}')
    with pytest.raises(StorageError, match="newer version"):
        library.import_file(file)
    assert library.own().presets == ()


def test_of_a_file_changed_by_hand_the_sound_values_stay(library: PromptLibrary, path: Path) -> None:
    library.save(WILD)
    stored = json.loads(path.read_text())
    stored["presets"][0]["sampling"] |= {"temperature": 99, "top_k": "many", "wobble": 3}
    stored["presets"] += [{"name": " ", "sampling": {}}, {"sampling": {}}, 3, {"name": "Bare", "sampling": None}]
    path.write_text(json.dumps(stored))
    own = library.own()
    assert [preset.name for preset in own.presets] == ["Wild", "Bare"] and library.notice is not None
    assert own.presets[0].sampling == {"temperature": 5.0, "stop": ("END",)}
    assert json.loads(path.with_suffix(".1.bad").read_text()) == stored
    assert PromptLibrary(path).own().presets == own.presets


def test_a_persona_of_before_has_all_the_values_it_had(library: PromptLibrary, path: Path) -> None:
    path.parent.mkdir()
    old = [{"name": "A", "system": "a", "sampling": {"top_k": 3}}, {"name": "B", "system": "b", "sampling": None}]
    path.write_text(json.dumps({"version": 1, "personas": old}))
    assert library.own().personas == (Persona("A", "a", {"top_k": 3}), Persona("B", "b")) and library.notice is None
