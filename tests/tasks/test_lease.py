"""A lease is kept alive as long as its holder lives, and left alone once another worker has it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import Unavailable
from pipeline.records.runs import Lease, Run
from pipeline.run_errors import LeaseHeld, LeaseLost
from workers.lease import keep_alive

SECONDS = 0.6  # a busy machine may run the renewing thread a third of a second late


@pytest.fixture
def runs() -> MemoryRuns:
    store = MemoryRuns()
    store.request(Run(id="run", requested_at=datetime.now(UTC)))
    return store


def wait_until(happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.01)


def renewals(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch, faults: list[Exception]
) -> list[float]:
    """Times of all renewals; the first ones raise `faults`."""
    times: list[float] = []
    renew = runs.renew

    def watched(lease: Lease, seconds: float) -> None:
        times.append(time.monotonic())
        if faults:
            raise faults.pop(0)
        renew(lease, seconds)

    monkeypatch.setattr(runs, "renew", watched)
    return times


def test_a_renewal_without_an_answer_is_repeated(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = renewals(runs, monkeypatch, [Unavailable("no"), Unavailable("no")])
    with keep_alive(runs, runs.claim("run", "me", SECONDS), SECONDS):
        wait_until(lambda: len(times) >= 4)


def test_a_lost_lease_is_not_renewed_again(
    runs: MemoryRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = renewals(runs, monkeypatch, [LeaseLost("gone")])
    with keep_alive(runs, runs.claim("run", "me", SECONDS), SECONDS):
        wait_until(lambda: times)
        time.sleep(SECONDS)  # the time of four renewals
    assert len(times) == 1


def test_the_lease_of_another_worker_is_never_extended(runs: MemoryRuns) -> None:
    lease = runs.claim("run", "me", 0)
    runs.claim("run", "another", 0)
    with keep_alive(runs, lease, SECONDS):
        time.sleep(SECONDS / 2)
    assert runs.abandoned() is not None


@pytest.mark.slow
def test_a_run_cannot_be_claimed_while_its_holder_lives(runs: MemoryRuns) -> None:
    with keep_alive(runs, runs.claim("run", "me", SECONDS), SECONDS):
        time.sleep(1.5 * SECONDS)
        with pytest.raises(LeaseHeld):
            runs.claim("run", "another", 1)


def test_after_the_block_the_lease_runs_out(runs: MemoryRuns) -> None:
    with keep_alive(runs, runs.claim("run", "me", SECONDS), SECONDS):
        pass
    wait_until(lambda: runs.abandoned() is not None)


@pytest.mark.parametrize("fault", [KeyError, KeyboardInterrupt])
def test_however_the_block_ends_no_thread_is_left(
    fault: type[BaseException], runs: MemoryRuns
) -> None:
    def fail() -> None:
        with keep_alive(runs, runs.claim("run", "me", 60), 60):
            raise fault

    with pytest.raises(fault):
        fail()
    assert not [thread for thread in threading.enumerate() if thread.name == "lease"]
