"""Who goes next: a step admits what waits, decodes one batch for all running answers, samples a token for each."""

from __future__ import annotations

import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from desktop_llm.conversation import Reason
from desktop_llm.engine.kept_states import FEWEST_TOKENS, KeptStates
from desktop_llm.engine.llama import Context
from desktop_llm.engine.messages import Delta, PromptProgress, Queued
from desktop_llm.engine.samplers import SamplerChain
from desktop_llm.engine.sequence import Sequence, common
from desktop_llm.engine.steps import Step, cut, leads_to, read, written
from desktop_llm.errors import Problem, UserError

NO_ROOM, ABORTED = 1, 2
SMALLEST_CHUNK = 32
SECONDS_PER_CHUNK = 0.15
PARKED_BYTES = 512 * 1024 * 1024
WORTH_WAITING_FOR = 16
GROWN_ENOUGH = 1.125
"""A state is written anew after a chat has grown by an eighth: it is large, and a disk wears out."""


@dataclass
class Slot:
    """One sequence id of the context: which tokens lie in its cache, and whose they are.

    `steps` are those in which they were evaluated, nothing where something else lay in the cache beside them.
    `unsaved`: they may be kept on disk, and are not yet.
    """

    id: int
    cells: list[int] = field(default_factory=list)
    steps: list[Step] | None = field(default_factory=list)
    sequence: Sequence | None = None
    used: int = 0
    unsaved: bool = False


@dataclass(frozen=True)
class Parked:
    """The state of a slot whose cells were needed, and the steps that led to it."""

    state: bytes
    steps: list[Step] | None


@dataclass(frozen=True)
class Ended:
    sequence: Sequence
    reason: Reason
    problem: Problem | None = None


@dataclass(frozen=True)
class Looked:
    """The likeliest next tokens with logit and probability, and how far all logits spread."""

    sequence: Sequence
    likeliest: list[tuple[int, float, float]]
    spread: float


@dataclass
class Outcome:
    """What one step brought: text, progress of reading, ends, and what was looked for."""

    deltas: list[Delta] = field(default_factory=list)
    progress: list[PromptProgress] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)


class ContextLost(Exception):  # noqa: N818 - what happened, not whose error it is
    """llama.cpp failed in a way that leaves the context unusable."""


