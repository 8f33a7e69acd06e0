"""Everything that crosses the pipe between the program and the engine's child, and its form on the way.

A frame is four bytes of length (big-endian) and one JSON object that names its class under "is".
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from desktop_llm.conversation import Prompt, Reason, Receipt, Timings, TokenCounts
from desktop_llm.errors import Problem
from desktop_llm.fields import plain, revive
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

Cause = Literal["", "memory", "device", "cache", "map", "crash"]
"""What kept a model from being loaded where another loading may help: "cache", the KV cache's type does not suit it;
"map", its file cannot be mapped into memory; "crash", the child died. Empty where nothing helps."""

# ---- commands, to the child


@dataclass(frozen=True)
class Load:
    """Load a model; what runs is finished first. By its `shape` the number of layers for the GPU is found.

    `spare_battery`: compute with fewer threads while the computer runs on its battery. `states`: the folder where the
    state of long chats is kept, at most `states_cap` bytes of it.
    """

    path: Path
    loading: Loading
    shape: Shape | None = None
    spare_battery: bool = False
    states: Path | None = None
    states_cap: int = 0


@dataclass(frozen=True)
class OpenContext:
    """Open context `context` of its own shape on the loaded model: `sequences` (0: as measured, but at most `most`) of
    `tokens` each.

    `shared`: one cache for all, for prompts that share their beginnings; else a cache for each.
    """

    context: int
    sequences: int
    tokens: int
    shared: bool
    most: int = 64


@dataclass(frozen=True)
class CloseContext:
    context: int


@dataclass(frozen=True)
class Generate:
    """Answer `prompt` in context `context`; 0 is the one every loaded model has.

    `keep`: whether its state may be kept on disk.
    """

    generation: int
    prompt: Prompt
    context: int = 0
    keep: bool = True


@dataclass(frozen=True)
class Embed:
    """One vector for each text."""

    request: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Inspect:
    """Render and tokenize `prompt` as Generate would, and tell what comes of it."""

    request: int
    prompt: Prompt
    context: int = 0


@dataclass(frozen=True)
class LookAhead:
    """Tell the `count` likeliest tokens after `prompt`, once no answer is being written."""

    request: int
    prompt: Prompt
    count: int


@dataclass(frozen=True)
class CountTokens:
    """Tell how many tokens each text has by itself, as people's text."""

    request: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class CheckGrammar:
    """Tell whether `grammar` (GBNF) and `schema` (JSON) can be compiled; empty ones can."""

    request: int
    grammar: str
    schema: str


@dataclass(frozen=True)
class Stop:
    generation: int


@dataclass(frozen=True)
class CancelLoad:
    pass


Command = (
    Load | OpenContext | CloseContext | Generate | Embed | Inspect | LookAhead | CountTokens | CheckGrammar | Stop
    | CancelLoad
)  # fmt: skip


# ---- events, from the child


@dataclass(frozen=True)
class Device:
    """A device llama.cpp can compute on; memory in bytes. `kind`: "CPU", "GPU", "IGPU" or "ACCEL"."""

    name: str
    description: str
    kind: str
    free: int
    total: int


@dataclass(frozen=True)
class Ready:
    """The child stands; which llama.cpp it has and what that sees."""

    pid: int
    engine: str
    system: str
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class LoadProgress:
    path: Path
    fraction: float


@dataclass(frozen=True)
class MemoryUse:
    """Bytes llama.cpp took for a loaded model, of the processor's memory and of all GPUs together."""

    weights: int = 0
    cache: int = 0
    compute: int = 0
    gpu: int = 0


@dataclass(frozen=True)
class ModelFacts:
    """What the loaded file and llama.cpp say: `context` is in use, `trained_context` the model's own; size in bytes.

    `why`: the reason where the model, or a part of it, is not on a GPU. `thinks`: its template can be told whether to.
    `template`: the common form that stands in for its chat template, and why; else empty.
    """

    path: Path
    name: str
    architecture: str
    description: str
    size: int
    parameters: int
    context: int
    trained_context: int
    layers: int
    offloaded: int
    threads: int
    device: str
    embedding: bool
    why: Problem | None = None
    memory: MemoryUse = MemoryUse()
    thinks: bool = False
    template: str = ""
    template_problem: Problem | None = None


@dataclass(frozen=True)
class Loaded:
    facts: ModelFacts
    seconds: float


@dataclass(frozen=True)
class LoadFailed:
    """`gpu_layers` were to be on GPUs, -1 where that was not decided yet."""

    path: Path
    problem: Problem
    cause: Cause = ""
    gpu_layers: int = -1


