"""The contract of a CorrectionSource: whose all documents are, and how they fared."""

from typing import Any

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