class Batch:
    """The answers of one context. `stopped` tells whether an answer is to end now; it may be asked at any time.

    `kept`: where the state of long chats is kept on disk.
    """

    def __init__(self, context: Context, stopped: Callable[[int], bool], kept: KeptStates | None = None) -> None:
        self.context = context
        self._kept = kept
        self.waiting: deque[Sequence] = deque()
        self._stopped = stopped
        self._slots = [Slot(n) for n in range(context.sequences)]
        self._parked: OrderedDict[tuple[int, ...], Parked] = OrderedDict()
        self._clock = 0
        self._chunk = 128
        self._draw = random.SystemRandom()

    @property
    def running(self) -> list[Sequence]:
        return [slot.sequence for slot in self._slots if slot.sequence]

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.running

    def reads(self, generation: int) -> bool:
        """Whether the prompt of this generation is being evaluated; asked from another thread."""
        return any(s.generation == generation and s.reading for s in self.running)

    def cached(self, tokens: list[int]) -> int:
        """How many of the beginning lie in a cache or a parked state; asked from another thread too."""
        holders = (*(list(slot.cells) for slot in self._slots), *list(self._parked))
        return max(common(cells, tokens) for cells in holders)

    def add(self, sequence: Sequence) -> None:
        self.waiting.append(sequence)

    def step(self) -> Outcome:
        """Raises ContextLost; its answers are then still in `running` and `waiting`."""
        outcome = Outcome()
        self._drop_stopped(outcome)
        self._step_aside()
        self._admit(outcome)
        self._tell_queued(outcome)
        rows = self._compose()
        if rows and self._decode(rows, outcome):
            self._sample(rows, outcome)
        return outcome

    # ---- admission

    def _drop_stopped(self, outcome: Outcome) -> None:
        for sequence in [s for s in self.waiting if self._stopped(s.generation)]:
            self.waiting.remove(sequence)
            self._end(sequence, "stopped", outcome)
        for sequence in [s for s in self.running if self._stopped(s.generation)]:
            self._end(sequence, "stopped", outcome)

    def _step_aside(self) -> None:
        """Who only looks ahead begins anew after the answers that are wanted now."""
        if any(not sequence.looks for sequence in self.waiting):
            for slot in self._slots:
                if slot.sequence and slot.sequence.looks:
                    self.waiting.append(slot.sequence)
                    self._leave(slot)

    def _leave(self, slot: Slot) -> None:
        self._keep(slot, 0)
        slot.sequence, slot.cells, slot.steps = None, [], []

    def _admit(self, outcome: Outcome) -> None:
        for sequence in list(self.waiting):
            if sequence.looks and any(not other.looks for other in (*self.running, *self.waiting)):
                continue
            if all(slot.sequence for slot in self._slots) or any(one.prompt.steps for one in self.running):
                return
            if sequence.prompt.steps and self.running:
                return
            if sequence.sampler and not self._has_room(sequence):
                continue
            if not self._better_later(sequence):
                self.waiting.remove(sequence)
                self._place(sequence, outcome)

    def _tell_queued(self, outcome: Outcome) -> None:
        """Once of each time that one waits."""
        for sequence in self.waiting:
            if not sequence.queued and not sequence.looks:
                sequence.queued = True
                outcome.queued.append(Queued(sequence.generation))

    def _has_room(self, sequence: Sequence) -> bool:
        """Whether one that was set aside can go on for a while beside those that are running."""
        taken = sum(len(slot.cells) + len(slot.sequence.pending) for slot in self._slots if slot.sequence)
        return not self.running or taken + len(sequence.evaluable) + self.context.tokens // 8 <= self.context.tokens

    def _better_later(self, sequence: Sequence) -> bool:
        """Another answer is just evaluating a beginning that this one shares: wait, and copy it."""
        cached = max(self.cached(sequence.tokens), common(sequence.kept[0] if sequence.kept else (), sequence.tokens))
        coming = (common(other.tokens, sequence.tokens) for other in self.running if other.reading)
        return max(coming, default=0) > cached + WORTH_WAITING_FOR

    def _place(self, sequence: Sequence, outcome: Outcome) -> None:
        try:
            sampler = sequence.sampler or self._sampler(sequence)
        except UserError as error:
            outcome.ended.append(Ended(sequence, "failed", error.problem))
            return
        slot = self._slot_again(sequence) or self._slot_for(sequence)
        slot.sequence, slot.unsaved, sequence.kept = sequence, sequence.keep, None
        sequence.start(slot.id, len(slot.cells), sampler)
        sequence.queued = False
        self._tell_progress(slot, sequence, outcome)

    def _tell_progress(self, slot: Slot, sequence: Sequence, outcome: Outcome) -> None:
        if not sequence.looks and not sequence.generated:
            done, total = len(slot.cells), len(sequence.tokens)
            outcome.progress.append(PromptProgress(sequence.generation, done, total, sequence.cached))

    def _sampler(self, sequence: Sequence) -> SamplerChain | None:
        """Nothing where only the likeliest tokens are to be told."""
        if sequence.looks:
            return None
        prompt, seed = sequence.prompt, sequence.prompt.sampling.seed
        seed = self._draw.randrange(2**32 - 1) if seed < 0 else seed
        return SamplerChain(self.context, prompt.sampling, seed, prompt.schema, sequence.tokens)

    def _slot_again(self, sequence: Sequence) -> Slot | None:
        """An empty slot in an empty cache, for one that is evaluated by itself: in its steps, if they lead there."""
        if not sequence.prompt.steps or self.running or not self.context.shared:
            return None
        for slot in self._slots:
            self._park(slot)
        steps = read(sequence.prompt.steps)
        if leads_to(steps, len(sequence.tokens), self.context.batch_size):
            sequence.again.extend(steps)
        return self._slots[0]

    def _slot_for(self, sequence: Sequence) -> Slot:
        """A free slot whose cache holds as much of the prompt's beginning as can be had without evaluating it."""
        tokens, kept = sequence.evaluable, self._restorable(sequence)
        free = [slot for slot in self._slots if not slot.sequence]
        same = max(free, key=lambda slot: common(slot.cells, tokens))
        shared = common(same.cells, tokens)
        elsewhere = max((common(cells, tokens) for cells in (*self._parked, *kept)), default=0)
        if shared and shared * 2 >= len(same.cells) and shared >= elsewhere and not sequence.looks:
            chosen = same
        else:
            chosen = min(free, key=lambda slot: (bool(slot.cells), slot.used))
            self._fill(chosen, tokens, kept, leave=bool(sequence.looks))
        self._keep(chosen, min(common(chosen.cells, tokens), len(tokens) - 1))
        if not sequence.looks:
            self._park_others(chosen)
        return chosen

    def _restorable(self, sequence: Sequence) -> dict[tuple[int, ...], Parked]:
        if not sequence.kept or not self._kept:
            return {}
        tokens, state = sequence.kept
        return {tokens: Parked(state, read(self._kept.steps(tokens)) or None)}

    def _fill(self, slot: Slot, tokens: list[int], kept: Mapping[tuple[int, ...], Parked], leave: bool) -> None:
        """Empties a slot and gives it the longest beginning of `tokens` that another slot or a state holds.

        `leave`: what others hold stays as it lies.
        """
        self._park(slot)
        self._parked.update(kept)
        source = max(self._slots, key=lambda other: common(other.cells, tokens))
        shared = min(common(source.cells, tokens), len(tokens) - 1)
        parked = max(self._parked, key=lambda cells: common(cells, tokens), default=())
        if common(parked, tokens) > shared:
            held = self._parked[parked] if leave else self._parked.pop(parked)
            if not leave:
                self._park_others(slot)  # so that it comes to lie where it lay
            restored = self.context.restore(slot.id, held.state)
            slot.cells, slot.steps = (list(parked), held.steps) if restored else ([], [])
        elif shared and self.context.copy(source.id, slot.id, shared):
            slot.cells = source.cells[:shared]
            slot.steps = None if source.steps is None else cut(source.steps, shared)

    def _keep(self, slot: Slot, count: int) -> None:
        if count < len(slot.cells):
            slot.cells = slot.cells[:count] if self.context.keep(slot.id, count) else []
            if slot.steps is not None or not slot.cells:
                slot.steps = cut(slot.steps or [], len(slot.cells))

    def _park_others(self, chosen: Slot) -> None:
        """In a shared cache every step attends to all cells: idle ones go to memory, where they cost nothing."""
        if self.context.shared:
            for slot in self._slots:
                if not slot.sequence and slot is not chosen:
                    self._park(slot)

    def _park(self, slot: Slot) -> None:
        if not slot.cells:
            return
        if self.context.shared:
            self._parked[tuple(slot.cells)] = Parked(self._state(slot), slot.steps)
        while sum(len(parked.state) for parked in self._parked.values()) > PARKED_BYTES:
            self._parked.popitem(last=False)
        self._keep(slot, 0)
        slot.cells, slot.steps = [], []

    def _state(self, slot: Slot) -> bytes:
        """A slot's state, kept on disk where that is worth it."""
        state = self.context.state(slot.id)
        if self._kept and self._worth_keeping(slot):
            self._kept.keep(slot.cells, state, written(slot.steps or ()))
            slot.unsaved = False
        return state

    def _worth_keeping(self, slot: Slot) -> bool:
        if self._kept is None or not slot.unsaved or len(slot.cells) < FEWEST_TOKENS or not self._kept.ready:
            return False
        return len(slot.cells) > GROWN_ENOUGH * self._kept.cached(slot.cells)

    def keep_idle(self) -> None:
        """Keeps on disk what chats whose answers ended hold; taking it lasts long enough to be done between answers."""
        for slot in self._slots:
            if not slot.sequence and self._worth_keeping(slot):
                self._state(slot)

    # ---- one batch

    def _compose(self) -> dict[int, tuple[Slot, list[int], int | None]]:
        """Adds rows to the context: each written answer's last token, then chunks of prompts, the shortest rest first.

        Returns by slot: the tokens added, and the row to sample from where there is one.
        """
        rows: dict[int, tuple[Slot, list[int], int | None]] = {}
        for slot in self._slots:
            if slot.sequence and not slot.sequence.reading:
                self._add_rows(slot, slot.sequence.pending, rows)
        self._add_prompts(rows)
        return rows

    def _add_prompts(self, rows: dict[int, tuple[Slot, list[int], int | None]]) -> None:
        # Longer chunks are read faster, and where nothing is being written they keep nothing waiting.
        if self._add_again(rows):
            return
        room = min(self._chunk if rows else 2 * self._chunk, self.context.batch_size - len(rows))
        readers = [(slot, slot.sequence.pending) for slot in self._slots if slot.sequence and slot.sequence.reading]
        first_token_near = False
        for slot, pending in sorted(readers, key=lambda reader: len(reader[1])):
            # Where chunks take long, the first token of a short prompt is not kept waiting by a piece of a longer one.
            fits = len(pending) <= room
            if room == 0 or (first_token_near and not fits and self._chunk < self.context.batch_size):
                return
            self._add_rows(slot, pending[:room], rows)
            room -= len(rows[slot.id][1])
            first_token_near = first_token_near or fits

    def _add_again(self, rows: dict[int, tuple[Slot, list[int], int | None]]) -> bool:
        """The next step of a prompt that is evaluated as it was once; rows not kept then are made up.

        What stands in them changes nothing before them, only that they are there.
        """
        slot = next((slot for slot in self._slots if slot.sequence and slot.sequence.again), None)
        if slot is None or slot.sequence is None or not slot.sequence.reading:
            return False
        step, pending = slot.sequence.again[0], slot.sequence.pending
        tokens = pending[: step.kept]
        self._add_rows(slot, tokens, rows)
        if step.kept < step.rows:
            self.context.add(tokens[-1:] * (step.rows - step.kept), len(slot.cells) + step.kept, slot.id, False)
        return True

    def _add_rows(self, slot: Slot, tokens: list[int], rows: dict[int, tuple[Slot, list[int], int | None]]) -> None:
        whole = slot.sequence is not None and len(tokens) == len(slot.sequence.pending)
        row = self.context.add(tokens, len(slot.cells), slot.id, whole)
        rows[slot.id] = (slot, list(tokens), row if whole else None)

    def _decode(self, rows: dict[int, tuple[Slot, list[int], int | None]], outcome: Outcome) -> bool:
        begun = time.perf_counter()
        code = self.context.decode(self._threads_again())
        if code == 0:
            self._advance(rows, outcome)
            self._adapt(sum(len(tokens) for _, tokens, _ in rows.values()), time.perf_counter() - begun)
            return True
        if code == NO_ROOM:
            self._make_room(outcome)
        elif code == ABORTED:
            self._take_back(rows)
        else:
            raise ContextLost(f"llama_decode returned {code}")
        return False

    def _threads_again(self) -> int:
        """How many threads a step once had that is gone again, 0 for as many as are free."""
        again = next((sequence.again for sequence in self.running if sequence.again), None)
        return again[0].threads if again else 0

    def _advance(self, rows: dict[int, tuple[Slot, list[int], int | None]], outcome: Outcome) -> None:
        self._clock += 1
        alone = len(rows) == 1 and not any(slot.cells for slot in self._slots if slot.id not in rows)
        for slot, tokens, _ in rows.values():
            self._note_step(slot, len(tokens), alone and (not slot.cells or bool(slot.steps)))
            slot.cells += tokens
            slot.used = self._clock
            if slot.sequence:
                slot.sequence.pending = slot.sequence.pending[len(tokens) :]
                if slot.sequence.reading:
                    self._tell_progress(slot, slot.sequence, outcome)

    def _note_step(self, slot: Slot, tokens: int, known: bool) -> None:
        """What is not known of one step makes the rest of no use."""
        again = slot.sequence.again if slot.sequence else None
        step = again.popleft() if again else Step(tokens, tokens, self.context.threads)
        if step.kept < step.rows:
            self.context.keep(slot.id, len(slot.cells) + step.kept)
        if known and slot.steps is not None:
            slot.steps.append(step)
        else:
            slot.steps = None

    def _adapt(self, tokens: int, seconds: float) -> None:
        """Chunks of prompt as long as keep the answers that are being written flowing, in steps of 32."""
        if tokens < SMALLEST_CHUNK:
            return
        fitting = int(tokens / seconds * SECONDS_PER_CHUNK) // SMALLEST_CHUNK * SMALLEST_CHUNK
        self._chunk = min(max(fitting, SMALLEST_CHUNK), self.context.batch_size)

    def _make_room(self, outcome: Outcome) -> None:
        """The cache is full: forget an idle beginning, else the youngest answer waits, or ends where it is alone."""
        idle = [slot for slot in self._slots if slot.cells and not slot.sequence]
        if idle:
            self._park(min(idle, key=lambda slot: slot.used))
            return
        youngest = max(self.running, key=lambda s: s.admitted)
        if self.context.shared and len(self.running) > 1:
            self._set_aside(youngest)
        else:
            self._end(youngest, "context full", outcome)

    def _set_aside(self, sequence: Sequence) -> None:
        """It goes on as soon as there is room again: what it has read and written is kept."""
        slot = self._slots[sequence.slot]
        self._park(slot)
        slot.sequence = None
        self.waiting.appendleft(sequence)

    def _take_back(self, rows: dict[int, tuple[Slot, list[int], int | None]]) -> None:
        """After an abort part of the batch may lie in the cache: forget it and let the next step evaluate it."""
        for slot, _, _ in rows.values():
            if not self.context.keep(slot.id, len(slot.cells)) and slot.sequence:
                slot.sequence.pending = slot.cells + slot.sequence.pending
                slot.cells = []

    def _sample(self, rows: dict[int, tuple[Slot, list[int], int | None]], outcome: Outcome) -> None:
        for slot, _, row in rows.values():
            if row is not None and slot.sequence and slot.sequence.looks:
                outcome.looked.append(Looked(slot.sequence, *self.context.likeliest(row, slot.sequence.looks)))
                self._leave(slot)
            elif row is not None and slot.sequence and slot.sequence.sampler:
                self._take(slot, slot.sequence, slot.sequence.sampler.sample(row), outcome)

    def _take(self, slot: Slot, sequence: Sequence, token: int, outcome: Outcome) -> None:
        model = self.context.model
        text, reason = sequence.take(token, model.piece, model.ends)
        outcome.deltas.append(Delta(sequence.generation, text, 1))
        if reason is None and len(slot.cells) >= self.context.tokens:
            reason = "context full"
        if reason:
            self._end(sequence, reason, outcome)

    def _end(self, sequence: Sequence, reason: Reason, outcome: Outcome) -> None:
        if reason in ("stopped", "context full") and not sequence.looks:
            outcome.deltas.append(Delta(sequence.generation, sequence.flush(), 0))
        if sequence.sampler:
            sequence.sampler.close()
        if slot := next((slot for slot in self._slots if slot.sequence is sequence), None):
            slot.sequence, sequence.steps = None, written(slot.steps or ())
        outcome.ended.append(Ended(sequence, reason))

    def close(self) -> None:
        for sequence in (*self.running, *self.waiting):
            if sequence.sampler:
                sequence.sampler.close()
        self.context.close()
