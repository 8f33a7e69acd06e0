"""Reasoning that the template opens, or that models mark with control tokens, is told from the answer by its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_child import Child, prompt
from tiny_gguf import CHATML, CONTROL, write_tiny

from desktop_llm.conversation import Message, Prompt, thoughts_and_answer, without_thoughts
from desktop_llm.engine.messages import Generate, Inspect, Inspected, Load, Loaded
from desktop_llm.settings import Loading, Sampling

OPENED = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
BRIEF = Sampling(temperature=0.0, max_tokens=8)
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
