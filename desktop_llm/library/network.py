"""The one door to the network: every request of the program goes out here, is bounded in time, and is listed."""

from __future__ import annotations

import base64
import contextlib
import http.client
import ipaddress
import os
import select
import socket
import ssl
import threading
import time
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from dataclasses import dataclass, field, replace

from desktop_llm.errors import Problem, UserError
from desktop_llm.library.token import header_safe, stored_token, token_of_environment_or_hf
from desktop_llm.settings import Settings

HUB = "https://huggingface.co"
USER_AGENT = "desktop-llm"
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_TICK = 0.02
_SOCKS = ("socks", "socks5", "socks5h")
_YES = ("1", "true", "yes", "on")
_LONGEST_TEXT = 64 * 1024 * 1024
_PROXY_REMEDY = "Write it as http://HOST:PORT or socks5://HOST:PORT, or leave it empty for the system's own."

# The headers of every server on the way, and whether it was the endpoint.
_Hops = list[tuple[bool, http.client.HTTPMessage]]


class Stopped(Exception):  # noqa: N818
    """The person wanted it to end: no failure."""


class NetworkError(UserError):
    """`passing`: another try may succeed, not before `wait` seconds."""

    def __init__(self, problem: Problem, *, passing: bool = False, wait: float = 0.0) -> None:
        super().__init__(problem)
        self.passing, self.wait = passing, wait


@dataclass
class Request:
    """One request that was made: when, to whom, what for, and how many bytes came back; `why` may have a {name}."""

    time: float
    host: str
    why: str
    status: int = 0
    received: int = 0
    name: str = ""


_MADE: deque[Request] = deque(maxlen=1000)


def requests_made() -> tuple[Request, ...]:
    """The last thousand requests of this run of the program, the newest last."""
    return tuple(_MADE)


@dataclass(frozen=True)
class Timeouts:
    """In seconds; `answer` is also the longest silence while bytes should come."""

    connect: float = 10.0
    answer: float = 20.0


class Stop:
    """A wish to end that reaches what a thread waits for just now: a connection, a lookup, the time until a new try."""

    def __init__(self) -> None:
        self._wished = threading.Event()
        self._line: socket.socket | None = None

    @property
    def wished(self) -> bool:
        return self._wished.is_set()

    def set(self) -> None:
        self._wished.set()
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        if self.wished:
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Raises Stopped at once where that is wished meanwhile."""
        if self._wished.wait(seconds):
            raise Stopped

    def hold(self, line: socket.socket) -> None:
        """From here on a wish to end closes this connection."""
        self.release()
        # A copy, because TLS takes the original away from whoever holds it.
        self._line = line.dup()
        self.check()

    def release(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


@dataclass(frozen=True)
class Network:
    """How this computer reaches the Hub; `token` goes to the endpoint and to nobody else.

    `proxy`: the one to use instead of the system's; it may hold a password.
    """

    endpoint: str = HUB
    token: str = field(default="", repr=False)
    offline: bool = False
    timeouts: Timeouts = Timeouts()
    requests: MutableSequence[Request] = field(default_factory=list, compare=False, repr=False)
    proxy: str = field(default="", repr=False)

    def open(
        self, url: str, why: str, headers: Mapping[str, str] | None = None, stop: Stop | None = None, name: str = ""
    ) -> Answer:
        """The answer at the end of all redirects, whatever its status. Raises NetworkError or Stopped.

        `why`, with `name` in its place, is told in the list of requests.
        """
        self.check_allowed()
        stop = stop or Stop()
        hops: _Hops = []
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._one(url, (why, name), headers or {}, stop, hops)
            if answer.status not in _REDIRECTS or not answer.header("Location"):
                return answer
            answer.close()
            url = _next_url(url, answer.header("Location"))
        raise NetworkError(_circle(url))

    def is_hub(self, url: str) -> bool:
        return _origin(url) == _origin(self.endpoint)

    def check_allowed(self) -> None:
        """Raises NetworkError where the program is set to stay offline."""
        if self.offline:
            remedy = "Switch that off to search for models and to download them."
            raise NetworkError(Problem("The program is set to stay offline.", remedy))

    def _one(
        self, url: str, why: tuple[str, str], headers: Mapping[str, str], stop: Stop, hops: _Hops
    ) -> Answer:
        request = Request(time.time(), urllib.parse.urlsplit(url).netloc.rpartition("@")[2], why[0], name=why[1])
        self.requests.append(request)
        with _in_words(request.host, stop):
            connection, target = _connection(url, self.proxy, self.timeouts, stop)
            try:
                connection.request("GET", target, headers=self._headers(url, headers))
                response = connection.getresponse()
            except BaseException:
                connection.close()
                stop.release()
                raise
        request.status = response.status
        hops.append((self.is_hub(url), response.headers))
        return Answer(response, connection, request, stop, hops)

    def _headers(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        if self.token and self.is_hub(url) and _is_private_line(url):
            sent["Authorization"] = f"Bearer {self.token}"
        return {**sent, **_proxy_headers(url, self.proxy)}


def network_of_this_computer(*, token_to_mirror: bool = False) -> Network:
    """As the environment says; a mirror gets the person's token only where they wish it."""
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB
    if not _is_sound(endpoint):
        text = "The address of the mirror cannot be used: {url}."
        raise NetworkError(Problem(text, "Set HF_ENDPOINT to an https address.", {"url": endpoint}))
    trusted = _origin(endpoint) == _origin(HUB) or token_to_mirror
    offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in _YES
    return Network(endpoint, token_of_environment_or_hf() if trusted else "", offline, requests=_MADE)


