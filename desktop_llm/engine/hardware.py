"""What this computer has: cores, memory, and processor features that decide how a model may be loaded."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

import psutil

from desktop_llm.engine.messages import Device
from desktop_llm.engine.offload import gpus_of
from desktop_llm.memory import Computer

_LOOKED_AT, _BUSY_PERCENT = 0.5, 35.0


def physical_cores() -> int:
    return psutil.cpu_count(logical=False) or psutil.cpu_count() or 1


def memory() -> tuple[int, int]:
    """Bytes of memory available now and in all."""
    now = psutil.virtual_memory()
    return int(now.available), int(now.total)


def computer(devices: Sequence[Device], named: Sequence[str] = (), system_info: str = "") -> Computer:
    """What there is to load a model into; of the `devices` the `named` GPUs, or those that would be used."""
    available, total = memory()
    return Computer(available, total, gpus_of(devices, named), repacks=not amx_may_crash(system_info))


def busy() -> bool:
    """Whether other work takes a good part of the processor, so that nothing measured now would be true."""
    return psutil.cpu_percent(_LOOKED_AT) > _BUSY_PERCENT


def processor_features() -> frozenset[str]:
    """The processor's flags as Linux names them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), ":")
    return frozenset(flags.split(":", 1)[1].split())


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.split(":", 1)[-1].strip() or platform.machine()


def amx_may_crash(system_info: str) -> bool:
    """Whether this build of llama.cpp would use AMX here: built by GCC it crashes at the first decode (PR #26954)."""
    return "amx_tile" in processor_features() and "AMX_INT8 = 1" in system_info
