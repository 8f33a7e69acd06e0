"""One window for each data folder: a second start brings the first's window forward and hands it its file."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import IO, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop_llm.errors import Problem, UserError

# Long enough for a first that is still starting on a slow disk, or is still closing.
ANSWERS_WITHIN = 5.0
_AGAIN_AFTER = 0.05
_SLICE = 100  # milliseconds, between which Ctrl+C is heard
_LONGEST = 1 << 16
_ANSWER = b"forward\n"
_TOKEN = "XDG_ACTIVATION_TOKEN"
_HELD = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_LOCKED_BYTE = 2**62  # far behind what others read
_SILENT = "Desktop LLM is open already, but its window does not answer."
_REMEDY = "Close it, or end process {pid}, and start again."


class OnlyWindow(QObject):
    """Holds a lock in `folder` for as long as the program runs, and where the window can be asked stands in it.

    The system lets go of the lock however the program ends, so it is never stale; the socket's name is new each time.
    """

    asked = Signal(object)  # the file a second start was given, or None

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = folder / "window.lock"
        self._lock: IO[bytes] | None = None
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def begins(self, file: Path | None) -> bool:
        """Whether this is the first; if not, the first has the file and is in front. Raises UserError if it is mute."""
        message, until = _message(file), time.monotonic() + ANSWERS_WITHIN
        while not self._locks():
            if _ask(self._noted(), message, until):
                return False
            if time.monotonic() > until:
                raise UserError(Problem(_SILENT, _REMEDY, {"pid": str(self._noted().get("pid", "?"))}))
            time.sleep(_AGAIN_AFTER)
        self._listen()
        return True

    def close(self) -> None:
        """Nobody is heard any more; a next start waits until this program has ended."""
        self._server.close()

    def _locks(self) -> bool:
        """Where no lock can be had at all, as in a folder that cannot be written, every start has a window."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        except OSError:
            return True
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _HELD:
                file.close()
                return False
        self._lock = file
        return True

    def _listen(self) -> None:
        _remove(self._noted().get("address", ""))
        if self._lock is not None and self._server.listen(_new_address()):
            noted = json.dumps({"address": self._server.fullServerName(), "pid": os.getpid()})
            with contextlib.suppress(OSError):
                self._lock.truncate(0)
                self._lock.write(noted.encode())

    def _noted(self) -> dict[str, Any]:
        """What the first wrote; nothing while it is writing it."""
        with contextlib.suppress(OSError, ValueError):
            noted = json.loads(self._path.read_bytes())
            return noted if isinstance(noted, dict) else {}
        return {}

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(_LONGEST)
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)

    def _read(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket) or not socket.canReadLine():
            return
        with contextlib.suppress(ValueError, AttributeError):
            told = json.loads(bytes(socket.readLine().data()))
            if token := told.get("token"):
                os.environ[_TOKEN] = token  # where Qt looks for it when a window asks to be in front
            socket.write(_ANSWER)
            socket.flush()
            self.asked.emit(Path(told["file"]) if told.get("file") else None)
        socket.disconnectFromServer()


def _message(file: Path | None) -> bytes:
    absolute = None if file is None else os.path.abspath(file)
    return json.dumps({"file": absolute, "token": os.environ.get(_TOKEN, "")}).encode() + b"\n"


def _new_address() -> str:
    """In the folder that is only this person's, where the system has one."""
    folder, name = os.environ.get("XDG_RUNTIME_DIR", ""), f"desktop-llm-{uuid.uuid4().hex[:16]}"
    return os.path.join(folder, name) if sys.platform == "linux" and os.path.isdir(folder) else name


def _ask(first: dict[str, Any], message: bytes, until: float) -> bool:
    """Whether the first answered; not when it has gone, or has nothing to be asked at."""
    if not first.get("address"):
        return False
    _let_come_forward(first.get("pid"))
    socket = QLocalSocket()
    socket.connectToServer(str(first["address"]))
    if not socket.waitForConnected(_SLICE):
        return False
    socket.write(message)
    while socket.state() == QLocalSocket.LocalSocketState.ConnectedState and time.monotonic() < until:
        socket.waitForReadyRead(_SLICE)
        if socket.canReadLine():
            break
    return bytes(socket.readAll().data()) == _ANSWER


def _let_come_forward(process: object) -> None:
    """On Windows only the program in front may put another there, and the one just started is."""
    if sys.platform == "win32" and isinstance(process, int):
        ctypes.windll.user32.AllowSetForegroundWindow(process)


def _remove(address: str) -> None:
    """What a program left that was killed."""
    with contextlib.suppress(OSError, ValueError):
        if Path(address).is_socket():
            os.remove(address)


def _lock(file: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(_LOCKED_BYTE)
        getattr(msvcrt, "locking")(file.fileno(), getattr(msvcrt, "LK_NBLCK"), 1)  # noqa: B009
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
