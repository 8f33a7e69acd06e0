"""Conversations outlive crashes, kills, full disks and damaged files: what was stored is there, whole and in order."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.conversation import Message, Receipt, Timings, TokenCounts
from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import Sampling
from desktop_llm.storage import schema
from desktop_llm.storage.schema import MIGRATIONS, open_database
from desktop_llm.storage.store import Store

FULL_MESSAGE = Message(
    "assistant",
    "Paris.",
    parent=1,
    state="failed",
    reason="failed",
    problem=Problem("The engine stopped ({why}).", "Ask again.", {"why": "kill"}, "retry", "last words"),
    tokens=TokenCounts(37, 30, 5),
    timings=Timings(0.5, 0.25, 1.75),
    receipt=Receipt("Tiny", "/m\udcff.gguf", "0a" * 32, Sampling(stop=("END",)), 7, 2048, "CPU", 2, "llama"),
)
WRITING = Message("assistant", "", state="writing")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Store]]:
    """Opens stores that are closed in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(contextlib.closing(Store(path)))


@pytest.fixture
def store(path: Path, opened: Callable[[Path], Store]) -> Store:
    return opened(path)


def reopened(store: Store, path: Path, opened: Callable[[Path], Store]) -> Store:
    store.close()
    return opened(path)


def texts(store: Store, conversation: int) -> list[str]:
    return [message.text for message in store.messages(conversation)]


def refusal(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        Store(path)
    return str(caught.value)


def run(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


# ---- what is kept


def test_everything_a_message_holds_comes_back(store: Store, path: Path, opened: Callable[[Path], Store]) -> None:
    chat = store.create("Capitals")
    question = store.add(chat.id, Message("user", "What is the capital of France?"))
    answer = store.add(chat.id, FULL_MESSAGE)
    assert (answer, question.id) == (replace(FULL_MESSAGE, id=answer.id), answer.id - 1)
    assert store.messages(chat.id) == [question, answer]
    again = reopened(store, path, opened)
    assert [(found.id, found.title) for found in again.conversations()] == [(chat.id, "Capitals")]
    assert again.messages(chat.id) == [question, answer]
    assert again.notice is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("née 你好 👩‍👩‍👧 אבג e\u0301\u0302", "née 你好 👩‍👩‍👧 אבג e\u0301\u0302"),
        ("lone \ud83d, nul\0, \x1b[31m", "lone �, nul, [31m"),
        ("'; DROP TABLE message; --", "'; DROP TABLE message; --"),
        ("", ""),
    ],
)
def test_any_text_is_kept_without_what_breaks_others(store: Store, said: str, kept: str) -> None:
    chat = store.create(said).id
    added = store.add(chat, Message("user", said))
    growing = store.add(chat, WRITING)
    store.append(growing.id, said)
    assert added.text == kept
    assert texts(store, chat) == [kept, kept]
    assert store.conversations()[0].title == kept


def test_ten_megabytes_are_kept(store: Store) -> None:
    chat, text = store.create("Long").id, "0123456789" * 1_000_000
    store.add(chat, Message("user", text))
    assert texts(store, chat) == [text]


def test_the_conversation_that_changed_last_comes_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)  # a clock that stands still
    chats = [store.create(title).id for title in "abc"]
    store.add(chats[0], Message("user", "Hi"))
    store.rename(chats[1], "B")
    assert [found.title for found in store.conversations()] == ["a", "c", "B"]


def test_a_deleted_conversation_is_out_of_sight_until_it_is_restored(store: Store) -> None:
    chat = store.create("Mine").id
    store.add(chat, Message("user", "Hi"))
    store.delete(chat)
    assert store.conversations() == []
    store.restore(chat)
    assert [found.title for found in store.conversations()] == ["Mine"]
    assert texts(store, chat) == ["Hi"]


@pytest.mark.parametrize(
    "work",
    [
        lambda store: store.add(99, Message("user", "Hi")),
        lambda store: store.rename(99, "x"),
        lambda store: store.delete(99),
    ],
)
def test_what_has_no_conversation_is_refused_in_words(store: Store, work: Callable[[Store], object]) -> None:
    with pytest.raises(StorageError, match="not stored any more"):
        work(store)


# ---- answers that grow


