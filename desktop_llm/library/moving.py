"""Moves the models to another folder; whenever it ends, every model is whole in exactly one of the two."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import itertools
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.errors import Problem, UserError
from desktop_llm.library.download import amount, sync_folder
from desktop_llm.library.header import shown
from desktop_llm.library.network import Stop

_DEEPEST = 3
_RESERVE = 1024**3
_COPIED_AT_ONCE = 4 * 1024 * 1024
_TELL_EVERY = 0.1
_OF_A_MODEL = re.compile(r"(.+?)(-\d{5}-of-\d{5})?\.gguf(\..+)?", re.IGNORECASE)
_ELSEWHERE = (errno.EXDEV, errno.EPERM, errno.ENOSYS)


@dataclass(frozen=True)
class Moving:
    """`done` of `total` bytes; `name` is the file under way."""

    name: str
    done: int
    total: int


def move_models(
    old: Path, new: Path, progress: Callable[[Moving], None] = lambda _: None, stop: Stop | None = None
) -> None:
    """Moves the models of this program, and what came of downloads, which nothing may be working on meanwhile.

    Raises UserError, or Stopped: what was moved stays moved, and the same call goes on.
    """
    old, new, stop = old.resolve(), new.resolve(), stop or Stop()
    _check_places(old, new)
    groups = _groups(old)
    tell = _Told(sum(map(_size, itertools.chain(*groups))), progress)
    try:
        _check_new(old, new, tell.total)
        for group in groups:
            stop.check()
            _move([(file, new / file.relative_to(old)) for file in group], tell, stop)
    except OSError as error:
        raise UserError(_broken_off(old, new, error)) from error
    _remove_empty(old)


class _Told:
    """At most ten times a second, and at the end."""

    def __init__(self, total: int, progress: Callable[[Moving], None]) -> None:
        self.total, self._progress = total, progress
        self._done, self._last = 0, 0.0

    def add(self, name: str, size: int) -> None:
        self._done += size
        now = time.monotonic()
        if self._done >= self.total or now - self._last >= _TELL_EVERY:
            self._last = now
            self._progress(Moving(name, self._done, self.total))


# ---- what is moved


def _groups(folder: Path) -> list[list[Path]]:
    """The files of each model: its parts, and what is noted beside them; other files stay where they are.

    As deep as models are listed, for what lies deeper is somebody else's.
    """
    groups: dict[tuple[Path, str], list[Path]] = {}
    for file in _files(folder):
        if named := _OF_A_MODEL.fullmatch(file.name):
            groups.setdefault((file.parent, named[1]), []).append(file)
    return list(groups.values())


def _files(folder: Path) -> Iterator[Path]:
    """Links to folders are not followed: what they lead to is not ours."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(folders) if len(Path(place).relative_to(folder).parts) < _DEEPEST else []
        yield from (Path(place, file) for file in sorted(files))


def _size(file: Path) -> int:
    with contextlib.suppress(OSError):
        return file.lstat().st_size
    return 0


# ---- one model


def _move(pairs: list[tuple[Path, Path]], tell: _Told, stop: Stop) -> None:
    """All its files, or none; what a move that was killed has brought already goes when the others are there too."""
    twice = [file for file, target in pairs if _is_there(file, target)]
    left = [pair for pair in pairs if pair[0] not in twice]
    for _, target in left:
        target.parent.mkdir(parents=True, exist_ok=True)
    if not _renamed(left):
        _copy(left, tell, stop)
    else:
        tell.add(pairs[0][1].name, sum(_size(target) for _, target in left))
    for file in twice:
        tell.add(file.name, _size(file))
        file.unlink()


def _is_there(file: Path, target: Path) -> bool:
    """Raises UserError where another file has the name."""
    if not os.path.lexists(target):
        return False
    if file.is_symlink() or not filecmp.cmp(file, target, shallow=False):
        raise UserError(_in_the_way(target))
    return True


def _renamed(pairs: list[tuple[Path, Path]]) -> bool:
    """Within one disk; where that fails for any of them, all lie where they lay."""
    done: list[tuple[Path, Path]] = []
    try:
        for file, target in pairs:
            # The other end of a link is elsewhere, seen from another folder.
            if file.is_symlink():
                raise OSError(errno.EXDEV, "")
            os.rename(file, target)
            done.append((file, target))
    except OSError as error:
        for file, target in done:
            os.rename(target, file)
        if error.errno in _ELSEWHERE:
            return False
        raise
    return True


def _copy(pairs: list[tuple[Path, Path]], tell: _Told, stop: Stop) -> None:
    copies = [(file, target.with_name(f"{target.name}.moving"), target) for file, target in pairs]
    placed: list[Path] = []
    try:
        for file, copy, _ in copies:
            _copy_one(file, copy, tell, stop)
        for _, copy, target in copies:
            os.replace(copy, target)
            placed.append(target)
            sync_folder(target.parent)
        # From the first that is gone the new place is the whole one.
        pairs[0][0].unlink()
    except BaseException:
        for path in (*(copy for _, copy, _ in copies), *placed):
            path.unlink(missing_ok=True)
        raise
    for file, _ in pairs[1:]:
        file.unlink()


def _copy_one(file: Path, copy: Path, tell: _Told, stop: Stop) -> None:
    if file.is_symlink():
        copy.unlink(missing_ok=True)
        os.symlink(file.resolve(), copy)
        tell.add(file.name, _size(file))
        return
    with open(file, "rb") as source, open(copy, "wb") as target:
        while data := source.read(_COPIED_AT_ONCE):
            stop.check()
            target.write(data)
            tell.add(file.name, len(data))
        target.flush()
        os.fsync(target.fileno())
    if copy.stat().st_size != file.stat().st_size:
        raise OSError(errno.EIO, "the copy is not as long as the file")
    with contextlib.suppress(OSError):
        shutil.copystat(file, copy)


def _remove_empty(folder: Path) -> None:
    for place, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(place)


# ---- refusals


def _check_places(old: Path, new: Path) -> None:
    if new == old or new.is_relative_to(old):
        text = "{new} is the folder of the models, or lies within it."
        raise UserError(Problem(text, "Choose a folder elsewhere.", {"new": str(new)}))


def _check_new(old: Path, new: Path, total: int) -> None:
    """Raises OSError or UserError where the models could not be kept there."""
    new.mkdir(parents=True, exist_ok=True)
    probe = new / ".writable.moving"
    probe.touch()
    probe.unlink()
    free = shutil.disk_usage(new).free
    if total and not _same_disk(old, new) and free < total + _RESERVE:
        text = "The disk of {new} is too full: the models need {need}, {free} are free."
        values = {"new": str(new), "need": amount(total + _RESERVE), "free": amount(free)}
        raise UserError(Problem(text, "Free some space there, or choose another folder.", values))


def _same_disk(old: Path, new: Path) -> bool:
    return old.stat().st_dev == new.stat().st_dev


def _in_the_way(target: Path) -> Problem:
    text = "{folder} already has a different file named {name}."
    remedy = "Move or rename one of the two, then start again: it goes on where it stopped."
    return Problem(text, remedy, {"name": shown(target.name), "folder": str(target.parent)}, "retry")


def _broken_off(old: Path, new: Path, error: OSError) -> Problem:
    text = "The models could not all be moved to {new} ({reason})."
    remedy = "Each is whole either there or still in {old}. Start again: it goes on where it stopped."
    return Problem(text, remedy, {"new": str(new), "old": str(old), "reason": error.strerror or str(error)}, "retry")
