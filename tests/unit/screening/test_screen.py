"""The owner's decisions come before the rules; the rules decide on all other corrections."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pipeline.categories import CATEGORIES
from pipeline.corrections.collect import Harvest
from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.records.corrections import OwnerAction, OwnerDecision
from pipeline.screening.label_check import LabelChecks
from pipeline.screening.screen import ScreeningResult, apply_labels, find_owner_labels, screen

CAT, FISH = CATEGORIES.index("cat"), CATEGORIES.index("fish")
NAMES = ["c0", "c1", "c2"]


@pytest.fixture
def harvest() -> Harvest:
    return Harvest(
        images=np.zeros((3, 28, 28), np.uint8),
        labels=np.array([CAT] * 3, np.uint8),
        ids=np.array(NAMES),
        players=np.array(["ada", "bob", "cy"]),
        guesses=np.full(3, 255, np.uint8),
        confidences=np.full(3, np.nan, np.float32),
        versions=np.full(3, ""),
        asked=np.full(3, 255, np.uint8),
        chances=np.full(3, np.nan, np.float32),
        generations=np.ones(3, np.int64),
        sent_at=np.zeros(3),
        contradicted=np.zeros(3, np.int64),
        unusable={},
    )


def decide(name: str, action: OwnerAction, label: str | None = None) -> dict[str, OwnerDecision]:
    return {
        name: OwnerDecision(
            action=action,
            label=label,
            correction_id=name,
            by="api-key",
            at=datetime(2026, 3, 4, tzinfo=UTC),
        )
    }


def screen_with(
    harvest: Harvest, decisions: dict[str, OwnerDecision], contradicted: Any = (True, True, False)
) -> ScreeningResult:
    sure, fish = np.ones(3, np.float32), np.full(3, FISH, np.uint8)
    checks = LabelChecks(sure, np.array(contradicted), fish, sure, np.zeros(3, bool))
    return screen(
        harvest, decisions, checks, np.full(3, -1), {}, categories=CATEGORIES, most_of_a_class=20
    )


def test_without_decisions_contradicted_labels_are_quarantined(harvest: Harvest) -> None:
    assert list(screen_with(harvest, {}).not_merged) == ["c0", "c1"]


def test_what_the_owner_accepted_is_merged(harvest: Harvest) -> None:
    assert list(screen_with(harvest, decide("c1", OwnerAction.ACCEPT)).not_merged) == ["c0"]


def test_what_the_owner_relabelled_is_merged_under_that_label(harvest: Harvest) -> None:
    result = screen_with(harvest, decide("c0", OwnerAction.RELABEL, "fish"))
    assert list(result.not_merged) == ["c1"]
    assert apply_labels(harvest, result.labels).labels.tolist() == [FISH, CAT, CAT]


def test_what_the_owner_refused_is_refused_although_its_label_is_not_contradicted(
    harvest: Harvest,
) -> None:
    result = screen_with(
        harvest, decide("c2", OwnerAction.REFUSE), contradicted=(False, False, False)
    )
    assert result.not_merged == {"c2": OWNER_REFUSED}


def test_decisions_on_other_corrections_change_nothing(harvest: Harvest) -> None:
    assert screen_with(harvest, decide("elsewhere", OwnerAction.RELABEL, "sun")) == screen_with(
        harvest, {}
    )


def test_an_accepted_label_is_the_players(harvest: Harvest) -> None:
    assert find_owner_labels(harvest, decide("c0", OwnerAction.ACCEPT), CATEGORIES) == {}


def test_a_result_comes_back_from_storage_as_it_was(harvest: Harvest) -> None:
    result = screen_with(harvest, decide("c0", OwnerAction.RELABEL, "fish"))
    assert ScreeningResult.model_validate_json(result.model_dump_json(by_alias=True)) == result


def test_a_stored_result_has_these_names(harvest: Harvest) -> None:
    result = screen_with(harvest, decide("c2", OwnerAction.RELABEL, "fish"))
    stored = json.loads(result.model_dump_json(by_alias=True))
    assert (list(stored), list(stored["held"])) == (["held", "labels"], ["c0", "c1"])
    assert stored["labels"] == {"c2": FISH}
