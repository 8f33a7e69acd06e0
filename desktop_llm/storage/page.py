"""A conversation as it is read outside the program: only the branch shown, as Markdown and as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_llm.conversation import Attachment, Conversation, Message, branch, thoughts_and_answer

_FENCE = re.compile(r"[ \t>]*(`{3,}(?=[^`]*$)|~{3,})(.*)")
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(frozen=True)
class PageWords:
    """What a page says by itself, in the language of who reads it. What stands in braces stays."""

    system: str = "Instructions"
    user: str = "You"
    assistant: str = "Assistant"
    tags: str = "Tags: {tags}"
    attached: str = "Attached: {name}"
    attached_page: str = "Attached: {name}, 1 page"
    attached_pages: str = "Attached: {name}, {pages} pages"
    summary: str = "Summary of the above, sent in its place"
    context_full: str = "(the context was full)"
    length: str = "(the longest answer allowed was reached)"
    stopped: str = "(stopped)"


ENGLISH = PageWords()


@dataclass(frozen=True)
class Section:
    """One thing said. `markdown`: its text is a model's; `ending`: why it ended where it should not have."""

    heading: str
    text: str
    markdown: bool = False
    thoughts: str = ""
    ending: str = ""
    attached: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is said of it, in small, below it."""
        return (*self.attached, self.ending) if self.ending else self.attached


@dataclass(frozen=True)
class Page:
    title: str
    sections: tuple[Section, ...]
    tags: str = ""


def page_of(
    conversation: Conversation, messages: Sequence[Message], words: PageWords = ENGLISH, *, thoughts: bool = False
) -> Page:
    """`thoughts`: a model's reasoning comes along."""
    shown = branch(messages, conversation.leaf)
    sections = [_section(message, words, thoughts) for message in shown]
    left_out = [place for place, message in enumerate(shown, 1) if message.id in conversation.left_out]
    if left_out and conversation.summary.strip():
        sections.insert(left_out[-1], Section(words.summary, conversation.summary.strip("\n"), True))
    if conversation.system.strip():
        sections.insert(0, Section(words.system, conversation.system))
    tags = words.tags.format(tags=", ".join(conversation.tags)) if conversation.tags else ""
    return Page(_line(conversation.title), tuple(sections), tags)


def as_markdown(page: Page) -> str:
    parts = [f"# {_escaped(page.title)}"]
    parts += [f"*{_escaped(page.tags)}*"] if page.tags else []
    for section in page.sections:
        parts.append(f"## {_escaped(section.heading)}")
        if section.thoughts:
            parts.append("\n".join(f"> {line}".rstrip() for line in section.thoughts.split("\n")))
        parts += [_closed(section.text)] if section.text else []
        parts += [f"*{_escaped(remark)}*" for remark in section.remarks]
    return "\n\n".join(parts) + "\n"


def as_text(page: Page) -> str:
    parts = [f"{page.title}\n{'=' * min(len(page.title), 72)}"]
    parts += [page.tags] if page.tags else []
    for section in page.sections:
        thoughts = f"[{section.thoughts}]" if section.thoughts else ""
        said = "\n\n".join(part for part in (thoughts, section.text, "\n".join(section.remarks)) if part)
        parts.append(f"{section.heading}:\n{said}")
    return "\n\n".join(parts) + "\n"


def _section(message: Message, words: PageWords, thoughts: bool) -> Section:
    attached = tuple(_attached(attachment, words) for attachment in message.attachments)
    name: str = getattr(words, message.role)
    if message.role != "assistant":
        return Section(name, message.text.strip("\n"), attached=attached)
    model = message.receipt.model if message.receipt else ""
    thought, answer = thoughts_and_answer(message.text)
    return Section(f"{name} ({model})" if model else name, answer.strip("\n"), True, thought if thoughts else "",
                   _ending(message, words), attached)  # fmt: skip


def _attached(attachment: Attachment, words: PageWords) -> str:
    forms = {0: words.attached, 1: words.attached_page}
    return forms.get(attachment.pages, words.attached_pages).format(name=_line(attachment.name), pages=attachment.pages)


def _ending(message: Message, words: PageWords) -> str:
    if message.state == "failed" and message.problem:
        return f"({message.problem.sentence()})"
    endings = {"context full": words.context_full, "length": words.length, "stopped": words.stopped}
    return endings.get(message.reason or "", "")


def _line(text: str) -> str:
    return " ".join(text.split())


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
