"""`redraw doctor` says what is wrong with how Redis is set up; the Redis is a real one."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from service.checks import redis as checking
from service.checks.redis import check_redis, judge_redis
from tests.api._faulty import running_redis

with_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_redis() as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def redis(url: str) -> Iterator[Any]:
    """A client of it; its settings are those of the start again afterwards."""
    with Redis.from_url(url) as client:
        yield client
        client.slaveof()
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 0)


def problems(url: str) -> list[str]:
    return [each.problem for each in check_redis(url) if each.problem]


def test_a_redis_that_is_down_is_not_known() -> None:
    (finding,) = check_redis("redis://127.0.0.1:1/0")
    assert finding.problem is None
    assert finding.unknown is not None


@with_redis
def test_a_redis_as_it_is_installed_is_well(redis: Any, url: str) -> None:
    del redis
    (finding,) = check_redis(url)
    assert finding.problem is None
    assert "version" in finding.name


@with_redis
def test_a_policy_that_deletes_queued_tasks_is_told(redis: Any, url: str) -> None:
    redis.config_set("maxmemory", "100mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    (problem,) = problems(url)
    assert "maxmemory-policy allkeys-lru" in problem
    assert "config set maxmemory-policy noeviction" in problem


@with_redis
def test_a_redis_that_is_nearly_full_is_told(redis: Any, url: str) -> None:
    redis.config_set("maxmemory", redis.info("memory")["used_memory"] + 20_000)
    assert any("raise maxmemory" in problem for problem in problems(url))


@with_redis
def test_a_copy_of_another_redis_is_told(redis: Any, url: str) -> None:
    redis.slaveof("127.0.0.1", 1)
    assert any("read-only copy" in problem for problem in problems(url))


@with_redis
def test_a_slow_redis_is_told(redis: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del redis
    monkeypatch.setattr(checking, "SLOW_SECONDS", -1.0)
    assert any("so every task waits" in problem for problem in problems(url))


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"redis_version": "5.0.7"}, "version 5.0.7 is too old"),
        ({"loading": 1}, "still loading"),
        ({"rdb_last_bgsave_status": "err"}, "could not write its data to disk"),
        ({"aof_last_write_status": "err"}, "could not write its log"),
    ],
)
def test_what_redis_says_of_itself_is_judged(info: dict[str, Any], words: str) -> None:
    (finding,) = judge_redis(info, 0.001)
    assert words in str(finding.problem)


def test_a_service_that_says_little_is_not_blamed_for_it() -> None:
    (finding,) = judge_redis({}, 0.001)
    assert finding.problem is None
