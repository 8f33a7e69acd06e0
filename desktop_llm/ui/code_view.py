"""A block of code: its language, a button that copies it, and the code in colours."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFontDatabase,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.ui.code_colours import CodeColours, grammar
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.markdown_blocks import Block
from desktop_llm.ui.pointed_text import PointedText
from desktop_llm.ui.shown_text import copied, shown, shown_code
from desktop_llm.ui.theme import Theme

_HEAD, _ABOVE, _BELOW, _BESIDE = 30, 9, 9, 10


class CodeText(PointedText, QPlainTextEdit):
    """Never scrolls by itself: it is as high as its lines, and the transcript scrolls."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDocumentMargin(0)
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)
        self.verticalScrollBar().valueChanged.connect(self._pin)
        self._tops = [0.0]  # where each line begins, but for those after the last that is whole

    def append_code(self, text: str) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(shown_code(text, cursor.positionInBlock()))

    def height_of_lines(self) -> int:
        """Lines above the last never change, so that only new ones are measured."""
        layout, last = self.document().documentLayout(), self.document().lastBlock()
        block = self.document().findBlockByNumber(len(self._tops) - 1)
        while block.isValid() and block != last:
            self._tops.append(self._tops[-1] + layout.blockBoundingRect(block).height())
            block = block.next()
        return int(self._tops[-1] + layout.blockBoundingRect(last).height() + 0.5)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only the lines that are seen: Qt would go through all above them, which are many in a long block."""
        painter, clip = QPainter(self.viewport()), QRectF(event.rect())
        layout, selections = self.document().documentLayout(), self._selections()
        number = max(0, bisect_right(self._tops, clip.top()) - 1)
        block, top = self.document().findBlockByNumber(number), self._tops[number]
        while block.isValid() and top <= clip.bottom():
            height = layout.blockBoundingRect(block).height()
            place = QPointF(self.contentOffset().x(), top)
            block.layout().draw(painter, place, _within(block, selections), clip)
            block, top = block.next(), top + height

    def _selections(self) -> list[tuple[int, int, QTextCharFormat]]:
        """What is marked, and over it what is selected: from where to where, and how it looks."""
        cursor, chosen = self.textCursor(), QTextCharFormat()
        chosen.setBackground(self.palette().brush(QPalette.ColorRole.Highlight))
        chosen.setForeground(self.palette().brush(QPalette.ColorRole.HighlightedText))
        marks = self.extraSelections()  # Qt's own list: what is in it lives no longer than it does
        found = [
            (each.cursor.selectionStart(), each.cursor.selectionEnd(), QTextCharFormat(each.format)) for each in marks
        ]
        return [*found, (cursor.selectionStart(), cursor.selectionEnd(), chosen)]

    def wheelEvent(self, event: QWheelEvent) -> None:
        sideways = abs(event.angleDelta().x()) > abs(event.angleDelta().y())
        if sideways and self.horizontalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() == Qt.KeyboardModifier.NoModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        return copied(self.chosen().selectedText())

    def _pin(self, value: int) -> None:
        if value:
            self.verticalScrollBar().setValue(0)


def _within(block: QTextBlock, selections: list[tuple[int, int, QTextCharFormat]]) -> list[QTextLayout.FormatRange]:
    """Those parts of the selections that lie in one line."""
    ranges = []
    for start, end, look in selections:
        first, last = max(start, block.position()), min(end, block.position() + block.length())
        if first < last:
            found = QTextLayout.FormatRange()
            found.start, found.length, found.format = first - block.position(), last - first, look
            ranges.append(found)
    return ranges


class CodeView(QFrame):
    def __init__(self, block: Block, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("codeblock")
        self._block, self._theme = block, theme
        self._drawn = 0
        self._colours: CodeColours | None = None
        self.text = CodeText(self)
        self.text.setAccessibleName(self.tr("Code, {language}").format(language=block.language or self.tr("text")))
        self._copy = QPushButton(self.tr("Copy"))
        self._copy.setObjectName("flat")
        self._copy.setAccessibleName(self.tr("Copy code"))
        self._copy.clicked.connect(self._copy_code)
        self._place()

    def draw(self) -> None:
        if self._colours is not None:
            self._colours.start_slice()
        source = self._block.source
        if self._drawn == 0:
            self.text.setPlainText(shown_code(source))
        elif self._drawn < len(source):
            self.text.append_code(source[self._drawn :])
        self._drawn = len(source)
        self._colour()

    def _colour(self) -> None:
        if self._colours is None and self._block.language and grammar(self._block.language) is not None:
            self._colours = CodeColours(self.text.document(), self._block.language, self._theme)
            self._colours.start_slice()
            self._colours.rehighlight()

    def height_at(self, width: int) -> int:
        # In the font of the style sheet, and by the width of the lines: the scroll bar has not heard of them yet.
        self.text.ensurePolished()
        inner = width - 2 - 2 * _BESIDE
        self.text.resize(inner, self.text.height())
        height = _HEAD + _ABOVE + self.text.height_of_lines() + _BELOW + 2
        too_wide = self.text.document().size().width() > inner
        return height + (self.text.horizontalScrollBar().sizeHint().height() if too_wide else 0)

    def _place(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        inside = QVBoxLayout()
        inside.setContentsMargins(_BESIDE, _ABOVE, _BESIDE, _BELOW)
        inside.addWidget(self.text)
        column.addLayout(inside, 1)

    def _head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("codehead")
        head.setFixedHeight(_HEAD)
        row = QHBoxLayout(head)
        row.setContentsMargins(11, 0, 6, 0)
        row.addWidget(LeadingLabel(shown(self._block.language)), 1)
        row.addWidget(self._copy)
        return head

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._block.source)
