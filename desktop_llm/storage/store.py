"""Conversations and messages: stored before they are shown, kept while they grow, gone only when that was asked for."""

from __future__ import annotations

import contextlib
import gc
import heapq
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm.conversation import Attachment, ChatPrompt, Conversation, Message, Part, branch, clean, one_line
from desktop_llm.errors import Problem, StorageError
from desktop_llm.storage.assembling import Imported, known
from desktop_llm.storage.rows import (
    ATTACHMENT,
    CONVERSATION,
    MESSAGE,
    Row,
    attachment_of,
    attachment_row,
    conversation_of,
    encoded,
    messages_of,
    parts_of,
    written,
)
from desktop_llm.storage.schema import (
    fetched,
    is_damage,
    is_full,
    is_read_only,
    note_damage,
    open_database,
    problem_of,
    transaction,
)
from desktop_llm.storage.search import Hit, Search

T = TypeVar("T")
IN_MEMORY = Path(":memory:")
Parts = dict[tuple[int, int], tuple[Part, ...]]
"""Of documents, by the message that one goes with and its number there."""
AT_ONCE = 300_000
"""Characters imported before others' turn comes, so that what streams in meanwhile is stored soon."""
_EACH = 500  # characters that what else there is of a message counts as
_MOST_PAGES = 2**31  # a file that lies may have more than SQLite's numbers can
TRY_AGAIN_AFTER = 5.0  # seconds, while something could not be stored
IMPORT_SECONDS = 3600.0  # no import takes longer: what is left of one then was cut short by a crash
_SOME_HIDDEN = "id IN (SELECT id FROM conversation WHERE deleted = ? ORDER BY id LIMIT 20)"
_OF_CONVERSATION = "conversation = ?"
_WAY = """WITH RECURSIVE way (id, parent, length) AS (
        SELECT id, parent, 1 FROM message WHERE id = ?
        UNION ALL SELECT message.id, message.parent, length + 1 FROM way CROSS JOIN message ON message.id = way.parent
            WHERE conversation = ? AND length < ?)
    SELECT id FROM way"""
"""From a message back to the beginning of its conversation, or as long as it may be."""
_NO_CONVERSATION = Problem("This conversation is not stored any more.", "Begin a new one.", action="new-chat")
_NO_MESSAGE = Problem("This answer has no place in the stored conversations.", "Copy it to keep it.")
_NOT_IN_IT = Problem("This message is not stored any more.", "Open the conversation again.")
_CLOSED = Problem("The stored conversations are closed already.", "Start the program again.")


