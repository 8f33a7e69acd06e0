"""The queue of downloads against a Hub on this computer: whatever ends it, it goes on from the exact byte."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_hub import FakeHub, Fault, Model, running
from tiny_gguf import write_tiny

from desktop_llm.engine.child import child_environment
from desktop_llm.errors import Problem, UserError
from desktop_llm.library import download as module
from desktop_llm.library.download import Download, Limits, delete_part
from desktop_llm.library.downloads import Downloads, Job, partial_files
from desktop_llm.library.header import files_of
from desktop_llm.library.hub import Hub, Repository
from desktop_llm.library.network import Network, NetworkError, Timeouts
from desktop_llm.library.origin import arriving_note, origin_note, origin_of

IDS = ("maker/One-GGUF", "maker/Two-GGUF", "other/Three-GGUF")
ID, NAME = IDS[0], "tiny.Q4_K_M.gguf"
JOB = f"{ID}/{NAME}"
QUICK = Limits(reserve=0, tries=4, first_wait=0.01, longest_wait=0.02)
AT = 300_000
PATIENCE = 20.0
GONE = Fault("status", code=400, times=9)
PAGE = Fault("status", code=200, headers=(("Content-Type", "text/html"),), body=b"<html>Sign in</html>")


class Place:
    """A folder of models, the queue that fills it, and everything the window is told."""

    def __init__(self, hub: FakeHub, folder: Path, data: bytes) -> None:
        self.hub, self.folder, self.data = hub, folder, data
        self.told: list[Job] = []
        self.changed = threading.Condition()
        self.made: list[Downloads] = []
        self.network = Network(hub.endpoint, timeouts=Timeouts(30, 30))

    def queue(self, at_once: int = 2) -> Downloads:
        downloads = Downloads(self.folder, lambda: self.network, self.hear, at_once, QUICK)
        self.made.append(downloads)
        return downloads

    def hear(self, job: Job) -> None:
        with self.changed:
            self.told.append(job)
            self.changed.notify_all()

    def start(self, downloads: Downloads, identity: str = ID) -> Job:
        repository = self.repository(identity)
        return downloads.start(repository, repository.choices[0])

    def repository(self, identity: str = ID) -> Repository:
        return Hub(Network(self.hub.endpoint)).repository(identity)

    def target(self, identity: str = ID) -> Path:
        return self.folder / identity / NAME

    def part(self, identity: str = ID) -> Path:
        return self.folder / identity / f"{NAME}.part"

    def until_told(self, phase: str, job: str = JOB) -> Job:
        """The newest word on a job, as soon as it is this."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.phases(job)[-1:] == [phase], PATIENCE), self.phases(job)
            return next(told for told in reversed(self.told) if told.id == job)

    def phases(self, job: str = JOB) -> list[str]:
        """Each once, as they came."""
        phases = [told.phase for told in self.told if told.id == job]
        return [phase for before, phase in zip(["", *phases], phases, strict=False) if phase != before]

    def stalled(self, downloads: Downloads, identity: str = ID) -> None:
        """A download that has AT bytes and waits for more, which do not come."""
        self.hub.fail("cdn", Fault("stall", AT))
        self.start(downloads, identity)
        self.until_part(identity)

    def until_part(self, identity: str = ID) -> None:
        part = self.part(identity)
        wait_for(lambda: part.exists() and part.stat().st_size == AT)

    def ranges(self) -> list[str]:
        return [asked.range for asked in self.hub.asked("cdn")]

    def check(self, identity: str = ID) -> None:
        """The model is there, whole, and nothing beside it but where it came from."""
        target = self.target(identity)
        assert target.read_bytes() == self.data
        assert {path.name for path in target.parent.iterdir()} == {NAME, origin_note(target).name}


@pytest.fixture
def place(tiny: Path, tmp_path: Path) -> Iterator[Place]:
    data = tiny.read_bytes() + os.urandom(600_000)
    with running() as hub:
        for identity in IDS:
            hub.add(identity, {NAME: data})
        place = Place(hub, tmp_path / "models", data)
        yield place
        for downloads in place.made:
            downloads.close()
    wait_for(lambda: not threads())


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("download of")]


