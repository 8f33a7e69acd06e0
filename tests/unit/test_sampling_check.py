"""What in a sampling contradicts itself is told, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desktop_llm.sampling_check import contradictions, logit_biases
from desktop_llm.settings import SAMPLERS, Sampling


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"grammar": "root ::= .", "schema": "{}"}, "grammar and a JSON schema at once"),
        ({"ignore_end": True, "schema": "{}"}, "cannot be kept from ending"),
        ({"temperature": 0.0, "xtc_probability": 0.5}, "always taken; XTC would"),
        ({"temperature": 0.0, "mirostat": "1", "adaptive_target": 0.5}, "Mirostat, Adaptive-p would"),
        ({"mirostat": "2", "top_k": 10, "dry_multiplier": 0.8}, "takes the place of DRY multiplier, Top-k,"),
        ({"mirostat": "2", "adaptive_target": 0.0}, "takes the place of Adaptive-p target,"),
        ({"samplers": ("top_k", "top_k", "temperature")}, "names top_k more than once"),
        ({"samplers": SAMPLERS[1:], "frequency_penalty": 0.5}, "Frequency penalty would do nothing"),
        ({"penalty_window": 0, "presence_penalty": 0.5}, "Presence penalty would do nothing: the window is 0"),
        ({"dry_window": 0, "dry_multiplier": 0.5}, "DRY multiplier would do nothing: the window is 0"),
        ({"logit_bias": ("a=1", "b")}, "“b” is not a logit bias"),
    ],
)
def test_a_contradiction_is_told_in_a_sentence_with_what_to_do(changed: dict[str, Any], told: str) -> None:
    sentences = [problem.sentence() for problem in contradictions(replace(Sampling(), **changed))]
    assert any(told in sentence for sentence in sentences), sentences
    assert all(problem.remedy for problem in contradictions(replace(Sampling(), **changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"temperature": 0.0},
        {"temperature": 0.0, "temperature_range": 1.0, "xtc_probability": 0.5},
        {"mirostat": "2"},
        {"mirostat": "2", "top_k": 0, "repeat_penalty": 1.0, "temperature": 1.2},
        {"samplers": ()},
        {"samplers": ("temperature", "top_k"), "top_k": 5, "min_p": 0.0},
        {"penalty_window": 0},
        {"ignore_end": True, "max_tokens": 10},
        {"grammar": "root ::= .", "schema": " "},
    ],
)
def test_what_goes_together_is_no_contradiction(changed: dict[str, Any]) -> None:
    assert contradictions(replace(Sampling(), **changed)) == ()


def test_a_bias_names_a_text_or_a_token() -> None:
    written = ("a=b=-2", "#12=1.5", "# 1=3", "#x=0", " sea=-inf")
    expected = (("a=b", -2.0), (12, 1.5), ("# 1", 3.0), ("#x", 0.0), (" sea", float("-inf")))
    assert logit_biases(Sampling(logit_bias=written)) == expected
