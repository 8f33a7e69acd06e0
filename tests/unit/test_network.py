"""The door to the network: who is asked, who is told the token, how soon it gives up, and what it says then."""

from __future__ import annotations

import contextlib
import http.server
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_hub import FakeHub, Fault, running

import desktop_llm
from desktop_llm.library import network as module
from desktop_llm.library.network import (
    HUB,
    Network,
    NetworkError,
    Stop,
    Stopped,
    Timeouts,
    network_of,
    network_of_this_computer,
    requests_made,
)
from desktop_llm.library.token import keep_token
from desktop_llm.settings import Downloads, Privacy, Settings

TOKEN = "hf_secret"
QUICK = Timeouts(0.3, 0.3)
LONG = Timeouts(30, 30)
ENVIRONMENT = ("HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_HUB_OFFLINE", "HTTP_PROXY", "HTTPS_PROXY",
               "ALL_PROXY", "NO_PROXY")  # fmt: skip


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with running() as hub:
        hub.add("maker/model", {"a.gguf": b"GGUF1234"})
        yield hub


def file(hub: FakeHub) -> str:
    return f"{hub.endpoint}/maker/model/resolve/main/a.gguf"


class Server(http.server.BaseHTTPRequestHandler):
    """Answers everything, and remembers what it was asked."""

    seen: list[tuple[str, str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.command, self.path, dict(self.headers.items())))
        self.send_response(502 if self.command == "CONNECT" else 200)
        self.end_headers()
        self.wfile.write(b"hello")

    do_CONNECT = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[tuple[int, list[tuple[str, str, dict[str, str]]]]]:
    """The port of a plain server, or of one with TLS, and what it was asked."""
    handler = type("Remembering", (Server,), {"seen": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port, handler.seen  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def silent(*, connects: bool) -> Iterator[int]:
    """The port of a server that says nothing; or with which no connection even comes about."""
    with socket.socket() as server, contextlib.ExitStack() as crowd:
        server.bind(("127.0.0.1", 0))
        server.listen(64 if connects else 0)
        for _ in range(0 if connects else 3):
            one = crowd.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def told(network: Network, url: str) -> str:
    with pytest.raises(NetworkError) as error:
        network.open(url, "a test")
    return str(error.value)


# ---- who is asked


def test_there_is_one_door() -> None:
    root = Path(desktop_llm.__file__).parent
    door = re.compile(r"import (http\.client|ssl|urllib\.request|httpx2?|requests)|(import|from) huggingface_hub")
    assert [path.name for path in root.rglob("*.py") if door.search(path.read_text(encoding="utf-8"))] == ["network.py"]


def test_offline_nobody_is_asked(hub: FakeHub) -> None:
    network = Network(hub.endpoint, offline=True)
    assert "offline" in told(network, file(hub))
    assert network.requests == [] and hub.log == []


def test_every_request_is_on_the_list(hub: FakeHub) -> None:
    network = Network(hub.endpoint)
    before = time.time()
    with network.open(file(hub), "download of a.gguf") as answer:
        assert answer.whole() == b"GGUF1234"
    hosts = [hub.endpoint.removeprefix("http://"), hub.cdn.removeprefix("http://")]
    assert [(r.host, r.why, r.status, r.received) for r in network.requests] == [
        (hosts[0], "download of a.gguf", 302, 0), (hosts[1], "download of a.gguf", 200, 8),
    ]  # fmt: skip
    assert all(before <= request.time <= time.time() for request in network.requests)


def test_a_request_that_fails_is_on_the_list(hub: FakeHub) -> None:
    network = Network(hub.endpoint, timeouts=QUICK)
    hub.fail("hub", Fault("hang"))
    assert "does not answer" in told(network, file(hub))
    assert [request.status for request in network.requests] == [0]


def test_the_headers_of_the_hub_are_told_from_those_of_others(hub: FakeHub) -> None:
    with Network(hub.endpoint).open(file(hub), "a test") as answer:
        assert len(answer.from_hub("x-linked-etag")) == 66
        assert answer.from_hub("Content-Range") == "" and not answer.by_hub


# ---- the token


def test_the_token_stays_at_its_origin(hub: FakeHub) -> None:
    hub.fail("hub", Fault("redirect", body=b"/maker/model/resolve/main/a.gguf"))
    with Network(hub.endpoint, TOKEN).open(f"{hub.endpoint}/elsewhere", "a test"):
        pass
    assert [asked.headers.get("authorization") for asked in hub.asked("hub")] == [f"Bearer {TOKEN}"] * 2
    assert ["authorization" in asked.headers for asked in hub.asked("cdn")] == [False]


@pytest.mark.parametrize("other", ["http://127.0.0.1:1", "https://127.0.0.1", "http://localhost", "http://127.0.0.1.x.y"])
def test_another_origin_is_not_the_hub(other: str) -> None:
    assert not Network("http://127.0.0.1").is_hub(f"{other}/path")
    assert Network("http://127.0.0.1").is_hub("http://127.0.0.1:80/path")


def test_the_token_never_goes_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as (port, seen):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with Network("http://hub.example", TOKEN).open("http://hub.example/a", "a test"):
            pass
    assert "Authorization" not in seen[0][2]


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://a.example", True), ("http://127.0.0.1:80", True), ("http://[::1]/", True), ("http://localhost", True),
        ("http://a.example", False), ("http://127.evil.example", False), ("http://localhost.example", False),
    ],
)  # fmt: skip
def test_which_lines_are_private(url: str, private: bool) -> None:
    assert module._is_private_line(url) == private


