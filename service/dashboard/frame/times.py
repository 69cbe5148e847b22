"""Show times and durations in words that need no calendar."""

from datetime import UTC, datetime

from markupsafe import Markup

MINUTE, HOUR, DAY = 60, 3600, 86_400
_NEAR_DAYS = 30
"""Beyond it, a date says more than a number of days."""
_BRIEF_SECONDS = 10
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))


def format_when(moment: datetime, now: datetime | None = None) -> Markup:
    """Return a time as HTML: `3 minutes ago`, and exactly for who points at it, and for programs.

    Args:
        moment: with a time zone.
        now: the time to count from; by default that of the clock.
    """
    exact = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"),
        format_exact(exact),
        _relate(exact, datetime.now(UTC) if now is None else now),
    )


def format_exact(moment: datetime) -> str:
    """Return a time to the second: `2026-11-30 18:34:05 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def format_duration(seconds: float) -> str:
    """Return how long something takes: `0.4 s`, `12 s`, `2 min 5 s`, `3 h 20 min`, `4 days`."""
    if seconds < _BRIEF_SECONDS:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if whole < 2 * DAY:
        hours, minutes = divmod(whole // MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{whole // DAY} days"


def _relate(moment: datetime, now: datetime) -> str:
    seconds = (now - moment).total_seconds()
    if abs(seconds) < _BRIEF_SECONDS:
        return "just now"
    if abs(seconds) >= _NEAR_DAYS * DAY:
        return f"{moment:%Y-%m-%d}"
    size, unit = next(pair for pair in _UNITS if abs(seconds) >= pair[0])
    count = int(abs(seconds) // size)
    words = f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{words} ago" if seconds > 0 else f"in {words}"
