"""Files that come in and go out: chosen in a dialog, or dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop_llm.storage.exporting import file_name

_MODEL, _EXPORTS = ".gguf", (".json", ".jsonl", ".zip")


def is_export(path: Path) -> bool:
    """Whether it is for conversations, of this program or another; what is not is taken for a model."""
    return path.suffix.lower() in _EXPORTS


def is_model(path: Path) -> bool:
    return path.suffix.lower() == _MODEL


def may_be_data(path: Path) -> bool:
    """Whether it is only by its content that conversations are told from other data."""
    return path.suffix.lower() in _EXPORTS[:2]


def choose_model(parent: QWidget) -> Path | None:
    title = QCoreApplication.translate("MainWindow", "Choose a model file")
    return _chosen(parent, title, QCoreApplication.translate("MainWindow", "Models (*.gguf);;All files (*)"))


def choose_export(parent: QWidget) -> Path | None:
    title = QCoreApplication.translate("MainWindow", "Import conversations")
    kinds = QCoreApplication.translate("MainWindow", "Exported conversations (*.json *.jsonl *.zip)")
    return _chosen(parent, title, kinds)


def choose_target(parent: QWidget, title: str) -> tuple[str, Path] | None:
    """In which form a conversation is to be exported, and where to."""
    kinds = {
        "md": "Markdown (*.md)",
        "html": QCoreApplication.translate("MainWindow", "Web page (*.html)"),
        "docx": "Word (*.docx)",
        "txt": QCoreApplication.translate("MainWindow", "Text (*.txt)"),
        "json": QCoreApplication.translate("MainWindow", "Everything, to be imported again (*.json)"),
    }
    asked = QCoreApplication.translate("MainWindow", "Export the conversation")
    begin = str(Path.home() / file_name(title))
    path, kind = QFileDialog.getSaveFileName(parent, asked, begin, ";;".join(kinds.values()))
    form = next((form for form, words in kinds.items() if words == kind), "md")
    if not path:
        return None
    return form, Path(path) if Path(path).suffix == f".{form}" else Path(f"{path}.{form}")


def choose_summary_target(parent: QWidget, title: str) -> tuple[str, Path] | None:
    """In which form a summary is to be exported, and where to."""
    kinds = {
        "md": "Markdown (*.md)",
        "docx": "Word (*.docx)",
        "html": QCoreApplication.translate("MainWindow", "Web page (*.html)"),
        "txt": QCoreApplication.translate("MainWindow", "Text (*.txt)"),
    }
    asked = QCoreApplication.translate("MainWindow", "Export the summary")
    begin = str(Path.home() / file_name(title))
    path, kind = QFileDialog.getSaveFileName(parent, asked, begin, ";;".join(kinds.values()))
    form = next((form for form, words in kinds.items() if words == kind), "md")
    if not path:
        return None
    return form, Path(path) if Path(path).suffix == f".{form}" else Path(f"{path}.{form}")


def choose_target_of_all(parent: QWidget, folder: str | None) -> tuple[str, Path] | None:
    """In which form conversations are to be exported, and to which file or, with a file for each, which folder."""
    kinds = {
        "json": QCoreApplication.translate("MainWindow", "Everything in one file, to be imported again (*.json)"),
        "md": QCoreApplication.translate("MainWindow", "A folder with a Markdown file for each conversation (*)"),
        "html": QCoreApplication.translate("MainWindow", "A folder with a web page for each conversation (*)"),
        "docx": QCoreApplication.translate("MainWindow", "A folder with a Word file for each conversation (*)"),
        "txt": QCoreApplication.translate("MainWindow", "A folder with a text file for each conversation (*)"),
    }
    asked = QCoreApplication.translate("MainWindow", "Export conversations")
    name = folder or QCoreApplication.translate("MainWindow", "Conversations")
    begin = str(Path.home() / file_name(name))
    path, kind = QFileDialog.getSaveFileName(parent, asked, begin, ";;".join(kinds.values()))
    form = next((form for form, words in kinds.items() if words == kind), "json")
    if not path:
        return None
    return form, Path(f"{path}.json") if form == "json" and Path(path).suffix != ".json" else Path(path)


def _chosen(parent: QWidget, title: str, kinds: str) -> Path | None:
    path, _ = QFileDialog.getOpenFileName(parent, title, str(Path.home()), kinds)
    return Path(path) if path else None
