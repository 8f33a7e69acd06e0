"""What of a conversation has room: nothing is cut unasked, and what is left out bears its mark and its summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.scripted_engine import SHORT
from staged_runner import Stage, WatchedEngine, staged

from desktop_llm.conversation import Asking, Attachment, Message, Part
from desktop_llm.errors import PromptError
from desktop_llm.events import (
    AnswerEnded,
    ConversationOpened,
    LeftOut,
    Measured,
    MessageChanged,
    Summarized,
    SummaryGrew,
)
from desktop_llm.fitting import Fitting, Omission, room_for_prompt
from desktop_llm.settings import Loading, Sampling
from desktop_llm.summarizing import _whole_sentences

CONTEXT = 512
WORDS = "one two three four five six seven eight nine ten " * 15


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "conversations.sqlite", WatchedEngine(Loading(context=CONTEXT))) as stage:
        yield stage


@pytest.fixture
def asking(starter: Path) -> Asking:
    return Asking(starter, SHORT, "Answer briefly.")


def kept(stage: Stage, *texts: str) -> int:
    """A conversation of these texts, the person's and the model's by turns."""
    conversation, parent = stage.store.create("Counting").id, 0
    for n, text in enumerate(texts):
        message = Message("assistant" if n % 2 else "user", text, parent=parent)
        parent = stage.store.add(conversation, message).id
    return conversation


def measured(stage: Stage, *arguments: object) -> Measured:
    stage.runner.room.measure(*arguments)  # type: ignore[arg-type]
    return stage.heard.until(Measured)


def test_what_is_being_written_is_counted_with_all_before_it(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, "Hello.", "Hello!")
    told = measured(stage, conversation, "What is two and two?", asking, 7)
    sent = stage.runner.send(conversation, "What is two and two?", asking)
    ended = stage.ended(sent.answer.id)
    assert ended.tokens
    assert (told.tokens, told.limit, told.draft, told.oldest) == (ended.tokens.prompt, CONTEXT, 7, ())


def test_the_oldest_turns_that_have_no_room_are_named_before_they_are_sent(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, WORDS, "Yes.", WORDS, "Yes.", WORDS, "Yes.")
    told = measured(stage, conversation, WORDS, asking, 1)
    ids = [message.id for message in stage.stored(conversation)]
    assert told.tokens > told.limit
    assert told.oldest
    assert len(told.oldest) % 2 == 0
    assert list(told.oldest) == ids[: len(told.oldest)]
    stage.runner.room.leave_out(conversation, told.oldest)
    sent = stage.runner.send(conversation, WORDS, asking)
    assert stage.ended(sent.answer.id).state == "done"
    prompt = stage.engine.prompts[-1].messages
    assert [message.role for message in prompt][:2] == ["system", "user"]
    assert len(prompt) == 2 + len(ids) - len(told.oldest)


def test_for_a_message_that_has_no_room_alone_nothing_is_left_out(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, "Hello.", "Hello!")
    told = measured(stage, conversation, WORDS * 20, asking, 1)
    assert told.tokens > told.limit
    assert (told.alone, told.oldest) == ("message", ())


@pytest.mark.parametrize("said", [("Hello.", WORDS * 20), (WORDS * 2, WORDS * 2)])
def test_an_answer_that_fills_the_context_alone_or_with_its_question_is_no_message(
    stage: Stage, asking: Asking, said: tuple[str, str]
) -> None:
    conversation = kept(stage, *said)
    overflow = Fitting(stage.engine, stage.stored(conversation), asking).overflow(conversation)
    assert overflow
    assert (overflow.alone, overflow.oldest) == ("answer", ())


def test_a_system_prompt_that_has_no_room_is_named_and_nothing_is_left_out_for_it(
    stage: Stage, starter: Path
) -> None:
    conversation = kept(stage, "Hello.", "Hello!", "And now?")
    asking = Asking(starter, SHORT, WORDS * 8)
    told = measured(stage, conversation, "Yes?", asking, 1)
    assert (told.alone, told.oldest) == ("system prompt", ())
    overflow = stage.runner.room.overflow(conversation, asking)
    assert overflow
    assert (overflow.alone, overflow.oldest) == ("system prompt", ())


def test_what_the_model_saw_is_the_prompt_before_its_answer(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, "My name is Ada.", "Hello Ada.")
    first, second = [message.id for message in stage.stored(conversation)]
    stage.runner.room.leave_out(conversation, [first, second], "The person is called Ada.")
    answering = stage.runner.send(conversation, "Who am I?", asking)
    ended = stage.ended(answering.answer.id)
    stage.runner.room.send_all(conversation)
    seen, omission = stage.runner.room.seen_before(conversation, ended.id, replace(asking, system="Another."))
    assert ended.tokens
    assert seen.tokens == ended.tokens.prompt
    assert omission == Omission(frozenset({first, second}), "The person is called Ada.")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("They met. They spoke of the most", "They met."),
        ("He said “No.” Then he", "He said “No.”"),
        ("他们见了面。然后他们", "他们见了面。"),
        ("Only this was", "Only this was"),
        ("Of 3.5 litres", "Of 3.5 litres"),
    ],
)
def test_a_summary_does_not_end_in_the_middle_of_a_sentence(text: str, whole: str) -> None:
    assert _whole_sentences(text) == whole


def test_what_is_left_out_stays_so_after_a_restart(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, "My name is Ada.", "Hello Ada.", "Go on.", "Yes.")
    first, second = [message.id for message in stage.stored(conversation)][:2]
    stage.runner.room.leave_out(conversation, [first, second], "The person is called Ada.")
    stage.heard.events.clear()
    stage.runner.open(conversation)
    stage.heard.until(ConversationOpened)
    told = stage.heard.until(LeftOut)
    assert (told.messages, told.summary) == ({first, second}, "The person is called Ada.")
    answering = stage.runner.send(conversation, "Who am I?", asking)
    stage.ended(answering.answer.id)
    head, *said = stage.engine.prompts[-1].messages
    assert head.text.startswith("Answer briefly.")
    assert head.text.endswith("The person is called Ada.")
    assert [message.text for message in said] == ["Go on.", "Yes.", "Who am I?"]
    assert answering.answer.receipt
    assert answering.answer.receipt.left_out == (first, second)


def test_a_summary_is_written_in_as_many_steps_as_the_context_makes_of_it(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, WORDS, "Yes.", WORDS * 3, "Yes.", "And now?", "Now this.")
    ids = [message.id for message in stage.stored(conversation)]
    stage.runner.room.summarize(conversation, ids[:4], asking)
    ended = stage.heard.until(Summarized)
    assert ended.problem is None
    assert len(stage.engine.prompts) > 1
    told = stage.heard.until(LeftOut)
    assert told.messages == frozenset(ids[:4])
    assert told.summary.strip()
    assert stage.store.conversation(conversation).summary == told.summary
    shares = [event.share for event in stage.heard.of(SummaryGrew)]
    assert shares == sorted(shares)
    stage.runner.room.set_summary(conversation, "Counting.")
    assert stage.store.conversation(conversation).summary == "Counting."


def test_a_summary_that_is_stopped_leaves_everything_as_it_was(stage: Stage, starter: Path) -> None:
    conversation = kept(stage, WORDS * 3, "Yes.", "And now?", "Now this.")
    ids = [message.id for message in stage.stored(conversation)]
    stage.runner.room.summarize(conversation, ids[:2], Asking(starter, Sampling(seed=1)))
    stage.runner.stop_all(conversation)
    assert stage.heard.until(Summarized).problem is None
    assert stage.store.conversation(conversation).left_out == ()


def parts(count: int) -> tuple[Part, ...]:
    return tuple(Part(f"The {n}th stone is grey and heavy. " * 4, page=n) for n in range(1, count + 1))


def test_a_document_that_has_room_is_sent_whole(stage: Stage, asking: Asking) -> None:
    short = Attachment("stones.txt", "text", parts(2), 2)
    sent = stage.runner.send(None, "How many stones?", asking, attachments=[short])
    assert sent.generation is None
    assert stage.ended(sent.answer.id).state == "done"
    assert stage.heard.until(MessageChanged).message.attachments == (short,)
    assert short.parts[1].text in stage.engine.prompts[-1].messages[-1].text
    assert stage.stored(sent.conversation)[0].attachments == (short,)


def test_of_a_document_that_has_no_room_the_passages_found_are_sent_and_named(stage: Stage, asking: Asking) -> None:
    gold = Part("Only here lies the golden ring of the king. " * 4, page=41)
    long = Attachment("stones.txt", "text", (*parts(40), gold), 41)
    sent = stage.runner.send(None, "Where is the golden ring?", asking, attachments=[long])
    ended = stage.ended(sent.answer.id)
    given = stage.heard.until(MessageChanged).message.attachments[0].given
    assert given
    assert given[-1] == 40
    assert 1 < len(given) < 41
    prompt = stage.engine.prompts[-1].messages[-1].text
    assert gold.text.strip() in prompt
    assert ended.tokens
    assert ended.tokens.prompt <= room_for_prompt(CONTEXT)
    assert stage.stored(sent.conversation)[0].attachments[0].given == given


def test_a_question_whose_document_is_still_being_fitted_is_stopped_at_once(stage: Stage, asking: Asking) -> None:
    sent = stage.runner.send(None, "How many?", asking, attachments=[Attachment("stones.txt", "text", parts(2))])
    stage.runner.stop_all(sent.conversation)
    ended = stage.ended(sent.answer.id)
    assert (ended.state, ended.reason) == ("stopped", "stopped")
    assert [event.message.id for event in stage.heard.of(AnswerEnded)] == [sent.answer.id]


def test_an_answer_begins_as_it_was_asked_to(stage: Stage, asking: Asking) -> None:
    sent = stage.runner.send(None, "Count to ten.", asking, begins="One, two, three,")
    ended = stage.ended(sent.answer.id)
    assert ended.text.startswith("One, two, three,")
    assert len(ended.text) > len("One, two, three,")
    assert ended.receipt
    assert ended.receipt.begun == len("One, two, three,")
    assert stage.engine.prompts[-1].continues


def test_the_same_answer_is_made_again_from_its_receipt(stage: Stage, starter: Path) -> None:
    wild = Asking(starter, Sampling(temperature=1.2, max_tokens=24), "You are a poet.")
    sent = stage.runner.send(None, "Write about rain.", wild)
    first = stage.ended(sent.answer.id)
    again = stage.runner.run_again(sent.conversation, first.id)
    assert stage.ended(again.answer.id).text == first.text


def test_an_answer_without_a_receipt_can_not_be_made_again(stage: Stage, starter: Path) -> None:
    conversation = kept(stage, "Hello.", "Hello!")
    answer = stage.stored(conversation)[-1].id
    with pytest.raises(PromptError, match="not known"):
        stage.runner.run_again(conversation, answer)


def test_the_summary_of_another_branch_is_not_sent(starter: Path) -> None:
    history = [Message("user", "Hello.", 1)]
    fitting = Fitting(WatchedEngine(), history, Asking(starter), Omission(frozenset({9}), "Elsewhere."))
    assert [message.text for message in fitting.prompt().messages] == ["Hello."]


def test_of_a_chat_far_too_long_only_the_newest_part_is_counted(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, *([WORDS, "Yes."] * 60))
    first = measured(stage, conversation, "", asking, 1)  # loads the model
    stage.heard.events.clear()
    told = measured(stage, conversation, "", asking, 2)
    assert 0.8 < told.tokens / first.tokens < 1.2
    assert abs(len(told.oldest) - len(first.oldest)) <= 2
    assert len(told.oldest) > 100


@pytest.mark.parametrize("summary", ["", "They counted. " * 20])
def test_as_many_have_no_room_before_a_message_is_sent_as_after_it(stage: Stage, asking: Asking, summary: str) -> None:
    conversation = kept(stage, *(["Count on.", "One, two."] * 60))
    ids = [message.id for message in stage.stored(conversation)]
    if summary:
        stage.runner.room.leave_out(conversation, ids[:8], summary)
    told = measured(stage, conversation, "And now, how far have we come?", asking, 1)
    sent = stage.runner.send(conversation, "And now, how far have we come?", asking)
    assert stage.ended(sent.answer.id).state == "failed"
    overflow = stage.runner.room.overflow(conversation, asking)
    assert overflow
    assert (told.tokens, told.oldest) == (overflow.tokens, overflow.oldest)
    assert 20 < len(told.oldest) < 110
    stage.runner.room.leave_out(conversation, told.oldest)
    fits = stage.runner.room.seen(conversation, asking)
    assert fits.tokens <= room_for_prompt(fits.limit)
    stage.runner.room.send_all(conversation)
    stage.runner.room.leave_out(conversation, {*ids[:8], *told.oldest} - {*told.oldest[-2:]}, summary)
    assert stage.runner.room.seen(conversation, asking).tokens > room_for_prompt(fits.limit)


def test_an_unanswered_question_goes_with_what_was_asked_after_it(stage: Stage, asking: Asking) -> None:
    conversation = kept(stage, *([WORDS, "Yes."] * 3), WORDS, "", "Are you there?", "Yes.")
    told = measured(stage, conversation, WORDS, asking, 1)
    sent = stage.runner.send(conversation, WORDS, asking)
    assert stage.ended(sent.answer.id).state == "failed"
    overflow = stage.runner.room.overflow(conversation, asking)
    assert overflow
    assert told.oldest
    assert told.oldest == overflow.oldest
