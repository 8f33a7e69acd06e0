"""What a model's author recommends, in a file's header or a repository's generation_config.json: strangers' words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_gguf import Value, write_tiny

from desktop_llm.library.header import read_header
from desktop_llm.library.hub import Choice, RemoteFile, Repository
from desktop_llm.library.models import ModelLibrary
from desktop_llm.library.origin import Origin, origin_note, read_note, write_note
from desktop_llm.library.recommended import config_sampling, header_sampling
from desktop_llm.settings import SAMPLERS, Sampling

ALL = {
    "sequence": "penalties;dry;top_k;typ_p;top_p;min_p;xtc;temperature", "top_k": 20, "top_p": 0.95, "min_p": 0.01,
    "xtc_probability": 0.25, "xtc_threshold": 0.2, "temp": 0.6, "penalty_last_n": 128, "penalty_repeat": 1.1,
    "mirostat": 2, "mirostat_tau": 4.5, "mirostat_eta": 0.2,
}  # fmt: skip
ORDER = ("penalties", "dry", "top_k", "typical_p", "top_p", "min_p", "xtc", "temperature")


def keys(told: Mapping[str, Any]) -> dict[str, Any]:
    return {f"general.sampling.{key}": value for key, value in told.items()}


def of_header(**told: Any) -> dict[str, Any]:
    return header_sampling(keys(told))


def of_config(**config: Any) -> dict[str, Any]:
    return config_sampling(json.dumps(config).encode())


# ---- a file's header


def test_every_key_of_llama_cpp_has_a_field_here() -> None:
    assert of_header(**ALL) == {
        "samplers": ORDER, "top_k": 20, "top_p": 0.95, "min_p": 0.01, "xtc_probability": 0.25, "xtc_threshold": 0.2,
        "temperature": 0.6, "penalty_window": 128, "repeat_penalty": 1.1, "mirostat": "2", "mirostat_tau": 4.5,
        "mirostat_eta": 0.2,
    }  # fmt: skip


def test_what_is_not_there_is_not_recommended() -> None:
    assert header_sampling({"general.name": "Tiny", "general.sampling.seed": 5}) == {}


def test_numbers_come_as_their_author_wrote_them(tmp_path: Path) -> None:
    changed: dict[str, Value | None] = {"general.sampling.temp": 0.6, "general.sampling.top_p": 0.95}
    header = read_header(write_tiny(tmp_path / "m.gguf", changed=changed))
    assert header.sampling == {"temperature": 0.6, "top_p": 0.95}


@pytest.mark.parametrize(
    ("told", "wanted"), [("0.6", 0.6), ("1", 1.0), (1, 1.0), (True, None), ("warm", None), ("", None)]
)
def test_numbers_in_words_count_and_words_do_not(told: Any, wanted: float | None) -> None:
    assert of_header(temp=told) == ({} if wanted is None else {"temperature": wanted})


@pytest.mark.parametrize(
    ("told", "wanted"), [(20.0, 20), ("1048576", 1048576), (-1, 0), (20.5, None), (10**30, 100_000)]
)
def test_a_count_is_a_whole_number_within_its_bounds(told: Any, wanted: int | None) -> None:
    found = of_header(top_k=told)
    assert found == ({} if wanted is None else {"top_k": min(wanted, 100_000)})
    assert all(type(value) is int for value in found.values())


@pytest.mark.parametrize("told", [math.nan, math.inf, -math.inf, "nan", "inf", 10**400, "9" * 5000, None, (1, 2), b"1"])
@pytest.mark.parametrize("key", [key for key in ALL if key not in ("sequence", "top_k", "penalty_last_n")])
def test_what_is_no_number_is_left_out(key: str, told: Any) -> None:
    assert of_header(**{key: told}) == {}


@pytest.mark.parametrize(
    ("told", "wanted"), [(0, "off"), (1, "1"), (2, "2"), (2.0, "2"), (3, None), (-1, None), ("x", None)]
)
def test_mirostat_is_one_of_three(told: Any, wanted: str | None) -> None:
    assert of_header(mirostat=told) == ({} if wanted is None else {"mirostat": wanted})


@pytest.mark.parametrize(
    ("sequence", "order"),
    [
        ("top-k;Nucleus;temp", ("top_k", "top_p", "temperature")),
        ("topk; minp ;typ;", ("top_k", "min_p", "typical_p")),
        (";".join(SAMPLERS), SAMPLERS),
        ("top_k;infill;temperature", None),
        ("top_k;tail_free", None),
        ("top_k;top-k", None),
        ("", None),
        (";;;", None),
        ("top_k;" * 100_000, None),
        (5, None),
    ],
)
def test_an_order_is_taken_whole_or_not_at_all(sequence: Any, order: tuple[str, ...] | None) -> None:
    assert of_header(sequence=sequence) == ({} if order is None else {"samplers": order})


def test_whatever_a_header_says_is_a_sampling() -> None:
    found = of_header(**dict.fromkeys(ALL, 7e20) | {"sequence": ALL["sequence"]})
    assert replace(Sampling(), **found).temperature == 5.0


# ---- a repository's generation_config.json


def test_what_transformers_calls_them() -> None:
    assert of_config(
        do_sample=True, temperature=0.6, top_p=0.95, top_k=20, min_p=0.0, typical_p=0.9, repetition_penalty=1.05,
        eos_token_id=[1, 2], pad_token_id=0, transformers_version="4.51.0",
    ) == {
        "temperature": 0.6, "top_p": 0.95, "top_k": 20, "min_p": 0.0, "typical_p": 0.9, "repeat_penalty": 1.05
    }  # fmt: skip


def test_what_transformers_does_unasked_is_no_recommendation() -> None:
    unchosen = {"temperature": 1.0, "top_p": 1.0, "top_k": 50, "typical_p": 1.0, "repetition_penalty": 1.0}
    assert of_config(**unchosen, do_sample=True, min_p=None) == {}
    assert of_config(eos_token_id=2) == {}


def test_what_was_left_beside_a_choice_belongs_to_it() -> None:
    assert of_config(temperature=1.0, top_p=0.95, top_k=64) == {"temperature": 1.0, "top_p": 0.95, "top_k": 64}


def test_without_chance_it_is_always_the_likeliest() -> None:
    assert of_config(do_sample=False) == {"temperature": 0.0}
    assert of_config(do_sample=False, temperature=0.7, repetition_penalty=1.1) == {
        "temperature": 0.0, "repeat_penalty": 1.1
    }  # fmt: skip
    assert of_config(do_sample=None) == of_config(do_sample="false") == of_config(do_sample=0) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b"[]", b'"temperature"', b"\xff\xfe\x00", b"<html>Sign in</html>", b"[" * 60_000,
        b'{"temperature": NaN}', b'{"temperature": Infinity}', b'{"temperature": {"a": [1]}}', b'{"top_k": true}',
        b'{"top_k": ' + b"9" * 10_000 + b"}", b'{"temperature": 0.6}' + b" " * 70_000,
    ],
)  # fmt: skip
def test_damaged_or_hostile_is_nothing(data: bytes) -> None:
    assert config_sampling(data) == {}


def test_beyond_its_bounds_is_at_them() -> None:
    assert of_config(temperature=-3, top_p=7, top_k=-1, repetition_penalty=1e30) == {
        "temperature": 0.0, "top_p": 1.0, "top_k": 0, "repeat_penalty": 2.0
    }  # fmt: skip


# ---- of a model on the disk


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A model whose header recommends something."""
    return write_tiny(tmp_path / "told.gguf", changed=keys(ALL))


