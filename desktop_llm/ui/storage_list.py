"""What the program keeps on the disk, how large that is, and what can be done about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QMessageBox, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.disk_use import DiskUse, Kept
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel


class StorageList(QWidget):
    """Its signals ask for what the rest of the window does."""

    states_cleared = Signal()
    wants_models = Signal()
    wants_trash = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        acts = self._acts()
        self.rows = {kind: _StorageRow(title, about, *acts.get(kind, ())) for kind, title, about in self._kinds()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        for row in self.rows.values():
            column.addWidget(row)
        if (clear := self.rows["states"].act) is not None:
            clear.setEnabled(False)

    def show_use(self, use: DiskUse) -> None:
        for kept in use.kept:
            self.rows[kept.kind].show_kept(kept)

    def _kinds(self) -> tuple[tuple[str, str, str], ...]:
        forever = self.tr("They stay until you delete them; what you delete stays in the trash for 30 days.")
        states = self.tr("What was read of long chats, so that they open at once; up to 4 GB, the oldest go first.")
        return (
            ("models", self.tr("Models"), self.tr("They stay until you delete them.")),
            ("conversations", self.tr("Conversations"), forever),
            ("states", self.tr("Kept states"), states),
            ("logs", self.tr("Logs"), self.tr("What went wrong, up to 2 MB; they are sent nowhere.")),
        )

    def _acts(self) -> dict[str, tuple[str, object]]:
        return {
            "models": (self.tr("Manage models"), self.wants_models.emit),
            "conversations": (self.tr("Trash…"), self.wants_trash.emit),
            "states": (self.tr("Clear…"), self._ask_to_clear),
        }

    def _ask_to_clear(self) -> None:
        text = self.tr("Delete the kept states of all chats? Long chats are then read anew when they are opened.")
        asked = QMessageBox(QMessageBox.Icon.Question, self.tr("Kept states"), text, parent=self)
        delete = asked.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        asked.setDefaultButton(asked.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole))
        for button in asked.buttons():
            button.setAccessibleName(button.text())
        delete.clicked.connect(self.states_cleared)
        asked.finished.connect(asked.deleteLater)
        asked.open()


class _StorageRow(QWidget):
    def __init__(self, title: str, about: str, act: str = "", do: object = None) -> None:
        super().__init__()
        self._folder: Path | None = None
        self.bytes = LeadingLabel("…")
        self.show_folder = QPushButton(self.tr("Show folder"))
        self.act = QPushButton(act) if act else None
        self._place(title, about)
        self.show_folder.clicked.connect(self._show)
        if self.act is not None:
            self.act.clicked.connect(do)

    def show_kept(self, kept: Kept) -> None:
        self._folder = kept.folder
        self.bytes.setText(amounts.size(kept.size))
        self.bytes.setToolTip(self.tr("{count} files in {folder}").format(count=kept.files, folder=kept.folder))
        self.show_folder.setEnabled(kept.folder.is_dir())
        self.show_folder.setToolTip(str(kept.folder))
        if kept.kind == "states" and self.act is not None:
            self.act.setEnabled(kept.files > 0)

    def _show(self) -> None:
        if self._folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _place(self, title: str, about: str) -> None:
        name, told = LeadingLabel(title), wrapped("muted")
        name.show_as("strong")
        self.bytes.show_as("fact")
        self.bytes.setAccessibleName(self.tr("Size of: {what}").format(what=title))
        told.setText(about)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.bytes, 0, 1)
        grid.addWidget(told, 1, 0, 1, 2)
        buttons = [button for button in (self.show_folder, self.act) if button is not None]
        grid.addLayout(button_row(*buttons), 2, 0, 1, 2)
        for button in buttons:
            button.setAccessibleName(f"{title}: {button.text()}")
        self.show_folder.setEnabled(False)
