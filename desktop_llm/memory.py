"""How much memory a model needs here, by arithmetic alone, and whether it fits: before it is downloaded or loaded."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from desktop_llm.errors import Problem
from desktop_llm.settings import Loading

Verdict = Literal["gpu", "partly", "cpu", "tight", "too large", "unknown"]

CHAT_SEQUENCES = 8
"""Answers at once in a chat's context, where the settings leave that to the program."""

_MB = 1000 * 1000
_PROGRAM = 150 * _MB
_CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
_CELLS = 256  # llama.cpp rounds a context up to so many
# Of what is free on a GPU so much stays so, for its driver and for what else is drawn.
_GPU_SHARE, _GPU_DRIVER = 0.9, 300 * _MB
_PARTLY, _CPU, _TIGHT = 0.85, 0.75, 0.9  # of the computer's memory


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
    window_key_length: int = 0
    window_value_length: int = 0
    """Of the windowed layers, where theirs are others."""
    states: tuple[int, ...] = ()
    """What recurrent layers keep for one sequence."""
    forward: int = 0
    mixing: int = 0
    """Numbers computed with at once for each token: in the feed-forward part, and in a recurrent layer."""
    layer_weights: tuple[int, ...] = ()
    repackable: tuple[int, ...] = ()
    """One entry more, the last for the output. Without them every layer weighs the same, and none is repacked."""
    tied: bool = False
    """The output is the embeddings again."""
    active_parameters: int = 0
    """Those that each token of a prompt is multiplied with: not the embeddings, nor the output; 0 where not counted."""
    old_formats: int = 0
    """Of the weights, those in number formats that no processor has fast code for."""


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
    repacks: bool = True
    """Whether llama.cpp makes a second copy of weights here, in the processor's own order."""


@dataclass(frozen=True)
class Fit:
    """`available` is what `need` is to be compared with: the GPU's memory for "gpu", else the computer's in all."""

    verdict: Verdict
    need: Need
    available: int
    context: int
    gpu_layers: int
    layers: int


def need_of(shape: Shape, loading: Loading, gpu_layers: int = 0, *, repacks: bool = True) -> Need:
    """What the processor's side needs with `gpu_layers` of the layers elsewhere."""
    if not shape.known:
        return Need(shape.weights, 0, 0, 0, 0, _PROGRAM)
    here = range(_first_on_gpu(shape, gpu_layers))
    weights = max(shape.weights - sum(_weight(shape, n) for n in _on_gpu(shape, gpu_layers)), 0)
    if shape.tied and gpu_layers > 0:
        weights += _weight(shape, shape.layers)
    # Beside a GPU llama.cpp keeps the rest as it is, so that it can be handed over.
    repacked = sum(shape.repackable) if repacks and gpu_layers <= 0 else 0
    if not loading.memory_map:
        # Read and put in order at once, there is no first copy.
        weights -= min(repacked, weights)
    cache, state = _cache(shape, loading, here), _state(shape, loading, here)
    return Need(weights, cache, state, _compute(shape, loading), repacked, _PROGRAM)


def gpu_need(shape: Shape, loading: Loading, layers: int) -> Need:
    """What `layers` of the layers need on a GPU, counted as llama.cpp does: from the output down."""
    there = _on_gpu(shape, layers)
    if not shape.known or not there:
        return Need(0, 0, 0, 0, 0, 0)
    weights = sum(_weight(shape, n) for n in there)
    compute = _compute(shape, loading) + (_passing(shape, loading) if layers <= shape.layers else 0)
    return Need(weights, _cache(shape, loading, there), _state(shape, loading, there), compute, 0, 0)


def taken(shape: Shape, loading: Loading, gpu_layers: int, *, repacks: bool = True) -> int:
    """Bytes llama.cpp takes for it on both sides, without the program itself."""
    here, there = need_of(shape, loading, gpu_layers, repacks=repacks), gpu_need(shape, loading, gpu_layers)
    return here.total - here.program + there.total


