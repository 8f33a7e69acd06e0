"""The engine's child process as the near end holds it: started, spoken to, listened to, mourned."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from desktop_llm.engine.messages import Command, Died, Event, LoadingAgain, Unloaded, read_frame, write_frame
from desktop_llm.errors import Problem

LAST_WORDS = 32 * 1024
CLOSE_SECONDS = 2.0
KILLED = 9
_SIGNALS = ("SIGKILL", "SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE")
_WINDOWS_CRASHES = {3, 0xC0000005, 0xC0000017, 0xC000001D, 0xC0000094, 0xC0000409}
"""abort(), and what NTSTATUS calls access violation, no memory, illegal instruction, division by zero, fail fast."""
_CRASHES = (
    _WINDOWS_CRASHES
    if sys.platform == "win32"
    else {-int(getattr(signal, name)) for name in _SIGNALS if hasattr(signal, name)}
)
_NONSENSE = Problem("The engine sent something that makes no sense.", "Ask again.", {}, "retry")


def child_command() -> list[str]:
    """How the engine's child is started; a frozen program starts itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--engine"]
    return [sys.executable, "-P", "-m", "desktop_llm", "--engine"]


def child_environment() -> dict[str, str]:
    """The child finds this very package wherever it is started, and an abort in it calls no debugger."""
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path, "GGML_NO_BACKTRACE": "1", "PYTHONUTF8": "1"}


class ChildProcess:
    """One child process: commands go out on a thread of their own, so that nobody waits for a child that hangs.

    `silent` ticks have passed since it was last heard of, while it was `listened` to. `unloads`: the model that goes
    with it where it was dismissed.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, creationflags=flags
        )
        self.ready = False
        self.listened = True
        self.silent = 0
        self.unloads: Path | None = None
        self._verdict: Problem | None = None
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._words: deque[bytes] = deque()
        self._threads = start_thread(self._write, "engine-commands"), start_thread(self._keep_words, "engine-log")

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, command: Command) -> None:
        """What cannot be sent is not: the end of the child is told by its reader."""
        frame = io.BytesIO()
        write_frame(frame, command)
        self._frames.put(frame.getvalue())

    def events(self) -> Iterator[Event]:
        """Everything it says until it is gone, or until it says nonsense, which ends it."""
        stdout = cast(BinaryIO, self._process.stdout)
        while (event := self._heard(stdout)) is not None:
            self.listened, self.silent = False, 0
            yield event
            self.listened = True

    def kill(self, verdict: Problem) -> None:
        self._verdict = self._verdict or verdict
        self._process.kill()

    def leave(self, seconds: float = CLOSE_SECONDS) -> None:
        """Asks it to leave by closing its stdin, and makes it where it does not."""
        self._frames.put(None)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def reap(self) -> Problem:
        """Waits for its end and says why it came; closes the pipes."""
        self.leave()
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)
        cast(BinaryIO, self._process.stdout).close()
        words = b"".join(self._words.copy()).decode("utf-8", "replace")
        return self._verdict or _why(self._process.returncode, self.ready, words)

    @property
    def crashed(self) -> bool:
        """Whether it was ended by the system or by native code, as where memory is short or a driver fails."""
        return self._verdict is None and self._process.returncode in _CRASHES

    def _heard(self, stdout: BinaryIO) -> Event | None:
        try:
            return _event_from(stdout)
        except Exception:  # whatever the reader trips over
            self.kill(_NONSENSE)
            return None

    def _write(self) -> None:
        stdin = cast(BinaryIO, self._process.stdin)
        with contextlib.suppress(OSError), stdin:
            while (frame := self._frames.get()) is not None:
                stdin.write(frame)
                stdin.flush()

    def _keep_words(self) -> None:
        """The last of what it says to people; without line ends too it must not fill the memory."""
        size = 0
        with cast(BinaryIO, self._process.stderr) as stderr:
            while words := stderr.readline(LAST_WORDS):
                self._words.append(words)
                size += len(words)
                while size > LAST_WORDS:
                    size -= len(self._words.popleft())


def _event_from(stream: BinaryIO) -> Event | None:
    event = read_frame(stream)
    if event is not None and (not isinstance(event, Event) or isinstance(event, Died | LoadingAgain | Unloaded)):
        raise ValueError("not an event of a child")
    return event


def start_thread(work: Callable[..., None], name: str, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, args=arguments, daemon=True)
    thread.start()
    return thread


def _why(code: int, was_ready: bool, words: str) -> Problem:
    """Why the child ended by itself."""
    if code == -KILLED:
        remedy = "If memory is short, close other programs or choose a smaller model; then ask again."
        return Problem("The engine was ended by the system.", remedy, {}, "retry", words)
    if not was_ready:
        remedy = "Install the program again; if that does not help, send the details to its makers."
        return Problem("The engine could not be started.", remedy, {}, "", words)
    values = {"code": str(code)}
    return Problem("The engine stopped unexpectedly (code {code}).", "Ask again.", values, "retry", words)