def test_an_answer_grows_by_chunks_and_is_whole_when_finished(
    store: Store, path: Path, opened: Callable[[Path], Store]
) -> None:
    chat = store.create("Chat").id
    answers = [store.add(chat, WRITING) for _ in range(2)]
    for piece in ("one ", "two "):
        for answer in answers:
            store.append(answer.id, piece)
    assert texts(store, chat) == ["one two ", "one two "]
    store.finish(replace(answers[0], text="one two three", state="done", reason="end"))
    assert texts(store, chat) == ["one two three", "one two "]
    first, second = reopened(store, path, opened).messages(chat)
    assert (first.text, first.state, first.reason) == ("one two three", "done", "end")
    assert (second.text, second.state, second.reason) == ("one two ", "stopped", "stopped")


def test_chunks_of_no_message_are_told_of_once_and_harm_nothing(store: Store) -> None:
    told: queue.SimpleQueue[Problem] = queue.SimpleQueue()
    store.on_problem = told.put
    chat = store.create("Chat").id
    store.append(99, "lost")
    store.append(99, "lost too")
    assert store.messages(chat) == []
    assert "has no place" in told.get(timeout=10).sentence()
    assert told.empty()


def test_the_end_of_an_answer_that_is_not_stored_changes_no_other_message(store: Store) -> None:
    chat = store.create("Chat").id
    with pytest.raises(StorageError, match="has no place"):
        store.finish(Message("assistant", "A stray", id=2))
    said = [store.add(chat, Message("user", text)).text for text in ("one", "two", "three")]
    assert texts(store, chat) == said


KILLED = """
import sys
from pathlib import Path
from desktop_llm.conversation import Message
from desktop_llm.storage.store import Store

store = Store(Path(sys.argv[1]))
chat = store.create("Chat").id
store.add(chat, Message("user", "What is it?"))
answer = store.add(chat, Message("assistant", "", state="writing")).id
for n in range(1_000_000):
    store.append(answer, f"{n},")
    store.messages(chat)  # which waits for its turn after the chunk
    print(n, flush=True)
"""


def test_a_killed_program_loses_neither_question_nor_stored_chunks(path: Path, opened: Callable[[Path], Store]) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(40)]
        process.kill()
        told += process.stdout.readlines()
    store = opened(path)
    question, answer = store.messages(store.conversations()[0].id)
    assert question.text == "What is it?"
    assert (answer.state, answer.reason) == ("stopped", "stopped")
    whole = "".join(f"{n}," for n in range(len(told) + 1))
    assert answer.text.startswith("".join(f"{int(line)}," for line in told if line.endswith("\n")))
    assert whole.startswith(answer.text)
    assert store.notice is None


# ---- files that are damaged, newer, or others'


def full_file(path: Path) -> int:
    """A file of many pages; returns its conversation."""
    with contextlib.closing(Store(path)) as store:
        chat = store.create("Chat").id
        for n in range(60):
            store.add(chat, Message("user", f"{n} " * 500))
        return chat


def zeroed(path: Path, start: int, length: int) -> None:
    with open(path, "r+b") as file:
        file.seek(start)
        file.write(bytes(length))


def crashed_with_a_zeroed_page(path: Path) -> None:
    zeroed(path, 20 * 4096, 4096)
    path.with_name(path.name + "-wal").write_bytes(b"x")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "header zeroed": lambda path: zeroed(path, 0, 100),
    "first page zeroed": lambda path: zeroed(path, 0, 4096),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut within a page": lambda path: os.truncate(path, 1000),
    "another kind of file": lambda path: path.write_bytes(b"once upon a time " * 999),
    "all but the first page zeroed": lambda path: zeroed(path, 4096, path.stat().st_size - 4096),
    "a page zeroed before a crash": crashed_with_a_zeroed_page,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_put_aside_whole_and_a_new_one_begun(
    path: Path, opened: Callable[[Path], Store], name: str
) -> None:
    full_file(path)
    DAMAGE[name](path)
    before = path.read_bytes()
    store = opened(path)
    assert store.notice
    kept = Path(store.notice.values["path"])
    assert store.notice.sentence().startswith("The file of conversations was damaged, so a new one was begun.")
    assert kept.parent == path.parent
    assert kept.read_bytes() == before
    assert store.conversations() == []
    chat = store.create("New").id
    store.add(chat, Message("user", "Hi"))
    assert texts(store, chat) == ["Hi"]


def test_the_start_after_that_has_nothing_to_tell(path: Path, opened: Callable[[Path], Store]) -> None:
    path.write_bytes(b"nonsense" * 999)
    opened(path).close()
    assert opened(path).notice is None


def test_two_damaged_files_are_both_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _form: ".damaged-now")
    for content in (b"one" * 999, b"two" * 999):
        path.write_bytes(content)
        Store(path).close()
    kept = {file.read_bytes()[:3] for file in path.parent.glob("*.damaged-*")}
    assert kept == {b"one", b"two"}


