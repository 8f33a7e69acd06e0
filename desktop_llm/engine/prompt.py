"""From a Prompt to tokens: template pieces may be control tokens, people's text never is."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace
from itertools import accumulate

from desktop_llm.conversation import BETWEEN_CHANNELS, THOUGHTS, Message, Prompt, clean, closing_alone
from desktop_llm.engine.llama import Model
from desktop_llm.engine.messages import SeenPiece
from desktop_llm.engine.sequence import Sequence
from desktop_llm.engine.template import ChatTemplate, Piece, opening
from desktop_llm.errors import Problem, PromptError

REMEMBERED = 256
SAMPLE_CHARACTERS = 65536
CERTAINLY_TOO_LONG = 32
JOINT = "\n\n"
SPACE = "▁".encode()


@dataclass(frozen=True)
class Read:
    """A prompt's `tokens`; `opens`: the mark of reasoning with which the template has the answer begin."""

    tokens: list[int]
    opens: str = ""


@dataclass(frozen=True)
class Seen:
    """What the model would see; `tokens` are missing where the text is so long that they are only estimated."""

    pieces: tuple[SeenPiece, ...]
    tokens: list[int]


@dataclass(frozen=True)
class _Run:
    """Pieces that are tokenized together, and their tokens."""

    pieces: Items[Piece]
    tokens: list[int]


