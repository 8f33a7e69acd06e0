"""The state of long chats on disk: what is kept, found, replaced and thrown away; and chats reopened in a new child."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from faults.scripted_engine import ENDLESS, SHORT, Heard, asked, ended, listening
from tiny_gguf import write_tiny

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine import kept_states
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.kept_states import KeptStates, delete_states
from desktop_llm.engine.messages import Hashed, Stepped
from desktop_llm.settings import Loading

HASH, OTHER_HASH = "ab" * 32, "cd" * 32
FIRST = tuple(range(1000))
STATE = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"a model")
    return path


def opened(
    folder: Path, model: Path, *, hash: str = HASH, engine: str = "1", settings: str = "f16", cap: int = 10**9
) -> KeptStates:
    kept = KeptStates(folder, cap, model, engine, settings)
    kept.identify(hash)
    return kept


def written(kept: KeptStates, tokens: tuple[int, ...], state: bytes = STATE) -> KeptStates:
    assert kept.ready
    kept.keep(tokens, state)
    kept.finish()
    return kept


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.state"))


# ---- files


def test_a_state_is_found_by_the_beginning_of_a_prompt(folder: Path, model: Path) -> None:
    written(written(opened(folder, model), FIRST), (7, *FIRST[1:600]), b"another")
    again = opened(folder, model)
    assert again.read((*FIRST[:900], 5, 6), 0) == (FIRST, STATE)
    assert again.cached((*FIRST[:900], 5, 6)) == 900
    assert again.read((7, *FIRST[1:]), 0) == ((7, *FIRST[1:600]), b"another")


def test_one_that_spares_little_is_not_read(folder: Path, model: Path) -> None:
    kept = written(opened(folder, model), FIRST)
    assert kept.read(FIRST, len(FIRST) - 100) is None
    assert kept.read((9, 9, 9), 0) is None
    assert kept.read(FIRST, len(FIRST) - 300)


@pytest.mark.parametrize("other", [{"hash": OTHER_HASH}, {"settings": "q8_0"}])
def test_states_of_other_models_and_settings_stay_but_are_not_found(
    folder: Path, model: Path, other: dict[str, str]
) -> None:
    written(opened(folder, model), FIRST)
    assert opened(folder, model, **other).read(FIRST, 0) is None  # type: ignore[arg-type]
    assert opened(folder, model).read(FIRST, 0)


def test_states_of_another_engine_are_deleted(folder: Path, model: Path) -> None:
    written(opened(folder, model), FIRST)
    assert opened(folder, model, engine="2").read(FIRST, 0) is None
    assert files(folder) == []


def test_what_goes_on_takes_the_place_of_its_beginning(folder: Path, model: Path) -> None:
    kept = written(written(opened(folder, model), FIRST[:600]), FIRST)
    assert len(files(folder)) == 1
    assert kept.read(FIRST[:600], 0) == (FIRST, STATE)
    written(kept, (*FIRST[:700], 1))
    assert len(files(folder)) == 2


def test_the_longest_unused_gives_way(folder: Path, model: Path) -> None:
    kept = opened(folder, model, cap=int(2.9 * (len(STATE) + 4 * len(FIRST))))
    chats = [(chat, *FIRST[1:]) for chat in (1, 2, 3)]
    for age, chat in zip((300, 400), chats, strict=False):
        written(kept, chat)
        newest = max(files(folder), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (os.stat(newest).st_mtime - age,) * 2)
    assert kept.read(chats[1], 0)
    written(kept, chats[2])
    assert [bool(opened(folder, model).read(chat, 0)) for chat in chats] == [False, True, True]
    assert kept.read(chats[0], 0) is None


def test_one_larger_than_the_cap_or_the_free_disk_is_not_kept(
    folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(opened(folder, model, cap=len(STATE) - 1), FIRST)
    assert files(folder) == []
    monkeypatch.setattr(kept_states, "SPARE_DISK", shutil.disk_usage(folder).free + 10**9)
    written(opened(folder, model), FIRST)
    assert files(folder) == []


def test_nothing_is_kept_before_the_models_hash_is_known_which_is_remembered(folder: Path, model: Path) -> None:
    assert not KeptStates(folder, 10**9, model, "1", "f16").ready
    written(opened(folder, model), FIRST)
    assert KeptStates(folder, 10**9, model, "1", "f16").read(FIRST, 0)
    model.write_bytes(b"another one")
    changed = KeptStates(folder, 10**9, model, "1", "f16")
    assert not changed.ready
    assert changed.read(FIRST, 0) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_may_read_them(folder: Path, model: Path) -> None:
    written(opened(folder, model), FIRST)
    assert [stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (folder, *files(folder))] == [0, 0]


def test_all_can_be_deleted(folder: Path, model: Path) -> None:
    kept = written(opened(folder, model), FIRST)
    delete_states(folder)
    assert files(folder) == []
    assert kept.read(FIRST, 0) is None


# ---- chats


@contextmanager
def engine_with(folder: Path | None) -> Iterator[tuple[Engine, Heard]]:
    heard = Heard()
    with listening(Engine(Loading(context=2048), states=folder), heard) as engine:
        yield engine, heard


def long(model: Path, word: str = "word") -> Prompt:
    return asked(model, f"{word} " * 150)


def answered(engine: Engine, heard: Heard, prompt: Prompt, keep: bool = True) -> Generation:
    """Its model's hash known by then, so that what comes of it is kept."""
    engine.load(prompt.model)
    heard.until(Hashed, lambda hashed: hashed.path == prompt.model)
    return ended(engine.generate(prompt, keep=keep))


