"""What is tried after a load that failed: less each time, each thing once, and nothing where nothing helps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop_llm.engine.ladder import Ladder
from desktop_llm.engine.messages import Cause
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

SHAPE = Shape("llama", True, 10**9, 10**9, 8192, 32, 2048, 32000, 32, (8,) * 32, 64, 64)
Tried = tuple[int, int, str]


def tried(ladder: Ladder, cause: Cause = "memory") -> list[Tried]:
    """GPU layers, context and cache of everything it tries while all of it fails."""
    found: list[Tried] = []
    while rung := ladder.next(cause):
        found.append((rung.loading.gpu_layers, rung.loading.context, rung.loading.cache_type))
    return found


def sentence(ladder: Ladder, cause: Cause = "memory") -> str:
    rung = ladder.next(cause)
    assert rung
    return rung.problem.sentence()


@pytest.mark.parametrize("cause", ["memory", "crash"])
def test_fewer_layers_then_less_context_then_the_processor_alone(cause: Cause) -> None:
    assert tried(Ladder(Loading(context=4096), True, SHAPE), cause) == [
        (24, 4096, "f16"),
        (16, 4096, "f16"),
        (8, 4096, "f16"),
        (8, 2048, "q8_0"),
        (0, 4096, "f16"),
        (0, 2048, "q8_0"),
    ]


def test_the_layers_really_used_are_what_is_made_fewer() -> None:
    assert [layers for layers, *_ in tried(Ladder(Loading(), True, SHAPE, gpu_layers=8))][:3] == [6, 4, 2]
    assert [layers for layers, *_ in tried(Ladder(Loading(gpu_layers=1000), True, SHAPE))][:3] == [24, 16, 8]
    assert [layers for layers, *_ in tried(Ladder(Loading(gpu_layers=12), True, None))][:3] == [9, 6, 3]


def test_nobody_guesses_how_many_layers_a_model_has() -> None:
    assert tried(Ladder(Loading(), True, None)) == [(-1, 2048, "q8_0"), (0, 4096, "f16"), (0, 2048, "q8_0")]


def test_without_a_gpu_the_context_is_halved_from_what_the_model_can_have_at_all() -> None:
    halved = tried(Ladder(Loading(context=100_000), False, SHAPE))
    assert halved == [(-1, 4096, "q8_0"), (-1, 2048, "q8_0")]


def test_a_small_context_stays_and_its_cache_gets_smaller() -> None:
    assert tried(Ladder(Loading(context=1024), False, SHAPE)) == [(-1, 1024, "q8_0")]
    assert tried(Ladder(Loading(context=1024, cache_type="q4_0"), False, SHAPE)) == []


def test_a_cache_is_quantized_only_where_its_blocks_fit_the_heads() -> None:
    odd = replace(SHAPE, key_length=80)
    assert tried(Ladder(Loading(), False, odd)) == [(-1, 2048, "f16")]


def test_flash_attention_comes_with_a_quantized_cache() -> None:
    rung = Ladder(Loading(flash_attention="off"), False, SHAPE).next("memory")
    assert rung and rung.loading.flash_attention == "auto"


def test_a_cache_that_the_model_refuses_is_not_tried_again() -> None:
    ladder = Ladder(Loading(context=16384, flash_attention="off"), False, None)
    causes: list[Cause] = ["memory", "cache", "memory", "memory", "memory"]
    rungs = [rung.loading for cause in causes if (rung := ladder.next(cause))]
    assert [(loading.context, loading.cache_type) for loading in rungs] == [
        (8192, "q8_0"), (8192, "f16"), (4096, "f16"), (2048, "f16"),
    ]  # fmt: skip
    assert rungs[-1].flash_attention == "off"


def test_a_file_that_cannot_be_mapped_is_read_from_then_on() -> None:
    ladder = Ladder(Loading(), False, SHAPE)
    first, second = ladder.next("map"), ladder.next("memory")
    assert first and second
    assert first.loading == Loading(memory_map=False)
    assert not second.loading.memory_map
    assert ladder.next("map") is None


def test_a_failing_card_is_left_at_once() -> None:
    assert tried(Ladder(Loading(), True, SHAPE), "device") == [(0, 4096, "f16"), (0, 2048, "q8_0")]
    assert tried(Ladder(Loading(), False, SHAPE), "device") == []


def test_what_cannot_be_mended_is_not_tried_again() -> None:
    assert Ladder(Loading(), True, SHAPE).next("") is None


def test_each_step_says_what_was_wrong_and_what_is_tried() -> None:
    gpu = Ladder(Loading(), True, SHAPE)
    short = "There is not enough memory on the graphics card."
    assert sentence(gpu) == f"{short} Trying with 24 of 33 layers on the graphics card."
    assert sentence(gpu, "device") == "The graphics card failed. Trying without the graphics card."
    assert sentence(gpu) == "There is not enough memory. Trying with a context of 2048 tokens."
    assert "read the whole file" in sentence(Ladder(Loading(), False, None), "map")
    assert "smaller KV cache" in sentence(Ladder(Loading(context=512), False, None), "crash")
    assert "usual KV cache" in sentence(Ladder(Loading(cache_type="q8_0"), False, None), "cache")
