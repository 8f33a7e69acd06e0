"""A message as the transcript keeps it: its text, the pieces it is shown in, and how high they are or may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop_llm.conversation import Message, thoughts_and_answer
from desktop_llm.ui.markdown_blocks import Block, Kind, Splitter, plain_blocks

ROW_GAP, PIECE_GAP, NAME_GAP, FOOT_GAP = 34, 12, 8, 4
GAP_BELOW_FOOT = 4
BUBBLE_X, BUBBLE_TOP, BUBBLE_BOTTOM = 15, 12, 6
_FOOT_HEIGHT = 30
ATTACHMENT = 32
"""Height of the line that names something attached."""
OMISSION = 80  # a guess, until it is laid out


@dataclass(frozen=True)
class Scale:
    """How much text fits, to guess the height of what is not laid out."""

    characters: int = 90
    line: int = 25

    def height(self, length: int, lines: int) -> int:
        return self.line * (1 + lines + length // self.characters)


@dataclass(eq=False)
class Item:
    """One piece of a row; `above` is the space before it. Only what is near the window has a widget."""

    kind: Kind | Literal["omission", "name", "attachments", "foot"]
    above: int
    height: int
    block: Block | None = None
    stale: bool = True
    seen: tuple[int, int, bool] = (0, 0, False)
    unfolded: bool = False
    width: int = 0
    widget: QWidget | None = None

    @property
    def reach(self) -> int:
        return self.above + self.height


Unsent = Literal["", "left out", "no room"]


class Row:
    # What most rows of a long conversation, which are never read, need not have of their own.
    siblings = (1, 1)  # its place among its versions, and how many there are
    unsent: Unsent = ""
    stands_for, summary = 0, ""  # how many messages above it are not sent, and what is in their place
    decided = False  # whether it is known how much of what is attached the model was given
    _splitter: Splitter | None = None
    _plain: Sequence[Block] = ()
    _whole = 0
    _name: Item | None = None
    _attachments: Item | None = None
    _omission: Item | None = None
    _foot: Item | None = None
    _since = 0.0  # when the first of it came, where that was seen

    def __init__(self, message: Message, number: int) -> None:
        self.message = message
        self.number = number
        self.items: list[Item] = []
        self._pieces = [message.text]
        self._unread = [message.text]
        self._parts: list[Item] = []
        if message.attachments:
            self.decided = any(attachment.given is not None for attachment in message.attachments)

    @property
    def text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    @property
    def markdown(self) -> str:
        """What others get of it: an answer without its thoughts, a question with the names of what went with it."""
        if self.is_answer:
            thoughts, answer = thoughts_and_answer(self.text)
            return answer or thoughts
        return "\n\n".join(part for part in (self._attached, self.text) if part)

    @property
    def _attached(self) -> str:
        names = ", ".join(attachment.name for attachment in self.message.attachments)
        return QCoreApplication.translate("Transcript", "Attached: {file}").format(file=names) if names else ""

    @property
    def attachments(self) -> Item | None:
        """The piece that names what is attached, where anything is."""
        if self.message.attachments and self._attachments is None:
            self._attachments = Item("attachments", 0, ATTACHMENT * len(self.message.attachments))
        return self._attachments

    def stand_for(self, count: int, summary: str) -> Item | None:
        """Says above this message what is sent in place of those before it; gives back the piece that says so."""
        if count and self._omission is None:
            self._omission = Item("omission", 0, OMISSION)
        self.stands_for, self.summary = count, summary
        if self._omission is not None:
            self._omission.stale = True
        if self.items:
            self._put_together(0)
        return self._omission

    @property
    def foot(self) -> Item:
        self._foot = self._foot or Item("foot", 0, _FOOT_HEIGHT)
        return self._foot

    @property
    def is_answer(self) -> bool:
        return self.message.role == "assistant"

    @property
    def writing(self) -> bool:
        return self.message.state == "writing"

    @property
    def waiting(self) -> bool:
        """Whether nothing of the answer can be read yet."""
        read = self._splitter.blocks if self._splitter is not None else []
        return self.writing and all(block.kind == "reasoning" for block in read)

    @property
    def spoken(self) -> str:
        """An answer without its thoughts."""
        return "\n\n".join(block.source for block in self._blocks() if block.kind != "reasoning")

    @property
    def accessible_name(self) -> str:
        template = (
            QCoreApplication.translate("Transcript", "Assistant, message {number}")
            if self.is_answer
            else QCoreApplication.translate("Transcript", "You, message {number}")
        )
        return template.format(number=self.number)

    def move(self, by: int) -> None:
        """So many more messages are before it."""
        self.number += by
        if self.items:
            self._space(0)

    @property
    def height(self) -> int:
        return sum(item.reach for item in self.items)

    def guess(self, scale: Scale) -> int:
        bubble = 0 if self.is_answer else BUBBLE_TOP + BUBBLE_BOTTOM
        attached, text = ATTACHMENT * len(self.message.attachments), self.text
        return ROW_GAP + bubble + attached + _FOOT_HEIGHT + scale.height(len(text), text.count("\n"))

    def append(self, delta: str) -> None:
        if not self._since and self._pieces == [""]:
            self._since = monotonic()
        self._pieces.append(delta)
        self._unread.append(delta)

    def finish(self, message: Message) -> bool:
        """Takes the final message; whether its text is not what was streamed, and the pieces begin anew.

        They do, too, where an answer is gone on with: its last piece is not the last any more.
        """
        resumes = message.state == "writing" != self.message.state
        streamed, self.message = self.text, message
        if message.text.startswith(streamed) and not resumes:
            self.append(message.text[len(streamed) :])
            return False
        self._begin_anew()
        return True

    def _begin_anew(self) -> None:
        self._pieces, self._unread = [self.message.text], [self.message.text]
        self._splitter = None
        self._parts, self.items, self._whole = [], [], 0

    def read(self, scale: Scale) -> list[Item]:
        """Brings the pieces up to date with the text; gives back those that are no more."""
        blocks, start = self._blocks(), self._whole
        open_before = self._parts[start:]
        kept = {id(item.block): item for item in open_before}
        self._parts[start:] = [self._item(block, kept, scale) for block in blocks[start:]]
        self._whole = next((n for n in range(start, len(blocks)) if not blocks[n].closed), len(blocks))
        self._put_together(start)
        now = set(map(id, self._parts[start:]))
        return [item for item in open_before if id(item) not in now]

    def _blocks(self) -> Sequence[Block]:
        if not self.is_answer and self.message.attachments and not self.text:
            return []
        if not self.is_answer:
            self._plain = self._plain or plain_blocks(self.text)
            return self._plain
        self._splitter = self._splitter or Splitter()
        for delta in self._unread:
            if self._splitter.feed(delta):
                self._whole = 0
        self._unread = []
        if not self.writing:
            self._splitter.finish()
        self._time(self._splitter.blocks)
        return self._splitter.blocks

    def _time(self, blocks: Sequence[Block]) -> None:
        """Of the thoughts that an answer being written begins with."""
        if self._since and self.writing and blocks and blocks[0].kind == "reasoning" and blocks[0].closed:
            blocks[0].seconds = blocks[0].seconds or monotonic() - self._since

    def _item(self, block: Block, kept: dict[int, Item], scale: Scale) -> Item:
        item = kept.get(id(block)) or Item(block.kind, 0, 0, block)
        state = (block.length, block.settled, block.closed)
        item.stale, item.seen = item.stale or state != item.seen, state
        if item.widget is None:
            item.height = max(item.height, _guess(block, scale))
        return item

    def _put_together(self, start: int) -> None:
        """The name of the model above an answer, where it is known, and below it what can be done with it."""
        named = self.is_answer and self.message.receipt is not None
        self._name = self._name or Item("name", 0, 20)
        self.foot.stale = True
        above = [self._name] if named else [self.attachments] if self.attachments is not None else []
        omission = [self._omission] if self._omission is not None and self.stands_for else []
        self.items = [*omission, *above, *self._parts, self.foot]
        self._space(max(0, start - 1))

    def _space(self, start: int) -> None:
        for index in range(start, len(self.items)):
            self.items[index].above = self._space_above(index)

    def _space_above(self, index: int) -> int:
        kind, before = self.items[index].kind, self.items[index - 1].kind if index else ""
        if kind == "omission":
            return ROW_GAP
        if index == 0 or before == "omission":
            answers = self.is_answer and self.number > 1 and index == 0
            return (GAP_BELOW_FOOT if answers else ROW_GAP) + (0 if self.is_answer else BUBBLE_TOP)
        if kind == "foot":
            return FOOT_GAP + (0 if self.is_answer else BUBBLE_BOTTOM)
        return {"name": NAME_GAP, "plain": 0}.get(before, PIECE_GAP)


def _guess(block: Block, scale: Scale) -> int:
    if block.kind == "reasoning":
        return 26
    lines = block.source.count("\n")
    around = {"code": 50}.get(block.kind, 0)
    return around + scale.height(block.length if block.kind == "text" else 0, lines)
