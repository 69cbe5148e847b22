"""What a newer Redraw wrote: lists name it, nothing changes it, and what can go on does."""

import re
from typing import Any

import pytest

from pipeline.errors import NewerDocument, RedrawError
from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.records.trials import TrialState
from pipeline.run_errors import LeaseLost, RunInProgress
from tests.contract._quarantined import ACCEPT, NOW, QUARANTINED, REFUSE, outcome, quarantined
from tests.contract._runs import a_run, leased
from tests.contract._trials import on_trial
from tests.contract._versions import ready, released, reserved

NEWER = 99


def make_newer(world: Any, path: str, **more: Any) -> dict[str, Any]:
    """Let a newer Redraw write the document; return its fields."""
    fields = {**world.read(path), "schema": NEWER, "unheard": {"of": 1}, **more}
    world.edit(path, fields)
    return fields


def refused(path: str) -> Any:
    return pytest.raises(NewerDocument, match=rf"^{re.escape(path)} is left as it is .*: upgrade")


def test_a_newer_version_is_named_by_the_list_and_neither_released_nor_withdrawn(
    world: Any,
) -> None:
    models, version = world.ports.models, ready(world.ports.models)
    fields = make_newer(world, f"models/{version}")
    page = models.page()
    assert (page.records, [each.path for each in page.unreadable]) == ([], [f"models/{version}"])
    assert models.has_ready()
    for change in (
        lambda: models.promote(version, by="owner", why="it is better"),
        lambda: models.withdraw(version, by="owner", why="it is worse"),
        lambda: reserved(models),  # its run would publish it a second time
    ):
        with refused(f"models/{version}"):
            change()
    assert world.read(f"models/{version}") == fields


def test_no_release_replaces_one_that_a_newer_redraw_made(world: Any) -> None:
    released(world.ports.models, 2)
    fields = make_newer(world, "releases/production")
    with refused("releases/production"):
        world.ports.models.release()
    with refused("releases/production"):
        world.ports.models.promote("v1.0.0", by="owner", why="it was better")
    assert world.read("releases/production") == fields


def test_a_newer_run_keeps_the_slot_and_is_neither_executed_nor_replaced(world: Any) -> None:
    runs = world.ports.runs
    runs.request(a_run())
    fields = make_newer(world, "training_runs/run-1")
    with refused("training_runs/run-1"):
        runs.claim("run-1", "worker", 60)
    with pytest.raises(RunInProgress):
        runs.request(a_run("run-2"))
    assert runs.abandoned() is None  # no one queues it here, again and again
    assert (runs.slot().slot.run_id, runs.slot().dead) == ("run-1", None)
    assert world.read("training_runs/run-1") == fields
    assert [each.path for each in runs.page().unreadable] == ["training_runs/run-1"]


def test_a_worker_leaves_its_run_to_the_newer_redraw_that_changed_it(world: Any) -> None:
    runs, lease = world.ports.runs, leased(world.ports.runs)
    fields = make_newer(world, "training_runs/run-1")
    with pytest.raises(LeaseLost, match="a newer Redraw"):
        runs.record(lease, {"reason": "mine"})
    assert world.read("training_runs/run-1") == fields
    assert runs.slot().slot.run_id == "run-1"


def test_a_newer_slot_is_shown_and_not_changed(world: Any) -> None:
    runs, lease = world.ports.runs, leased(world.ports.runs)
    fields = make_newer(world, "leases/retraining")
    assert runs.slot().slot.holder == fields["holder"]
    for change in (
        lambda: runs.renew(lease, 60),
        lambda: runs.record(lease, {"reason": "mine"}),
        lambda: runs.claim("run-1", fields["holder"], 60),
    ):
        with refused("leases/retraining"):
            change()
    assert world.read("leases/retraining") == fields


def test_a_newer_decision_is_neither_changed_nor_taken_back_nor_contradicted(world: Any) -> None:
    corrections = world.ports.corrections
    world.put("a", quarantined())
    decided = corrections.decide("a", ACCEPT, "owner").document()
    world.edit("decisions/a", {**decided, "schema": NEWER})
    if hasattr(corrections, "decided"):
        del corrections.decided["a"]  # in memory, what others wrote is kept apart
    assert corrections.decisions(["a"]) == {}
    for read in (
        lambda: corrections.decisions(["a"], strict=True),
        lambda: corrections.decide("a", REFUSE, "owner"),
        lambda: corrections.undecide(["a"]),
    ):
        with refused("decisions/a"):
            read()
    assert [each.path for each in corrections.unreadable_decisions()] == ["decisions/a"]
    settled = corrections.settle({"a": outcome(QUARANTINED)})
    assert (settled, world.look("a")["status"]) == (0, "pending")


def test_a_newer_trial_is_neither_ended_nor_cleared_nor_passed_over(world: Any) -> None:
    trial = on_trial(world.ports)
    version, salt = trial.version, trial.salt
    fields = make_newer(world, f"trials/{salt}")
    trials, models = world.ports.trials, world.ports.models
    assert [each.path for each in trials.page().unreadable] == [f"trials/{salt}"]
    for call in (
        trials.current,
        lambda: trials.end(salt, TrialState.STOPPED, "an owner stopped it"),
        lambda: models.promote(version, by="owner", why="it is better"),
    ):
        with refused(f"trials/{salt}"):
            call()
    assert world.read(f"trials/{salt}") == fields


def test_what_a_newer_redraw_has_noticed_is_not_noticed_anew(world: Any) -> None:
    notifications = world.ports.notifications
    notifications.note_conditions(["release:none"])
    fields = make_newer(world, "notification_state/noticed")
    for call in (
        notifications.look,
        lambda: notifications.note_conditions([]),
        lambda: notifications.note_looked(fields["runsUntil"], [], 7),
    ):
        with refused("notification_state/noticed"):
            call()
    assert world.read("notification_state/noticed") == fields


def test_a_newer_notification_is_named_and_not_delivered(world: Any) -> None:
    store = world.ports.notifications
    event = Event(NotificationKind.RUN_ENDED, "promoted", "run-1", NOW, "It ended.", "/v1/retrains")
    name = Notification.of(event, NOW).id
    store.create(Notification.of(event, NOW))
    make_newer(world, f"notifications/{name}")
    assert [each.path for each in store.page().unreadable] == [f"notifications/{name}"]
    assert store.due() == []
    with refused(f"notifications/{name}"):
        store.claim(name, 60)


def test_a_number_that_is_none_makes_a_document_unreadable(world: Any) -> None:
    version = ready(world.ports.models)
    world.edit(f"models/{version}", {**world.read(f"models/{version}"), "schema": "two"})
    with pytest.raises(RedrawError, match="schema: it is no whole number above 0"):
        world.ports.models.get(version)


@pytest.mark.parametrize(
    "path", ["releases/production", "leases/retraining", "models/v1.0.0", "training_runs/run-1"]
)
def test_fields_that_a_newer_redraw_added_survive_a_change_by_this_one(
    world: Any, path: str
) -> None:
    models, runs = world.ports.models, world.ports.runs
    released(models, 2)
    lease = leased(runs)
    world.edit(path, {**world.read(path), "added": {"by": "newer"}})
    models.promote("v1.0.0", by="owner", why="it was better")
    runs.record(lease, {"reason": "mine"})
    runs.renew(lease, 60)
    assert world.read(path)["added"] == {"by": "newer"}
