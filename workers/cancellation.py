"""Notice within a second or two that a run was cancelled, while its worker computes."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import RedrawError, Retryable
from pipeline.ports import RunStore
from pipeline.records.runs import Lease
from pipeline.run_errors import LeaseLost, RunCancelled
from pipeline.runs.cancelling import stop_if_cancelled

LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


@contextmanager
def watch_cancellation(runs: RunStore, lease: Lease) -> Iterator[Callable[[], None]]:
    """Read the run every second from a thread, until the block ends.

    A step may write nothing for long, and so would not see the request. The thread cannot stop the
    main thread: that calls the function which this yields, in every loop that may take long.

    Yields:
        A function that raises RunCancelled when the owner has cancelled the run, and LeaseLost when
        the run has ended.
    """
    stop = threading.Event()
    found: list[RedrawError] = []

    def check() -> None:
        if found:
            raise found[0]

    def look_until_stopped() -> None:
        while not found and not stop.wait(LOOK_SECONDS):
            try:
                run = runs.get(lease.run_id)
                stop_if_cancelled(run)
                if run.state.ended:
                    found.append(LeaseLost(f"run {run.id} was ended: {run.state}; it stops here"))
            except RunCancelled as request:
                found.append(request)
            except Retryable as fault:
                log.warning("whether run %s is cancelled is not known: %s", lease.run_id, fault)
            except RedrawError:
                return  # its document was deleted or edited: the next write says what follows

    # A daemon that nothing waits for: it only reads, and a call that hangs may take long to end.
    threading.Thread(target=look_until_stopped, name="cancellation", daemon=True).start()
    try:
        yield check
    finally:
        stop.set()
