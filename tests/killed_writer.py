"""A program that stores questions and growing answers until it is killed, and what the kill cost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from desktop_llm.conversation import Message
from desktop_llm.storage.store import Store

WRITER = """
import itertools, sys, time
from dataclasses import replace
from pathlib import Path
from desktop_llm.conversation import Message
from desktop_llm.storage.store import Store

store, name = Store(Path(sys.argv[1])), sys.argv[2]
chat = store.create(name).id
for turn in itertools.count():
    store.add(chat, Message("user", f"question {name}-{turn}. " + "why " * 300))
    print("asked", turn, flush=True)
    answer = store.add(chat, Message("assistant", "", state="writing"))
    grown = ""
    for n in range(30):
        piece = f"{n}@{time.monotonic()} "
        store.append(answer.id, piece)
        grown += piece
        time.sleep(0.003)
    store.finish(replace(answer, text=grown + "end", state="done", reason="end"))
    print("answered", turn, flush=True)
"""


@dataclass(frozen=True)
class Cost:
    """What one kill lost: questions and ended answers that were told to be stored, and seconds of a growing answer."""

    name: str
    asked: int
    questions: int
    answers: int
    seconds: float


def costs(path: Path, kills: int, seed: int) -> Iterator[Cost]:
    """Kills as many writers of one file as wanted, each at a random moment."""
    moments = random.Random(seed)
    for number in range(kills):
        yield _cost(path, f"chat{number}", moments.uniform(0.0, 0.4))


def _cost(path: Path, name: str, after: float) -> Cost:
    command = [sys.executable, "-c", WRITER, str(path), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [process.stdout.readline()]
        time.sleep(after)  # the random moment itself
        killed = time.monotonic()
        process.kill()
        told += [line for line in process.stdout if line.endswith("\n")]
    with closing(Store(path)) as store:
        assert store.notice is None, store.notice
        chat = next(found.id for found in store.conversations() if found.title == name)
        stored = store.messages(chat)
    asked = sum(line.startswith("asked") for line in told)
    answered = sum(line.startswith("answered") for line in told)
    return _compared(name, stored, asked, answered, killed)


def _compared(name: str, stored: list[Message], asked: int, answered: int, killed: float) -> Cost:
    questions = [message.text.split(".")[0] for message in stored if message.role == "user"]
    answers = [message for message in stored if message.role == "assistant"]
    whole = [answer for answer in answers if answer.state == "done" and answer.text.endswith("end")]
    assert questions == [f"question {name}-{turn}" for turn in range(len(questions))]
    assert [answer.state for answer in answers[len(whole) :]] in ([], ["stopped"])
    seconds = _lost_seconds(answers[-1].text, killed) if len(answers) > len(whole) else 0.0
    return Cost(name, asked, max(0, asked - len(questions)), max(0, answered - len(whole)), seconds)


def _lost_seconds(text: str, killed: float) -> float:
    """From the last piece stored to the kill; every piece before it must be there."""
    pieces = [piece.split("@") for piece in text.split()]
    assert [int(number) for number, _ in pieces] == list(range(len(pieces)))
    return max(0.0, killed - float(pieces[-1][1])) if pieces else 0.0
