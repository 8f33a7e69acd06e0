"""The engine's child as tests drive it: over its real pipe, with every event it sent."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.messages import Command, Finished, Stepped, read_frame, write_frame
from desktop_llm.settings import Sampling

Kind = TypeVar("Kind")
GREEDY = Sampling(temperature=0.0, max_tokens=24)


@dataclass
class Child:
    """The far end of the pipe, and every event it sent."""

    process: subprocess.Popen[bytes]
    events: list[Any] = field(default_factory=list)

    def say(self, *commands: Command) -> None:
        for command in commands:
            assert self.process.stdin
            write_frame(self.process.stdin, command)  # type: ignore[arg-type]

    def until(self, true: Callable[[Any], bool]) -> Any:
        assert self.process.stdout
        while (event := read_frame(self.process.stdout)) is not None:  # type: ignore[arg-type]
            self.events.append(event)
            if true(event):
                return event
        raise AssertionError(f"the child ended with {self.process.wait()}")

    def next(self, kind: type[Kind]) -> Kind:
        found: Kind = self.until(lambda event: isinstance(event, kind))
        return found

    def ended(self, generation: int) -> Finished:
        done = [e for e in self.events if isinstance(e, Finished) and e.generation == generation]
        if done:
            return done[0]
        end: Finished = self.until(lambda e: isinstance(e, Finished) and e.generation == generation)
        return end

    def refused(self, generation: int) -> str:
        """Why a generation failed, in words."""
        problem = self.ended(generation).problem
        return problem.sentence() if problem else ""

    def text(self, generation: int) -> str:
        steps = [event for event in self.events if isinstance(event, Stepped)]
        return "".join(delta.text for step in steps for delta in step.deltas if delta.generation == generation)


def prompt(model: Path, *said: str, sampling: Sampling = GREEDY, schema: str | None = None) -> Prompt:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], text) for n, text in enumerate(said))  # type: ignore[arg-type]
    return Prompt(messages, model, sampling, schema)
