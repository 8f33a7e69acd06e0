"""What a summary rests on: sentences, the passages they come from, and what the text does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_llm.documents.document import Document, Passage
from desktop_llm.tasks.support import Evidence, sentences

STORY = (
    "The harbour", "Ada Lovelace sailed from Valparaíso on 3 March 1841 with 1,234 barrels of oil.",
    "Her cook, Mr. O'Brien, wrote: “The sea was as black as ink, and nobody slept.”", "Three men fell ill near Chiloé.",
    "They paid 12.50 pesos for lemons, which cured everybody within a week.",
    "The ship came home in autumn, and the company was sold to the Smith-Jones family.",
)  # fmt: skip
CHINESE = ("孙悟空在花果山出生。", "他拜菩提祖师为师，学会了七十二变。", "后来他大闹天宫，被压在五行山下五百年。")


def document(*said: str, level: int = 0) -> Document:
    passages = tuple(Passage(text, level=level if n == 0 else 0) for n, text in enumerate(said))
    return Document(Path("x"), "x", "text", passages)


def long_document() -> Document:
    """Each passage is a window of its own."""
    return document(*(f"{text} {'Nothing else happened on that day at all. ' * 12}" for text in STORY), level=1)


def said(summary: str) -> list[str]:
    return [summary[start:end] for start, end in sentences(summary)]


def doubts(summary: str, *source: str) -> list[tuple[str, str]]:
    claims = Evidence((document(*(source or STORY)),)).claims(summary)
    return [(doubt.check, summary[doubt.start : doubt.end]) for claim in claims for doubt in claim.doubts]


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith met J. R. Jones. They had, e.g. tea.", ["Dr. Smith met J. R. Jones.", "They had, e.g. tea."]),
        ("## Head\n- First point\n* Second. And more.\n2) Third", ["First point", "Second.", "And more.", "Third"]),
        ("Q: Who?\nA: Ada did.", ["Ada did."]),
        ("他来了。她说：“好！”然后走了。", ["他来了。", "她说：“好！”", "然后走了。"]),
        ("It cost 3.50 pesos. Yes", ["It cost 3.50 pesos.", "Yes"]),
        ("**Bold heading**\n\n- **Bold** start", ["Bold** start"]),
        ("", []), ("\n- \n---\n…", []), ("هذا نص. وهذا؟", ["هذا نص.", "وهذا؟"]),
    ],
)  # fmt: skip
def test_sentences_are_told_from_marks_headings_and_questions(summary: str, found: list[str]) -> None:
    assert said(summary) == found


def test_each_sentence_leads_to_its_passage() -> None:
    claims = Evidence((long_document(),)).claims(
        "Ada Lovelace sailed from Valparaíso in 1841. Lemons cured everybody. Bananas grow on Mars without water."
    )
    assert [claim.sources[0] if claim.sources else () for claim in claims] == [(0, 1), (0, 4), ()]


def test_the_right_document_of_several_is_named() -> None:
    other = document("Whales sing at night.", "Sharks never sleep in the cold water of the north.")
    (claim,) = Evidence((long_document(), other)).claims("Sharks never sleep.")
    assert claim.sources[0] == (1, 1)


def test_chinese_is_found_by_pairs_of_characters() -> None:
    evidence = Evidence((document(*(text + "此外没有别的事情发生。" * 60 for text in CHINESE)),))
    claims = evidence.claims("孙悟空学会了七十二变。他被压在五行山下。唐僧去美国旅行了三年。")
    assert [claim.sources[:1] for claim in claims] == [((0, 1),), ((0, 2),), ()]


@pytest.mark.parametrize("number", ["1,234", "1234", "1.234", "1 234", "3", "three", "12.5", "12,50", "1841"])
def test_a_number_of_the_text_is_known_in_any_writing(number: str) -> None:
    assert doubts(f"there were {number} of them, as told.") == []


@pytest.mark.parametrize("number", ["1,235", "4", "1842", "12.6", "99%"])
def test_a_number_that_is_not_in_the_text_is_doubted(number: str) -> None:
    assert doubts(f"there were {number} of them, as told.") == [("number", number.rstrip("%"))]


def test_numbers_of_a_list_are_none() -> None:
    assert doubts("1. Ada sailed.\n2. The ship came home.\n17. The sea was black.") == []


def test_a_name_that_is_not_in_the_text_is_doubted_once() -> None:
    assert doubts("It was Ada Lovelace who met Charles Babbage in Valparaíso.") == [("name", "Charles Babbage")]
    assert doubts("The company of Ada's cook O'Brien went to Smith and Jones.") == []
    assert doubts("Sailing was hard for Ada, and Lemons were sold by the company.") == []


def test_quotations_must_stand_in_the_text() -> None:
    assert doubts('O\'Brien wrote: "The sea was as black as ink".') == []
    assert doubts("O’Brien wrote: “The sea was as red as wine”.") == [("quote", "“The sea was as red as wine”")]
    assert doubts("他说：「五行山下五百年」，又说：「我要去东海龙宫」。", *CHINESE) == [("quote", "「我要去东海龙宫」")]


def test_in_another_language_names_are_not_compared() -> None:
    found = doubts("Ada Lovelace segelte im Jahr 1841 nach Hause, und der Koch schrieb ein Buch mit 7 Kapiteln.")
    assert found == [("number", "7")]


def test_quotations_for_merging_are_whole_sentences_of_the_text() -> None:
    quoted = Evidence((long_document(),)).quotations("Lemons cured everybody; three men fell ill.", 2)
    assert len(quoted) == 2 and all(len(each) <= 300 and each.endswith(".") for each in quoted)
    assert quoted[0].startswith("Three men") and quoted[1].startswith("They paid")


@pytest.mark.parametrize("summary", ["", "…", "\n\n", "(((", "1", "A" * 10_000, "\u202e。" * 50])
def test_nothing_strange_is_too_strange(summary: str) -> None:
    for claim in Evidence((document("a"),)).claims(summary):
        assert 0 <= claim.start < claim.end <= len(summary)
    assert Evidence((document(),)).claims("Ada sailed.") == Evidence(()).claims("Ada sailed.")
