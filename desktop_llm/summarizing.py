"""Has the model sum up the earlier part of a conversation, in as many steps as the context makes of it."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Sequence

from desktop_llm.conversation import Asking, Message, without_thoughts
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.errors import UserError
from desktop_llm.fitting import room_for_answer, room_for_prompt
from desktop_llm.tasks.chat_summary import spoken, summary_prompt

_LOOK_EVERY = 0.2  # seconds
_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)|[。！？…][”’」』）]*|\n")


class Summary:
    """One summary being written; `tell` hears of the text so far and of the share that is read, 0 to 1."""

    def __init__(self, engine: Engine, asking: Asking, tell: Callable[[str, float], None]) -> None:
        self._engine, self._asking, self._tell = engine, asking, tell
        self._generation: Generation | None = None
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True
        if self._generation is not None:
            self._generation.stop()

    def write(self, messages: Sequence[Message], before: str = "") -> str:
        """Sums up `messages` after what was summed up `before`; "" where it was stopped. Waits; raises UserError."""
        lines = spoken(messages)
        all_read = max(1, sum(map(len, lines)))
        while lines and not self.stopped:
            count = self._share(lines, before)
            before = self._step(lines[:count], before, 1 - sum(map(len, lines)) / all_read)
            del lines[:count]
        return "" if self.stopped else before

    def _share(self, lines: list[str], before: str) -> int:
        """How many of the lines have room together; one that has none alone is halved first."""
        while len(lines[0]) > 1 and not self._fits(lines[:1], before):
            middle = len(lines[0]) // 2
            lines[:1] = lines[0][:middle], lines[0][middle:]
        return 1 + bisect.bisect_left(range(2, len(lines) + 1), True, key=lambda n: not self._fits(lines[:n], before))

    def _fits(self, lines: Sequence[str], before: str) -> bool:
        seen = self._engine.inspect(summary_prompt(lines, before, self._asking))
        return seen.tokens <= room_for_prompt(seen.limit)

    def _step(self, lines: Sequence[str], before: str, share: float) -> str:
        context = self._engine.facts.context if self._engine.facts else 0
        prompt = summary_prompt(lines, before, self._asking, room_for_answer(context))
        generation = self._generation = self._engine.generate(prompt, keep=False)
        if self.stopped:
            generation.stop()
        while not generation.wait(_LOOK_EVERY):
            self._tell(without_thoughts(generation.text), share)
        if generation.problem:
            raise UserError(generation.problem)
        text = without_thoughts(generation.text).strip()
        return text if generation.reason == "end" else _whole_sentences(text)


def _whole_sentences(text: str) -> str:
    """Without a last one that was cut short, where there is one before it."""
    ends = list(_END.finditer(text))
    return text[: ends[-1].end()].rstrip() if ends else text
