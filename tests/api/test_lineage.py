"""How a version came about, its corrections, and the versions of a correction, over HTTP."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from pipeline.canonical_json import dump_json
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions
from pipeline.dataset.revisions import store_additions
from pipeline.storage_paths import VERSION_FILE
from tests.api._corrections import NOW, Put
from tests.unit.lineage._lineages import make_lineage

IDS = ["a/b", "c1", "c2"]


@pytest.fixture
def learned(ports: Any, version: Callable[..., str]) -> str:
    """v1.0.0 with a lineage, over a data set with three corrections."""
    count = len(IDS)
    additions = Additions(
        run_id="run-1",
        revision=1,
        parent="base",
        images=np.arange(count * 784, dtype=np.uint32).reshape(count, 28, 28).astype(np.uint8),
        labels=np.zeros(count, np.uint8),
        ids=np.array(IDS),
        players=np.array(["secret"] * count),
        splits=np.array(["train", "val", "test"]),
        guesses=np.zeros(count, np.uint8),
        confidences=np.zeros(count, np.float32),
        versions=np.array([""] * count),
        asked=np.zeros(count, np.uint8),
        chances=np.zeros(count, np.float32),
    )
    store_additions(ports.artefacts, additions, categories=CATEGORIES)
    name = version()
    lineage = make_lineage(
        name, "v0.9.9", {"train": 1, "val": 1, "test": 1}, fitted=1, chose=1
    ).model_dump(mode="json", by_alias=True)
    ports.artefacts.create(VERSION_FILE.fill(version=name, name="lineage.json"), dump_json(lineage))
    ports.models._models[name]["datasetRevision"] = 1
    return name


def test_the_lineage_of_a_version_is_its_file(owner: TestClient, learned: str) -> None:
    answer = owner.get(f"/v1/models/{learned}/lineage").json()
    assert (answer["version"], answer["parent"]) == (learned, "v0.9.9")
    assert answer["fit"]["answers"] == 1


def test_its_corrections_come_in_pages_without_players(owner: TestClient, learned: str) -> None:
    path = f"/v1/models/{learned}/corrections"
    first = owner.get(path, params={"limit": 2})
    second = owner.get(path, params={"limit": 2, "after": first.json()["next"]}).json()
    listed = [*first.json()["corrections"], *second["corrections"]]
    assert [(each["id"], each["part"]) for each in listed] == [
        ("a/b", "fitted"), ("c1", "chose"), ("c2", "judged"),
    ]  # fmt: skip
    assert second["next"] is None
    assert "secret" not in first.text


@pytest.mark.parametrize("after", ["x", "1.2.3", "1.2.3.4.5", "-1.0.0.0"])
def test_what_is_no_place_in_the_list_is_refused(
    owner: TestClient, learned: str, is_problem: Callable[..., Any], after: str
) -> None:
    path = f"/v1/models/{learned}/corrections"
    is_problem(owner.get(path, params={"after": after}), 422, "invalid-request")


def test_a_version_without_lineage_has_neither(
    owner: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    name = version()
    is_problem(owner.get(f"/v1/models/{name}/lineage"), 404, "not-found")
    is_problem(owner.get(f"/v1/models/{name}/corrections"), 404, "not-found")


def test_a_merged_correction_names_the_versions_that_it_took_part_in(
    owner: TestClient, learned: str, put: Put
) -> None:
    put("c1", status="merged", retraining={"state": "merged", "runId": "run-1", "at": NOW})
    merged = owner.get("/v1/corrections/c1").json()["merged"]
    assert (merged["revision"], merged["split"]) == (1, "val")
    assert [(each["version"], each["part"]) for each in merged["versions"]] == [(learned, "chose")]


def test_a_correction_that_was_not_merged_took_part_in_nothing(
    owner: TestClient, learned: str, put: Put
) -> None:
    put("c1")
    assert owner.get("/v1/corrections/c1").json()["merged"] is None


def test_a_damaged_revision_is_named(
    owner: TestClient, learned: str, ports: Any, is_problem: Callable[..., Any]
) -> None:
    path = "datasets/quickdraw_20cat/revisions/000001.npz"
    ports.artefacts.objects[path] = b"no archive"
    problem = is_problem(owner.get(f"/v1/models/{learned}/corrections"), 404, "not-found")
    assert path in problem["detail"]


def test_only_an_owner_may_look(stranger: TestClient, learned: str) -> None:
    for path in ("lineage", "corrections"):
        assert stranger.get(f"/v1/models/{learned}/{path}").status_code == 401
