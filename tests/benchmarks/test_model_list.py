"""How long a thousand installed models take to list; run with -s to read the figures."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop_llm.library.models import ModelFile, ModelLibrary
from desktop_llm.library.places import Found, model_files
from desktop_llm.ui.model_chooser import ModelChooser

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
    assert seconds < LIMIT
