"""Markdown is cut into the same blocks whatever the pieces it comes in, and closed blocks stay as they are."""

import random

import pytest

from desktop_llm.conversation import thoughts_and_answer
from desktop_llm.ui.markdown_blocks import LONGEST, SEGMENT, UNBROKEN, Block, Splitter, plain_blocks

Cut = list[tuple[str, str, str]]


def cut(text: str, size: int = 0) -> Cut:
    splitter = Splitter()
    for start in range(0, len(text), size or len(text) or 1):
        splitter.feed(text[start : start + (size or len(text))])
    splitter.finish()
    return described(splitter.blocks)


def described(blocks: list[Block]) -> Cut:
    return [(block.kind, block.language, block.source) for block in blocks]


def test_code_between_texts() -> None:
    assert cut("Look:\n\n```python title=x\nprint(1)\n\n    pass\n```\nDone.") == [
        ("text", "", "Look:"),
        ("code", "python", "print(1)\n\n    pass"),
        ("text", "", "Done."),
    ]


def test_code_opens_at_once_and_its_fence_is_never_shown() -> None:
    splitter = Splitter()
    splitter.feed("Look:\n``")
    assert described(splitter.blocks) == [("text", "", "Look:")]
    splitter.feed("`py\n")
    assert described(splitter.blocks)[1:] == [("code", "py", "")]
    splitter.feed("x = 1\n``")
    assert described(splitter.blocks)[1:] == [("code", "py", "x = 1")]
    splitter.feed("`\n")
    assert splitter.blocks[1].closed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("````\n```\n````", "```"),
        ("~~~\n```\n~~~", "```"),
        ("```\nnever closed\n", "never closed"),
        ("```\n``` not a close\n```", "``` not a close"),
        ("1. One:\n   ```sh\n   ls\n     -l\n   ```\n", "ls\n  -l"),
    ],
)
def test_fences(text: str, code: str) -> None:
    assert [source for kind, _, source in cut(text) if kind == "code"] == [code]


def test_a_list_goes_on_after_code_inside_it() -> None:
    text = "1. One:\n\n    ```sh\n    ls\n    ```\n\n    More of one.\n2. Two"
    assert cut(text) == [("text", "", "1. One:"), ("code", "sh", "ls"), ("text", "", "More of one.\n2. Two")]


def test_inline_code_is_text() -> None:
    assert cut("```inline``` words") == [("text", "", "```inline``` words")]


def test_a_table_grows_by_whole_rows() -> None:
    splitter = Splitter()
    splitter.feed("Rates:\n| a | b |\n|--")
    assert described(splitter.blocks) == [("text", "", "Rates:")]
    splitter.feed("-|---|\n| 1 | 2")
    assert described(splitter.blocks)[1:] == [("table", "", "| a | b |\n|---|---|")]
    splitter.feed(" |\nafter")
    assert described(splitter.blocks)[1:] == [("table", "", "| a | b |\n|---|---|\n| 1 | 2 |"), ("text", "", "after")]


def test_a_table_without_outer_lines() -> None:
    assert cut("Rates:\n\na | b\n--|--\n1 | 2\n\nafter") == [
        ("text", "", "Rates:\n\n"),
        ("table", "", "a | b\n--|--\n1 | 2"),
        ("text", "", "after"),
    ]


def test_code_right_after_a_table() -> None:
    assert [kind for kind, _, _ in cut("|a|\n|-|\n|1|\n```\nx\n```")] == ["table", "code"]


def test_lines_that_only_look_like_a_table() -> None:
    assert cut("| a |\n| b |\nc | d\n---\n\ne") == [("text", "", "| a |\n| b |\nc | d\n---\n\ne")]


@pytest.mark.parametrize("size", [0, 1, 3])
def test_reasoning(size: int) -> None:
    assert cut("<think>\nWell </thin k> so\n</think>\n\nYes.", size) == [
        ("reasoning", "", "Well </thin k> so\n"),
        ("text", "", "Yes."),
    ]
    assert cut("<think>\n\n</think>\n\nYes.", size) == [("text", "", "Yes.")]
    assert cut("<think>for ever </thi", size) == [("reasoning", "", "for ever </thi")]
    assert cut("The tag <think> is text.", size) == [("text", "", "The tag <think> is text.")]


@pytest.mark.parametrize("size", [0, 1, 3, 10])
@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("<thinking>", "</thinking>"),
        ("<reasoning>\n", "</reasoning>"),
        ("<seed:think>", "</seed:think>"),
        ("[THINK]", "[/THINK]"),
        ("◁think▷", "◁/think▷"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        ("", "</think>"),
        ("", "[/THINK]"),
    ],
)
def test_reasoning_in_the_ways_models_write_it(opens: str, closes: str, size: int) -> None:
    text = f"{opens}Why?\n\n- so\n- or <thus>{closes}\n\nYes."
    assert cut(text, size) == [("reasoning", "", "Why?\n\n- so\n- or <thus>"), ("text", "", "Yes.")]
    assert thoughts_and_answer(text) == ("Why?\n\n- so\n- or <thus>", "Yes.")


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize(
    "text", ["Write `</think>` at its end.", "```\nx</think>\n```\nis it", "Hm <think>x</think> so", "[link] <b> y"]
)
def test_words_about_reasoning_are_text(text: str, size: int) -> None:
    assert "reasoning" not in [kind for kind, _, _ in cut(text, size)]
    assert thoughts_and_answer(text) == ("", text)


