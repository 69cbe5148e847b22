"""What a run does with trials when owners act meanwhile, or versions and documents are lost."""

from typing import Any

import pytest

from pipeline.records.runs import RunState, Trigger
from pipeline.records.trials import TrialState
from pipeline.trial import judging
from pipeline.trial.standing import Verdict
from tests.unit.retrain._trial import (
    fix_verdict,
    run_once,
    saying,
)
from workers.execution import execute

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("act", ["stops it", "releases it"])
def test_what_an_owner_does_in_the_middle_stands(
    tried: Any, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    fix_verdict(monkeypatch, Verdict.BETTER if act == "stops it" else Verdict.WORSE)
    trials = tried.ports.trials
    note_look = trials.note_look

    def act_after(trial_id: str, *given: Any) -> Any:
        noted = note_look(trial_id, *given)
        if act == "stops it":
            trials.end(trial_id, TrialState.STOPPED, "enough", by="ada")
        else:
            tried.ports.models.promote("v1.0.1", by="owner", why="it is better")
        return noted

    monkeypatch.setattr(trials, "note_look", act_after)
    run = run_once(tried, "run-2", Trigger.TRIAL)
    expected = {
        "stops it": ("v1.0.0", TrialState.STOPPED, RunState.SKIPPED),
        "releases it": ("v1.0.1", TrialState.PROMOTED, RunState.PROMOTED),
    }
    release = tried.ports.models.release()
    assert (release.version, trials.newest("v1.0.1").state, run.state) == expected[act]
    assert release.trial is None


def test_a_canary_is_judged_by_its_arms_and_a_shadow_is_not(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.OPEN)
    monkeypatch.setattr(judging, "judge_arms", saying(Verdict.BETTER))
    assert run_once(tried, "run-2", Trigger.TRIAL).state is RunState.SKIPPED
    tried.ports.models.trials[tried.ports.trials.current().id]["kind"] = "canary"
    run = run_once(tried, "run-3", Trigger.TRIAL)
    assert (run.state, run.version) == (RunState.PROMOTED, "v1.0.1")


@pytest.mark.parametrize("spoil", ["file", "withdrawn", "deleted", "odd"])
def test_a_trial_whose_version_is_lost_ends_and_stops_no_run(
    tried: Any, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    models = tried.ports.models
    if spoil == "file":
        path = next(file.path for file in models.get("v1.0.1").files if file.path.endswith(".h5"))
        tried.ports.artefacts.objects[path] = b"damaged"
    elif spoil == "withdrawn":
        models._models["v1.0.1"]["status"] = "withdrawn"
    elif spoil == "deleted":
        del models._models["v1.0.1"]
    else:
        models._models["v1.0.1"]["files"] = "gone"
    run = run_once(tried, "run-2")
    ended = tried.ports.trials.newest("v1.0.1")
    assert (ended.state, "cannot be compared" in ended.reason) == (TrialState.ENDED, True)
    assert run.state is RunState.HELD, run.reason
    assert tried.ports.models.release().version == "v1.0.0"


def test_a_version_whose_other_files_are_damaged_is_not_released_and_its_trial_ends(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fix_verdict(monkeypatch, Verdict.BETTER)
    del tried.ports.artefacts.objects["models/production/v1.0.1/asking.json"]
    run_once(tried, "run-2", Trigger.TRIAL)
    ended = tried.ports.trials.newest("v1.0.1")
    assert (ended.state, "asking.json is missing" in ended.reason) == (TrialState.ENDED, True)
    assert tried.ports.models.release().version == "v1.0.0"


@pytest.mark.parametrize("fields", [None, {}, {"state": "won", "version": 7}])
def test_a_trial_whose_document_cannot_be_read_is_cleared_and_named(
    tried: Any, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any] | None
) -> None:
    salt = tried.ports.trials.current().salt
    if fields is None:
        del tried.ports.models.trials[salt]
    else:
        tried.ports.models.trials[salt] = fields
    run = run_once(tried, "run-2")
    assert any(f"trials/{salt}" in remark for remark in run.remarks)
    # The place is free: the challenger of this run has it.
    assert (run.state, tried.ports.trials.current().version) == (RunState.HELD, "v1.0.2")


def test_a_run_that_goes_on_after_its_end_of_a_trial_does_not_start_it_again(
    tried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = tried.ports.trials.current()
    tried.ports.trials.end(trial.id, TrialState.STOPPED, "enough", by="ada")
    tried.ports.runs.documents["run-1"] |= {"state": "publishing", "endedAt": None}
    tried.request()
    run = execute("run-1", tried.ports, tried.settings)
    assert (run.state, tried.ports.trials.current()) == (RunState.HELD, None)
