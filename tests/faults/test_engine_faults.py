"""The engine's child killed, hung, talking nonsense or fed nonsense: the text is kept and the next prompt works."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from faults.scripted_engine import ENDLESS, PATIENCE, SHORT, Heard, asked, ended, failure, kill, listening, misbehaving
from tiny_gguf import CHATML, write_tiny

from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine import child, client
from desktop_llm.engine.client import Engine, Generation
from desktop_llm.engine.messages import Died, Finished, Loaded, PromptProgress, Stepped
from desktop_llm.errors import EngineError

LONG = "word " * 1800


def freeze(engine: Engine) -> None:
    psutil.Process(engine.pid).suspend()


def answers(engine: Engine, model: Path) -> bool:
    """Whether the next prompt is answered, by whichever child."""
    return ended(engine.generate(asked(model, "Hi"))).reason in ("end", "length")


# ---- killed


def test_killed_while_it_writes_keeps_the_text_and_the_next_prompt_works(
    engine: Engine, heard: Heard, starter: Path
) -> None:
    generation = engine.generate(asked(starter, "Write a long story.", ENDLESS))
    heard.until(Stepped, count=5)
    first, before = engine.pid, generation.text
    kill(engine)
    assert "ask again" in failure(generation).lower()
    assert generation.problem
    assert generation.problem.remedy
    assert generation.problem.action == "retry"
    assert before
    assert generation.text.startswith(before)
    assert answers(engine, starter)
    assert engine.pid != first
    assert len(heard.of(Died)) == 1


def test_killed_while_it_reads_and_the_next_prompt_works(
    engine: Engine, heard: Heard, starter: Path, tiny: Path
) -> None:
    generation = engine.generate(asked(starter, LONG, ENDLESS))
    heard.until(PromptProgress)
    kill(engine)
    assert failure(generation)
    assert generation.problem
    assert generation.problem.action == "retry"
    assert answers(engine, tiny)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell that a process was killed")
def test_killed_before_it_stands_is_not_a_broken_installation(engine: Engine, tiny: Path) -> None:
    generation = engine.generate(asked(tiny, "Hi"))
    kill(engine)
    assert "ended by the system" in failure(generation)
    assert answers(engine, tiny)


def test_killed_twice_in_a_row(engine: Engine, heard: Heard, tiny: Path) -> None:
    for time in (1, 2):
        generation = engine.generate(asked(tiny, "Write.", ENDLESS))
        heard.until(Stepped, lambda step, id=generation.id: step.deltas[0].generation == id)  # type: ignore[misc]
        kill(engine)
        assert failure(generation)
        heard.until(Died, count=time)
    assert answers(engine, tiny)
    assert len(heard.of(Died)) == 2


def test_killed_under_several_answers_fails_each_with_its_own_text(engine: Engine, heard: Heard, tiny: Path) -> None:
    running = [engine.generate(asked(tiny, f"Story {n}.", ENDLESS)) for n in range(4)]
    heard.until(Stepped, lambda step: len(step.deltas) == 4, count=5)
    running[0].stop()
    kill(engine)
    assert ended(running[0]).reason == "stopped"
    assert [bool(failure(generation)) for generation in running[1:]] == [True] * 3
    assert all(generation.text for generation in running)
    assert answers(engine, tiny)
    assert len(heard.of(Died)) == 1


def test_killed_while_others_wait_for_a_context_or_a_vector(engine: Engine, heard: Heard, tiny: Path) -> None:
    engine.load(tiny)
    heard.until(Loaded)
    waits: list[Callable[[], object]] = [
        lambda: engine.open_context(tiny, 0, 256, False),
        lambda: engine.embed(tiny, ["x"] * 100_000),
    ]
    refusals: list[EngineError] = []

    def wait(work: Callable[[], object]) -> None:
        try:
            work()
        except EngineError as error:
            refusals.append(error)

    freeze(engine)
    threads = [threading.Thread(target=wait, args=(work,)) for work in waits]
    for thread in threads:
        thread.start()
    while len(engine._opening) + len(engine._embedding) < 2:
        threads[0].join(0.01)
    kill(engine)
    for thread in threads:
        thread.join(PATIENCE)
    assert len(refusals) == 2


# ---- hung


def started(engine: Engine, heard: Heard, model: Path) -> Generation:
    """An answer under way, its child's start behind it."""
    generation = engine.generate(asked(model, "Write.", ENDLESS))
    heard.until(Stepped, count=5)
    return generation


