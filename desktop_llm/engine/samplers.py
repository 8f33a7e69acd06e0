"""llama.cpp's samplers, chained in the order a Sampling asks for."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llama_cpp.llama_cpp as native

from desktop_llm.engine.grammar import compiled, compiled_schema
from desktop_llm.engine.llama import Context, Model
from desktop_llm.errors import Problem, PromptError
from desktop_llm.sampling_check import GRAMMAR_AND_SCHEMA, greedy, logit_biases
from desktop_llm.settings import Sampling

MOST_BREAKERS = 32
MOST_PROTOTYPES = 4
_LEAST = 1  # no sampler leaves fewer
_MIROSTAT_TOKENS = 100
_NEXT_TO_NOTHING = 1e-37


class SamplerChain:
    """The samplers of one answer to the prompt `said`. Raises PromptError on an unusable schema, grammar or bias."""

    def __init__(
        self, context: Context, sampling: Sampling, seed: int, schema: str | None, said: Sequence[int] = ()
    ) -> None:
        self.seed = seed
        self._context = context.handle
        self._chain: Any = native.llama_sampler_chain_init(native.llama_sampler_chain_default_params())
        try:
            for sampler in _samplers(context, sampling, seed, schema, said):
                native.llama_sampler_chain_add(self._chain, sampler)
        except PromptError:
            self.close()
            raise

    def sample(self, row: int) -> int:
        return int(native.llama_sampler_sample(self._chain, self._context, row))

    def close(self) -> None:
        native.llama_sampler_free(self._chain)


def _samplers(
    context: Context, sampling: Sampling, seed: int, schema: str | None, said: Sequence[int]
) -> Iterator[Any]:
    """As common/sampling.cpp has them; a grammar is applied to all tokens, there first to the chosen one alone."""
    model = context.model
    forms = list(_forms(model, sampling, schema))
    yield from _biased(model, sampling, bool(forms))
    yield from forms
    if sampling.mirostat != "off":
        yield from _mirostat(model, sampling, seed)
        return
    for name in sampling.samplers:
        if not greedy(sampling) or name in _LOOKING_BACK:
            yield from _MADE[name](context, sampling, seed, said)
    yield _choosing(sampling, seed)


def _forms(model: Model, sampling: Sampling, schema: str | None) -> Iterator[Any]:
    """What every answer has to follow; a task's own `schema` comes before what is set."""
    grammar, own = sampling.grammar.strip(), sampling.schema.strip()
    if schema is not None:
        yield compiled_schema(model.vocab, schema)
    elif grammar and own:
        raise PromptError(GRAMMAR_AND_SCHEMA)
    elif grammar or own:
        yield compiled(model.vocab, grammar) if grammar else compiled_schema(model.vocab, own)


def _choosing(sampling: Sampling, seed: int) -> Any:
    """What takes one of those that are left."""
    if greedy(sampling):
        return native.llama_sampler_init_greedy()
    if sampling.adaptive_target >= 0:
        return native.llama_sampler_init_adaptive_p(sampling.adaptive_target, sampling.adaptive_decay, seed)
    return native.llama_sampler_init_dist(seed)


def _mirostat(model: Model, sampling: Sampling, seed: int) -> Iterator[Any]:
    yield native.llama_sampler_init_temp(sampling.temperature)
    yield _sweep()
    target = sampling.mirostat_tau, sampling.mirostat_eta
    if sampling.mirostat == "1":
        yield native.llama_sampler_init_mirostat(model.words, seed, *target, _MIROSTAT_TOKENS)
    else:
        yield native.llama_sampler_init_mirostat_v2(seed, *target)


def _sweep() -> Any:
    """Takes away what is impossible: typical-p and mirostat take logarithms of every probability."""
    return native.llama_sampler_init_min_p(_NEXT_TO_NOTHING, _LEAST)


# ---- logit bias


def _biased(model: Model, sampling: Sampling, formed: bool) -> Iterator[Any]:
    biases = [(token, bias) for wanted, bias in logit_biases(sampling) for token in _tokens(model, wanted, bias)]
    if formed:
        # A grammar may leave just one token, and that has to remain.
        biases = [(token, max(bias, -100.0)) for token, bias in biases]
    elif sampling.ignore_end:
        biases += [(token, -math.inf) for token in model.end_tokens]
    if biases:
        array = (native.llama_logit_bias * len(biases))(*(native.llama_logit_bias(*bias) for bias in biases))
        yield native.llama_sampler_init_logit_bias(model.words, len(biases), array)


