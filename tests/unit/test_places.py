"""Models other programs keep: each layout found and used in place, nothing of it changed, nothing hostile believed."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from tiny_gguf import write_tiny

from desktop_llm.library import places
from desktop_llm.library.models import ModelFile, ModelLibrary
from desktop_llm.library.places import found_elsewhere

VARIABLES = ("OLLAMA_MODELS", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "XDG_DOWNLOAD_DIR")
CONFIGURATION, DATA, CACHE = {
    "darwin": ("Library/Application Support", "Library/Application Support", "Library/Caches"),
    "win32": ("AppData/Roaming", "AppData/Local", "AppData/Local"),
}.get(sys.platform, (".config", ".local/share", ".cache"))
HASH = "1d0c4e" + "ab" * 29
WEIGHTS = "application/vnd.ollama.image.model"


@pytest.fixture(autouse=True)
def only_this_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WIN_PD_OVERRIDE_DOWNLOADS", str(home / "Downloads"))
    monkeypatch.setattr(places, "_OLLAMA_SERVICES", ())


def found() -> list[ModelFile]:
    return [model for model in ModelLibrary(elsewhere=found_elsewhere).models() if not model.starter]


def names() -> dict[str, str]:
    """The origin of each model found, by its name; no name comes twice."""
    models = found()
    assert len({model.name for model in models}) == len(models)
    return {model.name: model.origin for model in models}


def copied(model: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(model, path)
    return path


def written(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def linked(link: Path, target: Path) -> Path:
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("links may not be made here")
    return link


def pulled(ollama: Path, name: str, model: Path, digest: str = HASH) -> Path:
    """As Ollama keeps a model: layers by their hashes, and a manifest that names them."""
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:" + "0" * 64, "size": 3},
        {"mediaType": WEIGHTS, "digest": f"sha256:{digest}", "size": model.stat().st_size},
    ]
    written(ollama / "blobs" / ("sha256-" + "0" * 64), "MIT")
    written(ollama / "manifests" / name, json.dumps({"schemaVersion": 2, "layers": layers}))
    return copied(model, ollama / "blobs" / f"sha256-{digest}")


def cached(hub: Path, repository: str, file: str, model: Path, commits: tuple[str, ...] = ("c0ffee",)) -> Path:
    """As the Hub's own tools keep a file: by its hash, with a link from each snapshot."""
    blob = copied(model, hub / repository / "blobs" / ("b" * 64))
    links = [linked(hub / repository / "snapshots" / commit / file, blob) for commit in commits]
    written(hub / repository / "refs" / "main", commits[0])
    return links[0]


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    paths = sorted(folder.rglob("*"))
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


# ---- the layouts


@pytest.fixture
def seven(home: Path, tiny: Path) -> dict[tuple[str, str], Path]:
    """A computer with seven programs that keep one model each: its path by name and origin."""
    data = home / DATA
    lm_studio = home / ".lmstudio" / "models" / "bartowski" / "Qwen-GGUF" / "Qwen3-4B-Q4_K_M.gguf"
    jan = written(data / "Jan/data/llamacpp/models/janhq/Jan-v1/model.yml", "name: Jan v1 4B\nmodel_path: "
                  "llamacpp/models/janhq/Jan-v1/model.gguf\nsize_bytes: 5\n").with_name("model.gguf")  # fmt: skip
    gemma = "ggml-org_gemma-3-1b-it-GGUF_gemma-3-1b-it-Q4_K_M.gguf"
    return {
        ("Qwen3-4B-Q4_K_M", "LM Studio"): copied(tiny, lm_studio),
        ("llama3.2:3b", "Ollama"): pulled(home / ".ollama/models", "registry.ollama.ai/library/llama3.2/3b", tiny),
        ("Jan v1 4B", "Jan"): copied(tiny, jan),
        ("orca-mini", "GPT4All"): copied(tiny, data / "nomic.ai" / "GPT4All" / "orca-mini.gguf"),
        ("Phi-4-Q4_0", "Hugging Face"): cached(
            home / ".cache/huggingface/hub", "models--microsoft--Phi-4-GGUF", "Phi-4-Q4_0.gguf", tiny
        ),
        ("gemma-3-1b-it-Q4_K_M", "llama.cpp"): copied(tiny, home / CACHE / "llama.cpp" / gemma),
        ("mine", "Downloads"): copied(tiny, home / "Downloads" / "models" / "mine.gguf"),
    }


