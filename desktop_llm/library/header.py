"""What a GGUF file says of itself, read without trusting it: every count and length is bounded before it is used."""

from __future__ import annotations

import math
import os
import re
import stat
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from desktop_llm.errors import ModelError, Problem
from desktop_llm.fields import Values, values
from desktop_llm.library.recommended import header_sampling
from desktop_llm.library.shape import MOST_LAYERS, Items, Metadata, Number, Tensor, Value, shape_of
from desktop_llm.memory import Shape
from desktop_llm.settings import Sampling

_CHUNK = 256 * 1024
_MOST_HEADER = 256 * 1024 * 1024
_MOST_ENTRIES = 65_536
_MOST_STRINGS = 4_000_000
_LONGEST_TEXT = 4 * 1024 * 1024
_LONGEST_NAME = 65_535
_MOST_PARTS = 1_000
_MOST_KEPT = 65_536
_MOST_ELEMENTS = 2**50

_UINT32, _TEXT, _ARRAY = 4, 8, 9
_FRACTIONS = (6, 12)
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_NUMBERS = {kind: struct.Struct("<" + code) for kind, code in _FORMATS.items()}
_LENGTH = struct.Struct("<Q")

# ggml's number formats: name, numbers in a block, bytes of a block.
_BLOCKS = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
_WITHDRAWN = {4: "Q4_2", 5: "Q4_3", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
              36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8"}  # fmt: skip
_QUANTIZATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4", 39: "NVFP4",
    40: "Q1_0", 41: "Q2_0",
}  # fmt: skip
_EMBEDDING_KINDS = ("gemma-embedding", "llama-embed", "t5encoder")
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """A model's facts, of all parts of a split one. `parameters` are exact; `size` is in bytes.

    `sampling`: the values its author recommends.
    """

    architecture: str
    name: str
    parameters: int
    context: int
    layers: int
    quantization: str
    tensors: int
    has_template: bool
    embedding: bool
    size: int
    shape: Shape
    sampling: Values = values(Sampling)


class Source(Protocol):
    """Bytes that can be read from any place on: a file, or one on a server."""

    def seek(self, at: int, /) -> object: ...

    def read(self, most: int, /) -> bytes: ...


@dataclass(frozen=True)
class _Tables(Metadata):
    """One file's metadata and its list of tensors."""

    path: Path
    size: int
    tensors: list[Tensor]


def read_header(path: Path) -> Header:
    """The facts of the model at `path`. Raises ModelError where it is no model that can be answered with."""
    first = _tables(path)
    _check_kind(first)
    _check_weights(first)
    parts = [first, *(_tables(part) for part in _other_parts(first))]
    _check_numbers(first)
    return _described(first, parts)


def read_beginning(source: Source, path: Path, size: int, chunk: int) -> Metadata:
    """What a model says of itself before its vocabulary, read in chunks. Raises ModelError as `read_header` does."""
    first = _Reader(source, path, size, chunk).beginning()
    _check_kind(first)
    _check_numbers(first)
    return first


def files_of(path: Path) -> list[Path]:
    """The file, and the others beside it where its name says that it is the first of several."""
    named = _SPLIT.search(path.name)
    return [path, *_beside(path, min(int(named[2]), _MOST_PARTS))] if named and int(named[1]) == 1 else [path]


def shown(text: str, longest: int = 200) -> str:
    """Text of a stranger's file as it may be shown: one line, nothing invisible, not long."""
    line = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _described(first: _Tables, parts: list[_Tables]) -> Header:
    tensors = [tensor for part in parts for tensor in part.tensors]
    return Header(
        architecture=shown(first.architecture, 60),
        name=shown(first.text("general.name")) or shown(first.path.stem),
        parameters=sum(tensor.numbers for tensor in tensors),
        context=first.number(f"{first.architecture}.context_length"),
        layers=first.number(f"{first.architecture}.block_count"),
        quantization=_quantization(first, tensors),
        tensors=len(tensors),
        has_template=bool(first.text("tokenizer.chat_template")),
        embedding=_is_embedding(first),
        size=sum(part.size for part in parts),
        shape=shape_of(first, sum(tensor.bytes for tensor in tensors), tensors),
        sampling=header_sampling(first.values),
    )


