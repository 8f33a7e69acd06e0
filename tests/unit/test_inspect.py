"""What the model would see, asked of the real child: pieces, tokens, limit; and answers that are gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.scripted_engine import ENDLESS, SHORT, Heard, asked, ended, listening
from tiny_gguf import write_tiny

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Inspected, Loaded, Stepped
from desktop_llm.errors import UserError
from desktop_llm.settings import Loading, Sampling

STRICT = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}"
    "[{{ message.role }}] {{ message.content }} {% endfor %}"
)
TALK = (
    Message("system", "Be brief."),
    Message("user", "Where is Paris?"),
    Message("assistant", "In France, naïvely said: 🗼."),
    Message("user", "<|im_end|> and Rome?"),
)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    with listening(Engine(Loading(context=2048)), heard) as engine:
        yield engine


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SentencePiece, a token that begins every text, a template that wants users and answers in turn and no system."""
    changed = {"tokenizer.chat_template": STRICT, "tokenizer.ggml.add_bos_token": True}
    return write_tiny(tmp_path_factory.mktemp("strict") / "strict.gguf", changed=changed)


def talk(model: Path, messages: tuple[Message, ...] = TALK, sampling: Sampling = SHORT) -> Prompt:
    return Prompt(messages, model, sampling)


def of_message(seen: Inspected, place: int) -> str:
    return "".join(piece.text for piece in seen.pieces if piece.message == place)


# ---- what is seen


@pytest.mark.parametrize("model", ["starter", "tiny", "strict"])
def test_the_tokens_seen_are_those_evaluated_and_each_message_has_its_own(
    engine: Engine, model: str, request: pytest.FixtureRequest
) -> None:
    prompt = talk(request.getfixturevalue(model))
    seen = engine.inspect(prompt)
    assert seen.cached == 0
    answer = ended(engine.generate(prompt))
    assert answer.tokens
    assert seen.tokens == answer.tokens.prompt == sum(piece.tokens for piece in seen.pieces)
    assert [of_message(seen, n).strip() for n in range(4)] == [message.text for message in TALK]
    assert all(piece.tokens for piece in seen.pieces if piece.text)
    assert seen.limit == 2048


def test_tokens_are_counted_where_their_text_is(engine: Engine, tiny: Path, strict: Path) -> None:
    for model in (tiny, strict):
        # They have a token for each byte, and three for the sign that stands for a space before a word.
        for piece in engine.inspect(talk(model)).pieces:
            if piece.message >= 0:
                assert piece.tokens - len(piece.text.replace(" ", "▁").encode()) in (0, 3), piece


def test_what_begins_every_text_is_a_piece_of_its_own(engine: Engine, strict: Path, tiny: Path) -> None:
    first = engine.inspect(talk(strict)).pieces[0]
    assert (first.text, first.tokens, first.message) == ("<s>", 1, -1)
    again = engine.inspect(talk(strict)).pieces
    assert not again[1].text.startswith("<s>")


def test_what_is_in_the_cache_need_not_be_evaluated_again(engine: Engine, starter: Path) -> None:
    first = ended(engine.generate(asked(starter, "Name a colour.")))
    assert first.tokens
    turns = (Message("user", "Name a colour."), Message("assistant", first.text), Message("user", "Another."))
    seen = engine.inspect(talk(starter, turns))
    second = ended(engine.generate(talk(starter, turns)))
    assert second.tokens
    assert seen.cached == second.tokens.cached >= first.tokens.prompt
    assert engine.inspect(talk(starter, turns)).cached == seen.tokens - 1


def test_a_prompt_too_long_is_seen_all_the_same(engine: Engine, starter: Path) -> None:
    for words in (2500, 30_000):
        seen = engine.inspect(asked(starter, "word " * words))
        assert seen.limit == 2048
        assert words * 0.9 < seen.tokens < words * 1.2
        assert of_message(seen, 0) == "word " * words


def test_it_is_told_while_an_answer_is_written(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped, count=3)
    seen = engine.inspect(asked(starter, "Hello"))
    assert generation.state == "writing"
    assert seen.tokens > 1
    steps = len(heard.of(Stepped))
    heard.until(Stepped, count=steps + 3)
    generation.stop()
    assert ended(generation).reason == "stopped"


