"""The restore drill: a project is backed up, and stands again on an empty machine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.cli.stack import WORKER
from tests.end_to_end import _invariants as invariants
from tests.end_to_end._house import moved_in
from tests.end_to_end._restored import Site, open_site

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def original(first_version: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A project with two versions, a decision, a trial, and corrections in all states."""
    folder = tmp_path_factory.mktemp("original") / "data"
    with open_site(folder, first_version) as site, pytest.MonkeyPatch.context() as patch:
        for name, value in site.emulators.environment().items():
            patch.setenv(name, value)
        site.succeed("retrain")
        client = site.firestore()
        corrections = client.collection("corrections").stream()
        held = next(each for each in corrections if each.get("status") == "quarantined")
        site.succeed("decide", held.id, "accept")
        site.succeed("trial", "start", "v1.0.0", "--kind", "shadow")
        client.document("notifications/msg_1").set({"createdAt": datetime.now(UTC)})
        yield site
        client.close()


def test_a_restored_project_is_equal_and_goes_on(
    original: Site, first_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "backups")
    before = original.content()
    said = original.succeed("backup", place)
    digest = said.partition("digest ")[2].split()[0]
    assert {path.partition("/")[0] for path in before[0]} >= {
        *("corrections", "decisions", "models", "notifications", "release_history"),
        *("releases", "training_runs", "trials"),
    }
    folder = tmp_path / "restored"
    with open_site(folder) as site:
        for name, value in site.emulators.environment().items():
            monkeypatch.setenv(name, value)
        assert f"equal by digest: {said.partition(': ')[2].partition(', digest')[0]}" in (
            site.succeed("restore", place, "--yes")
        )
        assert site.content() == before
        assert digest in site.succeed("backup", str(tmp_path / "again"))
        rebuilt = site.succeed("rebuild", "v1.0.1", "--out", str(tmp_path / "out"))
        assert "v1.0.1 is rebuilt as it was published, byte for byte" in rebuilt
    for name in site.emulators.environment():
        monkeypatch.delenv(name)
    with moved_in(folder, tmp_path / "house") as house:
        release = house.http.get("/v1/release").json()
        assert (release["version"], release["trial"]["version"]) == ("v1.0.1", "v1.0.0")
        house.stack.start("worker", *WORKER)
        run = house.wait_until_ended(house.http.post("/v1/retrains").json()["id"])
        assert run["counts"]["collected"] > 0, run
        assert run["state"] != "failed", run["reason"]
        assert house.http.post("/v1/models/v1.0.0/promote").raise_for_status()
        assert house.http.get("/v1/release").json()["version"] == "v1.0.0"
        dataset = house.settings.dataset_file
        invariants.every_correction_is_merged_once_or_has_a_reason(house.firestore, dataset)
        invariants.the_data_set_is_sound(dataset, first_version / dataset.name)
        invariants.every_ready_version_has_its_files(house.firestore, house.bucket, tmp_path)
        invariants.the_slot_is_free(house.firestore)


def test_a_backup_that_is_killed_does_not_count_until_its_manifest_is_there(
    original: Site, tmp_path: Path
) -> None:
    place = str(tmp_path / "backups")
    for step, number in (
        ("pipeline.adapters.raw_firestore:FirestoreRawDocuments.find_moment", 1),
        ("pipeline.backup.pool:Pool.put_file", 3),
        ("pipeline.backup.make:write_note", 2),
    ):
        original.killed("backup", place, after=step, at=number)
    assert "there is no complete backup there" in original.succeed("backup", place, "--list")
    original.killed("backup", place, after="pipeline.backup.make:write_manifest")
    assert "is whole" in original.succeed("backup", place, "--verify")
    original.succeed("backup", place)
    assert "is whole" in original.succeed("backup", place, "--verify")


def test_a_restore_that_is_killed_again_and_again_is_continued(
    original: Site, tmp_path: Path
) -> None:
    place = str(tmp_path / "backups")
    original.succeed("backup", place)
    with open_site(tmp_path / "restored") as site:
        for step, number in (
            ("pipeline.adapters.raw_storage:CloudStorageRawObjects.create", 1),
            ("pipeline.adapters.raw_storage:CloudStorageRawObjects.create", 30),
            ("pipeline.adapters.raw_firestore:FirestoreRawDocuments.create", 1),
            ("pipeline.adapters.raw_firestore:FirestoreRawDocuments.create", 3),
            ("pipeline.backup.restore:Restoring.write", 1),
        ):
            site.killed("restore", place, "--yes", after=step, at=number)
        assert "equal by digest" in site.succeed("restore", place, "--yes")
        assert site.content() == original.content()


def test_a_run_that_died_before_the_backup_is_finished_where_it_is_restored(
    first_version: Path, tmp_path: Path
) -> None:
    place = str(tmp_path / "backups")
    with open_site(tmp_path / "original", first_version) as site:
        site.more["REDRAW_LEASE_SECONDS"] = "3"  # or the restored run waits for its dead worker
        site.killed("retrain", after="pipeline.versions.publish:store_contents")
        site.succeed("backup", place)
    with open_site(tmp_path / "restored") as site:
        site.succeed("restore", place, "--yes")
        assert "v1.0.1" in site.succeed("retrain")