def layers_that_fit(shape: Shape, loading: Loading, gpus: Sequence[Gpu]) -> int:
    """How many layers, the output as one of them, the GPUs have room for; all are `shape.layers + 1`."""
    if not shape.known or not gpus:
        return 0
    room, everything = sum(_gpu_room(gpu) for gpu in gpus), shape.layers + 1
    if _takes(shape, loading, everything, len(gpus)) <= room:
        return everything
    return bisect.bisect_right(range(1, everything), room, key=lambda n: _takes(shape, loading, n, len(gpus)))


def fit(shape: Shape, loading: Loading, computer: Computer) -> Fit:
    """Where the model can run on this computer, in the context that would be used (`loading`'s, or the model's)."""
    layers, everything = _gpu_layers(shape, loading, computer), shape.layers + 1
    context = context_of(shape, loading)
    if not shape.known:
        return Fit("unknown", need_of(shape, loading), computer.total, context, 0, everything)
    if layers == everything and not _crowded(shape, loading, computer):
        free = sum(gpu.free for gpu in computer.gpus)
        return Fit("gpu", gpu_need(shape, loading, layers), free, context, layers, everything)
    need = need_of(shape, loading, layers, repacks=computer.repacks)
    if any(gpu.shared for gpu in computer.gpus):
        need = _together(need, gpu_need(shape, loading, layers))
    verdict: Verdict = _verdict(need, computer, partly=1 < layers < everything)
    return Fit(verdict, need, computer.total, context, layers, everything)


def context_of(shape: Shape, loading: Loading) -> int:
    """The tokens a chat would have: those wanted, but no more than the model was made for."""
    longest = int(shape.context * loading.rope_scale)
    return min(loading.context, longest) if longest > 0 else loading.context


def verdict_words(fit: Fit) -> Problem:
    """The verdict as a sentence; there is nothing wrong that a Problem's remedy could tell of."""
    values = {"need": amount(fit.need.total), "available": amount(fit.available)}
    values |= {"layers": str(fit.layers), "gpu_layers": str(fit.gpu_layers)}
    if fit.verdict == "unknown":
        values["need"] = amount(fit.need.weights)
    return Problem(_WORDS[fit.verdict], "", values)


_WORDS: dict[Verdict, str] = {
    "gpu": "Runs fully on your GPU: needs about {need} of {available}.",
    "partly": "About {gpu_layers} of {layers} layers fit on your GPU, the rest runs on the processor: slower.",
    "cpu": "Runs on the processor: needs about {need} of {available} memory.",
    "tight": "Will work only if you close other programs: needs about {need} of {available} memory, and may be slow.",
    "too large": "Too large for this computer: needs about {need}, you have {available}.",
    "unknown": "Needs at least {need} (the size of its file); the context needs more.",
}


def amount(count: int) -> str:
    """Bytes in GB as people count them, to one place; small ones in MB."""
    return f"{count / 10**9:.1f} GB" if count >= 10**8 else f"{count / _MB:.0f} MB"


# ---- the verdict


def _gpu_layers(shape: Shape, loading: Loading, computer: Computer) -> int:
    """As many as the settings want, where they fit."""
    wanted = loading.gpu_layers if loading.gpu_layers >= 0 else shape.layers + 1
    return min(wanted, layers_that_fit(shape, loading, computer.gpus))


def _gpu_room(gpu: Gpu) -> int:
    return max(int(_GPU_SHARE * gpu.free) - _GPU_DRIVER, 0)


def _takes(shape: Shape, loading: Loading, layers: int, gpus: int) -> int:
    """Each GPU computes in a buffer of its own, and where one ends a layer does not go in half."""
    need = gpu_need(shape, loading, layers)
    largest = max((_weight(shape, n) for n in _on_gpu(shape, layers)), default=0)
    return need.total + (gpus - 1) * (need.compute + largest)


