"""Every setting of loading reaches llama.cpp: seen in its log, in the facts of the loaded model, or in what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from engine_child import Child, prompt
from placed_model import placed
from tiny_gguf import Value, write_tiny

from desktop_llm.engine.messages import Embed, Embedded, Generate, Load, Loaded, LoadFailed
from desktop_llm.settings import Loading, Sampling

TEN = Sampling(temperature=0.0, max_tokens=10)


def cache_size(log: str) -> tuple[float, str]:
    """MiB and type of the keys."""
    found = re.search(r"K \((\w+)\): +([\d.]+) MiB", log)
    assert found, log
    return float(found[2]), found[1]


def test_a_quantized_cache_takes_half_the_memory_and_predicts_nearly_the_same(starter: Path) -> None:
    question = "The capital of France is"
    full, half = (placed(starter, Loading(context=512, cache_type=kind), question) for kind in ("f16", "q8_0"))
    assert [cache_size(at.log)[1] for at in (full, half)] == ["f16", "q8_0"]
    assert cache_size(half.log)[0] < 0.6 * cache_size(full.log)[0]
    differences = [abs(a - b) for a, b in zip(full.probabilities[0], half.probabilities[0], strict=True)]
    assert 0 < max(differences) < 0.1


def test_a_quantized_cache_without_flash_attention_is_refused(child: Child, tiny: Path) -> None:
    child.say(Load(tiny, Loading(cache_type="q8_0", flash_attention="off")))
    told = child.next(LoadFailed).problem.sentence()
    assert told.startswith("A KV cache of type q8_0 needs flash attention")


def test_a_model_whose_heads_are_too_narrow_for_a_quantized_cache_is_refused_with_the_reason(
    child: Child, tiny: Path
) -> None:
    child.say(Load(tiny, Loading(cache_type="q4_0")), Load(tiny, Loading()))
    assert child.next(LoadFailed).problem.sentence().startswith("tiny.gguf cannot have a KV cache of type q4_0.")
    child.next(Loaded)


@pytest.mark.parametrize(("chosen", "logged"), [("auto", "auto"), ("on", "enabled"), ("off", "disabled")])
def test_flash_attention_is_as_chosen(tiny: Path, chosen: str, logged: str) -> None:
    log = placed(tiny, Loading(flash_attention=chosen)).log
    assert re.search(rf"flash_attn += {logged}", log), log


def test_a_stretched_model_takes_a_context_longer_than_its_own(child: Child, tiny: Path) -> None:
    stretched = placed(tiny, Loading(context=6000, rope_scale=4.0))
    assert re.search(r"freq_scale += 0.25", stretched.log)
    assert stretched.facts
    assert (stretched.facts.context, stretched.facts.trained_context) == (6000, 2048)
    child.say(Load(tiny, Loading(context=1_048_576, rope_scale=4.0, parallel=1)))
    assert child.next(Loaded).facts.context == 4 * 2048


def test_a_model_that_is_stretched_already_is_stretched_further(tmp_path: Path) -> None:
    changed: dict[str, Value | None] = {"{a}.rope.scaling.type": "linear", "{a}.rope.scaling.factor": 2.0}
    model = write_tiny(tmp_path / "long.gguf", changed=changed)
    assert re.search(r"freq_scale += 0.25", placed(model, Loading(rope_scale=2.0)).log)


@pytest.mark.parametrize(
    ("batch", "context", "sequences", "used"),
    [(32, 512, 1, 32), (32, 512, 64, 64), (2048, 2048, 4, 2048), (512, 256, 1, 256)],
)
def test_a_batch_is_as_long_as_chosen_but_holds_every_answer_and_no_more_than_the_context(
    tiny: Path, batch: int, context: int, sequences: int, used: int
) -> None:
    found = placed(tiny, Loading(batch=batch, context=context), sequences=sequences)
    assert found.batch == used
    assert re.search(rf"n_ubatch += {used}\b", found.log)


@pytest.mark.parametrize("loading", [Loading(batch=32, context=2048), Loading(batch=4096, context=256)])
def test_prompts_and_texts_longer_than_the_batch_are_read(child: Child, tiny: Path, loading: Loading) -> None:
    long = "word " * 40
    child.say(Load(tiny, loading), *(Generate(n, prompt(tiny, f"{n}" + long[:150], sampling=TEN)) for n in (1, 2, 3)))
    # Where the context has no room for all of them, they wait for each other.
    assert [child.ended(n).reason for n in (1, 2, 3)] == ["length"] * 3
    child.say(Embed(1, (long,)))
    assert child.next(Embedded).problem is None


@pytest.mark.parametrize(
    ("mapped", "locked", "logged"),
    [(True, False, "mmap"), (False, False, "none"), (True, True, "mmap+mlock"), (False, True, "mlock")],
)
def test_the_file_is_mapped_and_kept_in_memory_as_chosen(
    starter: Path, mapped: bool, locked: bool, logged: str
) -> None:
    found = placed(starter, Loading(context=512, memory_map=mapped, memory_lock=locked))
    assert f"(load_mode = {logged})" in found.log
    # A system may forbid to lock that much; llama.cpp then says so and goes on.
    assert (found.locked > 80_000 or "failed to mlock" in found.log) == locked


def test_a_gpu_that_is_not_there_is_refused(child: Child, tiny: Path) -> None:
    child.say(Load(tiny, Loading(devices=("Vulkan7",))), Load(tiny, Loading(devices=("Vulkan7",), gpu_layers=0)))
    assert child.next(LoadFailed).problem.sentence().startswith("There is no GPU Vulkan7")
    assert child.next(Loaded).facts.device == "CPU"
