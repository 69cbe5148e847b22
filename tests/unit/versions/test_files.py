"""The files of a version are looked at before it is released, and while it is."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import UnreadableDocument, VersionNotReady
from pipeline.ports import Ports
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    VersionFile,
    VersionNumber,
)
from pipeline.storage_paths import manifest_path, model_path
from pipeline.versions.files import find_damaged, find_lost, list_files_of
from pipeline.versions.promotion import promote_version

MODEL, MANIFEST = model_path("v1.0.0"), manifest_path("v1.0.0")
DAMAGES: dict[str, Any] = {
    "missing": lambda objects, path: objects.pop(path),
    "cut off": lambda objects, path: objects.__setitem__(path, objects[path][:-1]),
    "too long": lambda objects, path: objects.__setitem__(path, objects[path] + b"x"),
    "flipped": lambda objects, path: objects.__setitem__(
        path, bytes([objects[path][0] ^ 1]) + objects[path][1:]
    ),
}


@pytest.fixture
def ports() -> Ports:
    ports = in_memory()
    draft = ModelVersion(version="", created_at=datetime.now(UTC), storage_path="")
    metrics = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=1, corrections=0)
    for number in ("v1.0.0", "v1.0.1"):
        chosen = VersionNumber.parse(number)
        version = ports.models.reserve(number, lambda _, chosen=chosen: chosen, draft).version
        files = [(model_path(version), b"weights"), (manifest_path(version), b"{}")]
        for path, data in files:
            ports.artefacts.create(path, data)
        ports.models.commit(version, [VersionFile.of(*file) for file in files], metrics)
    return ports


@pytest.mark.parametrize("path", [MODEL, MANIFEST])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_version_with_a_missing_or_damaged_file_is_not_released_and_the_file_is_named(
    damage: str, path: str, ports: Any
) -> None:
    ports.models.promote("v1.0.1", by="owner", why="it is better")
    DAMAGES[damage](ports.artefacts.objects, path)
    with pytest.raises(VersionNotReady, match=f"{path}.*backup, or promote another version"):
        promote_version("v1.0.0", ports, by="owner", why="it is better")
    assert ports.models.release().version == "v1.0.1"


def test_a_sound_version_is_released(ports: Ports) -> None:
    assert promote_version("v1.0.0", ports, by="owner", why="it is better").version == "v1.0.0"


def test_a_version_without_files_is_not_released(ports: Any) -> None:
    number = str(FIRST_VERSION)
    without = ports.models.get(number).model_copy(update={"files": []})
    ports.models._models[number] = without.document()
    with pytest.raises(UnreadableDocument, match=r"v1\.0\.0 .*it is ready, but has none"):
        promote_version("v1.0.0", ports, by="owner", why="it is better")
    assert find_lost(without, {}) == ["v1.0.0 names no files"]


@pytest.mark.parametrize("path", [MODEL, MANIFEST])
@pytest.mark.parametrize("damage", DAMAGES)
def test_one_listing_shows_all_damage_but_a_change_within_a_file(
    damage: str, path: str, ports: Any
) -> None:
    DAMAGES[damage](ports.artefacts.objects, path)
    version = ports.models.get("v1.0.0")
    lost = find_lost(version, list_files_of("v1.0.0", ports.artefacts))
    assert [path in problem for problem in lost] == ([] if damage == "flipped" else [True])
    assert [path in problem for problem in find_damaged(version.files, ports.artefacts)] == [True]
