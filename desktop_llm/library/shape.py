"""A model's shape from what its file says: which layers keep what in the cache, and what each layer weighs."""

from __future__ import annotations

import math
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.memory import Shape

MOST_LAYERS = 512

# What llama.cpp assumes of an architecture: one layer in so many sees all of the text, and whether the first does.
_PATTERNS = {
    "gemma2": (2, False), "gemma3": (6, False), "gemma3n": (5, False), "gemma-embedding": (6, False),
    "cohere2": (4, False), "cohere2moe": (4, True), "gpt-oss": (2, False), "llama4": (4, False),
    "exaone4": (4, False), "exaone-moe": (4, False), "olmo2": (4, False), "plamo3": (8, False), "afmoe": (4, False),
    "mellum": (4, False), "laguna": (4, True), "smallthinker": (4, True), "muse-glimmer": (4, False),
    "modern-bert": (3, True), "gemma4": (0, False), "granite_swa": (0, False), "maple": (0, False),
    "mimo2": (0, False), "spark2_5": (0, False), "step35": (0, False), "lfm2": (0, False), "lfm2moe": (0, False),
}  # fmt: skip
_WINDOWS = {"gemma2": 4096, "llama4": 8192, "smallthinker": 4096}
_RECURRENT = ("mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7")
_RECURRENT_WITHOUT_HEADS = ("jamba", "granitehybrid", "lfm2", "lfm2moe", "plamo2", "kimi-linear")
_RECURRENT_BY_INTERVAL = ("qwen3next", "qwen35", "qwen35moe")
_NEMOTRON = ("nemotron_h", "nemotron_h_moe")
_HYBRID = (*_RECURRENT_WITHOUT_HEADS, *_RECURRENT_BY_INTERVAL, *_NEMOTRON, "falcon-h1")
# Caches of their own kinds, or none.
_STRANGE = (
    "deepseek32", "deepseek4", "glm-dsa", "glm5-next", "minimax-01", "minimax-m3", "hy_v4", "dots3note", "qwen4exp",
    "bailingmoe3", "kimi-k3", "t5", "t5encoder", "dflash", "eagle3", "gemma4-assistant", "wavtokenizer-dec", "dream",
    "llada", "llada-moe", "rnd1", "pockettts", "qwen3tts", "graniteswitch",
)  # fmt: skip
_STRANGE_KEYS = ("ssm.state_size", "ssm.inner_size", "wkv.head_size", "kda.head_dim", "attention.indexer.key_length")

# ggml's numbers of the formats that llama.cpp puts into a processor's own order (repack.cpp).
_Q4_0, _Q8_0, _Q4_K, _Q5_K, _Q6_K, _IQ4_NL, _MXFP4 = 2, 8, 12, 13, 14, 20, 39
_REPACKED_BY_X86 = (_Q4_0, _Q4_K, _IQ4_NL, _MXFP4)
_REPACKED_BY_ARM = (*_REPACKED_BY_X86, _Q5_K, _Q6_K, _Q8_0)
# Q4_1, Q5_0 and Q5_1: read at half the speed of others, evaluated at a third.
_OLD_FORMATS = (3, 6, 7)
_REPACKED_LABEL = {False: re.compile(r"Q4_0|Q4_K|IQ4_NL|MXFP4"), True: re.compile(r"Q4_0|Q[456]_K|IQ4_NL|MXFP4|Q8_0")}
_REPACKED_SHARE = 0.7
_LAYER = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True)
class Items:
    """An array that was skipped: how many items it has."""

    count: int


Number = int | float | bool
Value = Number | str | tuple[int, ...] | Items


@dataclass(frozen=True)
class Tensor:
    name: str
    lengths: tuple[int, ...]
    kind: int
    offset: int
    bytes: int

    @property
    def numbers(self) -> int:
        return math.prod(self.lengths)


