"""Whether a page may have all corrections read, which costs a read each, without being told to.

What needs all of them, the counts of players and the preview of what forgetting one deletes, is
made in the background. Of a small game a page begins with it by itself; of a large one the owner
does, by a button that says what it costs.
"""

from typing import NamedTuple

from pipeline.errors import AccessDenied, RedrawError, Retryable
from service.wiring import Wiring

MOST_BY_ITSELF = 10_000
"""Corrections; they cost half a cent, and take three seconds."""
CENTS_PER_READ = 6 / 100_000
"""https://cloud.google.com/firestore/pricing, as in docs/costs.md."""

DOLLAR = 100


class Reading(NamedTuple):
    """How many corrections would be read. by_itself: whether a page may begin with it."""

    documents: int
    by_itself: bool

    @property
    def price(self) -> str:
        """About what it costs, in US dollars: `less than 1 cent`, `6 cents`, `$1.20`."""
        cents = self.documents * CENTS_PER_READ
        if cents < 1:
            return "less than 1 cent"
        return f"about {cents:.0f} cents" if cents < DOLLAR else f"about ${cents / DOLLAR:.2f}"


def describe_failure(failure: BaseException | None) -> str | None:
    """Return why the last reading has ended without a result; None if it has not.

    What a service behind has said stays in the log: it may name hosts.
    """
    if failure is None:
        return None
    if isinstance(failure, RedrawError) and not isinstance(failure, (Retryable, AccessDenied)):
        return f"It failed: {failure}."
    return "It failed, as a service did not answer. Try again in a minute."


def estimate_reading(wiring: Wiring) -> Reading:
    """Count the corrections; one read for each thousand."""
    documents = wiring.ports.corrections.count(None)
    return Reading(documents, documents <= MOST_BY_ITSELF)
