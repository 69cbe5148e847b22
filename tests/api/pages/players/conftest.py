"""Players with corrections, for the pages about them."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.corrections.players import hash_player
from pipeline.settings import Settings

Send = Callable[..., None]


@pytest.fixture
def hashed(settings: Settings) -> Callable[[str], str]:
    return lambda user: hash_player(user, settings.player_key.get_secret_value().encode())


@pytest.fixture
def send(ports: Any) -> Send:
    """Store corrections of a player in a state, for a reason."""

    def store(user: str, status: str, reason: str | None = None, times: int = 1) -> None:
        for _ in range(times):
            name = f"c{len(ports.corrections.documents):04}"
            retraining = {"retraining": {"reason": reason}} if reason else {}
            ports.corrections.documents[name] = {
                "userId": user,
                "status": status,
                "correctedLabel": "cat",
                **retraining,
            }

    return store