@dataclass(frozen=True)
class Metadata:
    """What a file says of itself, by key; of the wrong type or missing is nought, or nothing."""

    values: dict[str, Value]

    def number(self, key: str) -> int:
        value = self.values.get(key)
        return value if isinstance(value, int) else 0

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    def own(self, key: str) -> int:
        """A number of the architecture's own, of a list the largest; only likely ones."""
        value = self.values.get(f"{self.architecture}.{key}")
        largest = max(value, default=0) if isinstance(value, tuple) else value
        return largest if isinstance(largest, int) and 0 <= largest < 2**32 else 0

    def has(self, key: str) -> bool:
        return f"{self.architecture}.{key}" in self.values

    def each(self, key: str, layers: int) -> tuple[int, ...]:
        """A number for each layer: the same for all, or a list."""
        value = self.values.get(f"{self.architecture}.{key}")
        if isinstance(value, tuple):
            return tuple(min(max(one, 0), 2**32) for one in (*value, *(0,) * layers)[:layers])
        return (self.own(key),) * layers

    @property
    def words(self) -> int:
        tokens = self.values.get("tokenizer.ggml.tokens")
        return self.own("vocab_size") or (tokens.count if isinstance(tokens, Items) else 0)


def shape_of(told: Metadata, weights: int, tensors: Sequence[Tensor] = (), label: str = "") -> Shape:
    """Without the table of `tensors` what each layer weighs is estimated, from `weights` and the file's `label`."""
    layers = min(told.own("block_count"), MOST_LAYERS)
    key_length, value_length = _lengths(told)
    return Shape(
        architecture=told.architecture,
        known=_is_known(told),
        weights=weights,
        read_per_token=_read_per_token(told, tensors) if tensors else _read_by_figures(told, weights),
        context=told.own("context_length"),
        layers=layers,
        embedding=told.own("embedding_length"),
        vocabulary=told.words,
        heads=told.own("attention.head_count"),
        kv_heads=_kv_heads(told, layers),
        key_length=key_length,
        value_length=value_length,
        window=_window(told),
        windowed=_windowed(told, layers),
        window_key_length=told.own("attention.key_length_swa"),
        window_value_length=told.own("attention.value_length_swa"),
        states=_states(told, layers),
        forward=_forward(told),
        mixing=_mixing(told),
        layer_weights=_layer_weights(tensors, layers),
        repackable=_repackable(tensors, layers) if tensors else _repackable_by_label(label, weights, layers),
        active_parameters=_active_parameters(told, tensors),
        old_formats=_in_old_formats(tensors) if tensors else int(_REPACKED_SHARE * weights) * _is_old(label),
        tied=bool(tensors) and not any(tensor.name == "output.weight" for tensor in tensors),
    )


def _is_known(told: Metadata) -> bool:
    kind = told.architecture
    if kind in _STRANGE or kind.endswith("bert") or not told.own("block_count") or not told.own("embedding_length"):
        return False
    if kind in _RECURRENT:
        return bool(told.own("ssm.inner_size") or told.own("wkv.head_size"))
    if kind not in _HYBRID and any(told.own(key) for key in _STRANGE_KEYS):
        return False
    return bool(told.own("attention.head_count") and told.words)


# ---- the cache


def _lengths(told: Metadata) -> tuple[int, int]:
    """Numbers of a key and of a value of one head; latent attention keeps keys only."""
    heads = told.own("attention.head_count")
    usual = told.own("embedding_length") // heads if heads else 0
    latent = told.own("attention.key_length_mla") and told.own("attention.value_length_mla")
    value_length = 0 if latent else told.own("attention.value_length") or usual
    return told.own("attention.key_length") or usual, value_length


def _kv_heads(told: Metadata, layers: int) -> tuple[int, ...]:
    """Heads whose keys and values are kept, in each layer."""
    told_apart = told.has("attention.head_count_kv")
    heads = told.each("attention.head_count_kv" if told_apart else "attention.head_count", layers)
    if told.architecture in _RECURRENT:
        return (0,) * layers
    recurrent = _recurrent(told, layers) if told.architecture != "falcon-h1" else (False,) * layers
    end = min(layers - told.own("nextn_predict_layers"), _first_sharing(told, layers))
    return tuple(count if n < end and not recurrent[n] else 0 for n, count in enumerate(heads))


def _first_sharing(told: Metadata, layers: int) -> int:
    """The first of the layers that use the cache of earlier ones."""
    if told.architecture == "gemma3n":
        return 20
    return layers - told.own("attention.shared_kv_layers") if told.architecture == "gemma4" else layers


def _window(told: Metadata) -> int:
    kind = told.architecture
    if kind not in _PATTERNS or (kind == "exaone4" and told.own("block_count") != 64):
        return 0
    given = told.own("attention.sliding_window")
    if kind in ("llama4", "smallthinker"):
        off = given == 0 and (told.has("attention.sliding_window") or kind == "smallthinker")
        return 0 if off else _WINDOWS[kind]
    return given or _WINDOWS.get(kind, 0)


