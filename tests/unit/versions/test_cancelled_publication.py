"""A publication that is cancelled at any file leaves a number, which is given up with its files."""

from typing import Any

import pytest

from pipeline.records.versions import VersionStatus
from pipeline.run_errors import RunCancelled
from pipeline.versions.giving_up import give_up_reserved
from pipeline.versions.publish import publish
from tests.unit.versions._publishing import PUBLICATION
from tests.unit.versions._released_world import RUN, ReleasedWorld


@pytest.fixture(scope="module")
def original() -> ReleasedWorld:
    return ReleasedWorld()


def test_whichever_file_it_is_stopped_at_nothing_is_left(
    original: ReleasedWorld, copy_ports: Any
) -> None:
    stop_at, stopped = 0, True
    while stopped:
        world, reports = original.copy(copy_ports), []
        stop_at += 1

        def report(
            message: str, done: int = 0, total: int = 0, reports: Any = reports, at: int = stop_at
        ) -> None:
            reports.append((message, done, total))
            if len(reports) == at:
                raise RunCancelled("cancelled by anna")

        publication = PUBLICATION._replace(run_id=RUN, lease=world.lease)
        ports = world.ports
        try:
            publish(publication, ports.artefacts, ports.models, lambda *_: [], on_progress=report)
        except RunCancelled as request:
            give_up_reserved(RUN, str(request), ports.artefacts, ports.models, lease=world.lease)
            made = ports.models.get("v1.0.2")
            assert made.status is VersionStatus.WITHDRAWN
            assert made.withdrawn is not None
            assert made.withdrawn.why == "cancelled by anna"
        else:
            stopped = False
        world.require_sound()
        world.require_tidy()
    assert stop_at > len(PUBLICATION.files)
