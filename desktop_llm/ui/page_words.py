"""What an exported page says by itself, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_llm.storage.page import PageWords


def page_words() -> PageWords:
    return PageWords(
        system=QCoreApplication.translate("PageWords", "Instructions"),
        user=QCoreApplication.translate("PageWords", "You"),
        assistant=QCoreApplication.translate("PageWords", "Assistant"),
        tags=QCoreApplication.translate("PageWords", "Tags: {tags}"),
        attached=QCoreApplication.translate("PageWords", "Attached: {name}"),
        attached_page=QCoreApplication.translate("PageWords", "Attached: {name}, 1 page"),
        attached_pages=QCoreApplication.translate("PageWords", "Attached: {name}, {pages} pages"),
        summary=QCoreApplication.translate("PageWords", "Summary of the above, sent in its place"),
        context_full=QCoreApplication.translate("PageWords", "(the context was full)"),
        length=QCoreApplication.translate("PageWords", "(the longest answer allowed was reached)"),
        stopped=QCoreApplication.translate("PageWords", "(stopped)"),
    )
