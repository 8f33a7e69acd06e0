"""The sampling values a model's author recommends, in a GGUF header or a repository's generation_config.json."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from desktop_llm.fields import Values, sound
from desktop_llm.settings import SAMPLERS, Sampling

LONGEST_CONFIG = 64 * 1024
_LONGEST_SEQUENCE = 511  # llama.cpp reads no more
_LONGEST_NUMBER = 40

# What llama.cpp calls them, after "general.sampling.", and what they are here.
_OF_LLAMA = {
    "temp": "temperature", "top_k": "top_k", "top_p": "top_p", "min_p": "min_p", "xtc_probability": "xtc_probability",
    "xtc_threshold": "xtc_threshold", "penalty_repeat": "repeat_penalty", "penalty_last_n": "penalty_window",
    "mirostat": "mirostat", "mirostat_tau": "mirostat_tau", "mirostat_eta": "mirostat_eta", "sequence": "samplers",
}  # fmt: skip
_MIROSTAT = ("off", "1", "2")
_OTHER_NAMES = {"typical_p": ("typ", "typp", "typical"), "top_p": ("nucleus",), "temperature": ("temp",)}
_SAMPLERS = {other: name for name in SAMPLERS for other in (name.replace("_", ""), *_OTHER_NAMES.get(name, ()))}

# What transformers calls them and what they are here, and its own values where nobody chose.
_OF_TRANSFORMERS = {
    "temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "min_p": "min_p", "typical_p": "typical_p",
    "repetition_penalty": "repeat_penalty",
}  # fmt: skip
_UNCHOSEN: Values = {"temperature": 1.0, "top_p": 1.0, "top_k": 50, "typical_p": 1.0, "repeat_penalty": 1.0}


def header_sampling(metadata: Mapping[str, Any]) -> Values:
    """What a GGUF file's `general.sampling.` keys say."""
    return _read({name: metadata.get(f"general.sampling.{key}") for key, name in _OF_LLAMA.items()})


def config_sampling(data: bytes) -> Values:
    """What a repository's generation_config.json says; nothing where it is damaged, or nobody chose anything."""
    config = _config(data)
    found = _read({name: config.get(key) for key, name in _OF_TRANSFORMERS.items()})
    # Beside a value that was chosen, one left as it was belongs to the choice.
    chosen = any(value != _UNCHOSEN.get(name) for name, value in found.items())
    always_the_likeliest = {"temperature": 0.0} if config.get("do_sample") is False else {}
    return (found if chosen else {}) | always_the_likeliest


def _read(told: Values) -> Values:
    """What can be made of strangers' values, by their names here."""
    reading = {"top_k": _whole, "penalty_window": _whole, "mirostat": _mirostat, "samplers": _order}
    return sound(Sampling, {name: reading.get(name, _number)(value) for name, value in told.items()})


def _config(data: bytes) -> dict[str, Any]:
    if len(data) > LONGEST_CONFIG:
        return {}
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def _mirostat(value: Any) -> str | None:
    version = _whole(value)
    return None if version is None else dict(enumerate(_MIROSTAT)).get(version)


def _order(sequence: Any) -> tuple[str, ...] | None:
    """The samplers in llama.cpp's own spellings; nothing where one has no place in an order here, or two."""
    if not isinstance(sequence, str) or len(sequence) > _LONGEST_SEQUENCE:
        return None
    spelled = [name.strip().lower().replace("_", "").replace("-", "") for name in sequence.split(";") if name.strip()]
    order = tuple(_SAMPLERS[name] for name in spelled if name in _SAMPLERS)
    return order if order and len(set(order)) == len(spelled) else None


def _number(value: Any) -> float | None:
    """As it was written: a header keeps the nearest number of 32 bits."""
    number = _parsed(value)
    return None if number is None else float(f"{number:.6g}")


def _whole(value: Any) -> int | None:
    number = _parsed(value)
    return int(number) if number is not None and number.is_integer() else None


def _parsed(value: Any) -> float | None:
    """A number, also one in words, as llama.cpp takes them; neither nan nor infinite."""
    wordy = isinstance(value, str) and len(value) <= _LONGEST_NUMBER
    if isinstance(value, bool) or not (wordy or isinstance(value, (int, float))):
        return None
    with contextlib.suppress(ValueError, OverflowError):
        number = float(value)
        return number if math.isfinite(number) else None
    return None
