"""Values a model's author recommends, asked for while it arrives: whatever becomes of that, the model is there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_hub import FakeHub, Fault, Model, running

from desktop_llm.library import remote_recommended
from desktop_llm.library.download import Download, Limits
from desktop_llm.library.hub import Hub
from desktop_llm.library.models import ModelLibrary
from desktop_llm.library.network import Network, Stopped, Timeouts
from desktop_llm.library.origin import origin_note, origin_of, read_note

ID, BASE, NAME = "maker/Tiny-GGUF", "author/Tiny", "tiny.Q4_K_M.gguf"
CONFIG = "generation_config.json"
CHOSEN = {"temperature": 0.6, "top_p": 0.95}
QUICK = Limits(reserve=0, tries=4, first_wait=0.01, longest_wait=0.02)
PATIENCE = 20.0


def config(**values: Any) -> bytes:
    return json.dumps(values | {"eos_token_id": 2}).encode()


class Place(NamedTuple):
    hub: FakeHub
    folder: Path

    @property
    def target(self) -> Path:
        return self.folder / ID / NAME

    def network(self, **changed: Any) -> Network:
        return Network(self.hub.endpoint, **{"timeouts": Timeouts(30, 30), **changed})

    def download(self, network: Network | None = None) -> Download:
        repository = Hub(self.network()).repository(ID)
        return Download(network or self.network(), repository, repository.choice(NAME), self.folder, limits=QUICK)

    def fetched(self, *faults: Fault) -> dict[str, Any]:
        """What is recommended once it is done, under these faults of what is asked beside it."""
        self.hub.fail("aside", *faults)
        assert self.download().run() == self.target
        assert {path.name for path in self.target.parent.iterdir()} == {NAME, origin_note(self.target).name}
        origin = origin_of(self.target)
        assert origin and origin.when
        return origin.recommended

    def asked(self) -> list[str]:
        """Whose file was asked for, and in which state."""
        paths = [asked.path.split("/") for asked in self.hub.asked("aside")]
        return ["/".join(path[1:3]) + "@" + path[4] for path in paths if path[3] == "resolve"]


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running() as hub:
        yield hub


@pytest.fixture
def model(hub: FakeHub, tiny: Path) -> Model:
    model = hub.add(ID, {NAME: tiny.read_bytes()})
    model.tags = ("gguf", f"base_model:{BASE}", f"base_model:quantized:{BASE}")
    return model


@pytest.fixture
def base(hub: FakeHub) -> Model:
    return hub.add(BASE, {CONFIG: config(**CHOSEN, do_sample=True)})


@pytest.fixture
def place(hub: FakeHub, model: Model, tmp_path: Path) -> Place:
    return Place(hub, tmp_path / "models")


def test_the_model_it_was_made_of_recommends(place: Place, base: Model) -> None:
    assert place.fetched() == CHOSEN
    assert place.asked() == [f"{ID}@c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00", f"{BASE}@main"]
    assert ModelLibrary().recommended(place.target) == CHOSEN


def test_the_repository_itself_comes_first(place: Place, model: Model, base: Model) -> None:
    model.files[CONFIG] = config(top_k=20)
    assert place.fetched() == {"top_k": 20}
    assert len(place.asked()) == 1


def test_nobody_recommends_anything(place: Place, base: Model) -> None:
    base.files[CONFIG] = config()
    assert place.fetched() == {}


def test_a_model_made_of_none_asks_for_none(place: Place, model: Model) -> None:
    model.tags = ("gguf",)
    assert place.fetched() == {}
    assert len(place.asked()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", code=404, times=9),
        Fault("status", code=403, headers=(("X-Error-Code", "GatedRepo"),), times=9),
        Fault("status", code=500, times=9),
        Fault("status", code=429, headers=(("Retry-After", "600"),), times=9),
        Fault("redirect", times=9),
        Fault("redirect", body=b"ftp://elsewhere/", times=9),
        Fault("status", code=200, body=b"<html>Sign in</html>", times=9),
        Fault("status", code=200, body=b'{"temperature": 0.5, "x": "' + bytes(300_000) + b'"}', times=9),
        Fault("status", code=200, headers=(("Content-Length", "5000"),), body=b'{"temperature": 0.5,', times=9),
    ],
)
def test_no_answer_to_it_keeps_the_model_away(place: Place, base: Model, fault: Fault) -> None:
    assert place.fetched(fault) == {}


def test_a_server_that_never_answers_is_not_waited_for(
    place: Place, base: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_recommended, "_LONGEST_AFTER", 0.05)
    assert place.fetched(Fault("hang", times=9)) == {}
    until_nobody_asks()


def test_a_question_ends_by_itself(place: Place, base: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_recommended, "_LONGEST", 0.05)
    monkeypatch.setattr(remote_recommended, "_LONGEST_AFTER", PATIENCE)
    assert place.fetched(Fault("hang", times=9)) == {}
    assert len(place.asked()) == 1


def test_what_was_known_before_outlives_a_second_download(place: Place, base: Model) -> None:
    assert place.fetched() == CHOSEN
    assert place.fetched(Fault("status", code=500, times=9)) == CHOSEN
    place.hub.forget()
    base.files[CONFIG] = config(temperature=0.2)
    assert place.fetched() == {"temperature": 0.2}


def test_the_note_is_there_before_the_answer_is(place: Place, base: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Any] = []
    answer = remote_recommended.Asking.answer
    monkeypatch.setattr(
        remote_recommended.Asking,
        "answer",
        lambda asking: noted.append(read_note(origin_note(place.target))) or answer(asking),
    )
    assert place.fetched() == CHOSEN
    assert [note.recommended for note in noted] == [{}]


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_a_wish_to_end_is_heard_while_it_is_asked(place: Place, base: Model, wish: str) -> None:
    place.hub.fail("aside", Fault("hang", times=9))
    place.hub.fail("cdn", Fault("stall", 5000))
    download = place.download()
    ended: list[BaseException] = []

    def run() -> None:
        with pytest.raises(Stopped) as stopped:
            download.run()
        ended.append(stopped.value)

    thread = threading.Thread(target=run)
    thread.start()
    place.hub.until_asked("cdn")
    place.hub.until_asked("aside")
    getattr(download, wish)()
    thread.join(PATIENCE)
    assert ended
    until_nobody_asks()
    assert place.target.parent.exists() == (wish == "pause")


def test_a_model_given_up_before_it_came_is_not_asked_for(place: Place, base: Model) -> None:
    download = place.download()
    download.pause()
    with pytest.raises(Stopped):
        download.run()
    until_nobody_asks()
    assert place.asked() == []


def test_it_is_in_the_list_of_requests_with_its_reason(place: Place, base: Model) -> None:
    network = place.network()
    place.download(network).run()
    why = "recommended values of {name}"
    assert {(made.name, made.why) for made in network.requests if made.why == why} == {(ID, why), (BASE, why)}


def test_nothing_is_asked_where_the_program_stays_offline(place: Place, base: Model) -> None:
    place.fetched()
    network = place.network(offline=True)
    download = place.download(network)
    place.hub.forget()
    download.run()
    assert place.hub.aside == place.hub.log == network.requests == []
    assert ModelLibrary().recommended(place.target) == CHOSEN


def until_nobody_asks() -> None:
    end = time.monotonic() + PATIENCE
    while asking := [thread for thread in threading.enumerate() if thread.name == "recommended values"]:
        asking[0].join(max(0.0, end - time.monotonic()))
        assert time.monotonic() < end


@pytest.mark.parametrize(
    ("tags", "base"),
    [
        ((f"base_model:{BASE}", f"base_model:quantized:{BASE}"), BASE),
        ((f"base_model:{BASE}", f"base_model:finetune:{BASE}"), BASE),
        ((f"base_model:{BASE}",), BASE),
        ((f"base_model:{BASE}", "base_model:other/One", f"base_model:quantized:{BASE}"), BASE),
        (("base_model:a/b", "base_model:c/d"), ""),
        (("base_model:quantized:a/b", "base_model:quantized:c/d"), ""),
        (("base_model:../..",), ""),
        (("base_model:a/..",), ""),
        (("base_model:quantized:",), ""),
        (("base_model:a/b?x=1",), ""),
        (("base_model:/etc/passwd",), ""),
        ((), ""),
    ],
)
def test_which_model_it_was_made_of(place: Place, model: Model, tags: tuple[str, ...], base: str) -> None:
    model.tags = ("gguf", *tags)
    assert Hub(place.network()).repository(ID).base == base
