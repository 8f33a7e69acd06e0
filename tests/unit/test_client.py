"""The near end of the pipe with the real child behind it: answers, stops, loads and receipts."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from faults.scripted_engine import ENDLESS, SHORT, Heard, asked, ended, failure

from desktop_llm.engine import client
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import (
    Died,
    Hashed,
    Loaded,
    LoadFailed,
    LoadProgress,
    PromptProgress,
    Queued,
    Stepped,
    Unloaded,
)
from desktop_llm.errors import EngineError
from desktop_llm.settings import Loading, Sampling

LONG = "word " * 1800
SIXTY = Sampling(temperature=0.0, max_tokens=60)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    engine = Engine(Loading(context=2048))
    engine.on_event = heard
    yield engine
    engine.close()


# ---- answers


def test_an_answer_only_grows_and_ends_with_its_facts(engine: Engine, heard: Heard, starter: Path) -> None:
    seen: list[str] = []

    def listen(event: object) -> None:
        seen.append(generation.text if generations else "")
        heard(event)

    generations: list[Generation] = []
    engine.on_event = listen
    generation = engine.generate(asked(starter, "Write about the sea.", Sampling(seed=1, max_tokens=16)))
    generations.append(generation)
    ended(generation)
    assert all(later.startswith(earlier) for earlier, later in pairwise(seen))
    assert len(set(seen)) > 5
    assert (generation.reason, generation.state) == ("length", "ended")
    assert generation.tokens
    assert generation.tokens.generated == generation.generated == 16
    assert generation.timings
    assert generation.timings.generation > 0
    assert generation.speed > 0


def test_the_receipt_gets_the_hash_of_the_models_file(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = ended(engine.generate(asked(starter, "Hi")))
    hashed = heard.until(Hashed)
    assert generation.receipt
    assert generation.receipt.model_hash == hashed.hash
    assert len(bytes.fromhex(hashed.hash)) == 32


def test_each_receipt_gets_the_hash_of_its_own_model(engine: Engine, heard: Heard, starter: Path, tiny: Path) -> None:
    first, second = engine.generate(asked(starter, "Hi")), engine.generate(asked(tiny, "Hi"))
    for generation in (ended(first), ended(second)):
        path = generation.prompt.model
        hashed = heard.until(Hashed, lambda event, path=path: event.path == path)  # type: ignore[misc]
        assert generation.receipt
        assert generation.receipt.model_hash == hashed.hash


def test_the_same_seed_gives_the_same_text(engine: Engine, starter: Path) -> None:
    prompt = asked(starter, "Tell me a joke.", Sampling(seed=7, max_tokens=10))
    first = ended(engine.generate(prompt)).text
    assert first
    assert ended(engine.generate(prompt)).text == first


def test_two_prompts_are_answered_together(engine: Engine, heard: Heard, starter: Path) -> None:
    both = [engine.generate(asked(starter, text, Sampling(seed=2, max_tokens=12))) for text in ("One?", "Two?")]
    assert [ended(generation).reason in ("end", "length") for generation in both] == [True, True]
    assert any(len(step.deltas) == 2 for step in heard.of(Stepped))


def test_an_answer_waits_for_another_models_answer_until_that_has_ended(
    engine: Engine, starter: Path, tiny: Path
) -> None:
    first, second = engine.generate(asked(starter, "Hi", ENDLESS)), engine.generate(asked(tiny, "Hi"))
    assert not first.queued
    while first.state != "writing":
        assert not first.wait(0.01)
    assert (first.queued, second.queued, second.state) == (False, True, "waiting")
    first.stop()
    assert ended(second).reason in ("end", "length")
    assert not second.queued


def test_an_answer_waits_for_the_one_slot_there_is(heard: Heard, starter: Path) -> None:
    engine = Engine(Loading(context=2048, parallel=1))
    engine.on_event = heard
    try:
        first, second = engine.generate(asked(starter, "Hi", ENDLESS)), engine.generate(asked(starter, "Hello", SHORT))
        heard.until(Queued, lambda event: event.generation == second.id)
        assert (first.queued, second.queued) == (False, True)
        first.stop()
        assert ended(second).reason in ("end", "length")
        assert not second.queued
        assert [event.generation for event in heard.of(Queued)] == [second.id]
    finally:
        engine.close()


def test_a_listener_that_fails_is_reported_and_the_answer_goes_on(
    engine: Engine, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[type[BaseException]] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_rest: reported.append(kind))

    def fail(_event: object) -> None:
        raise RuntimeError("a bug")

    engine.on_event = fail
    assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")
    assert set(reported) == {RuntimeError}


# ---- stopping


def test_stopped_before_the_child_stands_and_the_next_prompt_works(engine: Engine, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Hi"))
    generation.stop()
    assert ended(generation).reason == "stopped"
    assert ended(engine.generate(asked(starter, "Hi"))).text


def test_stopped_while_loading_and_the_next_prompt_works(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Hi"))
    heard.until(LoadProgress)
    generation.stop()
    assert ended(generation).reason == "stopped"
    assert ended(engine.generate(asked(starter, "Hi"))).text


def test_a_load_that_another_prompt_waits_for_is_not_cancelled(engine: Engine, heard: Heard, starter: Path) -> None:
    stopped, other = engine.generate(asked(starter, "Hi")), engine.generate(asked(starter, "Hello"))
    stopped.stop()
    assert ended(other).text
    assert stopped.reason == "stopped"
    assert not heard.of(LoadFailed)


def test_stopped_while_its_model_waits_for_another_answer(engine: Engine, starter: Path, tiny: Path) -> None:
    writing = engine.generate(asked(tiny, "Write a long story.", SIXTY))
    waiting = engine.generate(asked(starter, "Hi"))
    waiting.stop()
    assert ended(waiting).reason == "stopped"
    assert writing.state != "ended"
    assert ended(writing).reason in ("end", "length")


def test_stopped_while_its_prompt_is_read(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, LONG))
    heard.until(PromptProgress)
    generation.stop()
    assert ended(generation).reason == "stopped"
    assert generation.text == ""


def test_stopped_while_it_is_written_keeps_its_text(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped, count=5)
    generation.stop()
    assert ended(generation).reason == "stopped"
    assert generation.text
    assert generation.receipt


def test_stopping_after_the_end_changes_nothing(engine: Engine, tiny: Path) -> None:
    generation = ended(engine.generate(asked(tiny, "Hi")))
    before = generation.text, generation.reason
    generation.stop()
    assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")
    assert (generation.text, generation.reason) == before


def test_stopping_from_many_threads_at_once_ends_it_once(engine: Engine, heard: Heard, starter: Path) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped)
    threads = [threading.Thread(target=generation.stop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended(generation).reason == "stopped"
    assert ended(engine.generate(asked(starter, "Hi"))).text


def test_stopping_one_answer_leaves_the_other_alone(engine: Engine, heard: Heard, tiny: Path) -> None:
    one, other = (engine.generate(asked(tiny, text, SIXTY)) for text in ("Write a story.", "Write a poem."))
    heard.until(Stepped, lambda step: len(step.deltas) == 2)
    one.stop()
    assert ended(one).reason == "stopped"
    assert ended(other).reason in ("end", "length")
    assert other.generated > one.generated


# ---- loading


def test_a_failed_load_does_not_stand_in_the_way_of_another_model(
    engine: Engine, starter: Path, tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing.gguf"
    nothing.write_bytes(b"not a model " * 99)
    failing, working = engine.generate(asked(nothing, "Hi")), engine.generate(asked(starter, "Hi"))
    assert "not a model file" in failure(failing)
    assert ended(working).text


def test_a_failed_load_is_tried_again_at_the_next_prompt(engine: Engine, tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.gguf"
    assert "no model file" in failure(engine.generate(asked(path, "Hi")))
    shutil.copy(tiny, path)
    assert ended(engine.generate(asked(path, "Hi"))).reason in ("end", "length")


def test_a_cancelled_load_fails_its_prompt_in_words_and_the_next_one_loads(
    engine: Engine, starter: Path
) -> None:
    generation = engine.generate(asked(starter, "Hi"))
    engine.cancel_load()
    assert ended(generation).reason in ("failed", "end", "length")
    assert ended(engine.generate(asked(starter, "Hi"))).text


def test_other_loading_is_used_from_the_next_prompt_on(engine: Engine, heard: Heard, starter: Path) -> None:
    first = ended(engine.generate(asked(starter, "Hi")))
    engine.loading = Loading(context=512)
    second = ended(engine.generate(asked(starter, "Hi")))
    assert first.receipt
    assert second.receipt
    assert (first.receipt.context, second.receipt.context) == (2048, 512)
    assert len(heard.of(Loaded)) == 2


def test_a_model_is_loaded_once_for_many_prompts(engine: Engine, heard: Heard, tiny: Path) -> None:
    engine.load(tiny)
    for _ in range(3):
        ended(engine.generate(asked(tiny, "Hi")))
    assert len(heard.of(Loaded)) == 1


def test_a_deleted_model_is_missed_by_the_next_prompt_only(
    engine: Engine, heard: Heard, tiny: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(tiny, tmp_path / "mine.gguf"))
    writing = engine.generate(asked(path, "Write a long story.", SIXTY))
    heard.until(Stepped)
    path.unlink()
    assert "no model file" in failure(engine.generate(asked(path, "Hi")))
    assert ended(writing).reason in ("end", "length")


def test_a_replaced_model_is_loaded_anew(
    engine: Engine, heard: Heard, starter: Path, tiny: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(tiny, tmp_path / "mine.gguf"))
    ended(engine.generate(asked(path, "Hi")))
    heard.until(Hashed)
    os.replace(shutil.copy(starter, tmp_path / "other.gguf"), path)
    generation = ended(engine.generate(asked(path, "Hi")))
    hashes = [heard.until(Hashed, count=n).hash for n in (1, 2)]
    assert hashes[0] != hashes[1]
    assert generation.receipt
    assert generation.receipt.model_hash == hashes[1]


# ---- unloading


def test_unloading_gives_back_the_memory_and_the_next_prompt_loads_again(
    engine: Engine, heard: Heard, starter: Path
) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped, count=3)
    child, before = psutil.Process(engine.pid), generation.text
    engine.unload()
    assert not child.is_running()
    assert generation.reason == "stopped"
    assert generation.text.startswith(before)
    assert heard.until(Unloaded).path == starter
    assert (engine.pid, engine.facts) == (None, None)
    assert ended(engine.generate(asked(starter, "Hi"))).text
    assert not heard.of(Died)


def test_unloading_while_it_loads_or_when_nothing_is_loaded(engine: Engine, heard: Heard, starter: Path) -> None:
    engine.unload()
    generation = engine.generate(asked(starter, "Hi"))
    heard.until(LoadProgress)
    engine.unload()
    assert generation.reason == "stopped"
    assert heard.until(Unloaded).path is None
    engine.load(starter)
    heard.until(Loaded)


def test_a_model_of_no_use_for_long_is_unloaded_but_not_while_it_answers(
    engine: Engine, heard: Heard, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TICK_SECONDS", 0.01)
    engine.unload_after = 0.05
    generation = engine.generate(asked(tiny, "Write a long story.", ENDLESS))
    heard.until(Hashed)
    heard.until(Stepped, count=200)
    assert not heard.of(Unloaded)
    generation.stop()
    assert heard.until(Unloaded).path == tiny
    assert engine.pid is None
    engine.unload_after = 0.0
    assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")


# ---- opening, embedding, closing


def test_contexts_and_embeddings_are_waited_for(engine: Engine, tiny: Path) -> None:
    opened = engine.open_context(tiny, 2, 256, False)
    assert ended(engine.generate(asked(tiny, "Hi"), opened.context)).reason in ("end", "length")
    engine.close_context(opened.context)
    assert len(engine.embed(tiny, ["one", "two"])) == 2


def test_closing_ends_what_is_written_as_stopped_and_the_child_with_it(
    engine: Engine, heard: Heard, starter: Path
) -> None:
    both = [engine.generate(asked(starter, "Write a long story.", ENDLESS)) for _ in range(2)]
    heard.until(Stepped, count=3)
    child = psutil.Process(engine.pid)
    engine.close()
    assert [generation.reason for generation in both] == ["stopped", "stopped"]
    assert any(generation.text for generation in both)
    assert not child.is_running()
    with pytest.raises(EngineError, match="closed already"):
        engine.generate(asked(starter, "Hi"))


def test_closing_again_or_before_anything_was_asked_does_nothing() -> None:
    engine = Engine()
    engine.close()
    engine.close()
    assert engine.pid is None


def test_opening_and_closing_leaves_no_thread_and_no_file(tiny: Path) -> None:
    def left() -> tuple[int, int]:
        process = psutil.Process()
        count: Callable[[], int] = getattr(process, "num_fds", None) or getattr(process, "num_handles")  # noqa: B009
        return threading.active_count(), count()

    def round_trip() -> None:
        engine = Engine()
        engine.generate(asked(tiny, "Hi", SHORT))
        engine.close()

    round_trip()
    before = left()
    for _ in range(5):
        round_trip()
    assert left() == before


def test_a_slow_listener_is_not_taken_for_a_silent_child(engine: Engine, tiny: Path) -> None:
    def listen(event: object) -> None:
        if isinstance(event, Loaded) and engine._child:
            for _ in range(client.SILENT_TICKS + 2):
                engine._judge(engine._child)

    engine.on_event = listen
    assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")
