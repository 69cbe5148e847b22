"""Backups share contents, hold to one moment, and go on where one was interrupted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pipeline.backup import parts
from pipeline.backup.layout import UNFINISHED, pool_path
from pipeline.backup.manifests import choose_backup, list_ids
from pipeline.backup.prune import prune
from pipeline.errors import NotFound
from pipeline.records.backups import RawDocument
from tests.unit.backup._project import Place, document, fill


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(Place(tmp_path))


def reads(place: Place, error_at: str | None = None) -> list[str]:
    """Note which objects are read; fail at one of them."""
    noted: list[str] = []
    original: Callable[..., None] = place.objects.read_to_file

    def read(path: str, generation: int, target: Path) -> None:
        if path == error_at:
            raise OSError(28, "No space left on device")
        noted.append(path)
        original(path, generation, target)

    place.objects.read_to_file = read  # type: ignore[method-assign]
    return noted


def test_what_an_earlier_backup_has_is_not_read_again(place: Place) -> None:
    place.back_up()
    noted = reads(place)
    place.objects.put("runs/r/fit.npz", b"new")
    made = place.back_up()
    assert noted == ["runs/r/fit.npz"]
    assert made.copied == 1
    assert place.empty().restore() == made.manifest.digest


def test_an_object_that_was_replaced_is_read_again(place: Place) -> None:
    place.back_up()
    noted = reads(place)
    place.objects.put("drawings/corrections/1.png", b"another one")
    place.back_up()
    assert noted == ["drawings/corrections/1.png"]


def test_equal_contents_are_kept_once(place: Place) -> None:
    place.back_up()
    sizes = [each.size for each in place.target.list("pool/")]
    assert sizes.count(len(b"canvas 0")) == 2  # five canvases, two contents


def test_a_content_that_was_cut_short_in_the_place_is_copied_again(place: Place) -> None:
    place.back_up()
    place.target.objects[pool_path(sha256(b"model").hexdigest())] = b"mod"  # type: ignore[attr-defined]
    made = place.back_up()
    assert place.verify() == []
    assert place.empty().restore() == made.manifest.digest


def test_what_was_written_after_the_moment_is_left_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.backup.make.CLOCKS", timedelta())
    find = place.documents.find_moment

    def find_and_go_on() -> Any:
        moment = find()
        place.documents.replace([document("releases/production", version="v1.0.1")])
        place.objects.put("models/production/v1.0.1/x.h5", b"new model")
        place.objects.put("drawings/corrections/9.png", b"a canvas")
        return moment

    place.documents.find_moment = find_and_go_on  # type: ignore[method-assign]
    before = dict(place.documents.documents)
    place.back_up()
    restored = place.empty()
    restored.restore()
    assert restored.documents.documents["releases/production"] == before["releases/production"]
    assert "models/production/v1.0.1/x.h5" not in restored.objects.objects
    # A canvas of the game may come after the document that names it.
    assert "drawings/corrections/9.png" in restored.objects.objects


def test_a_file_that_a_version_names_and_that_is_not_there_is_named(place: Place) -> None:
    del place.objects.objects["models/production/v1.0.0/x.h5"]
    assert place.back_up().manifest.missing == ["models/production/v1.0.0/x.h5"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": {"stringValue": "ready"}},
        {"status": {"stringValue": "ready"}, "files": {"stringValue": "x"}},
        {"status": {"nullValue": None}, "files": {"arrayValue": {"values": [{"nullValue": None}]}}},
        {
            "status": {"stringValue": "ready"},
            "files": {"arrayValue": {"values": [{"nullValue": None}]}},
        },
    ],
)
def test_odd_documents_of_versions_are_copied_as_they_are(
    place: Place, fields: dict[str, Any]
) -> None:
    place.documents.replace([RawDocument("models/odd", fields)])
    made = place.back_up().manifest
    assert made.missing == []
    assert place.empty().restore() == made.digest


def test_an_object_that_is_deleted_meanwhile_is_left_out(place: Place) -> None:
    original = place.objects.list

    def listing(prefix: str) -> Any:
        for each in list(original(prefix)):
            if each.path == "drawings/corrections/2.png":
                place.objects.objects.pop(each.path, None)
            yield each

    place.objects.list = listing  # type: ignore[method-assign]
    made = place.back_up().manifest
    assert made.counts.objects == 8
    assert place.empty().restore() == made.digest


def test_an_object_that_is_replaced_meanwhile_is_copied_as_it_is_then(place: Place) -> None:
    original = place.objects.list
    path = "drawings/corrections/2.png"

    def listing(prefix: str) -> Any:
        for each in list(original(prefix)):
            if each.path == path and place.objects.objects[path].data != b"newer":
                place.objects.put(path, b"newer")
            yield each

    place.objects.list = listing  # type: ignore[method-assign]
    place.back_up()
    restored = place.empty()
    restored.restore()
    assert restored.objects.objects[path].data == place.objects.objects[path].data


def test_a_backup_that_fails_does_not_count_and_the_next_one_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_LINES", 1)
    reads(place, "drawings/corrections/4.png")
    with pytest.raises(OSError, match="No space left"):
        place.back_up()
    with pytest.raises(NotFound, match="no complete backup"):
        choose_backup(place.target, None)
    place.objects.read_to_file = type(place.objects).read_to_file.__get__(place.objects)  # type: ignore[method-assign]
    noted = reads(place)
    made = place.back_up()
    assert noted
    assert len(noted) < made.manifest.counts.objects
    assert place.empty().restore() == made.manifest.digest


def test_no_scratch_file_is_left(place: Place) -> None:
    reads(place, "drawings/corrections/4.png")
    with pytest.raises(OSError, match="No space left"):
        place.back_up()
    assert list(place.scratch.iterdir()) == []


def test_old_backups_go_and_what_others_need_stays(place: Place) -> None:
    first = place.back_up().manifest
    del place.objects.objects["models/production/v1.0.0/x.h5"]
    second = place.back_up().manifest
    pruned = prune(place.target, 1)
    assert pruned.backups == (first.id,)
    assert pruned.freed > 0
    assert list_ids(place.target) == [second.id]
    assert b"model" not in place.target.objects.values()  # type: ignore[attr-defined]
    assert place.empty().restore() == second.digest


def test_nothing_is_deleted_from_under_a_backup_that_is_under_way(place: Place) -> None:
    place.back_up()
    place.objects.objects.clear()
    made = place.back_up().manifest
    place.target.create(f"{UNFINISHED}{made.id}/begun.json", b"{}")
    before = place.target.list("pool/")
    assert prune(place.target, 1).busy
    assert place.target.list("pool/") == before


def test_nothing_unfinished_is_left(place: Place) -> None:
    place.back_up()
    assert place.target.list(UNFINISHED) == []


def test_two_backups_at_once_are_both_whole(place: Place) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: place.back_up().manifest, range(2)))
    assert sorted(list_ids(place.target)) == sorted(manifest.id for manifest in made)
    for manifest in made:
        assert place.empty().restore(backup_id=manifest.id) == manifest.digest
