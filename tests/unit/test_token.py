"""Where the token is kept: in the keyring where there is one, else in a file nobody else can read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from desktop_llm.engine.child import child_environment
from desktop_llm.errors import UserError
from desktop_llm.library.token import forget_token, keep_token, stored_token, token_of_hf_program
from desktop_llm.settings import settings_file

TOKEN = "hf_secret"


class MemoryKeyring(KeyringBackend):
    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.asked = 0

    def _open(self) -> dict[tuple[str, str], str]:
        self.asked += 1
        if self.locked:
            raise KeyringLocked("the keyring is locked")
        return self.kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._open().get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self._open().pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(NoKeyring())


@pytest.fixture
def no_ring() -> None:
    keyring.set_keyring(NoKeyring())


def file() -> Path:
    return settings_file().with_name("token")


def everything_kept() -> bytes:
    return b"".join(path.read_bytes() for path in file().parent.rglob("*") if path.is_file())


def test_a_keyring_keeps_it_and_no_file_does(ring: MemoryKeyring) -> None:
    where = keep_token(f" {TOKEN}\n")
    assert where.in_keyring and "keyring of this computer" in where.words.sentence()
    assert stored_token() == TOKEN and list(ring.kept.values()) == [TOKEN]
    assert TOKEN.encode() not in everything_kept() and TOKEN not in repr(where)
    forget_token()
    assert (stored_token(), ring.kept) == ("", {})


def test_a_keyring_is_not_opened_by_who_keeps_no_token(ring: MemoryKeyring) -> None:
    assert stored_token() == ""
    forget_token()
    assert ring.asked == 0


def test_without_a_keyring_a_file_of_the_person_s_own_keeps_it(no_ring: None) -> None:
    where = keep_token(TOKEN)
    assert where.words.sentence() == (
        f"This computer has no keyring that can be used; the token is kept in {file()}, readable by you only."
    )
    assert not where.in_keyring and stored_token() == TOKEN
    if os.name != "nt":
        assert stat.S_IMODE(file().stat().st_mode) == 0o600
    forget_token()
    assert stored_token() == "" and not file().exists()


def test_a_locked_keyring_is_as_none(ring: MemoryKeyring) -> None:
    ring.locked = True
    assert not keep_token(TOKEN).in_keyring
    assert stored_token() == TOKEN
    ring.locked = False
    assert keep_token("hf_newer").in_keyring
    assert stored_token() == "hf_newer" and not file().exists()


def test_a_keyring_that_is_locked_later(ring: MemoryKeyring) -> None:
    keep_token(TOKEN)
    ring.locked = True
    assert stored_token() == ""
    with pytest.raises(UserError, match="locked"):
        forget_token()
    ring.locked = False
    assert stored_token() == TOKEN
    forget_token()
    assert ring.kept == {}


def test_a_keyring_that_is_gone_does_not_count_as_emptied(ring: MemoryKeyring) -> None:
    keep_token(TOKEN)
    keyring.set_keyring(NoKeyring())
    with pytest.raises(UserError, match="no keyring just now"):
        forget_token()
    assert not keep_token("hf_newer").in_keyring and stored_token() == "hf_newer"


def test_the_environment_comes_first(no_ring: None, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_token(TOKEN)
    monkeypatch.setenv("HF_TOKEN", "hf_of_today")
    assert stored_token() == "hf_of_today"


def test_the_token_of_another_program_is_taken_only_when_asked_for(home: Path, no_ring: None) -> None:
    kept = home / ".cache/huggingface/token"
    kept.parent.mkdir(parents=True)
    kept.write_text("hf_other\n")
    assert (stored_token(), token_of_hf_program()) == ("", "hf_other")


@pytest.mark.parametrize("text", ["", " ", "two words", "hf_\nsecret", "hf_é"])
def test_what_is_no_token(text: str, no_ring: None) -> None:
    with pytest.raises(UserError, match="not a Hugging Face token"):
        keep_token(text)
    assert not file().exists()


def test_a_folder_that_cannot_be_written_is_said(no_ring: None) -> None:
    file().parent.parent.mkdir(parents=True, exist_ok=True)
    file().parent.write_text("a file")
    with pytest.raises(UserError, match="could not be kept in") as error:
        keep_token(TOKEN)
    assert TOKEN not in str(error.value)


def test_a_keyring_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys; from desktop_llm.library import token; token.stored_token(); print('keyring' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=child_environment()
    )
    assert done.stdout == "False\n"