def wait_for(reached: Callable[[], bool]) -> None:
    end, never = time.monotonic() + PATIENCE, threading.Event()
    while not reached():
        assert time.monotonic() < end
        never.wait(0.005)


def problem_of(job: Job) -> str:
    assert job.problem
    return job.problem.sentence()


# ---- the queue


def test_a_download_from_its_first_word_to_its_last(place: Place) -> None:
    place.start(place.queue())
    done = place.until_told("done")
    assert place.phases() == ["queued", "downloading", "finishing", "done"]
    assert (done.path, done.done, done.total) == (place.target(), len(place.data), len(place.data))
    assert (done.repository, done.file, done.quantization) == (ID, NAME, "Q4_K_M")
    assert [job.phase for job in place.told].count("done") == 1
    place.check()


def test_no_more_run_at_once_than_allowed_and_the_others_in_their_order(place: Place) -> None:
    downloads = place.queue(at_once=1)
    place.stalled(downloads)
    for identity in IDS[1:]:
        place.start(downloads, identity)
    assert [job.phase for job in downloads.jobs()] == ["downloading", "queued", "queued"]
    assert len(place.hub.asked("cdn")) == 1
    downloads.pause(JOB)
    place.until_told("done", f"{IDS[2]}/{NAME}")
    assert [asked.path.partition("?")[0] for asked in place.hub.asked("cdn")] == [f"/{id}/{NAME}" for id in IDS]
    assert [job.phase for job in downloads.jobs()] == ["paused", "done", "done"]


def test_several_at_once(place: Place) -> None:
    downloads = place.queue(at_once=1)
    place.stalled(downloads)
    place.hub.fail("cdn", Fault("stall", AT), Fault("stall", AT))
    for identity in IDS[1:]:
        place.start(downloads, identity)
    downloads.set_at_once(2)
    place.until_part(IDS[1])
    assert [job.phase for job in downloads.jobs()] == ["downloading", "downloading", "queued"]
    downloads.set_at_once(3)
    place.until_part(IDS[2])


