"""The Models page: what is installed, what can be had, and what is on its way, with a Hub on loopback."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import fake_hub
import pytest
from fake_hub import FakeHub, Fault
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_llm.errors import Problem, UserError
from desktop_llm.experience import Experience
from desktop_llm.library import models
from desktop_llm.library.catalog import catalog, recommended
from desktop_llm.library.token import stored_token
from desktop_llm.settings import (
    Appearance,
    Loading,
    Privacy,
    Sampling,
    Settings,
    experience_file,
    models_folder,
    settings_file,
)
from desktop_llm.settings_file import read_settings
from desktop_llm.ui.downloads_strip import DownloadRow

SHORT = Settings(sampling=Sampling(temperature=0.0, max_tokens=8), appearance=Appearance(theme="light"))
REPOSITORY, FILE = "someone/Smol-GGUF", "smol-Q4_K_M.gguf"
Start = Callable[..., "Person"]  # type: ignore[name-defined]  # noqa: F821 - of conftest.py


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with fake_hub.running() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        yield running


@pytest.fixture
def no_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_STARTER_PACKAGE", "no_such_package")


class Reader:
    """Someone who looks at the Models page."""

    def __init__(self, person: object, qtbot: QtBot) -> None:
        self.person, self._qtbot = person, qtbot
        self.sees = person.sees  # type: ignore[attr-defined]
        self.sees(lambda: person.window.models_page)  # type: ignore[attr-defined]
        self.page = person.window.models_page  # type: ignore[attr-defined]
        person.window.show_models()  # type: ignore[attr-defined]

    def clicks(self, button: QWidget) -> None:
        self.sees(lambda: button.isVisible() and button.isEnabled())
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def clicks_on(self, name: str, within: QWidget | None = None) -> None:
        """The button with this accessible name."""
        self.sees(lambda: self._named(name, within))
        self.clicks(self._named(name, within)[0])

    def searches(self, words: str) -> None:
        self.page.show_hub()
        field = self.page.hub.findChild(QLineEdit)
        self._qtbot.keyClicks(field, words)
        self._qtbot.keyClick(field, Qt.Key.Key_Return)

    def chooses(self, identity: str) -> None:
        self.sees(lambda: self.page.hub.list.choose(identity))

    def installed(self) -> list[str]:
        return [line.title for line in self.page.installed.list._lines.rows if not isinstance(line, str)]

    def _named(self, name: str, within: QWidget | None) -> list[QPushButton]:
        buttons = (within or self.page).findChildren(QAbstractButton)
        return [button for button in buttons if button.isVisible() and button.accessibleName() == name]


@pytest.fixture
def read(start: Start, qtbot: QtBot) -> Callable[..., Reader]:
    return lambda **how: Reader(start(**{"settings": SHORT, **how}), qtbot)


# ---- from nothing to an answer


@pytest.mark.usefixtures("no_starter")
def test_with_no_model_at_all_the_first_answer_is_two_clicks_away(
    start: Start, qtbot: QtBot, hub: FakeHub, starter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = recommended(catalog().models, 8 * 10**9, 0)
    monkeypatch.setattr("desktop_llm.ui.models_session.recommended", lambda *_: best)
    hub.add(best.repository, {best.file: starter.read_bytes()})
    person = start(settings=SHORT)
    card = person.chat.empty.first_model
    get = next(button for button in card.findChildren(QPushButton) if button.accessibleName() == "Get it")
    person.sees(lambda: get.isVisible() and get.isEnabled())
    assert hub.log == []
    qtbot.mouseClick(get, Qt.MouseButton.LeftButton)
    person.sees(lambda: person.window.models.text() == Path(best.file).stem)
    person.writes("Hi")
    person.sees_answers(1)
    assert person.answers()[0]
    assert "another file" in person.window.models_page.notice.text()


@pytest.mark.usefixtures("no_starter")
def test_a_hub_that_is_out_of_reach_is_told_where_it_was_asked_for(start: Start, qtbot: QtBot, hub: FakeHub) -> None:
    hub.fail("hub", Fault("status", code=200, headers=(("Content-Type", "text/html"),), body=b"<html>Sign in"))
    card = start(settings=SHORT).chat.empty.first_model
    qtbot.waitUntil(card._get.isEnabled)
    qtbot.mouseClick(card._get, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(card._problem.isVisible)
    assert "sign in" in card._problem.text() and card._get.isEnabled()


# ---- the Hub


def test_a_model_is_searched_for_downloaded_and_used(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes(), "smol-Q8_0.gguf": starter.read_bytes() + bytes(1000)})
    reader = read()
    reader.searches("smol")
    reader.chooses(REPOSITORY)
    detail = reader.page.hub.repository
    reader.sees(lambda: len(detail.rows) == 2 and "memory" in detail.rows[0]._words.text())
    assert [row.offer.recommended for row in detail.rows] == [True, False]
    assert [row.isVisible() for row in detail.rows] == [True, False]
    reader.clicks_on("Download Q4_K_M")
    reader.sees(lambda: "smol-Q4_K_M" in reader.installed())
    assert (models_folder() / REPOSITORY / FILE).read_bytes() == starter.read_bytes()
    reader.sees(lambda: not detail.rows[0]._get.isEnabled() and detail.rows[0]._get.text() == "Installed")
    reader.clicks_on("Use this model", reader.page.downloads)
    reader.sees(lambda: reader.person.window.models.text() == "smol-Q4_K_M")
    reader.sees(lambda: read_settings(settings_file()).model == models_folder() / REPOSITORY / FILE)


def test_a_download_that_was_closed_upon_goes_on_after_the_next_start(
    read: Callable[..., Reader], hub: FakeHub, starter: Path
) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes()})
    hub.fail("cdn", Fault("stall", after=30_000_000))
    reader = read()
    reader.page.get(REPOSITORY, FILE)
    row = lambda: reader.page.downloads.rows.get(f"{REPOSITORY}/{FILE}")  # noqa: E731
    reader.sees(lambda: row() and row().job.done >= 29_000_000)
    again = read()
    job = f"{REPOSITORY}/{FILE}"
    again.sees(lambda: job in again.page.downloads.rows and again.page.downloads.rows[job].job.phase == "paused")
    hub.forget()
    again.clicks_on("Resume", again.page.downloads)
    again.sees(lambda: again.page.downloads.rows[job].job.phase == "done")
    assert (models_folder() / REPOSITORY / FILE).read_bytes() == starter.read_bytes()
    assert hub.asked("cdn")[0].range == "bytes=30000000-"


def test_cancelling_takes_the_row_and_its_bytes_away(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes()})
    hub.fail("cdn", Fault("stall", after=1_000_000))
    reader = read()
    reader.page.get(REPOSITORY, FILE)
    reader.sees(lambda: any(row.job.done for row in reader.page.downloads.rows.values()))
    reader.clicks_on("Cancel and delete what was downloaded")
    reader.sees(lambda: not os.listdir(models_folder()) and not reader.page._cancelled)
    assert not reader.page.downloads.rows


def test_offline_nothing_is_asked_and_it_says_so(read: Callable[..., Reader], hub: FakeHub) -> None:
    offline = Settings(privacy=Privacy(offline=True), appearance=Appearance(theme="light"))
    reader = read(settings=offline)
    reader.searches("smol")
    reader.sees(lambda: "stay offline" in reader.page.hub._said.text())
    assert hub.log == []


def test_a_model_with_terms_says_what_to_do(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes()}).gated = "manual"
    reader = read()
    reader.searches("smol")
    reader.chooses(REPOSITORY)
    reader.sees(lambda: "accept terms" in reader.page.hub.repository._terms.text())
    reader.clicks_on("Download Q4_K_M")
    reader.sees(lambda: [row.job.phase for row in reader.page.downloads.rows.values()] == ["failed"])
    (row,) = reader.page.downloads.rows.values()
    assert "terms" in row.words()


def test_a_search_in_vain_can_be_tried_again(read: Callable[..., Reader], hub: FakeHub) -> None:
    hub.add(REPOSITORY, {FILE: b"GGUF"})
    hub.fail("hub", Fault("status", code=503, times=1))
    reader = read()
    reader.searches("smol")
    reader.clicks_on("Try again", reader.page.hub)
    reader.chooses(REPOSITORY)


# ---- on this computer


def test_a_model_gets_another_name_and_keeps_it(read: Callable[..., Reader], qtbot: QtBot, starter: Path) -> None:
    reader = read()
    reader.sees(lambda: reader.installed() == ["SmolLM2 135M Instruct"])
    reader.clicks_on("Rename")
    field = reader.page.installed.detail.findChild(QLineEdit)
    qtbot.keyClicks(field, "Mine")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    reader.sees(lambda: reader.installed() == ["Mine"])
    reader.sees(lambda: reader.person.window.models.text() == "Mine")
    again = read(settings=read_settings(settings_file()))
    again.sees(lambda: again.installed() == ["Mine"])
    assert starter.exists()


def test_a_deleted_model_lies_in_the_trash_and_comes_back(read: Callable[..., Reader], tiny: Path) -> None:
    mine = models_folder() / "a" / "b" / "tiny.gguf"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(tiny.read_bytes())
    reader = read()
    reader.sees(lambda: "tiny" in reader.installed())
    reader.page.installed.list.choose(mine)
    reader.clicks_on("Delete")
    reader.sees(lambda: "tiny" not in reader.installed() and not mine.exists())
    reader.clicks_on("Undo")
    reader.sees(lambda: "tiny" in reader.installed())
    assert mine.read_bytes() == tiny.read_bytes()


def test_only_ones_own_models_can_be_deleted(read: Callable[..., Reader], tiny: Path, starter: Path) -> None:
    reader = read(settings=Settings(added_models=(tiny,), appearance=Appearance(theme="light")))
    reader.sees(lambda: len(reader.installed()) == 2)
    for path, forgettable in ((starter.resolve(), False), (tiny, True)):
        reader.page.installed.list.choose(path)
        detail = reader.page.installed.detail
        assert (detail._delete.isVisible(), detail._forget.isVisible()) == (False, forgettable)
    reader.clicks_on("Remove from the list")
    reader.sees(lambda: reader.installed() == ["SmolLM2 135M Instruct"])
    assert tiny.exists() and read_settings(settings_file()).added_models == ()


def test_a_file_in_use_that_is_taken_off_the_list_is_in_use_no_more(
    read: Callable[..., Reader], starter: Path, tmp_path: Path
) -> None:
    other = tmp_path / "copy.gguf"
    other.write_bytes(starter.read_bytes())
    reader = read(settings=replace(SHORT, added_models=(other,), model=other))
    reader.sees(lambda: len(reader.installed()) == 2)
    reader.page.installed.list.choose(other)
    reader.clicks_on("Remove from the list")
    reader.sees(lambda: reader.installed() == ["SmolLM2 135M Instruct"])
    reader.sees(lambda: reader.person.window.models.text() == "SmolLM2 135M Instruct")


def test_what_was_deleted_can_be_downloaded_again(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes()})
    reader = read()
    reader.searches("smol")
    reader.chooses(REPOSITORY)
    reader.clicks_on("Download Q4_K_M")
    reader.sees(lambda: len(reader.installed()) == 2)
    reader.page._tabs.setCurrentIndex(0)
    reader.page.installed.list.choose(models_folder() / REPOSITORY / FILE)
    reader.clicks_on("Delete")
    reader.sees(lambda: len(reader.installed()) == 1)
    reader.page.show_hub()
    reader.sees(lambda: any(button.isEnabled() for button in reader._named("Download Q4_K_M", None)))


def test_what_was_foretold_stands_beside_what_was_measured(read: Callable[..., Reader], starter: Path) -> None:
    reader = read()
    reader.person.writes("Hi")
    reader.person.sees_answers(1)
    reader.page.open()
    reader.sees(lambda: reader.page.installed.detail._measured.isVisible())
    (row,) = reader.page.installed._models.values()
    assert abs(row.lesson.memory / row.foretold_memory - 1) < 0.15


# ---- the connection


def test_going_offline_pauses_what_is_under_way(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    row = _stalled(reader := read(), hub, starter)
    dialog = _dialog(reader)
    dialog._offline.setChecked(True)
    dialog._keep()
    reader.sees(lambda: row.job.phase == "paused")


@pytest.mark.parametrize(("folder", "moved"), [("elsewhere", True), ("models/within", False)])
def test_a_download_goes_on_after_the_folder_was_moved_or_could_not_be(
    read: Callable[..., Reader], hub: FakeHub, starter: Path, folder: str, moved: bool
) -> None:
    row = _stalled(reader := read(), hub, starter)
    new = models_folder().parent / folder
    dialog = _dialog(reader)
    dialog._folder.setText(str(new))
    dialog._keep()
    reader.sees(lambda: row.job.phase == "paused")
    reader.clicks_on("Resume", reader.page.downloads)
    reader.sees(lambda: row.job.phase == "done")
    assert row.job.path == (new if moved else models_folder()) / REPOSITORY / FILE
    reader.sees(lambda: len(reader.installed()) == 2)


def _stalled(reader: Reader, hub: FakeHub, starter: Path) -> DownloadRow:
    """A download that got a part of it."""
    hub.add(REPOSITORY, {FILE: starter.read_bytes()})
    reader.searches("smol")
    reader.chooses(REPOSITORY)
    reader.sees(lambda: reader._named("Download Q4_K_M", None))
    hub.fail("cdn", Fault("stall", after=300_000))
    reader.clicks_on("Download Q4_K_M")
    reader.sees(lambda: any(row.job.done for row in reader.page.downloads.rows.values()))
    (row,) = reader.page.downloads.rows.values()
    return row


def test_a_mirror_that_is_no_address_is_refused_and_nothing_changes(read: Callable[..., Reader], qtbot: QtBot) -> None:
    reader = read()
    dialog = _dialog(reader)
    dialog._mirror.setText("ftp://nowhere")
    dialog._token.setText("hf_secret")
    dialog._keep()
    reader.sees(lambda: "mirror" in reader.page.notice.text())
    assert read_settings(settings_file()).downloads == Settings().downloads
    assert stored_token() == ""


def test_a_token_is_kept_where_it_says_and_forgotten(read: Callable[..., Reader], qtbot: QtBot) -> None:
    reader = read()
    dialog = _dialog(reader)
    dialog._token.setText("hf_secret")
    dialog._keep()
    reader.sees(lambda: "token" in reader.page.notice.text() and reader.page._connection.has_token)
    assert stored_token() == "hf_secret"
    assert "hf_secret" not in settings_file().read_text(encoding="utf-8")
    _dialog(reader)._forget_token()
    reader.sees(lambda: not reader.page._connection.has_token)
    assert stored_token() == ""


def test_models_move_with_their_folder(read: Callable[..., Reader], tiny: Path, tmp_path: Path) -> None:
    mine = models_folder() / "a" / "b" / "tiny.gguf"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(tiny.read_bytes())
    reader = read()
    reader.sees(lambda: "tiny" in reader.installed())
    dialog = _dialog(reader)
    dialog._folder.setText(str(tmp_path / "elsewhere"))
    dialog._keep()
    moved = tmp_path / "elsewhere" / "a" / "b" / "tiny.gguf"
    reader.sees(lambda: moved in reader.page.installed._models)
    assert not mine.exists() and read_settings(settings_file()).downloads.folder == tmp_path / "elsewhere"


def _dialog(reader: Reader) -> object:
    from desktop_llm.ui.connection_dialog import ConnectionDialog

    reader.sees(lambda: reader.page._connection.folder.name)
    reader.page._show_connection()
    return reader.page.findChildren(ConnectionDialog)[-1]


# ---- for everybody


def test_every_part_that_can_be_used_has_a_name(read: Callable[..., Reader], hub: FakeHub, starter: Path) -> None:
    hub.add(REPOSITORY, {FILE: starter.read_bytes()})
    hub.fail("cdn", Fault("stall", after=1_000_000))
    reader = read()
    reader.searches("smol")
    reader.chooses(REPOSITORY)
    reader.clicks_on("Download Q4_K_M")
    reader.sees(lambda: reader.page.downloads.rows)
    dialog = _dialog(reader)
    usable = (QAbstractButton, QLineEdit, QAbstractItemView)
    parts = [part for kind in usable for whole in (reader.page, dialog) for part in whole.findChildren(kind)]
    own = [part for part in parts if part.isVisible() and not part.objectName().startswith("qt_")]
    own = [part for part in own if not isinstance(part.parent(), QLineEdit)]
    assert len(own) > 20
    assert [type(part).__name__ for part in own if not _spoken(part)] == []


def _spoken(part: QWidget) -> str:
    """What a screen reader calls it."""
    return QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)


def test_a_lesser_loading_is_told_and_can_be_tried_anew(read: Callable[..., Reader], starter: Path) -> None:
    asked = Loading(context=65536)
    lesser = replace(asked, context=2048)
    Experience(experience_file()).note_loaded(starter.resolve(), asked, lesser, 0, ("CPU",))
    reader = read(settings=Settings(loading=asked, appearance=Appearance(theme="light")), model=None)
    reader.page.installed.list.choose(starter.resolve())
    reader.sees(lambda: "2048 tokens" in reader.page.installed.detail._lesser.text())
    reader.clicks_on("Try my settings again next time")
    reader.sees(lambda: not reader.page.installed.detail._lesser.isVisible())
    assert Experience(experience_file()).of(starter.resolve()).worked is None


def test_a_part_nobody_knows_of_is_listed_and_can_be_deleted(read: Callable[..., Reader], starter: Path) -> None:
    part = models_folder() / "a" / "b" / "old.gguf.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(2_500_000))
    reader = read()
    reader.sees(lambda: str(part) in reader.page.downloads.rows)
    row = reader.page.downloads.rows[str(part)]
    assert "2.5 MB" in row.words() and not row._go_on.isVisible()
    reader.clicks_on("Cancel and delete what was downloaded")
    reader.sees(lambda: not part.exists())


def test_a_move_that_breaks_off_loses_sight_of_no_model(
    read: Callable[..., Reader], tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = models_folder(), tmp_path / "elsewhere"
    for name in ("one", "two"):
        (old / "a" / name).mkdir(parents=True)
        (old / "a" / name / f"{name}.gguf").write_bytes(tiny.read_bytes())

    def broken_off(_old: Path, to: Path, *_: object) -> None:
        (to / "a" / "one").mkdir(parents=True)
        (old / "a" / "one" / "one.gguf").rename(to / "a" / "one" / "one.gguf")
        raise UserError(Problem("The cable was pulled."))

    monkeypatch.setattr("desktop_llm.ui.models_session.move_models", broken_off)
    reader = read()
    reader.sees(lambda: {"one", "two"} <= set(reader.installed()))
    dialog = _dialog(reader)
    dialog._folder.setText(str(new))
    dialog._keep()
    reader.sees(lambda: "cable" in reader.page.notice.text())
    assert new / "a" / "one" / "one.gguf" in read_settings(settings_file()).added_models
