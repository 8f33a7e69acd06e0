"""Conversations out of the program and into it from the command line: export, import."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from desktop_llm import terminal
from desktop_llm.conversation import Conversation
from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import conversations_file
from desktop_llm.storage.exporting import FORMS, export
from desktop_llm.storage.importing import read_export
from desktop_llm.storage.store import Store


def add_exchange(commands: Any) -> None:
    given = _add(commands, "export", _export, "Writes conversations to files to read, or as JSON that comes back whole")
    given.add_argument("ids", nargs="*", type=int, metavar="ID", help="A conversation, as --list numbers them")
    given.add_argument("--all", action="store_true", help="All of them")
    given.add_argument("--folder", metavar="NAME", help="Those in a folder of the window")
    given.add_argument("--list", action="store_true", help="Lists the conversations with their numbers, writes nothing")
    given.add_argument("--form", choices=FORMS, default="md", help="json: everything, in one file (md)")
    given.add_argument(
        "--to", type=Path, metavar="PATH", help="The file; of several conversations the folder, unless it is JSON"
    )
    given.add_argument("--thoughts", action="store_true", help="With the models' reasoning, which else is left out")
    given.set_defaults(run=partial(_export, given))
    files = _add(commands, "import", _import, "Takes over conversations of ChatGPT, Open WebUI, LM Studio, llama.cpp")
    files.add_argument("files", nargs="+", type=Path, metavar="FILE", help="What they exported, or this program's JSON")


def _add(commands: Any, name: str, run: Callable[..., int], help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="Prints one JSON object instead of text")
    command.set_defaults(run=run)
    return command


def _export(command: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    if not given.list and (not given.to or not (given.ids or given.all or given.folder)):
        command.error("what to export (--all, --folder NAME or ID), and where --to, are needed; --list shows the IDs")
    with contextlib.closing(Store(conversations_file())) as store:
        if given.list:
            return _list(store.conversations(), given.json)
        chosen = _chosen(store.conversations(), given)
        files = export(
            [(found, store.messages(found.id)) for found in chosen], given.form, given.to, thoughts=given.thoughts
        )
    if given.json:
        terminal.say_json({"files": files})
    else:
        terminal.say("".join(f"{file}\n" for file in files))
    return terminal.DONE


def _list(found: list[Conversation], as_json: bool) -> int:
    if as_json:
        terminal.say_json({"conversations": found})
    else:
        width = max((len(str(each.id)) for each in found), default=0)
        terminal.say("".join(f"{each.id:{width}}  {each.title}\n" for each in found))
    return terminal.DONE


def _chosen(stored: list[Conversation], given: argparse.Namespace) -> list[Conversation]:
    """Those asked for, the last changed first. Raises StorageError where one is not there, or none is."""
    missing = [id for id in given.ids if id not in {found.id for found in stored}]
    if missing:
        values = {"id": str(missing[0])}
        raise StorageError(Problem("There is no conversation {id}.", "See desktop-llm export --list.", values))
    chosen = [
        found for found in stored
        if given.all or found.id in given.ids or (given.folder is not None and found.folder == given.folder)
    ]  # fmt: skip
    if not chosen:
        raise StorageError(Problem("There are no such conversations.", "See desktop-llm export --list."))
    return chosen


def _import(given: argparse.Namespace) -> int:
    read = [imported for file in given.files for imported in read_export(file)]  # all, before any is stored
    with contextlib.closing(Store(conversations_file())) as store:
        stored = store.import_all(read)
    if given.json:
        terminal.say_json({"imported": stored})
    else:
        number = "1 conversation was" if len(stored) == 1 else f"{len(stored)} conversations were"
        terminal.say(f"{number} imported.\n")
    return terminal.DONE
