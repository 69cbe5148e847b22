"""Two publishers of one run, fifty times, all at once: fifty whole versions, each number once."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.ports import Ports
from pipeline.records.releases import Promotion
from pipeline.records.versions import VersionNumber, VersionStatus
from pipeline.storage_paths import VERSIONS_FOLDER
from pipeline.versions.files import require_files
from tests.unit.versions._publishing import publish_in

PAIRS = 50
AT_ONCE = 10  # publishers


@pytest.mark.slow
@pytest.mark.parametrize(
    "world", ["memory", pytest.param("embedded", marks=pytest.mark.slow)], indirect=True
)
def test_fifty_racing_pairs_of_publishers_make_fifty_whole_versions(
    ports: Ports, at_once: Callable[..., Any]
) -> None:
    first = Promotion("owner", "the first one wins", replacing=0)
    publishers = [
        lambda run=run: publish_in(ports, run_id=run, promotion=first)
        for run in (f"run-{pair}" for pair in range(PAIRS))
        for _ in range(2)
    ]
    # Neighbours meet; which ones chance decides.
    order = sorted(range(len(publishers)), key=lambda n: n // 2 + random.Random(n).uniform(0, 3))
    results = []
    for start in range(0, len(order), AT_ONCE):
        results += at_once([publishers[number] for number in order[start : start + AT_ONCE]])

    faults = [each for each in results if isinstance(each, Exception)]
    assert not faults
    numbers = [f"v1.0.{patch}" for patch in range(1, PAIRS + 1)]
    versions = {each.version: each for each in ports.models.list()}
    assert sorted(versions, key=VersionNumber.parse) == numbers
    assert {each.status for each in versions.values()} == {VersionStatus.READY}
    assert len({each.run_id for each in versions.values()}) == PAIRS
    for version in versions.values():
        require_files(version, ports.artefacts)
    stored = {each.path for each in ports.artefacts.list(VERSIONS_FOLDER)}
    assert stored == {file.path for each in versions.values() for file in each.files}
    release = ports.models.release()
    assert release is not None
    assert [(each.version, each.fence) for each in ports.models.history().records] == [
        (release.version, 1)
    ]
    assert [each.version for each in versions.values() if each.active] == [release.version]
