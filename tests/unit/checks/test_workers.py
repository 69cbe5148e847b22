"""`redraw doctor` says which workers answer, which differ, and whether beat ticks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import fakeredis
import pytest

from pipeline.settings import Settings
from service.checks import workers
from service.checks.check import Finding
from service.checks.workers import (
    check_beat,
    check_queue,
    check_workers,
    judge_beat,
    judge_queue,
    judge_workers,
)
from service.metrics.queue import Queue
from workers.beat import note_beat
from workers.heartbeat import write_sweep
from workers.inspection import describe_process
from workers.names import COLLECT_QUEUE, MAIN_QUEUE

SETTINGS = Settings(_env_file=None, redis_url="redis://127.0.0.1:1/0")
OWN = describe_process(SETTINGS)
BOTH = {**OWN, "queues": [MAIN_QUEUE, COLLECT_QUEUE]}


def problems(findings: Any) -> list[str]:
    return [each.problem for each in findings if each.problem]


def test_no_worker_is_told_with_how_to_start_one() -> None:
    assert "docker compose up -d worker" in problems(judge_workers({}, OWN))[0]


def test_workers_like_this_process_are_well_and_counted() -> None:
    assert [*judge_workers({"a@x": BOTH, "b@y": BOTH}, OWN)] == [
        Finding("workers: 2 answer (a@x, b@y)")
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"code": "0123"}, "other code"),
        ({"bucket": "elsewhere"}, "another bucket"),
        ({"settings": "0123"}, "other settings of runs"),
        ({"python": "3.8"}, "another Python"),
    ],
)
def test_a_worker_that_differs_is_named_with_what_differs(said: dict[str, str], words: str) -> None:
    found = [*judge_workers({"a@x": BOTH, "b@y": {**BOTH, **said}}, OWN)]
    assert [each.name for each in found if each.problem] == ["worker b@y"]
    assert words in problems(found)[0]


def test_a_worker_of_an_older_redraw_does_not_know_the_question() -> None:
    old = {"error": "KeyError('redraw_describe')"}
    assert "older code" in problems(judge_workers({"a@x": old}, OWN))[0]


def test_a_queue_that_no_worker_serves_is_told() -> None:
    only = {**OWN, "queues": [COLLECT_QUEUE]}
    (problem,) = problems(judge_workers({"a@x": only}, OWN))
    assert "no run starts" in problem


def test_other_settings_of_runs_give_another_description_and_no_secret() -> None:
    other = describe_process(SETTINGS.with_changes(fit={"method": "keras"}))
    assert other["settings"] != OWN["settings"]
    assert SETTINGS.player_key.get_secret_value() not in str(OWN)


@pytest.mark.parametrize("check", [check_workers, check_queue, check_beat])
def test_without_redis_nothing_is_known(check: Any) -> None:
    (finding,) = check(SETTINGS)
    assert finding.problem is None
    assert "Redis" in finding.unknown


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Any:
    client = fakeredis.FakeRedis()
    monkeypatch.setattr(workers, "open_redis", lambda _: client)
    return client


def test_beat_and_sweep_that_have_just_been_are_well(redis: Any) -> None:
    note_beat(redis)
    write_sweep(redis)
    assert problems([*check_beat(SETTINGS), *check_queue(SETTINGS)]) == []


def test_a_beat_that_never_ticked_is_told(redis: Any) -> None:
    del redis
    assert "for a week" in problems(check_beat(SETTINGS))[0]


def test_a_beat_that_has_stopped_is_told_with_how_long_ago() -> None:
    assert "for 300 s" in str(judge_beat(300.0).problem)


def test_a_sweep_that_nobody_executes_is_told() -> None:
    now = datetime.now(UTC)
    for swept_at in (None, now - timedelta(hours=1)):
        assert problems(judge_queue(Queue(0, 0, swept_at), 60))


def test_many_waiting_tasks_are_told() -> None:
    assert "start another worker" in problems(judge_queue(Queue(21, 0, datetime.now(UTC)), 60))[0]
