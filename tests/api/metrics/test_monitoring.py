"""Rules, dashboard and page name metrics, labels and values that a full project exports."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from tests.api.metrics._project import fill, read
from tests.api.metrics._promql import find_groupings, find_selectors, find_templates

DOCS = Path(__file__).parents[3] / "docs"
FOLDER = DOCS / "monitoring"
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
OF_PROMETHEUS = {"job", "instance", "le"}
"""Labels that the scrape adds, and that of buckets."""
with_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed"
)


def list_queries() -> Iterator[tuple[str, str, str]]:
    """Yield the name, the expression and the texts of each rule, panel and variable."""
    for rule in RULES:
        yield rule["alert"], rule["expr"], rule["annotations"]["summary"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"], target["legendFormat"]
    for note in DASHBOARD["annotations"]["list"]:
        yield note["name"], note["expr"], note["titleFormat"]


QUERIES = list(list_queries())


@pytest.fixture
def exported(scraper: Callable[..., TestClient], ports: Ports) -> dict[str, set[str]]:
    """The labels of each sample of a full project, by the sample's name."""
    fill(ports)
    client = scraper()
    client.get("/healthz")
    labels: dict[str, set[str]] = {"up": set()}
    for name, pairs in read(client.get("/metrics").text):
        labels.setdefault(name, set()).update(label for label, _ in pairs)
    return labels


def test_every_metric_and_label_in_rules_and_dashboard_is_exported(
    exported: dict[str, set[str]],
) -> None:
    problems = []
    for name, expression, text in QUERIES:
        selectors = list(find_selectors(expression))
        assert selectors, name
        known = set(OF_PROMETHEUS)
        for metric, matched in selectors:
            if metric not in exported:
                problems.append((name, metric))
            of_metric = exported.get(metric, set())
            known |= of_metric
            problems += [(name, metric, label) for label in matched - of_metric - OF_PROMETHEUS]
        used = find_groupings(expression) | find_templates(text)
        problems += [(name, label) for label in used - known]
    assert problems == []


def test_every_metric_of_the_table_is_on_the_dashboard_or_in_a_rule(
    exported: dict[str, set[str]],
) -> None:
    used = {metric for _, expression, _ in QUERIES for metric, _ in find_selectors(expression)}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exported}
    seen = {re.sub(r"_(bucket|count|sum)$", "", name) for name in used}
    # The age of a run and of its lease are for looking at a run that is stuck; the share of a
    # trial does not change.
    looked_up = {"redraw_run_age_seconds", "redraw_lease_age_seconds", "redraw_trial_share_ratio"}
    ours = {name for name in families if name.startswith("redraw_")}
    assert ours - seen == looked_up


def test_a_value_that_a_rule_looks_for_is_exported(
    scraper: Callable[..., TestClient], ports: Ports
) -> None:
    fill(ports)
    client = scraper()
    values = {pair for _, pairs in read(client.get("/metrics").text) for pair in pairs}
    values |= {("route", path) for path in client.get("/openapi.json").json()["paths"]}
    values |= {("job", "redraw"), ("status", "5xx")}
    for name, expression, _ in QUERIES:
        for label, value in re.findall(r'(\w+)="([^"$]+)"', expression):
            assert (label, value) in values, name


# Rules


def test_every_rule_links_to_its_chapter_in_the_runbook_and_has_a_severity() -> None:
    for rule in RULES:
        chapter = f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == chapter
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}


def test_every_rule_has_a_test_in_which_it_fires() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    expected = [
        sample["labels"]
        for test in tests
        for query in test["promql_expr_test"]
        for sample in query["exp_samples"]
    ]
    fired = {name for labels in expected for name in re.findall(r'alertname="(\w+)"', labels)}
    assert fired == {rule["alert"] for rule in RULES}


def promtool(*arguments: str) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@with_promtool
def test_promtool_accepts_the_rules() -> None:
    promtool("check", "rules", "alerts.yml")


@with_promtool
@pytest.mark.slow
def test_the_rules_fire_when_they_should_and_not_otherwise() -> None:
    promtool("test", "rules", "alerts_test.yml")


@with_promtool
def test_promtool_accepts_the_example_of_a_configuration(tmp_path: Path) -> None:
    text = (FOLDER / "prometheus.yml").read_text()
    headers = re.search(r"    http_headers:\n(?:      .*\n)+", text)
    assert headers is not None
    # Older promtools, such as Debian 12's, do not know the headers.
    (tmp_path / "prometheus.yml").write_text(text.replace(headers[0], ""))
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    promtool("check", "config", str(tmp_path / "prometheus.yml"))
    parsed: dict[str, Any] = yaml.safe_load(headers[0])
    assert list(parsed["http_headers"]) == ["X-API-Key"]


# Dashboard


def test_the_dashboard_can_be_imported_with_any_prometheus() -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    sources = [
        target["datasource"]["uid"]
        for panel in DASHBOARD["panels"]
        for target in [*panel.get("targets", []), panel]
        if "datasource" in target
    ]
    assert set(sources) == {"${datasource}"}
    assert "id" not in DASHBOARD  # Grafana gives it one


def test_the_panels_have_places_of_their_own_and_titles() -> None:
    taken: set[tuple[int, int]] = set()
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (column, line)
            for column in range(place["x"], place["x"] + place["w"])
            for line in range(place["y"], place["y"] + place["h"])
        }
        assert panel["title"]
        assert max(column for column, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