def _tokens(model: Model, wanted: str | int, bias: float) -> list[int]:
    """The token of that number, or all tokens of that text."""
    if isinstance(wanted, str):
        return model.tokenize(wanted, special=True)
    if wanted >= model.words:
        values = {"bias": f"#{wanted}={bias:g}", "words": str(model.words)}
        text = "There is no token for the logit bias “{bias}”: this model has {words} tokens."
        raise PromptError(Problem(text, "Choose a smaller number, or write the text of the token.", values))
    return [wanted]


# ---- each sampler by its name


def _penalties(context: Context, sampling: Sampling, _seed: int, said: Sequence[int]) -> Iterator[Any]:
    amounts = sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty
    window = _window(sampling.penalty_window, context)
    if window and amounts != (1.0, 0.0, 0.0):
        yield _told(native.llama_sampler_init_penalties(context.model.words, window, *amounts), said, window)


def _dry(context: Context, sampling: Sampling, _seed: int, said: Sequence[int]) -> Iterator[Any]:
    window = _window(sampling.dry_window, context)
    if window and sampling.dry_multiplier > 0:
        yield _told(native.llama_sampler_clone(_dry_prototype(context.model, sampling, window)), said, window)


def _dry_prototype(model: Model, sampling: Sampling, window: int) -> Any:
    """Kept with the model: the whole vocabulary is searched for what ends a phrase."""
    values = sampling.dry_multiplier, sampling.dry_base, sampling.dry_allowed_length, window
    breakers = [text.encode("utf-8", "replace") for text in sampling.dry_breakers[:MOST_BREAKERS] if text.strip("\0")]
    key = (*values, *breakers)
    if key not in model.prototypes:
        if len(model.prototypes) >= MOST_PROTOTYPES:
            model.free_prototypes()
        texts = (ctypes.c_char_p * len(breakers))(*breakers)
        model.prototypes[key] = native.llama_sampler_init_dry(model.vocab, *values, texts, len(breakers))
    return model.prototypes[key]


def _told(sampler: Any, said: Sequence[int], window: int) -> Any:
    """What was said before the answer is looked back at too."""
    for token in said[-window:]:
        native.llama_sampler_accept(sampler, token)
    return sampler


def _window(tokens: int, context: Context) -> int:
    return context.tokens if tokens < 0 else min(tokens, context.tokens)


def _top_n_sigma(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    if sampling.top_n_sigma > 0:
        yield native.llama_sampler_init_top_n_sigma(sampling.top_n_sigma)


def _top_k(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    if sampling.top_k:
        yield native.llama_sampler_init_top_k(sampling.top_k)


def _typical_p(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    if sampling.typical_p < 1:
        yield _sweep()
        yield native.llama_sampler_init_typical(sampling.typical_p, _LEAST)


def _top_p(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    yield native.llama_sampler_init_top_p(sampling.top_p, _LEAST)


def _min_p(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    yield native.llama_sampler_init_min_p(sampling.min_p, _LEAST)


def _xtc(_context: Context, sampling: Sampling, seed: int, _said: Sequence[int]) -> Iterator[Any]:
    if sampling.xtc_probability > 0:
        yield native.llama_sampler_init_xtc(sampling.xtc_probability, sampling.xtc_threshold, _LEAST, seed)


def _temperature(_context: Context, sampling: Sampling, _seed: int, _said: Sequence[int]) -> Iterator[Any]:
    dynamic = sampling.temperature_range, sampling.temperature_exponent
    yield native.llama_sampler_init_temp_ext(sampling.temperature, *dynamic)


_MADE: dict[str, Callable[[Context, Sampling, int, Sequence[int]], Iterator[Any]]] = {
    "penalties": _penalties,
    "dry": _dry,
    "top_n_sigma": _top_n_sigma,
    "top_k": _top_k,
    "typical_p": _typical_p,
    "top_p": _top_p,
    "min_p": _min_p,
    "xtc": _xtc,
    "temperature": _temperature,
}
_LOOKING_BACK = ("penalties", "dry")
