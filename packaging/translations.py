"""Brings resources/translations up to date with the sentences in the code, and compiles them.

Run it with the program's own Python; it uses pyside6-lupdate and pyside6-lrelease, which come with PySide6-Essentials.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, only its own folder is looked in

from desktop_llm.fields import Words  # noqa: E402
from desktop_llm.settings import Settings  # noqa: E402
from desktop_llm.tasks.languages import CODES  # noqa: E402
from desktop_llm.tasks.summary import SummaryForm  # noqa: E402

PACKAGE = ROOT / "desktop_llm"
TRANSLATIONS = ROOT / "resources" / "translations"
ONLY_IN_THE_TERMINAL = {
    "cli.py", "terminal.py", "doctor.py", "bench.py", "models_command.py", "hub_command.py", "fields.py", "settings.py",
    "exchange_command.py", "presets_command.py", "summarize_command.py", "__main__.py",
}  # fmt: skip
SENTENCE = re.compile(r"[A-Z{“].* .*[.]", re.DOTALL)


def problem_sentences() -> list[str]:
    """The sentences of every Problem: below ui/ nothing else is a whole sentence but the words of the terminal.

    Those of the catalogue too, and what is marked as a phrase within them.
    """
    found = {text for path in _sources() for text in _strings(path) if SENTENCE.fullmatch(text)}
    phrases = {text for path in _sources() for text in _phrases(path)}
    return sorted(found | phrases | set(_of_the_catalogue()))


def _phrases(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase":
            yield ast.literal_eval(node.args[0])


def _of_the_catalogue() -> Iterator[str]:
    """What it says of each model."""
    found = json.loads((ROOT / "resources" / "catalog.json").read_text(encoding="utf-8"))
    yield from (model["description"] for model in found["models"])


def settings_words() -> list[str]:
    """What the settings are declared with, as a form shows it: labels, helps and choices."""
    groups = (*vars(Settings()).values(), SummaryForm())
    declared = (field.metadata.get("words") for group in groups for field in _fields_of(group))
    return sorted({text for words in declared if words for text in _texts(words)})


def _fields_of(group: Any) -> tuple[Field[Any], ...]:
    return fields(group) if is_dataclass(group) else ()


def _texts(words: Words) -> Iterator[str]:
    choices = (choice for choice in words.choices if choice not in CODES)  # resources/languages.json names languages
    yield from filter(None, (words.label, words.help, words.group, words.unit, *choices))


def _sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        # What tasks say, they say to models.
        if path.name not in ONLY_IN_THE_TERMINAL and path.parent.name != "tasks":
            yield path


def _strings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = set(_docstrings(tree)) | set(_translated(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.value


def _docstrings(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _translated(tree: ast.AST) -> Iterator[int]:
    """Strings that lupdate finds by itself."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    for call in calls:
        if ast.unparse(call.func).endswith((".tr", ".translate")):
            yield from (id(part) for part in ast.walk(call))


def _update(language: Path, gathered: Path) -> None:
    sources = [str(path) for path in (PACKAGE / "ui").rglob("*.py")]
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    options = ["-no-obsolete", "-locations", "none", "-silent"]
    subprocess.run([str(tool), *options, *sources, str(gathered), "-ts", str(language)], check=True, cwd=ROOT)


def _compile(language: Path) -> None:
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(tool), "-silent", str(language), "-qm", str(language.with_suffix(".qm"))], check=True)


def _calls() -> Iterator[str]:
    """As lupdate reads them."""
    for context, texts in (("errors", problem_sentences()), ("settings", settings_words())):
        yield from (f"QCoreApplication.translate({context!r}, {text!r})" for text in texts)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        gathered = Path(folder) / "gathered.py"
        gathered.write_text("\n".join(_calls()), encoding="utf-8")
        for language in sorted(TRANSLATIONS.glob("*.ts")):
            _update(language, gathered)
            _compile(language)


if __name__ == "__main__":
    main()
