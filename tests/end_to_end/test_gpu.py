"""Layers on a GPU for real: llama.cpp with Vulkan (packaging/vulkan/build.sh) on the first device, Mesa's in software.

Skipped where there is no such build: DESKTOP_LLM_VULKAN names its folder, else it is looked for in build/vulkan.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_child import Child, prompt
from placed_model import Placed, placed

from desktop_llm.engine.messages import Generate, Load, Loaded, LoadFailed, ModelFacts, Ready
from desktop_llm.library.header import read_header
from desktop_llm.settings import Loading, Sampling, Settings, settings_file
from desktop_llm.settings_file import write_settings

PROMPTS = (
    "The capital of France is",
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
    "Once upon a time there was a girl who lived in a house at the edge of a forest. One day she went into it and saw",
)
ALL_LAYERS = 31
THREE = Sampling(temperature=0.0, max_tokens=3)
SHORT = Loading(context=512, parallel=1)
_KINDS = ["-c", "from desktop_llm.engine import llama; llama.begin(); print([d.kind for d in llama.devices()])"]


@pytest.fixture(scope="session")
def vulkan() -> dict[str, str]:
    """The environment in which the engine computes on the first Vulkan device."""
    folder = Path(os.environ.get("DESKTOP_LLM_VULKAN") or Path(__file__).parents[2] / "build" / "vulkan")
    if not list(folder.glob("*ggml-vulkan*")):
        pytest.skip(f"there is no llama.cpp with Vulkan in {folder}: packaging/vulkan/build.sh makes one")
    environment = {"LLAMA_CPP_LIB_PATH": str(folder), "GGML_VK_VISIBLE_DEVICES": "0"}
    if "GPU" not in asked(environment, _KINDS):
        pytest.skip("Vulkan finds no device here: Debian's mesa-vulkan-drivers brings one in software")
    return environment


@pytest.fixture
def child(vulkan: dict[str, str]) -> Iterator[Child]:
    command, pipe = [sys.executable, "-m", "desktop_llm", "--engine"], subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=os.environ | vulkan
    ) as process:
        yield Child(process)
        if process.stdin:
            process.stdin.close()
            process.stdin = None
        process.kill()


@pytest.fixture(scope="session")
def on_the_cpu(starter: Path) -> Placed:
    """By the build without a GPU."""
    return placed(starter, replace(SHORT, gpu_layers=0), *PROMPTS)


def facts_of(found: Placed) -> ModelFacts:
    assert found.facts, found.problem
    return found.facts


def device_of(child: Child) -> tuple[str, str]:
    """Name and description of the GPU."""
    (gpu,) = [device for device in child.next(Ready).devices if device.kind in ("GPU", "IGPU")]
    return gpu.name, gpu.description


def gpu_buffers(log: str) -> list[str]:
    return re.findall(r"Vulkan\w* +\S* *(?:model|KV|compute|output)? *buffer size = +[\d.]+ MiB", log)


@pytest.mark.parametrize(("asked", "offloaded"), [(1000, ALL_LAYERS), (10, 10), (0, 0)])
def test_the_next_token_is_predicted_as_on_the_cpu(
    vulkan: dict[str, str], starter: Path, on_the_cpu: Placed, asked: int, offloaded: int
) -> None:
    found = placed(starter, replace(SHORT, gpu_layers=asked), *PROMPTS, environment=vulkan)
    pairs = zip(on_the_cpu.probabilities, found.probabilities, strict=True)
    differences = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in pairs]
    speed = f"{found.prompt_per_s:.1f} and {found.generated_per_s:.1f} tokens/s"
    print(f"{offloaded} layers: {', '.join(f'{d:.4f}' for d in differences)}; {speed}")
    assert facts_of(found).offloaded == offloaded
    assert max(differences) < 0.1
    assert bool(gpu_buffers(found.log)) == bool(offloaded), found.log


def test_the_device_is_told_with_its_layers(child: Child, starter: Path) -> None:
    _, description = device_of(child)
    child.say(Load(starter, SHORT), Generate(1, prompt(starter, "Hi", sampling=THREE)))
    facts = child.next(Loaded).facts
    assert facts.device == f"GPU: {description}, {ALL_LAYERS}/{ALL_LAYERS} layers"
    assert facts.why is None
    assert child.ended(1).tokens.generated
    child.say(Load(starter, replace(SHORT, gpu_layers=10)))
    facts = child.next(Loaded).facts
    assert facts.device == f"GPU: {description}, 10/{ALL_LAYERS} layers"
    assert facts.why
    assert facts.why.sentence() == f"GPU layers is 10, so only that many of {ALL_LAYERS} layers are on the GPU."


def test_a_named_device_is_used_and_an_unknown_one_refused_with_those_there_are(child: Child, starter: Path) -> None:
    name, _ = device_of(child)
    child.say(Load(starter, replace(SHORT, devices=(name,), split=(1.0,))))
    assert child.next(Loaded).facts.offloaded == ALL_LAYERS
    child.say(Load(starter, replace(SHORT, devices=("Vulkan7",))))
    told = child.next(LoadFailed).problem.sentence()
    assert told == f"There is no GPU Vulkan7 here, only: {name}. Name one of these, or none."


def test_no_layers_leave_the_gpu_untouched(child: Child, starter: Path) -> None:
    child.say(Load(starter, replace(SHORT, gpu_layers=0)))
    facts = child.next(Loaded).facts
    assert (facts.device, facts.offloaded) == ("CPU", 0)
    assert facts.why
    assert facts.why.sentence() == "GPU layers is 0, so the model stays off the GPU."


def test_only_as_many_layers_as_fit_are_put_on_the_device(vulkan: dict[str, str], starter: Path) -> None:
    """The cache of a very long context: more than the 2 GiB of Mesa's device."""
    long = Loading(context=131_072, rope_scale=16.0, parallel=1)
    facts = facts_of(placed(starter, long, shape=read_header(starter).shape, environment=vulkan))
    assert facts.context == 131_072
    assert 0 < facts.offloaded < ALL_LAYERS
    assert facts.why
    assert re.match(
        rf"Only {facts.offloaded} of {ALL_LAYERS} layers fit into the [\d.]+ GB free on the ", facts.why.sentence()
    )


