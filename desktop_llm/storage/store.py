"""Conversations and messages: stored before they are shown, kept while they grow, never deleted."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import typing
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm.conversation import Conversation, Message, clean
from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import plain, revive
from desktop_llm.storage.schema import is_damage, is_full, note_damage, open_database, problem_of, transaction

T = TypeVar("T")
Row = tuple[Any, ...]
_AS_JSON = ("reason", "problem", "tokens", "timings", "receipt")
_KINDS = typing.get_type_hints(Message)
_COLUMNS = f"id, parent, role, text, state, {', '.join(_AS_JSON)}"
_OF_CONVERSATION = "WHERE message IN (SELECT id FROM message WHERE conversation = ?)"
_NO_CONVERSATION = Problem("This conversation is not stored any more.", "Begin a new one.", action="new-chat")
_NO_MESSAGE = Problem("This answer has no place in the stored conversations.", "Copy it to keep it.")
_CLOSED = Problem("The stored conversations are closed already.", "Start the program again.")


class Store:
    """One SQLite connection on one thread of its own; any thread may call, and waits, except for `append`.

    `notice` says what a person must know of how the file was opened. `on_problem` hears of chunks that could not
    be stored; it is called on the store's thread and must not call the store.
    """

    def __init__(self, path: Path) -> None:
        self.notice: Problem | None = None
        self.on_problem: Callable[[Problem], None] | None = None
        self._path = path
        self._unkept: dict[int, str] = {}
        self._unfinished: dict[int, Message] = {}
        self._closed = False
        self._thread = ThreadPoolExecutor(1, "store")
        try:
            self._thread.submit(self._open).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def conversations(self) -> list[Conversation]:
        """The last changed first."""
        return self._do(_conversations)

    def create(self, title: str) -> Conversation:
        return self._write(_create, clean(title))

    def rename(self, id: int, title: str) -> None:
        self._write(_update_conversation, id, "title", clean(title))

    def delete(self, id: int) -> None:
        """Out of sight only: restore() brings it back."""
        self._write(_update_conversation, id, "deleted", 1)

    def restore(self, id: int) -> None:
        self._write(_update_conversation, id, "deleted", 0)

    def messages(self, conversation: int) -> list[Message]:
        """In the order they were added, growing answers with all that is stored of them."""
        stored = self._do(_messages, conversation)
        return [self._unfinished.get(message.id, message) for message in stored]

    def add(self, conversation: int, message: Message) -> Message:
        """Stores `message` for good and returns it with its id."""
        return self._write(_add, conversation, replace(message, text=clean(message.text)))

    def append(self, message_id: int, text: str) -> None:
        """Stores what an answer has grown by, without waiting."""
        try:
            self._thread.submit(self._append, message_id, clean(text))
        except RuntimeError:
            self._tell(_CLOSED)

    def finish(self, message: Message) -> None:
        """Stores an answer whole, in place of its chunks; what fails is tried again with whatever is stored next."""
        self._do(self._finish, replace(message, text=clean(message.text)))

    def close(self) -> None:
        """After everything handed over is stored; closing again does nothing."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._close).result()
            self._thread.shutdown()

    def _open(self) -> None:
        self._connection, self.notice = open_database(self._path)
        try:
            _stop_unfinished(self._connection)
        except sqlite3.Error as error:
            self._recovery_failed(error)

    def _close(self) -> None:
        self._catch_up()
        self._connection.close()

    def _recovery_failed(self, error: sqlite3.Error) -> None:
        """A full disk must not keep anyone from reading, nor a damaged file from starting."""
        problem = problem_of(error, self._path)
        if is_full(error):
            self.notice = self.notice or problem
            return
        self._connection.close()
        if not is_damage(error):
            raise StorageError(problem) from error
        note_damage(error, self._path)
        self._connection, self.notice = open_database(self._path)

    def _do(self, work: Callable[..., T], *arguments: Any) -> T:
        """The result of `work` on the store's thread, its failures in words."""
        try:
            future: Future[T] = self._thread.submit(work, self._connection, *arguments)
        except RuntimeError:
            raise StorageError(_CLOSED) from None
        try:
            return future.result()
        except sqlite3.Error as error:
            note_damage(error, self._path)
            raise StorageError(problem_of(error, self._path)) from error

    def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        def written(connection: sqlite3.Connection) -> T:
            with transaction(connection):
                result = work(connection, *arguments)
            self._catch_up()
            return result

        return self._do(written)

    def _finish(self, _connection: sqlite3.Connection, message: Message) -> None:
        self._end(message)
        self._catch_up()

    def _end(self, message: Message) -> None:
        try:
            with transaction(self._connection) as connection:
                _finish(connection, message)
        except sqlite3.Error:
            self._unfinished[message.id] = message
            raise
        self._unfinished.pop(message.id, None)
        self._unkept.pop(message.id, None)

    def _catch_up(self) -> None:
        """Stores what could not be stored before."""
        for message in list(self._unfinished.values()):
            with contextlib.suppress(sqlite3.Error):
                self._end(message)
        for id in list(self._unkept):
            with contextlib.suppress(sqlite3.Error):
                self._grow(id)

    def _append(self, message_id: int, text: str) -> None:
        """What could not be stored goes with the next chunk, so that no gap is left; told of once."""
        failed_before = message_id in self._unkept
        self._unkept[message_id] = self._unkept.get(message_id, "") + text
        try:
            self._grow(message_id)
        except sqlite3.Error as error:
            note_damage(error, self._path)
            if not failed_before:
                self._tell(_NO_MESSAGE if _missing(error) else problem_of(error, self._path))

    def _grow(self, message_id: int) -> None:
        grown = message_id, self._unkept[message_id]
        with transaction(self._connection) as connection:
            connection.execute("INSERT INTO chunk (message, text) VALUES (?, ?)", grown)
        del self._unkept[message_id]

    def _tell(self, problem: Problem) -> None:
        if self.on_problem is not None:
            self.on_problem(problem)


