"""Notes on pieces of documents, so that none is made twice, and the summaries that were made of them."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import plain
from desktop_llm.storage.schema import APPLICATION, open_database, problem_of, transaction

T = TypeVar("T")
_MIGRATIONS = (
    (
        f"PRAGMA application_id = {APPLICATION}",
        "CREATE TABLE note (key TEXT PRIMARY KEY, text TEXT NOT NULL, used REAL NOT NULL) WITHOUT ROWID",
        """CREATE TABLE summary (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            made REAL NOT NULL,
            facts TEXT NOT NULL)""",
        "CREATE TABLE source (hash TEXT PRIMARY KEY, document BLOB NOT NULL) WITHOUT ROWID",
    ),
)
_KEPT_DAYS = 180  # a note that nothing has asked for since is gone
_DAMAGED = "The file of summaries was damaged, so a new one was begun."


class Notes:
    """One SQLite connection on one thread of its own; any thread may call, and waits. Raises StorageError.

    `notice` says what a person must know of how the file was opened.
    """

    def __init__(self, path: Path) -> None:
        self.notice: Problem | None = None
        self._path = path
        self._thread = ThreadPoolExecutor(1, "notes")
        try:
            self._thread.submit(self._open).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def found(self, keys: Sequence[str]) -> dict[str, str]:
        """What was noted under these keys; that it was asked for is remembered."""
        return self._do(_found, list(keys))

    def note(self, key: str) -> str | None:
        return self.found([key]).get(key)

    def keep(self, key: str, text: str) -> None:
        self._do(_keep, key, text)

    def add(self, facts: dict[str, Any], sources: dict[str, Any]) -> int:
        """Keeps a summary and what it was made of, by the files' hashes; the number it gets."""
        return self._do(_add, json.dumps(plain(facts)), {hash: _packed(found) for hash, found in sources.items()})

    def change(self, id: int, facts: dict[str, Any]) -> None:
        self._do(_change, id, json.dumps(plain(facts)))

    def summaries(self) -> list[tuple[int, float, dict[str, Any]]]:
        """Number, moment and facts of each, the last made first."""
        return self._do(_summaries)

    def source(self, hash: str) -> Any:
        """What was kept under this hash, None where nothing was."""
        return self._do(_source, hash)

    def delete(self, id: int) -> None:
        """With the sources that no other summary has."""
        self._do(_delete, id)

    def clear(self) -> None:
        """All notes are gone; the summaries stay."""
        self._do(_clear)

    def close(self) -> None:
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()

    def _open(self) -> None:
        self._connection, notice = open_database(self._path, _MIGRATIONS)
        self.notice = replace(notice, text=_DAMAGED) if notice and "damaged" in notice.text else notice
        if not notice:
            with transaction(self._connection):
                self._connection.execute("DELETE FROM note WHERE used < ?", (time.time() - _KEPT_DAYS * 86400,))

    def _do(self, act: Callable[..., T], *values: Any) -> T:
        try:
            return self._thread.submit(act, self._connection, *values).result()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(problem_of(error, self._path)) from error


def _packed(found: Any) -> bytes:
    return zlib.compress(json.dumps(plain(found)).encode())


def _found(connection: sqlite3.Connection, keys: list[str]) -> dict[str, str]:
    rows = (connection.execute("SELECT key, text FROM note WHERE key = ?", (key,)).fetchone() for key in keys)
    found: dict[str, str] = dict(filter(None, rows))
    with transaction(connection):
        connection.executemany("UPDATE note SET used = ? WHERE key = ?", [(time.time(), key) for key in found])
    return found


def _keep(connection: sqlite3.Connection, key: str, text: str) -> None:
    connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", (key, text, time.time()))


def _add(connection: sqlite3.Connection, facts: str, sources: dict[str, bytes]) -> int:
    with transaction(connection):
        connection.executemany("INSERT OR REPLACE INTO source VALUES (?, ?)", sources.items())
        added = connection.execute("INSERT INTO summary (made, facts) VALUES (?, ?)", (time.time(), facts))
    return added.lastrowid or 0


def _change(connection: sqlite3.Connection, id: int, facts: str) -> None:
    connection.execute("UPDATE summary SET facts = ? WHERE id = ?", (facts, id))


def _summaries(connection: sqlite3.Connection) -> list[tuple[int, float, dict[str, Any]]]:
    rows = connection.execute("SELECT id, made, facts FROM summary ORDER BY id DESC").fetchall()
    return [(id, made, json.loads(facts)) for id, made, facts in rows]


def _source(connection: sqlite3.Connection, hash: str) -> Any:
    row = connection.execute("SELECT document FROM source WHERE hash = ?", (hash,)).fetchone()
    return json.loads(zlib.decompress(row[0])) if row else None


def _delete(connection: sqlite3.Connection, id: int) -> None:
    with transaction(connection):
        connection.execute("DELETE FROM summary WHERE id = ?", (id,))
        kept = {hash for _, _, facts in _summaries(connection) for hash in facts.get("hashes", [])}
        for (hash,) in connection.execute("SELECT hash FROM source").fetchall():
            if hash not in kept:
                connection.execute("DELETE FROM source WHERE hash = ?", (hash,))


def _clear(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("DELETE FROM note")
