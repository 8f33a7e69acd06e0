"""What the Models page asks for, done on a thread of its own, so that no slow network keeps a chat waiting."""

from __future__ import annotations

import contextlib
import os
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFile

from desktop_llm.errors import ModelError, Problem, UserError
from desktop_llm.experience import Experience, Lesson
from desktop_llm.library.catalog import Entry, catalog, recommended, rough_fit, rough_speed, rough_words
from desktop_llm.library.download import delete_part
from desktop_llm.library.downloads import Downloads, Job, partial_files
from desktop_llm.library.header import Header, files_of
from desktop_llm.library.hub import Choice, Found, Hub, Repository
from desktop_llm.library.models import ModelFile, ModelLibrary, moved
from desktop_llm.library.moving import Moving, move_models
from desktop_llm.library.network import Network, Stop, Stopped, network_of
from desktop_llm.library.offers import Offer, offers, usual
from desktop_llm.library.origin import Origin, origin_note, origin_of
from desktop_llm.library.places import model_files
from desktop_llm.library.remote_header import remote_shapes
from desktop_llm.library.token import forget_token, keep_token, stored_token
from desktop_llm.memory import Computer, Fit, Shape, fit, taken
from desktop_llm.settings import Downloads as DownloadSettings
from desktop_llm.settings import Privacy, Settings, models_folder
from desktop_llm.settings_file import KeptSettings
from desktop_llm.speed import Speeds, corrected, correction, generation_speed
from desktop_llm.ui.session import Told

_LEAVES_WITHIN = 2.0  # seconds
_DEEPEST = 3
_LEFT_OVER = Problem("Where this came from is not known any more.", "Delete it, or download the model again.")


@dataclass(frozen=True)
class Installed:
    """A model on this computer; `own`: it may be deleted; `foretold_memory`: bytes, to be compared with the lesson's.

    Tokens per second: `foretold`, `measured` with its last answer or 0, and `speed`, what is to be told.
    """

    model: ModelFile
    header: Header
    fit: Fit
    own: bool
    foretold: float
    measured: float
    foretold_memory: int
    lesson: Lesson
    origin: Origin | None = None
    speed: float = 0.0

    @property
    def download(self) -> str:
        """The id of the download that brought it, or nothing."""
        return f"{self.origin.repository.id}/{self.origin.choice.name}" if self.origin else ""


@dataclass(frozen=True)
class InstalledListed:
    models: tuple[Installed, ...]
    current: Path | None


@dataclass(frozen=True)
class CurrentJudged:
    """The model that answers, as it would be loaded now; nothing where there is none."""

    row: Installed | None


@dataclass(frozen=True)
class Searched:
    text: str
    found: tuple[Found, ...]


@dataclass(frozen=True)
class RepositoryOpened:
    """`judged`: what is said of fit and speed is final."""

    repository: Repository
    offers: tuple[Offer, ...]
    judged: bool


@dataclass(frozen=True)
class NotAnswered:
    """The Hub was asked for `what`, in vain."""

    what: str
    problem: Problem


@dataclass(frozen=True)
class Trashed:
    """Files that lie in the trash now, each with its place there: they can be brought back.

    `given`: the name the person gave the model, or nothing.
    """

    name: str
    size: int
    files: tuple[tuple[Path, Path], ...]
    given: str = ""


@dataclass(frozen=True)
class Connection:
    """How the Hub is reached; `folder`: where models go just now; `token_place` says where the token is kept."""

    downloads: DownloadSettings = DownloadSettings()
    privacy: Privacy = Privacy()
    folder: Path = Path()
    has_token: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A model of the catalogue as this computer would run it; `speed` in tokens/s, `best`: the one to begin with."""

    entry: Entry
    words: Problem
    speed: float
    fits: bool
    best: bool
    installed: bool


@dataclass(frozen=True)
class Suggested:
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class Cancelled:
    """Nothing more is told of this download; what was told before comes before this."""

    job: str


@dataclass(frozen=True)
class Measuring:
    """This computer is being measured; it takes some seconds."""


@dataclass(frozen=True)
class MeasureLater:
    """Other programs keep this computer busy, so that nothing measured now would be true."""


@dataclass(frozen=True)
class Measured:
    """This computer's speeds are known, or could not be measured."""

    speeds: Speeds | None
    problem: Problem | None


