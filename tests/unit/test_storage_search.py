"""Search finds every word of what is not deleted, whatever is asked and whatever befalls its index."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.conversation import Attachment, Message, Part
from desktop_llm.storage import search as searching
from desktop_llm.storage.search import Hit
from desktop_llm.storage.store import Store

WRITING = Message("assistant", "", state="writing")
SAID = (
    "The Quick brown fox",
    "jumps over the lazy dog, quickly",
    "今天天气很好，我们去公园。",
    "東京タワーへ行きました",
    "ÉCOLE à Paris, ΣΊΣΥΦΟΣ, Привет",
    '100% sure_thing "quoted" AND (x OR y) NEAR* said:text ^col -not C:\\path \'; DROP',
    "👩‍👩‍👧 family 😀",
    "ends with 猫",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Store]]:
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(Store(path)))


@pytest.fixture(params=["index", "waiting", "no index"])
def store(request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """With all that was said in the index, with nothing in it yet, and where SQLite has no trigrams."""
    monkeypatch.setattr(searching, "has_trigrams", lambda: request.param != "no index")
    if request.param == "waiting":
        monkeypatch.setattr(Store, "_index_soon", lambda _: None)
    with closing(Store(path)) as store:
        yield store


def waiting(store: Store) -> int:
    """How many messages wait for the index; the store's thread works on them in between."""
    count: int = store._do(lambda database: database.execute("SELECT count(*) FROM unindexed").fetchone()[0])
    return count


def indexed(store: Store) -> Store:
    while waiting(store):
        pass
    return store


def found(store: Store, text: str, limit: int = 50) -> list[int]:
    return [hit.message for hit in store.search(text, limit)]


def full(store: Store) -> int:
    chat = store.create("Animals and 天气").id
    for text in SAID:
        store.add(chat, Message("user", text))
    return chat


@pytest.mark.parametrize(
    ("asked", "messages"),
    [
        ("quick", [2, 1]),
        ("QUICK the", [2, 1]),
        ("fox quick", [1]),
        ("fox dog", []),
        ("uickl", [2]),
        ("ox", [1]),
        ("天气", [0, 3]),
        ("天气很好", [3]),
        ("气", [0, 3]),
        ("公园 今天", [3]),
        ("タワー", [4]),
        ("京", [4]),
        ("猫", [8]),
        ("école", [5]),
        ("Σίσυφος", [5]),
        ("ПРИВЕТ", [5]),
        ("é", [5]),
        ("😀", [7]),
        ("👩‍👩‍👧", [7]),
        ("animals", [0]),
        ("100%", [6]),
        ("%", [6]),
        ("_", [6]),
        ("e_t", [6]),
        ('"quoted"', [6]),
        ('"', [6]),
        ("AND (x OR y)", [6]),
        ("said:text", [6]),
        ("NEAR*", [6]),
        ("^col", [6]),
        ("-not", [6]),
        ("C:\\path", [6]),
        ("'; DROP", [6]),
        ("qu\0ick\ud83d", []),
        ("qu\0ick", [2, 1]),
        ("", []),
        (" \t\n", []),
        ("fo fx", []),
        ("foxo", []),
        ("x" * 10_000_000, []),
        ("fox " * 2_500_000, [1]),
    ],
)
def test_any_words_are_found_where_they_stand(store: Store, asked: str, messages: list[int]) -> None:
    full(store)
    assert found(store, asked) == messages


def test_a_hit_says_where_and_shows_what_stands_around(store: Store) -> None:
    chat = full(store)
    text = "before " * 50 + "\n\nthe needle\n\n" + "after " * 50
    message = store.add(chat, Message("user", text)).id
    (hit,) = store.search("NEEDLE")
    assert (hit.conversation, hit.title, hit.message) == (chat, "Animals and 天气", message)
    assert hit.snippet.startswith("…") and hit.snippet.endswith("…")
    assert " the needle after " in hit.snippet and "\n" not in hit.snippet
    assert len(hit.snippet) <= 162
    assert hit.snippet.index("needle") < 20  # within what a narrow list shows
    assert store.search("animals") == [Hit(chat, "Animals and 天气", 0, "Animals and 天气")]


