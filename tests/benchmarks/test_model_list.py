"""How long a thousand installed models take to list; run with -s to read the figures."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop_llm.experience import Experience
from desktop_llm.library.models import ModelFile, ModelLibrary
from desktop_llm.library.places import Found, model_files
from desktop_llm.memory import Computer
from desktop_llm.settings import Settings
from desktop_llm.settings_file import KeptSettings
from desktop_llm.ui.installed_view import InstalledView
from desktop_llm.ui.model_chooser import ModelChooser
from desktop_llm.ui.models_session import Hardware, ModelsSession

MODELS = 1_000
LIMIT = 0.2


def timed(library: ModelLibrary) -> tuple[float, list[ModelFile]]:
    began = time.perf_counter()
    found = library.models()
    return time.perf_counter() - began, found


def test_a_thousand_models_are_listed_in_no_time(tiny: Path, tmp_path: Path, qapp: QApplication) -> None:
    for number in range(MODELS):
        folder = tmp_path / ("own" if number % 2 else "other") / f"publisher{number % 20}" / f"repository{number}"
        folder.mkdir(parents=True)
        shutil.copy(tiny, folder / f"model-{number}.gguf")
    other = tmp_path / "other"
    library = ModelLibrary((), tmp_path / "own", lambda: (Found(p, p.stem, "LM Studio") for p in model_files(other, 4)))
    first, _ = timed(library)
    again = [timed(library) for _ in range(5)]
    seconds = statistics.median(took for took, _ in again)
    assert all(len(found) >= MODELS for _, found in again)
    chooser = ModelChooser()
    began = time.perf_counter()
    chooser.set_models(again[0][1], None)
    shown = time.perf_counter() - began
    print(f"{MODELS} models: first {first * 1000:.0f} ms, again {seconds * 1000:.0f} ms, menu {shown * 1000:.0f} ms")
    judged, drawn = page_times(library, again[0][1])
    print(f"the page: judged {judged * 1000:.0f} ms (worker), shown {drawn * 1000:.0f} ms (window)")
    assert seconds < LIMIT and drawn < LIMIT


def page_times(library: ModelLibrary, models: list[ModelFile]) -> tuple[float, float]:
    """Seconds until every model's fit is known, and until the page shows them."""
    kept = KeptSettings(Path("nowhere"), Settings())
    computer = Computer(8 * 10**9, 16 * 10**9)
    hardware = Hardware(lambda: computer, lambda _: None, lambda _: True, lambda: True)
    session, view = ModelsSession(kept, library, Experience(None), hardware, lambda _: None), InstalledView()
    began = time.perf_counter()
    listed = session.list_installed(tuple(models), None)
    judged = time.perf_counter()
    view.resize(1000, 700)
    view.show()
    view.show_models(listed.models, None)
    QApplication.processEvents()
    assert len(listed.models) >= MODELS
    return judged - began, time.perf_counter() - judged