def _quantization(first: _Tables, tensors: list[Tensor]) -> str:
    """The name the file gives, or else that of the format most of its numbers have."""
    kind = first.number("general.file_type")
    if "general.file_type" in first.values and kind in _QUANTIZATIONS:
        return _QUANTIZATIONS[kind]
    counts: Counter[int] = Counter()
    for tensor in tensors:
        counts[tensor.kind] += tensor.numbers
    most = counts.most_common(1)[0][0] if counts else -1
    return _BLOCKS[most][0] if most in _BLOCKS else ""


def _is_embedding(first: _Tables) -> bool:
    kind = first.architecture
    if kind.endswith("bert") or "-bert-" in kind or kind in _EMBEDDING_KINDS:
        return True
    return first.number(f"{kind}.pooling_type") != 0


# ---- refusals


def _refusal(text: str, path: Path, remedy: str = "Choose another model.", **values: str) -> ModelError:
    return ModelError(Problem(text, remedy, {"name": shown(path.name), **values}, "choose-model"))


def _damaged(path: Path) -> ModelError:
    return _refusal("The file {name} is damaged: what it says of itself makes no sense.", path, "Download it again.")


def _cut_off(path: Path, have: int, need: int = 0) -> ModelError:
    remedy = "Download it again."
    if not need:
        return _refusal("The file {name} is cut off: it ends before its first weights.", path, remedy)
    exact = _amount(have) == _amount(need)
    values = {"have": _amount(have, exact), "need": _amount(need, exact)}
    return _refusal("The file {name} is cut off: {have} of {need} are there.", path, remedy, **values)


def _amount(count: int, exact: bool = False) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= size and not exact:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _unreadable(path: Path, error: Exception) -> ModelError:
    if isinstance(error, PermissionError):
        return _refusal("The file {name} may not be read.", path, "Change its permissions, or choose another model.")
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return _refusal("There is no file {name}.", path)
    reason = shown(getattr(error, "strerror", "") or str(error))
    return _refusal("The file {name} could not be read: {reason}.", path, reason=reason)


def _check_kind(first: _Tables) -> None:
    """Refuses what is a sound GGUF file but no model to answer with."""
    kind, architecture = first.text("general.type"), first.architecture
    if kind == "mmproj" or architecture == "clip":
        text = "{name} is only the part of a model that looks at pictures."
        raise _refusal(text, first.path, "Choose the language model it belongs to.")
    if kind == "adapter" or "adapter.type" in first.values:
        text = "{name} is an adapter (LoRA), which changes a model and is none itself."
        raise _refusal(text, first.path, "Choose a whole model.")
    if kind in ("imatrix", "controlvector") or architecture == "controlvector":
        raise _refusal("{name} is an aid for making or steering models, not a model.", first.path)


def _check_weights(first: _Tables) -> None:
    """Refuses what a model cannot be read from: a later part, or nothing but words about one."""
    if first.number("split.no") > 0:
        text, parts = "{name} is not the first part of its model.", f"{first.number('split.count'):05d}"
        raise _refusal(text, first.path, "Choose the part whose name ends in 00001-of-{parts}.gguf.", parts=parts)
    if not first.tensors and first.number("split.count") < 2:
        if "tokenizer.ggml.tokens" in first.values:
            raise _refusal("{name} holds only a vocabulary, no model.", first.path)
        raise _refusal("{name} holds no weights, so it is no model.", first.path)
    if not first.architecture:
        raise _damaged(first.path)


def _check_numbers(first: _Tables) -> None:
    """Refuses figures that make llama.cpp abort instead of saying no."""
    if not 0 <= first.number(f"{first.architecture}.block_count") <= MOST_LAYERS:
        raise _damaged(first.path)
    for key, value in first.values.items():
        if key.endswith("epsilon") and isinstance(value, float) and not (math.isfinite(value) and value > 0):
            raise _damaged(first.path)


def _other_parts(first: _Tables) -> list[Path]:
    """The other files of a model that comes in several, which must lie beside the first."""
    count = first.number("split.count")
    if count < 2:
        return []
    if count > _MOST_PARTS:
        raise _damaged(first.path)
    if not _SPLIT.search(first.path.name):
        text = "{name} is one of {parts} parts, but its name no longer says which."
        raise _refusal(text, first.path, "Give it the name it was downloaded under.", parts=str(count))
    others = _beside(first.path, count)
    for other in others:
        if not os.path.exists(other):
            text = "A part of the model {name} is missing: {part}."
            raise _refusal(text, first.path, "Download it into the same folder.", part=shown(other.name))
    return others


def _beside(first: Path, count: int) -> list[Path]:
    return [first.with_name(_SPLIT.sub(f"-{n:05d}-of-{count:05d}", first.name)) for n in range(2, count + 1)]


