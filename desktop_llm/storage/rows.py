"""Conversations and messages as rows of a database, and back: fast, for a conversation may have ten thousand."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import typing
from typing import Any

from desktop_llm.conversation import Attachment, Conversation, Message, Part, Receipt
from desktop_llm.fields import plain, revive
from desktop_llm.settings import Sampling

_parse = json.JSONDecoder().raw_decode
Row = tuple[Any, ...]
_AS_JSON = ("reason", "problem", "tokens", "timings", "receipt")
_KINDS = {
    **typing.get_type_hints(Message), "sampling": Sampling, "tags": tuple[str, ...], "left_out": tuple[int, ...],
    "given": tuple[int, ...],
}  # fmt: skip
# Receipts of one model differ in their seeds only; quotes within strings are escaped, so this is found once.
_SEED = re.compile(r', "seed": (\d+), "context": ')
MESSAGE = f"id, parent, role, text, state, {', '.join(_AS_JSON)}"
CONVERSATION = "id, title, changed, pinned, folder, leaf, system, sampling, deleted, tags, left_out, summary"
ATTACHMENT = "message, name, kind, pages, hash, parts, given"


def conversation_of(row: Row) -> Conversation:
    id, title, changed, pinned, folder, leaf, system, sampling, deleted, tags, left_out, summary = row
    own = decoded("sampling", sampling)
    lists = decoded("tags", tags) or (), decoded("left_out", left_out) or ()
    return Conversation(id, title, changed, bool(pinned), folder, leaf, system, own, float(deleted), *lists, summary)


def attachment_of(row: Row) -> Attachment:
    _, name, kind, pages, hash, parts, given = row
    return Attachment(name, kind, _parts(parts), pages, hash, decoded("given", given))


def attachment_row(message: int, number: int, attachment: Attachment) -> Row:
    """In the order of ATTACHMENT, and then its number. Parts as arrays: a book has thousands."""
    parts = json.dumps([(part.text, part.page, part.heading) for part in attachment.parts])
    facts = attachment.name, attachment.kind, attachment.pages, attachment.hash
    return (message, *facts, parts, encoded(attachment.given), number)


def _parts(value: str) -> tuple[Part, ...]:
    try:
        return tuple(Part(str(text), int(page), str(heading)) for text, page, heading in json.loads(value))
    except (TypeError, ValueError):
        return ()


def message_of(row: Row, grown: str, attachments: tuple[Attachment, ...] = ()) -> Message:
    """`grown`: what was added to its text since."""
    id, parent, role, text, state, reason, problem, tokens, timings, receipt = row
    rest = decoded("reason", reason), decoded("problem", problem), _counted("tokens", tokens)
    timed, made = _counted("timings", timings), _receipt(receipt)
    return Message(role, text + grown, id, parent, state, *rest, timed, made, attachments)


def written(message: Message) -> dict[str, str | None]:
    """The columns that may change after a message was added."""
    values = {name: encoded(getattr(message, name)) for name in _AS_JSON}
    return {"text": message.text, "state": message.state, **values}


def encoded(value: Any) -> str | None:
    # ASCII, so that a path in no known encoding (lone surrogates) comes back as it was.
    return None if value is None else json.dumps(plain(value))


def decoded(name: str, value: str | None) -> Any:
    """What cannot be read any more is left out: the text counts."""
    return None if value is None else _decoded(name, value)


@functools.lru_cache(256)
def _decoded(name: str, value: str) -> Any:
    try:
        return revive(_KINDS[name], json.loads(value))
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _receipt(value: str | None) -> Receipt | None:
    seed = _SEED.search(value) if value else None
    if value is None or seed is None:
        return typing.cast("Receipt | None", decoded("receipt", value))
    receipt: Receipt | None = _decoded("receipt", f"{value[: seed.start(1)]}0{value[seed.end(1) :]}")
    return receipt and Receipt(**{**vars(receipt), "seed": int(seed[1])})


def _counted(name: str, value: str | None) -> Any:
    """Numbers, never twice the same: made at once where all are there and of the right types."""
    if value is None:
        return None
    kind, fields = _fields(name)
    try:
        given = _parse(value)[0]
        if {field: type(number) for field, number in given.items()} == fields:
            return kind(**given)
    except (ValueError, AttributeError):
        return None
    return _decoded(name, value)


@functools.cache
def _fields(name: str) -> tuple[Any, dict[str, type]]:
    """The dataclass that field of a message holds, and its own fields' types."""
    kind = typing.get_args(_KINDS[name])[0]
    hints = typing.get_type_hints(kind)
    return kind, {field.name: hints[field.name] for field in dataclasses.fields(kind)}
