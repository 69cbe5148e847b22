"""How often a trial is wrong, however often it is looked at: simulated games of equal versions."""

import numpy as np
import pytest

from pipeline.trial.sequence import judge_trial, judge_watch
from pipeline.trial.standing import TrialEvidence, Verdict
from tests.unit.trial._evidence import EVEN, MARGIN, from_gains

SHARE = 0.1


def draw_long_trial(rng: np.random.Generator, effect: float, players: int) -> TrialEvidence:
    """Return 4,000 answers, 400 of them about disagreements, of players who come again and again.

    Each player leans to one of the versions: intraclass correlation 0.1.
    """
    who = rng.integers(0, players, 4000)
    differ = rng.random(4000) < SHARE
    leaning = rng.beta(4.5, 4.5, players) - 0.5
    wins = (1 + effect / (0.75 * SHARE)) / 2 + leaning[who]
    gains = np.where(rng.random(4000) < wins, 1, -1)
    gains[~differ | (rng.random(4000) > 0.75)] = 0
    return from_gains(gains, differ, who)


@pytest.mark.slow
@pytest.mark.parametrize("players", [60, 600])
def test_a_version_that_is_worse_by_just_the_margin_is_rarely_better(players: int) -> None:
    rng, rounds = np.random.default_rng(players), 200
    found = [
        judge_trial(draw_long_trial(rng, -MARGIN, players), EVEN, MARGIN).verdict is Verdict.BETTER
        for _ in range(rounds)
    ]
    assert np.mean(found) < 0.05 + 2 * (0.05 * 0.95 / rounds) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("players", [60, 600])
def test_an_equal_version_is_hardly_ever_worse(players: int) -> None:
    rng, rounds = np.random.default_rng(players), 200
    found = [
        judge(draw_long_trial(rng, 0.0, players), EVEN, MARGIN).verdict is Verdict.WORSE
        for judge in (judge_trial, judge_watch)
        for _ in range(rounds)
    ]
    assert np.mean(found) < 0.005 + 3 * (0.005 / len(found)) ** 0.5
