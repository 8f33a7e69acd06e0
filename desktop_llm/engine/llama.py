"""llama.cpp's models, contexts and tokens as small objects over its C functions; samplers.py has the rest."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as native
import numpy as np
import numpy.typing as npt
from llama_cpp import __version__ as binding_version

from desktop_llm.conversation import BETWEEN_CHANNELS, THOUGHTS, name_of
from desktop_llm.engine.hardware import amx_may_crash, physical_cores
from desktop_llm.engine.messages import Cause, Device, MemoryUse, ModelFacts
from desktop_llm.engine.offload import Offload, device_line, planned, why_not
from desktop_llm.engine.pace import Pace
from desktop_llm.errors import ModelError, Problem
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

ENGINE = f"llama-cpp-python {binding_version}"
BATCH = 512
_LOG_TO_STDERR = native.llama_log_callback()
_KINDS = {0: "CPU", 1: "GPU", 2: "IGPU", 3: "ACCEL"}
_SPM = 1
_TOKEN_CONTROL = 1 << 3
_TOKEN_USER_DEFINED = 1 << 4
_CACHE_TYPES = {"f16": native.GGML_TYPE_F16, "q8_0": native.GGML_TYPE_Q8_0, "q4_0": native.GGML_TYPE_Q4_0}
_FLASH_ATTENTION = {
    "auto": native.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": native.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": native.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}
HARMONY = ("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>")
_LOAD_MODES = {
    (False, False): native.LLAMA_LOAD_MODE_NONE,
    (True, False): native.LLAMA_LOAD_MODE_MMAP,
    (False, True): native.LLAMA_LOAD_MODE_MLOCK,
    (True, True): native.LLAMA_LOAD_MODE_MMAP_MLOCK,
}
"""By memory_map and memory_lock."""


def begin() -> None:
    """Starts llama.cpp with its log going straight to stderr, without a turn through Python for each line."""
    native.llama_log_set(_LOG_TO_STDERR, ctypes.c_void_p(0))
    if not _registry("ggml_backend_reg_count", ctypes.c_size_t)():
        _registry("ggml_backend_load_all_from_path", None)(os.fsencode(Path(native._lib._name).parent))
    native.llama_backend_init()


def system_info() -> str:
    return str(native.llama_print_system_info().decode())


def devices() -> tuple[Device, ...]:
    """Every device of llama.cpp's registry, with its memory in bytes."""
    return tuple(_device(handle) for handle in _device_handles())


def backends() -> tuple[str, ...]:
    """What this build of llama.cpp can compute with, whether or not there is a device for it."""
    count, get = _registry("ggml_backend_reg_count", ctypes.c_size_t), _registry("ggml_backend_reg_get")
    name = _registry("ggml_backend_reg_name", ctypes.c_char_p)
    return tuple(name(ctypes.c_void_p(get(ctypes.c_size_t(n)))).decode(errors="replace") for n in range(count()))


def _registry(name: str, returns: Any = ctypes.c_void_p) -> Any:
    """A function of ggml: on Windows its libraries lie beside llama.cpp's, elsewhere that one's handle finds them."""
    library: Any = native._lib
    if sys.platform == "win32":
        folder = Path(library._name).parent
        beside = [ctypes.CDLL(str(folder / f"{part}.dll")) for part in ("ggml", "ggml-base")]
        library = next(library for library in beside if hasattr(library, name))
    function = library[name]
    function.restype = returns
    return function


def _device_handles() -> list[int]:
    get = _registry("ggml_backend_dev_get")
    return [get(ctypes.c_size_t(n)) for n in range(_registry("ggml_backend_dev_count", ctypes.c_size_t)())]


def _device_name(handle: int) -> str:
    return str(_registry("ggml_backend_dev_name", ctypes.c_char_p)(ctypes.c_void_p(handle)).decode(errors="replace"))


