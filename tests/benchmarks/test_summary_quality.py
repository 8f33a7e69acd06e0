"""How good summaries are, beside what other programs do: the first tokens that fit, in one prompt. Asserts no figures.

python -m pytest tests/benchmarks/test_summary_quality.py -s

The stories and their references (SQuALITY) are for tests only; nothing was tuned on them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pytest

from desktop_llm.documents.document import Document, Watch, laid_out
from desktop_llm.documents.plain import prose
from desktop_llm.engine.client import Engine
from desktop_llm.settings import Loading, Sampling
from desktop_llm.storage.notes import Notes
from desktop_llm.summarizer import Summarizer, SummaryWish
from desktop_llm.tasks.summary import Budget, SummaryForm, SummaryPrompts, summary_sampling
from desktop_llm.tasks.support import Evidence

STORIES = Path(__file__).parents[3] / "shared" / "data" / "squality"
FORM = SummaryForm("paragraph", "long")
CONTEXT, SECTIONS = 4096, 10
pytestmark = pytest.mark.skipif(not STORIES.exists(), reason="shared/data is not here")


@dataclass(frozen=True)
class Scores:
    """`covered`: share of the text's ten sections that a supported sentence comes from."""

    covered: float
    supported: float
    rouge_1: float
    rouge_l: float


def stories() -> Iterator[tuple[Document, list[str]]]:
    """Each with the summaries of its plot that people wrote."""
    for file in sorted(STORIES.glob("*.json*")):
        for line in file.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            path = Path(f"{told['metadata']['passage_id']}.txt")
            passages = laid_out(prose(told["document"]), Watch(path))
            document = Document(path, "The story", "text", passages, hash=path.name)
            yield document, [each["response_text"] for each in told["questions"][0]["responses"]]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def f1(shared: int, one: int, other: int) -> float:
    return 2 * shared / (one + other) if one + other else 0.0


def rouge_1(text: str, references: Sequence[str]) -> float:
    """ROUGE-1 F1 (Lin 2004), the best of the references."""
    said = Counter(words(text))
    counted = [Counter(words(each)) for each in references]
    return max(f1((said & each).total(), said.total(), each.total()) for each in counted)


def rouge_l(text: str, references: Sequence[str]) -> float:
    """ROUGE-L F1 over all words, the best of the references."""
    said = words(text)
    return max(f1(longest_common(said, words(each)), len(said), len(words(each))) for each in references)


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for place, compared in enumerate(other):
            row.append(before[place] + 1 if word == compared else max(before[place + 1], row[-1]))
    return row[-1]


def scores(text: str, document: Document, references: Sequence[str]) -> Scores:
    claims = Evidence((document,)).claims(text)
    places = [document.passages[number].start for claim in claims for _, number in claim.sources[:1]]
    sections = {place * SECTIONS // max(len(document.text), 1) for place in places}
    supported = sum(bool(claim.sources) for claim in claims) / max(len(claims), 1)
    return Scores(len(sections) / SECTIONS, supported, rouge_1(text, references), rouge_l(text, references))


def first_tokens(engine: Engine, model: Path, document: Document) -> str:
    """What other programs do with a text that is too long."""
    prompts = SummaryPrompts(model, summary_sampling(Sampling()), document.title, FORM, Budget(CONTEXT, 250, 1 << 20))
    length = len(document.text)
    while True:
        prompt = prompts.final([document.text[:length]], notes=False)
        if engine.inspect(prompt).tokens + prompt.sampling.max_tokens <= CONTEXT:
            break
        length = length * 9 // 10
    generation = engine.generate(prompt, keep=False)
    generation.wait()
    return generation.text


def test_beside_the_first_tokens_that_fit(starter: Path, tmp_path: Path) -> None:
    engine, notes = Engine(Loading(context=CONTEXT)), Notes(tmp_path / "notes.sqlite")
    found: dict[str, list[Scores]] = {"all of it": [], "the first tokens": []}
    for document, references in stories():
        summary = Summarizer(engine, notes, lambda _event: None).run(SummaryWish((document,), FORM, starter))
        assert summary is not None and summary.coverage == 1.0
        found["all of it"].append(scores(summary.text, document, references))
        found["the first tokens"].append(scores(first_tokens(engine, starter, document), document, references))
    engine.close()
    notes.close()
    print("\n                  sections  supported  ROUGE-1  ROUGE-L")
    for name, each in found.items():
        figures = (mean(values) for values in zip(*(vars(one).values() for one in each), strict=True))
        print(f"{name:16}  " + "  ".join(f"{figure:8.2f}" for figure in figures))
