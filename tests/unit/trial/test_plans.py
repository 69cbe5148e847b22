"""Which challengers go on trial, and what trial and watch the settings describe."""

import pytest

from pipeline.errors import InvalidSettings, InvalidTrial
from pipeline.gate.summary import PLAYERS
from pipeline.records.runs import Check, CheckStanding, Decision, RunState
from pipeline.records.trials import TrialKind
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from pipeline.trial.plans import change_rules, is_for_trial, plan_trial, plan_watch
from pipeline.version_settings import TrialSettings
from tests.contract._versions import GATE


def decision(outcome: RunState, gain: float | None) -> Decision:
    return GATE.model_copy(update={"outcome": outcome, "expected_gain": gain})


@pytest.mark.parametrize(
    ("when", "outcome", "gain", "expected"),
    [
        ("held", RunState.HELD, 0.001, True),
        ("held", RunState.HELD, 0.0, False),
        ("held", RunState.HELD, None, False),
        ("held", RunState.PROMOTED, 0.02, False),
        ("held", RunState.REJECTED, 0.02, False),
        ("always", RunState.HELD, 0.001, True),
        ("always", RunState.HELD, -0.001, False),
        ("always", RunState.PROMOTED, None, True),
        ("always", RunState.REJECTED, 0.02, False),
        ("never", RunState.HELD, 0.02, False),
        ("never", RunState.PROMOTED, 0.02, False),
    ],
)
def test_who_goes_on_trial(
    when: str, outcome: RunState, gain: float | None, *, expected: bool
) -> None:
    assert is_for_trial(decision(outcome, gain), TrialSettings(when=when)) is expected


@pytest.mark.parametrize(("name", "expected"), [(PLAYERS, True), ("clean drawings", False)])
def test_one_that_is_held_for_more_than_players_drawings_is_not_tried(
    name: str, *, expected: bool
) -> None:
    passed = Check(name="golden set", standing=CheckStanding.PASSED, rows=1, reason="all right")
    undecided = Check(name=name, standing=CheckStanding.OPEN, rows=1, reason="not known")
    held = decision(RunState.HELD, 0.02).model_copy(update={"checks": [passed, undecided]})
    assert is_for_trial(held, TrialSettings(when="held")) is expected


def test_a_trial_is_planned_as_the_settings_say() -> None:
    settings = TrialSettings(kind="canary", share=0.1, days=3)
    plan = plan_trial(settings, 7, "run run-1", "run-1")
    assert (plan.kind, plan.share, plan.days) == (TrialKind.CANARY, 0.1, 3)
    assert (plan.revision, plan.started_by, plan.run_id) == (7, "run run-1", "run-1")


@pytest.mark.parametrize(("kind", "share", "expected"), [("shadow", 0.4, 0.4), ("canary", 0.1, 1)])
def test_a_watch_shows_no_player_anything_so_a_canary_s_share_does_not_limit_it(
    kind: str, share: float, expected: float
) -> None:
    plan = plan_watch(TrialSettings(kind=kind, share=share, watch_days=2), 7, "run-1")
    assert plan is not None
    assert (plan.kind, plan.share, plan.days) == (TrialKind.WATCH, expected, 2)


@pytest.mark.parametrize("rules", [{"when": "never"}, {"watch_days": 0}])
def test_no_watch_follows_where_none_is_wanted(rules: dict[str, object]) -> None:
    assert plan_watch(TrialSettings(**rules), 7, "run-1") is None


def test_a_canary_for_all_players_is_refused_and_what_to_do_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REDRAW_TRIAL_KIND", "canary")
    with pytest.raises(InvalidSettings, match=r"REDRAW_TRIAL_SHARE.*0\.5 at most"):
        load_settings(_env_file=None)
    monkeypatch.setenv("REDRAW_TRIAL_SHARE", "0.1")
    assert load_settings(_env_file=None).trial.share == 0.1


def test_an_owner_s_rules_replace_the_settings_and_are_checked() -> None:
    settings = Settings(_env_file=None)
    assert change_rules(settings, share=0.5, days=3).trial.days == 3
    assert change_rules(settings).trial == settings.trial
    with pytest.raises(InvalidTrial, match=r"0\.5 at most"):
        change_rules(settings, kind="canary")
    with pytest.raises(InvalidTrial):
        change_rules(settings, share=2)
