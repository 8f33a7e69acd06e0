"""The chain's probabilities for given logits, beside the same computed here in numpy and nothing of llama.cpp's."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as native
import numpy as np
import numpy.typing as npt
import pytest

from desktop_llm.engine import llama
from desktop_llm.engine.samplers import SamplerChain
from desktop_llm.errors import PromptError
from desktop_llm.reshaping import reshaped
from desktop_llm.settings import SAMPLERS, Sampling

Numbers = npt.NDArray[np.float64]
OFF = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repeat_penalty=1.0)
NEWLINE = 15


@pytest.fixture(scope="module")
def context(tiny: Path) -> Iterator[llama.Context]:
    llama.begin()
    model = llama.Model(tiny, llama.Loading(context=256, gpu_layers=0), lambda _fraction: True)
    context = llama.Context(model, 256, 1, shared=True)
    yield context
    context.close()
    model.close()


@pytest.fixture
def logits(context: llama.Context) -> Numbers:
    return np.random.default_rng(5).normal(0, 3, context.model.words).astype(np.float32).astype(np.float64)


class Chain:
    """A chain applied to logits of the test's own."""

    def __init__(
        self, context: llama.Context, sampling: Sampling, said: Sequence[int] = (), schema: str | None = None
    ) -> None:
        self._chain = SamplerChain(context, sampling, 7, schema, said)

    def apply(self, logits: Numbers) -> tuple[Numbers, int]:
        """Each token's probability, and which was taken."""
        data = (native.llama_token_data * len(logits))()
        for token, logit in enumerate(logits):
            data[token] = native.llama_token_data(token, logit, 0.0)
        array = native.llama_token_data_array(data, len(logits), -1, False)
        native.llama_sampler_apply(self._chain._chain, ctypes.byref(array))
        left = [array.data[n] for n in range(array.size)]
        found = np.zeros(len(logits))
        found[[one.id for one in left]] = [one.p for one in left]
        return found, left[array.selected].id

    def accept(self, token: int) -> None:
        native.llama_sampler_accept(self._chain._chain, token)

    def close(self) -> None:
        self._chain.close()


def chances(
    context: llama.Context, logits: Numbers, sampling: Sampling, said: Sequence[int] = (), schema: str | None = None
) -> Numbers:
    chain = Chain(context, sampling, said, schema)
    found, _ = chain.apply(logits)
    chain.close()
    return found


# ---- the same in numpy


@dataclass
class Left:
    """Candidates, some of them impossible (-inf)."""

    ids: npt.NDArray[np.int64]
    logits: Numbers

    def kept(self, mask: Any) -> Left:
        return Left(self.ids[mask], self.logits[mask])

    def best_first(self) -> Left:
        return self.kept(np.argsort(-self.logits, kind="stable"))


def softmax(logits: Numbers) -> Numbers:
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum())


def entropy(chances: Numbers) -> float:
    some = chances[chances > 0]
    return float(-(some * np.log(some)).sum())