@dataclass(frozen=True)
class Hardware:
    """What is to be known of this computer: what it has, how fast it is, and whether other work keeps it busy.

    `measure` raises UserError; `still_true`: whether speeds measured before are of the same engine and devices.
    """

    computer: Callable[[], Computer]
    measure: Callable[[threading.Event], Speeds]
    still_true: Callable[[Speeds], bool]
    busy: Callable[[], bool]


class ModelsSession:
    """Every method but `stop_asking` and `leave` runs on its worker's thread; `post` brings events to the window."""

    def __init__(
        self,
        settings: KeptSettings,
        library: ModelLibrary,
        experience: Experience,
        hardware: Hardware,
        post: Callable[[object], None],
    ) -> None:
        self._kept, self._library, self._experience = settings, library, experience
        self._hardware, self._post = hardware, post
        self._models: tuple[ModelFile, ...] = ()
        self._current: Path | None = None
        self._correction = 1.0
        self._asking, self._leaving = Stop(), Stop()
        self._closing = threading.Event()
        self._measuring: threading.Thread | None = None
        self._made: Downloads | None = None

    def open(self) -> None:
        self._tell_interrupted()
        self._tell_connection()

    def tell_again(self) -> None:
        """All that a page must know that takes another's place."""
        for job in self._downloads.jobs():
            self._post(job)
        self.open()

    def close(self) -> None:
        self._closing.set()
        if self._made:
            self._made.close()
        if self._measuring:
            self._measuring.join(_LEAVES_WITHIN)

    # ---- on this computer

    def list_installed(self, models: tuple[ModelFile, ...], current: Path | None) -> InstalledListed:
        self._models, self._current = models, current
        return self.list_again()

    def list_again(self) -> InstalledListed:
        """The same models, as they are to be judged now."""
        computer, speeds = self._hardware.computer(), self._experience.speeds()
        rows = [row for model in self._models if (row := self._installed(model, computer, speeds))]
        self._correction = correction((row.foretold, row.measured) for row in rows)
        told = (replace(row, speed=corrected(row.foretold, self._correction, row.measured)) for row in rows)
        return InstalledListed(tuple(told), self._current)

    def judge_current(self) -> CurrentJudged:
        """What the model in use would need with the settings as they are."""
        current = next((model for model in self._models if model.path == self._current), None)
        speeds = self._experience.speeds()
        return CurrentJudged(self._installed(current, self._hardware.computer(), speeds) if current else None)

    def rename(self, path: Path, name: str) -> None:
        self._library.rename(path, name)
        self._kept.change(lambda settings: _named(settings, path, self._library.names.get(str(path), "")))

    def try_as_asked(self, path: Path) -> None:
        """The next load does not begin with the lesser one that worked the last time."""
        self._experience.forget_loading(path)

    def forget(self, path: Path) -> None:
        """Takes a file the person added off the list. Raises ModelError."""
        self._library.remove(path)
        self._kept.change(lambda settings: _without(settings, path))

    def delete(self, path: Path) -> Trashed:
        """Moves an own model's files to the trash. Raises ModelError."""
        model = self._library.model_at(path)
        files = _all_trashed([file for file in (*files_of(path), origin_note(path)) if file.exists()])
        given = self._library.names.get(str(path), "")
        self._library.rename(path, "")
        self._kept.change(lambda settings: _without(settings, path))
        return Trashed(model.name, model.size, files, given)

    def restore(self, trashed: Trashed) -> None:
        """Brings back what was deleted, with the name it was given. Raises ModelError."""
        for file, place in trashed.files:
            _restore(file, place)
        if trashed.given:
            self.rename(trashed.files[0][0], trashed.given)

    def _installed(self, model: ModelFile, computer: Computer, speeds: Speeds | None) -> Installed | None:
        try:
            header = self._library.header(model.path)
        except ModelError:
            return None
        own = self._library.is_own(model)
        loading, lesson = self._kept.now.loading, self._experience.of(model.path)
        judged = fit(header.shape, loading, computer)
        memory = taken(header.shape, loading, judged.gpu_layers, repacks=computer.repacks)
        foretold = generation_speed(header.shape, judged, speeds) if speeds else 0.0
        return Installed(
            model, header, judged, own, foretold, lesson.tokens_per_s, memory, lesson,
            origin_of(model.path) if own else None,
        )  # fmt: skip

    # ---- what the program suggests

    def suggest(self) -> Suggested:
        """The catalogue as this computer would run it, the one to begin with first; asks nobody."""
        computer, entries = self._hardware.computer(), catalog().models
        largest = max((gpu.total for gpu in computer.gpus), default=0)
        best = recommended(entries, computer.total, largest, partial(self._rough_speed, computer=computer))
        there = {model.path.name for model in self._models}
        made = [self._suggestion(entry, computer, entry is best, entry.file in there) for entry in entries]
        return Suggested(tuple(sorted(made, key=lambda row: (not row.best, not row.fits))))

    def _suggestion(self, entry: Entry, computer: Computer, best: bool, installed: bool) -> Suggestion:
        fits, speed = rough_fit(entry, computer) in ("gpu", "partly", "cpu"), self._rough_speed(entry, computer)
        return Suggestion(entry, rough_words(entry, computer), speed, fits, best, installed)

    def _rough_speed(self, entry: Entry, computer: Computer) -> float:
        speeds = self._experience.speeds()
        return self._correction * rough_speed(entry, computer, speeds) if speeds else 0.0

    # ---- on the Hub

    def stop_asking(self) -> None:
        """Ends what is being asked of the Hub, for something else is wanted by now; from any thread."""
        asking, self._asking = self._asking, Stop()
        asking.set()

    def leave(self) -> None:
        """Ends at once whatever `close` would have to wait for; from any thread."""
        self._leaving.set()
        self.stop_asking()

    def search(self, text: str) -> object:
        """Searched or NotAnswered; nothing where something else is wanted by now."""
        return self._asked(text, lambda hub, stop: Searched(text, tuple(hub.search(text, stop=stop))))

    def look_into(self, identity: str) -> object:
        """A model's files, and once more when it is known, which takes another request, how they would run here."""
        return self._asked(identity, self._looked_into(identity))

    def _looked_into(self, identity: str) -> Callable[[Hub, Stop], RepositoryOpened]:
        def look(hub: Hub, stop: Stop) -> RepositoryOpened:
            repository = hub.repository(identity, stop)
            self._post(RepositoryOpened(repository, self._offers(repository, {}), judged=False))
            return RepositoryOpened(repository, self._offers(repository, self._shapes(repository, stop)), judged=True)

        return look

    def _shapes(self, repository: Repository, stop: Stop) -> dict[str, Shape]:
        """Of all its files, out of the first bytes of one; none where those cannot be had."""
        choice = usual(repository)
        with contextlib.suppress(UserError):
            return remote_shapes(self._network(), repository, choice, stop) if choice else {}
        return {}

    def _asked(self, what: str, ask: Callable[[Hub, Stop], object]) -> object:
        try:
            return ask(Hub(self._network()), self._asking)
        except Stopped:
            return None
        except UserError as error:
            return NotAnswered(what, error.problem)

    def _network(self) -> Network:
        return network_of(self._kept.now)

    def _offers(self, repository: Repository, shapes: dict[str, Shape]) -> tuple[Offer, ...]:
        computer, speeds = self._hardware.computer(), self._experience.speeds()
        made = offers(repository.choices, shapes, self._kept.now.loading, computer, speeds)
        return tuple(replace(offer, speed=corrected(offer.speed, self._correction)) for offer in made)

    # ---- downloads

    def download(self, repository: Repository, choice: Choice) -> Job:
        return self._downloads.start(repository, choice)

    def get(self, identity: str, file: str) -> Job | None:
        """Downloads a file of which no more than its name is known. Raises NetworkError."""
        with contextlib.suppress(Stopped):
            repository = Hub(self._network()).repository(identity, self._leaving)
            choice = repository.choice(file)
            self._compare_with_catalogue(f"{identity}/{file}", choice)
            return self._downloads.start(repository, choice)
        return None

    def _compare_with_catalogue(self, id: str, choice: Choice) -> None:
        """A mirror could give anything, so what differs from the list that comes with the program is told."""
        listed = next((entry.sha256 for entry in catalog().models if entry.id == id), "")
        if listed and not choice.files[0].sha256.startswith(listed):
            text = "{name} is another file on {host} than the list of this program names."
            remedy = "Its author may have renewed it; where you do not trust {host}, cancel the download."
            values = {"name": choice.name, "host": urllib.parse.urlsplit(self._network().endpoint).netloc}
            self._post(Told(Problem(text, remedy, values)))

    def pause(self, job: str) -> None:
        self._downloads.pause(job)

    def go_on(self, job: str) -> None:
        self._downloads.go_on(job)

    def cancel(self, job: str) -> Cancelled:
        """Deletes what came of it. Raises UserError where another program is at it."""
        if Path(job).is_absolute():
            delete_part(Path(job))
        else:
            self._downloads.cancel(job)
        return Cancelled(job)

    def _tell_interrupted(self) -> None:
        """Of downloads that were broken off, so that they can go on."""
        for job in (*self._downloads.find_interrupted(), *self._leftovers()):
            self._post(job)

    def _leftovers(self) -> list[Job]:
        """Parts of which nobody knows any more where they came from: rows that can only be deleted."""
        return [
            Job(str(part), "", part.name, "", "failed", size, 0, 0.0, None, _LEFT_OVER, part)
            for part, size in partial_files(models_folder(self._kept.now))
        ]

    @property
    def _downloads(self) -> Downloads:
        if self._made is None:
            now = self._kept.now
            self._made = Downloads(models_folder(now), self._network, self._post, now.downloads.at_once)
        return self._made

    # ---- this computer

    def measure(self) -> None:
        """Finds how fast this computer is, on a thread of its own; `Measured` tells."""
        if self._measuring is None or not self._measuring.is_alive():
            self._measuring = threading.Thread(target=self._measure, name="measuring", daemon=True)
            self._measuring.start()

    def measure_once(self) -> MeasureLater | None:
        """As `measure`, where it has not been done before, and nothing else keeps this computer busy."""
        speeds = self._experience.speeds()
        if speeds is not None and self._hardware.still_true(speeds):
            return None
        if self._hardware.busy():
            return MeasureLater()
        self.measure()
        return None

    def _measure(self) -> None:
        self._post(Measuring())
        try:
            speeds = self._hardware.measure(self._closing)
        except (UserError, Stopped) as error:
            self._post(Measured(None, error.problem if isinstance(error, UserError) else None))
            return
        self._experience.note_speeds(speeds)
        self._post(Measured(speeds, None))

    # ---- settings

    def connect(self, wanted: Connection, token: str | None) -> Told | None:
        """Keeps how the Hub is reached, and a new token ("": none any more). Raises UserError; then nothing is kept."""
        now = self._kept.now
        network_of(_connected(now, wanted))
        old, new = models_folder(now), wanted.downloads.folder or models_folder()
        try:
            self._move(old, new, lambda settings: _moved(_connected(settings, wanted), old, new))
        except Stopped:
            return None
        told = self._take_token(token)
        self.follow_settings()
        return told

    def follow_settings(self) -> None:
        """They were changed elsewhere: what is under way heeds them."""
        now = self._kept.now
        self._downloads.set_at_once(now.downloads.at_once)
        if now.privacy.offline:
            self._downloads.pause_all()
        self._tell_connection()

    def _take_token(self, token: str | None) -> Told | None:
        if token:
            return Told(keep_token(token).words)
        if token is not None:
            forget_token()
        return None

    def _move(self, old: Path, new: Path, change: Callable[[Settings], Settings]) -> None:
        """Downloads under way are paused, so that no file moves that is being written; they can go on afterwards."""
        if old == new:
            return self._kept.change(change)
        paused = self._paused_downloads()
        try:
            move_models(old, new, self._post, self._leaving)
            self._library.move(old, new)
            self._kept.change(change)
            paused = [replace(job, path=moved(job.path, old, new)) for job in paused]
        except (UserError, Stopped):
            self._add_moved(new)
            raise
        finally:
            self._post(Moving("", 0, 0))
            for job in paused:
                self._post(job)
            self._tell_interrupted()

    def _add_moved(self, new: Path) -> None:
        """A move broke off: what lies in the new folder by now is listed all the same."""
        for path in model_files(new, _DEEPEST):
            with contextlib.suppress(ModelError):
                self._library.add(path)
        added = self._library.added
        self._kept.change(lambda now: replace(now, added_models=tuple(dict.fromkeys((*now.added_models, *added)))))

    def _paused_downloads(self) -> list[Job]:
        """Whatever was under way has ended then, and none is known any more."""
        made, self._made = self._made, None
        if made is None:
            return []
        made.close()
        return made.jobs()

    def _tell_connection(self) -> None:
        now = self._kept.now
        self._post(Connection(now.downloads, now.privacy, models_folder(now), bool(stored_token())))


