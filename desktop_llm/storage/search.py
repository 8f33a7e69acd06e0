"""Full-text search over titles, tags, messages and attachments: trigrams in a file of their own that may be lost."""

from __future__ import annotations

import contextlib
import functools
import heapq
import itertools
import json
import re
import secrets
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.conversation import clean
from desktop_llm.storage.rows import decoded, parts_of
from desktop_llm.storage.schema import beside, in_memory, is_damage, opened, transaction

TRIGRAM = 3
LONGEST_QUERY = 1_000  # characters; a query is typed, not pasted by the megabyte
_TRIGRAMS_ASKED, _SHORT_ASKED, _LIKE_ASKED = 30, 8, 50  # of a long word; short words; words. The text decides.
_AT_ONCE = 200  # messages indexed in one go, or
_CHARACTERS_AT_ONCE = 300_000  # read, of which less than
_PIECE = 100_000  # are put in the index, so that what comes meanwhile is stored soon
_PIECES = 1 << 16  # of a long message at most, which stand in rows below 0
_SHARED = _TRIGRAMS_ASKED + TRIGRAM - 1  # characters of two pieces, so that what is asked of a word stands in one
_READ_AT_ONCE = 100
_BEFORE, _SNIPPET = 12, 160  # characters: in a narrow list, too, the word that was found is to be seen
_INDEX = "CREATE VIRTUAL TABLE said USING fts5 (text, tokenize = 'trigram', detail = none)"
_TRIGRAMS = "CREATE VIRTUAL TABLE trigram USING fts5vocab (said, instance)"
_END = "\n\n"  # so that a trigram begins with each of a text's characters, the last ones too
_MANY = 20_000  # messages with a word so common that reading the newest finds it sooner
_STORED = """SELECT message.id, conversation, title, tags, text
    FROM message CROSS JOIN conversation ON conversation.id = conversation
    WHERE deleted = 0 AND state <> 'writing'"""
Stored = tuple[int, int, str, str | None, str]


@dataclass(frozen=True)
class Hit:
    """Where a search found all its words: in `message` and its attachments, or in title and tags where that is 0."""

    conversation: int
    title: str
    message: int
    snippet: str


class _IndexError(Exception):
    """The index could not be read or written; no conversation is the worse for it. `again`: another can be made."""

    def __init__(self, again: bool = False) -> None:
        super().__init__()
        self.again = again