def network_of(settings: Settings, token: str | None = None) -> Network:
    """As the settings say, and where they do not, as the environment does.

    `token`: the one to use instead of HF_TOKEN or the program's own. Raises NetworkError for an address that is none.
    """
    network = network_of_this_computer()
    given, offline = settings.downloads, settings.privacy.offline or network.offline
    endpoint = _checked_mirror(given.mirror.strip()) or network.endpoint
    trusted = _origin(endpoint) == _origin(HUB) or given.token_to_mirror
    if not trusted or offline:
        token = ""
    sent = stored_token() if token is None else header_safe(token)
    return replace(network, endpoint=endpoint, token=sent, offline=offline, proxy=_checked_proxy(given.proxy.strip()))


def _checked_mirror(address: str) -> str:
    if address and not (_is_sound(address) and _is_private_line(address)):
        text = "The address of the mirror cannot be used: {url}."
        raise NetworkError(Problem(text, "Write it as https://HOST, or leave it empty.", {"url": address}))
    return address.rstrip("/")


def _checked_proxy(address: str) -> str:
    if address and not _is_proxy(address):
        text = "The address of the proxy cannot be used: {proxy}."
        # What stands before the @ is a password.
        raise NetworkError(Problem(text, _PROXY_REMEDY, {"proxy": address.rpartition("@")[2]}))
    return address


