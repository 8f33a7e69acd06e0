"""A long conversation is told in two steps, its end first: nothing is lost or doubled, whatever happens between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from faults.scripted_engine import ENDLESS, SHORT
from staged_runner import Stage, WatchedEngine, staged

from desktop_llm.branches import END, Branches
from desktop_llm.conversation import Asking, Attachment, Conversation, Message, Part, branch
from desktop_llm.errors import StorageError
from desktop_llm.events import AnswerChanged, ConversationOpened, EarlierMessages, MessageAdded, Place
from desktop_llm.settings import Loading
from desktop_llm.storage.assembling import Imported

LONG = END * 5 // 2


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "conversations.sqlite", WatchedEngine(Loading(context=2048))) as stage:
        yield stage


def said(number: int, parent: int) -> Message:
    role, parts = ("user", (Part(f"Note {number}"),)) if number % 2 else ("assistant", ())
    attachments = (Attachment("note.txt", "text", parts),) if parts and number % 7 == 0 else ()
    return Message(role, f"Said {number}", number, parent, attachments=attachments)  # type: ignore[arg-type]


def chat(stage: Stage, count: int = LONG, parent: Callable[[int], int] = lambda number: number - 1) -> int:
    messages = [said(number, parent(number)) for number in range(1, count + 1)]
    return stage.store.import_all([Imported(Conversation(0, "Long", 1.0), messages)])[0].id


def opened(stage: Stage) -> ConversationOpened:
    return stage.heard.of(ConversationOpened)[-1]


def earlier(stage: Stage, conversation: int) -> EarlierMessages:
    stage.runner.open_earlier(conversation, opened(stage).messages[0].id)
    return stage.heard.of(EarlierMessages)[-1]


def beside(messages: Sequence[Message], shown: Sequence[Message]) -> dict[int, Place]:
    """Found the long way."""
    same = {m.id: [o.id for o in messages if (o.parent, o.role) == (m.parent, m.role)] for m in shown}
    return {id: (each.index(id) + 1, len(each)) for id, each in same.items() if len(each) > 1}


@pytest.mark.parametrize("seed", range(8))
def test_both_steps_make_the_branch_that_is_shown_wherever_it_ends(stage: Stage, seed: int) -> None:
    draw = random.Random(seed)
    conversation = chat(stage, 700, lambda number: max(0, number - draw.choice([1, 1, 1, 1, 1, 2, 3])))
    stored = stage.stored(conversation)
    for leaf in (0, *(draw.choice(stored).id for _ in range(4))):
        stage.store.set_leaf(conversation, leaf)
        whole = branch(stored, leaf)
        stage.runner.open(conversation)
        end = opened(stage)
        assert list(end.messages) == whole[-END:] and end.earlier == (len(whole) > END)
        assert end.places == beside(stored, end.messages)
        told = earlier(stage, conversation)
        assert (*told.messages, *end.messages) == tuple(whole)
        assert told.places == beside(stored, told.messages)


def test_a_branch_that_begins_far_from_its_end_is_followed(stage: Stage) -> None:
    conversation = chat(stage, LONG, lambda number: 3 if number == LONG else number - 1)
    stage.runner.open(conversation)
    assert [message.id for message in opened(stage).messages] == [1, 2, 3, LONG]
    assert not opened(stage).earlier
    assert opened(stage).places == {LONG: (2, 2)}


def test_a_conversation_of_few_messages_is_opened_in_one_step(stage: Stage) -> None:
    conversation = chat(stage, END)
    stage.runner.open(conversation)
    assert list(opened(stage).messages) == stage.stored(conversation) and not opened(stage).earlier


def test_what_is_not_stored_cannot_be_opened(stage: Stage) -> None:
    with pytest.raises(StorageError):
        stage.runner.open(99)
    empty = stage.store.create("Empty").id
    stage.runner.open(empty)
    assert opened(stage) == ConversationOpened(empty, (), None)


def test_answers_that_grow_in_either_part_come_whole(stage: Stage, tiny: Path) -> None:
    conversation = chat(stage)
    asking = Asking(tiny, ENDLESS)
    stage.store.set_left_out(conversation, [*range(1, 91), *range(110, LONG - 9)], "")
    above = stage.runner.go_on(conversation, 100, asking).answer.id
    below = stage.runner.send(conversation, "And now?", asking).answer.id
    for times in range(1, 60, 20):
        for answer in (above, below):
            stage.grows(answer, times)
        stage.runner.open(conversation)
        assert earlier(stage, conversation).before == opened(stage).messages[0].id
    stage.runner.stop_all(conversation)
    final = {answer: stage.ended(answer).text for answer in (above, below)}
    told = {above: EarlierMessages, below: ConversationOpened}
    for n, event in enumerate(stage.heard.events):
        for answer, kind in told.items():
            if isinstance(event, kind):
                begun = next(message.text for message in event.messages if message.id == answer)
                came = [later for later in stage.heard.events[n:] if isinstance(later, AnswerChanged)]
                grown = "".join(later.delta for later in came if later.message_id == answer)
                assert begun + grown == final[answer]


def test_what_is_added_or_chosen_between_the_steps_leaves_the_second_as_it_was_to_be(stage: Stage, tiny: Path) -> None:
    conversation = chat(stage)
    before = stage.stored(conversation)[: LONG - END]
    stage.runner.open(conversation)
    first = opened(stage)
    stage.ended(stage.runner.send(conversation, "And now?", Asking(tiny, SHORT)).answer.id)
    assert stage.heard.of(MessageAdded)[0].message.parent == first.messages[-1].id
    stage.ended(stage.runner.regenerate(conversation, 20, Asking(tiny, SHORT)).answer.id)
    stage.runner.open_earlier(conversation, first.messages[0].id)
    told = stage.heard.of(EarlierMessages)[-1]
    assert list(told.messages) == before and told.places == {20: (1, 2)}


def test_documents_come_with_their_messages_and_growth_that_is_not_told_is_read(stage: Stage) -> None:
    conversation = chat(stage)
    answer = stage.store.add(conversation, Message("assistant", "Be", parent=LONG, state="writing"))
    stage.store.append(answer.id, "gun")
    end = Branches(stage.store).end(conversation)
    assert (end[-1].text, end[-1].state) == ("Begun", "writing")
    assert end == stage.stored(conversation)[-END:]
    assert {message.attachments[0].text for message in end if message.attachments} >= {f"Note {LONG // 14 * 14 - 7}"}
