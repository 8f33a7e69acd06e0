"""The texts a conversation is shown in: Markdown, tables, plain text, reasoning and the name of a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import ceil

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDesktopServices,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QStyle, QTextBrowser, QTextEdit, QToolButton, QWidget

from desktop_llm.ui.code_view import never
from desktop_llm.ui.formulas import Formula, typesetter
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.markdown_blocks import Block
from desktop_llm.ui.markdown_text import SAFE_LINKS
from desktop_llm.ui.markdown_writer import (
    FORMULA_SOURCE,
    INDENT,
    QUOTE_INDENT,
    QUOTE_LEVEL,
    MarkdownWriter,
    paragraph_format,
)
from desktop_llm.ui.rows import Item, Row
from desktop_llm.ui.shown_text import LONGEST_RUN, copied, only_text, shown
from desktop_llm.ui.theme import Theme

OBJECT = "\ufffc"
_MARKS = frozenset("\\`*_[]()<>#!|~&;=$\n\r\t\u2028\u2029")


class TextView(QTextBrowser):
    """A text that neither scrolls nor loads anything."""

    hovered = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("said")
        self.theme = theme
        self.has_quotes = False
        self.takes_press: Callable[[QMouseEvent], bool] = never
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setOpenLinks(False)
        self.anchorClicked.connect(self._open)
        self._set_up_document()
        self.ensurePolished()

    def _set_up_document(self) -> None:
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document = self.document()
        document.setDefaultTextOption(option)
        document.setDocumentMargin(0)
        document.setIndentWidth(INDENT)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)

    def height_at(self, width: int) -> int:
        """The width is set by hand: a hidden widget does not lay its text out."""
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
        return ceil(self.document().size().height())

    def end(self) -> QTextCursor:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        return cursor

    def loadResource(self, _kind: int, _name: QUrl | str) -> QImage:
        """Nothing is ever opened: an empty answer would make Qt look for the file itself."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        return image

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.takes_press(event):
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() != Qt.Key.Key_Return:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        text = copied(_with_formulas(self.textCursor()))
        return only_text(super().createMimeDataFromSelection(), text)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.has_quotes:
            self._paint_quotes()

    def _paint_quotes(self) -> None:
        painter = QPainter(self.viewport())
        layout, block = self.document().documentLayout(), self.document().begin()
        while block.isValid():
            level = block.blockFormat().intProperty(QUOTE_LEVEL)
            place = layout.blockBoundingRect(block)
            for bar in range(level):
                left = bar * QUOTE_INDENT
                painter.fillRect(QRectF(left, place.top(), 3, place.height()), QColor(self.theme.field_line))
            block = block.next()
        painter.end()

    def _open(self, address: QUrl) -> None:
        if address.scheme().lower() in SAFE_LINKS:
            QDesktopServices.openUrl(address)


