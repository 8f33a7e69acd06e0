"""Every setting, in frozen groups that are replaced, never changed."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import platformdirs

from desktop_llm.fields import Values, choice, declared, number, values_by_key

_CONTEXT, _CARD, _MACHINE = "Context", "Graphics card", "Memory and processor"


@dataclass(frozen=True)
class Loading:
    """How a model is loaded; 0 or -1 leaves the choice to the program."""

    context: int = number(
        4096, "Context length", low=256, high=1048576, step=256, unit="tokens", group=_CONTEXT,
        help="Tokens of prompt and answer together.",
    )  # fmt: skip
    gpu_layers: int = number(
        -1, "GPU layers", low=-1, high=1000, automatic=-1, group=_CARD, help="Automatic: as many as fit; 1000: all."
    )
    devices: tuple[str, ...] = declared(
        (), "Devices", group=_CARD, advanced=True, help="Names as listed by `doctor`; empty: every GPU."
    )
    split: tuple[float, ...] = declared(
        (), "Split", group=_CARD, advanced=True, help="Each device's share; none given: by their free memory."
    )
    cache_type: str = choice(
        "f16", "KV cache", ("f16", "q8_0", "q4_0"), group=_CONTEXT, help="q8_0: half the memory, and slower."
    )
    flash_attention: str = choice("auto", "Flash attention", ("auto", "on", "off"), group=_CONTEXT, advanced=True)
    batch: int = number(
        512, "Prompt batch", low=32, high=4096, step=32, unit="tokens", group=_CONTEXT, advanced=True,
        help="Tokens of a prompt evaluated at once.",
    )  # fmt: skip
    threads: int = number(
        0, "Threads", low=0, high=512, automatic=0, group=_MACHINE, help="Automatic: one for each physical core."
    )
    parallel: int = number(
        0, "Answers at once", low=0, high=64, automatic=0, group=_MACHINE, advanced=True,
        help="Automatic: as many as were found best on this computer.",
    )  # fmt: skip
    memory_map: bool = declared(True, "Map the file into memory", group=_MACHINE, advanced=True)
    memory_lock: bool = declared(
        False, "Keep in memory", group=_MACHINE, advanced=True,
        help="The system may not move the model out to the disk.",
    )  # fmt: skip
    rope_scale: float = number(
        1.0, "RoPE scale", low=1.0, high=64.0, step=0.5, off=1.0, group=_CONTEXT, advanced=True,
        help="Extends the longest possible context.",
    )  # fmt: skip


SAMPLERS = ("penalties", "dry", "top_n_sigma", "top_k", "typical_p", "top_p", "min_p", "xtc", "temperature")
"""Those whose order can be chosen, in llama.cpp's own."""

_RANDOM, _LIKELY, _REPEATED = "Randomness", "Which words are possible", "Repetition"
_STEADY, _FORM, _ORDER = "Steady surprise", "Length and form", "Order"


