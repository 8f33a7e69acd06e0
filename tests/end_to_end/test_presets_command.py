"""Presets from the command line: listed, handed on, and what an answer is made with."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from test_cli import FEW, failure, run

from desktop_llm.conversation import ChatPrompt
from desktop_llm.layers import with_model_values
from desktop_llm.settings import Settings, conversations_file, prompts_file, settings_file
from desktop_llm.settings_file import write_settings
from desktop_llm.storage.prompts import Preset, PromptLibrary
from desktop_llm.storage.store import Store


def asked(model: Path, *options: str) -> dict[str, Any]:
    """The sampling that made an answer."""
    done = run("ask", "Hi", "--json", "--model", str(model), "--max-tokens", "2", *options)
    assert done.returncode == 0, done.stderr.decode()
    sampling: dict[str, Any] = json.loads(done.stdout)["receipt"]["sampling"]
    return sampling


def test_they_are_listed_with_their_values() -> None:
    lines = run("presets", "list").stdout.decode().splitlines()
    assert len(lines) == 5 and lines[0].split()[:3] == ["Precise", "--temperature", "0.2"]
    told = json.loads(run("presets", "list", "--json").stdout)["presets"]
    assert told[3]["name"] == "Coding" and told[3]["built_in"] and told[3]["sampling"]["temperature"] == 0.2


def test_a_preset_goes_over_the_models_values_and_under_what_is_given(tiny: Path) -> None:
    values = {"temperature": 1.5, "top_k": 7, "xtc_threshold": 0.3}
    write_settings(settings_file(), with_model_values(Settings(), tiny, values))
    assert {name: asked(tiny)[name] for name in values} == values
    made = asked(tiny, "--preset", "CREATIVE", "--top-k", "9")
    assert (made["temperature"], made["top_k"], made["xtc_threshold"]) == (1.1, 9, 0.1)


def test_an_unknown_one_is_told_with_those_there_are(tiny: Path) -> None:
    said = failure(run("ask", "Hi", "--model", str(tiny), "--preset", "Crazy"))
    assert "“Crazy”" in said and "Precise, Balanced" in said


def test_they_come_from_one_computer_to_another(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    assert "no presets of your own" in failure(run("presets", "export", "--to", str(file)))
    PromptLibrary(prompts_file()).save(Preset("Mine", {"top_k": 3}))
    assert run("presets", "export", "--to", str(file)).stdout.decode().strip() == str(file)
    prompts_file().unlink()
    assert b"1 was not here yet" in run("presets", "import", str(file)).stdout
    assert json.loads(run("presets", "import", str(file), "--json").stdout) == {"imported": 0}
    assert [preset.name for preset in PromptLibrary(prompts_file()).own().presets] == ["Mine"]


@pytest.mark.parametrize("raw", [b"", b"{}", b"\0" * 99, b'{"version": 9}', b'{"version": 1, "presets": 3}'])
def test_a_file_that_is_none_is_refused_with_its_reason(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(raw)
    assert failure(run("presets", "import", str(tmp_path / "x.json")))


def test_a_chat_begun_here_keeps_what_it_was_given_and_goes_on_with_it(tiny: Path) -> None:
    model = ("--model", str(tiny))
    run("chat", *model, *FEW, "--preset", "precise", "--system", "Be brief.", given=b"One\n")
    run("chat", "--continue", *model, "--top-k", "5", given=b"Two\n")
    with contextlib.closing(Store(conversations_file())) as store:
        (chat,) = store.conversations()
        made = [message.receipt for message in store.messages(chat.id) if message.role == "assistant"]
    assert chat.prompt == ChatPrompt("Be brief.", "precise", {"seed": 3, "max_tokens": 8})
    assert [receipt and receipt.system for receipt in made] == ["Be brief."] * 2
    assert [receipt and receipt.sampling.temperature for receipt in made] == [0.2, 0.2]
    assert [receipt and receipt.sampling.top_k for receipt in made] == [40, 5]
    assert [receipt and receipt.sampling.max_tokens for receipt in made] == [8, 8]
