"""From the wish to read a conversation of 10,000 messages to its painted end, and until all of it is there; tells only.

python -m pytest tests/benchmarks/test_opening_speed.py -s
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing

from desktop_llm.conversation import Conversation, Message, Receipt, Timings, TokenCounts
from desktop_llm.settings import Sampling, conversations_file
from desktop_llm.storage.assembling import Imported
from desktop_llm.storage.store import Store

MESSAGES, TIMES = 10_000, 9
RECEIPT = Receipt("Tiny", "/m/tiny.gguf", "0a" * 32, Sampling(), 7, 2048, "CPU", 2, "llama.cpp")
WORDS = "Plain words make the greater part of any answer, and **some are bold**, others `code` or *set apart*. "
PIECES = (
    WORDS * 4,
    f"{WORDS * 2}\n\n- a point\n- another point\n\n{WORDS}",
    f"## A title\n\n{WORDS}\n\n1. one thing\n2. another\n\n{WORDS * 3}",
    f"{WORDS}\n\n```python\ndef run(count: int) -> str:\n    return f'{{count}} times'\n```\n\n{WORDS}",
)
PROGRAM = """
import json, os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from desktop_llm import app as program
from desktop_llm.settings import Settings, conversations_file
from desktop_llm.ui.session import Opened
count, times = map(int, sys.argv[1:])
application = program._application(Settings())
started = program.App(application, Settings())
chat, view = started.window.chat, started.window.chat.transcript
marks, taken, found = {}, [], []

class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and view._rows and "end" not in marks:
            marks["end"] = 0.0
            QTimer.singleShot(0, self.mark)
        return False

    def mark(self):
        marks["end"] = time.perf_counter()
        go_on()

def heard(event):
    if isinstance(event, Opened):
        chats.extend(each.id for each in event.conversations)
    if len(view._rows) == count and "all" not in marks:
        marks["all"] = time.perf_counter()
        go_on()

def go_on():
    if marks.get("end") and marks.get("all"):
        spent = {name: 1000 * (marks[name] - marks["begun"]) for name in ("end", "all")}
        found.append({**spent, "window": 1000 * taken[-1]})
        QTimer.singleShot(500, wish)

def wish():
    if len(found) == times:
        print(json.dumps(found), flush=True)
        os._exit(0)
    if not found:
        with open(conversations_file(), "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    chat.new_chat()
    application.processEvents()
    marks.clear()
    taken.clear()
    marks["begun"] = time.perf_counter()
    chat.show_conversation(chats[0])

def timed(work):
    def run(*arguments):
        begun = time.thread_time()
        work(*arguments)
        taken.append(time.thread_time() - begun)
    return run

chats = []
painted = Painted()
view.viewport().installEventFilter(painted)
view.prepend = timed(view.prepend)
started.worker.happened.connect(heard)
started.session.measure = lambda *asked: None  # what is counted of one chat later must not be counted in for the next
started.show()
started.window.resize(1280, 800)
QTimer.singleShot(4000, wish)
application.exec()
"""


def _said(number: int) -> Message:
    text = PIECES[number // 2 % len(PIECES)]
    if number % 2:
        return Message("user", text[:150], id=number, parent=number - 1)
    counts, timings = TokenCounts(number, 3, 4), Timings(0.1, 0.2, number / 7)
    made = {"reason": "end", "tokens": counts, "timings": timings, "receipt": RECEIPT}
    return Message("assistant", text, id=number, parent=number - 1, **made)  # type: ignore[arg-type]


def test_a_conversation_of_10_000_messages_is_opened() -> None:
    with closing(Store(conversations_file())) as store:
        store.import_all([Imported(Conversation(0, "Long", 1.0), [_said(n) for n in range(1, MESSAGES + 1)])])
    run = [sys.executable, "-c", PROGRAM, str(MESSAGES), str(TIMES)]
    first, *later = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    for name, spent in (("first after the start", [first]), ("later", later)):
        end, all_there, window = (sorted(each[key] for each in spent) for key in ("end", "all", "window"))
        middle = len(spent) // 2
        print(f"\n{name}: the end painted after {end[middle]:.0f} ms (wanted: 100; most {end[-1]:.0f}),")
        print(f"all {MESSAGES} there after {all_there[middle]:.0f} ms, {window[middle]:.1f} ms of which the window put")
        print("what is earlier before it")
