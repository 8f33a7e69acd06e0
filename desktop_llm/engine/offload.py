"""Which layers of a model go to which GPUs, and in a sentence why not all of them do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.engine.messages import Device
from desktop_llm.errors import ModelError, Problem
from desktop_llm.memory import Gpu, Shape, amount, layers_that_fit
from desktop_llm.settings import Loading

ALL = 1000
_NOT_FOR_GPUS = ("CPU", "BLAS", "RPC")


@dataclass(frozen=True)
class Offload:
    """`gpus` are those that may be used, even where no layer fits into them."""

    layers: int = 0
    gpus: tuple[Device, ...] = ()

    @property
    def used(self) -> tuple[Device, ...]:
        return self.gpus if self.layers else ()


def planned(loading: Loading, shape: Shape | None, devices: Sequence[Device]) -> Offload:
    """What `loading` asks for, of the `devices` there are; of an unknown shape every layer is tried.

    Raises ModelError.
    """
    gpus = _chosen(loading.devices, devices)
    if not gpus or loading.gpu_layers >= 0:
        return Offload(loading.gpu_layers if gpus else 0, gpus)
    if not shape or not shape.known:
        return Offload(ALL, gpus)
    return Offload(layers_that_fit(shape, loading, [_gpu(gpu, devices) for gpu in gpus]), gpus)


def gpus_of(devices: Sequence[Device], names: Sequence[str] = ()) -> tuple[Gpu, ...]:
    """The named GPUs, or those that would be used, with their memory. Raises ModelError."""
    return tuple(_gpu(gpu, devices) for gpu in _chosen(names, devices))


def _chosen(names: Sequence[str], devices: Sequence[Device]) -> tuple[Device, ...]:
    """The named GPUs in that order; else, as llama.cpp would choose, all, but those within a processor only alone."""
    gpus = {device.name: device for device in devices if device.kind in ("GPU", "IGPU")}
    for name in names:
        if name not in gpus:
            raise ModelError(_unknown(name, list(gpus)))
    if names:
        return tuple(gpus[name] for name in dict.fromkeys(names))
    return tuple(gpu for gpu in gpus.values() if gpu.kind == "GPU") or tuple(gpus.values())


def _unknown(name: str, there: Sequence[str]) -> Problem:
    values = {"device": name, "devices": ", ".join(there)}
    if not there:
        return Problem("There is no GPU {device}: llama.cpp finds none here.", "Name no device.", values)
    return Problem("There is no GPU {device} here, only: {devices}.", "Name one of these, or none.", values)


def _gpu(device: Device, devices: Sequence[Device]) -> Gpu:
    """A device that does not tell of its memory is taken, as by llama.cpp, to use the computer's."""
    telling = device if device.total else next((d for d in devices if d.kind == "CPU"), device)
    return Gpu(device.name, telling.free, telling.total, shared=_is_shared(device) or telling is not device)


def _is_shared(device: Device) -> bool:
    """Whether it lives in the computer's own memory, as all of Apple's do."""
    return device.kind == "IGPU" or device.name.startswith(("MTL", "Metal"))


def device_line(offload: Offload, offloaded: int, layers: int) -> str:
    """`layers`: all there are to offload, one more than the model's own."""
    if not offloaded or not offload.used:
        return "CPU"
    return f"GPU: {' + '.join(gpu.description.strip() for gpu in offload.used)}, {offloaded}/{layers} layers"


def why_not(loading: Loading, offload: Offload, offloaded: int, layers: int, backends: Sequence[str]) -> Problem | None:
    """The reason where fewer than all `layers` are on a GPU; `backends` are those of this build of llama.cpp."""
    if offloaded >= layers:
        return None
    for_gpus = [name for name in backends if name not in _NOT_FOR_GPUS]
    if not for_gpus:
        remedy = "To use a GPU, install llama-cpp-python with Vulkan, CUDA or Metal as the README says."
        return Problem("This build of llama.cpp can use no GPU.", remedy)
    if loading.gpu_layers == 0:
        return Problem("GPU layers is 0, so the model stays off the GPU.")
    if not offload.gpus:
        text = "This build of llama.cpp can use a GPU through {backends}, but finds none here."
        remedy = "If there is one, install its newest driver."
        return Problem(text, remedy, {"backends": ", ".join(for_gpus)})
    return _too_few(loading, offload, offloaded, layers)


def _too_few(loading: Loading, offload: Offload, offloaded: int, layers: int) -> Problem:
    values = {
        "count": str(offloaded), "layers": str(layers), "gpu": " + ".join(g.description.strip() for g in offload.gpus),
        "free": amount(sum(gpu.free for gpu in offload.gpus)),
    }  # fmt: skip
    if loading.gpu_layers > 0:
        text = "GPU layers is {count}, so only that many of {layers} layers are on the GPU."
        return Problem(text, "", values)
    remedy = "A shorter context, a quantized KV cache or a smaller model leaves room for more."
    if not offloaded:
        return Problem("The model does not fit into the {free} free on the {gpu}.", remedy, values)
    return Problem("Only {count} of {layers} layers fit into the {free} free on the {gpu}.", remedy, values)
