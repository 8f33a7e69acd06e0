"""What people typed is cleaned, titled and put into a prompt; what went wrong is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop_llm.conversation import Asking, Message, Prompt, branch, clean, name_of, title_of
from desktop_llm.errors import Problem, StorageError, UserError
from desktop_llm.settings import Sampling
from desktop_llm.tasks.chat import chat_prompt

MODEL, GREEDY = Path("m.gguf"), Sampling(temperature=0.0)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("née 你好 👩‍👩‍👧 ‮אבג", "née 你好 👩‍👩‍👧 ‮אבג"),
        ("a\tb\nc\r\nd\re", "a\tb\nc\nd\ne"),
        ("nul\0 bell\x07 escape\x1b[31m delete\x7f next\x85", "nul bell escape[31m delete next"),
        ("\ud83d\ude00", "😀"),
        ("lone \ud83d high, lone \ude00 low, last \ud800", "lone � high, lone � low, last �"),
        ("\ufeffmark", "\ufeffmark"),
        ("", ""),
    ],
)
def test_text_is_cleaned_of_what_neither_store_nor_tokenizer_takes(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned
    assert clean(cleaned) == cleaned
    cleaned.encode()


def test_a_title_is_the_first_line_with_something_in_it() -> None:
    assert title_of("\n   \n  What is this?  \nMore.") == "What is this?"
    assert title_of(" \n ") == ""


def test_a_long_title_is_cut_to_sixty_characters() -> None:
    assert title_of("x" * 60) == "x" * 60
    assert title_of("x" * 61) == "x" * 59 + "…"
    assert title_of("x" * 58 + " yes and no") == "x" * 58 + "…"


def test_of_siblings_only_the_last_ones_way_is_the_conversation() -> None:
    question, first = Message("user", "Hi", id=1), Message("assistant", "No.", id=2, parent=1)
    again, reply = Message("assistant", "Hello!", id=3, parent=1), Message("user", "Thanks", id=4, parent=3)
    assert branch([question, first, again, reply]) == [question, again, reply]
    assert branch([question, first]) == [question, first]
    assert branch([]) == []


def test_a_way_that_bites_its_tail_ends() -> None:
    one, two = Message("user", "a", id=1, parent=2), Message("assistant", "b", id=2, parent=1)
    assert branch([one, two]) == [one, two]


# ---- prompts


def test_a_chat_prompt_is_all_that_was_said_and_nothing_else() -> None:
    stopped = Message("assistant", "Hello", 2, 1, "stopped", "stopped")
    asking = Asking(MODEL, GREEDY, "Be brief.")
    prompt = chat_prompt([Message("user", "Hi", 1), stopped, Message("user", "Go on")], asking)
    said = Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Go on")
    assert prompt == Prompt((Message("system", "Be brief."), *said), MODEL, GREEDY)


def test_no_system_text_means_no_system_message() -> None:
    prompt = chat_prompt([Message("user", "Hi")], Asking(MODEL, GREEDY, " \n"))
    assert [message.role for message in prompt.messages] == ["user"]


def test_answers_that_never_came_are_left_out_and_turns_still_alternate() -> None:
    failed = Message("assistant", "", state="failed")
    history = [Message("user", "One"), failed, Message("user", "Two"), failed]
    assert chat_prompt(history, Asking(MODEL, GREEDY)).messages == (Message("user", "One\n\nTwo"),)


# ---- problems


def test_a_problem_is_a_sentence_with_its_values_and_what_to_do() -> None:
    problem = Problem("The file {name} is empty.", "Download it again.", {"name": "{odd} name"})
    assert problem.sentence() == "The file {odd} name is empty. Download it again."
    assert str(UserError(problem)) == problem.sentence()
    assert Problem("Only this.").sentence() == "Only this."


def test_a_problem_is_translated_before_its_values_are_put_in() -> None:
    problem = Problem("The file {name} is empty.", "Download it again.", {"name": "a"})
    german = {"The file {name} is empty.": "{name} ist leer.", "Download it again.": "Noch einmal laden."}
    assert problem.sentence(german.__getitem__) == "a ist leer. Noch einmal laden."


@pytest.mark.parametrize("slip", ["Die Datei {nam}", "Die Datei {}", "Die Datei {name", "Die Datei {name.x}"])
def test_a_slip_in_a_translation_does_not_hide_the_problem(slip: str) -> None:
    assert Problem("The file {name}", values={"name": "a"}).sentence(lambda _text: slip) == slip
    assert "Die Datei" in str(StorageError(Problem(slip)))


def test_a_model_in_a_cache_is_not_called_by_its_hash() -> None:
    assert name_of(Path("/models/Qwen3-4B.Q4_K_M.gguf")) == "Qwen3-4B.Q4_K_M"
    assert name_of(Path("/blobs/sha256-cba9014c")) == ""
