"""Where other programs keep their models, and how each layout is read: looked at only, never changed."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

_MOST_ENTRIES = 50_000
_LONGEST_MANIFEST = 1024 * 1024
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_OLLAMA_WEIGHTS = "application/vnd.ollama.image.model"
_OLLAMA_SERVICES = ("/usr/share/ollama/.ollama/models", "/var/lib/ollama/models", "/var/snap/ollama/common/models")
_YAML_TEXT = r"^{key}:[ \t]*(?P<quote>[\"']?)(?P<value>.+?)(?P=quote)[ \t]*$"
_SAYS_NOTHING = re.compile(r"(ggml-)?model([-_.].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A file that may be a model; `name` is what the program `origin` calls it."""

    path: Path
    name: str
    origin: str


def found_elsewhere() -> Iterator[Found]:
    """What other programs keep on this computer; the same file may come more than once."""
    for look in (_lm_studio, _ollama, _jan, _gpt4all, _hub_cache, _llama_cpp, _downloads):
        with contextlib.suppress(OSError, ValueError):
            yield from look()


def model_files(folder: Path, deepest: int) -> Iterator[Path]:
    """The model files in a folder and `deepest` folders below it, in the order of their names."""
    for path in files_below(folder, deepest, lambda name: name.lower().endswith(".gguf")):
        if not _LATER_PART.search(path.name):
            yield path


def files_below(folder: Path, deepest: int, wanted: Callable[[str], bool]) -> Iterator[Path]:
    """The files of wanted names in a folder and `deepest` folders below it."""
    return _Walk(deepest, wanted).files(folder)


# ---- the programs


def _lm_studio() -> Iterator[Found]:
    for folder in dict.fromkeys(_lm_studio_folders()):
        for path in model_files(folder, 4):
            yield Found(path, path.stem, "LM Studio")


def _lm_studio_folders() -> Iterator[Path]:
    pointed = _text(_home() / ".lmstudio-home-pointer").strip()
    homes = [*([Path(pointed)] if pointed else []), _home() / ".lmstudio", _home() / ".cache" / "lm-studio"]
    yield from (home / "models" for home in homes)
    for place in (*homes, _configuration() / "LM Studio"):
        chosen = _object(place / "settings.json").get("downloadsFolder")
        if isinstance(chosen, str) and os.path.isabs(chosen):
            yield Path(chosen)


def _ollama() -> Iterator[Found]:
    own = _told("OLLAMA_MODELS") or _home() / ".ollama" / "models"
    services = () if sys.platform == "win32" else _OLLAMA_SERVICES
    for folder in (own, *map(Path, services)):
        manifests = list(_Walk(3, bool).files(folder / "manifests"))
        # "latest" is another name for a tag that says more.
        for manifest in sorted(manifests, key=lambda path: path.name == "latest"):
            yield from _ollama_model(folder, manifest)


def _ollama_model(folder: Path, manifest: Path) -> Iterator[Found]:
    name = _ollama_name(manifest.relative_to(folder / "manifests").parts)
    layers = _object(manifest).get("layers")
    for layer in layers if name and isinstance(layers, list) else ():
        if digest := _weights_digest(layer):
            yield from (Found(path, name, "Ollama") for path in _blobs(folder, digest))


def _weights_digest(layer: Any) -> str:
    """Nothing but a hash is taken from a manifest, so that it can name no file outside the folder of blobs."""
    if not isinstance(layer, dict) or layer.get("mediaType") != _OLLAMA_WEIGHTS:
        return ""
    digest = _DIGEST.fullmatch(str(layer.get("digest")))
    return digest[1] if digest else ""


def _ollama_name(parts: tuple[str, ...]) -> str:
    """As Ollama shows it: without what is usual of host and publisher."""
    if len(parts) != 4:
        return ""
    host, publisher, model, tag = parts
    usual = host == "registry.ollama.ai"
    named = [] if usual and publisher == "library" else [publisher] if usual else [host, publisher]
    return "/".join([*named, f"{model}:{tag}"])


def _blobs(folder: Path, digest: str) -> Iterator[Path]:
    for mark in "-:":
        path = folder / "blobs" / f"sha256{mark}{digest}"
        if path.is_file():
            yield path


def _jan() -> Iterator[Found]:
    for data in dict.fromkeys(_jan_folders()):
        for folder in (data / "llamacpp" / "models", data / "models"):
            for manifest in _Walk(4, lambda name: name == "model.yml").files(folder):
                yield from _jan_model(data, folder, manifest)
            for path in model_files(folder, 4):
                yield Found(path, path.parent.name if path.stem == "model" else path.stem, "Jan")


