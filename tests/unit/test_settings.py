"""Settings and messages on their way to JSON and back: nothing is lost, and bad values harm only themselves."""

from __future__ import annotations

import dataclasses
import errno
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
from desktop_llm.errors import Problem
from desktop_llm.fields import Words, plain, revive, words
from desktop_llm.settings import (
    Appearance,
    Loading,
    Sampling,
    Settings,
    conversations_file,
    log_folder,
    models_folder,
    settings_file,
)
from desktop_llm.settings_file import VERSION, KeptSettings, open_settings, read_settings, write_settings

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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_saved_by_any_editor_is_read_as_it_is(path: Path, encoding: str) -> None:
    path.write_text('{"model_names": {"a": "模型"}}', encoding=encoding)
    settings, notice = open_settings(path)
    assert settings.model_names == {"a": "模型"} and notice is None


@pytest.mark.parametrize(
    "data",
    [
        b"", bytes(64_560), b'{"loading": {"context": 40', b"\xff\xfe\x00", b"[]", b"null", b'{"a": ' * 200_000,
        b'{"model_names": {"a": "' + b"x" * 50_000_000 + b'"}}',
    ],
    ids=range(8),
)  # fmt: skip
def test_a_damaged_file_is_kept_aside_and_the_defaults_hold(path: Path, data: bytes) -> None:
    path.with_suffix(".1.bad").write_text("an earlier one")
    path.write_bytes(data)
    settings, notice = open_settings(path)
    assert settings == Settings() and notice
    assert str(path) in notice.sentence() and notice.sentence().endswith(f"kept as {path.with_suffix('.2.bad')}.")
    assert path.with_suffix(".2.bad").read_bytes() == data
    assert path.with_suffix(".1.bad").read_text() == "an earlier one"
    assert open_settings(path) == (Settings(), None)
    assert sorted(file.suffix for file in path.parent.iterdir()) == [".bad", ".bad", ".json"]


def test_what_was_mended_is_named_once_and_the_file_kept(path: Path) -> None:
    written = (
        '{"loading": {"context": null, "threads": 9999, "threads": 9998}, "sampling": {"temperature": NaN, "top_k": 9},'
        ' "chat": [1], "model_names": {"a": 5, "b": "B"}, "nonsense": {}, "version": "1"}'
    )
    path.write_text(written)
    settings, notice = open_settings(path)
    assert settings == replace(
        Settings(), loading=Loading(threads=512), sampling=Sampling(top_k=9), model_names={"b": "B"}
    )
    names = "threads, loading.context, loading.threads, sampling.temperature, chat, model_names.a, nonsense, version"
    assert notice and notice.values["names"] == names
    assert path.with_suffix(".1.bad").read_text() == written
    assert open_settings(path) == (settings, None)


def test_what_only_looks_otherwise_is_no_fault(path: Path) -> None:
    path.write_text('{"sampling": {"temperature": 1}, "loading": {"split": [1, 2]}, "model": "a//b/../c.gguf"}')
    assert open_settings(path)[1] is None


def test_a_file_of_a_newer_version_is_read_as_far_as_it_is_understood_and_kept(path: Path) -> None:
    newer = {"version": 7, "sampling": {"top_k": 3, "warp": 2}, "teleport": True}
    path.write_text(json.dumps(newer))
    settings, notice = open_settings(path)
    assert settings == Settings(sampling=Sampling(top_k=3))
    assert notice and "newer version" in notice.text
    assert json.loads(path.with_suffix(".1.newer").read_text()) == newer
    assert json.loads(path.read_text())["version"] == VERSION


def test_a_file_is_kept_aside_whoever_replaces_it(path: Path) -> None:
    path.write_text('{"sampling": {"warp": 2}}')
    write_settings(path, CHANGED)
    assert read_settings(path) == CHANGED
    assert path.with_suffix(".1.bad").read_text() == '{"sampling": {"warp": 2}}'


@pytest.mark.parametrize("kind", ["folder", "pipe", "unreadable"])
def test_what_is_no_file_of_settings_does_not_keep_the_program_from_starting(path: Path, kind: str) -> None:
    if kind == "folder":
        path.mkdir()
    elif hasattr(os, "mkfifo") and kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)  # root may read everything else
    settings, notice = open_settings(path)
    assert settings == Settings() and notice and os.path.lexists(path.with_suffix(".1.bad"))
    write_settings(path, CHANGED)
    assert open_settings(path) == (CHANGED, None)


class Kept:
    """Settings in use, and what is told of their file."""

    def __init__(self, path: Path) -> None:
        self.told: list[Problem] = []
        self.settings = KeptSettings(path, *open_settings(path))
        self.settings.tell_problems(self.told.append)

    def sets_top_k(self, value: int) -> None:
        self.settings.change(lambda now: replace(now, sampling=replace(now.sampling, top_k=value)))


@pytest.mark.parametrize("stored", [None, '{"sampling": {"seed": "x", "min_p": 0.5}}'])
def test_changes_that_cannot_be_written_hold_and_are_told_once(
    path: Path, stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if stored:
        path.write_text(stored)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        patch.setattr(os, "fsync", refuse)
        kept = Kept(path)
        kept.sets_top_k(5)
        kept.sets_top_k(6)
        assert kept.settings.now.sampling == Sampling(top_k=6, min_p=0.5 if stored else 0.05)
    told = [problem.sentence() for problem in kept.told]
    assert len(told) == (2 if stored else 1)
    assert f"could not be kept in {path} (No space left on device)" in told[-1]
    assert not stored or "stays as it is" in told[0]
    assert [file.read_text() for file in path.parent.iterdir()] == [stored] * bool(stored)
    kept.sets_top_k(7)
    assert read_settings(path) == kept.settings.now
    assert path.with_suffix(".1.bad").exists() == bool(stored)


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_is_damaged_while_the_program_runs_is_mended_at_the_next_change(path: Path) -> None:
    kept = Kept(path)
    kept.sets_top_k(5)
    path.write_text('{"sampling": {"top_k": 5, "min_p": 7}}')
    kept.sets_top_k(6)
    assert read_settings(path).sampling == Sampling(top_k=6, min_p=1.0)
    assert [problem.values["names"] for problem in kept.told] == ["sampling.min_p"]


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
