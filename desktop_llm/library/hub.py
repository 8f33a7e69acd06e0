"""What the Hugging Face Hub has: models found by words, the files of one, and why it refuses."""

from __future__ import annotations

import email.utils
import json
import re
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from desktop_llm.errors import Problem, phrase
from desktop_llm.library.header import shown
from desktop_llm.library.network import Answer, Network, NetworkError, Stop

_EXPANDED = ("gguf", "gated", "private", "downloads", "likes", "lastModified", "tags", "pipeline_tag")
_SPLIT = re.compile(r"^(.*)-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_QUANTIZATION = re.compile(
    r"(?<![A-Za-z0-9])(IQ\d_(?:XXS|XS|NL|S|M)|T?Q\d_(?:K(?:_(?:XL|[SML]))?|[01])|BF16|F16|F32|MXFP4|NVFP4)"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NO_MODELS = re.compile(r"(^|/)(mmproj|mtp|ggml-vocab)-|imatrix", re.IGNORECASE)
_IDENTITY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_LONGEST_WAIT = 3600.0

_WORDS_BY_BITS = {
    1: "Smallest, and often wrong.",
    2: "Very small, with a clear loss of quality.",
    3: "Small, with some loss of quality.",
    4: "A good balance of size and quality.",
    5: "A little larger than needed, with hardly any loss.",
    6: "Nearly as good as the original.",
    8: "As good as the original for every practical use.",
    16: "The original, in full size.",
    32: "Larger than the original, without being better.",
}


@dataclass(frozen=True)
class Found:
    """A model a search brought."""

    id: str
    downloads: int
    likes: int
    changed: str
    task: str
    licence: str
    architecture: str
    parameters: int
    context: int
    gated: bool


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository; `sha256` is empty where the Hub keeps it without LFS and tells git's hash only."""

    name: str
    size: int
    sha256: str
    git_hash: str = ""


@dataclass(frozen=True)
class Choice:
    """A model to download: one file, or all parts of a split one."""

    name: str
    quantization: str
    words: str
    size: int
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True)
class Repository:
    """One model's page: `commit` is the state its files are of, `gated` that its author wants terms accepted.

    `base`: the model they were made of, where the page names one.
    """

    id: str
    commit: str
    gated: bool
    private: bool
    licence: str
    choices: tuple[Choice, ...]
    base: str = ""

    def choice(self, name: str) -> Choice:
        """The one with this file name, or this quantization. Raises NetworkError."""
        for choice in self.choices:
            if name == choice.name or any(name == file.name for file in choice.files):
                return choice
        named = [choice for choice in self.choices if choice.quantization.lower() == name.lower()]
        if len(named) == 1:
            return named[0]
        raise NetworkError(_no_such_file(self.id, name))


class Hub:
    def __init__(self, network: Network) -> None:
        self._network = network

    def search(self, text: str, limit: int = 20, stop: Stop | None = None) -> list[Found]:
        """The GGUF models that fit the words, most downloaded first."""
        asked = {"filter": "gguf", "search": text, "sort": "downloads", "limit": str(limit)}
        query = urllib.parse.urlencode([*asked.items(), *(("expand", name) for name in _EXPANDED)])
        rows = self._json(f"/api/models?{query}", phrase("search for models"), text, stop)
        if not isinstance(rows, list):
            raise NetworkError(no_hub(self._network.endpoint))
        return [_found(row) for row in rows if isinstance(row, dict) and _IDENTITY.fullmatch(_text(row, "id"))]

    def repository(self, identity: str, stop: Stop | None = None) -> Repository:
        """A model's files with sizes and hashes, in one request."""
        check_identity(identity)
        facts = self._json(f"/api/models/{identity}?blobs=true", phrase("files of {name}"), identity, stop)
        if not isinstance(facts, dict) or not _HASH.fullmatch(_text(facts, "sha")):
            raise NetworkError(no_hub(self._network.endpoint))
        return Repository(
            id=identity,
            commit=_text(facts, "sha"),
            gated=bool(facts.get("gated")),
            private=facts.get("private") is True,
            licence=_licence(facts),
            choices=tuple(_choices(facts)),
            base=_base(facts),
        )

    def _json(self, path: str, why: str, identity: str, stop: Stop | None) -> Any:
        url, headers = self._network.endpoint + path, {"Accept": "application/json"}
        with self._network.open(url, why, headers, stop, identity) as answer:
            check_answer(answer, self._network, identity)
            data = answer.whole()
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise NetworkError(no_hub(self._network.endpoint)) from None


