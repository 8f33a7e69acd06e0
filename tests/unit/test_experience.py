"""What loading and asking taught is kept by file and computer; a file that cannot be used costs only that."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop_llm import experience
from desktop_llm.experience import Experience, Lesson
from desktop_llm.settings import Loading
from desktop_llm.speed import Speeds

ASKED, WORKED = Loading(context=8192), Loading(context=2048, cache_type="q8_0")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "experience.json"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return made(tmp_path / "model.gguf")


def made(path: Path) -> Path:
    path.write_bytes(b"weights")
    return path


def test_a_lesson_outlives_the_program(path: Path, model: Path) -> None:
    first = Experience(path)
    first.note_loaded(model, ASKED, WORKED, 123, ("CPU", "Vulkan0"))
    first.note_answer(model, 4.5)
    lesson = Experience(path).of(model)
    assert (lesson.asked, lesson.worked, lesson.memory, lesson.tokens_per_s) == (ASKED, WORKED, 123, 4.5)
    assert lesson.devices == ("CPU", "Vulkan0")
    assert lesson.last_used > 0
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_speeds_of_the_computer_outlive_the_program(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speeds = Speeds("llama.cpp", "CPU", 2e10, 3e11)
    assert Experience(path).speeds() is None
    Experience(path).note_speeds(speeds)
    assert Experience(path).speeds() == speeds
    monkeypatch.setattr(experience, "_computer", lambda: "another")
    assert Experience(path).speeds() is None


def test_a_file_written_anew_and_another_computer_are_new(
    path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Experience(path).note_answer(model, 4.5)
    with monkeypatch.context() as other:
        other.setattr(experience, "_computer", lambda: "another")
        assert Experience(path).of(model) == Lesson()
    assert Experience(path).of(model).tokens_per_s == 4.5
    os.utime(model, ns=(1, 1))
    assert Experience(path).of(model) == Lesson()


def test_without_a_file_it_is_kept_in_memory(model: Path) -> None:
    kept = Experience(None)
    kept.note_loaded(model, ASKED, WORKED, 1)
    assert kept.of(model).worked == WORKED
    assert Experience(None).of(model) == Lesson()


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff\x00", b"[]", b"null", b'{"lessons": 3, "speeds": {}}', b"[" * 100_000, b'{"lessons": {"x": 1}}'],
)
def test_a_damaged_file_costs_what_it_would_have_taught_and_is_written_anew(
    path: Path, model: Path, damage: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    kept = Experience(path)
    assert kept.of(model) == Lesson()
    assert kept.speeds() is None
    kept.note_answer(model, 4.5)
    assert Experience(path).of(model).tokens_per_s == 4.5


def test_a_damaged_lesson_costs_that_lesson_only(path: Path, model: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other.gguf")
    Experience(path).note_answer(model, 4.5)
    Experience(path).note_answer(other, 6.5)
    path.write_text(path.read_text().replace("4.5", '"fast"'))
    assert Experience(path).of(model) == Lesson()
    assert Experience(path).of(other).tokens_per_s == 6.5


def test_a_place_that_cannot_be_written_is_remembered_until_the_end(tmp_path: Path, model: Path) -> None:
    kept = Experience(made(tmp_path / "no folder") / "experience.json")
    kept.note_answer(model, 4.5)
    kept.note_answer(model, 5.5)
    assert kept.of(model).tokens_per_s == 5.5


def test_a_model_that_is_gone_can_be_asked_about(path: Path, tmp_path: Path) -> None:
    kept = Experience(path)
    kept.note_answer(tmp_path / "gone.gguf", 4.5)
    assert kept.of(tmp_path / "never.gguf") == Lesson()


def test_only_what_was_used_last_is_kept(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experience, "MOST_LESSONS", 3)
    models = [made(tmp_path / f"{n}.gguf") for n in range(5)]
    kept = Experience(path)
    for n in (0, 1, 2, 0, 3, 4):
        kept.note_answer(models[n], 1.0)
    assert [Experience(path).of(model) != Lesson() for model in models] == [True, False, False, True, True]


def test_two_windows_keep_each_others_lessons(path: Path, tmp_path: Path) -> None:
    one, other = Experience(path), Experience(path)
    models = [made(tmp_path / f"{n}.gguf") for n in range(4)]
    for kept, model in zip((one, other, one, other), models, strict=True):
        assert kept.of(model) == Lesson()
        kept.note_answer(model, 1.0)
    assert all(Experience(path).of(model).tokens_per_s for model in models)


WRITES = """
import sys
from pathlib import Path
from desktop_llm.experience import Experience
for _ in range(40):
    Experience(Path(sys.argv[1])).note_answer(Path(sys.argv[2]), 1.0)
"""


def test_written_by_programs_and_threads_at_once_it_stays_whole(path: Path, tmp_path: Path) -> None:
    models = [made(tmp_path / f"{n}.gguf") for n in range(4)]
    programs = [subprocess.Popen([sys.executable, "-c", WRITES, str(path), str(model)]) for model in models[:2]]
    kept = Experience(path)
    threads = [threading.Thread(target=lambda m=m: [kept.note_answer(m, 1.0) for _ in range(40)]) for m in models[2:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [program.wait() for program in programs] == [0, 0]
    assert kept.of(models[2]).tokens_per_s and kept.of(models[3]).tokens_per_s
    assert Experience(path).speeds() is None
    assert any(Experience(path).of(model).tokens_per_s for model in models)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
