"""Makes the widget that shows a piece of a conversation, and finds how high it is."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from desktop_llm.ui.answer_foot import AnswerFoot, QuestionFoot
from desktop_llm.ui.attachment_view import AttachmentsView
from desktop_llm.ui.code_view import CodeView
from desktop_llm.ui.omission_view import OmissionView
from desktop_llm.ui.rows import BUBBLE_X, Item, Row
from desktop_llm.ui.segments import MarkdownView, NameView, PlainView, ReasoningView, TableView, TextView
from desktop_llm.ui.theme import Theme

_BUBBLE_SHARE = 0.8

BlockView = MarkdownView | TableView | PlainView | CodeView
View = BlockView | ReasoningView | NameView | AttachmentsView | OmissionView | AnswerFoot | QuestionFoot
_BLOCK_VIEWS: dict[str, type[BlockView]] = {
    "text": MarkdownView,
    "table": TableView,
    "plain": PlainView,
    "code": CodeView,
}


def make_view(item: Item, row: Row, theme: Theme, parent: QWidget) -> View:
    view = _view(item, row, theme, parent)
    if not view.accessibleName():
        view.setAccessibleName(row.accessible_name)
    return view


def _view(item: Item, row: Row, theme: Theme, parent: QWidget) -> View:
    if item.kind == "name":
        return NameView(row, parent)
    if item.kind == "omission":
        return OmissionView(row, parent)
    if item.kind == "attachments":
        return AttachmentsView(row, parent)
    if item.kind == "foot":
        return AnswerFoot(row, parent) if row.is_answer else QuestionFoot(row, parent)
    if item.kind == "reasoning":
        return ReasoningView(item, theme, parent)
    assert item.block is not None
    return _BLOCK_VIEWS[item.kind](item.block, theme, parent)


def lay_out(item: Item, width: int) -> None:
    """Draws what is new in an item and measures it for a column of `width`."""
    view = item.widget
    assert isinstance(view, View)
    if item.stale:
        view.draw()
    item.width, item.stale = width, False
    most = int(width * _BUBBLE_SHARE) - 2 * BUBBLE_X
    item.height = view.height_at(view.natural_width(most) if isinstance(view, PlainView | AttachmentsView) else width)


def width_in_bubble(view: QWidget) -> int:
    """How wide a piece of a question is, which lies in a bubble; 0 for any other."""
    if isinstance(view, AttachmentsView):
        return view.width_taken
    return view.lineWrapColumnOrWidth() if isinstance(view, PlainView) else 0


def text_in(view: QWidget) -> QTextEdit | QPlainTextEdit | None:
    """Where a view has the words of its piece."""
    if isinstance(view, ReasoningView):
        return view.text
    if isinstance(view, CodeView):
        return view.text
    return view if isinstance(view, TextView) else None
