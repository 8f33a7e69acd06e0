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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "desktop_llm"
TRANSLATIONS = ROOT / "resources" / "translations"
ONLY_IN_THE_TERMINAL = {
    "cli.py", "terminal.py", "doctor.py", "bench.py", "models_command.py", "hub_command.py", "fields.py", "settings.py",
    "__main__.py",
}  # fmt: skip
SENTENCE = re.compile(r"[A-Z{“].* .*[.]", re.DOTALL)


def problem_sentences() -> list[str]:
    """The sentences of every Problem: below ui/ nothing else is a whole sentence but the words of the terminal.

    Those of the catalogue too.
    """
    found = {text for path in _sources() for text in _strings(path) if SENTENCE.fullmatch(text)}
    return sorted(found | set(_of_the_catalogue()))


def _of_the_catalogue() -> Iterator[str]:
    """What it says of each model."""
    found = json.loads((ROOT / "resources" / "catalog.json").read_text(encoding="utf-8"))
    yield from (model["description"] for model in found["models"])


def _sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name not in ONLY_IN_THE_TERMINAL:
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


def _update(language: Path, problems: Path) -> None:
    sources = [str(path) for path in (PACKAGE / "ui").rglob("*.py")]
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    options = ["-no-obsolete", "-locations", "none", "-silent"]
    subprocess.run([str(tool), *options, *sources, str(problems), "-ts", str(language)], check=True, cwd=ROOT)


def _compile(language: Path) -> None:
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(tool), "-silent", str(language), "-qm", str(language.with_suffix(".qm"))], check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        problems = Path(folder) / "problems.py"
        calls = (f"QCoreApplication.translate('errors', {text!r})" for text in problem_sentences())
        problems.write_text("\n".join(calls), encoding="utf-8")
        for language in sorted(TRANSLATIONS.glob("*.ts")):
            _update(language, problems)
            _compile(language)


if __name__ == "__main__":
    main()
