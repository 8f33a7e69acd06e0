"""The window as assistive technology meets it: an AT-SPI client, a process of its own, uses it by names alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90  # seconds
PYTHON = "/usr/bin/python3"
CLIENT = Path(__file__).parents[1] / "accessibility_client.py"
_IMPORTS = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
_BUS = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")
_SETTINGS = {"version": 1, "sampling": {"temperature": 0.0, "max_tokens": 24}, "appearance": {"theme": "light"}}
Drive = Callable[[str], dict[str, Any]]


def _missing() -> str:
    """Which part of a Linux desktop this computer lacks."""
    if sys.platform != "linux":
        return "AT-SPI is of Linux"
    for program in ("Xvfb", "dbus-daemon", PYTHON):
        if not shutil.which(program):
            return f"{program} is not installed"
    if not _BUS.exists():
        return "the accessibility bus is not installed (at-spi2-core)"
    found = subprocess.run([PYTHON, "-c", _IMPORTS], capture_output=True, check=False)
    return "" if found.returncode == 0 else f"{PYTHON} has no AT-SPI (python3-gi, gir1.2-atspi-2.0)"


@pytest.fixture(scope="session")
def desktop() -> None:
    if missing := _missing():
        pytest.skip(missing)


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with log.open("a") as errors:
        process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=errors, text=True)
    with process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def session(desktop: None, home: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a screen and a bus of its own."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "0"}
    for name in ("WAYLAND_DISPLAY", "LANGUAGE", "AT_SPI_BUS_ADDRESS"):
        environment.pop(name, None)
    screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    bus = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with running(screen, environment, tmp_path / "screen.log") as display:
        environment["DISPLAY"] = f":{first_line(display)}"
        with running(bus, environment, tmp_path / "bus.log") as daemon:
            environment["DBUS_SESSION_BUS_ADDRESS"] = first_line(daemon)
            yield environment


@pytest.fixture
def drive(session: dict[str, str], starter: Path, home: Path, tmp_path: Path) -> Iterator[Drive]:
    """Has the client do something with the program, and brings what it met."""
    settings = home / ".config" / "desktop-llm" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(_SETTINGS))

    def driven(name: str) -> dict[str, Any]:
        command = [PYTHON, "-W", "ignore", str(CLIENT), name]
        done = subprocess.run(command, env=session, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        met: dict[str, Any] = json.loads(done.stdout)
        return met

    for name in ("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "QT_ACCESSIBILITY"):
        session[name] = "1"
    session["QT_QPA_PLATFORM"] = "xcb"
    stderr = tmp_path / "stderr"
    with running([sys.executable, "-m", "desktop_llm"], session, stderr) as program:
        yield driven
        program.terminate()
        assert program.wait(PATIENCE) == 0
    assert "Traceback" not in stderr.read_text()


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_a_chat_from_question_to_answer(drive: Drive) -> None:
    met = drive("chat")
    assert met["window"] == "Desktop LLM"
    assert met["asked"] == "What is the capital of France?"
    assert met["left"] == ""
    assert words(met["answered"])
    assert [words(text) for text in met["announced"]] == [words(met["answered"])]
    assert met["faults"] == []


def test_the_settings_of_a_chat(drive: Drive) -> None:
    met = drive("panel")
    assert met["was"] == 0.0
    assert met["shown"] == "0.30"
    assert met["folded"] > 3
    assert met["faults"] == []


def test_a_menu_is_opened_and_chosen_from(drive: Drive) -> None:
    assert drive("menu") == {"menu": "Appearance", "items": ["Like the system", "Light", "Dark"]}


def test_nothing_usable_is_without_name_role_or_action_on_any_page(drive: Drive) -> None:
    met = drive("pages")
    assert list(met) == ["Models", "Get models", "Summarize", "Settings", "all settings"]
    assert {page: faults for page, faults in met.items() if faults} == {}
