"""How fast this computer is with models: some made for it are run in a child, as the engine would, and timed."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop_llm.engine.child import child_command, child_environment
from desktop_llm.engine.hardware import memory
from desktop_llm.engine.messages import Device, Ready
from desktop_llm.engine.zeros import Q4_1, Q6_K, Zeros, write_zeros
from desktop_llm.errors import EngineError, Problem
from desktop_llm.fields import revive
from desktop_llm.speed import Speeds

MOST_SECONDS = 20.0
LAST_ROUND_BEGINS = 6.0
ROUNDS = 3
_TICK = 0.05
_PHASE_SECONDS = 0.8
_PROMPT, _GENERATED = 256, 48
_ALL = 1000


@dataclass(frozen=True)
class Models:
    """`wide` is bound by its weights as large models are, `narrow` by what lies between them as small ones are.

    `plain` is in a number format that llama.cpp does not repack for most processors, `old` in one without fast code.
    """

    wide: Zeros
    narrow: Zeros
    plain: Zeros
    old: Zeros


MODELS = Models(
    wide=Zeros(layers=4),
    narrow=Zeros(layers=30, width=512, forward=1536, heads=8, kv_heads=2),
    plain=Zeros(layers=3, kind=Q6_K),
    # Small models come in such formats, and their short rows are slow ones.
    old=Zeros(layers=16, width=576, forward=1536, heads=9, kv_heads=3, kind=Q4_1),
)


@dataclass(frozen=True)
class Rate:
    """Tokens per second of a prompt and of an answer; 0 where not yet measured."""

    prompt: float = 0.0
    generated: float = 0.0


_STOPPED = Problem("Measuring this computer was stopped.")
_NOT_MEASURED = Problem(
    "This computer could not be measured in {seconds} seconds.",
    "Close other programs, then try again.",
    {"seconds": f"{MOST_SECONDS:.0f}"},
)


def _unseen(_share: float) -> None:
    pass


def measure_computer(
    stop: threading.Event, progress: Callable[[float], None] = _unseen, models: Models = MODELS
) -> Speeds:
    """What processor and GPU can do, within 20 s. Raises EngineError, also where it was stopped.

    `progress` is told which share is done.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="desktop-llm-", ignore_cleanup_errors=True) as folder:
            measuring = _Measuring(_small_enough(models, Path(folder)), Path(folder), stop)
            measuring.run(progress)
            return measuring.speeds()
    except OSError as error:
        text = "This computer could not be measured ({reason})."
        values = {"reason": error.strerror or str(error)}
        raise EngineError(Problem(text, "Free some space on its disk, then try again.", values)) from error


def measured_here(speeds: Speeds, ready: Ready) -> bool:
    """Whether they are of this engine on these devices; if not, measure again."""
    return (speeds.engine, speeds.device) == (ready.engine, _named(ready.devices))


def _named(devices: Iterable[Device]) -> str:
    return "; ".join(f"{device.kind} {device.description.strip()}" for device in devices)


