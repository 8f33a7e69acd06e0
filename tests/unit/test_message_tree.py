"""Which messages a branch holds, what stands in place of each other, and what an answer says without its thoughts."""

from __future__ import annotations

import pytest

from desktop_llm.conversation import Message, branch, last_below, siblings, without_thoughts

QUESTION = Message("user", "Why?", id=1)
FIRST, SECOND = Message("assistant", "a", id=2, parent=1), Message("assistant", "b", id=3, parent=1)
AFTER_FIRST = Message("user", "And?", id=4, parent=2)
EDITED = Message("user", "Why not?", id=5)
TREE = [QUESTION, FIRST, SECOND, AFTER_FIRST, EDITED]


@pytest.mark.parametrize(
    ("leaf", "way"), [(4, [QUESTION, FIRST, AFTER_FIRST]), (3, [QUESTION, SECOND]), (5, [EDITED]), (99, [EDITED])]
)
def test_a_branch_leads_to_its_leaf_or_to_the_last_message(leaf: int, way: list[Message]) -> None:
    assert branch(TREE, leaf) == way


def test_what_was_said_in_place_of_each_other() -> None:
    assert siblings(TREE, SECOND) == [FIRST, SECOND]
    assert siblings(TREE, QUESTION) == [QUESTION, EDITED]
    assert siblings(TREE, AFTER_FIRST) == [AFTER_FIRST]


def test_the_end_of_a_branch_is_what_was_said_last_in_it() -> None:
    assert last_below(TREE, QUESTION) == AFTER_FIRST
    assert last_below(TREE, SECOND) == SECOND


def test_parents_in_a_circle_end() -> None:
    one, two = Message("user", "a", id=1, parent=2), Message("user", "b", id=2, parent=1)
    assert branch([one, two], 1) == [two, one]
    assert last_below([one, two], one) == two


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain", "plain"),
        ("<think>why</think>\n\nHi", "Hi"),
        ("\n<think>why</think>Hi", "Hi"),
        ("why</think>Hi", "Hi"),
        ("<think>never ended", ""),
        ("HTML has no <think> element", "HTML has no <think> element"),
        ("Write <think>x</think> so", "Write <think>x</think> so"),
        ("[THINK]why[/THINK]Hi", "Hi"),
        ("<thinking>of </think></thinking> Hi", "Hi"),
        ("<|channel|>final<|message|>Hi", "Hi"),
    ],
)
def test_an_answer_without_its_thoughts(text: str, said: str) -> None:
    assert without_thoughts(text) == said
