"""Grammars (GBNF) and JSON schemas compiled by llama.cpp, and where in them and why they cannot be."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import llama_cpp.llama_cpp as native
from llama_cpp.llama_grammar import json_schema_to_gbnf

from desktop_llm.errors import Problem, PromptError, phrase

LONGEST = 256 * 1024
MOST_PARTS = 100_000
DEEPEST = 2_000
MOST_TIMES = 1_000
"""Far below what llama.cpp's parser, which calls itself, and the schema's converter can bear."""

_ASIDE = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)
_COUNTS = ("minItems", "maxItems", "minLength", "maxLength")
_GRAMMAR, _SCHEMA = "The grammar cannot be used: {reason}.", "The JSON schema cannot be used: {reason}."
_GRAMMAR_AT = "The grammar cannot be used: {reason} (line {line}, column {column})."
_SCHEMA_AT = "The JSON schema cannot be used: {reason} (line {line}, column {column})."
_SCHEMA_WRITTEN = "The JSON schema cannot be used: written as a grammar, {reason}."
_DEEP, _LONG = phrase("it is nested too deeply"), phrase("it is longer than {most} characters")
_OF_JSON = (
    phrase("Expecting value"),
    phrase("Expecting property name enclosed in double quotes"),
    phrase("Expecting ':' delimiter"),
    phrase("Expecting ',' delimiter"),
    phrase("Extra data"),
    phrase("Unterminated string starting at"),
    phrase("Invalid control character at"),
    phrase("Illegal trailing comma before end of object"),
)
"""What Python says of text that is no JSON."""
_MOST_SAID = 300
_one_at_a_time = threading.Lock()


def problem_of(vocab: Any, grammar: str, schema: str) -> Problem | None:
    """What is wrong with the one of both that is not empty; `vocab` may be missing while no model is loaded."""
    try:
        if grammar.strip():
            native.llama_sampler_free(compiled(vocab, grammar))
        if schema.strip():
            native.llama_sampler_free(compiled_schema(vocab, schema))
    except PromptError as error:
        known = vocab is not None or error.problem.values.get("reason") != "no vocab to parse token"
        return error.problem if known else None
    return None


def compiled_schema(vocab: Any, schema: str) -> Any:
    """A sampler that lets only JSON of that schema through. Raises PromptError."""
    _check_schema(schema)
    try:
        grammar = json_schema_to_gbnf(schema)
    except RecursionError as error:
        raise _unusable(_SCHEMA, _DEEP) from error
    except (ValueError, AssertionError) as error:
        raise _unusable(_SCHEMA, str(error) or phrase("it is not understood")) from error
    except Exception as error:  # the converter raises whatever its input makes it trip over
        raise _unusable(_SCHEMA, phrase("it is not understood ({error})"), error=str(error)) from error
    try:
        return compiled(vocab, grammar)
    except PromptError as error:
        raise PromptError(replace(error.problem, text=_SCHEMA_WRITTEN)) from error


def compiled(vocab: Any, grammar: str) -> Any:
    """A sampler that lets only what follows the grammar through. Raises PromptError."""
    _check_size(grammar)
    data = grammar.encode("utf-8", "replace")
    with _said() as said:
        sampler = native.llama_sampler_init_grammar(vocab, data, b"root")
    if sampler:
        return sampler
    raise _parse_problem(data, b"".join(said))


# ---- what llama.cpp says of them


@contextlib.contextmanager
def _said() -> Iterator[list[bytes]]:
    """What llama.cpp writes to stderr meanwhile, where its parser has its reasons; it is passed on."""
    said: list[bytes] = []
    with _one_at_a_time, contextlib.ExitStack() as opened:
        try:
            file = opened.enter_context(tempfile.TemporaryFile())
        except OSError:  # a full disk: it is only not known why
            yield said
            return
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(before, 2)
            os.close(before)
            said.append(_read(file))


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    text = file.read()
    with contextlib.suppress(OSError):
        os.write(2, text[-4096:])
    return text


def _parse_problem(grammar: bytes, said: bytes) -> PromptError:
    told = re.search(rb"error parsing grammar: (.*)\n\n", said, re.DOTALL)
    if not told:
        return _unusable(_GRAMMAR, _other_reason(_text(said)))
    # What is wrong "at" a place is told by all that follows there, and then the whole.
    reason = told[1].split(b"\n\n" + grammar)[0]
    what, at, rest = reason.partition(b" at ")
    if at and grammar.endswith(rest):
        return _unusable(_GRAMMAR_AT, _text(what), grammar[: len(grammar) - len(rest)])
    name = re.search(rb"Undefined rule identifier '([^']*)'", reason)
    used = name and re.search(rb"(?<![\w-])" + re.escape(name[1]) + rb"(?![\w-])", grammar)
    if name and used:
        return _unusable(_GRAMMAR_AT, phrase("there is no rule “{rule}”"), grammar[: used.start()], rule=_text(name[1]))
    return _unusable(_GRAMMAR, _text(what if at else reason))


def _other_reason(said: str) -> str:
    if "left recursion" in said:
        return phrase("a rule begins with itself (left recursion)")
    if "does not contain" in said:
        return phrase("it has no rule “root”, with which it begins")
    return phrase("it has no rules") if said else phrase("llama.cpp does not say why")


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _unusable(text: str, reason: str, before: bytes | str | None = None, **said: object) -> PromptError:
    """`before` is what stands before the place; `said` has the places of the reason."""
    values = {"reason": reason.strip().rstrip(".")[:_MOST_SAID]}
    values |= {name: str(value)[:_MOST_SAID] for name, value in said.items()}
    if before is not None:
        lines = (_text(before) if isinstance(before, bytes) else before).split("\n")
        values |= {"line": str(len(lines)), "column": str(len(lines[-1]) + 1)}
    return PromptError(Problem(text, "Correct it, or leave it out.", values, "chat-settings"))


# ---- what is refused before it is tried


def _check_size(grammar: str) -> None:
    if len(grammar) > LONGEST:
        raise _unusable(_GRAMMAR, _LONG, most=LONGEST)
    if "\0" in grammar:
        raise _unusable(_GRAMMAR_AT, phrase("a character that is no text"), grammar[: grammar.index("\0")])
    rest = _ASIDE.sub("", grammar)
    repeated = sum(int(number[:9]) for number in re.findall(r"\d+", " ".join(re.findall(r"\{[^}]*\}", rest))))
    if rest.count("::=") + sum(map(rest.count, "(*+?{")) + repeated > MOST_PARTS:
        raise _unusable(_GRAMMAR, phrase("it has more than {most} parts"), most=MOST_PARTS)
    depth = 0
    for character in re.findall(r"[()]", rest):
        depth += 1 if character == "(" else -1
        if depth > DEEPEST:
            raise _unusable(_GRAMMAR, _DEEP)


def _check_schema(schema: str) -> None:
    if len(schema) > LONGEST:
        raise _unusable(_SCHEMA, _LONG, most=LONGEST)
    try:
        found = json.loads(schema)
    except json.JSONDecodeError as error:
        raise _unusable(_SCHEMA_AT, error.msg, schema[: error.pos]) from error
    except (RecursionError, ValueError) as error:
        raise _unusable(_SCHEMA, _DEEP) from error
    if not isinstance(found, dict):
        raise _unusable(_SCHEMA, phrase("it is not an object in braces"))
    for part in _parts(found):
        if any(isinstance(part.get(name), int | float) and part[name] > MOST_TIMES for name in _COUNTS):
            raise _unusable(_SCHEMA, phrase("it asks for more than {most} repetitions"), most=MOST_TIMES)
        if isinstance(part.get("pattern"), str) and _repetitions(part["pattern"]) > MOST_TIMES:
            raise _unusable(_SCHEMA, phrase("a pattern asks for more than {most} repetitions"), most=MOST_TIMES)


def _parts(found: Any) -> Iterator[dict[str, Any]]:
    """All objects in it, without calling itself for each level."""
    left = [found]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
            left += part.values()
        elif isinstance(part, list):
            left += part


def _repetitions(pattern: str) -> int:
    """No less than how often one part of it is written out."""
    if len(pattern) > MOST_TIMES:
        return MOST_TIMES + 1
    numbers = re.findall(r"\d+", " ".join(re.findall(r"\{[^}]*\}", pattern)))
    return math.prod(max(int(number[:9]), 1) for number in numbers)
