"""Models of the Hugging Face Hub from the command line: search, and download with everything kept that came."""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from desktop_llm import terminal
from desktop_llm.errors import Problem, UserError
from desktop_llm.fields import plain
from desktop_llm.settings import Settings, experience_file, models_folder

if TYPE_CHECKING:
    # Only who asks for the network waits until its modules are loaded.
    from desktop_llm.library.download import Download, Progress
    from desktop_llm.library.hub import Choice, Repository
    from desktop_llm.library.network import Network, Stop
    from desktop_llm.library.offers import Offer
    from desktop_llm.memory import Shape

T = TypeVar("T")

_TICK = 0.1
_MOST_ROWS = 100
_PHASES = {"checking": "Checking what is already here", "downloading": "Downloading", "waiting": "Waiting",
           "finishing": "Finishing", "done": "Done"}  # fmt: skip


def add_hub(commands: Any) -> None:
    """Adds `search` and `download` to the commands of `models`."""
    search = _add(commands, "search", _search, "Searches the Hugging Face Hub for models this program can run")
    search.add_argument("text", nargs="+", metavar="TEXT", help="Words of the model's name")
    search.add_argument("--limit", type=_rows, default=20, metavar="N", help="How many at most (20)")
    download = _add(commands, "download", _download, "Downloads a model; a download that was broken off goes on")
    download.add_argument("model", metavar="OWNER/NAME[/FILE]", help="The model, and which of its files or sizes")
    download.add_argument("--list", action="store_true", help="Lists the model's files instead of downloading one")
    download.add_argument(
        "--token-to-mirror", action="store_true",
        help="Sends your Hugging Face token also to the mirror that the settings or HF_ENDPOINT name",
    )  # fmt: skip


