"""A document in pieces: all of it, none over its limit, parted at the best border near, and counted in few calls."""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QTextBoundaryFinder

from desktop_llm.documents.borders import is_whole, sentence_ends
from desktop_llm.documents.document import BETWEEN, Document, Passage
from desktop_llm.documents.pieces import MOST_BYTES, MOST_TEXTS, Piece, cut
from desktop_llm.documents.reading import read_document
from desktop_llm.engine import llama
from desktop_llm.errors import Problem, UserError

DATA = Path(__file__).parents[3] / "shared" / "data" / "books"
NOVEL, JOURNEY = DATA / "war_of_the_worlds.en.md", DATA / "xiyouji_ch1-20.zh.utf8.txt"
FAMILY = "👨‍👩‍👧‍👦"
THAI = "ที่นี่ไม่มีช่องว่างระหว่างคำน้ำใจผู้ใหญ่เก็บผลไม้"


def document_of(*texts: str | Passage) -> Document:
    """With each text as a passage, laid out as readers do."""
    passages, at = [], 0
    for text in texts:
        passage = text if isinstance(text, Passage) else Passage(text)
        end = at + len(passage.text)
        made = Passage(passage.text, passage.heading, passage.page, at, end, level=passage.level)
        passages.append(made)
        at = end + len(BETWEEN)
    return Document(Path("made.txt"), "made", "text", tuple(passages))


def heading(text: str, level: int = 1) -> Passage:
    return Passage(text, heading=text, level=level)


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


class Counter:
    """What counts, noting how it is asked."""

    def __init__(self, count: Callable[[Sequence[str]], Sequence[int]]) -> None:
        self._count = count
        self.calls = 0
        self.characters = 0

    def __call__(self, texts: Sequence[str]) -> Sequence[int]:
        assert 0 < len(texts) <= MOST_TEXTS
        assert max(len(text.encode()) for text in texts) <= MOST_BYTES
        self.calls += 1
        self.characters += sum(map(len, texts))
        return self._count(texts)


@pytest.fixture(scope="module")
def tokens(starter: Path) -> Iterator[Callable[[Sequence[str]], list[int]]]:
    """The starter model's own count."""
    llama.begin()
    model = llama.Model(starter, llama.Loading(gpu_layers=0), lambda _fraction: True)
    yield lambda texts: [len(model.tokenize(text, special=False)) for text in texts]
    model.close()


@cache
def novel() -> Document:
    if not NOVEL.is_file():
        pytest.skip("the collection of books is not here")
    return read_document(NOVEL)


@cache
def journey() -> Document:
    if not JOURNEY.is_file():
        pytest.skip("the collection of books is not here")
    return read_document(JOURNEY)


def mixed() -> Document:
    parts = (
        "The council met. ",
        "会议在上午开始。",
        "الاجتماع بدأ؟ ",
        "सभा शुरू हुई। ",
        THAI,
        "회의가 시작되었다. ",
        "👩🏽‍🚀🇩🇪🇫🇷 ",
    )
    return document_of("".join(random.Random(3).choices(parts, k=4_000)))


def written_in_base64() -> Document:
    return document_of(base64.b64encode(random.Random(1).randbytes(90_000)).decode())


MADE: dict[str, Callable[[], Document]] = {
    "novel": novel,
    "西游记": journey,
    "novel without punctuation": lambda: document_of(re.sub(r"[^\w\s]", "", novel().text)),
    "西游记 without punctuation": lambda: document_of(re.sub(r"[^\w]", "", journey().text)),
    "one line": lambda: document_of(" ".join(novel().text.split())),
    "Thai": lambda: document_of(THAI * 1_000),
    "one letter": lambda: document_of("a" * 200_000),
    "emoji families": lambda: document_of(FAMILY * 3_000),
    "flags": lambda: document_of("🇩🇪🇫🇷🇯🇵" * 3_000),
    "base64": written_in_base64,
    "mixed": mixed,
    "dots": lambda: document_of("." * 100_000),
    "blanks": lambda: document_of("a" + " " * 50_000 + "\n" * 50_000 + "b"),
    "short lines": lambda: document_of(*("Yes." for _ in range(20_000))),
    "marks on one letter": lambda: document_of("e" + "\u0301" * 20_000),
    "one word": lambda: document_of("Word"),
    "nothing": document_of,
}
LONG_CHARACTERS = {"marks on one letter"}


def check(document: Document, pieces: list[Piece], limit: int, count: Callable[[Sequence[str]], Sequence[int]]) -> None:
    assert "".join(piece.text for piece in pieces) == document.text
    assert all(piece.text == document.text[piece.start : piece.end] != "" for piece in pieces)
    assert max(count([piece.text for piece in pieces]), default=0) <= limit


