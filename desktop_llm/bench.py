"""How fast prompts are read and answers written through the engine, beside the same work on bare llama.cpp calls."""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_llm import terminal
from desktop_llm.conversation import Message, Prompt, TokenCounts
from desktop_llm.engine.child import child_command, child_environment
from desktop_llm.engine.client import Generation
from desktop_llm.engine.measuring import measure_computer
from desktop_llm.engine.messages import Event, ModelFacts, Stepped
from desktop_llm.errors import EngineError, Problem, UserError
from desktop_llm.experience import Experience
from desktop_llm.fields import plain
from desktop_llm.settings import Loading, Sampling, experience_file
from desktop_llm.speed import Speeds

ROOM = 64
MOST_TRIES = 4
_WORD = " once more"
# What is asked last decides how long an answer gets.
_TASK = (
    ". Write a detailed guide of 3000 words to the history of every country of Europe, "
    "one country after another, with many examples."
)


@dataclass(frozen=True)
class Work:
    """What each measurement does, for however many answers at once."""

    model: Path
    loading: Loading
    prompt_tokens: int
    tokens: int


@dataclass(frozen=True)
class Speed:
    """Tokens per second of all answers together; `steps`: how many steps the second one was taken over."""

    prompt: float
    generated: float
    steps: int


@dataclass(frozen=True)
class Round:
    """One measurement of the engine and, right after it, of bare calls."""

    engine: Speed
    bare: Speed


@dataclass(frozen=True)
class Run:
    """Medians of all rounds for one number of answers at once; ratios are medians of each round's own."""

    sequences: int
    prompt_tokens_per_s: float
    generated_tokens_per_s: float
    bare_prompt_tokens_per_s: float
    bare_tokens_per_s: float
    prompt_ratio: float
    ratio: float
    steps: int
    factor: float = 0.0


@dataclass(frozen=True)
class SecondTurn:
    """What of a chat's second prompt was evaluated; `only_new`: nothing that was said or written before."""

    prompt: int
    cached: int
    evaluated: int
    only_new: bool


# ---- the command


def run(work: Work, sequences: Sequence[int], rounds: int, as_json: bool) -> int:
    """Measures and tells. Raises UserError."""
    runs, again, facts = measure(work, sequences, rounds)
    if as_json:
        terminal.say_json({"runs": runs, "second_turn": again, "model": facts})
    else:
        terminal.say(table(runs, again, work, facts))
    return terminal.DONE


def measure(work: Work, sequences: Sequence[int], rounds: int) -> tuple[list[Run], SecondTurn, ModelFacts]:
    """The engine and bare calls in turn, so that both meet the same other work of this computer."""
    measured: dict[int, list[Round]] = {count: [] for count in sequences}
    progress = terminal.Progress()
    with closing(Bench(work)) as bench:
        again = bench.second_turn()
        facts = bench.facts
        bare = replace(work, loading=replace(work.loading, gpu_layers=facts.offloaded))
        for number, count in itertools.product(range(rounds), sequences):
            progress.show(f"Round {number + 1} of {rounds}: {count} at once")
            measured[count].append(Round(bench.engine_speed(count, number), bare_speed(bare, count)))
    progress.clear()
    return _with_factors([_summed_up(count, measured[count]) for count in sequences]), again, facts


def _summed_up(count: int, rounds: Sequence[Round]) -> Run:
    return Run(
        sequences=count,
        prompt_tokens_per_s=_median([r.engine.prompt for r in rounds]),
        generated_tokens_per_s=_median([r.engine.generated for r in rounds]),
        bare_prompt_tokens_per_s=_median([r.bare.prompt for r in rounds]),
        bare_tokens_per_s=_median([r.bare.generated for r in rounds]),
        prompt_ratio=_median([r.engine.prompt / r.bare.prompt for r in rounds]),
        ratio=_median([r.engine.generated / r.bare.generated for r in rounds]),
        steps=min(r.engine.steps for r in rounds),
    )


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)


