"""How long the window's thread takes for each update of a long answer; it tells and asserts nothing about time.

python -m pytest tests/benchmarks/test_transcript_speed.py -s
"""

import time
from collections.abc import Iterator
from itertools import islice

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
        count = transcript.find_text(words)
        told(f"{count} times {words!r} found in 10,000 messages", [time.thread_time() - begun])
    times = []
    for number in range(0, count, count // 40):
        begun = time.thread_time()
        transcript.show_hit(number)
        qapp.processEvents()
        times.append(time.thread_time() - begun)
    told("led to a hit", times)
    assert not transcript.following


def test_a_streamed_answer_full_of_formulas(transcript: Transcript, qapp: QApplication) -> None:
    transcript.add(Message("assistant", "", 2, state="writing"))
    text = "".join(f"Of $x_{{{n}}}^2$ we know\n\n$$\n\\sum_{{i={n}}} \\frac{{a_i}}{{b}}\n$$\n\n" for n in range(200))
    times = []
    for start in range(0, len(text), 20):
        begun = time.thread_time()
        transcript.append(2, text[start : start + 20])
        transcript._draw_stale()
        qapp.processEvents()
        times.append(time.thread_time() - begun)
        time.sleep(0.02)
    print()
    told("update of 5 tokens with formulas", times)
    assert transcript.following
