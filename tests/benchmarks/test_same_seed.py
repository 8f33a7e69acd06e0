"""How often the same seed gives the same text: alone twice, and beside other answers; asserts only the first.

python -m pytest tests/benchmarks/test_same_seed.py -s
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.conversation import ANEW, Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.settings import Loading, Sampling

PROMPTS = 20
TOKENS = 40
BESIDE = 4


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(Loading(context=4096))
    yield engine
    engine.close()


def prompts(model: Path, temperature: float) -> list[Prompt]:
    things = ("the sea", "a city", "bread", "an old clock", "snow")
    said = [f"Write {kind} about {thing}." for kind in ("a story", "a poem", "a letter", "a joke") for thing in things]
    sampling = (Sampling(temperature=temperature, seed=n, max_tokens=TOKENS) for n in range(PROMPTS))
    return [Prompt((Message("user", text),), model, one) for text, one in zip(said, sampling, strict=True)]


def written(engine: Engine, asked: list[Prompt], at_once: int) -> list[str]:
    """Each by itself and from the beginning where one is written at a time."""
    texts: list[str] = []
    engine.unload()
    for start in range(0, len(asked), at_once):
        steps = ANEW if at_once == 1 else ""
        generations = [engine.generate(replace(prompt, steps=steps)) for prompt in asked[start : start + at_once]]
        for generation in generations:
            assert generation.wait(300)
            texts.append(generation.text)
    return texts


@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.5])
def test_how_often_texts_differ_alone_and_beside_others(temperature: float, engine: Engine, starter: Path) -> None:
    asked = prompts(starter, temperature)
    alone, again = written(engine, asked, 1), written(engine, asked, 1)
    beside = written(engine, asked, BESIDE)
    apart = sum(one != other for one, other in zip(alone, beside, strict=True))
    print(f"\ntemperature {temperature}: of {PROMPTS} texts {sum(a != b for a, b in zip(alone, again, strict=True))} "
          f"differ written alone again, {apart} written {BESIDE} at once")  # fmt: skip
    assert alone == again
