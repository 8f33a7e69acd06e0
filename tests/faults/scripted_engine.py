"""An engine's child that misbehaves as a test says, once: started again, it is the real one."""

from __future__ import annotations

import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.settings import Sampling

Kind = TypeVar("Kind")
PATIENCE = 150.0
ENDLESS = Sampling(seed=1)
SHORT = Sampling(temperature=0.0, max_tokens=8)

_HEAD = """
import os, pathlib, struct, sys, threading, time
from desktop_llm.conversation import *
from desktop_llm.engine.messages import *

started = pathlib.Path(__file__).with_suffix(".started")
if started.exists():
    os.execv(sys.executable, [sys.executable, "-P", "-m", "desktop_llm", "--engine"])
started.touch()

def say(*events):
    for event in events:
        write_frame(sys.stdout.buffer, event)

def raw(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()

def loaded(path):
    return Loaded(ModelFacts(path, "", "", "", 1, 1, 2048, 2048, 1, 0, 1, "CPU", False), 0.0)

def hear(kind):
    while (command := read_frame(sys.stdin.buffer)) is not None:
        if isinstance(command, kind):
            return command
        if isinstance(command, Load):
            say(loaded(command.path))
    os._exit(0)

def beat():
    while True:
        say(Beat())
        time.sleep(0.05)

def stay():
    hear(())

say(Ready(os.getpid(), "scripted", "", ()))
"""


def misbehaving(folder: Path, script: str) -> list[str]:
    """The command of an engine's child that runs `script` after it has said Ready."""
    program = folder / "far_end.py"
    program.write_text(_HEAD + textwrap.dedent(script))
    return [sys.executable, str(program)]


class Heard:
    """Every event, in order; for `on_event` of an Engine or a Runner, and waited for from the test."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._changed = threading.Condition()

    def __call__(self, event: Any) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def until(self, kind: type[Kind], true: Callable[[Kind], bool] = lambda _event: True, count: int = 1) -> Kind:
        """The `count`-th event of `kind` for which `true` holds, perhaps heard already."""

        def found() -> list[Kind]:
            return [event for event in self.of(kind) if true(event)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE), f"no {kind.__name__}"
            return found()[count - 1]


def asked(model: Path, text: str, sampling: Sampling = SHORT, earlier: Sequence[Message] = ()) -> Prompt:
    return Prompt((*earlier, Message("user", text)), model, sampling)


@contextmanager
def listening(engine: Engine, heard: Heard) -> Iterator[Engine]:
    engine.on_event = heard
    try:
        yield engine
    finally:
        engine.close()


def ended(generation: Generation) -> Generation:
    assert generation.wait(PATIENCE)
    return generation


def failure(generation: Generation) -> str:
    """Why it failed, in words."""
    problem = ended(generation).problem
    assert generation.reason == "failed"
    assert problem
    return problem.sentence()


def kill(engine: Engine) -> None:
    psutil.Process(engine.pid).kill()
