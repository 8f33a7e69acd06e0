"""What a model file says of itself: sound ones are described, all others refused by their reason, none hangs."""

from __future__ import annotations

import contextlib
import math
import os
import random
import struct
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tiny_gguf import Value, write_tiny

from desktop_llm.errors import ModelError
from desktop_llm.library.header import Header, read_header, shown

UINT32, FLOAT32, TEXT, ARRAY = 4, 6, 8, 9


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        read_header(path)
    return str(caught.value)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "it.gguf"
    path.write_bytes(data)
    return path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def head(tensors: int = 0, entries: int = 0, *, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries)


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def array(kind: int, count: int, items: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, count) + items


def tensor(*lengths: int, kind: int = 0, offset: int = 0) -> bytes:
    shape = struct.pack(f"<I{len(lengths)}Q", len(lengths), *lengths)
    return text("weight") + shape + struct.pack("<IQ", kind, offset)


LLAMA = entry("general.architecture", TEXT, text("llama"))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """What root may do says nothing of what others may."""
    root = sys.platform != "win32" and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def peak() -> Iterator[Callable[[], int]]:
    """The most bytes Python had taken at once since it was last asked."""

    def asked() -> int:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        return most

    tracemalloc.start()
    yield asked
    tracemalloc.stop()


# ---- models


def test_the_starters_facts(starter: Path) -> None:
    header = read_header(starter)
    assert header == Header(
        architecture="llama",
        name="Smollm2 135M 8k Lc100K Mix1 Ep2",
        parameters=134_515_008,
        context=8192,
        layers=30,
        quantization="Q4_1",
        tensors=272,
        has_template=True,
        embedding=False,
        size=98_362_432,
        shape=header.shape,
    )


def test_a_model_without_name_type_and_template_is_described_by_its_file(tmp_path: Path) -> None:
    left_out = dict.fromkeys(("general.name", "general.file_type", "tokenizer.chat_template"))
    path = write_tiny(tmp_path / "small one.gguf", changed=left_out)
    header = read_header(path)
    assert (header.name, header.quantization, header.has_template) == ("small one", "F32", False)
    assert header.size == path.stat().st_size


def test_a_split_model_counts_all_its_parts(tiny: Path, tmp_path: Path) -> None:
    first = write_tiny(tmp_path / "whole.gguf", parts=3)
    split, whole = read_header(first), read_header(tiny)
    assert (split.parameters, split.tensors) == (whole.parameters, whole.tensors)
    assert split.size == sum(part.stat().st_size for part in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("architecture", "changed"), [("llama", {"{a}.pooling_type": 1}), ("nomic-bert", {}), ("gemma-embedding", {})]
)
def test_a_model_for_search_is_told_from_one_for_chat(
    tmp_path: Path, architecture: str, changed: dict[str, Value | None]
) -> None:
    assert read_header(write_tiny(tmp_path / "m.gguf", architecture=architecture, changed=changed)).embedding


def test_a_number_format_of_the_future_is_left_to_the_engine(tmp_path: Path) -> None:
    path = written(tmp_path, head(1, 1) + LLAMA + tensor(32, kind=77) + bytes(4096))
    assert read_header(path).parameters == 32


def test_a_hostile_name_is_shown_as_one_harmless_line(tmp_path: Path) -> None:
    name = "Fine\nmodel\u202e\x1b[31m " + "x" * 500
    header = read_header(write_tiny(tmp_path / "m.gguf", changed={"general.name": name}))
    assert header.name.startswith("Fine model[31m xxx")
    assert len(header.name) == 200
    assert shown("\u200b\n") == ""


