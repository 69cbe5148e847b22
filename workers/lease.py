"""Keep a run's lease alive from a thread, as long as the process that executes the run lives."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context

from pipeline.errors import NewerDocument, Retryable
from pipeline.ports import RunStore
from pipeline.records.runs import Lease
from pipeline.run_errors import LeaseLost

RENEWALS = 4  # in the time a lease lasts: three may fail before it runs out

log = logging.getLogger(__name__)


@contextmanager
def keep_alive(runs: RunStore, lease: Lease, seconds: float) -> Iterator[Callable[[], None]]:
    """Renew `lease` from a thread until the block ends.

    A single step of a run, such as a fit, may take longer than a lease and writes nothing
    meanwhile, so the renewals need a thread of their own. The thread cannot stop the main thread
    when the lease is lost. It need not: the next write to the run is refused, as its fence is old.
    Code that does not write for long calls the function that this yields.

    Yields:
        A function that raises LeaseLost once a renewal has found the lease lost.
    """
    stop, lost = threading.Event(), threading.Event()

    def check_lease() -> None:
        if lost.is_set():
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")

    def renew_until_stopped() -> None:
        while not stop.wait(seconds / RENEWALS):
            try:
                runs.renew(lease, seconds)
            except (LeaseLost, NewerDocument):
                lost.set()
                return
            except Retryable as error:
                log.warning("the lease of run %s could not be renewed: %s", lease.run_id, error)

    # A daemon: if the join below is interrupted, the thread must not keep the process alive.
    # With the context, so that what it logs names the run.
    thread = threading.Thread(
        target=copy_context().run, args=(renew_until_stopped,), name="lease", daemon=True
    )
    thread.start()
    try:
        yield check_lease
    finally:
        stop.set()
        thread.join()
