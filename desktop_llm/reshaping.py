"""How a Sampling reshapes the probabilities of the next token: for a picture, in plain Python, without the engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from desktop_llm.sampling_check import greedy
from desktop_llm.settings import Sampling

_Candidates = dict[int, float]
"""Logits that are left, by place, the likeliest first."""


def reshaped(logits: Sequence[float], sampling: Sampling, spread: float = 0.0) -> tuple[float, ...]:
    """Each token's probability to be chosen, 0 where it cannot be, from the `logits` of the likeliest ones.

    `spread`: the standard deviation of all logits, for top-n-sigma. What depends on the text so far (penalties, DRY,
    what mirostat and adaptive-p learnt) is left out. The fewer tokens are known, the more the rest counts for nothing.
    """
    order = sorted(range(len(logits)), key=lambda place: -logits[place])
    left = {place: logits[place] for place in order}
    if greedy(sampling):
        return tuple(float(place == order[0]) for place in range(len(logits)))
    names = ("temperature",) if sampling.mirostat != "off" else sampling.samplers
    mixed = _mixed(left, list(names), sampling, spread)
    return tuple(mixed.get(place, 0.0) for place in range(len(logits)))


def _mixed(left: _Candidates, names: list[str], sampling: Sampling, spread: float) -> dict[int, float]:
    """The probabilities in the end: XTC strikes only now and then, so both ways are followed."""
    for at, name in enumerate(names):
        if name == "xtc" and sampling.xtc_probability > 0:
            rest = names[at + 1 :]
            spared, struck = (_mixed(way, rest, sampling, spread) for way in (left, _xtc(left, sampling)))
            often = sampling.xtc_probability
            return {n: (1 - often) * spared.get(n, 0.0) + often * struck.get(n, 0.0) for n in left}
        if name in _STEPS:
            left = _STEPS[name](left, sampling, spread)
    return probabilities(left)


def probabilities(logits: _Candidates) -> dict[int, float]:
    best = max(logits.values(), default=0.0)
    weights = {place: math.exp(logit - best) for place, logit in logits.items()}
    total = sum(weights.values())
    return {place: weight / total for place, weight in weights.items()}


def _xtc(left: _Candidates, sampling: Sampling) -> _Candidates:
    obvious = [place for place, p in probabilities(left).items() if p >= sampling.xtc_threshold]
    return {place: logit for place, logit in left.items() if place not in obvious[:-1]}


def _top_n_sigma(left: _Candidates, sampling: Sampling, spread: float) -> _Candidates:
    if sampling.top_n_sigma <= 0 or spread <= 0:
        return left
    least = max(left.values()) - sampling.top_n_sigma * spread
    return {place: logit for place, logit in left.items() if logit >= least}


def _top_k(left: _Candidates, sampling: Sampling, _spread: float) -> _Candidates:
    return dict(list(left.items())[: sampling.top_k]) if sampling.top_k else left


def _typical_p(left: _Candidates, sampling: Sampling, _spread: float) -> _Candidates:
    if sampling.typical_p >= 1:
        return left
    chances = {place: p for place, p in probabilities(left).items() if p > 0}
    entropy = -sum(p * math.log(p) for p in chances.values())
    usual = sorted(chances, key=lambda place: abs(-math.log(chances[place]) - entropy))
    kept = _until({place: chances[place] for place in usual}, lambda total: total > sampling.typical_p)
    return {place: logit for place, logit in left.items() if place in kept}


def _top_p(left: _Candidates, sampling: Sampling, _spread: float) -> _Candidates:
    if sampling.top_p >= 1:
        return left
    kept = _until(probabilities(left), lambda total: total >= sampling.top_p)
    return {place: left[place] for place in kept}


def _until(chances: dict[int, float], enough: Callable[[float], bool]) -> list[int]:
    """The first of them that together are enough."""
    total, kept = 0.0, list[int]()
    for place, chance in chances.items():
        kept.append(place)
        total += chance
        if enough(total):
            break
    return kept


def _min_p(left: _Candidates, sampling: Sampling, _spread: float) -> _Candidates:
    if sampling.min_p <= 0:
        return left
    least = max(left.values()) + math.log(sampling.min_p)
    return {place: logit for place, logit in left.items() if logit >= least}


def _temperature(left: _Candidates, sampling: Sampling, _spread: float) -> _Candidates:
    temperature = _now(left, sampling)
    if temperature <= 0:
        best = max(left, key=lambda place: left[place])
        return {best: left[best]}
    return {place: logit / temperature for place, logit in left.items()}


def _now(left: _Candidates, sampling: Sampling) -> float:
    """The temperature at this place: within its range by how unsure the model is."""
    if sampling.temperature_range <= 0 or len(left) < 2:
        return sampling.temperature if sampling.temperature_range <= 0 else 1.0
    low = max(0.0, sampling.temperature - sampling.temperature_range)
    high = sampling.temperature + sampling.temperature_range
    entropy = -sum(p * math.log(p) for p in probabilities(left).values() if p > 0)
    return float(low + (high - low) * (entropy / math.log(len(left))) ** sampling.temperature_exponent)


_STEPS: dict[str, Callable[[_Candidates, Sampling, float], _Candidates]] = {
    "top_n_sigma": _top_n_sigma,
    "top_k": _top_k,
    "typical_p": _typical_p,
    "top_p": _top_p,
    "min_p": _min_p,
    "temperature": _temperature,
}