def file_url(network: Network, repository: Repository, file: RemoteFile) -> str:
    """Where the Hub tells the way to a file's bytes, of the very state that was looked at."""
    return f"{network.endpoint}/{repository.id}/resolve/{repository.commit}/{urllib.parse.quote(file.name)}"


def page_url(network: Network, identity: str) -> str:
    return f"{network.endpoint}/{identity}"


def check_identity(identity: str) -> None:
    if not _IDENTITY.fullmatch(identity) or ".." in identity:
        text = "{id} is not the name of a model."
        raise NetworkError(Problem(text, "Write it as OWNER/NAME, as in the model's address.", {"id": shown(identity)}))


# ---- out of the Hub's JSON


def _found(row: dict[str, Any]) -> Found:
    gguf = row.get("gguf")
    gguf = gguf if isinstance(gguf, dict) else {}
    return Found(
        id=_text(row, "id"),
        downloads=_count(row, "downloads"),
        likes=_count(row, "likes"),
        changed=_text(row, "lastModified")[:10],
        task=_text(row, "pipeline_tag"),
        licence=_licence(row),
        architecture=_text(gguf, "architecture"),
        parameters=_count(gguf, "total"),
        context=_count(gguf, "context_length"),
        gated=bool(row.get("gated")),
    )


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return shown(value) if isinstance(value, str) else ""


def _count(facts: dict[str, Any], name: str) -> int:
    value = facts.get(name)
    return value if type(value) is int and value >= 0 else 0


def _licence(facts: dict[str, Any]) -> str:
    return next((shown(licence) for licence in _tagged(facts, "license:")), "")


def _base(facts: dict[str, Any]) -> str:
    """The model that was quantized, or made into this one; of several nobody knows whose word counts."""
    tagged = _tagged(facts, "base_model:quantized:") or _tagged(facts, "base_model:")
    bases = {tag.rpartition(":")[2] for tag in tagged}
    base = bases.pop() if len(bases) == 1 else ""
    return base if _IDENTITY.fullmatch(base) and ".." not in base else ""


def _tagged(facts: dict[str, Any], beginning: str) -> list[str]:
    """What follows in the tags that begin so."""
    tags = facts.get("tags")
    named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [tag.removeprefix(beginning) for tag in named if tag.startswith(beginning)]


def _files(facts: dict[str, Any]) -> Iterator[RemoteFile]:
    siblings = facts.get("siblings")
    for row in siblings if isinstance(siblings, list) else ():
        name = row.get("rfilename") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name.lower().endswith(".gguf") or _NO_MODELS.search(name):
            continue
        file = _file(name, row)
        if file.size:
            yield file


def _file(name: str, row: dict[str, Any]) -> RemoteFile:
    lfs = row.get("lfs")
    lfs = lfs if isinstance(lfs, dict) else {}
    sha256, git_hash = _text(lfs, "sha256"), _text(row, "blobId")
    return RemoteFile(
        name,
        _count(lfs, "size") or _count(row, "size"),
        sha256 if len(sha256) == 64 and _HASH.fullmatch(sha256) else "",
        git_hash if len(git_hash) == 40 and _HASH.fullmatch(git_hash) else "",
    )


def _choices(facts: dict[str, Any]) -> Iterator[Choice]:
    """The whole models among a repository's files; one that lacks a part is left out."""
    groups: dict[tuple[str, int], list[RemoteFile]] = {}
    for file in _files(facts):
        split = _SPLIT.match(file.name)
        groups.setdefault((split[1], int(split[3])) if split else (file.name, 1), []).append(file)
    for (_, count), files in groups.items():
        files.sort(key=lambda file: file.name)
        if len(files) == count:
            yield _choice(files)


def _choice(files: list[RemoteFile]) -> Choice:
    name = files[0].name
    labels = _QUANTIZATION.findall(name.rpartition("/")[2])
    label = labels[-1].upper() if labels else ""
    return Choice(name, label, quantization_words(label), sum(file.size for file in files), tuple(files))


