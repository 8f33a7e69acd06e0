"""Writes a tiny llama model with random weights, always the same, which llama.cpp loads and answers with.

Where the likeliest token is taken (temperature 0), its answers never end by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

WIDTH, HEADS, FORWARD = 32, 4, 64
CONTROL = ("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Value = str | int | float | bool
Weights = npt.NDArray[np.float32]


def write_tiny(
    path: Path,
    *,
    architecture: str = "llama",
    tokenizer: str = "llama",
    layers: int = 1,
    weights: bool = True,
    parts: int = 1,
    changed: Mapping[str, Value | None] | None = None,
    control: tuple[str, ...] = (),
) -> Path:
    """Writes the model and returns its (first) file.

    `tokenizer`: "llama" (SentencePiece) or "gpt2" (byte-level BPE). `parts`: files it is split into, named as the
    format wants. `changed`: metadata to replace, or to leave out where None; "{a}" stands for the architecture.
    `control`: more control tokens, the last ones of the vocabulary.
    """
    tensors = list(_tensors(layers, len(control))) if weights else []
    writer = gguf.GGUFWriter(path, architecture, split_max_tensors=math.ceil(len(tensors) / parts) if parts > 1 else 0)
    named = {key.format(a=architecture): value for key, value in (changed or {}).items()}
    for key, value in (_metadata(architecture, layers) | named).items():
        if value is not None:
            writer.add_key_value(key, value, _kind(value))
    _add_vocabulary(writer, tokenizer, control)
    for name, values in tensors:
        writer.add_tensor(name, values)
    return _written(writer, path, parts)


def _written(writer: gguf.GGUFWriter, path: Path, parts: int) -> Path:
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path if parts == 1 else path.with_name(f"{path.stem}-00001-of-{parts:05d}.gguf")


def _metadata(architecture: str, layers: int) -> dict[str, Value | None]:
    return {
        "general.name": "Tiny",
        f"{architecture}.context_length": 2048,
        f"{architecture}.embedding_length": WIDTH,
        f"{architecture}.block_count": layers,
        f"{architecture}.feed_forward_length": FORWARD,
        f"{architecture}.attention.head_count": HEADS,
        f"{architecture}.attention.head_count_kv": HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.dimension_count": WIDTH // HEADS,
        "general.file_type": 0,
        "tokenizer.ggml.unknown_token_id": CONTROL.index("<unk>"),
        "tokenizer.ggml.bos_token_id": CONTROL.index("<s>"),
        "tokenizer.ggml.eos_token_id": CONTROL.index("<|im_end|>"),
        "tokenizer.chat_template": CHATML,
    }


def _kind(value: Value) -> gguf.GGUFValueType:
    if isinstance(value, bool):
        return gguf.GGUFValueType.BOOL
    if isinstance(value, int):
        return gguf.GGUFValueType.UINT32
    return gguf.GGUFValueType.FLOAT32 if isinstance(value, float) else gguf.GGUFValueType.STRING


def _add_vocabulary(writer: gguf.GGUFWriter, tokenizer: str, control: tuple[str, ...]) -> None:
    names = _byte_characters() if tokenizer == "gpt2" else [f"<0x{byte:02X}>" for byte in range(256)]
    kind = gguf.TokenType.NORMAL if tokenizer == "gpt2" else gguf.TokenType.BYTE
    tokens = [*CONTROL, *names, *control]
    first, others = gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL
    writer.add_tokenizer_model(tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_types([first] + [others] * (len(CONTROL) - 1) + [kind] * 256 + [others] * len(control))
    if tokenizer == "gpt2":
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges([f"{names[0]} {names[1]}"])
    else:
        writer.add_token_scores([0.0] * len(tokens))


def _byte_characters() -> list[str]:
    """GPT-2's visible stand-in for each byte."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in visible]
    return [chr(byte) if byte in visible else chr(256 + others.index(byte)) for byte in range(256)]


def _tensors(layers: int, more: int) -> Iterator[tuple[str, Weights]]:
    random = np.random.default_rng(20)
    words = len(CONTROL) + 256 + more
    shapes = {"token_embd": (words, WIDTH), "output": (words, WIDTH)}
    for n in range(layers):
        shapes |= {f"blk.{n}.attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
        shapes |= {f"blk.{n}.ffn_{name}": (FORWARD, WIDTH) for name in ("gate", "up")}
        shapes[f"blk.{n}.ffn_down"] = (WIDTH, FORWARD)
    for name, shape in shapes.items():
        values = random.normal(0, 0.2, shape).astype(np.float32)
        if name == "output":
            values[: len(CONTROL)] = values[words - more :] = 0  # so that no control token is ever the likeliest
        yield f"{name}.weight", values
    for name in ("output", *(f"blk.{n}.{part}" for n in range(layers) for part in ("attn", "ffn"))):
        yield f"{name}_norm.weight", np.ones(WIDTH, np.float32)