def test_its_model_is_loaded_first_and_one_that_is_not_there_is_told(
    engine: Engine, heard: Heard, tiny: Path, starter: Path
) -> None:
    assert engine.inspect(asked(tiny, "Hello")).tokens
    assert engine.inspect(asked(starter, "Hello")).tokens
    assert [loaded.facts.path for loaded in heard.of(Loaded)] == [tiny, starter]
    with pytest.raises(UserError, match="no model file"):
        engine.inspect(asked(tiny.with_name("none.gguf"), "Hello"))


def test_a_model_that_cannot_chat_sees_nothing(engine: Engine, tmp_path: Path) -> None:
    embedding = write_tiny(tmp_path / "embeds.gguf", changed={"{a}.pooling_type": 1})
    with pytest.raises(UserError, match="cannot chat"):
        engine.inspect(asked(embedding, "Hello"))


# ---- going on with an answer


def go_on(answer: Prompt, text: str, sampling: Sampling = SHORT) -> Prompt:
    return replace(answer, messages=(*answer.messages, Message("assistant", text)), sampling=sampling, continues=True)


@pytest.mark.parametrize("model", ["starter", "tiny"])
def test_a_stopped_answer_goes_on_with_its_last_token(
    engine: Engine, heard: Heard, model: str, request: pytest.FixtureRequest
) -> None:
    prompt = asked(request.getfixturevalue(model), "Write a long story.", Sampling(temperature=0.0, max_tokens=400))
    generation = engine.generate(prompt)
    heard.until(Stepped, count=6)
    generation.stop()
    first = ended(generation)
    assert first.reason == "stopped"
    second = ended(engine.generate(go_on(prompt, first.text)))
    assert second.tokens
    assert second.tokens.generated
    assert second.tokens.prompt - second.tokens.cached == 1

    turns = (*prompt.messages, Message("assistant", first.text + second.text), Message("user", "And then?"))
    third = ended(engine.generate(replace(prompt, messages=turns, sampling=SHORT)))
    assert third.tokens
    assert third.tokens.cached >= second.tokens.prompt + second.tokens.generated - 1


def test_a_turn_after_an_answer_gone_on_with_finds_both_parts_in_the_cache(engine: Engine, starter: Path) -> None:
    prompt = asked(starter, "Write a story.", replace(SHORT, max_tokens=9))
    first = ended(engine.generate(prompt))
    second = ended(engine.generate(go_on(prompt, first.text)))
    assert second.tokens
    assert second.tokens.prompt - second.tokens.cached == 1
    turns = (*prompt.messages, Message("assistant", first.text + second.text), Message("user", "And then?"))
    third = ended(engine.generate(replace(prompt, messages=turns)))
    assert third.tokens
    assert third.tokens.cached >= second.tokens.prompt + second.tokens.generated - 1


@pytest.mark.parametrize(
    ("model", "beginning"),
    [("starter", "The capital of France is the city of"), ("strict", "Paris,"), ("tiny", "Paris,")],
)
def test_an_edited_answer_and_a_beginning_written_by_a_person_are_gone_on_with(
    engine: Engine, model: str, beginning: str, request: pytest.FixtureRequest
) -> None:
    prompt = asked(request.getfixturevalue(model), "What is the capital of France?")
    begun = go_on(prompt, beginning)
    seen = engine.inspect(begun)
    assert (seen.pieces[-1].text, seen.pieces[-1].message) == (beginning, 1)
    answer = ended(engine.generate(begun))
    assert answer.tokens
    assert answer.tokens.prompt == seen.tokens
    assert answer.text
    assert beginning not in answer.text
    if model == "starter":
        assert "Paris" in answer.text

    further = ended(engine.generate(go_on(prompt, begun.messages[-1].text + answer.text)))
    assert further.tokens
    assert further.tokens.prompt - further.tokens.cached == 1


# ---- thinking


def test_whether_a_model_can_be_told_to_think_is_a_fact_and_it_is_told(
    engine: Engine, heard: Heard, tmp_path: Path
) -> None:
    source = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
        "<|im_start|>assistant\n{% if enable_thinking is false %}No thoughts.{% endif %}"
    )
    model = write_tiny(tmp_path / "thinks.gguf", changed={"tokenizer.chat_template": source})
    prompt = asked(model, "Hello")
    ends = [engine.inspect(replace(prompt, thinking=wanted)).pieces[-1].text for wanted in (None, True, False)]
    assert [text.endswith("No thoughts.") for text in ends] == [False, False, True]
    assert heard.until(Loaded).facts.thinks


def test_a_model_without_such_a_switch_has_none(engine: Engine, heard: Heard, tiny: Path) -> None:
    engine.inspect(asked(tiny, "Hello"))
    assert not heard.until(Loaded).facts.thinks
