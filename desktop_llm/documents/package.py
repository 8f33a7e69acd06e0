"""ZIP packages and the XML in them, read within bounds: nothing is trusted to be as large as it says."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from desktop_llm.documents.document import Watch, bomb, damaged, locked

_LONGEST_LIST = 8_000_000
_LARGEST = 200_000_000
_HIGHEST_RATIO = 200
_SMALL = 10_000_000
"""What unpacks to less is no bomb at any ratio."""
_DEEPEST = 256
_CHUNK = 65_536
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, LookupError)

Attributes = dict[str, str]


class Package:
    """A ZIP file whose entries are read whole or parsed as XML; all that is read counts towards one bound."""

    def __init__(self, file: IO[bytes], watch: Watch) -> None:
        self._watch = watch
        self._left = _LARGEST
        if _list_size(file) > _LONGEST_LIST:
            raise bomb(watch.path)
        try:
            self._zip = zipfile.ZipFile(file)
            self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        except _BROKEN as error:
            raise damaged(watch.path) from error

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        parts: list[bytes] = []
        self._each_chunk(name, parts.append)
        return b"".join(parts)

    def parse(self, name: str, begin: Callable[[str, Attributes], None], end: Callable[[str], None],
              text: Callable[[str], None]) -> None:  # fmt: skip
        """Calls `begin`, `end` and `text` as the XML goes; names come without their namespace."""
        parser = _Parser(self._watch, begin, end, text)
        self._each_chunk(name, parser.feed)
        parser.feed(b"", last=True)

    def text_of(self, name: str, element: str) -> str:
        """The text of the first such element, nothing where there is none."""
        finder = _Finder(element)
        self.parse(name, finder.begin, finder.end, finder.text)
        return " ".join("".join(finder.words).split())

    def _each_chunk(self, name: str, take: Callable[[bytes], None]) -> None:
        try:
            entry = self._checked(name)
            with self._zip.open(entry) as stream:
                while data := self._chunk(stream):
                    take(data)
        except _BROKEN as error:
            raise damaged(self._watch.path) from error

    def _chunk(self, stream: IO[bytes]) -> bytes:
        self._watch.check()
        data = stream.read(_CHUNK)
        self._left -= len(data)
        if self._left < 0:
            raise bomb(self._watch.path)
        return data

    def _checked(self, name: str) -> zipfile.ZipInfo:
        """The entry, unless what it says of its size is what only a bomb says."""
        entry = self._entries[name]
        if entry.flag_bits & 1:
            raise locked(self._watch.path)
        much = entry.file_size > _SMALL and entry.file_size > _HIGHEST_RATIO * max(entry.compress_size, 1)
        if much or entry.file_size > self._left:
            raise bomb(self._watch.path)
        return entry


def _list_size(file: IO[bytes]) -> int:
    """How long the list of entries says it is: zipfile would take all of it into memory. Large where it needs ZIP64."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_536 - 22 - 20))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at >= 20 and tail[at - 20 :].startswith(b"PK\6\7"):
        return _LONGEST_LIST + 1
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


class _Finder:
    def __init__(self, element: str) -> None:
        self._element = element
        self._state = "before"
        self.words: list[str] = []

    def begin(self, name: str, _: Attributes) -> None:
        if name == self._element and self._state == "before":
            self._state = "inside"

    def end(self, name: str) -> None:
        if name == self._element:
            self._state = "after"

    def text(self, text: str) -> None:
        if self._state == "inside":
            self.words.append(text)


class _Parser:
    """Expat without entities of the file's own, and not deeper than documents are."""

    def __init__(self, watch: Watch, begin: Callable[[str, Attributes], None], end: Callable[[str], None],
                 text: Callable[[str], None]) -> None:  # fmt: skip
        self._watch, self._begin, self._end = watch, begin, end
        self._depth = 0
        self._expat = expat.ParserCreate(namespace_separator=" ")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._open
        self._expat.EndElementHandler = self._close
        self._expat.CharacterDataHandler = text
        self._expat.EntityDeclHandler = self._refuse

    def feed(self, data: bytes, last: bool = False) -> None:
        try:
            self._expat.Parse(data, last)
        except expat.ExpatError as error:
            raise damaged(self._watch.path) from error

    def _open(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise damaged(self._watch.path)
        self._begin(_local(name), {_local(key): value for key, value in attributes.items()})

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._end(_local(name))

    def _refuse(self, *_: object) -> None:
        raise bomb(self._watch.path)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
