"""Fields of a document as SDKs and people write them: read if they mean something, else None."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corrections.fields import (
    read_asked,
    read_chance,
    read_player_id,
    read_share,
    read_text,
    read_time,
)
from pipeline.records.corrections import Asked
from tests._examples import examples

NEW_YEAR = datetime(2026, 1, 1, 10, tzinfo=UTC)
SECONDS = 1_767_261_600
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize(
    "value",
    [
        NEW_YEAR, NEW_YEAR.replace(tzinfo=None),
        "2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000Z", " 2026-01-01 10:00:00 ",
        "2026-01-01T11:00:00+01:00", "20260101T100000Z",
        "Thu, 01 Jan 2026 10:00:00 GMT",
        "Thu Jan 01 2026 10:00:00 GMT+0000 (Coordinated Universal Time)",
        "Thu Jan 01 2026 12:00:00 GMT+0200 (Eastern European Standard Time)",
        SECONDS, float(SECONDS), SECONDS * 1000, SECONDS * 10**6, SECONDS * 10**9,
        str(SECONDS), str(SECONDS * 1000),
        {"seconds": SECONDS, "nanoseconds": 0}, {"_seconds": SECONDS, "_nanoseconds": 0},
        {"seconds": SECONDS}, {"seconds": SECONDS, "nanoseconds": 0, "type": "firestore/timestamp"},
    ],
    ids=str,
)  # fmt: skip
def test_a_time_is_read_in_every_form_that_sdks_write(value: Any) -> None:
    time = read_time(value)
    assert time == NEW_YEAR
    assert time.tzinfo is not None


def test_milliseconds_and_nanoseconds_keep_their_fraction() -> None:
    half = NEW_YEAR.replace(microsecond=500_000)
    assert read_time(SECONDS * 1000 + 500) == half
    assert read_time({"seconds": SECONDS, "nanoseconds": 500_000_000}) == half


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 1.5, 10**400, math.nan, math.inf, 1e300, "", "now", "12", "nan",
        "9" * 5000, [], {}, {"seconds": "x"}, {"seconds": True}, {"nanoseconds": 5},
        {"seconds": SECONDS, "nanoseconds": math.nan}, b"2026-01-01", "2026-13-01T00:00:00Z",
        "1969-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "10/11/2026, 10:00",
    ],
    ids=lambda value: f"{value!r:.30}",
)  # fmt: skip
def test_what_names_no_time_is_none(value: Any) -> None:
    assert read_time(value) is None


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (0.87, 0.87), (1, 1.0), (0, 0.0), ("0.87", 0.87), ("87%", 0.87), (" 87 % ", 0.87),
        ("1", 1.0), (87, None), ("87", None), ("high", None), ("%", None), (None, None),
        (True, None), (math.nan, None), ("nan", None), (-0.1, None), ([0.5], None),
        (10**400, None), ("1e999%", None),
    ],
)  # fmt: skip
def test_a_share_is_a_number_or_a_text_that_says_one(value: Any, share: float | None) -> None:
    assert read_share(value) == (None if share is None else pytest.approx(share))


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("audit", Asked.AUDIT),
        (" Margin ", Asked.MARGIN),
        ("NONE", Asked.NONE),
        ("disagreement", Asked.DISAGREEMENT),
        *((value, None) for value in ("", "why", None, 2, True, ["audit"], {"audit": 1})),
    ],
)
def test_why_the_game_asked_is_one_of_four_words(value: Any, asked: Asked | None) -> None:
    assert read_asked(value) is asked


@pytest.mark.parametrize(
    ("value", "chance"),
    [(1, 1.0), (0.01, 0.01), ("0.5", 0.5), ("1%", 0.01)]
    + [(value, None) for value in (0, "0", -0.1, 1.01, float("nan"), True, None, "often", [1])],
)
def test_a_chance_is_above_0_and_at_most_1(value: Any, chance: float | None) -> None:
    assert read_chance(value) == (None if chance is None else pytest.approx(chance))


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), ("", ""), (1.0, "1.0"), (7, "7"), (None, None), (True, None), ([], None)],
)
def test_an_optional_text_may_be_a_number(value: Any, text: str | None) -> None:
    assert read_text(value) == text


@pytest.mark.parametrize(
    ("value", "player"),
    [
        ("ada", "ada"), (" ada ", "ada"), (7, "7"), (7.0, "7"), (None, ""), ("", ""), (" ", ""),
        (7.5, None), (True, None), (["ada"], None), (math.inf, None),
    ],
)  # fmt: skip
def test_a_player_is_a_text_or_a_whole_number(value: Any, player: str | None) -> None:
    assert read_player_id(value) == player


@given(anything)
@settings(deadline=None, max_examples=examples(200))
def test_no_value_makes_a_reader_raise(value: Any) -> None:
    for read in (read_time, read_share, read_text, read_player_id, read_asked, read_chance):
        read(value)


@given(st.datetimes(datetime(2002, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - made aware below
@settings(max_examples=examples(100))
def test_iso_text_is_the_time_that_it_was_made_of(time: datetime) -> None:
    aware = time.replace(tzinfo=UTC)
    assert read_time(aware.isoformat()) == aware
