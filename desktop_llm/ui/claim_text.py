"""A summary as it is written: marks behind its sentences, what the source does not have underlined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QImage, QTextCharFormat, QTextCursor, QTextFormat, QTextOption
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from desktop_llm.summarizer import Summary
from desktop_llm.tasks.support import Claim, Doubt
from desktop_llm.ui.claims import numbered
from desktop_llm.ui.formulas import typesetter
from desktop_llm.ui.markdown_writer import INDENT
from desktop_llm.ui.passages import Passage
from desktop_llm.ui.shown_text import copied, only_text
from desktop_llm.ui.theme import LIGHT, Theme
from desktop_llm.ui.written_places import WrittenPlaces

_FORMULAS_EVERY = 100  # milliseconds
_TAG = QTextFormat.Property.UserProperty.value + 40


@dataclass(frozen=True)
class ShownClaim:
    """A claim with the positions it stands at, its marks behind it included, and those of its doubts."""

    claim: Claim
    start: int
    end: int
    doubts: Mapping[Doubt, tuple[int, int]] = field(default_factory=dict)


class ClaimText(QTextBrowser):
    """`current` and `pointed`: the sentence that is chosen and the one below the pointer, -1 where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("said")
        self.setAccessibleName(self.tr("Summary"))
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self._theme = LIGHT
        self._source = ""
        self._summary: Summary | None = None
        self._passage: Passage | None = None
        self.shown: list[ShownClaim] = []
        self.current = self.pointed = -1
        self._formulas = QTimer(self)
        self._formulas.setInterval(_FORMULAS_EVERY)
        self._formulas.timeout.connect(self._draw_formulas)
        self._set_up_document()

    # ---- what it shows

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_again()

    def show_growing(self, text: str) -> None:
        """All of it so far."""
        if self._summary is not None or not text.startswith(self._source):
            self.clear_text()
        self._source = text
        if self._passage is None:
            self._passage = Passage(self._theme, self.font(), QTextCursor(self.document()))
        self._passage.write(text)

    def show_summary(self, summary: Summary) -> None:
        self._summary, self._source, self.current = summary, summary.text, -1
        self._draw_again()
        self._move_to_start()

    def clear_text(self) -> None:
        self._summary, self._passage, self._source, self.shown, self.current = None, None, "", [], -1
        self._formulas.stop()
        self.clear()

    def claim_texts(self) -> list[str]:
        """What is shown of each sentence, without its marks."""
        return [self._text_between(shown.start, shown.end) for shown in self.shown]

    def underlined(self) -> list[str]:
        """What the source does not have."""
        places = [place for shown in self.shown for place in shown.doubts.values()]
        return [self._text_between(*place) for place in places]

    # ---- drawing

    def _draw_again(self) -> None:
        self.clear()
        self.shown, self._passage = [], None
        if self._source:
            self._passage = Passage(self._theme, self.font(), QTextCursor(self.document()))
            self._passage.write(self._source)
        if self._summary is not None:
            self._find_claims(self._summary)
            if self._passage is not None and self._passage.awaited:
                self._formulas.start()
        self.mark()

    def _draw_formulas(self) -> None:
        """Their pictures come some time after the words."""
        awaited = self._passage.awaited if self._passage else set()
        if all(map(typesetter().knows, awaited)):
            self._formulas.stop()
            self._draw_again()

    def _find_claims(self, summary: Summary) -> None:
        """Their marks are written from the last to the first, so that the places before stay right."""
        places, numbers = WrittenPlaces(summary.text, self.document()), numbered(summary.claims)
        found = [(claim, place) for claim in summary.claims if (place := places.place(claim.start, claim.end))]
        cursor, moved = QTextCursor(self.document()), 0
        for claim, (start, end) in found:
            doubts = {each: place for each in claim.doubts if (place := places.place(each.start, each.end))}
            shifted = {each: (a + moved, b + moved) for each, (a, b) in doubts.items()}
            begin = start + moved
            cursor.setPosition(end + moved)
            names = " ".join(str(numbers[place]) for place in claim.sources) or "?"
            before = cursor.position()
            cursor.insertText(f"\u2060{names}", self._tag(bool(claim.sources)))
            moved += cursor.position() - before
            self.shown.append(ShownClaim(claim, begin, cursor.position(), shifted))

    def _tag(self, sourced: bool) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        made.setForeground(QColor(self._theme.link if sourced else self._theme.muted))
        made.setProperty(_TAG, True)
        return made

    def mark(self) -> None:
        """What is chosen and pointed at, and what the source does not have; the text itself stays as it is."""
        made = [self._selection(shown.start, shown.end, self._ground(number)) for number, shown in
                enumerate(self.shown) if number in (self.current, self.pointed)]  # fmt: skip
        doubted = QTextCharFormat()
        doubted.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        doubted.setUnderlineColor(QColor(self._theme.warning))
        doubted.setForeground(QColor(self._theme.warning))
        made += [self._selection(*place, doubted) for shown in self.shown for place in shown.doubts.values()]
        self.setExtraSelections(made)

    def _ground(self, number: int) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setBackground(QColor(self._theme.selected if number == self.current else self._theme.hover))
        return made

    def _selection(self, start: int, end: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made.cursor, made.format = cursor, look
        return made

    def _set_up_document(self) -> None:
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document = self.document()
        document.setDefaultTextOption(option)
        document.setDocumentMargin(2)
        document.setIndentWidth(INDENT)

    def _move_to_start(self) -> None:
        self.moveCursor(QTextCursor.MoveOperation.Start)

    # ---- what is taken from it

    def loadResource(self, _kind: int, _name: QUrl | str) -> QImage:
        """Nothing is ever opened."""
        image = QImage(1, 1, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        return image

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        text = self._text_between(cursor.selectionStart(), cursor.selectionEnd())
        return only_text(super().createMimeDataFromSelection(), text)

    def _text_between(self, start: int, end: int) -> str:
        """Without the marks behind sentences."""
        said, block = list[str](), self.document().findBlock(start)
        while block.isValid() and block.position() < end:
            place = block.begin()
            line = ""
            while not place.atEnd():
                fragment = place.fragment()
                if not fragment.charFormat().property(_TAG):
                    line += _cut(fragment.text(), start - fragment.position(), end - fragment.position())
                place += 1
            said.append(line)
            block = block.next()
        return copied("\n".join(said))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._source:
            self._draw_again()


def _cut(text: str, start: int, end: int) -> str:
    whole = text.encode("utf-16-le", "surrogatepass")
    return whole[2 * max(start, 0) : 2 * max(end, 0)].decode("utf-16-le", "replace")
