"""Downloads from a Hub on this computer that does everything wrong a network can: nothing that came is lost."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fake_hub import FakeHub, Fault, Model, running

from desktop_llm.engine.child import child_environment
from desktop_llm.errors import UserError
from desktop_llm.library import download as module
from desktop_llm.library.download import Download, Limits, Progress
from desktop_llm.library.header import files_of, read_header
from desktop_llm.library.hub import Hub, RemoteFile, Repository
from desktop_llm.library.network import Network, Stopped, Timeouts

ID, NAME = "maker/Tiny-GGUF", "tiny.Q4_K_M.gguf"
QUICK = Limits(reserve=0, tries=4, first_wait=0.01, longest_wait=0.02, longest_asked_wait=5)
PATIENT = Limits(reserve=0, tries=4, first_wait=30, longest_wait=60)
AT = 300_000
GONE = Fault("status", code=400, times=9)
PATIENCE = 20.0
AT_ONCE = 1.0  # the machine may be busy; tests/benchmarks measures it


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running() as hub:
        yield hub


@pytest.fixture
def data(tiny: Path) -> bytes:
    """A model, longer than it need be, so that it comes in several pieces."""
    return tiny.read_bytes() + os.urandom(600_000)


@pytest.fixture
def model(hub: FakeHub, data: bytes) -> Model:
    return hub.add(ID, {NAME: data})


class Place(NamedTuple):
    hub: FakeHub
    folder: Path
    data: bytes

    @property
    def target(self) -> Path:
        return self.folder / ID / NAME

    @property
    def part(self) -> Path:
        return self.target.with_name(f"{NAME}.part")

    def network(self, **changed: Any) -> Network:
        return Network(self.hub.endpoint, **{"timeouts": Timeouts(2, 0.25), **changed})

    def repository(self) -> Repository:
        return Hub(self.network()).repository(ID)

    def download(self, limits: Limits = QUICK, report: Callable[[Progress], None] = lambda _: None) -> Download:
        repository = self.repository()
        return Download(self.network(), repository, repository.choice(NAME), self.folder, report, limits)

    def fetch(self, *faults: Fault, of: str = "cdn", **changed: Any) -> list[str]:
        """Downloads it under these faults and returns from which byte on it was asked for."""
        download = self.download(**changed)
        self.hub.log.clear()
        self.hub.fail(of, *faults)
        download.run()
        self.check()
        return self.ranges()

    def refused(self, *faults: Fault, of: str = "cdn", **changed: Any) -> str:
        with pytest.raises(UserError) as told:
            self.fetch(*faults, of=of, **changed)
        assert not self.target.exists()
        return str(told.value)

    def ranges(self) -> list[str]:
        return [asked.range for asked in self.hub.asked("cdn")]

    def check(self) -> None:
        """The file is there, whole, and nothing beside it but where it came from."""
        assert self.target.read_bytes() == self.data
        assert {path.name for path in self.target.parent.iterdir()} == {NAME, f"{NAME}.origin.json"}

    def begin(self, size: int = AT) -> None:
        """A download that was broken off."""
        with pytest.raises(UserError):
            self.fetch(Fault("cut", size), GONE)
        assert self.part.stat().st_size == size
        self.hub.forget()


@pytest.fixture
def place(hub: FakeHub, model: Model, data: bytes, tmp_path: Path) -> Place:
    return Place(hub, tmp_path / "models", data)


# ---- the line breaks


def test_a_whole_file(place: Place) -> None:
    assert place.fetch() == [""]
    assert read_header(place.target).architecture == "llama"


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_a_broken_line_goes_on_from_the_exact_byte(place: Place, kind: str) -> None:
    asked = place.fetch(Fault(kind, AT), Fault(kind, AT + 100_000))
    if kind == "cut":
        assert asked == ["", f"bytes={AT}-", f"bytes={AT + 100_000}-"]
    else:
        assert len(asked) == 3


def test_a_stalled_line_is_renewed(place: Place) -> None:
    assert place.fetch(Fault("stall", AT)) == ["", f"bytes={AT}-"]


def test_a_line_that_only_trickles_is_renewed(place: Place) -> None:
    first, second = place.fetch(Fault("trickle", AT))
    assert first == "" and AT < int(second[6:-1]) < AT + 100


def test_an_answer_of_unknown_length(place: Place) -> None:
    assert place.fetch(Fault("no-length")) == [""]


def test_an_expired_address_is_renewed(place: Place) -> None:
    expired = Fault("status", code=403, body=b"<Error>Request has expired</Error>")
    assert place.fetch(Fault("cut", AT), expired) == ["", f"bytes={AT}-", f"bytes={AT}-"]
    assert len({asked.path for asked in place.hub.asked("cdn")}) == 3


@pytest.mark.parametrize("of", ["hub", "cdn"])
@pytest.mark.parametrize("code", [500, 502, 503, 504, 408])
def test_a_server_in_trouble_is_asked_again(place: Place, of: str, code: int) -> None:
    assert place.fetch(Fault("status", code=code, times=3), of=of)[-1] == ""


def test_an_answer_that_never_begins(place: Place) -> None:
    place.fetch(Fault("hang", times=2))
    place.target.unlink()
    place.fetch(Fault("hang", times=2), of="hub")


def test_a_wait_that_is_asked_for_is_kept(place: Place) -> None:
    seen: list[Progress] = []
    begun = time.monotonic()
    place.fetch(Fault("status", code=429, headers=(("Retry-After", "1"),)), report=seen.append)
    assert time.monotonic() - begun >= 1
    waiting = next(progress for progress in seen if progress.phase == "waiting")
    assert waiting.problem and "1 seconds" in waiting.problem.sentence()


def test_a_long_wait_is_left_to_the_person(place: Place) -> None:
    told = place.refused(Fault("status", code=429, headers=(("Retry-After", "900"),)))
    assert "wait 900 seconds" in told


def test_a_line_that_always_breaks_is_given_up(place: Place) -> None:
    assert "broke off" in place.refused(Fault("cut", 0, times=9))
    assert len(place.hub.asked("cdn")) == QUICK.tries


# ---- servers that lie


def test_a_server_that_cannot_go_on_starts_over(place: Place) -> None:
    assert place.fetch(Fault("cut", AT), Fault("ignore-range")) == ["", f"bytes={AT}-"]


def test_a_server_that_starts_over_and_breaks_off(place: Place) -> None:
    begun = place.fetch(Fault("cut", AT), Fault("ignore-range-and-cut", 100_000))
    assert begun == ["", f"bytes={AT}-", "bytes=100000-"]


def test_content_that_is_not_what_was_asked_for(place: Place) -> None:
    assert place.fetch(Fault("cut", AT), Fault("lie")) == ["", f"bytes={AT}-", ""]


def test_a_range_that_is_refused(place: Place) -> None:
    refused = Fault("status", code=416)
    assert place.fetch(Fault("cut", AT), refused) == ["", f"bytes={AT}-", ""]


def test_a_mark_that_changes_means_another_file(place: Place) -> None:
    place.begin()
    place.hub.etag = '"another"'
    assert place.fetch() == [f"bytes={AT}-"]
    assert place.hub.asked("cdn")[0].headers["if-range"].startswith('"')


@pytest.mark.parametrize("linked", [True, False])
def test_a_mark_that_differs_is_judged_by_the_hash_the_hub_tells(place: Place, linked: bool) -> None:
    place.begin()
    place.hub.etag, place.hub.linked = '"of another server"', linked
    begun = [f"bytes={AT}-"]
    assert place.fetch(Fault("ignore-if-range")) == (begun if linked else [*begun, ""])


def test_a_hub_that_tells_no_hash_beside_the_file(place: Place) -> None:
    place.hub.linked = False
    assert place.fetch(Fault("cut", AT)) == ["", f"bytes={AT}-"]


def test_a_file_outside_of_lfs_is_verified_by_the_hash_of_git(place: Place, model: Model) -> None:
    model.lfs = False
    assert place.fetch(Fault("corrupt", AT)) == ["", ""]
    assert place.repository().choices[0].files[0].sha256 == ""


def test_a_file_that_was_replaced_upstream(place: Place, model: Model) -> None:
    place.begin()
    newer = place._replace(data=place.data[:-5] + b"12345")
    model.files[NAME] = newer.data
    assert newer.fetch() == [""]


def test_a_file_replaced_since_it_was_looked_at(place: Place, model: Model) -> None:
    download = place.download()
    model.files[NAME] = place.data[:-5] + b"12345"
    with pytest.raises(UserError, match="another file"):
        download.run()


def test_one_wrong_bit_fetches_the_file_again(place: Place) -> None:
    assert place.fetch(Fault("corrupt", AT)) == ["", ""]


def test_one_wrong_bit_on_the_disk_is_found(place: Place) -> None:
    place.begin()
    with open(place.part, "r+b") as file:
        file.seek(1000)
        file.write(b"?")
    assert place.fetch() == [f"bytes={AT}-", ""]


def test_a_file_that_always_comes_damaged_is_no_model(place: Place) -> None:
    assert "damaged" in place.refused(Fault("corrupt", AT, times=9))
    assert [path.name for path in place.target.parent.iterdir()] == [f"{NAME}.download.json"]
    place.hub.forget()
    place.fetch()


def test_no_model_at_all(place: Place, model: Model) -> None:
    model.files[NAME] = b"PK\3\4" * 1000
    assert "not a model file" in place.refused()


def test_a_sound_file_that_is_no_model_to_answer_with(place: Place, model: Model) -> None:
    model.files[NAME] = b"GGUF" + bytes(1000)
    with pytest.raises(UserError):
        place.download().run()


# ---- pages in place of models


@pytest.mark.parametrize("of", ["hub", "cdn"])
def test_the_page_of_a_hotel(place: Place, of: str) -> None:
    place.begin()
    page = Fault("status", code=200, headers=(("Content-Type", "text/html"),), body=b"<html>Sign in</html>")
    assert "sign in" in place.refused(page, of=of)
    assert place.part.stat().st_size == AT


def test_a_page_that_says_it_is_the_model(place: Place) -> None:
    place.begin()
    page = b"<html>".ljust(len(place.data), b" ")
    assert "sign in" in place.refused(Fault("status", code=200, body=page))
    assert place.part.stat().st_size == AT


def test_a_page_of_another_length(place: Place) -> None:
    assert "another file" in place.refused(Fault("status", code=200, body=b"GGUF, or so"))


def test_a_circle_of_addresses(place: Place) -> None:
    assert "without end" in place.refused(Fault("redirect", times=99), of="hub")
    assert len(place.hub.asked("hub")) == 6


# ---- refusals


@pytest.mark.parametrize(
    ("code", "header", "told"),
    [
        (401, "GatedRepo", "accept terms"),
        (403, "GatedRepo", "accept terms"),
        (401, "RepoNotFound", "may be private"),
        (404, "RepoNotFound", "may be private"),
        (404, "EntryNotFound", "no file"),
        (404, "RevisionNotFound", "no file"),
        (403, "", "refuses"),
    ],
)
def test_a_refusal_says_what_to_do(place: Place, code: int, header: str, told: str) -> None:
    place.begin()
    fault = Fault("status", code=code, headers=(("X-Error-Code", header),) if header else ())
    assert told in place.refused(fault, of="hub")
    assert place.part.stat().st_size == AT


def test_the_token_goes_to_the_hub_alone(place: Place, model: Model) -> None:
    model.gated, place.hub.token = "manual", "hf_secret"
    network = place.network(token="hf_secret")
    repository = place.repository()
    place.hub.fail("cdn", Fault("cut", AT), Fault("status", code=403))
    Download(network, repository, repository.choice(NAME), place.folder, limits=QUICK).run()
    place.check()
    assert len(place.hub.asked("cdn")) == 3
    assert all("hf_secret" not in str(asked) for asked in place.hub.asked("cdn"))
    assert place.hub.asked("hub")[-1].headers["authorization"] == "Bearer hf_secret"


@pytest.mark.parametrize(
    "name",
    ["../../../out.gguf", "/out.gguf", "a/../../out.gguf", "c:out.gguf", "con.gguf", "a\\..\\out.gguf", "x\0.gguf",
     "out.gguf ", " out.gguf", "a//out.gguf", "x" * 200 + ".gguf", ".bashrc", "a/./x.gguf", "\u202egguf.gguf"],
)  # fmt: skip
def test_a_name_that_tries_to_leave_the_folder(place: Place, name: str) -> None:
    repository = place.repository()
    choice = replace(repository.choice(NAME), files=(RemoteFile(name, 4, "0" * 64),))
    with pytest.raises(UserError, match="file name"):
        Download(place.network(), repository, choice, place.folder)


def test_a_link_that_leads_out_of_the_folder(place: Place, tmp_path: Path) -> None:
    place.folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (place.folder / "maker").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="file name"):
        place.download()


# ---- the disk


def test_too_little_room_is_said_before(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(place.folder.parent)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=len(place.data) + 10))
    assert "too full" in place.refused(limits=Limits(reserve=11))
    assert place.hub.asked("cdn") == []
    place.fetch(limits=Limits(reserve=10))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_disk_that_is_full_keeps_the_part(place: Place) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    download = place.download()
    resource.setrlimit(resource.RLIMIT_FSIZE, (AT, before[1]))
    try:
        with pytest.raises(UserError, match="is full"):
            download.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert place.part.stat().st_size == AT
    assert place.fetch() == [f"bytes={AT}-"]


def test_a_folder_that_cannot_be_made(place: Place) -> None:
    place.folder.mkdir()
    (place.folder / "maker").write_text("a file")
    assert "cannot be written" in place.refused()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_folder_without_permission(place: Place, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    download = place.download()
    monkeypatch.setattr(module.os, "open", refuse)
    with pytest.raises(UserError, match="Make it writable"):
        download.run()


# ---- ends, and going on


def test_two_downloads_of_the_same_file(place: Place) -> None:
    first = place.download()
    place.hub.fail("cdn", Fault("hang"))
    ended(first, "pause", lambda: refuse_a_second(place))
    place.fetch()


def refuse_a_second(place: Place) -> None:
    """Neither its start nor its end touches what belongs to the first."""
    place.hub.until_asked("cdn")
    second = place.download()
    with pytest.raises(UserError, match="another program"):
        second.run()
    second.cancel()
    with pytest.raises(UserError, match="another program"):
        second.run()
    assert place.part.exists()


PROGRAM = """
import sys
from pathlib import Path
from desktop_llm.library.download import Download, Limits
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Network
network = Network(sys.argv[1])
repository = Hub(network).repository(sys.argv[2])
Download(network, repository, repository.choices[0], Path(sys.argv[3]), print, Limits(reserve=0)).run()
"""


def test_kill_9_loses_not_one_byte(place: Place) -> None:
    place.hub.fail("cdn", Fault("stall", AT))
    command = [sys.executable, "-c", PROGRAM, place.hub.endpoint, ID, str(place.folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=child_environment()) as process:
        place.hub.until_asked("cdn")
        wait_for(lambda: place.part.exists() and place.part.stat().st_size == AT)
        process.send_signal(signal.SIGKILL)
    assert place.fetch() == [f"bytes={AT}-"]


def wait_for(reached: Callable[[], bool]) -> None:
    end, never = time.monotonic() + PATIENCE, threading.Event()
    while not reached():
        assert time.monotonic() < end
        never.wait(0.005)


PHASES = {
    "no answer of the hub": ("hub", Fault("hang"), QUICK),
    "no answer of the second host": ("cdn", Fault("hang"), QUICK),
    "no more bytes": ("cdn", Fault("stall", AT), QUICK),
    "waiting for a new try": ("cdn", Fault("status", code=503), PATIENT),
    "waiting as asked": ("cdn", Fault("status", code=429, headers=(("Retry-After", "100"),)), PATIENT),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("end", ["pause", "cancel"])
def test_an_end_comes_at_once(place: Place, phase: str, end: str) -> None:
    of, fault, limits = PHASES[phase]
    waiting = threading.Event()
    repository = place.repository()
    network = place.network(timeouts=Timeouts(30, 30))
    download = Download(
        network, repository, repository.choice(NAME), place.folder,
        lambda progress: waiting.set() if progress.phase == "waiting" else None, limits,
    )  # fmt: skip
    place.hub.log.clear()
    place.hub.fail(of, fault)
    seconds = ended(download, end, lambda: reached(place, of, fault, waiting))
    assert seconds < AT_ONCE
    assert place.part.exists() == (end == "pause")
    assert place.folder.exists()
    assert place.fetch()[0] == (f"bytes={AT}-" if fault.kind == "stall" and end == "pause" else "")


def reached(place: Place, of: str, fault: Fault, waiting: threading.Event) -> None:
    if fault.kind == "status":
        assert waiting.wait(PATIENCE)
    else:
        place.hub.until_asked(of)
    if fault.kind == "stall":
        wait_for(lambda: place.part.exists() and place.part.stat().st_size == AT)


def ended(download: Download, end: str, ready: Callable[[], None]) -> float:
    """Seconds from the wish to the end of `run`, which tells that it was wished."""
    over = threading.Event()
    raised: list[BaseException] = []

    def run() -> None:
        try:
            download.run()
        except BaseException as error:
            raised.append(error)
        over.set()

    threading.Thread(target=run, daemon=True).start()
    ready()
    begun = time.perf_counter()
    getattr(download, end)()
    assert over.wait(PATIENCE)
    assert isinstance(raised[0], Stopped)
    return time.perf_counter() - begun


def test_an_end_while_the_disk_is_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.begin()
    monkeypatch.setattr(module, "_READ_AT_ONCE", 1000)
    monkeypatch.setattr(module, "_TELL_EVERY", 0)
    seen: list[Progress] = []

    def pause(progress: Progress) -> None:
        seen.append(progress)
        download.pause()

    download = place.download(report=pause)
    with pytest.raises(Stopped):
        download.run()
    assert [progress.phase for progress in seen] == ["checking"]
    assert place.part.stat().st_size == AT


def test_an_end_while_a_host_is_looked_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_llm.library import network

    download = place.download()
    looking, never = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        looking.set()
        never.wait(PATIENCE)
        return []

    monkeypatch.setattr(network.socket, "getaddrinfo", look_up)
    seconds = ended(download, "pause", lambda: wait_for(looking.is_set))
    never.set()
    assert seconds < AT_ONCE


def test_a_model_that_is_there_is_not_fetched_again(place: Place) -> None:
    place.fetch()
    assert place.fetch() == []


def test_the_old_file_stays_until_the_new_one_is_whole(place: Place, model: Model) -> None:
    place.fetch()
    model.files[NAME] = place.data[:-5] + b"12345"
    download = place.download()
    place.hub.fail("cdn", Fault("cut", AT), GONE)
    with pytest.raises(UserError):
        download.run()
    assert place.target.read_bytes() == place.data
    download = place.download()
    download.cancel()
    with pytest.raises(Stopped):
        download.run()
    place.check()


# ---- models in parts


@pytest.fixture
def parts(hub: FakeHub, tmp_path: Path) -> dict[str, bytes]:
    from tiny_gguf import write_tiny

    first = write_tiny(tmp_path / "split.gguf", layers=2, parts=3)
    files = {path.name: path.read_bytes() for path in files_of(first)}
    hub.add("maker/Split", dict(reversed(files.items())))
    return files


def test_a_split_model_is_one_download(place: Place, parts: dict[str, bytes]) -> None:
    seen: list[Progress] = []
    repository = Hub(place.network()).repository("maker/Split")
    assert len(repository.choices) == 1
    place.hub.fail("cdn", Fault("no-length"), Fault("cut", 20_000))
    path = Download(place.network(), repository, repository.choices[0], place.folder, seen.append, QUICK).run()
    assert {file.name: file.read_bytes() for file in path.parent.glob("*.gguf")} == parts
    assert read_header(path).size == sum(map(len, parts.values()))
    assert seen[-1].phase == "done" and seen[-1].done == seen[-1].total == sum(map(len, parts.values()))


def test_a_split_model_goes_on_with_the_part_that_lacks(place: Place, parts: dict[str, bytes]) -> None:
    repository = Hub(place.network()).repository("maker/Split")
    place.hub.fail("cdn", Fault("no-length"), Fault("cut", 20_000), GONE)
    with pytest.raises(UserError):
        Download(place.network(), repository, repository.choices[0], place.folder, limits=QUICK).run()
    place.hub.forget()
    Download(place.network(), repository, repository.choices[0], place.folder, limits=QUICK).run()
    assert place.ranges() == ["bytes=20000-", ""]


# ---- what is told


def test_speed_is_that_of_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Progress] = []
    now = iter(range(100))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(now)))
    meter = module._Meter(NAME, 10_000, seen.append)
    for done in (0, 1000, 2000, 2100, 2200, 2300, 2400, 2500, 2600):
        meter.tell("downloading", done)
    assert (seen[2].speed, seen[2].left) == (1000, 8)
    assert (seen[-1].speed, seen[-1].left) == (100, 74)
    meter.tell("waiting", 2600)
    assert (seen[-1].speed, seen[-1].left) == (0, None)


def test_progress_grows_and_comes_at_most_ten_times_a_second(place: Place) -> None:
    seen: list[tuple[float, Progress]] = []
    place.fetch(Fault("stall", AT), report=lambda progress: seen.append((time.monotonic(), progress)))
    phases = [progress.phase for _, progress in seen]
    assert phases[0] == "downloading" and phases[-2:] == ["finishing", "done"]
    for (before, one), (after, other) in itertools.pairwise(seen):
        assert other.done >= one.done
        assert one.phase != other.phase or after - before >= 0.09
    assert seen[-1][1].done == seen[-1][1].total == len(place.data)
