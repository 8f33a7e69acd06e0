"""What the program keeps on the disk, how large that is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop_llm.ui import amounts
from desktop_llm.ui.confirmation import confirm
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.disk_use import DiskUse, Kept
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel


class StorageList(QWidget):
    """Its signals ask for what the rest of the window does."""

    states_cleared = Signal()
    chats_deleted = Signal()
    logs_cleared = Signal()
    wants_models = Signal()
    wants_trash = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        acts = self._acts()
        self.rows = {kind: _StorageRow(title, about, acts[kind]) for kind, title, about in self._kinds()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        for row in self.rows.values():
            column.addWidget(row)

    def show_use(self, use: DiskUse) -> None:
        for kept in use.kept:
            self.rows[kept.kind].show_kept(kept)

    def _kinds(self) -> tuple[tuple[str, str, str], ...]:
        forever = self.tr("They stay until you delete them; what you delete goes to the trash first.")
        states = self.tr("What was read of long chats, so that they open at once; up to 4 GB, the oldest go first.")
        return (
            ("models", self.tr("Models"), self.tr("They stay until you delete them.")),
            ("conversations", self.tr("Conversations"), forever),
            ("states", self.tr("Kept states"), states),
            ("logs", self.tr("Logs"), self.tr("What went wrong, up to 2 MB; they are sent nowhere.")),
        )

    def _acts(self) -> dict[str, dict[str, Callable[[], object]]]:
        """What the buttons of each say and do; the last one only where there is something."""
        return {
            "models": {self.tr("Manage models"): self.wants_models.emit},
            "conversations": {
                self.tr("Trash…"): self.wants_trash.emit,
                self.tr("Delete all chats…"): self._ask_to_delete,
            },
            "states": {self.tr("Clear…"): self._ask_to_clear},
            "logs": {self.tr("Clear…"): self._ask_to_clear_logs},
        }

    def _ask_to_delete(self) -> None:
        text = self.tr("Move all chats to the trash?")
        confirm(self, self.tr("Conversations"), text, self.tr("Delete"), self.chats_deleted.emit)

    def _ask_to_clear_logs(self) -> None:
        text = self.tr("Clear the logs? What went wrong so far can then not be looked up any more.")
        confirm(self, self.tr("Logs"), text, self.tr("Delete"), self.logs_cleared.emit)

    def _ask_to_clear(self) -> None:
        text = self.tr("Delete the kept states of all chats? Long chats are then read anew when they are opened.")
        confirm(self, self.tr("Kept states"), text, self.tr("Delete"), self.states_cleared.emit)


class _StorageRow(QWidget):
    def __init__(self, title: str, about: str, acts: dict[str, Callable[[], object]]) -> None:
        super().__init__()
        self._folder: Path | None = None
        self.bytes = LeadingLabel("…")
        self.show_folder = QPushButton(self.tr("Show folder"))
        self.acts = [QPushButton(words) for words in acts]
        self._place(title, about)
        self.show_folder.clicked.connect(self._show)
        for button, act in zip(self.acts, acts.values(), strict=True):
            button.clicked.connect(act)

    def show_kept(self, kept: Kept) -> None:
        self._folder = kept.folder
        self.bytes.setText(amounts.size(kept.size))
        self.bytes.setToolTip(self.tr("{count} files in {folder}").format(count=kept.files, folder=kept.folder))
        self.show_folder.setEnabled(kept.folder.is_dir())
        self.show_folder.setToolTip(str(kept.folder))
        if kept.kind != "models":
            self.acts[-1].setEnabled(kept.size > 0)

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
        buttons = [self.show_folder, *self.acts]
        grid.addLayout(button_row(*buttons), 2, 0, 1, 2)
        for button in buttons:
            button.setAccessibleName(f"{title}: {button.text()}")
        self.show_folder.setEnabled(False)
