"""A conversation rendered by the model's own chat template, with people's text kept apart from the template's."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from desktop_llm.conversation import THOUGHTS, Message, without_thoughts
from desktop_llm.engine.sandbox import SECONDS, Endless, Template
from desktop_llm.errors import ModelError, Problem

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{% for message in messages %}{{ {'user': 'User: ', 'assistant': 'Assistant: '}.get(message.role, '') }}"
    "{{ message.content }}\n\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
PLAIN_STOP = ("\nUser:",)
ROOM = 256 * 1024
ROOM_OF_A_MESSAGE = 64
GROWTH = 4
SECONDS_OF_A_MESSAGE = 0.01

_PROBE = (
    Message("system", "Be brief."),
    Message("user", "Hi"),
    Message("assistant", "Hello"),
    Message("user", "How are you?"),
)
_SWITCHES: dict[str, tuple[object, object]] = {
    "enable_thinking": (False, True),
    "thinking": (False, True),
    "reasoning": (False, True),
    "thinking_mode": ("disabled", "enabled"),
    "thinking_budget": (0, -1),
}
_NO_EFFORT = ("no_think", "none", "minimal")


@dataclass(frozen=True)
class Piece:
    """A run of the rendered prompt: the template's own words, or the text of one message."""

    text: str
    message: Message | None = None


def opening(pieces: Sequence[Piece]) -> str:
    """The mark with which the template opens reasoning before the answer, and the white space after it, or nothing."""
    begun = bool(pieces) and pieces[-1].message is not None and pieces[-1].message.role == "assistant"
    before = pieces[: len(pieces) - begun]
    end = before[-1].text if before and before[-1].message is None else ""
    mark = next((mark for mark in THOUGHTS if end.rstrip().endswith(mark)), "")
    return end[end.rindex(mark) :] if mark else ""


class ChatTemplate:
    """One model's chat template. What it cannot render, a common form does, and `fallback` says so.

    `fallback`: "ChatML" or "plain" where the template is missing, broken or holds no conversation, else empty; then
    `problem` says why, and `stop` are the strings at which an answer in that form ends. `can_think`: whether
    `thinking` makes a difference. `chatml`: whether the vocabulary has ChatML's markers as tokens.
    """

    def __init__(self, source: str, bos: str, eos: str, chatml: bool = True) -> None:
        self._words = {"bos_token": bos, "eos_token": eos}
        self._switches = {None: {}, False: _switched(source, False), True: _switched(source, True)}
        self._templates: list[Template] = []
        self.fallback, self.stop, self.problem = "", (), None
        try:
            self._templates.append(Template(source))
            self._whole(_PROBE)
        except Exception as error:  # whatever a template trips over
            if isinstance(error, Endless):
                self._templates.clear()
            self._fall_back(chatml, str(error) or type(error).__name__ if source else "")
        self.can_think = self._can_think()

    fallback: str
    stop: tuple[str, ...]
    problem: Problem | None

    def pieces(self, messages: Sequence[Message], continues: bool = False, thinking: bool | None = None) -> list[Piece]:
        """The rendered prompt in order; where it `continues`, it ends with the last message, an answer.

        Raises ModelError where no form of the conversation renders whole, which only odd conversations bring about.
        """
        answered = bool(messages) and messages[-1].role == "assistant"
        try:
            return self._whole(messages, continues and answered, thinking)
        except Exception as error:  # whatever a template trips over
            raise _refusal(error) from error

    def _fall_back(self, chatml: bool, reason: str) -> None:
        self.fallback, source = ("ChatML", CHATML) if chatml else ("plain", PLAIN)
        self.stop = () if chatml else PLAIN_STOP
        self.problem = _note(self.fallback, reason)
        self._templates.append(Template(source))

    def _can_think(self) -> bool:
        question = _PROBE[1:2]
        try:
            return self._whole(question, thinking=False) != self._whole(question, thinking=True)
        except Exception:  # whatever a template trips over
            return False

    def _whole(self, messages: Sequence[Message], continues: bool = False, thinking: bool | None = None) -> list[Piece]:
        last: Exception = ValueError("it leaves out a message")
        thought = continues and _thought(messages[-1])
        for template in self._templates:
            rendering = Rendering(template, self._words | self._switches[True if thought else thinking])
            for form in _forms(messages):
                try:
                    return rendering.continued(form) if continues else rendering.asked(form)
                except Exception as error:  # whatever a template trips over
                    last = error
                    if isinstance(error, Endless):
                        break
        raise last