class WrittenView(TextView):
    """Markdown, of which some formulas may come later than their words."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._block = block
        self._writer = MarkdownWriter(theme, self.font())

    @property
    def awaits_pictures(self) -> bool:
        return bool(self._writer.awaited)

    def pictures_came(self) -> bool:
        """Whether it begins anew, because formulas it waited for have been typeset."""
        came = any(map(typesetter().knows, self._writer.awaited))
        if came:
            self._writer.awaited.clear()
            self.begin_anew()
        return came

    def begin_anew(self) -> None:
        raise NotImplementedError


class MarkdownView(WrittenView):
    """Rewrites only the last block of a growing text, and not even that for plain words."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(block, theme, parent)
        self._settled = self._drawn = self._tail = 0
        self._awaited_above: set[Formula] = set()
        self._tail_is_old = False

    @property
    def awaits_pictures(self) -> bool:
        return bool(self._writer.awaited or self._awaited_above)

    def pictures_came(self) -> bool:
        """The last block alone is written again where that is enough, and the whole only when it awaits no more."""
        if self._awaited_above and all(map(typesetter().knows, self._awaited_above)):
            self.begin_anew()
        elif not any(map(typesetter().knows, self._writer.awaited)):
            return False
        self._tail_is_old = True
        return True

    def begin_anew(self) -> None:
        self._settled = self._drawn = self._tail = 0
        self._awaited_above.clear()

    def draw(self) -> None:
        if self._tail_is_old or self._block.settled != self._settled or not self._add_plain(self._block.source):
            self._rewrite_tail(self._block.source)
            self.has_quotes = ">" in self._block.source

    def _add_plain(self, source: str) -> bool:
        added = source[self._drawn :].rstrip(" ")
        if not added:
            return len(source) >= self._drawn > 0
        if not self._writer.ends_plain or source[self._drawn - 1] in _MARKS or not _MARKS.isdisjoint(added):
            return False
        if len(source) > LONGEST_RUN and " " not in source[-LONGEST_RUN:]:
            return False
        self.end().insertText(shown(added), self._writer.last_format)
        self._drawn += len(added)
        return True

    def _rewrite_tail(self, source: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(self._tail)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(QTextBlockFormat())
        self._writer.awaited.clear()
        if self._block.settled > self._settled:
            self._write_settled(cursor, source)
        self._writer.write(cursor, source[self._settled :])
        cursor.endEditBlock()
        self._drawn, self._tail_is_old = len(source.rstrip()), False

    def _write_settled(self, cursor: QTextCursor, source: str) -> None:
        self._writer.write(cursor, source[self._settled : self._block.settled])
        self._settled = self._block.settled
        self._awaited_above |= self._writer.awaited
        self._writer.awaited.clear()
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
        self._tail = cursor.position()


class TableView(WrittenView):
    """Grows by rows; what does not fit is reached by its own scroll bar."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(block, theme, parent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._table: QTextTable | None = None

    def begin_anew(self) -> None:
        self._table = None

    def draw(self) -> None:
        if self._table is not None:
            self._writer.write_rows(self._table, self._block.source, self._table.rows())
            return
        self.document().clear()
        self._table = self._writer.write_table(self.end(), self._block.source)

    def height_at(self, width: int) -> int:
        height = super().height_at(width)
        too_wide = self.document().size().width() > width
        return height + (self.horizontalScrollBar().sizeHint().height() if too_wide else 0)


class PlainView(TextView):
    """What a person wrote, as it was written."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget, colour: str = "") -> None:
        super().__init__(theme, parent)
        self._block = block
        self._format = QTextCharFormat()
        if colour:
            self._format.setForeground(QColor(colour))
        self._drawn = 0

    def draw(self) -> None:
        cursor = self.end()
        if not self._drawn:
            cursor.setBlockFormat(paragraph_format())
        source = self._block.source
        cursor.insertText(shown(source[self._drawn :]), self._format)
        self._drawn = len(source)

    def natural_width(self, most: int) -> int:
        self.height_at(most)
        return min(most, ceil(self.document().idealWidth()) + 1)


class ReasoningView(QWidget):
    """What a model thought before it answered; folded until it is asked for."""

    folded = Signal()

    def __init__(self, item: Item, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        assert item.block is not None
        self._item, self._block = item, item.block
        self._button = QToolButton(self)
        self._button.setObjectName("fold")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setCheckable(True)
        self._button.setChecked(item.unfolded)
        self._button.toggled.connect(self._fold)
        self.text = PlainView(self._block, theme, self, theme.muted)

    def draw(self) -> None:
        self._button.setText(self.tr("Reasoning") if self._block.closed else self.tr("Thinking…"))
        self._button.blockSignals(True)
        self._button.setChecked(self._item.unfolded)
        self._button.blockSignals(False)
        self._button.setAccessibleName(self._button.text())
        closed = Qt.ArrowType.RightArrow if self.isLeftToRight() else Qt.ArrowType.LeftArrow
        self._button.setArrowType(Qt.ArrowType.DownArrow if self._item.unfolded else closed)
        self.text.setVisible(self._item.unfolded)
        if self._item.unfolded:
            self.text.draw()

    def height_at(self, width: int) -> int:
        size = self._button.sizeHint()
        self._button.setGeometry(
            QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 1), QRect(QPoint(), size))
        )
        if not self._item.unfolded:
            return size.height()
        inside = QRect(16, size.height() + 4, width - 16, self.text.height_at(width - 16))
        self.text.setGeometry(QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 1), inside))
        return inside.bottom() + 1

    def _fold(self, unfolded: bool) -> None:
        self._item.unfolded = unfolded
        self._item.stale = True
        self.folded.emit()


class NameView(LeadingLabel):
    """The model that gave the answer below."""

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__("", parent)
        self._row = row
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 0.93)
        self.setFont(font)

    def draw(self) -> None:
        receipt = self._row.message.receipt
        self.setText(shown(receipt.model) if receipt is not None else "")

    def height_at(self, _width: int) -> int:
        return self.sizeHint().height()


def _with_formulas(cursor: QTextCursor) -> str:
    """What is selected, with the source of each formula in the place of its picture."""
    text = cursor.selection().toPlainText()
    if OBJECT not in text:
        return text
    sources = iter(_formulas(cursor))
    return re.sub(OBJECT, lambda _: next(sources, ""), text)


def _formulas(cursor: QTextCursor) -> Iterator[str]:
    place = QTextCursor(cursor.document())
    for position in range(cursor.selectionStart(), cursor.selectionEnd()):
        if cursor.document().characterAt(position) == OBJECT:
            place.setPosition(position + 1)
            yield str(place.charFormat().property(FORMULA_SOURCE))
