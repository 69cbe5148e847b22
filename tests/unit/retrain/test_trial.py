"""What a run does with trials: it starts them, judges them, and does what follows."""

from typing import Any

import pytest

from pipeline.records.runs import RunState, Trigger
from pipeline.records.trials import TrialKind, TrialState, TrialVerdict
from pipeline.trial.standing import Verdict
from tests.unit.retrain._trial import (
    fix_gate,
    fix_verdict,
    run_once,
)

pytestmark = pytest.mark.usefixtures("quick")


# Going on trial


def test_a_held_challenger_that_is_expected_to_gain_goes_on_trial(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tried.ports.runs.get("run-1")
    assert (run.state, run.version) == (RunState.HELD, "v1.0.1")
    assert run.reason == "v1.0.1 is on trial beside v1.0.0 (shadow): why"
    release = tried.ports.models.release()
    assert (release.version, release.trial.version) == ("v1.0.0", "v1.0.1")
    trial = tried.ports.trials.current()
    assert (trial.kind, trial.run_id, trial.revision) == (TrialKind.SHADOW, "run-1", run.revision)
    assert tried.ports.corrections.count_pending() == 0


@pytest.mark.parametrize("gain", [None, 0.0, -0.01])
def test_a_held_challenger_that_is_not_expected_to_gain_is_not_even_published(
    world: Any, monkeypatch: pytest.MonkeyPatch, gain: float | None
) -> None:
    fix_gate(monkeypatch, RunState.HELD, gain)
    run = run_once(world)
    assert (run.state, run.version, run.reason) == (RunState.HELD, None, "why")
    assert world.ports.models.release().trial is None


def test_a_harmful_challenger_is_never_tried(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fix_gate(monkeypatch, RunState.REJECTED)
    assert run_once(world).version is None
    assert world.ports.models.release().trial is None


def test_a_challenger_that_passed_is_released_at_once_and_watched(
    released: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = released.ports.runs.get("run-1")
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.1")
    watch = released.ports.trials.current()
    assert (watch.kind, watch.version, watch.against) == (TrialKind.WATCH, "v1.0.0", "v1.0.1")
    assert (watch.revision, watch.run_id) == (run.revision, "run-1")


def test_if_all_are_tried_one_that_passed_is_on_trial_first(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settings = world.settings.with_changes(trial={"when": "always"})
    fix_gate(monkeypatch, RunState.PROMOTED, None)
    run = run_once(world)
    assert (run.state, run.version) == (RunState.HELD, "v1.0.1")
    assert world.ports.models.release().version == "v1.0.0"
    assert world.ports.trials.current().version == "v1.0.1"


@pytest.mark.parametrize("outcome", [RunState.HELD, RunState.PROMOTED])
def test_without_trials_nothing_is_tried_or_watched(
    world: Any, monkeypatch: pytest.MonkeyPatch, outcome: RunState
) -> None:
    world.settings = world.settings.with_changes(trial={"when": "never"})
    fix_gate(monkeypatch, outcome)
    run = run_once(world)
    assert (run.state, run.reason) == (outcome, "why")
    assert world.ports.trials.page().records == []


def test_a_release_is_not_watched_if_no_days_are_given(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settings = world.settings.with_changes(trial={"watch_days": 0})
    fix_gate(monkeypatch, RunState.PROMOTED)
    assert run_once(world).state is RunState.PROMOTED
    assert world.ports.trials.current() is None


def test_while_one_is_on_trial_another_held_one_is_not_tried(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_once(tried, "run-2")
    assert (run.state, run.version) == (RunState.HELD, None)
    assert run.reason == "v1.0.1 is on trial beside v1.0.0, so this one is not tried: why"
    assert tried.ports.trials.current().version == "v1.0.1"


def test_a_challenger_that_passes_overtakes_the_one_on_trial(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_gate(monkeypatch, RunState.PROMOTED)
    run = run_once(tried, "run-2")
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.2")
    overtaken = tried.ports.trials.newest("v1.0.1")
    assert (overtaken.state, overtaken.reason) == (
        TrialState.ENDED,
        "overtaken: v1.0.2 was released",
    )
    assert tried.ports.trials.current().kind is TrialKind.WATCH


# Looks


@pytest.mark.parametrize("verdict", [Verdict.OPEN, Verdict.FUTILE, Verdict.WORSE])
def test_each_run_records_what_it_sees(
    tried: Any, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    fix_verdict(monkeypatch, verdict)
    run = run_once(tried, "run-2", Trigger.TRIAL)
    trial = tried.ports.trials.newest("v1.0.1")
    (look,) = trial.looks
    assert (look.run_id, look.verdict, look.answers) == ("run-2", TrialVerdict(verdict), 1)
    assert (look.estimate, look.low, look.high) == (0.01, -0.004, 0.03)
    assert run.trial is not None
    assert run.trial.sentence == f"v1.0.1, on trial beside v1.0.0: it is {verdict}"
    assert trial.state is (TrialState.OPEN if verdict is Verdict.OPEN else TrialState.ENDED)
    assert tried.ports.models.release().version == "v1.0.0"


def test_a_version_that_is_better_is_released_and_becomes_the_champion(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.BETTER)
    run = run_once(tried, "run-2")
    assert run.champion == "v1.0.1"
    assert tried.ports.models.release().version == "v1.0.1"
    assert tried.ports.trials.newest("v1.0.1").state is TrialState.PROMOTED
    watch = tried.ports.trials.current()
    assert (watch.kind, watch.version, watch.revision) == (TrialKind.WATCH, "v1.0.0", run.revision)
    assert watch.looks == []


def test_a_release_that_is_worse_is_rolled_back_and_not_watched(
    released: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_gate(monkeypatch, RunState.REJECTED)
    fix_verdict(monkeypatch, Verdict.WORSE)
    run = run_once(released, "run-2")
    assert run.champion == "v1.0.0"
    release = released.ports.models.release()
    assert (release.version, release.previous, release.trial) == ("v1.0.0", "v1.0.1", None)
    assert released.ports.trials.newest("v1.0.0").state is TrialState.ROLLED_BACK


@pytest.mark.parametrize("verdict", [Verdict.BETTER, Verdict.FUTILE])
def test_a_release_that_is_not_worse_is_kept_and_its_watch_ends(
    released: Any, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    fix_verdict(monkeypatch, verdict)
    run_once(released, "run-2", Trigger.TRIAL)
    release = released.ports.models.release()
    assert (release.version, release.trial) == ("v1.0.1", None)
    assert released.ports.trials.newest("v1.0.0").state is TrialState.ENDED


def test_after_its_days_an_undecided_trial_ends(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.OPEN)
    salt = tried.ports.trials.current().salt
    stored = tried.ports.models.trials[salt]
    stored["endsAt"] = stored["startedAt"]
    run_once(tried, "run-2", Trigger.TRIAL)
    ended = tried.ports.trials.get(salt)
    assert (ended.state, "its days are over" in ended.reason) == (TrialState.ENDED, True)


# Runs for a trial alone


def test_a_run_for_a_trial_judges_it_and_leaves_the_fit_to_a_later_one(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.OPEN)
    run = run_once(tried, "run-2", Trigger.TRIAL)
    assert (run.state, run.champion, run.decision) == (RunState.SKIPPED, None, None)
    assert run.reason == "v1.0.1, on trial beside v1.0.0: it is open"
    assert tried.ports.corrections.count_pending() == 0


def test_a_run_for_a_trial_that_releases_its_version_ends_as_promoted(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.BETTER)
    run = run_once(tried, "run-2", Trigger.TRIAL)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.1")
    # It has not learned from the answers that spoke for it.
    answer = tried.ports.corrections.documents["turned"]["retraining"]
    assert (answer["runId"], answer["version"]) == ("run-2", None)


def test_a_run_for_a_trial_fits_when_what_it_and_others_merged_is_enough(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.OPEN)
    tried.settings = tried.settings.with_changes(retrain_threshold=1)
    run = run_once(tried, "run-2", Trigger.TRIAL)
    assert (run.state, run.champion) == (RunState.HELD, "v1.0.0")


def test_a_run_for_a_trial_that_was_stopped_meanwhile_does_no_harm(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = tried.ports.trials.current()
    tried.ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    run = run_once(tried, "run-2", Trigger.TRIAL)
    assert (run.state, run.reason) == (RunState.SKIPPED, "no trial is open any more")
