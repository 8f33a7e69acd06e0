"""How the program reaches the Hub: offline or not, a mirror, a proxy, a token, and where models go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.settings import Downloads
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.models_session import Connection


class ConnectionDialog(QDialog):
    kept = Signal(object, object)  # the Connection, and the new token, or None where it stays as it is

    def __init__(self, connection: Connection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._connection = connection
        given = connection.downloads
        self._offline = QCheckBox(self.tr("Stay offline: never use the network"))
        self._offline.setChecked(connection.privacy.offline)
        self._mirror, self._proxy = QLineEdit(given.mirror), QLineEdit(given.proxy)
        self._to_mirror = QCheckBox(self.tr("Send the token to the mirror too"))
        self._to_mirror.setChecked(given.token_to_mirror)
        self._token = QLineEdit()
        self._folder = QLineEdit(str(connection.folder))
        self._at_once = QSpinBox()
        self._buttons = QDialogButtonBox()
        self._place()

    def _place(self) -> None:
        self.setWindowTitle(self.tr("Connection and downloads"))
        self.setMinimumWidth(560)
        self._describe()
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow(self._offline)
        form.addRow(self.tr("Folder of models"), self._folder_row())
        form.addRow(self.tr("Downloads at once"), self._at_once)
        form.addRow(self.tr("Hub mirror"), self._mirror)
        form.addRow("", self._to_mirror)
        form.addRow(self.tr("Proxy"), self._proxy)
        form.addRow(self.tr("Hugging Face token"), self._token)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(self._scrolling(form), 1)
        column.addWidget(self._buttons)
        self._add_buttons()
        self.resize(self.sizeHint().boundedTo(self.screen().availableSize()))

    def _scrolling(self, form: QFormLayout) -> QScrollArea:
        """On a small screen with large letters not all of it fits, and the buttons below must."""
        inside, area = QWidget(), QScrollArea()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(self._note())
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _describe(self) -> None:
        self._mirror.setPlaceholderText("https://huggingface.co")
        self._proxy.setPlaceholderText(self.tr("Use the system's proxy"))
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        stored = self.tr("A token is stored; type a new one to replace it")
        none = self.tr("Only needed for models with terms to accept")
        self._token.setPlaceholderText(stored if self._connection.has_token else none)
        self._at_once.setRange(1, 8)
        self._at_once.setMaximumWidth(70)
        self._at_once.setValue(self._connection.downloads.at_once)
        names = {
            self._mirror: self.tr("Hub mirror"), self._proxy: self.tr("Proxy"),
            self._token: self.tr("Hugging Face token"), self._folder: self.tr("Folder of models"),
            self._at_once: self.tr("Downloads at once"),
        }  # fmt: skip
        for field, name in names.items():
            field.setAccessibleName(name)

    def _folder_row(self) -> QWidget:
        choose = QPushButton(self.tr("Choose…"))
        choose.setAccessibleName(self.tr("Choose the folder of models"))
        choose.clicked.connect(self._choose_folder)
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        return whole

    def _note(self) -> QWidget:
        note = wrapped("muted")
        note.setText(
            self.tr(
                "If you change the folder, its models are moved there. "
                "The token goes only to the Hub, and to the mirror if you allow it."
            )
        )
        return note

    def _add_buttons(self) -> None:
        keep = self._buttons.addButton(self.tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        leave = self._buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons = [keep, leave]
        if self._connection.has_token:
            forget = self._buttons.addButton(self.tr("Remove the token"), QDialogButtonBox.ButtonRole.ResetRole)
            forget.clicked.connect(self._forget_token)
            buttons.append(forget)
        for button in buttons:
            button.setAccessibleName(button.text())
        self._buttons.accepted.connect(self._keep)
        self._buttons.rejected.connect(self.reject)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder of models"), self._folder.text())
        if chosen:
            self._folder.setText(chosen)

    def _forget_token(self) -> None:
        self.kept.emit(self._given(), "")
        self.accept()

    def _keep(self) -> None:
        self.kept.emit(self._given(), self._token.text().strip() or None)
        self.accept()

    def _given(self) -> Connection:
        downloads = Downloads(
            folder=Path(self._folder.text().strip() or self._connection.folder).expanduser().absolute(),
            at_once=self._at_once.value(),
            mirror=self._mirror.text().strip(),
            token_to_mirror=self._to_mirror.isChecked(),
            proxy=self._proxy.text().strip(),
        )
        privacy = replace(self._connection.privacy, offline=self._offline.isChecked())
        return Connection(downloads, privacy, self._connection.folder)
