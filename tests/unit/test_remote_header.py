"""A model's shape from the first bytes of its file on a server, and not many of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from architectures import write_model
from fake_hub import FakeHub, Fault, running

from desktop_llm.errors import ModelError
from desktop_llm.library.header import read_header
from desktop_llm.library.hub import Choice, Hub, Repository
from desktop_llm.library.network import Network, NetworkError, Stop, Stopped, Timeouts
from desktop_llm.library.remote_header import remote_shapes
from desktop_llm.memory import Shape

ID = "maker/Tiny-GGUF"
FILE = "tiny.Q4_K_M.gguf"
WEIGHTS = 4_000_000


@dataclass
class Page:
    """A repository on a server, as it is known before anything of it is downloaded."""

    fake: FakeHub
    network: Network
    stop: Stop

    def put(self, data: bytes) -> tuple[Repository, Choice]:
        self.fake.add(ID, {FILE: data})
        repository = Hub(self.network).repository(ID)
        self.fake.log.clear()
        self.network.requests.clear()
        return repository, repository.choices[0]

    def shape(self, data: bytes) -> Shape:
        repository, choice = self.put(data)
        return remote_shapes(self.network, repository, choice, self.stop)[choice.name]

    def refusal(self, data: bytes) -> str:
        with pytest.raises((ModelError, NetworkError)) as caught:
            self.shape(data)
        return str(caught.value)

    @property
    def received(self) -> int:
        return sum(request.received for request in self.network.requests)


@pytest.fixture
def page() -> Iterator[Page]:
    with running() as fake:
        yield Page(fake, Network(fake.endpoint, timeouts=Timeouts(2, 2)), Stop())


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def number(key: bytes, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


def model(words: int = 262_144, description: int = 10) -> bytes:
    """The beginning of a model with a large vocabulary; what follows is nothing but zeros."""
    entries = [
        text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama"),
        text(b"general.description") + struct.pack("<I", 8) + text(b"x" * description),
        number(b"llama.block_count", 16),
        number(b"llama.embedding_length", 2048),
        number(b"llama.context_length", 131_072),
        number(b"llama.attention.head_count", 32),
        text(b"llama.attention.head_count_kv") + struct.pack("<IIQ16I", 9, 4, 16, *range(16)),
        text(b"tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, words) + text(b"word") * words,
        text(b"tokenizer.ggml.merges") + struct.pack("<IIQ", 9, 8, words) + text(b"wo rd") * words,
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries)
    table = text(b"output.weight") + struct.pack("<I2QIQ", 2, 2048, 256, 1, 0)
    return header + table + bytes(2048 * 256 * 2 + 64)


def test_a_large_vocabulary_is_not_fetched(page: Page) -> None:
    data = model()
    shape = page.shape(data)
    assert (shape.known, shape.layers, shape.kv_heads, shape.vocabulary) == (True, 16, tuple(range(16)), 262_144)
    assert shape.weights == len(data)
    assert len(page.fake.asked("cdn")) == 1
    assert page.received < 256 * 1024 < len(data)


def test_long_words_before_the_figures_cost_a_second_request(page: Page) -> None:
    assert page.shape(model(description=100_000)).layers == 16
    assert len(page.fake.asked("cdn")) == 2
    assert page.received < 256 * 1024


def test_it_is_the_shape_that_the_file_itself_will_tell(page: Page, tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "lfm2")
    here, there = read_header(path).shape, page.shape(path.read_bytes())
    estimated = {"weights", "read_per_token", "layer_weights", "repackable", "tied", "active_parameters"}
    assert there == replace(here, **{name: getattr(there, name) for name in estimated})
    assert there.weights == path.stat().st_size


def test_without_the_architectures_keys_nothing_is_claimed(page: Page) -> None:
    shape = page.shape(model(description=2_000_000))
    assert (shape.known, shape.weights > 0) == (False, True)
    assert page.received < 256 * 1024


def test_a_server_that_knows_no_ranges_is_left_early(page: Page) -> None:
    for description, requests in ((10, 1), (100_000, 2)):
        page.fake.forget()
        data = model(description=description)
        page.fake.models.clear()
        repository, choice = page.put(data)
        page.fake.fail("cdn", Fault("ignore-range", times=2))
        assert remote_shapes(page.network, repository, choice, page.stop)[choice.name].layers == 16
        assert len(page.fake.asked("cdn")) == requests
        assert page.received < 512 * 1024 < len(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", "is a web page that was saved instead of the model"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "is only a pointer to the model (Git LFS)"),
        (b"Once upon a time" * 9, "tiny.Q4_K_M.gguf is not a model file (GGUF)"),
        (model()[:300], "is cut off"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**63), "is damaged"),
        (model().replace(text(b"llama"), text(b"clip"), 1), "looks at pictures"),
        (model().replace(number(b"llama.block_count", 16), number(b"llama.block_count", 2**31)), "is damaged"),
    ],
)
def test_what_is_no_model_is_refused_by_its_reason(page: Page, data: bytes, reason: str) -> None:
    assert reason in page.refusal(data)


def test_offline_nothing_is_asked(page: Page) -> None:
    repository, choice = page.put(model())
    with pytest.raises(NetworkError, match="set to stay offline"):
        remote_shapes(replace(page.network, offline=True), repository, choice, page.stop)
    assert page.fake.log == []


def test_a_stop_ends_it(page: Page) -> None:
    repository, choice = page.put(model())
    page.stop.set()
    with pytest.raises(Stopped):
        remote_shapes(page.network, repository, choice, page.stop)


def test_a_line_that_breaks_is_taken_up_where_it_broke(page: Page) -> None:
    repository, choice = page.put(model())
    page.fake.fail("cdn", Fault("cut", after=200))
    assert remote_shapes(page.network, repository, choice, page.stop)[choice.name].layers == 16
    assert [asked.range for asked in page.fake.asked("cdn")] == ["bytes=0-65535", "bytes=200-65535"]