def test_a_model_of_which_no_layer_fits_stays_on_the_cpu(vulkan: dict[str, str], starter: Path) -> None:
    far_too_large = replace(read_header(starter).shape, weights=10**13, layer_weights=(), repackable=())
    found = placed(starter, SHORT, shape=far_too_large, environment=vulkan)
    facts = facts_of(found)
    assert (facts.device, facts.offloaded) == ("CPU", 0)
    assert facts.why
    assert re.match(r"The model does not fit into the [\d.]+ GB free on the ", facts.why.sentence())
    assert not gpu_buffers(found.log)


def test_layers_are_split_over_the_devices_as_wanted(vulkan: dict[str, str], starter: Path) -> None:
    """The one device is made visible twice."""
    named = replace(SHORT, devices=("Vulkan1", "Vulkan0"), split=(3.0, 1.0))
    found = placed(starter, named, environment=vulkan | {"GGML_VK_VISIBLE_DEVICES": "0,0"})
    sizes = [float(re.findall(rf"Vulkan{n} KV buffer size = +([\d.]+)", found.log)[0]) for n in (0, 1)]
    # Of 31 layers 24 and 7, of which the last is the output, that has no cache.
    assert sizes[1] / sizes[0] == pytest.approx(24 / 6)
    description = facts_of(found).device.removeprefix("GPU: ").partition(" + ")[0]
    assert facts_of(found).device == f"GPU: {description} + {description}, {ALL_LAYERS}/{ALL_LAYERS} layers"


def test_doctor_tells_of_the_device_and_why_it_is_not_used(vulkan: dict[str, str], starter: Path) -> None:
    checks = {check["name"]: check for check in json.loads(said(vulkan, "doctor", "--json"))["checks"]}
    gpus = [device for device in checks["engine"]["facts"]["devices"] if device["kind"] in ("GPU", "IGPU")]
    assert gpus
    assert gpus[0]["total"] > 0
    assert checks["computes on"]["facts"]["device"].startswith(f"GPU: {gpus[0]['description']}, ")
    write_settings(settings_file(), Settings(loading=Loading(gpu_layers=0)))
    told = said(vulkan, "doctor")
    assert "CPU. GPU layers is 0, so the model stays off the GPU." in told
    assert f"GPU {gpus[0]['name']} ({gpus[0]['description']})" in told


def test_bench_tells_of_the_device(vulkan: dict[str, str], tiny: Path) -> None:
    work = "--model", str(tiny), "--sequences", "1", "--rounds", "1", "--prompt-tokens", "150", "--tokens", "2"
    assert f"{tiny.name}, GPU: " in said(vulkan, "bench", *work)


def said(environment: dict[str, str], *arguments: str) -> str:
    return asked(environment, ["-m", "desktop_llm", *arguments])


def asked(environment: dict[str, str], arguments: list[str]) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()
