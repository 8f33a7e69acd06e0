"""A Hub on this computer: its API on one origin, the files on another, and faults on demand."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import re
import socket
import struct
import threading
import urllib.parse
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

COMMIT = "c0ffee00" * 5
SIGNATURE = "sig="
PIECE = 64 * 1024
ASIDE = "/generation_config.json"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request, or with `times` of them.

    `kind`: status (with `code`, `headers`, `body`), redirect, hang (no answer at all), and for bytes, where the answer
    begins well: cut, reset, stall, trickle (after `after` bytes), corrupt (the byte at `after`), ignore-range,
    ignore-range-and-cut, ignore-if-range, lie (about what the bytes are), no-length.
    """

    kind: str
    after: int = 0
    code: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    times: int = 1


@dataclass
class Asked:
    """A request that came in."""

    origin: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass
class Model:
    files: dict[str, bytes] = field(default_factory=dict)
    gated: bool | str = False
    private: bool = False
    tags: tuple[str, ...] = ("gguf", "license:apache-2.0")
    hashes: dict[str, str] = field(default_factory=dict)
    lfs: bool = True

    def sha256(self, name: str) -> str:
        return self.hashes.get(name) or hashlib.sha256(self.files[name]).hexdigest()


def git_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class FakeHub:
    def __init__(self) -> None:
        self.models: dict[str, Model] = {}
        self.token = ""
        self.etag = ""
        self.linked = True
        self.log: list[Asked] = []
        self.aside: list[Asked] = []
        self.changed = threading.Condition()
        self.closing = threading.Event()
        self._faults: dict[str, deque[Fault]] = {"hub": deque(), "cdn": deque(), "aside": deque()}
        self._servers = {name: _Server(self, name) for name in ("hub", "cdn")}

    @property
    def endpoint(self) -> str:
        return self._servers["hub"].address

    @property
    def cdn(self) -> str:
        return self._servers["cdn"].address

    def add(self, identity: str, files: dict[str, bytes]) -> Model:
        return self.models.setdefault(identity, Model(files))

    def fail(self, origin: str, *faults: Fault) -> None:
        """These faults, each for its number of requests to that origin, then all is well again."""
        for fault in faults:
            self._faults[origin].extend([fault] * fault.times)

    def forget(self) -> None:
        """All is well from here on, and nothing was asked."""
        self.log.clear()
        self.aside.clear()
        for faults in self._faults.values():
            faults.clear()

    def asked(self, origin: str) -> list[Asked]:
        return [asked for asked in (*self.log, *self.aside) if asked.origin == origin]

    def until_asked(self, origin: str, count: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked(origin)) >= count, 20)

    def take_fault(self, origin: str, asked: Asked) -> Fault | None:
        with self.changed:
            (self.aside if origin == "aside" else self.log).append(asked)
            self.changed.notify_all()
            waiting = self._faults[origin]
            return waiting.popleft() if waiting else None

    def start(self) -> None:
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def running() -> Iterator[FakeHub]:
    hub = FakeHub()
    hub.start()
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "127.0.0.1"
    try:
        yield hub
    finally:
        hub.close()
        os.environ.pop("no_proxy")
        if before is not None:
            os.environ["no_proxy"] = before


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, hub: FakeHub, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hub, self.name = hub, name

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what the tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, origin = self.server.hub, self.server.name
        self.close_connection = True
        # Asked for at any time while the model arrives, it has a log and faults of its own.
        named = "aside" if ASIDE in self.path else origin
        fault = hub.take_fault(named, Asked(named, self.path, {k.lower(): v for k, v in self.headers.items()}))
        if fault and fault.kind == "hang":
            hub.closing.wait(30)
        elif fault and fault.kind == "status":
            self._say(fault.code, fault.body, dict(fault.headers))
        elif fault and fault.kind == "redirect":
            self._say(302, b"", {"Location": fault.body.decode() or self.path})
        elif origin == "cdn":
            self._bytes(fault)
        else:
            self._hub()

    # ---- the API

    def _hub(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/api/models":
            return self._search(urllib.parse.parse_qs(parts.query))
        if info := re.fullmatch(r"/api/models/([^/]+/[^/]+)", parts.path):
            return self._info(info[1])
        if file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", parts.path):
            return self._resolve(file[1], urllib.parse.unquote(file[3]))
        return self._say(404, b"no such page")

    def _search(self, asked: dict[str, list[str]]) -> None:
        words = asked.get("search", [""])[0].lower().split()
        rows = [self._facts(name) for name in self.server.hub.models if all(word in name.lower() for word in words)]
        self._json(rows[: int(asked["limit"][0])])

    def _facts(self, identity: str) -> dict[str, Any]:
        model = self.server.hub.models[identity]
        return {
            "id": identity, "sha": COMMIT, "gated": model.gated, "private": model.private, "tags": list(model.tags),
            "downloads": 1234, "likes": 5, "lastModified": "2026-10-01T10:00:00.000Z",
            "pipeline_tag": "text-generation",
            "gguf": {"total": 135_000_000, "architecture": "llama", "context_length": 8192},
        }  # fmt: skip

    def _info(self, identity: str) -> None:
        model = self._model(identity)
        if model is None:
            return
        siblings = [
            {"rfilename": name, "size": len(data), "blobId": git_hash(data)} | (
                {"lfs": {"sha256": model.sha256(name), "size": len(data), "pointerSize": 134}} if model.lfs else {})
            for name, data in model.files.items()
        ]  # fmt: skip
        self._json(self._facts(identity) | {"siblings": siblings})

    def _model(self, identity: str) -> Model | None:
        """Says why where there is none, or where it is not for everybody."""
        hub, model = self.server.hub, self.server.hub.models.get(identity)
        sent = self.headers.get("Authorization", "")
        if hub.token and sent and sent != f"Bearer {hub.token}":
            self._say(401, b"", {"X-Error-Message": "Invalid credentials in Authorization header"})
            return None
        if model is None or (model.private and not sent):
            self._say(404 if sent else 401, b"", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Not found"})
            return None
        return model

    def _resolve(self, identity: str, name: str) -> None:
        model = self._model(identity)
        if model is None:
            return
        sent = self.headers.get("Authorization", "")
        if model.gated and sent != f"Bearer {self.server.hub.token}":
            self._say(403 if sent else 401, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access restricted"})
        elif name not in model.files:
            self._say(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self._point_to_cdn(model, identity, name)

    def _point_to_cdn(self, model: Model, identity: str, name: str) -> None:
        hub = self.server.hub
        signed = f"{hub.cdn}/{urllib.parse.quote(identity + '/' + name)}?{SIGNATURE}{len(hub.log)}"
        tag = f'"{model.sha256(name) if model.lfs else git_hash(model.files[name])}"'
        told = {"X-Repo-Commit": COMMIT, "X-Linked-Etag": tag, "X-Linked-Size": str(len(model.files[name]))}
        self._say(302, b"", {"Location": signed} | (told if hub.linked else {}))

    # ---- the bytes

    def _bytes(self, fault: Fault | None) -> None:
        owner, name, file = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/").split("/", 2)
        model = self.server.hub.models[f"{owner}/{name}"]
        data, kind = model.files[file], fault.kind if fault else ""
        tag = self.server.hub.etag or f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        start = self._start(data, tag, kind)
        if start is None:
            return
        total, end = len(data), self._end(len(data), kind)
        data = data[:end]
        headers = {"ETag": tag, "Content-Type": "application/octet-stream", "Content-Length": str(end - start)}
        if kind == "no-length":
            del headers["Content-Length"]
        if start or end < total:
            told = start - 1 if kind == "lie" else start
            headers["Content-Range"] = f"bytes {told}-{end - 1}/{total}"
        self._head(206 if start or end < total else 200, headers)
        self._send(data, start, fault)

    def _start(self, data: bytes, tag: str, kind: str) -> int | None:
        """From where the client wants it, and gets it."""
        asked = re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", ""))
        other = self.headers.get("If-Range", tag) != tag and kind != "ignore-if-range"
        if not asked or other or kind.startswith("ignore-range"):
            return 0
        if int(asked[1]) >= len(data):
            self._say(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return None
        return int(asked[1])

    def _end(self, length: int, kind: str) -> int:
        """Up to where the client wants it, and gets it."""
        asked = re.fullmatch(r"bytes=\d+-(\d+)", self.headers.get("Range", ""))
        return min(int(asked[1]) + 1, length) if asked and not kind.startswith("ignore-range") else length

    def _send(self, data: bytes, start: int, fault: Fault | None) -> None:
        kind, end = (fault.kind, fault.after) if fault else ("", len(data))
        if kind == "corrupt":
            at = fault.after if fault else 0
            data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        if not kind.endswith(("cut", "reset", "stall", "trickle")):
            end = len(data)
        for at in range(start, end, PIECE):
            self.wfile.write(data[at : min(at + PIECE, end)])
        if kind == "stall":
            self.server.hub.closing.wait(30)
        elif kind == "trickle":
            for byte in data[end:]:
                self.wfile.write(bytes([byte]))
                self.server.hub.closing.wait(0.05)
        elif kind == "reset":
            # Closing with a linger time of nought sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.connection.close()

    # ---- saying

    def _json(self, value: Any) -> None:
        self._say(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _say(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(code, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def _head(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
