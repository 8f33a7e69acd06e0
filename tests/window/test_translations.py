"""Every sentence of the program is there in each of its languages, with its places."""

from __future__ import annotations

import ast
import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from desktop_llm.errors import Problem
from desktop_llm.ui.notice import in_words

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted((ROOT / "resources" / "translations").glob("*.ts"))


def gatherer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def strings_of_the_window() -> Iterator[str]:
    for path in (ROOT / "desktop_llm" / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tr":
                yield ast.literal_eval(node.args[0])


def messages(language: Path) -> Iterator[tuple[str, str, str]]:
    """Context, source and translation of each; what awaits a translator has none, whatever lupdate guessed."""
    for context in ElementTree.parse(language).getroot().iter("context"):
        for message in context.iter("message"):
            done = message.find("translation[@type='unfinished']") is None
            text = message.findtext("translation", "") if done else ""
            yield context.findtext("name", ""), message.findtext("source", ""), text


def translated(language: Path, context: str) -> dict[str, str]:
    return {source: text for name, source, text in messages(language) if name == context}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.stem)
def test_nothing_is_left_untranslated(language: Path) -> None:
    there = {source for _, source, text in messages(language) if text}
    needed = {*gatherer().problem_sentences(), *strings_of_the_window()}
    assert len(needed) > 100
    assert sorted(needed - there) == []
    assert [source for _, source, text in messages(language) if not text] == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.stem)
def test_the_words_of_each_setting_are_translated_where_a_form_asks_for_them(language: Path) -> None:
    needed, there = gatherer().settings_words(), translated(language, "settings")
    assert {"Context length", "Off: as long as the model likes.", "auto", "Stay offline"} <= set(needed)
    assert [text for text in needed if not there.get(text)] == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_sentence(language: Path) -> None:
    for _, source, text in messages(language):
        assert sorted(re.findall(r"{\w*}", source)) == sorted(re.findall(r"{\w*}", text)), source


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.stem)
def test_the_compiled_file_is_that_of_the_source(language: Path, qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(language.with_suffix(".qm")))
    text = "The model file {path} is gone."
    assert translator.translate("errors", text) == translated(language, "errors")[text]


def test_a_problem_is_told_in_the_language_of_the_program(qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(ROOT / "resources" / "translations" / "desktop_llm_zh_CN.qm"))
    QCoreApplication.installTranslator(translator)
    try:
        said = in_words(Problem("The model file {path} is gone.", "Choose another model.", {"path": "a.gguf"}))
    finally:
        QCoreApplication.removeTranslator(translator)
    assert said == "模型文件 a.gguf 已不存在。 请选择其他模型。"


def test_what_is_said_within_a_problem_is_in_that_language_too(qapp: QApplication) -> None:
    class Marking(QTranslator):
        def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
            return f"<{context}:{source}>" if source in known else source

    reason, names = "there is no rule “{rule}”", "Top-k, Top-p"
    known = {*gatherer().problem_sentences(), *gatherer().settings_words()}
    translator = Marking()
    QCoreApplication.installTranslator(translator)
    try:
        wrong = in_words(Problem("{reason} {rule} {names}", "", {"reason": reason, "rule": "{x:>99}", "names": names}))
    finally:
        QCoreApplication.removeTranslator(translator)
    assert wrong == "<errors:there is no rule “{x:>99}”> {x:>99} <settings:Top-k>, <settings:Top-p>"