@dataclass(frozen=True)
class Sampling:
    """llama.cpp's samplers: how the next token is chosen from what the model thinks likely.

    `logit_bias`: "text=number" or "#token=number" each. `samplers`: what is left out is not applied.
    """

    temperature: float = number(
        0.7, "Temperature", low=0.0, high=5.0, step=0.05, group=_RANDOM,
        help="Low: predictable; high: inventive; 0: always the likeliest word.",
    )  # fmt: skip
    temperature_range: float = number(
        0.0, "Temperature range", low=0.0, high=5.0, step=0.05, off=0.0, group=_RANDOM, advanced=True,
        help="The temperature moves by so much around its value: down where the model is sure, up where it is not.",
    )  # fmt: skip
    temperature_exponent: float = number(
        1.0, "Temperature exponent", low=0.0, high=10.0, step=0.1, group=_RANDOM, advanced=True,
        help="Within that range, above 1 keeps the temperature low for longer, below 1 raises it sooner.",
    )  # fmt: skip
    seed: int = number(
        -1, "Seed", low=-1, high=4294967294, automatic=-1, group=_RANDOM,
        help="The same seed gives the same answer on this computer, as long as no other answer is being written "
        "beside it; automatic: another seed for each answer.",
    )  # fmt: skip
    top_k: int = number(
        40, "Top-k", low=0, high=100000, unit="tokens", off=0, group=_LIKELY,
        help="Only so many of the likeliest words can be chosen.",
    )  # fmt: skip
    top_p: float = number(
        0.95, "Top-p", low=0.0, high=1.0, step=0.01, off=1.0, group=_LIKELY,
        help="Only the likeliest words that together have this probability can be chosen.",
    )  # fmt: skip
    min_p: float = number(
        0.05, "Min-p", low=0.0, high=1.0, step=0.01, off=0.0, group=_LIKELY,
        help="A word must be at least this likely, measured against the likeliest one.",
    )  # fmt: skip
    typical_p: float = number(
        1.0, "Typical-p", low=0.0, high=1.0, step=0.01, off=1.0, group=_LIKELY, advanced=True,
        help="Keeps the words that are about as surprising as is usual at this place, up to this probability together.",
    )  # fmt: skip
    top_n_sigma: float = number(
        0.0, "Top-n-sigma", low=0.0, high=10.0, step=0.1, off=0.0, group=_LIKELY, advanced=True,
        help="Keeps the words whose score lies within so many standard deviations of the best.",
    )  # fmt: skip
    xtc_probability: float = number(
        0.0, "XTC probability", low=0.0, high=1.0, step=0.05, off=0.0, group=_LIKELY, advanced=True,
        help="How often the most obvious words are left out, which makes texts less expected.",
    )  # fmt: skip
    xtc_threshold: float = number(
        0.1, "XTC threshold", low=0.0, high=0.5, step=0.01, group=_LIKELY, advanced=True,
        help="From this probability on a word counts as obvious; the least likely of the obvious ones stays.",
    )  # fmt: skip
    repeat_penalty: float = number(
        1.05, "Repeat penalty", low=0.5, high=2.0, step=0.05, off=1.0, group=_REPEATED,
        help="Above 1 makes words less likely that were used just before.",
    )  # fmt: skip
    frequency_penalty: float = number(
        0.0, "Frequency penalty", low=-2.0, high=2.0, step=0.1, off=0.0, group=_REPEATED,
        help="Makes a word less likely each time that it was used.",
    )  # fmt: skip
    presence_penalty: float = number(
        0.0, "Presence penalty", low=-2.0, high=2.0, step=0.1, off=0.0, group=_REPEATED,
        help="Makes a word less likely once it was used, however often.",
    )  # fmt: skip
    penalty_window: int = number(
        64, "Penalty window", low=-1, high=1048576, unit="tokens", off=0, group=_REPEATED, advanced=True,
        help="How far these penalties look back; -1: over all of the chat.",
    )  # fmt: skip
    dry_multiplier: float = number(
        0.0, "DRY multiplier", low=0.0, high=5.0, step=0.1, off=0.0, group=_REPEATED, advanced=True,
        help="How strongly whole phrases are kept from being repeated; 0.8 is a good value.",
    )  # fmt: skip
    dry_base: float = number(
        1.75, "DRY base", low=1.0, high=4.0, step=0.05, group=_REPEATED, advanced=True,
        help="How fast that grows with each further word of a repeated phrase.",
    )  # fmt: skip
    dry_allowed_length: int = number(
        2, "DRY allowed length", low=1, high=100, unit="tokens", group=_REPEATED, advanced=True,
        help="Phrases up to this length may be repeated freely.",
    )  # fmt: skip
    dry_window: int = number(
        64, "DRY window", low=-1, high=1048576, unit="tokens", off=0, group=_REPEATED, advanced=True,
        help="How far back repeated phrases are looked for; -1: over all of the chat.",
    )  # fmt: skip
    dry_breakers: tuple[str, ...] = declared(
        ("\n", ":", '"', "*"), "DRY breakers", group=_REPEATED, advanced=True,
        help="At these texts a phrase ends, so that the form of a list or a dialogue may be repeated.",
    )  # fmt: skip
    mirostat: str = choice(
        "off", "Mirostat", ("off", "1", "2"), group=_STEADY, advanced=True,
        help="Keeps how surprising a text is at one level, in place of every other rule but the temperature.",
    )  # fmt: skip
    mirostat_tau: float = number(
        5.0, "Mirostat target", low=0.0, high=20.0, step=0.1, group=_STEADY, advanced=True,
        help="That level: low for predictable texts, high for varied ones.",
    )  # fmt: skip
    mirostat_eta: float = number(
        0.1, "Mirostat rate", low=0.0, high=1.0, step=0.01, group=_STEADY, advanced=True,
        help="How quickly it corrects itself.",
    )  # fmt: skip
    adaptive_target: float = number(
        -1.0, "Adaptive-p target", low=-1.0, high=1.0, step=0.05, off=-1.0, group=_STEADY, advanced=True,
        help="Prefers words of about this probability; below 0 it does nothing.",
    )  # fmt: skip
    adaptive_decay: float = number(
        0.9, "Adaptive-p decay", low=0.0, high=0.99, step=0.01, group=_STEADY, advanced=True,
        help="How long it remembers what was chosen before, to even it out.",
    )  # fmt: skip
    max_tokens: int = number(
        0, "Longest answer", low=0, high=1048576, unit="tokens", off=0, group=_FORM,
        help="Off: as long as the model likes.",
    )  # fmt: skip
    stop: tuple[str, ...] = declared((), "Stop strings", group=_FORM, help="An answer ends before the first of them.")
    ignore_end: bool = declared(
        False, "Never end by itself", group=_FORM, advanced=True,
        help="The model may not end its answer; only its longest length, a stop string or you do.",
    )  # fmt: skip
    logit_bias: tuple[str, ...] = declared(
        (), "Logit bias", group=_FORM, advanced=True,
        help="Makes a text likelier or less likely: text=number from -100 to 100, -inf for never; "
        "#123=5 means the token of that number.",
    )  # fmt: skip
    grammar: str = declared(
        "", "Grammar", group=_FORM, advanced=True, long=True, help="A grammar (GBNF) that every answer has to follow."
    )
    schema: str = declared(
        "", "JSON schema", group=_FORM, advanced=True, long=True, help="Every answer is JSON that follows this schema."
    )
    samplers: tuple[str, ...] = choice(
        SAMPLERS, "Order of the samplers", SAMPLERS, group=_ORDER, advanced=True,
        help="In this order the rules above are applied; what is left out is not.",
    )  # fmt: skip