def test_a_second_start_goes_on_with_the_first(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    assert place.start(downloads).id == JOB
    assert len(downloads.jobs()) == 1 and len(place.hub.asked("cdn")) == 1
    downloads.pause(JOB)
    place.until_told("paused")
    place.start(downloads)
    place.until_told("done")
    assert place.ranges() == ["", f"bytes={AT}-"]


# ---- pause, going on, cancel


def test_a_pause_keeps_every_byte(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    downloads.pause(JOB)
    paused = place.until_told("paused")
    assert (paused.done, paused.speed, paused.left) == (AT, 0, None)
    downloads.go_on(JOB)
    place.until_told("done")
    assert place.ranges() == ["", f"bytes={AT}-"]
    place.check()


def test_a_pause_in_the_queue(place: Place) -> None:
    downloads = place.queue(at_once=1)
    place.stalled(downloads)
    place.start(downloads, IDS[1])
    second = f"{IDS[1]}/{NAME}"
    downloads.pause(second)
    downloads.pause(JOB)
    place.until_told("paused")
    assert place.phases(second) == ["queued", "paused"] and len(place.hub.asked("cdn")) == 1
    downloads.go_on(second)
    place.until_told("done", second)


def test_going_on_while_it_is_being_paused(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    for _ in range(20):
        downloads.pause(JOB)
        downloads.go_on(JOB)
    place.until_told("done")
    place.check()


@pytest.mark.parametrize("phase", ["queued", "downloading", "waiting", "paused", "failed", "found"])
def test_a_cancel_deletes_what_came_and_the_empty_folders(place: Place, phase: str) -> None:
    downloads = place.queue(at_once=1)
    in_phase(place, downloads, phase)
    asked = len(place.hub.log)
    place.made[-1].cancel(JOB)
    wait_for(lambda: not (place.folder / "maker").exists())
    assert place.phases()[-1:] == ([] if phase == "found" else [phase])
    assert all(job.id != JOB for job in place.made[-1].jobs())
    assert len(place.hub.log) == asked


def in_phase(place: Place, downloads: Downloads, phase: str) -> None:
    if phase == "queued":
        place.stalled(downloads, IDS[2])
        place.start(downloads)
        return
    if phase == "waiting":
        place.hub.fail("cdn", Fault("cut", AT), Fault("status", code=429, headers=(("Retry-After", "100"),)))
        place.start(downloads)
        place.until_told("waiting")
        return
    place.stalled(downloads)
    if phase == "paused":
        downloads.pause(JOB)
        place.until_told("paused")
    elif phase == "failed":
        fail(place, downloads)
    elif phase == "found":
        downloads.close()
        place.told.clear()
        assert [job.id for job in place.queue().find_interrupted()] == [JOB]


def fail(place: Place, downloads: Downloads) -> Job:
    downloads.pause(JOB)
    place.until_told("paused")
    place.hub.fail("cdn", GONE)
    downloads.go_on(JOB)
    return place.until_told("failed")


def test_a_cancelled_one_can_be_started_again_at_once(place: Place) -> None:
    downloads = place.queue()
    for _ in range(10):
        place.hub.fail("cdn", Fault("stall", AT))
        place.start(downloads)
        downloads.cancel(JOB)
        place.hub.forget()
    place.start(downloads)
    place.until_told("done")
    wait_for(lambda: not threads())
    place.check()


def test_a_new_start_waits_until_what_was_cancelled_is_deleted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    discard, deleting, go = Download.discard, threading.Event(), threading.Event()

    def slowly(download: Download) -> None:
        deleting.set()
        assert go.wait(PATIENCE)
        discard(download)

    monkeypatch.setattr(Download, "discard", slowly)
    downloads = place.queue()
    place.stalled(downloads)
    downloads.cancel(JOB)
    assert deleting.wait(PATIENCE)
    assert place.start(downloads).phase == "queued" and len(threads()) == 1
    go.set()
    place.until_told("done")
    assert place.ranges() == ["", ""]
    place.check()


def test_a_cancel_of_what_is_done_leaves_the_model(place: Place) -> None:
    downloads = place.queue()
    place.start(downloads)
    place.until_told("done")
    downloads.cancel(JOB)
    assert downloads.jobs() == []
    downloads.close()
    place.check()


@pytest.mark.parametrize("step", ["put_in_place", "_note_end", "run"])
def test_a_cancel_in_the_last_moment_leaves_nothing(place: Place, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = place.queue()
    owner = module._PartFile if step == "put_in_place" else Download
    before = getattr(owner, step)

    def then_cancel(*given: object) -> None:
        before(*given)
        assert place.target().exists()
        downloads.cancel(JOB)

    monkeypatch.setattr(owner, step, then_cancel)
    place.start(downloads)
    wait_for(lambda: "finishing" in place.phases() and not threads())
    assert place.phases()[-1] == "finishing"
    assert not (place.folder / "maker").exists()


def test_the_half_of_a_split_model_goes_with_its_other_half(place: Place, tmp_path: Path) -> None:
    first = write_tiny(tmp_path / "split.gguf", layers=2, parts=3)
    files = {path.name: path.read_bytes() for path in files_of(first)}
    place.hub.add("maker/Split", files)
    place.hub.fail("cdn", Fault("no-length"), Fault("stall", 20_000))
    place.start(place.queue(), "maker/Split")
    wait_for(lambda: len(list(place.folder.rglob("*.gguf"))) == 1 and len(place.hub.asked("cdn")) == 2)
    place.made[0].close()
    (job,) = place.queue().find_interrupted()
    assert job.id == f"maker/Split/{first.name}" and job.total == sum(map(len, files.values()))
    place.made[1].cancel(job.id)
    wait_for(lambda: not (place.folder / "maker").exists())


# ---- restarts


def test_a_restart_goes_on_without_asking_for_anything_but_the_rest(place: Place) -> None:
    downloads = place.queue(at_once=1)
    place.stalled(downloads)
    place.start(downloads, IDS[1])
    downloads.close()
    assert [job.phase for job in downloads.jobs()] == ["paused", "paused"]
    place.hub.forget()
    again = place.queue()
    found = again.find_interrupted()
    assert [(job.id, job.phase, job.done) for job in found] == [(JOB, "paused", AT), (f"{IDS[1]}/{NAME}", "paused", 0)]
    assert again.find_interrupted() == [] and again.jobs() == found
    assert place.hub.log == []
    again.go_on(JOB)
    place.until_told("done")
    assert place.ranges() == [f"bytes={AT}-"]
    assert not any(asked.path.startswith("/api") for asked in place.hub.log)
    place.check()


PROGRAM = """
import sys
from pathlib import Path
from desktop_llm.library.download import Limits
from desktop_llm.library.downloads import Downloads
from desktop_llm.library.hub import Hub
from desktop_llm.library.network import Network
network = Network(sys.argv[1])
downloads = Downloads(Path(sys.argv[2]), lambda: network, lambda job: None, 2, Limits(reserve=0))
for identity in sys.argv[3:]:
    repository = Hub(network).repository(identity)
    downloads.start(repository, repository.choices[0])
sys.stdin.read()
downloads.close()
"""


def another_program(place: Place, *identities: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, place.hub.endpoint, str(place.folder), *identities]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=child_environment())


def test_kill_9_of_a_whole_queue_loses_not_one_byte(place: Place) -> None:
    place.hub.fail("cdn", Fault("stall", AT, times=2))
    with another_program(place, *IDS) as process:
        for identity in IDS[:2]:
            place.until_part(identity)
        wait_for(lambda: arriving_note(place.target(IDS[2])).exists())
        process.send_signal(signal.SIGKILL)
    place.hub.forget()
    downloads = place.queue()
    # In the order in which their notes were written last, which is up to the two threads.
    assert sorted(job.done for job in downloads.find_interrupted()) == [0, AT, AT]
    for job in downloads.jobs():
        downloads.go_on(job.id)
    for identity in IDS:
        place.until_told("done", f"{identity}/{NAME}")
        place.check(identity)
    assert sorted(place.ranges()) == ["", f"bytes={AT}-", f"bytes={AT}-"]


def test_two_programs_and_the_same_file(place: Place) -> None:
    place.hub.fail("cdn", Fault("stall", AT))
    with another_program(place, ID) as process:
        place.until_part()
        downloads = place.queue()
        (job,) = downloads.find_interrupted()
        downloads.go_on(job.id)
        assert "another program" in problem_of(place.until_told("failed"))
        downloads.cancel(job.id)
        wait_for(lambda: not threads())
        assert place.part().stat().st_size == AT and arriving_note(place.target()).exists()
        assert process.stdin
        process.stdin.close()
    downloads.find_interrupted()
    downloads.go_on(JOB)
    place.until_told("done")
    assert place.ranges() == ["", f"bytes={AT}-"]


@pytest.mark.parametrize("phase", ["queued", "downloading", "waiting", "paused", "failed"])
def test_a_close_in_every_phase_leaves_no_thread_and_every_byte(place: Place, phase: str) -> None:
    downloads = place.queue(at_once=1)
    in_phase(place, downloads, phase)
    downloads.close()
    assert threads() == []
    downloads.go_on(JOB)
    downloads.cancel(JOB)
    assert (threads(), place.phases()[-1]) == ([], phase)
    if phase != "queued":
        assert place.part().stat().st_size == AT
    assert JOB in [job.id for job in place.queue().find_interrupted()]


def test_a_note_from_elsewhere_makes_no_row(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    downloads.close()
    note = arriving_note(place.target())
    stolen = place.folder / "maker" / "Elsewhere" / note.name
    stolen.parent.mkdir()
    note.rename(stolen)
    (stolen.parent / "broken.gguf.download.json").write_text('{"repository": {"choices": 5}}')
    assert place.queue().find_interrupted() == []
    assert partial_files(place.folder) == [(place.part(), AT)]
    delete_part(place.part())
    assert partial_files(place.folder) == [] and list(place.part().parent.iterdir()) == []


def test_a_part_that_is_gone_on_with_is_not_for_deleting(place: Place) -> None:
    place.stalled(place.queue())
    assert partial_files(place.folder) == []
    with pytest.raises(UserError, match="another program"):
        delete_part(place.part())
    assert place.part().stat().st_size == AT


# ---- failures


def test_a_failure_keeps_its_row_and_its_part(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    failed = fail(place, downloads)
    assert failed.done == AT and "refuses" in problem_of(failed)
    place.hub.forget()
    downloads.retry(JOB)
    assert place.until_told("done").problem is None
    assert place.ranges() == [f"bytes={AT}-"]
    place.check()


def test_offline_nobody_is_asked(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    downloads.pause(JOB)
    place.until_told("paused")
    place.hub.forget()
    place.network = replace(place.network, offline=True)
    downloads.go_on(JOB)
    assert "offline" in problem_of(place.until_told("failed"))
    assert place.phases()[-2:] == ["queued", "failed"]
    assert place.hub.log == [] and place.part().stat().st_size == AT


def test_settings_that_allow_no_network_are_said_on_the_row(place: Place) -> None:
    def refuse() -> Network:
        raise NetworkError(Problem("The address of the mirror cannot be used: x."))

    downloads = place.queue()
    downloads._network = refuse
    place.start(downloads)
    assert "mirror" in problem_of(place.until_told("failed"))
    downloads.cancel(JOB)
    wait_for(lambda: not (place.folder / "maker").exists())


def test_a_network_that_goes_and_comes(place: Place) -> None:
    away = Fault("status", code=503)
    place.hub.fail("cdn", Fault("cut", AT), away, away, Fault("reset", AT + 100_000), away)
    place.start(place.queue())
    place.until_told("done")
    waiting = [job for job in place.told if job.phase == "waiting"]
    assert waiting and all(job.problem and job.done >= AT for job in waiting)
    place.check()


def test_the_page_of_a_hotel_keeps_the_part(place: Place) -> None:
    downloads = place.queue()
    place.stalled(downloads)
    downloads.pause(JOB)
    place.until_told("paused")
    place.hub.fail("hub", PAGE)
    downloads.go_on(JOB)
    assert "sign in" in problem_of(place.until_told("failed"))
    assert place.part().stat().st_size == AT


def test_a_gated_model_says_where_to_accept(place: Place) -> None:
    model: Model = place.hub.models[ID]
    model.gated, place.hub.token = "manual", "hf_secret"
    downloads = place.queue()
    place.start(downloads)
    failed = place.until_told("failed")
    assert failed.problem and failed.problem.action == "open-page" and "accept terms" in problem_of(failed)
    place.network = replace(place.network, token="hf_secret")
    downloads.retry(JOB)
    place.until_told("done")
    assert place.hub.asked("hub")[-1].headers["authorization"] == "Bearer hf_secret"
    assert place.hub.asked("cdn") and "hf_secret" not in str(place.hub.asked("cdn"))
    assert all(b"hf_secret" not in path.read_bytes() for path in place.folder.rglob("*.json"))


def test_a_folder_that_cannot_be_written_is_said_on_the_row(place: Place) -> None:
    place.folder.mkdir()
    (place.folder / "maker").write_text("a file")
    downloads = place.queue()
    place.start(downloads)
    assert "cannot be written" in problem_of(place.until_told("failed"))
    place.start(downloads, IDS[2])
    place.until_told("done", f"{IDS[2]}/{NAME}")


# ---- where it came from


def test_the_origin_is_kept_beside_the_model(place: Place) -> None:
    before = time.time()
    place.start(place.queue())
    place.until_told("done")
    origin = origin_of(place.target())
    assert origin and origin.repository == place.repository() and before <= origin.when <= time.time()
    assert (origin.sha256, origin.repository.licence) == (place.hub.models[ID].sha256(NAME), "apache-2.0")
    place.target().write_bytes(b"GGUF, another one")
    assert origin_of(place.target()) is None


def test_the_origin_of_the_old_file_stays_until_the_new_one_is_whole(place: Place) -> None:
    downloads = place.queue()
    place.start(downloads)
    place.until_told("done")
    model = place.hub.models[ID]
    model.files[NAME] = place.data[:-5] + b"12345"
    place.stalled(downloads)
    assert (known := origin_of(place.target())) and known.sha256 != model.sha256(NAME)
    downloads.cancel(JOB)
    wait_for(lambda: not threads())
    place.check()
    place.start(downloads)
    wait_for(lambda: bool((now := origin_of(place.target())) and now.sha256 == model.sha256(NAME)))


def test_a_download_of_the_command_line_is_a_row_too(place: Place) -> None:
    repository = place.repository()
    place.hub.fail("cdn", Fault("cut", AT), GONE)
    with pytest.raises(UserError):
        Download(place.network, repository, repository.choices[0], place.folder, limits=QUICK).run()
    assert [job.done for job in place.queue().find_interrupted()] == [AT]