def _with_factors(runs: Sequence[Run]) -> list[Run]:
    """How much more all answers together get than one alone, where one alone was measured."""
    alone = next((run.generated_tokens_per_s for run in runs if run.sequences == 1), 0.0)
    return [replace(run, factor=round(run.generated_tokens_per_s / alone, 2) if alone else 0.0) for run in runs]


def table(runs: Sequence[Run], again: SecondTurn, work: Work, facts: ModelFacts) -> str:
    threads = f"{facts.threads} thread{'s' * (facts.threads != 1)}"
    head = (
        f"{work.model.name}, {facts.device}, {threads}; prompts of {work.prompt_tokens} tokens, "
        f"{work.tokens} written for each.\nTokens per second of all answers together; a ratio is the engine's speed "
        "beside that of bare llama.cpp calls."
    )
    verdict = "only the new ones" if again.only_new else "more than the new ones"
    turn = f"Second turn of a chat: {again.evaluated} of its {again.prompt} tokens were evaluated, {verdict}."
    why = [facts.why.sentence()] if facts.why else []
    return "\n".join([head, *why, "", _COLUMNS, *map(_row, runs), "", turn, ""])


_COLUMNS = "at once   reading    bare  ratio   writing    bare  ratio  over one"


def _row(run: Run) -> str:
    reading = f"{run.prompt_tokens_per_s:10.1f}{run.bare_prompt_tokens_per_s:8.1f}{run.prompt_ratio:7.2f}"
    writing = f"{run.generated_tokens_per_s:10.1f}{run.bare_tokens_per_s:8.1f}{run.ratio:7.2f}"
    return f"{run.sequences:7}{reading}{writing}" + (f"{run.factor:10.2f}" if run.factor else "")


# ---- through the engine


