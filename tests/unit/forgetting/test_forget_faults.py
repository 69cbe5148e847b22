"""A run that is struck at any call while it forgets a player ends as an undisturbed one.

The default suite strikes at some calls; the slow one at every call, before and after its work.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.dataset.revisions import bring_up_to_date
from pipeline.errors import DatasetMoved, Unavailable
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.storage_paths import RECEIPT
from tests.unit.forgetting._worlds import (
    PLAYER,
    canvases_of,
    model_of,
    names_of,
    pages_of,
    receipt_of,
    refuse_one,
    rows_of,
    traces_of,
)
from tests.unit.retrain._watched import Watched
from workers.execution import execute

RUN = "run-2"
STEP = 90
"""The default suite strikes at every 45th call."""

some_calls = pytest.mark.parametrize(
    "step",
    [
        pytest.param(STEP, id="some calls"),
        pytest.param(1, id="every call", marks=pytest.mark.slow),
    ],
)


@pytest.fixture
def requested(seen: Any, copies: Callable[[], Any]) -> Callable[[], Any]:
    """Makes worlds in which a run is requested that forgets the player."""
    refuse_one(seen, min(names_of(seen)))

    def make() -> Any:
        world = copies()
        run = Run(id=RUN, kind=RunKind.FORGET, requested_at=datetime.now(UTC))
        world.ports.runs.request(run, PLAYER)
        return world

    return make


def list_calls(world: Any) -> list[str]:
    watched = Watched(world.ports, lambda _, work: work())
    execute(RUN, watched.ports, world.settings)
    return watched.calls


def standing(world: Any) -> tuple[Any, ...]:
    """What must be the same, whatever happened on the way.

    The local file is a copy: a worker that was taken for dead may leave one that is behind. The
    next run brings it up to date, as is done here.
    """
    bring_up_to_date(
        world.ports.artefacts,
        world.settings.dataset_file,
        categories=world.settings.categories,
    )
    run = world.ports.runs.get(RUN)
    receipt = receipt_of(world, run)
    release = world.ports.models.release()
    return (
        run.state,
        run.reason,
        run.forgotten,
        (release.version, release.previous, release.fence, release.trial),
        model_of(world, release.version),
        {model.version: str(model.status) for model in world.ports.models.list()},
        rows_of(world),
        [(each.kind, each.path, each.sha256) for each in receipt.removed],
        # A worker that is taken for dead between its proof of the lease and its next write may
        # leave a note of a run that has ended. It names no player, and the next run deletes it.
        sorted(path for path in world.ports.artefacts.objects if "/forget/" not in path),
        sorted(world.ports.corrections.documents),
    )


@some_calls
@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, id="before its work", marks=pytest.mark.slow),
        pytest.param(True, id="after its work", marks=pytest.mark.slow),
    ],
)
def test_struck_at_any_call_and_repeated_it_ends_as_an_undisturbed_one(
    requested: Callable[[], Any], after: bool, step: int
) -> None:
    undisturbed = requested()
    names, canvases = names_of(undisturbed), canvases_of(undisturbed)
    calls = list_calls(undisturbed)
    expected = standing(undisturbed)
    assert expected[0] is RunState.FORGOTTEN
    cases = [*enumerate(calls, start=1)][int(after) * 3 % step :: step]
    for fatal, name in cases:
        world = requested()

        def strike(number: int, work: Callable[[], Any], fatal: int = fatal) -> Any:
            if number == fatal and not after:
                raise Unavailable("the request was lost")
            try:
                return work()
            finally:
                if number == fatal:
                    raise Unavailable("the answer was lost")

        with pytest.raises(Unavailable):
            execute(RUN, Watched(world.ports, strike).ports, world.settings)
        release = world.ports.models.release()
        assert world.ports.models.get(release.version).status == "ready", (fatal, name)
        if not world.ports.runs.get(RUN).state.ended:
            execute(RUN, world.ports, world.settings, early=True)
        assert standing(world) == expected, f"struck at call {fatal}, {name}"
        assert traces_of(world, PLAYER, names, canvases) == [], f"struck at call {fatal}, {name}"
        assert pages_of(world) == []
    print(f"{len(cases)} cases of {len(calls)} calls")


@pytest.mark.slow
@some_calls
def test_a_worker_taken_for_dead_at_any_call_changes_nothing_more(
    requested: Callable[[], Any], step: int
) -> None:
    undisturbed = requested()
    names, canvases = names_of(undisturbed), canvases_of(undisturbed)
    calls = list_calls(undisturbed)
    expected = standing(undisturbed)
    cases = [*enumerate(calls, start=1)][5 % step :: step]
    for fatal, name in cases:
        world = requested()

        def strike(
            number: int, work: Callable[[], Any], world: Any = world, fatal: int = fatal
        ) -> Any:
            try:
                return work()
            finally:
                if number == fatal and not world.ports.runs.get(RUN).state.ended:
                    world.ports.runs.expire()  # it slept for longer than its lease
                    execute(RUN, world.ports, world.settings)

        with suppress(DatasetMoved):  # both work in one folder, and the other has changed its file
            execute(RUN, Watched(world.ports, strike).ports, world.settings)
        assert standing(world) == expected, f"taken over at call {fatal}, {name}"
        left = traces_of(world, PLAYER, names, canvases)
        assert not [each for each in left if "/forget/" not in each or PLAYER in each], (
            f"taken over at call {fatal}, {name}"
        )
        receipts = [stored.path for stored in world.ports.artefacts.list("receipts/")]
        assert receipts == [RECEIPT.fill(run_id=RUN)]
    print(f"{len(cases)} cases of {len(calls)} calls")
