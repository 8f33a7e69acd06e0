"""One line in settings.py adds a setting: the command line, the file, the pipe and the form have it, tried with one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import desktop_llm
from desktop_llm.settings import resource

WORDS = 'low=0.0, high=2.0, unit="K", off=0.0, group="Weather", help="How warm."'
LINE = f'    warmth: float = number(0.5, "Warmth", {WORDS})\n'
BEFORE = "    seed: int = number("
PROGRAM = """
import io, json, pathlib, sys
from desktop_llm import cli
from desktop_llm.conversation import Prompt
from desktop_llm.engine.messages import Generate, read_frame, write_frame
from desktop_llm.fields import words
from desktop_llm.settings import Sampling, read_settings, write_settings

found = words(Sampling, "warmth")
assert (found.label, found.unit, found.group, found.off) == ("Warmth", "K", "Weather", 0.0)

given = cli._parsed(["ask", "--warmth", "1.5", "Hi"])
sampling = cli._with_given(Sampling(), given)
assert sampling.warmth == 1.5

path = pathlib.Path(sys.argv[1])
path.write_text(json.dumps({"sampling": {"warmth": 7, "top_k": 3}}))
settings = read_settings(path)
assert (settings.sampling.warmth, settings.sampling.top_k) == (2.0, 3), "cut at its bound"
write_settings(path, settings)
assert read_settings(path) == settings

stream = io.BytesIO()
write_frame(stream, Generate(1, Prompt((), path, sampling)))
stream.seek(0)
assert read_frame(stream).prompt.sampling.warmth == 1.5

from PySide6.QtWidgets import QApplication, QDoubleSpinBox
from desktop_llm.ui.field_form import FieldForm

application = QApplication([])
form, changes = FieldForm(Sampling()), []
form.changed.connect(changes.append)
(spin,) = [spin for spin in form.findChildren(QDoubleSpinBox) if spin.accessibleName() == "Warmth"]
spin.setValue(1.25)
assert changes[-1].warmth == 1.25
print("everywhere")
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program with one line more."""
    package = Path(desktop_llm.__file__).parent
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(resource("icons"), tmp_path / "resources" / "icons")
    settings = tmp_path / package.name / "settings.py"
    text = settings.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    settings.write_text(text.replace(BEFORE, LINE + BEFORE), encoding="utf-8")
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, env=environment, cwd=copy, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_line_adds_a_setting_everywhere(copy: Path) -> None:
    assert run(copy, "-c", PROGRAM, str(copy / "settings.json")).strip() == "everywhere"
    help = " ".join(run(copy, "-m", "desktop_llm", "ask", "--help").split())
    assert "--warmth X Warmth, 0.0 to 2.0, off at 0.0. How warm." in help
