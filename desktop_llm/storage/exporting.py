"""Conversations out of the program: as files to read (Markdown, HTML, Word, text), or as JSON that comes back whole."""

from __future__ import annotations

import contextlib
import json
import os
import re
import unicodedata
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from desktop_llm.conversation import Conversation, Message
from desktop_llm.errors import Problem, StorageError
from desktop_llm.fields import plain
from desktop_llm.storage.page import ENGLISH, PageWords, as_markdown, as_text, page_of

Form = Literal["md", "html", "docx", "txt", "json"]
FORMS: tuple[Form, ...] = get_args(Form)
FORMAT, VERSION = "desktop-llm conversations", 2  # 2: attachments, tags, what is left out
Said = tuple[Conversation, Sequence[Message]]

LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)


def export(
    conversations: Sequence[Said], form: Form, target: Path, words: PageWords = ENGLISH, *, thoughts: bool = False
) -> list[Path]:
    """Writes them and returns the files; each is there whole or not at all. Raises StorageError.

    JSON is one file for all, with every branch and all that is known. The others are one file for each conversation,
    with the branch shown and, where `thoughts` is set, the reasoning. `target` is the file, or the folder of several:
    what is in it is never replaced.
    """
    try:
        if form == "json":
            return [written(_file_for(conversations, form, target), as_json(conversations))]
        if len(conversations) == 1:
            return [written(_file_for(conversations, form, target), _content(conversations[0], form, words, thoughts))]
        target.mkdir(parents=True, exist_ok=True)
        return [
            written(_unused(target, file_name(said[0].title), form), _content(said, form, words, thoughts))
            for said in conversations
        ]
    except OSError as error:
        values = {"path": str(target), "reason": error.strerror or str(error)}
        text = "The conversations could not be written to {path} ({reason})."
        raise StorageError(Problem(text, "Choose another place.", values)) from error


def as_json(conversations: Sequence[Said]) -> bytes:
    """ASCII, so that a path in no known encoding (lone surrogates) comes back as it was."""
    each = [
        {"conversation": plain(conversation), "messages": plain(list(messages))}
        for conversation, messages in conversations
    ]
    return json.dumps({"format": FORMAT, "version": VERSION, "conversations": each}, indent=1).encode("ascii")


def file_name(title: str) -> str:
    """A title as a file may be called on every system, without an ending."""
    shown = "".join(letter for letter in title if unicodedata.category(letter) not in ("Cf", "Cs", "Cn", "Co"))
    name = " ".join(_NOT_IN_NAMES.sub(" ", unicodedata.normalize("NFC", shown)).split())
    name = name.encode()[:LONGEST_NAME].decode("utf-8", "ignore").strip(" .")
    return f"_{name}" if _DEVICES.match(name) else name or "conversation"


def _content(said: Said, form: Form, words: PageWords, thoughts: bool) -> bytes:
    page = page_of(*said, words, thoughts=thoughts)
    if form == "docx":
        from desktop_llm.storage.word_document import word_document  # a reader of Markdown that no start waits for

        return word_document(page)
    if form == "html":
        from desktop_llm.storage.web_page import web_page

        return web_page(page).encode("utf-8", "replace")
    return (as_markdown(page) if form == "md" else as_text(page)).encode("utf-8", "replace")


def _file_for(conversations: Sequence[Said], form: Form, target: Path) -> Path:
    if not target.is_dir():
        return target
    title = conversations[0][0].title if len(conversations) == 1 else "conversations"
    return _unused(target, file_name(title), form)


def _unused(folder: Path, name: str, form: Form) -> Path:
    """Also on a disk that does not tell capitals: only what is there is asked, and each file is there at once."""
    path, number = folder / f"{name}.{form}", 2
    while os.path.lexists(path):
        path, number = folder / f"{name} ({number}).{form}", number + 1
    return path


def written(path: Path, content: bytes) -> Path:
    """Replaces the file whole, so that no crash leaves half of it."""
    beside = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return path