def turned(prompt: Prompt, answer: str) -> Prompt:
    return replace(prompt, messages=(*prompt.messages, Message("assistant", answer), Message("user", "Go on")))


def test_a_chat_reopened_in_a_new_child_evaluates_only_what_is_new(folder: Path, tiny: Path) -> None:
    with engine_with(folder) as (engine, heard):
        first = answered(engine, heard, long(tiny))
        assert first.tokens
        assert first.tokens.prompt > kept_states.FEWEST_TOKENS
    with engine_with(folder) as (engine, _):
        again = ended(engine.generate(long(tiny)))
        assert again.tokens
        assert again.tokens.prompt - again.tokens.cached == 1
        assert again.text == first.text
        assert engine.inspect(long(tiny)).cached == again.tokens.prompt - 1
    with engine_with(folder) as (engine, _):
        seen = engine.inspect(turned(long(tiny), "abc"))
        assert seen.cached >= first.tokens.prompt
        third = ended(engine.generate(turned(long(tiny), "abc")))
        assert third.tokens
        assert third.tokens.cached == seen.cached


def test_a_chat_survives_that_another_model_is_used_meanwhile(folder: Path, tiny: Path, tmp_path: Path) -> None:
    other = write_tiny(tmp_path / "other.gguf", layers=2)
    with engine_with(folder) as (engine, heard):
        first = answered(engine, heard, long(tiny))
        answered(engine, heard, long(other))
        again = ended(engine.generate(long(tiny)))
        assert first.tokens
        assert again.tokens
        assert again.tokens.prompt - again.tokens.cached == 1
        assert again.text == first.text


def test_a_chat_pushed_aside_by_a_running_one_is_kept_and_comes_back(folder: Path, tiny: Path) -> None:
    with engine_with(folder) as (engine, heard):
        endless = engine.generate(asked(tiny, "Write.", ENDLESS))
        heard.until(Hashed)
        heard.until(Stepped)
        answered(engine, heard, long(tiny))
        assert files(folder) == []
        ended(engine.generate(asked(tiny, "Short.", SHORT)))
        endless.stop()
        ended(endless)
    assert len(files(folder)) == 1
    with engine_with(folder) as (engine, heard):
        endless = engine.generate(asked(tiny, "Write.", ENDLESS))
        heard.until(Stepped)
        again = ended(engine.generate(long(tiny)))
        assert endless.state == "writing"
        assert again.tokens
        assert again.tokens.prompt - again.tokens.cached == 1


@pytest.mark.parametrize("why", ["temporary", "short", "off"])
def test_a_chat_that_is_temporary_or_short_or_not_to_be_kept_leaves_nothing(folder: Path, tiny: Path, why: str) -> None:
    with engine_with(None if why == "off" else folder) as (engine, heard):
        prompt = asked(tiny, "Hello") if why == "short" else long(tiny)
        answered(engine, heard, prompt, keep=why != "temporary")
        # Pushed aside, and gone with its model.
        answered(engine, heard, asked(tiny, "Something else"), keep=False)
    assert files(folder) == []
    assert folder.exists() == (why != "off")
