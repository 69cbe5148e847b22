"""Two beats over one Redis: one is killed, one is stopped, and nothing is sent twice."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import BEAT, find_free_ports, new_stack, start_redis
from workers.scheduler import LAST_SENT

SECONDS = 1.0
WAIT_SECONDS = 90


class Beats:
    """Beats that only send the sweep, each second, for no worker."""

    def __init__(self, stack: Stack, redis: Redis) -> None:
        self.stack, self.redis = stack, redis

    def start(self, name: str) -> None:
        """Start a beat, and wait until it ticks."""
        self.stack.start(name, *BEAT)
        log = self.stack.logs / f"{name}.log"
        self.wait_for(lambda: "Starting" in log.read_text())

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.stack.processes[name].pid, number)

    def wait_until_more_is_sent(self) -> None:
        """Wait for two sendings from now on: the first might have been under way."""
        before = self.count()
        self.wait_for(lambda: self.count() >= before + 2)

    def count(self) -> int:
        return int(self.redis.llen("celery"))

    def wait_for(self, look: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not look():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.1)

    def last_sent(self) -> float:
        return float(self.redis.get(LAST_SENT + "sweep") or 0)


@pytest.fixture(params=["redis-server", "fakeredis"])
def beats(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Beats]:
    settings = load_settings(data_dir=tmp_path, redis_server=request.param)
    addresses = find_free_ports()
    extra = {"REDRAW_SWEEP_SECONDS": str(SECONDS), "REDRAW_CHECK_SECONDS": "1000000"}
    with new_stack(settings, addresses, extra) as stack:
        start_redis(stack, settings, addresses)
        with Redis(port=addresses.redis) as redis:
            yield Beats(stack, redis)


@pytest.mark.slow
def test_another_beat_goes_on_when_one_is_killed_or_stopped_and_nothing_is_sent_twice(
    beats: Beats,
) -> None:
    beats.start("first")
    beats.start("second")
    beats.wait_for(lambda: beats.count() > 0)
    first_sent, counted = beats.last_sent(), beats.count()

    beats.signal("first", signal.SIGKILL)
    beats.wait_until_more_is_sent()

    beats.start("third")
    beats.signal("second", signal.SIGSTOP)
    beats.wait_until_more_is_sent()

    beats.signal("second", signal.SIGCONT)
    beats.signal("third", signal.SIGKILL)
    beats.wait_until_more_is_sent()
    assert beats.stack.processes["second"].poll() is None

    beats.signal("second", signal.SIGKILL)
    beats.stack.processes["second"].wait()
    # One that was killed between a sending and its note lets the next one send the same again.
    killed = 3
    seconds = beats.last_sent() - first_sent
    assert beats.count() - counted <= seconds / SECONDS + 1 + killed
