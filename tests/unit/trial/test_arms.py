"""The comparison of a canary's two arms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.trial.arms import ArmEvidence, judge_arms
from pipeline.trial.standing import RatioBounds, Verdict
from tests.unit.trial._evidence import EVEN, MARGIN


def make_arms(trial_wrong: float, other_wrong: float, count: int, seed: int = 0) -> ArmEvidence:
    """Return answers of two equal arms, ten of each player, with these shares of corrections."""
    rng = np.random.default_rng(seed)
    players = np.arange(count) // 10
    in_trial = players % 2 == 0
    confirmed = rng.random(count) >= np.where(in_trial, trial_wrong, other_wrong)
    order = rng.permutation(count)
    names = np.char.mod("p%d", players).astype(np.bytes_)
    chances = np.full(count, np.nan, np.float32)
    return ArmEvidence(names, in_trial, confirmed, chances).select(order)


@pytest.mark.parametrize(
    ("trial", "other", "verdict"),
    [
        (0.2, 0.3, Verdict.BETTER),
        (0.5, 0.3, Verdict.WORSE),
        (0.3, 0.3, Verdict.OPEN),
    ],
)
def test_the_arm_with_fewer_corrections_is_better(
    trial: float, other: float, verdict: Verdict
) -> None:
    assert judge_arms(make_arms(trial, other, 4000), EVEN, MARGIN).verdict is verdict


def test_no_answers_leave_it_open() -> None:
    standing = judge_arms(make_arms(0, 0, 0), EVEN, MARGIN)
    assert standing.verdict is Verdict.OPEN
    assert standing.answers == 0


def test_one_arm_alone_shows_nothing() -> None:
    evidence = make_arms(0.1, 0.9, 4000)
    assert judge_arms(evidence.select(evidence.in_trial), EVEN, MARGIN).low == -1


def test_where_players_confirm_less_readily_the_same_rates_are_a_smaller_difference() -> None:
    evidence, never = make_arms(0.2, 0.3, 20_000), -1.0  # a margin that nothing meets
    even, uneven = (
        judge_arms(evidence, RatioBounds(ratio, ratio), never).estimate for ratio in (1, 4)
    )
    assert even == pytest.approx(0.1, abs=0.03)
    # Of 100 drawings, 20 (30) wrong ones and 80 x 4 (70 x 4) right ones.
    assert uneven == pytest.approx(30 / 310 - 20 / 340, abs=0.02)


@given(st.integers(0, 1000))
def test_looking_in_between_changes_nothing(seed: int) -> None:
    evidence = make_arms(0.2, 0.3, 3000, seed)
    earlier = judge_arms(evidence.select(slice(1000 + 2 * seed)), EVEN, MARGIN)
    later = judge_arms(evidence, EVEN, MARGIN)
    if earlier.verdict is not Verdict.OPEN:
        assert later[:4] == earlier[:4]


def test_the_sentence_says_what_each_arm_corrected() -> None:
    sentence = judge_arms(make_arms(0.5, 0.3, 600), EVEN, MARGIN).sentence
    assert "of 300 answers where they are shown this version" in sentence
    assert sentence.endswith("it is too early to judge")