class PromptReader:
    """Renders and tokenizes prompts for one model. Raises ModelError where its template does not work."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._template = ChatTemplate(
            model.template, model.token_text(model.bos), model.token_text(model.eos), _speaks_chatml(model)
        )
        self._answers: OrderedDict[str, list[int]] = OrderedDict()

    @property
    def template(self) -> ChatTemplate:
        return self._template

    def read(self, prompt: Prompt, limit: int) -> Read:
        """The prompt's tokens, fewer than `limit`. Raises PromptError with both numbers where it is longer."""
        messages = _cleaned(prompt)
        if _certainly_too_long(messages, limit):
            raise _too_long(self._estimate(messages), limit, "about ")
        pieces = self._pieces(prompt, messages)
        tokens = [token for run in self._runs(pieces) for token in run.tokens]
        if not tokens:
            raise PromptError(Problem("There is nothing to answer.", "Write a message first."))
        if len(tokens) >= limit:
            raise _too_long(len(tokens), limit)
        return Read(tokens, opening(pieces))

    def seen(self, prompt: Prompt, limit: int) -> Seen:
        """The same, to be looked at: a prompt may be too long for it, its messages' tokens are then estimated."""
        messages = _cleaned(prompt)
        if _certainly_too_long(messages, limit):
            share = self._estimate(messages) / max(1, sum(len(message.text) for message in messages))
            pieces = (SeenPiece(m.text, round(share * len(m.text)), n) for n, m in enumerate(messages))
            return Seen(tuple(pieces), [])
        runs = self._runs(self._pieces(prompt, messages))
        spans = _spans([piece for run in runs for piece in run.pieces], messages)
        seen = tuple(piece for run in runs for piece in self._seen(run, [s for _ in run.pieces for s in next(spans)]))
        return Seen(seen, [token for run in runs for token in run.tokens])

    def counts(self, texts: Items[str]) -> tuple[int, ...]:
        """How many tokens each has by itself, as people's text."""
        return tuple(len(self._model.tokenize(clean(text), special=False)) for text in texts)

    def remember(self, sequence: Sequence) -> None:
        """Keeps an answer's own tokens, for its text may be tokenized otherwise and the cache then not be found."""
        begun = clean(sequence.prompt.messages[-1].text) if sequence.prompt.continues else ""
        # The mark that the template opens is not among them: a prompt that goes on with the answer opens it again.
        begun, text = begun.removeprefix(sequence.opens), sequence.said.removeprefix(sequence.opens)
        tokens = [token for token in sequence.generated if not self._model.ends(token)]
        before = self._answers.get(begun) or self._last(sequence.tokens, begun)
        if before is not None and self._decoded(tokens) == text:
            self._answers[begun + text] = before + tokens
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def _last(self, tokens: list[int], text: str) -> list[int] | None:
        """Those at the end of `tokens` that are `text`, to which SentencePiece may have added a space."""
        start, missing = len(tokens), len(text.encode())
        while start and missing > 0:
            start -= 1
            missing -= len(self._model.piece(tokens[start]))
        return tokens[start:] if self._decoded(tokens[start:]) in (text, " " + text) else None

    def _decoded(self, tokens: Items[int]) -> str:
        return clean(b"".join(map(self._model.piece, tokens)).decode("utf-8", "replace"))

    # ---- tokenizing

    def _pieces(self, prompt: Prompt, messages: Items[Message]) -> list[Piece]:
        return self._template.pieces(messages, continues=prompt.continues, thinking=prompt.thinking)

    def _runs(self, pieces: Items[Piece]) -> list[_Run]:
        runs = [run for together in self._together(pieces) for run in self._tokenized(together)]
        return self._with_bos(runs)

    def _together(self, pieces: Items[Piece]) -> list[list[Piece]]:
        """SentencePiece looks across pieces, but not past an answer whose own tokens are known to end there."""
        if not self._model.spaces_pieces:
            return [[piece] for piece in pieces]
        runs: list[list[Piece]] = [[]]
        for n, piece in enumerate(pieces):
            if self._remembered(piece) and self._begins_anew(pieces[n + 1 :]):
                runs += [[piece], []]
            else:
                runs[-1].append(piece)
        return [run for run in runs if run]

    def _begins_anew(self, pieces: Items[Piece]) -> bool:
        """Before a control token, or where nothing follows, text ends for SentencePiece."""
        return not pieces or (not pieces[0].message and bool(self._controls(self._piece_tokens(pieces[0])[:1])))

    def _tokenized(self, pieces: list[Piece]) -> list[_Run]:
        apart = [_Run([piece], self._piece_tokens(piece)) for piece in pieces]
        if len(pieces) == 1:
            return apart
        whole = self._model.tokenize("".join(piece.text for piece in pieces), special=True)
        controls = [token for run in apart if not run.pieces[0].message for token in self._controls(run.tokens)]
        return [_Run(pieces, whole)] if self._controls(whole) == controls else apart

    def _piece_tokens(self, piece: Piece) -> list[int]:
        parts = self._parts(piece)
        return self._remembered(piece) or [token for part in parts for token in self._model.tokenize(*part)]

    def _parts(self, piece: Piece) -> list[tuple[str, bool]]:
        """Control tokens stand in the template's words, and where the marks of an answer's own thoughts are some."""
        answer = piece.message is not None and piece.message.role == "assistant"
        parts = _cut_at_marks(piece.text) if answer else []
        if any(mark and self._model.tokenize(text, True) != self._model.tokenize(text, False) for text, mark in parts):
            return parts
        return [(piece.text, piece.message is None)]

    def _remembered(self, piece: Piece) -> list[int] | None:
        answer = piece.message is not None and piece.message.role == "assistant"
        return self._answers.get(piece.text) if answer else None

    def _controls(self, tokens: Items[int]) -> list[int]:
        return [token for token in tokens if self._model.is_control(token)]

    def _with_bos(self, runs: list[_Run]) -> list[_Run]:
        """The token that begins every text is a piece of its own, whether the template wrote it or not."""
        if not self._model.adds_bos:
            return runs
        text = self._model.token_text(self._model.bos)
        begin = _Run([Piece(text)], [self._model.bos])
        if not runs or runs[0].tokens[:1] != begin.tokens:
            return [begin, *runs]
        first, *others = runs[0].pieces
        cut = [piece for piece in (replace(first, text=first.text.removeprefix(text)), *others) if piece.text]
        return [begin, *([_Run(cut, runs[0].tokens[1:])] if cut else ()), *runs[1:]]

    # ---- what is seen

    def _seen(self, run: _Run, spans: Items[tuple[str, int]]) -> Iterator[SeenPiece]:
        counts = self._counts(run.tokens, [text for text, _ in spans]) if len(spans) > 1 else [len(run.tokens)]
        for (text, message), count in zip(spans, counts, strict=True):
            yield SeenPiece(text, count, message)

    def _counts(self, tokens: Items[int], texts: Items[str]) -> list[int]:
        """How many of `tokens` begin in each of `texts`, by their bytes; an added space belongs to what follows it."""
        ends = list(accumulate(len(_marked(text.encode())) for text in texts))
        whole = _marked("".join(texts).encode())
        counts, at = [0] * len(texts), 0
        for token in tokens:
            data = _marked(self._model.piece(token, special=True))
            if not whole.startswith(data, at):
                data = b"" if data in SPACE else data.removeprefix(SPACE)
            if self._model.is_control(token):
                at = max(whole.find(data, at), at)
            counts[min(bisect_right(ends, at), len(texts) - 1)] += 1
            at += len(data)
        return counts

    def _estimate(self, messages: Items[Message]) -> int:
        """Tokens of a text far too long to tokenize whole, from a part of it."""
        part = max((message.text for message in messages), key=len)[:SAMPLE_CHARACTERS]
        characters = sum(len(message.text) for message in messages)
        return round(characters * len(self._model.tokenize(part, special=False)) / max(len(part), 1))


