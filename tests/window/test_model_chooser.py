"""The list of models in the window, and how the window comes to its first one while others are still looked for."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.library import models
from desktop_llm.library.models import ModelFile
from desktop_llm.library.places import Found
from desktop_llm.settings import Appearance, Sampling, Settings
from desktop_llm.ui import session
from desktop_llm.ui.model_chooser import ModelChooser

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


def model(name: str, origin: str = "", size: int = 2_000_000_000, **more: bool) -> ModelFile:
    return ModelFile(Path(f"/models/{origin}/{name}.gguf"), name, size, origin=origin, **more)


def shown(chooser: ModelChooser) -> list[str]:
    """The menu's lines; a separator is an empty one."""
    return [action.text() for action in chooser.menu().actions()]


def choices(chooser: ModelChooser) -> list[QAction]:
    return [action for action in chooser.menu().actions() if action.isCheckable()]


@pytest.fixture
def chooser(qtbot: QtBot) -> ModelChooser:
    made = ModelChooser()
    qtbot.addWidget(made)
    return made


# ---- the list


def test_each_line_says_what_it_is_how_large_and_whose(chooser: ModelChooser) -> None:
    found = [model("SmolLM2", size=98_362_432, starter=True), model("Llama 3.2 3B", "Ollama"), model("mine")]
    chooser.set_models(found, None)
    assert shown(chooser) == [
        "SmolLM2, starter  ·  98.4 MB", "mine  ·  2.0 GB", "", "Llama 3.2 3B  ·  2.0 GB  ·  Ollama", "",
        "Choose a file…", "Unload from memory", "Models…",
    ]  # fmt: skip


def test_ones_own_come_first_then_each_program_together(chooser: ModelChooser) -> None:
    found = [
        model("a", "LM Studio"), model("b", "Jan"), model("c", "LM Studio"), model("d", "Jan", added=True), model("e"),
    ]  # fmt: skip
    chooser.set_models(found, None)
    assert [line.split(" ")[0] for line in shown(chooser)] == [
        "d", "e", "", "a", "c", "", "b", "", "Choose", "Unload", "Models…",
    ]  # fmt: skip
    assert shown(chooser)[0].endswith("Jan")


def test_one_is_chosen_by_a_click_once_however_often_the_list_was_filled(chooser: ModelChooser) -> None:
    found = [model("a & b", "Jan"), model("c", "Ollama")]
    heard: list[Path] = []
    chooser.chosen.connect(heard.append)
    for _ in range(3):
        chooser.set_models(found, found[0].path)
    assert [action.isChecked() for action in choices(chooser)] == [True, False]
    assert chooser.text() == "a && b"
    choices(chooser)[1].trigger()
    assert heard == [found[1].path]


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Gives the application a style sheet, and afterwards the one it had."""
    before = qapp.styleSheet()
    yield qapp.setStyleSheet
    qapp.setStyleSheet(before)


@pytest.mark.parametrize("sheet", ["", "QMenu { padding: 5px; } QMenu::item { padding: 6px; }"])
def test_a_long_list_is_one_column_that_scrolls(qtbot: QtBot, dressed: Callable[[str], None], sheet: str) -> None:
    dressed(sheet)
    chooser = ModelChooser()
    qtbot.addWidget(chooser)
    menu = chooser.menu()
    chooser.set_models([model(f"model {n}", "Ollama") for n in range(300)], None)
    assert len({menu.actionGeometry(action).left() for action in menu.actions()}) == 1


# ---- the first model, and a slow search


@pytest.fixture
def no_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_STARTER_PACKAGE", "no_such_package")


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[threading.Event]:
    """A search that finds nothing more until the event is set."""
    answers = threading.Event()

    def found() -> Iterator[Found]:
        yield Found(tiny, "before", "Jan")
        answers.wait(60)
        yield Found(tiny.with_name("slow.gguf"), "after", "Jan")

    shutil.copy(tiny, tiny.with_name("slow.gguf"))
    monkeypatch.setattr(models, "found_elsewhere", found)
    yield answers
    answers.set()
    tiny.with_name("slow.gguf").unlink()


@pytest.mark.usefixtures("no_starter")
def test_with_no_starter_the_model_of_another_program_answers_unasked(
    start: Start, home: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OLLAMA_MODELS", raising=False)
    ollama, digest = home / ".ollama" / "models", "5" * 64
    manifest = ollama / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / "3b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    (ollama / "blobs").mkdir()
    shutil.copy(tiny, ollama / "blobs" / f"sha256-{digest}")
    person = start(settings=SHORT)
    person.writes("Hi")
    person.sees_answers(1)
    assert person.window.models.text() == "llama3.2:3b"
    assert person.answers()[0]


def test_the_model_chosen_before_answers_while_others_are_still_looked_for(
    start: Start, starter: Path, slow_disk: threading.Event
) -> None:
    person = start(settings=SHORT)
    person.writes("Hi")
    person.sees_answers(1)
    person.sees(lambda: person.titles() == ["Hi"])
    assert not slow_disk.is_set()
    assert len(choices(person.window.models)) == 1
    slow_disk.set()
    person.sees(lambda: len(choices(person.window.models)) == 3)
    assert choices(person.window.models)[0].isChecked()


@pytest.mark.usefixtures("no_starter")
def test_a_question_asked_before_a_model_is_found_waits_for_it(start: Start, slow_disk: threading.Event) -> None:
    person = start(settings=SHORT)
    person.writes("Hi")
    assert person.window.models.text() == "No model"
    slow_disk.set()
    person.sees_answers(1)
    assert person.window.models.text() in ("before", "after")


@pytest.mark.usefixtures("no_starter")
def test_a_disk_that_does_not_answer_keeps_no_question_for_ever(
    start: Start, slow_disk: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SEARCH_FINDS_WITHIN", 0.1)
    monkeypatch.setattr(session, "SEARCH_LEAVES_WITHIN", 0.1)
    person = start(settings=SHORT)
    person.writes("Hi")
    person.sees(lambda: "no model yet" in person.chat.notice.text())
    assert person.chat.composer.text() == "Hi"
    assert not slow_disk.is_set()


def test_a_file_added_during_the_search_is_in_the_list_after_it(
    start: Start, starter: Path, tiny: Path, tmp_path: Path, slow_disk: threading.Event
) -> None:
    mine = Path(shutil.copy(tiny, tmp_path / "mine.gguf"))
    person = start(settings=SHORT)
    person.window.add_model(mine)
    person.sees(lambda: person.window.models.text() == "mine")
    slow_disk.set()
    person.sees(lambda: len(choices(person.window.models)) == 4)
    assert person.window.models.text() == "mine"
    assert [action.data() for action in choices(person.window.models) if action.isChecked()] == [str(mine)]


def test_the_window_closes_during_a_search(
    start: Start, starter: Path, slow_disk: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SEARCH_LEAVES_WITHIN", 0.1)
    person = start(settings=SHORT)
    person.sees(lambda: choices(person.window.models))
    person.app.close()
    assert not slow_disk.is_set()
    assert person.app.worker.isFinished()
