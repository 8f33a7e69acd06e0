"""Which layers go where, and why not: the plan alone, on devices that are only told of."""

from __future__ import annotations

import pytest

from desktop_llm.engine.messages import Device
from desktop_llm.engine.offload import ALL, Offload, device_line, planned, why_not
from desktop_llm.errors import ModelError
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

GB = 1000**3
CPU = Device("CPU", "Some processor", "CPU", 8 * GB, 16 * GB)
CARD = Device("Vulkan0", "Some card", "GPU", 2 * GB, 4 * GB)
OTHER = Device("Vulkan1", "Other card", "GPU", 6 * GB, 8 * GB)
WITHIN = Device("Vulkan2", "Graphics of the processor", "IGPU", 8 * GB, 16 * GB)
BOTH = ("Vulkan", "CPU")


def shape(weights: int) -> Shape:
    return Shape(
        architecture="llama", known=True, weights=weights, read_per_token=weights, context=4096, layers=31,
        embedding=2048, vocabulary=32000, heads=32, kv_heads=(8,) * 31, key_length=64, value_length=64,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("devices", "named", "used"),
    [
        ((CPU,), (), ()),
        ((CARD, CPU), (), (CARD,)),
        ((CARD, OTHER, WITHIN, CPU), (), (CARD, OTHER)),
        ((WITHIN, CPU), (), (WITHIN,)),
        ((CARD, OTHER, WITHIN, CPU), ("Vulkan2", "Vulkan0"), (WITHIN, CARD)),
    ],
)
def test_layers_go_to_the_named_gpus_else_to_every_card(
    devices: tuple[Device, ...], named: tuple[str, ...], used: tuple[Device, ...]
) -> None:
    assert planned(Loading(devices=named, gpu_layers=7), None, devices) == Offload(7 if used else 0, used)


@pytest.mark.parametrize(
    ("devices", "there"), [((CARD, OTHER, CPU), "only: Vulkan0, Vulkan1."), ((CPU,), "finds none")]
)
def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(devices: tuple[Device, ...], there: str) -> None:
    with pytest.raises(ModelError) as refused:
        planned(Loading(devices=("Vulkan7",)), None, devices)
    assert "There is no GPU Vulkan7" in str(refused.value)
    assert there in str(refused.value)


def test_as_many_layers_as_fit_are_put_on_the_gpu() -> None:
    counts = [planned(Loading(), shape(size * GB), (CARD, CPU)).layers for size in (1, 3, 1000)]
    assert counts[0] == 32
    assert 0 < counts[1] < 32
    assert counts[2] == 0


def test_of_a_model_of_unknown_shape_every_layer_is_tried() -> None:
    assert planned(Loading(), None, (CARD, CPU)).layers == ALL


@pytest.mark.parametrize(
    ("gpu_layers", "gpus", "offloaded", "backends", "line", "reason"),
    [
        (-1, (CARD,), 32, BOTH, "GPU: Some card, 32/32 layers", ""),
        (-1, (CARD, OTHER), 32, BOTH, "GPU: Some card + Other card, 32/32 layers", ""),
        (-1, (CARD,), 9, BOTH, "GPU: Some card, 9/32 layers", "Only 9 of 32 layers fit into the 2.0 GB free on"),
        (9, (CARD,), 9, BOTH, "GPU: Some card, 9/32 layers", "GPU layers is 9, so only that many of 32 layers are"),
        (-1, (CARD,), 0, BOTH, "CPU", "The model does not fit into the 2.0 GB free on the Some card."),
        (0, (), 0, BOTH, "CPU", "GPU layers is 0, so the model stays off the GPU."),
        (-1, (), 0, BOTH, "CPU", "This build of llama.cpp can use a GPU through Vulkan, but finds none here."),
        (0, (), 0, ("CPU", "BLAS"), "CPU", "This build of llama.cpp can use no GPU."),
    ],
)
def test_the_line_says_on_what_and_why_not_on_a_gpu(
    gpu_layers: int, gpus: tuple[Device, ...], offloaded: int, backends: tuple[str, ...], line: str, reason: str
) -> None:
    offload = Offload(offloaded, gpus)
    assert device_line(offload, offloaded, 32) == line
    why = why_not(Loading(gpu_layers=gpu_layers), offload, offloaded, 32, backends)
    assert (why.sentence() if why else "").startswith(reason)
    assert bool(why) == bool(reason)
