"""Writes models of several architectures with random weights, large enough that their memory can be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

Value = int | float | bool | list[int] | list[bool]
Shapes = dict[str, tuple[int, ...]]

WORDS = 8192
WIDTH = 512
CONTROL = ("<unk>", "<s>", "</s>")
_LAST_NORM = {"lfm2": "token_embd_norm"}


def write_model(path: Path, name: str, *, context: int = 32_768, kind: str = "F16") -> Path:
    """The model `name` of `ARCHITECTURES`; matrices in `kind`: F16, Q8_0 or Q4_0."""
    architecture, metadata, shapes = ARCHITECTURES[name]()
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in (_usual(context) | metadata).items():
        _add(writer, f"{architecture}.{key}", value)
    _add_vocabulary(writer)
    random = np.random.default_rng(4)
    ends: Shapes = {"token_embd.weight": (WORDS, WIDTH), f"{_LAST_NORM.get(name, 'output_norm')}.weight": (WIDTH,)}
    for tensor, shape in (ends | shapes).items():
        _add_tensor(writer, tensor, random.normal(0, 0.02, shape).astype(np.float32), kind)
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _usual(context: int) -> dict[str, Value]:
    return {
        "context_length": context,
        "embedding_length": WIDTH,
        "attention.layer_norm_rms_epsilon": 1e-6,
    }


def _add(writer: gguf.GGUFWriter, key: str, value: Value) -> None:
    if isinstance(value, list):
        writer.add_array(key, value)
    elif isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    else:
        writer.add_float32(key, value)


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    tokens = [*CONTROL, *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [2, 3, 3, *[6] * 256]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens + [f"word{n}" for n in range(WORDS - len(tokens))])
    writer.add_token_scores([0.0] * WORDS)
    writer.add_token_types(kinds + [1] * (WORDS - len(kinds)))


def _add_tensor(writer: gguf.GGUFWriter, name: str, values: npt.NDArray[np.float32], kind: str) -> None:
    form = gguf.GGMLQuantizationType[kind]
    if values.ndim == 1 or values.shape[-1] % 32 or any(part in name for part in ("norm", "conv", "ssm_a", "gate_inp")):
        writer.add_tensor(name, values)
    elif kind == "F16":
        writer.add_tensor(name, values.astype(np.float16))
    else:
        writer.add_tensor(name, gguf.quants.quantize(values, form), raw_dtype=form)


# ---- the parts of a layer


def _layered(count: int, layer: Callable[[int], Mapping[str, tuple[int, ...]]]) -> Shapes:
    return {f"blk.{n}.{name}": shape for n in range(count) for name, shape in layer(n).items()}


def _attention(heads: int, kv_heads: int, length: int, *, norms: bool = False) -> Shapes:
    shapes: Shapes = {
        "attn_norm.weight": (WIDTH,),
        "attn_q.weight": (heads * length, WIDTH),
        "attn_k.weight": (kv_heads * length, WIDTH),
        "attn_v.weight": (kv_heads * length, WIDTH),
        "attn_output.weight": (WIDTH, heads * length),
    }
    return shapes | ({"attn_q_norm.weight": (length,), "attn_k_norm.weight": (length,)} if norms else {})


def _forward(size: int) -> Shapes:
    ends: Shapes = {"ffn_norm.weight": (WIDTH,), "ffn_down.weight": (WIDTH, size)}
    return ends | {f"ffn_{name}.weight": (size, WIDTH) for name in ("gate", "up")}


def _experts(count: int, size: int) -> Shapes:
    return {
        "ffn_norm.weight": (WIDTH,),
        "ffn_gate_inp.weight": (count, WIDTH),
        "ffn_gate_exps.weight": (count, size, WIDTH),
        "ffn_up_exps.weight": (count, size, WIDTH),
        "ffn_down_exps.weight": (count, WIDTH, size),
    }


def _heads(heads: int, kv_heads: int | list[int], length: int = 0) -> dict[str, Value]:
    counts: dict[str, Value] = {"attention.head_count": heads, "attention.head_count_kv": kv_heads}
    return counts | ({"attention.key_length": length, "attention.value_length": length} if length else {})


# ---- the models

Written = tuple[str, dict[str, Value], Shapes]


def _llama() -> Written:
    keys = {"block_count": 8, "feed_forward_length": 1536, "rope.dimension_count": 64} | _heads(8, 2)
    output: Shapes = {"output.weight": (WORDS, WIDTH)}
    return "llama", keys, output | _layered(8, lambda _: _attention(8, 2, 64) | _forward(1536))


def _qwen3() -> Written:
    keys = {"block_count": 6, "feed_forward_length": 1536} | _heads(8, 4, 128)
    return "qwen3", keys, _layered(6, lambda _: _attention(8, 4, 128, norms=True) | _forward(1536))


def _gemma3() -> Written:
    keys: dict[str, Value] = {"block_count": 12, "feed_forward_length": 1024, "attention.sliding_window": 256}
    norms: Shapes = {"post_attention_norm.weight": (WIDTH,), "post_ffw_norm.weight": (WIDTH,)}
    layers = _layered(12, lambda _: _attention(4, 1, 256, norms=True) | _forward(1024) | norms)
    return "gemma3", keys | _heads(4, 1, 256), layers


def _qwen3moe() -> Written:
    keys: dict[str, Value] = {"block_count": 6, "feed_forward_length": 1024, "expert_feed_forward_length": 256}
    keys |= {"expert_count": 8, "expert_used_count": 2} | _heads(8, 4, 64)
    return "qwen3moe", keys, _layered(6, lambda _: _attention(8, 4, 64, norms=True) | _experts(8, 256))


def _gpt_oss() -> Written:
    keys: dict[str, Value] = {"block_count": 6, "feed_forward_length": 256, "expert_feed_forward_length": 256}
    keys |= {"expert_count": 8, "expert_used_count": 2, "attention.sliding_window": 128, "rope.dimension_count": 64}
    biases: Shapes = {"attn_sinks.weight": (8,), "post_attention_norm.weight": (WIDTH,), "attn_output.bias": (WIDTH,)}
    biases |= {f"attn_{name}.bias": (size,) for name, size in (("q", 512), ("k", 128), ("v", 128))}
    biases |= {"ffn_gate_inp.bias": (8,), "ffn_down_exps.bias": (8, WIDTH)}
    biases |= {"ffn_gate_exps.bias": (8, 256), "ffn_up_exps.bias": (8, 256)}
    layers = _layered(6, lambda _: _attention(8, 2, 64) | _experts(8, 256) | biases)
    unwanted = [name for name in layers if name.endswith("ffn_norm.weight")]
    output: Shapes = {"output.weight": (WORDS, WIDTH)}
    return "gpt-oss", keys | _heads(8, 2, 64), output | {n: s for n, s in layers.items() if n not in unwanted}


def _deepseek2() -> Written:
    """Latent attention as today's converter writes it: one head of 128 + 32 numbers, no values."""
    keys: dict[str, Value] = {"block_count": 6, "feed_forward_length": 1024, "expert_feed_forward_length": 256}
    keys |= {"expert_count": 8, "expert_used_count": 2, "expert_shared_count": 1, "leading_dense_block_count": 1}
    keys |= {"attention.kv_lora_rank": 128, "attention.key_length_mla": 96, "attention.value_length_mla": 64}
    keys |= {"attention.key_length": 160, "attention.value_length": 128, "rope.dimension_count": 32}
    keys |= {"attention.head_count": 8, "attention.head_count_kv": 1, "attention.q_lora_rank": 128}
    attention: Shapes = {
        "attn_norm.weight": (WIDTH,),
        "attn_q_a.weight": (128, WIDTH), "attn_q_a_norm.weight": (128,), "attn_q_b.weight": (8 * 96, 128),
        "attn_kv_a_mqa.weight": (160, WIDTH), "attn_kv_a_norm.weight": (128,),
        "attn_k_b.weight": (8, 128, 64), "attn_v_b.weight": (8, 64, 128), "attn_output.weight": (WIDTH, 8 * 64),
    }  # fmt: skip
    shared: Shapes = {"ffn_gate_shexp.weight": (256, WIDTH), "ffn_up_shexp.weight": (256, WIDTH)}
    shared |= {"ffn_down_shexp.weight": (WIDTH, 256)}
    layers = _layered(6, lambda n: attention | (_experts(8, 256) | shared if n else _forward(1024)))
    return "deepseek2", keys, layers | {"output.weight": (WORDS, WIDTH)}


