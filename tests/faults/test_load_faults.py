"""Loads that fail: mended where that can be, at once from then on, and otherwise told to everyone who waits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from faults.scripted_engine import SHORT, Heard, asked, ended, failure, kill, listening, misbehaving
from tiny_gguf import write_tiny

from desktop_llm.engine.child import child_command
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import Died, Loaded, LoadFailed, LoadingAgain, LoadProgress, Ready
from desktop_llm.errors import EngineError
from desktop_llm.experience import Experience, Lesson
from desktop_llm.memory import Shape
from desktop_llm.settings import Loading, Sampling

HUGE = Loading(context=262144)
ROOM = 120 * 2**20
TWENTY = Sampling(temperature=0.0, max_tokens=20)

DIES_AT_EVERY_LOAD = """
    started.unlink()
    open(started.with_suffix(".count"), "a").write("x")
    hear(Load)
    os.abort()
"""
DIES_THEN_LOADS_WITHOUT_END = """
    again = started.with_suffix(".again")
    if not again.exists():
        again.touch()
        started.unlink()
        hear(Load)
        os.abort()
    threading.Thread(target=beat, daemon=True).start()
    path = hear(Load).path
    hear(CancelLoad)
    from desktop_llm.errors import Problem
    say(LoadFailed(path, Problem("Stopped.")))
    stay()
"""


# ---- memory is short


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a context that takes far more memory than its weights."""
    path = tmp_path_factory.mktemp("wide") / "wide.gguf"
    return write_tiny(path, layers=4, changed={"{a}.context_length": HUGE.context})


@pytest.fixture(scope="module")
def limited(wide: Path) -> list[str]:
    """The command of a child that may have little more memory than it takes with a small context."""
    heard = Heard()
    with listening(Engine(Loading(context=512)), heard) as engine:
        ended(engine.generate(asked(wide, "Hi", TWENTY)))
        taken = psutil.Process(engine.pid).memory_info().vms
    return ["prlimit", f"--as={taken + ROOM}", *child_command()]


only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")


@only_on_linux
def test_a_context_that_does_not_fit_is_made_smaller_and_the_prompt_is_answered(
    heard: Heard, wide: Path, limited: list[str]
) -> None:
    with listening(Engine(HUGE, limited), heard) as engine:
        generation = ended(engine.generate(asked(wide, "Hi")))
        steps = heard.of(LoadingAgain)
        contexts = [step.loading.context for step in steps]
        assert generation.reason in ("end", "length")
        assert contexts[0] == HUGE.context // 2
        assert contexts == sorted(contexts, reverse=True)
        assert "not enough memory" in steps[0].problem.sentence()
        assert "failed to allocate" in steps[0].problem.details
        assert heard.until(Loaded).facts.context == contexts[-1]
        assert engine.loading == HUGE
        assert not heard.of(LoadFailed)


@only_on_linux
def test_the_second_start_goes_straight_to_what_worked(
    heard: Heard, wide: Path, limited: list[str], tmp_path: Path
) -> None:
    kept = tmp_path / "experience.json"
    with listening(Engine(HUGE, limited, Experience(kept)), heard) as engine:
        ended(engine.generate(asked(wide, "Hi", TWENTY)))
    found, lesson = heard.until(Loaded).facts.context, Experience(kept).of(wide)
    assert lesson.asked == HUGE
    assert lesson.worked and lesson.worked.context == found < HUGE.context
    assert lesson.memory > 0
    assert lesson.tokens_per_s > 0
    again = Heard()
    with listening(Engine(HUGE, limited, Experience(kept)), again) as engine:
        ended(engine.generate(asked(wide, "Hi")))
        assert not again.of(LoadingAgain)
        assert again.until(Loaded).facts.context == found
        engine.loading = Loading(context=512)
        ended(engine.generate(asked(wide, "Hi")))
        assert again.until(Loaded, count=2).facts.context == 512


# ---- a child that dies while it loads


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("signal", ["SIGKILL", "SIGABRT", "SIGSEGV"])
def test_a_child_that_dies_at_the_load_is_followed_by_one_that_answers(
    heard: Heard, tiny: Path, tmp_path: Path, signal: str
) -> None:
    script = f"""
        import signal
        hear(Load)
        os.kill(os.getpid(), signal.{signal})
        stay()
    """
    kept = Experience(None)
    with listening(Engine(command=misbehaving(tmp_path, script), experience=kept), heard) as engine:
        several = [engine.generate(asked(tiny, text)) for text in ("One", "Two")]
        assert len(engine.embed(tiny, ["three"])) == 1
        assert all(ended(generation).reason in ("end", "length") for generation in several)
        first = heard.until(LoadingAgain)
        assert "stopped while it loaded" in first.problem.sentence()
        assert not heard.of(Died)
        lesson = kept.of(tiny)
        assert lesson.asked == engine.loading
        assert lesson.worked == heard.of(LoadingAgain)[-1].loading


