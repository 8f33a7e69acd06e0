"""What the window asks for, done on the worker's thread: conversations, models and settings, opened once."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop_llm.conversation import TEMPORARY, Asking, Attachment, ChatPrompt, Conversation, Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Event, Inspected, Loaded, ModelFacts
from desktop_llm.errors import EngineError, ModelError, Problem, PromptError, StorageError, UserError
from desktop_llm.events import Answering, Overflow
from desktop_llm.fields import Values
from desktop_llm.fitting import Omission
from desktop_llm.layers import Layers, model_values, with_model_values
from desktop_llm.library.models import ModelFile, ModelLibrary
from desktop_llm.runner import FORWARDED, Runner
from desktop_llm.settings import Loading, Settings, drafts_file, prompts_file
from desktop_llm.settings_file import KeptSettings
from desktop_llm.storage.assembling import Imported as ReadConversation
from desktop_llm.storage.drafts import NEW, DraftsFile, KeptDraft
from desktop_llm.storage.exporting import Form, export
from desktop_llm.storage.importing import read_export
from desktop_llm.storage.page import ENGLISH, PageWords
from desktop_llm.storage.prompts import Item, Preset, PromptLibrary, Prompts
from desktop_llm.storage.schema import is_locked
from desktop_llm.storage.search import Hit
from desktop_llm.storage.store import IN_MEMORY, Store
from desktop_llm.ui.attaching import Attaching, Source
from desktop_llm.ui.engine_settings import hand_over

_NO_MODEL = Problem("There is no model yet.", "Choose a model file first.", {}, "choose-model")
_PARTLY = Problem(
    "Of the attached files only parts have room; which, is chosen as the message is sent.",
    "Send it to see what comes next.",
)
# In seconds: a disk that does not answer keeps nobody for ever.
SEARCH_LEAVES_WITHIN = 5.0
SEARCH_FINDS_WITHIN = 20.0
_LOCKED = "Those stored before are still there and safe. Close it and try again; until then nothing new is kept."
_SURE_TO_FIT = 2  # bytes for each token of the context
_DAY = 86_400.0  # seconds
NEW_PROMPT = ChatPrompt()
"""That of a conversation that has nothing of its own."""


@dataclass(frozen=True)
class Opened:
    """All conversations there are, and those in the trash; `keeps`: whether what is changed in them is stored."""

    conversations: tuple[Conversation, ...]
    trash: tuple[Conversation, ...] = ()
    keeps: bool = True


@dataclass(frozen=True)
class Exported:
    path: Path


@dataclass(frozen=True)
class Imported:
    count: int


@dataclass(frozen=True)
class KeptNow:
    """A temporary chat is a stored one now, with another number."""

    temporary: int
    conversation: int


@dataclass(frozen=True)
class Hits:
    """Where `words` were said."""

    words: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class NotImported:
    """The file is no export of conversations: what it holds may be meant to be read."""

    path: Path


@dataclass(frozen=True)
class ModelsChanged:
    """`searched`: these are all there are, not only those that need no search. `recommended`: by the author of the
    `current` one."""

    models: tuple[ModelFile, ...]
    current: Path | None
    searched: bool = False
    recommended: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Seen:
    """The prompt of an answer as the model saw it, and what was kept from it."""

    conversation: int
    prompt: Inspected
    omission: Omission


@dataclass(frozen=True)
class PromptsChanged:
    """All there are and those that are the person's own; what was `asked` to be kept has become `kept`."""

    prompts: Prompts
    own: Prompts
    asked: Item | None = None
    kept: Item | None = None


@dataclass(frozen=True)
class PromptsImported:
    count: int


@dataclass(frozen=True)
class PromptsExported:
    path: Path


@dataclass(frozen=True)
class NotSent:
    """Nothing of it is stored: it goes back to where it was written."""

    conversation: int | None
    text: str
    problem: Problem
    attachments: tuple[Attachment, ...] = ()
    begins: str = ""
    temporary: bool = False


@dataclass(frozen=True)
class DraftsRead:
    """What was written and not sent when the program ended, by chat."""

    drafts: dict[int, KeptDraft]


