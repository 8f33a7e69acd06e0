"""What in a Sampling contradicts itself, told before anything is sent, and its logit biases read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from desktop_llm.errors import Problem, PromptError
from desktop_llm.fields import words
from desktop_llm.settings import Sampling

_FIELDS = {
    "penalties": ("repeat_penalty", "frequency_penalty", "presence_penalty"),
    "dry": ("dry_multiplier",),
    "top_n_sigma": ("top_n_sigma",),
    "top_k": ("top_k",),
    "typical_p": ("typical_p",),
    "top_p": ("top_p",),
    "min_p": ("min_p",),
    "xtc": ("xtc_probability",),
    "temperature": ("temperature", "temperature_range"),
}
"""What switches each sampler on."""
MENDED = "chat-settings"
"""What a button beside it opens."""
GRAMMAR_AND_SCHEMA = Problem(
    "An answer cannot follow a grammar and a JSON schema at once.", "Empty one of the two.", action=MENDED
)
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Sampling)}


def greedy(sampling: Sampling) -> bool:
    """Whether always the likeliest token is taken."""
    cold = sampling.temperature <= 0 and sampling.temperature_range <= 0
    return cold and sampling.mirostat == "off" and "temperature" in sampling.samplers


def contradictions(sampling: Sampling) -> tuple[Problem, ...]:
    """What cannot be had together, or would do nothing though it was set."""
    return (*_of_form(sampling), *_of_chance(sampling), *_of_order(sampling), *_of_biases(sampling))


def refusal(sampling: Sampling) -> Problem | None:
    """Why the engine would answer nothing with it, as far as that is known without asking the engine."""
    if sampling.grammar.strip() and sampling.schema.strip():
        return GRAMMAR_AND_SCHEMA
    return next(_of_biases(sampling), None)


def _of_form(sampling: Sampling) -> Iterator[Problem]:
    if sampling.grammar.strip() and sampling.schema.strip():
        yield GRAMMAR_AND_SCHEMA
    if sampling.ignore_end and (sampling.grammar.strip() or sampling.schema.strip()):
        text = "A grammar or a JSON schema says where an answer ends, so the answer cannot be kept from ending."
        yield Problem(text, 'Switch "Never end by itself" off.')


def _of_chance(sampling: Sampling) -> Iterator[Problem]:
    cold = sampling.temperature <= 0 and sampling.temperature_range <= 0
    chance = {
        "XTC": sampling.xtc_probability > 0,
        "Mirostat": sampling.mirostat != "off",
        "Adaptive-p": sampling.adaptive_target >= 0,
    }
    useless = ", ".join(name for name, on in chance.items() if on and cold)
    if useless:
        text = "At temperature 0 the likeliest word is always taken; {names} would do nothing or spoil that."
        yield Problem(text, "Raise the temperature, or switch the others off.", {"names": useless})
    if sampling.mirostat != "off":
        others = [name for names in _FIELDS.values() for name in names if name != "temperature"]
        changed = [name for name in (*others, "adaptive_target") if _set(sampling, name)]
        if changed:
            text = "Mirostat takes the place of {names}, which would do nothing."
            yield Problem(text, "Switch Mirostat off, or the others.", {"names": _labels(changed)})


def _of_order(sampling: Sampling) -> Iterator[Problem]:
    twice = {name for name in sampling.samplers if sampling.samplers.count(name) > 1}
    if twice:
        text = "The order of the samplers names {names} more than once."
        yield Problem(text, "Leave one of them.", {"names": ", ".join(sorted(twice))})
    unused = [name for sampler in _FIELDS if sampler not in sampling.samplers for name in _FIELDS[sampler]]
    changed = [name for name in unused if _set(sampling, name)]
    if changed and sampling.mirostat == "off":
        text = "{names} would do nothing: it is left out of the order of the samplers."
        yield Problem(text, "Put it back into the order, or back to its usual value.", {"names": _labels(changed)})
    blind = [*(_FIELDS["penalties"] if sampling.penalty_window == 0 else ())]
    blind += _FIELDS["dry"] if sampling.dry_window == 0 else ()
    idle = [name for name in blind if _set(sampling, name)]
    if idle:
        text = "{names} would do nothing: the window is 0, so nothing that was written is looked at."
        yield Problem(text, "Widen the window.", {"names": _labels(idle)})


def _of_biases(sampling: Sampling) -> Iterator[Problem]:
    try:
        logit_biases(sampling)
    except PromptError as error:
        yield error.problem


def _set(sampling: Sampling, name: str) -> bool:
    """Whether a value was chosen that is to do something."""
    value = getattr(sampling, name)
    return bool(value != _DEFAULTS[name] and value != words(Sampling, name).off)


def _labels(names: list[str]) -> str:
    return ", ".join(words(Sampling, name).label for name in names)


def logit_biases(sampling: Sampling) -> tuple[tuple[str | int, float], ...]:
    """Each text, or number of a token, and by how much its logit is raised. Raises PromptError."""
    return tuple(map(_bias, sampling.logit_bias))


def _bias(written: str) -> tuple[str | int, float]:
    target, _, amount = written.rpartition("=")
    try:
        bias = float(amount)
    except ValueError:
        bias = math.nan
    if not target or not (-100 <= bias <= 100 or bias == -math.inf):
        remedy = "Write text=number, from -100 to 100 or -inf; for a token by its number #123=5."
        raise PromptError(Problem("“{bias}” is not a logit bias.", remedy, {"bias": written}, MENDED))
    number = target[1:] if target.startswith("#") else ""
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 10 else target), bias