def _jan_folders() -> Iterator[Path]:
    for place in (_configuration() / "Jan", _data() / "Jan"):
        chosen = _object(place / "settings.json").get("data_folder")
        if isinstance(chosen, str) and os.path.isabs(chosen):
            yield Path(chosen)
        yield place / "data"
    yield _home() / "jan"


def _jan_model(data: Path, folder: Path, manifest: Path) -> Iterator[Found]:
    """A file taken over by Jan stays where it was, so its path may lead anywhere."""
    text = _text(manifest)
    path = _yaml_text(text, "model_path")
    if path.lower().endswith(".gguf"):
        name = _yaml_text(text, "name") or manifest.parent.relative_to(folder).as_posix()
        yield Found(data / path, name, "Jan")


def _yaml_text(text: str, key: str) -> str:
    found = re.search(_YAML_TEXT.format(key=key), text, re.MULTILINE)
    return found["value"] if found else ""


def _gpt4all() -> Iterator[Found]:
    chosen = _chosen_for_gpt4all()
    for folder in (*([chosen] if chosen else []), _data() / "nomic.ai" / "GPT4All"):
        for path in model_files(folder, 1):
            yield Found(path, path.stem, "GPT4All")


def _chosen_for_gpt4all() -> Path | None:
    for place in (_configuration(), _home() / ".config"):
        found = re.search(r"^modelPath=(.+)$", _text(place / "nomic.ai" / "GPT4All.ini"), re.MULTILINE)
        if found and os.path.isabs(found[1].strip()):
            return Path(found[1].strip())
    return None


def _hub_cache() -> Iterator[Found]:
    cache = _told("HF_HUB_CACHE") or _told("HUGGINGFACE_HUB_CACHE") or _hub_home() / "hub"
    for repository in _entries(cache):
        if repository.name.startswith("models--"):
            for path in model_files(Path(repository.path) / "snapshots", 4):
                yield Found(path, _hub_name(repository.name, path.stem), "Hugging Face")


def _hub_home() -> Path:
    return _told("HF_HOME") or (_told("XDG_CACHE_HOME") or _home() / ".cache") / "huggingface"


def _hub_name(repository: str, stem: str) -> str:
    """The file's name, with that of its repository where it says nothing by itself."""
    return f"{repository.split('--')[-1]} {stem}" if _SAYS_NOTHING.fullmatch(stem) else stem


def _llama_cpp() -> Iterator[Found]:
    usual = platformdirs.user_cache_path("llama.cpp", appauthor=False, opinion=False)
    for path in model_files(_told("LLAMA_CACHE") or usual, 4):
        # It puts publisher and repository before the name: ggml-org_gemma-GGUF_gemma-Q4_0.
        yield Found(path, re.split(r"-gguf_", path.stem, maxsplit=1, flags=re.IGNORECASE)[-1], "llama.cpp")


def _downloads() -> Iterator[Found]:
    for path in model_files(platformdirs.user_downloads_path(), 1):
        yield Found(path, path.stem, "Downloads")


# ---- folders and files, none of which is trusted


class _Walk:
    """Goes through folders and links to folders, each once, and not for ever."""

    def __init__(self, deepest: int, wanted: Callable[[str], bool]) -> None:
        self._deepest, self._wanted = deepest, wanted
        self._left = _MOST_ENTRIES
        self._entered: set[tuple[int, int]] = set()

    def files(self, folder: Path, depth: int = 0) -> Iterator[Path]:
        if depth > self._deepest or not self._enters(folder):
            return
        folders = []
        for entry in _entries(folder, self._left):
            self._left -= 1
            if _is_folder(entry):
                folders.append(Path(entry.path))
            elif self._wanted(entry.name):
                yield Path(entry.path)
        for below in folders:
            yield from self.files(below, depth + 1)

    def _enters(self, folder: Path) -> bool:
        """Whether it was not entered before; a system that gives folders no numbers has its depth as bound."""
        try:
            facts = os.stat(folder)
        except (OSError, ValueError):
            return False
        one = facts.st_dev, facts.st_ino
        if facts.st_ino and one in self._entered:
            return False
        self._entered.add(one)
        return True


def _entries(folder: Path, most: int = _MOST_ENTRIES) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(itertools.islice(entries, most), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _text(path: Path) -> str:
    """A small file's text; nothing where it is large, no file, or not to be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, "rb") as file:
            data = file.read(_LONGEST_MANIFEST + 1)
    except (OSError, ValueError):
        return ""
    return data.decode("utf-8-sig", "replace") if len(data) <= _LONGEST_MANIFEST else ""


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _told(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    return Path(os.path.expanduser(value)) if value else None


def _home() -> Path:
    return Path(os.path.expanduser("~"))


def _configuration() -> Path:
    return platformdirs.user_config_path(roaming=True)


def _data() -> Path:
    return platformdirs.user_data_path()