def character_borders(text: str) -> set[int]:
    """Where Qt says that characters as people see them begin and end; Qt counts in UTF-16."""
    units = [at for at, character in enumerate(text) for _ in range(1 + (character > "\uffff"))] + [len(text)]
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    borders = {0}
    while (at := finder.toNextBoundary()) >= 0:
        borders.add(units[at])
    return borders


# ---- everything, however it is written


@pytest.mark.parametrize("name", MADE)
def test_pieces_are_the_whole_text_and_none_is_over_the_models_limit(
    name: str, tokens: Callable[[Sequence[str]], list[int]]
) -> None:
    document, count = MADE[name](), Counter(tokens)
    pieces = cut(document, 1500, count)
    check(document, pieces, 1500, tokens)
    assert count.calls <= 8 + len(document.text) // 60_000
    assert count.characters <= 5 * len(document.text)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("limit", [64, 300])
def test_pieces_hold_with_small_limits_too_and_split_no_character(name: str, limit: int) -> None:
    document, count = MADE[name](), Counter(characters)
    pieces = cut(document, limit, count)
    check(document, pieces, limit, characters)
    assert count.calls <= 10 + len(document.text) // 20_000
    if name not in LONG_CHARACTERS:
        assert {piece.start for piece in pieces} <= character_borders(document.text)


@pytest.mark.parametrize("name", ["novel", "西游记", "mixed"])
@pytest.mark.parametrize("limit", [256, 4000])
def test_pieces_are_nearly_full(name: str, limit: int, tokens: Callable[[Sequence[str]], list[int]]) -> None:
    document = MADE[name]()
    pieces = cut(document, limit, tokens)
    check(document, pieces, limit, tokens)
    counts = tokens([piece.text for piece in pieces])
    assert sum(counts) / len(counts) > 0.7 * limit


def test_a_limit_of_a_whole_book_makes_one_piece_without_asking_for_a_long_text() -> None:
    document, count = novel(), Counter(characters)
    pieces = cut(document, 400_000, count)
    assert [piece.text for piece in pieces] == [document.text]
    assert count.calls <= 6


def test_what_has_more_tokens_as_a_whole_than_in_parts_is_split_again() -> None:
    def uneven(texts: Sequence[str]) -> list[int]:
        return [len(text) + len(text) // 50 * 10 for text in texts]

    document = document_of(*("One sentence of many here." for _ in range(500)))
    check(document, cut(document, 400, uneven), 400, uneven)


def test_counting_that_never_fits_ends_all_the_same() -> None:
    document = document_of("Too much. " * 30)
    pieces = cut(document, 16, lambda texts: [1_000 for _ in texts])
    assert "".join(piece.text for piece in pieces) == document.text


def test_a_family_too_large_for_the_limit_is_split_rather_than_too_long() -> None:
    document = document_of(FAMILY * 20)
    pieces = cut(document, 16, lambda texts: [len(text.encode()) for text in texts])
    assert max(len(piece.text.encode()) for piece in pieces) <= 16
    assert "".join(piece.text for piece in pieces) == document.text


def test_a_limit_that_holds_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 16"):
        cut(document_of("Text"), 15, characters)


def test_what_counting_says_is_wrong_is_passed_on() -> None:
    def ended(texts: Sequence[str]) -> list[int]:
        raise UserError(Problem("The engine stopped."))

    with pytest.raises(UserError, match="The engine stopped"):
        cut(document_of("Text"), 100, ended)


# ---- where it is parted


def starts(document: Document, limit: int) -> list[str]:
    return [piece.text for piece in cut(document, limit, words)]


def test_a_piece_ends_before_a_heading_once_it_is_more_than_60_percent_full() -> None:
    document = document_of(
        "a " * 30, heading("Early"), "b " * 40, heading("Late", 2), "c " * 20, heading("Next"), "d " * 60
    )
    pieces = starts(document, 100)
    assert [piece.split()[0] for piece in pieces] == ["a", "Late"]
    assert pieces[0].rstrip().endswith("b")


def test_a_heading_stays_with_what_stands_under_it() -> None:
    document = document_of("A few words here. " * 22, heading("Chapter"), heading("Section", 2), "More words. " * 45)
    first, second = starts(document, 100)[:2]
    assert first.rstrip().endswith("here.") and second.startswith("Chapter\n\nSection\n\nMore")


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Six words are in this paragraph.\n\n" * 60, "Six"),
        ("def f(a, b): return a\n" * 60, "def"),
        ("He came, and went. " * 60, "He"),
        ("When he came, he saw, ere he left " * 60, ["When", "he", "ere"]),
        ("word " * 300, "word"),
    ],
    ids=["paragraphs", "lines", "sentences", "clauses", "words"],
)
def test_what_is_long_is_parted_at_the_best_border_it_has(text: str, begins: str | list[str]) -> None:
    pieces = starts(document_of(text.strip()), 64)
    allowed = [begins] if isinstance(begins, str) else begins
    assert len(pieces) > 2 and {piece.split()[0] for piece in pieces} <= set(allowed)


