"""Keeps the lease of a run alive from a thread of its own, as long as the process that executes the run lives."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import LeaseLost, Retryable
from pipeline.ports import RunStore
from pipeline.records.runs import Lease

RENEWALS = 4  # in the time a lease lasts: three may fail before it runs out

log = logging.getLogger(__name__)


@contextmanager
def keep_alive(runs: RunStore, lease: Lease, seconds: float) -> Iterator[Callable[[], None]]:
    """Renews `lease` until the block ends. When it is lost, the next write of the run says so.

    Whoever writes nothing for long asks what is yielded, which raises LeaseLost once a renewal has said so.
    """
    stop, lost = threading.Event(), threading.Event()

    def check() -> None:
        if lost.is_set():
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")

    def renew() -> None:
        while not stop.wait(seconds / RENEWALS):
            try:
                runs.renew(lease, seconds)
            except LeaseLost:
                lost.set()
                return
            except Retryable as fault:
                log.warning("the lease of run %s could not be renewed: %s", lease.run_id, fault)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield check
    finally:
        stop.set()
        thread.join()
