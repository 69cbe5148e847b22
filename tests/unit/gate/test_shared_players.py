"""An id that carries most of the corrections counts as one player of ordinary weight."""

import numpy as np
import pytest

from pipeline.gate.inputs import GateInputs
from pipeline.gate.paired import (
    concatenate_guesses,
    difference_interval,
    find_rows_of,
    sum_by_player,
)
from pipeline.gate.player_check import check_players
from pipeline.model.answers import PairedGuesses
from pipeline.records.runs import CheckStanding
from tests.unit.gate._guesses import RULES, make_answers, make_guesses

SHARED = frozenset({"guest0"})
CLEAN = make_guesses(both=9000, neither=1000)


def of_guest(**counts: int) -> PairedGuesses:
    return make_guesses(**counts, players=1, prefix="guest")


def of_others(players: int = 40, **counts: int) -> PairedGuesses:
    return make_guesses(**counts, players=players)


def judge(*groups: PairedGuesses, shared: frozenset[str] = SHARED) -> tuple[CheckStanding, str]:
    answers = make_answers(concatenate_guesses(groups))
    check = check_players(GateInputs(CLEAN, answers, shared=shared), RULES).check
    return check.standing, check.reason


def test_a_shared_player_weighs_as_much_as_the_heaviest_other() -> None:
    groups = concatenate_guesses([of_guest(gained=300), of_others(players=2, gained=1, neither=4)])
    totals = sum_by_player(groups, shared=SHARED)
    assert sorted(totals.weights.tolist()) == [2, 3, 3]
    assert totals.rows == 8
    assert sum_by_player(groups).rows == 305


@pytest.mark.parametrize("kind", ["U", "S"])
def test_rows_of_shared_players_are_found_among_texts_and_bytes(kind: str) -> None:
    players = np.array(["guest0", "ada", "guest0"]).astype(kind)
    assert find_rows_of(players, SHARED).tolist() == [True, False, True]
    assert not find_rows_of(players, frozenset()).any()


def test_a_shared_player_who_drew_little_keeps_that_weight() -> None:
    both = concatenate_guesses([of_guest(gained=1), of_others(players=1, lost=5)])
    totals = sum_by_player(both, shared=SHARED)
    assert sorted(totals.weights.tolist()) == [1, 5]


@pytest.mark.parametrize("counts", [{"gained": 500}, {"lost": 500}, {"gained": 200, "lost": 100}])
def test_one_shared_id_alone_shows_nothing(counts: dict[str, int]) -> None:
    standing, reason = judge(of_guest(**counts))
    assert standing is CheckStanding.OPEN
    assert "100% of these answers carry one userId" in reason


def test_beside_others_who_gain_a_shared_id_hides_nothing() -> None:
    """76 % of the corrections are the guest's: taken whole, they would drown the others."""
    guest, others = of_guest(gained=60, neither=240), of_others(gained=40, neither=55)
    assert judge(guest, others)[0] is CheckStanding.PASSED
    assert judge(guest, others, shared=frozenset())[0] is CheckStanding.OPEN


def test_beside_others_who_gain_nothing_a_shared_id_shows_nothing() -> None:
    guest, others = of_guest(gained=300), of_others(neither=95)
    assert judge(guest, others)[0] is CheckStanding.OPEN


def test_beside_others_who_lose_it_is_harmful_whatever_the_guest_gains() -> None:
    assert judge(of_guest(gained=300), of_others(lost=90))[0] is CheckStanding.HARMFUL


def test_who_is_not_shared_is_not_mentioned() -> None:
    assert "userId" not in judge(of_others(gained=40, neither=55))[1]


def test_without_shared_players_the_totals_are_what_they_were() -> None:
    both = concatenate_guesses([of_guest(gained=30), of_others(gained=9, lost=3, neither=30)])
    weights = np.linspace(1, 4, both.rows, dtype=np.float32)
    limited = sum_by_player(both, weights, frozenset({"nobody"}))
    plain = sum_by_player(both, weights)
    assert np.array_equal(limited.gains, plain.gains)
    assert np.array_equal(limited.weights, plain.weights)
    assert limited.rows == plain.rows
    assert difference_interval(limited, 0.95) == difference_interval(plain, 0.95)
