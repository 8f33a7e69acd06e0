"""An answer made again: the models it can be made with, and whether the same came."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from desktop_llm.conversation import Message, Receipt
from desktop_llm.events import AnswerEnded, MessageAdded
from desktop_llm.library.models import ModelFile
from desktop_llm.ui.amounts import words
from desktop_llm.ui.notice import NoticeBar
from desktop_llm.ui.receipt_dialog import ReceiptDialog
from desktop_llm.ui.session import ModelsChanged, Session
from desktop_llm.ui.worker import Failed, Worker


class RunAgain(QObject):
    """Hears of everything itself; `conversation` tells which one is shown."""

    def __init__(
        self, worker: Worker, session: Session, notice: NoticeBar, conversation: Callable[[], int | None], page: QWidget
    ) -> None:
        super().__init__(page)
        self._worker, self._session, self._notice, self._page = worker, session, notice, page
        self._conversation = conversation
        self._models: tuple[ModelFile, ...] = ()
        self._asked: Message | None = None
        self._made: dict[int, Message] = {}  # what an answer under way is to be the same as
        worker.happened.connect(self.take)

    def show_receipt(self, message: Message) -> None:
        if message.receipt is None:
            return
        dialog = ReceiptDialog(message, message.receipt, self._page)
        dialog.again.clicked.connect(partial(self.run, message))
        self._add_models(dialog.others, message)
        dialog.show_choices(repeatable(message), bool(dialog.others.actions()))
        dialog.open()

    def fill(self, menu: QMenu, message: Message) -> None:
        """Adds to what can be done with an answer."""
        if repeatable(message):
            menu.addAction(self.tr("Run again exactly")).triggered.connect(lambda: self.run(message))
        others = QMenu(self.tr("Run again with"), menu)
        self._add_models(others, message)
        if others.actions():
            menu.addMenu(others)

    def run(self, message: Message) -> None:
        conversation = self._conversation()
        if conversation is not None:
            self._notice.hide()
            self._asked = message
            self._worker.submit(self._session.run_again, conversation, message.id)

    def _run_with(self, message: Message, model: Path) -> None:
        conversation = self._conversation()
        if conversation is not None:
            self._notice.hide()
            self._worker.submit(self._session.run_with, conversation, message.id, model)

    def _add_models(self, menu: QMenu, message: Message) -> None:
        """All but the one that made it: that one is had by regenerating."""
        made_by = Path(message.receipt.model_path) if message.receipt else None
        for model in self._models:
            if model.path != made_by:
                name = model.name.replace("&", "&&")
                menu.addAction(name).triggered.connect(partial(self._run_with, message, model.path))

    def take(self, event: object) -> None:
        match event:
            case ModelsChanged(models):
                self._models = models
            case MessageAdded(_, message) if self._asked and message.role == "assistant":
                if message.parent == self._asked.parent and message.state == "writing":
                    self._made[message.id], self._asked = self._asked, None
            case AnswerEnded(conversation, message) if message.id in self._made:
                made = self._made.pop(message.id)
                if conversation == self._conversation() and (said := self._compared(made, message)):
                    self._notice.say(said)
            case Failed():
                self._asked = None

    def _compared(self, made: Message, again: Message) -> str:
        """What is to be said of the two; nothing where it failed, which is said at the answer."""
        if again.state == "failed":
            return ""
        if again.text == made.text:
            return self.tr("The same answer came again, to the last byte.")
        if made.state == "stopped" and again.text.startswith(made.text):
            return self.tr("The part that was there came out the same to the last byte; this time the answer went on.")
        if again.state == "stopped" and made.text.startswith(again.text):
            return self.tr("As far as it got, it is the same to the last byte.")
        word = first_other_word(made.text, again.text)
        differs = self.tr("It came out differently from word {word} on.")
        return f"{differs.format(word=self._page.locale().toString(word))} {self._why(made, again)}"

    def _why(self, made: Message, again: Message) -> str:
        before, now = made.receipt, again.receipt
        if before is None or now is None:
            return self.tr("The reason is not known.")
        if before.model_hash and now.model_hash and before.model_hash != now.model_hash:
            return self.tr(
                "The model's file has changed since: its SHA-256 is another. "
                "With the original file the answer would be the same."
            )
        if changed := self._changed(before, now):
            return changed
        if not before.steps:
            return self.tr(
                "Other answers were being written beside the first one, which changes the last digits of what is "
                "computed. The new answer was computed by itself: run again, it comes out the same."
            )
        if made.tokens and again.tokens and made.tokens.prompt != again.tokens.prompt:
            return self.tr("The text before it is now split into different tokens.")
        return self.tr("The reason is not known.")

    def _changed(self, before: Receipt, now: Receipt) -> str:
        """What of the computer or its settings is not as it was."""
        engine = self.tr("It was made by {before}; this is {now}.")
        device = self.tr("It was made on another device ({before}); this is {now}.")
        context = self.tr("It was made in a context of {before} tokens; now it is {now}.")
        number = self._page.locale().toString
        for said, was, is_now in (
            (engine, before.engine, now.engine), (device, before.device, now.device),
            (context, number(before.context), number(now.context)),
        ):  # fmt: skip
            if was != is_now:
                return said.format(before=was, now=is_now)
        return ""


def repeatable(message: Message) -> bool:
    """Whether there is enough in its receipt to make it again."""
    return message.receipt is not None and bool(message.receipt.engine) and message.parent != 0


def first_other_word(first: str, second: str) -> int:
    """Which word, from 1, is the first that is not the same in both."""
    pairs = list(zip(words(first), words(second), strict=False))
    return next((number for number, (one, other) in enumerate(pairs, 1) if one != other), len(pairs) + 1)
