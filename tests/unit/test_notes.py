"""Notes and summaries in their file: kept at once, found again, deleted with what only they needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_llm.errors import StorageError
from desktop_llm.storage.notes import Notes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "summaries.sqlite"


@pytest.fixture
def notes(path: Path) -> Iterator[Notes]:
    opened = Notes(path)
    yield opened
    opened.close()


def test_a_note_is_there_for_another_program_at_once(notes: Notes, path: Path) -> None:
    assert notes.note("a") is None
    notes.keep("a", "Ada won. 😀\n第一")
    other = Notes(path)
    assert other.note("a") == "Ada won. 😀\n第一" and other.notice is None
    other.close()
    notes.clear()
    assert notes.note("a") is None


def test_notes_nobody_has_asked_for_in_long_are_gone(notes: Notes, path: Path) -> None:
    notes.keep("old", "x")
    notes.keep("new", "y")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE note SET used = 1 WHERE key = 'old'")
    connection.close()
    again = Notes(path)
    assert (again.note("old"), again.note("new")) == (None, "y")
    again.close()


def test_a_note_that_is_used_stays(notes: Notes, path: Path) -> None:
    notes.keep("a", "x")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE note SET used = 1")
    connection.close()
    assert notes.note("a") == "x"
    again = Notes(path)
    assert again.note("a") == "x"
    again.close()


def test_summaries_come_back_with_their_sources(notes: Notes) -> None:
    first = notes.add({"text": "A", "hashes": ["1", "2"]}, {"1": {"title": "One"}, "2": ["Two"]})
    second = notes.add({"text": "B", "hashes": ["2"]}, {"2": ["Two"]})
    assert [(id, facts["text"]) for id, _, facts in notes.summaries()] == [(second, "B"), (first, "A")]
    assert notes.source("1") == {"title": "One"} and notes.source("3") is None
    notes.change(second, {"text": "C", "hashes": ["2"]})
    notes.delete(first)
    assert notes.source("1") is None and notes.source("2") == ["Two"]
    assert [facts["text"] for _, _, facts in notes.summaries()] == ["C"]


def test_a_damaged_file_is_kept_aside_and_told_of(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    notes = Notes(path)
    assert notes.notice and "summaries was damaged" in notes.notice.text
    notes.keep("a", "x")
    notes.close()
    assert any(name.name.startswith("summaries.sqlite.damaged") for name in path.parent.iterdir())


def test_a_place_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Notes(tmp_path / "file" / "summaries.sqlite")