class Search:
    """Searches one database, and keeps its index: what waits for it is named in table `unindexed`.

    The index holds for one `key` only, so that a file put in the place of another is indexed anew. For one thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path if in_memory(path) else beside(path, "-search")
        self._index: sqlite3.Connection | None = None
        self._key = 0
        self._remakes = 3

    def work_off(self, database: sqlite3.Connection) -> bool:
        """Indexes some of what waits for it, in a new index where there is none; whether more waits."""
        try:
            if self._holds(database) and database.execute("SELECT 1 FROM unindexed LIMIT 1").fetchone() is None:
                return False
            # Another program may index, too: which index holds, and what waits for it, stay as they are until the end.
            with transaction(database):
                if not self._holds(database):
                    self._begin(database)
                waiting = _waiting(database)
                done = self._put(waiting)
                database.executemany("DELETE FROM unindexed WHERE message = ?", done)
        except _IndexError as error:
            return error.again
        return bool(waiting)

    def hits(self, database: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
        """Titles first, then messages, the newest first of each; all words wanted, in any order and case.

        A word with # also stands for a tag that begins so: beside others it says which conversations' messages.
        """
        words = list(dict.fromkeys(clean(text[:LONGEST_QUERY]).split()))
        if not words:
            return []
        titles = list(itertools.islice(_in_titles(database, _patterns(words)), limit))
        # Where all are tags, messages are found that have them in their text.
        asked = [word for word in words if not word.startswith("#")] or words
        try:
            said = list(itertools.islice(_in(database, self._indexed(database, asked), words), limit - len(titles)))
        except _IndexError:
            said = list(itertools.islice(_in(database, _scanned(database, asked), words), limit - len(titles)))
        return titles + said

    def close(self) -> None:
        if self._index is not None:
            self._index.close()
        self._index, self._key = None, 0

    def _holds(self, database: sqlite3.Connection) -> bool:
        """Whether the index is there, open now, and that of what `database` holds."""
        key: int = database.execute("SELECT key FROM search_index").fetchone()[0]
        if key and self._key == key:
            return True
        self.close()
        if not has_trigrams():
            raise _IndexError
        with self._failing():
            self._index = opened(self._path)
            if key and self._index.execute("PRAGMA user_version").fetchone()[0] == key:
                self._key = key
        return self._key != 0

    def _begin(self, database: sqlite3.Connection) -> None:
        """A new, empty index, for which everything waits; within a transaction."""
        with self._failing():
            self._discard()
            self._index = opened(self._path)
            key = secrets.randbits(31) | 1
            for statement in (_INDEX, _TRIGRAMS, f"PRAGMA user_version = {key}"):
                self._index.execute(statement)
        database.execute("UPDATE search_index SET key = ?", (key,))
        database.execute("DELETE FROM unindexed")
        database.execute("INSERT INTO unindexed SELECT id FROM message WHERE state <> 'writing'")
        self._key = key

    def _discard(self) -> None:
        self.close()
        for suffix in () if in_memory(self._path) else ("", "-wal", "-shm"):
            beside(self._path, suffix).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """Failures of the index as _IndexError; a damaged one is thrown away, but not again and again."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            again = is_damage(error) and self._remakes > 0
            if again:
                self._remakes -= 1
                with contextlib.suppress(OSError):
                    self._discard()
            raise _IndexError(again) from error

    def _put(self, waiting: list[tuple[int, str | None]]) -> list[tuple[int]]:
        """As many pieces as may be at once; which messages are whole in the index now."""
        assert self._index is not None
        done: list[tuple[int]] = []
        left = _PIECE
        with self._failing(), transaction(self._index) as index:
            for id, text in waiting:
                for characters in _put_one(index, id, _rows_of(id, text)):
                    left -= characters
                    if left < 0:
                        return done
                done.append((id,))
        return done

    def _indexed(self, database: sqlite3.Connection, words: list[str]) -> Iterator[Stored]:
        """Messages that may hold all `words`: what the index has, and what waits for it."""
        if not self._holds(database):
            raise _IndexError
        waiting = (id for (id,) in database.execute("SELECT message FROM unindexed ORDER BY message DESC"))
        found = self._found(words)
        ids = (id for id, _ in itertools.groupby(heapq.merge(found, waiting, reverse=True)))
        while some := list(itertools.islice(ids, _READ_AT_ONCE)):
            places = ", ".join("?" * len(some))
            yield from database.execute(f"{_STORED} AND message.id IN ({places}) ORDER BY message.id DESC", some)

    def _found(self, words: list[str]) -> Iterable[int]:
        """What the index has, the newest first."""
        long = [word for word in words if len(word) >= TRIGRAM]
        short = [word for word in words if len(word) < TRIGRAM][:_SHORT_ASKED]
        rare = [found for found in map(self._with_short, short) if found is not None]
        if long:
            found = heapq.merge(self._with_trigrams(long), self._in_pieces(long), reverse=True)
            return (id for id in found if all(id in those for those in rare))
        if not rare:
            raise _IndexError
        return sorted(set.intersection(*rare), reverse=True)

    def _with_trigrams(self, words: list[str]) -> Iterator[int]:
        assert self._index is not None
        query = "SELECT rowid FROM said WHERE said MATCH ? AND rowid > 0 ORDER BY rowid DESC"
        with self._failing():
            for (id,) in self._index.execute(query, (" AND ".join(map(_asked, words)),)):
                yield id

    def _in_pieces(self, words: list[str]) -> list[int]:
        """Long messages, each word of them in whichever of their pieces."""
        assert self._index is not None
        query = "SELECT rowid FROM said WHERE said MATCH ? AND rowid <= 0"
        with self._failing():
            found = [{_message_of(row) for (row,) in self._index.execute(query, (_asked(word),))} for word in words]
        return sorted(set.intersection(*found), reverse=True)

    def _with_short(self, word: str) -> set[int] | None:
        """Those with a trigram that begins with `word`, as most Chinese words are shorter than one; None: too many."""
        assert self._index is not None
        query = "SELECT doc FROM trigram WHERE term >= ? AND term < ? LIMIT ?"
        folded = word.lower()
        with self._failing():
            found = self._index.execute(query, (folded, folded + chr(sys.maxunicode), _MANY)).fetchall()
        return {_message_of(row) for (row,) in found} if len(found) < _MANY else None


