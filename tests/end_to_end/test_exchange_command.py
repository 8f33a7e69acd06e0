"""`desktop-llm export` and `import`, by the real program on a real store."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from desktop_llm.conversation import Message
from desktop_llm.engine.child import child_environment
from desktop_llm.settings import conversations_file
from desktop_llm.storage.store import Store


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-P", "-m", "desktop_llm", *map(str, arguments)]
    return subprocess.run(
        program, capture_output=True, encoding="utf-8", env=child_environment(), timeout=120, check=False
    )


def done(*arguments: str | Path) -> str:
    ended = run(*arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def stored(home: Path) -> list[int]:
    """Three conversations, one of them in a folder and with two branches; their ids."""
    with closing(Store(conversations_file())) as store:
        ids = [store.create(title).id for title in ("Rivers", "Rivers", "Hills")]
        firsts = []
        for id in ids:
            question = store.add(id, Message("user", f"Question {id}?"))
            firsts.append(store.add(id, Message("assistant", "<think>hm</think>First", parent=question.id)))
            store.add(id, Message("assistant", "Second", parent=question.id))
        store.set_leaf(ids[0], firsts[0].id)
        store.move(ids[0], "Work")
    return ids


def test_all_of_them_become_a_folder_of_files(stored: list[int], tmp_path: Path) -> None:
    printed = done("export", "--all", "--to", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["Hills.md", "Rivers (2).md", "Rivers.md"]
    assert {Path(line).parent for line in printed.splitlines()} == {tmp_path / "out"}


def test_one_or_a_folder_is_chosen_by_what_the_list_shows(stored: list[int], tmp_path: Path) -> None:
    listed = json.loads(done("export", "--list", "--json"))["conversations"]
    assert {each["id"] for each in listed} == set(stored)
    (hills,) = (each["id"] for each in listed if each["title"] == "Hills")
    assert f"{hills}  Hills\n" in done("export", "--list")
    told = json.loads(done("export", str(hills), "--form", "txt", "--to", tmp_path / "hills.txt", "--json"))
    assert told == {"files": [str(tmp_path / "hills.txt")]} and "Second" in (tmp_path / "hills.txt").read_text()
    done("export", "--folder", "Work", "--form", "html", "--to", tmp_path / "work.html", "--thoughts")
    page = (tmp_path / "work.html").read_text()
    assert "First" in page and "hm" in page and "Second" not in page


def test_what_was_exported_as_json_comes_back_the_same(stored: list[int], tmp_path: Path) -> None:
    done("export", "--all", "--form", "json", "--to", tmp_path / "all.json")
    told = json.loads(done("import", tmp_path / "all.json", "--json"))["imported"]
    assert sorted(each["title"] for each in told) == ["Hills", "Rivers", "Rivers"]
    done("export", *(str(each["id"]) for each in told), "--form", "json", "--to", tmp_path / "again.json")
    first, again = (json.loads((tmp_path / name).read_text())["conversations"] for name in ("all.json", "again.json"))
    assert [comparable(each) for each in again] == [comparable(each) for each in first]


def comparable(exported: dict[str, Any]) -> object:
    """An exported conversation with positions for the ids the store gave, without when it was stored."""
    told, messages = exported["conversation"], exported["messages"]
    places = {message["id"]: place for place, message in enumerate(messages, 1)} | {0: 0}
    placed = [message | {"id": places[message["id"]], "parent": places[message["parent"]]} for message in messages]
    return told | {"id": 0, "changed": 0, "leaf": places[told["leaf"]]}, placed


def test_a_file_that_is_no_export_fails_in_a_sentence_and_nothing_is_stored(stored: list[int], tmp_path: Path) -> None:
    done("export", "--all", "--form", "json", "--to", tmp_path / "good.json")
    (tmp_path / "bad.json").write_text("[1, 2")
    ended = run("import", tmp_path / "good.json", tmp_path / "bad.json")
    assert ended.returncode == 1 and "bad.json" in ended.stderr and "Open WebUI" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(json.loads(done("export", "--list", "--json"))["conversations"]) == 3
    failed = run("import", tmp_path / "bad.json", "--json")
    assert failed.returncode == 1 and "bad.json" in json.loads(failed.stdout)["error"]["text"]


def test_what_is_not_there_or_not_said_fails(stored: list[int], tmp_path: Path) -> None:
    missing = run("export", "999", "--to", tmp_path / "x.md")
    assert missing.returncode == 1 and "999" in missing.stderr
    assert run("export", "--folder", "Nowhere", "--to", tmp_path / "x.md").returncode == 1
    assert run("export", "--all").returncode == 2 and run("import").returncode == 2
    assert list(tmp_path.iterdir()) == []