def _device(handle: int) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    device = ctypes.c_void_p(handle)
    _registry("ggml_backend_dev_memory", None)(device, ctypes.byref(free), ctypes.byref(total))
    described = _registry("ggml_backend_dev_description", ctypes.c_char_p)(device).decode(errors="replace")
    kind = _KINDS.get(_registry("ggml_backend_dev_type", ctypes.c_int)(device), "CPU")
    return Device(_device_name(handle), described, kind, free.value, total.value)


class Log:
    """llama.cpp's lines while a model or a context is made: where its reasons are."""

    def __init__(self) -> None:
        self.text = ""
        self._callback = native.llama_log_callback(self._line)

    def _line(self, _level: int, text: bytes, _data: object) -> None:
        self.text += text.decode(errors="replace")
        sys.stderr.write(text.decode(errors="replace"))

    @contextmanager
    def kept(self) -> Iterator[None]:
        native.llama_log_set(self._callback, ctypes.c_void_p(0))
        try:
            yield
        finally:
            native.llama_log_set(_LOG_TO_STDERR, ctypes.c_void_p(0))


class LoadError(ModelError):
    """A model or a context that could not be made; `cause` and `gpu_layers` as in LoadFailed."""

    def __init__(self, problem: Problem, cause: Cause, gpu_layers: int) -> None:
        super().__init__(problem)
        self.cause, self.gpu_layers = cause, gpu_layers


