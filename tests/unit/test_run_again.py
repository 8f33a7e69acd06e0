"""An answer made again as its receipt says: the same bytes from the real engine, whatever ran before and beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from faults.scripted_engine import Heard
from tiny_gguf import CHATML, write_tiny

from desktop_llm.conversation import Asking, Message
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Event, Hashed
from desktop_llm.engine.steps import Step, cut, leads_to, read, written
from desktop_llm.events import AnswerChanged, AnswerEnded, Answering
from desktop_llm.runner import Runner
from desktop_llm.settings import Loading, Sampling
from desktop_llm.storage.store import Store

RANDOM = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=40)
LONG = "Describe a long walk along the coast of an unknown country, with all that one sees there. " * 32


@dataclass
class Stage:
    """Runner, engine and store as the program has them, and everything they told."""

    engine: Engine
    store: Store
    heard: Heard = field(default_factory=Heard)
    noted: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.runner = Runner(self.engine, self.store, self.heard)
        self.engine.on_event = self._note

    def _note(self, event: Event) -> None:
        self.runner.on_engine_event(event)
        self.noted(event)

    def ended(self, answering: Answering) -> Message:
        return self.heard.until(AnswerEnded, lambda event: event.message.id == answering.answer.id).message

    def asked(self, asking: Asking, text: str, conversation: int | None = None, begins: str = "") -> Message:
        return self.ended(self.runner.send(conversation, text, asking, begins=begins))

    def again(self, made: Message) -> Message:
        return self.ended(self.runner.run_again(self.conversation_of(made), made.id))

    def conversation_of(self, made: Message) -> int:
        return next(
            one.id for one in self.store.conversations() if made.id in {m.id for m in self.store.messages(one.id)}
        )


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    store = Store(folder / "conversations.sqlite")
    engine = Engine(Loading(context=4096), states=folder / "states")
    yield Stage(engine, store)
    engine.close()
    store.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as stage:
        yield stage


@pytest.fixture
def asking(starter: Path) -> Asking:
    return Asking(starter, RANDOM)


def known(made: Message) -> bool:
    """Whether its receipt says how the engine came to it."""
    return made.receipt is not None and bool(made.receipt.steps)


def test_a_first_and_a_second_answer_come_again_to_the_last_byte(stage: Stage, asking: Asking) -> None:
    first = stage.asked(asking, "Tell me a story about a fox and the moon.")
    chat = stage.conversation_of(first)
    second = stage.asked(asking, "Go on.", chat)
    third = stage.asked(asking, "And then?", chat)
    assert second.tokens and second.tokens.cached  # so its prompt was read in pieces, weeks apart perhaps
    for made in (first, second, third, second):
        again = stage.again(made)
        assert known(made)
        assert again.text == made.text
        assert again.receipt and made.receipt
        assert (again.receipt.seed, again.receipt.steps) == (made.receipt.seed, made.receipt.steps)


def test_an_answer_comes_again_after_a_regenerated_one_and_after_other_chats(stage: Stage, asking: Asking) -> None:
    first = stage.asked(asking, "Name the wind.")
    chat = stage.conversation_of(first)
    other = stage.asked(asking, "Tell me about cats. " * 20)
    second = stage.asked(asking, "And the rain?", chat)
    regenerated = stage.ended(stage.runner.regenerate(chat, second.id, asking))
    for made in (second, regenerated, other, first):
        assert known(made)
        assert stage.again(made).text == made.text


def test_an_answer_begun_by_the_person_and_one_gone_on_with_come_again(stage: Stage, asking: Asking) -> None:
    begun = stage.asked(asking, "Describe the sea.", begins="Salt, and")
    assert stage.again(begun).text == begun.text
    chat = stage.conversation_of(begun)
    short = replace(asking, sampling=replace(RANDOM, max_tokens=12))
    cut_off = stage.asked(short, "Describe the hills.", chat)
    stage.heard.events.clear()
    longer = stage.ended(stage.runner.go_on(chat, cut_off.id, asking))
    assert longer.receipt and longer.receipt.begun == len(cut_off.text)
    assert stage.again(longer).text == longer.text


def test_a_thought_that_the_template_opened_comes_again_and_so_does_its_going_on(stage: Stage, tmp_path: Path) -> None:
    opened = CHATML.replace("assistant\n{% endif", "assistant\n<think>\n{% endif")
    model = write_tiny(tmp_path / "opens.gguf", changed={"tokenizer.chat_template": opened})
    asking = Asking(model, replace(RANDOM, max_tokens=12))
    first = stage.asked(asking, "Why?")
    assert first.text.startswith("<think>\n") and first.receipt and not first.receipt.begun
    assert stage.again(first).text == first.text
    stage.heard.events.clear()
    longer = stage.ended(stage.runner.go_on(stage.conversation_of(first), first.id, asking))
    assert longer.receipt and longer.receipt.begun == len(first.text)
    assert stage.again(longer).text == longer.text != first.text


def test_a_stopped_answer_comes_again_and_goes_on(stage: Stage, asking: Asking) -> None:
    answering = stage.runner.send(None, "Count the stars.", replace(asking, sampling=replace(RANDOM, max_tokens=200)))
    stage.heard.until(AnswerChanged, lambda event: event.message_id == answering.answer.id, 12)
    stage.runner.stop(answering.answer.id)
    stopped = stage.ended(answering)
    again = stage.again(stopped)
    assert stopped.state == "stopped"
    assert again.text.startswith(stopped.text)
    assert len(again.text) > len(stopped.text)


def test_after_a_restart_a_chat_read_from_the_disk_comes_again(tmp_path: Path, asking: Asking) -> None:
    # After a restart earlier answers are tokenized from their texts: plain words give the tokens they came from.
    plain = replace(asking, sampling=replace(RANDOM, temperature=0.0))
    with staged(tmp_path) as stage:
        first = stage.asked(plain, LONG)
        stage.noted.until(Hashed)
        second = stage.asked(plain, "Go on.", stage.conversation_of(first))
    with staged(tmp_path) as stage:
        chat = stage.conversation_of(first)
        stage.engine.load(asking.model)
        stage.noted.until(Hashed)
        third = stage.asked(asking, "And then?", chat)
        assert third.tokens and third.tokens.cached > 512
        assert known(third)
        assert stage.again(third).text == third.text
        assert stage.again(second).text == second.text
        assert stage.again(first).text == first.text


def test_what_ran_beside_others_says_that_it_cannot_be_repeated_and_the_repetition_can(
    stage: Stage, asking: Asking
) -> None:
    both = [stage.runner.send(None, f"Tell me about {what}.", asking) for what in ("iron", "glass")]
    iron, glass = (stage.ended(each) for each in both)
    assert not known(iron) or not known(glass)
    beside = glass if not known(glass) else iron
    again = stage.again(beside)
    assert known(again)
    assert stage.again(again).text == again.text


def test_what_is_made_again_waits_for_others_and_they_for_it(stage: Stage, asking: Asking) -> None:
    made = stage.asked(asking, "Tell me about rivers.")
    chat = stage.conversation_of(made)
    other = stage.runner.send(None, "Tell me about bridges.", asking)
    again = stage.runner.run_again(chat, made.id)
    third = stage.runner.send(None, "Tell me about boats.", asking)
    assert stage.ended(again).text == made.text
    assert stage.ended(other).state == stage.ended(third).state == "done"


def test_steps_are_written_short_and_read_back() -> None:
    steps = [Step(512, 512, 2), Step(31, 30, 2), *[Step(1, 1, 2)] * 200, Step(9, 9, 1)]
    assert written(steps) == "512@2 31:30@2 200x1@2 9@1"
    assert read(written(steps)) == steps
    assert cut(steps, 520) == [Step(512, 512, 2), Step(31, 8, 2)]
    assert leads_to(steps, 542, 512)
    assert not leads_to(steps, 541, 512)  # in the midst of a step
    assert not leads_to(steps, 542, 256)  # too large for this context
    assert read("12@2 nonsense") == read("9999999x1@2") == []
