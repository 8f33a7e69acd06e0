"""Prompts, personas and presets to choose from: those that come with the program, the person's own in a JSON file."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from desktop_llm.conversation import clean, title_of
from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import Values, plain, revive, sound, values
from desktop_llm.settings import Sampling, resource

FORMAT, VERSION = "desktop-llm prompts", 1
LONGEST_NAME = 120
_LARGEST = 50_000_000
_LANGUAGES = ("en", "zh_CN")


@dataclass(frozen=True)
class SavedPrompt:
    """`origin`: the built-in one this is, or was changed from."""

    name: str
    text: str
    origin: str = ""


@dataclass(frozen=True)
class Persona:
    """How to answer, and the values of the sampling that belong to it."""

    name: str
    system: str
    sampling: Values = values(Sampling)
    origin: str = ""


@dataclass(frozen=True)
class Preset:
    """Values of the sampling under a name. `id`: what a chat that has one of the person's own knows it by."""

    name: str
    sampling: Values = values(Sampling)
    origin: str = ""
    id: str = ""

    @property
    def key(self) -> str:
        """What a chat keeps of it: its name may change."""
        return self.origin or self.id


Item = SavedPrompt | Persona | Preset


@dataclass(frozen=True)
class Prompts:
    """`hidden`: the origins of built-in ones the person does not want."""

    prompts: tuple[SavedPrompt, ...] = ()
    personas: tuple[Persona, ...] = ()
    presets: tuple[Preset, ...] = ()
    hidden: tuple[str, ...] = ()

    def __contains__(self, item: object) -> bool:
        return item in self.items

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.prompts, *self.personas, *self.presets)

    def of(self, item: Item) -> tuple[Item, ...]:
        """All of the same kind."""
        kept: tuple[Item, ...] = getattr(self, _KINDS[type(item)])
        return kept

    def preset(self, key: str) -> Preset | None:
        return next((preset for preset in self.presets if key and preset.key == key), None)


_KINDS: dict[type, str] = {SavedPrompt: "prompts", Persona: "personas", Preset: "presets"}
"""Under which name each kind is kept."""


