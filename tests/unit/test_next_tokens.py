"""The likeliest next tokens of a prompt, told by the real child without disturbing what it writes and holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.scripted_engine import ENDLESS, SHORT, Heard, asked, ended, listening, misbehaving

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import LIKELY_TOKENS, Engine
from desktop_llm.engine.messages import LookedAhead, PromptProgress, Stepped
from desktop_llm.errors import EngineError, UserError
from desktop_llm.reshaping import reshaped
from desktop_llm.settings import Loading, Sampling

MINUTE = 120.0
CAPITAL = "What is the capital of France?"
PLAIN = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=4)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    with listening(Engine(Loading(context=1024)), heard) as engine:
        yield engine


def ahead(engine: Engine, prompt: Prompt, count: int = LIKELY_TOKENS) -> LookedAhead:
    return engine.next_tokens(prompt, count).result(MINUTE)


def test_the_likeliest_token_is_the_one_that_is_written(engine: Engine, starter: Path) -> None:
    prompt = asked(starter, CAPITAL, PLAIN)
    seen = ahead(engine, prompt)
    answer = ended(engine.generate(prompt))
    assert answer.text.startswith(seen.tokens[0].text)
    assert len(seen.tokens) == LIKELY_TOKENS
    chances = [token.probability for token in seen.tokens]
    assert chances == sorted(chances, reverse=True)
    assert 0.9 < sum(chances) <= 1
    first, second = seen.tokens[:2]
    assert first.probability / second.probability == pytest.approx(math.exp(first.logit - second.logit))
    assert seen.spread > 0


def test_the_picture_made_of_them_is_that_of_all_tokens(engine: Engine, starter: Path) -> None:
    some, all_of_them = (
        reshaped([token.logit for token in ahead(engine, asked(starter, "Write a poem."), count).tokens], Sampling())
        for count in (LIKELY_TOKENS, 10**6)
    )
    assert some[:10] == pytest.approx(all_of_them[:10], abs=0.02)
    assert len(all_of_them) > 40_000


def test_nothing_that_chats_hold_is_lost(engine: Engine, heard: Heard, starter: Path) -> None:
    first = ended(engine.generate(asked(starter, CAPITAL, SHORT)))
    talk = (Message("user", CAPITAL), Message("assistant", first.text), Message("user", "And of Italy?"))
    # Looked at is another chat, an earlier turn, and a branch that begins alike.
    for text in ("Write a long poem about the sea and the wind.", CAPITAL, CAPITAL + " Be brief."):
        ahead(engine, asked(starter, text))
    assert heard.of(PromptProgress)[-1].generation == first.id
    second = ended(engine.generate(Prompt(talk, starter, SHORT)))
    assert first.tokens
    assert second.tokens
    assert second.tokens.cached >= first.tokens.prompt + first.tokens.generated - 1


def test_it_waits_for_answers_and_they_are_written_as_if_it_were_not_there(
    engine: Engine, heard: Heard, starter: Path
) -> None:
    prompt = asked(starter, "Write a story.", replace(ENDLESS, max_tokens=40))
    alone = ended(engine.generate(prompt))
    engine.unload()
    generation = engine.generate(prompt)
    heard.until(Stepped, count=41)
    looking = engine.next_tokens(asked(starter, CAPITAL))
    again = ended(generation)
    assert looking.result(MINUTE).tokens
    assert again.text == alone.text
    assert again.receipt
    assert alone.receipt
    assert again.receipt.steps == alone.receipt.steps != ""


def test_an_answer_asked_for_meanwhile_comes_first(engine: Engine, heard: Heard, starter: Path) -> None:
    order: list[str] = []
    ended(engine.generate(asked(starter, "Hi.")))
    looking = engine.next_tokens(asked(starter, "word " * 800))
    looking.add_done_callback(lambda _done: order.append("looked"))
    answer = ended(engine.generate(asked(starter, CAPITAL)))
    order.append("answered")
    assert looking.result(MINUTE).tokens
    assert order == ["answered", "looked"]
    assert answer.receipt
    assert answer.receipt.steps


def test_in_the_only_place_there_is_the_chat_comes_back(heard: Heard, starter: Path) -> None:
    with listening(Engine(Loading(context=512, parallel=1)), heard) as engine:
        first = ended(engine.generate(asked(starter, CAPITAL)))
        assert ahead(engine, asked(starter, CAPITAL + " And why?")).tokens
        assert ahead(engine, asked(starter, "Something else.")).tokens
        assert engine.inspect(asked(starter, CAPITAL)).cached
        talk = (Message("user", CAPITAL), Message("assistant", first.text), Message("user", "Why?"))
        second = ended(engine.generate(Prompt(talk, starter, SHORT)))
    assert first.tokens
    assert second.tokens
    assert second.tokens.cached >= first.tokens.prompt + first.tokens.generated - 1


def test_what_cannot_be_looked_at_is_told(engine: Engine, starter: Path, tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="tokens"):
        ahead(engine, asked(starter, "word " * 3000))
    with pytest.raises(UserError, match="no model file"):
        ahead(engine, asked(tmp_path / "none.gguf", "Hi"))
    assert len(ahead(engine, asked(tiny, "Hi"), 0).tokens) == 1
    other = Engine(Loading(), misbehaving(tmp_path, "hear(LookAhead)\nos._exit(1)"))
    with pytest.raises(EngineError):
        ahead(other, asked(tiny, "Hi"))
    other.close()
