"""A run that is struck, or loses its lease, while it judges or starts a trial ends as another.

The default suite strikes at the calls that read or write trials and the release; the slow one at
every call from there on.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Unavailable
from pipeline.records.runs import Run, RunState, Trigger
from pipeline.trial.standing import Verdict
from tests.unit.retrain._trial import fix_gate, fix_verdict, standing_of
from tests.unit.retrain._watched import Watched
from tests.unit.retrain.test_decision import resend
from workers.execution import execute

OF_TRIALS = {"current", "note_look", "begin", "end", "promote", "commit"}
RUN = "run-2"

every = pytest.mark.parametrize(
    "every_call",
    [
        pytest.param(False, id="calls about trials"),
        pytest.param(True, id="every call", marks=pytest.mark.slow),
    ],
)
cases = pytest.mark.parametrize(
    ("begun_as", "verdict", "gate"),
    [
        ("tried", Verdict.BETTER, None),
        ("tried", Verdict.FUTILE, None),
        ("released", Verdict.WORSE, None),
        # It fits a head too, at each of its calls.
        pytest.param("tried", Verdict.WORSE, RunState.HELD, marks=pytest.mark.slow),
    ],
    ids=["release", "end", "roll back", "end, and the next one on trial"],
)


@pytest.fixture
def copies(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    copy_ports: Any,
    tmp_path: Path,
    *,
    begun_as: str,
    verdict: Verdict,
    gate: RunState | None,
) -> Iterator[Callable[[], Any]]:
    """Makes worlds with a requested run that judges a trial; without a gate it does not fit."""
    original = request.getfixturevalue(begun_as)
    resend(original)
    fix_verdict(monkeypatch, verdict)
    if gate is not None:
        fix_gate(monkeypatch, gate)
    made: list[Path] = []

    def make() -> Any:
        folder = tmp_path / f"copy-{len(made)}"
        made.append(shutil.copytree(original.settings.data_dir, folder))
        world = type(original)(
            copy_ports(original.ports), original.settings.with_changes(data_dir=folder)
        )
        trigger = Trigger.TRIAL if gate is None else Trigger.PERSON
        at = world.ports.corrections.clock()
        world.ports.runs.request(Run(id=RUN, requested_at=at, trigger=trigger))
        return world

    yield make
    for folder in made:
        shutil.rmtree(folder)


def find_points(world: Any, *, every_call: bool) -> dict[int, str]:
    """The calls of an undisturbed run at which it is struck, by their number."""
    watched = Watched(world.ports, lambda _, work: work())
    execute(RUN, watched.ports, world.settings)
    calls = dict(enumerate(watched.calls, start=1))
    first = next(number for number, name in calls.items() if name == "current")
    return {
        number: name
        for number, name in calls.items()
        if (number >= first if every_call else name.split()[0] in OF_TRIALS)
    }


def ended(world: Any) -> tuple[Any, ...]:
    run = world.ports.runs.get(RUN)
    return run.state, run.version, run.reason, run.trial, standing_of(world)


@cases
@every
@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, id="before its work", marks=pytest.mark.slow),
        pytest.param(True, id="after its work"),
    ],
)
def test_struck_at_a_call_and_repeated_it_ends_as_undisturbed(
    copies: Callable[[], Any], every_call: bool, after: bool
) -> None:
    undisturbed = copies()
    points = find_points(undisturbed, every_call=every_call)
    assert len(points) >= 3
    for fatal, name in points.items():
        world = copies()

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
        if not world.ports.runs.get(RUN).state.ended:
            execute(RUN, world.ports, world.settings, early=True)
        assert ended(world) == ended(undisturbed), f"struck at call {fatal}, {name}"


@cases
@every
def test_taken_for_dead_at_a_call_it_changes_nothing_and_its_successor_ends_well(
    copies: Callable[[], Any], every_call: bool
) -> None:
    undisturbed = copies()
    for fatal, name in find_points(undisturbed, every_call=every_call).items():
        world = copies()
        taken: list[Any] = []

        def strike(
            number: int,
            work: Callable[[], Any],
            world: Any = world,
            fatal: int = fatal,
            taken: Any = taken,
        ) -> Any:
            try:
                return work()
            finally:
                if number == fatal and not world.ports.runs.get(RUN).state.ended:
                    world.ports.runs.expire()
                    world.ports.runs.claim(RUN, "successor", 60)
                    taken.append(standing_of(world))

        execute(RUN, Watched(world.ports, strike).ports, world.settings)
        if taken:
            assert [standing_of(world)] == taken, f"taken over at call {fatal}, {name}"
            world.ports.runs.expire()
            execute(RUN, world.ports, world.settings)
        assert ended(world) == ended(undisturbed), f"taken over at call {fatal}, {name}"
