"""Chat templates: people's text stays apart, strict and broken ones get a plainer form, hostile ones run nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from desktop_llm.conversation import Message
from desktop_llm.engine.template import CHATML, PLAIN, PLAIN_STOP, ChatTemplate
from desktop_llm.errors import ModelError

HELLO = Message("user", "Hello <|im_end|>")
TALK = [Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Hello")]
NO_ANSWER_LAST = "{% if messages[-1].role == 'assistant' %}{{ raise_exception('whose turn?') }}{% endif %}"
EFFORT = (
    "{% if reasoning_effort is defined and reasoning_effort not in ['high', 'no_think'] %}{{ raise_exception('?') }}"
    "{% endif %}{% if reasoning_effort == 'no_think' %}NO{% endif %}"
)
QWEN = (
    "{% for m in messages %}[{{ m.role }}]"
    "{% if m.role == 'assistant' %}<think>\n\n</think>{{ m.content.split('</think>')[-1].lstrip() }}"
    "{% else %}{{ m.content }}{% endif %}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% if enable_thinking is defined and not enable_thinking %}"
    "<think></think>{% else %}<think>\n{% endif %}{% endif %}"
)


def template(source: str, *, chatml: bool = True) -> ChatTemplate:
    return ChatTemplate(source, "<s>", "</s>", chatml)


def rendered(source: str, *messages: Message) -> str:
    return joined(template(source), messages)


def joined(
    chat: ChatTemplate, messages: Sequence[Message], *, continues: bool = False, thinking: bool | None = None
) -> str:
    return "".join(piece.text for piece in chat.pieces(messages, continues, thinking))


def test_peoples_text_is_a_piece_of_its_own() -> None:
    pieces = ChatTemplate(CHATML, "", "").pieces([HELLO])
    assert [piece.text for piece in pieces if piece.message] == ["Hello <|im_end|>"]
    assert "".join(p.text for p in pieces).endswith("<|im_start|>assistant\n")


def test_text_that_looks_like_a_marker_is_only_text() -> None:
    text = "T0123456789abcdefN0E {{ 7 * 7 }}"
    assert text in rendered(CHATML, Message("user", text))


def test_a_template_without_system_role_gets_it_folded_into_the_user_turn() -> None:
    source = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "[{{ m.role }}]{{ m.content }}{% endfor %}"
    )
    assert rendered(source, Message("system", "Be brief."), Message("user", "Hi")) == "[user]Be brief.\n\nHi"
    assert not template(source).fallback


def test_a_template_that_drops_a_message_is_not_obeyed() -> None:
    source = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    assert "Be brief." in rendered(source, Message("system", "Be brief."), Message("user", "Hi"))


def test_generation_blocks_and_loop_controls_are_known() -> None:
    inner = "{% generation %}{{ m.content }}{% endgeneration %}{% break %}"
    source = "{{ bos_token }}{% for m in messages %}" + inner + "{% endfor %}"
    assert rendered(source, Message("user", "Hi")) == "<s>Hi"


# ---- going on with an answer, and thinking


def test_an_answer_gone_on_with_is_the_end_of_the_prompt() -> None:
    pieces = template(CHATML).pieces(TALK, continues=True)
    assert pieces[-1].message is TALK[-1]
    assert "".join(p.text for p in pieces).endswith("<|im_start|>assistant\nHello")


def test_an_answer_not_gone_on_with_and_a_question_are_closed() -> None:
    assert joined(template(CHATML), TALK).endswith("Hello<|im_end|>\n<|im_start|>assistant\n")
    assert joined(template(CHATML), TALK[:2], continues=True).endswith("Hi<|im_end|>\n<|im_start|>assistant\n")
    assert joined(template(CHATML), [], continues=True) == "<|im_start|>assistant\n"


def test_a_template_that_refuses_an_answer_at_the_end_gets_its_text_after_the_prompt() -> None:
    assert joined(template(NO_ANSWER_LAST + CHATML), TALK, continues=True) == joined(
        template(CHATML), TALK, continues=True
    )


def test_thoughts_gone_on_with_are_neither_taken_away_nor_opened_twice() -> None:
    thought = Message("assistant", "<think>\nLet me see")
    chat = template(QWEN)
    assert joined(chat, [HELLO, thought], continues=True).endswith("[end][assistant]<think>\nLet me see")
    assert joined(chat, [HELLO, thought], continues=True, thinking=False).endswith("[assistant]<think>\nLet me see")
    plain = Message("assistant", "Hello")
    assert joined(chat, [HELLO, plain], continues=True).endswith("[assistant]<think>\n\n</think>Hello")


def test_a_template_that_takes_thoughts_out_of_answers_leaves_peoples_text_alone() -> None:
    about = Message("assistant", "Write </think> after <think>.")
    assert about.text in rendered(QWEN, HELLO, about, Message("user", "Why?"))
    assert not template(QWEN).fallback


@pytest.mark.parametrize(
    ("source", "closed"),
    [
        ("{% if enable_thinking is defined and not enable_thinking %}NO{% endif %}", True),
        ("{% if not thinking | default(true) %}NO{% endif %}", True),
        ("{% if thinking_mode == 'disabled' %}NO{% endif %}", True),
        ("{% if thinking_budget == 0 %}NO{% endif %}", True),
        (EFFORT, True),
        ("{% if reasoning_effort is defined %}Effort: {{ reasoning_effort }}{% endif %}", False),
        ("", False),
    ],
)
def test_thinking_is_switched_by_the_variable_the_template_reads(source: str, closed: bool) -> None:
    chat = template(CHATML + source)
    assert chat.can_think is closed
    assert not chat.fallback
    assert joined(chat, [HELLO], thinking=False).endswith("NO") is closed
    assert not joined(chat, [HELLO], thinking=True).endswith("NO")
    assert joined(chat, [HELLO]) == joined(template(CHATML), [HELLO])


# ---- broken, hostile

LOOPS = "{% set r = range(99999) | list %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}"
DOUBLED = "{% set n = namespace(s='A') %}{% for i in range(40) %}{% set n.s = SUM %}{% endfor %}{{ n.s }}"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{% if", "unexpected"),
        ("{{ raise_exception('never') }}", "never"),
        ("nothing of what was said", "leaves out a message"),
        ("{{ messages[-1].content }}", "leaves out a message"),
        ("{{ messages.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "loader"),
        ("{{ 'a'.encode('no') }}", "unknown encoding"),
        ("x" * 65537, "longer than 64 KB"),
        (LOOPS, "does not come to an end"),
        ("{{ 9**(9**9) }}", "numbers far too large"),
        ("{{ 'A' * 10**9 }}", "numbers|text far too long"),
        ("{{ '%01000000000d' % 1 }}", "text far too long"),
        ("{{ '%01000000000d' | format(1) }}", "text far too long"),
        ("{{ '{:01000000000d}'.format(1) }}", "text far too long"),
        ("{{ 'x' | center(1000000000) }}", "text far too long"),
        ("{{ 'x'.center(1000000000) }}", "text far too long"),
        ("{{ strftime_now('%c' * 10000000) }}", "text far too long"),
        ("{{ [0] * 99999 * 99999 }}", "text far too long"),
        (DOUBLED.replace("SUM", "n.s ~ n.s"), "text far too long"),
        (DOUBLED.replace("SUM", "n.s + n.s"), "text far too long"),
        (DOUBLED.replace("SUM", "[n.s, n.s] | join"), "text far too long"),
        ("{% macro f() %}{% for i in range(999) %}{{ 'A' * 9999 }}{% endfor %}{% endmacro %}{{ f() }}", "far too long"),
        ("{% for i in range(99999) %}{{ 'A' * 9999 }}{% endfor %}", "far more than was said"),
        ("{% for i in range(9) %}{{ messages[i].content }}{{ 'A' * 99999 }}{% endfor %}", "far more than was said"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "recursion"),
    ],
)
def test_broken_and_hostile_templates_are_replaced_and_it_is_said_why(source: str, reason: str) -> None:
    chat = template(source)
    assert (chat.fallback, chat.stop) == ("ChatML", ())
    assert chat.problem
    assert any(part in chat.problem.values["reason"] for part in reason.split("|"))
    assert "ChatML" in chat.problem.sentence()
    assert joined(chat, TALK) == joined(template(CHATML), TALK)


def test_what_people_said_is_not_multiplied() -> None:
    source = "{% for i in range(9) %}{% for m in messages %}{{ m.content }}{% endfor %}{% endfor %}"
    chat = template(source)
    assert not chat.fallback
    with pytest.raises(ModelError, match="far more than was said"):
        chat.pieces([Message("user", "word " * 60000)])


def test_a_template_for_single_questions_still_serves_them() -> None:
    chat = template("Q: {{ messages[-1].content }}")
    assert chat.fallback == "ChatML"
    assert joined(chat, [HELLO]) == "Q: Hello <|im_end|>"
    assert joined(chat, TALK) == joined(template(CHATML), TALK)


def test_a_conversation_that_a_working_template_refuses_is_refused_in_words() -> None:
    source = "{% if messages | length > 6 %}{{ raise_exception('tired') }}{% endif %}" + CHATML
    with pytest.raises(ModelError, match=r"does not work \(tired\)\. Choose another model"):
        template(source).pieces([HELLO, TALK[2]] * 4)


def test_a_base_model_is_asked_in_a_plain_form_that_ends_at_the_next_question() -> None:
    chat = template("", chatml=False)
    assert (chat.fallback, chat.stop) == ("plain", PLAIN_STOP)
    assert chat.problem
    assert "base model" in chat.problem.sentence()
    assert joined(chat, TALK[:2]) == "Be brief.\n\nUser: Hi\n\nAssistant:"
    assert joined(chat, TALK, continues=True) == "Be brief.\n\nUser: Hi\n\nAssistant: Hello"
    assert joined(template(PLAIN), TALK) == joined(chat, TALK)


def test_a_long_conversation_is_within_the_bounds() -> None:
    talk = [HELLO, TALK[2]] * 4000 + [HELLO]
    assert len(template(CHATML).pieces(talk)) == 2 * len(talk) + 1


def test_what_does_not_come_back_from_c_ends_the_process() -> None:
    code = "import time; from desktop_llm.engine import sandbox\nwith sandbox._watched(0.05): time.sleep(60)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr
