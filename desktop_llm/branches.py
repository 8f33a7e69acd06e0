"""What of a conversation's tree of messages is shown, and the ways through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop_llm.conversation import Message, Role, branch
from desktop_llm.errors import Problem, PromptError
from desktop_llm.events import Place
from desktop_llm.storage.store import Store

END = 200
"""Messages at the end of a branch that are shown before all the others: more than any window has room for."""


class Branches:
    def __init__(self, store: Store) -> None:
        self._store = store

    def question(self, conversation: int) -> list[Message]:
        """The branch that is shown, up to what the person said last. Raises PromptError where that is nothing."""
        history = self.shown(conversation)
        while history and history[-1].role != "user":
            history.pop()
        if not history:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        return history

    def asked_before(self, conversation: int, answer: int) -> list[Message]:
        """The branch up to what `answer` answers. Raises PromptError where that is nothing."""
        history = self.way_to(conversation, answer)[:-1]
        if not history:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        return history

    def shown(self, conversation: int) -> list[Message]:
        """The branch that is shown."""
        return branch(self._store.messages(conversation), self._store.conversation(conversation).leaf)

    def end(self, conversation: int) -> list[Message]:
        """The end of the branch that is shown, found the quicker the longer it is; all of one that is short."""
        return self._store.tail(conversation, END)

    def before(self, conversation: int, message: int) -> tuple[list[Message], dict[int, Place]]:
        """The branch that ends before `message`, and the places of what is in it."""
        messages = self._store.messages(conversation)
        way = branch(messages, message)
        before = way[:-1] if way and way[-1].id == message else []
        return before, _places(((each.id, each.parent, each.role) for each in messages), before)

    def way_to(self, conversation: int, message: int) -> list[Message]:
        """The branch that ends with `message`. Raises PromptError where it is not stored."""
        way = branch(self._store.messages(conversation), message)
        if not way or way[-1].id != message:
            raise PromptError(Problem("This message is not stored any more.", "Open the conversation again."))
        return way

    def ended_full(self, conversation: int) -> int:
        """The answer that ends the branch shown because the context was full, or 0."""
        history = self.shown(conversation)
        return history[-1].id if history and history[-1].reason == "context full" else 0

    def places(self, conversation: int, shown: list[Message]) -> dict[int, Place]:
        # What stands beside a message was added after what both follow.
        first = min((message.parent for message in shown), default=0)
        return _places(self._store.added_after(conversation, first), shown)


def _places(added: Iterable[tuple[int, int, Role]], shown: Sequence[Message]) -> dict[int, Place]:
    """`added`: id, parent and role of all that may stand beside what is shown."""
    same: dict[tuple[int, str], list[int]] = {}
    for id, parent, role in added:
        same.setdefault((parent, role), []).append(id)
    places = {m.id: same.get((m.parent, m.role), [m.id]) for m in shown}
    return {id: (beside.index(id) + 1, len(beside)) for id, beside in places.items() if len(beside) > 1}