@dataclass(frozen=True)
class LoadingAgain:
    """Made at the near end: loading failed for a reason that another `loading` may help; `problem` says which."""

    path: Path
    loading: Loading
    problem: Problem


@dataclass(frozen=True)
class Unloaded:
    """Made at the near end: the child has left and its memory is free again."""

    path: Path | None


@dataclass(frozen=True)
class ContextOpened:
    """`measured`: generated tokens per second in total by number of sequences, where it was measured."""

    context: int
    sequences: int
    measured: dict[str, float]


@dataclass(frozen=True)
class ContextFailed:
    context: int
    problem: Problem


@dataclass(frozen=True)
class Queued:
    """An answer waits until another one has ended or made room."""

    generation: int


@dataclass(frozen=True)
class PromptProgress:
    """Tokens of a prompt in the cache so far, of all, of which `cached` were there before."""

    generation: int
    done: int
    total: int
    cached: int


@dataclass(frozen=True)
class Delta:
    """What one step added to one answer: whole characters, perhaps none, and its count of tokens."""

    generation: int
    text: str
    tokens: int


@dataclass(frozen=True)
class Stepped:
    """What one step added to all answers."""

    deltas: tuple[Delta, ...]


@dataclass(frozen=True)
class Finished:
    """An answer's end; `problem` says why where the reason is "failed".

    The receipt's `model_hash` is empty where the file is still being hashed: Hashed brings it.
    """

    generation: int
    reason: Reason
    tokens: TokenCounts = TokenCounts()
    timings: Timings = Timings()
    receipt: Receipt | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Hashed:
    """SHA-256 in hex of the loaded file, for every receipt since it was loaded; empty where it cannot be read."""

    path: Path
    hash: str


@dataclass(frozen=True)
class Embedded:
    request: int
    vectors: tuple[tuple[float, ...], ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class SeenPiece:
    """A run of the rendered prompt: `message` is its place among the prompt's, -1 for the template's own words."""

    text: str
    tokens: int
    message: int = -1


@dataclass(frozen=True)
class Inspected:
    """What the model would see: all `pieces` in order, their `tokens` in all, how many the context holds.

    `cached`: of the beginning so many need not be evaluated again.
    """

    request: int
    pieces: tuple[SeenPiece, ...] = ()
    tokens: int = 0
    limit: int = 0
    cached: int = 0
    problem: Problem | None = None


@dataclass(frozen=True)
class LikelyToken:
    """`probability` is that at temperature 1 among all tokens."""

    text: str
    token: int
    logit: float
    probability: float


@dataclass(frozen=True)
class LookedAhead:
    """The likeliest next tokens, best first; `spread` is the standard deviation of the logits of all."""

    request: int
    tokens: tuple[LikelyToken, ...] = ()
    spread: float = 0.0
    problem: Problem | None = None


@dataclass(frozen=True)
class TokensCounted:
    request: int
    counts: tuple[int, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class Checked:
    """`problem`: why a grammar or schema cannot be used, with line and column among its values where known."""

    request: int
    problem: Problem | None = None


@dataclass(frozen=True)
class Beat:
    """Sent every quarter of a second: the child is not stuck."""


@dataclass(frozen=True)
class Died:
    """Made at the near end when the child is gone."""

    problem: Problem


Event = (
    Ready | LoadProgress | Loaded | LoadFailed | LoadingAgain | Unloaded | ContextOpened | ContextFailed
    | Queued | PromptProgress | Stepped | Finished | Hashed | Embedded | Inspected | LookedAhead | TokensCounted
    | Checked | Beat | Died
)  # fmt: skip

_KINDS: dict[str, type] = {kind.__name__: kind for kind in (*Command.__args__, *Event.__args__)}
_LENGTH = struct.Struct(">I")
LONGEST_FRAME = 256 * 1024 * 1024


def write_frame(stream: BinaryIO, message: Command | Event) -> None:
    """Raises OSError where the other end is gone."""
    body = json.dumps({"is": type(message).__name__, **plain(message)}).encode()
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read_frame(stream: BinaryIO) -> Any:
    """The next message, or None at the end of the stream. Raises ValueError on anything that is not a frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    body = stream.read(length)
    return _message(body) if len(body) == length else None


def _message(body: bytes) -> Any:
    try:
        content = json.loads(body)
        if not isinstance(content, dict) or not isinstance(content.get("is"), str) or content["is"] not in _KINDS:
            raise ValueError("not a message")
        return revive(_KINDS[content["is"]], content)
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError(str(error)) from error