class Bench:
    """The engine at work; when it told of how many tokens is kept."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told: list[tuple[float, dict[int, int]]] = []
        self._engine = terminal.engine_for(work.loading)
        self._engine.on_event = self._note
        self._words = 1

    def close(self) -> None:
        self._engine.close()

    @property
    def facts(self) -> ModelFacts:
        assert self._engine.facts, "a model that has answered is loaded"
        return self._engine.facts

    def _note(self, event: Event) -> None:
        if isinstance(event, Stepped):
            counts = {delta.generation: delta.tokens for delta in event.deltas}
            self._told.append((time.perf_counter(), counts))

    def second_turn(self) -> SecondTurn:
        """Also finds how many words make a prompt of the wanted length."""
        question = Message("user", "Tell me a story.")
        first = self._ended([self._prompt((question,), 16)])[0]
        said = (question, Message("assistant", first.text), Message("user", "Go on."))
        second = _counts(self._ended([self._prompt(said, 1)])[0])
        self._measure_words()
        before = _counts(first).prompt + _counts(first).generated
        # The last token of an answer is written, but never evaluated.
        only_new = second.cached >= before - 1
        return SecondTurn(second.prompt, second.cached, second.prompt - second.cached, only_new)

    def _measure_words(self) -> None:
        few, many = (_counts(self._ended([self._story(0, 0, 1, words=n)])[0]).prompt for n in (8, 40))
        each = max(many - few, 1) / (40 - 8)
        self._words = max(1, 8 + round((self._work.prompt_tokens - few) / each))

    def engine_speed(self, count: int, round: int) -> Speed:
        """Reads `count` different prompts, then answers them, their tokens being cached: all are live at once."""
        room = self._work.prompt_tokens + self._work.tokens + ROOM
        context = self._engine.open_context(self._work.model, count, room, shared=False).context
        try:
            prompt = self._reading_speed(count, round, context)
            generated, steps = self._writing_speed(count, round, context)
        finally:
            self._engine.close_context(context)
        return Speed(prompt, generated, steps)

    def _reading_speed(self, count: int, round: int, context: int) -> float:
        prompts = [self._story(round, n, max_tokens=1) for n in range(count)]
        begun = time.perf_counter()
        counts = [_counts(generation) for generation in self._ended(prompts, context)]
        return sum(count.prompt - count.cached for count in counts) / (time.perf_counter() - begun)

    def _writing_speed(self, count: int, round: int, context: int) -> tuple[float, int]:
        """Over the steps in which all answers were live; with other seeds as well where one ended too soon."""
        seconds, steps = 0.0, 0
        for attempt in range(MOST_TRIES):
            prompts = [self._story(round, n, self._work.tokens + 1, 1000 * attempt + n) for n in range(count)]
            self._told.clear()
            more_seconds, more_steps = self._while_all_wrote({g.id for g in self._ended(prompts, context)})
            seconds, steps = seconds + more_seconds, steps + more_steps
            if steps >= self._work.tokens:
                break
        if not steps:
            raise EngineError(Problem("The answers were too short to measure.", "Try another model."))
        return steps * count / seconds, steps

    def _while_all_wrote(self, generations: set[int]) -> tuple[float, int]:
        """Seconds from the first to the last message that told of all of them, and the steps between."""
        full = [n for n, (_, counts) in enumerate(self._told) if generations <= counts.keys()]
        if len(full) < 2:
            return 0.0, 0
        between = self._told[full[0] + 1 : full[-1] + 1]
        tokens = sum(sum(counts.values()) for _, counts in between)
        return between[-1][0] - self._told[full[0]][0], tokens // len(generations)

    def _story(self, round: int, number: int, max_tokens: int, seed: int = 1, words: int = 0) -> Prompt:
        """Prompts that differ from their first word on, so that none is read for another; their answers are long."""
        text = f"{round}.{number}" + _WORD * (words or self._words) + _TASK
        return self._prompt((Message("user", text),), max_tokens, seed)

    def _prompt(self, said: tuple[Message, ...], max_tokens: int, seed: int = 1) -> Prompt:
        return Prompt(said, self._work.model, Sampling(max_tokens=max_tokens, seed=seed))

    def _ended(self, prompts: Sequence[Prompt], context: int = 0) -> list[Generation]:
        generations = [self._engine.generate(prompt, context) for prompt in prompts]
        for generation in generations:
            generation.wait()
            if generation.problem:
                raise UserError(generation.problem)
        return generations


def _counts(generation: Generation) -> TokenCounts:
    return generation.tokens or TokenCounts()


# ---- this computer, whatever the model


def run_computer(as_json: bool) -> int:
    """Measures it and keeps that for predictions. Raises UserError."""
    progress = terminal.Progress()
    speeds = measure_computer(threading.Event(), lambda share: progress.show(f"Measuring this computer {share:.0%}"))
    progress.clear()
    Experience(experience_file()).note_speeds(speeds)
    if as_json:
        terminal.say_json({"speeds": speeds})
    else:
        terminal.say(_told_of_computer(speeds))
    return terminal.DONE


def _told_of_computer(speeds: Speeds) -> str:
    told = [_rates("The processor", speeds.read, speeds.operations)]
    if speeds.gpu_read:
        told.append(_rates("The GPU", speeds.gpu_read, speeds.gpu_operations))
    told.append("From now on the speed of models is predicted from this.")
    return f"{speeds.engine} on {speeds.device}.\n{' '.join(told)}\n"


def _rates(what: str, read: float, operations: float) -> str:
    return (
        f"{what} reads {read / 1e9:.1f} GB of weights per second for an answer, "
        f"and does {operations / 1e9:.0f} billion operations per second on a prompt."
    )


# ---- bare calls


def bare_speed(work: Work, count: int) -> Speed:
    """The same work with nothing around it, in a process of its own."""
    job = {
        "model": str(work.model), "loading": plain(work.loading), "sequences": count,
        "prompt_tokens": work.prompt_tokens, "generated": work.tokens,
    }  # fmt: skip
    command = [*child_command()[:-1], "--bare-bench", json.dumps(job)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, check=False)
    if done.returncode:
        details = done.stderr.decode("utf-8", "replace")[-4000:]
        raise EngineError(Problem("Bare llama.cpp calls failed here.", "", {}, "", details))
    speed = json.loads(done.stdout)
    return Speed(speed["prompt_tokens_per_s"], speed["generated_tokens_per_s"], work.tokens)