def _without(settings: Settings, path: Path) -> Settings:
    """The settings where nothing is said any more of the model at `path`."""
    added = tuple(other for other in settings.added_models if other != path)
    names = {other: name for other, name in settings.model_names.items() if other != str(path)}
    chosen = None if settings.model == path else settings.model
    return replace(settings, model=chosen, added_models=added, model_names=names)


def _named(settings: Settings, path: Path, name: str) -> Settings:
    """Changes one name only, for another window may have changed others."""
    names = {other: known for other, known in settings.model_names.items() if other != str(path)}
    return replace(settings, model_names=names | ({str(path): name} if name else {}))


def _connected(settings: Settings, wanted: Connection) -> Settings:
    """The program's own folder is not written down, for it may be another one on another day."""
    folder = None if wanted.downloads.folder == models_folder() else wanted.downloads.folder
    return replace(settings, downloads=replace(wanted.downloads, folder=folder), privacy=wanted.privacy)


def _moved(settings: Settings, old: Path, new: Path) -> Settings:
    """The settings where what was said of models in the folder `old` is said of them in `new`."""

    return replace(
        settings,
        model=settings.model and moved(settings.model, old, new),
        added_models=tuple(moved(path, old, new) for path in settings.added_models),
        model_names={str(moved(Path(path), old, new)): name for path, name in settings.model_names.items()},
    )


