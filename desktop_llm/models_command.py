"""The models of this computer from the command line: list, info, add, remove."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop_llm import terminal
from desktop_llm.errors import Problem, UserError
from desktop_llm.fields import plain
from desktop_llm.hub_command import add_hub
from desktop_llm.library.header import Header, files_of
from desktop_llm.library.models import ModelFile, library_of
from desktop_llm.memory import Computer, fit, verdict_words
from desktop_llm.settings import Loading, Settings, models_folder, settings_file
from desktop_llm.settings_file import write_settings
from desktop_llm.this_computer import this_computer

_HEAD = ("NAME", "SIZE", "PARAMETERS", "QUANTIZATION", "CONTEXT", "FROM", "FILE")
_LONGEST_NAME = 44


@dataclass(frozen=True)
class Entry:
    """A model as it is listed; `origin`: "starter", "added", "models folder", the program that keeps it, or nothing."""

    name: str
    path: Path
    size: int
    architecture: str
    parameters: int
    quantization: str
    context: int
    origin: str
    added: bool


def add_models(commands: Any) -> None:
    """Adds the command with its own commands; each further one is another line here."""
    help = "Lists the models on this computer, those of other programs too, and keeps your own list of files"
    models = commands.add_parser("models", help=help, description=help, allow_abbrev=False)
    inner = models.add_subparsers(title="commands", metavar="COMMAND", prog="desktop-llm models", required=True)
    _add(inner, "list", _list, "Lists the models found on this computer")
    _with_file(_add(inner, "info", _info, "Tells what a model file says of itself"))
    _with_file(_add(inner, "add", _add_file, "Puts a model file on the list, where it stays as it is"))
    _with_file(_add(inner, "remove", _remove, "Takes an added file off the list; no file is ever deleted"))
    add_hub(inner)


def _add(commands: Any, name: str, run: Callable[[Any], int], help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="Prints one JSON object instead of text")
    command.set_defaults(run=run)
    return command


def _with_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="The model's file (GGUF)")


# ---- the commands


def _list(given: argparse.Namespace) -> int:
    settings = terminal.kept_settings()
    library = library_of(settings)
    headers = [(model, library.header(model.path)) for model in library.models()]
    entries = [_entry(model, header) for model, header in headers]
    if given.json:
        here = this_computer(settings)
        fits = [_fitting(header, settings.loading, here) for _, header in headers]
        terminal.say_json({"models": [plain(entry) | fit for entry, fit in zip(entries, fits, strict=True)]})
    elif entries:
        terminal.say(_table(entries))
    else:
        terminal.note("There is no model on this computer. Add a file with: desktop-llm models add FILE")
    return terminal.DONE


def _info(given: argparse.Namespace) -> int:
    settings = terminal.kept_settings()
    library = library_of(settings)
    model = library.model_at(given.file)
    header = library.header(model.path)
    fitting = _fitting(header, settings.loading, this_computer(settings))
    facts = plain(_entry(model, header)) | _more(header, model.path) | fitting
    recommended = library.recommended(model.path)
    if given.json:
        terminal.say_json(facts | {"recommended": plain(recommended)})
    else:
        del facts["verdict"]  # the sentence tells it
        if recommended:
            facts["author's_values"] = ", ".join(map(_told_value, recommended.items()))
        width = max(map(len, facts))
        terminal.say("".join(f"{key.replace('_', ' '):{width}}  {_told(value)}\n" for key, value in facts.items()))
    return terminal.DONE


def _add_file(given: argparse.Namespace) -> int:
    settings = terminal.kept_settings()
    library = library_of(settings)
    model = library.add(given.file)
    _keep(replace(settings, added_models=library.added))
    if given.json:
        terminal.say_json({"model": _entry(model, library.header(model.path))})
    else:
        terminal.say(f"{model.name} is one of the models now; the file stays where it is.\n")
    return terminal.DONE


def _remove(given: argparse.Namespace) -> int:
    settings = terminal.kept_settings()
    library = library_of(settings)
    library.remove(given.file)
    gone = set(settings.added_models) - set(library.added)
    chosen = None if settings.model in gone else settings.model
    _keep(replace(settings, model=chosen, added_models=library.added))
    if given.json:
        terminal.say_json({"removed": sorted(gone)})
    else:
        terminal.say(f"{given.file.name} is off the list; the file is still there.\n")
    return terminal.DONE


def _keep(settings: Settings) -> None:
    path = settings_file()
    try:
        write_settings(path, settings)
    except OSError as error:
        values = {"path": str(path), "reason": error.strerror or str(error)}
        text = "The settings could not be kept in {path} ({reason})."
        raise UserError(Problem(text, "Make that file and its folder writable.", values)) from error


# ---- whether they fit


def _fitting(header: Header, loading: Loading, here: Computer) -> dict[str, Any]:
    """In bytes what a chat with it would take, apart and in all, and of how much."""
    found = fit(header.shape, loading, here)
    return {
        "verdict": found.verdict,
        "runs_here": verdict_words(found).sentence(),
        "needs": found.need.total,
        "available": found.available,
        "weights": found.need.weights + found.need.repacked,
        "cache": found.need.cache + found.need.state,
        "compute": found.need.compute,
        "in_context": found.context,
    }


# ---- what is told


def _entry(model: ModelFile, header: Header) -> Entry:
    return Entry(
        model.name, model.path, model.size, header.architecture, header.parameters, header.quantization,
        header.context, _origin(model), model.added,
    )  # fmt: skip


def _origin(model: ModelFile) -> str:
    if model.origin or model.starter or model.added:
        return model.origin or ("starter" if model.starter else "added")
    return "models folder" if models_folder().resolve() in model.path.parents else ""


def _more(header: Header, path: Path) -> dict[str, Any]:
    return {
        "title": header.name,
        "layers": header.layers,
        "tensors": header.tensors,
        "chat_template": header.has_template,
        "embedding": header.embedding,
        "files": [str(file) for file in files_of(path)],
    }


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_visible, value))
    return f"{value:,}" if isinstance(value, int) else _visible(value)


def _told_value(named: tuple[str, Any]) -> str:
    name, value = named
    return f"{name} {' '.join(value) if isinstance(value, tuple) else value}"


def _visible(value: Any) -> str:
    """On one line, whatever a stranger's file is called."""
    return "".join(c if c.isprintable() else "?" for c in str(value))


def _table(entries: Iterable[Entry]) -> str:
    rows = [_HEAD, *(_row(entry) for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _row(entry: Entry) -> tuple[str, ...]:
    name = entry.name if len(entry.name) <= _LONGEST_NAME else entry.name[: _LONGEST_NAME - 1] + "…"
    size, parameters = f"{_rounded(entry.size)}B", _rounded(entry.parameters).replace("G", "B")
    return name, size, parameters, entry.quantization, f"{entry.context:,}", entry.origin, _visible(entry.path)


def _rounded(count: int) -> str:
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} "