# ---- what is no model


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file it.gguf is empty. Download it again."),
        (b"<!DOCTYPE html><html>Sign in</html>", "is a web page that was saved instead of the model"),
        (b"\xef\xbb\xbf\n <HTML>", "is a web page that was saved instead of the model"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "is only a pointer to the model (Git LFS)"),
        (bytes(5000), "is not downloaded yet: it begins with nothing but zeros"),
        (b"lmgg" + bytes(100), "is in an old format (GGML)"),
        (b"tjgg" + bytes(100), "is in an old format (GGML)"),
        (b"PK\x03\x04" + bytes(100), "holds a model in another format than GGUF"),
        (struct.pack("<Q", 70) + b'{"__metadata__":{}}', "holds a model in another format than GGUF"),
        (b"Once upon a time", "it.gguf is not a model file (GGUF). Choose another model."),
        (head(version=1), "is in version 1 of its format"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "was made for another kind of processor"),
        (head(), "holds no weights"),
        (head(1) + tensor(32) + bytes(4096), "is damaged"),
        (head(1, 1) + LLAMA + tensor(32, kind=4) + bytes(4096), "is in a form that is no longer read (Q4_2)"),
    ],
)
def test_what_is_no_model_is_refused_by_its_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reason in refusal(written(tmp_path, data))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"general.type": "mmproj"}, "is only the part of a model that looks at pictures"),
        ({"general.type": "adapter"}, "is an adapter (LoRA)"),
        ({"adapter.type": "lora"}, "is an adapter (LoRA)"),
        ({"general.type": "imatrix"}, "is an aid for making or steering models"),
        ({"{a}.block_count": 2**32 - 1}, "is damaged"),
        ({"{a}.attention.layer_norm_rms_epsilon": math.nan}, "is damaged"),
        ({"{a}.attention.layer_norm_rms_epsilon": 0.0}, "is damaged"),
        ({"general.alignment": 24}, "is damaged"),
        ({"split.count": 60_000}, "is damaged"),
        ({"split.count": 2}, "is one of 2 parts, but its name no longer says which"),
        ({"split.count": 2, "split.no": 1}, "Choose the part whose name ends in 00001-of-00002.gguf"),
    ],
)
def test_a_sound_file_that_cannot_answer_is_refused_by_its_reason(
    tmp_path: Path, changed: dict[str, Value | None], reason: str
) -> None:
    assert reason in refusal(write_tiny(tmp_path / "m.gguf", changed=changed))


def test_a_vocabulary_is_refused_as_one(tmp_path: Path) -> None:
    assert "holds only a vocabulary" in refusal(write_tiny(tmp_path / "m.gguf", weights=False))


def test_a_picture_reader_is_refused_by_its_architecture(tmp_path: Path) -> None:
    assert "looks at pictures" in refusal(write_tiny(tmp_path / "m.gguf", architecture="clip"))


def test_the_missing_part_of_a_split_model_is_named(tmp_path: Path) -> None:
    first = write_tiny(tmp_path / "m.gguf", parts=3)
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    assert "is missing: m-00002-of-00003.gguf. Download it into the same folder." in refusal(first)


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    first = write_tiny(tmp_path / "m.gguf", parts=3)
    part = tmp_path / "m-00003-of-00003.gguf"
    os.truncate(part, part.stat().st_size - 1)
    assert "m-00003-of-00003.gguf is cut off" in refusal(first)


# ---- what is not even a readable file


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "is a folder, not a model file. Choose a file inside it." in refusal(tmp_path)
    assert refusal(tmp_path / "gone.gguf") == "There is no file gone.gguf. Choose another model."
    assert "There is no file" in refusal(tmp_path / "a\0b.gguf")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "is not a file" in refusal(tmp_path / "pipe.gguf")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of this system are not modes")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, head())
    path.chmod(0)
    with as_nobody():
        assert "may not be read. Change its permissions" in refusal(path)


# ---- damage


def test_a_file_cut_anywhere_is_refused(tiny: Path, tmp_path: Path) -> None:
    whole = tiny.read_bytes()
    for length in (*range(1, 400), *range(400, len(whole), 997), len(whole) - 1):
        assert "is cut off" in refusal(written(tmp_path, whole[:length])), length


