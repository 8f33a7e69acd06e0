"""How near the predicted speeds come to those measured in the same run; asserts no times.

python -m pytest tests/benchmarks/test_predicted_speed.py -s
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import pytest

from desktop_llm import speed
from desktop_llm.bench import Speed, Work, bare_speed
from desktop_llm.engine.hardware import memory
from desktop_llm.engine.measuring import measure_computer
from desktop_llm.library.header import read_header
from desktop_llm.memory import Computer, fit
from desktop_llm.settings import Loading

ROUNDS = 3
TOKENS = 24
LOADING = Loading(context=2048, gpu_layers=0)
LAYERS, WIDTH, FORWARD, KV, WORDS = 16, 2048, 8192, 512, 128256
Q4_K, Q6_K = gguf.GGMLQuantizationType.Q4_K, gguf.GGMLQuantizationType.Q6_K
# Where a block's scale lies, a half.
SCALES = {Q4_K: slice(0, 2), Q6_K: slice(208, 210)}


@pytest.fixture(scope="session")
def llama_1b(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in the shape and formats of Llama 3.2 1B in Q4_K_M: 0.77 GB."""
    path = tmp_path_factory.mktemp("models") / "llama-1b.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(131072)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FORWARD)
    writer.add_head_count(32)
    writer.add_head_count_kv(8)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_tokenizer_model("llama")
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    writer.add_token_list([*tokens, *(f"w{number}" for number in range(WORDS - len(tokens)))])
    writer.add_token_scores([0.0] * WORDS)
    writer.add_token_types([3] * 3 + [6] * 256 + [1] * (WORDS - len(tokens)))
    for name, values, kind in tensors():
        writer.add_tensor(name, values, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tensors() -> Iterator[tuple[str, npt.NDArray[np.generic], gguf.GGMLQuantizationType]]:
    norm = np.ones(WIDTH, np.float32), gguf.GGMLQuantizationType.F32
    yield "token_embd.weight", weights(WORDS, WIDTH, Q6_K), Q6_K
    yield "output_norm.weight", *norm
    for layer in range(LAYERS):
        better = Q6_K if layer % 2 else Q4_K
        for name, rows, columns, kind in (
            ("attn_q", WIDTH, WIDTH, Q4_K), ("attn_k", KV, WIDTH, Q4_K), ("attn_v", KV, WIDTH, better),
            ("attn_output", WIDTH, WIDTH, Q4_K), ("ffn_gate", FORWARD, WIDTH, Q4_K), ("ffn_up", FORWARD, WIDTH, Q4_K),
            ("ffn_down", WIDTH, FORWARD, better),
        ):  # fmt: skip
            yield f"blk.{layer}.{name}.weight", weights(rows, columns, kind), kind
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{name}.weight", *norm


def weights(rows: int, columns: int, kind: gguf.GGMLQuantizationType) -> npt.NDArray[np.uint8]:
    """Random blocks with a scale that keeps their numbers small."""
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = np.random.default_rng(columns).integers(0, 256, (rows * columns // numbers, size), np.uint8)
    blocks[:, SCALES[kind]] = np.frombuffer(np.float16(1e-4).tobytes(), np.uint8)
    if kind == Q4_K:
        blocks[:, 2:4] = 0
    return blocks.reshape(rows, columns // numbers * size)


def predicted(model: Path, speeds: speed.Speeds) -> Speed:
    shape = read_header(model).shape
    found = fit(shape, LOADING, Computer(*memory()))
    return Speed(speed.prompt_speed(shape, found, speeds), speed.generation_speed(shape, found, speeds), 0)


def test_predictions_beside_measurements(
    starter: Path, llama_1b: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Medians over rounds, for other programs come and go; each round's figures follow on each other."""
    monkeypatch.setattr(speed, "DEPTH", speed.PROMPT)
    ratios: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        speeds = measure_computer(threading.Event())
        for model in (starter, llama_1b):
            told, was = predicted(model, speeds), bare_speed(Work(model, LOADING, speed.PROMPT, TOKENS), 1)
            for what, one, other in (("prompt", told.prompt, was.prompt), ("answer", told.generated, was.generated)):
                ratios.setdefault(f"{model.name}, {what}", []).append(one / other)
                with capsys.disabled():
                    print(f"\n{model.name}, {what}: predicted {one:.1f}, measured {other:.1f} tokens/s", end="")
    with capsys.disabled():
        for name, found in ratios.items():
            each = " ".join(f"{ratio:.2f}" for ratio in found)
            print(f"\n{name}: predicted/measured {statistics.median(found):.2f} ({each})", end="")
    assert all(ratio > 0 for found in ratios.values() for ratio in found)