@pytest.mark.parametrize("moment", [Ready, LoadProgress])
def test_killed_while_it_loads_the_prompt_is_answered_all_the_same(
    engine: Engine, heard: Heard, starter: Path, moment: type
) -> None:
    generation = engine.generate(asked(starter, "Hi"))
    heard.until(moment)
    kill(engine)
    assert ended(generation).text
    assert len(heard.of(LoadingAgain)) + len(heard.of(Died)) == 1


def test_a_ladder_at_its_end_is_told_to_everyone_who_waits(heard: Heard, tiny: Path, tmp_path: Path) -> None:
    with listening(Engine(command=misbehaving(tmp_path, DIES_AT_EVERY_LOAD)), heard) as engine:
        refusals: list[EngineError] = []

        def embed() -> None:
            with pytest.raises(EngineError) as refusal:
                engine.embed(tiny, ["three"])
            refusals.append(refusal.value)

        embedding = threading.Thread(target=embed)
        embedding.start()
        prompts = [engine.generate(asked(tiny, text)) for text in ("One", "Two")]
        assert all("stopped unexpectedly" in failure(generation) for generation in prompts)
        embedding.join()
        assert len(refusals) == 1
        heard.until(Died)
        steps = heard.of(LoadingAgain)
        assert 0 < len(steps) < 20
        assert len({step.loading for step in steps}) == len(steps)
        assert (tmp_path / "far_end.count").read_text() == "x" * (1 + len(steps))


def test_stopped_while_another_way_is_tried(heard: Heard, tiny: Path, tmp_path: Path) -> None:
    with listening(Engine(command=misbehaving(tmp_path, DIES_THEN_LOADS_WITHOUT_END)), heard) as engine:
        stopped, other = engine.generate(asked(tiny, "One")), engine.generate(asked(tiny, "Two"))
        heard.until(Ready, count=2)
        stopped.stop()
        assert stopped.reason == "stopped"
        assert other.state == "waiting"
        other.stop()
        assert other.reason == "stopped"
        heard.until(LoadFailed)
        kill(engine)
        heard.until(Died)
        assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")


def test_stopped_between_one_child_and_the_next(heard: Heard, tiny: Path, tmp_path: Path) -> None:
    with listening(Engine(command=misbehaving(tmp_path, "hear(Load); os.abort()")), heard) as engine:
        generation = engine.generate(asked(tiny, "Hi"))
        heard.until(LoadingAgain)
        generation.stop()
        assert generation.reason == "stopped"
        assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")


# ---- what nothing helps


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda whole: whole[: len(whole) // 2], "is cut short"),
        (lambda whole: whole.replace(b"llama", b"zlama"), "does not know (zlama)"),
        (lambda whole: whole.replace(b"ffn_down", b"ffn_gone"), "not all of"),
        (lambda _whole: b"once upon a time " * 99, "is not a model file"),
    ],
)
def test_what_cannot_be_mended_is_said_at_once(
    engine: Engine, heard: Heard, tiny: Path, tmp_path: Path, damage: Callable[[bytes], bytes], reason: str
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(damage(tiny.read_bytes()))
    assert reason in failure(engine.generate(asked(path, "Hi")))
    heard.until(LoadFailed)
    assert not heard.of(LoadingAgain)
    assert ended(engine.generate(asked(tiny, "Hi"))).reason in ("end", "length")


def test_a_file_whose_shape_cannot_be_read_is_loaded_without_it(heard: Heard, tiny: Path) -> None:
    def shape_of(path: Path) -> Shape | None:
        raise ValueError(path)

    with listening(Engine(shape_of=shape_of), heard) as engine:
        assert ended(engine.generate(asked(tiny, "Hi", SHORT))).reason in ("end", "length")


def test_an_answer_too_short_tells_nothing_of_the_speed(heard: Heard, tiny: Path) -> None:
    kept = Experience(None)
    with listening(Engine(experience=kept), heard) as engine:
        ended(engine.generate(asked(tiny, "Hi", SHORT)))
        heard.until(Loaded)
        assert kept.of(tiny) != Lesson()
        assert kept.of(tiny).tokens_per_s == 0
