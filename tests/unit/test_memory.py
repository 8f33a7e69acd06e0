"""How much memory a model needs, and whether it fits: arithmetic against figures measured with llama.cpp."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import pytest

from desktop_llm.engine.hardware import computer
from desktop_llm.engine.llama import memory_use
from desktop_llm.engine.messages import Device, MemoryUse
from desktop_llm.library.header import read_header
from desktop_llm.memory import (
    Computer,
    Fit,
    Gpu,
    Need,
    Shape,
    fit,
    gpu_need,
    layers_that_fit,
    need_of,
    verdict_words,
)
from desktop_llm.settings import Loading

MIB = 2**20
GB = 10**9

# The shape of Llama-3.2-1B in Q4_K_M.
LLAMA = Shape(
    architecture="llama", known=True, weights=638 * MIB, read_per_token=638 * MIB, context=131_072, layers=16,
    embedding=2048, vocabulary=128_256, heads=32, kv_heads=(8,) * 16, key_length=64, value_length=64, forward=8192,
    layer_weights=(30 * MIB,) * 16 + (158 * MIB,), repackable=(28 * MIB,) * 16 + (0,), tied=True,
)  # fmt: skip
EIGHT = Loading(context=8192)


def mib(count: int) -> float:
    return round(count / MIB, 2)


# ---- what is needed


@pytest.mark.parametrize(("kind", "cache"), [("f16", 180.0), ("q8_0", 95.62), ("q4_0", 50.62)])
def test_the_starters_cache_is_what_llama_cpp_takes(starter: Path, kind: str, cache: float) -> None:
    assert mib(need_of(read_header(starter).shape, Loading(context=8192, cache_type=kind)).cache) == cache


def test_the_compute_buffer_is_near_the_measured_one_with_flash_attention_and_without() -> None:
    plain = replace(EIGHT, flash_attention="off")
    assert mib(need_of(LLAMA, EIGHT).compute - 8 * 4 * LLAMA.vocabulary) == pytest.approx(72, rel=0.02)
    assert mib(need_of(LLAMA, plain).compute - 8 * 4 * LLAMA.vocabulary) == pytest.approx(550, rel=0.02)


def test_a_smaller_batch_takes_less_to_compute_in() -> None:
    assert need_of(LLAMA, replace(EIGHT, batch=128)).compute < need_of(LLAMA, EIGHT).compute / 2


def test_no_more_cells_are_kept_than_the_model_was_made_for() -> None:
    short = replace(LLAMA, context=1000)
    assert need_of(short, EIGHT).cache == need_of(LLAMA, Loading(context=1024)).cache
    assert need_of(short, replace(EIGHT, rope_scale=2.0)).cache == need_of(LLAMA, Loading(context=2048)).cache


def test_the_repacked_copy_comes_on_top_of_mapped_weights_only() -> None:
    mapped, read = need_of(LLAMA, EIGHT), need_of(LLAMA, replace(EIGHT, memory_map=False))
    assert (mib(mapped.weights), mib(mapped.repacked)) == (638, 448)
    assert (mib(read.weights), mib(read.repacked)) == (190, 448)
    assert need_of(LLAMA, EIGHT, repacks=False).repacked == need_of(LLAMA, EIGHT, 3).repacked == 0


def test_windowed_layers_keep_keys_of_their_own_length() -> None:
    shape = replace(LLAMA, window=512, windowed=(True, False) * 8, window_key_length=32, window_value_length=32)
    assert need_of(shape, EIGHT).cache == need_of(LLAMA, EIGHT).cache * 3 // 4
    assert need_of(shape, EIGHT).compute - need_of(LLAMA, EIGHT).compute == 8192 * 512 * 2


def test_latent_attention_keeps_keys_only() -> None:
    shape = replace(LLAMA, kv_heads=(1,) * 16, key_length=576, value_length=0)
    assert need_of(shape, EIGHT).cache == 16 * 8192 * 576 * 2


def test_a_hybrid_keeps_a_cache_here_and_a_state_for_each_answer_there() -> None:
    shape = replace(LLAMA, kv_heads=(0, 0, 0, 8) * 4, states=(MIB, MIB, MIB, 0) * 4)
    need = need_of(shape, EIGHT)
    assert need.cache == need_of(LLAMA, EIGHT).cache // 4
    assert mib(need.state) == 12 * 8
    assert mib(need_of(shape, replace(EIGHT, parallel=2)).state) == 12 * 2


# ---- a part of it on a GPU


@pytest.mark.parametrize("layers", range(18))
def test_what_is_on_the_gpu_is_not_needed_here(layers: int) -> None:
    here, there, whole = need_of(LLAMA, EIGHT, layers), gpu_need(LLAMA, EIGHT, layers), need_of(LLAMA, EIGHT)
    assert here.cache + there.cache == whole.cache
    # The output is the embeddings again: where it goes there, a copy of them stays.
    twice = LLAMA.layer_weights[-1] if layers else 0
    assert here.weights + there.weights == whole.weights + twice


def test_as_many_layers_fit_as_there_is_room_for() -> None:
    assert layers_that_fit(LLAMA, EIGHT, []) == 0
    assert layers_that_fit(LLAMA, EIGHT, [Gpu("small", GB // 2, GB)]) == 0
    assert layers_that_fit(LLAMA, EIGHT, [Gpu("large", 8 * GB, 8 * GB)]) == 17
    some = layers_that_fit(LLAMA, EIGHT, [Gpu("middle", GB, GB)])
    assert 1 < some < 17
    assert gpu_need(LLAMA, EIGHT, some).total <= 0.9 * GB - 0.3 * GB < gpu_need(LLAMA, EIGHT, some + 1).total
    assert layers_that_fit(LLAMA, replace(EIGHT, context=131_072), [Gpu("middle", GB, GB)]) == 0


def test_two_cards_hold_more_than_one() -> None:
    one, two = ([Gpu("card", 9 * GB // 10, GB)] * count for count in (1, 2))
    assert 0 < layers_that_fit(LLAMA, EIGHT, one) < layers_that_fit(LLAMA, EIGHT, two) <= 17


# ---- the verdict


def on(total: float, *gpus: Gpu, available: float = 0.0) -> Computer:
    return Computer(int((available or total) * GB), int(total * GB), gpus)


NEED = need_of(LLAMA, EIGHT).total / GB


@pytest.mark.parametrize(
    ("computer", "verdict"),
    [
        (on(NEED / 0.74), "cpu"),
        (on(NEED / 0.74, available=0.1), "tight"),
        (on(NEED / 0.76), "tight"),
        (on(NEED / 0.89), "tight"),
        (on(NEED / 0.91), "too large"),
        (on(16, Gpu("card", 8 * GB, 8 * GB)), "gpu"),
        (on(NEED, Gpu("card", 8 * GB, 8 * GB)), "gpu"),
        (on(16, Gpu("card", GB, GB)), "partly"),
        (on(16, Gpu("card", GB // 10, GB)), "cpu"),
        (on(1, Gpu("within", 8 * GB, 8 * GB, shared=True)), "too large"),
        (on(16, Gpu("within", 8 * GB, 8 * GB, shared=True)), "gpu"),
    ],
)
def test_the_verdict(computer: Computer, verdict: str) -> None:
    assert fit(LLAMA, EIGHT, computer).verdict == verdict


def test_memory_that_is_shared_is_never_counted_twice() -> None:
    shared = Gpu("within", GB, GB, shared=True)
    apart, together = fit(LLAMA, EIGHT, on(16, replace(shared, shared=False))), fit(LLAMA, EIGHT, on(16, shared))
    assert together.available == apart.available == 16 * GB
    assert together.need.total > apart.need.total
    assert together.need.weights >= LLAMA.weights


def test_layers_that_the_settings_keep_off_the_gpu_stay_off() -> None:
    card = on(16, Gpu("card", 8 * GB, 8 * GB))
    assert fit(LLAMA, replace(EIGHT, gpu_layers=0), card).verdict == "cpu"
    assert fit(LLAMA, replace(EIGHT, gpu_layers=5), card).gpu_layers == 5
    assert fit(LLAMA, replace(EIGHT, gpu_layers=1000), card).verdict == "gpu"


def test_of_a_stranger_only_the_weights_are_told() -> None:
    found = fit(replace(LLAMA, known=False), EIGHT, on(16, Gpu("card", 8 * GB, 8 * GB)))
    assert (found.verdict, found.need.weights, found.need.cache) == ("unknown", LLAMA.weights, 0)
    assert found.need.total >= LLAMA.weights
    said = "Needs at least 0.7 GB (the size of its file); the context needs more."
    assert verdict_words(found).sentence() == said


def test_the_words_tell_the_numbers() -> None:
    words = verdict_words(fit(LLAMA, EIGHT, on(16)))
    assert words.sentence() == f"Runs on the processor: needs about {NEED:.1f} GB of 16.0 GB memory."
    some = fit(LLAMA, EIGHT, on(16, Gpu("card", GB, GB)))
    assert verdict_words(some).sentence().startswith(f"About {some.gpu_layers} of 17 layers fit on your GPU")


EMPTY = Shape("", False, 0, 0, 0, 0, 0, 0, 0, (), 0, 0)
ODD = {
    "nothing": EMPTY,
    "nothing but known": replace(EMPTY, known=True),
    "no heads": replace(LLAMA, kv_heads=(0,) * 16, heads=0),
    "fewer lists than layers": replace(LLAMA, kv_heads=(8,), layer_weights=(), repackable=(5,), windowed=(True,)),
    "enormous": replace(LLAMA, weights=2**60, context=2**31, vocabulary=2**31),
    "of states only": replace(LLAMA, kv_heads=(0,) * 16, states=(MIB,) * 16, mixing=9000),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("computer", [on(16), on(1, Gpu("card", 0, 0)), on(16, Gpu("card", 4 * GB, 4 * GB))])
def test_whatever_a_file_says_there_is_a_number(name: str, computer: Computer) -> None:
    found = fit(ODD[name], EIGHT, computer)
    assert isinstance(found, Fit)
    figures = [getattr(found.need, field.name) for field in fields(Need)]
    assert all(type(figure) is int and math.isfinite(figure) and figure >= 0 for figure in figures)
    assert "nan" not in verdict_words(found).sentence().lower()


# ---- what there is, and what was taken


def test_this_computer_has_memory_and_the_gpus_that_would_be_used() -> None:
    card, within, cpu = (
        Device(name, "", kind, GB, 2 * GB) for name, kind in (("V0", "GPU"), ("V1", "IGPU"), ("C", "CPU"))
    )
    assert computer((card, within, cpu)).gpus == (Gpu("V0", GB, 2 * GB),)
    assert computer((within, cpu)).gpus == (Gpu("V1", GB, 2 * GB, shared=True),)
    assert computer((card, within, cpu), ("V1",)).gpus[0].name == "V1"
    assert computer((Device("MTL0", "", "GPU", GB, 2 * GB), cpu)).gpus[0].shared
    here = computer((cpu,))
    assert (here.gpus, 0 < here.available <= here.total) == ((), True)


def test_what_was_taken_is_read_from_the_log() -> None:
    log = """
load_tensors:   CPU_Mapped model buffer size =   100.00 MiB
load_tensors:   CPU_REPACK model buffer size =    50.50 MiB
load_tensors:      Vulkan0 model buffer size =   200.00 MiB
load_tensors:  Vulkan_Host model buffer size =    10.00 MiB
llama_context:        CPU  output buffer size =     1.00 MiB
llama_kv_cache:        CPU KV buffer size =    30.00 MiB
llama_kv_cache:    Vulkan0 KV buffer size =    20.00 MiB
llama_memory_recurrent:        CPU RS buffer size =     2.00 MiB
sched_reserve:    Vulkan0 compute buffer size =     5.00 MiB
sched_reserve: Vulkan_Host compute buffer size =     4.00 MiB
"""
    taken = MemoryUse(weights=int(160.5 * MIB), cache=32 * MIB, compute=5 * MIB, gpu=225 * MIB)
    assert memory_use(log) == taken
