"""Which way imports run, and what every module keeps to: held by reading the sources."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import desktop_llm

PACKAGE = "desktop_llm"
ROOT = Path(desktop_llm.__file__).parent
SOURCES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in SOURCES.items()}

BASE = {
    "conversation", "fields", "settings", "settings_file", "errors", "memory", "speed", "experience",
    "sampling_check", "reshaping", "layers",
}  # fmt: skip
ENDS = {"engine.client", "engine.messages"}
COMMANDS = {
    "bench", "doctor", "exchange_command", "hub_command", "models_command", "presets_command",
    "summarize_command", "terminal", "this_computer",
}  # fmt: skip
CHAT = {"runner", "room", "branches", "fitting", "summarizing", "events"}
WORK = {"summarizer", "generations"}
BELOW = {*CHAT, *WORK, "tasks", "documents", "engine", "library", "storage"} | BASE
EVERYTHING = {"app", "cli", "ui"} | COMMANDS | BELOW
MAY_IMPORT = {
    "__main__": EVERYTHING,
    "app": EVERYTHING,
    "cli": EVERYTHING,
    "ui": {*CHAT, *WORK, "tasks", "documents", "library", "storage"} | ENDS | BASE,
    "events": ENDS | BASE,
    "fitting": {"events", "tasks"} | ENDS | BASE,
    "summarizing": {"fitting", "tasks"} | ENDS | BASE,
    "branches": {"events", "storage"} | BASE,
    "room": {"branches", "events", "fitting", "summarizing", "storage"} | ENDS | BASE,
    "runner": {"tasks", "storage"} | CHAT | ENDS | BASE,
    "generations": ENDS | BASE,
    "summarizer": {"generations", "tasks", "documents", "storage"} | ENDS | BASE,
    **dict.fromkeys(COMMANDS, BELOW | COMMANDS),
    **dict.fromkeys(("library", "storage", "engine", "documents", "tasks", *BASE), BASE),
}
LONGEST_FUNCTION = 60


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module a source names, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out whole"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def our_imports(name: str) -> set[str]:
    """The modules of this program that module `name` imports, and what it takes from them."""
    return {found.removeprefix(f"{PACKAGE}.") for found in imports(TREES[name]) if found.startswith(f"{PACKAGE}.")}


def within(name: str, allowed: set[str]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in allowed)


def users_of(library: str) -> set[str]:
    return {name for name, tree in TREES.items() if any(within(found, {library}) for found in imports(tree))}


def modules(*, ui: bool) -> list[str]:
    """The modules at or above the window, or those below it."""
    named = (f"{PACKAGE}.{name}" for name in SOURCES if within(name, {"ui", "app"}) == ui)
    return [name for name in named if not name.endswith(("__init__", "__main__"))]


def run(code: str) -> str:
    """What a fresh Python prints, told apart from all that the tests have imported."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", SOURCES)
def test_imports_run_the_way_the_design_says(name: str) -> None:
    part = name.partition(".")[0]
    if part == "__init__":
        assert our_imports(name) == set()
        return
    assert part in MAY_IMPORT, f"{part} has no place in the table of imports"
    allowed = MAY_IMPORT[part] | {part, "__version__"}
    assert {found for found in our_imports(name) if not within(found, allowed)} == set()


def test_the_base_has_no_circles() -> None:
    left = {name: {found.partition(".")[0] for found in our_imports(name)} for name in BASE}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert left == {}


def test_only_the_window_knows_qt() -> None:
    assert {name for name in users_of("PySide6") if not within(name, {"ui", "app"})} == set()
    assert users_of("shiboken6") == set()


def test_three_files_of_the_engine_call_llama_cpp() -> None:
    assert users_of("llama_cpp") == {"engine.llama", "engine.samplers", "engine.grammar"}


@pytest.mark.skipif(importlib.util.find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed")
@pytest.mark.parametrize("name", modules(ui=False))
def test_nothing_below_the_window_loads_qt(name: str) -> None:
    assert run(f"import sys, {name}; print([found for found in sys.modules if found.startswith('PySide6')])") == "[]"


@pytest.mark.parametrize("name", modules(ui=True))
def test_nothing_of_the_window_loads_llama_cpp(name: str) -> None:
    assert run(f"import sys, {name}; print('llama_cpp' in sys.modules)") == "False"


@pytest.mark.parametrize("name", SOURCES)
def test_every_module_says_what_it_is(name: str) -> None:
    if TREES[name].body:
        assert (ast.get_docstring(TREES[name]) or "").strip()


def test_folders_are_empty_at_their_door() -> None:
    doors = [path for name, path in SOURCES.items() if name.endswith(".__init__")]
    assert [path for path in doors if path.read_text(encoding="utf-8").strip()] == []
    assert doors


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "misc", "helpers", "helper", "common"}
    assert [name for name in SOURCES if drawers & set(name.split("."))] == []


@pytest.mark.parametrize("name", SOURCES)
def test_no_function_is_long(name: str) -> None:
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
