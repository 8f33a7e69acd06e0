"""A summary as a file: the sentences lead to the passages they come from, in every form."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from desktop_llm.errors import StorageError
from desktop_llm.storage.summary_export import (
    SummaryWords,
    WrittenSource,
    WrittenSummary,
    export_summary,
    quotation,
    summary_file,
)

TEXT = "- **Built in 1874.**\n- It ⸨cost⸩ 312 crowns.\n- Nobody knows."
SUMMARY = WrittenSummary(
    "The *lighthouse*", TEXT, ((20, (1, 2)), (45, (2,)), (len(TEXT), ())),
    (
        WrittenSource("Report", 3, "Money › 1874", "It was <built> in 1874."),
        WrittenSource("Report", 0, "", "312 crowns"),
    ),
)  # fmt: skip
WORDS = SummaryWords(remarks=("All 4 pages were read (100 %).",))


def test_markdown_has_footnotes() -> None:
    text = summary_file(SUMMARY, "md", WORDS).decode()
    assert "- **Built in 1874.**[^1][^2]\n- It (cost) 312 crowns.[^2]\n- Nobody knows.[?]" in text
    assert "[^1]: Report, page 3, Money › 1874: “It was \\<built\\> in 1874.”\n[^2]: Report: “312 crowns”" in text
    assert "All 4 pages were read" in text and "no source was found" in text


def test_text_has_numbers() -> None:
    text = summary_file(SUMMARY, "txt", WORDS).decode()
    assert "crowns.[2]" in text and "[1] Report, page 3, Money › 1874: “It was <built> in 1874.”" in text


def test_html_has_links_and_escapes_what_strangers_wrote() -> None:
    text = summary_file(SUMMARY, "html", WORDS).decode()
    assert '<strong>Built in 1874.</strong><sup><a href="#source-1">1</a></sup>' in text
    assert '<a id="source-1"></a>Report' in text and "&lt;built&gt;" in text and "<built>" not in text


def test_word_has_links_to_bookmarks() -> None:
    package = zipfile.ZipFile(io.BytesIO(summary_file(SUMMARY, "docx", WORDS)))
    body = package.read("word/document.xml").decode()
    assert (
        set(re.findall(r'w:anchor="(\w+)"', body))
        == set(re.findall(r'w:name="(source\d)"', body))
        == {"source1", "source2"}
    )
    assert "⸨" not in body and "Nobody knows." in body
    assert body.count("<w:r>") == body.count("</w:r>") and body.count("<w:t") == body.count("</w:t>")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="The summary could not be written"):
        export_summary(SUMMARY, "md", tmp_path / "none" / "x.md", WORDS)
    assert export_summary(SUMMARY, "md", tmp_path / "x.md", WORDS).read_text().startswith("# The")


def test_a_quotation_is_one_line_and_not_long() -> None:
    assert quotation("one\ntwo") == "one two"
    assert len(quotation("word " * 200)) <= 300
