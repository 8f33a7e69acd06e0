"""A setting is one line in one file: pane, search, command line, file and engine have it from there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import desktop_llm

_ROOT = Path(desktop_llm.__file__).parents[1]
_BEFORE = "    temperature_range: float = number("
_LINE = '    wobble: float = number(0.5, "Wobble", low=0.0, high=2.0, help="How much it sways.")\n'
_SHOWN = """
import io, sys
from dataclasses import replace
from pathlib import Path
from PySide6.QtWidgets import QApplication, QLabel
from desktop_llm import cli
from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.messages import Generate, read_frame, write_frame
from desktop_llm.settings import Sampling, Settings
from desktop_llm.settings_file import read_settings, write_settings
from desktop_llm.ui.settings_sections import found, places, sections
from desktop_llm.ui.settings_views import SectionView

application = QApplication([])
view = SectionView(sections()[0], Settings())
row = view.forms["sampling"].row("wobble")
print("pane", row.label.text(), view.isAncestorOf(row), row._control.minimum(), row._control.maximum())
print("found", [place.name for place in places(Settings(), sections()) if found(Settings(), place, "sways")])
edited = []
view.edited.connect(lambda group, values: edited.append((group, values)))
row._control.setValue(1.25)
print("edited", edited)
file = Path(sys.argv[1])
write_settings(file, Settings(sampling=Sampling(wobble=1.25)))
print("file", read_settings(file).sampling.wobble)
file.write_text('{"sampling": {"wobble": 99}}')
print("bounded", read_settings(file).sampling.wobble)
stream = io.BytesIO()
write_frame(stream, Generate(1, Prompt((Message("user", "Hi"),), Path("m.gguf"), Sampling(wobble=1.75))))
stream.seek(0)
print("engine", read_frame(stream).prompt.sampling.wobble)
try:
    cli.main(["ask", "--help"])
except SystemExit:
    pass
"""


def test_one_line_more_is_a_setting_more(tmp_path: Path) -> None:
    shutil.copytree(_ROOT / "desktop_llm", tmp_path / "desktop_llm", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "resources").symlink_to(_ROOT / "resources", target_is_directory=True)
    declared = tmp_path / "desktop_llm" / "settings.py"
    source = declared.read_text(encoding="utf-8")
    assert source.count(_BEFORE) == 1
    declared.write_text(source.replace(_BEFORE, _LINE + _BEFORE), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _SHOWN, str(tmp_path / "settings.json")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    assert shown[:6] == [
        "pane Wobble True 0.0 2.0",
        "found ['wobble']",
        "edited [('sampling', {'wobble': 1.25})]",
        "file 1.25",
        "bounded 2.0",
        "engine 1.75",
    ]
    assert "--wobble" in done.stdout and "How much it sways." in done.stdout
