"""Conversations as files: the branch shown, nothing of the reader's own swallowed, names every system takes."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from desktop_llm.conversation import Attachment, Conversation, Message, Part, Receipt
from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import Sampling
from desktop_llm.storage import exporting
from desktop_llm.storage.exporting import Form, export, file_name
from desktop_llm.storage.page import PageWords

READABLE: tuple[Form, ...] = ("md", "html", "docx", "txt")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RECEIPT = Receipt("Tiny 1B", "/m/tiny.gguf", "ab" * 32, Sampling(), 7, 4096, "CPU", 2, "0.3.36")
ANSWER = """<think>Which one?</think>
## Way

1. first
2. second
   - inner **bold** `code`

> quoted

| a | b |
|---|---|
| 1 | |

```python
if 1 < 2:
\tprint("&")
```
[site](https://example.org) ![picture](https://example.org/p.png)
"""
MESSAGES = [
    Message("user", "What is *this*?\n<b>raw</b>", 1),
    Message("assistant", "another answer", 2, 1),
    Message("assistant", ANSWER, 3, 1, receipt=RECEIPT),
    Message("user", "مرحبا", 4, 3),
    Message("assistant", "```\nunfinished", 5, 4, "stopped", "stopped"),
    Message("user", "said elsewhere", 6, 2),
]
SHOWN = Conversation(1, "A *title*", 5.0, leaf=5, system="Be short.")


def text_of(path: Path) -> str:
    """What a reader of the file sees or, of Markdown, writes."""
    if path.suffix != ".docx":
        return path.read_text(encoding="utf-8")
    return "\n".join("".join(part.text or "" for part in paragraph.iter(f"{W}t")) for paragraph in paragraphs(path))


def paragraphs(path: Path) -> list[ElementTree.Element]:
    with zipfile.ZipFile(path) as package:
        return list(ElementTree.fromstring(package.read("word/document.xml")).iter(f"{W}p"))


def exported(form: Form, folder: Path, *, thoughts: bool = False) -> Path:
    (written,) = export([(SHOWN, MESSAGES)], form, folder / f"out.{form}", thoughts=thoughts)
    assert [path.name for path in folder.iterdir()] == [f"out.{form}"]
    return written


@pytest.mark.parametrize("form", READABLE)
def test_only_the_branch_shown_is_written_in_its_order(form: Form, tmp_path: Path) -> None:
    text = text_of(exported(form, tmp_path))
    parts = ("title", "Be short.", "What is", "Tiny 1B", "quoted", "مرحبا", "unfinished")
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "(stopped)" in text and "another answer" not in text and "said elsewhere" not in text


GERMAN = PageWords(
    "Anweisungen", "Sie", "Antwort", "Schlagworte: {tags}", "Anlage: {name}", "Anlage: {name}, 1 Seite",
    "Anlage: {name}, {pages} Seiten", "Zusammenfassung", "(voll)", "(zu lang)", "(angehalten)",
)  # fmt: skip


@pytest.mark.parametrize("form", READABLE)
def test_attachments_tags_and_the_summary_stand_where_they_belong_in_the_readers_language(
    form: Form, tmp_path: Path
) -> None:
    files = [Attachment(f"{pages} <b>.pdf", "pdf", (Part("never shown"),), pages) for pages in (0, 1, 12)]
    said = [replace(MESSAGES[0], attachments=tuple(files)), *MESSAGES[1:]]
    told = replace(SHOWN, tags=("first", "se_cond"), left_out=(1, 2, 3), summary="- short")
    (path,) = export([(told, said)], form, tmp_path / f"t.{form}", GERMAN)
    text = html.unescape(text_of(path)).replace("\\", "")
    parts = (
        "A *title*", "Schlagworte: first, se_cond", "Anweisungen", "Be short.", "Sie", "What is", "Anlage: 0 <b>.pdf",
        "Anlage: 1 <b>.pdf, 1 Seite", "Anlage: 12 <b>.pdf, 12 Seiten", "Antwort (Tiny 1B)", "picture",
        "Zusammenfassung", "short", "مرحبا", "Antwort", "(angehalten)",
    )  # fmt: skip
    places = [0]
    for part in parts:
        places.append(text.index(part, places[-1]))
    assert "never shown" not in text and "You" not in text and "<b>" not in path.read_text("utf-8", "ignore").replace(
        "<b>raw</b>" if form in ("md", "txt") else "", "").replace("<b>.pdf" if form == "txt" else "", "")  # fmt: skip


def test_a_summary_of_another_branch_is_not_shown(tmp_path: Path) -> None:
    told = replace(SHOWN, left_out=(2, 6), summary="of the other")
    (path,) = export([(told, MESSAGES)], "txt", tmp_path / "t.txt")
    assert "of the other" not in path.read_text("utf-8")


@pytest.mark.parametrize("form", READABLE)
def test_reasoning_is_left_out_unless_it_is_asked_for(form: Form, tmp_path: Path) -> None:
    assert "Which one?" not in text_of(exported(form, tmp_path))
    (tmp_path / f"out.{form}").unlink()
    told = text_of(exported(form, tmp_path, thoughts=True))
    assert "Which one?" in told and "<think>" not in told


@pytest.mark.parametrize("text", ["<think>never ended", "opened before</think>", "\n<think>\na\n</think>\n"])
def test_reasoning_is_found_however_it_is_marked(text: str, tmp_path: Path) -> None:
    said = [Message("user", "q <think>mine</think>", 1), Message("assistant", text, 2, 1)]
    for thoughts in (False, True):
        (path,) = export([(Conversation(1, "t", 0.0), said)], "txt", tmp_path / "t.txt", thoughts=thoughts)
        answer = path.read_text(encoding="utf-8").partition("Assistant:")[2]
        assert bool(answer.strip()) == thoughts and "think>" not in answer
    assert "q <think>mine</think>" in path.read_text(encoding="utf-8")


def test_an_unfinished_block_of_code_swallows_nothing_after_it(tmp_path: Path) -> None:
    said = [Message("assistant", "````\n```\ncut", 1), Message("user", "next", 2, 1)]
    (path,) = export([(Conversation(1, "t", 0.0), said)], "md", tmp_path / "t.md")
    assert "cut\n````\n\n## You" in path.read_text(encoding="utf-8")


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name in ("src", "href", "onerror", "onclick")}


def test_a_page_runs_and_fetches_nothing_whatever_was_said(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=y> ![i](https://a.example/i.png) [l](javascript:alert(1))"
    said = [Message("user", evil, 1), Message("assistant", evil + "\n\n[ok](https://b.example)", 2, 1)]
    (path,) = export([(Conversation(1, f"</title>{evil}", 0.0), said)], "html", tmp_path / "t.html", thoughts=True)
    tags = Tags(path.read_text(encoding="utf-8"))
    assert tags.names.isdisjoint({"script", "img", "link", "iframe"}) and "a" in tags.names
    assert {address for address in tags.addresses if "b.example" not in address} <= {"https://a.example/i.png"}
    assert "prefers-color-scheme: dark" in path.read_text(encoding="utf-8")


def test_a_word_document_has_headings_lists_tables_and_code(tmp_path: Path) -> None:
    path = exported("docx", tmp_path)
    styled = {}
    for paragraph in paragraphs(path):
        style, number = (paragraph.find(f"{W}pPr/{W}{name}") for name in ("pStyle", "numPr/" + W + "numId"))
        text = "".join(part.text or "" for part in paragraph.iter(f"{W}t"))
        mark = style if style is not None else number
        styled[text] = mark.get(f"{W}val") if mark is not None else ""
    assert styled["A *title*"] == "Title" and styled["You"] == "Heading1" and styled["Way"] == "Heading3"
    assert styled["first"] == styled["second"] == "2" and styled["inner bold code"] == "1"
    assert styled['if 1 < 2:print("&")'] == "Code" and styled["quoted"] == "Quote"
    with zipfile.ZipFile(path) as package:
        document = package.read("word/document.xml").decode()
    assert document.count("<w:tc>") == 4 and "<w:bidi/>" in document and "<w:tab/>" in document


def test_a_word_document_holds_no_character_xml_forbids(tmp_path: Path) -> None:
    said = [Message("assistant", "a\x0b\ud800\uffffb `c\x1b`", 1)]
    (path,) = export([(Conversation(1, "\x01t", 0.0), said)], "docx", tmp_path / "t.docx")
    assert "ab c" in text_of(path)


def test_several_become_a_folder_of_files_with_names_of_their_own(tmp_path: Path) -> None:
    titles = ["Plan", "plan", "CON", "a/b:c?", "..", "", "\u202etxt.exe", "汉" * 100]
    said = [(Conversation(number, title, 0.0), MESSAGES) for number, title in enumerate(titles)]
    files = export(said, "txt", tmp_path / "new" / "folder")
    assert len(files) == len(titles) == len(list((tmp_path / "new" / "folder").iterdir()))
    assert all(not re.search(r'[<>:"/\\|?*\x00-\x1f\u202e]', path.name) for path in files)
    assert all(len(path.name.encode()) < 255 for path in files)
    assert file_name("con.txt").startswith("_") and file_name(" .. ") == "conversation"


def test_what_lies_in_the_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "A title.md").write_text("mine", encoding="utf-8")
    conversation = Conversation(1, "A title", 0.0)
    assert [path.name for path in export([(conversation, MESSAGES)], "md", tmp_path)] == ["A title (2).md"]
    assert (tmp_path / "A title.md").read_text(encoding="utf-8") == "mine"


def test_a_write_that_fails_leaves_the_file_there_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "t.md"
    target.write_text("before", encoding="utf-8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        export([(SHOWN, MESSAGES)], "md", target)
    assert target.read_text(encoding="utf-8") == "before" and list(tmp_path.iterdir()) == [target]


def test_a_failed_answer_says_why(tmp_path: Path) -> None:
    problem = Problem("It {what}.", "", {"what": "broke"})
    failed = Message("assistant", "", 1, state="failed", reason="failed", problem=problem)
    (path,) = export([(Conversation(1, "t", 0.0), [failed])], "txt", tmp_path / "t.txt")
    assert "(It broke.)" in path.read_text(encoding="utf-8")


def test_an_empty_conversation_is_a_title_in_every_form(tmp_path: Path) -> None:
    for form in READABLE:
        (path,) = export([(Conversation(1, "Only this", 0.0), [])], form, tmp_path / f"t.{form}")
        assert "Only this" in text_of(path)
    assert zipfile.ZipFile(io.BytesIO((tmp_path / "t.docx").read_bytes())).testzip() is None
