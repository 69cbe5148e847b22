"""Do something with each of many things at once, in bounded memory, with the results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pipeline.retrying import retry_unavailable

T = TypeVar("T")
R = TypeVar("R")

THREADS = 16
"""Requests to Storage that are under way at once."""


def map_in_order(
    work: Callable[[T], R], things: Iterable[T], threads: int = THREADS
) -> Iterator[R]:
    """Yield the results of `work` in the order of `things`, which are read as it goes on.

    What is Unavailable is tried again, so `work` must be such that it can be repeated. Any other
    error ends it: what has not begun is left out.
    """
    under_way: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="backup") as pool:
        try:
            for thing in things:
                under_way.append(pool.submit(retry_unavailable, partial(work, thing)))
                if len(under_way) >= 4 * threads:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
