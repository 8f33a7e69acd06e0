"""What a model's author recommends, asked of the Hub while the model arrives, which it neither delays nor fails."""

from __future__ import annotations

import threading

from desktop_llm.errors import UserError, phrase
from desktop_llm.fields import Values
from desktop_llm.library.hub import Repository, check_identity
from desktop_llm.library.network import Network, Stop, Stopped
from desktop_llm.library.recommended import LONGEST_CONFIG, config_sampling

_FILE = "generation_config.json"
_LONGEST = 5.0
_LONGEST_AFTER = 1.0


class Asking:
    """The question, on a thread of its own; `end` may come from any thread, also before it is asked."""

    def __init__(self, network: Network, repository: Repository) -> None:
        self._network, self._repository = network, repository
        self._stop = Stop()
        self._found: Values = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._ask, name="recommended values", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Whatever it waits for, it waits no longer."""
        self._stop.set()

    def answer(self) -> Values:
        """What was recommended; where the model was here sooner, it is waited for a moment."""
        if self._thread:
            self._thread.join(_LONGEST_AFTER)
        return self._found

    def _ask(self) -> None:
        timer = threading.Timer(_LONGEST, self.end)
        timer.daemon = True
        timer.start()
        try:
            self._found = self._recommended()
        except (UserError, Stopped):
            # Without it the model is as good.
            return
        finally:
            timer.cancel()

    def _recommended(self) -> Values:
        """By the repository itself, or else by the model that its files were made of."""
        own = config_sampling(self._config(self._repository.id, self._repository.commit))
        return own or (config_sampling(self._config(self._repository.base, "main")) if self._repository.base else {})

    def _config(self, identity: str, state: str) -> bytes:
        """Nothing where the Hub has none, or does not give it."""
        check_identity(identity)
        self._stop.check()
        url = f"{self._network.endpoint}/{identity}/resolve/{state}/{_FILE}"
        with self._network.open(url, phrase("recommended values of {name}"), {}, self._stop, identity) as answer:
            return answer.whole(LONGEST_CONFIG + 1) if answer.status == 200 else b""
