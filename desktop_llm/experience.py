"""What loading and asking each model taught on this computer: kept in one file, and of use, never necessary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop_llm.settings import Loading
from desktop_llm.speed import Speeds


@dataclass(frozen=True)
class Lesson:
    """Of one file: `worked` is how it was loaded when it was `asked` for so. Bytes, tokens/s, seconds of time()."""

    asked: Loading | None = None
    worked: Loading | None = None
    memory: int = 0
    tokens_per_s: float = 0.0
    last_used: float = 0.0


class Experience:
    """Safe to use from any thread; a file that cannot be read or written costs only what it would have taught."""

    def __init__(self, path: Path | None) -> None:
        raise NotImplementedError

    def of(self, model: Path) -> Lesson:
        """What is known of this very file on this computer; an empty lesson for a new one."""
        raise NotImplementedError

    def note_loaded(self, model: Path, asked: Loading, worked: Loading, memory: int) -> None:
        raise NotImplementedError

    def note_answer(self, model: Path, tokens_per_s: float) -> None:
        raise NotImplementedError

    def speeds(self) -> Speeds | None:
        """The last measurement of this computer."""
        raise NotImplementedError

    def note_speeds(self, speeds: Speeds) -> None:
        raise NotImplementedError
