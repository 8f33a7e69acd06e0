"""States of chats damaged, cut short, of another model, or not to be written: the answer is as if there were none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from faults.scripted_engine import Heard, asked, ended, listening
from tiny_gguf import write_tiny

from desktop_llm.conversation import Prompt
from desktop_llm.engine import llama
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.kept_states import WORTH_READING, KeptStates
from desktop_llm.engine.messages import Hashed
from desktop_llm.engine.process import file_hash
from desktop_llm.settings import Loading

FULL_DISK = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sys.argv = ["desktop_llm", "--engine"]
runpy.run_module("desktop_llm", run_name="__main__")
"""


@contextmanager
def engine_with(folder: Path | None, command: list[str] | None = None) -> Iterator[tuple[Engine, Heard]]:
    heard = Heard()
    with listening(Engine(Loading(context=2048), command, states=folder), heard) as engine:
        yield engine, heard


def long(model: Path) -> Prompt:
    return asked(model, "word " * 150)


def answered(folder: Path | None, model: Path, command: list[str] | None = None) -> Generation:
    """Answered by a child of its own, the model's hash known by then."""
    with engine_with(folder, command) as (engine, heard):
        engine.load(model)
        heard.until(Hashed)
        return ended(engine.generate(long(model)))


def cached(generation: Generation) -> int:
    assert generation.tokens
    return generation.tokens.cached


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


def states(folder: Path) -> list[Path]:
    return list(folder.glob("*.state"))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def cut(path: Path, at: int) -> None:
    path.write_bytes(path.read_bytes()[:at])


@pytest.mark.parametrize("damage", [flip, cut])
@pytest.mark.parametrize("at", [3, 40, 700, -100_000, -1])
def test_one_damaged_anywhere_is_deleted_and_what_it_held_evaluated_again(
    folder: Path, tiny: Path, damage: object, at: int
) -> None:
    first = answered(folder, tiny)
    (path,) = states(folder)
    assert callable(damage)
    damage(path, at)
    damaged = path.read_bytes()
    again = answered(folder, tiny)
    assert (cached(again), again.text) == (0, first.text)
    assert damaged not in [state.read_bytes() for state in states(folder)]
    assert cached(answered(folder, tiny)) > 0


def test_rubbish_among_the_states_harms_nothing(folder: Path, tiny: Path) -> None:
    first = answered(folder, tiny)
    head = states(folder)[0].read_bytes().split(b"\n", 2)[1]
    begin = b"desktop-llm state 1\n"
    other = head.replace(b'"tokens": ', b'"tokens": -')
    for n, data in enumerate((b"", begin, begin + b"[1]\n", b"\0" * 9999, head, begin + head, begin + other + b"\n")):
        (folder / f"rubbish{n}.state").write_bytes(data)
    (folder / "models.json").write_bytes(b"[" * 100_000)
    (folder / "left.state.1.part").write_bytes(b"half")
    again = answered(folder, tiny)
    assert again.text == first.text
    assert [path.name for path in folder.iterdir() if path.name.startswith(("rubbish", "left"))] == []


def test_the_state_of_another_model_under_this_ones_name_is_refused_by_the_engine(
    folder: Path, tiny: Path, tmp_path: Path
) -> None:
    other = write_tiny(tmp_path / "other.gguf", layers=2)
    answered(folder, tiny)
    kept = KeptStates(folder, 10**9, tiny, llama.ENGINE, "f16 auto 1.0")
    stolen = kept.read((), -WORTH_READING)
    assert stolen
    forged = KeptStates(folder, 10**9, other, llama.ENGINE, "f16 auto 1.0")
    forged.identify(file_hash(other))
    forged.keep(*stolen)
    forged.finish()
    alone = answered(None, other)
    again = answered(folder, other)
    assert (cached(again), again.text) == (0, alone.text)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_leaves_no_half_file_and_the_answers_go_on(folder: Path, tiny: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK]
    first = answered(folder, tiny, command)
    assert first.reason == "length"
    assert [path.name for path in folder.iterdir()] == ["models.json"]
    assert cached(answered(folder, tiny)) == 0
    assert len(states(folder)) == 1


def test_a_folder_that_cannot_be_made_keeps_nothing_and_the_answers_go_on(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert answered(tmp_path / "file" / "states", tiny).reason == "length"
    assert answered(tmp_path / "file", tiny).reason == "length"


def test_a_state_deleted_under_a_running_engine_is_not_missed(folder: Path, tiny: Path) -> None:
    first = answered(folder, tiny)
    with engine_with(folder) as (engine, heard):
        engine.load(tiny)
        heard.until(Hashed)
        states(folder)[0].unlink()
        again = ended(engine.generate(long(tiny)))
        assert (cached(again), again.text) == (0, first.text)