class Model:
    """A loaded model. `progress` takes a fraction and returns False to cancel. Raises ModelError."""

    def __init__(
        self, path: Path, loading: Loading, progress: Callable[[float], bool], shape: Shape | None = None
    ) -> None:
        self.path, self.loading = path, loading
        _check(loading)
        # With no layers wanted the GPUs are not even asked for their memory.
        self.offload = planned(loading, shape, devices()) if loading.gpu_layers else Offload()
        self.threads = loading.threads or physical_cores()
        self.pace = Pace(self.threads)
        self._cancelled = False
        self._log = Log()
        self.handle: Any = self._load(progress)
        self.trained_context = int(native.llama_model_n_ctx_train(self.handle))
        self.vocab: Any = native.llama_model_get_vocab(self.handle)
        self._pieces: dict[int, bytes] = {}
        self.prototypes: dict[tuple[Any, ...], Any] = {}
        """Samplers that take long to make, to be cloned."""

    def _load(self, progress: Callable[[float], bool]) -> Any:
        if not self.path.is_file():
            text = "There is no model file at {path}."
            raise ModelError(Problem(text, "Choose another model.", {"path": str(self.path)}, "choose-model"))
        parameters = native.llama_model_default_params()
        parameters.load_mode = _LOAD_MODES[self.loading.memory_map, self.loading.memory_lock]
        kept_alive = self._place(parameters)
        if amx_may_crash(system_info()):
            parameters.use_extra_bufts = False
        callback = native.llama_progress_callback(lambda fraction, _data: self._went_on(progress(fraction)))
        parameters.progress_callback = callback
        with self._log.kept():
            handle = native.llama_model_load_from_file(os.fsencode(self.path), parameters)
        del kept_alive
        if not handle:
            cause = "" if self._cancelled else load_cause(self._log.text)
            problem = load_problem(self.path, self._log.text, self._cancelled)
            raise LoadError(problem, cause, self.offload.layers)
        return handle

    def _place(self, parameters: Any) -> tuple[Any, Any]:
        """Says where the layers go; returns what `parameters` point to."""
        names = [gpu.name for gpu in self.offload.used]
        handles = {_device_name(handle): handle for handle in _device_handles()}
        # The list ends with NULL; one of nothing else leaves every GPU alone.
        chosen = (ctypes.c_void_p * (len(names) + 1))(*(handles[name] for name in names))
        shares = (ctypes.c_float * native.llama_max_devices())(*self.loading.split[: len(names)])
        parameters.n_gpu_layers = self.offload.layers
        parameters.devices = ctypes.cast(chosen, ctypes.c_void_p)
        parameters.tensor_split = ctypes.cast(shares, ctypes.POINTER(ctypes.c_float))
        return chosen, shares

    def _went_on(self, on: bool) -> bool:
        self._cancelled = self._cancelled or not on
        return on

    def close(self) -> None:
        self.free_prototypes()
        native.llama_model_free(self.handle)

    def free_prototypes(self) -> None:
        for sampler in self.prototypes.values():
            native.llama_sampler_free(sampler)
        self.prototypes.clear()

    # ---- facts

    def metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(4096)
        length = native.llama_model_meta_val_str(self.handle, key.encode(), buffer, len(buffer))
        return buffer.value.decode(errors="replace") if length >= 0 else ""

    @property
    def architecture(self) -> str:
        return self.metadata("general.architecture")

    @property
    def embedding(self) -> bool:
        """A model made for embeddings: it has a pooling of its own, or no decoder."""
        pooled = self.metadata(f"{self.architecture}.pooling_type")
        return (bool(pooled) and pooled != "0") or not native.llama_model_has_decoder(self.handle)

    @property
    def context_tokens(self) -> int:
        longest = int(self.trained_context * self.loading.rope_scale)
        return min(self.loading.context, longest) if longest > 0 else self.loading.context

    @property
    def rope_frequency_scale(self) -> float:
        """The model's own scale, stretched further."""
        return float(native.llama_model_rope_freq_scale_train(self.handle)) / self.loading.rope_scale

    def facts(self) -> ModelFacts:
        layers = native.llama_model_n_layer(self.handle)
        offloaded, all_layers = _offloaded(self._log.text) or (0, layers + 1)
        return ModelFacts(
            path=self.path,
            name=name_of(self.path) or self.metadata("general.name"),
            architecture=self.architecture,
            description=self._description(),
            size=int(native.llama_model_size(self.handle)),
            parameters=int(native.llama_model_n_params(self.handle)),
            context=self.context_tokens,
            trained_context=self.trained_context,
            layers=layers,
            offloaded=offloaded,
            threads=self.threads,
            device=device_line(self.offload, offloaded, all_layers),
            embedding=self.embedding,
            why=why_not(self.loading, self.offload, offloaded, all_layers, backends()),
        )

    def _description(self) -> str:
        buffer = ctypes.create_string_buffer(256)
        native.llama_model_desc(self.handle, buffer, len(buffer))
        return buffer.value.decode(errors="replace")

    # ---- tokens

    @property
    def template(self) -> str:
        source = native.llama_model_chat_template(self.handle, None)
        return source.decode(errors="replace") if source else ""

    def tokenize(self, text: str, special: bool) -> list[int]:
        """Tokens of `text`; control tokens are recognised in it only where `special`."""
        if special or not self._always_read:
            return self._tokens(text, special)
        # Cut within them, so that they are none.
        return [token for part in re.split(self._always_read, text) for token in self._tokens(part, False)]

    @cached_property
    def _always_read(self) -> str:
        """Where in a text control tokens begin that llama.cpp takes for words; a pattern, or nothing."""
        read = [mark for mark in HARMONY if len(self._tokens(mark, False)) == 1]
        return "|".join(f"(?<=<)(?={re.escape(mark[1:])})" for mark in read)

    def _tokens(self, text: str, special: bool) -> list[int]:
        data = text.encode()
        room = len(data) + 16
        tokens = (native.llama_token * room)()
        count = native.llama_tokenize(self.vocab, data, len(data), tokens, room, False, special)
        if count < 0:
            tokens = (native.llama_token * -count)()
            count = native.llama_tokenize(self.vocab, data, len(data), tokens, -count, False, special)
        return list(tokens[:count])

    def piece(self, token: int, special: bool = False) -> bytes:
        """The bytes a token stands for; control tokens but those of marks of reasoning are empty unless `special`."""
        if not special and token in self._pieces:
            return self._pieces[token]
        if not special and token in self._marks:
            return self.piece(token, special=True)
        buffer = ctypes.create_string_buffer(64)
        length = native.llama_token_to_piece(self.vocab, token, buffer, 64, 0, special)
        if length < 0:
            buffer = ctypes.create_string_buffer(-length)
            length = native.llama_token_to_piece(self.vocab, token, buffer, -length, 0, special)
        data = buffer.raw[:length]
        if not special:
            self._pieces[token] = data
        return data

    @cached_property
    def _marks(self) -> frozenset[int]:
        """The control tokens with which reasoning is opened and closed."""
        written = [mark for marks in THOUGHTS.items() for mark in marks]
        tokens = {token for mark in written for token in self._controls(mark)}
        return frozenset(tokens | set(self._controls(BETWEEN_CHANNELS)) if self._controls("<|channel|>") else tokens)

    def _controls(self, text: str) -> list[int]:
        return [token for token in self.tokenize(text, special=True) if self.is_control(token) and not self.ends(token)]

    def token_text(self, token: int) -> str:
        return self.piece(token, special=True).decode(errors="replace") if token >= 0 else ""

    def ends(self, token: int) -> bool:
        return bool(native.llama_vocab_is_eog(self.vocab, token))

    @cached_property
    def end_tokens(self) -> tuple[int, ...]:
        """All with which an answer may end."""
        return tuple(token for token in range(self.words) if self.ends(token))

    def is_control(self, token: int) -> bool:
        return bool(native.llama_vocab_get_attr(self.vocab, token) & (_TOKEN_CONTROL | _TOKEN_USER_DEFINED))

    @property
    def bos(self) -> int:
        return int(native.llama_vocab_bos(self.vocab))

    @property
    def eos(self) -> int:
        return int(native.llama_vocab_eos(self.vocab))

    @property
    def adds_bos(self) -> bool:
        return bool(native.llama_vocab_get_add_bos(self.vocab)) and self.bos >= 0

    @property
    def spaces_pieces(self) -> bool:
        """SentencePiece puts a space before every text it is given, so pieces cannot be tokenized one by one."""
        return bool(native.llama_vocab_type(self.vocab) == _SPM)

    @property
    def words(self) -> int:
        return int(native.llama_vocab_n_tokens(self.vocab))