def _conversations(connection: sqlite3.Connection) -> list[Conversation]:
    query = "SELECT id, title, changed FROM conversation WHERE deleted = 0 ORDER BY change DESC"
    return [Conversation(*row) for row in connection.execute(query)]


def _create(connection: sqlite3.Connection, title: str) -> Conversation:
    now = time.time()
    insert = "INSERT INTO conversation (title, changed, change) VALUES (?, ?, 0)"
    id = _inserted(connection.execute(insert, (title, now)))
    _touch(connection, id, now)
    return Conversation(id, title, now)


def _update_conversation(connection: sqlite3.Connection, id: int, column: str, value: str | int) -> None:
    updated = connection.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, id))
    if updated.rowcount == 0:
        raise StorageError(_NO_CONVERSATION)


def _touch(connection: sqlite3.Connection, id: int, now: float) -> None:
    """Makes it the last changed; raises StorageError where there is none."""
    last = "(SELECT coalesce(max(change), 0) FROM conversation)"
    update = f"UPDATE conversation SET changed = ?, change = 1 + {last} WHERE id = ?"
    if connection.execute(update, (now, id)).rowcount == 0:
        raise StorageError(_NO_CONVERSATION)


def _messages(connection: sqlite3.Connection, conversation: int) -> list[Message]:
    with transaction(connection, "DEFERRED"):
        query = f"SELECT {_COLUMNS} FROM message WHERE conversation = ? ORDER BY id"
        rows = connection.execute(query, (conversation,)).fetchall()
        chunks = _chunks(connection, _OF_CONVERSATION, (conversation,))
    return [_message(row, chunks.get(row[0], "")) for row in rows]


def _message(row: Row, grown: str) -> Message:
    id, parent, role, text, state, *encoded = row
    rest = {name: _decoded(name, value) for name, value in zip(_AS_JSON, encoded, strict=True)}
    return Message(role, text + grown, id, parent, state, **rest)


def _add(connection: sqlite3.Connection, conversation: int, message: Message) -> Message:
    _touch(connection, conversation, time.time())
    columns = {"conversation": conversation, "parent": message.parent, "role": message.role, **_written(message)}
    places = ", ".join("?" * len(columns))
    insert = f"INSERT INTO message ({', '.join(columns)}) VALUES ({places})"
    return replace(message, id=_inserted(connection.execute(insert, tuple(columns.values()))))


def _finish(connection: sqlite3.Connection, message: Message) -> None:
    columns = _written(message)
    places = ", ".join(f"{name} = ?" for name in columns)
    update = f"UPDATE message SET {places} WHERE id = ?"
    if connection.execute(update, (*columns.values(), message.id)).rowcount == 0:
        raise StorageError(_NO_MESSAGE)
    connection.execute("DELETE FROM chunk WHERE message = ?", (message.id,))


def _stop_unfinished(connection: sqlite3.Connection) -> None:
    """Answers a crash cut short become stopped ones with all that was stored of them."""
    # Both halves read an index: the start must not depend on how much was ever said.
    unfinished = "SELECT 1 FROM message WHERE state = 'writing' UNION ALL SELECT 1 FROM chunk LIMIT 1"
    if connection.execute(unfinished).fetchone() is None:
        return
    with transaction(connection):
        for id, grown in _chunks(connection).items():
            connection.execute("UPDATE message SET text = text || ? WHERE id = ?", (grown, id))
            connection.execute("DELETE FROM chunk WHERE message = ?", (id,))
        stopped = "UPDATE message SET state = 'stopped', reason = ? WHERE state = 'writing'"
        connection.execute(stopped, (json.dumps("stopped"),))


def _chunks(connection: sqlite3.Connection, which: str = "", values: Row = ()) -> dict[int, str]:
    """What messages have grown by since they were added."""
    grown: dict[int, list[str]] = {}
    for id, text in connection.execute(f"SELECT message, text FROM chunk {which} ORDER BY id", values):
        grown.setdefault(id, []).append(text)
    return {id: "".join(parts) for id, parts in grown.items()}


def _written(message: Message) -> dict[str, str | None]:
    """The columns that may change after a message was added."""
    encoded = {name: _encoded(getattr(message, name)) for name in _AS_JSON}
    return {"text": message.text, "state": message.state, **encoded}


def _encoded(value: Any) -> str | None:
    # ASCII, so that a path in no known encoding (lone surrogates) comes back as it was.
    return None if value is None else json.dumps(plain(value))


def _decoded(name: str, value: str | None) -> Any:
    """What cannot be read any more is left out: the text counts."""
    try:
        return None if value is None else revive(_KINDS[name], json.loads(value))
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _inserted(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _missing(error: sqlite3.Error) -> bool:
    return isinstance(error, sqlite3.IntegrityError)
