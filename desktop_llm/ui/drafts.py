"""What is written and not sent, for each chat: text, files, how the answer begins, and a message being changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from desktop_llm.conversation import TEMPORARY, Attachment, Message
from desktop_llm.storage.drafts import MOST_KEPT, NEW, KeptDraft, Written, bounded
from desktop_llm.ui.attachment_chips import Chip, chips_of

NEW_TEMPORARY = -1
"""The temporary chat that is not begun yet."""
NOBODY = Message("user", "")


@dataclass
class Edit:
    """What is to be said in place of an earlier message."""

    message: Message
    text: str
    chips: list[Chip]


@dataclass
class Draft:
    """`lost` are names of files that went with it and could not be kept, until that is told."""

    text: str = ""
    chips: list[Chip] = field(default_factory=list)
    begins: str = ""
    edit: Edit | None = None
    lost: tuple[str, ...] = ()

    def put_before(self, text: str, attachments: Sequence[Attachment], begins: str = "") -> None:
        """What could not be sent goes before what was written since."""
        self.text = "\n".join(part for part in (text, self.text) if part)
        self.chips = [*chips_of(attachments), *self.chips]
        self.begins = begins or self.begins

    @property
    def all_chips(self) -> list[Chip]:
        return [*self.chips, *(self.edit.chips if self.edit else [])]

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.chips or self.begins or self.edit or self.lost)


class Drafts:
    """By chat: NEW and NEW_TEMPORARY, or the number of the conversation."""

    def __init__(self) -> None:
        self._drafts: dict[int, Draft] = {}

    def of(self, chat: int) -> Draft:
        return self._drafts.setdefault(chat, Draft())

    def put(self, chat: int, draft: Draft) -> None:
        self._drafts[chat] = draft

    def move(self, chat: int, to: int) -> None:
        """The chat has another number now."""
        self._drafts[to] = self._drafts.pop(chat, Draft())

    def drop(self, chat: int) -> None:
        self._drafts.pop(chat, None)

    def chip(self, ticket: int) -> Chip | None:
        """What was asked for under this ticket, of whichever chat."""
        return next((chip for chip in self._chips() if chip.ticket == ticket), None)

    def take(self, kept: Mapping[int, KeptDraft]) -> None:
        """What was kept when the program ended; goes before what was written since."""
        for chat, stored in kept.items():
            draft, before = _draft_of(stored), self.of(chat)
            before.put_before(draft.text, [chip.attachment for chip in draft.chips if chip.attachment], draft.begins)
            before.edit, before.lost = before.edit or draft.edit, draft.lost

    def kept(self) -> dict[int, KeptDraft]:
        """As they may be written to the disk: nothing of temporary chats, and of documents what is not too large."""
        stored = {chat: draft for chat, draft in self._drafts.items() if NEW <= chat < TEMPORARY and draft}
        room, kept = MOST_KEPT, dict[int, KeptDraft]()
        for chat, draft in stored.items():
            written, room = _written(draft.text, draft.chips, room, draft.lost)
            edit, room = _written(draft.edit.text, draft.edit.chips, room) if draft.edit else (Written(), room)
            message = draft.edit.message if draft.edit else NOBODY
            kept[chat] = KeptDraft(written, draft.begins, message.id, message.role == "assistant", edit)
        return kept

    def _chips(self) -> Iterator[Chip]:
        return (chip for draft in self._drafts.values() for chip in draft.all_chips)


def _written(text: str, chips: Sequence[Chip], room: int, lost: tuple[str, ...] = ()) -> tuple[Written, int]:
    attachments, large, room = bounded([chip.attachment for chip in chips if chip.attachment], room)
    unread = tuple(chip.name for chip in chips if chip.reading)
    return Written(text, attachments, (*lost, *large, *unread)), room


def _draft_of(kept: KeptDraft) -> Draft:
    message = Message("assistant" if kept.answer else "user", "", kept.edited)
    edit = Edit(message, kept.edit.text, chips_of(kept.edit.attachments)) if kept.edited else None
    lost = (*kept.written.lost, *kept.edit.lost)
    return Draft(kept.written.text, chips_of(kept.written.attachments), kept.begins, edit, lost)
