"""What the engine is told of the settings: how models are loaded, where states are kept, when it rests."""

from __future__ import annotations

from desktop_llm.engine.client import Engine
from desktop_llm.settings import Settings, states_folder


def hand_over(engine: Engine, settings: Settings) -> None:
    """Holds from the next load on, and for when it rests at once."""
    engine.loading = settings.loading
    engine.states = states_folder() if settings.privacy.keep_states else None
    engine.unload_after = 60.0 * settings.economy.unload_after
    engine.spare_battery = settings.economy.spare_battery
