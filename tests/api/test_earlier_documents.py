"""What an earlier Redraw wrote is shown; what a newer one wrote is no error of the server."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.ports import Ports
from tests.api.conftest import API_KEY
from tests.earlier._keeping import FOLDERS, load_documents, load_files

LISTS = (
    "/v1/retrains", "/v1/models", "/v1/releases", "/v1/trials", "/v1/notifications",
    "/v1/corrections",
)  # fmt: skip
ONE = (
    "/v1/release", "/v1/retrains/run-1", "/v1/models/v1.0.1", "/v1/trials/v1.0.2",
    "/v1/corrections/quarantined",
)  # fmt: skip
PAGES = ("/", "/runs", "/runs/run-2", "/versions", "/versions/v1.0.1", "/review", "/system")


def load(ports: Any, folder: Path, **changes: Any) -> None:
    """Let the project hold what is kept; each document with these changes."""
    places = {
        "corrections": ports.corrections.documents,
        "decisions": ports.corrections.odd_decisions,
        "models": ports.models._models,
        "notifications": ports.notifications.documents,
        "release_history": ports.models.changes,
        "training_runs": ports.runs.documents,
        "trials": ports.models.trials,
    }
    for path, fields in load_documents(folder).items():
        collection, name = path.split("/")
        kept = fields if collection == "corrections" else {**fields, **changes}
        if collection == "releases":
            ports.models._release = kept
        elif collection == "leases":
            ports.runs.slot_document = kept
        elif collection in places:
            places[collection][name] = kept
    ports.artefacts.objects.update(load_files(folder))


@pytest.mark.parametrize("folder", [pytest.param(each, id=each.name) for each in FOLDERS])
def test_what_an_earlier_redraw_has_written_is_shown(
    folder: Path, owner: TestClient, ports: Ports
) -> None:
    load(ports, folder)
    for path in LISTS:
        answer = owner.get(path)
        assert (answer.status_code, answer.json().get("unreadable", [])) == (200, []), path
    assert {path: owner.get(path).status_code for path in ONE} == dict.fromkeys(ONE, 200)
    assert '"schema"' not in owner.get("/v1/retrains").text


def test_what_a_newer_redraw_has_written_is_named_in_lists_and_refused_alone(
    owner: TestClient, ports: Ports
) -> None:
    load(ports, FOLDERS[-1], schema=99)
    for path in LISTS[:-1]:
        answer = owner.get(path)
        assert answer.status_code == 200, path
        assert all("newer Redraw" in each["problem"] for each in answer.json()["unreadable"]), path
    for path in ("/v1/release", "/v1/retrains/run-1", "/v1/models/v1.0.1"):
        answer = owner.get(path)
        assert (answer.status_code, "upgrade this Redraw" in answer.text) == (409, True), path
    for path in ("/v1/corrections", ONE[-1], "/healthz"):
        assert owner.get(path).status_code == 200, path
    assert owner.post("/v1/models/v1.0.2/promote", json={"why": "a test"}).status_code == 409
    assert owner.post("/v1/retrains").status_code == 409


def test_pages_and_metrics_stand_whatever_a_newer_redraw_has_written(
    connect: Any, ports: Ports
) -> None:
    load(ports, FOLDERS[-1], schema=99)
    browser = connect()
    browser.post("/sign-in", data={"key": API_KEY}, follow_redirects=False)
    found = {path: browser.get(path).status_code for path in PAGES}
    assert max(found.values()) < 500, found
    assert found["/"] == 200
    assert browser.get("/metrics", headers={"X-API-Key": API_KEY}).status_code == 200