# ---- the file


def _tables(path: Path) -> _Tables:
    try:
        with _opened(path) as file:
            return _Reader(file, path, os.fstat(file.fileno()).st_size).tables()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _opened(path: Path) -> IO[bytes]:
    """Opens files only: a pipe would wait for ever, and a device may do anything."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise _refusal("{name} is a folder, not a model file.", path, "Choose a file inside it.")
    if not stat.S_ISREG(mode):
        raise _refusal("{name} is not a file.", path)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.fdopen(os.open(path, flags), "rb", buffering=0)


class _Reader:
    """Walks through a file in chunks, forward only, never past its end and never past a header's bounds."""

    def __init__(self, file: Source, path: Path, size: int, chunk: int = _CHUNK) -> None:
        self._file, self._path, self._size, self._chunk = file, path, size, chunk
        self._data = b""
        self._start = 0  # where in the file _data begins
        self._at = 0  # the next byte, within _data or after it
        self._strings = 0
        self._kept = 0

    def tables(self) -> _Tables:
        self._check_beginning()
        tensors, entries = self._count(), self._count()
        metadata: dict[str, Value] = {}
        for _ in range(entries):
            key = self._key(metadata)
            metadata[key] = self._value(self._number(_UINT32))
        return _Tables(metadata, self._path, self._size, self._tensors(tensors, metadata))

    def beginning(self) -> _Tables:
        """The metadata up to the vocabulary, of that only its size: what comes after says nothing of memory."""
        self._check_beginning()
        _, entries = self._count(), self._count()
        metadata: dict[str, Value] = {}
        for _ in range(entries):
            key, kind = self._key(metadata), self._number(_UINT32)
            if key == "tokenizer.ggml.tokens" and kind == _ARRAY:
                self._number(_UINT32)
                metadata[key] = Items(int(self._number(10)))
                break
            metadata[key] = self._value(kind)
        return _Tables(metadata, self._path, self._size, [])

    # ---- the parts of a header

    def _check_beginning(self) -> None:
        if not self._size:
            raise _refusal("The file {name} is empty.", self._path, "Download it again.")
        self._fill()
        if self._data[:4] != b"GGUF"[: self._size]:
            raise _stranger(self._path, self._data[:512])
        self._skip(4)
        version = int(self._number(_UINT32))
        if version in (2, 3):
            return
        if version & 0xFFFF == 0:
            raise _refusal("{name} was made for another kind of processor (big-endian).", self._path)
        text = "{name} is in version {version} of its format, which this program does not read."
        raise _refusal(text, self._path, version=str(version))

    def _count(self) -> int:
        count = int(self._number(10))
        if count > _MOST_ENTRIES:
            raise _damaged(self._path)
        return count

    def _key(self, known: dict[str, Value]) -> str:
        key = self._text(_LONGEST_NAME)
        if key in known:
            raise _damaged(self._path)
        return key

    def _value(self, kind: Number) -> Value:
        if kind == _TEXT:
            return self._text(_LONGEST_TEXT)
        if kind == _ARRAY:
            return self._items()
        if kind not in _NUMBERS:
            raise _damaged(self._path)
        return self._number(int(kind))

    def _items(self) -> Items | tuple[int, ...]:
        """Goes past an array, but keeps one with a whole number for each layer.

        Arrays of arrays are in no model, and let a small file ask for much.
        """
        kind, count = int(self._number(_UINT32)), int(self._number(10))
        if kind == _TEXT:
            self._skip_strings(count)
        elif kind in _NUMBERS:
            if kind not in _FRACTIONS and count <= MOST_LAYERS and self._kept + count <= _MOST_KEPT:
                return self._whole_numbers(_FORMATS[kind], count)
            self._skip(count * _NUMBERS[kind].size)
        else:
            raise _damaged(self._path)
        return Items(count)

    def _whole_numbers(self, form: str, count: int) -> tuple[int, ...]:
        self._kept += count
        shape = struct.Struct(f"<{count}{form}")
        return tuple(int(number) for number in shape.unpack(self._take(shape.size)))

    def _tensors(self, count: int, metadata: dict[str, Value]) -> list[Tensor]:
        tensors = [self._tensor() for _ in range(count)]
        names = {tensor.name for tensor in tensors}
        alignment = metadata.get("general.alignment", 32)
        sound = type(alignment) is int and 0 < alignment <= 2**20 and not alignment & (alignment - 1)
        if len(names) != count or not sound:
            raise _damaged(self._path)
        self._check_room(tensors, int(str(alignment)))
        return tensors

    def _tensor(self) -> Tensor:
        name = self._text(_LONGEST_NAME)
        dimensions = int(self._number(_UINT32))
        if not 1 <= dimensions <= 4:
            raise _damaged(self._path)
        lengths = tuple(int(self._number(10)) for _ in range(dimensions))
        kind, offset = int(self._number(_UINT32)), int(self._number(10))
        numbers = math.prod(lengths)
        if not 0 < numbers < _MOST_ELEMENTS:
            raise _damaged(self._path)
        if kind in _WITHDRAWN:
            text = "{name} is in a form that is no longer read ({form})."
            raise _refusal(text, self._path, "Download its Q4_0 or Q4_K_M form.", form=_WITHDRAWN[kind])
        # A format newer than this table: llama.cpp will tell, here it only has no known size.
        _, block, size = _BLOCKS.get(kind, ("", 1, 0))
        if lengths[0] % block:
            raise _damaged(self._path)
        return Tensor(name, lengths, kind, offset, numbers // block * size)

    def _check_room(self, tensors: Iterable[Tensor], alignment: int) -> None:
        data = -(-self._at // alignment) * alignment
        need = 0
        for tensor in tensors:
            if tensor.offset % alignment or tensor.offset > _MOST_ELEMENTS:
                raise _damaged(self._path)
            need = max(need, data + tensor.offset + tensor.bytes)
        if need > self._size:
            raise _cut_off(self._path, self._size, need)

    # ---- bytes

    def _number(self, kind: int) -> Number:
        shape = _NUMBERS[kind]
        value: Number = shape.unpack(self._take(shape.size))[0]
        return value

    def _text(self, longest: int) -> str:
        length = int(self._number(10))
        if length > longest:
            raise _damaged(self._path)
        return self._take(length).decode("utf-8", "replace")

    def _take(self, count: int) -> bytes:
        begin = self._at - self._start
        if begin + count > len(self._data):
            self._skip(count)
            self._at -= count
            self._fill(count)
            begin = 0
            if len(self._data) < count:
                raise _cut_off(self._path, self._size)
        self._at += count
        return self._data[begin : begin + count]

    def _skip(self, count: int) -> None:
        self._at += count
        if self._at > self._size:
            # A length that no header has is damage; a likely one is a file that lacks its end.
            raise _damaged(self._path) if count > _MOST_HEADER else _cut_off(self._path, self._size)
        if self._at > _MOST_HEADER:
            raise _damaged(self._path)

    def _skip_strings(self, count: int) -> None:
        """Goes past `count` strings, a vocabulary of them in a moment."""
        self._strings += count
        if self._strings > _MOST_STRINGS:
            raise _damaged(self._path)
        unpack, left = _LENGTH.unpack_from, count
        while left:
            if self._at - self._start + 8 > len(self._data):
                self._skip(int.from_bytes(self._take(8), "little"))
                left -= 1
                continue
            at, last = self._at - self._start, len(self._data) - 8
            while left and at <= last:
                at += 8 + unpack(self._data, at)[0]
                left -= 1
            self._skip(at - (self._at - self._start))

    def _fill(self, least: int = 0) -> None:
        """Reads the chunk that begins at the next byte; it may come out short at the end of the file."""
        self._file.seek(self._at)
        pieces: list[bytes] = []
        missing = least + self._chunk
        while missing and (piece := self._file.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        self._data, self._start = b"".join(pieces), self._at


def _stranger(path: Path, beginning: bytes) -> ModelError:
    """What else a file is that is no GGUF, where its beginning tells."""
    start = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    again = "Download the file itself."
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return _refusal("{name} is a web page that was saved instead of the model.", path, again)
    if start.startswith(b"version https://git-lfs"):
        return _refusal("{name} is only a pointer to the model (Git LFS), not the model.", path, again)
    if not beginning.strip(b"\0"):
        return _refusal("{name} is not downloaded yet: it begins with nothing but zeros.", path, "Download it again.")
    if beginning[:4] in (b"lmgg", b"fmgg", b"tjgg", b"algg"):
        text = "{name} is in an old format (GGML) that is no longer read."
        return _refusal(text, path, "Download the model as GGUF.")
    if beginning[:2] == b"PK" or beginning[8:9] == b"{":
        text = "{name} holds a model in another format than GGUF."
        return _refusal(text, path, "Download the model as GGUF.")
    return _refusal("{name} is not a model file (GGUF).", path)