def test_damage_found_in_use_is_told_and_cured_at_the_next_start(path: Path, opened: Callable[[Path], Store]) -> None:
    chat = full_file(path)
    zeroed(path, 20 * 4096, 4096)
    store = opened(path)
    with pytest.raises(StorageError, match=r"is damaged\. Start the program again"):
        store.messages(chat)
    again = reopened(store, path, opened)
    assert again.notice
    assert again.create("New")


def test_a_newer_versions_file_is_refused_untouched(path: Path) -> None:
    full_file(path)
    run(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    assert "were written by a newer version of this program" in refusal(path)
    assert path.read_bytes() == before


def test_another_programs_file_is_refused_untouched(path: Path) -> None:
    run(path, "CREATE TABLE bookmark (url TEXT)")
    path.chmod(0o644)
    before = path.read_bytes(), path.stat().st_mode
    assert "belongs to another program" in refusal(path)
    assert (path.read_bytes(), path.stat().st_mode) == before
    assert os.listdir(path.parent) == [path.name]


def test_text_that_is_not_utf8_is_read_with_marks(store: Store, path: Path, opened: Callable[[Path], Store]) -> None:
    chat = store.create("Chat").id
    for text in ("one", "two"):
        store.add(chat, Message("user", text))
    store.close()
    run(path, "UPDATE message SET text = CAST(x'61ff62' AS TEXT) WHERE id = 1")
    assert texts(opened(path), chat) == ["a�b", "two"]


@pytest.mark.parametrize("junk", ["{", "5", "[]", '{"model": 5}', "null"])
def test_what_cannot_be_read_of_a_message_is_left_out_and_its_text_stays(
    store: Store, path: Path, opened: Callable[[Path], Store], junk: str
) -> None:
    chat = store.create("Chat").id
    store.add(chat, FULL_MESSAGE)
    store.close()
    run(path, f"UPDATE message SET receipt = '{junk}', tokens = '{junk}', reason = '{junk}', problem = '{junk}'")
    (message,) = opened(path).messages(chat)
    assert (message.text, message.timings) == ("Paris.", FULL_MESSAGE.timings)
    assert (message.receipt, message.problem, message.reason) == (None, None, None)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of this system are not modes")
def test_conversations_are_for_their_owner_alone(tmp_path: Path, opened: Callable[[Path], Store]) -> None:
    path = tmp_path / "new folder" / "conversations.sqlite"
    opened(path).create("Private")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_place_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "Make that file and its folder writable" in refusal(tmp_path / "file" / "conversations.sqlite")
    (tmp_path / "folder").mkdir()
    assert "cannot be stored in" in refusal(tmp_path / "folder")


# ---- newer versions of this program


LIKED = (*MIGRATIONS, ("ALTER TABLE message ADD COLUMN liked INTEGER NOT NULL DEFAULT 1",))


def test_a_migration_keeps_a_copy_of_the_file_before_it(path: Path) -> None:
    full_file(path)
    connection, notice = open_database(path, LIKED)
    with contextlib.closing(connection):
        assert connection.execute("SELECT sum(liked) FROM message").fetchone() == (60,)
        assert notice is None
    with contextlib.closing(sqlite3.connect(f"{path}.version-{len(MIGRATIONS)}")) as copy:
        assert copy.execute("SELECT count(*) FROM message").fetchone() == (60,)
        assert copy.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_migration_that_fails_changes_nothing(path: Path, opened: Callable[[Path], Store]) -> None:
    chat = full_file(path)
    with pytest.raises(StorageError):
        open_database(path, (*MIGRATIONS, ("DELETE FROM message", "nonsense")))
    assert len(opened(path).messages(chat)) == 60


def test_a_new_file_needs_no_copy(path: Path) -> None:
    open_database(path, LIKED)[0].close()
    assert os.listdir(path.parent) == [path.name]


# ---- several at once


def test_two_stores_on_one_file_see_and_harm_nothing_of_each_other(path: Path, opened: Callable[[Path], Store]) -> None:
    one = opened(path)
    chat = one.create("One").id
    answer = one.add(chat, WRITING)
    one.append(answer.id, "Half ")
    two = opened(path)
    other = two.create("Two").id
    two.add(other, Message("user", "Hi"))
    one.append(answer.id, "and half")
    assert texts(one, chat) == texts(two, chat) == ["Half and half"]
    one.finish(replace(answer, text="Half and half.", state="done"))
    assert [(found.text, found.state) for found in two.messages(chat)] == [("Half and half.", "done")]
    assert [found.title for found in one.conversations()] == ["Two", "One"]


def test_another_programs_lock_is_told_of_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY_MS", 50)
    with contextlib.closing(Store(path)) as store, contextlib.closing(sqlite3.connect(path)) as other:
        chat = store.create("Chat").id
        answer = store.add(chat, WRITING)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="Another program is using"):
            store.add(chat, Message("user", "Hi"))
        store.append(answer.id, "kept ")
        with pytest.raises(StorageError, match="Another program is using"):
            store.finish(replace(answer, text="kept whole", state="done"))
        assert texts(store, chat) == ["kept whole"]
        other.execute("ROLLBACK")
        store.rename(chat, "Free again")
        assert other.execute("SELECT text, state FROM message").fetchall() == [("kept whole", "done")]


