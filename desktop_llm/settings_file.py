"""The settings' file: written whole, and mended where a person or a program has left something else in it."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import stat
import threading
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop_llm.errors import Problem
from desktop_llm.fields import plain, revive, sound
from desktop_llm.settings import Settings

VERSION = 1
_LARGEST = 4 * 1024 * 1024
_MOST_NAMES = 8
_DAMAGED = Problem(
    "The settings in {path} could not be read, so the usual ones hold.", "The file as it was is kept as {copy}."
)
_NEWER = Problem(
    "The settings in {path} are those of a newer version of this program, and what it says otherwise was left out.",
    "The file as it was is kept as {copy}.",
)
_UNSOUND = Problem(
    "Some settings in {path} could not be used as they were written: {names}.", "The file as it was is kept as {copy}."
)
_UNMENDED = "The file stays as it is, for another cannot be written beside it ({reason})."


@dataclass(frozen=True)
class Reading:
    """The settings a file holds. `notice`: what is wrong with it; `aside`: as what it is kept before another takes its
    place, "bad" or "newer", nothing where it is sound."""

    settings: Settings
    notice: Problem | None = None
    aside: str = ""


class KeptSettings:
    """The settings in use and the file they are kept in; safe from any thread."""

    def __init__(self, path: Path, settings: Settings, notice: Problem | None = None) -> None:
        self.path, self._now = path, settings
        self._stamp = _stamp(path)
        self._lock = threading.Lock()
        self._untold = [notice] if notice else []
        self._refused: Problem | None = None
        self._tell: Callable[[Problem], None] = self._untold.append

    @property
    def now(self) -> Settings:
        return self._now

    def tell_problems(self, tell: Callable[[Problem], None]) -> None:
        """Has `tell` hear what is wrong with the file, and what was before; from any thread."""
        with self._lock:
            self._tell, untold = tell, self._untold
            self._untold = []
        for problem in untold:
            tell(problem)

    def change(self, changed: Callable[[Settings], Settings]) -> None:
        """Changes what is on the disk by now, for another program may have changed it too.

        Where the file cannot be written the change holds until the program ends, and that is told once.
        """
        with self._lock:
            if (stamp := _stamp(self.path)) and stamp != self._stamp:
                self._now, notice = open_settings(self.path)
                if notice:
                    self._tell(notice)
            self._now = changed(self._now)
            self._write()
            self._stamp = _stamp(self.path)

    def _write(self) -> None:
        try:
            write_settings(self.path, self._now)
        except OSError as error:
            problem = not_kept(self.path, error)
            if problem != self._refused:
                self._tell(problem)
            self._refused = problem
        else:
            self._refused = None


def not_kept(path: Path, error: OSError) -> Problem:
    values = {"path": str(path), "reason": error.strerror or str(error)}
    text = "The settings could not be kept in {path} ({reason})."
    remedy = "They hold until the program ends. Make that file and its folder writable."
    return Problem(text, remedy, values)


def read_settings(path: Path) -> Settings:
    """The settings kept at `path`, with the defaults where something else stands in it; changes nothing."""
    return look(path).settings


def open_settings(path: Path) -> tuple[Settings, Problem | None]:
    """The same, and what was wrong with the file: it is kept aside then, and a sound one has taken its place."""
    reading = look(path)
    if (notice := reading.notice) is None:
        return reading.settings, None
    try:
        copy = write_settings(path, reading.settings)
    except OSError as error:
        values = notice.values | {"reason": error.strerror or str(error)}
        return reading.settings, replace(notice, remedy=_UNMENDED, values=values)
    return reading.settings, replace(notice, values=notice.values | {"copy": str(copy)})


def write_settings(path: Path, settings: Settings) -> Path | None:
    """Replaces the file whole, so that no crash leaves half of it; where one lies now that is not sound, it is kept.

    Raises OSError, and nothing is changed.
    """
    aside = look(path).aside
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two programs may write at once.
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        with open(beside, "w", encoding="ascii") as file:
            # ASCII, so that a path in no known encoding (lone surrogates) comes back as it was.
            json.dump({"version": VERSION, **plain(settings)}, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        copy = _unused(path, aside) if aside else None
        if copy:
            os.rename(path, copy)
        os.replace(beside, path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return copy


def _unused(path: Path, kind: str) -> Path:
    """No earlier copy is overwritten."""
    names = (path.with_suffix(f".{number}.{kind}") for number in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_ino


# ---- what stands in it


def look(path: Path) -> Reading:
    """What the file says; a notice tells what of it could not be taken as it stands."""
    try:
        stored, repeated = _stored(path)
    except FileNotFoundError:
        return Reading(Settings())
    except (OSError, ValueError, RecursionError):
        return Reading(Settings(), _about(_DAMAGED, path), "bad")
    mending = _Mending(repeated)
    settings: Settings = mending.group(Settings(), stored, "")
    version = stored.get("version", VERSION)
    if type(version) is int and version > VERSION:
        return Reading(settings, _about(_NEWER, path), "newer")
    if version != VERSION or type(version) is not int:
        mending.names.append("version")
    if not mending.names:
        return Reading(settings)
    return Reading(settings, _about(_UNSOUND, path, names=_listed(mending.names)), "bad")


def _about(problem: Problem, path: Path, **values: str) -> Problem:
    return replace(problem, values={"path": str(path), **values})


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return ", ".join(names[:_MOST_NAMES]) + ", …" * (len(names) > _MOST_NAMES)


def _stored(path: Path) -> tuple[dict[str, Any], list[str]]:
    """What the file holds, and the names that it says twice. Raises OSError, ValueError or RecursionError."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ValueError("settings are a file")
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError("no settings are as long as that")
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in {*names} if names.count(name) > 1)
        return dict(pairs)

    stored = json.loads(data, object_pairs_hook=once)  # in UTF-8, UTF-16 or UTF-32, with a mark or without
    if not isinstance(stored, dict):
        raise ValueError("settings are an object")
    return stored, repeated


