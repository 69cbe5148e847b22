"""A value that is kept: when it is read again, and what is given while it cannot be read."""

import threading
from typing import Any

import pytest

from pipeline.errors import Unavailable
from service.backends.kept import RETRY_SECONDS, Kept

FRESH = 60.0


class Source:
    """What is read: the number of the reading, or a fault."""

    def __init__(self) -> None:
        self.readings = 0
        self.fault: Exception | None = None
        self.now = 100.0
        self.kept = Kept("a number", self.read, FRESH, clock=lambda: self.now)

    def read(self) -> int:
        self.readings += 1
        if self.fault is not None:
            raise self.fault
        return self.readings

    def look(self, key: object = None) -> Any:
        """Read the value if it is due, and return what is known."""
        reading = self.kept.refresh(key)
        if reading is not None:
            reading.result(60)
        return self.kept.get()


@pytest.fixture
def source() -> Source:
    return Source()


def test_nothing_is_known_before_it_is_asked_for(source: Source) -> None:
    assert source.kept.get() == (None, None, False)
    assert source.readings == 0


def test_a_value_is_read_again_when_it_is_no_longer_fresh(source: Source) -> None:
    assert source.look() == (1, 0.0, False)
    source.now += FRESH - 1
    assert source.look() == (1, FRESH - 1, False)
    source.now += 1
    assert source.look() == (2, 0.0, False)


def test_a_value_is_read_again_for_another_key_and_not_for_the_same(source: Source) -> None:
    for key, expected in (("a", 1), ("a", 1), ("b", 2), ("b", 2), ("a", 3)):
        assert source.look(key).value == expected


@pytest.mark.parametrize("fault", [Unavailable("gone"), KeyError("a defect")])
def test_the_last_value_stays_while_it_cannot_be_read(source: Source, fault: Exception) -> None:
    source.look()
    source.fault, source.now = fault, source.now + FRESH
    assert source.look() == (1, FRESH, True)
    source.now += RETRY_SECONDS
    assert source.look() == (1, FRESH + RETRY_SECONDS, True)
    source.fault, source.now = None, source.now + RETRY_SECONDS
    assert source.look() == (4, 0.0, False)


def test_what_cannot_be_read_is_not_asked_for_all_the_time_whatever_the_key(
    source: Source,
) -> None:
    source.fault = Unavailable("gone")
    for key in range(5):
        source.look(key)
    assert source.readings == 1
    source.now += RETRY_SECONDS
    source.look()
    assert source.readings == 2


def test_many_who_ask_at_once_cause_one_reading() -> None:
    begun, end = threading.Event(), threading.Event()
    calls = []

    def read() -> int:
        calls.append(1)
        begun.set()
        assert end.wait(60)
        return 7

    kept = Kept("a number", read, FRESH)
    readings = [kept.refresh()]
    assert begun.wait(60)
    readings += [kept.refresh() for _ in range(10)]
    end.set()
    for reading in readings:
        assert reading is not None
        reading.result(60)
    assert (len(calls), kept.get().value) == (1, 7)