def test_no_more_is_found_than_asked_for_and_the_newest_first(store: Store) -> None:
    chats = [full(store), full(store)]
    assert found(store, "quick", 3) == [10, 9, 2]
    assert [(hit.conversation, hit.message) for hit in store.search("天气", 3)] == [
        (chats[1], 0), (chats[0], 0), (chats[1], 11),
    ]  # fmt: skip


def test_a_growing_answer_is_found_when_it_ended_and_as_it_ended(store: Store) -> None:
    chat = store.create("Chat").id
    answer = store.add(chat, WRITING)
    store.append(answer.id, "the early bird")
    assert found(store, "bird") == []
    store.finish(replace(answer, text="the early worm", state="done"))
    assert (found(store, "worm"), found(store, "bird")) == ([answer.id], [])
    store.finish(replace(answer, text="the late worm", state="done"))
    assert (found(store, "late worm"), found(store, "early")) == ([answer.id], [])


def test_what_goes_with_a_message_is_found_with_it(store: Store) -> None:
    chat = store.create("Files").id
    parts = (Part("The \"early\" bird\\"), Part("今天天气很好", 2, "a heading"))
    attached = Attachment("Jahresübersicht 100%.pdf", "pdf", parts), Attachment("b.txt", "text", (Part("worm"),))
    message = store.add(chat, Message("user", "Read this", attachments=attached)).id
    store.add(chat, Message("user", "an early worm"))
    for asked in ("bird", "BIRD read", "worm bird", '"early"', "bird\\", "天气", "JAHRESÜBERSICHT", "100%", "b.txt"):
        assert found(store, asked) == [message], asked
    assert found(store, "early") == [message + 1, message]
    for asked in ("bird early this foo", "heading 2", "null", "[["):
        assert found(store, asked) == [], asked
    (hit,) = store.search("bird")
    assert '"early" bird\\ 今天' in hit.snippet
    store.erase(chat)
    assert (found(store, "bird"), found(store, "worm")) == ([], [])


def test_a_tag_finds_its_conversations_and_narrows_what_is_found_in_them(store: Store) -> None:
    work, home, other = (store.create(title).id for title in ("Plans", "Garden", "C#world"))
    store.set_tags(work, ["Work", "2026 budget"])
    store.set_tags(home, ["home work", "überall"])
    said = {chat: store.add(chat, Message("user", "the numbers")).id for chat in (work, home, other)}
    hashed = store.add(other, Message("user", "see #work and numbers")).id

    def places(asked: str) -> list[tuple[int, int]]:
        return [(hit.conversation, hit.message) for hit in store.search(asked)]

    assert places("#work") == [(work, 0), (other, hashed)]
    assert places("#WO") == [(other, 0), (work, 0), (other, hashed)]
    assert places("#home") == [(home, 0)]
    assert places("#ÜBER") == [(home, 0)]
    assert places("#2026 plans") == [(work, 0)]
    assert places("numbers #work") == [(other, hashed), (work, said[work])]
    assert places("#work #2026 numbers") == [(work, said[work])]
    assert places("#nothing numbers") == []
    assert places("budget") == [(work, 0)]
    assert store.search("#home")[0].snippet == "Garden #home work #überall"


def test_what_is_deleted_is_not_found_until_it_is_restored(store: Store) -> None:
    chat = full(store)
    store.delete(chat)
    assert (found(store, "quick"), found(store, "animals")) == ([], [])
    store.restore(chat)
    assert (found(store, "quick"), found(store, "animals")) == ([2, 1], [0])
    store.delete(chat)
    store.purge(9e9)
    assert (found(store, "quick"), found(store, "animals")) == ([], [])


# ---- the index


def index_of(path: Path) -> Path:
    return path.with_name(path.name + "-search")


def rows_in(path: Path, asked: str) -> list[int]:
    """What the index alone has."""
    with closing(sqlite3.connect(index_of(path))) as index:
        return [id for (id,) in index.execute("SELECT rowid FROM said WHERE said MATCH ? ORDER BY rowid", (asked,))]


def test_all_that_was_said_comes_into_the_index_and_leaves_it_when_purged(
    path: Path, opened: Callable[[Path], Store]
) -> None:
    store = opened(path)
    chats = [full(indexed(store)) for _ in range(2)]
    store.erase(chats[0])
    indexed(store).close()
    assert rows_in(path, "fox") == [9]


def rows(path: Path) -> int:
    with closing(sqlite3.connect(index_of(path))) as index:
        return int(index.execute("SELECT count(*) FROM said").fetchone()[0])