def test_many_threads_may_call_at_once(store: Store) -> None:
    begin = threading.Barrier(8)

    def chat(number: int) -> int:
        id = store.create(str(number)).id
        begin.wait(timeout=30)
        answer = store.add(id, WRITING)
        for n in range(20):
            store.append(answer.id, f"{n} ")
            store.add(id, Message("user", f"{number}: {n}"))
        return id

    with ThreadPoolExecutor(8) as threads:
        chats = list(threads.map(chat, range(8)))
    for number, id in enumerate(chats):
        grown = "".join(f"{n} " for n in range(20))
        assert texts(store, id) == [grown, *(f"{number}: {n}" for n in range(20))]


def test_a_closed_store_says_so(store: Store) -> None:
    told: list[Problem] = []
    store.on_problem = told.append
    chat = store.create("Chat").id
    store.close()
    store.close()
    works: tuple[Callable[[], object], ...] = (
        store.conversations,
        lambda: store.create("x"),
        lambda: store.add(chat, Message("user", "Hi")),
        lambda: store.finish(replace(WRITING, id=1)),
    )
    for work in works:
        with pytest.raises(StorageError, match="are closed already"):
            work()
    store.append(1, "late")
    assert ["are closed already" in problem.sentence() for problem in told] == [True]


def test_closing_stores_what_was_handed_over_before(store: Store, path: Path, opened: Callable[[Path], Store]) -> None:
    chat = store.create("Chat").id
    answer = store.add(chat, WRITING).id
    for n in range(200):
        store.append(answer, f"{n} ")
    assert texts(reopened(store, path, opened), chat) == ["".join(f"{n} " for n in range(200))]


def test_a_store_in_memory_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with contextlib.closing(Store(Path(":memory:"))) as store:
        chat = store.create("Secret").id
        store.add(chat, Message("user", "Hi"))
        assert texts(store, chat) == ["Hi"]
    assert list(tmp_path.iterdir()) == []


# ---- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount") if sys.platform == "linux" and os.geteuid() == 0 else None
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True)
    if not made or made.returncode:
        pytest.skip("a small disk cannot be made here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


LONG = "word " * 40_000


def test_a_full_disk_is_told_of_and_what_it_kept_out_is_stored_later(
    small_disk: Path, opened: Callable[[Path], Store]
) -> None:
    path, told = small_disk / "conversations.sqlite", queue.SimpleQueue[Problem]()
    store = opened(path)
    store.on_problem = told.put
    chat = store.create("Chat").id
    question = store.add(chat, Message("user", "Early"))
    answers = [store.add(chat, WRITING) for _ in range(2)]
    filler = fill(small_disk)
    for answer in answers:
        store.append(answer.id, LONG)
    assert "The disk is full: nothing more can be stored" in told.get(timeout=30).sentence()
    with pytest.raises(StorageError, match="The disk is full"):
        store.add(chat, Message("user", LONG))
    with pytest.raises(StorageError, match="The disk is full"):
        store.finish(replace(answers[0], text=LONG + "end", state="done"))
    assert texts(store, chat) == [question.text, LONG + "end", ""]
    filler.unlink()
    store.rename(chat, "Room again")
    assert texts(reopened(store, path, opened), chat) == [question.text, LONG + "end", LONG]


def test_a_full_disk_does_not_keep_anyone_from_reading(small_disk: Path, opened: Callable[[Path], Store]) -> None:
    path = small_disk / "conversations.sqlite"
    store = opened(path)
    chat = store.create("Chat").id
    store.add(chat, Message("user", "Early"))
    answer = store.add(chat, WRITING)
    store.append(answer.id, "Half")
    store.close()
    filler = fill(small_disk)
    again = opened(path)
    assert texts(again, chat) == ["Early", "Half"]
    with pytest.raises(StorageError, match="The disk is full"):
        again.add(chat, Message("user", LONG))
    filler.unlink()
    assert again.add(chat, Message("user", LONG)).id
