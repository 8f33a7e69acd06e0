"""What the window asks for, done on the worker's thread: conversations, models and settings, opened once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from desktop_llm.conversation import Conversation
from desktop_llm.engine.client import Engine
from desktop_llm.errors import ModelError, Problem, StorageError, UserError
from desktop_llm.library.models import ModelFile, ModelLibrary
from desktop_llm.runner import Answering, Runner
from desktop_llm.settings import KeptSettings, Settings
from desktop_llm.storage.store import Store

_NO_MODEL = Problem("There is no model yet.", "Choose a model file first.", {}, "choose-model")
# In seconds: a disk that does not answer keeps nobody for ever.
SEARCH_LEAVES_WITHIN = 5.0
SEARCH_FINDS_WITHIN = 20.0
_IN_MEMORY = Path(":memory:")


@dataclass(frozen=True)
class Opened:
    conversations: tuple[Conversation, ...]


@dataclass(frozen=True)
class ModelsChanged:
    """`searched`: these are all there are, not only those that need no search."""

    models: tuple[ModelFile, ...]
    current: Path | None
    searched: bool = False


@dataclass(frozen=True)
class NotSent:
    """Nothing of `text` is stored: it goes back to where it was written."""

    conversation: int | None
    text: str
    problem: Problem


@dataclass(frozen=True)
class Told:
    """Something a person must know that has no place of its own."""

    problem: Problem


class Session:
    """Every method runs on the worker's thread; `post` brings events to the window."""

    def __init__(
        self,
        settings: KeptSettings,
        library: ModelLibrary,
        engine: Engine,
        conversations: Path,
        post: Callable[[object], None],
    ) -> None:
        self._kept = settings
        self._library = library
        self.engine = engine
        self._conversations = conversations
        self._post = post
        self._draft = 0
        self._began: int | None = None
        self._found: list[ModelFile] | None = None
        self._closing = threading.Event()
        self._telling = threading.Lock()
        self._search = self._new_search()
        self.model: Path | None = None

    def open(self, model: Path | None = None) -> None:
        """Opens the conversations and the model, then finds the others; `model` is to be used from now on."""
        self.store = self._opened_store()
        self._runner = Runner(self.engine, self.store, self._post)
        self.engine.on_event = self._runner.on_engine_event
        self._post(Opened(tuple(self.store.conversations())))
        self.model = self._library.first_choice(self._kept.now.model)
        self._tell_models()
        try:
            self._begin_with(model)
        finally:
            self._search.start()

    def close(self) -> None:
        self._closing.set()
        if self._search.is_alive():
            self._search.join(SEARCH_LEAVES_WITHIN)
        self._runner.close()
        self.engine.close()
        self.store.close()

    # ---- conversations

    def send(self, conversation: int | None, text: str, draft: int) -> Answering | NotSent:
        """Sends `text`; without a conversation one is begun, and every later `text` of the same draft goes there."""
        if conversation is None and draft == self._draft:
            conversation = self._began
        try:
            answering = self._runner.send(conversation, text, self._chosen(), self._kept.now.sampling, draft=draft)
        except UserError as error:
            return NotSent(conversation, text, error.problem)
        self._draft, self._began = draft, answering.conversation
        return answering

    def ask_again(self, conversation: int) -> Answering:
        return self._runner.ask_again(conversation, self._chosen(), self._kept.now.sampling)

    def stop(self, conversation: int | None) -> None:
        """Without a conversation: the one that was begun last, whose number the window has not heard yet."""
        number = self._began if conversation is None else conversation
        if number is not None:
            self._runner.stop_all(number)

    def show(self, conversation: int) -> None:
        self._runner.open(conversation)

    def rename(self, conversation: int, title: str) -> None:
        self.store.rename(conversation, title)

    def delete(self, conversation: int) -> None:
        self._runner.stop_all(conversation)
        self.store.delete(conversation)

    def restore(self, conversation: int) -> None:
        self.store.restore(conversation)
        self._post(Opened(tuple(self.store.conversations())))

    # ---- models

    def find_again(self) -> None:
        """Looks for models anew, for one has come or gone."""
        if self._search.is_alive():
            self._search.join(SEARCH_FINDS_WITHIN)
        self._search = self._new_search()
        self._search.start()

    def _new_search(self) -> threading.Thread:
        return threading.Thread(target=self._find_models, name="models", daemon=True)

    def _begin_with(self, model: Path | None) -> None:
        if model is None:
            self._warm_up()
        else:
            self.add_model(model)

    def _find_models(self) -> None:
        """On a thread of its own, for a slow disk may keep nobody from asking what is loaded already.

        What was found is offered, not loaded: gigabytes of another program's are taken into memory when asked for.
        """
        found = self._library.models(goes_on=lambda: not self._closing.is_set())
        if self._closing.is_set():
            return
        chosen = [path for path in (self.model, self._kept.now.model) if path]
        there = {model.path for model in (*found, *self._library.own(*chosen))}
        wanted = (path for path in chosen if path in there)
        self._found, self.model = found, next(wanted, None) or self._library.best(found)
        self._tell_models()

    def choose_model(self, model: Path) -> None:
        self.model = model
        self._keep(lambda settings: replace(settings, model=model))
        self._tell_models()
        self._warm_up()

    def unload(self) -> None:
        """Gives the model's memory back; the next message loads it again."""
        self.engine.unload()

    def add_model(self, path: Path) -> None:
        """Raises ModelError where the file cannot be used."""
        added = self._library.add(path)
        if added.added:
            self._keep(lambda settings: _with_added(settings, added.path))
        self.choose_model(added.path)

    # ---- settings

    def keep_theme(self, theme: str) -> None:
        """Keeps the theme the window has taken on."""
        self._keep(lambda settings: replace(settings, appearance=replace(settings.appearance, theme=theme)))

    def _keep(self, change: Callable[[Settings], Settings]) -> None:
        try:
            self._kept.change(change)
        except OSError as error:
            self._post(Told(not_kept(self._kept.path, error)))

    # ---- parts

    def _opened_store(self) -> Store:
        """Where the file cannot be used, the window still works; what is written then is not kept, and it says so."""
        try:
            store = Store(self._conversations)
            if store.notice:
                self._post(Told(store.notice))
        except StorageError as error:
            self._post(Told(_not_kept(error.problem)))
            store = Store(_IN_MEMORY)
        store.on_problem = lambda problem: self._post(Told(problem))
        return store

    def _tell_models(self) -> None:
        """One at a time, so that what is told last is how it is."""
        with self._telling:
            self._post(self._models_changed())

    def _models_changed(self) -> ModelsChanged:
        known = {model.path: model for model in self._found or ()}
        for model in self._library.own(*([self.model] if self.model else [])):
            known.setdefault(model.path, model)
        return ModelsChanged(tuple(known.values()), self.model, self._found is not None)

    def _chosen(self) -> Path:
        if self.model is None and self._search.is_alive():
            self._search.join(SEARCH_FINDS_WITHIN)
        if self.model is None:
            raise ModelError(_NO_MODEL)
        return self.model

    def _warm_up(self) -> None:
        """Loads before it is asked for, so that the first answer does not wait."""
        if self.model is not None:
            self.engine.load(self.model)


def not_kept(path: Path, error: OSError) -> Problem:
    values = {"path": str(path), "reason": error.strerror or str(error)}
    text = "The settings could not be kept in {path} ({reason})."
    return Problem(text, "Make that file and its folder writable.", values)


def _with_added(settings: Settings, path: Path) -> Settings:
    added = settings.added_models
    return settings if path in added else replace(settings, added_models=(*added, path))


def _not_kept(problem: Problem) -> Problem:
    return replace(problem, remedy="Until that is mended and the program started again, nothing written here is kept.")