def test_a_cut_file_tells_how_much_of_it_is_there(tiny: Path, tmp_path: Path) -> None:
    whole = tiny.read_bytes()
    assert "60.0 KB of 115.6 KB are there. Download it again." in refusal(written(tmp_path, whole[:60_000]))
    have = f"{len(whole) - 1} bytes of {len(whole)} bytes"
    assert have in refusal(written(tmp_path, whole[:-1]))


HUGE = 2**63
ABSURD = {
    "entries": head(0, HUGE),
    "tensors": head(HUGE, 0),
    "name": head(0, 1) + struct.pack("<Q", HUGE),
    "text": head(0, 1) + entry("a", TEXT, struct.pack("<Q", 2**40)),
    "kind": head(0, 1) + entry("a", 99, b""),
    "array": head(0, 1) + entry("a", ARRAY, array(UINT32, HUGE)),
    "texts": head(0, 1) + entry("a", ARRAY, array(TEXT, HUGE)),
    "long text in an array": head(0, 1) + entry("a", ARRAY, array(TEXT, 1, struct.pack("<Q", 2**64 - 1))),
    "nested arrays": head(0, 1) + entry("a", ARRAY, array(ARRAY, 1, array(ARRAY, 1))),
    "twice": head(0, 2) + LLAMA + LLAMA,
    "no dimension": head(1, 1) + LLAMA + tensor(),
    "five dimensions": head(1, 1) + LLAMA + tensor(1, 1, 1, 1, 1),
    "nothing in it": head(1, 1) + LLAMA + tensor(0),
    "overflow": head(1, 1) + LLAMA + tensor(2**62, 2**62),
    "broken block": head(1, 1) + LLAMA + tensor(31, kind=2),
    "far away": head(1, 1) + LLAMA + tensor(32, offset=2**60),
    "between": head(1, 1) + LLAMA + tensor(32, offset=7),
    "same name": head(2, 1) + LLAMA + tensor(32) + tensor(32),
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_counts_and_lengths_are_damage(tmp_path: Path, name: str) -> None:
    for padding in (b"", bytes(4096)) if name == "array" else (bytes(4096),):
        assert "is damaged" in refusal(written(tmp_path, ABSURD[name] + padding))


@pytest.mark.skipif(sys.platform == "win32", reason="files with holes take their whole size here")
def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path, peak: Callable[[], int]) -> None:
    path = written(tmp_path, head(0, 1) + entry("a", ARRAY, array(TEXT, 200_000)))
    os.truncate(path, 2**36)
    assert "holds no weights" in refusal(path)
    assert peak() < 8_000_000


def mutant(whole: bytes, header: int, chance: random.Random) -> bytes:
    """`whole` with one to three places of its header changed the ways that hurt parsers."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(4, header)
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + 8] = struct.pack("<Q", chance.choice((0, 2**31, 2**32 - 1, 2**63, 2**64 - 1)))
            case 2:
                data[at : at + 4] = chance.randbytes(4)
            case 3:
                del data[at : at + chance.randint(1, 64)]
            case 4:
                data[at:at] = data[at : at + chance.randint(1, 64)]
    return bytes(data)


def test_mutated_headers_give_a_header_or_a_reason_and_never_much_memory(
    tiny: Path, tmp_path: Path, peak: Callable[[], int]
) -> None:
    whole, chance = tiny.read_bytes(), random.Random(7)
    header = len(whole) - 27_040 * 4
    described, refused = 0, list[str]()
    for _ in range(300):
        path = written(tmp_path, mutant(whole, header, chance))
        peak()
        try:
            described += bool(read_header(path).architecture)
        except ModelError as error:
            refused.append(str(error))
        assert peak() < 4_000_000
    assert described + len(refused) == 300
    assert all("it.gguf" in reason for reason in refused)
    assert described > 10
    assert len(set(refused)) > 3
