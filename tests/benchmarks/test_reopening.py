"""How soon a long chat kept on disk is gone on with in a new engine, beside evaluating it again; asserts no times.

python -m pytest tests/benchmarks/test_reopening.py -s
"""

from __future__ import annotations

import random
from pathlib import Path

from faults.scripted_engine import Heard, ended, listening

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import Hashed
from desktop_llm.settings import Loading, Sampling

FEW = Sampling(temperature=0.0, max_tokens=4)
WORDS = ("river", "stone", "window", "garden", "letter", "winter", "copper", "engine", "morning", "paper", "silver")


def in_a_new_engine(folder: Path, prompt: Prompt) -> tuple[Generation, int]:
    """The answer to `prompt` by an engine that just loaded its model, and the megabytes kept after it."""
    heard = Heard()
    with listening(Engine(Loading(context=8192), states=folder), heard) as engine:
        engine.load(prompt.model)
        heard.until(Hashed)
        generation = ended(engine.generate(prompt))
    return generation, sum(path.stat().st_size for path in folder.glob("*.state")) // 10**6


def first_token(generation: Generation) -> float:
    assert generation.timings
    return generation.timings.first_token


def test_a_long_chat_reopened(starter: Path, tmp_path: Path) -> None:
    draw = random.Random(7)
    chat = Prompt((Message("user", " ".join(draw.choices(WORDS, k=3900))),), starter, FEW)
    cold, kept = in_a_new_engine(tmp_path, chat)
    turns = (*chat.messages, Message("assistant", cold.text), Message("user", "And now?"))
    again, _ = in_a_new_engine(tmp_path, Prompt(chat.messages, starter, FEW))
    further, _ = in_a_new_engine(tmp_path, Prompt(turns, starter, FEW))
    for name, reopened in (("the same question", again), ("one more question", further)):
        assert reopened.tokens
        ratio = first_token(cold) / first_token(reopened)
        evaluated = reopened.tokens.prompt - reopened.tokens.cached
        print(
            f"\n{name}: {evaluated} of {reopened.tokens.prompt} tokens evaluated, "
            f"first token after {first_token(reopened):.3f} s, cold {first_token(cold):.2f} s: {ratio:.0f}x ({kept} MB)"
        )
        assert reopened.tokens.cached > 3800
    assert again.text == cold.text
