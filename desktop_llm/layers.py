"""Where a chat's sampling comes from: the settings, over them what its model has, its preset, and the chat itself."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from desktop_llm.fields import Values, sound, values
from desktop_llm.settings import Sampling, Settings

Layer = Literal["default", "settings", "model", "preset", "chat"]


@dataclass(frozen=True)
class Layers:
    """What each layer says; of a value that several name, the later one's holds."""

    settings: Sampling = field(default_factory=Sampling)
    model: Values = values(Sampling)
    preset: Values = values(Sampling)
    chat: Values = values(Sampling)

    @property
    def below_chat(self) -> Sampling:
        """What holds in every chat with this model and preset."""
        return replace(self.settings, **{**self.model, **self.preset})

    @property
    def sampling(self) -> Sampling:
        """What the engine is given."""
        return replace(self.below_chat, **self.chat)

    def layer(self, name: str) -> Layer:
        """Which one the value of this field comes from."""
        named: tuple[tuple[Layer, Values], ...] = (
            ("chat", self.chat), ("preset", self.preset), ("model", self.model),
            ("settings", differing(self.settings, Sampling())),
        )  # fmt: skip
        return next((layer for layer, said in named if name in said), "default")

    def with_chat(self, own: Values) -> Layers:
        """With other values of the chat's own; what is as it would be without them is none."""
        below = self.below_chat
        return replace(self, chat={name: value for name, value in own.items() if value != getattr(below, name)})


def differing(sampling: Sampling, other: Sampling) -> Values:
    """The values in which `sampling` is not as `other`."""
    names = (each.name for each in fields(sampling))
    return {name: getattr(sampling, name) for name in names if getattr(sampling, name) != getattr(other, name)}


def model_values(settings: Settings, model: Path | None) -> Values:
    """What the person wants all chats with this model to have."""
    return sound(Sampling, settings.model_sampling.get(str(model)))


def with_model_values(settings: Settings, model: Path, own: Values) -> Settings:
    """The settings with those for this model in place of what it had."""
    others = {path: kept for path, kept in settings.model_sampling.items() if path != str(model)}
    return replace(settings, model_sampling=others | ({str(model): own} if own else {}))
