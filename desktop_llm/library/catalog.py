"""Models worth having, known without a network: what each is good at, and roughly whether it runs here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from desktop_llm.errors import Problem
from desktop_llm.fields import revive
from desktop_llm.memory import Computer, Fit, Need, Verdict, verdict_words
from desktop_llm.settings import resource
from desktop_llm.speed import Speeds

GOOD_AT = ("chat", "long text", "translation", "reasoning", "embeddings", "code")

_GB = 10**9
_OVER_FILE = 1.2
_RESERVE = 0.3 * _GB
_GPU, _PARTLY, _CPU, _TIGHT = 0.9, 0.85, 0.75, 0.9
_WORTH_SPLITTING = 0.2
_FLUENT = 6.0
# A computer sold with 16 GB of memory has some less to tell of.
_TOLD = 0.85


@dataclass(frozen=True)
class Entry:
    """A hint, for what the Hub says counts: `size` in bytes, `sha256` its beginning, `context` 0 where not known.

    `active_billions`: where only some of the parameters compute each token. `default_memory`, `default_gpu_memory`:
    GB from which on it is the one to begin with. `unverified`: fields that one source told, or none.
    """

    repository: str
    file: str
    name: str
    parameters: str
    billions: float
    size: int
    sha256: str
    licence: str
    description: str
    good_at: tuple[str, ...]
    context: int = 0
    languages: tuple[str, ...] = ()
    architecture: str = ""
    active_billions: float = 0.0
    default_memory: int | None = None
    default_gpu_memory: int | None = None
    unverified: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.repository}/{self.file}"


@dataclass(frozen=True)
class Catalog:
    """`note` says where the figures come from."""

    note: str
    models: tuple[Entry, ...]


@cache
def catalog() -> Catalog:
    """The one that comes with the program."""
    found: Catalog = revive(Catalog, json.loads(resource("catalog.json").read_text(encoding="utf-8")))
    return found


def recommended(
    entries: Sequence[Entry], total_memory: int, gpu_memory: int, speed: Callable[[Entry], float] = lambda _: 0.0
) -> Entry:
    """The one to begin with, for so many bytes of memory: of the defaults that are meant for it the largest.

    `speed` in tokens per second, 0 where it cannot be told: one that is slower than people read comes last.
    """
    meant = [entry for entry in entries if _is_default(entry, total_memory, gpu_memory)]
    fluent = [entry for entry in meant if speed(entry) >= _FLUENT]
    if fluent or not meant:
        return max(fluent or entries, key=lambda entry: entry.size if fluent else -entry.size)
    return (min if any(map(speed, meant)) else max)(meant, key=lambda entry: entry.size)


def _is_default(entry: Entry, memory: int, gpu_memory: int) -> bool:
    pairs = ((entry.default_memory, memory), (entry.default_gpu_memory, gpu_memory))
    return any(least is not None and there >= _TOLD * least * _GB for least, there in pairs)


def fitting(entries: Iterable[Entry], computer: Computer) -> list[Entry]:
    """Those that run here without trouble."""
    return [entry for entry in entries if rough_fit(entry, computer) in ("gpu", "partly", "cpu")]


def rough_fit(entry: Entry, computer: Computer) -> Verdict:
    """Where it could run, before its header is known; memory's thresholds over the file and a fifth more."""
    need, room = _need(entry), _gpu_room(computer)
    shared = any(gpu.shared for gpu in computer.gpus)
    if need <= room and not (shared and need > _CPU * computer.total):
        return "gpu"
    if not shared and room >= _WORTH_SPLITTING * need and need - room <= _PARTLY * computer.total:
        return "partly"
    if need <= _CPU * computer.total:
        return "cpu"
    return "tight" if need <= _TIGHT * computer.total else "too large"


def rough_words(entry: Entry, computer: Computer) -> Problem:
    """The verdict as a sentence; there is nothing wrong that a Problem's remedy could tell of."""
    verdict = rough_fit(entry, computer)
    if verdict == "partly":
        return Problem("A part of it fits on your GPU, the rest runs on the processor: slower.")
    available = sum(gpu.free for gpu in computer.gpus) if verdict == "gpu" else computer.total
    return verdict_words(Fit(verdict, Need(_need(entry), 0, 0, 0, 0, 0), available, 0, 0, 0))


def rough_speed(entry: Entry, computer: Computer, speeds: Speeds) -> float:
    """Tokens per second of an answer, by what is read for each; 0 where it does not run."""
    verdict = rough_fit(entry, computer)
    bandwidth = speeds.gpu_read if verdict == "gpu" and speeds.gpu_read else speeds.read
    read = entry.size * (entry.active_billions or entry.billions) / entry.billions
    return bandwidth / (read * _OVER_FILE) if verdict != "too large" else 0.0


def _need(entry: Entry) -> int:
    return int(_OVER_FILE * entry.size)


def _gpu_room(computer: Computer) -> float:
    return sum(max(_GPU * gpu.free - _RESERVE, 0) for gpu in computer.gpus)