@dataclass(frozen=True)
class Erased:
    """A conversation is gone for good."""

    conversation: int


@dataclass(frozen=True)
class AllDeleted:
    """All chats are in the trash since this moment."""

    moment: float


@dataclass(frozen=True)
class SettingsChanged:
    """The settings as they are now; `ticket`: what asked for that, below 0 where the window itself did."""

    settings: Settings
    ticket: int = 0


@dataclass(frozen=True)
class LoadedAs:
    """How the loaded model was asked to be loaded, and what came of it; nothing where none is loaded."""

    loading: Loading | None
    facts: ModelFacts | None


@dataclass(frozen=True)
class Told:
    """Something a person must know that has no place of its own; `stands`: until the program ends or it is mended."""

    problem: Problem
    stands: bool = False


@dataclass(frozen=True)
class Stored:
    """Everything said is stored again, or all `drafts` are: these are no problems any more."""

    problems: tuple[Problem, ...]
    drafts: bool = False


@dataclass(frozen=True)
class DraftsUnkept:
    """What is not sent yet could not be written to the disk."""

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
        prompts: PromptLibrary | None = None,
        drafts: DraftsFile | None = None,
    ) -> None:
        self._kept = settings
        self._drafts = drafts or DraftsFile(drafts_file())
        self._prompts = prompts or PromptLibrary(prompts_file())
        self._library = library
        self.engine = engine
        self._conversations = conversations
        self._post = post
        self._draft = 0
        self._began: int | None = None
        self._new_prompt = NEW_PROMPT
        self._presets: dict[str, Preset] = {}
        self._thinking: bool | None = None
        self._found: list[ModelFile] | None = None
        self._closing = threading.Event()
        self._telling = threading.Lock()
        self._in_memory: tuple[Store, Runner] | None = None
        self._unkept: Problem | None = None
        self._search = self._new_search()
        self._attaching = Attaching(post)
        self._keeps_drafts = False
        self._drafts_problem: Problem | None = None
        self.model: Path | None = None

    @property
    def settings(self) -> Settings:
        return self._kept.now

    def open(self, model: Path | None = None) -> None:
        """Opens the conversations and the model, then finds the others; `model` is to be used from now on."""
        self._open_conversations()
        self.engine.on_event = self._on_engine_event
        self._tell_drafts()
        self.tell_prompts()
        self._kept.tell_problems(lambda problem: self._post(Told(problem)))
        self.model = self._library.first_choice(self._kept.now.model)
        self._tell_models()
        try:
            self._begin_with(model)
        finally:
            self._search.start()

    def tell_again(self, language: str) -> None:
        """All that a window must know that takes another's place, in this language."""
        self._prompts.speak(language)
        self._tell_conversations()
        if self._unkept:
            self._post(Told(self._unkept, stands=True))
        self.tell_prompts()
        self._tell_models()
        for told in (self.engine.ready, self.engine.facts and Loaded(self.engine.facts, 0.0)):
            if told:
                self._post(told)

    def open_again(self) -> None:
        """Tries once more to open the conversations; what was begun without them stays temporary, to be kept or not."""
        if self._unkept and self._unkept.action == "open-again" and not self._closing.is_set():
            empty, runner = self.store, self._runner
            self._open_conversations()
            self._tell_drafts()
            runner.close()
            empty.close()

    def _open_conversations(self) -> None:
        self.store = self._opened_store()
        self._runner = Runner(self.engine, self.store, self._post)
        days = self._kept.now.storage.trash_days
        if self.store.keeps and self.store.purge(time.time() - days * _DAY if days else 0.0):
            self.engine.delete_states()
        self._tell_conversations()

    def close(self) -> None:
        self._closing.set()
        self._attaching.close()
        if self._search.is_alive():
            self._search.join(SEARCH_LEAVES_WITHIN)
        for _, runner in self._shelves:
            runner.close()
        self.engine.close()
        for store, _ in self._shelves:
            store.close()

    # ---- conversations

    def send(
        self,
        conversation: int | None,
        text: str,
        draft: int,
        attachments: Sequence[Attachment] = (),
        begins: str = "",
        temporary: bool = False,
    ) -> Answering | NotSent:
        """Sends `text`; without a conversation one is begun, and every later `text` of the same draft goes there.

        `begins`: how the answer is to begin. `temporary`: what is begun is kept in memory only, as it is where
        nothing can be stored.
        """
        if conversation is None and draft == self._draft:
            conversation = self._began
        try:
            asking = self._asking(conversation)
            begins_temporary = conversation is None and (temporary or self._unkept is not None)
            runner = self._runner_of(TEMPORARY if begins_temporary else conversation)
            answering = runner.send(
                conversation, text, asking, draft=draft, attachments=attachments, begins=begins
            )
            if conversation is None and self._new_prompt != NEW_PROMPT:
                self.set_prompt(answering.conversation, self._new_prompt)
        except UserError as error:
            return NotSent(conversation, text, error.problem, tuple(attachments), begins, temporary)
        self._draft, self._began = draft, answering.conversation
        self._new_prompt = NEW_PROMPT
        return answering

    def ask_again(self, conversation: int) -> Answering:
        return self._runner_of(conversation).ask_again(conversation, self._asking(conversation))

    def regenerate(self, conversation: int, answer: int) -> Answering:
        self._runner_of(conversation).stop_all(conversation)
        return self._runner_of(conversation).regenerate(conversation, answer, self._asking(conversation))

    def go_on(self, conversation: int, answer: int) -> Answering:
        return self._runner_of(conversation).go_on(conversation, answer, self._asking(conversation))

    def edit(
        self, conversation: int, message: Message, text: str, attachments: Sequence[Attachment] = ()
    ) -> Answering | NotSent | None:
        """Says something else in place of a message; an answer is put beside the one there is."""
        self._runner_of(conversation).stop_all(conversation)
        try:
            if message.role == "assistant":
                self._runner_of(conversation).correct(conversation, message.id, text)
                return None
            asking = self._asking(conversation)
            return self._runner_of(conversation).edit(conversation, message.id, text, asking, attachments)
        except UserError as error:
            return NotSent(conversation, text, error.problem, tuple(attachments))

    def run_again(self, conversation: int, answer: int) -> Answering:
        """Makes an answer once more exactly as its receipt says. Raises UserError."""
        self._runner_of(conversation).stop_all(conversation)
        return self._runner_of(conversation).run_again(conversation, answer)

    def run_with(self, conversation: int, answer: int, model: Path) -> Answering:
        """Has the same question answered by another model, for this once. Raises UserError."""
        self._runner_of(conversation).stop_all(conversation)
        asking = replace(self._asking(conversation), model=model)
        return self._runner_of(conversation).regenerate(conversation, answer, asking)

    def beside(self, conversation: int, message: int, step: int) -> None:
        self._runner_of(conversation).beside(conversation, message, step)

    def set_thinking(self, thinking: bool) -> None:
        """Whether models that can are to think before they answer, from the next answer on."""
        self._thinking = thinking

    def inspect(self, conversation: int, answer: int) -> Seen:
        """What the model saw before it wrote `answer`. Raises UserError."""
        if self.engine.facts is None:
            # Loading here would keep every other wish waiting.
            raise ModelError(Problem("The model is not loaded yet.", "Send it a message first."))
        asking, room = self._asking(conversation), self._runner_of(conversation).room
        return Seen(conversation, *room.seen_before(conversation, answer, asking))

    def make_room(self, conversation: int) -> Overflow | None:
        """What could be left out, or how far the context could be enlarged; waits for the engine."""
        overflow = self._runner_of(conversation).room.overflow(conversation, self._asking(conversation))
        if overflow and self.engine.facts:
            overflow = replace(overflow, largest=self.engine.facts.trained_context)
        if overflow is None:
            self._ask_on(conversation)
        return overflow

    def _ask_on(self, conversation: int) -> Answering:
        """Has an answer gone on with that ended in a full context, or else the last question asked again."""
        answer = self._runner_of(conversation).branches.ended_full(conversation)
        return self.go_on(conversation, answer) if answer else self.ask_again(conversation)

    def measure(self, conversation: int | None, text: str, draft: int, attachments: Sequence[Attachment] = ()) -> None:
        """Has it told how long the conversation is with what is being written, where the model stands ready."""
        asking = self._asking(conversation) if self.model else None
        if asking and self.engine.facts and self.engine.facts.path == asking.model:
            # What is larger is cut to what has room: no reason to leave out what was said, and long to count.
            size = sum(len(part.text.encode()) for each in attachments for part in each.parts)
            partly = size > self.engine.facts.context * _SURE_TO_FIT
            counted = () if partly else attachments
            self._runner_of(conversation).room.measure(conversation, text, asking, draft, counted, partly)

    def upcoming(
        self, conversation: int | None, text: str, attachments: Sequence[Attachment] = (), begins: str = ""
    ) -> Prompt | None:
        """What would be asked were it sent now; nothing where nothing is said. Raises UserError, as without a model."""
        facts = self.engine.facts
        if self.model is None or facts is None or facts.path != self.model:
            raise EngineError(Problem("The model is not loaded yet.", "Send it a message first."))
        if sum(len(part.text.encode()) for each in attachments for part in each.parts) > facts.context * _SURE_TO_FIT:
            raise PromptError(_PARTLY)
        said = [Message("user", text, attachments=tuple(attachments))] if text.strip() or attachments else []
        said += [Message("assistant", begins)] if said and begins else []
        return self._runner_of(conversation).room.upcoming(conversation, said, self._asking(conversation))

    def leave_out(self, conversation: int, messages: tuple[int, ...], asks: bool = True) -> Answering | None:
        """Sends the conversation without its oldest messages, from now on; `asks`: the last question again."""
        self._runner_of(conversation).room.leave_out(conversation, messages)
        return self._ask_on(conversation) if asks else None

    def summarize(self, conversation: int, messages: tuple[int, ...]) -> None:
        """Has the oldest messages summed up, to be left out then. Raises UserError."""
        self._runner_of(conversation).room.summarize(conversation, messages, self._asking(conversation))

    def set_summary(self, conversation: int, summary: str) -> None:
        self._runner_of(conversation).room.set_summary(conversation, summary)

    def send_all(self, conversation: int) -> None:
        """Nothing is left out of it any more."""
        self._runner_of(conversation).room.send_all(conversation)

    def ask_on(self, conversation: int) -> Answering:
        return self._ask_on(conversation)

    def enlarge(self, conversation: int | None, context: int, asks: bool = True) -> Answering | None:
        """Loads the model with a larger context; `asks`: the last question again."""
        self._kept.change(lambda settings: replace(settings, loading=replace(settings.loading, context=context)))
        self.engine.loading = self._kept.now.loading
        if conversation is not None and asks:
            return self._ask_on(conversation)
        self._warm_up()
        return None

    def set_prompt(self, conversation: int | None, prompt: ChatPrompt) -> None:
        """What shapes the answers of one conversation, or of the next that is begun."""
        if conversation is None:
            self._new_prompt = prompt
        else:
            self._store_of(conversation).set_prompt(conversation, prompt)
            self._tell_conversations()

    def _asking(self, conversation: int | None) -> Asking:
        """The model, and the conversation's own way of asking where it has one. Raises UserError."""
        model, prompt = self._chosen(), self._new_prompt
        if conversation is not None:
            prompt = self._store_of(conversation).conversation(conversation).prompt
        return Asking(model, self._layers(model, prompt).sampling, prompt.system, self._thinking)

    def _layers(self, model: Path, prompt: ChatPrompt) -> Layers:
        settings, preset = self._kept.now, self._presets.get(prompt.preset)
        chosen = preset.sampling if preset else {}
        return Layers(settings.sampling, model_values(settings, model), chosen, prompt.sampling)

    def stop(self, conversation: int | None) -> None:
        """Without a conversation: the one that was begun last, whose number the window has not heard yet."""
        number = self._began if conversation is None else conversation
        if number is not None:
            self._runner_of(number).stop_all(number)

    def show(self, conversation: int) -> None:
        self._runner_of(conversation).open(conversation)

    def show_earlier(self, conversation: int, before: int) -> None:
        """What was said before the message `before`."""
        self._runner_of(conversation).open_earlier(conversation, before)

    def rename(self, conversation: int, title: str) -> None:
        self._store_of(conversation).rename(conversation, title)

    def delete(self, conversation: int) -> None:
        self._runner_of(conversation).stop_all(conversation)
        self._store_of(conversation).delete(conversation)
        self._tell_conversations()

    def delete_all(self) -> AllDeleted:
        moment = time.time()
        for store, runner in self._shelves:
            for conversation in store.conversations():
                runner.stop_all(conversation.id)
            store.delete_all(moment)
        self._tell_conversations()
        return AllDeleted(moment)

    def restore_all(self, moment: float) -> None:
        """What was deleted together at that moment."""
        for store, _ in self._shelves:
            store.restore_all(moment)
        self._tell_conversations()

    def empty_trash(self) -> None:
        """Raises StorageError where nothing of it could be deleted on the disk."""
        self._must_keep()
        gone = self.store.deleted_conversations()
        self.store.purge(math.inf)
        self.engine.delete_states()
        self._tell_conversations()
        for conversation in gone:
            self._post(Erased(conversation.id))

    def restore(self, conversation: int) -> None:
        self._store_of(conversation).restore(conversation)
        self._tell_conversations()

    def erase(self, conversation: int) -> Erased:
        """Out of the trash for good. Raises StorageError where it would stay on the disk."""
        if conversation < TEMPORARY:
            self._must_keep()
        self._store_of(conversation).erase(conversation)
        self.engine.delete_states()
        self._tell_conversations()
        return Erased(conversation)

    def pin(self, conversation: int, pinned: bool) -> None:
        self._store_of(conversation).pin(conversation, pinned)
        self._tell_conversations()

    def move(self, conversation: int, folder: str) -> None:
        self._store_of(conversation).move(conversation, folder)
        self._tell_conversations()

    def set_tags(self, conversation: int, tags: Sequence[str]) -> None:
        self._store_of(conversation).set_tags(conversation, tags)
        self._tell_conversations()

    def duplicate(self, conversation: int, suffix: str) -> None:
        self._store_of(conversation).duplicate(conversation, suffix)
        self._tell_conversations()

    def export(self, conversation: int, form: Form, target: Path, words: PageWords = ENGLISH) -> Exported:
        """Raises StorageError."""
        store = self._store_of(conversation)
        said = store.conversation(conversation), store.messages(conversation)
        return Exported(export([said], form, target, words)[0])

    def export_all(self, folder: str | None, form: Form, target: Path, words: PageWords = ENGLISH) -> Exported:
        """What lies in `folder`, or all: to one file where that is JSON, else to a folder. Raises StorageError."""
        chosen = [told for told in self.store.conversations() if folder is None or told.folder == folder]
        if not chosen:
            raise StorageError(Problem("There is no conversation to export.", "Choose another folder."))
        if form != "json":
            with contextlib.suppress(OSError):  # what fails here fails below, where it is said in words
                target.mkdir(parents=True, exist_ok=True)
        files = export([(told, self.store.messages(told.id)) for told in chosen], form, target, words)
        return Exported(files[0] if len(files) == 1 else target)

    def import_file(self, path: Path) -> Imported:
        """Takes over the conversations of another program, or of this one. Raises UserError."""
        return self._take_over(read_export(path))

    def import_dropped(self, path: Path) -> Imported | NotImported:
        """Takes over what is an export of conversations; any other data is handed back. Raises UserError."""
        try:
            read = read_export(path)
        except StorageError:
            return NotImported(path)
        return self._take_over(read)

    def _take_over(self, read: Sequence[ReadConversation]) -> Imported:
        self._must_keep()
        taken = self.store.import_all(read)
        self._tell_conversations()
        return Imported(len(taken))

    def search(self, words: str) -> Hits:
        temporary = self._in_memory[0].search(words) if self._in_memory else []
        return Hits(words, (*temporary, *self.store.search(words)))

    def _must_keep(self) -> None:
        """Raises StorageError where what is to be stored would be gone when the program ends."""
        if self._unkept:
            raise StorageError(self._unkept)

    def _tell_conversations(self) -> None:
        temporary = self._in_memory[0].conversations() if self._in_memory else []
        kept, trash = self.store.conversations(), self.store.deleted_conversations()
        self._post(Opened((*temporary, *kept), tuple(trash), keeps=self._unkept is None))

    # ---- temporary chats

    def keep_temporary(self, conversation: int) -> KeptNow:
        """Stores a temporary chat like any other. Raises StorageError."""
        self._must_keep()
        store = self._store_of(conversation)
        self._runner_of(conversation).stop_all(conversation)
        read = ReadConversation(store.conversation(conversation), store.messages(conversation))
        kept = self.store.import_all([read])[0]
        store.erase(conversation)
        self._tell_conversations()
        return KeptNow(conversation, kept.id)

    @property
    def _shelves(self) -> list[tuple[Store, Runner]]:
        """What is kept, and what is temporary, as far as there is any."""
        return [(self.store, self._runner), *([self._in_memory] if self._in_memory else [])]

    def _runner_of(self, conversation: int | None) -> Runner:
        return self._memory[1] if conversation is not None and conversation >= TEMPORARY else self._runner

    def _store_of(self, conversation: int) -> Store:
        return self._memory[0] if conversation >= TEMPORARY else self.store

    @property
    def _memory(self) -> tuple[Store, Runner]:
        """Where temporary chats are: the engine keeps no state of them, and nothing is written anywhere."""
        if self._in_memory is None:
            store = Store(IN_MEMORY, TEMPORARY)
            self._in_memory = store, Runner(self.engine, store, self._post_temporary, keeps=False)
        return self._in_memory

    def _post_temporary(self, event: object) -> None:
        """What the engine does is told once."""
        if not isinstance(event, FORWARDED):
            self._post(event)

    def _on_engine_event(self, event: Event) -> None:
        if self._in_memory is not None:
            self._in_memory[1].on_engine_event(event)
        self._runner.on_engine_event(event)

    # ---- attachments

    def attach(self, ticket: int, source: Source) -> None:
        """Has it read; Attached or NotAttached with this ticket is told then, unless it is cancelled."""
        self._attaching.read(ticket, source)

    def cancel_attaching(self, ticket: int) -> None:
        self._attaching.cancel(ticket)

    # ---- what is not sent yet

    def keep_drafts(self, drafts: Mapping[int, KeptDraft]) -> DraftsUnkept | Stored | None:
        if not self._keeps_drafts:
            return None
        before, self._drafts_problem = self._drafts_problem, None
        try:
            self._drafts.write(drafts)
        except StorageError as error:
            self._drafts_problem = before or error.problem
            return DraftsUnkept(error.problem)
        return Stored((before,), drafts=True) if before else None

    def _tell_drafts(self) -> None:
        """Without those of conversations that are gone; where those or the drafts cannot be read, none are kept."""
        if self._unkept:
            return
        try:
            drafts = self._drafts.read()
        except StorageError as error:
            self._post(Told(error.problem))
            return
        self._keeps_drafts = True
        if self._drafts.notice:
            self._post(Told(self._drafts.notice))
        there = {told.id for told in (*self.store.conversations(), *self.store.deleted_conversations())}
        self._post(DraftsRead({chat: draft for chat, draft in drafts.items() if chat == NEW or chat in there}))

    # ---- prompts and personas

    def tell_prompts(self, asked: Item | None = None, kept: Item | None = None) -> None:
        """As they are by now; the built-in ones where those of the person cannot be read."""
        try:
            own = self._prompts.own()
        except StorageError as error:
            own = Prompts()
            self._post(Told(error.problem))
        if self._prompts.notice:
            self._post(Told(self._prompts.notice))
            self._prompts.notice = None
        told = self._prompts.all(own)
        self._presets = {preset.key: preset for preset in told.presets}
        self._post(PromptsChanged(told, own, asked, kept))

    def save_prompt(self, item: Item, before: Item | None = None) -> None:
        """Raises StorageError, as all of these do."""
        self.tell_prompts(item, self._prompts.save(item, before))

    def delete_prompt(self, item: Item) -> None:
        self._prompts.delete(item)
        self.tell_prompts()

    def restore_prompt(self, item: Item) -> None:
        self.tell_prompts(item, self._prompts.restore(item))

    def show_hidden_prompts(self) -> None:
        self._prompts.show_hidden()
        self.tell_prompts()

    def import_prompts(self, path: Path) -> PromptsImported:
        count = self._prompts.import_file(path)
        self.tell_prompts()
        return PromptsImported(count)

    def export_prompts(self, path: Path, *items: Item) -> PromptsExported:
        """These, or all that are the person's own."""
        self._prompts.export(path, *items)
        return PromptsExported(path)

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
        kept = self._kept.now.model
        chosen = [path for path in (self.model, kept) if path]
        # What was answered from so far may be off the list by now.
        there = {model.path for model in (*found, *self._library.own(*([kept] if kept else [])))}
        wanted = (path for path in chosen if path in there)
        self._found, self.model = found, next(wanted, None) or self._library.best(found)
        self._tell_models()

    def choose_model(self, model: Path) -> None:
        self.model = model
        self._kept.change(lambda settings: replace(settings, model=model))
        self._tell_models()
        self._warm_up()

    def unload(self) -> None:
        """Gives the model's memory back; the next message loads it again."""
        self.engine.unload()

    def add_model(self, path: Path) -> None:
        """Raises ModelError where the file cannot be used."""
        added = self._library.add(path)
        if added.added:
            self._kept.change(lambda settings: _with_added(settings, added.path))
        self.choose_model(added.path)

    # ---- settings

    def change_settings(self, group: str, values: Mapping[str, Any], ticket: int = 0) -> SettingsChanged:
        """Keeps other values of one group; they hold at once, those of loading from the next load on."""
        self._kept.change(lambda now: replace(now, **{group: replace(getattr(now, group), **values)}))
        hand_over(self.engine, self._kept.now)
        return SettingsChanged(self._kept.now, ticket)

    def set_model_sampling(self, model: Path, sampling: Values) -> SettingsChanged:
        """What every chat with this model has from now on."""
        self._kept.change(lambda now: with_model_values(now, model, sampling))
        return SettingsChanged(self._kept.now)

    def loaded_as(self) -> LoadedAs:
        return LoadedAs(self.engine.loaded_as, self.engine.facts)

    def reload(self) -> None:
        """Loads the model again where it is to be loaded in another way by now."""
        self._warm_up()

    def delete_states(self) -> None:
        """Of all chats; they are read anew when they are opened."""
        self.engine.delete_states()

    # ---- parts

    def _opened_store(self) -> Store:
        """Where the file cannot be used, the window still works; what is written then is not kept, and it says so."""
        try:
            store = Store(self._conversations, goes_on=True)
            notice = store.notice
            self._unkept = None if store.keeps else notice
        except StorageError as error:
            self._unkept = notice = _not_kept(error)
            store = Store(IN_MEMORY)
        if notice:
            self._post(Told(notice, stands=self._unkept is not None))
        store.on_problem = lambda problem: self._post(Told(problem))
        store.on_stored = lambda problems: self._post(Stored(tuple(problems)))
        return store

    def _tell_models(self) -> None:
        """One at a time, so that what is told last is how it is."""
        with self._telling:
            self._post(self._models_changed())

    def _models_changed(self) -> ModelsChanged:
        known = {model.path: model for model in self._found or ()}
        for model in self._library.own(*([self.model] if self.model else [])):
            known.setdefault(model.path, model)
        recommended = self._library.recommended(self.model) if self.model else {}
        return ModelsChanged(tuple(known.values()), self.model, self._found is not None, recommended)

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


def _with_added(settings: Settings, path: Path) -> Settings:
    added = settings.added_models
    return settings if path in added else replace(settings, added_models=(*added, path))


def _not_kept(error: StorageError) -> Problem:
    """Nothing is shown of what was stored before, which must not look as if it were lost."""
    remedy = "Until that is mended and the program started again, nothing written here is kept."
    if is_locked(error.__cause__):
        remedy = _LOCKED
    elif error.problem.action == "retry":
        remedy = "Nothing of what was stored before is deleted. Until that is mended, nothing written here is kept."
    action = "open-again" if error.problem.action == "retry" else ""
    return replace(error.problem, remedy=remedy, action=action)
