"""A restore refuses what is not empty, can be continued, and never deletes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.backup.compare import Standing
from pipeline.backup.restore import Existing
from pipeline.backup_errors import DamagedBackup, NotEmpty
from tests.unit.backup._project import Place, document, fill, record_writes


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = fill(Place(tmp_path))
    place.back_up()
    return place


@pytest.fixture
def other(place: Place) -> Place:
    return place.empty()


def foreign_document(other: Place) -> None:
    other.documents.create([document("corrections/foreign", a="b")])


def foreign_object(other: Place) -> None:
    other.objects.put("runs/foreign/fit.npz", b"x")


def other_document(other: Place) -> None:
    other.documents.create([document("releases/production", version="v9.0.0")])


def other_bytes(other: Place) -> None:
    other.objects.put("models/production/v1.0.0/x.h5", b"other")


def other_words(other: Place) -> None:
    other.objects.put("drawings/corrections/1.png", b"canvas 1", metadata={"n": "other"})


ODD = [foreign_document, foreign_object, other_document, other_bytes, other_words]


@pytest.mark.parametrize("put", ODD)
def test_a_project_that_holds_something_else_is_refused_and_stays_as_it_is(
    other: Place, put: Callable[[Place], None]
) -> None:
    put(other)
    documents, objects = dict(other.documents.documents), dict(other.objects.objects)
    with pytest.raises(NotEmpty, match=r"another-project.*is not empty: 1 documents and objects"):
        other.restore()
    assert (other.documents.documents, other.objects.objects) == (documents, objects)


def test_planning_writes_nothing(other: Place) -> None:
    plan = other.plan().plan()
    assert plan.count(Standing.MISSING) == plan.total == 19
    assert other.documents.documents == other.objects.objects == {}


@pytest.mark.parametrize("put", [foreign_document, foreign_object])
@pytest.mark.parametrize("existing", [Existing.KEEP, Existing.REPLACE])
def test_what_the_backup_does_not_have_stays_if_that_is_asked_for(
    other: Place, put: Callable[[Place], None], existing: Existing
) -> None:
    put(other)
    other.restore(existing)
    found = [*other.documents.documents, *other.objects.objects]
    assert any("foreign" in path for path in found)
    assert "releases/production" in found


@pytest.mark.parametrize("put", [other_document, other_bytes, other_words])
def test_what_differs_is_written_over_only_if_that_is_asked_for(
    place: Place, other: Place, put: Callable[[Place], None]
) -> None:
    put(other)
    kept = other.plan(Existing.KEEP)
    kept.check(kept.plan())
    kept.write()
    assert kept.plan().count(Standing.DIFFERENT) == 1
    other.restore(Existing.REPLACE)
    assert other.documents.documents == {
        path: each
        for path, each in place.documents.documents.items()
        if not path.startswith("game_things/")
    }


def stop_at(other: Place, number: int) -> None:
    """Let the write of this number, of objects and batches of documents, fail."""
    count = 0

    def failing(original: Callable[..., None]) -> Callable[..., None]:
        def write(*arguments: Any) -> None:
            nonlocal count
            count += 1
            if count == number:
                raise OSError("killed")
            original(*arguments)

        return write

    objects: Any = other.objects
    documents: Any = other.documents
    objects.create, documents.create = failing(objects.create), failing(documents.create)


@pytest.mark.parametrize("number", [1, 4, 9, 10, 12, 14])
def test_a_restore_that_was_interrupted_is_continued_and_shows_no_half_release(
    place: Place, other: Place, number: int
) -> None:
    stop_at(other, number)
    with pytest.raises(OSError, match="killed"):
        other.restore()
    assert "releases/production" not in other.documents.documents
    if "models/v1.0.0" in other.documents.documents:
        assert "models/production/v1.0.0/x.h5" in other.objects.objects
    there = [*other.objects.objects]
    written = record_writes(other)
    other.restore()
    assert not set(there) & set(written)


@pytest.mark.parametrize("path", ["pool", "backups"])
@pytest.mark.parametrize("damage", ["missing", "changed", "cut"])
def test_each_damaged_file_of_a_backup_is_found_and_nothing_is_restored(
    place: Place, other: Place, path: str, damage: str
) -> None:
    files: dict[str, bytes] = place.target.objects  # type: ignore[attr-defined]
    for name in [each for each in files if each.startswith(path)]:
        whole = files[name]
        match damage:
            case "missing" if path == "backups":
                continue  # no such backup: tested elsewhere
            case "missing":
                del files[name]
            case "changed":
                files[name] = whole[:-1] + bytes([whole[-1] ^ 1])
            case _:
                files[name] = whole[:-1]
        with pytest.raises(DamagedBackup, match=name.rpartition("/")[2]):
            other.restore()
        assert other.documents.documents == other.objects.objects == {}
        files[name] = whole
    assert place.verify() == []


def test_every_damaged_object_is_named_by_its_path(place: Place) -> None:
    files: dict[str, bytes] = place.target.objects  # type: ignore[attr-defined]
    for name, data in list(files.items()):
        if data in {b"canvas 0", b"model"}:
            files[name] = b"x" * len(data)
    problems = place.verify()
    assert [line.partition(":")[0] for line in problems] == [
        "drawings/corrections/0.png",
        "drawings/corrections/2.png",
        "drawings/corrections/4.png",
        "models/production/v1.0.0/x.h5",
    ]


def test_a_backup_of_a_newer_format_is_refused_with_its_number(place: Place, other: Place) -> None:
    files: dict[str, bytes] = place.target.objects  # type: ignore[attr-defined]
    (name,) = [each for each in files if each.startswith("backups/")]
    files[name] = files[name].replace(b'"format": 1', b'"format": 2')
    with pytest.raises(DamagedBackup, match="the format 2, and this Redraw reads formats up to 1"):
        other.restore()


def test_a_project_that_changes_meanwhile_does_not_pass_for_equal(other: Place) -> None:
    restoring = other.plan()
    restoring.write()
    other.documents.replace([document("corrections/1", userId="changed")])
    expected, found = restoring.measure()
    assert expected.hexdigest() != found.hexdigest()


def test_bytes_that_storage_changed_do_not_pass_for_equal(other: Place) -> None:
    restoring = other.plan()
    restoring.write()
    other.objects.put("models/production/v1.0.0/x.h5", b"MODEL")
    expected, found = restoring.measure()
    assert expected.hexdigest() != found.hexdigest()
