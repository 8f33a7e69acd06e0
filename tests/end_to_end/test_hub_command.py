"""The real program against a Hub on this computer: search, download, Ctrl+C, and going on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_hub import FakeHub, Fault, running

from desktop_llm.engine.child import child_environment
from desktop_llm.library.token import keep_token
from desktop_llm.settings import Downloads, Privacy, Settings, models_folder, settings_file
from desktop_llm.settings_file import write_settings

PROGRAM = [sys.executable, "-P", "-m", "desktop_llm", "models"]
ID, NAME = "maker/Tiny-GGUF", "tiny.Q4_K_M.gguf"
AT = 300_000
PATIENCE = 20.0


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running() as hub:
        yield hub


@pytest.fixture
def data(hub: FakeHub, tiny: Path) -> bytes:
    data = tiny.read_bytes() + os.urandom(600_000)
    hub.add(ID, {NAME: data})
    return data


@pytest.fixture
def target() -> Path:
    return models_folder() / ID / NAME


def environment(hub: FakeHub, **changed: str) -> dict[str, str]:
    return {**child_environment(), "HF_ENDPOINT": hub.endpoint, **changed}


def run(hub: FakeHub, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, env=environment(hub, **changed), timeout=60, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def failure(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_search(hub: FakeHub, data: bytes) -> None:
    (model,) = told(run(hub, "search", "tiny", "gguf", "--json"))["models"]
    assert (model["id"], model["downloads"], model["parameters"]) == (ID, 1234, 135_000_000)
    assert ID in run(hub, "search", "tiny").stdout
    nothing = run(hub, "search", "nothing like it")
    assert (nothing.returncode, nothing.stdout) == (0, "") and "no such model" in nothing.stderr


def test_download(hub: FakeHub, data: bytes, target: Path) -> None:
    done = run(hub, "download", ID)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{target}\n", "")
    assert target.read_bytes() == data
    facts = told(run(hub, "download", f"{ID}/q4_k_m", "--json"))
    assert facts["path"] == str(target) and facts["files"][0]["sha256"] == hub.models[ID].sha256(NAME)
    assert len(hub.asked("cdn")) == 1
    assert target in [Path(model["path"]) for model in told(run(hub, "list", "--json"))["models"]]


def test_what_the_author_recommends_comes_with_the_model(hub: FakeHub, data: bytes, target: Path) -> None:
    hub.models[ID].tags = ("gguf", "base_model:quantized:author/Tiny")
    hub.add("author/Tiny", {"generation_config.json": b'{"do_sample": true, "temperature": 0.6, "top_k": 20}'})
    assert run(hub, "download", ID).stdout == f"{target}\n"
    assert told(run(hub, "info", str(target), "--json"))["recommended"] == {"temperature": 0.6, "top_k": 20}


def test_the_files_of_a_model(hub: FakeHub, data: bytes) -> None:
    hub.models[ID].files["tiny-Q8_0.gguf"] = b"GGUF"
    shown = run(hub, "download", "--list", ID)
    assert NAME in shown.stdout and "A good balance of size and quality." in shown.stdout
    listed = told(run(hub, "download", "--list", f"https://huggingface.co/{ID}", "--json"))["choices"]
    assert [(one["recommended"], one["verdict"]) for one in listed] == [(True, "cpu"), (False, "cpu")]
    assert {asked.range for asked in hub.asked("cdn")} == {"bytes=0-65535"}
    assert "comes in 2 sizes. Choose one of them" in failure(run(hub, "download", ID))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_keeps_what_came(hub: FakeHub, data: bytes, target: Path, number: signal.Signals) -> None:
    hub.fail("cdn", Fault("stall", AT))
    pipe = subprocess.PIPE
    command = [*PROGRAM, "download", ID]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment(hub), start_new_session=True) as process:
        part = target.with_name(f"{NAME}.part")
        end, never = time.monotonic() + PATIENCE, threading.Event()
        while not (part.exists() and part.stat().st_size == AT):
            assert time.monotonic() < end
            never.wait(0.005)
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == 130
    assert f"what came is kept. To go on: desktop-llm models download {ID}/{NAME}" in said
    hub.forget()
    assert run(hub, "download", f"{ID}/{NAME}").returncode == 0
    assert [asked.range for asked in hub.asked("cdn")] == [f"bytes={AT}-"]
    assert target.read_bytes() == data


def test_a_failure_as_json(hub: FakeHub) -> None:
    done = run(hub, "download", "maker/none", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["text"] == "There is no public model maker/none; it may be private."


def test_offline_nobody_is_asked(hub: FakeHub) -> None:
    assert "offline" in failure(run(hub, "search", "tiny", HF_HUB_OFFLINE="1"))
    assert hub.log == []


def test_what_the_window_s_settings_say_holds_here_too(hub: FakeHub, data: bytes, tmp_path: Path) -> None:
    hub.models[ID].gated, hub.token = "manual", "hf_secret"
    given = Downloads(mirror=hub.endpoint, folder=tmp_path / "elsewhere", token_to_mirror=True)
    write_settings(settings_file(), Settings(downloads=given))
    keep_token("hf_secret")
    done = run(hub, "download", ID, HF_ENDPOINT="https://127.0.0.1:1")
    assert done.stdout == f"{tmp_path / 'elsewhere' / ID / NAME}\n"
    hub.forget()
    write_settings(settings_file(), Settings(downloads=given, privacy=Privacy(offline=True)))
    assert "offline" in failure(run(hub, "search", "tiny"))
    assert hub.log == []


def test_no_network_is_said_soon(hub: FakeHub) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
    begun = time.monotonic()
    told = failure(run(hub, "search", "a", HF_ENDPOINT=endpoint))
    assert "failed (Connection refused). Check your connection" in told
    assert time.monotonic() - begun < 5


def test_a_gated_model_and_the_token(hub: FakeHub, data: bytes, target: Path) -> None:
    hub.models[ID].gated, hub.token = "manual", "hf_secret"
    assert "asks you to accept terms" in failure(run(hub, "download", ID, HF_TOKEN="hf_secret"))
    assert "hf_secret" not in str(hub.log)
    assert run(hub, "download", ID, "--token-to-mirror", HF_TOKEN="hf_secret").returncode == 0
    assert target.read_bytes() == data
    assert "hf_secret" not in str(hub.asked("cdn"))


@pytest.mark.parametrize("arguments", [["search"], ["download"], ["search", "a", "--limit", "0"]])
def test_wrong_usage(hub: FakeHub, arguments: list[str]) -> None:
    assert run(hub, *arguments).returncode == 2