def load_problem(path: Path, log: str, cancelled: bool = False) -> Problem:
    """Why llama.cpp did not load the file at `path`, in plain words, from its log."""
    values = {"name": path.name}
    other = "Choose another model."
    if cancelled:
        return Problem("Loading {name} was stopped.", "", values)
    unknown = re.search(r"unknown model architecture: '([^']*)'", log)
    if unknown:
        values["architecture"] = unknown[1]
        remedy = "Choose another model, or a newer version of this program."
        return Problem(
            "{name} is of a kind this version does not know ({architecture}).", remedy, values, "choose-model", log
        )
    for sign, text in _LOAD_SIGNS:
        if sign in log:
            return Problem(text, other, values, "choose-model", log[-4000:])
    return Problem("{name} could not be loaded.", other, values, "choose-model", log[-4000:])


_FILE_SIGNS = (
    ("invalid magic", "{name} is not a model file (GGUF)."),
    ("failed to read magic", "{name} is not a model file (GGUF)."),
    ("gguf_init_from_reader: failed to", "{name} is cut short: it was not copied or downloaded whole."),
    ("not within the file bounds", "{name} is cut short: it was not copied or downloaded whole."),
    ("vocab only", "{name} holds only a vocabulary, no model."),
    ("missing tensor", "{name} holds no weights, or not all of them."),
    ("check_tensor_dims: tensor", "{name} holds only a vocabulary, or not all of its weights."),
)
_LOAD_SIGNS = (
    *_FILE_SIGNS,
    ("unable to allocate", "There is not enough memory for {name}."),
    ("failed to allocate", "There is not enough memory for {name}."),
)


def load_cause(log: str) -> Cause:
    """Whether llama.cpp's log of a failed load names a cause for which another loading may help."""
    if "unknown model architecture" in log or any(sign in log for sign, _ in _FILE_SIGNS):
        return ""
    return next((cause for sign, cause in _CAUSES if sign in log), "")


