"""A repository's files as this computer would run them: whether each fits, how fast, and which one to take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from desktop_llm.library.hub import Choice, Repository
from desktop_llm.memory import Computer, Fit, Shape, Verdict, fit
from desktop_llm.settings import Loading
from desktop_llm.speed import Speeds, generation_speed

# From the best to run down; "unknown" is no worse than the processor, for most are small.
_CLASSES: tuple[Verdict, ...] = ("gpu", "cpu", "unknown", "partly", "tight", "too large")
# facts: Q4_K_M is what most are made and tested for; those after it are larger without being much better.
_PREFERRED = ("Q4_K_M", "Q4_K_XL", "Q4_K_S", "MXFP4", "Q5_K_M", "Q6_K", "Q8_0", "Q4_0", "IQ4_XS", "Q4_1")


@dataclass(frozen=True)
class Offer:
    """`speed` in tokens per second, 0 where nobody can tell yet; `fit` None where the model's shape is not known."""

    choice: Choice
    fit: Fit | None = None
    speed: float = 0.0
    recommended: bool = False


def offers(
    choices: Sequence[Choice],
    shapes: Mapping[str, Shape],
    loading: Loading,
    computer: Computer,
    speeds: Speeds | None,
) -> tuple[Offer, ...]:
    """`shapes` by the names of the choices; where one is missing nothing is said of it yet."""
    made = [_offer(choice, shapes.get(choice.name), loading, computer, speeds) for choice in choices]
    best = recommended(made)
    return tuple(replace(offer, recommended=offer is best) for offer in made)


def recommended(made: Sequence[Offer]) -> Offer | None:
    """Of those that run best here the usual one, or else the largest."""
    if not made:
        return None
    runs_best = min(_class(offer) for offer in made)
    best = [offer for offer in made if _class(offer) == runs_best]
    usual = (offer for label in _PREFERRED for offer in best if offer.choice.quantization == label)
    return next(usual, max(best, key=lambda offer: offer.choice.size))


def usual(repository: Repository) -> Choice | None:
    """The file most people would take, whatever their computer."""
    best = recommended([Offer(choice) for choice in repository.choices])
    return best.choice if best else None


def _offer(
    choice: Choice, shape: Shape | None, loading: Loading, computer: Computer, speeds: Speeds | None
) -> Offer:  # fmt: skip
    if shape is None:
        return Offer(choice)
    judged = fit(shape, loading, computer)
    return Offer(choice, judged, generation_speed(shape, judged, speeds) if speeds else 0.0)


def _class(offer: Offer) -> int:
    return _CLASSES.index(offer.fit.verdict) if offer.fit else _CLASSES.index("unknown")