def test_every_programs_models_are_found_where_they_lie(seven: dict[tuple[str, str], Path], tiny: Path) -> None:
    assert {(model.name, model.origin): model.path for model in found()} == seven
    assert {model.size for model in found()} == {tiny.stat().st_size}
    assert [model.added or model.starter for model in found()] == [False] * 7


def test_nothing_is_changed_copied_or_made(seven: dict[tuple[str, str], Path], home: Path) -> None:
    assert seven
    before = everything(home)
    assert len(found()) == 7
    assert everything(home) == before


def test_ollamas_names_are_those_it_shows(home: Path, tiny: Path) -> None:
    ollama = home / ".ollama" / "models"
    pulled(ollama, "registry.ollama.ai/library/phi3/mini", tiny, "1" * 64)
    pulled(ollama, "registry.ollama.ai/someone/tuned/7b", tiny, "2" * 64)
    pulled(ollama, "hf.co/bartowski/Qwen-GGUF/Q4_K_M", tiny, "3" * 64)
    assert set(names()) == {"phi3:mini", "someone/tuned:7b", "hf.co/bartowski/Qwen-GGUF:Q4_K_M"}


def test_two_tags_of_one_model_are_one_model_by_the_name_that_says_more(home: Path, tiny: Path) -> None:
    for tag in ("latest", "zeta"):
        pulled(home / ".ollama" / "models", f"registry.ollama.ai/library/llama3/{tag}", tiny)
    assert names() == {"llama3:zeta": "Ollama"}


def test_ollamas_variable_is_respected(home: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulled(home / ".ollama" / "models", "registry.ollama.ai/library/here/1b", tiny)
    pulled(tmp_path / "there", "registry.ollama.ai/library/there/1b", tiny)
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "there"))
    assert names() == {"there:1b": "Ollama"}


@pytest.mark.parametrize("file", [".lmstudio/settings.json", f"{CONFIGURATION}/LM Studio/settings.json"])
def test_lm_studios_other_folder_is_looked_into(file: str, home: Path, tiny: Path, tmp_path: Path) -> None:
    copied(tiny, tmp_path / "big disk" / "publisher" / "repo" / "model.gguf")
    written(home / file, json.dumps({"downloadsFolder": str(tmp_path / "big disk")}))
    assert names() == {"model": "LM Studio"}


def test_lm_studios_home_may_be_elsewhere(home: Path, tiny: Path, tmp_path: Path) -> None:
    copied(tiny, tmp_path / "lms" / "models" / "p" / "r" / "far.gguf")
    written(home / ".lmstudio-home-pointer", f"{tmp_path / 'lms'}\n")
    assert names() == {"far": "LM Studio"}


def test_what_jan_took_over_stays_where_it_was(home: Path, tiny: Path, tmp_path: Path) -> None:
    path = copied(tiny, tmp_path / "taken over.gguf")
    written(home / DATA / "Jan/data/llamacpp/models/over/model.yml", f"model_path: '{path}'\n")
    copied(tiny, home / DATA / "Jan/data/llamacpp/models/plain/model.gguf")
    assert {(model.name, model.path.name) for model in found()} == {
        ("over", "taken over.gguf"), ("plain", "model.gguf")
    }  # fmt: skip


