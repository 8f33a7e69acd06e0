"""A conversation rendered by the model's own chat template, with people's text kept apart from the template's."""

from __future__ import annotations

import datetime
import faulthandler
import json
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from desktop_llm.conversation import Message
from desktop_llm.errors import ModelError, Problem

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
RENDERING_SECONDS = 5
_WATCH = threading.Lock()


@dataclass(frozen=True)
class Piece:
    """A run of the rendered prompt: the template's own words, or the text of one message."""

    text: str
    message: Message | None = None


class _Generation(Extension):
    """`{% generation %}` marks answers for training; here its content is passed through."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class ChatTemplate:
    """One model's chat template in Jinja's immutable sandbox. Raises ModelError where it cannot be parsed."""

    def __init__(self, source: str, bos: str, eos: str) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
        )
        environment.filters["tojson"] = _tojson
        environment.globals.update(raise_exception=_raise_exception, strftime_now=_strftime_now, functions=[])
        self._words = {"bos_token": bos, "eos_token": eos, "add_generation_prompt": True}
        try:
            with _watched():
                self._template = environment.from_string(source)
        except Exception as error:  # whatever a template trips over
            raise _broken(error) from error

    def pieces(self, messages: Sequence[Message]) -> list[Piece]:
        """The rendered prompt in order. Raises ModelError where no form of the conversation renders whole."""
        last: Exception | None = None
        for form in _forms(messages):
            try:
                pieces = self._rendered(form)
            except Exception as error:  # whatever a template trips over
                last = error
                continue
            if {id(piece.message) for piece in pieces if piece.message} >= {id(message) for message in form}:
                return pieces
        raise _broken(last or ValueError("it leaves out a message"))

    def _rendered(self, messages: Sequence[Message]) -> list[Piece]:
        nonce = "T" + secrets.token_hex(8)
        said = [{"role": message.role, "content": f"{nonce}N{n}E"} for n, message in enumerate(messages)]
        with _watched():
            text = self._template.render(messages=said, **self._words)
        parts = re.split(f"{nonce}N(\\d+)E", text)
        return [
            Piece(messages[int(part)].text, messages[int(part)]) if odd % 2 else Piece(part)
            for odd, part in enumerate(parts)
            if part
        ]


@contextmanager
def _watched() -> Iterator[None]:
    """A template that does not end ends the process: only a thread outside Python can stop `9**9**9`.

    The process has one such watch, so two templates take turns.
    """
    with _WATCH:
        faulthandler.dump_traceback_later(RENDERING_SECONDS, exit=True)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _forms(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The conversation as it is, then in the plainer forms that strict templates ask for."""
    yield list(messages)
    merged = _merged(messages)
    yield merged
    folded = _merged(_folded(merged))
    yield folded
    yield [Message("user", "..."), *folded]


def _merged(messages: Sequence[Message]) -> list[Message]:
    together: list[Message] = []
    for message in messages:
        if together and together[-1].role == message.role:
            together[-1] = Message(message.role, together[-1].text + "\n\n" + message.text)
        else:
            together.append(message)
    return together


def _folded(messages: Sequence[Message]) -> list[Message]:
    return [Message("user", m.text) if m.role == "system" else m for m in messages]


def _tojson(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_exception(text: str) -> None:
    raise jinja2.TemplateError(text)


def _strftime_now(form: str) -> str:
    return datetime.datetime.now().strftime(form[:100])


def _broken(error: Exception) -> ModelError:
    return ModelError(
        Problem(
            "This model's chat template does not work ({reason}).",
            "Choose another model, or another file of the same one.",
            {"reason": str(error)[:200] or type(error).__name__},
            "choose-model",
        )
    )
