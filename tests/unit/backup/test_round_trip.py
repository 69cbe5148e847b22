"""A backup that is restored into an empty project gives the same project."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.backup import parts
from pipeline.backup.scope import Omission, choose_scope
from pipeline.records.backups import RawDocument
from pipeline.setting_groups import GameSettings
from tests._examples import examples
from tests.unit.backup._project import Place, document, fill, record_writes

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IDS = TEXTS.filter(lambda text: text not in {"", ".", ".."} and "/" not in text)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS.map(lambda text: {"stringValue": text})
    | st.floats(allow_nan=False, allow_infinity=False).map(lambda number: {"doubleValue": number})
    | st.sampled_from([{"doubleValue": "NaN"}, {"nullValue": None}, {"integerValue": "-1"}]),
    lambda inner: st.dictionaries(TEXTS, inner).map(
        lambda fields: {"mapValue": {"fields": fields}}
    ),
    max_leaves=6,
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return fill(Place(tmp_path))


def in_scope(documents: dict[str, Any]) -> dict[str, Any]:
    return {path: each for path, each in documents.items() if not path.startswith("game_things/")}


def contents(place: Place) -> dict[str, Any]:
    stored = place.objects.objects.items()
    return {path: (each.data, each.fields) for path, each in stored}


def test_an_empty_project_becomes_equal_by_digest(place: Place) -> None:
    made = place.back_up().manifest
    restored = place.empty()
    assert restored.restore() == made.digest
    assert restored.documents.documents == in_scope(place.documents.documents)
    expected = contents(place)
    del expected["game/other.txt"]
    assert contents(restored) == expected


def test_a_backup_of_what_was_restored_has_the_same_digest(place: Place) -> None:
    made = place.back_up().manifest
    restored = place.empty()
    restored.restore()
    assert restored.back_up().manifest.digest == made.digest


def test_more_of_the_game_is_copied_on_demand(place: Place) -> None:
    place.back_up(choose_scope(GameSettings(), (), ["game_things"], ["game/"]))
    restored = place.empty()
    restored.restore()
    assert restored.documents.documents == place.documents.documents
    assert contents(restored) == contents(place)


def test_what_is_the_game_s_is_left_out_on_demand(place: Place) -> None:
    place.back_up(choose_scope(GameSettings(), list(Omission)))
    restored = place.empty()
    restored.restore()
    assert not any("corrections" in path for path in restored.documents.documents)
    assert not any("drawings" in path for path in restored.objects.objects)
    assert restored.documents.documents


def test_the_release_is_written_last_and_marks_behind_what_they_mark(place: Place) -> None:
    place.back_up()
    restored = place.empty()
    written = record_writes(restored)
    restored.restore()
    assert written[-1] == "releases/production"
    assert written.index("models/v1.0.0") > written.index("models/production/v1.0.0/manifest.json")
    for mark, marked in (
        ("models/production/v1.0.0/manifest.json", "models/production/v1.0.0/x.h5"),
        ("datasets/d/editions/000001/complete.json", "datasets/d/editions/000001/000001.npz"),
    ):
        assert written.index(mark) > written.index(marked)


def test_documents_come_in_firestore_s_order() -> None:
    paths = ["c/__id-7__", "c/__id7__", "c/__id10__", "c/A", "c/A/b/c", "c/A!", "c/__id", "c/a"]
    assert sorted(paths, key=lambda path: RawDocument(path, {}).order) == paths


def test_lists_of_many_parts_are_restored_whole(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_LINES", 2)
    made = place.back_up().manifest
    assert max(part.count for part in made.documents + made.objects) == 2
    assert place.empty().restore() == made.digest


def test_an_empty_project_can_be_backed_up_and_restored(tmp_path: Path) -> None:
    place = Place(tmp_path)
    made = place.back_up().manifest
    assert made.counts.documents == made.counts.objects == 0
    assert place.empty().restore() == made.digest


@settings(max_examples=examples(32))
@given(
    st.dictionaries(IDS, st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4),
    st.dictionaries(TEXTS, st.binary(max_size=30), max_size=4),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)
def test_any_documents_and_objects_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    documents: dict[str, Any],
    objects: dict[str, bytes],
    said: dict[str, str],
) -> None:
    place = Place(tmp_path_factory.mktemp("any"))
    place.documents.create(
        [RawDocument(f"models/{name}", each) for name, each in documents.items()]
    )
    for name, data in objects.items():
        place.objects.put(f"runs/{name}", data, metadata=said)
    made = place.back_up().manifest
    restored = place.empty()
    assert restored.restore() == made.digest
    assert restored.documents.documents == place.documents.documents
    assert contents(restored) == contents(place)


def test_a_change_of_one_letter_changes_the_digest(place: Place) -> None:
    before = place.back_up().manifest.digest
    place.documents.replace([document("corrections/1", userId="player-X")])
    assert place.back_up().manifest.digest != before


def test_a_change_of_what_is_said_about_an_object_changes_the_digest(place: Place) -> None:
    before = place.back_up().manifest.digest
    place.objects.put("drawings/corrections/1.png", b"canvas 1", metadata={"n": "2"})
    assert place.back_up().manifest.digest != before
