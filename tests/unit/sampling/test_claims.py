"""A player gains no weight by claiming that answers were audits, and honest ones lose none."""

import numpy as np
import pytest

from pipeline.sampling.rows import AnswerRows, divide_answers
from pipeline.sampling.weights import weigh_answers
from tests.unit.sampling._answers import AUDIT, MARGIN, play


def with_cheat(honest: AnswerRows, number: int, chance: float, code: int = AUDIT) -> AnswerRows:
    """The answers of all others, then those of one who claims a chance for each."""
    assert honest.asked is not None
    assert honest.players is not None
    return AnswerRows(
        np.append(honest.confirmed, np.zeros(number, np.bool_)),
        np.append(honest.chances, np.full(number, chance, np.float32)),
        np.append(honest.asked, np.full(number, code, np.uint8)),
        np.append(honest.players, np.full(number, "cheat")),
    )


def honest_answers(audit: float, players: int = 100, seed: int = 0) -> AnswerRows:
    return play(np.random.default_rng(seed), 8000, audit=audit, says=1.0, players=players)


@pytest.mark.parametrize("audit", [0.01, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("players", [3, 100, 4000])
def test_honest_players_are_believed(audit: float, players: int) -> None:
    samples = divide_answers(honest_answers(audit, players))
    assert samples.unknown.mean() < 0.01


@pytest.mark.parametrize("chance", [0.01, 1e-6])
@pytest.mark.parametrize("number", [20, 400])
def test_one_who_claims_that_all_answers_were_audits_is_not_believed(
    number: int, chance: float
) -> None:
    rows = with_cheat(honest_answers(0.01), number, chance)
    samples = divide_answers(rows)
    assert samples.unknown[-number:].all()
    assert not samples.unknown[:-number].any()


@pytest.mark.parametrize("number", [1, 5, 20, 100])
def test_a_claim_brings_no_player_more_than_a_few_audits_do(number: int) -> None:
    honest = honest_answers(0.01)
    truth = float((weigh_answers(honest, 2.0) * honest.confirmed).mean())
    rows = with_cheat(honest, number, 1e-9)
    weights = weigh_answers(rows, 2.0)
    share = weights[-number:].sum() / weights.sum()
    assert share < 0.06
    assert (weights * rows.confirmed).mean() > truth - 0.06


def test_a_player_who_draws_most_is_believed() -> None:
    honest = honest_answers(0.01, players=2)
    assert not divide_answers(honest).unknown.any()


def test_margins_need_no_belief_as_they_weigh_least() -> None:
    rows = with_cheat(honest_answers(0.05), 50, 1.0, MARGIN)
    assert divide_answers(rows).certain[-50:].all()
