"""Conversations into the program: this program's own JSON without loss, and what other programs export."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from desktop_llm.conversation import Conversation, Message, clean
from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import revive
from desktop_llm.storage.assembling import Imported, items, known, mapping, note, string
from desktop_llm.storage.exporting import FORMAT, VERSION
from desktop_llm.storage.foreign import reader_of, sessions

LARGEST = 512 * 1024 * 1024
MOST = 30_000_000
"""Values in one file: empty ones take thirty times the memory they take on the disk."""
_MEMBER = re.compile(r"(?:.*/)?(?:conversations(?:-\d+)?\.json|[^/]*\.jsonl|[^/]*\.conversation\.json)")
_SUPPORTED = (
    "It reads its own JSON, ChatGPT's conversations.json or the .zip it comes in, and the JSON of Open WebUI, "
    "LM Studio and llama.cpp."
)
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


def read_export(path: Path) -> list[Imported]:
    """The conversations in a file, ready to be stored; one that cannot be read says so. Raises StorageError."""
    try:
        with open(path, "rb") as file:
            packed = file.read(4) == b"PK\x03\x04"
            file.seek(0)
            contents = list(_unpacked(file, path)) if packed else [_bounded(file, LARGEST, path)]
        found = [imported for content in contents for imported in _conversations(content, path)]
    except OSError as error:
        raise _problem("{path} could not be read ({reason}).", "Check that it is there.", path, error) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, RecursionError):
            raise _unknown(path) from error
        raise _problem("{path} is damaged, or protected by a password.", "Unpack it first.", path, error) from error
    if not found:
        raise _unknown(path)
    return found


# ---- from a file to what it holds


def _unpacked(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The files of conversations in an archive, in all no larger than one file may be, whatever it declares."""
    left = LARGEST
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if _MEMBER.fullmatch(member.filename):
                with archive.open(member) as packed:
                    content = _bounded(packed, left, path)
                left -= len(content)
                yield content


def _bounded(file: IO[bytes], most: int, path: Path) -> bytes:
    content = file.read(most + 1)
    if len(content) > most or sum(map(content.count, (b",", b"[", b"{"))) > MOST:
        raise _problem("{path} holds more than can be read at once.", "Export fewer conversations at a time.", path)
    return content


def _conversations(content: bytes, path: Path) -> Iterator[Imported]:
    try:
        value = _parsed(content)
    except (ValueError, RecursionError) as error:
        raise _unknown(path) from error
    if mapping(value).get("format") == FORMAT:
        yield from _own(value, path)
        return
    found = value if isinstance(value, list) else [value]
    if any(reader_of(item) for item in found):
        yield from (_foreign(item) for item in found)


def _parsed(content: bytes) -> Any:
    """JSON, or JSON line after line as llama.cpp writes it."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        value = [json.loads(line) for line in content.splitlines() if line.strip()]
    records = value if isinstance(value, list) else [value]
    if mapping(records[0] if records else None).get("type") in ("session", "message"):
        return list(sessions(records))
    return value


def _foreign(item: Any) -> Imported:
    reader = reader_of(item)
    try:
        return reader(item) if reader else _unreadable("")
    except _BROKEN:
        return _unreadable(string(mapping(item).get("title")))


def _unreadable(title: str) -> Imported:
    """In place of a conversation that cannot be read, for nothing is to be lost without a word."""
    text = note("this conversation could not be imported")
    return Imported(Conversation(0, clean(title)[:60] or "(…)", 0.0), [Message("assistant", text, 1)])


# ---- this program's own


def _own(value: dict[str, Any], path: Path) -> Iterator[Imported]:
    version = value.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise _problem("{path} was written by a newer version of this program.", "Update this one.", path)
    for item in items(value.get("conversations")):
        try:
            yield _renumbered(
                revive(Conversation, mapping(item)["conversation"]),
                [revive(Message, message) for message in mapping(item)["messages"]],
            )
        except _BROKEN:
            yield _unreadable(string(mapping(mapping(item).get("conversation")).get("title")))


def _renumbered(conversation: Conversation, messages: Sequence[Message]) -> Imported:
    """Positions for ids; a message can only follow an earlier one, so that there are no circles."""
    ids = {0: 0}
    placed = []
    for position, message in enumerate(messages, 1):
        receipt = message.receipt and replace(message.receipt, left_out=known(message.receipt.left_out, ids))
        parent, text = ids.get(message.parent, 0), clean(message.text)
        placed.append(replace(message, id=position, parent=parent, text=text, receipt=receipt))
        ids.setdefault(message.id, position)
    leaf, left_out = ids.get(conversation.leaf, 0), known(conversation.left_out, ids)
    return Imported(replace(conversation, id=0, title=clean(conversation.title), leaf=leaf, left_out=left_out), placed)


def _unknown(path: Path) -> StorageError:
    return _problem("{path} holds no conversations that this program can read.", _SUPPORTED, path)


def _problem(text: str, remedy: str, path: Path, error: BaseException | None = None) -> StorageError:
    reason = (error.strerror if isinstance(error, OSError) else "") or str(error or "")
    return StorageError(Problem(text, remedy, {"path": str(path), "reason": reason}))
