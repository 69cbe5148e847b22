"""Settings that are valid each may contradict each other, or an alert."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from service.checks.contradictions import (
    PENDING_TOO_OLD_HOURS,
    WORKER_GONE_SECONDS,
    check_contradictions,
)

ALERTS = Path(__file__).parents[3] / "docs/monitoring/alerts.yml"
WEBHOOK = {"url": "http://127.0.0.1:1/", "pending_hours": 100.0}


def problems(**changes: Any) -> list[str]:
    settings = Settings(_env_file=None).with_changes(**changes)
    return [each.problem for each in check_contradictions(settings) if each.problem]


def test_the_defaults_go_together() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"webhook": WEBHOOK}, "REDRAW_WEBHOOK_PENDING_HOURS (100)"),
        ({"retrain_threshold": 100}, "REDRAW_TRIGGER_FEWEST_PENDING (100)"),
        ({"patience_hours": 0.01}, "REDRAW_LEASE_SECONDS (60)"),
        ({"sweep_seconds": 301.0}, "RedrawWorkerGone"),
        ({"trigger": {"age_hours": 200.0}}, "RedrawPendingTooOld"),
        ({"rebaseline": {"automatic": True}, "fit": {"method": "keras"}}, "plain recipe"),
        ({"environment": "production"}, "REDRAW_DASHBOARD_SESSION_SECRET"),
    ],
)
def test_what_does_not_go_together_is_named(changes: dict[str, Any], words: str) -> None:
    (problem,) = problems(**changes)
    assert words in problem


def test_the_times_of_the_alerts_are_those_of_the_rules() -> None:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    rules = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    assert f"> {WORKER_GONE_SECONDS:.0f}" in rules["RedrawWorkerGone"]
    assert f"> {PENDING_TOO_OLD_HOURS / 24:.0f} * 86400" in rules["RedrawPendingTooOld"]