def _small_enough(models: Models, folder: Path) -> Models:
    """Fewer layers where memory (for the file and its repacked copy) or the disk is short."""
    room = min(memory()[0] // 4, shutil.disk_usage(folder).free // 2)
    layers = max(min(models.wide.layers, room * models.wide.layers // models.wide.bytes), 1)
    return replace(models, wide=replace(models.wide, layers=layers))


class _Measuring:
    """Rounds of all models, the best of each kept: other programs make a computer slower, never faster."""

    def __init__(self, models: Models, folder: Path, stop: threading.Event) -> None:
        self._models, self._folder, self._stop = models, folder, stop
        self._begun = time.monotonic()
        self._best: dict[tuple[Zeros, int], Rate] = {}
        self._engine = ""
        self._devices: tuple[Device, ...] = ()

    def run(self, progress: Callable[[float], None]) -> None:
        # The first tells what devices there are, and how much the others can do in their time.
        self._measure(self._models.narrow, 0)
        runs = self._runs() * ROUNDS
        for done, (zeros, gpu_layers) in enumerate(runs, 1):
            late = time.monotonic() - self._begun > LAST_ROUND_BEGINS
            if late and self._best.keys() >= set(runs):
                break
            progress(done / (len(runs) + 1))
            self._measure(zeros, gpu_layers)

    def _runs(self) -> list[tuple[Zeros, int]]:
        models = self._models
        runs = [(zeros, 0) for zeros in (models.wide, models.plain, models.old, models.narrow)]
        on_gpu = any(device.kind in ("GPU", "IGPU") for device in self._devices)
        return [*runs, (models.wide, _ALL), (models.narrow, _ALL)] if on_gpu else runs

    def _measure(self, zeros: Zeros, gpu_layers: int) -> None:
        before = self._best.get((zeros, gpu_layers), Rate())
        path = self._folder / f"{list(vars(self._models).values()).index(zeros)}.gguf"
        if not path.exists():
            write_zeros(path, zeros)
        prompt, generated = self._amounts(zeros)
        job = {"model": str(path), "loading": {"gpu_layers": gpu_layers}, "sequences": 1,
               "prompt_tokens": prompt, "generated": generated}  # fmt: skip
        told = self._told(job)
        if told:
            self._engine, self._devices = told["engine"], revive(tuple[Device, ...], told["devices"])
        elif not gpu_layers and not before.generated:
            raise EngineError(_NOT_MEASURED)
        # A GPU that does not work in time is none.
        rate = Rate(told.get("prompt_tokens_per_s", 0.0), told.get("generated_tokens_per_s", 0.0))
        best = Rate(max(before.prompt, rate.prompt), max(before.generated, rate.generated))
        self._best[zeros, gpu_layers] = best

    def _amounts(self, zeros: Zeros) -> tuple[int, int]:
        """Tokens of prompt and answer: as many as a phase has time for."""
        narrow = self._models.narrow
        known = self._best.get((narrow, 0))
        if not known:
            return _PROMPT // 2, _GENERATED // 2
        prompt = _PHASE_SECONDS * known.prompt * narrow.parameters / zeros.parameters
        generated = _PHASE_SECONDS * known.generated * narrow.bytes / zeros.bytes
        return min(max(int(prompt), 32), _PROMPT), min(max(int(generated), 8), _GENERATED)

    def _told(self, job: dict[str, Any]) -> dict[str, Any]:
        """What a child says of one run; nothing where it failed, or took too long."""
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        command = [*child_command()[:-1], "--bare-bench", json.dumps(job)]
        with subprocess.Popen(
            command, env=child_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, creationflags=flags,
        ) as child:  # fmt: skip
            try:
                said = self._said(child)
            finally:
                child.kill()
        found: dict[str, Any] = json.loads(said.splitlines()[-1]) if child.returncode == 0 else {}
        return found

    def _said(self, child: subprocess.Popen[bytes]) -> bytes:
        while True:
            if self._stop.is_set():
                raise EngineError(_STOPPED)
            if time.monotonic() - self._begun > MOST_SECONDS:
                return b""
            with contextlib.suppress(subprocess.TimeoutExpired):
                return child.communicate(timeout=_TICK)[0]

    def speeds(self) -> Speeds:
        models, best = self._models, self._best
        here = costs(models, best[models.wide, 0], best[models.narrow, 0])
        there = costs(models, best.get((models.wide, _ALL), Rate()), best.get((models.narrow, _ALL), Rate()))
        plain = _other(models.plain, best[models.plain, 0], here)
        old = _other(models.old, best[models.old, 0], here)
        return Speeds(
            engine=self._engine, device=_named(self._devices), read=here.read, operations=here.operations,
            gpu_read=there.read, gpu_operations=there.operations,
            plain_read=plain.read, plain_operations=plain.operations, old_read=old.read, old_operations=old.operations,
            layer=here.layer, between=here.between, gpu_layer=there.layer,
        )  # fmt: skip


# ---- what follows from the rates


@dataclass(frozen=True)
class Costs:
    """As in `Speeds`."""

    read: float = 0.0
    operations: float = 0.0
    layer: float = 0.0
    between: float = 0.0


def costs(models: Models, wide: Rate, narrow: Rate) -> Costs:
    """Two models of other proportions tell the cost of weights from that of what lies between them."""
    if not all((wide.prompt, wide.generated, narrow.prompt, narrow.generated)):
        return Costs()
    a, b = models.wide, models.narrow
    read, layer = _solved((a.bytes, a.layers, 1 / wide.generated), (b.bytes, b.layers, 1 / narrow.generated))
    operations, between = _solved(
        (2 * a.parameters, a.layers * a.width, 1 / wide.prompt),
        (2 * b.parameters, b.layers * b.width, 1 / narrow.prompt),
    )
    return Costs(read, operations, layer, between)


def _solved(wide: tuple[float, float, float], narrow: tuple[float, float, float]) -> tuple[float, float]:
    """The speed over weights, and the seconds of each of what is beside them; each model's (weights, beside, seconds).

    Whatever noise says, the wide model's time comes out, and is for the most part its weights'.
    """
    (a, b, seconds), (c, d, others) = wide, narrow
    each = (seconds * d - others * b) / (a * d - b * c)
    each = min(max(each, 0.7 * seconds / a), seconds / a)
    return 1 / each, (seconds - each * a) / b


def _other(zeros: Zeros, rate: Rate, known: Costs) -> Costs:
    """Of weights in another format; what lies between them costs as much as it was found to."""
    read = _without(1 / rate.generated, known.layer * zeros.layers)
    computed = _without(1 / rate.prompt, known.between * zeros.layers * zeros.width)
    return replace(known, read=zeros.bytes / read, operations=2 * zeros.parameters / computed)


def _without(seconds: float, others: float) -> float:
    """What remains, noise or not."""
    return max(seconds - others, seconds / 2)
