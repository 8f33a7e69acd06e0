"""Tags as a person writes them: as a list, and with # among the words of a search, completed while they are typed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from desktop_llm.conversation import Conversation

MARK = "#"
_BETWEEN = re.compile("[,;，、；\n]")
_NEVER = "\n"  # no tag begins so


@dataclass(frozen=True)
class Query:
    """`tags`: one of each set is wanted. `words` are for the store to find, which is `asked` for all of it."""

    tags: tuple[frozenset[str], ...] = ()
    words: tuple[str, ...] = ()
    asked: str = ""

    def admits(self, conversation: Conversation) -> bool:
        return all(names.intersection(conversation.tags) for names in self.tags)


def query_of(text: str, known: Collection[str]) -> Query:
    """What begins with # is a tag where there is one that begins so, else a word like any other."""
    tags: list[frozenset[str]] = []
    words: list[str] = []
    asked: list[str] = []
    left = " ".join(text.split())
    while left:
        word, names = _first(left, known)
        left = left[len(word) :].lstrip()
        asked.append(word.split()[0])
        if names:
            tags.append(names)
        else:
            words.append(word)
    return Query(tuple(tags), tuple(words), " ".join(asked) if words else "")


def _first(text: str, known: Collection[str]) -> tuple[str, frozenset[str]]:
    """What `text` begins with, and the tags that stands for: those of that name, else those that begin so."""
    word = text.split()[0]
    if not word.startswith(MARK):
        return word, frozenset()
    whole = max((len(tag) for tag in known if _stands_first(tag, text)), default=0)
    if whole:
        word = text[: len(MARK) + whole]
        return word, frozenset(tag for tag in known if tag.casefold() == word[len(MARK) :].casefold())
    begin = word[len(MARK) :].casefold()
    return word, frozenset(tag for tag in known if tag.casefold().startswith(begin))


def _stands_first(tag: str, text: str) -> bool:
    end = len(MARK) + len(tag)
    return text[len(MARK) : end].casefold() == tag.casefold() and text[end : end + 1] in ("", " ")


def written_tags(tags: Iterable[str]) -> str:
    return ", ".join(tags)


def read_tags(text: str) -> tuple[str, ...]:
    """The tags of a list with commas between them, each once."""
    names = (" ".join(name.replace(MARK, " ").split()) for name in _BETWEEN.split(text))
    return tuple(dict.fromkeys(filter(None, names)))


def all_tags(conversations: Iterable[Conversation]) -> list[str]:
    return sorted({tag for conversation in conversations for tag in conversation.tags}, key=str.casefold)


class TagCompleter(QCompleter):
    """Completes the last word of a line of text where that begins with #."""

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)
        self._line, self._tags = line, QStringListModel(self)
        self.setModel(self._tags)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        if popup := self.popup():
            popup.setObjectName("completions")
            popup.setAccessibleName(self.tr("Tags"))
        line.setCompleter(self)

    def set_tags(self, tags: Sequence[str]) -> None:
        self._tags.setStringList([MARK + tag for tag in tags])

    def splitPath(self, path: str) -> list[str]:
        head, mark, begun = path.rpartition(MARK)
        return [mark + begun] if mark and (not head or head.endswith(" ")) else [_NEVER]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        head, _, _ = self._line.text().rpartition(MARK)
        return f"{head}{index.data()} "
