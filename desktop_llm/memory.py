"""How much memory a model needs here, by arithmetic alone, and whether it fits: before it is downloaded or loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from desktop_llm.settings import Loading

Verdict = Literal["gpu", "partly", "cpu", "tight", "too large", "unknown"]


@dataclass(frozen=True)
class Shape:
    """What a model's memory and speed follow from; sizes in bytes, one entry of a tuple for each layer.

    `known` is False where keys are missing or the architecture is strange: then only `weights` is to be trusted.
    """

    architecture: str
    known: bool
    weights: int
    read_per_token: int
    """Of the weights, what is read for each token: only the experts used, one row of the embeddings."""
    context: int
    layers: int
    embedding: int
    vocabulary: int
    heads: int
    kv_heads: tuple[int, ...]
    key_length: int
    value_length: int
    window: int = 0
    windowed: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Need:
    """Bytes; `state`: of recurrent layers, `repacked`: the second copy of weights in the processor's own order."""

    weights: int
    cache: int
    state: int
    compute: int
    repacked: int
    program: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.state + self.compute + self.repacked + self.program


@dataclass(frozen=True)
class Gpu:
    """`shared`: it has no memory but the computer's own."""

    name: str
    free: int
    total: int
    shared: bool = False


@dataclass(frozen=True)
class Computer:
    """What there is to load a model into; bytes."""

    available: int
    total: int
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True)
class Fit:
    """`available` is what `need` is to be compared with: the GPU's memory for "gpu", else the computer's in all."""

    verdict: Verdict
    need: Need
    available: int
    context: int
    gpu_layers: int
    layers: int


def need_of(shape: Shape, loading: Loading, gpu_layers: int = 0) -> Need:
    """What the processor's side needs with `gpu_layers` of the layers elsewhere."""
    raise NotImplementedError


def fit(shape: Shape, loading: Loading, computer: Computer) -> Fit:
    """Where the model can run on this computer, in the context that would be used (`loading`'s, or the model's)."""
    raise NotImplementedError
