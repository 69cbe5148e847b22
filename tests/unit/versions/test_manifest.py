"""The manifest says what the files of a version are; what it is not is named."""

import json
from typing import Any

import pytest

from pipeline.canonical_json import dump_json
from pipeline.errors import InvalidModel
from pipeline.model.file import read_predictor
from pipeline.storage_paths import manifest_path
from pipeline.versions.manifest import compare_manifest, read_manifest
from tests._small_model import make_model
from tests.unit.versions._publishing import Project


@pytest.fixture(scope="module")
def project() -> Project:
    project = Project()
    project.publish()
    return project


def stored(project: Project) -> bytes:
    return project.artefacts.read(manifest_path("v1.0.1"))


def test_it_can_be_read_back_and_agrees_with_the_document(project: Project) -> None:
    manifest = read_manifest(stored(project))
    assert compare_manifest(project.models.get("v1.0.1"), manifest) == []


def test_it_describes_the_network_in_the_order_of_the_flat_weights(project: Project) -> None:
    model = read_manifest(stored(project)).model
    assert model.backbone_digest == read_predictor(make_model()).backbone_digest
    assert [(layer.name, layer.shape) for layer in model.layers] == [
        ("conv1/kernel", [3, 3, 1, 32]),
        ("conv1/bias", [32]),
        ("conv2/kernel", [3, 3, 32, 64]),
        ("conv2/bias", [64]),
        ("dense/kernel", [1600, 20]),
        ("dense/bias", [20]),
    ]


def test_it_has_what_a_client_needs(project: Project) -> None:
    fields = json.loads(stored(project))
    assert list(fields) == [
        "asking", "baseline", "categories", "createdAt", "datasetRevision", "files", "format",
        "gate", "model", "parent", "preprocessing", "runId", "version",
    ]  # fmt: skip
    assert fields["asking"] == json.loads(
        project.artefacts.read("models/production/v1.0.1/asking.json")
    )
    assert fields["preprocessing"]["rule"] >= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "has format 2"),
        ({"version": None}, "says at version"),
        ({"files": [{"path": "x"}]}, "says at files.0.size"),
        ({"datasetRevision": -1}, "says at datasetRevision"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    change: dict[str, Any], said: str, project: Project
) -> None:
    with pytest.raises(InvalidModel, match=said):
        read_manifest(dump_json({**json.loads(stored(project)), **change}))


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"format": 1'])
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidModel, match="the manifest is no JSON"):
        read_manifest(data)


def test_a_name_that_is_there_twice_is_refused(project: Project) -> None:
    doubled = stored(project).replace(b'"format": 1', b'"format": 1,\n  "format": 1')
    with pytest.raises(InvalidModel, match="is not written as Redraw writes it"):
        read_manifest(doubled)


@pytest.mark.parametrize(
    "change",
    [
        {"parent": "v0.9.0"},
        {"dataset_revision": 4},
        {"run_id": "other"},
        {"categories": ["cat"]},
        {"baseline": "v0.1.0"},
        {"files": []},
    ],
)
def test_a_document_that_tells_something_else_is_named(
    change: dict[str, Any], project: Project
) -> None:
    version = project.models.get("v1.0.1").model_copy(update=change)
    assert compare_manifest(version, read_manifest(stored(project)))


def test_a_document_that_lost_a_description_still_agrees(project: Project) -> None:
    lost = {"created_at": None, "categories": [], "gate": None, "metrics": None}
    version = project.models.get("v1.0.1").model_copy(update=lost)
    assert compare_manifest(version, read_manifest(stored(project))) == []
