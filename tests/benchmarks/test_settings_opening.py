"""How long the settings take to open, first and again, and how long a search takes with every letter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.app import App
from desktop_llm.settings import Appearance, Settings
from desktop_llm.ui.main_window import MainWindow


def _ms(window: MainWindow, act: Callable[[], object]) -> float:
    """Until it is painted; what is not seen at first may be made later."""
    QApplication.processEvents()
    begun = time.perf_counter()
    act()
    QApplication.sendPostedEvents()
    window.repaint()
    return 1000 * (time.perf_counter() - begun)


@pytest.fixture
def app(qapp: QApplication, qtbot: QtBot, home: Path, starter: Path) -> Iterator[App]:
    made = App(qapp, Settings(appearance=Appearance(theme="light")))
    qtbot.addWidget(made.window)
    made.window.resize(1280, 800)
    made.show()
    qtbot.waitUntil(lambda: made.window.models_page is not None and made.window.models.is_loaded(), timeout=60_000)
    yield made
    made.close()


def test_opening_the_settings(app: App) -> None:
    window = app.window
    print(f"\nfirst opening {_ms(window, window.show_settings):.0f} ms")
    window.show_chat()
    print(f"again {_ms(window, window.show_settings):.0f} ms")
    page = window.settings_page
    assert page is not None
    for section in list(page._sections)[1:]:
        print(f"{section} first {_ms(window, lambda section=section: page.list.choose(section)):.0f} ms")
    for text in ("t", "te", "tem", "temp"):
        print(f"search “{text}” {_ms(window, lambda text=text: page.search.setText(text)):.0f} ms")
    print(f"larger text {_ms(window, lambda: window.step_text_size(1)):.0f} ms")
