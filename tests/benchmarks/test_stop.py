"""How long a stop takes: while a model loads, while a prompt is read, while an answer is written."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.scripted_engine import ENDLESS, PATIENCE, SHORT, Heard, asked

from desktop_llm.conversation import Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Finished, Loaded, LoadFailed, LoadProgress, PromptProgress, Stepped
from desktop_llm.settings import Loading

ROUNDS = 7
WITHIN = 0.3


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    engine = Engine(Loading(context=2048))
    engine.on_event = heard
    yield engine
    engine.close()


def stopped(engine: Engine, heard: Heard, prompt: Prompt, moment: type) -> float:
    """Seconds from the stop to the end the child tells of."""
    heard.events.clear()
    generation = engine.generate(prompt)
    heard.until(moment)
    begun = time.perf_counter()
    generation.stop()
    heard.until(Finished, lambda event: event.generation == generation.id)
    seconds = time.perf_counter() - begun
    assert generation.reason == "stopped"
    return seconds


def report(name: str, seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """Prints them; the best must hold, for the others the machine may have been busy."""
    figures = [f"{1000 * figure:.1f}" for figure in (statistics.median(seconds), min(seconds), max(seconds))]
    with capsys.disabled():
        print(f"\nstop while {name}: median {figures[0]} ms, best {figures[1]}, worst {figures[2]}, of {len(seconds)}")
    assert min(seconds) < WITHIN


def measured(once: Callable[[int], float]) -> list[float]:
    return [once(n) for n in range(ROUNDS)]


def test_stop_while_writing(
    engine: Engine, heard: Heard, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = [asked(starter, f"Write a long story about {n}.", ENDLESS) for n in range(ROUNDS)]
    report("writing", measured(lambda n: stopped(engine, heard, prompts[n], Stepped)), capsys)


def test_stop_while_a_prompt_is_read(
    engine: Engine, heard: Heard, starter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = [asked(starter, f"{n} " + "word " * 1800) for n in range(ROUNDS)]
    report("reading a prompt", measured(lambda n: stopped(engine, heard, prompts[n], PromptProgress)), capsys)


def test_stop_while_loading(
    engine: Engine, heard: Heard, starter: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def until_the_load_is_over(n: int) -> float:
        assert engine.generate(asked(tiny, str(n))).wait(PATIENCE)
        heard.events.clear()
        generation = engine.generate(asked(starter, "Hi", SHORT))
        heard.until(LoadProgress)
        begun = time.perf_counter()
        generation.stop()
        assert generation.reason == "stopped"
        heard.until(object, lambda event: isinstance(event, (LoadFailed, Loaded)))
        return time.perf_counter() - begun

    report("loading", measured(until_the_load_is_over), capsys)