def test_jans_and_gpt4alls_other_folders_are_looked_into(home: Path, tiny: Path, tmp_path: Path) -> None:
    copied(tiny, tmp_path / "jan" / "llamacpp" / "models" / "a" / "model.gguf")
    written(home / CONFIGURATION / "Jan" / "settings.json", json.dumps({"data_folder": str(tmp_path / "jan")}))
    copied(tiny, tmp_path / "g" / "b.gguf")
    written(home / CONFIGURATION / "nomic.ai" / "GPT4All.ini", f"[General]\nmodelPath={tmp_path / 'g'}\n")
    assert names() == {"a": "Jan", "b": "GPT4All"}


@pytest.mark.parametrize(("variable", "below"), [("HF_HUB_CACHE", ""), ("HF_HOME", "hub")])
def test_the_hubs_variables_are_respected(
    variable: str, below: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = cached(tmp_path / below, "models--a--Tiny-GGUF", "Q4/ggml-model-q4_0.gguf", tiny)
    monkeypatch.setenv(variable, str(tmp_path))
    assert [(model.name, model.path) for model in found()] == [("Tiny-GGUF ggml-model-q4_0", link)]


def test_llama_cpps_variable_is_respected_and_may_name_a_hub_cache(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(tmp_path, "models--a--Tiny-GGUF", "tiny-q4_0.gguf", tiny)
    copied(tiny, tmp_path / "a_b-GGUF_c.gguf")
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path))
    assert names() == {"tiny-q4_0": "llama.cpp", "c": "llama.cpp"}


# ---- each once, and models only


def test_a_file_many_links_lead_to_is_one_model(home: Path, tiny: Path) -> None:
    hub = home / ".cache" / "huggingface" / "hub"
    link = cached(hub, "models--a--b", "b-q4.gguf", tiny, commits=("1111", "2222", "3333"))
    os.link(link.resolve(), copied(tiny, home / "Downloads" / "x.gguf").with_name("hard.gguf"))
    (home / "Downloads" / "x.gguf").unlink()
    linked(home / "Downloads" / "soft.gguf", link)
    linked(home / ".lmstudio" / "models" / "whole hub", hub)
    assert len(found()) == 1


def test_an_added_file_is_known_by_its_programs_name(home: Path, tiny: Path) -> None:
    blob = pulled(home / ".ollama" / "models", "registry.ollama.ai/library/llama3.2/3b", tiny)
    models = ModelLibrary((blob,), elsewhere=found_elsewhere).models()
    assert [(model.name, model.origin) for model in models if model.added] == [("llama3.2:3b", "Ollama")]
    assert ModelLibrary((blob,)).own()[-1].name == "Tiny"


def test_only_models_to_answer_with_are_found_and_a_split_one_once(home: Path) -> None:
    folder = home / ".lmstudio" / "models" / "p" / "r"
    folder.mkdir(parents=True)
    write_tiny(folder / "mmproj-model.gguf", changed={"general.type": "mmproj"})
    write_tiny(folder / "lora.gguf", changed={"general.type": "adapter"})
    write_tiny(folder / "vocab.gguf", weights=False)
    write_tiny(folder / "split.gguf", parts=3)
    (model,) = found()
    assert model.name == "split-00001-of-00003"
    assert model.size == sum(part.stat().st_size for part in folder.glob("split-*"))


# ---- what is broken or hostile


def layer(digest: object, media: object = WEIGHTS) -> str:
    return json.dumps({"layers": [{"mediaType": media, "digest": digest}]})


