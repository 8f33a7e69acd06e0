"""Measuring this computer: with models too small to tell much, but through the real child and llama.cpp."""

from __future__ import annotations

import json
import tempfile
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from desktop_llm import bench
from desktop_llm.cli import main
from desktop_llm.engine import measuring
from desktop_llm.engine.measuring import Models, measure_computer, measured_here
from desktop_llm.engine.messages import Device, Ready
from desktop_llm.engine.zeros import Q4_1, Q6_K, Zeros, write_zeros
from desktop_llm.errors import EngineError
from desktop_llm.experience import Experience
from desktop_llm.fields import plain
from desktop_llm.library.header import read_header
from desktop_llm.settings import experience_file

SMALL = Zeros(layers=2, width=256, forward=512, heads=4, kv_heads=2)
MODELS = Models(SMALL, replace(SMALL, layers=4, forward=256), replace(SMALL, kind=Q6_K), replace(SMALL, kind=Q4_1))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_it_measures_and_leaves_nothing_behind(temporary: Path) -> None:
    shares: list[float] = []
    speeds = measure_computer(threading.Event(), shares.append, MODELS)
    assert min(speeds.read, speeds.operations, speeds.plain_read, speeds.plain_operations) > 0
    assert min(speeds.old_read, speeds.old_operations) > 0
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] < 1
    assert list(temporary.iterdir()) == []


def test_a_stop_ends_its_child_and_leaves_nothing_behind(temporary: Path) -> None:
    stop, before = threading.Event(), children()
    seen: list[int] = []

    def progress(_share: float) -> None:
        seen.append(len(list(temporary.iterdir())))
        # Some time into the next run.
        threading.Timer(0.1, stop.set).start()

    with pytest.raises(EngineError, match="was stopped"):
        measure_computer(stop, progress, MODELS)
    assert seen == [1]
    assert list(temporary.iterdir()) == []
    assert children() <= before


def test_a_full_disk_is_told_with_a_remedy(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _zeros: Zeros) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(measuring, "write_zeros", full)
    with pytest.raises(EngineError, match=r"No space left on device.*Free some space"):
        measure_computer(threading.Event(), models=MODELS)
    assert list(temporary.iterdir()) == []


def test_a_computer_too_slow_for_it_is_told_so(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MOST_SECONDS", 0.0)
    before = children()
    with pytest.raises(EngineError, match="could not be measured"):
        measure_computer(threading.Event(), models=MODELS)
    assert list(temporary.iterdir()) == []
    assert children() <= before


def test_a_model_of_zeros_is_a_sound_file_of_the_size_it_says(tmp_path: Path) -> None:
    path = tmp_path / "zeros.gguf"
    write_zeros(path, SMALL)
    header = read_header(path)
    norms = (2 * SMALL.layers + 1) * SMALL.width
    assert header.parameters == SMALL.parameters + norms
    assert SMALL.bytes <= header.size < SMALL.bytes + 20_000


def test_speeds_of_another_engine_or_other_devices_are_measured_again(temporary: Path) -> None:
    speeds = measure_computer(threading.Event(), models=MODELS)
    gpu = Device("Vulkan0", "Some GPU", "GPU", 1, 2)
    cpu = Device("CPU", speeds.device.removeprefix("CPU "), "CPU", 1, 2)
    assert measured_here(speeds, Ready(1, speeds.engine, "", (cpu,)))
    assert not measured_here(speeds, Ready(1, speeds.engine + ".1", "", (cpu,)))
    assert not measured_here(speeds, Ready(1, speeds.engine, "", (gpu, cpu)))


@pytest.mark.parametrize("told", ["json", "text"])
def test_the_command_line_measures_tells_and_keeps_it(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], told: str
) -> None:
    monkeypatch.setattr(bench, "measure_computer", partial(measure_computer, models=MODELS))
    assert main(["bench", "--computer", *(["--json"] if told == "json" else [])]) == 0
    kept, said = Experience(experience_file()).speeds(), capsys.readouterr().out
    assert kept
    if told == "json":
        assert json.loads(said)["speeds"] == plain(kept)
    else:
        assert kept.device in said and f"{kept.read / 1e9:.1f} GB" in said


def test_a_gpu_that_does_not_work_is_none(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a driver ends every child that uses it."""
    told = measuring._Measuring._told

    def with_gpu(self: measuring._Measuring, job: dict[str, Any]) -> dict[str, Any]:
        if job["loading"]["gpu_layers"]:
            return {}
        found = told(self, job)
        return found | {"devices": [*found["devices"], plain(Device("Vulkan0", "Broken", "GPU", 1, 1))]}

    monkeypatch.setattr(measuring._Measuring, "_told", with_gpu)
    speeds = measure_computer(threading.Event(), models=MODELS)
    assert speeds.device.endswith("GPU Broken")
    assert speeds.read > 0 and speeds.gpu_read == speeds.gpu_operations == speeds.gpu_layer == 0
