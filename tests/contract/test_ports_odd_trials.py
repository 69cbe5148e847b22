"""One odd document of a trial never stops the rest: it is named, and everything else goes on."""

from typing import Any

import pytest

from pipeline.errors import UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.trials import TrialState
from tests.contract._odd import RELEASE
from tests.contract._trials import LOOK, a_plan, leased, on_trial
from tests.contract._versions import NOW, ready, released

TRIAL: dict[str, Any] = {
    "version": "v1.0.1",
    "against": "v1.0.0",
    "kind": "shadow",
    "share": 1.0,
    "salt": "v1.0.1-2",
    "state": "open",
    "startedAt": NOW,
    "endsAt": NOW,
    "revision": 1,
    "fence": 2,
}
ODD: dict[str, dict[str, Any]] = {
    "empty": {},
    "no time": {key: value for key, value in TRIAL.items() if key != "startedAt"},
    "a time as text": {**TRIAL, "startedAt": "2026-01-01"},
    "a kind of a newer version": {**TRIAL, "kind": "bandit"},
    "a state of another program": {**TRIAL, "state": "won"},
    "a version that is none": {**TRIAL, "version": "newest"},
    "a share above one": {**TRIAL, "share": 7},
    "a share that is no number": {**TRIAL, "share": float("nan")},
    "looks of a wrong type": {**TRIAL, "looks": "none"},
    "a look that is none": {**TRIAL, "looks": [{"runId": "run-1"}]},
    "the id of another": {**TRIAL, "id": "v9.9.9-1"},
}
BAD_OFFERS: list[Any] = [
    "v1.0.1", 7, [], {}, {"version": "v1.0.1"},
    {"version": "?", "share": 1.0, "salt": "a", "kind": "shadow", "manifestPath": "m"},
    {"version": "v1.0.1", "share": 9, "salt": "a", "kind": "shadow", "manifestPath": "m"},
]  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_an_odd_trial_is_named_and_hides_no_other(world: Any, case: str) -> None:
    trial = on_trial(world.ports)
    world.edit(f"trials/{case}", ODD[case])
    page = world.ports.trials.page()
    assert page.records == [trial]
    assert [each.path for each in page.unreadable] == [f"trials/{case}"]
    with pytest.raises(UnreadableDocument, match=f"trials/{case}"):
        world.ports.trials.get(case)


@pytest.mark.parametrize("case", ODD)
def test_beside_odd_trials_they_begin_and_are_looked_at_and_end_as_ever(
    world: Any, case: str
) -> None:
    ports = world.ports
    world.edit(f"trials/{case}", ODD[case])
    before = repr(world.read(f"trials/{case}"))
    trial, lease = on_trial(ports), leased(ports)
    assert ports.trials.note_look(trial.id, LOOK, lease).looks == [LOOK]
    assert (
        ports.models.promote(
            "v1.0.1", trial=trial.id, lease=lease, by="owner", why="it is better"
        ).trial
        is None
    )
    assert ports.trials.newest("v1.0.1").state is TrialState.PROMOTED
    assert repr(world.read(f"trials/{case}")) == before


@pytest.mark.parametrize("fields", [None, {}, {**TRIAL, "state": "ended"}, {**TRIAL, "share": 9}])
def test_a_trial_that_the_release_names_and_nobody_can_read_is_cleared(
    world: Any, fields: dict[str, Any] | None
) -> None:
    ports = world.ports
    trial = on_trial(ports)
    world.edit(f"trials/{trial.id}", fields)
    with pytest.raises(UnreadableDocument, match=r"trials/.*redraw trial stop v1\.0\.1"):
        ports.trials.current()
    _, release = ports.trials.end(trial.id, TrialState.ENDED, "its document is gone")
    assert (release.trial, release.fence) == (None, trial.fence + 1)
    assert ports.trials.current() is None


@pytest.mark.parametrize("fields", [None, {}, {**TRIAL, "share": 9}])
def test_its_place_is_free_for_the_next_one(world: Any, fields: dict[str, Any] | None) -> None:
    ports = world.ports
    trial = on_trial(ports)
    world.edit(f"trials/{trial.id}", fields)
    begun, release = ports.trials.begin(ready(ports.models, "run-c"), a_plan())
    assert ports.trials.current() == begun
    assert release.trial is not None
    assert release.trial.version == "v1.0.2"


@pytest.mark.parametrize("offer", BAD_OFFERS, ids=repr)
def test_a_release_whose_trial_cannot_be_read_has_none(world: Any, offer: Any) -> None:
    ports = world.ports
    version = ready(ports.models)
    world.edit("releases/production", {**RELEASE, "version": version, "trial": offer})
    release = ports.models.release()
    assert (release.version, release.trial) == (version, None)
    assert ports.trials.current() is None
    assert (
        ports.models.promote(
            ready(ports.models, "run-c"), replacing=7, by="owner", why="it is better"
        ).fence
        == 8
    )


@pytest.mark.parametrize("first", ["?", -1.5, True, None])
def test_a_release_that_does_not_say_its_first_fence_has_that_of_now(
    world: Any, first: Any
) -> None:
    ports = world.ports
    version = ready(ports.models)
    world.edit("releases/production", {**RELEASE, "version": version, "versionFence": first})
    assert ports.models.release().version_fence is None
    trial, release = ports.trials.begin(ready(ports.models, "run-c"), a_plan())
    assert (trial.fence, release.version_fence) == (8, 7)


def test_a_trial_that_is_open_by_its_document_alone_ends_with_the_next_change(
    world: Any, ports: Ports
) -> None:
    world.edit("trials/v0.9.0-1", {**TRIAL, "version": "v0.9.0", "salt": "v0.9.0-1"})
    released(ports.models, 1)
    assert ports.trials.get("v0.9.0-1").state is TrialState.ENDED
    world.edit("trials/v0.9.0-1", {**TRIAL, "version": "v0.9.0", "salt": "v0.9.0-1"})
    ports.trials.begin(ready(ports.models, "run-b"), a_plan())
    lost = ports.trials.get("v0.9.0-1")
    assert (lost.state, lost.reason) == (TrialState.ENDED, "the release did not name it any more")


def test_the_fence_of_a_repaired_release_is_above_those_of_trials(world: Any) -> None:
    ports = world.ports
    trial = on_trial(ports)
    world.edit("releases/production", None)
    assert ports.models.promote("v1.0.0", by="owner", why="it is better").fence == trial.fence + 1
    again, _ = ports.trials.begin("v1.0.1", a_plan())
    assert again.id != trial.id