def quantization_words(label: str) -> str:
    """What a quantization means for whoever uses the model; nothing where its name does not tell."""
    digits = re.search(r"\d+", label)
    return _WORDS_BY_BITS.get(int(digits[0]), "") if digits else ""


# ---- refusals


def check_answer(answer: Answer, network: Network, identity: str, file: str = "") -> None:
    """Raises NetworkError with the reason, where the Hub, or whoever answers for it, does not give what was asked."""
    if answer.status in (200, 206):
        if answer.header("Content-Type").startswith("text/html"):
            raise NetworkError(no_hub(network.endpoint))
        return
    if answer.status == 429:
        raise _too_many(answer)
    if answer.status >= 500 or answer.status == 408:
        raise _troubled(answer)
    if not answer.by_hub and answer.status in (401, 403, 404, 410):
        # What the Hub pointed to is valid for an hour only.
        raise NetworkError(_expired(answer.host), passing=True)
    raise NetworkError(_refusal(answer, network, identity, file))


def _refusal(answer: Answer, network: Network, identity: str, file: str) -> Problem:
    code, message = answer.header("X-Error-Code"), answer.header("X-Error-Message")
    page = page_url(network, identity)
    if code == "GatedRepo":
        return _gated(identity, page, bool(network.token))
    if "disabled" in message.lower():
        return Problem("The Hub has closed the model {id}.", "Choose another model.", {"id": identity})
    if code in ("EntryNotFound", "RevisionNotFound"):
        return _no_such_file(identity, file)
    if answer.status == 401 and network.token and code != "RepoNotFound":
        text = "The Hub does not accept your Hugging Face token."
        return Problem(text, "Renew it, or remove it: public models need none.", {})
    if code == "RepoNotFound" or answer.status in (401, 404):
        text = "There is no public model {id}; it may be private."
        return Problem(text, "Check its name; a private model needs the token of somebody who may see it.",
                       {"id": identity})  # fmt: skip
    values = {"host": answer.host, "status": str(answer.status)}
    remedy = "Try again later, or choose another mirror."
    return Problem("{host} refuses the request (status {status}).", remedy, values)


def _gated(identity: str, page: str, has_token: bool) -> Problem:
    text = "The author of {id} asks you to accept terms before you download it."
    remedy = (
        "Accept them at {page}, then try again."
        if has_token
        else "Accept them at {page}, make a read token in your account there, and give it under Connection on the "
        "Models page, or as HF_TOKEN."
    )
    return Problem(text, remedy, {"id": identity, "page": page}, "open-page")


def _no_such_file(identity: str, name: str) -> Problem:
    return Problem("The model {id} has no file {name}.", "Look at its list of files and choose one of them.",
                   {"id": identity, "name": shown(name)})  # fmt: skip


def no_hub(endpoint: str) -> Problem:
    """A sign-in page of a hotel's network, a company's warning, or a wrong mirror."""
    return Problem(
        "{host} does not answer like the Hugging Face Hub.",
        "Open a web page in a browser: this network may want you to sign in first. Then try again.",
        {"host": urllib.parse.urlsplit(endpoint).netloc},
        "retry",
    )


def _too_many(answer: Answer) -> NetworkError:
    wait = _retry_after(answer.header("Retry-After"))
    values = {"host": answer.host, "seconds": str(round(wait))}
    text = "{host} asks to wait {seconds} seconds, because too much was asked of it."
    return NetworkError(Problem(text, "Try again after that.", values, "retry"), passing=True, wait=wait)


def _troubled(answer: Answer) -> NetworkError:
    values = {"host": answer.host, "status": str(answer.status)}
    problem = Problem("{host} has trouble of its own (status {status}).", "Try again later.", values, "retry")
    return NetworkError(problem, passing=True, wait=_retry_after(answer.header("Retry-After"), 0.0))


def _expired(host: str) -> Problem:
    return Problem("{host} no longer accepts the address the Hub gave.", "Try again.", {"host": host}, "retry")


def _retry_after(text: str, otherwise: float = 30.0) -> float:
    """Seconds, given as such or as a date."""
    if text.strip().isdecimal():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return min(max(until - time.time(), 0.0), _LONGEST_WAIT)
