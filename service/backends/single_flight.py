"""Run a slow call once for all who ask for it at the same time, and wait for it briefly."""

import asyncio
import threading
from _thread import start_new_thread
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """A call that never blocks its caller, and never runs twice at the same time.

    The client of a server that is down may wait for minutes before it gives up, and questions come
    every second. So the call runs in a thread of its own, and while it runs all who ask share its
    result. Otherwise each question would leave one more waiting thread behind.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._result: Future[T] | None = None

    @property
    def failure(self) -> BaseException | None:
        """What the last call has raised; None if it has not, or is under way."""
        with self._lock:
            done = self._result is not None and self._result.done()
            return self._result.exception() if self._result is not None and done else None

    @property
    def is_running(self) -> bool:
        """Whether the call is under way."""
        with self._lock:
            return self._result is not None and not self._result.done()

    def __call__(self) -> Future[T]:
        """Return a future: it ends with the result of the call, or with its error."""
        with self._lock:
            if self._result is None or self._result.done():
                self._result = run_in_thread(self._work)
            return self._result


def run_in_thread(work: Callable[[], T]) -> Future[T]:
    """Call `work` in a new thread, and return a future of its result.

    The thread is a daemon: a call that hangs must not keep the process from ending.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the caller that waits for the result gets it
            result.set_exception(error)

    # With the context, so that what is logged there names the request.
    # `Thread.start` would wait until the thread runs: on a busy machine up to 0.2 s, also for the
    # event loop.
    start_new_thread(copy_context().run, (run,))
    return result


async def is_done_within(future: Future[Any], seconds: float) -> bool:
    """Return whether `future` is done; wait for it at most `seconds`, without blocking others."""
    if future.done():
        return True
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile: no caller waits any more
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), seconds)
    return future.done()
