"""How long a key takes from its press to the end of its painting while an answer streams; it asserts nothing on time.

python -m pytest tests/benchmarks/test_key_press.py -s
"""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QInputDevice, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QTextEdit
from pytestqt.qtbot import QtBot

from desktop_llm.app import App
from desktop_llm.conversation import Message
from desktop_llm.events import MessageAdded
from desktop_llm.settings import Appearance, Settings
from desktop_llm.ui.composer import MessageEdit

KEYS, TOKENS_A_SECOND = 200, 100
WORDS = "Plain words make the greater part of any answer, and **some are bold**, others `code`.\n\n- a point\n\n"
FORMULAS = "Of $x_{{{n}}}^2$ we know\n\n$$\n\\sum_{{i={n}}} \\frac{{a_i}}{{b}}\n$$\n\n"
CODE = '    def run(self, count: int = 1) -> str:\n        return f"{count} times"\n\n'
TEXTS = {
    "words": WORDS * 999,
    "formulas": "".join(FORMULAS.format(n=n) for n in range(999)),
    "code": "```python\n" + CODE * 999,
}


class Pressed:
    """When each key was pressed that has not been painted yet, and how long the others took."""

    def __init__(self) -> None:
        self.waiting: list[float] = []
        self.taken: list[float] = []

    def painted(self, edit: MessageEdit, event: QPaintEvent) -> None:
        QTextEdit.paintEvent(edit, event)
        written = len(edit.toPlainText())
        while len(self.taken) < written:
            self.taken.append(time.perf_counter() - self.waiting[len(self.taken)])

    def press(self, edit: MessageEdit) -> None:
        """From another thread, as the window system does, at any moment of a frame."""
        chance = random.Random(5)
        for _ in range(KEYS):
            time.sleep(chance.uniform(0.02, 0.1))
            key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a")
            self.waiting.append(time.perf_counter())
            QCoreApplication.postEvent(edit, key)


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> Pressed:
    made = Pressed()
    monkeypatch.setattr(MessageEdit, "paintEvent", lambda edit, event: made.painted(edit, event), raising=False)
    monkeypatch.setattr("desktop_llm.engine.hardware.busy", lambda: True)
    return made


@pytest.fixture
def app(pressed: Pressed, qapp: QApplication, qtbot: QtBot, home: Path) -> Iterator[App]:
    made = App(qapp, Settings(appearance=Appearance(theme="light")), None)
    qtbot.addWidget(made.window)
    made.window.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made.window)
    yield made
    made.close()


@pytest.mark.parametrize("kind", TEXTS)
def test_a_key_while_an_answer_streams(app: App, pressed: Pressed, qtbot: QtBot, kind: str) -> None:
    chat, text = app.window.chat, iter(range(0, len(TEXTS[kind]), 4))
    chat.show_conversation(1)
    for message in (Message("user", "Say a lot.", 1), Message("assistant", "", 2, state="writing")):
        chat.take(MessageAdded(1, message))
    stream = QTimer()
    stream.timeout.connect(lambda: chat.transcript.append(2, TEXTS[kind][(place := next(text)) : place + 4]))
    stream.start(1000 // TOKENS_A_SECOND)
    QInputDevice.primaryKeyboard()  # made here, not by the first key of the other thread
    threading.Thread(target=pressed.press, args=(chat.composer.edit,), daemon=True).start()
    qtbot.waitUntil(lambda: len(pressed.taken) == KEYS, timeout=120_000)
    stream.stop()
    taken = sorted(each * 1000 for each in pressed.taken)
    p50, p95 = taken[KEYS // 2], taken[KEYS * 95 // 100]
    print(f"\n{kind}: key press to paint p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {taken[-1]:.1f} ms ({KEYS})")
    assert chat.transcript.message_text(2)