def test_what_the_template_opened_is_folded_when_it_ends() -> None:
    splitter = Splitter()
    assert not splitter.feed("I wonder.\n\n```\nx\n```\nAh</thi")
    assert [block.kind for block in splitter.blocks] == ["text", "code", "text"]
    assert splitter.feed("nk>Yes")
    assert described(splitter.blocks) == [("reasoning", "", "I wonder.\n\n```\nx\n```\nAh"), ("text", "", "Yes")]
    assert splitter.blocks[0].closed and not splitter.feed(" and</think>")


def test_costs_are_text() -> None:
    assert cut("It costs $5 and $10, \\(x\\)") == [("text", "", "It costs $5 and $10, \\(x\\)")]


def test_long_texts_are_cut_between_blocks() -> None:
    paragraph = "word " * 50
    blocks = cut("\n\n".join([paragraph.strip()] * 20))
    assert all(kind == "text" and SEGMENT <= len(source) < SEGMENT + 300 for kind, _, source in blocks[:-1])
    assert "\n\n".join(source for _, _, source in blocks) == "\n\n".join([paragraph.strip()] * 20)


def test_a_numbered_list_is_cut_between_its_items() -> None:
    items = [f"{n}. {'word ' * 20}\n   - nested" for n in range(1, 60)]
    assert all(source[0].isdigit() for _, _, source in cut("\n".join(items)))


@pytest.mark.parametrize("text", ["word " * 4000, "x" * 20_000, "| " + "x" * 20_000])
def test_what_has_no_place_to_be_cut_is_cut_all_the_same(text: str) -> None:
    blocks = cut(text)
    assert "".join(source for _, _, source in blocks) == text
    assert all(len(source) <= LONGEST + UNBROKEN for _, _, source in blocks)


def test_settled_text_never_changes() -> None:
    splitter, seen = Splitter(), ""
    for character in "# Title\nOne *two*.\n\n- a\n- b\n  - c\n\nEnd | x\n---\n> q\n":
        splitter.feed(character)
        for block in splitter.blocks[:1]:
            assert block.source.startswith(seen)
            seen = block.source[: block.settled]
    assert seen == "# Title\nOne *two*.\n\n- a\n- b\n  - c\n\n"


PIECES = (
    *("```", "```py\n", "~~~\n", "`", "<think>", "</think>", "</thi", "| a | b |\n", "|---|---|\n", "|--|\n"),
    *(
        "a | b\n",
        "--|--\n",
        "-",
        "- x",
        "1. y",
        "12",
        ".",
        "# h",
        "#",
        "    ",
        "   ",
        "\t",
        "\n",
        "\n\n",
        "word ",
        "x" * 700,
    ),
    *("> q", "**b**", "---\n", "| ", "|", ":", "word " * 300, "é", "你好"),
)


@pytest.mark.parametrize("seed", range(60))
def test_the_pieces_make_no_difference(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices(PIECES, k=chance.randint(1, 60)))
    splitter, start = Splitter(), 0
    closed: Cut = []
    while start < len(text):
        size = chance.choice((1, 2, 3, 7, 50, 2000))
        if splitter.feed(text[start : start + size]):
            closed = []
        start += size
        assert described(splitter.blocks)[: len(closed)] == closed
        closed = described([block for block in splitter.blocks if block.closed])
    splitter.finish()
    assert described(splitter.blocks) == cut(text) == cut(text, 1)


def test_plain_text_is_cut_at_lines_and_kept_whole() -> None:
    text = "\n".join(["line of plain text"] * 2000)
    assert "\n".join(block.source for block in plain_blocks(text)) == text
    assert [block.source for block in plain_blocks("")] == [""]
    assert "".join(block.source for block in plain_blocks("x" * 30_000)) == "x" * 30_000


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize("formula", ["$$\nx\n- b\n+ c\n# d\n1. e\n$$", "\\[\nx\n- b\n\\]", "\\[ a\n- b \\]"])
def test_the_lines_of_a_formula_stay_together(formula: str, size: int) -> None:
    splitter, text = Splitter(), f"Before.\n{formula}"
    for start in range(0, len(text), size or len(text)):
        splitter.feed(text[start : start + (size or len(text))])
        assert splitter.blocks[0].settled == 0
    assert splitter.blocks[0].source == text
    splitter.feed("\n- a point\n- another")
    assert splitter.blocks[0].settled > len(text)


def test_a_formula_that_is_not_closed_ends_with_its_paragraph() -> None:
    splitter = Splitter()
    splitter.feed("$$ for all\n- a\n\n- b\n- c\n")
    assert splitter.blocks[0].source[splitter.blocks[0].settled :] == "- c"