class Store:
    """One SQLite connection on one thread of its own; any thread may call, and waits, except for `append`.

    `notice` says what a person must know of how the file was opened. `on_problem` hears of chunks that could not
    be stored, `on_stored` that all is, and of what is therefore no problem any more; both are called on the store's
    thread and must not call the store. Conversations and messages of a new file are numbered from `first_id` on.
    `keeps`: whether anything can be stored; where the file can only be read and it `goes_on`, what is added is kept in
    memory beside what is there. What could not be stored is tried again every `again_after` seconds.
    """

    def __init__(
        self, path: Path, first_id: int = 1, goes_on: bool = False, again_after: float = TRY_AGAIN_AFTER
    ) -> None:
        self.notice: Problem | None = None
        self.keeps = True
        self.on_problem: Callable[[Problem], None] | None = None
        self.on_stored: Callable[[Sequence[Problem]], None] | None = None
        self._path = path
        self._first_id, self._goes_on, self._again_after = first_id, goes_on, again_after
        self._unkept: dict[int, str] = {}
        self._unfinished: dict[int, Message] = {}
        self._homeless: set[int] = set()  # answers that grow and are stored nowhere any more
        self._problems: list[Problem] = []  # told since all was stored
        self._again: threading.Timer | None = None
        self._parts: Parts = {}
        self._closed = False
        self._search = Search(path)
        self._thread = ThreadPoolExecutor(1, "store")
        try:
            self._thread.submit(self._open).result()
        except BaseException:
            self._thread.shutdown()
            raise
        self._index_soon()

    def conversations(self) -> list[Conversation]:
        """Pinned ones first, then the last changed."""
        return self._do(_conversations, "deleted = 0 ORDER BY pinned DESC, change DESC")

    def deleted_conversations(self) -> list[Conversation]:
        """The last deleted first."""
        return self._do(_conversations, "deleted > 0 ORDER BY deleted DESC, change DESC")

    def conversation(self, id: int) -> Conversation:
        """Also one that is deleted."""
        return self._do(_conversation, id)

    def create(self, title: str) -> Conversation:
        return self._write(_create, clean(title))

    def duplicate(self, id: int, suffix: str = "") -> Conversation:
        """A copy with all branches; answers that grow are copied as far as they are, and grow no more."""
        return self._write(_duplicate, id, clean(suffix), self._unfinished)

    def import_all(self, imported: Sequence[Imported]) -> list[Conversation]:
        """Stores them with their own dates, and among the others where these put them; returns them as they are stored.

        Raises StorageError, and then nothing of them is seen: a crash leaves no part of them either.
        """
        mark = -time.time()
        part = partial(_import_part, taken=_taken(self._connection, imported, mark))
        try:
            while self._do(self._written, part):
                pass
            return self._write(_show, mark)
        except BaseException:
            with contextlib.suppress(StorageError):
                while self._write(_erase, _SOME_HIDDEN, mark):
                    pass
            raise

    def rename(self, id: int, title: str) -> None:
        self._update(id, title=one_line(title))

    def pin(self, id: int, pinned: bool) -> None:
        self._update(id, pinned=pinned)

    def move(self, id: int, folder: str) -> None:
        """Into `folder`, which is there as long as something is in it; "" is none."""
        self._update(id, folder=_name(folder))

    def folders(self) -> list[str]:
        return self._do(_folders)

    def set_leaf(self, id: int, message: int) -> None:
        """Which message ends the branch shown; 0: the last one."""
        self._write(_set_leaf, id, message)

    def set_prompt(self, id: int, prompt: ChatPrompt) -> None:
        sampling = encoded(prompt.sampling or None)
        self._update(id, system=clean(prompt.system), preset=clean(prompt.preset), sampling=sampling)

    def set_tags(self, id: int, tags: Sequence[str]) -> None:
        self._update(id, tags=_tags(tags))

    def set_left_out(self, id: int, messages: Sequence[int], summary: str) -> None:
        """Which messages are not sent any more, and what is sent in their place."""
        self._update(id, left_out=encoded(tuple(messages)), summary=clean(summary))

    def set_given(self, message: Message) -> None:
        """Stores which parts of its attachments the model is given."""
        self._write(_set_given, message)

    def delete(self, id: int) -> None:
        """Out of sight only: restore() brings it back, purge() ends that."""
        self._update(id, deleted=max(time.time(), 1.0))

    def restore(self, id: int) -> None:
        self._update(id, deleted=0)

    def delete_all(self, moment: float) -> None:
        """As if each were deleted at that moment, by which restore_all() knows them again."""
        self._write(_set_deleted, 0.0, moment)

    def restore_all(self, moment: float) -> None:
        self._write(_set_deleted, moment, 0.0)

    def purge(self, before: float) -> int:
        """Deletes for good what was deleted before that moment; how many conversations."""
        cut_short = IMPORT_SECONDS - time.time()
        return self._erase("(deleted > 0 AND deleted < ?) OR (deleted < 0 AND deleted > ?)", before, cut_short)

    def erase(self, id: int) -> None:
        """Deletes for good and at once; copies made before migrations still have it."""
        if not self._erase("id = ?", id):
            raise StorageError(_NO_CONVERSATION)

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Titles first, then ended messages, the newest first; every word wanted, in any case."""
        hits = self._do(self._search.hits, text, limit)
        self._index_soon()  # should the index have been found damaged
        return hits

    def messages(self, conversation: int) -> list[Message]:
        """In the order they were added, growing answers with all that is stored of them."""
        return self._with_unfinished(self._do(self._read, conversation))

    def tail(self, conversation: int, count: int) -> list[Message]:
        """The end of the branch that is shown: its last `count` messages, found without reading the others."""
        return self._with_unfinished(self._do(self._read_tail, conversation, count))

    def added_after(self, conversation: int, message: int) -> list[Row]:
        """Id, parent and role of what was added to it after `message`, with no more of it read; 0: of all."""
        return self._do(_added_after, conversation, message)

    def _with_unfinished(self, stored: list[Message]) -> list[Message]:
        unfinished = dict(self._unfinished)
        return [unfinished.get(message.id, message) for message in stored] if unfinished else stored

    def _read(self, connection: sqlite3.Connection, conversation: int) -> list[Message]:
        """Documents are long and never change: those of the conversation read last are not decoded again."""
        messages, self._parts = _messages(connection, self._parts, _OF_CONVERSATION, conversation)
        return messages

    def _read_tail(self, connection: sqlite3.Connection, conversation: int, count: int) -> list[Message]:
        leaf = _leaf(connection, conversation)
        ids = [id for (id,) in connection.execute(_WAY, (leaf, conversation, count))]
        which = f"message.id IN ({', '.join(map(str, ids))})"
        messages, parts = _messages(connection, self._parts, which)
        self._parts = {**self._parts, **parts}
        return branch(messages, leaf)

    def add(self, conversation: int, message: Message) -> Message:
        """Stores `message` for good and returns it with its id."""
        return self._write(_add, conversation, _cleaned(message))

    def append(self, message_id: int, text: str) -> None:
        """Stores what an answer has grown by, without waiting."""
        try:
            self._thread.submit(self._append, message_id, clean(text))
        except RuntimeError:
            self._tell(_CLOSED)

    def finish(self, message: Message) -> None:
        """Stores an answer whole, in place of its chunks; what fails is tried again with whatever is stored next."""
        self._do(self._finish, replace(message, text=clean(message.text)))
        self._index_soon()

    def close(self) -> None:
        """After everything handed over is stored; closing again does nothing."""
        if not self._closed:
            self._closed = True
            if self._again is not None:
                self._again.cancel()
            self._thread.submit(self._close).result()
            self._thread.shutdown()

    def _open(self) -> None:
        self._connect()
        try:
            _stop_unfinished(self._connection)
            if self._first_id > 1:
                _number_from(self._connection, self._first_id)
        except sqlite3.Error as error:
            self._recovery_failed(error)

    def _connect(self) -> None:
        self._connection, self.notice = open_database(self._path)
        self.keeps = not self._connection.execute("PRAGMA query_only").fetchone()[0]
        if not self.keeps:
            self._search = Search(IN_MEMORY)  # the file's own index is not this copy's
            if self._goes_on:
                self._connection.execute("PRAGMA query_only = OFF")

    def _close(self) -> None:
        self._catch_up()
        self._search.close()
        self._connection.close()

    def _recovery_failed(self, error: sqlite3.Error) -> None:
        """A full disk must not keep anyone from reading, nor a damaged file from starting."""
        problem = problem_of(error, self._path)
        if is_full(error) or (is_read_only(error) and self.notice):
            self.notice = self.notice or problem
            return
        self._connection.close()
        if not is_damage(error):
            raise StorageError(problem) from error
        note_damage(error, self._path)
        self._connect()

    def _do(self, work: Callable[..., T], *arguments: Any) -> T:
        """The result of `work` on the store's thread, its failures in words."""
        try:
            future: Future[T] = self._thread.submit(self._tried, work, *arguments)
        except RuntimeError:
            raise StorageError(_CLOSED) from None
        try:
            return future.result()
        except sqlite3.Error as error:
            raise StorageError(self._problem(error)) from error

    def _tried(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            return work(self._connection, *arguments)
        except sqlite3.Error as error:
            self._note(error)
            raise

    def _note(self, error: sqlite3.Error) -> Problem:
        """What passes by itself is remembered until it has."""
        note_damage(error, self._path)
        problem = self._problem(error)
        if problem.action == "retry" and problem not in self._problems:
            self._problems.append(problem)
        return problem

    def _problem(self, error: sqlite3.Error) -> Problem:
        """Why a file could only be read was told when it was opened."""
        return self.notice if is_read_only(error) and self.notice else problem_of(error, self._path)

    def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        result: T = self._do(self._written, work, *arguments)
        self._index_soon()
        return result

    def _written(self, connection: sqlite3.Connection, work: Callable[..., T], *arguments: Any) -> T:
        with transaction(connection):
            result = work(connection, *arguments)
        self._catch_up()
        self._tell_stored()
        return result

    def _update(self, id: int, **columns: Any) -> None:
        self._write(_update_conversation, id, columns)

    def _erase(self, which: str, *values: float) -> int:
        erased = self._write(_erase, which, *values)
        if erased:
            self._do(_empty_log)
        return erased

    def _index_soon(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._thread.submit(self._index)

    def _index(self) -> None:
        """A part of what waits; the rest after what else is to be stored. What fails is found without the index."""
        with contextlib.suppress(sqlite3.Error):
            if self.keeps and not self._closed and self._search.work_off(self._connection):
                self._index_soon()

    def _finish(self, _connection: sqlite3.Connection, message: Message) -> None:
        self._end(message)
        self._catch_up()
        self._tell_stored()

    def _end(self, message: Message) -> None:
        try:
            with transaction(self._connection) as connection:
                _finish(connection, message)
        except sqlite3.Error:
            self._unfinished[message.id] = message
            self._try_again_later()
            raise
        except StorageError:
            self._forget(message.id)
            raise
        self._forget(message.id)

    def _forget(self, message: int) -> None:
        self._unfinished.pop(message, None)
        self._unkept.pop(message, None)

    def _catch_up(self) -> None:
        """Stores what could not be stored before."""
        for message in list(self._unfinished.values()):
            with contextlib.suppress(sqlite3.Error, StorageError):
                self._end(message)
        for id in list(self._unkept):
            with contextlib.suppress(sqlite3.Error):
                self._grow(id)

    @property
    def _unwritten(self) -> bool:
        return bool(self._unfinished or self._unkept)

    def _try_again_later(self) -> None:
        """A full disk or another program's lock may pass while nobody stores anything else."""
        if self._unwritten and self._again is None and not self._closed:
            self._again = threading.Timer(self._again_after, self._try_again_soon)
            self._again.daemon = True
            self._again.start()

    def _try_again_soon(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._thread.submit(self._try_again)

    def _try_again(self) -> None:
        """Doesn't wait for another program, for then everyone else would wait too."""
        self._again = None
        if not self._unwritten or self._closed:
            return
        patience = self._connection.execute("PRAGMA busy_timeout").fetchone()[0]
        self._connection.execute("PRAGMA busy_timeout = 0").fetchall()
        self._catch_up()
        self._connection.execute(f"PRAGMA busy_timeout = {patience}").fetchall()
        self._try_again_later()
        self._tell_stored()

    def _tell_stored(self) -> None:
        if self._problems and not self._unwritten:
            passed, self._problems = tuple(self._problems), []
            if self.on_stored is not None:
                self.on_stored(passed)

    def _append(self, message_id: int, text: str) -> None:
        """What could not be stored goes with the next chunk, so that no gap is left; told of once."""
        if message_id in self._homeless:
            return
        failed_before = message_id in self._unkept
        self._unkept[message_id] = self._unkept.get(message_id, "") + text
        try:
            self._grow(message_id)
        except sqlite3.Error as error:
            problem = self._note(error)
            self._try_again_later()
            if not failed_before:
                self._tell(_NO_MESSAGE if _missing(error) else problem)
        else:
            if failed_before:
                self._tell_stored()

    def _grow(self, message_id: int) -> None:
        grown = message_id, self._unkept[message_id]
        try:
            with transaction(self._connection) as connection:
                connection.execute("INSERT INTO chunk (message, text) VALUES (?, ?)", grown)
        except sqlite3.IntegrityError:
            self._homeless.add(message_id)
            del self._unkept[message_id]
            raise
        del self._unkept[message_id]

    def _tell(self, problem: Problem) -> None:
        if self.on_problem is not None:
            self.on_problem(problem)


def _conversations(connection: sqlite3.Connection, which: str, *values: Any) -> list[Conversation]:
    rows = connection.execute(f"SELECT {CONVERSATION} FROM conversation WHERE {which}", values)
    return [conversation_of(row) for row in rows]


def _conversation(connection: sqlite3.Connection, id: int) -> Conversation:
    found = _conversations(connection, "id = ?", id)
    if not found:
        raise StorageError(_NO_CONVERSATION)
    return found[0]


def _folders(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT DISTINCT folder FROM conversation WHERE deleted = 0 AND folder <> ''")
    return sorted((folder for (folder,) in found), key=str.casefold)


def _create(connection: sqlite3.Connection, title: str) -> Conversation:
    now = time.time()
    insert = "INSERT INTO conversation (title, changed, change) VALUES (?, ?, 0)"
    id = _inserted(connection.execute(insert, (title, now)))
    _touch(connection, id, now)
    return Conversation(id, title, now)


def _update_conversation(connection: sqlite3.Connection, id: int, columns: dict[str, Any]) -> None:
    places = ", ".join(f"{name} = ?" for name in columns)
    updated = connection.execute(f"UPDATE conversation SET {places} WHERE id = ?", (*columns.values(), id))
    if updated.rowcount == 0:
        raise StorageError(_NO_CONVERSATION)


def _set_leaf(connection: sqlite3.Connection, id: int, message: int) -> None:
    query = "SELECT 1 FROM message WHERE id = ? AND conversation = ?"
    if message and connection.execute(query, (message, id)).fetchone() is None:
        raise StorageError(_NOT_IN_IT)
    _update_conversation(connection, id, {"leaf": message})


def _duplicate(connection: sqlite3.Connection, id: int, suffix: str, unfinished: dict[int, Message]) -> Conversation:
    origin = _conversation(connection, id)
    copy = _create(connection, origin.title + suffix)
    ids = {0: 0}
    for message in _stored(connection, {}, _OF_CONVERSATION, id)[0]:
        whole = _ended(unfinished.get(message.id, message))
        ids[message.id] = _insert(connection, copy.id, _placed(whole, ids))
    columns = {
        "folder": origin.folder, "leaf": ids.get(origin.leaf, 0), "system": origin.system, "summary": origin.summary,
        "sampling": encoded(origin.sampling or None), "preset": origin.preset, "tags": encoded(origin.tags),
        "left_out": encoded(known(origin.left_out, ids)),
    }  # fmt: skip
    _update_conversation(connection, copy.id, columns)
    return _conversation(connection, copy.id)


def _ended(message: Message) -> Message:
    """A copy of an answer that grows has nobody who writes it any more."""
    return replace(message, state="stopped", reason="stopped") if message.state == "writing" else message


def _placed(message: Message, ids: Mapping[int, int]) -> Message:
    """With the numbers that what came before it has here."""
    receipt = message.receipt
    if receipt and receipt.left_out:
        receipt = replace(receipt, left_out=known(receipt.left_out, ids))
    return replace(message, parent=ids.get(message.parent, 0), receipt=receipt)


def _import_part(_connection: sqlite3.Connection, taken: Iterator[int]) -> bool:
    """Stores the next ones; whether there may be more."""
    left = AT_ONCE
    for size in taken:
        left -= size
        if left <= 0:
            return True
    return False


def _taken(connection: sqlite3.Connection, imported: Sequence[Imported], mark: float) -> Iterator[int]:
    """Stores one after another, hidden by `mark`; how large each is."""
    for each in imported:
        told, ids = each.conversation, {0: 0}
        conversation = _begun(connection, told, mark)
        for message in each.messages:
            yield _EACH + len(message.text) + sum(len(part.text) for one in message.attachments for part in one.parts)
            stored = _insert(connection, conversation, _placed(_ended(_cleaned(message)), ids))
            ids.setdefault(message.id, stored)
        columns = {"leaf": ids.get(told.leaf, 0), "left_out": encoded(known(told.left_out, ids))}
        _update_conversation(connection, conversation, columns)
        yield _EACH


def _begun(connection: sqlite3.Connection, told: Conversation, mark: float) -> int:
    now = time.time()
    columns = {
        "title": one_line(told.title), "changed": told.changed if 0 < told.changed <= now else now, "change": 0,
        "deleted": mark, "pinned": told.pinned, "folder": _name(told.folder), "system": clean(told.system),
        "sampling": encoded(told.sampling or None), "preset": clean(told.preset), "tags": _tags(told.tags),
        "summary": clean(told.summary),
    }  # fmt: skip
    return _inserted(_insert_into(connection, "conversation", columns))


def _show(connection: sqlite3.Connection, mark: float) -> list[Conversation]:
    """Lets what `mark` hid be seen, each after those that changed later; the others keep their order."""
    others = connection.execute("SELECT changed, id FROM conversation WHERE deleted >= 0 ORDER BY change DESC")
    taken = _conversations(connection, "deleted = ? ORDER BY id", mark)
    dated = sorted(((each.changed, each.id) for each in taken), key=lambda each: -each[0])
    in_order = [id for _, id in heapq.merge(others, dated, key=lambda each: -each[0])]
    connection.executemany("UPDATE conversation SET change = ? WHERE id = ?", enumerate(reversed(in_order), 1))
    connection.execute("UPDATE conversation SET deleted = 0 WHERE deleted = ?", (mark,))
    return [replace(each, deleted=0.0) for each in taken]


def _set_deleted(connection: sqlite3.Connection, before: float, after: float) -> None:
    connection.execute("UPDATE conversation SET deleted = ? WHERE deleted = ?", (after, before))


def _erase(connection: sqlite3.Connection, which: str, *values: float) -> int:
    gone = f"(SELECT id FROM conversation WHERE {which})"
    messages = f"(SELECT id FROM message WHERE conversation IN {gone})"
    for beside in ("chunk", "attachment"):
        connection.execute(f"DELETE FROM {beside} WHERE message IN {messages}", values)
    connection.execute(f"DELETE FROM message WHERE conversation IN {gone}", values)
    return connection.execute(f"DELETE FROM conversation WHERE {which}", values).rowcount


def _empty_log(connection: sqlite3.Connection) -> None:
    """What was erased is still in the write-ahead log until then; where another program reads it, somewhat longer."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _touch(connection: sqlite3.Connection, id: int, now: float) -> None:
    """Makes it the last changed; raises StorageError where there is none."""
    last = "(SELECT coalesce(max(change), 0) FROM conversation)"
    update = f"UPDATE conversation SET changed = ?, change = 1 + {last} WHERE id = ?"
    if connection.execute(update, (now, id)).rowcount == 0:
        raise StorageError(_NO_CONVERSATION)


def _leaf(connection: sqlite3.Connection, conversation: int) -> int:
    """The message that ends the branch shown, 0 where there is none; raises StorageError without a conversation."""
    leaf = _conversation(connection, conversation).leaf
    query = "SELECT max(id) FROM message WHERE conversation = ?"
    return leaf or connection.execute(query, (conversation,)).fetchone()[0] or 0


def _added_after(connection: sqlite3.Connection, conversation: int, message: int) -> list[Row]:
    query = "SELECT id, parent, role FROM message WHERE conversation = ? AND id > ? ORDER BY id"
    return fetched(connection, query, conversation, message)


def _messages(connection: sqlite3.Connection, known: Parts, which: str, *values: int) -> tuple[list[Message], Parts]:
    gc.disable()  # nothing of this is garbage, through all of which the collector would walk again and again
    try:
        with transaction(connection, "DEFERRED"):
            return _stored(connection, known, which, *values)
    finally:
        gc.enable()


def _stored(connection: sqlite3.Connection, known: Parts, which: str, *values: int) -> tuple[list[Message], Parts]:
    """The messages, and the parts of what is attached to them."""
    rows = fetched(connection, f"SELECT {MESSAGE} FROM message WHERE {which} ORDER BY id", *values)
    chunks = _chunks(connection, f"CROSS JOIN message ON message.id = message WHERE {which}", values)
    attached, parts = _attached(connection, known, which, *values)
    return messages_of(rows, chunks, attached), parts


def _attached(
    connection: sqlite3.Connection, known: Parts, which: str, *values: int
) -> tuple[dict[int, tuple[Attachment, ...]], Parts]:
    attached: dict[int, tuple[Attachment, ...]] = {}
    found: Parts = {}
    # CROSS: the side that is read first, which of chunks is theirs, for they are few.
    query = f"""SELECT {ATTACHMENT} FROM message CROSS JOIN attachment ON message = id
        WHERE {which} ORDER BY id, number"""
    for row in connection.execute(query, values):
        message, number = key = row[:2]
        found[key] = known[key] if key in known else _parts(connection, message, number)
        attached[message] = (*attached.get(message, ()), attachment_of(row, found[key]))
    return attached, found


def _parts(connection: sqlite3.Connection, message: int, number: int) -> tuple[Part, ...]:
    query = "SELECT parts FROM attachment WHERE message = ? AND number = ?"
    return parts_of(connection.execute(query, (message, number)).fetchone()[0])


def _set_given(connection: sqlite3.Connection, message: Message) -> None:
    for number, attachment in enumerate(message.attachments):
        update = "UPDATE attachment SET given = ? WHERE message = ? AND number = ?"
        connection.execute(update, (encoded(attachment.given), message.id, number))


def _add(connection: sqlite3.Connection, conversation: int, message: Message) -> Message:
    _touch(connection, conversation, time.time())
    return replace(message, id=_insert(connection, conversation, message))


def _insert(connection: sqlite3.Connection, conversation: int, message: Message) -> int:
    columns = {"conversation": conversation, "parent": message.parent, "role": message.role, **written(message)}
    id = _inserted(_insert_into(connection, "message", columns))
    rows = (attachment_row(id, number, attachment) for number, attachment in enumerate(message.attachments))
    connection.executemany(f"INSERT INTO attachment ({ATTACHMENT}, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return id


def _finish(connection: sqlite3.Connection, message: Message) -> None:
    columns = written(message)
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
    for id, text in connection.execute(f"SELECT message, chunk.text FROM chunk {which} ORDER BY chunk.id", values):
        grown.setdefault(id, []).append(text)
    return {id: "".join(parts) for id, parts in grown.items()}


def _insert_into(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> sqlite3.Cursor:
    places = ", ".join("?" * len(columns))
    return connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", (*columns.values(),))


def _number_from(connection: sqlite3.Connection, first_id: int) -> None:
    for table in ("conversation", "message"):
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if last is None:
            _insert_into(connection, "sqlite_sequence", {"name": table, "seq": first_id - 1})


def _inserted(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _cleaned(message: Message) -> Message:
    attachments = tuple(map(_cleaned_attachment, message.attachments))
    return replace(message, text=clean(message.text), attachments=attachments)


def _cleaned_attachment(attachment: Attachment) -> Attachment:
    parts = tuple(Part(clean(part.text), part.page, clean(part.heading)) for part in attachment.parts)
    name, kind, hash = map(clean, (attachment.name, attachment.kind, attachment.hash))
    return Attachment(name, kind, parts, max(0, min(attachment.pages, _MOST_PAGES)), hash, attachment.given)


def _name(text: str) -> str:
    """A folder's or a tag's, in one line."""
    return " ".join(clean(text).split())


def _tags(tags: Sequence[str]) -> str | None:
    return encoded(tuple(dict.fromkeys(filter(None, map(_name, tags)))))


def _missing(error: sqlite3.Error) -> bool:
    return isinstance(error, sqlite3.IntegrityError)
