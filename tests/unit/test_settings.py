"""Settings and messages on their way to JSON and back: nothing is lost, and bad values harm only themselves."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
import types
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from desktop_llm.engine.messages import LONGEST_FRAME, Command, Event, Stop, read_frame, write_frame
from desktop_llm.fields import Words, plain, revive, words
from desktop_llm.settings import (
    Appearance,
    Loading,
    Sampling,
    Settings,
    conversations_file,
    log_folder,
    models_folder,
    read_settings,
    settings_file,
    write_settings,
)

CHANGED = Settings(
    Loading(context=8192, gpu_layers=0, threads=3, parallel=2, memory_map=False),
    Sampling(
        temperature=0.1, top_k=5, repeat_penalty=1.5, seed=4294967294, stop=("END", "完了"), logit_bias=(" é=-inf",),
        ignore_end=True, mirostat="2", grammar='root ::= "é"\n', samplers=("temperature", "top_k"),
    ),
    Appearance("dark", "zh_CN"),
    model=Path("models") / "模型.gguf",
    added_models=(Path("a.gguf"), Path("b c.gguf")),
    model_names={"a.gguf": "Mine", "b c.gguf": "模型"},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def read(path: Path, stored: object) -> Settings:
    path.write_text(json.dumps(stored), encoding="utf-8")
    return read_settings(path)


# ---- the file


def test_settings_come_back_as_they_were_written(path: Path) -> None:
    below = path.parent / "not there yet" / path.name
    write_settings(below, CHANGED)
    assert read_settings(below) == CHANGED
    assert [file.name for file in below.parent.iterdir()] == [path.name]


def test_no_file_means_the_defaults(path: Path) -> None:
    assert read_settings(path) == Settings()
    assert not path.exists()


def test_a_path_in_no_known_encoding_comes_back_as_it_was(path: Path) -> None:
    odd = replace(Settings(), added_models=(Path("m\udcff.gguf"),))
    write_settings(path, odd)
    assert read_settings(path) == odd


def test_a_file_saved_by_an_editor_with_its_mark_is_read(path: Path) -> None:
    path.write_text('{"loading": {"threads": 2}}', encoding="utf-8-sig")
    assert read_settings(path).loading.threads == 2


@pytest.mark.parametrize(
    "data",
    [b"", bytes(64_560), b'{"loading": {"context": 40', b"\xff\xfe\x00", b"[]", b"null", b'{"a": ' * 200_000],
)
def test_a_damaged_file_is_kept_aside_and_the_defaults_hold(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert read_settings(path) == Settings()
    assert path.with_suffix(".bad").read_bytes() == data
    assert not path.exists()


def test_a_folder_in_the_files_place_does_not_keep_the_program_from_starting(path: Path) -> None:
    path.mkdir()
    assert read_settings(path) == Settings()
    write_settings(path, CHANGED)
    assert read_settings(path) == CHANGED


def test_a_write_that_fails_leaves_the_old_settings(path: Path) -> None:
    write_settings(path, CHANGED)
    path.with_suffix(f".{os.getpid()}.part").mkdir()
    with pytest.raises(OSError, match="settings"):
        write_settings(path, Settings())
    assert read_settings(path) == CHANGED


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have folders of their own")
def test_what_the_program_keeps_lies_where_the_system_wants_it(home: Path) -> None:
    data = home / ".local/share/desktop-llm"
    assert settings_file() == home / ".config/desktop-llm/settings.json"
    assert (conversations_file(), models_folder()) == (data / "conversations.sqlite", data / "models")
    assert home in log_folder().parents


# ---- bad values


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"context": "4096", "threads": 3}, {"threads": 3}),
        ({"context": 4096.5, "memory_map": False}, {"memory_map": False}),
        ({"context": True, "threads": None, "parallel": [1], "gpu_layers": 7}, {"gpu_layers": 7}),
        ({"memory_map": 1, "unknown": 5, "context": 2048}, {"context": 2048}),
        ([1, 2], {}),
        (None, {}),
    ],
)
def test_bad_values_fall_back_one_by_one(path: Path, bad: object, good: dict[str, Any]) -> None:
    found = read(path, {"loading": bad, "sampling": {"top_k": 9}, "nonsense": {}, "model": 5})
    assert found == replace(Settings(), loading=Loading(**good), sampling=Sampling(top_k=9))


def test_numbers_are_clamped_to_their_bounds(path: Path) -> None:
    sampling = {"top_p": 7, "temperature": 10**400, "repeat_penalty": -(10**400)}
    found = read(path, {"loading": {"context": -5, "threads": 10**400}, "sampling": sampling})
    assert (found.loading.context, found.loading.threads) == (256, 512)
    assert found.sampling == Sampling(temperature=5.0, top_p=1.0, repeat_penalty=0.5)
    assert isinstance(found.sampling.top_p, float)


def test_what_is_not_a_number_is_not_a_temperature(path: Path) -> None:
    sampling = read(path, {"sampling": {"temperature": float("nan"), "min_p": float("-inf")}}).sampling
    assert sampling == Sampling(min_p=0.0)


def test_a_choice_that_does_not_exist_falls_back(path: Path) -> None:
    assert read(path, {"appearance": {"theme": "pink", "language": "en"}}).appearance == Appearance(language="en")


@pytest.mark.parametrize("stop", ["END", {"END": 1}, 5, ["END", 5]])
def test_stop_strings_are_a_list_of_texts_or_none(path: Path, stop: object) -> None:
    assert read(path, {"sampling": {"stop": stop, "seed": 3}}).sampling == Sampling(seed=3)


def test_every_number_of_the_settings_has_words_and_bounds_its_default_keeps() -> None:
    for group in (Loading, Sampling, Appearance):
        for field in dataclasses.fields(group):
            found = words(group, field.name)
            assert found.label
            if found.low is not None and found.high is not None:
                assert found.low <= getattr(group(), field.name) <= found.high
    with pytest.raises(KeyError):
        words(Loading, "nonsense")


# ---- what crosses the pipe

MESSAGES: tuple[type, ...] = (*typing.get_args(Command), *typing.get_args(Event))


def example(kind: Any, found: Words | None = None) -> Any:
    """A value of type `kind`, no default where that can be told."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if found and found.choices and origin is tuple:
        return found.choices[-2:]
    if origin in (typing.Union, types.UnionType):
        return example(next(a for a in arguments if a is not types.NoneType))
    if origin is typing.Literal:
        return arguments[-1]
    if origin is tuple:
        return (example(arguments[0]), example(arguments[0]))
    if origin is dict:
        return {example(arguments[0]): example(arguments[1])}
    if dataclasses.is_dataclass(kind):
        hints, make = typing.get_type_hints(kind), cast(Any, kind)
        return make(**{f.name: example(hints[f.name], f.metadata.get("words")) for f in dataclasses.fields(kind)})
    if found and found.choices:
        return found.choices[-1]
    if found and found.high is not None:
        return kind(found.high)
    values: dict[type, object] = {bool: False, int: 77, float: 0.25, str: "né 你好 \ud800\0", Path: Path("ü\udcff")}
    return values[kind]


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_crosses_the_pipe_unchanged(kind: type) -> None:
    stream, message = io.BytesIO(), example(kind)
    write_frame(stream, message)
    write_frame(stream, Stop(1))
    stream.seek(0)
    assert read_frame(stream) == message == revive(kind, json.loads(json.dumps(plain(message))))
    assert read_frame(stream) == Stop(1)
    assert read_frame(stream) is None


