"""One id that carries most of a harvest: its corrections are shared out over the splits."""

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corrections.additions import build_additions
from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import MIN_DOMINANT, find_dominant_player
from pipeline.corrections.remarks import describe_harvest
from pipeline.corrections.validation import refuse
from pipeline.dataset.splits import correction_split, find_shared_players, player_split
from pipeline.records.corrections import CorrectionState, StatusCount, StatusCounts, Verdict
from pipeline.records.dataset import DatasetRevision
from tests._examples import examples

GUEST, ADA = (hashlib.sha256(name).hexdigest() for name in (b"guest", b"ada"))
BASE = DatasetRevision(revision=0, parent=None, digest="d", categories=[], seed=0, rows={})
NO_DOCUMENTS = StatusCounts(0, 0, ())
FLOOD = Verdict(state=CorrectionState.QUARANTINED, reason="flood", explanation="too many")


def harvest(players: list[str], unusable: dict[str, Verdict] | None = None) -> Harvest:
    count = len(players)
    return Harvest(
        images=np.zeros((count, 28, 28), np.uint8),
        labels=np.zeros(count, np.uint8),
        ids=np.array([f"c{number:04d}" for number in range(count)], np.str_),
        players=np.array(players, np.str_),
        guesses=np.ones(count, np.uint8),
        confidences=np.zeros(count, np.float32),
        versions=np.full(count, "v1.0.0"),
        asked=np.full(count, 255, np.uint8),
        chances=np.full(count, np.nan, np.float32),
        generations=np.ones(count, np.int64),
        sent_at=np.zeros(count),
        contradicted=np.zeros(count, np.int64),
        unusable=unusable or {},
    )


def other(number: int) -> str:
    return hashlib.sha256(bytes([1, number])).hexdigest()


def splits_of(parts: Harvest, shared: frozenset[str]) -> list[str]:
    everything = np.ones(len(parts.ids), bool)
    return build_additions(parts, everything, BASE, "run", shared).splits.tolist()


@pytest.mark.parametrize(
    ("of_one", "of_others", "dominates"),
    [(MIN_DOMINANT, 0, True), (MIN_DOMINANT, MIN_DOMINANT, True), (76, 24, True),
     (MIN_DOMINANT, MIN_DOMINANT + 1, False), (MIN_DOMINANT - 1, 0, False), (0, 0, False)],
)  # fmt: skip
def test_a_player_dominates_with_half_of_a_harvest_and_twenty_corrections(
    of_one: int, of_others: int, *, dominates: bool
) -> None:
    players = [GUEST] * of_one + [other(number) for number in range(of_others)]
    found = find_dominant_player(np.array(players, np.str_))
    assert (found is not None) is dominates
    if found is not None:
        assert found == (GUEST, of_one / len(players))


def test_the_corrections_of_a_shared_player_go_to_all_splits() -> None:
    splits = splits_of(harvest([GUEST] * 2000), frozenset({GUEST}))
    shares = {split: splits.count(split) / 2000 for split in ("train", "val", "test")}
    assert shares == pytest.approx({"train": 0.7, "val": 0.1, "test": 0.2}, abs=0.04)


def test_those_of_other_players_stay_together() -> None:
    assert set(splits_of(harvest([ADA] * 50), frozenset({GUEST}))) == {str(player_split(ADA))}


def test_a_correction_always_goes_to_the_same_split() -> None:
    shared = frozenset({GUEST})
    first, again = (splits_of(harvest([GUEST] * 50), shared) for _ in range(2))
    assert first == again
    assert first[7] == correction_split(GUEST, "c0007")


def test_who_was_shared_once_is_known_by_the_data_set() -> None:
    players = [GUEST] * 100 + [ADA] * 100
    splits = splits_of(harvest(players), frozenset({GUEST}))
    found = find_shared_players(np.array(players, object), np.array(splits, object))
    assert found == {GUEST}


@given(st.lists(st.sampled_from([GUEST, ADA, other(1)]), max_size=30))
@settings(max_examples=examples(50))
def test_whole_players_are_never_taken_for_shared_ones(players: list[str]) -> None:
    splits = splits_of(harvest(players), frozenset())
    assert find_shared_players(np.array(players, object), np.array(splits, object)) == frozenset()


def remarks(parts: Harvest, **more: Any) -> list[str]:
    options: dict[str, Any] = {"not_merged": {}, "counts": NO_DOCUMENTS, **more}
    return describe_harvest(parts, **options)


def test_of_an_ordinary_harvest_nothing_is_said() -> None:
    assert remarks(harvest([other(number) for number in range(60)])) == []


def test_one_id_for_most_corrections_is_said_with_what_to_do() -> None:
    players = [GUEST] * 76 + [other(number) for number in range(24)]
    (sentence,) = remarks(harvest(players))
    assert sentence.startswith("76% of the corrections carry one userId")
    assert "sign them in, anonymously is enough" in sentence


def test_what_is_quarantined_as_a_flood_of_one_id_is_said() -> None:
    (sentence,) = remarks(
        harvest([GUEST] * 30), not_merged={"c0001": FLOOD, "c0002": FLOOD, "x": FLOOD}
    )
    assert "2 of them are quarantined" in sentence


def test_when_most_are_refused_for_one_reason_that_is_said() -> None:
    missing = {f"x{number}": refuse("missing_player", "userId is empty") for number in range(8)}
    (sentence,) = remarks(harvest([ADA] * 2, missing | {"y": refuse("blank", "empty")}))
    assert sentence == (
        "8 of 11 corrections are refused as missing_player, one because userId is empty"
    )


def test_what_waits_for_its_canvas_is_said() -> None:
    waits = Verdict(state=CorrectionState.PENDING, reason="missing_image", explanation="not yet")
    (sentence,) = remarks(harvest([ADA], {"x": waits}))
    assert sentence.startswith("1 correction stays pending, as the canvas is not in Storage yet")


def test_a_status_that_redraw_does_not_know_is_said() -> None:
    (sentence,) = remarks(harvest([ADA]), counts=StatusCounts(3, 0, (StatusCount("new", 3),)))
    assert "adopt --status new" in sentence
