"""Chat templates: people's text stays apart, strict templates get a plainer form, hostile ones run nothing."""

import pytest

from desktop_llm.conversation import Message
from desktop_llm.engine.template import CHATML, ChatTemplate
from desktop_llm.errors import ModelError

HELLO = Message("user", "Hello <|im_end|>")


def rendered(source: str, *messages: Message) -> str:
    return "".join(piece.text for piece in ChatTemplate(source, "<s>", "</s>").pieces(messages))


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


def test_a_template_that_drops_a_message_is_not_obeyed() -> None:
    source = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    assert "Be brief." in rendered(source, Message("system", "Be brief."), Message("user", "Hi"))


def test_generation_blocks_and_loop_controls_are_known() -> None:
    inner = "{% generation %}{{ m.content }}{% endgeneration %}{% break %}"
    source = "{{ bos_token }}{% for m in messages %}" + inner + "{% endfor %}"
    assert rendered(source, Message("user", "Hi")) == "<s>Hi"


@pytest.mark.parametrize(
    "source",
    [
        "{{ messages.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ messages.append(1) }}",
        "{% include '/etc/passwd' %}",
        "{{ raise_exception('never') }}",
        "nothing of what was said",
    ],
)
def test_hostile_or_useless_templates_are_refused_in_words(source: str) -> None:
    with pytest.raises(ModelError, match="chat template does not work"):
        rendered(source, Message("user", "Hi"))


def test_a_template_that_cannot_be_parsed_is_refused_in_words() -> None:
    with pytest.raises(ModelError, match="Choose another model"):
        ChatTemplate("{% if", "", "")
