"""Predicted speeds: what follows from a measurement of the computer, by arithmetic alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop_llm.engine.measuring import MODELS, Rate, costs
from desktop_llm.memory import Fit, Need, Shape
from desktop_llm.speed import Speeds, corrected, correction, generation_speed, prompt_speed

MIB = 1024**2
# Llama 3.2 1B in Q4_K_M, by llama.cpp's own log.
SHAPE = Shape(
    architecture="llama", known=True, weights=770 * MIB, read_per_token=770 * MIB, context=131072, layers=16,
    embedding=2048, vocabulary=128256, heads=32, kv_heads=(8,) * 16, key_length=64, value_length=64,
    active_parameters=973_000_000,
)  # fmt: skip
FIT = Fit("cpu", Need(770 * MIB, 128 * MIB, 0, 80 * MIB, 550 * MIB, 60 * MIB), 8192 * MIB, 4096, 0, 16)
SPEEDS = Speeds("llama.cpp", "CPU", read=30e9, operations=320e9, plain_read=20e9, plain_operations=100e9)
GPU = replace(SPEEDS, gpu_read=300e9, gpu_operations=10e12)
ON_GPU = replace(FIT, verdict="gpu", gpu_layers=16)


def test_an_answer_costs_its_weights_its_cache_and_little_else() -> None:
    bare = SPEEDS.read / SHAPE.weights
    assert 0.6 * bare < generation_speed(SHAPE, FIT, SPEEDS) < bare
    twice = replace(SHAPE, weights=2 * SHAPE.weights, read_per_token=2 * SHAPE.read_per_token)
    assert generation_speed(twice, FIT, SPEEDS) < 0.6 * generation_speed(SHAPE, FIT, SPEEDS)


def test_a_mixture_of_experts_answers_as_fast_as_what_is_read_of_it() -> None:
    mixture = replace(SHAPE, read_per_token=SHAPE.read_per_token // 8)
    assert generation_speed(mixture, FIT, SPEEDS) > 3 * generation_speed(SHAPE, FIT, SPEEDS)


def test_weights_that_the_processor_has_no_order_for_are_slower() -> None:
    plain = replace(FIT, need=replace(FIT.need, repacked=0))
    assert prompt_speed(SHAPE, plain, SPEEDS) == pytest.approx(prompt_speed(SHAPE, FIT, SPEEDS) * 100 / 320, rel=0.15)
    assert generation_speed(SHAPE, plain, SPEEDS) < 0.9 * generation_speed(SHAPE, FIT, SPEEDS)
    old, speeds = replace(SHAPE, old_formats=SHAPE.weights), replace(SPEEDS, old_read=10e9, old_operations=50e9)
    assert generation_speed(old, plain, speeds) < 0.7 * generation_speed(SHAPE, plain, speeds)
    assert prompt_speed(old, plain, speeds) == pytest.approx(0.5 * prompt_speed(SHAPE, plain, speeds), rel=0.1)


def test_a_window_bounds_what_attention_reads() -> None:
    windowed = replace(SHAPE, window=128, windowed=(True,) * 16)
    assert generation_speed(windowed, FIT, SPEEDS) > generation_speed(SHAPE, FIT, SPEEDS)
    assert prompt_speed(windowed, FIT, SPEEDS) > prompt_speed(SHAPE, FIT, SPEEDS)


def test_a_gpu_takes_its_share_of_the_layers() -> None:
    partly = replace(FIT, verdict="partly", gpu_layers=8, need=replace(FIT.need, repacked=275 * MIB))
    for speed in (generation_speed, prompt_speed):
        here, half, there = (speed(SHAPE, fit, GPU) for fit in (FIT, partly, ON_GPU))
        assert half == pytest.approx(2 / (1 / here + 1 / there), rel=0.05)
        assert there > 5 * here
        assert speed(SHAPE, ON_GPU, SPEEDS) < there, "no GPU was measured"


def test_layers_cost_a_small_model_most() -> None:
    slow = replace(SPEEDS, layer=1e-4, between=1e-8)
    small = replace(SHAPE, weights=80 * MIB, read_per_token=80 * MIB, embedding=512, active_parameters=100_000_000)
    for speed in (generation_speed, prompt_speed):
        assert speed(SHAPE, FIT, slow) < speed(SHAPE, FIT, SPEEDS)
        assert speed(small, FIT, slow) / speed(small, FIT, SPEEDS) < speed(SHAPE, FIT, slow) / speed(SHAPE, FIT, SPEEDS)


@pytest.mark.parametrize(
    ("shape", "fit"),
    [
        (replace(SHAPE, known=False), FIT),
        (replace(SHAPE, weights=0, read_per_token=0), FIT),
        (SHAPE, replace(FIT, verdict="too large")),
        (SHAPE, replace(FIT, verdict="unknown")),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_not(shape: Shape, fit: Fit) -> None:
    assert generation_speed(shape, fit, SPEEDS) == prompt_speed(shape, fit, SPEEDS) == 0


def test_parameters_that_were_not_counted_are_about_right() -> None:
    counted = prompt_speed(SHAPE, FIT, SPEEDS)
    assert prompt_speed(replace(SHAPE, active_parameters=0), FIT, SPEEDS) == pytest.approx(counted, rel=0.15)


def test_experience_corrects_what_was_not_measured() -> None:
    assert correction([]) == 1.0
    assert correction([(10, 8), (20, 10), (30, 27), (0, 5), (5, 0)]) == pytest.approx(0.8)
    assert correction([(1, 100)]) == pytest.approx(3)
    assert correction([(100, 1)]) == pytest.approx(1 / 3)
    assert corrected(10, 0.8) == pytest.approx(8)
    assert corrected(10, 0.8, measured=12) == 12


def test_two_models_tell_the_weights_from_what_lies_between_them() -> None:
    """Rates as they follow from chosen costs give these costs back; whatever the noise, none is beyond reason."""
    read, operations, layer, between = 30e9, 320e9, 7e-5, 2e-8

    def rate(name: str) -> Rate:
        model = vars(MODELS)[name]
        prompt = 2 * model.parameters / operations + between * model.layers * model.width
        return Rate(1 / prompt, 1 / (model.bytes / read + layer * model.layers))

    found = costs(MODELS, rate("wide"), rate("narrow"))
    assert vars(found) == pytest.approx({"read": read, "operations": operations, "layer": layer, "between": between})
    noisy = costs(MODELS, replace(rate("wide"), generated=100, prompt=100), rate("narrow"))
    assert noisy.read == pytest.approx(100 * MODELS.wide.bytes, rel=0.5)
    assert noisy.operations == pytest.approx(200 * MODELS.wide.parameters, rel=0.5)
