"""Conversations outlive crashes, kills, full disks and damaged files: what was stored is there, whole and in order."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.conversation import (
    LONGEST_TITLE,
    Attachment,
    ChatPrompt,
    Conversation,
    Message,
    Part,
    Receipt,
    Timings,
    TokenCounts,
)
from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import Sampling
from desktop_llm.storage import schema
from desktop_llm.storage import store as storing
from desktop_llm.storage.assembling import Imported
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
ATTACHED = (
    Attachment("a 报告.pdf", "pdf", (Part("One \"page\\", 1, "Head"), Part("two")), 2, "0b" * 32, (1,)),
    Attachment("b.txt", "text", (), hash="0c"),
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


def test_answers_alike_and_unlike_come_back_each_as_it_was(store: Store) -> None:
    chat, made, whole = store.create("Many").id, FULL_MESSAGE.receipt, Timings(1.0, 2.0, 3.0)
    assert made
    receipts = [replace(made, seed=seed) for seed in (1, 12, 123)]
    receipts += [
        replace(made, left_out=(1, 2)), replace(made, left_out=(1,), seed=9), replace(made, summary=', "seed": 5, '),
        replace(made, system='{"seed": 1, "seed": ', seed=2**32 - 1), replace(made, seed=-1), replace(made, seed=3),
    ]  # fmt: skip
    added = [store.add(chat, replace(FULL_MESSAGE, receipt=receipt)) for receipt in receipts]
    added += [store.add(chat, replace(FULL_MESSAGE, timings=timings)) for timings in (None, whole)]
    added += [store.add(chat, Message("user", "plain"))]
    kept = store.messages(chat)
    assert kept == added
    # They are made without their constructors: a field that is new must not be forgotten.
    made_of = [[*vars(part)] for message in kept for part in (message, message.receipt, message.tokens, message.timings)
               if part is not None]  # fmt: skip
    kinds = (Message, Receipt, TokenCounts, Timings)
    assert {*map(tuple, made_of)} == {tuple(field.name for field in dataclasses.fields(kind)) for kind in kinds}


def test_what_goes_with_a_message_comes_back_and_which_parts_are_given_may_change(
    store: Store, path: Path, opened: Callable[[Path], Store]
) -> None:
    chat = store.create("Files").id
    said = [store.add(chat, Message("user", "Read", attachments=attached)) for attached in (ATTACHED, (), ATTACHED[:1])]
    given = replace(said[0], attachments=(replace(ATTACHED[0], given=None), replace(ATTACHED[1], given=())))
    store.set_given(given)
    copy = store.duplicate(chat)
    again = reopened(store, path, opened)
    assert again.messages(chat) == [given, *said[1:]]
    assert [message.attachments for message in again.messages(copy.id)] == [given.attachments, (), ATTACHED[:1]]


def test_names_and_texts_of_files_are_kept_without_what_breaks_others(store: Store) -> None:
    attached = Attachment("a\udcff\0.txt", "text", (Part("x\ud800\0y", 1, "h\0"),))
    added = store.add(store.create("Files").id, Message("user", "", attachments=(attached,)))
    assert added.attachments == (Attachment("a�.txt", "text", (Part("x�y", 1, "h"),)),)
    assert store.messages(1) == [added]


def test_tags_and_what_is_left_out_come_back_and_go_into_a_copy(store: Store) -> None:
    chat = store.create("Tree").id
    said = [store.add(chat, Message("user", str(n))) for n in range(3)]
    store.set_tags(chat, [" two \n words", "one", "", "one"])
    store.set_left_out(chat, [said[0].id, said[1].id], "Numbers.\0")
    assert said[2].id == 3 and FULL_MESSAGE.receipt
    store.add(chat, replace(FULL_MESSAGE, receipt=replace(FULL_MESSAGE.receipt, left_out=(1, 2))))
    kept, copy = store.conversation(chat), store.duplicate(chat)
    assert (kept.tags, kept.left_out, kept.summary) == (("two words", "one"), (1, 2), "Numbers.")
    assert (copy.tags, copy.left_out, copy.summary) == (kept.tags, (5, 6), "Numbers.")
    receipt = store.messages(copy.id)[3].receipt
    assert receipt and receipt.left_out == (5, 6)


def test_numbers_may_begin_where_another_stores_never_come() -> None:
    with contextlib.closing(Store(Path(":memory:"), first_id=2**40)) as store:
        chats = [store.create("Passing").id for _ in range(2)]
        said = [store.add(chats[0], Message("user", "Hi")).id for _ in range(2)]
        assert chats == said == [2**40, 2**40 + 1]
        assert [hit.message for hit in store.search("hi")] == said[::-1]


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
        lambda store: store.pin(99, True),
        lambda store: store.set_leaf(99, 0),
        lambda store: store.duplicate(99),
        lambda store: store.erase(99),
        lambda store: store.conversation(99),
    ],
)
def test_what_has_no_conversation_is_refused_in_words(store: Store, work: Callable[[Store], object]) -> None:
    with pytest.raises(StorageError, match="not stored any more"):
        work(store)


def titles(conversations: list[Conversation]) -> list[str]:
    return [found.title for found in conversations]


def test_pinned_conversations_come_first_and_the_rest_stays_in_order(store: Store) -> None:
    chats = {title: store.create(title).id for title in "abcd"}
    store.pin(chats["a"], True)
    store.pin(chats["b"], True)
    store.add(chats["a"], Message("user", "Hi"))
    assert titles(store.conversations()) == ["a", "b", "d", "c"]
    store.pin(chats["a"], False)
    assert titles(store.conversations()) == ["b", "a", "d", "c"]


def test_what_a_conversation_has_of_its_own_comes_back(
    store: Store, path: Path, opened: Callable[[Path], Store]
) -> None:
    chat = store.create("Mine")
    leaf = store.add(chat.id, Message("user", "Hi")).id
    store.pin(chat.id, True)
    store.move(chat.id, " Work  \n2026 ")
    store.set_leaf(chat.id, leaf)
    store.set_prompt(chat.id, ChatPrompt("Be brief.\0", "precise", {"temperature": 0.1, "stop": ("END",)}))
    found = reopened(store, path, opened).conversation(chat.id)
    own = {"temperature": 0.1, "stop": ("END",)}
    wanted = replace(chat, pinned=True, folder="Work 2026", leaf=leaf, system="Be brief.", sampling=own)
    assert found == replace(wanted, changed=found.changed, preset="precise")


def test_folders_are_those_something_is_in(store: Store) -> None:
    chats = [store.create("x").id for _ in range(4)]
    for chat, folder in zip(chats, ("work", "Über", "Alpha", "gone"), strict=True):
        store.move(chat, folder)
    store.delete(chats[3])
    assert store.folders() == ["Alpha", "work", "Über"]
    store.move(chats[0], "")
    assert store.folders() == ["Alpha", "Über"]


def test_a_branch_ends_with_a_message_of_its_own_conversation_only(store: Store) -> None:
    chat, other = store.create("one").id, store.create("other").id
    stranger = store.add(other, Message("user", "Hi")).id
    with pytest.raises(StorageError, match="not stored any more"):
        store.set_leaf(chat, stranger)
    assert store.conversation(chat).leaf == 0


def test_a_copy_has_all_branches_and_lives_on_its_own(store: Store) -> None:
    chat = store.create("Tree").id
    asked = store.add(chat, Message("user", "Why?"))
    first = store.add(chat, replace(FULL_MESSAGE, parent=asked.id))
    store.add(store.create("Between").id, Message("user", "elsewhere"))
    second = store.add(chat, replace(WRITING, parent=asked.id))
    store.append(second.id, "Becau")
    store.set_leaf(chat, first.id)
    copy = store.duplicate(chat, " (copy)")
    copied = store.messages(copy.id)
    assert (copy.title, copy.leaf, copy.pinned) == ("Tree (copy)", copied[1].id, False)
    assert [message.parent for message in copied] == [0, copied[0].id, copied[0].id]
    assert replace(copied[1], id=first.id, parent=asked.id) == first
    assert (copied[2].text, copied[2].state) == ("Becau", "stopped")
    store.append(second.id, "se")
    store.erase(chat)
    assert texts(store, copy.id) == ["Why?", "Paris.", "Becau"]


def test_all_chats_go_to_the_trash_together_and_come_back_without_those_deleted_before(store: Store) -> None:
    first, *others = (store.create(title).id for title in ("first", "second", "third"))
    store.delete(first)
    store.delete_all(5000.0)
    assert store.conversations() == []
    assert {chat.id for chat in store.deleted_conversations()} == {first, *others}
    store.restore_all(5000.0)
    assert {chat.id for chat in store.conversations()} == set(others)
    assert [chat.id for chat in store.deleted_conversations()] == [first]


def test_the_trash_is_emptied_of_what_has_lain_there_since_before(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = {title: store.create(title).id for title in ("old", "new", "kept")}
    for chat in chats.values():
        store.append(store.add(chat, WRITING).id, "grown")
    for when, title in ((1000.5, "old"), (2000.0, "new")):
        monkeypatch.setattr("time.time", lambda when=when: when)
        store.delete(chats[title])
    trash = [(found.title, found.deleted) for found in store.deleted_conversations()]
    assert trash == [("new", 2000.0), ("old", 1000.5)]
    assert store.purge(2000.0) == 1
    assert store.purge(2000.0) == 0
    assert titles(store.deleted_conversations()) == ["new"]
    store.restore(chats["new"])
    assert store.purge(9e9) == 0
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (2,)


def test_nothing_of_what_was_erased_is_left_in_any_file(store: Store, path: Path) -> None:
    chat, other = store.create("Secret title").id, store.create("Other").id
    store.append(store.add(chat, WRITING).id, "grown secret")
    store.add(chat, Message("user", "my secret " * 2000))
    file = Attachment("secret.txt", "text", (Part("a secret part " * 3000, 1, "Secret"), Part("秘密 secret")))
    store.add(chat, Message("user", "see file", attachments=(file,)))
    store.add(other, Message("user", "public"))
    assert len(store.search("secret")) == 3
    store.erase(chat)
    assert [name for name in (path.name, f"{path.name}-wal") if b"ecret" in path.with_name(name).read_bytes()] == []
    store.close()
    assert [file.name for file in path.parent.iterdir() if b"ecret" in file.read_bytes()] == []


def test_an_answer_that_could_not_be_stored_before_its_conversation_was_erased_keeps_nothing_else_out(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_MS", 50)
    with contextlib.closing(Store(path)) as store, contextlib.closing(sqlite3.connect(path)) as other:
        chat = store.create("Chat").id
        answer = store.add(chat, WRITING)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError):
            store.finish(replace(answer, text="whole", state="done"))
        other.execute("DELETE FROM message")
        other.execute("COMMIT")
        assert store.create("Next").title == "Next"
        assert store.messages(chat) == []


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


FIRST = MIGRATIONS[:1]


def first_versions_file(path: Path, deleted: int = 0) -> None:
    """As the first release left it, with one answer still growing."""
    open_database(path, FIRST)[0].close()
    run(
        path,
        f"INSERT INTO conversation VALUES (1, 'Old title', 5.5, 1, {deleted})",
        "INSERT INTO message (conversation, role, text, state) VALUES (1, 'user', 'an old question', 'done')",
        "INSERT INTO message (conversation, role, text, state) VALUES (1, 'assistant', '', 'writing')",
        "INSERT INTO chunk (message, text) VALUES (2, 'half an ans')",
    )


def test_the_first_versions_file_is_brought_up_to_date(path: Path, opened: Callable[[Path], Store]) -> None:
    first_versions_file(path)
    store = opened(path)
    assert store.conversations() == [Conversation(1, "Old title", 5.5)]
    assert [(message.text, message.state) for message in store.messages(1)] == [
        ("an old question", "done"),
        ("half an ans", "stopped"),
    ]
    assert [hit.message for hit in store.search("old")] == [0, 1]
    assert [hit.message for hit in store.search("HALF")] == [2]


def test_what_was_deleted_before_lies_in_the_trash_from_now_on(path: Path, opened: Callable[[Path], Store]) -> None:
    first_versions_file(path, deleted=1)
    before = time.time() - 1
    store = opened(path)
    assert [found.deleted >= before for found in store.deleted_conversations()] == [True]
    assert store.purge(before) == 0


def test_the_last_two_copies_are_kept(path: Path) -> None:
    first_versions_file(path)
    versions = [(*MIGRATIONS, *(("SELECT 1",),) * more) for more in range(4)]
    for version in versions:
        open_database(path, version)[0].close()
    newest = len(versions[-1])
    kept = {f"{path.name}.version-{version}" for version in (newest - 2, newest - 1)}
    assert {file.name for file in path.parent.glob("*.version-*")} == kept


def test_a_migration_that_fails_leaves_no_copy_to_push_out_another(path: Path) -> None:
    first_versions_file(path)
    with pytest.raises(StorageError):
        open_database(path, (*FIRST, ("nonsense",)))
    assert list(path.parent.glob("*.version-*")) == []


def test_a_copy_that_cannot_be_made_stops_the_migration(
    path: Path, opened: Callable[[Path], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    first_versions_file(path)
    before = path.read_bytes()

    def refused(*_: object) -> None:
        raise PermissionError("not here")

    with monkeypatch.context() as patched:
        patched.setattr(schema, "_back_up", refused)
        store = opened(path)
        assert store.notice and "writing there is not allowed" in store.notice.sentence()
        assert texts(store, 1) == ["an old question", "half an ans"]
    assert path.read_bytes() == before
    assert titles(opened(path).conversations()) == ["Old title"]


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


IN_MEMORY = """
import resource
from pathlib import Path
from desktop_llm.conversation import Message
from desktop_llm.storage.store import Store

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a byte written to any file is an error from here on
store = Store(Path(":memory:"))
chat = store.create("Secret").id
for n in range(300):
    store.add(chat, Message("user", f"{n} secret " * 3000))
