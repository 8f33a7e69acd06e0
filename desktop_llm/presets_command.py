"""Presets from the command line: list, export, import; and the one that a question is asked with."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_llm import terminal
from desktop_llm.errors import Problem, PromptError
from desktop_llm.fields import plain
from desktop_llm.settings import prompts_file
from desktop_llm.storage.prompts import Preset, PromptLibrary

_UNKNOWN = Problem("There is no preset “{name}”.", "There are: {names}.")


def add_presets(commands: Any) -> None:
    help = "Lists the presets of the sampling, and brings them from one computer to another"
    parser: argparse.ArgumentParser = commands.add_parser("presets", help=help, description=help, allow_abbrev=False)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", prog="desktop-llm presets", required=True)
    _add(actions, "list", _list, "Each preset with its values")
    given = _add(actions, "export", _export, "Writes presets to a file")
    given.add_argument("names", nargs="*", metavar="NAME", help="Which ones; all of your own unless given")
    given.add_argument("--to", type=Path, required=True, metavar="FILE", help="The file, which is replaced")
    taken = _add(actions, "import", _import, "Takes over the presets of files that this program wrote")
    taken.add_argument("files", nargs="+", type=Path, metavar="FILE")


def _add(actions: Any, name: str, run: Callable[..., int], help: str) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help, allow_abbrev=False)
    action.add_argument("--json", action="store_true", help="Prints one JSON object instead of text")
    action.set_defaults(run=run)
    return action


def preset_named(name: str) -> Preset:
    """The preset of this name, in whatever case, or of this key. Raises PromptError or StorageError."""
    presets, sought = _presets(), name.strip().casefold()
    found = next((each for each in presets if sought in (each.name.casefold(), each.key.casefold())), None)
    if found is None:
        names = ", ".join(each.name for each in presets)
        raise PromptError(Problem(_UNKNOWN.text, _UNKNOWN.remedy, {"name": name, "names": names}))
    return found


def preset_kept(key: str) -> Preset | None:
    """What a chat keeps the key of; nothing where it was deleted. Raises StorageError."""
    return next((each for each in _presets() if key and each.key == key), None)


def _presets() -> tuple[Preset, ...]:
    library = PromptLibrary(prompts_file())
    presets = library.all(library.own()).presets
    if library.notice:
        terminal.note(library.notice.sentence())
    return presets


def _list(given: argparse.Namespace) -> int:
    presets = _presets()
    if given.json:
        told = [{"name": each.name, "built_in": bool(each.origin), "sampling": each.sampling} for each in presets]
        terminal.say_json({"presets": told})
    else:
        width = max((len(each.name) for each in presets), default=0)
        terminal.say("".join(f"{each.name:{width}}  {_values(each)}\n" for each in presets))
    return terminal.DONE


def _values(preset: Preset) -> str:
    """As the command line's options take them."""
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in plain(preset.sampling).items())


def _export(given: argparse.Namespace) -> int:
    library = PromptLibrary(prompts_file())
    chosen = [preset_named(name) for name in given.names] or list(library.own().presets)
    if not chosen:
        raise PromptError(Problem("There are no presets of your own yet.", "Name those to export: NAME …"))
    library.export(given.to, *chosen)
    if given.json:
        terminal.say_json({"file": given.to, "presets": [each.name for each in chosen]})
    else:
        terminal.say(f"{given.to}\n")
    return terminal.DONE


def _import(given: argparse.Namespace) -> int:
    library = PromptLibrary(prompts_file())
    count = sum(library.import_file(file) for file in given.files)
    if given.json:
        terminal.say_json({"imported": count})
    else:
        terminal.say(f"{count} {'was' if count == 1 else 'were'} not here yet.\n")
    return terminal.DONE
