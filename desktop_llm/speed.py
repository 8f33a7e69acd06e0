"""How fast a model would be here: what one short measurement of this computer says about any model."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_llm.memory import Fit, Shape


@dataclass(frozen=True)
class Speeds:
    """Measured once for an engine and its devices: bytes of weights read, and operations on prompts, per second.

    The GPU's are 0 where there is none.
    """

    engine: str
    device: str
    read: float
    operations: float
    gpu_read: float = 0.0
    gpu_operations: float = 0.0


def generation_speed(shape: Shape, fit: Fit, speeds: Speeds) -> float:
    """Tokens per second of one answer, 0 where it cannot be told."""
    raise NotImplementedError


def prompt_speed(shape: Shape, fit: Fit, speeds: Speeds) -> float:
    """Tokens of a prompt per second, 0 where it cannot be told."""
    raise NotImplementedError
