"""What transformers renders with llama.cpp's collection of templates, and what is rendered here, are the same.

The templates are not in the repository: DESKTOP_LLM_TEMPLATES names their folder or an sdist of llama-cpp-python,
`packaging/vulkan/build.sh` leaves one in build/vulkan-work. `packaging/template_reference.py` makes the hashes anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from desktop_llm.conversation import Message
from desktop_llm.engine import sandbox
from desktop_llm.engine.sandbox import Template
from desktop_llm.engine.template import ChatTemplate, Rendering

CHECKOUT = Path(__file__).parent.parent.parent
REFERENCE: dict[str, Any] = json.loads((CHECKOUT / "tests/data/template_reference.json").read_text(encoding="utf-8"))
TOKENS = {"bos_token": REFERENCE["bos_token"], "eos_token": REFERENCE["eos_token"]}
QUESTION, ANSWER = Message("user", "What is it?"), Message("assistant", "It is that")

TOOLS = "iterates over `tools`, which transformers gives as None: it refuses; here there are none, so it works"
EXPLAINED = {
    "CohereForAI-c4ai-command-r-plus-tool_use.jinja": TOOLS,
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja": TOOLS,
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use.jinja": TOOLS,
    "fireworks-ai-llama-3-firefunction-v2.jinja": "wants `functions` and `datetime`: here none, and today's date",
    "google-gemma-2-2b-it.jinja": "refuses system messages in both: here they are then folded into the question",
}


@pytest.fixture(scope="module")
def templates() -> dict[str, str]:
    place = Path(os.environ.get("DESKTOP_LLM_TEMPLATES") or CHECKOUT / "build/vulkan-work" / REFERENCE["sdist"])
    if place.is_dir():
        return {path.name: path.read_text(encoding="utf-8") for path in place.glob("*.jinja")}
    if not place.is_file():
        pytest.skip(f"the templates are not here: DESKTOP_LLM_TEMPLATES names neither their folder nor {place.name}")
    with tarfile.open(place) as archive:
        members = [m for m in archive if "/models/templates/" in m.name and m.name.endswith(".jinja")]
        files = {Path(member.name).name: archive.extractfile(member) for member in members}
        return {name: file.read().decode() for name, file in files.items() if file}


def hashed(template: Template, shape: str) -> str:
    said = [Message(m["role"], m["content"]) for m in REFERENCE["shapes"][shape.removesuffix("+prompt")]]
    try:
        pieces = Rendering(template, TOKENS).asked(said, prompt=shape.endswith("+prompt"))
    except Exception:  # whatever a template trips over
        return "refused"
    return hashlib.sha256("".join(piece.text for piece in pieces).encode()).hexdigest()


def test_the_same_is_rendered_but_for_what_is_explained(
    templates: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_strftime_now", lambda _form: REFERENCE["date"])
    assert templates.keys() == REFERENCE["hashes"].keys()
    ready = {name: Template(source) for name, source in templates.items()}
    here = {name: {shape: hashed(ready[name], shape) for shape in REFERENCE["hashes"][name]} for name in ready}
    other = {name for name, hashes in REFERENCE["hashes"].items() if here[name] != hashes}
    refused = {name for name, hashes in here.items() if "refused" in hashes.values()}
    assert other | refused == EXPLAINED.keys()
    assert refused == {"google-gemma-2-2b-it.jinja"}


def test_each_holds_a_conversation_and_goes_on_with_an_answer(templates: dict[str, str]) -> None:
    system = Message("system", "Be brief.")
    for name, source in templates.items():
        chat = ChatTemplate(source, **{key.removesuffix("_token"): value for key, value in TOKENS.items()})
        assert not chat.fallback, (name, chat.problem)
        for thinking in (None, False, True):
            pieces = chat.pieces([system, QUESTION, ANSWER], continues=True, thinking=thinking)
            assert pieces[-1].text == ANSWER.text, name


def test_almost_half_of_them_can_be_told_to_think_or_not(templates: dict[str, str]) -> None:
    can = {name for name, source in templates.items() if ChatTemplate(source, "", "").can_think}
    assert {"Qwen-Qwen3-0.6B.jinja", "MiniMax-M3.jinja", "tencent-Hy3.jinja", "Kimi-K3.jinja"} <= can
    assert not can & {"openai-gpt-oss-120b.jinja", "Qwen-Qwen2.5-7B-Instruct.jinja", "google-gemma-2-2b-it.jinja"}
    assert len(can) == 32