def noted(path: Path, **recommended: Any) -> Path:
    choice = Choice(path.name, "", "", path.stat().st_size, (RemoteFile(path.name, path.stat().st_size, ""),))
    write_note(origin_note(path), Origin(Repository("a/b", "0" * 40, False, False, "", (choice,)), 1.0, recommended))
    return origin_note(path)


def test_the_header_tells_where_there_is_no_note(told: Path, tiny: Path) -> None:
    assert ModelLibrary().recommended(told) == of_header(**ALL)
    assert ModelLibrary().recommended(tiny) == {}


def test_what_the_hub_told_comes_first(told: Path) -> None:
    noted(told, temperature=0.3, samplers=("top_k", "temperature"))
    assert ModelLibrary().recommended(told) == {"temperature": 0.3, "samplers": ("top_k", "temperature")}


def test_a_note_that_has_nothing_leaves_it_to_the_header(told: Path) -> None:
    noted(told)
    assert ModelLibrary().recommended(told)["temperature"] == 0.6


@pytest.mark.parametrize("kept", [{"temperature": "hot", "top_k": [], "nonsense": 1}, [], 5, None])
def test_a_spoiled_note_recommends_nothing_of_it(told: Path, kept: Any) -> None:
    note = noted(told, temperature=0.3)
    note.write_text(json.dumps(json.loads(note.read_text()) | {"recommended": kept}))
    assert ModelLibrary().recommended(told)["temperature"] == 0.6


def test_a_note_of_before_there_were_recommendations_is_read(told: Path) -> None:
    note = noted(told)
    old = json.loads(note.read_text())
    del old["recommended"], old["repository"]["base"]
    note.write_text(json.dumps(old))
    origin = read_note(note)
    assert origin and origin.recommended == {} and origin.repository.base == ""


def test_what_cannot_be_read_recommends_nothing(told: Path, tmp_path: Path) -> None:
    assert ModelLibrary().recommended(tmp_path / "away.gguf") == {}
    noted(told, temperature=0.3)
    told.write_bytes(b"x" * told.stat().st_size)
    assert ModelLibrary().recommended(told) == {}


def test_what_is_done_with_it_changes_nothing_in_the_library(told: Path) -> None:
    library = ModelLibrary()
    library.recommended(told).clear()
    assert library.recommended(told) == of_header(**ALL)
