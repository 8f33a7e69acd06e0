"""The texts a conversation is shown in: Markdown, tables, plain text, reasoning and the name of a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import ceil

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QEnterEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QPushButton, QStyle, QTextBrowser, QTextEdit, QToolButton, QWidget

from desktop_llm.ui.amounts import duration
from desktop_llm.ui.formulas import typesetter
from desktop_llm.ui.markdown_blocks import Block
from desktop_llm.ui.markdown_text import SAFE_LINKS
from desktop_llm.ui.markdown_writer import (
    FORMULA_SOURCE,
    INDENT,
    ITEM_GAP,
    QUOTE_INDENT,
    QUOTE_LEVEL,
    paragraph_format,
)
from desktop_llm.ui.passages import Passage, TablePassage
from desktop_llm.ui.pointed_text import PointedText
from desktop_llm.ui.rows import Item, Row
from desktop_llm.ui.shown_text import LONGEST_RUN, SECRETS, copied, ends_unsure, shown
from desktop_llm.ui.theme import Theme

OBJECT = "\ufffc"
_MARKS = SECRETS | frozenset("\\`*_[]()<>#!|~&;=$/\n\r\t\u2028\u2029")


class TextView(PointedText, QTextBrowser):
    """A text that neither scrolls nor loads anything."""

    hovered = Signal(bool)
    unopened = Signal(str)  # the address of a link that nothing on this computer opens

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("said")
        self.theme = theme
        self.has_quotes = False
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

    def selected_text(self) -> str:
        return copied(_with_formulas(self.chosen()))

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
        if address.scheme().lower() in SAFE_LINKS and not QDesktopServices.openUrl(address):
            self.unopened.emit(address.toString(QUrl.ComponentFormattingOption.FullyEncoded))


class WrittenView(TextView):
    """Markdown, of which some formulas may come later than their words."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._block = block

    @property
    def awaits_pictures(self) -> bool:
        raise NotImplementedError

    def pictures_came(self) -> bool:
        """Whether it is to be drawn, because formulas it waited for have been typeset."""
        raise NotImplementedError


