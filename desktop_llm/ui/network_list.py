"""Every request the program made over the network: when, why, to whom, and how much came back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop_llm.library.network import Request, requests_made
from desktop_llm.ui import amounts
from desktop_llm.ui.detail_page import button_row
from desktop_llm.ui.facts_grid import wrapped
from desktop_llm.ui.leading_label import LeadingLabel
from desktop_llm.ui.notice import translated

_ROWS = 8


def _why(request: Request) -> str:
    return translated(request.why).replace("{name}", request.name)


class NetworkList(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = wrapped("muted")
        self.table = QTableWidget(0, 4)
        self.refresh = QPushButton(self.tr("Refresh"))
        self._place()
        self.refresh.clicked.connect(self.show_requests)

    def show_requests(self) -> None:
        """The newest first."""
        made = requests_made()[::-1]
        self.table.setRowCount(len(made))
        for row, request in enumerate(made):
            for column, text in enumerate(self._texts(request)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        self.table.setVisible(bool(made))
        self._said.setText(self._summary(made))

    def _summary(self, made: Sequence[Request]) -> str:
        if not made:
            return self.tr("Nothing has gone over the network since the program was started.")
        received = amounts.size(sum(request.received for request in made))
        said = self.tr("Since the program was started: {count} requests, {size} received.")
        return said.format(count=amounts.count(len(made)), size=received)

    def _texts(self, request: Request) -> tuple[str, ...]:
        when = QDateTime.fromSecsSinceEpoch(int(request.time)).time()
        status = str(request.status) if request.status else self.tr("no answer")
        received = f"{amounts.size(request.received)} ({status})"
        return QLocale().toString(when, "HH:mm:ss"), _why(request), request.host, received

    def _place(self) -> None:
        heading = LeadingLabel(self.tr("Requests over the network"))
        heading.show_as("section")
        self.table.setHorizontalHeaderLabels([self.tr("When"), self.tr("Why"), self.tr("To"), self.tr("Received")])
        self.table.setAccessibleName(heading.text())
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setWordWrap(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setMinimumHeight(_ROWS * self.fontMetrics().height() * 2)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(10)
        for part in (heading, self._said, self.table):
            column.addWidget(part)
        column.addLayout(button_row(self.refresh))
