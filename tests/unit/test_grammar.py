"""Grammars and schemas compiled by the real child: what is wrong with them and where, whatever they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faults.scripted_engine import ENDLESS, SHORT, Heard, asked, ended, listening, misbehaving

from desktop_llm.engine import grammar as bounds
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Stepped
from desktop_llm.errors import EngineError, Problem
from desktop_llm.settings import Loading

MINUTE = 60.0


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    with listening(Engine(Loading(context=512)), heard) as engine:
        yield engine


@pytest.fixture(scope="module")
def lasting() -> Iterator[Engine]:
    """One child for many checks: none of them may end it."""
    engine = Engine(Loading(context=512))
    yield engine
    engine.close()


def problem(engine: Engine, grammar: str = "", schema: Any = "") -> Problem | None:
    written = schema if isinstance(schema, str) else json.dumps(schema)
    return engine.check_grammar(grammar, written).result(MINUTE).problem


GOOD = (
    'root ::= "yes" | "no"',
    "# first\nroot ::= [a-z]+ (\",\" word)*\nword ::= [^\\]\"]{1,5}\n",
    'root ::= "\\"" "\\x41" "你好"',
    'root ::= <[5]>',
)  # fmt: skip


@pytest.mark.parametrize("grammar", GOOD)
def test_a_grammar_that_compiles_is_no_problem_even_without_a_model(grammar: str, lasting: Engine) -> None:
    assert problem(lasting, grammar) is None


@pytest.mark.parametrize(
    ("grammar", "reason", "line", "column"),
    [
        ("root ::= (", "expecting ')'", "1", "11"),
        ('root ::= "a', "unexpected end", "", ""),
        ('root ::= ("a"', "expecting ')'", "1", "14"),
        ("root ::=\n  word\n", "there is no rule “word”", "2", "3"),
        ('root ::= "a"\n你好 ::= "b"', "expecting name", "2", "1"),
        ("root = 5", "expecting ::=", "1", "6"),
        ('root ::= "a"{3000}', "number of repetitions", "", ""),
        ('root ::= root "a"', "begins with itself", "", ""),
        ('start ::= "a"', "no rule “root”", "", ""),
        ('root ::= "a\\q"', "unknown escape", "1", "12"),
        ('root ::= "a\0"', "no text", "1", "12"),
        ("#", "no rules", "", ""),
    ],
)
def test_where_and_why_a_grammar_does_not_compile_is_told(
    grammar: str, reason: str, line: str, column: str, lasting: Engine
) -> None:
    found = problem(lasting, grammar)
    assert found
    assert reason in found.sentence()
    assert (found.values.get("line", ""), found.values.get("column", "")) == (line, column)
    assert (f"line {line}" in found.sentence()) == bool(line)


HOSTILE = (
    "root ::= " + "(" * 100_000 + '"a"' + ")" * 100_000,
    "root ::= r0\n" + "".join(f"r{n} ::= r{n + 1}\n" for n in range(100_000)) + 'r100000 ::= "a"',
    "root ::= " + '"a"{0,1900} ' * 5_000,
    "root ::= " + '"a"? ' * 200_000,
    "root ::= \ud800",
    "\x00" * 50,
)


@pytest.mark.parametrize("grammar", HOSTILE, ids=range(len(HOSTILE)))
def test_no_grammar_ends_the_engine_or_keeps_it_long(grammar: str, lasting: Engine) -> None:
    pid = lasting.pid
    assert problem(lasting, grammar)
    assert problem(lasting, GOOD[0]) is None
    assert lasting.pid == pid or pid is None


def test_what_is_just_within_the_bounds_compiles(lasting: Engine) -> None:
    deep = bounds.DEEPEST
    assert problem(lasting, "root ::= " + "(" * deep + '"a"' + ")" * deep) is None
    assert problem(lasting, "root ::= " + " ".join(['"a"?'] * 20_000)) is None


def test_a_schema_that_compiles_is_no_problem(lasting: Engine) -> None:
    ages = {"type": "array", "items": {"type": "integer"}}
    named = {"name": {"type": "string", "maxLength": 900}, "ages": ages}
    schema = {"type": "object", "properties": named, "required": ["name"]}
    for good in (schema, {}, {"enum": ["a", 1, None]}, {"type": "string", "pattern": "^a{2,5}[b-d]+$"}):
        assert problem(lasting, "", good) is None


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ('{"type": "object",\n "x"}', "delimiter (line 2, column 5)"),
        ("[]", "not an object"),
        ("5", "not an object"),
        ({"type": "colour"}, "Unrecognized schema"),
        ({"$ref": "https://example.com/x"}, "not allowed"),
        ({"$ref": "#/nowhere"}, "not in"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 10**9}, "repetitions"),
        ({"type": "string", "minLength": 10**12}, "repetitions"),
        ({"type": "string", "pattern": "^((a{900}){900}){900}$"}, "repetitions"),
        ({"type": "string", "pattern": "^[a$"}, "Unbalanced"),
        ({"type": "array", "items": {}}, "not understood"),
        ({"type": "string", "pattern": "(" * 900}, ""),
        ('{"a":' * 10_000, "nested"),
        ('{"items":' * 900 + '{"type": "integer"}' + "}" * 900, "written as a grammar, it is longer"),
        ("{" + " " * bounds.LONGEST + "}", "longer than"),
    ],
)
def test_why_a_schema_cannot_be_used_is_told(schema: Any, reason: str, lasting: Engine) -> None:
    begun = time.monotonic()
    found = problem(lasting, "", schema)
    assert found
    assert found.text.startswith("The JSON schema cannot be used")
    assert reason in found.sentence()
    assert time.monotonic() - begun < MINUTE


def test_an_answer_goes_on_while_a_grammar_is_checked(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped, count=3)
    assert problem(engine, GOOD[0]) is None
    assert problem(engine, GOOD[-1]) is None
    assert generation.state == "writing"
    generation.stop()
    assert ended(generation).reason == "stopped"


@pytest.mark.parametrize(("grammar", "texts"), [('root ::= "yes" | "no"', {"yes", "no"}), ('root ::= "é你"', {"é你"})])
def test_answers_follow_a_grammar(grammar: str, texts: set[str], engine: Engine, starter: Path) -> None:
    answer = ended(engine.generate(asked(starter, "Is water wet?", replace(SHORT, grammar=grammar))))
    assert answer.text in texts
    assert answer.reason == "end"


def test_answers_follow_a_schema_and_one_that_is_wrong_fails_by_its_reason(engine: Engine, starter: Path) -> None:
    schema = '{"type": "object", "properties": {"wet": {"type": "boolean"}}, "required": ["wet"]}'
    sampling = replace(SHORT, schema=schema, max_tokens=60, top_n_sigma=1.0, typical_p=0.9, temperature=0.8)
    answer = ended(engine.generate(asked(starter, "Is water wet?", sampling)))
    assert isinstance(json.loads(answer.text)["wet"], bool)
    for wrong in (replace(SHORT, schema="[]"), replace(SHORT, grammar="root ::= (")):
        failed = ended(engine.generate(asked(starter, "Is water wet?", wrong)))
        assert failed.problem
        assert "cannot be used" in failed.problem.sentence()


def test_who_waits_for_a_check_hears_of_the_childs_end(tmp_path: Path) -> None:
    command = misbehaving(tmp_path, "hear(CheckGrammar)\nos._exit(1)")
    engine = Engine(Loading(), command)
    with pytest.raises(EngineError):
        engine.check_grammar("root ::= .").result(MINUTE)
    assert engine.check_grammar("root ::= .").result(MINUTE).problem is None
    engine.close()
