"""Files of another owner under a version's path: the number is passed over, the files stay."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.errors import InvalidModel, Unavailable
from pipeline.records.versions import VersionStatus
from pipeline.versions import publish as publishing
from pipeline.versions.publish import next_baseline
from tests.unit.versions._publishing import Project

FOLDER = "models/production"


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.mark.parametrize("name", ["quickdraw_v1.0.1.h5", "manifest.json", "my_model.h5", "deep/x"])
def test_a_number_whose_path_holds_an_object_of_the_owner_s_is_passed_over(
    name: str, project: Project
) -> None:
    project.artefacts.create(f"{FOLDER}/v1.0.1/{name}", b"the owner's own")
    version = project.publish()
    assert (version.version, version.status) == ("v1.0.2", VersionStatus.READY)
    assert project.artefacts.read(f"{FOLDER}/v1.0.1/{name}") == b"the owner's own"


def test_several_taken_numbers_in_a_row_are_passed_over(project: Project) -> None:
    for patch in (1, 2, 4):
        project.artefacts.create(f"{FOLDER}/v1.0.{patch}/model.h5", b"mine")
    assert [project.publish(run).version for run in ("a", "b")] == ["v1.0.3", "v1.0.5"]


def test_a_baseline_passes_over_a_taken_number_as_well(project: Project) -> None:
    project.artefacts.create(f"{FOLDER}/v1.0.0/model.h5", b"mine")
    assert project.publish(choose_number=next_baseline).version == "v1.1.0"


@pytest.mark.parametrize("folder", ["v01.0.1", "v1.0.1-old", "latest", "v1.0"])
def test_a_folder_that_is_no_version_number_takes_none(folder: str, project: Project) -> None:
    project.artefacts.create(f"{FOLDER}/{folder}/model.h5", b"mine")
    assert project.publish().version == "v1.0.1"


def test_the_files_of_a_version_whose_document_was_deleted_keep_its_number(
    project: Project,
) -> None:
    project.publish("first")
    before = dict(project.artefacts.objects)
    del project.models._models["v1.0.1"]
    assert project.publish("second").version == "v1.0.2"
    assert before.items() <= project.artefacts.objects.items()


def test_a_half_published_version_is_continued_and_not_taken_for_somebody_else_s(
    project: Project,
) -> None:
    with pytest.raises(Unavailable):
        project.publish(stop_at=7)
    assert len(project.artefacts.objects) > 1
    assert project.publish().version == "v1.0.1"


@pytest.mark.parametrize(
    "name", ["quickdraw_v1.0.1.h5", "metadata.json", "asking.json", "report.html", "manifest.json"]
)
def test_a_file_that_comes_between_costs_the_version_its_number_and_is_left_alone(
    name: str, project: Project
) -> None:
    path = f"{FOLDER}/v1.0.1/{name}"
    upload_meanwhile(project, path)
    version = project.publish()
    assert (version.version, version.status) == ("v1.0.2", VersionStatus.READY)
    assert project.models.get("v1.0.1").status is VersionStatus.WITHDRAWN
    assert project.artefacts.read(path) == b"the owner's own"


def test_the_run_whose_number_was_given_up_keeps_its_next_one(project: Project) -> None:
    upload_meanwhile(project, f"{FOLDER}/v1.0.1/metadata.json")
    assert project.publish() == project.publish()


def test_where_nothing_reads_back_as_it_was_written_publishing_ends_and_says_what_to_look_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryArtefacts, "read", lambda *_: b"something else")
    with pytest.raises(InvalidModel, match="what else writes to models/production/") as raised:
        project.publish()
    assert "delete" not in str(raised.value)
    assert len(project.models.list()) == publishing.NUMBER_ATTEMPTS


def upload_meanwhile(project: Project, path: str) -> None:
    """Let the owner upload a file between the reservation of the number and the first file."""
    reserve: Callable[..., Any] = project.models.reserve

    def reserve_and_upload(*args: Any, **options: Any) -> Any:
        version = reserve(*args, **options)
        project.artefacts.objects.setdefault(path, b"the owner's own")
        return version

    project.models.reserve = reserve_and_upload  # type: ignore[method-assign]