answer = store.add(chat, Message("assistant", "", state="writing"))
store.append(answer.id, "grown")
copy = store.duplicate(chat).id
store.erase(chat)
print(len(store.messages(copy)), len(store.search("secret", 400)), len(store.search("7 s", 1000)))
store._do(lambda c: c.execute("SELECT text FROM message ORDER BY text || id").fetchall())
store.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot forbid a program to write")
def test_a_store_in_memory_touches_no_file(tmp_path: Path) -> None:
    places = {name: str(tmp_path) for name in ("TMPDIR", "SQLITE_TMPDIR")}
    command = [sys.executable, "-c", IN_MEMORY]
    environment = {**os.environ, **places, "PYTHONPATH": str(Path(schema.__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.stdout, done.stderr) == ("301 301 57\n", "")
    assert list(tmp_path.iterdir()) == []


# ---- a folder that may not be written to


def system(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture
def made_read_only() -> Iterator[Callable[[Path], None]]:
    """Mounts folders over themselves so that nothing in them can be written."""
    mounted: list[Path] = []

    def make(folder: Path) -> None:
        if sys.platform != "linux" or not system("mount", "--bind", "-o", "ro", str(folder), str(folder)):
            pytest.skip("a read-only folder cannot be made here")
        mounted.append(folder)

    yield make
    for folder in mounted:
        system("umount", "-l", str(folder))


def leave(path: Path, how: str) -> None:
    """Leaves a file with one chat as a clean quit, a kill, or a kill and a restored backup of it do."""
    with contextlib.closing(Store(path)) as store:
        chat = store.create("Chat").id
        store.add(chat, Message("user", "Where is the Eiffel tower?"))
        store.append(store.add(chat, Message("assistant", "In ", state="writing")).id, "Paris")
        store.conversations()  # after which all that is stored
        for suffix in ("", "-wal", "-shm") if how != "quit" else ():
            shutil.copy2(schema.beside(path, suffix), path.parent / f"left{suffix}")
    for suffix in ("", "-wal", "-shm") if how != "quit" else ():
        os.replace(path.parent / f"left{suffix}", schema.beside(path, suffix))
    if how == "restored":
        schema.beside(path, "-shm").unlink()


@pytest.mark.parametrize("how", ["quit", "killed", "restored"])
def test_a_folder_that_may_not_be_written_to_is_read_from(
    tmp_path: Path, opened: Callable[[Path], Store], made_read_only: Callable[[Path], None], how: str
) -> None:
    folder = tmp_path / "a %23 folder?"
    path = folder / "conversations.sqlite"
    leave(path, how)
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".sqlite-shm"}
    made_read_only(folder)
    store = opened(path)
    assert store.notice and "can be read, but nothing new can be stored" in store.notice.sentence()
    assert texts(store, 1) == ["Where is the Eiffel tower?", "In Paris"]
    assert [hit.message for hit in store.search("eiffel")] == [1]
    with pytest.raises(StorageError, match="nothing new can be stored"):
        store.add(1, Message("user", "Hi"))
    with contextlib.closing(Store(path, goes_on=True)) as going_on:
        assert not going_on.keeps
        assert going_on.messages(1)[-1].state == "stopped"
        going_on.add(1, Message("user", "Hi"))
        assert texts(going_on, 1)[2:] == ["Hi"]
        assert [hit.message for hit in going_on.search("hi")] == [3]
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_what_lies_read_only_and_is_another_programs_is_refused_as_ever(
    tmp_path: Path, made_read_only: Callable[[Path], None]
) -> None:
    run(tmp_path / "conversations.sqlite", "CREATE TABLE other (x)", "PRAGMA user_version = 3")
    made_read_only(tmp_path)
    assert "belongs to another program" in refusal(tmp_path / "conversations.sqlite")


def test_a_folder_that_may_not_be_written_to_and_has_nothing_says_why(
    tmp_path: Path, made_read_only: Callable[[Path], None]
) -> None:
    made_read_only(tmp_path)
    assert "Conversations cannot be stored" in refusal(tmp_path / "conversations.sqlite")


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


@pytest.fixture
def busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Another program may write to the same file, and nobody waits long for it."""
    monkeypatch.setattr(schema, "BUSY_MS", 50)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        yield other


@pytest.fixture
def trying(path: Path, busy: sqlite3.Connection) -> Iterator[Store]:
    """A store that tries again soon."""
    with contextlib.closing(Store(path, again_after=0.02)) as store:
        yield store


def test_what_a_full_disk_kept_out_is_stored_by_itself_as_soon_as_there_is_room(small_disk: Path) -> None:
    path, passed = small_disk / "conversations.sqlite", queue.SimpleQueue[Sequence[Problem]]()
    with contextlib.closing(Store(path, again_after=0.02)) as store:
        store.on_stored = passed.put
        chat = store.create("Chat").id
        answers = [store.add(chat, WRITING) for _ in range(2)]
        filler = fill(small_disk)
        store.append(answers[1].id, LONG)
        with pytest.raises(StorageError, match="The disk is full") as caught:
            store.finish(replace(answers[0], text=LONG, state="done"))
        assert passed.empty()
        filler.unlink()
        assert passed.get(timeout=30) == (caught.value.problem,)
        with contextlib.closing(sqlite3.connect(path)) as other:  # as one reads it who finds it after a crash
            assert other.execute("SELECT text FROM message WHERE id = ?", (answers[0].id,)).fetchone() == (LONG,)
            assert other.execute("SELECT text FROM chunk").fetchall() == [(LONG,)]
        assert store._again is None


def test_what_another_program_kept_out_is_stored_by_itself_and_told_once(
    trying: Store, busy: sqlite3.Connection
) -> None:
    told, passed = queue.SimpleQueue[Problem](), queue.SimpleQueue[Sequence[Problem]]()
    trying.on_problem, trying.on_stored = told.put, passed.put
    chat = trying.create("Chat").id
    answer = trying.add(chat, WRITING)
    busy.execute("BEGIN IMMEDIATE")
    trying.append(answer.id, "one ")
    trying.append(answer.id, "two")
    problem = told.get(timeout=30)
    assert "Another program is using" in problem.sentence()
    assert passed.empty()
    busy.execute("COMMIT")
    assert passed.get(timeout=30) == (problem,)
    assert texts(trying, chat) == ["one two"]
    assert (told.empty(), passed.empty()) == (True, True)


def test_what_could_not_be_done_is_no_problem_any_more_once_something_else_could(
    trying: Store, busy: sqlite3.Connection
) -> None:
    passed = queue.SimpleQueue[Sequence[Problem]]()
    trying.on_stored = passed.put
    chat = trying.create("Chat").id
    busy.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="Another program") as caught:
        trying.rename(chat, "Mine")
    assert (trying._again, passed.empty()) == (None, True)  # nobody but the person can try that again
    busy.execute("COMMIT")
    trying.rename(chat, "Mine")
    assert passed.get(timeout=30) == (caught.value.problem,)
    trying.rename(chat, "Yours")
    assert passed.empty()


def test_chunks_of_no_message_are_not_tried_again(trying: Store) -> None:
    trying.append(99, "lost")
    assert trying.conversations() == []
    assert trying._again is None


def test_a_closed_store_tries_nothing_again(trying: Store, busy: sqlite3.Connection) -> None:
    chat = trying.create("Chat").id
    answer = trying.add(chat, WRITING)
    trying._again_after = 3600.0
    busy.execute("BEGIN IMMEDIATE")
    trying.append(answer.id, "lost")
    assert texts(trying, chat) == [""]
    again = trying._again
    assert again and not again.finished.is_set()
    trying.close()
    assert again.finished.is_set()


def test_no_title_is_longer_than_is_kept_of_it(store: Store) -> None:
    chat = store.create("Chat").id
    store.rename(chat, "one\n two " * 1_000)
    title = store.conversation(chat).title
    assert title.startswith("one two one two") and title.endswith("…")
    assert len(title) <= LONGEST_TITLE


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


def test_a_full_disk_leaves_an_older_file_to_be_read(small_disk: Path, opened: Callable[[Path], Store]) -> None:
    path = small_disk / "conversations.sqlite"
    first_versions_file(path)
    before = path.read_bytes()
    filler = fill(small_disk)
    with contextlib.closing(Store(path)) as store:
        assert store.notice
        assert "can be read, but nothing can be stored" in store.notice.sentence()
        assert texts(store, 1) == ["an old question", "half an ans"]
        assert [hit.message for hit in store.search("old")] == [0, 1]
        with pytest.raises(StorageError, match="nothing can be stored"):
            store.add(1, Message("user", "Hi"))
    assert path.read_bytes() == before
    assert list(small_disk.glob("*.version-*")) == []
    filler.unlink()
    again = opened(path)
    assert again.notice is None
    assert again.add(1, Message("user", "Hi")).id == 3


def test_a_full_disk_refuses_a_document_whole_and_takes_it_once_there_is_room(
    small_disk: Path, opened: Callable[[Path], Store]
) -> None:
    path = small_disk / "conversations.sqlite"
    store = opened(path)
    chat = store.create("Chat").id
    store.add(chat, Message("user", "Early"))
    attached = Message("user", "Read this", attachments=(Attachment("book.txt", "text", (Part(LONG),)),))
    filler = fill(small_disk)
    with pytest.raises(StorageError, match="The disk is full"):
        store.add(chat, attached)
    assert texts(store, chat) == ["Early"]
    filler.unlink()
    stored = store.add(chat, attached)
    assert reopened(store, path, opened).messages(chat)[1:] == [stored]


def test_a_disk_that_fills_as_conversations_are_imported_leaves_none_of_them(
    small_disk: Path, opened: Callable[[Path], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "AT_ONCE", 20_000)
    store = opened(small_disk / "conversations.sqlite")
    chat = store.create("Mine").id
    answer = store.add(chat, WRITING)
    imported = [Imported(Conversation(0, f"{n}", 1.0), [Message("user", LONG[:20_000], 1)]) for n in range(20)]
    filler = fill(small_disk)
    os.truncate(filler, filler.stat().st_size - 150_000)
    with pytest.raises(StorageError, match="The disk is full"):
        store.import_all(imported)
    assert (titles(store.conversations()), store.search("word")) == (["Mine"], [])
    store.append(answer.id, "kept")
    filler.unlink()
    store.rename(chat, "Mine still")
    assert texts(store, chat) == ["kept"]
    monkeypatch.setattr("time.time", lambda: 9e9)
    store.purge(0)
    assert store._do(lambda database: database.execute("SELECT count(*) FROM message").fetchone()) == (1,)
    assert titles(store.import_all(imported[:1])) == ["0"]