def _is_proxy(address: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(address)
        return parts.scheme in ("http", *_SOCKS) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Answer:
    """What a server says: its status, its headers, and its bytes as they come."""

    def __init__(
        self,
        response: http.client.HTTPResponse,
        connection: http.client.HTTPConnection,
        request: Request,
        stop: Stop,
        hops: _Hops,
    ) -> None:
        self.status = response.status
        self._response, self._connection, self._request = response, connection, request
        self._stop, self._hops = stop, hops

    @property
    def host(self) -> str:
        return self._request.host

    @property
    def by_hub(self) -> bool:
        """Whether the endpoint itself gave the last answer, not a host it pointed to."""
        return self._hops[-1][0]

    def header(self, name: str) -> str:
        return self._response.headers.get(name) or ""

    def from_hub(self, name: str) -> str:
        """A header of the endpoint itself, also where it only pointed elsewhere."""
        return next((headers[name] for by_hub, headers in self._hops if by_hub and name in headers), "")

    def read(self, most: int) -> bytes:
        """The next bytes, as many as there are just now; none at the end."""
        with _in_words(self.host, self._stop):
            data = self._response.read1(most)
            # A closed connection looks like an end.
            self._stop.check()
        self._request.received += len(data)
        return data

    def whole(self, longest: int = _LONGEST_TEXT) -> bytes:
        """All of a short answer, or so much of it."""
        pieces: list[bytes] = []
        left = longest
        while left > 0 and (piece := self.read(left)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        self._stop.release()
        self._response.close()
        self._connection.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# ---- addresses


def _origin(url: str) -> tuple[str, str, int]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _is_private_line(url: str) -> bool:
    """Whether nobody on the way can read what is sent."""
    scheme, host, _ = _origin(url)
    return scheme == "https" or host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_sound(url: str) -> bool:
    try:
        return urllib.parse.urlsplit(url).scheme in ("http", "https") and bool(_origin(url)[1])
    except ValueError:
        return False


def _next_url(url: str, location: str) -> str:
    with contextlib.suppress(ValueError):
        joined = urllib.parse.urljoin(url, location)
        if _is_sound(joined) and (joined.startswith("https:") or url.startswith("http:")):
            return joined
    values = {"host": urllib.parse.urlsplit(url).hostname or ""}
    text = "{host} points to a connection that is not secure."
    raise NetworkError(Problem(text, "Try again in another network.", values))


def _circle(url: str) -> Problem:
    return Problem(
        "{host} only points to other addresses, without end.",
        "Open a web page in a browser: this network may want you to sign in first. Then try again.",
        {"host": urllib.parse.urlsplit(url).hostname or ""},
    )


def _proxy(url: str, chosen: str) -> urllib.parse.SplitResult | None:
    """The proxy this address is reached through: the chosen one, or as the environment or the system says."""
    scheme, host, port = _origin(url)
    proxies = urllib.request.getproxies()
    address = chosen or proxies.get(scheme) or proxies.get("all")
    if not address or urllib.request.proxy_bypass(f"{host}:{port}") or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
    if proxy.scheme not in ("http", *_SOCKS) or not proxy.hostname:
        text = "The proxy {proxy} is of a kind that this program does not speak."
        values = {"proxy": proxy.hostname or address}
        raise NetworkError(Problem(text, "Set an http or socks5 proxy in HTTPS_PROXY.", values))
    return proxy


def _proxy_headers(url: str, chosen: str) -> dict[str, str]:
    """For a proxy that reads the request itself; through a tunnel it must not see any."""
    proxy = _proxy(url, chosen) if url.startswith("http:") else None
    return _proxy_pass(proxy) if proxy and proxy.scheme not in _SOCKS else {}


def _proxy_pass(proxy: urllib.parse.SplitResult | None) -> dict[str, str]:
    if proxy is None or proxy.username is None:
        return {}
    pair = ":".join(_name_and_password(proxy))
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _name_and_password(proxy: urllib.parse.SplitResult) -> tuple[str, str]:
    return urllib.parse.unquote(proxy.username or ""), urllib.parse.unquote(proxy.password or "")


# ---- connections


def _connection(
    url: str, chosen_proxy: str, timeouts: Timeouts, stop: Stop
) -> tuple[http.client.HTTPConnection, str]:
    """A connection that a wish to end closes in any state, and what to ask it for."""
    scheme, host, port = _origin(url)
    proxy = _proxy(url, chosen_proxy)
    socks = proxy if proxy and proxy.scheme in _SOCKS else None
    proxy = None if socks else proxy
    at, at_port = (proxy.hostname or "", proxy.port or 8080) if proxy else (host, port)
    connection = (
        http.client.HTTPSConnection(at, at_port, timeout=timeouts.answer, context=ssl.create_default_context())
        if scheme == "https"
        else http.client.HTTPConnection(at, at_port, timeout=timeouts.answer)
    )
    if proxy and scheme == "https":
        connection.set_tunnel(host, port, headers=_proxy_pass(proxy))
    connector: Callable[..., socket.socket] = lambda *_: _line(at, at_port, socks, timeouts, stop)  # noqa: E731
    connection._create_connection = connector  # type: ignore[attr-defined]
    parts = urllib.parse.urlsplit(url)
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    absolute = urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, ""))
    return connection, absolute if proxy and scheme == "http" else path


def _line(
    host: str, port: int, socks: urllib.parse.SplitResult | None, timeouts: Timeouts, stop: Stop
) -> socket.socket:
    if socks is None:
        return _connected(host, port, timeouts, stop)
    line = _connected(socks.hostname or "", socks.port or 1080, timeouts, stop)
    try:
        _ask_socks(line, socks, host, port)
    except BaseException:
        line.close()
        raise
    return line