class Rendering:
    """A template and its variables. Its methods raise whatever the template trips over."""

    def __init__(self, template: Template, variables: dict[str, Any]) -> None:
        self._template, self._variables = template, variables

    def asked(self, messages: Sequence[Message], prompt: bool = True) -> list[Piece]:
        """Raises ValueError, too, where a message is left out or the whole grows beyond its bounds."""
        nonce = "T" + secrets.token_hex(8)
        longest = ROOM + GROWTH * sum(len(message.text) + ROOM_OF_A_MESSAGE for message in messages)
        said = [{"role": message.role, "content": f"{nonce}N{n}E"} for n, message in enumerate(messages)]
        seconds = SECONDS + len(messages) * SECONDS_OF_A_MESSAGE
        text = self._template.render(longest, seconds, messages=said, add_generation_prompt=prompt, **self._variables)
        parts = re.split(f"{nonce}N(\\d+)E", text)
        if set(map(int, parts[1::2])) != set(range(len(messages))):
            raise ValueError("it leaves out a message")
        if sum(map(len, parts[::2])) + sum(len(messages[int(n)].text) for n in parts[1::2]) > longest:
            raise ValueError("it writes far more than was said")
        return _pieces(parts, messages)

    def continued(self, messages: Sequence[Message]) -> list[Piece]:
        """Ends with the last message, as the template writes an earlier answer; else with its text after the prompt.

        So also where it begins with thoughts, which templates take away or put empty ones before.
        """
        *before, answer = messages
        if not _thought(answer):
            with suppress(Exception):  # whatever a template trips over
                return _until(answer, self.asked(messages, prompt=False))
        return _joined(self.asked(before), answer)


def _pieces(parts: Sequence[str], messages: Sequence[Message]) -> list[Piece]:
    return [
        Piece(messages[int(part)].text, messages[int(part)]) if odd % 2 else Piece(part)
        for odd, part in enumerate(parts)
        if part
    ]


def _thought(answer: Message) -> bool:
    return without_thoughts(answer.text) != answer.text


def _until(answer: Message, pieces: list[Piece]) -> list[Piece]:
    """Raises ValueError where another message comes after the answer."""
    end = max(n for n, piece in enumerate(pieces) if piece.message is answer)
    if any(piece.message for piece in pieces[end + 1 :]):
        raise ValueError("it puts the last message before others")
    return pieces[: end + 1]


def _joined(prompt: list[Piece], answer: Message) -> list[Piece]:
    """Thoughts that the prompt opens already are not opened twice, and what is no thought does not become one."""
    opened = opening(prompt)
    if not opened or answer.text.startswith(opened):
        return [*prompt, Piece(answer.text.removeprefix(opened), answer)]
    if _thought(answer):
        return [*prompt, Piece(answer.text.lstrip().removeprefix(opened.strip()).lstrip("\n"), answer)]
    *before, last = prompt
    return [*before, replace(last, text=last.text.removesuffix(opened)), Piece(answer.text, answer)]


def _switched(source: str, on: bool) -> dict[str, object]:
    """What templates call thinking. Efforts have a word for none only in some, and an unknown word is refused."""
    none = next((word for word in _NO_EFFORT if re.search(f"['\"]{word}['\"]", source)), None)
    effort = {"reasoning_effort": "high" if on else none} if none else {}
    return {name: values[on] for name, values in _SWITCHES.items()} | effort


def _forms(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The conversation as it is, then in the plainer forms that strict templates ask for."""
    yield list(messages)
    merged = _merged(messages)
    yield merged
    folded = _merged(_folded(merged))
    yield folded
    yield [Message("user", "..."), *folded]


def _merged(messages: Iterable[Message]) -> list[Message]:
    together: list[Message] = []
    for message in messages:
        if together and together[-1].role == message.role:
            together[-1] = replace(message, text=together[-1].text + "\n\n" + message.text)
        else:
            together.append(message)
    return together


def _folded(messages: Sequence[Message]) -> list[Message]:
    return [replace(m, role="user") if m.role == "system" else m for m in messages]


def _note(fallback: str, reason: str) -> Problem:
    if not reason:
        return Problem(
            "This model file says nothing of how a chat is written ({form} is used): it may be a base model, "
            "and its answers may be odd.",
            "Choose a model made for chats, often called instruct or chat.",
            {"form": fallback},
            "choose-model",
        )
    return Problem(
        "This model's chat template does not work ({reason}), so {form} is used; its answers may be odd.",
        "Choose another file of the same model if they are.",
        {"reason": reason[:200], "form": fallback},
        "choose-model",
    )


def _refusal(error: Exception) -> ModelError:
    return ModelError(
        Problem(
            "This model's chat template does not work ({reason}).",
            "Choose another model, or another file of the same one.",
            {"reason": str(error)[:200] or type(error).__name__},
            "choose-model",
        )
    )
