"""How long a count goes on is told by its pace, once that was watched for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.runs.pace import FEWEST_SECONDS, Pace


def test_the_pace_is_measured_from_what_was_done_when_it_was_first_seen() -> None:
    pace = Pace()
    assert pace.measure(50, 100, now=1000) is None
    assert pace.measure(75, 100, now=1010) == pytest.approx(10)


def test_nothing_is_told_before_a_pace_is_known() -> None:
    pace = Pace()
    assert pace.measure(0, 100, now=0) is None
    assert pace.measure(90, 100, now=FEWEST_SECONDS / 2) is None
    assert pace.measure(0, 100, now=1) is None


def test_another_count_begins_anew() -> None:
    pace = Pace()
    pace.measure(0, 100, now=0)
    assert pace.measure(100, 100, now=10) == 0
    assert pace.measure(0, 100, now=11) is None
    assert pace.measure(10, 200, now=14) is None
    assert pace.measure(20, 200, now=18) == pytest.approx(72)


def test_what_cannot_be_counted_has_no_pace() -> None:
    pace = Pace()
    assert [pace.measure(n, 0, now=10 * n) for n in range(3)] == [None] * 3


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9), st.floats(0, 9)), max_size=20))
def test_whatever_is_counted_the_time_left_is_never_negative(
    steps: list[tuple[int, int, float]],
) -> None:
    pace, now = Pace(), 0.0
    for done, total, later in steps:
        now += later
        left = pace.measure(min(done, max(total, 0)), total, now)
        assert left is None or left >= 0