def test_a_child_that_hangs_is_ended_and_the_text_kept(
    engine: Engine, heard: Heard, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TICK_SECONDS", 0.1)
    generation = started(engine, heard, tiny)
    freeze(engine)
    monkeypatch.setattr(client, "SILENT_TICKS", 10)
    assert "did not answer any more" in failure(generation)
    assert generation.text
    monkeypatch.undo()
    assert answers(engine, tiny)


def test_a_prompt_to_a_child_that_hangs_waits_for_nothing(
    engine: Engine, heard: Heard, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TICK_SECONDS", 0.1)
    started(engine, heard, tiny)
    freeze(engine)
    large = engine.generate(asked(tiny, "word " * 500_000))
    large.stop()
    assert large.reason == "stopped"
    monkeypatch.setattr(client, "SILENT_TICKS", 10)
    heard.until(Died)
    monkeypatch.undo()
    assert answers(engine, tiny)


def test_a_stop_that_is_not_obeyed_ends_the_child_and_the_answer_as_stopped(
    heard: Heard, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TICK_SECONDS", 0.05)
    script = """
        threading.Thread(target=beat, daemon=True).start()
        one, other = hear(Generate).generation, hear(Generate).generation
        say(Stepped((Delta(one, "This far", 2), Delta(other, "And that", 2))))
        stay()
    """
    with listening(Engine(command=misbehaving(tmp_path, script)), heard) as engine:
        stopped, other = engine.generate(asked(tiny, "Hi")), engine.generate(asked(tiny, "Hello"))
        heard.until(Stepped)
        stopped.stop()
        assert (ended(stopped).reason, stopped.text) == ("stopped", "This far")
        assert "could not be stopped" in failure(other)
        assert other.text == "And that"
        monkeypatch.undo()
        assert answers(engine, tiny)


def test_closing_does_not_wait_for_a_child_that_hangs(engine: Engine, heard: Heard, tiny: Path) -> None:
    generation = started(engine, heard, tiny)
    hung = psutil.Process(engine.pid)
    freeze(engine)
    engine.close()
    assert generation.reason == "stopped"
    assert not hung.is_running()


# ---- nonsense on the pipe

NONSENSE = {
    "garbage": 'raw(b"\\x00\\x00\\x00\\x10" + b"garbage garbage!")',
    "a printed line": 'raw(b"llama_model_load: done\\n" * 99)',
    "an oversized frame": 'raw(b"\\xff" * 4)',
    "half a frame and the end": 'raw(struct.pack(">I", 99) + b"half"); os.close(1)',
    "half a length and the end": 'raw(b"\\x00\\x00"); os.close(1)',
    "an unknown message": 'raw(struct.pack(">I", 15) + b\'{"is":"Nothing"}\'[:15])',
    "a message without a name": 'raw(struct.pack(">I", 2) + b"{}")',
    "a name that is a list": 'raw(struct.pack(">I", 9) + b\'{"is":[]}\')',
    "no object": 'raw(struct.pack(">I", 4) + b"null")',
    "wrong fields": 'raw(struct.pack(">I", 30) + b\'{"is":"Stepped","deltas":3}   \')',
    "arrays without end": 'raw(struct.pack(">I", 100000) + b"[" * 100000)',
    "a command": "say(Stop(1))",
    "a death of its own": 'say(Died(Problem("I am dead.")))',
    "the end": "os._exit(3)",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_from_the_child_fails_the_answer_and_the_next_prompt_works(
    heard: Heard, tiny: Path, tmp_path: Path, name: str
) -> None:
    script = f"""
        from desktop_llm.errors import Problem
        say(Stepped((Delta(hear(Generate).generation, "This far", 2),)))
        {NONSENSE[name]}
        stay()
    """
    with listening(Engine(command=misbehaving(tmp_path, script)), heard) as engine:
        generation = engine.generate(asked(tiny, "Hi"))
        assert "Ask again." in failure(generation)
        assert generation.text == "This far"
        assert answers(engine, tiny)
        assert len(heard.of(Died)) == 1


def test_events_for_what_nobody_asked_for_are_passed_over(heard: Heard, tiny: Path, tmp_path: Path) -> None:
    script = """
        from desktop_llm.errors import Problem
        asked = hear(Generate).generation
        say(Stepped((Delta(99, "lost", 1),)), PromptProgress(99, 1, 2, 0), Finished(99, "end"), Hashed("x", "y"))
        say(ContextOpened(99, 1, {}), ContextFailed(99, Problem("no")), Embedded(99), LoadFailed("x", Problem("no")))
        say(Stepped((Delta(asked, "Kept", 1),)), Finished(asked, "end"), Finished(asked, "failed"))
        stay()
    """
    with listening(Engine(command=misbehaving(tmp_path, script)), heard) as engine:
        generation = ended(engine.generate(asked(tiny, "Hi")))
        heard.until(Finished, lambda event: event.reason == "failed")
        assert (generation.text, generation.reason) == ("Kept", "end")
        assert not heard.of(Died)


# ---- a child that cannot start


def test_a_command_that_is_not_there_is_said_at_once(tiny: Path) -> None:
    engine = Engine(command=["/nowhere/desktop-llm"])
    with pytest.raises(EngineError, match="could not be started"):
        engine.generate(asked(tiny, "Hi"))
    engine.close()


def test_a_child_that_leaves_at_once_is_told_with_its_last_words_and_not_tried_again(
    heard: Heard, tiny: Path, tmp_path: Path
) -> None:
    count = tmp_path / "starts"
    program = f"import sys; open({str(count)!r}, 'a').write('x'); sys.exit('libllama.so: cannot open')"
    with listening(Engine(command=[sys.executable, "-c", program]), heard) as engine:
        generation = engine.generate(asked(tiny, "Hi"))
        assert "could not be started" in failure(generation)
        problem = heard.until(Died).problem
        assert "libllama.so: cannot open" in problem.details
        assert engine.pid is None
        assert count.read_text() == "x"
        assert failure(engine.generate(asked(tiny, "Hi")))
        assert count.read_text() == "xx"


def test_only_the_tail_of_the_last_words_is_kept(heard: Heard, tiny: Path) -> None:
    program = "import sys; sys.stderr.write('x' * 3_000_000 + 'the end')"
    with listening(Engine(command=[sys.executable, "-c", program]), heard) as engine:
        assert failure(engine.generate(asked(tiny, "Hi")))
        details = heard.until(Died).problem.details
        assert details.endswith("the end")
        assert len(details) <= child.LAST_WORDS


# ---- the window dies

ORPHAN = """
import sys, threading
from pathlib import Path
from desktop_llm.conversation import Message, Prompt
from desktop_llm.engine.client import Engine
from desktop_llm.engine.messages import LoadProgress, PromptProgress
moment = {"loads": LoadProgress, "reads": PromptProgress}[sys.argv[2]]
engine = Engine()
engine.on_event = lambda event: print(engine.pid, flush=True) if isinstance(event, moment) else None
engine.generate(Prompt((Message("user", "word " * 1800),), Path(sys.argv[1])))
threading.Event().wait()
"""


@pytest.mark.parametrize("moment", ["loads", "reads"])
def test_the_child_leaves_when_its_parent_is_killed_while_it(starter: Path, moment: str) -> None:
    command = [sys.executable, "-c", ORPHAN, str(starter), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


# ---- bad input


def test_an_embedding_model_says_that_it_cannot_chat(engine: Engine, tiny: Path, tmp_path: Path) -> None:
    model = write_tiny(tmp_path / "embedding.gguf", changed={"{a}.pooling_type": 1})
    assert "cannot chat" in failure(engine.generate(asked(model, "Hi")))
    assert answers(engine, tiny)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _whole: b"once upon a time " * 99, "is not a model file"),
        (lambda whole: whole[: len(whole) // 2], "is cut short"),
        (lambda whole: whole.replace(b"llama", b"zlama"), "does not know (zlama)"),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_its_reason(
    engine: Engine, tiny: Path, tmp_path: Path, damage: Callable[[bytes], bytes], reason: str
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(damage(tiny.read_bytes()))
    assert reason in failure(engine.generate(asked(path, "Hi")))
    assert answers(engine, tiny)


def test_a_vocabulary_is_no_model(engine: Engine, tiny: Path, tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "vocabulary.gguf", weights=False)
    assert "holds only a vocabulary" in failure(engine.generate(asked(path, "Hi")))
    assert answers(engine, tiny)


@pytest.mark.parametrize(("length", "tokens"), [(2_500, "2,5"), (10_000_000, "about 10,")])
def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(
    engine: Engine, heard: Heard, tiny: Path, length: int, tokens: str
) -> None:
    refusal = failure(engine.generate(asked(tiny, "x" * length)))
    assert tokens in refusal
    assert "2,048" in refusal
    assert not heard.of(PromptProgress)
    assert answers(engine, tiny)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb \ud83d", "\ud83d\ude00", "\x00\x1b[31m", "\U0001f600" * 50, ""])
def test_text_that_is_no_text_is_answered_all_the_same(engine: Engine, heard: Heard, tiny: Path, text: str) -> None:
    generation = ended(engine.generate(asked(tiny, text)))
    assert generation.reason in ("end", "length")
    assert not heard.of(Died)


def test_a_prompt_of_nothing_is_answered_or_refused_in_words(engine: Engine, heard: Heard, tmp_path: Path) -> None:
    changed: dict[str, str | bool] = {"tokenizer.chat_template": "{{ messages[0].content }}"}
    model = write_tiny(tmp_path / "bare.gguf", changed=changed | {"tokenizer.ggml.add_bos_token": False})
    assert "nothing to answer" in failure(engine.generate(asked(model, "")))
    assert ended(engine.generate(Prompt((), model, SHORT))).reason in ("end", "length")
    assert not heard.of(Died)


@pytest.mark.parametrize("schema", ['{"type": "\ud800"}', '{"enum": ["\ud800"]}', "{", "[]", '{"$ref": "#/none"}'])
def test_a_schema_that_is_none_is_refused_in_words(engine: Engine, heard: Heard, tiny: Path, schema: str) -> None:
    prompt = replace(asked(tiny, "Hi"), schema=schema)
    assert ended(engine.generate(prompt)).reason in ("failed", "end", "length")
    assert answers(engine, tiny)
    assert not heard.of(Died)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such paths")
def test_a_path_in_no_known_encoding_is_a_path(engine: Engine, heard: Heard, tiny: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff.gguf"))
    path.write_bytes(tiny.read_bytes())
    assert answers(engine, path)
    assert not heard.of(Died)


# ---- templates


LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("template", [LOOPS, "{{ 9**(9**9) }}", "{{ 'a'.encode('no') }}", "{% if %}"])
def test_a_template_that_fails_is_replaced_and_it_is_said(
    engine: Engine, heard: Heard, tiny: Path, tmp_path: Path, template: str
) -> None:
    model = write_tiny(tmp_path / "odd.gguf", changed={"tokenizer.chat_template": template})
    assert answers(engine, model)
    facts = heard.until(Loaded).facts
    assert facts.template == "ChatML"
    assert facts.template_problem
    assert "chat template does not work" in facts.template_problem.sentence()
    assert answers(engine, tiny)
    assert not heard.of(Died)


def test_a_template_that_loops_in_one_conversation_fails_that_answer_only(
    engine: Engine, heard: Heard, tmp_path: Path
) -> None:
    template = f"{{% if messages|length > 6 %}}{LOOPS}{{% endif %}}{CHATML}"
    model = write_tiny(tmp_path / "hanging.gguf", changed={"tokenizer.chat_template": template})
    earlier = (Message("user", "One"), Message("assistant", "Two")) * 3
    hanging = engine.generate(asked(model, "Hi", earlier=earlier))
    others = [engine.generate(asked(model, "Hi")) for _ in range(4)]
    assert "does not come to an end" in failure(hanging)
    assert all(ended(generation).reason in ("end", "length") for generation in others)
    assert not heard.of(Died)
