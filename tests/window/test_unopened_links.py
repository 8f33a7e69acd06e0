"""A link where no browser is: it is said, and the address can be taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop_llm.conversation import Message
from desktop_llm.settings import Appearance, Settings, conversations_file
from desktop_llm.storage.store import Store
from desktop_llm.ui.segments import MarkdownView

Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
ADDRESS = "https://example.com/" + "a" * 200


def test_a_link_without_a_browser_is_told_with_its_address_to_copy(
    start: Start, starter: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    store = Store(conversations_file())
    store.add(store.create("Links").id, Message("assistant", f"See [this]({ADDRESS}).", state="done"))
    store.close()
    person = start(settings=Settings(appearance=Appearance(theme="light")))
    person.sees(lambda: person.titles() == ["Links"])
    person.window.show_conversation(1)
    notice, transcript = person.chat.notice, person.chat.transcript
    person.sees(lambda: transcript.findChildren(MarkdownView))
    transcript.findChildren(MarkdownView)[0].anchorClicked.emit(QUrl(ADDRESS))
    assert notice.text().startswith("Nothing on this computer opens this link.")
    assert "https://example.com/aaa" in notice.text()
    assert not notice.is_good
    margins = 48
    assert notice.minimumSizeHint().width() <= person.window.minimumSize().width() - margins
    notice._action.click()
    assert QGuiApplication.clipboard().text() == ADDRESS
    assert not notice.isVisible()
