"""The models a person can choose from: which are found, in which order, each once, and what add() says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_gguf import write_tiny

from desktop_llm.errors import ModelError
from desktop_llm.library import models
from desktop_llm.library.models import ModelFile, ModelLibrary, starter_model
from desktop_llm.library.places import Found


def own(library: ModelLibrary) -> list[ModelFile]:
    return [model for model in library.models() if not model.starter]


def copied(model: Path, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(model, path)
    return path


def linked(link: Path, target: Path) -> Path:
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("links may not be made here")
    return link


def test_the_starter_comes_first_then_added_files_then_the_folders(starter: Path, tiny: Path, tmp_path: Path) -> None:
    added = copied(tiny, tmp_path / "z added.gguf")
    copied(tiny, tmp_path / "models" / "b.gguf")
    copied(tiny, tmp_path / "models" / "a.GGUF")
    found = ModelLibrary((added,), tmp_path / "models").models()
    assert [model.name for model in found] == ["SmolLM2 135M Instruct", "z added", "a", "b"]
    assert [(model.starter, model.added) for model in found] == [(True, False), (False, True)] + [(False, False)] * 2
    assert starter_model() == found[0].path == starter.resolve()
    assert found[0].size == 98_362_432


def test_folders_below_the_folder_are_looked_through_but_not_for_ever(tiny: Path, tmp_path: Path) -> None:
    copied(tiny, tmp_path / "1" / "2" / "3" / "near.gguf")
    copied(tiny, tmp_path / "1" / "2" / "3" / "4" / "far.gguf")
    assert [model.name for model in own(ModelLibrary(folder=tmp_path))] == ["near"]


def test_what_is_no_model_is_left_out(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(tiny.read_bytes()[:5000])
    (tmp_path / "folder.gguf").mkdir()
    copied(tiny, tmp_path / "model.txt")
    write_tiny(tmp_path / "words.gguf", weights=False)
    assert own(ModelLibrary(folder=tmp_path)) == []
    assert own(ModelLibrary(folder=tmp_path / "not there")) == []


def test_a_split_model_is_one_model(tmp_path: Path) -> None:
    write_tiny(tmp_path / "m.gguf", parts=3)
    (found,) = own(ModelLibrary(folder=tmp_path))
    assert found.path.name == "m-00001-of-00003.gguf"
    assert found.size == sum(part.stat().st_size for part in tmp_path.iterdir())


def test_links_to_one_file_are_one_model(tiny: Path, tmp_path: Path) -> None:
    real = copied(tiny, tmp_path / "real" / "model.gguf")
    link = linked(tmp_path / "link.gguf", real)
    library = ModelLibrary((link,), tmp_path / "real")
    assert [model.path for model in own(library)] == [real.resolve()]
    assert library.add(real) == library.add(link) == own(library)[0]


def test_a_download_caches_link_keeps_its_name(tiny: Path, tmp_path: Path) -> None:
    blob = copied(tiny, tmp_path / "blobs" / "0123abcd")
    link = linked(tmp_path / "model.gguf", blob)
    assert ModelLibrary().add(link).path == link


def test_a_file_that_vanished_is_left_out_and_comes_back(tiny: Path, tmp_path: Path) -> None:
    path = copied(tiny, tmp_path / "m.gguf")
    library = ModelLibrary((path,))
    assert [model.path for model in own(library)] == [path]
    path.unlink()
    assert own(library) == []
    assert library.added == (path,)
    copied(tiny, path)
    assert [model.path for model in own(library)] == [path]


def test_a_model_whose_second_part_vanished_is_left_out(tmp_path: Path) -> None:
    write_tiny(tmp_path / "m.gguf", parts=2)
    library = ModelLibrary(folder=tmp_path)
    assert len(own(library)) == 1
    (tmp_path / "m-00002-of-00002.gguf").unlink()
    assert own(library) == []


def test_a_file_that_was_replaced_is_read_again(tiny: Path, tmp_path: Path) -> None:
    path = copied(tiny, tmp_path / "m.gguf")
    library = ModelLibrary((path,))
    before = own(library)[0]
    os.replace(write_tiny(tmp_path / "other.gguf", layers=2), path)
    assert own(library)[0].size > before.size
    path.write_bytes(b"GGUF")
    assert own(library) == []


def test_adding_twice_adds_once(tiny: Path, tmp_path: Path) -> None:
    path = copied(tiny, tmp_path / "m.gguf")
    library = ModelLibrary()
    assert library.add(path) == library.add(path) == ModelFile(path, "m", path.stat().st_size, added=True)
    assert library.added == (path,)
    assert len(own(library)) == 1


def test_adding_what_lies_in_the_folder_makes_it_the_persons_own(tiny: Path, tmp_path: Path) -> None:
    path = copied(tiny, tmp_path / "m.gguf")
    library = ModelLibrary(folder=tmp_path)
    assert not own(library)[0].added
    assert library.add(path).added
    assert [model.added for model in own(library)] == [True]


def test_adding_the_starter_changes_nothing(starter: Path) -> None:
    library = ModelLibrary()
    assert library.add(starter).starter
    assert library.added == ()


def test_adding_what_is_no_model_says_why_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_bytes(b"<html>")
    library = ModelLibrary()
    with pytest.raises(ModelError, match="is a web page"):
        library.add(path)
    with pytest.raises(ModelError, match="There is no file gone"):
        library.add(tmp_path / "gone.gguf")
    assert library.added == ()


def test_what_was_refused_is_read_again_only_when_it_changed(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(tiny, tmp_path / "m.gguf")
    path.write_bytes(b"<html>")
    read: list[Path] = []
    real = models.read_header
    monkeypatch.setattr(models, "read_header", lambda path: (read.append(path), real(path))[1])
    library = ModelLibrary(folder=tmp_path)
    assert own(library) == own(library) == []
    assert read.count(path) == 1
    os.replace(copied(tiny, tmp_path / "other"), path)
    assert [model.path for model in own(library)] == [path]
    assert read.count(path) == 2


def test_a_search_can_be_broken_off(tiny: Path, tmp_path: Path) -> None:
    for name in "abc":
        copied(tiny, tmp_path / f"{name}.gguf")
    goes_on = iter([True, True, True, False])
    found = ModelLibrary(folder=tmp_path).models(goes_on=lambda: next(goes_on))
    assert len(found) < 4
    assert next(goes_on, None) is None


# ---- taking off the list


def test_an_added_file_is_taken_off_the_list_and_stays_on_the_disk(tiny: Path, tmp_path: Path) -> None:
    one, two = (copied(tiny, tmp_path / f"{name}.gguf") for name in "ab")
    library = ModelLibrary((one, two))
    library.remove(one)
    assert library.added == (two,)
    assert one.read_bytes() == tiny.read_bytes()


def test_what_is_gone_from_the_disk_can_be_taken_off_too(tmp_path: Path) -> None:
    library = ModelLibrary((tmp_path / "gone.gguf",))
    library.remove(tmp_path / "." / "gone.gguf")
    assert library.added == ()


def test_what_was_not_added_cannot_be_taken_off_and_it_says_why(starter: Path, tiny: Path, tmp_path: Path) -> None:
    inside, others = copied(tiny, tmp_path / "models" / "in.gguf"), copied(tiny, tmp_path / "blob")
    library = ModelLibrary((), tmp_path / "models", lambda: [Found(others, "llama3.2:3b", "Ollama")])
    for path, reason in (
        (starter, "comes with the program"), (inside, f"was found in {inside.parent}"),
        (others, "llama3.2:3b belongs to Ollama"), (tmp_path / "no.gguf", "no.gguf is not one of the models"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=reason):
            library.remove(path)
    assert all(path.exists() for path in (starter, inside, others))


# ---- what to begin with


@pytest.fixture
def no_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_STARTER_PACKAGE", "no_such_package")


def with_memory(monkeypatch: pytest.MonkeyPatch, available: int) -> None:
    monkeypatch.setattr(models.psutil, "virtual_memory", lambda: SimpleNamespace(available=available))


def best(folder: Path, among: Iterable[str] = ()) -> str:
    library = ModelLibrary(folder=folder)
    chosen = library.best([model for model in own(library) if not among or model.name in among])
    return chosen.stem if chosen else ""


def test_what_was_chosen_before_comes_first_then_the_starter(starter: Path, tiny: Path, tmp_path: Path) -> None:
    library = ModelLibrary()
    assert library.first_choice(tiny) == tiny
    assert library.first_choice(tmp_path / "gone.gguf") == library.first_choice(None) == starter.resolve()


@pytest.mark.usefixtures("no_starter")
def test_without_a_starter_nothing_is_chosen_before_a_search(tmp_path: Path) -> None:
    assert ModelLibrary().first_choice(None) is None
    assert ModelLibrary().best([]) is None


@pytest.mark.usefixtures("no_starter")
def test_the_best_is_made_for_talking_and_as_large_as_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(tmp_path / "embedding.gguf", architecture="bert", layers=4)
    write_tiny(tmp_path / "base.gguf", layers=4, changed={"tokenizer.chat_template": None})
    write_tiny(tmp_path / "plain.gguf", layers=4)
    write_tiny(tmp_path / "small-instruct.gguf")
    write_tiny(tmp_path / "middle-it-q4.gguf", layers=2)
    large = write_tiny(tmp_path / "large-chat.gguf", layers=3)
    with_memory(monkeypatch, 10**9)
    assert best(tmp_path) == "large-chat"
    with_memory(monkeypatch, large.stat().st_size)
    assert best(tmp_path) == "middle-it-q4"
    with_memory(monkeypatch, 10**9)
    assert best(tmp_path, {"embedding", "base", "plain", "small-instruct"}) == "small-instruct"
    assert best(tmp_path, {"embedding", "base", "plain"}) == "plain"
    assert best(tmp_path, {"embedding", "base"}) == "base"
    assert best(tmp_path, {"embedding"}) == ""


@pytest.mark.usefixtures("no_starter")
def test_where_nothing_fits_or_is_quick_the_smallest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for layers in (1, 2, 3):
        write_tiny(tmp_path / f"{layers}.gguf", layers=layers)
    with_memory(monkeypatch, 10)
    assert best(tmp_path) == "1"
    with_memory(monkeypatch, 10**9)
    monkeypatch.setattr(models, "_COMFORTABLE", 10)
    assert best(tmp_path) == "1"
