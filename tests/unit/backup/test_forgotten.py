"""A restore brings nothing back that was forgotten since, as far as receipts say so."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.backup.forgotten import find_players
from pipeline.records.backups import RawDocument
from pipeline.records.forgetting import Counts, Proof, Receipt, Removed, RemovedKind
from pipeline.setting_groups import GameSettings
from tests.unit.backup._project import Place, fill

NOW = datetime(2026, 11, 30, tzinfo=UTC)
GAME = GameSettings()
GONE = {"corrections/3", "decisions/3", "drawings/corrections/3.png"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = fill(Place(tmp_path))
    place.back_up()
    return place


def receipt() -> bytes:
    kinds = {
        "corrections/3": RemovedKind.DOCUMENT,
        "decisions/3": RemovedKind.DECISION,
        "drawings/corrections/3.png": RemovedKind.CANVAS,
        "models/production/v1.0.0/x.h5": RemovedKind.VERSION,
        "datasets/d/editions/000001/000001.npz": RemovedKind.REVISION,
    }
    return (
        Receipt(
            run_id="run-f",
            requested_at=NOW,
            finished_at=NOW,
            summary="",
            counts=Counts(),
            edition=2,
            removed=[Removed(kind=kind, path=path) for path, kind in kinds.items()],
            proof=Proof(listed_at=NOW, objects=0, documents=0, rows=0),
        )
        .model_dump_json(by_alias=True)
        .encode()
    )


def paths(place: Place) -> set[str]:
    return {*place.documents.documents, *place.objects.objects}


def test_a_receipt_in_the_project_keeps_what_it_names_away(place: Place) -> None:
    other = place.empty()
    other.objects.put("receipts/run-f.json", receipt())
    restoring = other.plan()
    restoring.check(restoring.plan())
    restoring.write()
    assert restoring.forgotten.receipts == ("receipts/run-f.json",)
    assert not GONE & paths(other)
    assert "models/production/v1.0.0/x.h5" in paths(other)
    expected, found = restoring.measure()
    assert expected.hexdigest() == found.hexdigest()


def test_a_receipt_in_a_newer_backup_does_so_too(place: Place) -> None:
    first = place.plan().manifest.id
    place.objects.put("receipts/run-f.json", receipt())
    place.back_up()
    other = place.empty()
    other.restore(backup_id=first)
    assert not GONE & paths(other)


def test_a_receipt_of_before_the_backup_keeps_nothing_away(place: Place) -> None:
    # The player came back after it, and these are new documents under the same names.
    place.objects.put("receipts/run-f.json", receipt())
    place.back_up()
    other = place.empty()
    other.restore()
    assert paths(other) >= GONE


def test_a_receipt_that_cannot_be_read_stops_no_restore(place: Place) -> None:
    other = place.empty()
    other.objects.put("receipts/odd.json", b"{}")
    restoring = other.plan()
    restoring.write()
    assert paths(other) >= GONE


def test_whom_to_forget_again_is_known_from_the_documents_that_are_left_out(place: Place) -> None:
    other = place.empty()
    other.objects.put("receipts/run-f.json", receipt())
    restoring = other.plan()
    assert find_players(restoring.manifest, place.target, restoring.forgotten, GAME) == ["player-3"]


def test_a_game_may_spell_the_player_otherwise(place: Place) -> None:
    fields = {"who": {"mapValue": {"fields": {"id": {"integerValue": "7"}}}}}
    place.documents.replace([RawDocument("corrections/3", fields)])
    place.back_up()
    other = place.empty()
    other.objects.put("receipts/run-f.json", receipt())
    restoring = other.plan()
    game = GameSettings(fields={"userId": "who.id"})
    assert find_players(restoring.manifest, place.target, restoring.forgotten, game) == ["7"]
