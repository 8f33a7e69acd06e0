"""What the Hub has, out of its answers, which are strangers' words; and why it refuses."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fake_hub import COMMIT, FakeHub, Fault, running

from desktop_llm.library import hub as module
from desktop_llm.library.hub import Choice, Found, Hub
from desktop_llm.library.network import Network, NetworkError, Timeouts

ID = "maker/Tiny-GGUF"


@pytest.fixture
def fake() -> Iterator[FakeHub]:
    with running() as hub:
        yield hub


@pytest.fixture
def hub(fake: FakeHub) -> Hub:
    return Hub(Network(fake.endpoint, timeouts=Timeouts(2, 0.3)))


def refused(hub: Hub, identity: str = ID) -> str:
    with pytest.raises(NetworkError) as error:
        hub.repository(identity)
    return str(error.value)


def choices(fake: FakeHub, hub: Hub, *names: str) -> tuple[Choice, ...]:
    fake.add(ID, {name: b"GGUF" + name.encode() for name in names})
    return hub.repository(ID).choices


# ---- search


def test_search(fake: FakeHub, hub: Hub) -> None:
    fake.add(ID, {})
    fake.add("maker/other", {})
    assert hub.search("tiny gguf", limit=7) == [
        Found(ID, 1234, 5, "2026-10-01", "text-generation", "apache-2.0", "llama", 135_000_000, 8192, False)
    ]
    assert fake.log[0].path.startswith("/api/models?filter=gguf&search=tiny+gguf&sort=downloads&limit=7&expand=gguf&")


@pytest.mark.parametrize(
    "row",
    [None, 3, {}, {"id": 3}, {"id": "../.."}, {"id": "a/b/c"}, {"id": "<b>/x"}],
)
def test_rows_that_name_no_model_are_left_out(hub: Hub, row: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_json", lambda *_: [row, {"id": ID}])
    assert [found.id for found in hub.search("x")] == [ID]


def test_nonsense_in_a_row_is_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": ID, "downloads": "many", "likes": -1, "gguf": [], "lastModified": 5}
    row["tags"] = [3, "license:\u202emit\n"]
    monkeypatch.setattr(hub, "_json", lambda *_: [row])
    assert hub.search("x") == [Found(ID, 0, 0, "", "", "mit", "", 0, 0, False)]


# ---- files


def test_a_repository(fake: FakeHub, hub: Hub) -> None:
    model = fake.add(ID, {"README.md": b"words", "tiny.Q4_K_M.gguf": b"GGUF1234"})
    model.gated = "manual"
    repository = hub.repository(ID)
    assert (repository.id, repository.commit, repository.gated, repository.private) == (ID, COMMIT, True, False)
    assert repository.licence == "apache-2.0"
    assert len(fake.log) == 1
    (choice,) = repository.choices
    assert (choice.name, choice.quantization, choice.size) == ("tiny.Q4_K_M.gguf", "Q4_K_M", 8)
    assert choice.words == "A good balance of size and quality."
    assert choice.files[0].sha256 == model.sha256("tiny.Q4_K_M.gguf")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Qwen3.5-2B-Q4_K_M.gguf", "Q4_K_M"), ("m.q8_0.gguf", "Q8_0"), ("m-UD-Q4_K_XL.gguf", "Q4_K_XL"),
        ("m-IQ2_XXS.gguf", "IQ2_XXS"), ("m-bf16.gguf", "BF16"), ("gpt-oss-20b-mxfp4.gguf", "MXFP4"), ("m.gguf", ""),
        ("m-Q5_K_S-00001-of-00001.gguf", "Q5_K_S"), ("Q8_0/m-f16.gguf", "F16"), ("m-TQ1_0.gguf", "TQ1_0"),
        ("m-iq4_nl.gguf", "IQ4_NL"), ("m-Q6_K.gguf", "Q6_K"),
    ],
)  # fmt: skip
def test_the_quantization_of_a_name(fake: FakeHub, hub: Hub, name: str, label: str) -> None:
    (choice,) = choices(fake, hub, name)
    assert choice.quantization == label
    assert bool(choice.words) == bool(label)


def test_parts_are_one_choice_and_lacking_ones_none(fake: FakeHub, hub: Hub) -> None:
    whole = ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"]
    found = choices(fake, hub, whole[1], "b-00001-of-00003.gguf", "b-00003-of-00003.gguf", whole[0])
    assert [[file.name for file in choice.files] for choice in found] == [whole]
    assert found[0].size == sum(file.size for file in found[0].files)


def test_what_is_no_model_is_left_out(fake: FakeHub, hub: Hub) -> None:
    others = ("mmproj-F16.gguf", "sub/mmproj-x.gguf", "mtp-a.gguf", "imatrix.gguf", "a.imatrix.gguf", "a.gguf_file")
    assert [choice.name for choice in choices(fake, hub, *others, "m.gguf")] == ["m.gguf"]


def test_a_choice_by_file_or_by_quantization(fake: FakeHub, hub: Hub) -> None:
    choices(fake, hub, "m-Q4_K_M.gguf", "m-Q8_0.gguf", "n-Q8_0.gguf")
    repository = hub.repository(ID)
    assert repository.choice("q4_k_m") is repository.choice("m-Q4_K_M.gguf")
    for name in ("Q8_0", "Q2_K", ""):
        with pytest.raises(NetworkError, match="has no file"):
            repository.choice(name)


def test_nonsense_among_the_files(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {"rfilename": "b.gguf", "lfs": {"size": True}, "size": -1}
    rows = [None, {}, {"rfilename": 3}, {"rfilename": "a.gguf", "lfs": 3, "size": 7, "blobId": "x"}, empty]
    monkeypatch.setattr(hub, "_json", lambda *_: {"sha": COMMIT, "siblings": rows, "tags": 3})
    (choice,) = hub.repository(ID).choices
    assert (choice.size, choice.files[0].sha256, choice.files[0].git_hash) == (7, "", "")


@pytest.mark.parametrize("identity", ["x", "a/b/c", "../x", "a/..", "a/b?x", "a/b c", "/b", "a/", "ä/b", "a/b\n"])
def test_what_is_no_name_is_not_asked_for(fake: FakeHub, hub: Hub, identity: str) -> None:
    assert "OWNER/NAME" in refused(hub, identity)
    assert fake.log == []


# ---- refusals


def test_missing_private_and_gated_are_told_apart(fake: FakeHub, hub: Hub) -> None:
    assert "no public model" in refused(hub, "maker/none")
    model = fake.add(ID, {"m.gguf": b"GGUF"})
    model.private = True
    assert "may be private" in refused(hub)
    fake.token = "right"
    assert Hub(Network(fake.endpoint, "right")).repository(ID)
    model.private, model.gated = False, "auto"
    assert hub.repository(ID).gated


def test_a_token_that_is_not_accepted(fake: FakeHub) -> None:
    fake.token = "right"
    assert "does not accept your Hugging Face token" in refused(Hub(Network(fake.endpoint, "wrong")))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("status", code=500), "status 500"),
        (Fault("status", code=429, headers=(("Retry-After", "30"),)), "wait 30 seconds"),
        (Fault("status", code=403, headers=(("X-Error-Message", "Access is disabled"),)), "has closed the model"),
        (Fault("status", code=418), "status 418"),
        (Fault("status", code=200, headers=(("Content-Type", "text/html"),), body=b"<html>"), "sign in"),
        (Fault("status", code=200, body=b"<html>"), "sign in"),
        (Fault("status", code=200, body=b"[]"), "sign in"),
        (Fault("status", code=200, body=b'{"sha": "main"}'), "sign in"),
        (Fault("status", code=200, body=b"[" * 100_000), "sign in"),
        (Fault("status", code=200, body=b"\xff\xfe"), "sign in"),
        (Fault("redirect", times=9), "without end"),
        (Fault("hang"), "does not answer"),
    ],
)
def test_a_refusal_says_what_to_do(fake: FakeHub, hub: Hub, fault: Fault, told: str) -> None:
    fake.fail("hub", fault)
    assert told in refused(hub)


def test_how_long_to_wait_may_be_a_date() -> None:
    assert 50 < module._retry_after(email.utils.formatdate(time.time() + 60)) <= 60
    assert module._retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    assert module._retry_after("soon") == 30
    assert module._retry_after("9" * 30) == 3600