@pytest.mark.parametrize(
    "manifest",
    [
        layer("sha256:../../../outside"), layer("../../../outside"), layer("sha256:" + "c" * 63), layer(7), layer(None),
        layer(["sha256:" + "c" * 64]), layer(f"sha256:{HASH}", "application/vnd.ollama.image.projector"),
        layer(f"sha256:{HASH}", {}), layer("sha256:" + "d" * 64), '{"layers": {"a": 1}}', '{"layers": [1, null, []]}',
        "[]", "null", "{", "[" * 100_000, "\0" * 99, b"\xff\xfe\xfa", "",
    ],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_passed_over(manifest: str | bytes, home: Path, tiny: Path) -> None:
    ollama = home / ".ollama" / "models"
    copied(tiny, home / "outside")
    pulled(ollama, "registry.ollama.ai/library/good/1b", tiny, "e" * 64)
    copied(tiny, ollama / "blobs" / f"sha256-{HASH}")
    written(ollama / "manifests/registry.ollama.ai/library/bad/1b", manifest)
    written(ollama / "manifests/registry.ollama.ai/library/bad/deeper/1b", layer(f"sha256:{HASH}"))
    assert names() == {"good:1b": "Ollama"}


def test_a_huge_manifest_is_not_read(home: Path, tiny: Path) -> None:
    ollama = home / ".ollama" / "models"
    pulled(ollama, "registry.ollama.ai/library/good/1b", tiny)
    with open(written(ollama / "manifests/registry.ollama.ai/library/bad/1b", "["), "r+b") as file:
        file.truncate(100 * 1024**2)
    began = time.perf_counter()
    assert names() == {"good:1b": "Ollama"}
    assert time.perf_counter() - began < 1


@pytest.fixture
def hostile(home: Path, tiny: Path) -> Path:
    """A folder of loops and pipes with one model in it."""
    folder = home / ".lmstudio" / "models" / "p"
    copied(tiny, folder / "good.gguf")
    linked(folder / "up", folder.parent)
    linked(folder / "self.gguf", folder / "self.gguf")
    linked(folder / "root.gguf", folder)
    linked(folder / "dangling.gguf", folder / "gone")
    written(folder / "page.gguf", "<html>")
    (folder / "folder.gguf").mkdir()
    return folder


def test_loops_and_broken_links_are_passed_over(hostile: Path) -> None:
    assert names() == {"good": "LM Studio"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_pipes_keep_nobody_waiting(hostile: Path, home: Path) -> None:
    manifests = home / ".ollama/models/manifests/registry.ollama.ai/library/pipe"
    manifests.mkdir(parents=True)
    jan = home / DATA / "Jan" / "data" / "models"
    jan.mkdir(parents=True)
    for pipe in (hostile / "pipe.gguf", manifests / "1b", jan / "model.yml", home / ".lmstudio" / "settings.json"):
        os.mkfifo(pipe)
    assert names() == {"good": "LM Studio"}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_what_may_not_be_read_is_passed_over(home: Path, tiny: Path) -> None:
    folder = copied(tiny, home / ".lmstudio" / "models" / "closed.gguf").parent
    folder.chmod(0)
    superuser = os.geteuid() == 0
    try:
        if superuser:
            os.seteuid(65534)
        assert found() == []
    finally:
        if superuser:
            os.seteuid(0)
        folder.chmod(0o700)
    assert names() == {"closed": "LM Studio"}


def test_ten_thousand_other_files_hide_no_model(home: Path, tiny: Path) -> None:
    downloads = copied(tiny, home / "Downloads" / "zz.gguf").parent
    for number in range(10_000):
        (downloads / f"{number}.jpg").touch()
    began = time.perf_counter()
    assert names() == {"zz": "Downloads"}
    assert time.perf_counter() - began < 1


def test_a_disk_without_end_is_left_at_some_point(home: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_MOST_ENTRIES", 20)
    for number in range(30):
        copied(tiny, home / "Downloads" / f"{number:02}.gguf")
    assert 10 <= len(found()) <= 20


def test_settings_of_others_that_make_no_sense_are_passed_over(home: Path, tiny: Path) -> None:
    copied(tiny, home / ".lmstudio" / "models" / "a.gguf")
    written(home / ".lmstudio" / "settings.json", '{"downloadsFolder": ["/"]}')
    written(home / CONFIGURATION / "LM Studio" / "settings.json", '{"downloadsFolder": "not\\u0000absolute"}')
    written(home / CONFIGURATION / "Jan" / "settings.json", '{"data_folder": "/nul\\u0000l"}')
    written(home / ".lmstudio-home-pointer", "\0\0")
    written(home / DATA / "Jan/data/models/bad/model.yml", "model_path: ../../\0.gguf\nname: x\n")
    assert names() == {"a": "LM Studio"}
