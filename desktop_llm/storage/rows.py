"""Conversations and messages as rows of a database, and back: fast, for a conversation may have ten thousand."""

from __future__ import annotations

import functools
import itertools
import json
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from desktop_llm.conversation import Attachment, Conversation, Message, Part, Receipt
from desktop_llm.fields import Values, plain, revive, sound
from desktop_llm.settings import Sampling

T = TypeVar("T")
Row = tuple[Any, ...]
_AS_JSON = ("reason", "problem", "tokens", "timings", "receipt")
_KINDS = {
    **typing.get_type_hints(Message), "sampling": Values, "tags": tuple[str, ...], "left_out": tuple[int, ...],
    "given": tuple[int, ...],
}  # fmt: skip
_SEED = ', "seed": '
_STEPS = ', "steps": "'
MESSAGE = f"id, parent, role, text, state, {', '.join(_AS_JSON)}"
CONVERSATION = "id, title, changed, pinned, folder, leaf, system, sampling, deleted, tags, left_out, summary, preset"
ATTACHMENT = "message, number, name, kind, pages, hash, given"


def conversation_of(row: Row) -> Conversation:
    id, title, changed, pinned, folder, leaf, system, sampling, deleted, tags, left_out, summary, preset = row
    own = sound(Sampling, decoded("sampling", sampling))
    lists = decoded("tags", tags) or (), decoded("left_out", left_out) or ()
    return Conversation(
        id, title, changed, bool(pinned), folder, leaf, system, own, float(deleted), *lists, summary, preset
    )  # fmt: skip


def attachment_of(row: Row, parts: tuple[Part, ...]) -> Attachment:
    _, _, name, kind, pages, hash, given = row
    return Attachment(name, kind, parts, pages, hash, decoded("given", given))


def attachment_row(message: int, number: int, attachment: Attachment) -> Row:
    """In the order of ATTACHMENT, and then its parts, as arrays: a book has thousands."""
    parts = json.dumps([(part.text, part.page, part.heading) for part in attachment.parts], ensure_ascii=False)
    facts = attachment.name, attachment.kind, attachment.pages, attachment.hash
    return (message, number, *facts, encoded(attachment.given), parts)


def parts_of(value: str) -> tuple[Part, ...]:
    try:
        return tuple(Part(str(text), int(page), str(heading)) for text, page, heading in json.loads(value))
    except (TypeError, ValueError):
        return ()


def messages_of(
    rows: Sequence[Row], grown: Mapping[int, str], attached: Mapping[int, tuple[Attachment, ...]]
) -> list[Message]:
    """`grown`: what was added to their texts since."""
    tokens, timings = (_counted(name, [row[place] for row in rows]) for name, place in (("tokens", 7), ("timings", 8)))
    receipts = _receipts(row[9] for row in rows)
    return [
        _made(Message, {
            "role": role, "text": text + grown.get(id, ""), "id": id, "parent": parent, "state": state,
            "reason": reason and decoded("reason", reason), "problem": problem and decoded("problem", problem),
            "tokens": counts, "timings": times, "receipt": receipt, "attachments": attached.get(id, ()),
        })
        for (id, parent, role, text, state, reason, problem, *_), counts, times, receipt
        in zip(rows, tokens, timings, receipts, strict=True)
    ]  # fmt: skip


def _made(kind: type[T], fields: dict[str, Any]) -> T:
    """A frozen dataclass of all its `fields`, for whose constructor ten thousand messages would wait."""
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", fields)
    return made


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


def _receipts(values: Iterable[str | None]) -> Iterator[Receipt | None]:
    """Those of one model mostly differ in seed and steps only: what stands before and between is decoded once."""
    head = rest = "\0"
    like: Receipt | None = None
    for value in values:
        if value is None:
            yield None
            continue
        short, steps = _without_steps(value)
        if not (short.startswith(head) and short.endswith(rest)):
            head, rest = _around_seed(short)
            like = decoded("receipt", f"{head}0{rest}")
        seed = short[len(head) : len(short) - len(rest)]
        alike = like and seed.isdecimal()
        own = {"seed": int(seed), "steps": steps} if alike else {}
        yield _made(Receipt, {**vars(like), **own}) if own else decoded("receipt", value)


def _without_steps(value: str) -> tuple[str, str]:
    """They stand last, and hold nothing that JSON would escape."""
    head, _, tail = value.rpartition(_STEPS)
    return (f"{head}}}", tail[:-2]) if head and tail.endswith('"}') else (value, "")


def _around_seed(value: str) -> tuple[str, str]:
    """Quotes within strings are escaped, so that the last such name is a receipt's own."""
    head, name, tail = value.rpartition(_SEED)
    return head + name, "".join(tail.partition(",")[1:])


def _counted(name: str, values: Sequence[str | None]) -> Iterator[Any]:
    """Numbers, never twice the same: made at once where all are there and of the right type."""
    kind, names, number = _fields(name)
    given = [value for value in values if value is not None]
    try:
        found = json.loads(f"[{','.join(given)}]")
        numbers = itertools.chain.from_iterable(map(dict.values, found))
        alike = {*map(tuple, found)} <= {names} and {*map(type, numbers)} <= {number} and len(found) == len(given)
    except (ValueError, TypeError):
        alike = False
    each = iter([_made(kind, one) for one in found] if alike else [_decoded(name, value) for value in given])
    return (None if value is None else next(each) for value in values)


@functools.cache
def _fields(name: str) -> tuple[Any, tuple[str, ...], type]:
    """The dataclass that field of a message holds, its own fields' names, and the one type they have."""
    kind = typing.get_args(_KINDS[name])[0]
    hints = typing.get_type_hints(kind)
    (number,) = set(hints.values())
    return kind, tuple(hints), number
