"""Say how long a training goes on, from how far it has got since it was watched."""

import time
from collections.abc import Callable

from pipeline.progress import OnProgress

FEWEST_UNITS = 5
"""Units that must be done before a rate can be told: the first ones are slow."""


def with_time_left(
    on_progress: OnProgress, clock: Callable[[], float] = time.monotonic
) -> OnProgress:
    """Return a function that adds the time left to each message and calls `on_progress` with it.

    A training that goes on from a checkpoint begins in the middle. So the rate is measured from the
    first units that this function is told of, and from the first of each step that counts others:
    copies are drawn before there are steps of a training.
    """
    first: tuple[float, int] | None = None
    counted = 0

    def report(message: str, done: int = 0, total: int = 0) -> None:
        nonlocal first, counted
        now = clock()
        if total != counted:
            first, counted = None, total
        if total and done:
            first = first or (now, done)
            since, units = now - first[0], done - first[1]
            if units >= FEWEST_UNITS:
                message = f"{message}, {format_time_left(since / units * (total - done))} left"
        on_progress(message, done, total)

    return report


def format_time_left(seconds: float) -> str:
    """Return a duration as people say it: "about 2 h 10 min", "about 5 min", "under a minute"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(minutes, 60)
    return f"about {hours} h {rest} min" if hours else f"about {minutes} min"
