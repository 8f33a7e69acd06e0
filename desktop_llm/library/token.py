"""The person's Hugging Face token: in the system's keyring, or where there is none in a file of their own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_llm.errors import Problem, UserError
from desktop_llm.settings import settings_file

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE, _NAME = "desktop-llm", "Hugging Face token"


@dataclass(frozen=True)
class Where:
    """Where the token is kept; `words` say so to the person."""

    in_keyring: bool
    words: Problem


def stored_token() -> str:
    """HF_TOKEN, or the token this program keeps; empty where there is none."""
    return _of_environment(_own_token)


def token_of_environment_or_hf() -> str:
    """HF_TOKEN, or the token the `hf` program keeps."""
    return _of_environment(token_of_hf_program)


def _of_environment(otherwise: Callable[[], str]) -> str:
    """One that is set but cannot be sent means none."""
    given = os.environ.get("HF_TOKEN", "").strip()
    return header_safe(given) if given else otherwise()


def token_of_hf_program() -> str:
    """What the `hf` program keeps: not for us, so only to be taken where the person says so."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    return _read(Path(os.environ.get("HF_TOKEN_PATH") or home / "token"))


def header_safe(token: str) -> str:
    """The token, or nothing where it would break the header it is sent in."""
    return token if token.isascii() and token.isprintable() and " " not in token else ""


def keep_token(token: str) -> Where:
    """Keeps it in place of the one before. Raises UserError where it is none, or where it cannot be kept."""
    token = token.strip()
    if not token or not header_safe(token):
        remedy = "Copy it from your account at the Hub: it begins with hf_."
        raise UserError(Problem("This is not a Hugging Face token.", remedy))
    try:
        return _in_keyring(token) or _in_file(token)
    except OSError as error:
        text = "The token could not be kept in {file} ({reason})."
        values = {"file": str(_file()), "reason": error.strerror or str(error)}
        raise UserError(Problem(text, "Make the folder writable, then try again.", values)) from error


def forget_token() -> None:
    """Deletes the token this program keeps. Raises UserError where the keyring does not give it up."""
    _file().unlink(missing_ok=True)
    if not _mark().exists():
        return
    try:
        _delete_from_keyring()
    except Exception as error:
        text = "The token could not be deleted from the keyring ({reason})."
        values = {"reason": str(error) or type(error).__name__}
        raise UserError(Problem(text, "Unlock the keyring, then try again.", values, "retry")) from error
    _mark().unlink(missing_ok=True)


# ---- the keyring: its backends raise what they like, and each is another program


def _keyring() -> KeyringBackend | None:
    """The system's keyring, or None where there is none that keeps a secret. Slow: it is asked for when needed."""
    import keyring

    backend = keyring.get_keyring()
    return backend if backend.priority >= 1 else None


def _own_token() -> str:
    if not _mark().exists():
        return _read(_file())
    with contextlib.suppress(Exception):
        backend = _keyring()
        return header_safe((backend and backend.get_password(_SERVICE, _NAME)) or "")
    return ""


def _in_keyring(token: str) -> Where | None:
    try:
        backend = _keyring()
        if backend is None:
            return None
        backend.set_password(_SERVICE, _NAME, token)
    except Exception:
        return None
    # Where it is noted, the keyring need not be opened by those who keep no token.
    _mark().parent.mkdir(parents=True, exist_ok=True)
    _mark().touch()
    _file().unlink(missing_ok=True)
    return Where(True, Problem("The token is kept in the keyring of this computer."))


def _delete_from_keyring() -> None:
    backend = _keyring()
    if backend is None:
        raise OSError("there is no keyring just now")
    if backend.get_password(_SERVICE, _NAME) is not None:
        backend.delete_password(_SERVICE, _NAME)


# ---- the file


def _in_file(token: str) -> Where:
    """Readable by the person only, from its first moment on."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    beside = _file().with_suffix(".part")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(token)
    os.replace(beside, _file())
    _mark().unlink(missing_ok=True)
    text = "This computer has no keyring that can be used; the token is kept in {file}, readable by you only."
    return Where(False, Problem(text, "", {"file": str(_file())}))


def _read(file: Path) -> str:
    try:
        return header_safe(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return ""


def _file() -> Path:
    return settings_file().with_name("token")


def _mark() -> Path:
    return settings_file().with_name("token-in-keyring")
