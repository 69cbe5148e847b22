"""Corrections of a version, page by page, and versions of a correction."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.bootstrap import in_memory
from pipeline.canonical_json import dump_json
from pipeline.categories import CATEGORIES
from pipeline.dataset.additions import Additions
from pipeline.dataset.revisions import store_additions
from pipeline.drawings import image_digest
from pipeline.errors import NotFound, RedrawError
from pipeline.lineage.learned import list_learned
from pipeline.lineage.learners import find_learners
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.learning import LearnedCorrection, Part
from pipeline.records.versions import ModelVersion, VersionFile, VersionStatus
from pipeline.storage_paths import VERSION_FILE
from tests.unit.lineage._lineages import make_lineage

SIZES = (7, 1, 12)


@pytest.fixture
def log(make_additions: Callable[..., Additions]) -> list[Additions]:
    """Three revisions."""
    held = DatasetRevision(
        revision=0, parent=None, digest="base", categories=[*CATEGORIES], seed=0, rows={}
    )
    made = []
    for number, size in enumerate(SIZES, start=1):
        made.append(make_additions(held, size, name=f"r{number}-", seed=number))
        held = held.model_copy(update={"revision": number, "digest": made[-1].digest})
    return made


@pytest.fixture
def project(log: list[Additions]) -> Any:
    """v1.0.1 after revision 1, and v1.0.2 after revision 3, which was fitted to few answers."""
    ports: Any = in_memory()
    for additions in log:
        store_additions(ports.artefacts, additions, categories=CATEGORIES)
    for version, parent, revision in (("v1.0.1", "v1.0.0", 1), ("v1.0.2", "v1.0.1", 3)):
        splits = np.concatenate([additions.splits for additions in log[:revision]])
        answers = {str(split): int((splits == str(split)).sum()) for split in Split}
        lineage = make_lineage(version, parent, answers, fitted=3, chose=1, revision=revision)
        put_version(ports, lineage.model_dump(mode="json", by_alias=True), revision)
    return ports


def put_version(ports: Any, lineage: dict[str, Any], revision: int) -> None:
    version = lineage["version"]
    path = VERSION_FILE.fill(version=version, name="lineage.json")
    lineage["dataset"]["categories"] = [*CATEGORIES]
    ports.artefacts.create(path, dump_json(lineage))
    ports.models._models[version] = ModelVersion(
        version=version,
        storage_path="x",
        status=VersionStatus.READY,
        files=[VersionFile.of(path, b"")],
        parent=lineage["parent"],
        dataset_revision=revision,
        run_id="run-1",
    ).document()


def read_all(artefacts: MemoryArtefacts, version: str, limit: int) -> list[LearnedCorrection]:
    listed: list[LearnedCorrection] = []
    after = None
    while True:
        page = list_learned(version, artefacts, after=after, limit=limit)
        assert len(page.corrections) == limit or page.next_after is None
        listed += page.corrections
        after = page.next_after
        if after is None:
            return listed


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 20, 100])
def test_pages_of_any_size_list_each_correction_once_with_the_same_part(
    project: Any, log: list[Additions], limit: int
) -> None:
    listed = read_all(project.artefacts, "v1.0.2", limit)
    assert [each.id for each in listed] == [name for part in log for name in part.ids.tolist()]
    assert listed == read_all(project.artefacts, "v1.0.2", 50)
    assert [each.digest for each in listed[:7]] == [*map(image_digest, log[0].images)]
    assert [each.label for each in listed[:7]] == [CATEGORIES[label] for label in log[0].labels]


def test_the_newest_are_fitted_older_ones_inherited_and_test_only_judged(project: Any) -> None:
    listed = read_all(project.artefacts, "v1.0.2", 50)
    train = [each.part for each in listed if each.split is Split.TRAIN]
    assert train[-3:] == [Part.FITTED] * 3
    first = sum(1 for each in listed if each.split is Split.TRAIN and each.revision == 1)
    assert train[first - 3 : first] == [Part.INHERITED] * 3
    assert {each.part for each in listed if each.split is Split.TEST} <= {Part.JUDGED}


def test_later_pages_do_not_read_earlier_revisions(project: Any) -> None:
    page = list_learned("v1.0.2", project.artefacts, limit=8)
    del project.artefacts.objects["datasets/quickdraw_20cat/revisions/000001.npz"]
    assert list_learned("v1.0.2", project.artefacts, after=page.next_after, limit=50).corrections


def test_a_version_lists_only_what_its_revision_holds(project: Any) -> None:
    assert len(read_all(project.artefacts, "v1.0.1", 50)) == SIZES[0]


@pytest.mark.parametrize("after", ["", "1", "1.2.3", "1.2.3.-4", "1.2.3.4.5", "x.0.0.0", "1.0.0.٣"])
def test_what_is_no_place_in_a_list_is_refused(project: Any, after: str) -> None:
    with pytest.raises(RedrawError, match="no place"):
        list_learned("v1.0.2", project.artefacts, after=after, limit=5)


def test_a_version_without_lineage_is_named(project: Any) -> None:
    with pytest.raises(NotFound, match=r"v1\.0\.0 has no lineage"):
        list_learned("v1.0.0", project.artefacts, limit=5)


@pytest.mark.parametrize("run_id", [None, "run-unknown", "a/b"])
def test_both_directions_tell_the_same(project: Any, run_id: str | None) -> None:
    told = {
        version: {each.id: each for each in read_all(project.artefacts, version, 50)}
        for version in ("v1.0.1", "v1.0.2")
    }
    for name, each in told["v1.0.2"].items():
        found = find_learners(name, run_id, project, "quickdraw_20cat")
        assert found is not None
        assert (found.revision, found.split, found.digest) == (
            each.revision, each.split, each.digest,
        )  # fmt: skip
        assert {learner.version: learner.part for learner in found.versions} == {
            version: listed[name].part for version, listed in told.items() if name in listed
        }


def test_a_correction_that_is_in_no_revision_took_part_in_nothing(project: Any) -> None:
    assert find_learners("unknown", None, project, "quickdraw_20cat") is None


def test_a_version_without_lineage_is_listed_as_unknown(project: Any, log: list[Additions]) -> None:
    del project.artefacts.objects["models/production/v1.0.2/lineage.json"]
    found = find_learners(str(log[0].ids[0]), None, project, "quickdraw_20cat")
    assert found is not None
    assert found.versions[-1].part is Part.UNKNOWN