def _all_trashed(files: list[Path]) -> tuple[tuple[Path, Path], ...]:
    """All of them, or none: without one of its parts a model is none. Raises ModelError."""
    done: list[tuple[Path, Path]] = []
    try:
        for file in files:
            done.append((file, _trashed(file)))
    except ModelError:
        for file, place in done:
            _restore(file, place)
        raise
    return tuple(done)


def _trashed(file: Path) -> Path:
    """Where in the trash the file lies now. Raises ModelError where the system has none for it."""
    moving = QFile(str(file))
    if not moving.moveToTrash():
        text = "{name} could not be moved to the trash."
        remedy = "Close the programs that use it, or delete it in its folder: {folder}."
        raise ModelError(Problem(text, remedy, {"name": file.name, "folder": str(file.parent)}))
    return Path(moving.fileName())


def _restore(file: Path, place: Path) -> None:
    """Raises ModelError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place, file)
        # What a Unix trash notes of it; elsewhere there is no such file.
        (place.parents[1] / "info" / f"{place.name}.trashinfo").unlink(missing_ok=True)
    except OSError as error:
        raise _not_restored(file, error) from error


def _not_restored(file: Path, error: OSError) -> ModelError:
    values = {"name": file.name, "reason": error.strerror or str(error)}
    text = "{name} could not be brought back ({reason})."
    return ModelError(Problem(text, "Take it out of the trash with the system's file manager.", values))
