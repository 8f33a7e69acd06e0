"""EPUB: the chapters in their reading order, each read as the web page it is."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from desktop_llm.documents.decoding import decoded
from desktop_llm.documents.document import Content, Outline, Passage, Watch, damaged, problem, refusal, shown
from desktop_llm.documents.package import Attributes, Package
from desktop_llm.documents.web import declared_encoding, web_page
from desktop_llm.errors import Problem

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "text/xml", "application/x-dtbook+xml")


def epub(package: Package, watch: Watch) -> Content:
    book = _Book(package, watch)
    locked = _encrypted(package) & set(book.chapters)
    if locked:
        text = "{name} is protected by who sold it (DRM), so its text cannot be read."
        raise refusal(text, watch.path, "Choose a copy without protection.")
    missing = [name for name in book.chapters if name not in package]
    if len(missing) == len(book.chapters):
        raise damaged(watch.path)
    notes = tuple(_missing(watch, name) for name in missing)
    return Content(_passages(package, book, watch), book.title, book.language, notes=notes)


def _passages(package: Package, book: _Book, watch: Watch) -> Iterator[Passage]:
    outline = Outline()
    for name in book.chapters:
        if name in package:
            data = package.read(name)
            text, _ = decoded(data, declared_encoding(data))
            yield from web_page(text, watch, outline).passages


def _missing(watch: Watch, name: str) -> Problem:
    text = "A part of {name} is missing: {part}."
    return problem(text, watch.path, "Get the book again if it is to be read whole.", part=shown(name))


class _Book:
    """What the package's own list says: title, language, and its chapters in order."""

    def __init__(self, package: Package, watch: Watch) -> None:
        self._pages: dict[str, str] = {}
        self._order: list[str] = []
        self._list = ""
        if _CONTAINER not in package:
            raise damaged(watch.path)
        package.parse(_CONTAINER, self._find_list, lambda _: None, lambda _: None)
        if self._list not in package:
            raise damaged(watch.path)
        package.parse(self._list, self._begin, lambda _: None, lambda _: None)
        self.title, self.language = package.text_of(self._list, "title"), package.text_of(self._list, "language")

    @property
    def chapters(self) -> list[str]:
        """Each once: an order that names one a million times is no longer for that."""
        return list(dict.fromkeys(self._pages[key] for key in self._order if key in self._pages))

    def _find_list(self, name: str, attributes: Attributes) -> None:
        if name == "rootfile":
            self._list = self._list or attributes.get("full-path", "")

    def _begin(self, name: str, attributes: Attributes) -> None:
        if name == "item" and self._is_page(attributes):
            folder = posixpath.dirname(self._list)
            href = unquote(attributes.get("href", "").partition("#")[0])
            self._pages[attributes.get("id", "")] = posixpath.normpath(posixpath.join(folder, href))
        elif name == "itemref":
            self._order.append(attributes.get("idref", ""))

    def _is_page(self, attributes: Attributes) -> bool:
        return attributes.get("media-type", "") in _PAGES and "nav" not in attributes.get("properties", "").split()


def _encrypted(package: Package) -> set[str]:
    """The parts only a seller's program opens."""
    found: set[str] = set()

    def begin(name: str, attributes: Attributes) -> None:
        if name == "CipherReference":
            found.add(unquote(attributes.get("URI", "")))

    if _ENCRYPTION in package:
        package.parse(_ENCRYPTION, begin, lambda _: None, lambda _: None)
    return found
