"""llama_decode and llama_sampler_sample with nothing around them: what the engine's speed is measured against."""

from __future__ import annotations

import time
from pathlib import Path

from desktop_llm.engine.llama import Context, Model
from desktop_llm.engine.samplers import SamplerChain
from desktop_llm.settings import Loading, Sampling


def bare_speed(path: Path, loading: Loading, sequences: int, prompt_tokens: int, generated: int) -> tuple[float, float]:
    """Prompt and generation speed, tokens/s in total, of llama_decode and llama_sampler_sample with nothing around."""
    model = Model(path, loading, lambda _fraction: True)
    context = Context(model, prompt_tokens + generated + 8, sequences, shared=False)
    samplers = [SamplerChain(context, Sampling(temperature=0.7), n + 1, None) for n in range(sequences)]
    token = model.tokenize(" the", False)[0]
    begun = time.perf_counter()
    rows = _bare_prompts(context, token, sequences, prompt_tokens)
    read = time.perf_counter()
    for step in range(generated):
        sampled = [samplers[n].sample(rows[n]) for n in range(sequences)]
        rows = [context.add([t], prompt_tokens + step, n, True) for n, t in enumerate(sampled)]
        context.decode()
    context.finish()
    written = time.perf_counter()
    return sequences * prompt_tokens / (read - begun), sequences * generated / (written - read)


def _bare_prompts(context: Context, token: int, sequences: int, length: int) -> list[int]:
    """Evaluates every prompt; the last tokens go together, so that each sequence has a row to sample from."""
    for sequence in range(sequences):
        for start in range(0, length - 1, context.batch_size):
            context.add([token] * min(context.batch_size, length - 1 - start), start, sequence, False)
            context.decode()
    rows = [context.add([token], length - 1, sequence, True) for sequence in range(sequences)]
    context.decode()
    context.finish()
    return rows