def _lfm2() -> Written:
    """Short convolutions, and attention in one layer of three."""
    kv_heads = [2 if n % 3 == 2 else 0 for n in range(9)]
    keys: dict[str, Value] = {"block_count": 9, "feed_forward_length": 1536, "shortconv.l_cache": 3}
    conv: Shapes = {
        "attn_norm.weight": (WIDTH,), "shortconv.conv.weight": (WIDTH, 3),
        "shortconv.in_proj.weight": (3 * WIDTH, WIDTH), "shortconv.out_proj.weight": (WIDTH, WIDTH),
    }  # fmt: skip
    layers = _layered(9, lambda n: (_attention(8, 2, 64, norms=True) if kv_heads[n] else conv) | _forward(1536))
    return "lfm2", keys | _heads(8, kv_heads), layers


def _qwen35() -> Written:
    """Linear attention with a state, and full attention in one layer of four."""
    keys: dict[str, Value] = {"block_count": 8, "feed_forward_length": 1536, "full_attention_interval": 4}
    keys |= {"ssm.conv_kernel": 4, "ssm.inner_size": 1024, "ssm.state_size": 64, "ssm.time_step_rank": 16}
    keys |= {"ssm.group_count": 8, "rope.dimension_count": 32, "rope.dimension_sections": [8, 4, 4, 0]}
    linear: Shapes = {
        "attn_qkv.weight": (2048, WIDTH), "attn_gate.weight": (1024, WIDTH), "ssm_conv1d.weight": (2048, 4),
        "ssm_dt.bias": (16,), "ssm_a": (16,), "ssm_beta.weight": (16, WIDTH), "ssm_alpha.weight": (16, WIDTH),
        "ssm_norm.weight": (64,), "ssm_out.weight": (WIDTH, 1024), "attn_norm.weight": (WIDTH,),
    }  # fmt: skip
    full = _attention(4, 2, 128, norms=True) | {"attn_q.weight": (4 * 128 * 2, WIDTH)}
    forward = {name: shape for name, shape in _forward(1536).items() if name != "ffn_norm.weight"}
    forward |= {"post_attention_norm.weight": (WIDTH,)}
    layers = _layered(8, lambda n: (full if n % 4 == 3 else linear) | forward)
    return "qwen35", keys | _heads(4, 2, 128), layers


def _mamba2() -> Written:
    keys: dict[str, Value] = {"block_count": 8, "ssm.conv_kernel": 4, "ssm.inner_size": 1024, "ssm.state_size": 64}
    keys |= {"ssm.time_step_rank": 16, "ssm.group_count": 1, "feed_forward_length": 0, "attention.head_count": 0}
    layer: Shapes = {
        "attn_norm.weight": (WIDTH,), "ssm_in.weight": (1024 + 1152 + 16, WIDTH), "ssm_conv1d.weight": (1152, 4),
        "ssm_conv1d.bias": (1152,), "ssm_dt.bias": (16,), "ssm_a": (16, 1), "ssm_d": (16, 1),
        "ssm_norm.weight": (1, 1024), "ssm_out.weight": (WIDTH, 1024),
    }  # fmt: skip
    return "mamba2", keys, _layered(8, lambda _: layer)


ARCHITECTURES: dict[str, Callable[[], Written]] = {
    "llama": _llama, "qwen3": _qwen3, "gemma3": _gemma3, "qwen3moe": _qwen3moe, "gpt-oss": _gpt_oss,
    "deepseek2": _deepseek2, "lfm2": _lfm2, "qwen35": _qwen35, "mamba2": _mamba2,
}  # fmt: skip