def test_the_token_is_in_no_description() -> None:
    assert TOKEN not in repr(Network(token=TOKEN))


def test_where_the_token_comes_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert network_of_this_computer() == Network(HUB)
    kept = home / ".cache/huggingface/token"
    kept.parent.mkdir(parents=True)
    kept.write_text("hf_kept\n")
    assert network_of_this_computer().token == "hf_kept"
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert network_of_this_computer().token == TOKEN
    monkeypatch.setenv("HF_TOKEN", "two\nlines")
    assert network_of_this_computer().token == ""


def test_a_mirror_gets_the_token_only_if_that_is_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert network_of_this_computer() == Network("https://mirror.example")
    assert network_of_this_computer(token_to_mirror=True).token == TOKEN


@pytest.mark.parametrize("address", ["file:///etc", "mirror.example", "http://", "http://h:port", "http://[x"])
def test_a_mirror_that_is_no_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(NetworkError, match="HF_ENDPOINT"):
        network_of_this_computer()


def test_offline_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert network_of_this_computer().offline


# ---- what the window's settings say


def settings(offline: bool = False, **given: Any) -> Settings:
    return Settings(downloads=Downloads(**given), privacy=Privacy(offline))


def test_settings_that_say_nothing_leave_it_to_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert network_of(Settings()) == Network(HUB)
    kept = home / ".cache/huggingface/token"
    kept.parent.mkdir(parents=True)
    kept.write_text("hf_of_another_program")
    assert network_of(Settings()).token == ""
    keep_token("hf_own")
    assert network_of(Settings()).token == "hf_own"
    assert network_of(Settings(), "hf_given").token == "hf_given"
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert network_of(settings(token_to_mirror=True)) == Network("https://mirror.example", offline=True)


def test_the_settings_overrule_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example")
    assert network_of(settings(mirror=" https://other.example/ ")).endpoint == "https://other.example"
    assert network_of(settings(mirror=HUB), TOKEN) == Network(HUB, TOKEN)
    assert network_of(settings(offline=True)).offline


@pytest.mark.parametrize("wished", [True, False])
def test_a_mirror_of_the_settings_gets_the_token_only_if_that_is_wished(wished: bool) -> None:
    network = network_of(settings(mirror="https://mirror.example", token_to_mirror=wished), TOKEN)
    assert network == Network("https://mirror.example", TOKEN if wished else "")


@pytest.mark.parametrize(
    "given",
    [{"mirror": "mirror.example"}, {"mirror": "http://mirror.example"}, {"mirror": "https://"},
     {"proxy": "me:secret@host:80"}, {"proxy": "socks4://me:secret@host"}, {"proxy": "http://me:secret@host:port"},
     {"proxy": "https://host"}],
)  # fmt: skip
def test_an_address_in_the_settings_that_is_none(given: dict[str, str]) -> None:
    with pytest.raises(NetworkError, match="cannot be used") as error:
        network_of(settings(**given))
    assert "secret" not in str(error.value)


def test_the_proxy_of_the_settings_is_asked_instead_of_the_system_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving() as (port, seen), network_of(settings(proxy=f"http://me:p@127.0.0.1:{port}")).open(
        "http://hub.example/a", "a test"
    ) as answer:
        assert answer.whole() == b"hello"
    assert seen[0][:2] == ("GET", "http://hub.example/a") and "Proxy-Authorization" in seen[0][2]
    with socks() as (port, wanted):
        network = network_of(settings(proxy=f"socks5://me:p%40ss@127.0.0.1:{port}"))
        assert "p%40ss" not in repr(network)
        network.open("http://hub.example/a", "a test").close()
    assert len(wanted) == 1


def test_all_networks_of_the_settings_share_one_list_of_requests(hub: FakeHub) -> None:
    for why in ("first", "second"):
        network_of(settings(mirror=hub.endpoint)).open(f"{hub.endpoint}/nothing", why).close()
    assert [request.why for request in requests_made()][-2:] == ["first", "second"]
    for _ in range(1000):
        network_of_this_computer().requests.append(requests_made()[-1])
    assert {request.why for request in requests_made()} == {"second"} and len(requests_made()) == 1000


# ---- proxies


def test_a_proxy_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as (port, seen):
        monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        with Network().open("http://hub.example/a?b=1", "a test") as answer:
            assert answer.whole() == b"hello"
    assert seen[0][:2] == ("GET", "http://hub.example/a?b=1")
    assert seen[0][2]["Proxy-Authorization"] == "Basic bWU6cEBzcw=="


