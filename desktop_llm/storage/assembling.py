"""What another program kept of a conversation, made into messages of this one: a tree without circles or gaps."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from desktop_llm.conversation import Conversation, Message, clean, title_of

Speaker = Literal["system", "user", "assistant", "nobody"]
_SPEAKERS: dict[str, Speaker] = {"tool": "assistant", "function": "assistant", "developer": "system", "ai": "assistant"}


@dataclass(frozen=True)
class Imported:
    """Ready to be stored: the ids of messages are their positions from 1, `parent` and `leaf` refer to them."""

    conversation: Conversation
    messages: list[Message]


@dataclass(frozen=True)
class Node:
    """One thing in another program's tree; `key` and `parent` are its names for things."""

    key: str
    parent: str
    speaker: Speaker
    text: str
    thoughts: str = ""


@dataclass(frozen=True)
class About:
    """What is known of the conversation besides what was said; `shown`: the key of the node that ends its branch."""

    title: str = ""
    changed: float = 0.0
    shown: str = ""
    system: str = ""
    pinned: bool = False


def known(messages: Sequence[int], ids: Mapping[int, int]) -> tuple[int, ...]:
    """The new numbers of those messages that have one."""
    return tuple(ids[message] for message in messages if ids.get(message))


def assembled(about: About, nodes: Sequence[Node]) -> Imported:
    """The nodes that say something as messages, parents before what follows them, instructions apart."""
    tree = _Tree(list(_told_apart(nodes)))
    messages = tree.messages()
    first = next((message.text for message in messages if message.role == "user"), "")
    title = title_of(clean(about.title)) or title_of(first) or "Imported conversation"
    system = clean("\n\n".join(dict.fromkeys(part for part in (about.system.strip(), *tree.instructions) if part)))
    leaf = tree.place.get(about.shown, 0)
    return Imported(Conversation(0, title, about.changed, about.pinned, "", leaf, system), messages)


def _told_apart(nodes: Sequence[Node]) -> Iterator[Node]:
    """A node without a key, or with another's, is still something said."""
    seen = {""}
    for position, node in enumerate(nodes):
        found = node if node.key not in seen else replace(node, key=f"\0{position}")
        seen.add(found.key)
        yield found


class _Tree:
    """`place`: which message stands for each node, 0 for none; `alone`: whether nothing else goes on from there."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.instructions: list[str] = []
        self.place: dict[str, int] = {"": 0}
        self._alone: dict[str, bool] = {"": False}
        self._nodes = {node.key: node for node in nodes}
        self._children = Counter(node.parent for node in self._nodes.values())
        self._said: list[tuple[Message, list[str], list[str]]] = []
        for node in nodes:
            self._take(node)

    def messages(self) -> list[Message]:
        """Thoughts first, where this program looks for them."""
        return [replace(message, text=joined(_thought(*thoughts), *parts)) for message, thoughts, parts in self._said]

    def _take(self, node: Node) -> None:
        """Places it after everything that leads to it; where that is a circle, it is cut."""
        way: dict[str, Node] = {}
        found: Node | None = node
        while found and found.key not in self.place and found.key not in way:
            way[found.key] = found
            found = self._nodes.get(found.parent)
        for key, waiting in reversed(way.items()):
            self._place(key, waiting)

    def _place(self, key: str, node: Node) -> None:
        parent = node.parent if node.parent in self.place else ""
        before = self.place[parent]
        only = self._children[key] == 1
        text, thoughts = clean(node.text).strip("\n"), clean(node.thoughts).strip()
        if node.speaker == "system" or node.speaker == "nobody" or not (text.strip() or thoughts):
            self.instructions += [text.strip()] if node.speaker == "system" else []
            self.place[key], self._alone[key] = before, only and self._alone[parent]
            return
        self._alone[key] = only
        if node.speaker == "assistant" and self._alone[parent] and self._said[before - 1][0].role == "assistant":
            # An answer in several steps, as others keep thoughts and the use of tools.
            self._said[before - 1][1].append(thoughts)
            self._said[before - 1][2].append(text)
            self.place[key] = before
            return
        self._said.append((Message(node.speaker, "", len(self._said) + 1, before), [thoughts], [text]))
        self.place[key] = len(self._said)


# ---- strangers' values: each is what it should be, or nothing


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def key(value: Any) -> str:
    """An id, which some programs keep as a number."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def seconds(*values: Any) -> float:
    """The first that is a time, since the epoch; some programs count thousandths, or thousandths of those."""
    for value in values:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e20:
            thousands = max(math.ceil(math.log(value / 1e11, 1000)), 0)
            return float(value / 1000**thousands)
    return 0.0


def speaker(role: Any) -> Speaker:
    """Whose words they are; what a tool gave is part of the answer."""
    known = string(role).lower()
    if known in ("system", "user", "assistant"):
        return known  # type: ignore[return-value]
    return _SPEAKERS.get(known, "nobody" if not known else "assistant")


# ---- what becomes of what has no place here


def note(what: str, name: str = "") -> str:
    """A short line in the text for what was not taken over."""
    return f"({what}: {_short(name)})" if name.strip() else f"({what})"


def _thought(*parts: str) -> str:
    return f"<think>\n{joined(*parts)}\n</think>" if joined(*parts) else ""


def fenced(text: str, language: str = "") -> str:
    """A block of code whose fence is longer than any within."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}" if text.strip() else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:299] + "…"


def joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())
