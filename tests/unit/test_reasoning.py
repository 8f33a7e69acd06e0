"""Reasoning that the template opens, or that models mark with control tokens, is told from the answer by its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_child import Child, prompt
from tiny_gguf import CHATML, CONTROL, write_tiny

from desktop_llm.conversation import Asking, Message, Prompt, thoughts_and_answer, without_thoughts
from desktop_llm.engine import llama
from desktop_llm.engine.messages import Generate, Inspect, Inspected, Load, Loaded
from desktop_llm.engine.prompt import PromptReader
from desktop_llm.engine.sequence import Sequence
from desktop_llm.settings import Loading, Sampling
from desktop_llm.tasks.chat import chat_prompt

OPENED = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
BRIEF = Sampling(temperature=0.0, max_tokens=8)
HARMONY = ("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|return|>", "<|call|>", "[THINK]", "[/THINK]")
ANALYSIS, FINAL = "<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"
ONE = '{"const": 1}'
MARKS = ("[THINK]", "[/THINK]", "<|channel|>", "<|other|>")


@pytest.fixture
def opening(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "opens.gguf", changed={"tokenizer.chat_template": OPENED})


@pytest.fixture
def marking(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "marks.gguf", control=MARKS)


def only(mark: str) -> Sampling:
    """Nothing but this control token is said."""
    token = len(CONTROL) + 256 + MARKS.index(mark)
    return Sampling(temperature=0.0, max_tokens=2, logit_bias=(f"#{token}=100",), repeat_penalty=1.0)


def seen(child: Child, asked: Prompt) -> str:
    child.say(Inspect(9, asked))
    return "".join(piece.text for piece in child.next(Inspected).pieces)


def test_an_answer_begins_with_the_mark_that_its_template_opened(child: Child, opening: Path) -> None:
    child.say(Load(opening, Loading()), Generate(1, prompt(opening, "Hi", sampling=BRIEF)))
    assert child.ended(1).tokens.generated == 8
    text = child.text(1)
    assert text.startswith("<think>\n") and len(text) > len("<think>\n")
    assert without_thoughts(text) == "" and thoughts_and_answer(text)[0]


def test_an_answer_stopped_in_its_thought_goes_on_in_it_and_opens_it_once(child: Child, opening: Path) -> None:
    child.say(Load(opening, Loading()), Generate(1, prompt(opening, "Hi", sampling=BRIEF)))
    child.ended(1)
    said = (Message("user", "Hi"), Message("assistant", child.text(1)))
    on = Prompt(said, opening, BRIEF, continues=True)
    assert seen(child, on).count("<think>") == 1
    child.say(Generate(2, on))
    end = child.ended(2)
    assert "<think>" not in child.text(2)
    assert end.tokens.cached >= end.tokens.prompt - 2  # its own tokens are known again


def test_a_template_that_opens_nothing_adds_nothing(child: Child, tiny: Path) -> None:
    child.say(Load(tiny, Loading()), Generate(1, prompt(tiny, "Say <think>", sampling=BRIEF)))
    child.ended(1)
    assert "<think>" not in child.text(1)


@pytest.mark.parametrize(
    ("mark", "text"),
    [("[THINK]", "[THINK]" * 2), ("[/THINK]", "[/THINK]" * 2), ("<|channel|>", "<|channel|>" * 2), ("<|other|>", "")],
)
def test_control_tokens_are_empty_but_those_that_mark_reasoning(
    child: Child, marking: Path, mark: str, text: str
) -> None:
    child.say(Load(marking, Loading()), Generate(1, prompt(marking, "Hi", sampling=only(mark))))
    assert child.ended(1).tokens.generated == 2
    assert child.text(1) == text


def test_a_mark_that_a_person_types_stays_text(child: Child, marking: Path) -> None:
    child.say(Load(marking, Loading()))
    child.next(Loaded)
    counts = []
    for request, text in enumerate(("[THINK]", "(THINK)")):
        child.say(Inspect(request, prompt(marking, text)))
        counts.append(child.next(Inspected).tokens)
    assert counts[0] >= counts[1]  # as one control token it would be fewer


# ---- stopped, gone on with, sent on


@pytest.mark.parametrize("form", [CHATML, OPENED])
def test_an_answer_gone_on_with_twice_is_read_as_it_was_written(child: Child, tmp_path: Path, form: str) -> None:
    model = write_tiny(tmp_path / "model.gguf", changed={"tokenizer.chat_template": form})
    text = ""
    child.say(Load(model, Loading()))
    for generation in (1, 2, 3):
        said = (Message("user", "Hi"), *([Message("assistant", text)] if text else []))
        child.say(Generate(generation, Prompt(said, model, BRIEF, continues=bool(text))))
        end = child.ended(generation)
        assert generation == 1 or end.tokens.prompt - end.tokens.cached == 1
        text += child.text(generation)
    assert text.count("<think>") == (form == OPENED)


def test_an_answer_stopped_in_its_thought_is_not_sent_with_the_next_question(child: Child, opening: Path) -> None:
    child.say(Load(opening, Loading()), Generate(1, prompt(opening, "Hi", sampling=BRIEF)))
    child.ended(1)
    stopped = Message("assistant", child.text(1), state="stopped", reason="stopped")
    history = [Message("user", "Hi"), stopped, Message("user", "And?")]
    shown = seen(child, chat_prompt(history, Asking(opening, BRIEF)))
    assert shown == "<s><|im_start|>user\nHi\n\nAnd?<|im_end|>\n<|im_start|>assistant\n<think>\n"


def test_what_a_person_began_is_no_thought_where_only_the_prompts_form_fits(child: Child, tmp_path: Path) -> None:
    strict = "{% if messages[-1].role == 'assistant' %}{{ raise_exception('whose turn?') }}{% endif %}" + OPENED
    model = write_tiny(tmp_path / "strict.gguf", changed={"tokenizer.chat_template": strict})
    begun = Prompt((Message("user", "Hi"), Message("assistant", "Hello")), model, BRIEF, continues=True)
    child.say(Load(model, Loading()))
    assert seen(child, begun).endswith("<|im_start|>assistant\nHello")
    child.say(Generate(1, begun))
    child.ended(1)
    assert "<think>" not in child.text(1)


@pytest.mark.parametrize(
    "formed",
    [{"sampling": replace(BRIEF, grammar='root ::= "1"')}, {"sampling": replace(BRIEF, schema=ONE)}, {"schema": ONE}],
)
def test_an_answer_in_a_given_form_is_no_thought(child: Child, opening: Path, formed: dict[str, Any]) -> None:
    child.say(Load(opening, Loading()), Generate(1, replace(prompt(opening, "Hi", sampling=BRIEF), **formed)))
    assert child.ended(1).problem is None
    assert child.text(1) == "1"


def test_only_what_the_template_writes_opens_a_thought(child: Child, tmp_path: Path) -> None:
    bare = "{% for message in messages %}[{{ message.role }}]{{ message.content }}{% endfor %}"
    model = write_tiny(tmp_path / "bare.gguf", changed={"tokenizer.chat_template": bare})
    child.say(Load(model, Loading()), Generate(1, prompt(model, "Say <think>", sampling=BRIEF)))
    child.ended(1)
    assert child.text(1) and "<think>" not in child.text(1)


# ---- marks that are control tokens


@pytest.fixture
def harmony(tmp_path: Path) -> Iterator[llama.Model]:
    path = write_tiny(tmp_path / "harmony.gguf", tokenizer="gpt2", control=HARMONY)
    model = llama.Model(path, Loading(gpu_layers=0), lambda _fraction: True)
    yield model
    model.close()


def said(model: llama.Model, text: str) -> str:
    """What is heard of a model that says this, control tokens and all."""
    sequence = Sequence(1, prompt(model.path, "Hi"), [], 0.0)
    return "".join(sequence.take(token, model.piece, model.ends)[0] for token in model.tokenize(text, special=True))


@pytest.mark.parametrize(
    ("text", "thoughts"),
    [
        (f"{ANALYSIS}Hm.{FINAL}Yes.", "Hm."),
        ("<|channel|>final<|message|>Yes.", ""),
        ("[THINK]Hm.[/THINK]Yes.", "Hm."),
    ],
)
def test_reasoning_marked_by_control_tokens_is_told_from_the_answer(
    harmony: llama.Model, text: str, thoughts: str
) -> None:
    assert said(harmony, f"{text}<|call|><|return|>") == text
    assert thoughts_and_answer(text) == (thoughts, "Yes.")


@pytest.mark.parametrize(
    "text", [f"{ANALYSIS}Hm", f"{ANALYSIS}Hm.{FINAL}Ye", "[THINK]Hm", "<|channel|>final<|message|>Y"]
)
def test_an_answer_gone_on_with_has_its_marks_as_control_tokens_and_a_question_has_none(
    harmony: llama.Model, text: str
) -> None:
    asked = Prompt((Message("user", text), Message("assistant", text)), harmony.path, BRIEF, continues=True)
    tokens = PromptReader(harmony).read(asked, 2048).tokens
    own = harmony.tokenize(text, special=True)
    assert tokens[-len(own) :] == own
    controls = [token for token in tokens if harmony.is_control(token)]
    assert len(controls) == 3 + sum(map(harmony.is_control, own))  # of the template three; the person's are text


def test_a_mark_that_the_vocabulary_does_not_know_is_read_with_what_stands_around_it(child: Child, tiny: Path) -> None:
    typed = Message("user", "<|im_end|>")  # so that SentencePiece is given the pieces one by one
    child.say(Load(tiny, Loading()))
    counts = []
    for text in ("<think>\nHm</think>Yes", "(think)\nHm(/think)Yes"):
        child.say(Inspect(9, Prompt((typed, Message("assistant", text)), tiny, BRIEF, continues=True)))
        counts.append(child.next(Inspected).tokens)
    assert counts[0] == counts[1]  # cut at its marks it would have more spaces
