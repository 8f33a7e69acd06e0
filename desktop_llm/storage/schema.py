"""The file conversations are kept in: opened, brought up to date, and put aside when it is damaged."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from desktop_llm.errors import Problem, StorageError

APPLICATION = 0x4C4C4D64
BUSY_MS = 5000
COPIES = 2  # kept of those made before migrations
_ALWAYS = (
    "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF", "secure_delete = ON",
)  # fmt: skip

# One entry for each version, never edited once released; `change` orders conversations whatever the clock says.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        f"PRAGMA application_id = {APPLICATION}",
        """CREATE TABLE conversation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            changed REAL NOT NULL,
            change INTEGER NOT NULL,
            deleted INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE message (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation INTEGER NOT NULL REFERENCES conversation (id),
            parent INTEGER NOT NULL DEFAULT 0,
            role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
            text TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('writing', 'done', 'stopped', 'failed')),
            reason TEXT, problem TEXT, tokens TEXT, timings TEXT, receipt TEXT)""",
        """CREATE TABLE chunk (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message INTEGER NOT NULL REFERENCES message (id),
            text TEXT NOT NULL)""",
        "CREATE INDEX conversation_by_change ON conversation (deleted, change)",
        "CREATE INDEX message_by_conversation ON message (conversation, id)",
        "CREATE INDEX message_writing ON message (id) WHERE state = 'writing'",
        "CREATE INDEX chunk_by_message ON chunk (message, id)",
    ),
    (
        "ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE conversation ADD COLUMN folder TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversation ADD COLUMN leaf INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE conversation ADD COLUMN system TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversation ADD COLUMN sampling TEXT",
        # From a mark to a moment: what was deleted before lies in the trash from now on.
        "UPDATE conversation SET deleted = strftime('%s', 'now') WHERE deleted <> 0",
        "DROP INDEX conversation_by_change",
        "CREATE INDEX conversation_in_order ON conversation (deleted, pinned, change)",
        # What waits for the search index, and which index is this file's (0: none yet).
        "CREATE TABLE unindexed (message INTEGER PRIMARY KEY)",
        "CREATE TABLE search_index (key INTEGER NOT NULL)",
        "INSERT INTO search_index VALUES (0)",
        """CREATE TRIGGER message_added AFTER INSERT ON message WHEN new.state <> 'writing'
            BEGIN INSERT OR IGNORE INTO unindexed VALUES (new.id); END""",
        """CREATE TRIGGER message_ended AFTER UPDATE OF text, state ON message WHEN new.state <> 'writing'
            BEGIN INSERT OR IGNORE INTO unindexed VALUES (new.id); END""",
        """CREATE TRIGGER message_gone AFTER DELETE ON message
            BEGIN INSERT OR IGNORE INTO unindexed VALUES (old.id); END""",
    ),
    (
        "ALTER TABLE conversation ADD COLUMN tags TEXT",
        "ALTER TABLE conversation ADD COLUMN left_out TEXT",
        "ALTER TABLE conversation ADD COLUMN summary TEXT NOT NULL DEFAULT ''",
        # `number` orders those of a message; `given`: which of its `parts` the model is given, all where nothing.
        """CREATE TABLE attachment (
            message INTEGER NOT NULL REFERENCES message (id),
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            pages INTEGER NOT NULL,
            hash TEXT NOT NULL,
            parts TEXT NOT NULL,
            given TEXT,
            PRIMARY KEY (message, number)) WITHOUT ROWID""",
    ),
    ("ALTER TABLE conversation ADD COLUMN preset TEXT NOT NULL DEFAULT ''",),
)


class Damaged(sqlite3.DatabaseError):
    """SQLite's own check of the file found faults."""


def in_memory(path: Path) -> bool:
    return str(path) == ":memory:"


def open_database(
    path: Path, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS
) -> tuple[sqlite3.Connection, Problem | None]:
    """A connection to an up-to-date file at `path`, and what the person must know. Raises StorageError.

    Where that cannot be written to: to a copy of it in memory, with `query_only` set.
    """
    try:
        try:
            return _open_shared_or_alone(path, migrations), None
        except sqlite3.DatabaseError as error:
            if not is_damage(error) or in_memory(path):
                raise
        kept = _move_aside(path)
        return _open(path, migrations), _put_aside(kept)
    except (sqlite3.Error, OSError) as error:
        if (is_full(error) or _is_refused(error)) and (copy := _to_read(path, migrations)):
            return copy, _only_read(error, path)
        raise StorageError(problem_of(error, path)) from error


