"""Trials of a small world: verdicts that are fixed, and answers that are new."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.gate import judge
from pipeline.records.runs import Run, RunState, Trigger
from pipeline.trial import judging
from pipeline.trial.standing import TrialStanding, Verdict
from tests.unit.retrain._gate import deciding
from tests.unit.retrain.test_decision import resend
from workers.execution import execute

GAIN = 0.006


def saying(verdict: Verdict) -> Callable[..., TrialStanding]:
    """A judge of trials who always says the same."""
    return lambda evidence, *_: TrialStanding(
        verdict, 0.01, -0.004, 0.03, 0.1, len(evidence.players), 8, 5, 25, f"it is {verdict}"
    )


def fix_verdict(monkeypatch: pytest.MonkeyPatch, verdict: Verdict) -> None:
    """Let all trials and watches be judged so."""
    for name in ("judge_trial", "judge_watch", "judge_arms"):
        monkeypatch.setattr(judging, name, saying(verdict))


def fix_gate(monkeypatch: pytest.MonkeyPatch, outcome: RunState, gain: float | None = GAIN) -> None:
    """Let the gate always decide so."""
    monkeypatch.setattr(judge.decide, "decide", deciding(outcome, "why", expected_gain=gain))


def run_once(world: Any, run_id: str = "run-1", trigger: Trigger = Trigger.PERSON) -> Run:
    """Execute a run; from the second on there is one answer more."""
    if run_id != "run-1":
        resend(world)
    requested = Run(id=run_id, requested_at=world.ports.corrections.clock(), trigger=trigger)
    world.ports.runs.request(requested)
    return execute(run_id, world.ports, world.settings)


def put_first_on_trial(world: Any) -> None:
    """The gate holds v1.0.1, which goes on trial beside v1.0.0."""
    with pytest.MonkeyPatch.context() as patch:
        fix_gate(patch, RunState.HELD)
        run_once(world)


def release_first(world: Any) -> None:
    """v1.0.1 is released, and v1.0.0 compared with it."""
    with pytest.MonkeyPatch.context() as patch:
        fix_gate(patch, RunState.PROMOTED)
        run_once(world)


def standing_of(world: Any) -> tuple[str, Any, list[tuple[str, str, str, int]]]:
    """What is released, which version is beside it, and all trials with their looks."""
    release = world.ports.models.release()
    beside = None if release.trial is None else release.trial.version
    trials = sorted(
        (each.id, each.version, str(each.state), len(each.looks))
        for each in world.ports.trials.page().records
    )
    return release.version, beside, trials
