"""A promotion releases ready versions only, and never replaces a release that has changed."""

from datetime import UTC, datetime

import pytest

from pipeline.errors import ReleaseMoved, VersionNotReady
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from pipeline.versions.release import next_release

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CURRENT = Release(
    version="v1.0.0",
    previous=None,
    manifest_path="models/production/v1.0.0/manifest.json",
    fence=4,
    updated_at=datetime(2025, 1, 1, tzinfo=UTC),
)


def model(version: str = "v1.0.1", status: VersionStatus = VersionStatus.READY) -> ModelVersion:
    return ModelVersion(
        version=version,
        created_at=NOW,
        storage_path="",
        status=status,
        dataset_revision=0,
        run_id="r",
    )


@pytest.mark.parametrize("status", [VersionStatus.PUBLISHING, VersionStatus.WITHDRAWN])
@pytest.mark.parametrize("current", [None, CURRENT])
def test_a_version_that_is_not_ready_is_not_released(
    status: VersionStatus, current: Release | None
) -> None:
    with pytest.raises(VersionNotReady, match=rf"v1\.0\.1 is {status}"):
        next_release(model(status=status), current, None, NOW)


@pytest.mark.parametrize(("current", "replacing"), [(CURRENT, 3), (CURRENT, 5), (None, 4)])
def test_a_release_that_moved_is_not_replaced(current: Release | None, replacing: int) -> None:
    with pytest.raises(ReleaseMoved):
        next_release(model(), current, replacing, NOW)


@pytest.mark.parametrize("replacing", [None, 4])
def test_a_ready_version_becomes_the_release_with_the_next_fence(replacing: int | None) -> None:
    release = next_release(model(), CURRENT, replacing, NOW)
    assert (release.version, release.previous, release.fence, release.updated_at) == (
        "v1.0.1",
        "v1.0.0",
        5,
        NOW,
    )
    assert release.manifest_path == "models/production/v1.0.1/manifest.json"


def test_the_first_release_has_no_previous_one() -> None:
    release = next_release(model(), None, None, NOW)
    assert (release.previous, release.fence) == (None, 1)


@pytest.mark.parametrize("replacing", [None, 3, 4])
def test_releasing_what_is_released_changes_nothing(replacing: int | None) -> None:
    assert next_release(model("v1.0.0"), CURRENT, replacing, NOW) is CURRENT


def test_a_release_that_names_another_manifest_is_put_right() -> None:
    edited = CURRENT.model_copy(update={"manifest_path": "somewhere/else.json"})
    release = next_release(model("v1.0.0"), edited, None, NOW)
    assert (release.manifest_path, release.fence) == (CURRENT.manifest_path, 5)


def test_a_release_that_names_other_classes_than_its_version_is_put_right() -> None:
    named = model("v1.0.0").model_copy(update={"categories": ["cat", "sun"]})
    release = next_release(named, CURRENT, None, NOW)
    assert (release.categories, release.fence) == (["cat", "sun"], 5)
    assert next_release(named, release, None, NOW) is release


@pytest.mark.parametrize("version", ["v1.0.0", "v1.0.1"])
def test_a_version_that_the_game_published_itself_is_not_released(version: str) -> None:
    with pytest.raises(VersionNotReady, match="not published by Redraw"):
        next_release(model(version, VersionStatus.FOREIGN), CURRENT, None, NOW)


def test_without_a_release_to_tell_the_fence_it_rises_above_the_highest_that_is_known() -> None:
    assert next_release(model(), None, None, NOW, 41).fence == 42
