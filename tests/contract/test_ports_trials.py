"""The contract of a TrialStore: trials begin, are looked at, and end, together with the release."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.errors import NotFound, ReleaseMoved, TrialUnderWay, VersionNotReady
from pipeline.ports import Ports
from pipeline.records.runs import RunState
from pipeline.records.trials import TrialKind, TrialOffer, TrialState
from pipeline.run_errors import LeaseLost
from pipeline.trial import documents
from tests.contract._trials import LOOK, WATCH, a_plan, leased, on_trial, watched
from tests.contract._versions import ready, released, reserved


def test_before_the_first_trial_there_is_none(ports: Ports) -> None:
    assert ports.trials.current() is None
    assert ports.trials.page().records == []
    with pytest.raises(NotFound):
        ports.trials.newest("v1.0.0")
    with pytest.raises(NotFound):
        ports.trials.get("v1.0.0-1")


def test_a_release_without_a_trial_names_none(ports: Ports) -> None:
    assert released(ports.models, 1)[0].trial is None


# Beginning


def test_the_release_carries_all_that_a_client_needs(ports: Ports) -> None:
    trial = on_trial(ports)
    release = ports.models.release()
    assert release is not None
    assert release.version == "v1.0.0"
    assert release.trial == TrialOffer(
        version="v1.0.1",
        share=0.5,
        salt=trial.id,
        kind=TrialKind.SHADOW,
        manifest_path="models/production/v1.0.1/manifest.json",
    )


def test_a_trial_is_kept_as_it_was_begun(ports: Ports) -> None:
    trial = on_trial(ports, run_id="run-b")
    assert ports.trials.current() == trial
    assert ports.trials.get(trial.id) == trial
    assert ports.trials.newest("v1.0.1") == trial
    assert ports.trials.page().records == [trial]
    assert (trial.version, trial.against, trial.revision) == ("v1.0.1", "v1.0.0", 3)
    assert (trial.state, trial.started_by, trial.run_id) == (TrialState.OPEN, "ada", "run-b")
    assert trial.ends_at - trial.started_at == timedelta(days=14)


def test_the_fence_rises_and_the_release_stays_otherwise(ports: Ports) -> None:
    (before,) = released(ports.models, 1)
    _, after = ports.trials.begin(ready(ports.models, "run-b"), a_plan())
    assert after == ports.models.release()
    unchanged = {"fence": before.fence, "trial": None}
    assert after.fence == before.fence + 1
    assert after.model_copy(update=unchanged) == before


def test_beginning_it_again_changes_nothing(ports: Ports) -> None:
    trial = on_trial(ports)
    again, release = ports.trials.begin("v1.0.1", a_plan(share=0.1))
    assert (again, release) == (trial, ports.models.release())
    assert release.fence == trial.fence


def test_a_run_that_has_begun_a_trial_gets_it_also_after_it_was_stopped(ports: Ports) -> None:
    trial = on_trial(ports, run_id="run-b")
    stopped, _ = ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    again, release = ports.trials.begin("v1.0.1", a_plan(run_id="run-b"))
    assert (again, release.trial) == (stopped, None)


def test_one_version_is_on_trial_at_a_time(ports: Ports) -> None:
    trial = on_trial(ports)
    with pytest.raises(TrialUnderWay, match=r"v1\.0\.1 is on trial beside v1\.0\.0"):
        ports.trials.begin(ready(ports.models, "run-c"), a_plan())
    assert ports.trials.current() == trial


def test_of_many_who_begin_trials_one_does(ports: Ports, at_once: Callable[..., list[Any]]) -> None:
    released(ports.models, 1)
    versions = [ready(ports.models, f"other-{number}") for number in range(4)]
    results = at_once(
        [lambda version=version: ports.trials.begin(version, a_plan()) for version in versions]
    )
    begun = [result for result in results if not isinstance(result, TrialUnderWay)]
    assert [trial for trial, _ in begun] == [ports.trials.current()]


def test_where_nothing_is_released_nothing_is_tried(ports: Ports) -> None:
    version = ready(ports.models)
    with pytest.raises(NotFound, match="nothing is released"):
        ports.trials.begin(version, a_plan())


def test_only_a_ready_version_beside_the_released_one_is_tried(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    with pytest.raises(NotFound):
        ports.trials.begin("v9.9.9", a_plan())
    with pytest.raises(VersionNotReady):
        ports.trials.begin(reserved(ports.models, "run-b"), a_plan())
    with pytest.raises(VersionNotReady, match="released already"):
        ports.trials.begin(release.version, a_plan())
    assert ports.models.release() == release


def test_a_trial_against_a_release_that_moved_is_refused(ports: Ports) -> None:
    first, _ = released(ports.models, 2)
    version = ready(ports.models, "run-c")
    with pytest.raises(ReleaseMoved):
        ports.trials.begin(version, a_plan(), replacing=first.fence)


def test_a_stale_lease_begins_no_trial(ports: Ports) -> None:
    (release,) = released(ports.models, 1)
    version, stale = ready(ports.models, "run-b"), leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.trials.begin(version, a_plan(), lease=stale)
    assert ports.models.release() == release


def test_a_version_can_be_tried_again_with_another_salt(ports: Ports) -> None:
    first = on_trial(ports)
    ports.trials.end(first.id, TrialState.STOPPED, "enough", by="ada")
    second, _ = ports.trials.begin("v1.0.1", a_plan())
    assert second.salt != first.salt
    assert ports.trials.newest("v1.0.1") == second
    assert [trial.id for trial in ports.trials.page().records] == [second.id, first.id]
    assert [trial.id for trial in ports.trials.page(limit=1).records] == [second.id]


# Looks


def test_a_look_is_kept_once_for_each_run(ports: Ports) -> None:
    trial, lease = on_trial(ports), leased(ports)
    seen = ports.trials.note_look(trial.id, LOOK, lease)
    again = ports.trials.note_look(trial.id, LOOK.model_copy(update={"answers": 99}), lease)
    other = ports.trials.note_look(trial.id, LOOK.model_copy(update={"run_id": "run-c"}), lease)
    assert seen.looks == again.looks == [LOOK]
    assert [look.run_id for look in other.looks] == ["run-9", "run-c"]
    assert ports.trials.get(trial.id) == other


def test_a_trial_that_has_ended_is_not_looked_at(ports: Ports) -> None:
    trial, lease = on_trial(ports), leased(ports)
    ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    assert ports.trials.note_look(trial.id, LOOK, lease).looks == []


def test_of_very_many_looks_the_newest_are_kept(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_LOOKS", 3)
    trial, lease = on_trial(ports), leased(ports)
    for number in range(5):
        look = LOOK.model_copy(update={"run_id": f"run-{number}"})
        noted = ports.trials.note_look(trial.id, look, lease)
        assert noted.find_look(f"run-{number}") == look
    assert [look.run_id for look in ports.trials.get(trial.id).looks] == ["run-2", "run-3", "run-4"]


def test_a_stale_lease_notes_no_look(ports: Ports) -> None:
    trial, stale = on_trial(ports), leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.trials.note_look(trial.id, LOOK, stale)
    assert ports.trials.get(trial.id).looks == []


# Ends


def test_what_is_stopped_is_no_longer_in_the_release(ports: Ports) -> None:
    trial = on_trial(ports)
    ended, release = ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    assert ended == ports.trials.get(trial.id)
    assert release == ports.models.release()
    assert (ended.state, ended.reason, ended.stopped_by) == (TrialState.STOPPED, "enough", "ada")
    assert ended.ended_at is not None
    assert (release.trial, release.fence) == (None, trial.fence + 1)
    assert ports.trials.current() is None


def test_ending_it_again_changes_nothing(ports: Ports) -> None:
    trial = on_trial(ports)
    ended = ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    assert ports.trials.end(trial.id, TrialState.ENDED, "late", by="bob") == ended


def test_a_stale_lease_ends_no_trial(ports: Ports) -> None:
    trial, stale = on_trial(ports), leased(ports, 0)
    ports.runs.claim("run-9", "other", 60)
    with pytest.raises(LeaseLost):
        ports.trials.end(trial.id, TrialState.ENDED, "worse", lease=stale)
    assert ports.trials.current() == trial


# Promotions


def test_the_promotion_of_the_version_on_trial_ends_its_trial(ports: Ports) -> None:
    trial, lease = on_trial(ports), leased(ports)
    release = ports.models.promote(
        "v1.0.1", replacing=trial.fence, lease=lease, trial=trial.id, by="owner", why="it is better"
    )
    assert (release.version, release.trial) == ("v1.0.1", None)
    assert ports.trials.get(trial.id).state is TrialState.PROMOTED


def test_the_promotion_of_another_version_overtakes_the_trial(ports: Ports) -> None:
    trial = on_trial(ports)
    release = ports.models.promote(ready(ports.models, "run-c"), by="owner", why="it is better")
    ended = ports.trials.get(trial.id)
    assert (release.trial, ended.state) == (None, TrialState.ENDED)
    assert ended.reason == "overtaken: v1.0.2 was released"


def test_a_trial_that_began_or_ended_is_no_other_release(ports: Ports) -> None:
    (before,) = released(ports.models, 1)
    version = ready(ports.models, "run-b")
    trial, _ = ports.trials.begin(version, a_plan())
    ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    assert (
        ports.models.promote(
            version, replacing=before.fence, by="owner", why="it is better"
        ).version
        == version
    )


def test_nothing_is_promoted_by_a_trial_that_was_stopped(ports: Ports) -> None:
    trial = on_trial(ports)
    ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    with pytest.raises(ReleaseMoved, match="ended meanwhile"):
        ports.models.promote(
            "v1.0.1", replacing=trial.fence, trial=trial.id, by="owner", why="it is better"
        )
    assert ports.models.release().version == "v1.0.0"  # type: ignore[union-attr]


def test_a_promotion_may_begin_a_watch_of_the_version_before(ports: Ports) -> None:
    watch = watched(ports)
    release = ports.models.release()
    assert release is not None
    assert release.trial is not None
    assert (release.version, release.trial.version, release.trial.kind) == (
        "v1.0.1", "v1.0.0", TrialKind.WATCH,
    )  # fmt: skip
    assert (watch.version, watch.against, watch.run_id) == ("v1.0.0", "v1.0.1", "run-9")
    assert watch.ends_at - watch.started_at == timedelta(days=7)


def test_a_promotion_repeated_begins_no_second_watch(ports: Ports) -> None:
    watch, before = watched(ports), ports.models.release()
    assert ports.models.promote("v1.0.1", watch=WATCH, by="owner", why="it is better") == before
    assert ports.trials.page().records == [watch]


def test_the_first_release_is_not_watched_as_there_is_nothing_before_it(ports: Ports) -> None:
    assert (
        ports.models.promote(ready(ports.models), watch=WATCH, by="owner", why="it is better").trial
        is None
    )


def test_a_rollback_by_the_watch_says_so(ports: Ports) -> None:
    watch, lease = watched(ports), leased(ports)
    release = ports.models.promote(
        "v1.0.0", replacing=watch.fence, lease=lease, trial=watch.id, by="owner", why="it is better"
    )
    assert (release.version, release.previous, release.trial) == ("v1.0.0", "v1.0.1", None)
    assert ports.trials.get(watch.id).state is TrialState.ROLLED_BACK


def test_the_promotion_of_a_trial_can_begin_the_watch_of_its_champion(ports: Ports) -> None:
    trial, lease = on_trial(ports), leased(ports)
    ports.models.promote(
        "v1.0.1", lease=lease, trial=trial.id, watch=WATCH, by="owner", why="it is better"
    )
    watch = ports.trials.current()
    assert watch is not None
    assert (watch.version, watch.against) == ("v1.0.0", "v1.0.1")
    assert ports.trials.get(trial.id).state is TrialState.PROMOTED


def test_a_promotion_refused_leaves_the_trial(ports: Ports) -> None:
    trial, lease = on_trial(ports), leased(ports)
    ports.runs.record(lease, {"state": RunState.FAILED})
    with pytest.raises(LeaseLost):
        ports.models.promote("v1.0.1", lease=lease, trial=trial.id, by="owner", why="it is better")
    assert ports.trials.current() == trial