_CAUSES: tuple[tuple[str, Cause], ...] = (
    ("mmap failed", "map"),
    ("unable to allocate", "memory"),
    ("failed to allocate", "memory"),
    ("out of memory", "memory"),
    ("ErrorOutOf", "memory"),
    ("bad_alloc", "memory"),
    ("ErrorDeviceLost", "device"),
    ("ErrorInitializationFailed", "device"),
    ("CUDA error", "device"),
)
_CACHE_SIGNS = ("does not divide n_embd_head", "requires flash_attn", "requires Flash Attention")


def _offloaded(log: str) -> tuple[int, int] | None:
    """How many layers are on GPUs, and of how many."""
    found = re.search(r"offloaded (\d+)/(\d+) layers to GPU", log)
    return (int(found[1]), int(found[2])) if found else None


def memory_use(log: str) -> MemoryUse:
    """The buffers that llama.cpp's log tells of; what a GPU's driver takes besides is not among them."""
    taken = dict.fromkeys(("weights", "cache", "compute", "gpu"), 0.0)
    for device, buffer, mebibytes in _BUFFER.findall(log):
        here = device.startswith("CPU") or device.endswith("_Host") or device in ("AMX", "BLAS")
        taken[_BUFFERS[buffer] if here else "gpu"] += float(mebibytes)
    return MemoryUse(**{name: int(mebibytes * 2**20) for name, mebibytes in taken.items()})


_BUFFER = re.compile(r"(\S+) +(model|KV|RS|compute|output) buffer size = +([\d.]+) MiB")
_BUFFERS = {"model": "weights", "KV": "cache", "RS": "cache", "compute": "compute", "output": "compute"}


def _check(loading: Loading) -> None:
    if loading.cache_type != "f16" and loading.flash_attention == "off":
        text = "A KV cache of type {type} needs flash attention, which is switched off."
        remedy = "Switch flash attention on, or choose a KV cache of type f16."
        raise ModelError(Problem(text, remedy, {"type": loading.cache_type}))