def _crowded(shape: Shape, loading: Loading, computer: Computer) -> bool:
    """Whether a GPU that lives in the computer's own memory would leave too little of it."""
    in_all = gpu_need(shape, loading, shape.layers + 1).total + _PROGRAM
    return any(gpu.shared for gpu in computer.gpus) and in_all > _CPU * computer.total


def _together(need: Need, there: Need) -> Need:
    """What both sides need, where a GPU has no memory but the computer's."""
    weights, cache, state = need.weights + there.weights, need.cache + there.cache, need.state + there.state
    return Need(weights, cache, state, need.compute + there.compute, need.repacked, need.program)


def _verdict(need: Need, computer: Computer, partly: bool) -> Verdict:
    if partly and need.total <= _PARTLY * computer.total:
        return "partly"
    # Mapped weights can go back to the disk, the rest must have its place just now.
    fixed = need.total - need.weights - need.program
    if need.total <= _CPU * computer.total and fixed <= computer.available:
        return "cpu"
    return "tight" if need.total <= _TIGHT * computer.total else "too large"


# ---- what llama.cpp takes


def _first_on_gpu(shape: Shape, gpu_layers: int) -> int:
    return shape.layers + 1 - max(min(gpu_layers, shape.layers + 1), 0)


def _on_gpu(shape: Shape, gpu_layers: int) -> range:
    return range(_first_on_gpu(shape, gpu_layers), shape.layers + 1)


def _weight(shape: Shape, layer: int) -> int:
    if layer < len(shape.layer_weights):
        return shape.layer_weights[layer]
    return shape.weights // (shape.layers + 1)


def _sequences(loading: Loading) -> int:
    return loading.parallel or CHAT_SEQUENCES


def _cells(shape: Shape, loading: Loading) -> int:
    return -(-context_of(shape, loading) // _CELLS) * _CELLS


def _cache(shape: Shape, loading: Loading, layers: range) -> int:
    """Keys and values of these layers. Windowed ones keep all cells too, so that an earlier beginning can be used."""
    numbers = sum(shape.kv_heads[n] * _head_length(shape, n) for n in layers if n < len(shape.kv_heads))
    return int(_cells(shape, loading) * numbers * _CACHE_BYTES[loading.cache_type])


def _head_length(shape: Shape, layer: int) -> int:
    if layer < len(shape.windowed) and shape.windowed[layer]:
        return (shape.window_key_length or shape.key_length) + (shape.window_value_length or shape.value_length)
    return shape.key_length + shape.value_length


def _state(shape: Shape, loading: Loading, layers: range) -> int:
    return sum(shape.states[n] for n in layers if n < len(shape.states)) * _sequences(loading)


def _compute(shape: Shape, loading: Loading) -> int:
    """llama.cpp's buffers for a batch of a prompt and for the outputs; the figures were found by measuring."""
    sequences, cells = _sequences(loading), _cells(shape, loading)
    tokens = min(max(loading.batch, sequences), cells)
    plain = loading.flash_attention == "off" and loading.cache_type == "f16"
    masks = (any(shape.kv_heads) + any(shape.windowed)) * cells * (4 if plain else 2)
    work = max(_feeding(shape), _attending(shape, cells if plain else 0), shape.mixing)
    state = max(shape.states, default=0) * sequences if shape.mixing else 0
    return tokens * (masks + 4 * work) + state + 4 * shape.vocabulary * sequences


def _passing(shape: Shape, loading: Loading) -> int:
    """Room on a GPU for one layer of those that stay here: for a long prompt each passes through there."""
    here = range(shape.layers)
    return max((_weight(shape, n) + _cache(shape, loading, range(n, n + 1)) for n in here), default=0)


def _feeding(shape: Shape) -> int:
    return 3 * shape.forward + 4 * shape.embedding


def _attending(shape: Shape, scores: int) -> int:
    """`scores`: cells whose scores are all kept at once, without flash attention."""
    queries = shape.heads * shape.key_length
    if scores:
        return shape.heads * scores + 3 * queries + 2 * shape.embedding
    return 2 * queries + max(shape.kv_heads, default=0) * shape.key_length + shape.embedding
