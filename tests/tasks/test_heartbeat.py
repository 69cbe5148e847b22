"""A worker notes in Redis that it has executed the sweep, and nothing fails if it cannot."""

from typing import Any

import pytest
from fakeredis import FakeRedis

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from workers import tasks
from workers.heartbeat import KEPT_MILLISECONDS, KEY, note_sweep, read_sweep_age, write_sweep


def test_what_is_left_of_the_note_says_how_old_it_is() -> None:
    redis = FakeRedis()
    write_sweep(redis)
    redis.pexpire(KEY, KEPT_MILLISECONDS - 90_000)
    age = read_sweep_age(redis)
    assert age is not None
    assert 90 <= age < 600


def test_without_a_note_there_is_no_age() -> None:
    assert read_sweep_age(FakeRedis()) is None


def test_a_note_that_somebody_else_wrote_has_no_age() -> None:
    redis = FakeRedis()
    redis.set(KEY, 1)
    assert read_sweep_age(redis) is None


def test_a_later_sweep_replaces_the_note() -> None:
    redis = FakeRedis()
    write_sweep(redis)
    redis.pexpire(KEY, 1_000)
    write_sweep(redis)
    assert redis.pttl(KEY) > 1_000


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "no-address", "redis://127.0.0.1:x"])
def test_a_redis_that_cannot_be_reached_fails_no_sweep(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    note_sweep(url)
    assert "not noted" in caplog.text


def test_the_sweep_is_noted_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []
    settings: Any = Settings(_env_file=None, redis_url="redis://somewhere:1/0")
    monkeypatch.setattr(tasks, "connect_once", lambda: (settings, in_memory()))
    monkeypatch.setattr(tasks, "note_sweep", noted.append)
    tasks.sweep()
    tasks.sweep()
    assert noted == ["redis://somewhere:1/0"] * 2
