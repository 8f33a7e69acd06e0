"""The settings page: what is changed there holds at once, is kept, is found, and told where it contradicts itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.library import network
from desktop_llm.settings import (
    Appearance,
    Chat,
    Loading,
    Sampling,
    Settings,
    Storage,
    log_folder,
    settings_file,
    states_folder,
)
from desktop_llm.settings_file import read_settings
from desktop_llm.ui.field_form import FieldForm
from desktop_llm.ui.field_row import FieldRow
from desktop_llm.ui.settings_page import SettingsPage
from desktop_llm.ui.trash_dialog import TrashDialog

LIGHT = Appearance(theme="light")
SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=LIGHT)
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py
CONTROL = Qt.KeyboardModifier.ControlModifier


class Chooser:
    """Someone who looks at the settings."""

    def __init__(self, person: Any, qtbot: QtBot) -> None:
        self.person, self._qtbot, self.window = person, qtbot, person.window
        self.sees = person.sees
        self.sees(lambda: self.window.models_page and self.window.models.models)
        qtbot.keyClick(self.window, Qt.Key.Key_Comma, CONTROL)
        self.sees(lambda: self.window.settings_page and self.window.settings_page.isVisible())
        self.page: SettingsPage = self.window.settings_page

    def goes_to(self, section: str) -> None:
        self.page.list.choose(section)
        self.sees(lambda: self.page.views[section].isVisible())

    def row(self, group: str, name: str) -> FieldRow:
        """As the section shows it."""
        return self.form(group).row(name)

    def form(self, group: str) -> FieldForm:
        """With all its headings, of which those not seen at first come after."""
        form = next(view for view in self.page.views.values() if group in view.forms).forms[group]
        self.sees(lambda: all(part.made for part in form.parts.values()))
        return form

    def types(self, row: FieldRow, text: str) -> None:
        row._control.setFocus()
        self._qtbot.keyClick(row._control, Qt.Key.Key_A, CONTROL)
        self._qtbot.keyClicks(row._control, text)
        self._qtbot.keyClick(row._control, Qt.Key.Key_Return)

    def clicks(self, name: str, within: QWidget | None = None) -> None:
        """The button with this accessible name."""
        self.sees(lambda: self._named(name, within))
        self._qtbot.mouseClick(self._named(name, within)[0], Qt.MouseButton.LeftButton)

    def searches(self, words: str) -> list[str]:
        """The labels of what is found."""
        self.page.search.clear()
        self._qtbot.keyClicks(self.page.search, words)
        self.sees(self.page.found.isVisible)
        return self.found()

    def found(self) -> list[str]:
        return [row.label.text() for row in self.page.found.rows.values() if row.isVisible()]

    def keeps(self, true: Callable[[Settings], object]) -> None:
        """It is in the file."""
        self.sees(lambda: settings_file().exists() and true(read_settings(settings_file())))

    def _named(self, name: str, within: QWidget | None) -> list[QAbstractButton]:
        return [b for b in (within or self.page).findChildren(QAbstractButton) if self._is(b, name)]

    @staticmethod
    def _is(button: QAbstractButton, name: str) -> bool:
        return button.isVisible() and button.isEnabled() and button.accessibleName() == name


@pytest.fixture
def open_settings(start: Start, starter: Path, qtbot: QtBot) -> Callable[..., Chooser]:
    return lambda settings=SHORT: Chooser(start(settings=settings), qtbot)


def test_a_value_holds_at_once_and_stays(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    row = chooser.row("sampling", "top_k")
    chooser.types(row, "7")
    assert row.is_changed and row._mark.isVisible() and "Changed." in row._control.accessibleDescription()
    chooser.keeps(lambda kept: kept.sampling.top_k == 7)
    chooser.sees(lambda: chooser.window.panel.sampling.group.top_k == 7)
    chooser.clicks("Top-k: back to the usual value")
    chooser.keeps(lambda kept: kept.sampling.top_k == 40)
    assert not row._mark.isVisible()


def test_the_next_answer_is_made_with_it(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.row("sampling", "max_tokens")._control.setValue(3)
    chooser.keeps(lambda kept: kept.sampling.max_tokens == 3)
    chooser.window.show_chat()
    chooser.person.writes("Tell me a story.")
    chooser.person.sees_answers(1)
    assert chooser.person.stored()[-1].receipt.sampling.max_tokens == 3


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [("top_k", "999999999", 99999), ("temperature", "9", 0.0), ("temperature", "-1", 0.0), ("top_k", "off", 0)],
)
def test_no_value_out_of_bounds_can_be_entered(
    open_settings: Callable[..., Chooser], name: str, typed: str, value: float
) -> None:
    chooser = open_settings()
    row = chooser.row("sampling", name)
    chooser.types(row, typed)
    assert row.value == value


def test_a_group_goes_back_to_the_usual_values_with_one_click(open_settings: Callable[..., Chooser]) -> None:
    sampling = Sampling(top_k=3, min_p=0.5, dry_multiplier=0.8, xtc_threshold=0.2)
    chooser = open_settings(replace(SHORT, sampling=sampling))
    part = chooser.form("sampling").parts["Which words are possible"]
    assert "1 changed" in part.more.text()  # XTC is folded away
    chooser.clicks("Which words are possible: reset these")
    chooser.keeps(lambda kept: kept.sampling == Sampling(dry_multiplier=0.8))
    assert not part.reset.isVisible()


def test_every_setting_is_found_by_its_words(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    assert chooser.searches("repeat") == ["Repeat penalty", "DRY multiplier", "DRY base", "DRY allowed length"] + [
        label for label in chooser.found() if label in ("DRY window", "DRY breakers")
    ]
    assert chooser.searches("offline") == ["Stay offline"]
    assert chooser.searches("unload_after") == ["Unload after"]
    assert chooser.searches("no such thing") == []
    assert chooser.page.found.said.isVisible()
    chooser._qtbot.keyClick(chooser.page.search, Qt.Key.Key_Escape)
    assert chooser.page.search.text() == "" and chooser.page.views["sampling"].isVisible()


def test_what_is_found_can_be_changed_where_it_is(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.searches("threads")
    row = next(row for place, row in chooser.page.found.rows.items() if place.name == "threads")
    row._control.setValue(1)
    chooser.keeps(lambda kept: kept.loading.threads == 1)
    chooser.goes_to("loading")
    assert chooser.row("loading", "threads").value == 1


def test_only_what_was_changed_is_shown_when_asked_for(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings(Settings(appearance=LIGHT, loading=Loading(threads=1)))
    chooser.clicks("Show only changed")
    assert chooser.found() == ["Threads", "Theme"]
    chooser.clicks("Show only changed")
    assert chooser.page.views["sampling"].isVisible()


def test_a_contradiction_is_told_under_what_makes_it(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    parts = chooser.form("sampling").parts
    chooser.row("sampling", "xtc_probability")._control.setValue(0.5)
    told = parts["Which words are possible"]._problems
    assert told.isVisible() and "XTC would do nothing" in told.text()
    assert not parts["Length and form"]._problems.isVisible()
    chooser.row("sampling", "temperature")._control.setValue(0.7)
    assert not told.isVisible()


def test_long_texts_lines_and_orders_are_kept_as_they_are(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.row("sampling", "stop")._control.setPlainText("END\n\\n\\n\n a b")
    chooser.row("sampling", "grammar")._control.setPlainText('root ::= "a"\n')
    order = chooser.row("sampling", "samplers")._control
    order.list.setCurrentRow(0)
    chooser._qtbot.keyClick(order.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    order.list.item(2).setCheckState(Qt.CheckState.Unchecked)
    wanted = ("dry", "penalties", "top_k", "typical_p", "top_p", "min_p", "xtc", "temperature")
    chooser.keeps(lambda kept: kept.sampling.samplers == wanted and kept.sampling.stop == ("END", "\n\n", " a b"))
    chooser.keeps(lambda kept: kept.sampling.grammar == 'root ::= "a"\n')


# ---- appearance and chat


def test_text_grows_with_the_keyboard_and_everywhere(open_settings: Callable[..., Chooser], qtbot: QtBot) -> None:
    chooser = open_settings()
    before = QApplication.font().pointSizeF(), chooser.person.chat.transcript.fontMetrics().height()
    for _ in range(30):
        qtbot.keyClick(chooser.window, Qt.Key.Key_Plus, CONTROL)
    chooser.keeps(lambda kept: kept.appearance.text_size == 200)
    assert QApplication.font().pointSizeF() == pytest.approx(2 * before[0])
    assert chooser.person.chat.transcript.fontMetrics().height() > 1.8 * before[1]
    chooser.goes_to("appearance")
    chooser.sees(lambda: chooser.row("appearance", "text_size").value == 200)
    qtbot.keyClick(chooser.window, Qt.Key.Key_Minus, CONTROL)
    chooser.sees(lambda: chooser.row("appearance", "text_size").value == 190)
    qtbot.keyClick(chooser.window, Qt.Key.Key_0, CONTROL)
    chooser.keeps(lambda kept: kept.appearance.text_size == 100)
    assert QApplication.font().pointSizeF() == pytest.approx(before[0])


def test_the_theme_is_put_on_at_once(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.goes_to("appearance")
    control = chooser.row("appearance", "theme")._control
    control.setCurrentIndex(control.findData("dark"))
    chooser.sees(lambda: chooser.window._appearance.theme.dark)
    chooser.window.look.choose("light")
    chooser.sees(lambda: chooser.row("appearance", "theme").value == "light")


def test_enter_begins_a_new_line_where_control_enter_sends(open_settings: Callable[..., Chooser], qtbot: QtBot) -> None:
    chooser = open_settings()
    chooser.goes_to("chat")
    chooser.row("chat", "send_key")._control.setCurrentIndex(1)
    edit = chooser.person.chat.composer.edit
    chooser.sees(lambda: edit.placeholderText().startswith("Message…  (Ctrl+Enter"))
    chooser.window.show_chat()
    chooser.person.writes("One")
    assert edit.toPlainText() == "One\n" and not chooser.person.answers()
    qtbot.keyClick(edit, Qt.Key.Key_Return, CONTROL)
    chooser.person.sees_answers(1)


def test_the_send_key_is_remembered(start: Start, starter: Path) -> None:
    person = start(settings=replace(SHORT, chat=Chat(send_key="Ctrl+Enter")))
    assert person.chat.composer.edit.needs_control


# ---- loading


def test_memory_follows_the_values_and_a_reload_is_offered_while_they_differ(
    open_settings: Callable[..., Chooser],
) -> None:
    chooser = open_settings(replace(SHORT, loading=Loading(context=512)))
    chooser.sees(chooser.window.models.is_loaded)
    chooser.goes_to("loading")
    facts = chooser.page.loading
    chooser.sees(lambda: "memory" in facts._verdict.text())
    chooser.sees(lambda: "Automatic" in chooser.row("loading", "gpu_layers")._beside.text())
    assert not facts.reload.isVisible()
    before = facts._facts._rows[1][1].text()
    chooser.row("loading", "context")._control.setValue(2048)
    chooser.sees(lambda: facts._facts._rows[1][1].text() != before and facts.reload.isVisible())
    chooser.clicks("Reload now")
    chooser.sees(lambda: not facts.reload.isVisible())
    assert chooser.person.app.engine.facts.context == 2048


def test_a_context_longer_than_the_models_own_is_told(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.goes_to("loading")
    chooser.row("loading", "context")._control.setValue(100_000)
    chooser.sees(lambda: "at most 8192" in chooser.row("loading", "context")._beside.text().replace(",", ""))


# ---- network, downloads, storage


def test_every_request_is_listed(open_settings: Callable[..., Chooser], monkeypatch: pytest.MonkeyPatch) -> None:
    made = [network.Request(time.time(), "huggingface.co", "search for llama", 200, 12_345)]
    monkeypatch.setattr(network, "_MADE", made)
    chooser = open_settings()
    chooser.goes_to("privacy")
    table = chooser.page.network.table
    assert [table.item(0, column).text() for column in (1, 2, 3)] == [
        "search for llama", "huggingface.co", "12.3 kB (200)",
    ]  # fmt: skip
    made.append(network.Request(time.time(), "cdn.example", "download of {name}", name="a.gguf"))
    chooser.clicks("Refresh")
    newest = [table.item(0, column).text() for column in (1, 2)]
    assert (table.rowCount(), newest) == (2, ["download of a.gguf", "cdn.example"])


def test_offline_reaches_the_models_page(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.goes_to("privacy")
    chooser.row("privacy", "keep_states")._control.click()
    chooser.row("privacy", "offline")._control.click()
    chooser.keeps(lambda kept: kept.privacy.offline and not kept.privacy.keep_states)
    chooser.sees(lambda: chooser.window.models_page._connection.privacy.offline)
    assert chooser.person.app.engine.states is None


def test_an_address_that_is_none_is_told_and_not_kept(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    chooser.goes_to("downloads")
    row = chooser.row("downloads", "mirror")
    chooser.types(row, "no address")
    chooser.sees(lambda: "mirror cannot be used" in chooser.page.notice.text())
    chooser.sees(lambda: row.value == "")
    chooser.row("downloads", "at_once")._control.setValue(5)
    chooser.keeps(lambda kept: kept.downloads.at_once == 5 and kept.downloads.mirror == "")


def test_the_folder_of_models_is_changed_and_its_models_go_there(
    open_settings: Callable[..., Chooser], tmp_path: Path
) -> None:
    chooser = open_settings()
    chooser.goes_to("downloads")
    control = chooser.row("downloads", "folder")._control
    control.line.setText(str(tmp_path / "elsewhere"))
    chooser._qtbot.keyClick(control.line, Qt.Key.Key_Return)
    chooser.keeps(lambda kept: kept.downloads.folder == tmp_path / "elsewhere")


def test_kept_states_are_cleared_after_asking(open_settings: Callable[..., Chooser], qtbot: QtBot) -> None:
    chooser = open_settings()
    states_folder().mkdir(parents=True, exist_ok=True)
    (states_folder() / "old.state").write_bytes(bytes(5000))
    chooser.goes_to("storage")
    row = chooser.page.storage.rows["states"]
    chooser.sees(lambda: row.bytes.text() == "5.0 kB")
    chooser.clicks("Kept states: Clear…")
    asked = chooser.page.findChild(QMessageBox)
    chooser.sees(asked.isVisible)
    chooser.clicks("Delete", asked)
    chooser.sees(lambda: not list(states_folder().glob("*.state")) and row.bytes.text() != "5.0 kB")


def test_all_chats_are_deleted_after_asking_and_brought_back_with_one_click(
    open_settings: Callable[..., Chooser],
) -> None:
    chooser = open_settings()
    chooser.window.show_chat()
    chooser.person.writes("One")
    chooser.person.sees_answers(1)
    chooser.window.show_settings("storage")
    chooser.clicks("Conversations: Delete all chats…")
    chooser.clicks("Delete", chooser.page.findChild(QMessageBox))
    chooser.sees(lambda: not chooser.window.sidebar.conversations() and len(chooser.window._trash) == 1)
    chooser.sees(lambda: chooser.window.chat.conversation() is None and chooser.page.isVisible())
    chooser.clicks("Undo", chooser.window)
    chooser.sees(lambda: len(chooser.window.sidebar.conversations()) == 1 and not chooser.window._trash)


def test_the_trash_is_emptied_after_asking(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    store = chooser.person.app.session.store
    for title in ("One", "Two"):
        store.delete(store.create(title).id)
    chooser.person.app.worker.submit(chooser.person.app.session._tell_conversations)
    chooser.sees(lambda: len(chooser.window._trash) == 2)
    chooser.goes_to("storage")
    chooser.clicks("Conversations: Trash…")
    dialog = chooser.window.findChild(TrashDialog)
    assert "longer than 30 days" in dialog._note.text()
    chooser.clicks("Empty the trash…", dialog)
    chooser.clicks("Delete for good", dialog.findChild(QMessageBox))
    chooser.sees(lambda: not chooser.window._trash and dialog.list.current() is None)
    dialog.close()


@pytest.mark.parametrize(("days", "left"), [(0, 2), (30, 1)])
def test_deleted_chats_stay_in_the_trash_as_long_as_is_wanted(
    start: Start, starter: Path, days: int, left: int
) -> None:
    person = start()
    person.sees(lambda: person.window.models.models)
    for age in (1, 31):
        moment = time.time() - 86_400 * age
        person.app.session.store.create("An old one")
        person.app.session.store.delete_all(moment)
    again = start(settings=replace(SHORT, storage=Storage(trash_days=days)))
    again.sees(lambda: len(again.window._trash) == left)


def test_logs_are_cleared_after_asking(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    log_folder().mkdir(parents=True, exist_ok=True)
    for name in ("desktop-llm.log", "desktop-llm.log.1", "crash.log"):
        (log_folder() / name).write_bytes(bytes(1000))
    chooser.goes_to("storage")
    row = chooser.page.storage.rows["logs"]
    chooser.sees(lambda: row.bytes.text() == "3.0 kB")
    chooser.clicks("Logs: Clear…")
    chooser.clicks("Delete", chooser.page.findChild(QMessageBox))
    chooser.sees(lambda: row.bytes.text() == "0 bytes" and not row.acts[-1].isEnabled())


@pytest.mark.skipif(sys.platform == "win32", reason="folders are read-only there in another way")
def test_settings_that_cannot_be_written_hold_until_the_end_and_it_is_said(
    open_settings: Callable[..., Chooser], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    chooser = open_settings()
    monkeypatch.setattr("desktop_llm.settings_file.write_settings", refuses)
    chooser.row("sampling", "top_k")._control.setValue(9)
    chooser.sees(lambda: "could not be kept" in chooser.window.notice.text())
    chooser.sees(lambda: chooser.window.panel.sampling.group.top_k == 9)


def test_a_file_that_somebody_spoiled_is_mended_and_it_is_said(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text('{"sampling": {"top_k": "many", "min_p": 0.5}}')
    chooser.row("sampling", "seed")._control.setValue(9)
    chooser.sees(lambda: "written: sampling.top_k." in chooser.window.notice.text())
    assert str(settings_file().with_suffix(".1.bad")) in chooser.window.notice.text()
    chooser.keeps(lambda kept: kept.sampling == Sampling(seed=9, min_p=0.5))


def test_the_keys_of_every_command_are_listed_and_found(open_settings: Callable[..., Chooser], qtbot: QtBot) -> None:
    chooser = open_settings()
    chooser.window.show_chat()
    qtbot.keyClick(chooser.window, Qt.Key.Key_F1)
    chooser.sees(lambda: "shortcuts" in chooser.page.views and chooser.page.views["shortcuts"].isVisible())
    table = chooser.page.views["shortcuts"].findChild(QTableWidget)
    shown = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}
    in_list = "Delete the chat that is chosen in the list of chats"
    assert shown.keys() == {action.text() for action in chooser.window.actions() if action.shortcuts()} | {in_list}
    assert (shown[in_list], shown["Rename this chat"]) == ("Del", "F2")
    assert shown["Larger text"] == "Ctrl++ or Ctrl+=" and shown["Go to Models"] == "Ctrl+3 or Ctrl+Shift+M"
    assert table.height() >= table.rowCount() * table.fontMetrics().height() and table.accessibleName()
    assert chooser.searches("larger") == []
    found = chooser.page.found.shortcuts
    assert found.isVisible() and not chooser.page.found.said.isVisible()
    assert [found.item(row, 0).text() for row in range(found.rowCount()) if not found.isRowHidden(row)] == [
        "Larger text"
    ]
    assert chooser.searches("no such thing") == [] and not found.isVisible()


def test_every_control_of_every_section_has_a_name(open_settings: Callable[..., Chooser]) -> None:
    chooser = open_settings()
    for section in chooser.page._sections:
        chooser.goes_to(section)
        for part in chooser.page.views[section].findChildren(QWidget):
            if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible() and part.focusProxy() is None:
                assert part.accessibleName(), (section, part)
