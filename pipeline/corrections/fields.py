"""Read single fields of a correction's document as SDKs and people write them.

A player's client may have written any value. Each function returns what the value means, or None
if it means nothing; none of them raises.
"""

import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.records.corrections import ASKED_CODES, Asked

MAX_TEXT = 200
"""Characters of the longest text that is looked at for a number or a time."""
EARLIEST, LATEST = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Times outside of this range are slips, such as 0. The first one is 1,000,000,000 seconds."""
MAX_SECONDS = 1e11
"""Larger numbers are no seconds (they would lie behind the year 5000) but milliseconds or less."""
NANOSECONDS = 1e9  # in a second
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_text(value: Any) -> str | None:
    """Return a text as it is, and a number as text: `modelVersion: 1.5` is "1.5"."""
    if isinstance(value, str):
        return value
    return str(value) if _is_number(value) else None


def read_player_id(value: Any) -> str | None:
    """Return a player's id: a text without spaces around it, or a whole number as text.

    "" means that the field holds no id at all: it is missing, null, or nothing but spaces.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if _is_number(value) and float(value).is_integer():
        return str(int(value))
    return None


def read_share(value: Any) -> float | None:
    """Return a probability from 0 to 1: a number, or a text such as "0.87", "87%" or "87 %"."""
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        text = value.strip()
        with suppress(ValueError):
            value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    return float(value) if _is_number(value) and 0 <= value <= 1 else None


def read_asked(value: Any) -> Asked | None:
    """Return why the game asked the player: one of the four words, in any case."""
    word = value.strip().lower() if isinstance(value, str) else None
    return Asked(word) if word in ASKED_CODES else None


def read_chance(value: Any) -> float | None:
    """Return a probability above 0, in the forms of `read_share`."""
    return read_share(value) or None


def read_time(value: Any) -> datetime | None:
    """Return a time with its zone: as it is, or from one of the forms that SDKs write.

    They are: ISO 8601 or what JavaScript's `Date` prints (without a zone: UTC); a number of
    seconds, milliseconds, microseconds or nanoseconds since 1970, also as text; and the maps
    {seconds, nanoseconds} and {_seconds, _nanoseconds} that a serialised Timestamp is.
    """
    time: datetime | None = None
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        time = _parse_time(value.strip())
    elif isinstance(value, dict):
        seconds = value.get("seconds", value.get("_seconds"))
        nanoseconds = value.get("nanoseconds", value.get("_nanoseconds", 0))
        if _is_number(seconds) and _is_number(nanoseconds):
            time = _read_seconds(float(seconds or 0) + float(nanoseconds or 0) / NANOSECONDS)
    elif _is_number(value):
        time = _read_seconds(value)
    return time if time is not None and EARLIEST <= time <= LATEST else None


def _parse_time(text: str) -> datetime | None:
    """Return the time that a text names, in whatever zone; None if it names none."""
    with suppress(ValueError, OverflowError):
        return _read_seconds(float(text))
    # JavaScript's Date prints "Thu Jan 01 2026 10:00:00 GMT+0100 (Central European ...)".
    plain = text.partition(" (")[0].replace("GMT+", "+").replace("GMT-", "-")
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError, TypeError, IndexError):
            time = parse(plain)
            return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def _read_seconds(number: float) -> datetime | None:
    """Return the time that many seconds, or milli-, micro- or nanoseconds, after 1970."""
    if not abs(number) <= MAX_SECONDS * NANOSECONDS:  # true of NaN too
        return None
    while abs(number) >= MAX_SECONDS:
        number /= 1000
    with suppress(OverflowError):
        return EPOCH + timedelta(seconds=number)
    return None


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number that a float can hold; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False
