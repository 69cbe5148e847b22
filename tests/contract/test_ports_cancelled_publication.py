"""Either a run is cancelled or its version becomes ready, whichever came first; never both."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.ports import Ports
from pipeline.records.releases import Promotion
from pipeline.records.runs import Lease, Run, RunState
from pipeline.records.versions import VersionStatus
from pipeline.run_errors import RunCancelled, TooLateToCancel
from tests.contract._versions import FILES, METRICS, NOW, a_draft, leased, next_patch

OWN = "run-9"
PROMOTION = Promotion(OWN, "it is better")
RACES = 5


def reserve(ports: Ports, lease: Lease) -> str:
    return ports.models.reserve(lease.run_id, next_patch, a_draft(), lease=lease).version


@pytest.mark.parametrize("promotion", [None, PROMOTION], ids=["ready", "released"])
def test_a_version_becomes_ready_only_if_its_run_was_not_cancelled_before(
    ports: Ports, promotion: Promotion | None
) -> None:
    lease = leased(ports)
    version = reserve(ports, lease)
    ports.runs.cancel(OWN, "anna")
    with pytest.raises(RunCancelled, match="cancelled by anna"):
        ports.models.commit(version, FILES, METRICS, lease=lease, promotion=promotion)
    assert ports.models.get(version).status is VersionStatus.PUBLISHING
    assert ports.models.release() is None
    assert ports.runs.get(OWN).version is None
    given_up = ports.models.give_up(version, by=OWN, why="cancelled", lease=lease)
    assert given_up.status is VersionStatus.WITHDRAWN


def test_once_the_version_is_ready_its_run_cannot_be_cancelled(ports: Ports) -> None:
    lease = leased(ports)
    version = reserve(ports, lease)
    ports.models.commit(version, FILES, METRICS, lease=lease)
    with pytest.raises(TooLateToCancel, match=version):
        ports.runs.cancel(OWN, "anna")
    assert ports.runs.get(OWN).cancel_requested_at is None
    # A repetition, after an answer that was lost, changes nothing.
    made = ports.models.commit(version, FILES, METRICS, lease=lease)
    assert made.status is VersionStatus.READY


def test_of_a_cancellation_and_a_commit_at_once_one_wins(
    ports: Ports, at_once: Callable[..., Any]
) -> None:
    for race in range(RACES):
        run_id = f"run-{race}"
        ports.runs.request(Run(id=run_id, requested_at=NOW))
        lease = ports.runs.claim(run_id, "worker", 60)
        version = reserve(ports, lease)
        cancelled, made = at_once(
            [
                lambda run_id=run_id: ports.runs.cancel(run_id, "anna"),
                lambda version=version, lease=lease: ports.models.commit(
                    version, FILES, METRICS, lease=lease, promotion=PROMOTION
                ),
            ]
        )
        ready = ports.models.get(version).status is VersionStatus.READY
        assert isinstance(cancelled, TooLateToCancel) == ready
        assert isinstance(made, RunCancelled) == (not ready)
        assert (ports.runs.get(run_id).cancel_requested_at is None) == ready
        ports.runs.record(lease, {"state": RunState.PROMOTED if ready else RunState.CANCELLED})
