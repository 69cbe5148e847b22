"""What is fitted without a forgotten player can be rebuilt; what learned from them cannot."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import NotRebuildable
from pipeline.lineage.learners import find_learners
from pipeline.rebuilding.rebuild import rebuild
from pipeline.records.learning import Part
from tests.unit.forgetting._worlds import forget, names_of

pytestmark = pytest.mark.slow


def test_the_version_without_the_player_is_rebuilt_byte_for_byte(seen: Any, tmp_path: Path) -> None:
    artefacts = seen.ports.artefacts
    gone, others = names_of(seen), set(seen.ports.corrections.documents)
    assert forget(seen).version == "v1.0.2"
    report = rebuild("v1.0.2", artefacts, tmp_path / "out", seen.settings)
    assert {found.name: found.problems for found in report.findings if found.problems} == {}
    with pytest.raises(NotRebuildable):
        rebuild("v1.0.1", artefacts, tmp_path / "other", seen.settings)

    dataset = seen.settings.dataset_name
    assert {find_learners(name, "run-1", seen.ports, dataset) for name in gone} == {None}
    kept = [find_learners(name, "run-1", seen.ports, dataset) for name in sorted(others - gone)]
    parts = [
        {learner.version: learner.part for learner in found.versions} for found in kept if found
    ]
    assert parts
    # The files of v1.0.1 are gone, so it cannot say any more what it learned.
    assert {part["v1.0.1"] for part in parts} <= {Part.UNKNOWN}
    assert {part["v1.0.2"] for part in parts} <= {Part.FITTED, Part.CHOSE, Part.JUDGED}
