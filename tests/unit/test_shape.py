"""A model's shape from its metadata and its table of tensors, for each way of keeping a cache."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
from architectures import ARCHITECTURES, write_model

from desktop_llm.library.header import read_header
from desktop_llm.library.shape import Items, Metadata, Tensor, Value, shape_of
from desktop_llm.memory import Shape

F16, Q4_0, Q6_K = 1, 2, 14


def metadata(architecture: str, **own: Value) -> Metadata:
    """`own`: keys of the architecture, a dot written as two underscores."""
    keys: dict[str, Value] = {"block_count": 4, "embedding_length": 512, "context_length": 4096}
    keys |= {"attention.head_count": 8, "attention.head_count_kv": 2}
    keys |= {key.replace("__", "."): value for key, value in own.items()}
    values: dict[str, Value] = {f"{architecture}.{key}": value for key, value in keys.items()}
    values |= {"general.architecture": architecture, "tokenizer.ggml.tokens": Items(1000)}
    return Metadata(values)


def shape(architecture: str, **own: Value) -> Shape:
    return shape_of(metadata(architecture, **own), 10**9)


def test_the_starters_shape(starter: Path) -> None:
    found = read_header(starter).shape
    assert (found.layers, found.embedding, found.heads, found.kv_heads) == (30, 576, 9, (3,) * 30)
    assert (found.key_length, found.value_length, found.vocabulary, found.known) == (64, 64, 49_152, True)
    assert found.read_per_token == found.weights == 96_576_768
    assert found.tied and sum(found.repackable) == 0  # Q4_1 is left as it is
    # One matrix of embeddings more than 134,515,008 - 28,311,552, and no norm is multiplied with.
    assert found.active_parameters == 106_168_320


def test_a_list_gives_each_layer_its_heads() -> None:
    assert shape("llama", attention__head_count_kv=(2, 4, 0, 8)).kv_heads == (2, 4, 0, 8)
    assert shape("llama", attention__head_count_kv=(2, 4)).kv_heads == (2, 4, 0, 0)


def test_without_a_count_of_its_own_every_head_has_keys() -> None:
    told = metadata("llama")
    del told.values["llama.attention.head_count_kv"]
    assert shape_of(told, 1).kv_heads == (8,) * 4


@pytest.mark.parametrize(
    ("architecture", "own", "windowed"),
    [
        ("llama", {"attention__sliding_window": 128}, ()),
        ("phi3", {"attention__sliding_window": 128}, ()),
        ("gemma2", {}, (True, False, True, False)),
        ("gemma3", {"attention__sliding_window": 512}, (True, True, True, True)),
        ("gemma3", {}, ()),
        ("cohere2", {"attention__sliding_window": 512}, (True, True, True, False)),
        ("cohere2moe", {"attention__sliding_window": 512}, (False, True, True, True)),
        ("gpt-oss", {"attention__sliding_window": 128}, (True, False, True, False)),
        ("gpt-oss", {"attention__sliding_window": 128, "attention__sliding_window_pattern": 4},
         (True, True, True, False)),
        ("gemma4", {"attention__sliding_window": 512, "attention__sliding_window_pattern": (1, 0, 1, 0)},
         (True, False, True, False)),
        ("llama4", {}, (True, True, True, False)),
        ("llama4", {"attention__sliding_window": 0}, ()),
    ],
)  # fmt: skip
def test_which_layers_have_a_window(architecture: str, own: dict[str, Value], windowed: tuple[bool, ...]) -> None:
    assert shape(architecture, **own).windowed == windowed


def test_layers_that_use_the_cache_of_earlier_ones_have_none() -> None:
    found = shape("gemma4", attention__shared_kv_layers=3, attention__key_length_swa=256)
    assert (found.kv_heads, found.window_key_length) == ((2, 0, 0, 0), 256)
    assert shape("glm4moe", nextn_predict_layers=1).kv_heads == (2, 2, 2, 0)


SSM: dict[str, Value] = {
    "ssm__conv_kernel": 4, "ssm__inner_size": 1024, "ssm__state_size": 64, "ssm__group_count": 2,
    "ssm__time_step_rank": 16,
}  # fmt: skip
STATE = 4 * (3 * (1024 + 2 * 2 * 64) + 64 * 1024)


@pytest.mark.parametrize(
    ("architecture", "own", "kv_heads", "states"),
    [
        ("mamba2", SSM, (0, 0, 0, 0), (STATE,) * 4),
        ("falcon-h1", SSM, (2, 2, 2, 2), (STATE,) * 4),
        ("granitehybrid", SSM | {"attention__head_count_kv": (0, 2, 0, 0)}, (0, 2, 0, 0), (STATE, 0, STATE, STATE)),
        ("qwen35", SSM | {"full_attention_interval": 2}, (0, 2, 0, 2), (STATE, 0, STATE, 0)),
        ("qwen3next", SSM, (0, 0, 0, 2), (STATE, STATE, STATE, 0)),
        ("qwen35", SSM | {"nextn_predict_layers": 1}, (0, 0, 0, 0), (STATE, STATE, STATE, 0)),
        ("nemotron_h", SSM | {"attention__head_count_kv": (0, 2, 0, 0), "feed_forward_length": (0, 0, 99, 0)},
         (0, 2, 0, 0), (STATE, 0, 0, STATE)),
        ("lfm2", {"shortconv__l_cache": 3, "attention__head_count_kv": (0, 2, 0, 2)}, (0, 2, 0, 2),
         (512 * 2 * 4, 0, 512 * 2 * 4, 0)),
        ("rwkv7", {"wkv__head_size": 64}, (0, 0, 0, 0), (4 * (2 * 512 + 64 * 512),) * 4),
        ("llama", {}, (2, 2, 2, 2), ()),
    ],
)  # fmt: skip
def test_what_a_layer_keeps(
    architecture: str, own: dict[str, Value], kv_heads: tuple[int, ...], states: tuple[int, ...]
) -> None:
    found = shape(architecture, **own)
    assert (found.known, found.kv_heads, found.states) == (True, kv_heads, states)


def test_latent_attention() -> None:
    latent: dict[str, Value] = {
        "attention__key_length": 576, "attention__value_length": 512, "attention__key_length_mla": 192,
        "attention__value_length_mla": 128, "attention__head_count_kv": 1,
    }  # fmt: skip
    found = shape("deepseek2", **latent)
    assert (found.kv_heads, found.key_length, found.value_length) == ((1,) * 4, 576, 0)


@pytest.mark.parametrize(
    ("architecture", "own"),
    [
        ("llama", {"block_count": 0}),
        ("llama", {"attention__head_count": 0}),
        ("llama", {"embedding_length": "wide"}),
        ("t5", {}),
        ("nomic-bert", {}),
        ("mamba", {}),
        ("brandnew", SSM),
        ("brandnew", {"attention__indexer__key_length": 64}),
    ],
)
def test_a_stranger_is_not_known(architecture: str, own: dict[str, Value]) -> None:
    assert not shape(architecture, **own).known
    assert shape(architecture, **own).weights == 10**9


def test_a_new_architecture_of_the_usual_kind_is_taken_to_be_like_the_others() -> None:
    assert shape("brandnew").known


# ---- weights

TENSORS = [
    Tensor("token_embd.weight", (512, 1000), Q6_K, 0, 420_000),
    Tensor("blk.0.attn_q.weight", (512, 512), Q4_0, 0, 147_456),
    Tensor("blk.0.attn_norm.weight", (512,), 0, 0, 2048),
    Tensor("blk.3.ffn_up_exps.weight", (512, 256, 8), Q4_0, 0, 589_824),
    Tensor("blk.3.attn_k_b.weight", (64, 128, 8), Q4_0, 0, 36_864),
    Tensor("output_norm.weight", (512,), 0, 0, 2048),
]


def test_each_layer_and_the_output_have_their_weight() -> None:
    total = sum(tensor.bytes for tensor in TENSORS)
    found = shape_of(metadata("llama"), total, TENSORS)
    assert found.layer_weights == (149_504, 0, 0, 626_688, 422_048)
    apart = shape_of(metadata("llama"), total, [*TENSORS, Tensor("output.weight", (512, 1000), F16, 0, 1_024_000)])
    assert (found.tied, apart.tied) == (True, False)
    assert apart.layer_weights[-1] == 1_026_048


def test_what_processors_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, output in (("AMD64", 0), ("arm64", 420_000)):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert shape_of(metadata("llama"), 1, TENSORS).repackable == (147_456, 0, 0, 589_824, output)


def test_only_the_experts_used_are_read_for_a_token() -> None:
    experts = metadata("qwen3moe", expert_count=8, expert_used_count=2)
    found = shape_of(experts, 1, TENSORS)
    assert found.read_per_token == sum(tensor.bytes for tensor in TENSORS) - 589_824 * 3 // 4
    apart = shape_of(experts, 1, [*TENSORS, Tensor("output.weight", (512, 1000), F16, 0, 1_024_000)])
    assert apart.read_per_token == found.read_per_token + 1_024_000 - 420_000 + 420
    assert found.active_parameters == 512 * 512 + 512 * 256 * 2 + 64 * 128 * 8


@pytest.mark.parametrize("name", ["llama", "qwen3moe", "deepseek2"])
def test_what_is_read_for_a_token_is_near_where_only_figures_are_known(tmp_path: Path, name: str) -> None:
    header = read_header(write_model(tmp_path / "m.gguf", name))
    architecture, keys, _ = ARCHITECTURES[name]()
    told = metadata(architecture)
    told.values.update({f"{architecture}.{key}": _value(value) for key, value in keys.items()})
    told.values["tokenizer.ggml.tokens"] = Items(header.shape.vocabulary)
    estimated = shape_of(told, header.shape.weights)
    # Whether the output is the embeddings again is not known then, which weighs much in models as small as these.
    assert 0.95 <= estimated.read_per_token / header.shape.read_per_token <= 1.45


def _value(value: int | float | bool | list[int] | list[bool]) -> Value:
    return tuple(int(one) for one in value) if isinstance(value, list) else value


def test_without_a_table_the_label_tells_what_is_put_in_order() -> None:
    assert sum(shape_of(metadata("llama"), 10**9, label="Q4_K_M").repackable) == pytest.approx(0.7e9, rel=0.01)
    assert shape_of(metadata("llama"), 10**9, label="F16").repackable == ()


# ---- the reader keeps what it needs for this


@pytest.mark.parametrize(("count", "kept"), [(8, True), (512, True), (513, False)])
def test_short_lists_are_kept_and_long_ones_passed_over(tmp_path: Path, count: int, kept: bool) -> None:
    path = tmp_path / "m.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(count)
    writer.add_embedding_length(64)
    writer.add_array("llama.attention.head_count_kv", [n % 5 for n in range(count)])
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((64, 64), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    heads = read_header(path).shape.kv_heads if count <= 512 else ()
    assert (heads == tuple(n % 5 for n in range(count))) == kept
