"""The ten likeliest next tokens as bars: what the sampling makes of the model's own probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QToolButton, QVBoxLayout, QWidget

from desktop_llm.engine.messages import LikelyToken, LookedAhead
from desktop_llm.fields import words
from desktop_llm.reshaping import reshaped
from desktop_llm.settings import Sampling
from desktop_llm.ui.amounts import number
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.field_controls import in_words
from desktop_llm.ui.shown_text import harmless

SHOWN = 10
_SCALES = (0.1, 0.25, 0.5, 1.0)
_LEFT_OUT = ("logit_bias", "grammar", "schema")
_WIDEST = (1.0, 0.088, 0.0001)
_VISIBLE = str.maketrans({" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"})
_PADDING, _GAP, _ROUND, _INSET = 3, 8, 2, 3  # pixels
_LONGEST_TOKEN = 0.34  # of a row


class NextTokenView(QWidget):
    """Folded until it is wanted; `wanted` tells that it is seen now and knows nothing newer."""

    wanted = Signal()

    def __init__(self, sampling: Sampling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sampling = sampling
        self._ahead: LookedAhead | None = None
        self.fold = QToolButton()
        self.rows = [TokenRow() for _ in range(SHOWN)]
        self._bars = QWidget()
        self._said = wrapped("muted")
        self._place()

    @property
    def is_wanted(self) -> bool:
        return self.isVisible() and self.fold.isChecked()

    def show_sampling(self, sampling: Sampling) -> None:
        """Only what is seen is worked out."""
        self._sampling = sampling
        if self.is_wanted:
            self._refresh()

    def show_ahead(self, ahead: LookedAhead) -> None:
        self._ahead = ahead
        self._refresh()

    def say(self, text: str) -> None:
        """In place of the bars."""
        self._ahead = None
        self._bars.hide()
        self._said.setText(text)

    def said(self) -> str:
        return self._said.text()

    def _refresh(self) -> None:
        if self._ahead is None or not self._ahead.tokens:
            return
        tokens = self._ahead.tokens
        chances = reshaped([token.logit for token in tokens], self._sampling, self._ahead.spread)
        highest = max(*chances[:SHOWN], *(token.probability for token in tokens[:SHOWN]))
        scale = next((scale for scale in _SCALES if highest <= scale), 1.0)
        for row, token, chance in zip(self.rows, tokens, chances, strict=False):
            row.show_token(token, chance, scale)
        widest = max(row.fontMetrics().horizontalAdvance(row.text) for row in self.rows) + _PADDING
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(tokens))
            row.column = widest
        rest = self.tr("All other words together: {percent}. Outlined: without these settings.")
        told = rest.format(percent=percent(sum(chances[SHOWN:]))), self._left_out()
        self._said.setText(" ".join(filter(None, told)))
        self._bars.setAccessibleDescription("; ".join(row.accessibleName() for row in self.rows[: len(tokens)]))
        self._bars.show()

    def _left_out(self) -> str:
        """What else would shape the next word and is not in the bars."""
        names = [in_words(words(Sampling, name).label) for name in _LEFT_OUT if getattr(self._sampling, name)]
        return self.tr("Not in this picture: {names}.").format(names=", ".join(names)) if names else ""

    # ---- how it looks

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.fold.isChecked():
            self._refresh()
            self.wanted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._show_fold()
        elif event.type() == QEvent.Type.FontChange and self.is_wanted:
            self._refresh()

    def _unfold(self, on: bool) -> None:
        self._inside.setVisible(on)
        self._show_fold()
        if on:
            self._refresh()
            self.wanted.emit()

    def _show_fold(self) -> None:
        towards_end = self.layoutDirection() == Qt.LayoutDirection.LeftToRight
        closed = Qt.ArrowType.RightArrow if towards_end else Qt.ArrowType.LeftArrow
        self.fold.setArrowType(Qt.ArrowType.DownArrow if self.fold.isChecked() else closed)

    def _place(self) -> None:
        column, bars, self._inside = QVBoxLayout(self), QVBoxLayout(self._bars), QWidget()
        inside = QVBoxLayout(self._inside)
        for layout in (column, bars, inside):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        inside.setSpacing(4)
        for row in self.rows:
            bars.addWidget(row)
        for part in (self._bars, self._said):
            inside.addWidget(part)
        for part in (self.fold, self._inside):
            column.addWidget(part)
        for part in (self._bars, self._inside):
            part.hide()
        self._name()

    def _name(self) -> None:
        self.fold.setText(self.tr("Next word"))
        self.fold.setObjectName("fold")
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setAccessibleName(self.fold.text())
        help = self.tr(
            "How the answer could begin, and what these settings make of it. What depends on the text so far, "
            "like penalties, is left out."
        )
        self.fold.setToolTip(help)
        self.fold.setAccessibleDescription(help)
        self._bars.setAccessibleName(self.tr("The likeliest next words"))
        self.fold.toggled.connect(self._unfold)
        self._show_fold()


class TokenRow(QWidget):
    """A token, its bar with the outline of what it would be at temperature 1, and its probability."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.chance, self.before = "", 0.0, 0.0
        self.column = 0  # pixels that the longest token of all rows needs
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_token(self, token: LikelyToken, chance: float, scale: float) -> None:
        """The whole width of a bar is the probability `scale`."""
        self.text, self.chance, self.before = visible(token), chance, token.probability
        self._scale = scale
        said = self.tr("{token}: {now}, without these settings {before}")
        told = said.format(token=self.text, now=percent(chance), before=percent(self.before))
        if told != self.accessibleName():
            self.setAccessibleName(told)
            self.setToolTip(told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 2 * _PADDING)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        token, bar, figure = (self._visual(part) for part in self._parts())
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # of each text by itself
        painter.setPen(self._colour(QPalette.ColorRole.WindowText))
        leading, trailing = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            leading, trailing = trailing, leading
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        short = self.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, token.width())
        painter.drawText(token, leading | middle, short)
        painter.drawText(figure, trailing | middle, percent(self.chance))
        self._paint_bar(painter, bar)
        painter.end()

    def _paint_bar(self, painter: QPainter, whole: QRect) -> None:
        """The outline is higher than the bar, so that it is seen where it is shorter too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(self._length(whole, self.chance).adjusted(0, _INSET, 0, -_INSET), _ROUND, _ROUND)
        painter.setPen(self._colour(QPalette.ColorRole.PlaceholderText))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._length(whole, self.before).adjusted(0.5, 0.5, -0.5, -0.5), _ROUND, _ROUND)

    def _length(self, whole: QRect, chance: float) -> QRectF:
        """From where lines begin."""
        width = whole.width() * min(chance / self._scale, 1.0)
        rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = whole.left() + whole.width() - width if rtl else whole.left()
        return QRectF(left, whole.top(), width, whole.height())

    def _parts(self) -> tuple[QRect, QRect, QRect]:
        """Token, bar and figure, as they stand where lines begin on the left."""
        width, height, metrics = self.width(), self.height(), self.fontMetrics()
        token = min(self.column, round(width * _LONGEST_TOKEN))
        figure = max(map(metrics.horizontalAdvance, map(percent, _WIDEST)))
        bar = QRect(token + _GAP, 0, width - token - figure - 2 * _GAP, height).adjusted(0, _PADDING, 0, -_PADDING)
        return QRect(0, 0, token, height), bar, QRect(width - figure, 0, figure, height)

    def _visual(self, part: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), part)

    def _colour(self, role: QPalette.ColorRole) -> QColor:
        """Faded where it cannot be chosen."""
        group = QPalette.ColorGroup.Active if self.chance > 0 else QPalette.ColorGroup.Disabled
        return self.palette().color(group, role)


def visible(token: LikelyToken) -> str:
    """Its text with what would not be seen; its number where it has none."""
    return harmless(token.text.translate(_VISIBLE)) or f"#{token.token}"


def percent(chance: float) -> str:
    if 0 < chance < 0.0005:
        return f"< {number(0.1)} %"
    return f"{number(100 * chance)} %" if 0 < chance < 1 else f"{100 * chance:.0f} %"


def shown_of(rows: Sequence[TokenRow]) -> list[tuple[str, float]]:
    """What is seen of each row."""
    return [(row.text, row.chance) for row in rows if not row.isHidden()]