def test_a_secure_line_goes_through_the_proxy_in_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as (port, seen):
        monkeypatch.setenv("https_proxy", f"http://me:p%40ss@127.0.0.1:{port}")
        assert "502" in told(Network(token=TOKEN), f"{HUB}/a")
    assert seen[0][:2] == ("CONNECT", "huggingface.co:443")
    assert seen[0][2]["Proxy-Authorization"] == "Basic bWU6cEBzcw=="
    assert TOKEN not in str(seen)


def test_a_host_the_proxy_is_not_for(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Network(hub.endpoint).open(file(hub), "a test") as answer:
        assert answer.status == 200


class Socks(socketserver.BaseRequestHandler):
    """Says yes to one name and password, and then speaks for every host itself."""

    code = 0
    wanted: list[bytes]

    def handle(self) -> None:
        line: socket.socket = self.request
        line.recv(3)
        line.sendall(b"\5\2")
        if line.recv(100) != b"\1\2me\4p@ss":
            line.sendall(b"\1\1")
            return
        line.sendall(b"\1\0")
        self.wanted.append(line.recv(100))
        line.sendall(bytes([5, self.code, 0, 1, 127, 0, 0, 1, 0, 80]))
        line.recv(10_000)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


@contextlib.contextmanager
def socks(code: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    handler = type("Remembering", (Socks,), {"wanted": [], "code": code})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1], handler.wanted  # type: ignore[attr-defined]
        server.shutdown()


def test_a_socks_proxy_finds_the_host_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with socks() as (port, wanted):
        monkeypatch.setenv("all_proxy", f"socks5://me:p%40ss@127.0.0.1:{port}")
        with Network().open("http://hub.example/a", "a test") as answer:
            assert answer.whole() == b"hello"
    assert wanted == [b"\5\1\0\3\x0bhub.example\0P"]


@pytest.mark.parametrize(("secret", "code", "reason"), [("wrong", 0, "password"), ("p%40ss", 5, "code 5")])
def test_a_socks_proxy_that_refuses(secret: str, code: int, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socks(code) as (port, _):
        monkeypatch.setenv("all_proxy", f"socks5h://me:{secret}@127.0.0.1:{port}")
        assert reason in told(Network(), "http://hub.example/a")


def test_a_proxy_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks4://127.0.0.1:1")
    assert "kind" in told(Network(), f"{HUB}/a")


# ---- certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([tool, *kind, *subject, *files], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return both


def test_a_certificate_nobody_vouches_for(certificate: Path) -> None:
    with serving(certificate) as (port, seen):
        assert "certificate of 127.0.0.1" in told(Network(token=TOKEN), f"https://127.0.0.1:{port}/a")
    assert seen == []


def test_a_certificate_the_system_trusts(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate) as (port, seen):
        endpoint = f"https://127.0.0.1:{port}"
        with Network(endpoint, TOKEN).open(f"{endpoint}/a", "a test") as answer:
            assert answer.whole() == b"hello"
    assert seen[0][2]["Authorization"] == f"Bearer {TOKEN}"


def test_no_way_from_a_secure_line_to_an_open_one() -> None:
    with pytest.raises(NetworkError, match="not secure"):
        module._next_url(f"{HUB}/a", "http://cdn.example/a")
    assert module._next_url(f"{HUB}/a", "/b") == f"{HUB}/b"


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://host/a", "javascript:1", "http://h:port/", "http://[x/"]
)
def test_no_way_out_of_http(hub: FakeHub, location: str) -> None:
    hub.fail("hub", Fault("redirect", body=location.encode()))
    assert "not secure" in told(Network(hub.endpoint), file(hub))


# ---- no answer


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert "failed (Connection refused)" in told(Network(), f"http://127.0.0.1:{port}/")


def test_a_host_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(module.socket, "getaddrinfo", unknown)
    assert "huggingface.co could not be found. Check your connection" in told(Network(), f"{HUB}/a")


@pytest.mark.parametrize("connects", [True, False])
def test_a_silent_host(connects: bool) -> None:
    with silent(connects=connects) as port:
        begun = time.monotonic()
        assert "does not answer" in told(Network(timeouts=QUICK), f"http://127.0.0.1:{port}/")
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(("scheme", "connects"), [("http", True), ("https", True), ("http", False)])
def test_an_end_comes_at_once(scheme: str, connects: bool) -> None:
    stop, wished = Stop(), []
    with silent(connects=connects) as port:
        timer = threading.Timer(0.1, lambda: (wished.append(time.monotonic()), stop.set()))
        timer.start()
        with pytest.raises(Stopped):
            Network(timeouts=LONG).open(f"{scheme}://127.0.0.1:{port}/", "a test", stop=stop)
        assert time.monotonic() - wished[0] < 1
        timer.join()


def test_an_end_is_no_end_of_the_bytes(hub: FakeHub) -> None:
    stop = Stop()
    with Network(hub.endpoint).open(file(hub), "a test", stop=stop) as answer:
        stop.set()
        with pytest.raises(Stopped):
            answer.whole()


def test_an_end_before_the_beginning(hub: FakeHub) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        Network(hub.endpoint).open(file(hub), "a test", stop=stop)
    assert hub.log == []
