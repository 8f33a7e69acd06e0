"""What this computer has to load models into, asked of an engine's child that is started for it."""

from __future__ import annotations

import contextlib
import threading

from desktop_llm.engine.client import Engine
from desktop_llm.engine.hardware import computer
from desktop_llm.engine.messages import Ready
from desktop_llm.errors import UserError
from desktop_llm.memory import Computer
from desktop_llm.settings import Settings

_READY_SECONDS = 60.0


def this_computer(settings: Settings) -> Computer:
    """With the GPUs that llama.cpp finds, or none where it does not start."""
    heard = threading.Event()
    with contextlib.closing(Engine(settings.loading)) as engine:
        engine.on_event = lambda event: heard.set() if isinstance(event, Ready) else None
        with contextlib.suppress(UserError):
            engine.start()
            heard.wait(_READY_SECONDS)
        ready = engine.ready
    return computer(ready.devices, settings.loading.devices, ready.system) if ready else computer(())
