"""What a settings page is made of, apart from the window: the words of a search, lines, headings, sizes on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.fields import plain, revive
from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Appearance, Loading, Privacy, Sampling, Settings, models_folder, states_folder
from desktop_llm.ui.disk_use import disk_use
from desktop_llm.ui.field_controls import line_of, text_of
from desktop_llm.ui.group_problems import headings, problems_by_heading
from desktop_llm.ui.settings_sections import field_of, found, is_changed, places, sections


def names(query: str) -> set[str]:
    settings = Settings()
    return {place.name for place in places(settings, sections()) if found(settings, place, query)}


def test_a_search_looks_at_label_help_heading_name_and_choices() -> None:
    assert {"temperature", "temperature_range", "temperature_exponent", "samplers"} <= names("temperature")
    assert "seed" in names("another seed for each answer")
    assert "top_k" in names("which words possible") and "top_k" in names("top-k") and "top_k" in names("TOP_K")
    assert names("简体") == {"language"} and names("q8_0") == {"cache_type"}
    assert names("temperature nonsense") == set()


def test_every_setting_has_a_section() -> None:
    everywhere = list(places(Settings(), sections()))
    groups = {place.group for place in everywhere}
    assert groups == {name for name, group in vars(Settings()).items() if hasattr(group, "__dataclass_fields__")}
    assert len(everywhere) == len(set(everywhere)) > 50


def test_what_is_not_as_usual_is_changed() -> None:
    settings = Settings(loading=Loading(threads=2), privacy=Privacy(offline=True), appearance=Appearance(text_size=100))
    assert {p.name for p in places(settings, sections()) if is_changed(settings, p)} == {"threads", "offline"}


@pytest.mark.parametrize("text", ["END", "\n\n", "a\\n", "\\", "\\\\n\t", "a\\", " é 完了\r"])
def test_any_text_can_be_written_on_a_line(text: str) -> None:
    assert "\n" not in line_of(text)
    assert text_of(line_of(text)) == text


def test_a_backslash_before_another_letter_is_one() -> None:
    assert text_of("C:\\dir\\") == "C:\\dir\\"


def test_fields_stand_under_their_headings_as_declared() -> None:
    found_headings = headings(Sampling)
    assert list(found_headings)[:2] == ["Randomness", "Which words are possible"]
    assert found_headings["Randomness"][:1] == ("temperature",)
    assert list(headings(Privacy)) == [""]


def test_a_problem_stands_under_every_heading_that_can_mend_it() -> None:
    sampling = Sampling(mirostat="2", top_k=5, grammar="root ::= .", schema="{}")
    problems = problems_by_heading(sampling, contradictions)
    told = {heading: [problem.sentence() for problem in under] for heading, under in problems.items()}
    assert any("Mirostat" in text for text in told["Which words are possible"])
    assert any("Mirostat" in text for text in told["Steady surprise"])
    assert [text for text in told["Length and form"] if "schema" in text] and not told["Randomness"]
    assert problems_by_heading(Sampling(), contradictions) == {}


def test_sizes_on_the_disk_are_those_of_the_files(home: Path) -> None:
    settings = Settings()
    for file, size in ((models_folder() / "a" / "b.gguf", 700), (states_folder() / "x.state", 50)):
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes(size))
    use = {kept.kind: (kept.size, kept.files) for kept in disk_use(settings).kept}
    assert use == {"models": (700, 1), "conversations": (0, 0), "states": (50, 1), "logs": (0, 0)}


def test_a_send_key_and_a_text_size_come_back_and_are_bounded() -> None:
    settings = replace(Settings(), appearance=Appearance(text_size=150))
    assert revive(Settings, plain(settings)) == settings
    assert revive(Appearance, {"text_size": 1000}).text_size == 200


def test_a_help_speaks_of_off_and_automatic_as_the_field_shows_them() -> None:
    for place in places(Settings(), sections()):
        words = field_of(Settings(), place).metadata["words"]
        told = [value for value in (words.off, words.automatic) if value is not None]
        assert not [value for value in told if f"{value:g}:" in words.help], place
