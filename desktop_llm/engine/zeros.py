"""Writes a model of nothing but zeros, as fast or slow as any other of its shape: to measure a computer with."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Value = int | float | str | list[float] | list[int] | list[str]
Tensor = tuple[tuple[int, ...], int]

# ggml's number formats, with the numbers in a block and its bytes; the kinds of GGUF's values.
_FLOAT32, Q4_1, Q4_K, Q6_K = 0, 3, 12, 14
_BLOCK = {_FLOAT32: (1, 4), Q4_1: (32, 20), Q4_K: (256, 144), Q6_K: (256, 210)}
_UINT32, _INT32, _FLOAT, _TEXT, _ARRAY = 4, 5, 6, 8, 9
_ALIGNED = 32
_BYTE_TOKEN, _CONTROL_TOKEN = 6, 3


@dataclass(frozen=True)
class Zeros:
    """The shape of a model whose weights are all 0: a speed does not depend on them. As wide as Llama 3 of 1B."""

    layers: int = 6
    width: int = 2048
    forward: int = 8192
    heads: int = 32
    kv_heads: int = 8
    kind: int = Q4_K

    @property
    def parameters(self) -> int:
        return sum(_count(shape) for shape, kind in self.tensors().values() if kind != _FLOAT32)

    @property
    def bytes(self) -> int:
        return sum(_bytes(shape, kind) for shape, kind in self.tensors().values())

    def tensors(self) -> dict[str, Tensor]:
        """Shape and number format by name."""
        found: dict[str, Tensor] = {
            "token_embd.weight": ((self.width, len(_TOKENS)), self.kind),
            "output_norm.weight": ((self.width,), _FLOAT32),
        }
        for layer in range(self.layers):
            found |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in self._layer().items()}
        return found

    def _layer(self) -> dict[str, Tensor]:
        kind = self.kind
        width, forward, kv = self.width, self.forward, self.width * self.kv_heads // self.heads
        return {
            "attn_norm": ((width,), _FLOAT32), "attn_q": ((width, width), kind), "attn_k": ((width, kv), kind),
            "attn_v": ((width, kv), kind), "attn_output": ((width, width), kind), "ffn_norm": ((width,), _FLOAT32),
            "ffn_gate": ((width, forward), kind), "ffn_up": ((width, forward), kind),
            "ffn_down": ((forward, width), kind),
        }  # fmt: skip


_TOKENS = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]


def _count(shape: tuple[int, ...]) -> int:
    return shape[0] * (shape[1] if len(shape) > 1 else 1)


def _bytes(shape: tuple[int, ...], kind: int) -> int:
    numbers, size = _BLOCK[kind]
    return _count(shape) // numbers * size


def write_zeros(path: Path, zeros: Zeros) -> None:
    """Writes the head; the weights are a hole in the file where the system has such. Raises OSError."""
    tensors, metadata = zeros.tensors(), _metadata(zeros)
    with open(path, "wb") as file:
        file.write(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
        for key, value in metadata.items():
            file.write(_text(key) + _typed(value))
        offset = 0
        for name, (shape, kind) in tensors.items():
            file.write(_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
            offset += -(-_bytes(shape, kind) // _ALIGNED) * _ALIGNED
        file.truncate(-(-file.tell() // _ALIGNED) * _ALIGNED + offset)


def _metadata(zeros: Zeros) -> Mapping[str, Value]:
    return {
        "general.architecture": "llama", "general.name": "Zeros", "llama.context_length": 4096,
        "llama.embedding_length": zeros.width, "llama.block_count": zeros.layers,
        "llama.feed_forward_length": zeros.forward, "llama.attention.head_count": zeros.heads,
        "llama.attention.head_count_kv": zeros.kv_heads, "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": zeros.width // zeros.heads, "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": _TOKENS, "tokenizer.ggml.scores": [0.0] * len(_TOKENS),
        "tokenizer.ggml.token_type": [_CONTROL_TOKEN] * 3 + [_BYTE_TOKEN] * 256,
        "tokenizer.ggml.unknown_token_id": 0, "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2,
    }  # fmt: skip


def _typed(value: Value) -> bytes:
    if isinstance(value, list):
        kind = _INT32 if isinstance(value[0], int) else _kind(value[0])
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(map(_bare, value))
    return struct.pack("<I", _kind(value)) + _bare(value)


def _kind(value: Value) -> int:
    return _TEXT if isinstance(value, str) else _FLOAT if isinstance(value, float) else _UINT32


def _bare(value: int | float | str | list[int] | list[float] | list[str]) -> bytes:
    if isinstance(value, str):
        return _text(value)
    return struct.pack("<f" if isinstance(value, float) else "<I", value)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data
