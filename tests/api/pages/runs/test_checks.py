"""A check's picture: its interval, what was measured, and what may be lost, on one scale."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.runs import Check, CheckStanding
from service.dashboard.runs.checks import WIDTH, describe_figures, draw_interval

share = st.floats(-1, 1)


def check(low: float, difference: float, high: float, allowed: float | None = 0.005) -> Check:
    return Check(
        name="clean drawings",
        standing=CheckStanding.OPEN,
        rows=10,
        reason="",
        difference=difference,
        low=low,
        high=high,
        allowed=allowed,
    )


@pytest.mark.parametrize("missing", ["difference", "low", "high"])
def test_a_check_that_compares_nothing_has_no_picture(missing: str) -> None:
    fields: dict[str, Any] = {missing: None}
    assert draw_interval(check(0, 0, 0).model_copy(update=fields)) is None
    assert describe_figures(check(0, 0, 0).model_copy(update=fields)) is None


def test_what_must_be_gained_is_said_otherwise_than_what_may_be_lost() -> None:
    assert str(describe_figures(check(0, 0.01, 0.02, -0.003))).endswith("0.3 points must be gained")
    assert str(describe_figures(check(0, 0.01, 0.02, 0.003))).endswith("0.3 points may be lost")


def test_a_check_of_an_early_redraw_has_no_bound() -> None:
    picture = str(draw_interval(check(-0.01, 0, 0.01, None)))
    assert "bound" not in picture
    assert "certain" in picture


@given(share, share, share, st.none() | st.floats(-1, 1))
def test_the_interval_lies_within_the_picture_and_right_of_the_bound_if_it_is_passed(
    one: float, two: float, three: float, allowed: float | None
) -> None:
    low, difference, high = sorted((one, two, three))
    picture = str(draw_interval(check(low, difference, high, allowed)))
    ends = re.findall(r'class="certain orange" x1="([\d.-]+)" x2="([\d.-]+)"', picture)
    left, right = map(float, ends[0])
    assert 0 <= left <= right <= WIDTH
    if allowed is not None:
        (bound,) = re.findall(r'class="bound" x1="([\d.-]+)"', picture)
        assert 0 <= float(bound) <= WIDTH
        assert (left >= float(bound)) or low <= -allowed