@dataclass(frozen=True)
class Appearance:
    theme: str = choice("system", "Theme", ("system", "light", "dark"))
    language: str = choice("system", "Language", ("system", "en", "zh_CN"))
    text_size: int = number(100, "Text size", low=80, high=200, step=10, unit="%", help="Also: Ctrl +, -, 0.")


@dataclass(frozen=True)
class Chat:
    send_key: str = choice(
        "Enter", "Send with", ("Enter", "Ctrl+Enter"), help="With Ctrl+Enter, Enter begins a new line."
    )


@dataclass(frozen=True)
class Downloads:
    """How models come from the Hub. `mirror`, `proxy`: addresses, empty for the Hub itself and for the system's own."""

    folder: Path | None = declared(None, "Folder of models", help="Empty: the program's own folder.")
    at_once: int = number(2, "Downloads at once", low=1, high=8)
    mirror: str = declared("", "Mirror", help="An https address that answers like huggingface.co.")
    token_to_mirror: bool = declared(False, "Send the token to the mirror")
    proxy: str = declared("", "Proxy", help="http:// or socks5://; empty: as the system has it.")


_SPARING = "Sparing the computer"


@dataclass(frozen=True)
class Economy:
    unload_after: int = number(
        0, "Unload after", low=0, high=1440, unit="minutes", off=0, group=_SPARING,
        help="When nothing was asked for so long; off: never.",
    )  # fmt: skip
    spare_battery: bool = declared(True, "Fewer threads on battery", group=_SPARING)


@dataclass(frozen=True)
class Privacy:
    offline: bool = declared(False, "Stay offline", help="Nothing goes over the network, whatever is asked for.")
    keep_states: bool = declared(True, "Reopen chats at once", help="Keeps what was read of long chats on the disk.")


@dataclass(frozen=True)
class Storage:
    trash_days: int = number(
        30, "Empty the trash after", low=0, high=3650, unit="days", off=0,
        help="When the program starts, chats that were deleted longer ago are gone for good; off: they stay until you "
        "empty the trash.",
    )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    loading: Loading = Loading()
    sampling: Sampling = Sampling()
    appearance: Appearance = Appearance()
    downloads: Downloads = Downloads()
    economy: Economy = Economy()
    privacy: Privacy = Privacy()
    chat: Chat = Chat()
    storage: Storage = Storage()
    model: Path | None = None
    added_models: tuple[Path, ...] = ()
    model_names: dict[str, str] = field(default_factory=dict)
    """What the person calls a model, by its path."""
    model_sampling: dict[str, Values] = values_by_key(Sampling)
    """What chats with a model have in place of `sampling`, by its path."""


def data_folder() -> Path:
    """Where conversations and models lie."""
    return platformdirs.user_data_path("desktop-llm", appauthor=False)


def conversations_file() -> Path:
    return data_folder() / "conversations.sqlite"


def models_folder(settings: Settings | None = None) -> Path:
    """Where models are downloaded to."""
    return (settings and settings.downloads.folder) or data_folder() / "models"


def experience_file() -> Path:
    """What loading and asking each model taught on this computer."""
    return data_folder() / "experience.json"


def prompts_file() -> Path:
    """The prompts and personas that are the person's own."""
    return data_folder() / "prompts.json"


def summaries_file() -> Path:
    """Notes on pieces of documents, and the summaries made of them."""
    return data_folder() / "summaries.sqlite"


def drafts_file() -> Path:
    """What was written and not sent."""
    return data_folder() / "drafts.json"


def settings_file() -> Path:
    return platformdirs.user_config_path("desktop-llm", appauthor=False) / "settings.json"


def states_folder() -> Path:
    """What the engine has read of long chats, so that they need not be read again."""
    return platformdirs.user_cache_path("desktop-llm", appauthor=False) / "states"


def log_folder() -> Path:
    return platformdirs.user_log_path("desktop-llm", appauthor=False)


@cache
def resource(name: str) -> Path:
    """A file of resources/: beside the installed program, or in the source tree it runs from."""
    found = importlib.util.find_spec("desktop_llm_resources")
    if found is not None and found.submodule_search_locations:
        return Path(next(iter(found.submodule_search_locations))) / name
    return Path(__file__).parents[1] / "resources" / name
