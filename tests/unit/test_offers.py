"""Which file of a repository is recommended, and how each would run here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop_llm.library.header import read_header
from desktop_llm.library.hub import Choice, RemoteFile
from desktop_llm.library.offers import offers, recommended
from desktop_llm.memory import Computer, Gpu, Shape
from desktop_llm.settings import Loading

GB = 10**9
SIZES = {"Q2_K": 1.0, "Q4_K_M": 2.0, "Q5_K_M": 2.4, "Q8_0": 3.6, "F16": 7.0}


def choice(label: str, size: float) -> Choice:
    name = f"model-{label}.gguf"
    return Choice(name, label, "", int(size * GB), (RemoteFile(name, int(size * GB), ""),))


CHOICES = [choice(label, size) for label, size in SIZES.items()]


Shapes = dict[str, Shape]


@pytest.fixture
def shapes(starter: Path) -> Shapes:
    """As if the starter came in each of these sizes."""
    told = read_header(starter).shape
    plain = replace(told, layer_weights=(), repackable=())
    return {choice.name: replace(plain, weights=choice.size, read_per_token=choice.size) for choice in CHOICES}


def best(shapes: Shapes, computer: Computer, choices: list[Choice] = CHOICES) -> str:
    made = offers(choices, shapes, Loading(), computer, None)
    (one,) = [offer for offer in made if offer.recommended]
    return one.choice.quantization


def test_the_usual_quantization_is_recommended_where_it_runs_best(shapes: Shapes) -> None:
    assert best(shapes, Computer(14 * GB, 16 * GB)) == "Q4_K_M"
    assert best({}, Computer(14 * GB, 16 * GB)) == "Q4_K_M"


def test_where_it_does_not_fit_a_smaller_one_is(shapes: Shapes) -> None:
    assert best(shapes, Computer(2 * GB, int(2.2 * GB))) == "Q2_K"


def test_what_fits_on_the_gpu_comes_before_what_does_not(shapes: Shapes) -> None:
    small = Computer(14 * GB, 16 * GB, (Gpu("a", 2 * GB, 2 * GB),))
    assert best(shapes, small) == "Q2_K"
    assert best(shapes, Computer(14 * GB, 16 * GB, (Gpu("a", 8 * GB, 8 * GB),))) == "Q4_K_M"


def test_without_a_usual_one_the_largest_that_fits_is(shapes: Shapes) -> None:
    odd = [choice("Q2_K", 1.0), choice("Q3_K_L", 1.6), choice("IQ3_M", 1.5)]
    assert best({}, Computer(14 * GB, 16 * GB), odd) == "Q3_K_L"


def test_nothing_is_recommended_of_nothing() -> None:
    assert recommended([]) is None and offers([], {}, Loading(), Computer(GB, GB), None) == ()