def test_chinese_sentences_stay_whole_with_their_quotes() -> None:
    document = document_of("悟空笑道：“师父，莫怕！”行者去了。" * 100)
    pieces = [piece.text for piece in cut(document, 100, characters)]
    assert {piece[:2] for piece in pieces} <= {"悟空", "行者"} and len(pieces) > 15


def test_lines_ended_to_fit_a_width_are_no_borders_before_sentences() -> None:
    text = (
        "The night was cold, and long before the morning\nthe fire in the old stone hut had gone out. We slept\n"
        "badly, as one does in such places, and woke long\nbefore the day came.\n"
    ) * 20
    assert {piece.split()[0] for piece in starts(document_of(text.strip()), 100)} <= {"The", "We"}


def test_a_whole_paragraph_goes_to_the_next_piece_where_there_is_a_border_near() -> None:
    document = document_of(*("one two three. " * 5 for _ in range(40)))
    assert all(len(piece.split()) % 15 == 0 for piece in starts(document, 100))


# ---- where pieces are from


def test_pieces_tell_heading_and_pages() -> None:
    passages = [Passage(f"{n} " * 40, heading=f"Part {n // 3}", page=n) for n in range(1, 10)]
    pieces = cut(document_of(*passages), 130, words)
    assert [piece.pages for piece in pieces] == [(1, 3), (4, 6), (7, 9)]
    assert [piece.heading for piece in pieces] == ["Part 0", "Part 1", "Part 2"]


def test_pieces_of_one_passage_are_all_from_it() -> None:
    pieces = cut(document_of(Passage("word " * 500, heading="Only", page=7)), 100, words)
    assert len(pieces) > 4 and {(piece.heading, piece.pages) for piece in pieces} == {("Only", (7, 7))}


def test_without_pages_none_are_told() -> None:
    assert [piece.pages for piece in cut(document_of("Text"), 100, words)] == [(0, 0)]


def test_pieces_of_a_book_begin_under_their_chapters() -> None:
    document = novel()
    for piece in cut(document, 1500, words):
        passage = next(each for each in document.passages if piece.start < each.end)
        assert piece.heading == passage.heading


# ---- sentences and characters


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith met J. R. Tolkien, e.g. in Fig. 3, on p. 12 or so. ", "“Did he?” ", "Yes."],
        ['"Why?" he asked. ', "It costs 3.50 (or 4.) per piece… ", "So what?! ", "Nothing."],
        ["Am 3. Mai kam er, d. h. spät. ", "Das ist z.B. Nr. 5 bzw. mehr. ", "Ende."],
        ["他说：“走吧。”", "然后呢？！", "没有……", "好"],
        ["यह पहला है। ", "दूसरा वाक्य॥ ", "तीसरा"],
        ["ما هذا؟ ", "یہ کتاب ہے۔ ", "نعم"],
        ["Живут на ул. Мира, др. дом см. на стр. 5, по словам жителей. ", "Потом уехали."],
    ],
)
def test_sentences_end_where_people_end_them(sentences: list[str]) -> None:
    text = "".join(sentences)
    ends = [*sentence_ends(text), len(text)]
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences


def test_sentences_are_found_in_a_stretch_and_with_what_follows_it() -> None:
    text = "他说：“走吧。”然后走了。完"
    assert list(sentence_ends(text, 2, 7)) == []
    assert list(sentence_ends(text, 2, 8)) == [8]


@pytest.mark.parametrize(
    "text",
    [FAMILY * 3, "🇩🇪🇫🇷🇯🇵", "👍🏽👍", "e\u0301a\u0308\u0323", "น้ำใจที่นี่", "각\u1100\u1161\u11a8가\u11a8", "a\r\nb", "ﾊﾟﾋﾞ",
     "❤️‍🔥1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿x", "நிதி"],
)  # fmt: skip
def test_no_character_as_a_person_sees_it_is_split(text: str) -> None:
    assert {at for at in range(len(text) + 1) if is_whole(text, at)} == character_borders(text)


def test_indian_letters_written_together_stay_together() -> None:
    assert [at for at in range(1, 6) if is_whole("क्षमता", at)] == [3, 4]
