"""Bound the calls to the services behind this one: few at a time, and in time."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from service.backends.budget import allow, is_away
from service.backends.single_flight import run_in_thread

ANSWER_SECONDS = 1.5
"""How long a request waits for the services behind this one; see `budget`."""
DOCUMENTS = 100
"""Results of a port that are taken in one call, where it returns many one by one."""
CALLS = 32
"""Calls to one service at the same time, at most; those that hang count too."""

T = TypeVar("T")


class Backend:
    """A service that this process calls: Firestore, Storage, Redis, or Google's certificates.

    A call runs in a thread of its own, and its caller waits for a limited time. So a service that
    hangs delays no request for longer, whatever its client does. The number of calls is limited
    too, so those that hang cannot use up the memory. Each service has a limit of its own, so one
    that hangs does not stand in the way of the others.

    Args:
        name: for messages.
        seconds: how long a caller waits for a free place and for the answer, together; late in a
            request less (see `budget`).
        calls: how many calls may be under way at the same time.
    """

    def __init__(self, name: str, seconds: float = ANSWER_SECONDS, calls: int = CALLS) -> None:
        self._name = name
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(calls)

    def call(self, work: Callable[..., T], *args: Any, **options: Any) -> T:
        """Return `work(*args, **options)`.

        Raises:
            Unavailable: it has no result yet. The call may still be under way, and may succeed.
                Or the service is away for this request (see `budget`): then it is not asked. The
                error names the service.
        """
        try:
            return self._call(work, *args, **options)
        except Unavailable as error:
            error.backend = error.backend or self._name
            raise

    def _call(self, work: Callable[..., T], *args: Any, **options: Any) -> T:
        if is_away(self._name):
            raise Unavailable(f"{self._name} is not asked again: it has just not answered")
        seconds = allow(self._seconds)
        deadline = time.monotonic() + seconds
        if not self._places.acquire(timeout=seconds):
            raise Unavailable(f"{self._name} is not asked: too many calls wait for its answer")

        def work_and_leave() -> T:
            try:
                return work(*args, **options)
            finally:
                self._places.release()

        result = run_in_thread(work_and_leave)
        wait([result], max(0.0, deadline - time.monotonic()))
        if not result.done():
            raise Unavailable(f"{self._name} has not answered within {seconds:.2g} s")
        return result.result()

    def bound(self, port: T) -> T:
        """Return `port` with every method called by way of `call`."""
        bounded: Any = _Bounded(port, self)
        return bounded  # type: ignore[no-any-return] # it has the methods of `port`, by __getattr__


class _Bounded:
    def __init__(self, port: object, backend: Backend) -> None:
        self._port = port
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return partial(self._call, getattr(self._port, name))

    def _call(self, method: Callable[..., Any], *args: Any, **options: Any) -> Any:
        result = self._backend.call(method, *args, **options)
        return self._take(result) if isinstance(result, Iterator) else result

    def _take(self, results: Iterator[Any]) -> Iterator[Any]:
        """Yield results that the port reads one after another, a few in each call."""
        while taken := self._backend.call(lambda: list(islice(results, DOCUMENTS))):
            yield from taken


def bound_ports(ports: Ports, seconds: float = ANSWER_SECONDS, calls: int = CALLS) -> Ports:
    """Return ports whose calls are bounded: those to Firestore together, those to Storage too."""
    firestore = Backend("Firestore", seconds, calls)
    storage = Backend("Storage", seconds, calls)
    return replace(
        ports,
        corrections=firestore.bound(ports.corrections),
        runs=firestore.bound(ports.runs),
        models=firestore.bound(ports.models),
        trials=firestore.bound(ports.trials),
        notifications=firestore.bound(ports.notifications),
        artefacts=storage.bound(ports.artefacts),
    )