class Context:
    """A context on a model with `sequences` of them in one KV cache. Raises ModelError where memory is short.

    `shared`: all use the same `tokens` cells and may share their beginnings; else each has `tokens` of its own.
    """

    def __init__(self, model: Model, tokens: int, sequences: int, shared: bool, embeddings: bool = False) -> None:
        self.model, self.sequences, self.shared = model, sequences, shared
        self._log = Log()
        parameters = native.llama_context_default_params()
        parameters.n_ctx = tokens if shared else tokens * sequences
        parameters.n_batch = parameters.n_ubatch = BATCH if embeddings else max(model.loading.batch, sequences)
        parameters.n_seq_max = parameters.n_outputs_max = sequences
        parameters.n_threads = parameters.n_threads_batch = model.threads
        parameters.kv_unified = shared
        parameters.no_perf = True
        self._set_attention(parameters)
        if embeddings:
            self._for_embeddings(parameters)
        self.threads = model.threads
        self._abort = (ctypes.c_char * 2)()
        self.handle: Any = self._open(parameters, tokens)
        self.memory: Any = native.llama_get_memory(self.handle)
        self.tokens = int(native.llama_n_ctx_seq(self.handle))
        # A batch is never longer than the context.
        self.batch_size = int(native.llama_n_batch(self.handle))
        self._rows = _Rows(self.batch_size)

    def _set_attention(self, parameters: Any) -> None:
        loading = self.model.loading
        parameters.type_k = parameters.type_v = _CACHE_TYPES[loading.cache_type]
        parameters.flash_attn_type = _FLASH_ATTENTION[loading.flash_attention]
        parameters.rope_freq_scale = self.model.rope_frequency_scale
        # Else long prompts, and the cache, would go to a GPU even where no layer does.
        parameters.op_offload = parameters.offload_kqv = bool(self.model.offload.used)

    def _for_embeddings(self, parameters: Any) -> None:
        parameters.embeddings = True
        parameters.n_outputs_max = BATCH
        if not self.model.metadata(f"{self.model.architecture}.pooling_type"):
            parameters.pooling_type = native.LLAMA_POOLING_TYPE_MEAN

    def _open(self, parameters: Any, tokens: int) -> Any:
        with self._log.kept():
            handle = native.llama_init_from_model(self.model.handle, parameters)
        if not handle:
            cause: Cause = "cache" if any(sign in self._log.text for sign in _CACHE_SIGNS) else "memory"
            raise LoadError(_context_problem(self.model, tokens, self._log.text), cause, self.model.offload.layers)
        native.llama_set_abort_callback(handle, _ABORT, ctypes.cast(self._abort, ctypes.c_void_p))
        return handle

    @property
    def memory_use(self) -> MemoryUse:
        """Of the model and of this context."""
        return memory_use(self.model._log.text + self._log.text)

    def close(self) -> None:
        native.llama_free(self.handle)

    # ---- decoding

    def add(self, tokens: Sequence[int], position: int, sequence: int, last_logits: bool) -> int:
        """Adds rows to the next decode; returns the row of the last one."""
        return self._rows.add(tokens, position, sequence, last_logits)

    def decode(self, threads: int = 0) -> int:
        """Evaluates the rows added, with so many threads or as many as are free.

        Returns llama_decode's code: 0 done, 1 no room, 2 aborted, negative failed.
        """
        self._keep_pace(threads or self.model.pace.threads())
        code = int(native.llama_decode(self.handle, self._rows.batch()))
        self._rows.clear()
        self._abort[0] = b"\0"
        return code

    def _keep_pace(self, threads: int) -> None:
        if threads != self.threads:
            native.llama_set_n_threads(self.handle, threads, threads)
            self.threads = threads

    def finish(self) -> None:
        """Waits for what a device still computes."""
        native.llama_synchronize(self.handle)

    def likeliest(self, row: int, count: int) -> tuple[list[tuple[int, float, float]], float]:
        """The `count` likeliest tokens of a row with logit and probability; the standard deviation of all logits."""
        place = native.llama_get_logits_ith(self.handle, row)
        logits = np.ctypeslib.as_array(place, (self.model.words,)).astype(np.float64)
        best = np.argsort(-logits, kind="stable")[:count]
        chances = np.exp(logits[best] - logits.max()) / np.exp(logits - logits.max()).sum()
        found = [(int(token), float(logits[token]), float(p)) for token, p in zip(best, chances, strict=True)]
        return found, float(logits.std())

    def abort(self) -> None:
        """Makes a decode under way return 2; callable from any thread."""
        self._abort[0] = b"\1"

    # ---- the KV cache

    def keep(self, sequence: int, tokens: int) -> bool:
        """Forgets all but the first `tokens` of a sequence; False where the model cannot, which forgets it whole."""
        if native.llama_memory_seq_rm(self.memory, sequence, tokens, -1):
            return True
        native.llama_memory_seq_rm(self.memory, sequence, -1, -1)
        return False

    def copy(self, source: int, target: int, tokens: int) -> bool:
        """Gives `target` (empty) the first `tokens` of `source`, without evaluating them again."""
        if self.shared:
            native.llama_memory_seq_cp(self.memory, source, target, 0, tokens)
            return True
        native.llama_memory_seq_cp(self.memory, source, target, -1, -1)
        return self.keep(target, tokens)

    def state(self, sequence: int) -> bytes:
        size = native.llama_state_seq_get_size(self.handle, sequence)
        buffer = np.empty(size, np.uint8)
        place = buffer.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return buffer[: native.llama_state_seq_get_data(self.handle, place, size, sequence)].tobytes()

    def restore(self, sequence: int, state: bytes) -> bool:
        place = np.frombuffer(state, np.uint8).ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return bool(native.llama_state_seq_set_data(self.handle, place, len(state), sequence))

    # ---- embeddings

    def embed(self, tokens: Sequence[int]) -> tuple[float, ...]:
        """The vector of one text of at most `batch_size` tokens, scaled to length 1."""
        if self.memory:
            native.llama_memory_clear(self.memory, True)
        self._rows.add(tokens, 0, 0, True, every_logits=True)
        run = native.llama_decode if self.memory else native.llama_encode
        code = run(self.handle, self._rows.batch())
        self._rows.clear()
        if code:
            raise ModelError(Problem("This model could not embed the text.", "Choose another model."))
        pooled = native.llama_get_embeddings_seq(self.handle, 0)
        vector = np.array(pooled[: native.llama_model_n_embd_out(self.model.handle)], dtype=np.float64)
        return tuple(float(x) for x in vector / (np.linalg.norm(vector) or 1.0))


