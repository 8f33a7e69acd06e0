"""Saved prompts and personas: kept, changed, hidden, brought back, damaged; and the variables in them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from desktop_llm.errors import StorageError
from desktop_llm.storage.prompt_variables import KNOWN, Variable, comes_of, filled, outline, variables
from desktop_llm.storage.prompts import Persona, PromptLibrary, SavedPrompt, built_in

MINE = SavedPrompt("Mine", "Say {{what}}")
CALM = Persona("Calm", "Be calm.", {"temperature": 0.1})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prompts.json"


@pytest.fixture
def library(path: Path) -> PromptLibrary:
    return PromptLibrary(path)


def shown(library: PromptLibrary) -> list[str]:
    return [prompt.name for prompt in library.all(library.own()).prompts]


def test_what_is_saved_is_there_for_another_window(library: PromptLibrary, path: Path) -> None:
    library.save(MINE)
    other = PromptLibrary(path)
    other.save(CALM)
    library.save(SavedPrompt("Second", "…"), None)
    own = PromptLibrary(path).own()
    assert own.prompts == (MINE, SavedPrompt("Second", "…")) and own.personas == (CALM,)
    assert shown(library)[:3] == ["Mine", "Second", "Summarize"]


def test_a_built_in_prompt_is_changed_in_its_place_and_becomes_itself_again(library: PromptLibrary) -> None:
    original = library.built_in.prompts[1]
    changed = library.save(SavedPrompt("Explain to me", "Explain:", original.origin), original)
    assert shown(library)[:3] == ["Summarize", "Explain to me", "Improve the writing"]
    assert library.restore(changed) == original
    assert library.own().prompts == () and shown(library)[1] == original.name


def test_what_is_deleted_comes_back_when_that_is_undone(library: PromptLibrary) -> None:
    built, before = library.built_in.prompts[0], shown(library)
    library.delete(built)
    assert built.name not in shown(library)
    library.save(built)
    assert shown(library) == before and library.own().prompts == ()
    changed = library.save(SavedPrompt("Short", "…", built.origin), built)
    library.delete(changed)
    library.delete(library.built_in.personas[0])
    assert len(library.own().hidden) == 2
    library.show_hidden()
    assert shown(library) == before


def test_no_two_have_the_same_name_and_a_nameless_one_is_called_by_its_text(library: PromptLibrary) -> None:
    library.save(MINE)
    assert library.save(SavedPrompt(" Mine\n", "else")).name == "Mine (2)"
    assert library.save(SavedPrompt("Summarize", "else")).name == "Summarize (2)"
    assert library.save(SavedPrompt("", "\nFirst line\nsecond")).name == "First line"
    assert library.save(MINE, MINE) == MINE


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe{", b"[]", b"[" * 100_000, b'{"version": "1"}', b'{"version": null}'])
def test_a_damaged_file_is_kept_aside_and_told_of(library: PromptLibrary, path: Path, raw: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(raw)
    assert library.own().prompts == ()
    assert library.notice and str(path.with_suffix(".1.bad")) in library.notice.sentence()
    assert path.with_suffix(".1.bad").read_bytes() == raw
    library.save(MINE)
    assert PromptLibrary(path).own().prompts == (MINE,)


def test_of_a_file_changed_by_hand_everything_sound_stays(library: PromptLibrary, path: Path) -> None:
    library.save(MINE)
    library.save(CALM)
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["prompts"] += [{"name": 3, "text": "x"}, None, {"name": "Good", "text": "x", "more": 1}]
    stored["personas"][0]["sampling"]["temperature"] = 1e9
    path.write_text(json.dumps(stored), encoding="utf-8")
    own = library.own()
    assert own.prompts == (MINE, SavedPrompt("Good", "x")) and library.notice is not None
    assert own.personas[0].sampling == {"temperature": 5.0}
    assert json.loads(path.with_suffix(".1.bad").read_text(encoding="utf-8")) == stored
    again = PromptLibrary(path)
    assert again.own() == own and again.notice is None


def test_the_file_of_a_newer_program_is_left_alone(library: PromptLibrary, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 2, "prompts": []}', encoding="utf-8")
    with pytest.raises(StorageError, match="newer version"):
        library.save(MINE)
    assert path.read_text(encoding="utf-8") == '{"version": 2, "prompts": []}'


@pytest.mark.skipif(sys.platform == "win32", reason="a folder's permissions are another matter there")
def test_a_place_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"could not be kept|cannot be read"):
        PromptLibrary(tmp_path / "file" / "prompts.json").save(MINE)


def test_what_is_exported_is_imported_once(library: PromptLibrary, tmp_path: Path) -> None:
    library.save(MINE)
    library.save(CALM)
    changed = library.save(SavedPrompt("Explain to me", "…", "explain"), library.built_in.prompts[1])
    library.export(tmp_path / "mine.json")
    other = PromptLibrary(tmp_path / "other" / "prompts.json")
    other.save(SavedPrompt("Mine", "another text"))
    assert other.import_file(tmp_path / "mine.json") == 3
    assert [prompt.name for prompt in other.own().prompts] == ["Mine", "Mine (2)", "Explain to me"]
    assert other.own().personas == (CALM,)
    assert library.import_file(tmp_path / "mine.json") == 0 and changed in library.own()


@pytest.mark.parametrize("raw", ["", "{}", '{"version": 1}', '{"version": 1, "prompts": 7}', "\x00" * 50])
def test_a_file_without_prompts_is_not_imported(library: PromptLibrary, tmp_path: Path, raw: str) -> None:
    (tmp_path / "strange.json").write_text(raw, encoding="utf-8")
    with pytest.raises(StorageError, match="no prompts or presets in"):
        library.import_file(tmp_path / "strange.json")
    assert (tmp_path / "strange.json").read_text(encoding="utf-8") == raw


def test_the_built_in_ones_are_there_in_both_languages_with_the_same_places() -> None:
    english, chinese = built_in("en"), built_in("zh_CN")
    assert built_in("fr") == english and len(english.prompts) >= 8 and len(english.personas) >= 7
    pairs = [*zip(english.prompts, chinese.prompts, strict=True), *zip(english.personas, chinese.personas, strict=True)]
    assert len({one.origin for one, _ in pairs}) == len(pairs)
    for one, other in pairs:
        assert one.origin == other.origin and one.name != other.name
        texts = [item.system if isinstance(item, Persona) else item.text for item in (one, other)]
        counts = [[len(variable.choices) for variable in variables(text)] for text in texts]
        assert counts[0] == counts[1] and all(text.strip() for text in texts)


def test_variables_are_found_with_their_usual_values_and_choices() -> None:
    text = "Into {{ language = English }}, {{tone|kind| firm |kind}}, {{language}} of {{date}}:\n{{text}}\nend"
    assert variables(text) == (
        Variable("language", "English"),
        Variable("tone", choices=("kind", "firm")),
        Variable("date"),
        Variable("text", long=True),
    )
    assert "date" in KNOWN
    assert outline(text) == "Into [language], [tone], [language] of [date]: [text] end"
    values = {"language": "Latin", "tone": "{{text}}", "text": "{{date}}"}
    assert filled(text, values) == "Into Latin, {{text}}, Latin of {{date}}:\n{{date}}\nend"


@pytest.mark.parametrize(
    "text",
    ["{{", "}}{{", "{name}", "{{}}", "{{ }}", "{{{name}}}", "{{a {{b}} c}}", "{{=x}}", "{{|x}}", "{{a\nb}}", "{{a}",
     "{{" + "n" * 61 + "}}", "{{n=" + "x" * 3000 + "}}"],
)  # fmt: skip
def test_other_braces_are_plain_text(text: str) -> None:
    assert variables(text) == () and filled(text, {"name": "x", "a": "x", "b": "x"}) == text


def test_an_open_brace_hides_no_variable_after_it() -> None:
    assert filled("if (x) {{ y; {{name}}", {"name": "z"}) == "if (x) {{ y; z"


@pytest.mark.parametrize("piece", ["{{", "{{a", "{{a{{b}}", "{{a{{b}}x", "}}{{", "{{a=", "{{a|", "{"])
def test_a_huge_hostile_text_is_read_at_once(piece: str) -> None:
    text = piece * 200_000
    assert filled(text, {}) == text


def test_a_text_is_known_by_the_prompt_it_was_made_of() -> None:
    template = "You answer for {{company}}. Be {{tone|kind|firm}}."
    assert comes_of("You answer for Ann's. Be sure. Be firm.", template)
    assert comes_of("Be brief.", "Be brief.")
    for other in ("You answer for Ann's.", "You answer for . Be kind", "", "You answer for. Be ."):
        assert not comes_of(other, template)
    assert not comes_of("anything", "{{all}}") and not comes_of("ab", "ab{{x}}b")