def _ask_socks(line: socket.socket, proxy: urllib.parse.SplitResult, host: str, port: int) -> None:
    """SOCKS 5; the name is looked up by the proxy, for here it may be unknown or false."""
    line.sendall(b"\5\1\2" if proxy.username else b"\5\1\0")
    if _exactly(line, 2)[1] == 2:
        pair = [text.encode() for text in _name_and_password(proxy)]
        line.sendall(b"\1" + b"".join(bytes([len(text)]) + text for text in pair))
        if _exactly(line, 2)[1]:
            raise ConnectionError("the proxy does not accept the password")
    name = host.encode("idna")
    line.sendall(b"\5\1\0\3" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
    _, refused, _, kind = _exactly(line, 4)
    if refused:
        raise ConnectionError(f"the proxy refuses it, code {refused}")
    _exactly(line, {1: 4, 4: 16}.get(kind) or _exactly(line, 1)[0])
    _exactly(line, 2)


def _exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = line.recv(count - len(data))
        if not piece:
            raise ConnectionError("the proxy hung up")
        data += piece
    return data


def _connected(host: str, port: int, timeouts: Timeouts, stop: Stop) -> socket.socket:
    """The first of a host's addresses that answers. Raises OSError or Stopped."""
    last: OSError = TimeoutError()
    for family, kind, protocol, address in _addresses(host, port, timeouts.connect, stop):
        line = socket.socket(family, kind, protocol)
        try:
            _connect(line, address, timeouts.connect, stop)
            line.settimeout(timeouts.answer)
            stop.hold(line)
            return line
        except OSError as error:
            last = error
            line.close()
        except BaseException:
            line.close()
            raise
    raise last


_Address = tuple[int, int, int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


def _addresses(host: str, port: int, seconds: float, stop: Stop) -> list[_Address]:
    """Looked up on a thread of its own, for a lookup can neither be stopped nor bounded."""
    found: list[_Address] = []
    failures: list[OSError | UnicodeError] = []
    thread = threading.Thread(target=_look_up, args=(host, port, found, failures), daemon=True)
    thread.start()
    end = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < end:
        stop.check()
        thread.join(_TICK)
    if failures or not found:
        raise failures[0] if failures else TimeoutError()
    return list(found)


def _look_up(host: str, port: int, found: list[_Address], failures: list[OSError | UnicodeError]) -> None:
    try:
        found.extend((f, k, p, a) for f, k, p, _, a in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        failures.append(error)


def _connect(line: socket.socket, address: object, seconds: float, stop: Stop) -> None:
    line.setblocking(False)
    line.connect_ex(address)  # type: ignore[arg-type]
    end = time.monotonic() + seconds
    while not any(select.select([], [line], [line], _TICK)):
        stop.check()
        if time.monotonic() > end:
            raise TimeoutError
    error = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))


# ---- failures


@contextlib.contextmanager
def _in_words(host: str, stop: Stop) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        stop.check()
        raise _in_a_sentence(host, error) from error


def _in_a_sentence(host: str, error: Exception) -> NetworkError:
    values = {"host": host, "reason": getattr(error, "strerror", None) or str(error) or type(error).__name__}
    if isinstance(error, ssl.SSLCertVerificationError):
        text = "The certificate of {host} is not trusted on this computer ({reason})."
        remedy = "If your network inspects connections, install its certificate in the system, then try again."
        return NetworkError(Problem(text, remedy, {**values, "reason": error.verify_message}))
    if isinstance(error, (socket.gaierror, UnicodeError)):
        text = "{host} could not be found."
        return NetworkError(Problem(text, "Check your connection to the internet, then try again.", values, "retry"),
                            passing=True)  # fmt: skip
    if isinstance(error, TimeoutError):
        text = "{host} does not answer."
        return NetworkError(Problem(text, "Check your connection, or try again later.", values, "retry"), passing=True)
    text = "The connection to {host} failed ({reason})."
    return NetworkError(Problem(text, "Check your connection, then try again.", values, "retry"), passing=True)