def framed(body: bytes, length: int | None = None) -> io.BytesIO:
    return io.BytesIO((len(body) if length is None else length).to_bytes(4, "big") + body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"llama_model_load: ok",
        b"\xff\xfe",
        b"[]",
        b'{"is": "Nonsense"}',
        b'{"is": "Stop"}',
        b'{"is": "Stop", "generation": "1"}',
        b'{"is": "Stepped", "deltas": {"a": 1}}',
        b'{"is": "Died", "problem": {"text": "x", "values": [1]}}',
        b'{"is": "Embedded", "request": 1, "vectors": 5}',
        b'{"is": "Generate", "generation": 1, "prompt": 5}',
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the child is started anew
        read_frame(framed(body))


def test_a_frame_longer_than_any_message_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="a frame of"):
        read_frame(framed(b"x", LONGEST_FRAME + 1))


@pytest.mark.parametrize("cut", [1, 3, 4, 20])
def test_a_frame_cut_short_is_the_end_of_the_stream(cut: int) -> None:
    stream = io.BytesIO()
    write_frame(stream, Stop(123456789))
    assert read_frame(io.BytesIO(stream.getvalue()[:cut])) is None


def test_names_of_a_newer_version_are_dropped() -> None:
    assert read_frame(framed(b'{"is": "Stop", "generation": 1, "gently": true}')) == Stop(1)
