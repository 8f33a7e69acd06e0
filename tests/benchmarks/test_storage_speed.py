"""Opening 10,000 messages, searching 100,000, being killed 200 times; run with -s to read the figures."""

from __future__ import annotations

import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from killed_writer import costs

from desktop_llm.conversation import Conversation, Message, Receipt, Timings, TokenCounts
from desktop_llm.settings import Sampling
from desktop_llm.storage import store as storage
from desktop_llm.storage.assembling import Imported
from desktop_llm.storage.store import Store

LONG_CONVERSATION, MESSAGES, KILLS = 10_000, 100_000, 200
LOST_LIMIT = 1.0
RECEIPT = Receipt("Tiny", "/m/tiny.gguf", "0a" * 32, Sampling(), 7, 2048, "CPU", 2, "llama.cpp")
RANDOM = random.Random(1)
WORDS = ["".join(RANDOM.choices("etaoinshrdlucm", k=RANDOM.randint(2, 10))) for _ in range(20_000)]
SIGNS = [chr(0x4E00 + int(RANDOM.paretovariate(0.5)) % 3000) for _ in range(20_000)]


def said() -> str:
    if RANDOM.random() < 0.5:
        return " ".join(WORDS[int(RANDOM.paretovariate(0.3)) % len(WORDS)] for _ in range(80))
    return "".join(RANDOM.choices(SIGNS, k=200))


def message(number: int) -> Message:
    if number % 2 == 0:
        return Message("user", said(), parent=number)
    counts, timings = TokenCounts(number, 3, 4), Timings(0.1, 0.2, number / 7)
    receipt = replace(RECEIPT, seed=number)
    return Message("assistant", said(), parent=number, reason="end", tokens=counts, timings=timings, receipt=receipt)


def filled(database: sqlite3.Connection, conversation: int, count: int) -> None:
    for number in range(count):
        storage._insert(database, conversation, message(number))


def waiting(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM unindexed").fetchone()[0])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("storage") / "conversations.sqlite"
    with closing(Store(path)) as store:
        began = time.perf_counter()
        for number in range(MESSAGES // LONG_CONVERSATION):
            store._write(filled, store.create(f"Chat {number}").id, LONG_CONVERSATION)
        while store._do(waiting):
            time.sleep(0.1)
        took = time.perf_counter() - began
        sizes = {file.suffix or file.name: file.stat().st_size / 1e6 for file in path.parent.iterdir()}
        print(f"\n{MESSAGES} messages stored and indexed in {took:.1f} s; MB: {sizes}")
        yield store


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_of(work: Callable[[], object]) -> float:
    return statistics.median(timed(work) for _ in range(7))


def test_a_long_conversation_opens_at_once(store: Store) -> None:
    chat = store.conversations()[0].id
    assert len(store.messages(chat)) == LONG_CONVERSATION
    took = median_of(lambda: store.messages(chat))
    print(f"{LONG_CONVERSATION} messages opened in {took * 1000:.0f} ms (wanted: 50)")


def test_an_import_is_quick_and_lets_others_in(tmp_path: Path) -> None:
    said = [replace(message(number), id=number + 1) for number in range(LONG_CONVERSATION)]
    whole = Imported(Conversation(0, "Whole", 1.0), said)
    many = [Imported(Conversation(0, "Part", 1.0), said[:10])] * (LONG_CONVERSATION // 10)
    with closing(Store(tmp_path / "conversations.sqlite")) as store, ThreadPoolExecutor(1) as other:
        chat, began = store.create("Mine").id, time.perf_counter()
        for each in said[:1000]:
            store.add(chat, each)
        singly = (time.perf_counter() - began) / 1000
        for name, imported in (("one conversation", [whole]), (f"{len(many)} conversations", many)):
            waits, began = [], time.perf_counter()
            taken = other.submit(store.import_all, imported)
            while not taken.done():
                waits.append(timed(lambda: store.add(chat, said[0])))
                time.sleep(0.01)
            took = time.perf_counter() - began
            faster = singly / (took / LONG_CONVERSATION)
            print(f"\n{LONG_CONVERSATION} messages of {name} imported in {took:.1f} s, {faster:.0f} times faster than")
            print(f"one by one; what was stored meanwhile waited {max(waits) * 1000:.0f} ms at most")


QUERIES = {
    "a rare word": WORDS[15_000],
    "a common word": WORDS[1],
    "two words": f"{WORDS[7]} {WORDS[11]}",
    "not there": "zzzqqq",
    "four signs": "".join(SIGNS[5:9]),
    "two common signs": "丁丆",
    "two rare signs": "龘龘",
    "one letter": "e",
    "a letter and a rare sign": "e 龘",
    "a title": "chat 7",
}


@pytest.mark.parametrize("name", QUERIES)
def test_all_is_searched_at_once(store: Store, name: str) -> None:
    hits = len(store.search(QUERIES[name]))
    took = median_of(lambda: store.search(QUERIES[name]))
    print(f"search, {name}: {hits} hits in {took * 1000:.1f} ms (wanted: 100)")


@pytest.mark.timeout(900)
def test_many_kills_lose_nothing_but_the_last_moment(tmp_path: Path) -> None:
    found = list(costs(tmp_path / "conversations.sqlite", KILLS, seed=1))
    lost = sorted(cost.seconds for cost in found if cost.seconds)
    sums = {name: sum(getattr(cost, name) for cost in found) for name in ("asked", "questions", "answers")}
    print(f"{KILLS} kills, lost: {sums['questions']} of {sums['asked']} questions, {sums['answers']} ended answers;")
    print(f"of {len(lost)} growing ones {statistics.median(lost) * 1000:.0f} ms, at most {lost[-1] * 1000:.0f}")
    assert sums["questions"] + sums["answers"] == 0
    assert lost[-1] <= LOST_LIMIT