class PromptLibrary:
    """Safe from any thread; everything raises StorageError where the file cannot be read or written.

    `notice` says what became of a file that somebody or something has damaged.
    """

    def __init__(self, path: Path, language: str = "en") -> None:
        self.notice: Problem | None = None
        self.built_in = built_in(language)
        self._path = path
        self._lock = threading.Lock()

    def speak(self, language: str) -> None:
        """Has the built-in ones in another language."""
        self.built_in = built_in(language)

    def own(self) -> Prompts:
        """What the person has made or changed."""
        with self._lock:
            return self._read()

    def all(self, own: Prompts) -> Prompts:
        """The person's own, then the built-in ones as they were changed and without those that are hidden."""
        kinds = {
            name: _together(getattr(own, name), getattr(self.built_in, name), own.hidden) for name in _KINDS.values()
        }
        return replace(own, **kinds)

    def save(self, item: Item, before: Item | None = None) -> Item:
        """Keeps `item`, in place of `before`; as it was kept, for its name may be another's already."""
        kept = _sound(item)

        def changed(own: Prompts) -> Prompts:
            nonlocal kept
            taken = {other.name for other in self.all(own).of(kept) if other != before}
            kept = replace(kept, name=_unused(kept.name, taken))
            shown = replace(own, hidden=tuple(origin for origin in own.hidden if origin != kept.origin))
            return _without(shown, before) if kept in self.built_in else _with(shown, kept, before)

        self._change(changed)
        return kept

    def delete(self, item: Item) -> None:
        """A built-in one is hidden, changed or not."""

        def changed(own: Prompts) -> Prompts:
            hidden = {*own.hidden, *([item.origin] if item.origin else [])}
            return replace(_without(own, item), hidden=tuple(sorted(hidden)))

        self._change(changed)

    def restore(self, item: Item) -> Item | None:
        """Undoes what was changed in a built-in one; as it is again."""
        self._change(lambda own: _without(own, item))
        return next((original for original in self.built_in.of(item) if original.origin == item.origin), None)

    def show_hidden(self) -> None:
        self._change(lambda own: replace(own, hidden=()))

    def import_file(self, path: Path) -> int:
        """Takes over what an exported file holds; how many of them were not here yet."""
        items, count = _imported(path), 0

        def changed(own: Prompts) -> Prompts:
            nonlocal count
            for item in items:
                here = self.all(own).of(item)
                if item not in map(free, here):
                    named = _sound(replace(item, name=_unused(item.name, {other.name for other in here})))
                    own, count = _with(own, named, None), count + 1
            return own

        self._change(changed)
        return count

    def export(self, path: Path, *items: Item) -> None:
        """Writes these, or all that is the person's own."""
        chosen = Prompts()
        for item in items:
            chosen = _with(chosen, item, None)
        try:
            _write(path, chosen if items else replace(self.own(), hidden=()))
        except OSError as error:
            raise _problem("The prompts could not be written to {path} ({reason}).", path, error) from error

    def _change(self, changed: Callable[[Prompts], Prompts]) -> None:
        """Changes what is on the disk by now, for another window may have changed it too."""
        with self._lock:
            own = changed(self._read())
            try:
                _write(self._path, own)
            except OSError as error:
                text = "The prompts could not be kept in {path} ({reason})."
                raise _problem(text, self._path, error, "Make that file and its folder writable.") from error

    def _read(self) -> Prompts:
        try:
            raw = self._path.read_bytes()
            own, damaged = _understood(raw)
            if damaged:
                self._keep_aside(own)
        except FileNotFoundError:
            return Prompts()
        except OSError as error:
            text = "Your prompts in {path} cannot be read ({reason})."
            raise _problem(text, self._path, error, "Change its permissions so that it can be read.") from error
        return own

    def _keep_aside(self, own: Prompts) -> None:
        """The damaged file stays beside what could be read of it. Raises OSError."""
        names = (self._path.with_suffix(f".{number}.bad") for number in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        os.replace(self._path, aside)
        _write(self._path, own)
        text = "Your file of prompts was damaged; what could be read of it is still here."
        self.notice = Problem(text, "The damaged file was kept as {path}.", {"path": str(aside)})


@cache
def built_in(language: str) -> Prompts:
    """Those that come with the program, in a language it speaks."""
    stored = json.loads(resource("prompts.json").read_text(encoding="utf-8"))
    spoken = language if language in _LANGUAGES else _LANGUAGES[0]
    return Prompts(**{
        name: tuple(revive(kind, {**item, **item[spoken]}) for item in stored[name]) for kind, name in _KINDS.items()
    })  # fmt: skip


def free(item: Item) -> Item:
    """As it may be added beside the one it was: by no name that a chat knows."""
    return replace(item, origin="", id="") if isinstance(item, Preset) else replace(item, origin="")


def _together(own: tuple[Any, ...], built_in: tuple[Any, ...], hidden: tuple[str, ...]) -> tuple[Any, ...]:
    changed = {item.origin: item for item in own if item.origin}
    added = [item for item in own if not item.origin]
    return (*added, *(changed.get(item.origin, item) for item in built_in if item.origin not in hidden))


def _with(own: Prompts, item: Item, before: Item | None) -> Prompts:
    items: list[Any] = list(own.of(item))
    if before in items:
        items[items.index(before)] = item
    else:
        items.append(item)
    return _replaced(own, item, items)


def _without(own: Prompts, item: Item | None) -> Prompts:
    if item is None:
        return own
    return _replaced(own, item, [other for other in own.of(item) if other != item])


def _replaced(own: Prompts, item: Item, items: list[Any]) -> Prompts:
    return replace(own, **{_KINDS[type(item)]: tuple(items)})


def _unused(name: str, taken: Iterable[str]) -> str:
    names = itertools.chain([name], (f"{name} ({number})" for number in itertools.count(2)))
    return next(free for free in names if free not in taken)


def _sound(item: Item) -> Item:
    """As it may be kept: with a name, of one line. Raises ValueError where it has neither name nor text."""
    if isinstance(item, Preset):
        return _sound_preset(item)
    text = clean(item.system if isinstance(item, Persona) else item.text)
    name = _name(item.name) or title_of(text)
    if not name:
        raise ValueError("it has neither a name nor a text")
    return replace(item, name=name, system=text) if isinstance(item, Persona) else replace(item, name=name, text=text)


def _sound_preset(preset: Preset) -> Preset:
    """What is new gets an id that no other has."""
    if not (name := _name(preset.name)):
        raise ValueError("it has no name")
    key = "" if preset.origin else preset.id or uuid.uuid4().hex
    return replace(preset, name=name, id=key, sampling=sound(Sampling, preset.sampling))


def _name(text: str) -> str:
    return " ".join(clean(text).split())[:LONGEST_NAME].strip()


def _understood(raw: bytes) -> tuple[Prompts, bool]:
    """What a file says, and whether some of it could not be read. Raises StorageError for that of a newer program."""
    try:
        stored = json.loads(raw.decode("utf-8-sig"))
        newer = stored["version"] > VERSION
    except (ValueError, TypeError, LookupError, RecursionError):
        return Prompts(), True
    if newer:
        text = "The file of prompts was written by a newer version of this program."
        raise StorageError(Problem(text, "Use that version, or move the file away."))
    found = {name: _items(kind, stored, name) for kind, name in _KINDS.items()}
    hidden = stored.get("hidden", [])
    whole = isinstance(hidden, list) and all(isinstance(origin, str) for origin in hidden)
    lost = any(lost for _, lost in found.values()) or not whole
    return Prompts(**{name: items for name, (items, _) in found.items()}, hidden=tuple(hidden) if whole else ()), lost


def _items(kind: type, stored: dict[str, Any], name: str) -> tuple[tuple[Any, ...], bool]:
    """Those that are sound, and whether some were not, or had values that were not."""
    given, found = stored.get(name, []), []
    for item in given if isinstance(given, list) else []:
        with contextlib.suppress(TypeError, ValueError):
            found.append(_sound(revive(kind, item)))
    lost = not isinstance(given, list) or len(found) != len(given)
    return tuple(found), lost or any(map(_lost_values, found, given))


def _lost_values(found: Item, given: Any) -> bool:
    return not isinstance(found, SavedPrompt) and len(found.sampling) != len(given.get("sampling") or {})


def _imported(path: Path) -> tuple[Item, ...]:
    try:
        with open(path, "rb") as file:
            raw = file.read(_LARGEST)
        taken, _ = _understood(raw)
    except OSError as error:
        raise _problem("{path} cannot be read ({reason}).", path, error, "Choose another file.") from error
    if not taken.items:
        text, remedy = "There are no prompts or presets in {path}.", "Choose a file that this program has exported."
        raise StorageError(Problem(text, remedy, {"path": str(path)}))
    return tuple(map(free, taken.items))


def _write(path: Path, own: Prompts) -> None:
    """Replaces the file whole, so that no crash leaves half of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(beside, "w", encoding="ascii") as file:
            json.dump({"format": FORMAT, "version": VERSION, **plain(own)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _problem(text: str, path: Path, error: OSError, remedy: str = "Choose another place.") -> StorageError:
    return StorageError(Problem(text, remedy, {"path": str(path), "reason": error.strerror or str(error)}))