class MarkdownView(WrittenView):
    """Rewrites only what is different in the last block of a growing text, and not even that for plain words."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(block, theme, parent)
        self._settled = self._drawn = 0
        self._last = self._passage()
        self._above: list[Passage] = []  # of what is settled, only what awaits pictures
        self._last_is_old = False

    def _passage(self) -> Passage:
        return Passage(self.theme, self.font(), self.end())

    @property
    def awaits_pictures(self) -> bool:
        return bool(self._above or self._last.awaited)

    def pictures_came(self) -> bool:
        """What is settled moves only once: when it awaits no more."""
        ready = [passage for passage in self._above if all(map(typesetter().knows, passage.awaited))]
        for passage in ready:
            self._above.remove(passage)
            passage.write(passage.source)
            passage.close()
        self._last_is_old = self._last_is_old or any(map(typesetter().knows, self._last.awaited))
        return bool(ready) or self._last_is_old

    def draw(self) -> None:
        source = self._block.source
        if self._last_is_old or self._block.settled != self._settled or not self._add_plain(source):
            self._write(source)
            self.has_quotes = ">" in source

    def _add_plain(self, source: str) -> bool:
        added = source[self._drawn :].rstrip(" ")
        if not added:
            return len(source) >= self._drawn > 0
        if not self._last.ends_plain or source[self._drawn - 1] in _MARKS or not _MARKS.isdisjoint(added):
            return False
        if len(source) > LONGEST_RUN and " " not in source[-LONGEST_RUN:]:
            return False
        self._last.add_plain(added)
        self._drawn += len(added)
        return True

    def _write(self, source: str) -> None:
        cursor = self.end()
        cursor.beginEditBlock()
        if self._block.settled > self._settled:
            self._settle(source)
        self._last.write(source[self._settled :])
        cursor.endEditBlock()
        self._drawn, self._last_is_old = len(source.rstrip()), False

    def _settle(self, source: str) -> None:
        self._last.write(source[self._settled : self._block.settled])
        self._last.close()
        if self._last.awaited:
            self._above.append(self._last)
        self._settled = self._block.settled
        self.end().insertBlock(QTextBlockFormat(), QTextCharFormat())
        self._last = self._passage()


class TableView(WrittenView):
    """Grows by rows; what does not fit is reached by its own scroll bar."""

    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(block, theme, parent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._table = TablePassage(theme, self.font(), self.end())

    @property
    def awaits_pictures(self) -> bool:
        return bool(self._table.awaited)

    def pictures_came(self) -> bool:
        return self._table.take_pictures()

    def draw(self) -> None:
        self._table.write(self._block.source)

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
        until = len(source) if self._block.closed else len(source) - ends_unsure(source)
        before = source[self._drawn - 1 : self._drawn] if self._drawn else ""
        cursor.insertText(shown(source[self._drawn : until], before, source), self._format)
        self._drawn = until

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
        self._button.setText(self._name())
        self._button.blockSignals(True)
        self._button.setChecked(self._item.unfolded)
        self._button.blockSignals(False)
        self._button.setAccessibleName(self._button.text())
        closed = Qt.ArrowType.RightArrow if self.isLeftToRight() else Qt.ArrowType.LeftArrow
        self._button.setArrowType(Qt.ArrowType.DownArrow if self._item.unfolded else closed)
        self.text.setVisible(self._item.unfolded)
        if self._item.unfolded:
            self.text.draw()

    def _name(self) -> str:
        if not self._block.closed:
            return self.tr("Thinking…")
        if not self._block.seconds:
            return self.tr("Reasoning")
        return self.tr("Thought for {time}").format(time=duration(max(1, round(self._block.seconds))))

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


class NameView(QWidget):
    """The model that gave the answer below; a click shows all that made it."""

    clicked = Signal()

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self.names: Mapping[str, str] = {}  # of models by their paths, as the person knows them
        self.button = QPushButton(self)
        self.button.setObjectName("madeby")
        self.button.setToolTip(self.tr("What made this answer"))
        self.button.clicked.connect(self.clicked)
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 0.93)
        self.button.setFont(font)

    def draw(self) -> None:
        receipt = self._row.message.receipt
        name = shown(self.names.get(receipt.model_path, receipt.model)) if receipt is not None else ""
        self.button.setText(name.replace("&", "&&"))
        self.button.setAccessibleName(self.tr("{model}: what made this answer").format(model=name))

    def height_at(self, width: int) -> int:
        size = self.button.sizeHint()
        # Begins where the text below begins, with its border outside.
        size.setWidth(min(size.width(), width))
        place = QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 1), QRect(QPoint(-1, 0), size))
        self.button.setGeometry(place)
        return size.height()


def _with_formulas(cursor: QTextCursor) -> str:
    """What is selected, with the source of each formula in the place of its picture."""
    text = _paragraphs(cursor)
    if OBJECT not in text:
        return text
    sources = iter(_formulas(cursor))
    return re.sub(OBJECT, lambda _: next(sources, ""), text)


def _paragraphs(cursor: QTextCursor) -> str:
    """What is selected, with an empty line where one is seen: between all but the lines of a list or a table."""
    document = cursor.document()
    if document.rootFrame().childFrames():
        return cursor.selection().toPlainText()
    first, *others = cursor.selectedText().split("\u2029")
    block, words = document.findBlock(cursor.selectionStart()), [first]
    for line in others:
        above, block = block, block.next()
        apart = block.blockFormat().topMargin() > ITEM_GAP or (above.textList() is None) != (block.textList() is None)
        words.append(f"\n\n{line}" if apart else f"\n{line}")
    return "".join(words)


def _formulas(cursor: QTextCursor) -> Iterator[str]:
    place = QTextCursor(cursor.document())
    for position in range(cursor.selectionStart(), cursor.selectionEnd()):
        if cursor.document().characterAt(position) == OBJECT:
            place.setPosition(position + 1)
            yield str(place.charFormat().property(FORMULA_SOURCE))
