"""What /metrics says about a project, and to whom."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from pipeline.ports import Ports
from pipeline.records.runs import RunState
from pipeline.settings import Settings
from service.metrics.families import METRICS, MOST_VERSIONS
from service.metrics.requests import BUCKETS
from tests.api.metrics._project import end_run, fill, names, put_corrections, read, value
from tests.contract._versions import NOW, ready

Scraper = Callable[..., TestClient]


def test_a_full_project_has_every_metric_of_the_table_and_no_other(
    scraper: Scraper, ports: Ports
) -> None:
    fill(ports)
    client = scraper()
    client.get("/healthz")
    exported = {name for name in names(client.get("/metrics").text) if name.startswith("redraw_")}
    assert exported == {metric.name for metric in METRICS}


def test_the_labels_are_those_of_the_table(scraper: Scraper, ports: Ports) -> None:
    fill(ports)
    client = scraper()
    client.get("/healthz")
    labels = {metric.name: set(metric.labels) for metric in METRICS}
    for name, pairs in read(client.get("/metrics").text):
        family = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        if family in labels:
            assert {label for label, _ in pairs} - {"le"} == labels[family], name


EXPECTED: list[tuple[str, dict[str, str], float | None]] = [
    ("redraw_corrections_pending", {}, 2),
    ("redraw_corrections", {"status": "quarantined"}, 1),
    ("redraw_corrections", {"status": "refused"}, 0),
    ("redraw_corrections", {"status": "unknown"}, 1),
    ("redraw_corrections", {"status": "none"}, 1),
    ("redraw_runs", {"state": "promoted"}, 1),
    ("redraw_runs", {"state": "held"}, 0),
    ("redraw_runs_failed_in_a_row", {}, 1),
    ("redraw_last_run_outcome", {"kind": "retrain", "state": "promoted"}, 1),
    ("redraw_last_run_outcome", {"kind": "baseline", "state": "failed"}, 1),
    ("redraw_last_run_step_seconds", {"kind": "retrain", "step": "fitting"}, 4.0),
    ("redraw_last_run_corrections", {"reason": "blank"}, 2),
    ("redraw_last_run_corrections", {"reason": "other"}, 1),
    ("redraw_run_in_progress", {}, 1),
    ("redraw_run_state", {"kind": "retrain", "state": "fitting"}, 1),
    ("redraw_run_dead", {}, 0),
    ("redraw_lease_held", {}, 1),
    ("redraw_released", {}, 1),
    ("redraw_release_info", {"version": "v1.0.1", "previous": "v1.0.0"}, 1),
    ("redraw_release_lost_files", {}, 2),
    ("redraw_trial_info", {"version": "v1.0.2", "kind": "canary"}, 1),
    ("redraw_trial_share_ratio", {}, 0.25),
    ("redraw_version_accuracy_ratio", {"version": "v1.0.0", "drawings": "clean"}, 0.9),
    ("redraw_version_accuracy_ratio", {"version": "v1.0.0", "drawings": "players"}, 0.8),
    ("redraw_answers", {"version": "v1.0.1", "answer": "correction"}, 1),
    ("redraw_answers", {"version": "v1.0.1", "answer": "confirmation"}, 5),
    ("redraw_answers", {"version": "v1.0.0", "answer": "correction"}, 0),
    ("redraw_correction_rate_ratio", {"version": "v1.0.1"}, 1 / 6),
    ("redraw_correction_rate_ratio", {"version": "v1.0.0"}, None),
    ("redraw_notifications", {"status": "waiting"}, 1),
    ("redraw_notifications", {"status": "given_up"}, 0),
    ("redraw_queue_tasks", {"state": "waiting"}, 3),
    ("redraw_queue_tasks", {"state": "taken"}, 1),
    ("redraw_backend_up", {"backend": "redis"}, 1),
    ("redraw_state_left_out", {"subject": "release"}, 0),
]


AGES = [
    ("redraw_oldest_pending_age_seconds", 300, 900),
    ("redraw_run_age_seconds", 0, 600),
    ("redraw_run_progress_age_seconds", 0, 600),
    ("redraw_run_trouble_age_seconds", 0, 600),
    ("redraw_lease_age_seconds", 0, 600),
    ("redraw_last_sweep_age_seconds", 0, 600),
]
"""At least, and at most, on a slow machine."""


@pytest.fixture
def filled(scraper: Scraper, ports: Ports) -> str:
    fill(ports)
    return scraper().get("/metrics").text


def test_metrics_are_what_the_project_holds(filled: str) -> None:
    found = [(name, labels, value(filled, name, **labels)) for name, labels, _ in EXPECTED]
    assert found == EXPECTED


def test_an_age_is_the_time_since_then(filled: str) -> None:
    ages = {name: value(filled, name) or 0.0 for name, _, _ in AGES}
    assert [name for name, least, most in AGES if not least <= ages[name] <= most] == []


def test_no_metric_names_a_player_a_worker_or_a_run(filled: str) -> None:
    for secret in ("pia", "example.org", "worker-on-a-host", "run-1", "run-3", "ada"):
        assert secret not in filled


def test_an_empty_project_has_no_figures_about_what_it_lacks(scraper: Scraper) -> None:
    text = scraper().get("/metrics").text
    assert value(text, "redraw_released") == 0
    assert value(text, "redraw_run_in_progress") == 0
    assert value(text, "redraw_oldest_pending_age_seconds") == 0
    assert {"redraw_release_age_seconds", "redraw_run_age_seconds", "redraw_trial_info"}.isdisjoint(
        names(text)
    )


def test_only_the_newest_versions_are_shown(scraper: Scraper, ports: Ports) -> None:
    for number in range(MOST_VERSIONS + 5):
        ready(ports.models, f"run-{number}")
    text = scraper().get("/metrics").text
    shown = {labels for name, labels in read(text) if name == "redraw_version_accuracy_ratio"}
    assert len(shown) == 2 * MOST_VERSIONS
    assert value(text, "redraw_version_accuracy_ratio", version="v1.0.24", drawings="clean") == 0.9


def test_failures_in_a_row_end_with_a_run_that_did_not_fail(scraper: Scraper, ports: Ports) -> None:
    client = scraper()
    for number, state in enumerate((RunState.FAILED, RunState.HELD, *[RunState.FAILED] * 2)):
        end_run(ports, f"run-{number}", state, requested_at=NOW.replace(minute=number))
    end_run(ports, "run-9", RunState.CANCELLED, requested_at=NOW.replace(minute=50))
    assert value(client.get("/metrics").text, "redraw_runs_failed_in_a_row") == 2


def test_a_future_time_is_no_negative_age(scraper: Scraper, ports: Any) -> None:
    fill(ports)
    ports.models._release["updatedAt"] = NOW.replace(year=2100)
    assert value(scraper().get("/metrics").text, "redraw_release_age_seconds") == 0


# To whom, and in which format


def test_by_default_only_an_owner_may_scrape(
    scraper: Scraper, is_problem: Callable[..., Any]
) -> None:
    client = scraper()
    assert client.get("/metrics").status_code == 200
    del client.headers["X-API-Key"]
    is_problem(client.get("/metrics"), 401, "unauthenticated")
    token = {"Authorization": "Bearer player-token"}
    is_problem(client.get("/metrics", headers=token), 403, "not-owner")


def test_the_settings_may_let_anyone_scrape(
    connect: Callable[..., TestClient], settings: Settings, is_problem: Callable[..., Any]
) -> None:
    metrics = settings.metrics.model_copy(update={"callers": "anyone"})
    client = connect(settings=settings.model_copy(update={"metrics": metrics}))
    assert client.get("/metrics").status_code == 200
    is_problem(client.get("/metrics", headers={"X-API-Key": "wrong"}), 401, "unauthenticated")


def test_a_scraper_gets_openmetrics_if_it_asks_for_it(scraper: Scraper, ports: Ports) -> None:
    fill(ports)
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
    client = scraper()
    client.get("/healthz")
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    assert families >= {metric.name for metric in METRICS}


@pytest.mark.parametrize("accept", ["*/*", "text/html", "", "text/plain;version=1.0.0"])
def test_otherwise_it_gets_text(scraper: Scraper, accept: str) -> None:
    answer = scraper().get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say(scraper: Scraper, ports: Ports) -> None:
    fill(ports)
    client = scraper()
    client.get("/healthz")
    text = client.get("/metrics").text
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_two_services_do_not_share_what_they_measured(scraper: Scraper) -> None:
    one, other = scraper(), scraper()
    one.get("/healthz")
    name = "redraw_http_request_duration_seconds_count"
    labels = {"method": "GET", "route": "/healthz", "status": "2xx"}
    assert value(one.get("/metrics").text, name, **labels) == 1
    assert value(other.get("/metrics").text, name, **labels) is None


def test_the_buckets_hold_the_times_that_are_promised() -> None:
    # /healthz under 50 ms, predictions at 10 ms, no route over 2 s.
    assert {0.01, 0.05, 2.0} <= set(BUCKETS)
    assert list(BUCKETS) == sorted(BUCKETS)


def test_a_pending_correction_counts_at_once(scraper: Scraper, ports: Ports) -> None:
    client = scraper()
    assert value(client.get("/metrics").text, "redraw_corrections_pending") == 0
    put_corrections(ports, NOW, c1="pending")
    assert value(client.get("/metrics").text, "redraw_corrections_pending") == 1
