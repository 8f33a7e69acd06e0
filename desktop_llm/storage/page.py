"""A conversation as it is read outside the program: only the branch shown, as Markdown and as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.conversation import Conversation, Message, Role, branch, without_thoughts

NAMES: dict[Role, str] = {"system": "Instructions", "user": "You", "assistant": "Assistant"}
_ENDINGS = {
    "context full": "(the context was full)",
    "length": "(the longest answer allowed was reached)",
    "stopped": "(stopped)",
}
_FENCE = re.compile(r"[ \t>]*(`{3,}(?=[^`]*$)|~{3,})(.*)")
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(frozen=True)
class Section:
    """One thing said. `markdown`: its text is a model's; `ending`: why it ended where it should not have."""

    heading: str
    text: str
    markdown: bool = False
    thoughts: str = ""
    ending: str = ""


@dataclass(frozen=True)
class Page:
    title: str
    sections: tuple[Section, ...]


def page_of(conversation: Conversation, messages: Sequence[Message], *, thoughts: bool = False) -> Page:
    """`thoughts`: a model's reasoning comes along."""
    sections = [_section(message, thoughts) for message in branch(messages, conversation.leaf)]
    if conversation.system.strip():
        sections.insert(0, Section(NAMES["system"], conversation.system))
    return Page(" ".join(conversation.title.split()), tuple(sections))


def as_markdown(page: Page) -> str:
    parts = [f"# {_escaped(page.title)}"]
    for section in page.sections:
        parts.append(f"## {_escaped(section.heading)}")
        if section.thoughts:
            parts.append("\n".join(f"> {line}".rstrip() for line in section.thoughts.split("\n")))
        parts += [_closed(section.text)] if section.text else []
        parts += [f"*{_escaped(section.ending)}*"] if section.ending else []
    return "\n\n".join(parts) + "\n"


def as_text(page: Page) -> str:
    parts = [f"{page.title}\n{'=' * min(len(page.title), 72)}"]
    for section in page.sections:
        thoughts = f"[{section.thoughts}]" if section.thoughts else ""
        said = "\n\n".join(part for part in (thoughts, section.text, section.ending) if part)
        parts.append(f"{section.heading}:\n{said}")
    return "\n\n".join(parts) + "\n"


def _section(message: Message, thoughts: bool) -> Section:
    if message.role != "assistant":
        return Section(NAMES[message.role], message.text.strip("\n"))
    model = message.receipt.model if message.receipt else ""
    heading = f"{NAMES['assistant']} ({model})" if model else NAMES["assistant"]
    answer = without_thoughts(message.text)
    thought = message.text.removesuffix(answer).strip().removeprefix("<think>").removesuffix("</think>").strip()
    return Section(heading, answer.strip("\n"), True, thought if thoughts else "", _ending(message))


def _ending(message: Message) -> str:
    if message.state == "failed" and message.problem:
        return f"({message.problem.sentence()})"
    return _ENDINGS.get(message.reason or "", "")


def _closed(text: str) -> str:
    """Markdown whose last block of code has its end, lest it swallow what follows."""
    fence = ""
    for found in filter(None, map(_FENCE.match, text.split("\n"))):
        mark, rest = found.groups()
        if not fence:
            fence = mark
        elif mark.startswith(fence) and not rest.strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
