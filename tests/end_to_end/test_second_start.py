"""A second start of the window: there is one, it comes forward, and it has the file the second was given."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from desktop_llm.settings import conversations_file, data_folder, settings_file
from desktop_llm.settings_file import read_settings
from desktop_llm.storage.store import Store

PATIENCE = 60.0
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals, and no pseudo-terminals")
Program = subprocess.Popen[bytes]
Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[Program] = []

    def started(*arguments: str, stderr: int = subprocess.PIPE, **how: str) -> Program:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.getcwd(), **how}
        command = [sys.executable, "-m", "desktop_llm", *arguments]
        begun.append(
            subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=stderr)
        )  # fmt: skip
        return begun[-1]

    yield started
    for program in begun:
        program.kill()
        program.communicate()


def has_window(program: Program) -> bool:
    """Its engine has begun, which the window's worker starts."""
    children = psutil.Process(program.pid).children()
    return any("--engine" in child.cmdline() for child in children)


def ended_silently(program: Program) -> bool:
    said = program.communicate(timeout=PATIENCE)
    return (program.returncode, *said) == (0, b"", b"")


def until(qtbot: QtBot, true: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(true()), timeout=int(PATIENCE * 1000))


def test_a_second_start_ends_silently_and_the_first_goes_on(start: Start, starter: Path, qtbot: QtBot) -> None:
    first = start()
    until(qtbot, lambda: has_window(first))
    assert ended_silently(start())
    assert first.poll() is None


def test_of_starts_in_the_same_moment_one_has_the_window(start: Start, starter: Path, qtbot: QtBot) -> None:
    programs = [start() for _ in range(4)]
    until(qtbot, lambda: [program.poll() for program in programs].count(None) == 1)
    left = next(program for program in programs if program.poll() is None)
    assert all(ended_silently(program) for program in programs if program is not left)
    until(qtbot, lambda: has_window(left))


def test_a_model_named_from_the_folder_one_is_in_is_chosen_in_the_first(
    start: Start, starter: Path, tiny: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "here.gguf").symlink_to(tiny)
    first = start()
    until(qtbot, lambda: has_window(first))
    assert ended_silently(start("here.gguf"))
    until(qtbot, lambda: read_settings(settings_file()).model)
    assert read_settings(settings_file()).model.name in ("here.gguf", tiny.name)


@pytest.mark.parametrize("is_open", [True, False], ids=["handed over", "at the first start"])
def test_exported_conversations_are_imported(
    start: Start, starter: Path, tmp_path: Path, qtbot: QtBot, is_open: bool
) -> None:
    said = [{"role": "user", "content": "Is it raining?"}, {"role": "assistant", "content": "No."}]
    (tmp_path / "talk.jsonl").write_text(json.dumps({"messages": said}) + "\n")
    if is_open:
        first = start()
        until(qtbot, lambda: has_window(first))
        assert ended_silently(start("talk.jsonl"))
    else:
        start("talk.jsonl")
    until(qtbot, lambda: _stored_titles() == ["Is it raining?"])


def _stored_titles() -> list[str]:
    if not conversations_file().exists():
        return []
    store = Store(conversations_file())
    try:
        return [conversation.title for conversation in store.conversations()]
    finally:
        store.close()


@POSIX
def test_after_a_kill_the_next_start_has_the_window_again(start: Start, starter: Path, qtbot: QtBot) -> None:
    killed = start()
    until(qtbot, lambda: has_window(killed))
    socket = Path(json.loads((data_folder() / "window.lock").read_bytes())["address"])
    killed.kill()
    killed.wait()
    assert socket.is_socket()
    again = start()
    until(qtbot, lambda: has_window(again))
    assert not socket.exists()
    assert ended_silently(start())


@POSIX
def test_a_first_that_hangs_is_told_of_in_a_sentence(start: Start, starter: Path, qtbot: QtBot) -> None:
    import pty

    first = start()
    until(qtbot, lambda: has_window(first))
    first.send_signal(signal.SIGSTOP)
    screen, terminal = pty.openpty()
    second = start(stderr=terminal)
    assert second.wait(PATIENCE) == 1
    said = os.read(screen, 4096).decode()
    assert "does not answer" in said and str(first.pid) in said


def test_two_data_folders_have_a_window_each(start: Start, starter: Path, tmp_path: Path, qtbot: QtBot) -> None:
    other = str(tmp_path / "other")
    programs = [start(), start(XDG_DATA_HOME=other, WIN_PD_OVERRIDE_LOCAL_APPDATA=other)]
    until(qtbot, lambda: all(has_window(program) for program in programs))
