"""The check of how Redis is set up: whether it keeps what is queued, and answers quickly."""

import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from redis import RedisError

from pipeline.formatting import format_size
from service.checks.check import Finding
from workers.redis_ping import open_redis

NAME = "Redis settings"
PINGS = 5
SLOW_SECONDS = 0.2
"""A task costs several answers of Redis, one after another."""
FULL = 0.9
"""Share of its memory from which Redis may soon refuse what is queued."""
OLDEST = (6, 2)
"""The oldest version that Redraw was tried with: https://github.com/redis/redis, still mended."""


def check_redis(url: str) -> Iterator[Finding]:
    """Yield how Redis is set up; nothing is known while it does not answer."""
    try:
        with open_redis(url) as client:
            seconds = _measure(client)
            info: Any = client.info()
    except (RedisError, OSError, ValueError) as error:
        yield Finding(NAME, unknown=f"Redis does not say it ({error})")
        return
    yield from judge_redis(info, seconds)


def judge_redis(info: Mapping[str, Any], seconds: float) -> Iterator[Finding]:
    """Yield what is wrong with a Redis.

    Args:
        info: what its command INFO says; what a service leaves out is not judged.
        seconds: how long it takes to answer.
    """
    problems = [*_find_refusals(info), *_find_losses(info)]
    version = str(info.get("redis_version", "unknown"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST:
        problems.append(f"version {version} is too old: install 6.2 or newer")
    if seconds > SLOW_SECONDS:
        problems.append(
            f"it takes {seconds * 1000:.0f} ms to answer, so every task waits: move it nearer, or"
            " look what keeps it busy (`redis-cli --latency`, `slowlog get`)"
        )
    yield from (Finding(NAME, problem) for problem in problems)
    if not problems:
        kept = "kept on disk" if info.get("aof_enabled") else "lost if it ends: the sweep restores"
        yield Finding(
            f"{NAME}: version {version}, {seconds * 1000:.1f} ms; what is queued is {kept}"
        )


def _find_refusals(info: Mapping[str, Any]) -> Iterator[str]:
    """Yield why Redis refuses writes."""
    if info.get("role") == "slave":
        yield (
            "it is a read-only copy of another Redis: set REDRAW_REDIS_URL to the one that takes"
            " writes"
        )
    if info.get("loading"):
        yield "it is still loading its data, and refuses commands: wait until it has"
    if info.get("rdb_last_bgsave_status") == "err":
        yield (
            "it could not write its data to disk, and refuses writes: free space on its disk, then"
            " `redis-cli bgsave`"
        )
    if info.get("aof_last_write_status") == "err":
        yield "it could not write its log to disk: free space on its disk"


def _find_losses(info: Mapping[str, Any]) -> Iterator[str]:
    """Yield why Redis may lose what is queued, or soon has no room for it."""
    most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    if not most:
        return
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield (
            f"it deletes keys when its memory is full (maxmemory-policy {policy}), queued tasks"
            " too: `redis-cli config set maxmemory-policy noeviction`, and in its file"
        )
    if used > FULL * most:
        yield (
            f"{format_size(used)} of its {format_size(most)} are used, and then it refuses what is"
            " queued: raise maxmemory, or look what fills it (`redis-cli --bigkeys`)"
        )


def _measure(client: Any) -> float:
    """Return how long an answer takes, in seconds: the median of a few."""
    taken = []
    for _ in range(PINGS):
        started = time.perf_counter()
        client.ping()
        taken.append(time.perf_counter() - started)
    return median(taken)
