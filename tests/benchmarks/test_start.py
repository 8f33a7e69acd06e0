"""From exec to the painted window, and what the time is made of; run with -s to read the figures."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

STARTS = 7
PROGRAM = """
import sys, time
marks = [("python", time.monotonic())]
from PySide6.QtWidgets import QApplication
from PySide6.QtCore import QEvent, QObject
marks.append(("Qt's modules", time.monotonic()))
from desktop_llm import app as program
marks.append(("the program's modules", time.monotonic()))
from desktop_llm.settings import Settings
application = program._application(Settings())
marks.append(("application", time.monotonic()))
started = program.App(application, Settings())
marks.append(("widgets", time.monotonic()))

class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            marks.append(("show and paint", time.monotonic()))
            before = float(sys.argv[1])
            for name, at in marks:
                print(f"{name}\\t{(at - before) * 1000:.1f}")
                before = at
            sys.stdout.flush()
            loaded = [name for name in sys.modules if name.split(".")[0] in ("llama_cpp", "pygments", "markdown_it")]
            print(f"late\\t{len(loaded)}", flush=True)
            import os
            os._exit(0)
        return False

painted = Painted()
started.window.chat.composer.installEventFilter(painted)
started.show()
application.exec()
"""


def _start() -> dict[str, float]:
    clock = "import sys, time, subprocess; "
    command = f"{clock}sys.exit(subprocess.call([sys.executable, '-c', sys.argv[1], str(time.monotonic())]))"
    # As for a person, whose second start finds the modules compiled.
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = [sys.executable, "-c", command, PROGRAM]
    out = subprocess.run(run, capture_output=True, text=True, check=True, env=compiled).stdout
    return {name: float(value) for name, value in (line.split("\t") for line in out.splitlines())}


def test_exec_to_painted_window() -> None:
    starts = [_start() for _ in range(STARTS)]
    assert all(start.pop("late") == 0 for start in starts), "what is not needed to paint is loaded before it"
    for name in starts[0]:
        print(f"{name:24}{statistics.median(start[name] for start in starts):8.1f} ms")
    print(f"{'exec to painted window':24}{statistics.median(sum(start.values()) for start in starts):8.1f} ms")
