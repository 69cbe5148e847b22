"""The sequential test of a trial: what it finds, and how often it is wrong."""

import numpy as np
import pytest

from pipeline.trial.sequence import judge_trial, judge_watch
from pipeline.trial.standing import RatioBounds, TrialEvidence, Verdict

EVEN = RatioBounds(1.0, 1.0)
MARGIN = 0.005


def make_evidence(
    won: int, lost: int, same: int = 0, agree: int = 3000, *, seed: int = 0
) -> TrialEvidence:
    """Return answers of players with one drawing each, asked where the models differ."""
    gains = np.repeat([1, -1, 0], [won, lost, same])
    differ = np.repeat([True, False], [len(gains), agree])
    gains = np.append(gains, np.zeros(agree, int))
    order = np.random.default_rng(seed).permutation(len(gains))
    gains, differ = gains[order], differ[order]
    count = len(gains)
    shown = np.where(differ, gains < 0, True)
    return TrialEvidence(
        players=np.array([f"p{number}" for number in range(count)], np.bytes_),
        shown_right=shown,
        shadow_right=np.where(differ, gains > 0, True),
        differ=differ,
        confirmed=shown,
        asked=np.where(differ, 3, 2).astype(np.uint8),
        chances=np.ones(count, np.float32),
    )


@pytest.mark.parametrize(
    ("won", "lost", "verdict"),
    [
        (120, 60, Verdict.BETTER),
        (60, 120, Verdict.WORSE),
        (10, 8, Verdict.OPEN),
        (0, 0, Verdict.OPEN),
    ],
)
def test_the_verdict_follows_from_who_was_right_where_they_differ(
    won: int, lost: int, verdict: Verdict
) -> None:
    assert judge_trial(make_evidence(won, lost, 40), EVEN, MARGIN).verdict is verdict


def test_a_watch_judges_the_version_that_is_shown() -> None:
    evidence = make_evidence(120, 60, 40)
    assert judge_watch(evidence, EVEN, MARGIN).verdict is Verdict.WORSE
