"""An engine with the real child, and what it is heard to say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from faults.scripted_engine import Heard, listening

from desktop_llm.engine.client import Engine
from desktop_llm.settings import Loading


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Engine]:
    with listening(Engine(Loading(context=2048)), heard) as engine:
        yield engine
