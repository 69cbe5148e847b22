"""The contract of a CorrectionSource: finding and counting by class, player, run and reason."""

from typing import Any

import pytest

from pipeline.ports import CorrectionSource
from pipeline.records.corrections import CorrectionState, Wanted
from tests.contract._quarantined import QUARANTINED, quarantined


def found(corrections: CorrectionSource, wanted: Wanted, **page: Any) -> list[str]:
    filters = wanted._asdict()
    documents = corrections.find(**filters, **page)
    assert page or corrections.count(**filters) == len(documents)
    return [document.id for document in documents]


def test_without_filters_all_documents_are_found(world: Any, corrections: CorrectionSource) -> None:
    for name in ("b", "a"):
        world.put(name, {"status": name})
    assert found(corrections, Wanted()) == ["a", "b"]


@pytest.mark.parametrize(
    ("label", "is_found"),
    [
        ("smiley_face", True),
        ("Smiley Face", True),
        ("smiley face", True),
        ("cat", False),
        (["smiley_face"], False),
        (None, False),
    ],
)
def test_a_class_is_found_in_its_usual_spellings(
    world: Any, corrections: CorrectionSource, label: Any, *, is_found: bool
) -> None:
    world.put("a", quarantined(correctedLabel=label))
    assert found(corrections, Wanted(category="smiley_face")) == ["a"] * is_found


@pytest.mark.parametrize(
    ("user", "is_found"),
    [("7", True), (7, True), (7.0, True), ("77", False), (True, False), (None, False)],
)
def test_a_player_is_found_by_the_id_as_text_or_number(
    world: Any, corrections: CorrectionSource, user: Any, *, is_found: bool
) -> None:
    world.put("a", quarantined(userId=user))
    assert found(corrections, Wanted(player="7")) == ["a"] * is_found
    assert found(corrections, Wanted(player="1")) == []


def test_fields_in_snake_case_are_found_with_those_in_camel_case(
    world: Any, corrections: CorrectionSource
) -> None:
    world.put("b", {"corrected_label": "cat", "user_id": "pia"})
    world.put("a", {"correctedLabel": "Cat", "user_id": "pia"})
    world.put("c", {"correctedLabel": "cat", "userId": "pia"})
    wanted = Wanted(category="cat", player="pia")
    assert found(corrections, wanted) == ["a", "b", "c"]
    assert found(corrections, wanted, after="a", limit=1) == ["b"]


def test_all_filters_together_find_what_fits_all(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined(userId="7"))
    world.put("b", quarantined(userId="other"))
    world.put("c", quarantined(userId="7", correctedLabel="sun"))
    world.put("d", quarantined("flood", userId="7"))
    world.put("e", quarantined(userId="7", status="pending"))
    wanted = Wanted(QUARANTINED, "no_class", "run-1", "cat", "7")
    assert found(corrections, wanted) == ["a"]
    assert found(corrections, wanted._replace(run_id="run-2")) == []
    assert found(corrections, wanted._replace(state=CorrectionState.PENDING)) == ["e"]
    assert found(corrections, wanted._replace(run_id="é" * 2000)) == []
