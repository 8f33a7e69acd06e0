"""What another start asks of the window that is open: to come forward, with a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise")
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


def test_a_minimized_window_comes_forward(start: Start, starter: Path) -> None:
    person = start()
    person.window.showMinimized()
    person.sees(person.window.isMinimized)
    person.window.come_forward()
    person.sees(lambda: not person.window.isMinimized() and person.window.isActiveWindow())


def test_any_other_file_goes_with_the_next_message(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start()
    (tmp_path / "notes.txt").write_text("Milk and honey.")
    person.window.come_forward(tmp_path / "notes.txt")
    person.sees(lambda: [attachment.name for attachment in person.chat.composer.attachments()] == ["notes.txt"])


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start()
    person.window.come_forward(tmp_path / "gone.pdf")
    person.sees(lambda: "gone.pdf" in person.chat.notice.text())


def test_a_file_the_program_is_started_with_goes_with_the_first_message(
    start: Start, starter: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("Milk and honey.")
    person = start(tmp_path / "notes.txt")
    person.sees(lambda: [attachment.name for attachment in person.chat.composer.attachments()] == ["notes.txt"])


def test_an_export_that_is_none_is_refused_in_a_sentence(start: Start, starter: Path, tmp_path: Path) -> None:
    person = start()
    (tmp_path / "talk.zip").write_text("Nothing of the kind.")
    person.window.come_forward(tmp_path / "talk.zip")
    person.sees(lambda: "talk.zip" in person.window.notice.text())