def _add(commands: Any, name: str, run: Callable[[Any], int], help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
    command.add_argument("--json", action="store_true", help="Prints one JSON object instead of text")
    command.set_defaults(run=run)
    return command


def _rows(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {_MOST_ROWS}")
    return int(text)


# ---- the commands


def _search(given: argparse.Namespace) -> int:
    from desktop_llm.library.hub import Hub
    from desktop_llm.library.network import Stop

    hub, stop = Hub(_network(terminal.kept_settings())), Stop()
    found = _done_aside(lambda: hub.search(" ".join(given.text), given.limit, stop), stop.set)
    if given.json:
        terminal.say_json({"models": found})
    elif found:
        head = ("MODEL", "DOWNLOADS", "PARAMETERS", "LICENCE", "CHANGED", "")
        rows = [(m.id, f"{m.downloads:,}", _billions(m.parameters), m.licence, m.changed, "asks for terms" * m.gated)
                for m in found]  # fmt: skip
        terminal.say(_table([head, *rows]))
    else:
        terminal.note("The Hub has no such model in the GGUF format. Try fewer or other words")
    return terminal.DONE


def _download(given: argparse.Namespace) -> int:
    from desktop_llm.library.download import Download
    from desktop_llm.library.hub import Hub
    from desktop_llm.library.network import Stop

    settings = terminal.kept_settings()
    network, stop = _network(settings, token_to_mirror=given.token_to_mirror), Stop()
    identity, name = _parted(given.model)
    repository = _done_aside(lambda: Hub(network).repository(identity, stop), stop.set)
    if given.list:
        offers = _done_aside(lambda: _offers(network, repository, settings, stop), stop.set)
        return _list(repository, offers, given.json)
    shown = _Shown()
    download = Download(network, repository, _chosen(repository, name), models_folder(settings), shown.take)
    _follow(download, repository, shown)
    _tell_end(download, repository, given.json)
    return terminal.DONE


def _network(settings: Settings, *, token_to_mirror: bool = False) -> Network:
    """As the window's settings say; here the token of the `hf` program is taken without asking."""
    from desktop_llm.library.network import network_of
    from desktop_llm.library.token import stored_token, token_of_environment_or_hf

    if token_to_mirror:
        settings = replace(settings, downloads=replace(settings.downloads, token_to_mirror=True))
    return network_of(settings, stored_token() or token_of_environment_or_hf())


def _follow(download: Download, repository: Repository, shown: _Shown) -> None:
    try:
        _done_aside(download.run, download.pause)
    except KeyboardInterrupt:
        shown.clear()
        _say_how_to_go_on(repository, download.choice, shown)
        raise
    finally:
        shown.clear()


def _done_aside(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """The result of `work`, done on another thread, so that Ctrl+C is heard at once on every system."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_TICK)
    except KeyboardInterrupt:
        stop()
        thread.join()
        raise
    return _result(results, failures)


def _result(results: list[T], failures: list[BaseException]) -> T:
    from desktop_llm.library.network import Stopped

    if failures and isinstance(failures[0], Stopped):
        raise KeyboardInterrupt
    if failures:
        raise failures[0]
    return results[0]


def _parted(model: str) -> tuple[str, str]:
    """OWNER/NAME and the file, also out of the address of a model's page."""
    path = model.removeprefix("https://huggingface.co/").strip("/")
    owner, _, rest = path.partition("/")
    name, _, file = rest.partition("/")
    for way in ("blob/main", "resolve/main", "tree/main"):
        file = file.removeprefix(way).removeprefix("/")
    return f"{owner}/{name}", file.partition("?")[0]


def _chosen(repository: Repository, name: str) -> Choice:
    if name:
        return repository.choice(name)
    if len(repository.choices) == 1:
        return repository.choices[0]
    values = {"id": repository.id, "count": str(len(repository.choices))}
    if not repository.choices:
        text = "The model {id} has no file in the GGUF format."
        raise UserError(Problem(text, "Search for its name to find one that has.", values))
    text = "The model {id} comes in {count} sizes."
    remedy = "Choose one of them with: desktop-llm models download --list {id}."
    raise UserError(Problem(text, remedy, values))


# ---- what is told


class _Shown:
    """The progress as one line of the terminal."""

    def __init__(self) -> None:
        self.last: Progress | None = None
        self._line = terminal.Progress()

    def take(self, progress: Progress) -> None:
        self.last = progress
        self._line.show(_line(progress))

    def clear(self) -> None:
        self._line.clear()


def _line(progress: Progress) -> str:
    from desktop_llm.library.download import amount

    share = progress.done / progress.total if progress.total else 1.0
    told = f"{_PHASES[progress.phase]}: {share:.0%}, {amount(progress.done)} of {amount(progress.total)}"
    if progress.speed:
        told += f", {amount(progress.speed)}/s"
    if progress.left is not None:
        told += f", {_clock(progress.left)} left"
    return f"{told}: {progress.problem.sentence()}" if progress.problem else told


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S" if seconds >= 3600 else "%M:%S", time.gmtime(min(seconds, 86399)))


def _say_how_to_go_on(repository: Repository, choice: Choice, shown: _Shown) -> None:
    at = f" at {shown.last.done / shown.last.total:.0%}" if shown.last and shown.last.total else ""
    again = f"desktop-llm models download {repository.id}/{choice.name}"
    terminal.note(f"Stopped{at}; what came is kept. To go on: {again}")


def _tell_end(download: Download, repository: Repository, as_json: bool) -> None:
    choice = download.choice
    if as_json:
        files = [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in choice.files]
        facts = {"path": str(download.path), "size": choice.size, "files": files}
        terminal.say_json(facts | {"model": repository.id, "commit": repository.commit, "licence": repository.licence})
    else:
        terminal.say(f"{download.path}\n")


def _offers(network: Network, repository: Repository, settings: Settings, stop: Stop) -> tuple[Offer, ...]:
    """Each file as this computer would run it, where the first bytes of one tell."""
    from desktop_llm.experience import Experience
    from desktop_llm.library.offers import offers, usual
    from desktop_llm.library.remote_header import remote_shapes
    from desktop_llm.this_computer import this_computer

    choice = usual(repository)
    shapes: dict[str, Shape] = {}
    with contextlib.suppress(UserError):
        shapes = remote_shapes(network, repository, choice, stop) if choice else shapes
    speeds = Experience(experience_file()).speeds()
    return offers(repository.choices, shapes, settings.loading, this_computer(settings), speeds)


def _list(repository: Repository, offers: tuple[Offer, ...], as_json: bool) -> int:
    if as_json:
        terminal.say_json(plain(repository) | {"choices": [_told_offer(offer) for offer in offers]})
        return terminal.DONE
    terminal.say(_table([("FILE", "SIZE", "QUANTIZATION", "TOKENS/S", "", ""), *map(_offer_row, offers)]))
    if repository.gated:
        terminal.note("The author asks you to accept terms on the model's page before you download it")
    return terminal.DONE


def _told_offer(offer: Offer) -> dict[str, Any]:
    judged, choice = offer.fit, vars(offer.choice)
    needs = {"verdict": judged.verdict, "needs": judged.need.total, "available": judged.available} if judged else {}
    return choice | needs | {"tokens_per_s": offer.speed, "recommended": offer.recommended}


def _offer_row(offer: Offer) -> tuple[str, ...]:
    from desktop_llm.library.download import amount
    from desktop_llm.memory import verdict_words

    choice, speed = offer.choice, f"{offer.speed:.0f}" if offer.speed else ""
    fits = verdict_words(offer.fit).sentence() if offer.fit else ""
    told = " ".join(filter(None, (choice.words, fits, _parts(choice))))
    return choice.name, amount(choice.size), choice.quantization, speed, "recommended" * offer.recommended, told


def _parts(choice: Choice) -> str:
    return f"{len(choice.files)} parts" if len(choice.files) > 1 else ""


def _billions(count: int) -> str:
    return f"{count / 1e9:.1f} B" if count >= 10**8 else f"{count / 1e6:.0f} M" if count else ""


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)
