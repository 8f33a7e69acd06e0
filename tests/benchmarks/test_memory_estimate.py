"""What was said to be needed against what llama.cpp takes and what the child holds, for models of many kinds."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest
from architectures import ARCHITECTURES, write_model
from engine_child import Child

from desktop_llm.engine.messages import Load, Loaded, MemoryUse, Ready
from desktop_llm.library.header import read_header
from desktop_llm.memory import Need, need_of
from desktop_llm.settings import Loading

MIB = 2**20
SHORT, LONG = (Loading(context=context, gpu_layers=0) for context in (2048, 16_384))
QUANTIZED = Loading(context=16_384, gpu_layers=0, cache_type="q8_0")
KINDS = {"llama": "Q4_0", "qwen3": "Q8_0", "qwen3moe": "Q4_0"}


@pytest.fixture(scope="module", autouse=True)
def head_of_the_table() -> None:
    columns = "".join(f"{name:>16}" for name in ("weights", "cache", "compute", "in all"))
    print(f"\n{'MiB, said / taken':24}{columns}  said/taken", file=sys.stderr)


def measured(child: Child, model: Path, loading: Loading) -> MemoryUse:
    child.say(Load(model, loading, read_header(model).shape))
    return child.next(Loaded).facts.memory


def compared(name: str, need: Need, taken: MemoryUse) -> float:
    said = need.weights + need.repacked, need.cache + need.state, need.compute
    figures = list(zip((*said, sum(said)), (taken.weights, taken.cache, taken.compute, _in_all(taken)), strict=True))
    told = "".join(f"{f'{one / MIB:.1f} / {other / MIB:.1f}':>16}" for one, other in figures)
    print(f"{name:24}{told}  {sum(said) / _in_all(taken):.3f}", file=sys.stderr)
    return sum(said) / _in_all(taken)


def _in_all(taken: MemoryUse) -> int:
    return taken.weights + taken.cache + taken.compute


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_estimate_is_within_15_percent_of_what_is_taken(child: Child, tmp_path: Path, name: str) -> None:
    model = write_model(tmp_path / f"{name}.gguf", name, kind=KINDS.get(name, "F16"))
    shape = read_header(model).shape
    for loading in (SHORT, LONG, *((QUANTIZED,) if name == "qwen3" else ())):
        taken = measured(child, model, loading)
        assert taken.gpu == 0 < taken.cache
        ratio = compared(f"{name} {loading.context} {loading.cache_type}", need_of(shape, loading), taken)
        assert 0.85 < ratio < 1.15


def test_the_starter_takes_what_was_said_and_its_child_holds_no_more(child: Child, starter: Path) -> None:
    pid = child.next(Ready).pid
    before = psutil.Process(pid).memory_info().rss
    loading = Loading(context=8192, gpu_layers=0)
    need, taken = need_of(read_header(starter).shape, loading), measured(child, starter, loading)
    held = psutil.Process(pid).memory_info().rss
    assert 0.85 < compared("starter 8192 f16", need, taken) < 1.15
    parts = f"{before / MIB:.0f} before, {held / MIB:.0f} after; said {need.total / MIB:.0f} with the program"
    print(f"the child holds {parts}: {need.total / held:.2f}", file=sys.stderr)
    assert held < 1.15 * need.total
