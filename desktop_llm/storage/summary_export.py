"""A summary as a file to read, with the passages it comes from: Markdown, HTML, Word or text."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from desktop_llm.errors import Problem, StorageError
from desktop_llm.storage.exporting import written
from desktop_llm.storage.page import Page, Section, as_markdown, as_text

SummaryFileForm = Literal["md", "docx", "html", "txt"]
LONGEST_QUOTATION = 300
UNSUPPORTED = "?"
_OPENS, _CLOSES = "⸨", "⸩"
"""Around a mark while the text is set: punctuation to Markdown, so that emphasis beside one stays what it is."""
_MARK = re.compile(f"{_OPENS}(=?)(\\d+|\\?){_CLOSES}")
_ENTRY = re.compile(f"^(\\d+)\\. {_OPENS}=\\1{_CLOSES}", re.MULTILINE)
_RUN = re.compile(r"<w:r>(<w:rPr>(?:(?!</w:rPr>).)*</w:rPr>)?((?:(?!</w:r>).)*)</w:r>", re.DOTALL)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_RAISED = '<w:rPr><w:color w:val="2453C6"/><w:vertAlign w:val="superscript"/></w:rPr>'


@dataclass(frozen=True)
class WrittenSource:
    """A passage that a summary comes from; `page` 0 where there are none."""

    title: str
    page: int
    heading: str
    text: str


@dataclass(frozen=True)
class WrittenSummary:
    """`marks`: where each sentence of the text ends, and which of the sources it comes from, counted from 1."""

    title: str
    text: str
    marks: tuple[tuple[int, tuple[int, ...]], ...]
    sources: tuple[WrittenSource, ...]


@dataclass(frozen=True)
class SummaryWords:
    """What the page says by itself, in the language of who reads it; `remarks`: of coverage, of what is doubtful."""

    summary: str = "Summary"
    sources: str = "Sources"
    page: str = "page {page}"
    unsupported: str = "[?]: no source was found for this."
    remarks: tuple[str, ...] = ()


def export_summary(summary: WrittenSummary, form: str, target: Path, words: SummaryWords) -> Path:
    """Writes it, whole or not at all. Raises StorageError."""
    try:
        return written(target, summary_file(summary, form, words))
    except OSError as error:
        values = {"path": str(target), "reason": error.strerror or str(error)}
        text = "The summary could not be written to {path} ({reason})."
        raise StorageError(Problem(text, "Choose another place.", values)) from error


def summary_file(summary: WrittenSummary, form: str, words: SummaryWords) -> bytes:
    page = _page(summary, words, plain=form == "txt")
    if form == "docx":
        from desktop_llm.storage.word_document import word_document  # a reader of Markdown that no start waits for

        return _with_links(word_document(page))
    if form == "html":
        from desktop_llm.storage.web_page import web_page

        return _MARK.sub(_html_mark, web_page(page)).encode("utf-8", "replace")
    if form == "md":
        entries = _ENTRY.sub(r"[^\1]: ", as_markdown(page))
        return _MARK.sub(lambda mark: f"[{'^' * mark[2].isdigit()}{mark[2]}]", entries).encode("utf-8", "replace")
    return _MARK.sub(r"[\2]", _ENTRY.sub(r"[\1] ", as_text(page))).encode("utf-8", "replace")


def _page(summary: WrittenSummary, words: SummaryWords, *, plain: bool) -> Page:
    remarks = (*words.remarks, *([words.unsupported] if not all(each for _, each in summary.marks) else []))
    sections = [Section(words.summary, _marked(summary), True, attached=remarks)]
    if summary.sources:
        entries = (_entry(number, each, words, plain=plain) for number, each in enumerate(summary.sources, 1))
        sections.append(Section(words.sources, "\n".join(entries), True))
    return Page(" ".join(summary.title.split()), tuple(sections))


def _marked(summary: WrittenSummary) -> str:
    """The text with a mark behind each sentence, from the last to the first, so that the places before stay right."""
    text = _unmarked(summary.text)
    for end, sources in sorted(summary.marks, reverse=True):
        at = len(text[:end].rstrip())
        names = map(str, sources) if sources else (UNSUPPORTED,)
        text = text[:at] + "".join(f"{_OPENS}{name}{_CLOSES}" for name in names) + text[at:]
    return text


def _unmarked(text: str) -> str:
    return text.replace(_OPENS, "(").replace(_CLOSES, ")")


def _entry(number: int, source: WrittenSource, words: SummaryWords, *, plain: bool) -> str:
    page = words.page.format(page=source.page) if source.page else ""
    where = (source.title, page, source.heading if source.heading != source.title else "")
    place = ", ".join(" ".join(each.split()) for each in where if each)
    told = _unmarked(f"{place}: “{quotation(source.text)}”")
    return f"{number}. {_OPENS}={number}{_CLOSES}" + (told if plain else _MARKDOWN.sub(r"\\\1", told))


def quotation(text: str) -> str:
    """The beginning of a passage, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTATION else line[: LONGEST_QUOTATION - 1].rstrip() + "…"


def _html_mark(mark: re.Match[str]) -> str:
    if mark[1]:
        return f'<a id="source-{mark[2]}"></a>'
    if mark[2] == UNSUPPORTED:
        return f"<sup>[{UNSUPPORTED}]</sup>"
    return f'<sup><a href="#source-{mark[2]}">{mark[2]}</a></sup> '


def _with_links(document: bytes) -> bytes:
    """The document with links in the place of the marks."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name).decode()
            after.writestr(name, _RUN.sub(_linked_run, content) if name == "word/document.xml" else content)
    return made.getvalue()


def _linked_run(run: re.Match[str]) -> str:
    """A run is parted at each mark; what comes after has the look of what was before."""
    if _OPENS not in run[2]:
        return run[0]
    look = run[1] or ""
    again = f'<w:r>{look}<w:t xml:space="preserve">'
    inside = _MARK.sub(lambda mark: f"</w:t></w:r>{_word_mark(mark)}{again}", run[2])
    return f"<w:r>{look}{inside}</w:r>"


def _word_mark(mark: re.Match[str]) -> str:
    if mark[1]:
        return f'<w:bookmarkStart w:id="{mark[2]}" w:name="source{mark[2]}"/><w:bookmarkEnd w:id="{mark[2]}"/>'
    shown = f"<w:r>{_RAISED}<w:t>{mark[2]}</w:t></w:r>"
    return shown if mark[2] == UNSUPPORTED else f'<w:hyperlink w:anchor="source{mark[2]}">{shown}</w:hyperlink>'
