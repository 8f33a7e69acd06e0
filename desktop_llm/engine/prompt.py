"""From a Prompt to tokens: template pieces may be control tokens, people's text never is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from collections.abc import Sequence as Items
from dataclasses import replace

from desktop_llm.conversation import Message, Prompt, clean
from desktop_llm.engine.llama import Model
from desktop_llm.engine.sequence import Sequence
from desktop_llm.engine.template import CHATML, ChatTemplate, Piece
from desktop_llm.errors import Problem, PromptError

REMEMBERED = 256
SAMPLE_CHARACTERS = 65536
CERTAINLY_TOO_LONG = 32


class PromptReader:
    """Renders and tokenizes prompts for one model. Raises ModelError where its template does not work."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._template = ChatTemplate(
            model.template or CHATML, model.token_text(model.bos), model.token_text(model.eos)
        )
        self._answers: OrderedDict[str, list[int]] = OrderedDict()

    def tokens(self, prompt: Prompt, limit: int) -> list[int]:
        """The prompt's tokens, fewer than `limit`. Raises PromptError with both numbers where it is longer."""
        messages = [replace(message, text=clean(message.text)) for message in prompt.messages]
        if sum(len(message.text) for message in messages) > limit * CERTAINLY_TOO_LONG:
            raise _too_long(self._estimate(messages), limit, "about ")
        tokens = self._with_bos(self._tokenize(self._template.pieces(messages)))
        if not tokens:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        if len(tokens) >= limit:
            raise _too_long(len(tokens), limit)
        return tokens

    def remember(self, sequence: Sequence) -> None:
        """Keeps an answer's own tokens, for its text may be tokenized otherwise and the cache then not be found."""
        tokens = [token for token in sequence.generated if not self._model.ends(token)]
        if b"".join(map(self._model.piece, tokens)) == sequence.said.encode():
            self._answers[sequence.said] = tokens
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def _tokenize(self, pieces: Items[Piece]) -> list[int]:
        if self._model.spaces_pieces:
            whole = self._model.tokenize("".join(piece.text for piece in pieces), special=True)
            if self._controls(whole) == self._controls(self._one_by_one(p for p in pieces if not p.message)):
                return whole
        return self._one_by_one(pieces)

    def _one_by_one(self, pieces: Iterable[Piece]) -> list[int]:
        return [token for piece in pieces for token in self._piece_tokens(piece)]

    def _piece_tokens(self, piece: Piece) -> list[int]:
        remembered = self._answers.get(piece.text)
        if remembered and piece.message and piece.message.role == "assistant":
            return remembered
        return self._model.tokenize(piece.text, special=piece.message is None)

    def _controls(self, tokens: Items[int]) -> list[int]:
        return [token for token in tokens if self._model.is_control(token)]

    def _with_bos(self, tokens: list[int]) -> list[int]:
        if self._model.adds_bos and tokens[:1] != [self._model.bos]:
            return [self._model.bos, *tokens]
        return tokens

    def _estimate(self, messages: Items[Message]) -> int:
        """Tokens of a text far too long to tokenize whole, from a part of it."""
        part = max((message.text for message in messages), key=len)[:SAMPLE_CHARACTERS]
        characters = sum(len(message.text) for message in messages)
        return round(characters * len(self._model.tokenize(part, special=False)) / len(part))


def _too_long(tokens: int, limit: int, about: str = "") -> PromptError:
    values = {"tokens": f"{about}{tokens:,}", "limit": f"{limit:,}"}
    text = "This is {tokens} tokens long, but the context holds {limit} tokens, prompt and answer together."
    return PromptError(Problem(text, "Shorten it, start a new chat, or enlarge the context.", values, "new-chat"))
