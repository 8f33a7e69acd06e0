"""What made an answer: its receipt, to be read, copied, and run again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.conversation import Message, Receipt
from desktop_llm.fields import words
from desktop_llm.settings import Sampling
from desktop_llm.ui.amounts import count, speed
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import FactsGrid
from desktop_llm.ui.shown_text import shown

_QUANTIZATION = re.compile(r"(?i)(?<![a-z0-9])(I?Q\d\w*|BF16|F16|F32|MXFP4\w*)(?=$|[.-])")
_LONGEST_TEXT = 2000
Facts = list[tuple[str, str]]


class ReceiptDialog(QDialog):
    """`again` and the actions of `others` run the answer again."""

    def __init__(self, message: Message, receipt: Receipt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = self._of_the_model(receipt) + self._of_the_prompt(receipt) + self._of_the_run(message, receipt)
        self._usual = _sampling(receipt.sampling, usual=True)
        self.again = QPushButton(self.tr("Run again exactly"))
        self.others = QMenu(self)
        self.copy = QPushButton(self.tr("Copy as text"))
        self._with = QPushButton(self.tr("Run again with"))
        self._with.setMenu(self.others)
        self._place()

    def show_choices(self, again: bool, others: bool) -> None:
        self.again.setVisible(again)
        self._with.setVisible(others)

    def as_text(self) -> str:
        return "\n".join(f"{label}: {value}" for label, value in (*self._facts, *self._usual) if value)

    # ---- what is known

    def _of_the_model(self, receipt: Receipt) -> Facts:
        found = _QUANTIZATION.search(Path(receipt.model_path).stem)
        unhashed = self.tr("Not known yet: the file is still being read.")
        return [
            (self.tr("Model"), receipt.model or Path(receipt.model_path).name),
            (self.tr("Quantization"), found[1] if found else ""),
            (self.tr("File"), receipt.model_path),
            ("SHA-256", receipt.model_hash or unhashed),
        ]

    def _of_the_prompt(self, receipt: Receipt) -> Facts:
        said = self.tr("{count} of the messages before it")
        left_out = said.format(count=count(len(receipt.left_out))) if receipt.left_out else ""
        begun = self.tr("{count} characters, given").format(count=count(receipt.begun)) if receipt.begun else ""
        thinking = {None: "", True: self.tr("Switched on"), False: self.tr("Switched off")}[receipt.thinking]
        return [
            *_sampling(receipt.sampling, usual=False),
            (self.tr("Seed of this answer"), str(receipt.seed) if receipt.seed >= 0 else ""),
            (self.tr("System prompt"), _shortened(receipt.system)),
            (self.tr("Thinking"), thinking),
            (self.tr("Beginning"), begun),
            (self.tr("Not sent"), left_out),
            (self.tr("Summary that was sent"), _shortened(receipt.summary)),
        ]

    def _of_the_run(self, message: Message, receipt: Receipt) -> Facts:
        context = self.tr("{count} tokens").format(count=count(receipt.context)) if receipt.context else ""
        return [
            (self.tr("Context"), context),
            (self.tr("Device"), receipt.device),
            (self.tr("Threads"), str(receipt.threads) if receipt.threads else ""),
            (self.tr("Engine"), receipt.engine),
            (self.tr("Tokens"), self._tokens(message)),
            (self.tr("First token"), self._first_token(message)),
            (self.tr("Speed"), self._speed(message)),
            (self.tr("End"), self._end(message)),
            (self.tr("Run again"), self._promise(receipt)),
        ]

    def _tokens(self, message: Message) -> str:
        if message.tokens is None:
            return ""
        said = self.tr("{prompt} read, of which {cached} were known already; {generated} written")
        told = message.tokens
        return said.format(prompt=count(told.prompt), cached=count(told.cached), generated=count(told.generated))

    def _first_token(self, message: Message) -> str:
        seconds = message.timings.first_token if message.timings else 0.0
        said = self.tr("after {seconds} s")
        return said.format(seconds=self.locale().toString(seconds, "f", 2)) if seconds else ""

    def _speed(self, message: Message) -> str:
        timings, tokens = message.timings, message.tokens
        if timings is None or tokens is None or timings.generation <= 0 or tokens.generated < 2:
            return ""
        return speed((tokens.generated - 1) / timings.generation)

    def _end(self, message: Message) -> str:
        ends = {
            "end": self.tr("The model finished."),
            "stop string": self.tr("A stop string was reached."),
            "length": self.tr("The longest answer allowed was reached."),
            "context full": self.tr("The context was full."),
            "stopped": self.tr("It was stopped."),
            "failed": self.tr("It failed."),
        }
        return ends.get(message.reason or "", "")

    def _promise(self, receipt: Receipt) -> str:
        if not receipt.engine:
            return ""
        if receipt.steps:
            return self.tr("Run again with this file on this device, it comes out the same to the last byte.")
        return self.tr("It may come out differently: other answers were being written beside it.")

    # ---- how it looks

    def _place(self) -> None:
        self.setWindowTitle(self.tr("What made this answer"))
        self.resize(QSize(760, 600))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._scrolled(), 1)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.as_text()))
        self.again.clicked.connect(self.accept)
        self.others.triggered.connect(self.accept)
        column.addLayout(button_row(self.again, self._with, self.copy, close))
        close.setFocus()

    def _scrolled(self) -> QScrollArea:
        usual = _grid(self._usual)
        usual.hide()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        column.addWidget(_grid(self._facts))
        column.addWidget(self._fold(usual))
        column.addWidget(usual)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setWidgetResizable(True)
        area.setAccessibleName(self.tr("What made this answer"))
        area.setWidget(inside)
        return area

    def _fold(self, folded: QWidget) -> QToolButton:
        button = QToolButton()
        button.setObjectName("fold")
        button.setText(self.tr("Sampling at its usual values"))
        button.setAccessibleName(button.text())
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        closed = Qt.ArrowType.RightArrow if self.isLeftToRight() else Qt.ArrowType.LeftArrow
        button.setArrowType(closed)
        button.toggled.connect(folded.setVisible)
        button.toggled.connect(lambda on: button.setArrowType(Qt.ArrowType.DownArrow if on else closed))
        button.setVisible(bool(self._usual))
        return button


def _grid(facts: Sequence[tuple[str, str]]) -> FactsGrid:
    grid = FactsGrid([label for label, _ in facts])
    grid.show_values([shown(value) for _, value in facts])
    return grid


def _sampling(sampling: Sampling, *, usual: bool) -> Facts:
    """The values that are as they usually are, or the others; the seed has a place of its own."""
    named = (field.name for field in dataclasses.fields(Sampling) if field.name != "seed")
    return [
        (QCoreApplication.translate("settings", words(Sampling, name).label), _value(getattr(sampling, name)))
        for name in named
        if (getattr(sampling, name) == getattr(Sampling(), name)) == usual
    ]


def _value(value: object) -> str:
    """Stop strings as they would be typed."""
    return ", ".join(map(repr, value)) if isinstance(value, tuple) else str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
