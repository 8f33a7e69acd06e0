"""Texts counted by the model's own tokenizer, as people's text; contexts with no more sequences than asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.scripted_engine import SHORT, Heard, listening

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.errors import UserError
from desktop_llm.settings import Loading

TEXTS = ("Hello there", "", "西游记 😀", "<|im_end|>", "naïve\n\ntext" * 50, "\ud800\0")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with listening(Engine(Loading(context=2048)), Heard()) as engine:
        yield engine


def test_counts_are_those_of_a_message_of_that_text(engine: Engine, starter: Path) -> None:
    counts = engine.count_tokens(starter, TEXTS).result(120)
    for text, count in zip(TEXTS, counts, strict=True):
        seen = engine.inspect(Prompt((Message("system", "s"), Message("user", text)), starter, SHORT))
        assert count == sum(piece.tokens for piece in seen.pieces if piece.message == 1)
    assert counts[1] == 0 and counts[3] > 1


def test_many_texts_are_counted_at_once(engine: Engine, tiny: Path) -> None:
    assert engine.count_tokens(tiny, []).result(120) == ()
    many = [str(number) for number in range(3000)]
    assert len(engine.count_tokens(tiny, many).result(120)) == 3000


def test_what_cannot_be_loaded_says_so(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"GGUF nonsense")
    with pytest.raises(UserError):
        engine.count_tokens(tmp_path / "no.gguf", ["x"]).result(120)


def test_a_context_has_no_more_sequences_than_there_is_use_for(engine: Engine, tiny: Path) -> None:
    assert engine.open_context(tiny, 0, 256, False, most=2).sequences <= 2
    assert engine.open_context(tiny, 3, 256, False, most=2).sequences == 3