def opened(path: Path) -> sqlite3.Connection:
    """A connection to a file for this program alone that need not be there nor be kept."""
    if not in_memory(path):
        _prepare_file(path)
    return _connected(path, *_ALWAYS)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """All of it or nothing; IMMEDIATE waits for another process at the start, where waiting still helps."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def fetched(connection: sqlite3.Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows at once; only where a text is not UTF-8 they are read in the slower way that takes it."""
    lenient, connection.text_factory = connection.text_factory, str
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        connection.text_factory = lenient
        return connection.execute(query, values).fetchall()
    finally:
        connection.text_factory = lenient


def is_damage(error: BaseException) -> bool:
    return isinstance(error, Damaged) or _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def note_damage(error: BaseException, path: Path) -> None:
    """Leaves a mark beside a file found damaged in use, so that the next start checks it as a whole."""
    if is_damage(error) and not in_memory(path):
        with contextlib.suppress(OSError):
            beside(path, "-check").touch(0o600)


def is_full(error: BaseException) -> bool:
    return _code(error) == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno == errno.ENOSPC)


def is_read_only(error: BaseException) -> bool:
    return _code(error) == sqlite3.SQLITE_READONLY


def is_locked(error: BaseException | None) -> bool:
    """Another program keeps it for itself."""
    return error is not None and _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_refused(error: BaseException) -> bool:
    """The file, its folder or the disk may not be written to."""
    codes = sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM
    return isinstance(error, OSError) or _code(error) in codes


def problem_of(error: BaseException, path: Path) -> Problem:
    """What a failure of SQLite or of the file system means to a person."""
    values = {"path": str(path), "folder": str(path.parent), "error": str(error)}
    if is_full(error):
        return Problem(
            "The disk is full: nothing more can be stored in {folder}.",
            "Free some space and try again.", values, "retry", str(error),
        )  # fmt: skip
    if is_locked(error):
        return Problem(
            "Another program is using the conversations in {path}.",
            "Close it and try again.", values, "retry", str(error),
        )  # fmt: skip
    if is_damage(error):
        return Problem(
            "The file of conversations {path} is damaged.",
            "Start the program again: it keeps the damaged file and begins a new one.", values, "", str(error),
        )  # fmt: skip
    if _is_refused(error):
        return Problem(
            "Conversations cannot be stored in {path}.",
            "Make that file and its folder writable and try again.", values, "retry", str(error),
        )  # fmt: skip
    return Problem(
        "Conversations could not be read or stored ({error}).",
        "Check the disk that holds {folder} and try again.", values, "retry", str(error),
    )  # fmt: skip


def _open_shared_or_alone(path: Path, migrations: tuple[tuple[str, ...], ...]) -> sqlite3.Connection:
    """A full disk has no room for the file SQLite shares with other programs, but reading needs none."""
    try:
        return _open(path, migrations)
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_IOERR:
            raise
    return _open(path, migrations, "locking_mode = EXCLUSIVE")


def _open(path: Path, migrations: tuple[tuple[str, ...], ...], *before: str) -> sqlite3.Connection:
    """`before`: pragmas that must be set before anything is read."""
    suspect = not in_memory(path) and _prepare_file(path)
    connection = _connected(path, *before)
    try:
        _must_be_ours(connection, path, len(migrations))
        if not in_memory(path):
            _make_private(path)
        if suspect:
            _check(connection)
            beside(path, "-check").unlink(missing_ok=True)
        _set(connection, *_ALWAYS)
        _migrate(connection, path, migrations)
    except BaseException as error:
        try:
            if is_damage(error):
                _keep_log(path)
        finally:
            connection.close()
        raise
    return connection


def _to_read(path: Path, migrations: tuple[tuple[str, ...], ...]) -> sqlite3.Connection | None:
    """An up-to-date copy in memory of a file that cannot be written to; nothing where there is nothing in it."""
    copy = _connected(Path(":memory:"))
    try:
        if _copied(path, copy) and _number(copy, "user_version"):
            _must_be_ours(copy, path, len(migrations))
            _check(copy)
            _carry_out(copy, migrations)
            _set(copy, "query_only = ON")
            return copy
    except (sqlite3.Error, MemoryError):
        pass  # then it is told why nothing can be stored
    except BaseException:
        copy.close()
        raise
    copy.close()
    return None


def _copied(path: Path, copy: sqlite3.Connection) -> bool:
    """Whether all of it could be read, what stands in its log too."""
    for how, *pragmas in _ways_to_read(path):
        with contextlib.suppress(sqlite3.Error):
            with contextlib.closing(_connected(f"{path.absolute().as_uri()}?{how}", *pragmas)) as connection:
                connection.backup(copy)
            return True
    return False


