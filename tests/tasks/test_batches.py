"""One batch under the lease of its run: renewed, stopped when it is lost, or failed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import in_memory
from pipeline.corrections import collect
from pipeline.corrections.gathering import read_harvest
from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Run, RunState
from pipeline.records.storage import ObjectContent
from pipeline.run_errors import LeaseHeld
from pipeline.settings import Settings
from pipeline.storage_paths import BATCH, HARVEST
from tests.contract._versions import released
from workers.batches import collect_batch, finish_collecting
from workers.execution import execute

SENT = 10
BATCH_ROWS = 4
DRAWN = [
    canvas_png(row.reshape(28, 28), np.random.default_rng(3)) for row in sketch_rows("cat", SENT, 0)
]


class Sent:
    """A FanOut that notes what is to be sent."""

    lease: Lease

    def __init__(self) -> None:
        self.batches: list[tuple[list[int], bool]] = []

    def __call__(self, lease: Lease, numbers: list[int], *, joined: bool) -> None:
        self.lease = lease
        self.batches.append((numbers, joined))


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, collect_batch=BATCH_ROWS, lease_seconds=60)


@pytest.fixture
def ports() -> Any:
    made: Any = in_memory()
    released(made.models, 1)
    made.runs.request(Run(id="run", requested_at=datetime.now(UTC)))
    for number, png in enumerate(DRAWN):
        path = f"drawings/corrections/d{number}.png"
        made.artefacts.objects[path] = png
        made.corrections.documents[f"c{number}"] = {
            "correctedLabel": "cat",
            "imageStoragePath": path,
            "userId": f"player-{number}",
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
            "status": "pending",
        }
    return made


@pytest.fixture
def lease(ports: Any, settings: Settings) -> Lease:
    """Of an executor that sent the batches 0 to 2 to others."""
    sent = Sent()
    run = execute("run", ports, settings, fan_out=sent)
    assert (run.state, sent.batches) == (RunState.COLLECTING, [([0], False), ([1, 2], True)])
    return sent.lease


def taken_over(ports: Any) -> Lease:
    ports.runs.expire()
    lease: Lease = ports.runs.claim("run", "another", 60)
    return lease


def there(ports: Any) -> list[int]:
    paths = [HARVEST.fill(run_id="run", number=number) for number in range(6)]
    return [number for number, path in enumerate(paths) if path in ports.artefacts.objects]


def test_a_batch_whose_lease_was_lost_is_not_begun(
    ports: Any, settings: Settings, lease: Lease
) -> None:
    taken_over(ports)
    collect_batch(lease, 0, ports, settings)
    assert there(ports) == []


def test_a_batch_of_a_run_that_has_ended_is_not_begun(
    ports: Any, settings: Settings, lease: Lease
) -> None:
    ports.runs.record(lease, {"state": RunState.FAILED})
    collect_batch(lease, 0, ports, settings)
    assert there(ports) == []


def test_a_batch_whose_lease_is_lost_stops_before_its_end(
    ports: Any, lease: Lease, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(path: str, max_bytes: int) -> ObjectContent:
        fetched.append(path)
        taken_over(ports)
        time.sleep(0.3)  # until a renewal has failed
        return ObjectContent(ports.artefacts.objects[path], 1)

    monkeypatch.setattr(ports.artefacts, "fetch", fetch)
    monkeypatch.setattr(collect, "FETCHERS", 1)
    before = ports.runs.get("run")
    collect_batch(lease, 0, ports, settings.model_copy(update={"lease_seconds": 0.4}))
    assert there(ports) == []
    assert ports.runs.get("run").state is before.state


@pytest.mark.slow
def test_the_lease_outlives_a_batch_longer_than_itself(
    ports: Any, lease: Lease, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(path: str, max_bytes: int) -> ObjectContent:
        time.sleep(0.8)
        with pytest.raises(LeaseHeld):
            ports.runs.claim("run", "another", 1)
        return ObjectContent(ports.artefacts.objects[path], 1)

    monkeypatch.setattr(ports.artefacts, "fetch", fetch)
    collect_batch(lease, 0, ports, settings.model_copy(update={"lease_seconds": 0.6}))
    assert there(ports) == [0]


def test_a_storage_that_does_not_answer_goes_to_the_caller_and_costs_nothing_but_the_repetition(
    ports: Any, lease: Lease, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, faults = ports.artefacts.fetch, [Unavailable("503")] * 3

    def flaky(path: str, max_bytes: int) -> ObjectContent:
        if faults:
            raise faults.pop()
        fetched: ObjectContent = fetch(path, max_bytes)
        return fetched

    monkeypatch.setattr(collect, "FETCHERS", 1)
    monkeypatch.setattr(ports.artefacts, "fetch", flaky)
    with pytest.raises(Unavailable):
        collect_batch(lease, 0, ports, settings)
    assert ports.runs.get("run").state is RunState.COLLECTING
    while faults:
        with pytest.raises(Unavailable):
            collect_batch(lease, 0, ports, settings)
    collect_batch(lease, 0, ports, settings)
    assert there(ports) == [0]


def test_a_batch_that_fails_for_good_ends_the_run_with_its_reason_and_the_others_stop(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    ports.artefacts.objects[BATCH.fill(run_id="run", number=1)] = b"{"
    collect_batch(lease, 1, ports, settings)
    run = ports.runs.get("run")
    assert run.state is RunState.FAILED
    assert "request another run" in run.reason
    collect_batch(lease, 2, ports, settings)
    assert there(ports) == []
    assert ports.runs.request(Run(id="next", requested_at=datetime.now(UTC))).id == "next"


def test_a_batch_delivered_twice_changes_nothing_the_second_time(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    collect_batch(lease, 0, ports, settings)
    objects = dict(ports.artefacts.objects)
    ports.artefacts.objects.pop("drawings/corrections/d0.png")
    collect_batch(lease, 0, ports, settings)
    objects.pop("drawings/corrections/d0.png")
    assert ports.artefacts.objects == objects


def test_the_run_says_how_many_corrections_the_finished_batches_held(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    reported = []
    for number in (2, 0, 1):
        collect_batch(lease, number, ports, settings)
        progress = ports.runs.get("run").progress
        reported.append((progress.done, progress.total))
    assert reported == [(2, 10), (6, 10), (10, 10)]


def test_a_run_whose_batches_are_collected_is_free_for_its_next_execution(
    ports: Any, lease: Lease
) -> None:
    assert ports.runs.abandoned() is None
    assert finish_collecting(lease, time.time(), ports)
    assert ports.runs.abandoned() is not None


def test_a_run_is_handed_over_once_however_often_it_is_asked_for(ports: Any, lease: Lease) -> None:
    assert finish_collecting(lease, time.time(), ports)
    successor = ports.runs.claim("run", "another", 60)
    assert not finish_collecting(lease, time.time(), ports)
    ports.runs.renew(successor, 60)


def test_a_run_that_was_taken_over_is_not_handed_over(ports: Any, lease: Lease) -> None:
    successor = taken_over(ports)
    assert not finish_collecting(lease, time.time(), ports)
    ports.runs.renew(successor, 60)


def test_the_time_that_others_took_is_time_of_collecting(ports: Any, lease: Lease) -> None:
    before = ports.runs.get("run").seconds["collecting"]
    finish_collecting(lease, time.time() - 100, ports)
    assert ports.runs.get("run").seconds["collecting"] - before >= 100


def test_a_sender_whose_clock_is_ahead_takes_no_time_away(ports: Any, lease: Lease) -> None:
    before = ports.runs.get("run").seconds["collecting"]
    finish_collecting(lease, time.time() + 100, ports)
    assert ports.runs.get("run").seconds["collecting"] == before


def test_a_repetition_sends_only_the_batches_that_are_missing(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    collect_batch(lease, 1, ports, settings)
    ports.runs.renew(lease, 0)
    sent = Sent()
    execute("run", ports, settings, fan_out=sent)
    assert sent.batches == [([0, 2], True)]


def test_while_the_reading_goes_on_every_second_batch_is_sent_and_can_be_collected(
    ports: Any, settings: Settings
) -> None:
    for number in range(SENT, 6 * BATCH_ROWS):
        ports.corrections.documents[f"c{number}"] = ports.corrections.documents["c0"] | {
            "drawingId": f"d{number}"
        }
    read: list[int] = []

    def collects_at_once(lease: Lease, numbers: list[int], *, joined: bool) -> None:
        if not joined:
            read.append(
                sum(
                    "collect/00" in path and path.endswith(".json")
                    for path in ports.artefacts.objects
                )
            )
        for number in numbers:
            collect_batch(lease, number, ports, settings)

    execute("run", ports, settings, fan_out=collects_at_once)
    assert read == [2, 4, 6], "a batch goes out as soon as the one behind it is stored"
    assert len(there(ports)) == 6


def test_batches_sent_early_and_lost_are_sent_again(ports: Any, settings: Settings) -> None:
    def loses_the_early(lease: Lease, numbers: list[int], *, joined: bool) -> None:
        for number in numbers if joined else []:
            collect_batch(lease, number, ports, settings)
        if joined:
            finish_collecting(lease, time.time(), ports)

    execute("run", ports, settings, fan_out=loses_the_early)
    assert there(ports) == [1, 2]
    execute("run", ports, settings)
    assert there(ports) == [0, 1, 2]


def test_a_single_missing_batch_is_not_worth_sending(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    for number in (0, 2):
        collect_batch(lease, number, ports, settings)
    ports.runs.renew(lease, 0)
    never: Callable[..., None] = pytest.fail
    execute("run", ports, settings, fan_out=never)  # goes on, and fails as there is no data set
    assert there(ports) == [0, 1, 2]


def test_when_the_messages_cannot_be_sent_any_worker_may_take_the_run(
    ports: Any, settings: Settings
) -> None:
    def down(lease: Lease, numbers: list[int], *, joined: bool) -> None:
        raise Unavailable("Redis")

    with pytest.raises(Unavailable):
        execute("run", ports, settings, fan_out=down)
    assert ports.runs.claim("run", "another", 60, early=True)


def test_batches_done_anywhere_join_to_what_one_process_would_have_collected(
    ports: Any, lease: Lease, settings: Settings
) -> None:
    for number in (2, 0, 1):
        collect_batch(lease, number, ports, settings)
    harvest = read_harvest("run", ports.artefacts)
    assert harvest.ids.tolist() == [f"c{number}" for number in range(SENT)]
    assert harvest.images.shape == (SENT, 28, 28)