@functools.cache
def has_trigrams() -> bool:
    """Whether the SQLite here is built with what the index needs."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(_INDEX)
        except sqlite3.OperationalError:
            return False
    return True


def _waiting(database: sqlite3.Connection) -> list[tuple[int, str | None]]:
    """Ids and texts to be indexed next, the newest first; no text where there is none to be found any more."""
    query = """SELECT unindexed.message, text FROM unindexed
        LEFT JOIN message ON id = unindexed.message AND state <> 'writing' ORDER BY unindexed.message DESC"""
    some: list[tuple[int, str | None]] = []
    characters = 0
    for id, text in database.execute(query):
        whole = None if text is None else text + _attached(database, id)
        some.append((id, whole))
        characters += len(whole or "")
        if len(some) == _AT_ONCE or characters > _CHARACTERS_AT_ONCE:
            break
    return some


def _rows_of(message: int, text: str | None) -> dict[int, str]:
    """What the index is to have of it, a long one in pieces; nothing where there is no text any more."""
    if text is None:
        return {}
    said = _words_of(text) + _END
    if len(said) <= _PIECE:
        return {message: said}
    starts = range(0, len(said) - _SHARED, _PIECE)
    return {-(message * _PIECES + n): said[start : start + _PIECE + _SHARED] for n, start in enumerate(starts)}


def _message_of(row: int) -> int:
    return row if row > 0 else -row // _PIECES


def _put_one(index: sqlite3.Connection, message: int, wanted: dict[int, str]) -> Iterator[int]:
    """Makes a message's rows those `wanted`, one after another; how many characters each change took."""
    first, last = -(message * _PIECES + _PIECES - 1), -message * _PIECES
    there = dict(index.execute("SELECT rowid, text FROM said WHERE rowid = ?", (message,)))
    there.update(index.execute("SELECT rowid, text FROM said WHERE rowid BETWEEN ? AND ?", (first, last)))
    for row, text in there.items():
        if wanted.get(row) != text:
            index.execute("DELETE FROM said WHERE rowid = ?", (row,))
            yield len(str(text))
    for row, text in wanted.items():
        if there.get(row) != text:
            index.execute("INSERT INTO said (rowid, text) VALUES (?, ?)", (row, text))
            yield len(text)


def _asked(word: str) -> str:
    """FTS5's query for the trigrams of `word`: that they lie side by side is looked at in the text."""
    trigrams = [word[start : start + TRIGRAM].replace('"', '""') for start in range(len(word) - TRIGRAM + 1)]
    return " AND ".join(f'"{trigram}"' for trigram in trigrams[:_TRIGRAMS_ASKED])


def _words_of(text: str) -> str:
    """Each word once, for which there are is all that the index tells; a book is mostly the same words."""
    return " ".join(dict.fromkeys(text.split()))


def _attached(database: sqlite3.Connection, message: int) -> str:
    """Names and texts of what goes with a message."""
    query = "SELECT name, parts FROM attachment WHERE message = ? ORDER BY number"
    each = ((name, *(part.text for part in parts_of(parts))) for name, parts in database.execute(query, (message,)))
    return "".join(f"{_END}{text}" for texts in each for text in texts)


def _patterns(words: Iterable[str]) -> list[re.Pattern[str]]:
    return [re.compile(re.escape(word), re.IGNORECASE) for word in words]


def _tagged(tags: str | None) -> str:
    return "".join(f" #{tag}" for tag in decoded("tags", tags) or ())


def _in_titles(database: sqlite3.Connection, wanted: list[re.Pattern[str]]) -> Iterator[Hit]:
    query = "SELECT id, title, tags FROM conversation WHERE deleted = 0 ORDER BY change DESC"
    for id, title, tags in database.execute(query):
        told = title + _tagged(tags)
        if all(word.search(told) for word in wanted):
            yield Hit(id, title, 0, _snippet(told, wanted))


def _in(database: sqlite3.Connection, stored: Iterable[Stored], words: list[str]) -> Iterator[Hit]:
    tags = _patterns(word for word in words if word.startswith("#"))
    others = _patterns(word for word in words if not word.startswith("#"))
    for id, conversation, title, tagged, text in stored:
        whole = text + _attached(database, id)
        found = [tag for tag in tags if tag.search(whole)]
        left = [tag for tag in tags if tag not in found]
        if not (others or found):
            continue
        if all(word.search(whole) for word in others) and all(tag.search(_tagged(tagged)) for tag in left):
            yield Hit(conversation, title, id, _snippet(whole, others + found))


def _scanned(database: sqlite3.Connection, words: list[str]) -> Iterator[Stored]:
    """The same without the index: every message read, the newest first."""
    attached = "SELECT 1 FROM attachment WHERE message = message.id AND (name LIKE ? OR parts LIKE ?)"
    like = f" AND (text LIKE ? OR EXISTS ({attached}))" * len(words[:_LIKE_ASKED])
    patterns = [_pattern(form) for word in words[:_LIKE_ASKED] for form in (word, word, _in_json(word))]
    yield from database.execute(f"{_STORED}{like} ORDER BY message.id DESC", patterns)


def _pattern(word: str) -> str:
    return f"%{''.join(map(_like, word))}%"


def _in_json(word: str) -> str:
    """As it stands among an attachment's parts."""
    return json.dumps(word, ensure_ascii=False)[1:-1]


def _like(character: str) -> str:
    """LIKE knows the cases of ASCII only, and % is costly: anything may stand there, the text is looked at again."""
    known = character.isascii() or character.lower() == character.upper()
    return character if known and character != "%" else "_"


def _snippet(text: str, wanted: list[re.Pattern[str]]) -> str:
    """What stands around the first of the words that comes, on one line."""
    at = min(match.start() for word in wanted if (match := word.search(text)))
    start = max(0, at - _BEFORE)
    end = start + _SNIPPET
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"
