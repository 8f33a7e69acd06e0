"""Small buttons below a message: its branches, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_llm.ui.icons import IconButton
from desktop_llm.ui.rows import Unsent

LINE = 30
_SHOWN_COPIED = 1500


class SmallButton(IconButton):
    """May be quiet: not drawn until one points at its message or reaches it by key, but always there."""

    def __init__(self, picture: str, name: str, parent: QWidget) -> None:
        super().__init__(picture, name, parent)
        self.setIconSize(QSize(16, 16))
        self.quiet = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.quiet or self.hasFocus() or self.underMouse():
            super().paintEvent(event)


class CopyButton(SmallButton):
    """Says for a moment that it has copied."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__("copy", name, parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._rest)
        self.clicked.connect(self._confirm)

    def _confirm(self) -> None:
        self.show_picture("check")
        self._timer.start(_SHOWN_COPIED)

    def _rest(self) -> None:
        self.show_picture("copy")


class Branches(QWidget):
    """< 2/3 >: which of a message's siblings is shown, and the way to the others."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.previous = SmallButton("previous", self.tr("Previous version"), self)
        self.next = SmallButton("next", self.tr("Next version"), self)
        self._place = QLabel(self)
        self._place.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.previous, self._place, self.next):
            row.addWidget(widget)
        self.previous.clicked.connect(self._back)
        self.next.clicked.connect(self._on)
        self._point()

    def show_place(self, place: int, count: int) -> None:
        self._place.setText(f"\u2066{place}/{count}\u2069")
        self._place.setAccessibleName(self.tr("Version {place} of {count}").format(place=place, count=count))
        self.previous.setEnabled(place > 1)
        self.next.setEnabled(place < count)
        self.setVisible(count > 1)

    def changeEvent(self, event: object) -> None:
        super().changeEvent(event)  # type: ignore[arg-type]
        self._point()

    def _point(self) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.previous.show_picture("next" if mirrored else "previous")
        self.next.show_picture("previous" if mirrored else "next")

    def _back(self) -> None:
        self.chosen.emit("previous")

    def _on(self) -> None:
        self.chosen.emit("next")


def why_unsent(unsent: Unsent) -> str:
    if unsent == "no room":
        return QCoreApplication.translate("Transcript", "This does not fit in the context")
    return QCoreApplication.translate("Transcript", "Not sent: the context is full") if unsent else ""
