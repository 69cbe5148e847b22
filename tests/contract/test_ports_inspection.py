"""The composite indexes that the code needs are found to be there, or to be missing."""

from typing import Any

import pytest

from emulator.servers import Emulators
from pipeline.bootstrap import connect
from pipeline.corrections.game_schema import DEFAULT, GameSchema
from pipeline.settings import Settings


def test_the_indexes_that_are_deployed_are_not_missing(world: Any) -> None:
    assert world.ports.inspector.find_missing_indexes(DEFAULT.list_indexes()) == []


def test_indexes_of_another_collection_are_missing_in_the_embedded_firestore(
    embedded_firebase: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded_firebase.environment().items():
        monkeypatch.setenv(name, value)
    ports = connect(Settings(_env_file=None))
    needed = GameSchema(collection="elsewhere").list_indexes()
    assert ports.inspector is not None
    missing = ports.inspector.find_missing_indexes(needed)
    assert missing == [
        "elsewhere (status, timestamp descending)",
        "elsewhere (status, timestamp ascending)",
        "elsewhere (modelVersion, timestamp ascending)",
        "elsewhere (modelVersion, correctedLabel, originalPrediction, timestamp ascending)",
    ]
