"""Whether a sampling's grammar and JSON schema can be used, asked of the engine as soon as they are written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Checked, Loaded
from desktop_llm.errors import EngineError, Problem
from desktop_llm.settings import Sampling
from desktop_llm.ui.notice import in_words
from desktop_llm.ui.session import Session
from desktop_llm.ui.worker import Worker

_FIELDS = ("grammar", "schema")


@dataclass(frozen=True)
class Compiled:
    """What came of `text` as a grammar or schema; not `known` where the engine could not be asked."""

    name: str
    text: str
    problem: Problem | None
    known: bool = True


def check(engine: Engine, post: Callable[[object], None], name: str, text: str) -> None:
    """Compiled is told in time; nobody waits, and no model is loaded for it."""

    def told(future: Future[Checked]) -> None:
        known = not future.cancelled() and future.exception() is None
        post(Compiled(name, text, future.result().problem if known else None, known))

    try:
        checking = engine.check_grammar(text) if name == "grammar" else engine.check_grammar("", text)
    except EngineError:
        post(Compiled(name, text, None, known=False))
    else:
        checking.add_done_callback(told)


class GrammarCheck(QObject):
    """Follows the sampling of one form; `judged` brings a field, what is to be said at it, and whether it is wrong."""

    judged = Signal(str, str, bool)

    def __init__(self, worker: Worker, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._worker, self._session = worker, session
        self._texts = dict.fromkeys(_FIELDS, "")
        self._found: dict[str, Compiled] = {}

    @property
    def problem(self) -> Problem | None:
        """Why the engine would refuse what is written now."""
        return next((found.problem for found in self._found.values() if found.problem), None)

    def follow(self, sampling: Sampling) -> None:
        """What is said of a text stands until that of the newer one is known, so that nothing flickers."""
        for name in _FIELDS:
            text = str(getattr(sampling, name))
            if text != self._texts[name]:
                self._texts[name] = text
                self._ask(name)

    def take(self, event: object) -> None:
        match event:
            case Compiled(name, text) if text == self._texts[name]:
                self._found[name] = event
                self._tell(name)
            case Loaded():  # another model may know other tokens by name
                for name in _FIELDS:
                    self._ask(name)

    def tell(self) -> None:
        """Once more, for a form that has come since."""
        for name in self._found:
            self._tell(name)

    def _ask(self, name: str) -> None:
        if text := self._texts[name].strip():
            self._worker.submit(check, self._session.engine, self._worker.post, name, self._texts[name])
        elif self._found.pop(name, None):
            self.judged.emit(name, text, False)

    def _tell(self, name: str) -> None:
        found = self._found[name]
        right = self.tr("This grammar is correct.") if name == "grammar" else self.tr("This JSON schema is correct.")
        said = in_words(found.problem) if found.problem else right
        self.judged.emit(name, said if found.known else "", found.problem is not None)
