"""The program's own icons, drawn in the colour their place needs."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from desktop_llm.settings import resource

_SCALES = (1, 2, 3)


@lru_cache(maxsize=128)
def icon(name: str, colour: str, size: int = 18) -> QIcon:
    svg = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    drawing = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(_drawn(drawing, size, scale))
    return made


def _drawn(drawing: QSvgRenderer, size: int, scale: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


class IconButton(QToolButton):
    """A button that is only a picture; its name is its tool tip and what a screen reader says."""

    def __init__(self, picture: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = picture
        self.setIconSize(QSize(18, 18))
        self.setAutoRaise(True)
        self.rename(name)
        self._draw()

    def rename(self, name: str) -> None:
        self.setToolTip(name)
        self.setAccessibleName(name)

    def open_menu(self, menu: QMenu) -> None:
        """When it is pressed. Qt's own `InstantPopup` has no action that a screen reader could open it with."""
        menu.setAccessibleName(self.accessibleName())
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.DelayedPopup)
        self.pressed.connect(self._open_soon)

    def _open_soon(self) -> None:
        """Not at once: until the menu closes, whoever pressed it would wait for an answer."""
        QTimer.singleShot(0, self.showMenu)

    def show_picture(self, picture: str) -> None:
        self._picture = picture
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange, QEvent.Type.StyleChange):
            self._draw()

    def colour(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.PlaceholderText)

    def _draw(self) -> None:
        self.setIcon(icon(self._picture, self.colour().name()))
