"""Shares, differences and names as people read them: one style in the whole project."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formatting import format_category, format_percent, format_points


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.968, 1, "96.8%"),
        (0.845, 0, "84%"),
        (0.12345, 2, "12.35%"),
        (0.0, 1, "0.0%"),
        (1.0, 1, "100.0%"),
    ],
)
def test_a_percentage_has_fixed_digits_and_no_space(share: float, digits: int, text: str) -> None:
    assert format_percent(share, digits) == text


def test_a_percentage_has_one_digit_unless_another_number_is_asked_for() -> None:
    assert format_percent(0.5) == "50.0%"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 points"),
        (-1e-9, "0 points"),
        (0.0005, "0.05 points"),
        (0.003, "0.3 points"),
        (0.00994, "0.99 points"),
        (0.00996, "1 point"),
        (0.01, "1 point"),
        (-0.01, "-1 point"),
        (0.012, "1.2 points"),
        (0.02, "2 points"),
        (0.0994, "9.9 points"),
        (0.0996, "10 points"),
        (0.1, "10 points"),
        (0.344, "34 points"),
        (1.0, "100 points"),
        (-0.012, "-1.2 points"),
    ],
)
def test_points_have_two_significant_digits_and_no_trailing_zeros(share: float, text: str) -> None:
    assert format_points(share) == text
    assert format_points(share, unit=False) == text.split(maxsplit=1)[0]


@given(st.floats(-1, 1))
def test_points_are_within_their_last_digit_of_the_difference(share: float) -> None:
    number = float(format_points(share, unit=False))
    assert abs(number - 100 * share) <= max(0.0051, 0.06 * abs(100 * share))


def test_the_name_of_a_class_is_shown_with_spaces() -> None:
    assert format_category("smiley_face") == "smiley face"
