"""Limits on requests: how many are counted, how long one waits, and what is remembered."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from fakeredis import FakeRedis
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Unavailable
from service.backends.bounded import Backend
from service.backends.redis import RedisCalls
from service.http.counts import MemoryCounts
from service.http.rate_limit import RateLimit, SharedRateLimit, refuse_for


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(clock: Clock) -> RateLimit:
    """Ten requests a minute."""
    return RateLimit("test", 10, 60, MemoryCounts(clock=clock))


def take_all(limit: Any, caller: str, most: int = 1_000) -> int:
    """Return how many requests are counted until one has to wait."""
    for number in range(most):
        if limit.take(caller) > 0:
            return number
    return most


def test_after_the_limit_a_caller_waits_and_others_do_not(limit: RateLimit) -> None:
    assert take_all(limit, "ann") == 10
    assert limit.take("ben") == 0


def test_half_a_window_later_half_of_the_limit_is_there_again(
    limit: RateLimit, clock: Clock
) -> None:
    clock.now = 60 * math.ceil(clock.now / 60)
    assert take_all(limit, "ann") == 10
    clock.now += 60
    assert take_all(limit, "ann") == 0
    clock.now += 30
    assert take_all(limit, "ann") == 5


def test_what_was_refused_is_not_counted(limit: RateLimit, clock: Clock) -> None:
    take_all(limit, "ann")
    for _ in range(1_000):
        limit.take("ann")
    clock.now += 120
    assert take_all(limit, "ann") == 10


def test_a_request_may_stand_for_several(limit: RateLimit) -> None:
    assert limit.take("ann", cost=8) == 0
    assert limit.check("ann", cost=3) > 0
    assert limit.check("ann", cost=2) == 0
    assert limit.take("ann", cost=3) > 0
    assert take_all(limit, "ann") == 2


def test_a_request_that_stands_for_more_than_the_limit_uses_it_up(limit: RateLimit) -> None:
    assert limit.take("ann", cost=32) == 0
    assert limit.take("ann") > 0


def test_zero_is_no_limit() -> None:
    assert take_all(RateLimit("test", 0), "ann") == 1_000


@given(
    amount=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 100), st.integers(1, 60)), max_size=15),
)
def test_whoever_waits_as_long_as_they_are_told_is_counted(
    amount: int, steps: list[tuple[float, int]]
) -> None:
    clock = Clock()
    limit = RateLimit("test", amount, 60, MemoryCounts(clock=clock))
    for pause, cost in steps:
        clock.now += pause
        wait = limit.take("ann", cost)
        assert 0 <= wait <= 120
        if wait > 0:
            problem = refuse_for(wait)
            assert problem.headers is not None
            clock.now += int(problem.headers["Retry-After"])
            assert limit.take("ann", cost) == 0


@given(st.lists(st.floats(0, 30), max_size=100))
def test_no_minute_has_more_than_twice_the_limit(pauses: list[float]) -> None:
    # The window is an estimate: it takes the requests of the window before as evenly spread.
    clock, counted = Clock(), []
    limit = RateLimit("test", 5, 60, MemoryCounts(clock=clock))
    for pause in pauses:
        clock.now += pause
        if limit.take("ann") == 0:
            counted.append(clock.now)
    for at in counted:
        assert sum(at - 60 < other <= at for other in counted) <= 10


def test_however_many_come_few_are_remembered(clock: Clock) -> None:
    counts = MemoryCounts(most_keys=100, clock=clock)
    limit = RateLimit("test", 2, 60, counts)
    take_all(limit, "ann")
    for number in range(1_000):
        limit.take(f"10.0.0.{number}")
        limit.check(f"10.1.0.{number}")
        assert limit.take("ann") > 0 or number >= 99
    assert len(counts) == 100


def test_a_caller_who_keeps_asking_is_not_forgotten(clock: Clock) -> None:
    limit = RateLimit("test", 1_000, 60, MemoryCounts(most_keys=100, clock=clock))
    for number in range(500):
        assert limit.take("ann") == 0
        limit.take(f"10.0.0.{number}")
    assert take_all(limit, "ann") == 500


@pytest.fixture
def server() -> FakeRedis:
    return FakeRedis()


@pytest.fixture
def redis(server: FakeRedis) -> RedisCalls:
    return RedisCalls(lambda: server, Backend("Redis", 5))


def test_all_processes_count_together_in_redis(redis: RedisCalls, server: FakeRedis) -> None:
    first, second = (SharedRateLimit("answers", 5, redis) for _ in range(2))
    assert [first.take("ann", 3), second.take("ann", 2)] == [0, 0]
    assert 0 < first.take("ann") <= 120
    assert second.take("ben") == 0
    for key in server.scan_iter():
        assert 0 < server.ttl(key) <= 120


def test_limits_of_different_names_do_not_mix(redis: RedisCalls) -> None:
    assert take_all(SharedRateLimit("answers", 5, redis), "ann") == 5
    assert take_all(SharedRateLimit("tests", 5, redis), "ann") == 5


class Flapping:
    """A Redis that answers only while it is told to, and counts how often it was asked."""

    def __init__(self, client: FakeRedis) -> None:
        self._client, self.up, self.asked = client, True, 0

    def call(self, work: Callable[[Any], Any]) -> Any:
        self.asked += 1
        if not self.up:
            raise Unavailable("Redis does not answer")
        return work(self._client)


def test_without_redis_each_process_counts_for_itself(
    server: FakeRedis, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("service.http.rate_limit.monotonic", clock)
    redis = Flapping(server)
    limit = SharedRateLimit("answers", 5, redis)  # type: ignore[arg-type] # the same method
    assert take_all(limit, "ann") == 5
    redis.up = False
    assert take_all(limit, "ben") == 5
    assert redis.asked == 7  # once while it is away
    redis.up = True
    clock.now += 5
    assert take_all(limit, "ben") == 5
    assert limit.take("ann") > 0
