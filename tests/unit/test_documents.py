"""Documents become text with positions: the words of each kind, whole and in order, under their headings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from written_documents import WORD, docx_parts, epub_parts, pdf_bytes, zipped

from desktop_llm.documents.attachment import attachment_of
from desktop_llm.documents.document import Document, Stopped
from desktop_llm.documents.reading import read_document, read_folder
from desktop_llm.errors import Problem

CHINESE = "話說天下大勢，分久必合，合久必分。"
ARABIC = "كان يا ما كان في قديم الزمان"


def read(folder: Path, name: str, data: str | bytes) -> Document:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return checked(read_document(path))


def checked(document: Document) -> Document:
    """Every passage is found in the text where it says."""
    assert [document.text[p.start : p.end] for p in document.passages] == [p.text for p in document.passages]
    assert document.text == "\n\n".join(p.text for p in document.passages)
    return document


def texts(document: Document) -> list[str]:
    return [passage.text for passage in document.passages]


def headings(document: Document) -> list[tuple[int, str]]:
    return [(passage.level, passage.heading) for passage in document.passages if passage.level]


# ---- text


def test_paragraphs_are_passages_and_the_file_is_known_by_its_hash(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", "One\nstill one.\r\n\r\n  \nTwo.\0\n")
    assert texts(found) == ["One\nstill one.", "Two."]
    assert (found.kind, found.title, found.encoding) == ("text", "a", "utf-8")
    assert found.hash == hashlib.sha256((tmp_path / "a.txt").read_bytes()).hexdigest()
    assert [passage.place for passage in found.passages] == ["1", "5"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", CHINESE), ("utf-16", ARABIC), ("utf-16-le", "plain words, no mark " * 3),
        ("utf-16-be", "und noch eine Zeile über Öl " * 3), ("utf-32", CHINESE),
        ("gb18030", "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。" * 3), ("big5", CHINESE * 5),
        ("shift_jis", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 3),
        ("euc_kr", "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다." * 3),
        ("cp1251", "Привет, мир! Это русский текст, какие бывают. " * 3),
        ("cp1256", (ARABIC + "، وكان هناك رجل طيب يعيش في قرية صغيرة. ") * 5),
        ("cp1252", "Ça n’a pas été très « français », dit-elle à l’élève. " * 5),
    ],
)  # fmt: skip
def test_text_is_read_in_the_encoding_it_was_written_in(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Größe café", "très", "niño", "¿Qué día?", "naïve “smart” quotes", "L’ÉTÉ à 20 °C", "Ærø på dansk",
        "GRÜSSE AUS KÖLN", "São João, não é?", "perché no", "25 £ – cheap…", "Ångström",
    ],
)  # fmt: skip
def test_a_few_western_words_are_read(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gb18030", "你好，世界。这是中文。"), ("big5", "你好，這是中文檔案。"), ("shift_jis", "こんにちは、世界。"),
        ("koi8-r", "Привет, мир! Это текст."), ("cp1251", "Привет, мир! Это текст."),
        ("cp1250", "Zażółć gęślą jaźń, proszę bardzo."),
        ("gb18030", "Hello 你好 world 这是中文"),
    ],
)  # fmt: skip
def test_a_few_words_of_other_scripts_are_not_taken_for_western_ones(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_a_damaged_character_costs_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", (CHINESE * 4).encode() + b"\xe4\xb8" + CHINESE.encode())
    assert found.text == CHINESE * 4 + "�" + CHINESE
    assert [note.sentence() for note in found.notes] == ["a.txt holds damaged characters, shown as “�”: 1."]


def test_lines_longer_than_any_page_are_paragraphs(tmp_path: Path) -> None:
    long = "A sentence that goes on and on. " * 10
    assert texts(read(tmp_path, "a.txt", f"{long}\n    {CHINESE}\n{long}")) == [long.strip(), CHINESE, long.strip()]


def test_chapters_of_plain_text_are_headings(tmp_path: Path) -> None:
    found = read(tmp_path, "a.txt", "PART ONE\n\nChapter 1\n\nIt began.\n\nChapter 2: The end\n\nPart of it is here.")
    assert headings(found) == [(1, "PART ONE"), (2, "PART ONE › Chapter 1"), (2, "PART ONE › Chapter 2: The end")]
    assert found.passages[-1].heading == "PART ONE › Chapter 2: The end"
    assert headings(read(tmp_path, "b.txt", f"第一回　灵根育孕\n{CHINESE}\n第二章\n{CHINESE}"))[1] == (2, "第二章")


def test_markdown_keeps_its_marks_and_tells_its_headings(tmp_path: Path) -> None:
    text = "# Top\nfirst\n\n```py\n# no heading\n\nx = 1\n```\n\nUnder\n-----\n\n- a\n- b\n\n### Deep #"
    found = read(tmp_path, "a.md", text)
    assert headings(found) == [(1, "Top"), (2, "Top › Under"), (3, "Top › Under › Deep")]
    assert "```py\n# no heading\n\nx = 1\n```" in texts(found)
    assert found.title == "Top"


def test_code_keeps_its_indentation_and_says_which_line(tmp_path: Path) -> None:
    body = "\n".join(f"    x{n} = {n}" for n in range(90))
    found = read(tmp_path, "a.py", f"import os\n\ndef f():\n{body}\n\n    return os\n")
    assert found.kind == "code" and [passage.place for passage in found.passages] == ["1", "3", "95"]
    assert found.passages[-1].text == "    return os"


def test_rows_of_a_table_stay_rows(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", 'name;says\nAnn;"one; two\nthree"\n' + "Bob;four\n" * 200)
    assert found.passages[0].text.startswith("name | says\nAnn | one; two three\nBob | four")
    assert found.passages[0].place.startswith("1–") and found.passages[-1].place.endswith("–202")
    assert found.text.count("Bob | four") == 200


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_cues_have_their_times_and_no_markup(tmp_path: Path, name: str) -> None:
    text = (
        "WEBVTT\n\nNOTE nobody sees this\n\n" if name == "a.vtt" else ""
    ) + "1\n00:00:01,000 --> 00:00:02,500\n<i>Hi</i> &amp;\n{\\an8}bye\n\n2\n00:01:00.000 --> 00:01:02.000\n3 < 4\n"
    found = read(tmp_path, name, text)
    assert [(passage.place, passage.text) for passage in found.passages] == [
        ("00:00:01.000 --> 00:00:02.500", "Hi &\nbye"), ("00:01:00.000 --> 00:01:02.000", "3 < 4"),
    ]  # fmt: skip


def test_json_on_one_line_is_laid_out(tmp_path: Path) -> None:
    assert '"city": "北京"' in read(tmp_path, "a.json", '{"city": "\\u5317\\u4eac", "n": [1, 2]}').text.split("\n")[1]


# ---- pages of the web, books, Word


PAGE = """<!DOCTYPE html><html lang="fr"><head><title>A
 page</title><style>p { color: red }</style></head><body><nav><a>Menu</a></nav>
