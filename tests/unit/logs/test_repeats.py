"""The log of a web process: what clients can cause a thousand times is written a few times."""

import io
import logging
from collections.abc import Iterator

import pytest

from pipeline.logs.repeats import RepeatLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines(clock: Clock) -> Iterator[io.StringIO]:
    """What a logger with the limit of three a minute writes."""
    handler = logging.StreamHandler(text := io.StringIO())
    handler.addFilter(RepeatLimit(3, 60, clock))
    log = logging.getLogger("test.limited")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield text
    log.removeHandler(handler)


def test_a_flood_of_one_kind_is_cut_and_counted(lines: io.StringIO, clock: Clock) -> None:
    log = logging.getLogger("test.limited")
    for number in range(10_000):
        log.warning("invalid request %d", number)
    assert lines.getvalue().splitlines() == [f"invalid request {number}" for number in range(3)]
    clock.now = 60
    log.warning("invalid request %d", 7)
    assert lines.getvalue().splitlines()[3:] == ["invalid request 7 (9997 more were left out)"]


def test_another_kind_is_written_meanwhile(lines: io.StringIO) -> None:
    log = logging.getLogger("test.limited")
    for _ in range(5):
        log.warning("invalid request")
        log.info("a run was requested")
    log.error("invalid request")
    assert lines.getvalue().splitlines() == ["invalid request", "a run was requested"] * 3 + [
        "invalid request"
    ]


def test_a_few_messages_are_all_written(lines: io.StringIO, clock: Clock) -> None:
    log = logging.getLogger("test.limited")
    for minute in range(5):
        clock.now = 60 * minute
        for _ in range(3):
            log.warning("now and then")
    assert lines.getvalue().splitlines() == ["now and then"] * 15


def test_what_is_remembered_is_bounded(clock: Clock) -> None:
    limit = RepeatLimit(clock=clock)
    for number in range(5_000):
        limit.filter(logging.LogRecord("x", logging.INFO, "", 0, f"kind {number}", (), None))
    assert len(limit._periods) <= 1_000
