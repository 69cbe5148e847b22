"""Who is held and why: one rule a test, and none of them holds what nothing speaks against."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES, LABELS
from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import PlayerRecord
from pipeline.dataset.hdf5 import NO_GUESS
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.screening.evidence import LabelChecks
from pipeline.screening.quarantine import quarantine

CAT, FISH = LABELS["cat"], LABELS["fish"]


def harvest(
    players: list[str], labels: list[int] | None = None, guesses: list[int] | None = None
) -> Harvest:
    count = len(players)
    return Harvest(
        images=np.zeros((count, 28, 28), np.uint8),
        labels=np.array([CAT] * count if labels is None else labels, np.uint8),
        ids=np.array([f"c{each:03d}" for each in range(count)], np.str_),
        players=np.array(players, np.str_),
        guesses=np.array([NO_GUESS] * count if guesses is None else guesses, np.uint8),
        confidences=np.full(count, np.nan, np.float32),
        versions=np.full(count, ""),
        generations=np.ones(count, np.int64),
        sent_at=np.zeros(count),
        refused={},
    )


def evidence(count: int, contradicted: list[int], no_class: list[int]) -> LabelChecks:
    """Nothing speaks against any, but for the positions named."""
    each, sure = np.arange(count), np.full(count, 0.97, np.float32)
    return LabelChecks(
        sure,
        np.isin(each, contradicted),
        np.full(count, FISH, np.uint8),
        sure,
        np.isin(each, no_class),
    )


def copied(count: int, copies: list[int]) -> Any:
    """Copies of the first drawing, which begins the burst."""
    return np.where(np.isin(np.arange(count), [*copies, 0] if copies else []), 0, -1)


def held(
    players: list[str], labels: list[int] | None = None, records: Any = None, **against: list[int]
) -> dict[str, Verdict]:
    count = len(players)
    against_all = evidence(count, against.get("contradicted", []), against.get("no_class", []))
    given = harvest(players, labels)
    return quarantine(
        given,
        against_all,
        copied(count, against.get("copies", [])),
        records or {},
        most_of_a_class=20,
    )


def test_what_nothing_speaks_against_is_not_held() -> None:
    assert held(["ada", "bob", "ada"]) == {}


def test_of_no_corrections_none_is_held() -> None:
    assert held([]) == {}


@pytest.mark.parametrize(
    ("against", "reason", "told"),
    [
        ("contradicted", "contradicted_label", "labelled cat, but it looks like fish (97% sure)"),
        ("no_class", "no_class", "the drawing resembles none of the classes"),
        ("copies", "burst", "one of several drawings that are all but the same as correction c000"),
    ],
)
def test_evidence_against_a_drawing_holds_it_and_says_what_was_seen(
    against: str, reason: str, told: str
) -> None:
    found = held(["ada", "bob", "cy"], **{against: [1]})
    assert list(found) == ["c001"]
    assert (found["c001"].state, found["c001"].reason) == (CorrectionState.QUARANTINED, reason)
    assert found["c001"].explanation == told


def test_a_player_may_add_twenty_of_a_class_and_the_rest_is_held() -> None:
    found = held(["ada"] * 23 + ["bob"])
    assert list(found) == ["c020", "c021", "c022"]
    assert {verdict.reason for verdict in found.values()} == {"flood"}


def test_the_cap_counts_each_class_alone() -> None:
    assert held(["ada"] * 40, [CAT, FISH] * 20) == {}


def test_confirmations_and_corrections_are_counted_apart() -> None:
    given = harvest(["ada"] * 40, guesses=[CAT, FISH] * 20)
    assert quarantine(given, evidence(40, [], []), copied(40, []), {}, most_of_a_class=20) == {}


def test_what_is_held_for_another_reason_does_not_count_towards_the_cap() -> None:
    found = held(["ada"] * 12 + ["bob"] + ["ada"] * 9, contradicted=[0])
    assert list(found) == ["c000"]


def test_a_player_half_of_whose_corrections_are_contradicted_is_held_as_a_whole() -> None:
    found = held(["mallory"] * 6 + ["ada"], contradicted=[0, 1, 2])
    assert [verdict.reason for verdict in found.values()] == ["contradicted_label"] * 3 + [
        "player_record"
    ] * 3
    assert found["c005"].explanation == "3 of 6 corrections of this player are contradicted"


def test_a_few_corrections_make_no_record() -> None:
    assert list(held(["mallory"] * 5, contradicted=[0, 1, 2, 3])) == [
        "c000",
        "c001",
        "c002",
        "c003",
    ]


def test_earlier_runs_count_for_a_record() -> None:
    found = held(
        ["mallory"] * 2,
        contradicted=[0],
        records={"mallory": PlayerRecord(judged=4, contradicted=3)},
    )
    assert found["c001"].reason == "player_record"


def test_a_record_of_earlier_runs_holds_what_nothing_else_speaks_against() -> None:
    assert (
        len(held(["mallory"] * 2, records={"mallory": PlayerRecord(judged=9, contradicted=9)})) == 2
    )


@given(st.lists(st.sampled_from("abc"), max_size=60), st.sets(st.integers(0, 59)))
def test_the_order_of_other_players_corrections_changes_nothing_for_a_player(
    players: list[str], contradicted: set[int]
) -> None:
    """Each player alone gets the verdicts that he gets among others."""
    against = [at for at in contradicted if at < len(players)]
    together = held(players, contradicted=against)
    for one in set(players):
        places = [at for at, player in enumerate(players) if player == one]
        alone = held(
            [one] * len(places),
            contradicted=[at for at, place in enumerate(places) if place in against],
        )
        reasons = {
            f"c{places[int(name[1:])]:03d}": verdict.reason for name, verdict in alone.items()
        }
        assert reasons == {
            name: verdict.reason
            for name, verdict in together.items()
            if players[int(name[1:])] == one
        }


def test_every_class_can_be_named_in_a_sentence() -> None:
    labels = list(range(len(CATEGORIES)))
    found = held([str(each) for each in labels], labels, contradicted=labels)
    assert found["c019"].explanation.startswith("labelled smiley face, but")
