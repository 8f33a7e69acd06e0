"""The runner with the real engine and a real file: stored first, kept while it grows, failures kept as such."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from faults.scripted_engine import ENDLESS, SHORT, misbehaving
from staged_runner import Stage, WatchedEngine, staged

from desktop_llm.conversation import Asking
from desktop_llm.engine.messages import Died, Hashed, PromptProgress
from desktop_llm.errors import ModelError, Problem, PromptError
from desktop_llm.events import AnswerChanged, AnswerEnded, ConversationOpened, MessageAdded, NotStored
from desktop_llm.settings import Loading
from desktop_llm.storage.store import Store


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "conversations.sqlite", WatchedEngine(Loading(context=2048))) as stage:
        yield stage


def rows(path: Path) -> list[tuple[str, str, str]]:
    """Role, text and state of every message, as a second connection sees them."""
    with closing(sqlite3.connect(path)) as other:
        return list(other.execute("SELECT role, text, state FROM message ORDER BY id"))


# ---- stored first


def test_the_question_is_stored_before_anyone_hears_of_it(stage: Stage, tiny: Path) -> None:
    seen: list[list[tuple[str, str, str]]] = []
    stage.engine.asked = lambda: seen.append(rows(stage.path))
    stage.runner._on_event = lambda event: (
        seen.append(rows(stage.path)) if isinstance(event, MessageAdded) else stage.heard(event)
    )
    answering = stage.runner.send(None, "Hello?", Asking(tiny, SHORT))
    stage.ended(answering.answer.id)
    question, answer = ("user", "Hello?", "done"), ("assistant", "", "writing")
    assert seen == [[question], [question, answer], [question, answer]]


def test_an_answer_is_stored_whole_with_its_facts_and_hash(stage: Stage, starter: Path) -> None:
    answering = stage.runner.send(None, "What is the capital of France?", Asking(starter, SHORT))
    ended = stage.ended(answering.answer.id)
    stage.noted.until(Hashed)
    stored = stage.stored(answering.conversation)[-1]
    assert stored.text == ended.text == stage.written(ended.id) != ""
    assert (stored.state, stored.reason, stored.tokens, stored.timings) == (
        "done", ended.reason, ended.tokens, ended.timings,
    )  # fmt: skip
    assert stored.receipt
    assert len(bytes.fromhex(stored.receipt.model_hash)) == 32


def test_receipts_get_the_hash_of_their_own_model_in_whichever_order_it_comes(tmp_path: Path, tiny: Path) -> None:
    script = """
        from desktop_llm.settings import Sampling
        def receipt(path):
            return Receipt("", path, "", Sampling(), 1, 2048, "CPU", 1, "")
        for path in ("A", "B"):
            say(Finished(hear(Generate).generation, "end", receipt=receipt(path)))
        hear(Generate)
        say(Hashed("B", "b" * 64), Hashed("A", "a" * 64))
        stay()
    """
    engine = WatchedEngine(command=misbehaving(tmp_path, script))
    with staged(tmp_path / "conversations.sqlite", engine) as stage:
        first = stage.runner.send(None, "One?", Asking(tiny, SHORT))
        stage.ended(first.answer.id)
        second = stage.runner.send(first.conversation, "Two?", Asking(tiny, SHORT))
        stage.ended(second.answer.id)
        last = stage.runner.send(first.conversation, "Both?", Asking(tiny, SHORT))
        stage.noted.until(Hashed, count=2)
        psutil.Process(engine.pid).kill()
        stage.ended(last.answer.id)
        answers = [message for message in stage.stored(first.conversation) if message.role == "assistant"]
        assert [answer.receipt and answer.receipt.model_hash[:1] for answer in answers] == ["a", "b", ""]


def test_nothing_to_say_or_no_model_stores_nothing(stage: Stage, tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="nothing to send"):
        stage.runner.send(None, " \n\x00", Asking(tiny, SHORT))
    with pytest.raises(ModelError, match="is gone"):
        stage.runner.send(None, "Hello?", Asking(tmp_path / "gone.gguf", SHORT))
    assert rows(stage.path) == []
    assert stage.store.conversations() == []


def test_what_is_no_text_is_cleaned_before_it_is_stored_and_asked(stage: Stage, tiny: Path) -> None:
    answering = stage.runner.send(None, "a\ud800b\x00c\r\nd", Asking(tiny, SHORT))
    assert stage.ended(answering.answer.id).state == "done"
    assert answering.user.text == "a\ufffdbc\nd"
    assert stage.stored(answering.conversation)[0].text == answering.user.text
    assert stage.engine.prompts[0].messages[-1].text == answering.user.text


# ---- while it grows


def test_growth_is_given_to_the_store_within_a_second(stage: Stage, starter: Path) -> None:
    shown: list[tuple[float, int]] = []

    def listen(event: object) -> None:
        if isinstance(event, AnswerChanged):
            shown.append((time.monotonic(), (shown[-1][1] if shown else 0) + len(event.delta)))
        stage.heard(event)

    stage.runner._on_event = listen
    answering = stage.runner.send(None, "Write a long story.", Asking(starter, ENDLESS))
    while len(stage.store.given) < 4:
        stage.grows(answering.answer.id, len(shown) + 1)
    stage.runner.stop(answering.answer.id)
    stage.ended(answering.answer.id)
    for when, length in shown:
        assert any(at <= when + 1.0 and kept >= length for at, kept in stage.store.given)


KILLED = """
import json, sys, threading, time
from pathlib import Path
from desktop_llm.conversation import Asking
from desktop_llm.engine.client import Engine
from desktop_llm.events import AnswerChanged
from desktop_llm.runner import Runner
from desktop_llm.settings import Sampling
from desktop_llm.storage.store import Store
def told(event):
    if isinstance(event, AnswerChanged):
        print(json.dumps([time.monotonic(), event.delta]), flush=True)
