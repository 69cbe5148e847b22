"""The asking policy of a published version, as it lies in Storage."""

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.errors import ObjectMissing
from pipeline.storage_paths import VERSION_FILE
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.load import read_policy

PATH = VERSION_FILE.fill(version="v1.0.2", name="asking.json")
POLICY = AskingPolicy(
    version="v1.0.2",
    budget=0.1,
    audit=0.02,
    source="base",
    rows=9,
    thresholds={"cat": 0.4},
    common_threshold=0.3,
)


def test_a_policy_is_read_as_it_was_published() -> None:
    artefacts = MemoryArtefacts()
    artefacts.create(PATH, POLICY.model_dump_json(by_alias=True).encode())
    assert read_policy("v1.0.2", artefacts) == POLICY


def test_a_version_without_one_has_none() -> None:
    with pytest.raises(ObjectMissing):
        read_policy("v1.0.2", MemoryArtefacts())
