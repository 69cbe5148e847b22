"""Times on pages are words, and exact for who asks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.dashboard.frame.times import format_duration, format_when

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=40), "2026-10-21"),
        (timedelta(minutes=-5), "in 5 minutes"),
    ],
)
def test_a_time_is_told_from_now(ago: timedelta, words: str) -> None:
    assert f">{words}</time>" in format_when(NOW - ago, NOW)


def test_a_time_of_another_zone_is_exact_in_utc() -> None:
    moment = datetime(2026, 11, 30, 13, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    text = format_when(moment, NOW)
    assert 'datetime="2026-11-30T11:00:05+00:00"' in text
    assert 'title="2026-11-30 11:00:05 UTC"' in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (-1, "0.0 s"), (59.4, "59 s"), (59.6, "1 min"), (125, "2 min 5 s"),
     (12_000, "3 h 20 min"), (90_000, "25 h"), (345_600, "4 days")],
)  # fmt: skip
def test_a_duration_has_at_most_two_units(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words
