"""The runner with the parts it is put together with in the program, each of which can be watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.scripted_engine import Heard

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import CHAT, Engine, Generation
from desktop_llm.engine.messages import Event
from desktop_llm.events import AnswerChanged, AnswerEnded
from desktop_llm.runner import Runner
from desktop_llm.storage.store import Store


class WatchedEngine(Engine):
    """The real one, which remembers what it was asked and calls `asked` before it hears of it."""

    prompts: list[Prompt]
    asked: Callable[[], None] | None = None

    def generate(self, prompt: Prompt, context: int = CHAT, keep: bool = True) -> Generation:
        self.prompts.append(prompt)
        if self.asked:
            self.asked()
        return super().generate(prompt, context, keep)


class WatchedStore(Store):
    """The real one, which remembers when it was given how much of an answer."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.given: list[tuple[float, int]] = []

    def append(self, message_id: int, text: str) -> None:
        before = self.given[-1][1] if self.given else 0
        self.given.append((time.monotonic(), before + len(text)))
        super().append(message_id, text)

    def finish(self, message: Message) -> None:
        self.given.append((time.monotonic(), len(message.text)))
        super().finish(message)


@dataclass
class Stage:
    """The parts put together as the program does it."""

    path: Path
    engine: WatchedEngine
    store: WatchedStore
    heard: Heard = field(default_factory=Heard)
    noted: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.engine.prompts = []
        self.runner = Runner(self.engine, self.store, self.heard)
        self.engine.on_event = self._note

    def _note(self, event: Event) -> None:
        self.runner.on_engine_event(event)
        self.noted(event)

    def ended(self, answer: int) -> Message:
        return self.heard.until(AnswerEnded, lambda event: event.message.id == answer).message

    def stored(self, conversation: int) -> list[Message]:
        return self.store.messages(conversation)

    def written(self, answer: int) -> str:
        return "".join(event.delta for event in self.heard.of(AnswerChanged) if event.message_id == answer)

    def grows(self, answer: int, times: int = 5) -> None:
        self.heard.until(AnswerChanged, lambda event: event.message_id == answer, times)


@contextmanager
def staged(path: Path, engine: WatchedEngine) -> Iterator[Stage]:
    store = WatchedStore(path)
    yield Stage(path, engine, store)
    engine.close()
    store.close()
