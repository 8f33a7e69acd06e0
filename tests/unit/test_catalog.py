"""The models that come recommended: sound figures, and one to begin with on every computer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields, replace

import pytest

from desktop_llm.library.catalog import (
    GOOD_AT,
    Entry,
    catalog,
    fitting,
    recommended,
    rough_fit,
    rough_speed,
    rough_words,
)
from desktop_llm.memory import Computer, Gpu, Verdict
from desktop_llm.speed import Speeds

GB = 10**9
MODELS = catalog().models
# Bits for each parameter; a small model's embeddings, kept finer, weigh more.
BITS = {"Q4_K_M": (4.3, 6.6), "Q4_K_XL": (4.3, 6.0), "MXFP4": (4.2, 5.2), "Q8_0": (8.0, 9.2)}
NAMES = {field.name for field in fields(Entry)}


def named(part: str) -> Entry:
    return next(entry for entry in MODELS if part in entry.id)


def computer(memory: float, *gpus: Gpu) -> Computer:
    return Computer(int(0.8 * memory * GB), int(memory * GB), gpus)


def test_no_model_is_there_twice() -> None:
    assert len(MODELS) > 20
    assert [found for found, count in Counter(entry.id for entry in MODELS).items() if count > 1] == []
    assert [found for found, count in Counter(entry.name for entry in MODELS).items() if count > 1] == []


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_an_entry_is_sound(entry: Entry) -> None:
    quantization = re.search(r"Q4_K_M|Q4_K_XL|MXFP4|Q8_0", entry.file)
    assert quantization
    low, high = BITS[quantization[0]]
    assert low <= 8 * entry.size / (entry.billions * GB) <= high
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert re.fullmatch(r"[\w.-]+\.gguf", entry.file)
    assert re.fullmatch(r"[0-9a-f]{8,64}", entry.sha256)
    assert entry.licence
    assert entry.parameters
    assert re.fullmatch(r"[A-Z].* .*[.]", entry.description)
    assert entry.good_at and set(entry.good_at) <= set(GOOD_AT)
    assert entry.active_billions < entry.billions


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_what_is_not_known_is_said_to_be_so(entry: Entry) -> None:
    assert set(entry.unverified) <= NAMES
    for name in ("context", "languages", "architecture"):
        assert getattr(entry, name) or name in entry.unverified


def test_its_origin_is_told() -> None:
    assert "nothing was compared" in catalog().note


@pytest.mark.parametrize(
    ("memory", "gpu", "name"),
    [
        (2, 0, "Qwen3.5-2B-"),
        (8, 0, "Qwen3.5-2B-"),
        (15.4, 0, "Qwen3.5-4B-"),  # as a computer with 16 GB tells
        (16.5, 4, "Qwen3.5-4B-"),
        (24, 0, "Qwen3.5-9B-"),
        (64, 0, "Qwen3.5-9B-"),
        (8, 8.1, "Qwen3.5-9B-"),
        (16, 12.2, "gemma-4-12B-it-qat"),
        (32, 24, "gemma-4-26B-A4B"),
    ],
)  # fmt: skip
def test_there_is_one_to_begin_with_for_every_memory(memory: float, gpu: float, name: str) -> None:
    assert name in recommended(MODELS, int(memory * GB), int(gpu * GB)).id


def test_without_defaults_the_smallest_is_the_one_to_begin_with() -> None:
    plain = [replace(entry, default_memory=None, default_gpu_memory=None) for entry in MODELS]
    assert recommended(plain, 16 * GB, 0).size == min(entry.size for entry in MODELS)


@pytest.mark.parametrize(
    ("name", "here", "verdict"),
    [
        ("Qwen3.5-9B-", computer(16, Gpu("card", int(8.2 * GB), 8 * GB)), "gpu"),
        ("Qwen3.5-9B-", computer(16, Gpu("card", 4 * GB, 4 * GB)), "partly"),
        ("Qwen3.5-9B-", computer(16), "cpu"),
        ("Qwen3.5-9B-", computer(8), "tight"),
        ("Qwen3.5-9B-", computer(4), "too large"),
        # What it has in common with the computer counts once.
        ("Qwen3.5-9B-", computer(8, Gpu("inside", 6 * GB, 6 * GB, shared=True)), "tight"),
        ("Qwen3.5-4B-", computer(8, Gpu("inside", 6 * GB, 6 * GB, shared=True)), "gpu"),
    ],
)  # fmt: skip
def test_it_says_roughly_where_a_model_runs(name: str, here: Computer, verdict: Verdict) -> None:
    entry = named(name)
    assert rough_fit(entry, here) == verdict
    assert (entry in fitting(MODELS, here)) == (verdict in ("gpu", "partly", "cpu"))
    sentence = rough_words(entry, here).sentence()
    assert sentence.endswith(".") and "{" not in sentence


def test_its_rough_speed_follows_what_is_read_for_a_token() -> None:
    speeds = Speeds("llama.cpp", "CPU", read=30 * GB, operations=300 * GB)
    here = computer(64)
    assert rough_speed(named("Qwen3.5-9B-"), here, speeds) == pytest.approx(30 / (5.68 * 1.2), rel=0.01)
    assert rough_speed(named("Qwen3-30B-A3B"), here, speeds) > 2 * rough_speed(named("Qwen3.5-9B-"), here, speeds)
    assert rough_speed(named("Qwen3-30B-A3B"), computer(8), speeds) == 0
