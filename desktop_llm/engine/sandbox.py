"""Jinja templates of strangers: nothing in reach, and bounds on their time, memory and length."""

from __future__ import annotations

import ctypes
import datetime
import faulthandler
import functools
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import jinja2
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Concat, Node
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

SECONDS = 2.0
MERCY_SECONDS = 3.0
LONGEST_SOURCE = 64 * 1024
LARGEST = 1 << 20
_HIGHEST_POWER = 64
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{5}|\*)")
_WIDE_FORM = re.compile(r"\{[^{}]*\d{5}")
_WATCH = threading.Lock()


class Endless(jinja2.TemplateRuntimeError):
    """A template was ended because it took too long."""

    def __init__(self) -> None:
        super().__init__("it does not come to an end")


class Template:
    """One template, compiled. Raises whatever a template trips over, here and in `render`."""

    def __init__(self, source: str) -> None:
        _refuse_if(len(source) > LONGEST_SOURCE, "it is longer than 64 KB")
        with _watched(SECONDS):
            self._compiled = _Sandbox().from_string(source)

    def render(self, longest: int, seconds: float = SECONDS, **variables: Any) -> str:
        parts: list[str] = []
        with _watched(seconds):
            for part in self._compiled.generate(datetime=_strftime_now("%d %B %Y"), **variables):
                longest -= len(part)
                _refuse_if(longest < 0, "it writes far more than was said")
                parts.append(part)
        return "".join(parts)


class _Code(CodeGenerator):
    def visit_Concat(self, node: Concat, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        self.write("environment.bounded(")
        super().visit_Concat(node, frame)
        self.write(")")


class _Generation(Extension):
    """`{% generation %}` marks answers for training; here its content is passed through."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox in which no single value grows large; with what transformers offers to templates."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation])
        self.filters["tojson"] = _tojson
        self.filters["format"] = _format
        self.filters = {name: self._guarded(named) for name, named in self.filters.items()}
        del self.globals["lipsum"]
        self.globals.update(raise_exception=_raise_exception, strftime_now=_strftime_now, functions="[]")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "*" and (hasattr(left, "__len__") or hasattr(right, "__len__")):
            self._check_numbers(_length(left) * _length(right))
        if operator == "**":
            _refuse_if(abs(right) > _HIGHEST_POWER, "it computes with numbers far too large")
        if operator == "%" and isinstance(left, str):
            _refuse_if(bool(_WIDE.search(left)), "it asks for a text far too long")
        return self.bounded(super().call_binop(context, operator, left, right))

    def call(self, context: Context, called: Any, *args: Any, **named: Any) -> Any:
        self._check_numbers(*args, *named.values())
        return self.bounded(super().call(context, called, *args, **named))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        form = getattr(value, "__self__", None)
        _refuse_if(isinstance(form, str) and bool(_WIDE_FORM.search(form)), "it asks for a text far too long")
        return super().wrap_str_format(value)

    def _guarded(self, called: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(called)
        def guarded(*args: Any, **named: Any) -> Any:
            self._check_numbers(*args, *named.values())
            return self.bounded(called(*args, **named))

        return guarded

    def bounded(self, value: Any) -> Any:
        _refuse_if(isinstance(value, str | list | tuple) and len(value) > LARGEST, "it makes a text far too long")
        _refuse_if(isinstance(value, int) and value.bit_length() > 64, "it computes with numbers far too large")
        return value

    def _check_numbers(self, *values: Any) -> None:
        large = any(isinstance(value, int) and abs(value) > LARGEST for value in values)
        _refuse_if(large, "it asks for a text far too long")

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        kept = list(parts)
        _refuse_if(sum(map(len, kept)) > LARGEST, "it makes a text far too long")
        return "".join(kept)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Ends what loops by an exception; what does not come back from C even then ends the process.

    The process has one such watch, so two templates take turns.
    """
    with _WATCH:
        faulthandler.dump_traceback_later(seconds + MERCY_SECONDS, exit=True)
        try:
            with _interrupted(seconds):
                yield
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextmanager
def _interrupted(seconds: float) -> Iterator[None]:
    """Raises Endless in this thread after so long. A trace function would, too, but quarters the speed."""
    thread, deciding, done = threading.get_ident(), threading.Lock(), threading.Event()

    def interrupt() -> None:
        with deciding:
            if not done.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(Endless))

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with deciding:
            done.set()


def _refuse_if(wrong: bool, reason: str) -> None:
    if wrong:
        raise jinja2.TemplateRuntimeError(reason)


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else int(value)


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: Any = None, sort_keys: bool = False
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _format(text: str, *args: Any, **named: Any) -> str:
    _refuse_if(bool(_WIDE.search(text)), "it asks for a text far too long")
    return str(text % (named or args))


def _raise_exception(text: str) -> None:
    raise jinja2.TemplateError(text)


def _strftime_now(form: str) -> str:
    return datetime.datetime.now().strftime(form[:100])
