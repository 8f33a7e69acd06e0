"""Programs that write are killed at random moments: no question is lost, and no more of an answer than a second."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from killed_writer import costs

from desktop_llm.storage.store import Store

KILLS = 20


def test_kills_at_random_moments_lose_no_message_and_at_most_a_second(tmp_path: Path) -> None:
    path = tmp_path / "conversations.sqlite"
    found = list(costs(path, KILLS, seed=5))
    assert sum(cost.asked for cost in found) >= KILLS
    assert sum(cost.questions + cost.answers for cost in found) == 0
    assert max(cost.seconds for cost in found) <= 1.0
    with closing(Store(path)) as store:
        for cost in found:
            hits = store.search(f"question {cost.name}-{cost.asked - 1}.")
            assert [hit.title for hit in hits] == [cost.name]
