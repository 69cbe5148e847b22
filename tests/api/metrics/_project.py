"""A project in memory in which every metric has a value, and scrapes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fakeredis import FakeRedis
from prometheus_client.parser import text_string_to_metric_families

from pipeline.ports import Ports
from pipeline.records.notifications import (
    Event,
    Notification,
    NotificationKind,
    NotificationReason,
)
from pipeline.records.runs import Counts, Run, RunKind, RunState, Trouble
from pipeline.records.trials import TrialKind
from tests.contract._trials import a_plan
from tests.contract._versions import ready, released
from workers.heartbeat import write_sweep

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def a_redis(waiting: int = 3) -> FakeRedis:
    """Return a Redis with tasks, in which a worker has noted a sweep."""
    redis = FakeRedis()
    redis.rpush("celery", *range(waiting - 1))
    redis.rpush("collect", "a batch")
    redis.hset("unacked", "tag", "a task")
    write_sweep(redis)
    return redis


def put_corrections(ports: Ports, now: datetime, **statuses: Any) -> None:
    """Store a correction for each status, by id; None: without one."""
    for number, (name, status) in enumerate(statuses.items()):
        ports.corrections.documents[name] = {  # type: ignore[attr-defined]
            "correctedLabel": "cat",
            "originalPrediction": "cat" if number else "sun",
            "timestamp": now - timedelta(minutes=5),
            "userId": "pia@example.org",
            "modelVersion": "v1.0.1",
            **({} if status is None else {"status": status}),
        }


def end_run(ports: Ports, run_id: str, state: RunState, **changes: Any) -> None:
    """Record a run that has ended; a run that comes later is newer."""
    kind = changes.pop("kind", RunKind.RETRAIN)
    requested = changes.pop("requested_at", datetime.now(UTC) - timedelta(hours=1))
    ports.runs.request(Run(id=run_id, kind=kind, requested_at=requested))
    lease = ports.runs.claim(run_id, "worker-on-a-host", 60)
    ports.runs.record(lease, {"state": state, **changes})


def fill(ports: Ports) -> None:
    """Let the project have a release, a trial, corrections, ended runs, and a run in trouble."""
    now = datetime.now(UTC)
    notify(ports)
    released(ports.models, 2)
    ports.trials.begin(ready(ports.models, "run-c"), a_plan(kind=TrialKind.CANARY, share=0.25))
    put_corrections(
        ports, now, c1="pending", c2="pending", c3="merged", c4="quarantined", c5="new", c6=None
    )
    end_run(
        ports,
        "run-1",
        RunState.PROMOTED,
        ended_at=now - timedelta(minutes=30),
        seconds={"collecting": 2.5, "fitting": 4.0, "an unknown step": 1.0},
        counts=Counts(collected=9, merged=6, reasons={"merged": 6, "blank": 2, "odd": 1}),
    )
    end_run(ports, "run-2", RunState.FAILED, kind=RunKind.BASELINE, ended_at=now)
    ports.runs.request(Run(id="run-3", requested_at=now))
    lease = ports.runs.claim("run-3", "worker-on-a-host", 60)
    trouble = Trouble(message="Storage is down", since=now, times=1, retry_at=now, fence=1)
    ports.runs.record(lease, {"state": RunState.FITTING, "trouble": trouble})


def notify(ports: Ports) -> None:
    """Let there be a notification that waits for its delivery."""
    now = datetime.now(UTC)
    event = Event(NotificationKind.TEST, NotificationReason.TEST, "a test", now, "A test.", "/v1")
    ports.notifications.create(Notification.of(event, now))


def read(text: str) -> Samples:
    """Return the samples of a scrape by their name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    """Return the value of one sample; None if there is none."""
    return read(text).get((name, frozenset(labels.items())))


def names(text: str) -> set[str]:
    """Return the names of all families of a scrape."""
    return {family.name for family in text_string_to_metric_families(text)}
