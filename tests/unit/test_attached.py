"""What goes with a message: all words in parts of like size, the most telling of them found, and it is said which."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from written_documents import pdf_bytes

from desktop_llm.conversation import Attachment, Part
from desktop_llm.documents.attachment import LONGEST, attachment_of, attachment_of_text
from desktop_llm.documents.reading import read_document
from desktop_llm.errors import UserError
from desktop_llm.tasks.attached import attached_text, places_of, ranked, with_best

DATA = Path(__file__).parents[3] / "shared" / "data"
BOOKS = ["books/war_of_the_worlds.en.md", "books/xiyouji_ch1-20.zh.utf8.txt", "xquad/xquad.ar.5articles.json"]
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the collection of texts is not here")


def words(text: str) -> str:
    return "".join(text.split())


def made(*texts: str, name: str = "notes.txt", pages: int = 0) -> Attachment:
    parts = (Part(text, page=number if pages else 0) for number, text in enumerate(texts, 1))
    return Attachment(name, "text", tuple(parts), pages)


# ---- parts


@needs_data
@pytest.mark.parametrize("name", BOOKS)
def test_a_document_is_wholly_in_parts_of_like_size(name: str) -> None:
    document = read_document(DATA / name)
    attachment = attachment_of(document)
    sizes = [len(part.text.encode()) for part in attachment.parts]
    assert words(attachment.text) == words(document.text)
    assert max(sizes) <= LONGEST and sum(sizes) / len(sizes) > LONGEST / 2
    assert attachment.hash == document.hash and attachment.name == Path(name).name


@needs_data
def test_no_part_goes_over_a_heading() -> None:
    document = read_document(DATA / BOOKS[0])
    under = {heading: words("".join(p.text for p in document.passages if p.heading == heading)) for heading in
             {passage.heading for passage in document.passages}}  # fmt: skip
    parts = attachment_of(document).parts
    assert len({part.heading for part in parts}) > 15
    assert all(words(part.text) in under[part.heading] for part in parts)


def test_no_part_goes_over_a_page(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_bytes([[("First page.", 40, 500, 10)], [("Second page.", 40, 500, 10)]]))
    attachment = attachment_of(read_document(path))
    assert [(part.page, part.text) for part in attachment.parts] == [(1, "First page."), (2, "Second page.")]
    assert attachment.pages == 2


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("One sentence here. " * 200, "One sentence"),
        ("一句话在这里。" * 400, "一句话"),
        ("    indented line\n" * 300, "    indented"),
        ("word " * 1_000, "word"),
    ],
)
def test_what_is_long_is_parted_between_sentences_lines_or_words(text: str, begins: str) -> None:
    parts = attachment_of_text("Pasted text", text).parts
    assert len(parts) > 1 and all(part.text.startswith(begins) for part in parts)


def test_what_has_no_end_at_all_is_parted_all_the_same() -> None:
    assert words(attachment_of_text("Pasted text", "😀" * 5_000).text) == "😀" * 5_000


def test_pasted_text_is_cleaned_and_keeps_its_lines() -> None:
    attachment = attachment_of_text("Pasted text", "def a():\r\n\treturn\x00 1\ud800\n\n\n" + "x" * 130 + "\n  y")
    assert attachment.parts[0].text.startswith("def a():\n\treturn 1\ufffd\n\n") and "\n  y" in attachment.text


def test_pasted_blanks_are_no_attachment() -> None:
    with pytest.raises(UserError, match="holds no text"):
        attachment_of_text("Pasted text", " \n \x00")


# ---- what tells most


@needs_data
@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_real_questions_nine_in_ten_find_their_paragraph_first(language: str) -> None:
    articles = json.loads((DATA / f"xquad/xquad.{language}.16articles.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    document = made(*(paragraph["context"] for paragraph in paragraphs))
    asked = [(asking["question"], n) for n, each in enumerate(paragraphs) for asking in each["qas"]]
    right = sum(ranked([document], question)[0] == (0, place) for question, place in asked)
    assert right > 0.9 * len(asked) > 90


def test_words_count_whatever_their_case_and_rare_ones_more() -> None:
    document = made("the sea the sea", "the Mountain", "the the the")
    assert [part for _, part in ranked([document], "What of THE MOUNTAIN?")] == [1, 2, 0]


def test_of_several_documents_the_best_of_each_comes_first_and_then_the_best_of_all() -> None:
    documents = [made("apples", "pears", "apples pears"), made("plums", "apples, apples"), made("quinces")]
    ranking = ranked(documents, "apples")
    assert ranking[:2] == [(1, 1), (0, 0)] and ranking[2][0] == 2 and ranking[3] == (0, 2)


@pytest.mark.parametrize("question", ["", "???", "nothing of this kind", "毫无关系"])
def test_where_nothing_matches_the_beginnings_come_first(question: str) -> None:
    assert ranked([made("a", "b"), made("c")], question) == [(0, 0), (1, 0), (0, 1)]


def test_headings_are_searched_too() -> None:
    document = Attachment("a.md", "markdown", (Part("text", heading="Costs"), Part("text", heading="Winter")))
    assert ranked([document], "winter")[0] == (0, 1)


# ---- what is given


def test_the_best_are_given_in_the_order_of_the_document() -> None:
    ranking = [(0, 2), (1, 0), (0, 0), (0, 1)]
    first, second = with_best([made("a", "b", "c"), made("d")], ranking, 3)
    assert first.given == (0, 2) and second.given is None
    assert [each.given for each in with_best([first, second], ranking, 1)] == [(2,), ()]
    assert [each.given for each in with_best([first, second], ranking, 4)] == [None, None]


def test_pages_or_parts_say_what_is_given() -> None:
    pages = Attachment("a.pdf", "pdf", tuple(Part("text", page) for page in (1, 3, 3, 9)), pages=9, given=(1, 2, 3))
    assert places_of(pages) == (3, 9)
    assert places_of(replace(pages, pages=0)) == (2, 3, 4)
    assert places_of(replace(pages, given=None)) == (1, 3, 9)


def test_a_whole_document_is_given_between_its_name_and_its_end() -> None:
    text = attached_text(made("one", "two", name="my\nreport.pdf", pages=2))
    assert text == '[Attached document "my report.pdf"]\n\n[Page 1]\none\n\n[Page 2]\ntwo\n\n[End of "my report.pdf"]'


def test_passages_say_where_they_are_from_and_that_they_are_not_all() -> None:
    parts = (Part("a", heading="I"), Part("b", heading="I"), Part("c", heading="II"), Part("d", heading="II"))
    text = attached_text(Attachment("book.md", "markdown", parts, given=(0, 1, 3)))
    assert "4 parts. It is not given whole, only these passages" in text
    assert "[Part 1: I]\na\n\nb\n\n[Part 4: II]\nd" in text and "c" not in text.split("\n")


def test_a_document_without_room_is_named() -> None:
    text = attached_text(replace(made("secret", pages=7), given=()))
    assert "7 pages: none of its text is given" in text and "secret" not in text
