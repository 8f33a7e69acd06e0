"""A model's shape before it is downloaded: the beginning of its file, asked for by Range, as little as is needed."""

from __future__ import annotations

from pathlib import Path

from desktop_llm.errors import phrase
from desktop_llm.library.header import read_beginning
from desktop_llm.library.hub import Choice, RemoteFile, Repository, check_answer, file_url
from desktop_llm.library.network import Network, Stop
from desktop_llm.library.shape import Metadata, shape_of
from desktop_llm.memory import Shape

_PIECE = 64 * 1024
_MOST = 1024 * 1024


class _TooMuch(Exception):  # noqa: N818
    """What is looked for does not come early in this file."""


def remote_shapes(network: Network, repository: Repository, choice: Choice, stop: Stop) -> dict[str, Shape]:
    """The shape of each model of a repository by the name of its choice, for they differ in their weights alone.

    Read from `choice`; what layers weigh is estimated. Raises NetworkError, Stopped, or ModelError where it is none.
    """
    told = _told(network, repository, choice, stop)
    return {one.name: shape_of(told, one.size, label=one.quantization) for one in repository.choices}


def _told(network: Network, repository: Repository, choice: Choice, stop: Stop) -> Metadata:
    first = choice.files[0]
    try:
        return read_beginning(_RemoteFile(network, repository, first, stop), Path(first.name), first.size, _PIECE)
    except _TooMuch:
        return Metadata({})


class _RemoteFile:
    """A file of the Hub, read from any place on, but not much of it."""

    def __init__(self, network: Network, repository: Repository, file: RemoteFile, stop: Stop) -> None:
        self._network, self._repository, self._file, self._stop = network, repository, file, stop
        self._at = self._came = 0

    def seek(self, at: int) -> None:
        self._at = at

    def read(self, most: int) -> bytes:
        """At least so many bytes in one request, or all to the end of the file."""
        end = min(self._at + most, self._file.size)
        if end <= self._at:
            return b""
        if self._came + end - self._at > _MOST:
            raise _TooMuch
        data = self._asked(end)
        self._at += len(data)
        self._came += len(data)
        return data

    def _asked(self, end: int) -> bytes:
        url, why = file_url(self._network, self._repository, self._file), phrase("shape of {name}")
        headers = {"Range": f"bytes={self._at}-{end - 1}"}
        with self._network.open(url, why, headers, self._stop, self._repository.id) as answer:
            check_answer(answer, self._network, self._repository.id, self._file.name)
            # A server that does not know ranges begins with the first byte.
            passed = 0 if answer.status == 206 else self._at
            if passed > _MOST:
                raise _TooMuch
            data = b""
            while len(data) < passed + end - self._at and (piece := answer.read(passed + end - self._at - len(data))):
                data += piece
        return data[passed:]
