"""Which corrections are quarantined and why: each test shows one rule."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.categories import CATEGORIES
from pipeline.corrections.collect import Harvest
from pipeline.corrections.players import PlayerRecord
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.records.dataset import NO_GUESS
from pipeline.screening.label_check import LabelChecks
from pipeline.screening.quarantine import quarantine_corrections

CAT, FISH = CATEGORIES.index("cat"), CATEGORIES.index("fish")


def harvest(
    players: list[str], labels: list[int] | None = None, guesses: list[int] | None = None
) -> Harvest:
    count = len(players)
    return Harvest(
        images=np.zeros((count, 28, 28), np.uint8),
        labels=np.array([CAT] * count if labels is None else labels, np.uint8),
        ids=np.array([f"c{number:03d}" for number in range(count)], np.str_),
        players=np.array(players, np.str_),
        guesses=np.array([NO_GUESS] * count if guesses is None else guesses, np.uint8),
        confidences=np.full(count, np.nan, np.float32),
        versions=np.full(count, ""),
        asked=np.full(count, 255, np.uint8),
        chances=np.full(count, np.nan, np.float32),
        generations=np.ones(count, np.int64),
        sent_at=np.zeros(count),
        contradicted=np.zeros(count, np.int64),
        unusable={},
    )


def make_checks(count: int, contradicted: list[int], no_class: list[int]) -> LabelChecks:
    """Return label checks that find nothing but at these positions."""
    positions, sure = np.arange(count), np.full(count, 0.97, np.float32)
    return LabelChecks(
        sure,
        np.isin(positions, contradicted),
        np.full(count, FISH, np.uint8),
        sure,
        np.isin(positions, no_class),
    )


def make_originals(count: int, copies: list[int]) -> Any:
    """Return originals in which these positions are copies of the first drawing."""
    return np.where(np.isin(np.arange(count), [*copies, 0] if copies else []), 0, -1)


def screen(
    players: list[str], labels: list[int] | None = None, records: Any = None, **faults: list[int]
) -> dict[str, Verdict]:
    count = len(players)
    checks = make_checks(count, faults.get("contradicted", []), faults.get("no_class", []))
    return quarantine_corrections(
        harvest(players, labels),
        checks,
        make_originals(count, faults.get("copies", [])),
        records or {},
        categories=CATEGORIES,
        most_of_a_class=20,
    )


def test_without_a_reason_no_correction_is_quarantined() -> None:
    assert screen(["ada", "bob", "ada"]) == {}


def test_of_no_corrections_none_is_quarantined() -> None:
    assert screen([]) == {}


@pytest.mark.parametrize(
    ("fault", "reason", "explanation"),
    [
        ("contradicted", "contradicted_label", "labelled cat, but it looks like fish (97% sure)"),
        ("no_class", "no_class", "the drawing resembles none of the classes"),
        ("copies", "burst", "one of several drawings that are all but the same as correction c000"),
    ],
)
def test_a_faulty_drawing_is_quarantined_with_an_explanation(
    fault: str, reason: str, explanation: str
) -> None:
    verdicts = screen(["ada", "bob", "cy"], **{fault: [1]})
    assert list(verdicts) == ["c001"]
    assert (verdicts["c001"].state, verdicts["c001"].reason) == (
        CorrectionState.QUARANTINED,
        reason,
    )
    assert verdicts["c001"].explanation == explanation


def test_a_player_may_add_twenty_of_a_class_and_the_rest_is_quarantined() -> None:
    verdicts = screen(["ada"] * 23 + ["bob"])
    assert list(verdicts) == ["c020", "c021", "c022"]
    assert {verdict.reason for verdict in verdicts.values()} == {"flood"}


def test_the_cap_counts_each_class_alone() -> None:
    assert screen(["ada"] * 40, [CAT, FISH] * 20) == {}


def test_confirmations_and_corrections_are_counted_apart() -> None:
    sent = harvest(["ada"] * 40, guesses=[CAT, FISH] * 20)
    checks, originals = make_checks(40, [], []), make_originals(40, [])
    assert (
        quarantine_corrections(
            sent, checks, originals, {}, categories=CATEGORIES, most_of_a_class=20
        )
        == {}
    )


def test_what_is_quarantined_for_another_reason_does_not_count_towards_the_cap() -> None:
    verdicts = screen(["ada"] * 12 + ["bob"] + ["ada"] * 9, contradicted=[0])
    assert list(verdicts) == ["c000"]


def test_if_most_of_a_player_s_corrections_are_contradicted_all_are_quarantined() -> None:
    verdicts = screen(["mallory"] * 6 + ["ada"], contradicted=[0, 1, 2, 3, 4])
    assert [verdict.reason for verdict in verdicts.values()] == ["contradicted_label"] * 5 + [
        "player_record"
    ]
    assert verdicts["c005"].explanation == "5 of 6 corrections of this player are contradicted"


def test_bad_luck_makes_no_record() -> None:
    """Of the corrections of hard drawings one in seven is contradicted, so three of six may be."""
    assert list(screen(["ada"] * 6, contradicted=[0, 1, 2])) == ["c000", "c001", "c002"]


def test_a_liar_cannot_hide_among_confirmations() -> None:
    lies, confirmations = [FISH] * 6, [CAT] * 40
    sent = harvest(["mallory"] * 46, lies + confirmations, guesses=[CAT] * 46)
    checks, originals = make_checks(46, [0, 1, 2, 3, 4], []), make_originals(46, [])
    verdicts = quarantine_corrections(
        sent, checks, originals, {}, categories=CATEGORIES, most_of_a_class=40
    )
    assert verdicts["c005"].reason == "player_record"
    assert len(verdicts) == len(sent.ids)


def test_a_few_corrections_make_no_record() -> None:
    assert list(screen(["mallory"] * 5, contradicted=[0, 1, 2, 3])) == [
        "c000",
        "c001",
        "c002",
        "c003",
    ]


def test_earlier_runs_count_for_a_record() -> None:
    verdicts = screen(
        ["mallory"] * 2,
        contradicted=[0],
        records={"mallory": PlayerRecord(corrections=5, contradicted=5)},
    )
    assert verdicts["c001"].reason == "player_record"


def test_a_record_of_earlier_runs_is_reason_enough_to_quarantine() -> None:
    assert (
        len(
            screen(
                ["mallory"] * 2, records={"mallory": PlayerRecord(corrections=9, contradicted=9)}
            )
        )
        == 2
    )


@given(st.lists(st.sampled_from("abc"), max_size=60), st.sets(st.integers(0, 59)))
def test_the_order_of_other_players_corrections_changes_nothing_for_a_player(
    players: list[str], contradicted: set[int]
) -> None:
    """A player's verdicts are the same alone and among other players."""
    positions = [position for position in contradicted if position < len(players)]
    together = screen(players, contradicted=positions)
    for player in set(players):
        own = [position for position, sender in enumerate(players) if sender == player]
        alone = screen(
            [player] * len(own),
            contradicted=[row for row, position in enumerate(own) if position in positions],
        )
        reasons = {f"c{own[int(name[1:])]:03d}": verdict.reason for name, verdict in alone.items()}
        assert reasons == {
            name: verdict.reason
            for name, verdict in together.items()
            if players[int(name[1:])] == player
        }


def test_every_class_can_be_named_in_a_sentence() -> None:
    labels = list(range(len(CATEGORIES)))
    verdicts = screen([str(label) for label in labels], labels, contradicted=labels)
    assert verdicts["c019"].explanation.startswith("labelled smiley face, but")