def _context_problem(model: Model, tokens: int, log: str) -> Problem:
    values = {"tokens": str(tokens), "name": model.path.name, "type": model.loading.cache_type}
    if any(sign in log for sign in _CACHE_SIGNS):
        return Problem("{name} cannot have a KV cache of type {type}.", "Choose the type f16.", values, "", log)
    text = "There is not enough memory for a context of {tokens} tokens with {name}."
    return Problem(text, "Choose a shorter context or a smaller model.", values, "choose-model", log[-4000:])


class _Rows:
    """The rows of one llama_batch, in numpy arrays that live as long as the context."""

    def __init__(self, size: int) -> None:
        self._token: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        self._position: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        self._counts: npt.NDArray[np.int32] = np.ones(size, np.int32)
        self._sequence: npt.NDArray[np.int32] = np.zeros(size, np.int32)
        self._logits: npt.NDArray[np.int8] = np.zeros(size, np.int8)
        start = self._sequence.ctypes.data
        self._pointers: npt.NDArray[np.uint64] = (start + 4 * np.arange(size)).astype(np.uint64)
        self._batch = native.llama_batch()
        self._point()
        self._used = 0

    def _point(self) -> None:
        arrays: dict[str, npt.NDArray[Any]] = {
            "token": self._token,
            "pos": self._position,
            "n_seq_id": self._counts,
            "logits": self._logits,
            "seq_id": self._pointers,
        }
        kinds: dict[str, Any] = {field[0]: field[1] for field in native.llama_batch._fields_}
        for name, array in arrays.items():
            setattr(self._batch, name, ctypes.cast(array.ctypes.data, kinds[name]))

    def add(
        self, tokens: Sequence[int], position: int, sequence: int, last_logits: bool, every_logits: bool = False
    ) -> int:
        start, end = self._used, self._used + len(tokens)
        self._token[start:end] = tokens
        self._position[start:end] = range(position, position + len(tokens))
        self._sequence[start:end] = sequence
        self._logits[start:end] = every_logits
        self._logits[end - 1] = last_logits
        self._used = end
        return end - 1

    def batch(self) -> Any:
        self._batch.n_tokens = self._used
        return self._batch

    def clear(self) -> None:
        self._used = 0


def _native_abort() -> Any:
    """strlen as the abort callback: a flag byte is read between graph nodes without a turn through Python."""
    libc = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(libc.strlen, native.ggml_abort_callback)


_ABORT = _native_abort()


def measure_sequences(model: Model, counts: Sequence[int] = (1, 2, 4, 8), steps: int = 6) -> dict[int, float]:
    """Generated tokens per second in total for each number of sequences run together."""
    context = Context(model, 64, max(counts), shared=False)
    token = model.bos if model.bos >= 0 else 0
    try:
        return {count: _together_speed(context, token, count, steps) for count in counts}
    finally:
        context.close()


def _together_speed(context: Context, token: int, count: int, steps: int) -> float:
    for sequence in range(context.sequences):
        context.keep(sequence, 0)
    begun = 0.0
    for step in range(steps + 2):
        begun = time.perf_counter() if step == 2 else begun
        for sequence in range(count):
            context.add([token], step, sequence, True)
        context.decode()
        context.finish()
    return count * steps / (time.perf_counter() - begun)
