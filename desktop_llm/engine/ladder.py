"""What to try when a model could not be loaded: from what was wanted downwards, each rung once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from desktop_llm.engine.messages import Cause
from desktop_llm.errors import Problem
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

ALL_LAYERS = 1000
SMALLEST_CONTEXT = 2048
CACHE_BLOCK = 32
"""A quantized cache holds numbers in blocks of so many, which must divide the length of a head."""


@dataclass(frozen=True)
class Rung:
    """What to try next; `problem` says what was wrong and what is tried now."""

    loading: Loading
    problem: Problem


class Ladder:
    """From `loading` downwards: fewer layers on the GPU, a smaller context and cache, then the processor alone.

    `gpu`: whether there is one; `gpu_layers`: how many layers were to be on it, -1 if not known.
    """

    def __init__(self, loading: Loading, gpu: bool, shape: Shape | None, gpu_layers: int = -1) -> None:
        self.loading = loading
        self._wanted = loading
        self._gpu = gpu and gpu_layers != 0
        self._all = shape.layers + 1 if shape and shape.known else 0
        self._plain_cache = False
        self._rungs = _rungs(loading, self._gpu, shape, gpu_layers)

    def next(self, cause: Cause) -> Rung | None:
        """What to try after `loading`, the last tried, failed for `cause`; None where nothing else may help."""
        found = self._sidestep(cause) or (self._down(cause) if cause else None)
        if found is None:
            return None
        failed, self.loading = self.loading, found
        return Rung(found, self._problem(cause, failed, found))

    def _sidestep(self, cause: Cause) -> Loading | None:
        """The same rung without what cannot be had at all."""
        if cause == "map" and self.loading.memory_map:
            return replace(self.loading, memory_map=False)
        if cause == "cache" and self.loading.cache_type != "f16":
            self._plain_cache = True
            return replace(self.loading, cache_type="f16", flash_attention=self._wanted.flash_attention)
        return None

    def _down(self, cause: Cause) -> Loading | None:
        for rung in self._rungs:
            found = replace(rung, memory_map=self.loading.memory_map)
            if self._plain_cache:
                found = replace(found, cache_type="f16", flash_attention=self._wanted.flash_attention)
            fits = cause != "device" or found.gpu_layers == 0
            if fits and found != self.loading:
                return found
        return None

    def _problem(self, cause: Cause, failed: Loading, tried: Loading) -> Problem:
        values = {"layers": str(tried.gpu_layers), "all": str(self._all), "context": str(tried.context)}
        on_gpu = self._gpu and failed.gpu_layers != 0
        text = _WRONG_ON_GPU.get(cause, _WRONG[cause]) if on_gpu else _WRONG[cause]
        return Problem(text, self._change(failed, tried), values)

    def _change(self, failed: Loading, tried: Loading) -> str:
        if tried.gpu_layers == 0 and failed.gpu_layers != 0:
            return "Trying without the graphics card."
        if tried.gpu_layers != failed.gpu_layers:
            of_all = "Trying with {layers} of {all} layers on the graphics card."
            return of_all if self._all else "Trying with {layers} layers on the graphics card."
        if tried.context != failed.context:
            return "Trying with a context of {context} tokens."
        if tried.memory_map != failed.memory_map:
            return "Trying to read the whole file into memory."
        if tried.cache_type == "f16":
            return "Trying with the usual KV cache."
        return "Trying with a smaller KV cache."


_WRONG: dict[Cause, str] = {
    "memory": "There is not enough memory.",
    "device": "The graphics card failed.",
    "cache": "This model cannot have such a KV cache.",
    "map": "The model's file cannot be mapped into memory.",
    "crash": "The engine stopped while it loaded the model.",
}
_WRONG_ON_GPU: dict[Cause, str] = {"memory": "There is not enough memory on the graphics card."}


def _rungs(loading: Loading, gpu: bool, shape: Shape | None, gpu_layers: int) -> Iterator[Loading]:
    tried = loading
    if gpu and loading.gpu_layers != 0:
        for layers in _fewer(loading, shape, gpu_layers):
            tried = replace(loading, gpu_layers=layers)
            yield tried
        yield from _smaller(tried, shape)
        tried = replace(loading, gpu_layers=0)
        yield tried
    yield from _smaller(tried, shape)


def _fewer(loading: Loading, shape: Shape | None, gpu_layers: int) -> list[int]:
    """Three quarters, half and a quarter of the layers used; none where nobody knows how many those were."""
    most = shape.layers + 1 if shape and shape.known else 0
    used = gpu_layers if gpu_layers >= 0 else loading.gpu_layers
    if most:
        used = min(used, most) if used >= 0 else most
    if not 0 < used < ALL_LAYERS:
        return []
    return sorted({used * quarters // 4 for quarters in (1, 2, 3)} - {0, used}, reverse=True)


def _smaller(loading: Loading, shape: Shape | None) -> Iterator[Loading]:
    """Half the context as often as that leaves enough to be of use, with a quantized cache."""
    small = _with_smaller_cache(loading, shape)
    context = min(loading.context, shape.context or loading.context) if shape else loading.context
    if context <= SMALLEST_CONTEXT:
        yield small
    while context > SMALLEST_CONTEXT:
        context = max(context // 2, SMALLEST_CONTEXT)
        yield replace(small, context=context)


def _with_smaller_cache(loading: Loading, shape: Shape | None) -> Loading:
    lengths = (shape.key_length, shape.value_length) if shape and shape.known else (0, 0)
    if loading.cache_type != "f16" or any(length % CACHE_BLOCK for length in lengths):
        return loading
    flash_attention = "auto" if loading.flash_attention == "off" else loading.flash_attention
    return replace(loading, cache_type="q8_0", flash_attention=flash_attention)
