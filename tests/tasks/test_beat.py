"""When beat last ticked, and its health check."""

import socket

import pytest
from fakeredis import FakeRedis

from workers import beat
from workers.beat import KEY, LATE_SECONDS, find_beat_problem, note_beat, read_beat
from workers.heartbeat import KEPT_MILLISECONDS

HOST_KEY = f"{KEY}:{socket.gethostname()}"


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> FakeRedis:
    fake = FakeRedis()
    monkeypatch.setattr(beat, "open_redis", lambda _: fake)
    return fake


def make_older(redis: FakeRedis, key: str, seconds: float) -> None:
    redis.pexpire(key, int(KEPT_MILLISECONDS - seconds * 1000))


def test_without_a_tick_there_is_no_age(redis: FakeRedis) -> None:
    assert read_beat(redis) is None
    assert read_beat(redis, "another-host") is None


def test_the_age_is_that_of_the_last_tick_of_any_host(redis: FakeRedis) -> None:
    note_beat(redis)
    make_older(redis, HOST_KEY, 500)
    age, own = read_beat(redis), read_beat(redis, socket.gethostname())
    assert age is not None
    assert own is not None
    assert age < 400 < own


def test_a_beat_that_ticks_is_healthy(redis: FakeRedis) -> None:
    note_beat(redis)
    assert find_beat_problem("redis://somewhere") is None


def test_a_beat_that_never_ticked_is_not(redis: FakeRedis) -> None:
    assert "start it" in (find_beat_problem("redis://somewhere") or "")


def test_a_beat_that_hangs_is_not_although_that_of_another_host_ticks(redis: FakeRedis) -> None:
    note_beat(redis)
    make_older(redis, HOST_KEY, LATE_SECONDS + 30)
    assert "start it again" in (find_beat_problem("redis://somewhere") or "")


def test_a_redis_that_is_away_is_no_fault_of_beat() -> None:
    assert find_beat_problem("redis://127.0.0.1:1/0") is None
