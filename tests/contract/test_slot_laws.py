"""Whatever the documents of the slot and of its run hold, runs go on, one at a time."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.records.runs import Lease, RunState
from pipeline.run_errors import LeaseLost, RunInProgress
from tests._examples import examples
from tests.contract._runs import SLOT, a_run, leased

RUN = "training_runs/run-1"
# Far from now: a lease that ends within the next ten minutes may be that of a worker.
SECONDS = st.one_of(st.integers(0, 1_500_000_000), st.integers(4_102_444_800, 200_000_000_000))
TIMES = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=5),
    TIMES,
    st.sampled_from(["run-1", "run-2", "run-9", "merging", "promoted"]),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.sampled_from("abc"), SCALARS, max_size=2),
)


def documents(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=len(names))


SLOTS = documents("runId", "holder", "since", "expiresAt", "fence", "other")
RUNS = documents("id", "state", "requestedAt", "attempts", "trouble", "deaths", "progress", "other")


def get_in(runs: Any, name: str) -> Lease:
    """Do what the sweep, a worker and a person do until the run is admitted, and claim it."""
    for _ in range(2):
        left = runs.abandoned()
        if left is not None and left.id != name:
            runs.record(runs.claim(left.id, "worker", 60), {"state": RunState.SKIPPED})
        try:
            runs.request(a_run(name))
        except RunInProgress:
            continue
        lease: Lease = runs.claim(name, "worker", 60)
        return lease
    raise AssertionError("the run was not admitted")


@pytest.mark.slow
@settings(
    max_examples=examples(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(slot=SLOTS, edited=st.one_of(st.none(), RUNS), whole=st.booleans())
def test_a_run_gets_in_whatever_the_documents_say_and_no_other_one_writes(
    world: Any, slot: dict[str, Any], edited: dict[str, Any] | None, whole: bool
) -> None:
    """`whole`: the edited fields replace the document, otherwise only those fields change."""
    for path in (SLOT, RUN, "training_runs/run-3"):
        if world.read(path) is not None:
            world.edit(path, None)
    stale = leased(world.ports.runs, 0)
    world.edit(SLOT, slot if whole else {**world.read(SLOT), **slot})
    if edited is not None:
        world.edit(RUN, edited if whole else {**world.read(RUN), **edited})

    newest = get_in(world.ports.runs, "run-3")

    assert newest.fence > stale.fence
    assert world.read(SLOT)["runId"] == "run-3"
    with pytest.raises(LeaseLost):
        world.ports.runs.record(stale, {"revision": 9})
    assert world.ports.runs.record(newest, {"revision": 1}).revision == 1
    with pytest.raises(RunInProgress):
        world.ports.runs.request(a_run("run-4"))
