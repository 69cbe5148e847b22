"""Several beats over one Redis: what is due is sent once, and a fault of one stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fakeredis import FakeRedis, FakeServer
from hypothesis import given
from hypothesis import strategies as st
from kombu.exceptions import OperationalError

from pipeline.settings import Settings
from workers import scheduler
from workers.app import make_app
from workers.names import CHECK, CLEAN, NIGHTLY_CHECK, SWEEP, TIDY
from workers.scheduler import LAST_SENT, LONGEST_NAP, RETRY_SECONDS, SHORT_NAP, TURN, Scheduler

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
DAY = 24 * 60 * 60


class World:
    """One Redis with a clock that a test moves, and what all beats have sent."""

    def __init__(self) -> None:
        self.now = NOON
        self.server = FakeServer()
        self.redis = FakeRedis(server=self.server)
        self.sent: list[str] = []
        self.on_send: Callable[[str], None] = lambda _: None

    def start_beat(self, **settings: Any) -> Scheduler:
        """Return the scheduler of another beat."""
        app = make_app(Settings(_env_file=None, **{"sweep_seconds": 60, **settings}))
        app.send_task = self._send
        beat = Scheduler(app)
        beat._redis = FakeRedis(server=self.server)
        beat._redis.time = lambda: (int(self.now), round(self.now % 1 * 1e6))
        return beat

    def _send(self, name: str, **_: Any) -> None:
        self.on_send(name)
        self.sent.append(name)

    def sleep(self, seconds: float, *beats: Scheduler) -> None:
        """Let time pass, and then all beats tick."""
        self.now += seconds
        for beat in beats:
            beat.tick()


@pytest.fixture
def world() -> World:
    return World()


def test_of_two_beats_one_sends(world: World) -> None:
    beats = [world.start_beat(), world.start_beat()]
    world.sleep(0, *beats)
    world.sleep(61, *beats)
    assert world.sent == [SWEEP]


def test_nothing_is_sent_at_the_first_start_not_even_the_task_of_the_night(world: World) -> None:
    world.sleep(0, world.start_beat())
    assert world.sent == []


def test_what_was_due_while_no_beat_ran_is_sent_once_at_the_next_start(world: World) -> None:
    world.sleep(0, world.start_beat())
    world.sleep(DAY, world.start_beat(), world.start_beat())
    assert sorted(world.sent) == sorted([CHECK, CLEAN, NIGHTLY_CHECK, SWEEP, TIDY])


def test_the_task_of_the_night_comes_at_its_hour_by_the_clock_of_redis(world: World) -> None:
    beats = [world.start_beat(nightly_hour=3), world.start_beat(nightly_hour=3)]
    world.sleep(0, *beats)
    world.sleep(15 * 60 * 60 - 1, *beats)
    assert NIGHTLY_CHECK not in world.sent
    world.sleep(1, *beats)
    world.sleep(30, *beats)
    assert world.sent.count(NIGHTLY_CHECK) == 1


def test_a_beat_comes_back_soon_when_another_has_the_turn(world: World) -> None:
    beat = world.start_beat()
    world.redis.set(TURN, "another")
    assert beat.tick() == SHORT_NAP
    assert world.redis.get(TURN) == b"another"


def test_a_beat_that_lost_its_turn_while_it_hung_sends_nothing_more(world: World) -> None:
    beat = world.start_beat()
    world.sleep(0, beat)
    world.on_send = lambda _: world.redis.set(TURN, "another")
    world.sleep(DAY, beat)
    assert len(world.sent) == 1
    assert world.redis.get(TURN) == b"another"


def test_what_could_not_be_sent_is_sent_at_the_next_tick(world: World) -> None:
    beat = world.start_beat()
    world.sleep(0, beat)

    def refuse(_: str) -> None:
        raise OperationalError("away")

    world.on_send, world.now = refuse, world.now + 60
    assert beat.tick() == RETRY_SECONDS
    assert world.sent == []
    world.on_send = lambda _: None
    world.sleep(RETRY_SECONDS, beat)
    assert world.sent == [SWEEP]


def test_a_beat_without_redis_tries_again_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = world.start_beat()
    world.server.connected = False
    assert [beat.tick() for _ in range(3)] == [RETRY_SECONDS] * 3
    world.server.connected = True
    world.sleep(0, beat)
    world.sleep(60, beat)
    assert world.sent == [SWEEP]


def test_a_clock_of_redis_that_was_ahead_and_was_corrected_stops_nothing(world: World) -> None:
    beat = world.start_beat()
    world.sleep(DAY, beat)
    world.sleep(-DAY, beat)
    world.sleep(60, beat)
    assert world.sent == [SWEEP]


def test_beats_with_different_tables_each_look_after_their_own(world: World) -> None:
    beats = [world.start_beat(retention={"nightly": False}), world.start_beat(nightly_hour=3)]
    world.sleep(0, *beats)
    world.sleep(DAY, *beats)
    assert world.sent.count(CLEAN) == 1


def test_an_entry_that_left_the_table_leaves_redis_two_days_after_its_next_time(
    world: World,
) -> None:
    world.sleep(0, world.start_beat())
    left = timedelta(seconds=world.redis.ttl(LAST_SENT + "sweep"))
    assert timedelta(days=2) < left <= timedelta(days=2, minutes=1)


def test_beat_sleeps_until_the_next_time_but_never_long(world: World) -> None:
    assert world.start_beat().tick() == LONGEST_NAP
    assert world.start_beat(sweep_seconds=2).tick() == pytest.approx(2)


def test_the_schedule_is_that_of_redraw_and_needs_no_file() -> None:
    conf = make_app(Settings(_env_file=None)).conf
    assert conf.beat_scheduler == f"{scheduler.__name__}:{Scheduler.__name__}"


@given(steps=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 90)), max_size=12))
def test_no_order_of_ticks_sends_more_often_than_the_table_says(
    steps: list[tuple[int, int]],
) -> None:
    world = World()
    beats = [world.start_beat(check_seconds=7 * DAY) for _ in range(3)]
    at: list[float] = []
    world.on_send = lambda name: at.append(world.now) if name == SWEEP else None
    world.sleep(0, *beats)
    for number, pause in steps:
        world.sleep(pause, beats[number])
    assert all(later - earlier >= 60 for earlier, later in pairwise(at))
    # And none is left out: at each tick the last sending is less than a minute ago.
    world.sleep(0, beats[0])
    assert world.now - max([NOON, *at]) < 60
