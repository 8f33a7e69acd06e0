"""Whole characters and stop strings, whatever the pieces the bytes come in."""

import pytest

from desktop_llm.engine.sequence import AnswerText


def said(pieces: list[bytes], *stop: str) -> tuple[str, bool]:
    text = AnswerText(stop)
    out = "".join(text.feed(piece) for piece in pieces)
    return out + text.flush(), text.stopped


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_characters_are_never_cut(size: int) -> None:
    data = "née 你好 👩‍👩‍👧 ok".encode()
    pieces = [data[n : n + size] for n in range(0, len(data), size)]
    text = AnswerText(())
    assert all("�" not in text.feed(piece) for piece in pieces)
    assert said(pieces) == (data.decode(), False)


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_earliest_stop_string_wins_and_nothing_of_it_is_shown(size: int) -> None:
    data = "one 完了 two END three".encode()
    pieces = [data[n : n + size] for n in range(0, len(data), size)]
    assert said(pieces, "END", "完了") == ("one ", True)


def test_what_only_began_like_a_stop_string_is_shown_in_the_end() -> None:
    assert said([b"a ", b"EN", b"D"], "END!") == ("a END", False)


def test_a_broken_character_at_the_end_is_marked() -> None:
    assert said(["你".encode()[:2]]) == ("�", False)