def test_a_long_text_is_indexed_a_piece_at_a_time_and_found_wherever_a_word_stands(
    path: Path, opened: Callable[[Path], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_PIECE", 100)
    monkeypatch.setattr(Store, "_index_soon", lambda _: None)
    store = opened(path)
    chat = store.create("Chat").id
    book = "".join(chr(0x4E00 + 37 * n % 3001) for n in range(1000))
    store.add(chat, Message("user", "Short"))
    long = store.add(chat, replace(WRITING, text="first", attachments=(Attachment("a", "text", (Part(book),)),)))
    store.finish(replace(long, text="first", state="done"))
    steps = 0
    while store._do(store._search.work_off):
        steps += 1
    assert (waiting(store), rows(path)) == (0, 1 + 10)
    assert steps > 5
    monkeypatch.setattr(searching, "_scanned", None)  # what is found is found by the index
    for size in (2, 3, 32, 90):
        assert all(found(store, book[at : at + size]) == [long.id] for at in range(99, 299))
    assert found(store, f"first {book[:4]} {book[-4:]} {book[500:502]}") == [long.id]
    assert found(store, book[:4] + book[-4:]) == []
    store.finish(replace(long, text="second", state="done"))
    while store._do(store._search.work_off):
        pass
    assert (found(store, "first"), found(store, "second"), found(store, book[-9:])) == ([], [long.id], [long.id])
    store.erase(chat)
    while store._do(store._search.work_off):
        pass
    assert rows(path) == 0


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": lambda file: file.unlink(),
    "zeroed": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "cut": lambda file: os.truncate(file, file.stat().st_size // 2),
    "another kind of file": lambda file: file.write_bytes(b"once upon a time " * 999),
    "empty": lambda file: file.write_bytes(b""),
    "all but the first page zeroed": lambda file: file.write_bytes(
        file.read_bytes()[:4096] + bytes(file.stat().st_size - 4096)
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_index_costs_nothing_and_is_made_again(
    path: Path, opened: Callable[[Path], Store], name: str
) -> None:
    store = opened(path)
    chat = full(store)
    indexed(store).close()
    DAMAGE[name](index_of(path))
    store = opened(path)
    assert store.notice is None
    assert len(store.messages(chat)) == len(SAID)
    assert (found(store, "quick"), found(store, "天气")) == ([2, 1], [0, 3])
    store.add(chat, Message("user", "a red fox"))
    indexed(store).close()
    assert rows_in(path, "fox") == [1, 9]


def test_an_index_damaged_in_use_is_made_again(path: Path, opened: Callable[[Path], Store]) -> None:
    store = opened(path)
    full(store)
    indexed(store).close()
    with closing(sqlite3.connect(index_of(path))) as index, index:
        index.execute("UPDATE said_data SET block = randomblob(3) WHERE id > 1000")
    store = opened(path)
    assert found(store, "quick") == [2, 1]
    assert found(indexed(store), "quick") == [2, 1]
    store.close()
    assert rows_in(path, "qui") == [1, 2]


def test_the_index_of_another_file_is_not_used(path: Path, opened: Callable[[Path], Store]) -> None:
    for place, text in ((path, "a fox"), (path.with_name("other.sqlite"), "a wolf")):
        with closing(Store(place)) as store:
            store.add(store.create("Chat").id, Message("user", text))
            indexed(store)
    os.replace(path.with_name("other.sqlite"), path)
    store = indexed(opened(path))
    assert (found(store, "wolf"), found(store, "fox")) == ([1], [])


def test_an_index_that_cannot_be_written_keeps_nothing_from_being_found(
    path: Path, opened: Callable[[Path], Store]
) -> None:
    index_of(path).mkdir()
    store = opened(path)
    full(store)
    assert found(store, "quick") == [2, 1]
    assert waiting(store) == len(SAID)


def test_two_programs_share_one_index(path: Path, opened: Callable[[Path], Store]) -> None:
    one, two = opened(path), opened(path)
    chats = [store.create("Chat").id for store in (one, two)]
    for store, chat in ((one, chats[1]), (two, chats[0])):
        store.add(chat, Message("user", "a fox"))
    assert found(one, "fox") == found(two, "fox") == [2, 1]
    indexed(one).close()
    two.close()
    assert rows_in(path, "fox") == [1, 2]
