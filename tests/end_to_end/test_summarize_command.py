"""Summaries from the command line: whole documents, their coverage and sources, gone on with after a kill."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from test_cli import failure, run, started
from tiny_gguf import write_tiny

from desktop_llm.settings import summaries_file
from desktop_llm.storage.notes import Notes

SENTENCE = "On day {n} the crew counted {n} whales near the coast of Chile."
FEW = ("--temperature", "0", "--context", "4096")


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its tokens are single bytes: the instructions alone have seven hundred."""
    return write_tiny(tmp_path_factory.mktemp("wide") / "wide.gguf", changed={"llama.context_length": 8192})


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "whales.md"
    chapters = (f"# Chapter {c}\n\n" + "\n\n".join(SENTENCE.format(n=30 * c + n) for n in range(30)) for c in range(3))
    file.write_text("\n\n".join(chapters))
    return file


def summarized(*arguments: str, given: bytes = b"") -> dict[str, Any]:
    done = run("summarize", *arguments, "--json", *FEW, given=given)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_all_of_a_document_is_read_and_told_with_its_sources(starter: Path, tmp_path: Path) -> None:
    (tmp_path / "day.md").write_text(f"# The day\n\n{SENTENCE.format(n=7)}\n\nNobody on board had expected the whales.")
    told = summarized(str(tmp_path / "day.md"), "--model", str(starter), "--form", "bullets", "--length", "short")
    assert told["coverage"] == 1.0 and told["text"] and told["receipt"]["model"] and told["pieces"] == 1
    text = "\n\n".join(("The day", SENTENCE.format(n=7), "Nobody on board had expected the whales."))
    for sentence in told["sentences"]:
        assert sentence["text"] in told["text"]
        for source in sentence["sources"]:
            assert text[source["start"] : source["end"]] and source["heading"] == "The day" and source["page"] == 0


def test_another_form_reads_nothing_again(wide: Path, book: Path) -> None:
    first = summarized(str(book), "--model", str(wide))
    again = summarized(str(book), "--model", str(wide), "--form", "outline", "--language", "zh")
    assert first["pieces"] == first["evaluated"] == again["pieces"] > 2
    assert (again["evaluated"], again["calls"]) == (0, 1)


def test_the_summary_goes_to_standard_output_and_the_rest_beside_it(wide: Path, book: Path) -> None:
    done = run("summarize", str(book), "--model", str(wide), *FEW)
    assert done.returncode == 0 and done.stdout.strip() and b"100% of the text read" in done.stderr


def test_after_a_kill_no_piece_is_read_twice(wide: Path, book: Path) -> None:
    program = started("summarize", str(book), "--model", str(wide), "--json", *FEW)
    until = time.monotonic() + 120
    while not (kept := _noted()):
        assert program.poll() is None and time.monotonic() < until
        time.sleep(0.02)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    kept = _noted()
    told = summarized(str(book), "--model", str(wide))
    assert told["evaluated"] == told["pieces"] - kept < told["pieces"]


def _noted() -> int:
    """How many notes are on the disk."""
    if not summaries_file().exists():
        return 0
    notes = Notes(summaries_file())
    try:
        return len(notes._do(lambda connection: connection.execute("SELECT key FROM note").fetchall()))
    finally:
        notes.close()


def test_ctrl_c_stops_and_says_that_it_can_go_on(wide: Path, book: Path) -> None:
    program = started("summarize", str(book), "--model", str(wide), *FEW)
    while not _noted():
        assert program.poll() is None
        time.sleep(0.02)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=60)
    assert program.returncode == 130 and b"the same command goes on" in said


def test_what_is_piped_in_and_folders_are_documents_too(wide: Path, tmp_path: Path) -> None:
    assert summarized("-", "--model", str(wide), given="Ada sailed. 😀\n\nShe came back.".encode())["coverage"] == 1.0
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("One sailed away.")
    (tmp_path / "folder" / "b.bin").write_bytes(b"\0\1\2" * 99)
    done = run("summarize", str(tmp_path / "folder"), "--model", str(wide), *FEW)
    assert done.returncode == 0 and b"b.bin" in done.stderr


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "is empty"), ("blank.txt", b" \n\n ", "holds no text"),
        ("a.txt", b"\x89PNG\0\0\1" * 9, "no text"),
        ("cut.docx", b"PK\3\4 nothing more", "damaged"), ("a.pdf", b"%PDF-1.7 nothing more", "."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(name: str, data: bytes, said: str, wide: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert said in failure(run("summarize", str(tmp_path / name), "--model", str(wide)))


def test_what_is_not_there_and_what_is_too_small_say_so(wide: Path, book: Path, tmp_path: Path) -> None:
    assert "no file" in failure(run("summarize", str(tmp_path / "gone.txt"), "--model", str(wide)))
    (tmp_path / "nothing").mkdir()
    assert "nothing in" in failure(run("summarize", str(tmp_path / "nothing"), "--model", str(wide)))
    assert "too small" in failure(run("summarize", str(book), "--model", str(wide), "--context", "512"))
    assert run("summarize", str(book), "--form", "song").returncode == 2
