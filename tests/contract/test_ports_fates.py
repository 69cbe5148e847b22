"""The contract of a CorrectionSource: whose all documents are, and how they fared."""

from typing import Any

from emulator.servers import Emulators
from pipeline.ports import CorrectionSource
from tests.contract._quarantined import quarantined


def test_of_each_document_player_status_and_reason_are_read_and_nothing_else(
    world: Any, corrections: CorrectionSource
) -> None:
    drawn = {"strokes": [{"x": [1] * 100, "y": [1] * 100}], "imageStoragePath": "x", "more": 1}
    world.put("b", quarantined("flood", userId="ada") | drawn)
    world.put("a", {"user_id": 7, "status": "pending", "retraining": "no map"})
    world.put("c", {"correctedLabel": "cat"})
    read = [(each.id, each.fields) for each in corrections.fates()]
    assert [name for name, _ in read] == ["a", "b", "c"]
    assert read[0][1]["userId"] == 7
    assert read[1][1] == {
        "userId": "ada", "status": "quarantined", "retraining": {"reason": "flood"},
    }  # fmt: skip
    assert read[2][1].get("userId") is None


def test_of_none_there_are_none(corrections: CorrectionSource) -> None:
    assert list(corrections.fates()) == []


def test_drawings_are_not_read(embedded_firebase: Emulators, world: Any, ports: Any) -> None:
    if not hasattr(ports.corrections, "_client"):
        return
    for number in range(3):
        big = {"strokes": [{"x": [1] * 900, "y": [1] * 900}]}
        world.put(f"c{number}", {"userId": "ada", "status": "pending", **big})
    before = embedded_firebase.bill.usage
    assert len(list(ports.corrections.fates())) == 3
    used = embedded_firebase.bill.usage - before
    assert used.reads == 3
    assert used.read_bytes < 1000