def _windowed(told: Metadata, layers: int) -> tuple[bool, ...]:
    """Which layers look back only as far as the window."""
    if not _window(told):
        return ()
    pattern = told.values.get(f"{told.architecture}.attention.sliding_window_pattern")
    if isinstance(pattern, tuple):
        return tuple(bool(one) for one in (*pattern, *(0,) * layers)[:layers])
    usual, first_is_full = _PATTERNS[told.architecture]
    every = pattern if type(pattern) is int else usual
    if every <= 0:
        return (True,) * layers
    return tuple(n % every != 0 if first_is_full else n % every < every - 1 for n in range(layers))


# ---- recurrent layers


def _recurrent(told: Metadata, layers: int) -> tuple[bool, ...]:
    """Which layers keep a state, whatever the length of the text."""
    kind = told.architecture
    if kind in _RECURRENT or kind == "falcon-h1":
        return (True,) * layers
    own = min(layers, layers - told.own("nextn_predict_layers"))
    if kind in _RECURRENT_BY_INTERVAL:
        listed = told.values.get(f"{kind}.attention.recurrent_layers")
        every = told.own("full_attention_interval") or 4
        each = listed if isinstance(listed, tuple) else tuple((n + 1) % every for n in range(layers))
        return tuple(n < own and bool(one) for n, one in enumerate((*each, *(0,) * layers)[:layers]))
    if kind not in _HYBRID:
        return (False,) * layers
    heads, forward = told.each("attention.head_count_kv", layers), told.each("feed_forward_length", layers)
    return tuple(not heads[n] and n < own and (kind not in _NEMOTRON or not forward[n]) for n in range(layers))


def _states(told: Metadata, layers: int) -> tuple[int, ...]:
    """Bytes of one sequence's state in each layer."""
    one = 4 * (_convolution(told) + _state(told))
    recurrent = _recurrent(told, layers)
    return tuple(one if here else 0 for here in recurrent) if any(recurrent) else ()


def _convolution(told: Metadata) -> int:
    """Numbers of the inputs kept for a convolution (llama_hparams::n_embd_r)."""
    embedding, kernel = told.own("embedding_length"), told.own("ssm.conv_kernel")
    if told.own("wkv.head_size"):
        return (told.own("token_shift_count") or 2) * embedding
    if told.own("shortconv.l_cache"):
        return embedding * (told.own("shortconv.l_cache") - 1)
    if told.own("kda.head_dim"):
        return 3 * ((kernel or 4) - 1) * told.own("attention.head_count") * told.own("kda.head_dim")
    return max(kernel - 1, 0) * _channels(told)


def _state(told: Metadata) -> int:
    """Numbers of the state itself (llama_hparams::n_embd_s)."""
    if told.own("wkv.head_size"):
        return told.own("embedding_length") * told.own("wkv.head_size")
    if told.own("kda.head_dim"):
        return told.own("kda.head_dim") ** 2 * told.own("attention.head_count")
    return 0 if told.own("shortconv.l_cache") else told.own("ssm.state_size") * told.own("ssm.inner_size")


def _channels(told: Metadata) -> int:
    return told.own("ssm.inner_size") + 2 * told.own("ssm.group_count") * told.own("ssm.state_size")


# ---- what is computed with at once, in numbers for each token; found by measuring llama.cpp's buffers


def _forward(told: Metadata) -> int:
    """The widest step of the feed-forward part: dense, or of all experts used."""
    expert = told.own("expert_feed_forward_length") or told.own("feed_forward_length")
    shared = told.own("expert_shared_feed_forward_length") or told.own("expert_shared_count") * expert
    used = told.own("expert_used_count") * expert + shared if told.own("expert_used_count") else 0
    dense = 0 if used and not told.own("leading_dense_block_count") else told.own("feed_forward_length")
    return max(dense, used)


def _mixing(told: Metadata) -> int:
    """What a recurrent layer holds while it works."""
    kind, inner, embedding = told.architecture, told.own("ssm.inner_size"), told.own("embedding_length")
    if kind in _RECURRENT_BY_INTERVAL:
        return 2 * _channels(told) + 2 * inner + 3 * embedding
    if told.own("kda.head_dim"):
        return 8 * told.own("attention.head_count") * told.own("kda.head_dim") + 3 * embedding
    if inner:
        return 3 * _channels(told) + 2 * inner + told.own("ssm.time_step_rank") + 3 * embedding
    return 8 * embedding if told.own("wkv.head_size") or told.own("shortconv.l_cache") else 0


