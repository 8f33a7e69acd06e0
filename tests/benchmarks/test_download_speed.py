"""How fast a model comes from a Hub on this computer, beside huggingface_hub; and how soon a download ends."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub, Fault, running

from desktop_llm.engine.child import child_environment
from desktop_llm.library.download import Download, Limits
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Network, Stopped, Timeouts

ID, NAME = "maker/Large-GGUF", "large.gguf"
SIZE = 100_000_000
ROUNDS = 5
WITHIN = 0.1

OURS = """
import json, sys, time
from pathlib import Path
from desktop_llm.library.download import Download, Limits
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Network
endpoint, identity, folder = sys.argv[1:]
begun = time.perf_counter()
network = Network(endpoint)
repository = Hub(network).repository(identity)
Download(network, repository, repository.choices[0], Path(folder), limits=Limits(reserve=0)).run()
print(json.dumps(time.perf_counter() - begun))
"""
THEIRS = """
import json, sys, time
from huggingface_hub import HfApi, hf_hub_download
endpoint, identity, folder = sys.argv[1:]
begun = time.perf_counter()
HfApi(endpoint=endpoint, token=False).model_info(identity, files_metadata=True)
hf_hub_download(identity, "large.gguf", local_dir=folder, endpoint=endpoint, token=False)
print(json.dumps(time.perf_counter() - begun))
"""
QUIET = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from tiny_gguf import write_tiny

    head = write_tiny(tmp_path_factory.mktemp("large") / "tiny.gguf").read_bytes()
    return head + os.urandom(SIZE - len(head))


@pytest.fixture
def hub(data: bytes) -> Iterator[FakeHub]:
    with running() as hub:
        model = hub.add(ID, {NAME: data})
        # Known beforehand, so that the server does not hash while the clock runs.
        model.hashes[NAME] = model.sha256(NAME)
        hub.etag = f'"{model.hashes[NAME]}"'
        yield hub


def seconds(code: str, hub: FakeHub, folder: Path) -> float:
    command = [sys.executable, "-c", code, hub.endpoint, ID, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=child_environment() | QUIET, check=True)
    assert sum(path.stat().st_size for path in folder.rglob("large.gguf")) == SIZE
    return float(json.loads(done.stdout))


def test_as_fast_as_huggingface_hub(hub: FakeHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours counts SHA-256, fsync and the header; the other only the bytes."""
    if importlib.util.find_spec("huggingface_hub") is None:
        pytest.skip("huggingface_hub is not installed")
    ours, theirs = [], []
    for n in range(ROUNDS):
        ours.append(seconds(OURS, hub, tmp_path / f"ours{n}"))
        theirs.append(seconds(THEIRS, hub, tmp_path / f"theirs{n}"))
    ratios = [other / own for own, other in zip(ours, theirs, strict=True)]
    speeds = [SIZE / 1e6 / statistics.median(times) for times in (ours, theirs)]
    with capsys.disabled():
        print(f"\ndownload with SHA-256: {speeds[0]:.0f} MB/s, huggingface_hub without: {speeds[1]:.0f} MB/s,")
        print(f"ratio median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}, of {ROUNDS}")
    assert statistics.median(ratios) >= 0.9


FAULTS = {
    "the Hub does not answer": ("hub", Fault("hang")),
    "the second host does not answer": ("cdn", Fault("hang")),
    "no more bytes come": ("cdn", Fault("stall", 1_000_000)),
    "it waits for a new try": ("cdn", Fault("status", code=503)),
    "bytes come": ("cdn", Fault("no-length")),
    "what is there is read": ("cdn", Fault("no-length")),
}


def ended(hub: FakeHub, folder: Path, phase: str) -> float:
    """Seconds from the wish to pause until `run` has ended."""
    network = Network(hub.endpoint, timeouts=Timeouts(30, 30))
    repository = Hub(network).repository(ID)
    reached = threading.Event()
    limits = Limits(reserve=0, first_wait=30)
    wanted = {"it waits for a new try": "waiting", "what is there is read": "checking"}.get(phase, "downloading")
    download = Download(
        network, repository, repository.choices[0], folder,
        lambda progress: reached.set() if progress.phase == wanted else None, limits,
    )  # fmt: skip
    if wanted == "checking":
        download.path.parent.mkdir(parents=True, exist_ok=True)
        download.path.with_name(f"{NAME}.part").write_bytes(hub.models[ID].files[NAME][:-1])
    of, fault = FAULTS[phase]
    hub.forget()
    hub.fail(of, fault)
    ready: Callable[[], object] = (lambda: hub.until_asked(of)) if fault.kind == "hang" else (lambda: reached.wait(20))
    return timed(download, ready)


def timed(download: Download, ready: Callable[[], object]) -> float:
    over: list[float] = []

    def run() -> None:
        with pytest.raises(Stopped):
            download.run()
        over.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    ready()
    begun = time.perf_counter()
    download.pause()
    thread.join()
    return over[0] - begun


@pytest.mark.parametrize("phase", FAULTS)
def test_a_pause_comes_at_once(
    hub: FakeHub, tmp_path: Path, phase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    times = [ended(hub, tmp_path / str(n), phase) for n in range(ROUNDS)]
    with capsys.disabled():
        print(f"\npause while {phase}: median {1000 * statistics.median(times):.1f} ms, worst {1000 * max(times):.1f}")
    assert statistics.median(times) < WITHIN