engine, store = Engine(), Store(Path(sys.argv[2]))
runner = Runner(engine, store, told)
engine.on_event = runner.on_engine_event
runner.send(None, "Write a very long story about a dragon.", Asking(Path(sys.argv[1]), Sampling(seed=1)))
threading.Event().wait()
"""


def test_a_program_killed_while_it_writes_keeps_all_but_the_last_second(starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.sqlite"
    command = [sys.executable, "-c", KILLED, str(starter), str(path)]
    told: list[tuple[float, str]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout
        while len(told) < 2 or told[-1][0] - told[0][0] < 1.6:
            told.append(json.loads(program.stdout.readline()))
        program.kill()
        told += [json.loads(line) for line in program.stdout if line.endswith(b"\n")]
    store = Store(path)
    question, answer = store.messages(store.conversations()[0].id)
    store.close()
    assert question.text == "Write a very long story about a dragon."
    assert (answer.state, answer.reason) == ("stopped", "stopped")
    assert "".join(delta for _, delta in told).startswith(answer.text)
    safe = "".join(delta for when, delta in told if when < told[-1][0] - 1.0)
    assert safe
    assert answer.text.startswith(safe)


def test_opening_a_conversation_while_it_grows_loses_and_doubles_nothing(stage: Stage, tiny: Path) -> None:
    answering = stage.runner.send(None, "Write.", Asking(tiny, ENDLESS))
    for times in range(1, 200, 20):
        stage.grows(answering.answer.id, times)
        stage.runner.open(answering.conversation)
    stage.runner.stop(answering.answer.id)
    final = stage.ended(answering.answer.id).text
    stage.runner.open(answering.conversation)
    opened = [n for n, event in enumerate(stage.heard.events) if isinstance(event, ConversationOpened)]
    assert len(opened) == 11
    for n in opened:
        after = [event.delta for event in stage.heard.events[n:] if isinstance(event, AnswerChanged)]
        assert stage.heard.events[n].messages[-1].text + "".join(after) == final
    assert [stage.heard.events[n].answering is None for n in opened] == [False] * 10 + [True]


def test_two_conversations_are_answered_at_once(stage: Stage, tiny: Path) -> None:
    one, other = (stage.runner.send(None, text, Asking(tiny, ENDLESS)) for text in ("One?", "Two?"))
    for answering in (one, other):
        stage.grows(answering.answer.id, 3)
    stage.runner.stop_all(one.conversation)
    assert stage.ended(one.answer.id).state == "stopped"
    stage.grows(other.answer.id, 10)
    stage.runner.stop_all(other.conversation)
    assert stage.ended(other.answer.id).text == stage.written(other.answer.id)
    for answering in (one, other):
        assert stage.stored(answering.conversation)[-1].text == stage.written(answering.answer.id)


# ---- stopped and closed


def test_an_answer_that_has_not_begun_ends_the_moment_it_is_stopped(stage: Stage, tiny: Path) -> None:
    answering = stage.runner.send(None, "Hello?", Asking(tiny, SHORT))
    psutil.Process(stage.engine.pid).suspend()
    stage.runner.stop(answering.answer.id)
    assert [event.message.state for event in stage.heard.of(AnswerEnded)] == ["stopped"]
    assert stage.stored(answering.conversation)[-1].state == "stopped"


def test_closing_while_it_writes_keeps_the_text_as_stopped(stage: Stage, tiny: Path) -> None:
    both = [stage.runner.send(None, text, Asking(tiny, ENDLESS)) for text in ("One?", "Two?")]
    for answering in both:
        stage.grows(answering.answer.id)
    stage.runner.close()
    stage.engine.close()
    stage.store.close()
    reopened = Store(stage.path)
    for answering in both:
        stored = reopened.messages(answering.conversation)[-1]
        assert (stored.state, stored.reason) == ("stopped", "stopped")
        assert stored.text == stage.written(answering.answer.id) != ""
    reopened.close()


# ---- failures


def test_an_engine_that_dies_leaves_a_failed_answer_and_the_next_turn_goes_on(stage: Stage, tiny: Path) -> None:
    answering = stage.runner.send(None, "Write.", Asking(tiny, ENDLESS))
    stage.grows(answering.answer.id)
    psutil.Process(stage.engine.pid).kill()
    failed = stage.ended(answering.answer.id)
    stage.heard.until(Died)
    assert stage.stored(answering.conversation)[-1] == failed
    assert (failed.state, failed.text) == ("failed", stage.written(failed.id))
    assert failed.problem
    assert failed.problem.action == "retry"
    again = stage.runner.send(answering.conversation, "Go on.", Asking(tiny, SHORT))
    assert stage.ended(again.answer.id).state == "done"
    assert [message.role for message in stage.engine.prompts[-1].messages] == ["user", "assistant", "user"]


def test_an_answer_that_failed_without_a_word_is_left_out_of_the_next_prompt(stage: Stage, starter: Path) -> None:
    answering = stage.runner.send(None, "word " * 1500, Asking(starter, SHORT))
    stage.heard.until(PromptProgress)
    psutil.Process(stage.engine.pid).kill()
    assert stage.ended(answering.answer.id).state == "failed"
    again = stage.runner.send(answering.conversation, "Hello?", Asking(starter, SHORT))
    stage.runner.stop(again.answer.id)
    said = stage.engine.prompts[-1].messages
    assert [message.role for message in said] == ["user"]
    assert said[0].text.startswith("word ")
    assert said[0].text.endswith("\n\nHello?")


def test_an_engine_that_cannot_start_leaves_a_failed_answer(tiny: Path, tmp_path: Path) -> None:
    with staged(tmp_path / "conversations.sqlite", WatchedEngine(command=["/nowhere/desktop-llm"])) as stage:
        answering = stage.runner.send(None, "Hello?", Asking(tiny, SHORT))
        assert answering.generation is None
        failed = stage.ended(answering.answer.id)
        assert failed.problem
        assert "could not be started" in failed.problem.sentence()
        assert stage.stored(answering.conversation)[-1] == failed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can make a disk that is soon full")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with suppress(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def test_a_full_disk_is_told_and_the_answer_goes_on_and_is_stored_when_there_is_room(
    small_disk: Path, tiny: Path
) -> None:
    problems: list[Problem] = []
    with staged(small_disk / "conversations.sqlite", WatchedEngine()) as stage:
        stage.store.on_problem = problems.append
        answering = stage.runner.send(None, "Write.", Asking(tiny, ENDLESS))
        stage.grows(answering.answer.id)
        filler = fill(small_disk)
        stage.grows(answering.answer.id, 100)
        stage.runner.stop(answering.answer.id)
        ended = stage.ended(answering.answer.id)
        assert "full" in stage.heard.until(NotStored).problem.sentence().lower()
        assert ended.text == stage.written(ended.id)
        filler.unlink()
        stage.store.create("Room again")
        assert rows(stage.path)[-1] == ("assistant", ended.text, "stopped")
    assert len(problems) <= 1


def test_a_store_that_can_not_be_written_at_all_is_told_and_the_answer_goes_on(stage: Stage, tiny: Path) -> None:
    answering = stage.runner.send(None, "Write.", Asking(tiny, ENDLESS))
    stage.store._do(lambda connection: connection.execute("PRAGMA query_only = 1"))
    stage.grows(answering.answer.id, 10)
    stage.runner.stop(answering.answer.id)
    ended = stage.ended(answering.answer.id)
    assert stage.heard.until(NotStored).problem.sentence()
    assert ended.text == stage.written(ended.id)
    stage.store._do(lambda connection: connection.execute("PRAGMA query_only = 0"))
