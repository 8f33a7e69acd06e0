"""A text that was pasted, as a document like one that was read from a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from desktop_llm.conversation import clean, title_of
from desktop_llm.documents.document import Document, Watch, laid_out, without_text
from desktop_llm.documents.plain import markdown


def pasted_document(name: str, text: str) -> Document:
    """Its first line is its title. Raises UserError where it is too long, or nothing."""
    cleaned = clean(text)
    passages = laid_out(markdown(cleaned), Watch(Path(name)))
    if not passages:
        raise without_text(Path(name))
    digest = hashlib.sha256(cleaned.encode()).hexdigest()
    return Document(Path(name), title_of(cleaned).lstrip("# ") or name, "markdown", passages, hash=digest)
