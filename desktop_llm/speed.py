"""How fast a model would be here: what one short measurement of this computer says about any model."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from desktop_llm.memory import Fit, Shape

PROMPT = 512
"""Tokens of the prompt whose speed is told."""
DEPTH = 1000
"""Tokens in the cache of the chat whose speed is told."""
_HOST = 50e-6
_SAMPLING = 3e-9  # for each token of the vocabulary
# Attention over a 16-bit cache has no code as fast as weights have: its speeds as shares of theirs, at 4,000 tokens.
_CACHE, _ATTENTION = 0.3, 0.25
_MIXED_BITS = 0.6  # bytes of a weight in Q4_K_M
_SIX_BITS = 0.82  # and of one in Q6_K, as embeddings and output mostly are
_FURTHEST = 3.0


@dataclass(frozen=True)
class Speeds:
    """Measured once for an engine and its devices: bytes of weights read, and operations on prompts, per second.

    `plain_`: of weights that are not put into the processor's own order; `old_`: in formats it has no fast code for.
    `layer`: seconds of a step in each layer beside the reading; `between`: seconds of a prompt's token in each layer
    for each number of its width, beside the matrices. The GPU's are 0 where there is none.
    """

    engine: str
    device: str
    read: float
    operations: float
    gpu_read: float = 0.0
    gpu_operations: float = 0.0
    plain_read: float = 0.0
    plain_operations: float = 0.0
    old_read: float = 0.0
    old_operations: float = 0.0
    layer: float = 0.0
    between: float = 0.0
    gpu_layer: float = 0.0


def generation_speed(shape: Shape, fit: Fit, speeds: Speeds) -> float:
    """Tokens per second of one answer, 0 where it cannot be told."""
    on_gpu = _share_on_gpu(fit, speeds)
    if not _can_be_told(shape, fit) or speeds.read <= 0:
        return 0.0
    cache = _cache_read(shape)
    there = _over(shape.read_per_token + cache, speeds.gpu_read) + shape.layers * speeds.gpu_layer
    rates = speeds.read, speeds.plain_read, speeds.old_read
    weights = shape.read_per_token / _mixed(rates, _repacked(fit, on_gpu), shape.old_formats, shape.weights)
    here = weights + cache / (_CACHE * speeds.read) + shape.layers * speeds.layer
    return 1 / (on_gpu * there + (1 - on_gpu) * here + _HOST + _SAMPLING * shape.vocabulary)


def prompt_speed(shape: Shape, fit: Fit, speeds: Speeds) -> float:
    """Tokens of a prompt per second, 0 where it cannot be told."""
    on_gpu = _share_on_gpu(fit, speeds)
    if not _can_be_told(shape, fit) or speeds.operations <= 0:
        return 0.0
    matrices, attention = 2 * _active_parameters(shape), _attention(shape)
    in_layers = max(shape.weights - _SIX_BITS * shape.vocabulary * shape.embedding, 1.0)
    rates = speeds.operations, speeds.plain_operations, speeds.old_operations
    there = _over(matrices + attention, speeds.gpu_operations)
    here = matrices / _mixed(rates, _repacked(fit, on_gpu), shape.old_formats, in_layers)
    here += attention / (_ATTENTION * speeds.operations)
    here += speeds.between * shape.layers * shape.embedding
    return 1 / (on_gpu * there + (1 - on_gpu) * here)


def correction(pairs: Iterable[tuple[float, float]]) -> float:
    """How much faster models really were than predicted: the median over (predicted, measured), within bounds."""
    ratios = [measured / predicted for predicted, measured in pairs if predicted > 0 and measured > 0]
    return min(max(statistics.median(ratios), 1 / _FURTHEST), _FURTHEST) if ratios else 1.0


def corrected(predicted: float, ratio: float, measured: float = 0.0) -> float:
    """What to tell of a model: what was measured with it, else the prediction by what was learned from others."""
    return measured or predicted * ratio


def _can_be_told(shape: Shape, fit: Fit) -> bool:
    sizes = shape.known and shape.weights > 0 and shape.read_per_token > 0 and shape.layers > 0
    return sizes and fit.verdict not in ("too large", "unknown")


def _share_on_gpu(fit: Fit, speeds: Speeds) -> float:
    if speeds.gpu_read <= 0 or speeds.gpu_operations <= 0:
        return 0.0
    return min(fit.gpu_layers / fit.layers, 1.0) if fit.layers > 0 else 0.0


def _repacked(fit: Fit, on_gpu: float) -> float:
    """As if all layers were here."""
    return fit.need.repacked / (1 - on_gpu) if on_gpu < 1 else 0.0


def _mixed(rates: tuple[float, float, float], repacked: float, old: float, weights: float) -> float:
    """The speed over weights, of which some are repacked, some in old formats, and the others neither."""
    fast, plain, slow = rates
    of_fast, of_slow = min(repacked / weights, 1.0), min(old / weights, 1.0)
    seconds = of_fast / fast + of_slow / (slow or fast)
    return 1 / (seconds + max(1 - of_fast - of_slow, 0.0) / (plain or fast))


def _over(amount: float, speed: float) -> float:
    return amount / speed if speed > 0 else 0.0


def _cache_read(shape: Shape) -> float:
    """Bytes of a 16-bit KV cache read for a token at `DEPTH`; a recurrent layer's state is read and written."""
    each = 2 * (shape.key_length + shape.value_length)
    cells = sum(each * heads * _seen(shape, layer, DEPTH) for layer, heads in enumerate(shape.kv_heads))
    return cells + 2 * sum(shape.states)


def _attention(shape: Shape) -> float:
    """Operations of attention for a token in the middle of the prompt."""
    each = 2 * (shape.key_length + shape.value_length) * shape.heads
    return sum(each * _seen(shape, layer, PROMPT // 2) for layer, heads in enumerate(shape.kv_heads) if heads)


def _seen(shape: Shape, layer: int, depth: int) -> int:
    windowed = shape.window and layer < len(shape.windowed) and shape.windowed[layer]
    return min(depth, shape.window) if windowed else depth


def _active_parameters(shape: Shape) -> float:
    """Where they were not counted: of what is read, without the output, at what a Q4_K_M takes for each."""
    read = shape.read_per_token
    output = _SIX_BITS * shape.vocabulary * shape.embedding
    return shape.active_parameters or max(read - output, read / 4) / _MIXED_BITS
