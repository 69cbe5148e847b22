"""Publishing, stopped after any call and repeated, ends in the same version with the same bytes."""

import hashlib
import json

import pytest

from pipeline.errors import Unavailable
from pipeline.model.keras_config import TRIED_WITH
from pipeline.records.versions import VersionNumber, VersionStatus
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.contents import list_files
from pipeline.versions.publish import next_baseline, next_patch
from tests._small_model import make_model
from tests.unit.versions._publishing import EVALUATION, METRICS, POLICY, Project


@pytest.fixture
def project() -> Project:
    return Project()


def every_call() -> int:
    project = Project()
    project.publish()
    return len(project.calls)


@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
@pytest.mark.parametrize("stop_at", range(1, every_call() + 1))
def test_stopped_at_any_call_and_repeated_it_ends_in_the_same_version_with_the_same_bytes(
    stop_at: int, after: bool, project: Project
) -> None:
    with pytest.raises(Unavailable):
        project.publish(stop_at=stop_at, after=after)
    half = dict(project.artefacts.objects)

    version = project.publish()

    undisturbed = Project()
    undisturbed.models._models = {
        "v1.0.1": version.model_copy(
            update={"status": VersionStatus.PUBLISHING, "files": []}
        ).document()
    }
    assert undisturbed.publish() == version
    assert undisturbed.artefacts.objects == project.artefacts.objects
    assert (version.version, version.status, len(project.models.list())) == (
        "v1.0.1",
        VersionStatus.READY,
        1,
    )
    assert half.items() <= project.artefacts.objects.items()


@pytest.mark.parametrize("stop_at", range(1, every_call() + 1))
def test_stopped_at_any_call_a_version_that_is_ready_has_all_its_files(
    stop_at: int, project: Project
) -> None:
    with pytest.raises(Unavailable):
        project.publish(stop_at=stop_at, after=True)
    for version in project.models.list():
        ready = version.status is VersionStatus.READY
        assert ready == (stop_at == every_call())
        assert {file.path for file in version.files} == (
            {stored.path for stored in project.artefacts.list("models/")} if ready else set()
        )


def test_the_manifest_is_created_last(project: Project) -> None:
    project.publish()
    assert list(project.artefacts.objects)[-1] == "models/production/v1.0.1/manifest.json"


def test_ready_is_the_very_last_call_and_reserving_the_first_that_writes(project: Project) -> None:
    project.publish()
    assert (project.calls[:2], project.calls[-1]) == (["list", "reserve"], "commit")


def test_every_recorded_digest_and_size_is_true(project: Project) -> None:
    for file in project.publish().files:
        data = project.artefacts.read(file.path)
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_manifest_names_every_other_file_as_the_registry_does(project: Project) -> None:
    version = project.publish()
    manifest = json.loads(project.artefacts.read("models/production/v1.0.1/manifest.json"))
    assert manifest["version"] == "v1.0.1"
    assert manifest["files"] == [file.document() for file in version.files[:-1]]


def test_without_a_report_none_is_published(project: Project) -> None:
    version = project.publish(files=list_files(make_model(), EVALUATION, POLICY))
    assert [file.path.rpartition("/")[2] for file in version.files] == [
        "quickdraw_v1.0.1.h5", "metadata.json", "asking.json", "manifest.json",
    ]  # fmt: skip


def test_the_asking_policy_says_whose_guesses_it_is_about(project: Project) -> None:
    project.publish()
    stored = json.loads(project.artefacts.read("models/production/v1.0.1/asking.json"))
    assert AskingPolicy.from_document(stored) == POLICY.model_copy(update={"version": "v1.0.1"})


def test_the_metadata_say_where_the_model_comes_from(project: Project) -> None:
    project.publish()
    metadata = json.loads(project.artefacts.read("models/production/v1.0.1/metadata.json"))
    names = ("version", "parent", "datasetRevision", "runId")
    assert [metadata[name] for name in names] == ["v1.0.1", "v1.0.0", 3, "run"]
    assert (metadata["metrics"]["accuracy"], metadata["evaluation"]["confusion"]) == (0.9, [1, 2])


def test_the_metadata_name_the_versions_of_keras_that_open_the_model(project: Project) -> None:
    project.publish()
    metadata = json.loads(project.artefacts.read("models/production/v1.0.1/metadata.json"))
    assert metadata["modelFile"]["triedWith"] == list(TRIED_WITH)


def test_the_order_of_a_map_makes_no_difference_to_the_bytes(project: Project) -> None:
    recall = {"cat": 0.5, "sun": 0.25}
    with pytest.raises(Unavailable):
        project.publish(stop_at=every_call(), metrics=METRICS.model_copy(update={"recall": recall}))
    turned = dict(reversed(recall.items()))
    assert (
        project.publish(metrics=METRICS.model_copy(update={"recall": turned})).status
        is VersionStatus.READY
    )


def test_a_repetition_after_ready_writes_nothing(project: Project) -> None:
    version = project.publish()
    assert project.publish() == version
    assert project.calls[:2] == ["list", "reserve"]
    assert "create" not in project.calls


def test_publishing_releases_nothing(project: Project) -> None:
    assert not project.publish().active
    assert project.models.release() is None


def test_each_run_gets_a_version_of_its_own_and_numbers_rise(project: Project) -> None:
    assert [project.publish(f"run-{number}").version for number in range(3)] == [
        "v1.0.1",
        "v1.0.2",
        "v1.0.3",
    ]


def test_a_number_that_was_only_reserved_is_not_given_again(project: Project) -> None:
    with pytest.raises(Unavailable):
        project.publish("dead", stop_at=3)
    assert project.publish("living").version == "v1.0.2"


@pytest.mark.parametrize(
    ("existing", "patch", "baseline"),
    [
        ([], "v1.0.1", "v1.0.0"),
        (["v1.0.0"], "v1.0.1", "v1.1.0"),
        (["v1.0.10", "v1.0.9", "v1.1.2"], "v1.1.3", "v1.2.0"),
    ],
)
def test_the_next_number_is_above_all_that_exist(
    existing: list[str], patch: str, baseline: str
) -> None:
    numbers = [VersionNumber.parse(name) for name in existing]
    assert (str(next_patch(numbers)), str(next_baseline(numbers))) == (patch, baseline)