<h1>Top</h1><p>One <b>bo</b>ld &eacute;<br>line</p><script>steal("<p>")</script><h2>Deep</h2>
<ul><li>first<li>second</ul><table><tr><th>a<th>b<tr><td>1<td>2</table><pre>x
  y</pre><p hidden>c</body></html>"""


def test_a_page_of_the_web_is_what_it_shows(tmp_path: Path) -> None:
    found = read(tmp_path, "page", PAGE)
    assert (found.kind, found.title, found.language) == ("html", "A page", "fr")
    assert texts(found) == ["Top", "One bold é\nline", "Deep", "- first", "- second", "a | b", "1 | 2", "x\n  y", "c"]
    assert found.passages[3].heading == "Top › Deep"


def test_a_page_is_read_in_the_encoding_it_names(tmp_path: Path) -> None:
    page = f'<html><meta charset="big5"><p>{CHINESE}</p></html>'
    assert read(tmp_path, "a.html", page.encode("big5")).text == CHINESE


STYLES = (
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Own"><w:basedOn w:val="berschrift1"/></w:style>'
)


def paragraph(text: str, style: str = "", extra: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def test_word_documents_bring_headings_lists_tables_and_footnotes(tmp_path: Path) -> None:
    cell = "<w:tc>{}</w:tc>"
    body = (
        paragraph("Top", "berschrift1") + paragraph("Also", "Own") + paragraph("Sub", extra='<w:outlineLvl w:val="1"/>')
        + paragraph("item", extra='<w:numPr><w:ilvl w:val="1"/></w:numPr>')
        + f"<w:tbl><w:tr>{cell.format(paragraph('a') + paragraph('b'))}{cell.format(paragraph('c'))}</w:tr></w:tbl>"
        + f'<w:p><w:tabs><w:tab w:pos="9"/></w:tabs><w:r><w:t>{CHINESE}</w:t><w:tab/><w:br/></w:r>'
        '<w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>'
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>so\u00adft</w:t></w:r></w:p>'
    )  # fmt: skip
    separator = f'<w:footnote w:type="separator" w:id="-1">{paragraph("no")}</w:footnote>'
    notes = f'<w:footnotes {WORD}>{separator}<w:footnote w:id="2">{paragraph("Below.")}</w:footnote></w:footnotes>'
    found = checked(read_document(zipped(tmp_path / "a.docx", docx_parts(body, STYLES, footnotes=notes))))
    assert headings(found) == [(1, "Top"), (1, "Also"), (2, "Also › Sub")]
    assert texts(found)[3:] == ["  - item", "a b | c", f"{CHINESE}\t\n[2]soft", "[2] Below."]


def test_a_word_document_is_known_by_its_content(tmp_path: Path) -> None:
    found = read_document(zipped(tmp_path / "a.txt", docx_parts(paragraph(ARABIC))))
    assert (found.kind, found.text) == ("docx", ARABIC)


def test_a_book_is_read_in_its_order(tmp_path: Path) -> None:
    kind = '<!DOCTYPE html PUBLIC "x" "http://localhost/x.dtd">'
    entities = f"{kind}<html><body><h1>Zwei</h1><p>a&nbsp;b</p></body></html>"
    chapters = {"b": "<html><body><h1>Eins</h1><p>first</p></body></html>", "lost": "", "a": entities}
    found = checked(read_document(zipped(tmp_path / "a.epub", epub_parts(chapters))))
    assert (found.kind, found.title, found.language) == ("epub", "A book", "en")
    assert texts(found) == ["Eins", "first", "Zwei", "a b"]
    assert [note.sentence() for note in found.notes] == [
        "A part of a.epub is missing: OEBPS/lost.xhtml. Get the book again if it is to be read whole.",
    ]


# ---- PDF


def lines(*rows: str, top: float = 550, left: float = 40, size: float = 10) -> list[tuple[str, float, float, float]]:
    return [(row, left, top - 12 * number, size) for number, row in enumerate(rows)]


def test_lines_of_a_page_become_paragraphs(tmp_path: Path) -> None:
    page = [
        *lines(
            "Wherever a line ends, the para-",
            "graph goes on in the well-",
            "known way of all of them—",
            "one well-known thing.",
        ),
        *lines("Another one begins after a gap, and it", "ends on the page that follows, where", top=480),
    ]
    found = read(tmp_path, "a.pdf", pdf_bytes([page, lines("it is continued.")]))
    first = "Wherever a line ends, the paragraph goes on in the well-known way of all of them—one well-known thing."
    second = "Another one begins after a gap, and it ends on the page that follows, where it is continued."
    assert (texts(found), found.pages, [passage.page for passage in found.passages]) == ([first, second], 2, [1, 1])


def test_what_every_page_repeats_is_left_out_and_pages_are_told(tmp_path: Path) -> None:
    pages = [
        lines("The Title", top=580) + lines(f"Page text {letter}, its only sentence.") + lines(f"– {n} –", top=20)
        for n, letter in enumerate("abcdefgh")
    ]
    found = read(tmp_path, "a.pdf", pdf_bytes(pages))
    assert texts(found) == [f"Page text {letter}, its only sentence." for letter in "abcdefgh"]
    assert [passage.page for passage in found.passages] == list(range(1, 9))


def test_pages_that_differ_in_numbers_alone_are_kept(tmp_path: Path) -> None:
    pages = [lines(f"Ticket {number} admits {number + 2}.") for number in range(9)]
    assert texts(read(tmp_path, "a.pdf", pdf_bytes(pages)))[7:] == ["Ticket 7 admits 9.", "Ticket 8 admits 10."]


def test_a_line_printed_on_both_sides_of_a_page_break_is_read_once(tmp_path: Path) -> None:
    half = "a line that was cut at the end of the page"
    found = read(
        tmp_path, "a.pdf", pdf_bytes([lines("Here stands, and goes on to say,", half), lines(half, "and ends.")])
    )
    assert texts(found) == [f"Here stands, and goes on to say, {half} and ends."]


def test_lines_from_right_to_left_become_paragraphs(tmp_path: Path) -> None:
    more = "رجل طيب يعيش في قرية صغيرة"
    found = read(tmp_path, "a.pdf", pdf_bytes([lines(ARABIC[::-1]) + lines(more[::-1], top=538, left=50)]))
    assert found.text == f"{ARABIC} {more}"


def test_the_outline_gives_the_headings(tmp_path: Path) -> None:
    first = lines("Some words before.") + lines("First part", top=500) + lines("Words of it.", top=450)
    found = read(tmp_path, "a.pdf", pdf_bytes([first, lines("More words.")], [("First part", 0), ("Not printed", 1)]))
    assert [(passage.heading, passage.level) for passage in found.passages] == [
        ("", 0), ("First part", 1), ("First part", 0), ("Not printed", 0),
    ]  # fmt: skip


def test_without_an_outline_large_lines_are_headings(tmp_path: Path) -> None:
    page = lines("Great Title", size=24) + lines("A chapter", top=500, size=16)
    page += lines("Its words, which are many more.", top=460)
    assert headings(read(tmp_path, "a.pdf", pdf_bytes([page]))) == [(1, "Great Title"), (2, "Great Title › A chapter")]


def test_chinese_lines_are_joined_without_spaces_and_radicals_become_characters(tmp_path: Path) -> None:
    found = read(tmp_path, "a.pdf", pdf_bytes([lines("⼀⼈⾏⻢⾛过⼤⼭，看⻅", "那⼀座⽯桥就在眼前。")]))
    assert found.text == "一人行马走过大山，看见那一座石桥就在眼前。"


def test_pages_that_are_pictures_are_named(tmp_path: Path) -> None:
    words = lines("Here are words enough to be a page.")
    found = read(tmp_path, "a.pdf", pdf_bytes([words, [], [], words, []], pictures=(1, 2, 4)))
    note = found.notes[0].sentence()
    assert note.startswith("Pages of a.pdf that are pictures without text were not read: 2–3, 5. Run text recognition")


# ---- folders, stopping


def test_a_folder_is_read_in_order_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    made = {"b/2.md": "# Two", "1.txt": "one", "c.png": "\x89PNG\0\0", ".git/x.txt": "no", ".hidden": "no"}
    for name, data in made.items():
        (tmp_path / name).write_text(data, encoding="latin-1")
    (tmp_path / "link.txt").symlink_to(tmp_path / "1.txt")
    found = list(read_folder(tmp_path))
    assert [item.text for item in found if isinstance(item, Document)] == ["one", "# Two"]
    assert [item.values for item in found if isinstance(item, Problem)] == [{"name": "c.png"}]


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.docx", "a.pdf"])
def test_reading_stops_when_it_is_no_longer_wanted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pdf_bytes([lines("words")]) if name == "a.pdf" else b"<p>words")
    if name == "a.docx":
        zipped(path, docx_parts(paragraph("words")))
    with pytest.raises(Stopped):
        read_document(path, lambda: True)


def test_what_hides_in_a_name_is_not_left_out_of_it(tmp_path: Path) -> None:
    assert attachment_of(read(tmp_path, "abc\u202etxt.txt", "Words")).name == "abc\u202etxt.txt"
