"""Moving the models: whenever it ends, each is whole in exactly one folder, and the same call goes on."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_llm.errors import UserError
from desktop_llm.library import moving as module
from desktop_llm.library.moving import Moving, move_models
from desktop_llm.library.network import Stop, Stopped

FILES = {
    "maker/One/one.gguf": b"1" * 3000,
    "maker/One/one.gguf.origin.json": b"{}",
    "maker/Split/s-00001-of-00002.gguf": b"2" * 3000,
    "maker/Split/s-00002-of-00002.gguf": b"3" * 3000,
    "other/Coming/c.gguf.part": b"4" * 1000,
    "other/Coming/c.gguf.download.json": b"{}",
}
TOTAL = sum(map(len, FILES.values()))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        file = tmp_path / "old" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return tmp_path / "old"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "new"


@pytest.fixture
def other_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both folders lie on one disk here, so that renaming is refused as between two."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(module.os, "rename", refuse)
    monkeypatch.setattr(module, "_same_disk", lambda *_: False)
    monkeypatch.setattr(module, "_RESERVE", 0)
    monkeypatch.setattr(module, "_COPIED_AT_ONCE", 1000)
    monkeypatch.setattr(module, "_TELL_EVERY", 0)


def kept(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def check_moved(old: Path, new: Path) -> None:
    assert kept(new) == FILES
    assert not old.exists()


def check_each_in_one_place(old: Path, new: Path) -> None:
    here, there = kept(old), kept(new)
    assert here | there == FILES and not here.keys() & there.keys()
    assert not {Path(name).parent for name in here} & {Path(name).parent for name in there}


def call_at(number: int, action: Callable[[], Any], instead_of: Callable[..., Any]) -> Callable[..., Any]:
    """`instead_of`, but with the action before its call of this number."""
    calls = iter(range(1, 1000))

    def called(*given: Any, **named: Any) -> Any:
        if next(calls) == number:
            action()
        return instead_of(*given, **named)

    return called


def full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_within_a_disk_nothing_is_copied(old: Path, new: Path) -> None:
    numbers = {file.stat().st_ino for file in old.rglob("*.gguf")}
    seen: list[Moving] = []
    move_models(old, new, seen.append)
    check_moved(old, new)
    assert {file.stat().st_ino for file in new.rglob("*.gguf")} == numbers
    assert (seen[-1].done, seen[-1].total) == (TOTAL, TOTAL)


def test_to_another_disk(old: Path, new: Path, other_disk: None) -> None:
    seen: list[Moving] = []
    os.utime(old / "maker/One/one.gguf", (1000, 1000))
    move_models(old, new, seen.append)
    check_moved(old, new)
    assert [moving.done for moving in seen] == sorted(moving.done for moving in seen)
    assert len(seen) > len(FILES) and seen[-1] == Moving(seen[-1].name, TOTAL, TOTAL)
    assert (new / "maker/One/one.gguf").stat().st_mtime == 1000


@pytest.mark.parametrize("at", range(1, 11))
def test_an_end_in_the_middle_leaves_each_model_whole_in_one_place(
    old: Path, new: Path, other_disk: None, at: int
) -> None:
    stop = Stop()
    with pytest.raises(Stopped):
        move_models(old, new, call_at(at, stop.set, lambda moving: None), stop)
    check_each_in_one_place(old, new)
    assert kept(old)
    move_models(old, new)
    check_moved(old, new)


@pytest.mark.parametrize("at", range(1, 11))
def test_a_disk_that_fills_up_leaves_each_model_whole_in_one_place(
    old: Path, new: Path, other_disk: None, at: int
) -> None:
    with pytest.raises(UserError, match="No space left on device"):
        move_models(old, new, call_at(at, full, lambda moving: None))
    check_each_in_one_place(old, new)
    assert kept(old)
    move_models(old, new)
    check_moved(old, new)


@pytest.mark.parametrize("at", range(1, 7))
def test_a_disk_that_fails_leaves_each_model_whole_in_one_place(
    old: Path, new: Path, other_disk: None, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "replace", call_at(at, full, os.replace))
        with pytest.raises(UserError, match="No space left on device") as error:
            move_models(old, new)
    assert str(old) in str(error.value) and str(new) in str(error.value)
    check_each_in_one_place(old, new)
    assert kept(old)
    move_models(old, new)
    check_moved(old, new)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_rename_that_fails_takes_the_other_parts_back(
    old: Path, new: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "rename", call_at(at, full, os.rename))
        with pytest.raises(UserError):
            move_models(old, new)
    check_each_in_one_place(old, new)
    move_models(old, new)
    check_moved(old, new)


def test_a_model_that_cannot_be_deleted_is_not_kept_twice(
    old: Path, new: Path, other_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = Path.unlink

    def held(path: Path, missing_ok: bool = False) -> None:
        if path.is_relative_to(old) and path.name == "s-00001-of-00002.gguf":
            raise PermissionError(errno.EACCES, "used by another program")
        delete(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", held)
    with pytest.raises(UserError, match="used by another program"):
        move_models(old, new)
    check_each_in_one_place(old, new)


def test_what_a_move_that_was_killed_left_twice_is_there_once(old: Path, new: Path, other_disk: None) -> None:
    shutil.copytree(old / "maker", new / "maker")
    second = new / "maker/Split/s-00002-of-00002.gguf"
    os.replace(second, second.with_name(f"{second.name}.moving"))
    stop = Stop()
    seen: list[Moving] = []
    with pytest.raises(Stopped):
        move_models(old, new, lambda moving: stop.set() if "00002" in moving.name else None, stop)
    assert (old / "maker/Split/s-00001-of-00002.gguf").exists() and not (old / "maker/One/one.gguf").exists()
    move_models(old, new, seen.append)
    check_moved(old, new)
    assert seen[-1].done == seen[-1].total


def test_another_file_of_the_same_name_is_not_overwritten(old: Path, new: Path) -> None:
    (new / "maker/One").mkdir(parents=True)
    (new / "maker/One/one.gguf").write_bytes(b"mine")
    with pytest.raises(UserError, match="has a different file named one"):
        move_models(old, new)
    assert (new / "maker/One/one.gguf").read_bytes() == b"mine"
    assert kept(old) == FILES


def test_what_is_no_model_stays(old: Path, new: Path) -> None:
    (old / "letter.txt").write_text("mine")
    deep = old / "a/b/c/d/of_another_program.gguf"
    deep.parent.mkdir(parents=True)
    deep.write_bytes(b"GGUF")
    move_models(old, new)
    assert kept(new) == FILES
    assert kept(old) == {"letter.txt": b"mine", str(deep.relative_to(old)): b"GGUF"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_still_leads_to_its_file(old: Path, new: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.gguf").write_bytes(b"GGUF")
    (old / "link.gguf").symlink_to(Path("..", "elsewhere.gguf"))
    move_models(old, new / "deeper" / "down")
    assert (new / "deeper/down/link.gguf").read_bytes() == b"GGUF"
    assert not old.exists() and (tmp_path / "elsewhere.gguf").exists()


@pytest.mark.parametrize("inside", ["", "within", "within/it"])
def test_a_folder_within_itself_is_refused(old: Path, inside: str) -> None:
    with pytest.raises(UserError, match="elsewhere"):
        move_models(old, old / inside)
    assert kept(old) == FILES


def test_a_folder_that_cannot_be_written_is_refused(old: Path, new: Path) -> None:
    new.write_text("a file")
    with pytest.raises(UserError, match="could not all be moved"):
        move_models(old, new)
    assert kept(old) == FILES


def test_too_little_room_is_said_before(
    old: Path, new: Path, other_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(old)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=TOTAL - 1))
    with pytest.raises(UserError, match="too full"):
        move_models(old, new)
    assert kept(old) == FILES and kept(new) == {}
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=TOTAL))
    move_models(old, new)
    check_moved(old, new)


def test_no_models_at_all(tmp_path: Path) -> None:
    move_models(tmp_path / "none", tmp_path / "new")
    assert (tmp_path / "new").is_dir()
