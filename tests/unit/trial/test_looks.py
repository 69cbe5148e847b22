"""The planned looks of a trial: their levels, and what follows from what they see."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from pipeline.gate.paired import ConfidenceInterval
from pipeline.trial.looks import (
    BETTER_ERROR,
    WORSE_ERROR,
    Look,
    Seen,
    decide,
    follow_looks,
    plan_looks,
)
from pipeline.trial.standing import Verdict

LATE = Look(180, 0.01, 0.01)


def test_looks_come_at_ever_more_answers() -> None:
    sizes = [look.size for look in islice(plan_looks(), 20)]
    assert sizes == sorted(set(sizes))
    assert [look.size for look in islice(plan_looks(10), 20)] == [10 * size for size in sizes]


def test_the_levels_for_worse_sum_up_to_its_error() -> None:
    assert sum(look.worse for look in islice(plan_looks(), 100)) <= 1.03 * WORSE_ERROR


def test_better_and_worse_err_as_seldom_as_promised_however_long_one_looks() -> None:
    """Equal versions, normal sums, 20 looks: up to half a million answers."""
    looks = list(islice(plan_looks(), 20))
    sizes = np.array([look.size for look in looks])
    rng = np.random.default_rng(0)
    steps = rng.standard_normal((100_000, len(looks)), np.float32)
    sums = np.cumsum(steps * np.sqrt(np.diff(sizes, prepend=0)), axis=1)
    for levels, error in (
        ([look.better for look in looks], BETTER_ERROR),
        ([look.worse for look in looks], WORSE_ERROR),
    ):
        crossed = (sums > -ndtri(np.array(levels)) * np.sqrt(sizes)).any(axis=1).mean()
        assert 0.7 * error < crossed < error


@pytest.mark.parametrize(
    ("estimate", "low", "high", "most", "verdict"),
    [
        (0.01, -0.004, 0.02, 1, Verdict.BETTER),
        (0.01, -0.006, 0.02, 1, Verdict.OPEN),
        (-0.001, -0.004, 0.002, 1, Verdict.OPEN),
        (-0.001, -0.004, 0.002, 0.004, Verdict.FUTILE),
        (0.001, -0.006, 0.004, 0.004, Verdict.OPEN),
        (-0.01, -0.02, -0.001, 0, Verdict.WORSE),
    ],
)
def test_a_look_decides(
    estimate: float, low: float, high: float, most: float, verdict: Verdict
) -> None:
    assert decide(LATE, ConfidenceInterval(estimate, low, high), 0.005, lambda: most) is verdict


def test_an_early_look_finds_nothing_futile() -> None:
    early = LATE._replace(may_end=False)
    difference = ConfidenceInterval(-0.01, -0.5, 0.5)
    assert decide(early, difference, 0.005, lambda: 0.0) is Verdict.OPEN


@given(st.lists(st.floats(0, 5), max_size=300), st.integers(0, 8))
def test_each_look_sees_the_answer_that_completes_it_and_the_first_that_decides_is_the_last(
    steps: list[float], deciding: int
) -> None:
    counts, taken = np.cumsum(steps), []
    nothing = ConfidenceInterval(0, -1, 1)

    def see(index: int, look: Look) -> Seen:
        taken.append(look.size)
        assert counts[index] >= look.size
        assert index == 0 or counts[index - 1] < look.size
        verdict = Verdict.WORSE if len(taken) == deciding else Verdict.OPEN
        return Seen(nothing, 0.1, verdict)

    progress = follow_looks(counts, see)
    sizes = [look.size for look in islice(plan_looks(), len(taken) + 1)]
    assert taken == sizes[:-1]
    assert (progress.seen is None) == (not taken)
    if taken and len(taken) == deciding:
        assert progress.next_look == taken[-1]
        assert progress.counted == int(np.searchsorted(counts, taken[-1])) + 1
    else:
        assert progress.next_look == sizes[-1]
        assert progress.counted == len(counts)
        assert not len(counts) or progress.next_look > counts[-1]