def top_k(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    return left.best_first().kept(slice(s.top_k)) if s.top_k else left


def top_p(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    if s.top_p >= 1:
        return left
    left = left.best_first()
    return left.kept(slice(int(np.argmax(np.cumsum(softmax(left.logits)) >= s.top_p)) + 1))


def min_p(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    found = softmax(left.logits)
    return left.kept(found >= s.min_p * found.max()) if s.min_p else left


def typical_p(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    if s.typical_p >= 1:
        return left
    left = left.kept(np.isfinite(left.logits))
    found = softmax(left.logits)
    order = np.argsort(np.abs(-np.log(found) - entropy(found)), kind="stable")
    return left.kept(order[: int(np.argmax(np.cumsum(found[order]) > s.typical_p)) + 1])


def top_n_sigma(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    if not s.top_n_sigma:
        return left
    finite = left.logits[np.isfinite(left.logits)]
    near = left.logits >= finite.max() - s.top_n_sigma * finite.std()
    return Left(left.ids, np.where(near, left.logits, -np.inf))


def xtc(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    left = left.best_first() if s.xtc_probability else left
    obvious = int((softmax(left.logits) >= s.xtc_threshold).sum())
    return left.kept(slice(max(obvious - 1, 0), None)) if s.xtc_probability else left


def temperature(left: Left, s: Sampling, _said: Sequence[int]) -> Left:
    now = s.temperature
    if s.temperature_range and len(left.ids) > 1:
        low, high = max(0.0, now - s.temperature_range), now + s.temperature_range
        now = low + (high - low) * (entropy(softmax(left.logits)) / math.log(len(left.ids))) ** s.temperature_exponent
    return Left(left.ids, left.logits / now)


def penalties(left: Left, s: Sampling, said: Sequence[int]) -> Left:
    changed = dict(zip(left.ids.tolist(), left.logits.tolist(), strict=True))
    recent = list(said[-s.penalty_window :]) if s.penalty_window else []
    for token in set(recent) & set(changed):
        logit = changed[token]
        logit = logit * s.repeat_penalty if logit <= 0 else logit / s.repeat_penalty
        changed[token] = logit - recent.count(token) * s.frequency_penalty - s.presence_penalty
    return Left(left.ids, np.array([changed[token] for token in left.ids.tolist()]))


def same_ends(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both end with alike."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def dry(left: Left, s: Sampling, said: Sequence[int]) -> Left:
    """NEWLINE alone ends a phrase here."""
    recent = list(said[-s.dry_window :])
    if not s.dry_multiplier or len(recent) <= s.dry_allowed_length:
        return left
    limit = recent[::-1].index(NEWLINE) if NEWLINE in recent else len(recent)
    longest: dict[int, int] = {}
    for at in range(1, len(recent)):
        repeated = min(same_ends(recent[:at], recent), limit)
        longest[recent[at]] = max(longest.get(recent[at], 0), repeated)
    taken = {
        token: s.dry_multiplier * s.dry_base ** (length - s.dry_allowed_length)
        for token, length in longest.items()
        if length >= s.dry_allowed_length and token != NEWLINE
    }
    return Left(left.ids, left.logits - np.array([taken.get(token, 0.0) for token in left.ids.tolist()]))


STEPS: dict[str, Callable[[Left, Sampling, Sequence[int]], Left]] = {
    "penalties": penalties, "dry": dry, "top_n_sigma": top_n_sigma, "top_k": top_k, "typical_p": typical_p,
    "top_p": top_p, "min_p": min_p, "xtc": xtc, "temperature": temperature,
}  # fmt: skip


def computed(logits: Numbers, sampling: Sampling, said: Sequence[int] = ()) -> Numbers:
    left = Left(np.arange(len(logits)), logits)
    for name in sampling.samplers:
        left = STEPS[name](left, sampling, said)
    found = np.zeros(len(logits))
    found[left.ids] = softmax(left.logits)
    return found


def close(one: Numbers, other: Numbers) -> None:
    np.testing.assert_allclose(one, other, atol=2e-6)


# ---- each by itself, and together

EACH: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": 0.4},
    "temperature_range": {"temperature_range": 0.6},
    "temperature_exponent": {"temperature_range": 0.6, "temperature_exponent": 2.5},
    "top_k": {"top_k": 7},
    "top_p": {"top_p": 0.6},
    "min_p": {"min_p": 0.2},
    "typical_p": {"typical_p": 0.5},
    "top_n_sigma": {"top_n_sigma": 1.2},
    "xtc_probability": {"xtc_probability": 1.0},
    "xtc_threshold": {"xtc_probability": 1.0, "xtc_threshold": 0.03},
    "repeat_penalty": {"repeat_penalty": 1.4},
    "frequency_penalty": {"frequency_penalty": 0.7},
    "presence_penalty": {"presence_penalty": 1.1},
    "penalty_window": {"presence_penalty": 1.1, "penalty_window": 3},
    "dry_multiplier": {"dry_multiplier": 0.8},
    "dry_base": {"dry_multiplier": 0.8, "dry_base": 3.0},
    "dry_allowed_length": {"dry_multiplier": 0.8, "dry_allowed_length": 4},
    "dry_window": {"dry_multiplier": 0.8, "dry_window": 12},
}
PHRASE = [40, 41, 42, 43, 44]
SAID = [*PHRASE, 50, *PHRASE, 51, 52, *PHRASE[1:], 53, 40, 60, *PHRASE]
BREAKERS = ("\n",)


@pytest.fixture
def said(context: llama.Context, logits: Numbers) -> list[int]:
    """Tokens whose logits matter, so that what is done to them shows."""
    logits[[40, 44, 50, 51, 53, 60]] = [4.0, -1.0, 8.0, 7.0, 7.5, 3.0]
    assert context.model.piece(NEWLINE) == b"\n"
    return SAID


@pytest.mark.parametrize("name", EACH)
def test_each_value_changes_the_probabilities_as_it_is_defined(
    name: str, context: llama.Context, logits: Numbers, said: list[int]
) -> None:
    sampling = replace(OFF, dry_breakers=BREAKERS, **EACH[name])
    found = chances(context, logits, sampling, said)
    close(found, computed(logits, sampling, said))
    without = replace(sampling, **{name: getattr(Sampling(), name) if len(EACH[name]) > 1 else getattr(OFF, name)})
    assert np.abs(found - chances(context, logits, without, said)).max() > 1e-3


def drawn(seed: int) -> tuple[Sampling, list[int]]:
    draw = np.random.default_rng(seed)
    on = {name: values for name, values in EACH.items() if draw.random() < 0.5}
    together = {name: value for values in on.values() for name, value in values.items()}
    order = tuple(str(name) for name in draw.permutation(SAMPLERS))
    said = [int(token) for token in draw.choice([NEWLINE, 40, 41, 42, 43], 40, p=[0.04, 0.24, 0.24, 0.24, 0.24])]
    return replace(OFF, dry_breakers=BREAKERS, samplers=order, **together), said


@pytest.mark.parametrize("seed", range(40))
def test_any_of_them_in_any_order_give_what_numpy_gives(seed: int, context: llama.Context, logits: Numbers) -> None:
    sampling, said = drawn(seed)
    close(chances(context, logits, sampling, said), computed(logits, sampling, said))


def test_the_order_matters_and_what_is_left_out_does_nothing(context: llama.Context, logits: Numbers) -> None:
    late = replace(OFF, temperature=3.0, top_p=0.5)
    early = replace(late, samplers=("temperature", "top_p"))
    assert (chances(context, logits, early) > 0).sum() > 2 * (chances(context, logits, late) > 0).sum()
    close(chances(context, logits, replace(late, samplers=("temperature",))), softmax(logits / 3))
    close(chances(context, logits, replace(late, samplers=())), softmax(logits))


def test_as_it_is_set_at_first_it_is_llama_cpps_usual_order(context: llama.Context, logits: Numbers) -> None:
    close(chances(context, logits, Sampling(), SAID), computed(logits, Sampling(), SAID))


@pytest.mark.parametrize("seed", range(40))
def test_the_picture_of_the_next_token_shows_what_the_chain_does(
    seed: int, context: llama.Context, logits: Numbers
) -> None:
    sampling, _ = drawn(seed)
    if sampling.temperature_range:
        # There the number of candidates matters, of which llama.cpp counts the impossible ones too.
        sampling = replace(sampling, top_n_sigma=0.0)
    order = tuple(name for name in sampling.samplers if name != "top_n_sigma")
    sampling = replace(sampling, samplers=("top_n_sigma", *order))
    told = np.array(reshaped(logits.tolist(), sampling, float(logits.std())))
    close(told, chances(context, logits, sampling))
    assert told.sum() == pytest.approx(1)


def test_xtc_in_the_picture_counts_by_how_often_it_strikes(context: llama.Context, logits: Numbers) -> None:
    often = replace(OFF, xtc_probability=0.25, xtc_threshold=0.02)
    struck = chances(context, logits, replace(often, xtc_probability=1.0))
    close(np.array(reshaped(logits.tolist(), often)), 0.25 * struck + 0.75 * softmax(logits))


def test_what_was_said_longer_ago_than_the_context_holds_is_not_needed(
    context: llama.Context, logits: Numbers, said: list[int]
) -> None:
    all_of_it = replace(OFF, presence_penalty=1.0, dry_multiplier=1.0, penalty_window=-1, dry_window=-1)
    wide = replace(all_of_it, penalty_window=200, dry_window=200, dry_breakers=BREAKERS)
    found = chances(context, logits, replace(all_of_it, dry_breakers=BREAKERS), said)
    close(found, computed(logits, wide, said))


# ---- those that choose by themselves


@pytest.mark.parametrize("version", ["1", "2"])
def test_mirostat_moves_its_bound_by_how_surprising_each_token_was(
    version: str, context: llama.Context, logits: Numbers
) -> None:
    sampling = replace(OFF, mirostat=version, mirostat_tau=2.5, mirostat_eta=0.3, temperature=1.5, top_k=3)
    chain, mu = Chain(context, sampling), 2 * sampling.mirostat_tau
    bounds = set()
    for _ in range(12):
        found, taken = chain.apply(logits)
        expected = truncated(softmax(logits / 1.5), mu, version)
        close(found, expected)
        bounds.add(int((expected > 0).sum()))
        mu -= sampling.mirostat_eta * (-math.log2(expected[taken]) - sampling.mirostat_tau)
        chain.accept(taken)
    chain.close()
    assert len(bounds) > 2


def truncated(chances: Numbers, mu: float, version: str) -> Numbers:
    order = np.argsort(-chances, kind="stable")
    best = chances[order]
    if version == "2":
        count = max(int((-np.log2(best) <= mu).sum()), 1)
    else:
        n = np.arange(min(99, len(best) - 1))
        t, b = np.log((n + 2) / (n + 1)), np.log(best[n] / best[n + 1])
        s = (t * b).sum() / (t * t).sum()
        count = max(int((((s - 1) * 2**mu) / (1 - len(chances) ** -(s - 1.0))) ** (1 / s)), 1)
    found = np.zeros(len(chances))
    found[order[:count]] = best[:count] / best[:count].sum()
    return found


def test_adaptive_p_prefers_its_target_and_remembers(context: llama.Context, logits: Numbers) -> None:
    sampling = replace(OFF, adaptive_target=0.3, adaptive_decay=0.5, top_k=20)
    chain = Chain(context, sampling)
    total, weight = 0.3 / 0.5, 1 / 0.5
    plain = computed(logits, replace(OFF, top_k=20))
    for _ in range(6):
        target = min(max(2 * 0.3 - total / weight, 0.0), 1.0)
        far = np.abs(plain - target) / 0.3
        changed = np.where(plain > 0, 5 - 10 * far**2 / (1 + far), -np.inf)
        found, taken = chain.apply(logits)
        close(found, softmax(changed))
        chain.accept(taken)
        total, weight = plain[taken] + 0.5 * total, 1 + 0.5 * weight
    chain.close()


@pytest.mark.parametrize("more", [{}, {"top_k": 5, "typical_p": 0.1, "xtc_probability": 1.0}])
def test_at_temperature_0_the_likeliest_is_taken_whatever_else_is_set(
    more: dict[str, Any], context: llama.Context, logits: Numbers
) -> None:
    chain = Chain(context, replace(OFF, temperature=0.0, **more))
    assert chain.apply(logits)[1] == logits.argmax()
    chain.close()


def test_a_temperature_of_0_with_a_range_is_still_drawn_from(context: llama.Context, logits: Numbers) -> None:
    sampling = replace(OFF, temperature=0.0, temperature_range=1.0)
    close(chances(context, logits, sampling), computed(logits, sampling))


# ---- biases and forms


def test_a_bias_moves_every_token_of_its_text_or_the_one_numbered(context: llama.Context, logits: Numbers) -> None:
    tokens = context.model.tokenize("ab", special=True)
    moved = logits.copy()
    np.add.at(moved, tokens, 2.5)
    moved[20] = -np.inf
    sampling = replace(OFF, logit_bias=("ab=2.5", "#20=-inf"))
    close(chances(context, logits, sampling), softmax(moved))
    assert len(tokens) > 1


@pytest.mark.parametrize("bias", ["#99999=1", "text", "=1", "a=200", "a=nan", "a=inf"])
def test_a_bias_for_no_token_or_of_no_size_is_refused(bias: str, context: llama.Context) -> None:
    with pytest.raises(PromptError, match="logit bias"):
        SamplerChain(context, replace(OFF, logit_bias=(bias,)), 1, None)


def test_an_end_that_is_ignored_is_never_chosen(context: llama.Context, logits: Numbers) -> None:
    ends = list(context.model.end_tokens)
    assert ends
    moved = logits.copy()
    moved[ends] = -np.inf
    close(chances(context, logits, replace(OFF, ignore_end=True)), softmax(moved))


def test_a_grammar_leaves_what_follows_it_even_against_a_bias(context: llama.Context, logits: Numbers) -> None:
    both = [context.model.tokenize(letter, special=True)[-1] for letter in "ab"]
    allowed = np.isin(np.arange(len(logits)), both)
    sampling = replace(OFF, grammar='root ::= "a" | "b"')
    close(chances(context, logits, sampling), softmax(np.where(allowed, logits, -np.inf)))
    never = replace(sampling, logit_bias=tuple(f"#{token}=-inf" for token in both), ignore_end=True)
    close(chances(context, logits, never), softmax(np.where(allowed, logits, -np.inf)))
    spread = replace(sampling, typical_p=0.99, mirostat="off", top_n_sigma=9.0)
    assert chances(context, logits, spread)[~allowed].sum() == 0
    for version in ("1", "2"):
        chain = Chain(context, replace(sampling, mirostat=version))
        assert chain.apply(logits)[1] in both
        chain.close()


def test_a_tasks_own_schema_comes_before_what_is_set(context: llama.Context, logits: Numbers) -> None:
    digits = chances(context, logits, replace(OFF, grammar='root ::= "a"'), schema='{"type": "integer"}')
    first = {context.model.piece(int(token)) for token in np.flatnonzero(digits)}
    assert first <= {b"-", *(str(n).encode() for n in range(10))}
    with pytest.raises(PromptError, match="grammar and a JSON schema"):
        SamplerChain(context, replace(OFF, grammar='root ::= "a"', schema="{}"), 1, None)