def _ways_to_read(path: Path) -> tuple[tuple[str, ...], ...]:
    """With what another program shares; else alone and without locks, the log replayed in memory where there is one."""
    if not _has_log(path):
        return ("mode=ro",), ("immutable=1",)
    return ("mode=ro",), (f"mode=ro&vfs={'win32' if os.name == 'nt' else 'unix'}-none", "locking_mode = EXCLUSIVE")


def _only_read(error: BaseException, path: Path) -> Problem:
    text, remedy = (
        ("The disk is full: the conversations in {folder} can be read, but nothing can be stored.",
         "Free some space, then start the program again.")
        if is_full(error) else
        ("The conversations in {folder} can be read, but nothing new can be stored: writing there is not allowed.",
         "Make that folder and its files writable, then start the program again.")
    )  # fmt: skip
    return Problem(text, remedy, {"folder": str(path.parent)}, details=str(error))


def _connected(place: Path | str, *pragmas: str) -> sqlite3.Connection:
    """`place`: a file, or an address that also says how it is opened."""
    uri = isinstance(place, str)
    connection = sqlite3.connect(place, timeout=BUSY_MS / 1000, isolation_level=None, uri=uri)
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        # What is sorted or rolled back goes into no temporary file, where it would outlive a temporary chat.
        _set(connection, "temp_store = MEMORY", *pragmas)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, *pragmas: str) -> None:
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _prepare_file(path: Path) -> bool:
    """Makes the file and its folder for their owner alone; whether the last use gives reason to check it."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Opening a file that exists would drop the locks another connection of this process holds on it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return beside(path, "-check").exists() or _has_log(path)


def _has_log(path: Path) -> bool:
    log = beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _make_private(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.chmod(0o600)


def _must_be_ours(connection: sqlite3.Connection, path: Path, newest: int) -> None:
    version, application = _number(connection, "user_version"), _number(connection, "application_id")
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    values = {"path": str(path)}
    if not (version == 0 and empty) and application != APPLICATION:
        text = "The file {path} belongs to another program."
        raise StorageError(Problem(text, "Move it elsewhere, then start this program again.", values))
    if version > newest:
        text = "The conversations in {path} were written by a newer version of this program."
        raise StorageError(Problem(text, "Start the newer version, or update this one.", values))


def _check(connection: sqlite3.Connection) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    if found != ["ok"]:
        raise Damaged("; ".join(found))


def _migrate(connection: sqlite3.Connection, path: Path, migrations: tuple[tuple[str, ...], ...]) -> None:
    before = _number(connection, "user_version")
    if before >= len(migrations):
        return
    copy = _back_up(connection, path, before) if before and not in_memory(path) else None
    try:
        _carry_out(connection, migrations)
    except BaseException:
        if copy:
            copy.unlink(missing_ok=True)
        raise
    if copy:
        _keep_last_copies(path)


def _carry_out(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...]) -> None:
    with transaction(connection):
        for statements in migrations[_number(connection, "user_version") :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    copy = _unused(path, f".version-{version}")
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
        with open(copy, "rb+") as file:
            os.fsync(file.fileno())
    except BaseException:
        for part in (copy, beside(copy, "-journal")):
            part.unlink(missing_ok=True)
        raise
    return copy


def _keep_last_copies(path: Path) -> None:
    copies = sorted(path.parent.glob(f"{glob.escape(path.name)}.version-*"), key=lambda copy: copy.stat().st_mtime_ns)
    for copy in copies[:-COPIES]:
        with contextlib.suppress(OSError):
            copy.unlink()


def _keep_log(path: Path) -> None:
    """Copies the write-ahead log before SQLite, closing, takes it away."""
    log = beside(path, "-wal")
    if log.exists():
        shutil.copy2(log, beside(path, "-wal.kept"))


def _move_aside(path: Path) -> Path:
    """Renames the file and what SQLite keeps beside it; nothing of it is deleted."""
    kept = _unused(path, time.strftime(".damaged-%Y%m%d-%H%M%S"))
    for suffix, origin in (("-wal", "-wal.kept"), ("-wal", "-wal"), ("-shm", "-shm"), ("", "")):
        if beside(path, origin).exists():
            os.replace(beside(path, origin), beside(kept, suffix))
    beside(path, "-check").unlink(missing_ok=True)
    return kept


def _put_aside(kept: Path) -> Problem:
    return Problem(
        "The file of conversations was damaged, so a new one was begun.",
        "The damaged one is kept as {path}.",
        {"path": str(kept)},
    )


def _unused(path: Path, suffix: str) -> Path:
    """`path` with `suffix`, and with a number where that name is taken."""
    candidate, number = beside(path, suffix), 2
    while candidate.exists():
        candidate, number = beside(path, f"{suffix}-{number}"), number + 1
    return candidate


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _code(error: BaseException) -> int:
    """SQLite's primary result code, 0 where there is none."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