class _Mending:
    """Takes what is sound, one by one; `names` are those that it found otherwise."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def group(self, usual: Any, given: Mapping[str, Any], prefix: str) -> Any:
        """The dataclass `usual` with what `given` says of its fields."""
        kinds = typing.get_type_hints(type(usual))
        for name, value in given.items():
            if name in kinds:
                usual = self._with(usual, name, kinds[name], value, prefix + name)
            elif prefix or name != "version":
                self.names.append(prefix + name)
        return usual

    def _with(self, group: Any, name: str, kind: Any, value: Any, where: str) -> Any:
        usual = getattr(group, name)
        if dataclasses.is_dataclass(usual) and isinstance(value, Mapping):
            return replace(group, **{name: self.group(usual, value, f"{where}.")})
        of = next(field.metadata.get("values_by_key") for field in dataclasses.fields(group) if field.name == name)
        if of and isinstance(value, Mapping):
            kept = {key: self._values(of, item, f"{where}.{key}") for key, item in value.items()}
            return replace(group, **{name: {key: item for key, item in kept.items() if item}})
        if typing.get_origin(kind) is dict and isinstance(value, Mapping):
            return replace(group, **{name: self._items(kind, value, where)})
        try:
            found = getattr(revive(type(group), {name: value}), name)
        except (TypeError, ValueError):
            self.names.append(where)
            return group
        if plain(found) != value and not _holds_paths(kind):
            self.names.append(where)
        return replace(group, **{name: found})

    def _values(self, group: type, given: Any, where: str) -> dict[str, Any]:
        """Those that are sound, by their names."""
        found = sound(group, given)
        if isinstance(given, Mapping):
            unsound = (name for name in given if name not in found or plain(found[name]) != given[name])
            self.names += [f"{where}.{name}" for name in unsound]
        else:
            self.names.append(where)
        return found

    def _items(self, kind: Any, given: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Those that are sound."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            try:
                found |= revive(kind, {name: value})
            except (TypeError, ValueError):
                self.names.append(f"{where}.{name}")
        return found


def _holds_paths(kind: Any) -> bool:
    """A path may be written in several ways that mean the same."""
    return kind is Path or any(map(_holds_paths, typing.get_args(kind)))
