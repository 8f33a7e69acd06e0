"""What the Summarize page shows before there is anything to sum up: what can be given to it, and how."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.ui.attachment_chips import files_in

_WIDEST, _PASTE_LINES = 640, 4
_LONGEST_EDITED = 40_000  # characters; what is longer is taken at once
_KINDS = "*.pdf *.docx *.epub *.html *.htm *.md *.txt *.csv *.srt *.vtt *.json *.py"
_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


def chosen_documents(parent: QWidget, title: str, every: str, documents: str) -> list[Path]:
    paths, _ = QFileDialog.getOpenFileNames(parent, title, str(Path.home()), f"{documents} ({_KINDS});;{every} (*)")
    return [Path(path) for path in paths]


def chosen_folder(parent: QWidget, title: str) -> list[Path]:
    path = QFileDialog.getExistingDirectory(parent, title, str(Path.home()))
    return [Path(path)] if path else []


class AddButtons(QWidget):
    """Files and folders, chosen in a dialog."""

    chosen = Signal(object)  # paths

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files, self.folder = QPushButton(self.tr("Choose files…")), QPushButton(self.tr("Choose a folder…"))
        self._row = QBoxLayout(_ACROSS, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.setMinimumWidth(1)  # narrower than both beside each other, they stand below each other
        for button in (self.files, self.folder):
            button.setAccessibleName(button.text())
            self._row.addWidget(button)
        self.files.clicked.connect(self.choose_files)
        self.folder.clicked.connect(self.choose_folder)

    def choose_files(self) -> None:
        title, every, documents = self.tr("Files to summarize"), self.tr("All files"), self.tr("Documents")
        if paths := chosen_documents(self, title, every, documents):
            self.chosen.emit(paths)

    def choose_folder(self) -> None:
        if paths := chosen_folder(self, self.tr("Folder to summarize")):
            self.chosen.emit(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self.files.sizeHint().width() + self.folder.sizeHint().width() + self._row.spacing()
        self._row.setDirection(_ACROSS if needed <= event.size().width() else _DOWN)


class PasteBox(QPlainTextEdit):
    """A text, or files, out of the clipboard."""

    entered = Signal()
    pasted = Signal(str)  # a text too long to be edited
    files = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Or paste a text here"))
        self.setAccessibleName(self.tr("Text to summarize"))
        self.setFixedHeight(_PASTE_LINES * self.fontMetrics().lineSpacing() + 24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(files_in(source)) or super().canInsertFromMimeData(source)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files that are dropped are the page's, wherever they fall."""
        if files_in(event.mimeData()):
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if paths := files_in(source):
            self.files.emit(paths)
        elif len(source.text()) > _LONGEST_EDITED:
            self.pasted.emit(source.text())
        else:
            super().insertFromMimeData(source)


class SummaryBegin(QWidget):
    chosen = Signal(object)  # paths
    pasted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add, self.paste = AddButtons(), PasteBox()
        self.use = QPushButton(self.tr("Use this text"))
        self._place()
        self.add.chosen.connect(self.chosen)
        self.paste.files.connect(self.chosen)
        self.paste.pasted.connect(self.pasted)
        self.paste.entered.connect(self._use)
        self.paste.textChanged.connect(self._refresh)
        self.use.clicked.connect(self._use)
        self._refresh()

    def _use(self) -> None:
        text = self.paste.toPlainText()
        if text.strip():
            self.paste.clear()
            self.pasted.emit(text)

    def _refresh(self) -> None:
        self.use.setVisible(bool(self.paste.toPlainText().strip()))

    def _place(self) -> None:
        heading = _line("heading", self.tr("Drop files or a folder here"))
        words = _line("muted", self.tr(
            "However long they are, every page is read, on this computer. Each sentence of the summary shows where it "
            "comes from, and what the text does not say is marked."
        ))  # fmt: skip
        kinds = _line("muted", self.tr("PDF, Word, EPUB, web pages, Markdown, subtitles, tables, code and plain text"))
        inside = QVBoxLayout()
        inside.setSpacing(12)
        for part in (heading, words, kinds):
            inside.addWidget(part)
        inside.addWidget(self.add, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(self.paste)
        inside.addWidget(self.use, 0, Qt.AlignmentFlag.AlignHCenter)
        self.use.setObjectName("primary")
        self.use.setAccessibleName(self.use.text())
        box = QFrame()
        box.setLayout(inside)
        box.setMaximumWidth(_WIDEST)
        row, column = QHBoxLayout(), QVBoxLayout(self)
        row.addStretch(1)
        row.addWidget(box, 100)
        row.addStretch(1)
        column.addStretch(2)
        column.addLayout(row)
        column.addStretch(3)


def _line(name: str, text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
