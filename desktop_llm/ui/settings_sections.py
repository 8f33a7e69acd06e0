"""The sections of the settings page, and which settings a search finds in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop_llm.fields import Words
from desktop_llm.settings import Settings
from desktop_llm.ui.command_palette import folded
from desktop_llm.ui.field_controls import choice_words, in_words


@dataclass(frozen=True)
class Section:
    """`groups`: the names of the settings' groups that stand in it; `about`: a sentence under its title."""

    key: str
    title: str
    groups: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Place:
    """Where a setting is declared."""

    section: str
    group: str
    name: str


def sections() -> list[Section]:
    translate = QCoreApplication.translate
    usual = translate(
        "SettingsPage", "How answers are chosen, word by word. A model, a preset or a chat may have other values."
    )
    loading = translate("SettingsPage", "How a model is loaded into memory.")
    downloads = translate("SettingsPage", "Where models come from, and where they are kept.")
    storage = translate("SettingsPage", "What this program keeps on your disk.")
    shortcuts = translate("SettingsPage", "What can be done with the keyboard from anywhere in the window.")
    network = translate("SettingsPage", "This program only goes to the network for models you ask for.")
    return [
        Section("sampling", translate("SettingsPage", "Sampling"), ("sampling",), usual),
        Section("loading", translate("SettingsPage", "Loading"), ("loading", "economy"), loading),
        Section("appearance", translate("SettingsPage", "Appearance"), ("appearance",)),
        Section("chat", translate("SettingsPage", "Chat"), ("chat",)),
        Section("privacy", translate("SettingsPage", "Privacy and network"), ("privacy",), network),
        Section("downloads", translate("SettingsPage", "Downloads"), ("downloads",), downloads),
        Section("storage", translate("SettingsPage", "Storage"), ("storage",), storage),
        Section("shortcuts", translate("SettingsPage", "Shortcuts"), (), shortcuts),
    ]


def places(settings: Settings, found_in: list[Section]) -> Iterator[Place]:
    """Every setting with words, in the order it is shown."""
    for section in found_in:
        for group in section.groups:
            for field in dataclasses.fields(getattr(settings, group)):
                if "words" in field.metadata:
                    yield Place(section.key, group, field.name)


def is_changed(settings: Settings, place: Place) -> bool:
    return bool(value_of(settings, place) != field_of(settings, place).default)


def value_of(settings: Settings, place: Place) -> Any:
    return getattr(getattr(settings, place.group), place.name)


def field_of(settings: Settings, place: Place) -> dataclasses.Field[Any]:
    group = getattr(settings, place.group)
    return next(field for field in dataclasses.fields(group) if field.name == place.name)


def found(settings: Settings, place: Place, query: str) -> bool:
    """Whether every word of `query` is in what is said of the setting, in the program's language or in English."""
    text = folded(_searched(field_of(settings, place).metadata["words"], place.name))
    return all(word in text for word in folded(query).split())


def _searched(words: Words, name: str) -> str:
    said = (words.label, words.help, words.group, words.unit, *words.choices)
    names = (name, name.replace("_", " "), name.replace("_", "-"))
    shown = (*map(in_words, filter(None, said)), *map(choice_words, words.choices))
    return " ".join((*said, *names, *shown))
