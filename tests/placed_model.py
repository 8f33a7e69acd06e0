"""Loads a model as the engine's child does, in a process of its own, and tells how it was placed and what it predicts.

Run with a JSON object: model, loading, shape, prompts, tokens, sequences. Prints one: facts, batch, tokens,
probabilities of the next token after each prompt, tokens_per_s; on stderr llama.cpp's log.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from desktop_llm.engine.child import child_environment
from desktop_llm.engine.messages import ModelFacts
from desktop_llm.errors import UserError
from desktop_llm.fields import plain, revive
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading

READ, GENERATED = 32, 4


@dataclass(frozen=True)
class Placed:
    """`locked`: KiB of the process that the system may not move out; `log`: llama.cpp's."""

    facts: ModelFacts | None = None
    problem: str = ""
    batch: int = 0
    tokens: int = 0
    locked: int = 0
    prompt_per_s: float = 0.0
    generated_per_s: float = 0.0
    probabilities: tuple[tuple[float, ...], ...] = ()
    log: str = field(default="", compare=False)


def placed(
    model: Path,
    loading: Loading,
    *prompts: str,
    shape: Shape | None = None,
    sequences: int = 1,
    environment: dict[str, str] | None = None,
) -> Placed:
    job = {
        "model": str(model), "loading": plain(loading), "shape": plain(shape) if shape else None,
        "prompts": prompts, "sequences": sequences,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, __file__, json.dumps(job)], env=child_environment() | (environment or {}),
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found: Placed = revive(Placed, json.loads(done.stdout) | {"log": done.stderr})
    return found


def main(job: dict[str, Any]) -> dict[str, Any]:
    from desktop_llm.engine import llama

    llama.begin()
    shape = revive(Shape, job["shape"]) if job["shape"] else None
    try:
        model = llama.Model(Path(job["model"]), revive(Loading, job["loading"]), lambda _fraction: True, shape)
        context = llama.Context(model, model.context_tokens, job["sequences"], shared=True)
    except UserError as error:
        return {"problem": error.problem.sentence()}
    read, written = _speeds(model, context) if job["prompts"] else (0.0, 0.0)
    return {
        "facts": plain(model.facts()), "batch": context.batch_size, "tokens": context.tokens, "locked": _locked(),
        "prompt_per_s": read, "generated_per_s": written,
        "probabilities": [_next(model, context, prompt).tolist() for prompt in job["prompts"]],
    }  # fmt: skip


def _next(model: Any, context: Any, prompt: str) -> npt.NDArray[np.float64]:
    import llama_cpp.llama_cpp as native

    context.keep(0, 0)
    tokens = model.tokenize(prompt, special=True)
    row = context.add(tokens, 0, 0, True)
    assert context.decode() == 0
    logits = np.ctypeslib.as_array(native.llama_get_logits_ith(context.handle, row), (model.words,)).astype(np.float64)
    odds = np.exp(logits - logits.max())
    return np.asarray(odds / odds.sum())


def _speeds(model: Any, context: Any) -> tuple[float, float]:
    """Tokens per second of a prompt, then of tokens one by one; the first tokens are not counted."""
    import llama_cpp.llama_cpp as native

    token = model.tokenize(" the", False)[0]
    seconds = []
    for start, count in enumerate((1, *(1,) * GENERATED, READ)):
        begun = time.perf_counter()
        context.add([token] * count, start, 0, True)
        assert context.decode() == 0
        native.llama_synchronize(context.handle)
        seconds.append(time.perf_counter() - begun)
    return READ / seconds[-1], GENERATED / sum(seconds[1:-1])


def _locked() -> int:
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmLck")), 0)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
