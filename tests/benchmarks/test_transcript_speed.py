"""How long the window's thread takes for each update of a long answer; it tells and asserts nothing about time.

python -m pytest tests/benchmarks/test_transcript_speed.py -s
"""

import time
from collections.abc import Iterator
from itertools import count, islice

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_llm.conversation import Message
from desktop_llm.ui import theme
from desktop_llm.ui.transcript import Transcript

TOKENS = 20_000
PARTS = (
    "## Part {n}\n\n",
    "Plain words make the greater part of any answer, and **some are bold**, others `code` or *set apart*. " * 4
    + "\n\n",
    "1. First there is one thing to do\n2. then another, with a [link](https://example.com/{n})\n   - and a detail\n\n",
    "- a point\n- another point that is rather longer than the first one and goes on for two lines of the window\n\n",
    "| Name | Count | Share |\n|---|--:|--:|\n" + "| row of a table | {n} | 12 % |\n" * 6 + "\n",
    "```python\nclass Part{n}:\n"
    + '    def run(self, count: int = {n}) -> str:\n        """Says it."""\n        return f"{{count}} times"\n\n' * 4
    + "```\n\n",
    "> What somebody said, and what was meant by it.\n\n",
)


def tokens() -> Iterator[str]:
    """Pieces of four characters, as a tokenizer would give on average."""
    n = 0
    while True:
        n += 1
        text = "".join(PARTS).format(n=n)
        yield from (text[start : start + 4] for start in range(0, len(text), 4))


def told(name: str, times: list[float]) -> None:
    times.sort()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"{name}: p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, most {times[-1] * 1000:.1f} ms ({len(times)})")


@pytest.fixture
def transcript(qtbot: QtBot, qapp: QApplication) -> Transcript:
    theme.apply(qapp, theme.LIGHT)
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_streamed_answer(transcript: Transcript, qapp: QApplication) -> None:
    transcript.add(Message("user", "Say a lot.", 1))
    transcript.add(Message("assistant", "", 2, state="writing"))
    times, pending = [], []
    for n, token in enumerate(islice(tokens(), TOKENS)):
        pending.append(token)
        if n % 5 == 4:
            begun = time.thread_time()
            transcript.append(2, "".join(pending))
            transcript._draw_stale()
            qapp.processEvents()
            times.append(time.thread_time() - begun)
            pending = []
    print()
    told("update of 5 tokens at 20,000", times[-len(times) // 4 :])
    told("update of 5 tokens", times)
    assert transcript.following


def test_a_long_conversation(transcript: Transcript, qapp: QApplication) -> None:
    text = "".join(islice(tokens(), 400))
    messages = [Message("user" if n % 2 else "assistant", text if n % 7 == 0 else "Short.", n) for n in range(1, 2001)]
    begun = time.thread_time()
    transcript.set_messages(messages)
    qapp.processEvents()
    print()
    told("2,000 messages opened", [time.thread_time() - begun])
    times, bar = [], transcript.verticalScrollBar()
    for place in range(200):
        begun = time.thread_time()
        bar.setValue(bar.maximum() - 60 * place)
        qapp.processEvents()
        times.append(time.thread_time() - begun)
    told("scrolled by 60 pixels", times)
    times = []
    for place in range(1, 40):
        begun = time.thread_time()
        bar.setValue(bar.maximum() * (place * 17 % 40) // 40)
        qapp.processEvents()
        times.append(time.thread_time() - begun)
    told("jump anywhere", times)
    assert not transcript.following


def test_finding(transcript: Transcript, qapp: QApplication) -> None:
    text = "".join(islice(tokens(), 100))
    messages = [Message("user" if n % 2 else "assistant", text if n % 5 == 0 else "Short.", n) for n in range(10_000)]
    begun = time.thread_time()
    transcript.set_messages(messages)
    qapp.processEvents()
    print()
    told("10,000 messages opened", [time.thread_time() - begun])
    for words in ("nowhere", "greater part", "e"):
        begun = time.thread_time()
        found = transcript.find_text(words)
        told(f"{found} times {words!r} found in 10,000 messages", [time.thread_time() - begun])
    times = []
    for number in range(0, found, found // 40):
        begun = time.thread_time()
        transcript.show_hit(number)
        qapp.processEvents()
        times.append(time.thread_time() - begun)
    told("led to a hit", times)
    assert not transcript.following


FORMULAS = (
    "Of $x_{{{n}}}^2 + y$ we know that $\\alpha_{{{n}}} \\le \\beta$, and so\n\n"
    "$$\n\\sum_{{i={n}}}^{{N}} \\frac{{a_i}}{{b_i + {n}}} = \\sqrt{{c_{{{n}}}}}\n$$\n\n"
    "- where $a_{{{n}}} > 0$ is a number\n- and $b_{{{n}}} \\in \\mathbb{{R}}$ is another\n\n"
)
SHAPES = {  # what comes once, and what then comes again and again
    "formulas": ("", FORMULAS),
    "formulas in every line": ("", "Then $x_{{{n}}}^2 + 1 = y_{{{n}}}$ follows from $\\frac{{a_{{{n}}}}}{{b}}$,\n"),
    "formulas in a table": ("| a | b |\n|---|---|\n", "| $x_{{{n}}}^2$ | $\\frac{{{n}}}{{2}}$ |\n"),
    "one paragraph": ("", "words of **a paragraph** that has `no end` {n}, "),
    "one word": ("", "word{n}"),
    "lines": ("", "a line of verse {n}\n"),
    "code": ("```python\n", '    def run{n}(self) -> str:\n        return f"{{count}} times {n}"  # told\n\n'),
    "code in one line": ("```python\n", "run({n}); "),
    "table": ("| a | b | c |\n|---|---|---|\n", "| row of a table | {n} | `code` |\n"),
    "wide table": ("|" + " a |" * 30 + "\n|" + "---|" * 30 + "\n", "|" + " {n} |" * 30 + "\n"),
    "deep list": ("", "".join("  " * depth + "- point {n}, which says something\n" for depth in range(12))),
    "deep quotes": ("", "".join("> " * depth + "said {n}\n" + "> " * depth + "\n" for depth in range(1, 10))),
    "Chinese": ("", "第{n}部分：大语言模型是一种**人工智能**模型，它可以理解和生成自然语言，用于回答问题。\n\n"),
    "Chinese in one paragraph": ("", "第{n}部分大语言模型是一种人工智能模型，它可以理解和生成自然语言，"),
    "reasoning": ("<think>\n", "I think of {n} things.\n"),
}


def pieces(begins: str, goes_on: str, size: int) -> Iterator[str]:
    held = begins
    for n in count(1):
        held += goes_on.format(n=n)
        for _ in range(len(held) // size):
            yield held[:size]
            held = held[size:]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_of_one_shape(transcript: Transcript, qapp: QApplication, shape: str) -> None:
    """What grows with the answer is seen from its two ends. Formulas are typeset between the updates."""
    transcript.add(Message("assistant", "", 2, state="writing"))
    times = []
    stream = pieces(*SHAPES[shape], 10 if "Chinese" in shape else 20)
    for piece in islice(stream, TOKENS // 5):
        time.sleep(0.01 if "formulas" in shape else 0)
        begun = time.thread_time()
        transcript.append(2, piece)
        transcript._draw_stale()
        qapp.processEvents()
        times.append(time.thread_time() - begun)
    print()
    told(f"{shape}, first quarter", times[: len(times) // 4])
    told(f"{shape}, last quarter", times[-len(times) // 4 :])
    assert transcript.following