# ---- weights


def _layer_weights(tensors: Sequence[Tensor], layers: int) -> tuple[int, ...]:
    """Bytes of each layer, and last of the output; what belongs to none stays with the processor."""
    if not tensors:
        return ()
    sizes = [0] * (layers + 1)
    for tensor in tensors:
        at = _place(tensor.name, layers)
        if at is not None:
            sizes[at] += tensor.bytes
    if not any(tensor.name == "output.weight" for tensor in tensors):
        sizes[-1] += sum(tensor.bytes for tensor in tensors if tensor.name == "token_embd.weight")
    return tuple(sizes)


def _place(name: str, layers: int) -> int | None:
    found = _LAYER.match(name)
    if found:
        return min(int(found[1]), layers)
    return layers if name.startswith("output") else None


def _repackable(tensors: Sequence[Tensor], layers: int) -> tuple[int, ...]:
    """Of each layer, and last of the output, the bytes that get a second copy in the processor's own order."""
    tied = not any(tensor.name == "output.weight" for tensor in tensors)
    sizes = [0] * (layers + 1)
    for tensor in tensors:
        at = layers if tied and tensor.name == "token_embd.weight" else _place(tensor.name, layers)
        if at is not None and _is_repackable(tensor):
            sizes[at] += tensor.bytes
    return tuple(sizes)


def _is_repackable(tensor: Tensor) -> bool:
    kinds = _REPACKED_BY_ARM if _is_arm() else _REPACKED_BY_X86
    plain = len(tensor.lengths) == 2 or (len(tensor.lengths) == 3 and "_exps" in tensor.name)
    return plain and tensor.kind in kinds and tensor.lengths[1] % 8 == 0


def _is_arm() -> bool:
    return platform.machine().lower() in ("arm64", "aarch64")


def _repackable_by_label(label: str, weights: int, layers: int) -> tuple[int, ...]:
    """Most of a file is in the format it is named after; the rest is embeddings and finer numbers."""
    if not _REPACKED_LABEL[_is_arm()].search(label):
        return ()
    return (int(_REPACKED_SHARE * weights) // (layers + 1),) * (layers + 1)


def _read_per_token(told: Metadata, tensors: Sequence[Tensor]) -> int:
    """Only the experts used, and one row of embeddings that are not the output as well."""
    share = _share_used(told)
    tied = not any(tensor.name == "output.weight" for tensor in tensors)
    read = 0.0
    for tensor in tensors:
        row = tensor.name.startswith(("token_embd.weight", "per_layer_token_embd"))
        if row and not (tied and tensor.name == "token_embd.weight"):
            read += tensor.bytes / tensor.lengths[-1]
        else:
            read += tensor.bytes * (share if "_exps" in tensor.name else 1.0)
    return int(read)


def _active_parameters(told: Metadata, tensors: Sequence[Tensor]) -> int:
    share = _share_used(told)
    matrices = (tensor for tensor in tensors if len(tensor.lengths) > 1 and _LAYER.match(tensor.name))
    return int(sum(tensor.numbers * (share if "_exps" in tensor.name else 1.0) for tensor in matrices))


def _in_old_formats(tensors: Sequence[Tensor]) -> int:
    return sum(tensor.bytes for tensor in tensors if tensor.kind in _OLD_FORMATS)


def _is_old(label: str) -> bool:
    return re.search(r"Q4_1|Q5_[01]", label) is not None


def _share_used(told: Metadata) -> float:
    """Of the experts."""
    experts, used = told.own("expert_count"), told.own("expert_used_count")
    return min(used / experts, 1.0) if experts and used else 1.0


def _read_by_figures(told: Metadata, weights: int) -> int:
    """The same where only the figures are known: the share of weights that are experts not used."""
    layers, embedding = told.own("block_count"), told.own("embedding_length")
    expert = 3 * embedding * (told.own("expert_feed_forward_length") or told.own("feed_forward_length"))
    all_experts = expert * told.own("expert_count") * max(layers - told.own("leading_dense_block_count"), 0)
    others = layers * 4 * embedding**2 + 2 * embedding * told.words
    share = all_experts / (all_experts + others) if all_experts else 0.0
    return int(weights * (1.0 - share * (1.0 - _share_used(told))))
