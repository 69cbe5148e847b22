"""Call something again while Firestore or Storage does not answer, for work that takes long.

The adapters retry each call for some seconds. A copy of a whole project goes on for minutes or
hours, in which a longer outage is likely, and must not end for it.
"""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from pipeline.errors import Unavailable

T = TypeVar("T")

ATTEMPTS = 6
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between attempts: they double. With the attempts themselves about two minutes."""


def retry_unavailable(work: Callable[[], T]) -> T:
    """Return what `work` returns, after further attempts while it raises Unavailable.

    It must be such that it can be repeated.

    Raises:
        Unavailable: after ATTEMPTS.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(Unavailable),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(FIRST_PAUSE, max=LONGEST_PAUSE),
        reraise=True,
    )
    return retrying(work)