def _cut_at_marks(text: str) -> list[tuple[str, bool]]:
    """The parts of an answer, and whether they are marks of the thoughts that it begins with."""
    if closing := closing_alone(text):
        start, end = closing
        return [(text[:start], False), (text[start:end], True), (text[end:], False)]
    opens = next((mark for mark in THOUGHTS if text.lstrip().startswith(mark)), "")
    if not opens:
        return []
    before, _, rest = text.partition(opens)
    thoughts, closes, answer = rest.partition(THOUGHTS[opens])
    own = thoughts.removesuffix(BETWEEN_CHANNELS)
    return [(before, False), (opens, True), (own, False), (thoughts[len(own) :] + closes, True), (answer, False)]


def _speaks_chatml(model: Model) -> bool:
    return [model.is_control(token) for token in model.tokenize("<|im_start|>", special=True)] == [True]


def _marked(data: bytes) -> bytes:
    """With spaces as SentencePiece writes them: a vocabulary may have nothing but its three bytes."""
    return data.replace(b" ", SPACE)


def _cleaned(prompt: Prompt) -> list[Message]:
    return [replace(message, text=clean(message.text)) for message in prompt.messages]


def _certainly_too_long(messages: Items[Message], limit: int) -> bool:
    return sum(len(message.text) for message in messages) > limit * CERTAINLY_TOO_LONG


def _spans(pieces: Iterable[Piece], messages: Items[Message]) -> Iterator[list[tuple[str, int]]]:
    """Of each piece the texts it is made of, each with its message's place: a template's form may join messages."""
    following = 0
    for piece in pieces:
        found = next((n for n, message in enumerate(messages) if message is piece.message), -1)
        if found >= 0 or not piece.message:
            following = max(following, found + 1)
            yield [(piece.text, found)]
        else:
            joined = _joined(piece.text, messages, following)
            following = max(following, *(place + 1 for _, place in joined))
            yield joined


def _joined(text: str, messages: Items[Message], following: int) -> list[tuple[str, int]]:
    """What a form of the conversation made of several messages, or made up; what joins two belongs to the first."""
    spans = []
    for place in range(following, len(messages)):
        said = messages[place].text
        if said and text.startswith(said):
            said += JOINT if text.startswith(said + JOINT) else ""
            spans.append((said, place))
            text = text.removeprefix(said)
    return [*spans, (text, -1)] if text or not spans else spans


def _too_long(tokens: int, limit: int, about: str = "") -> PromptError:
    values = {"tokens": f"{about}{tokens:,}", "limit": f"{limit:,}"}
    text = "This is {tokens} tokens long, but the context holds {limit} tokens, prompt and answer together."
    return PromptError(Problem(text, "Shorten it, or make room for it.", values, "make-room"))
