"""How fast the engine is beside bare llama.cpp calls, and how soon a short question is answered; asserts no times.

python -m pytest tests/benchmarks/test_engine_speed.py -s
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_llm.bench import Bench, Run, Work, measure, table
from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Event, PromptProgress, Stepped
from desktop_llm.settings import Loading, Sampling

LONG_PROMPT = 4000


def short_work(model: Path) -> Work:
    return Work(model, Loading(context=1024), prompt_tokens=64, tokens=32)


def test_speed_beside_bare_calls(starter: Path) -> None:
    runs, again, facts = measure(short_work(starter), (1, 8), rounds=1)
    print(f"\n{table(runs, again, short_work(starter), facts)}")
    assert [run.sequences for run in runs] == [1, 8]
    assert all(run.steps >= 32 for run in runs)
    assert isinstance(runs[0], Run)


def test_a_second_turn_evaluates_only_its_new_tokens(starter: Path) -> None:
    bench = Bench(short_work(starter))
    try:
        again = bench.second_turn()
    finally:
        bench.close()
    print(f"\nsecond turn: {again.evaluated} of {again.prompt} tokens evaluated")
    assert again.only_new


class Hearing:
    """When the engine told of each piece of a prompt, and of each step."""

    def __init__(self) -> None:
        self.pieces: list[tuple[float, PromptProgress]] = []
        self.steps: list[tuple[float, Stepped]] = []
        self.reads_long = threading.Event()

    def note(self, event: Event) -> None:
        if isinstance(event, PromptProgress):
            self.pieces.append((time.perf_counter(), event))
            if event.total > LONG_PROMPT and event.done > event.cached + 64:
                self.reads_long.set()
        elif isinstance(event, Stepped):
            self.steps.append((time.perf_counter(), event))

    def first_step(self, generation: int) -> float:
        return next(at for at, step in self.steps if any(delta.generation == generation for delta in step.deltas))


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(Loading(context=8192))
    yield engine
    engine.close()


def asked(model: Path, text: str) -> Prompt:
    return Prompt((Message("user", text),), model, Sampling(max_tokens=4, seed=1))


def test_a_short_question_waits_for_one_piece_of_a_long_prompt_at_most(starter: Path, engine: Engine) -> None:
    hearing = Hearing()
    engine.on_event = hearing.note
    engine.generate(asked(starter, "Hi there")).wait()
    alone = engine.generate(asked(starter, "What is the capital of France?"))
    asked_at = time.perf_counter()
    alone.wait()
    first_alone = hearing.first_step(alone.id) - asked_at

    long = engine.generate(asked(starter, "word " * LONG_PROMPT))
    assert hearing.reads_long.wait(60)
    asked_at = time.perf_counter()
    short = engine.generate(asked(starter, "What is the capital of Spain?"))
    short.wait()
    still_reading = long.state == "reading"
    long.stop()
    long.wait()

    first = hearing.first_step(short.id)
    pieces = [at for at, piece in hearing.pieces if piece.generation == long.id]
    longest = max((b - a for a, b in itertools.pairwise(pieces) if b <= asked_at), default=0.0)
    between = [at for at in pieces if asked_at < at < first]
    print(
        f"\nfirst token alone {first_alone:.3f} s; while {LONG_PROMPT} tokens were read {first - asked_at:.3f} s, "
        f"{len(between)} pieces of them in between; a piece took up to {longest:.3f} s"
    )
    assert still_reading
    assert short.generated
    # One was under way; another one may have ended while the question was on its way.
    assert len(between) <= 2
