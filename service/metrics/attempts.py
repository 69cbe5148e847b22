"""Read the subjects of a part of the state, each by itself: one that is odd spoils no other."""

import logging
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import AccessDenied, RedrawError, Unavailable

T = TypeVar("T")
log = logging.getLogger(__name__)


class Attempts:
    """Attempts to read subjects; `left_out` names those that cannot be read."""

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self.read: list[str] = []

    def read_subject(self, subject: str, work: Callable[[], T]) -> T | None:
        """Return what `work` returns; None if the subject cannot be read.

        Raises:
            Unavailable: the other side does not answer, so nothing else can be read either.
        """
        try:
            result = work()
        except (Unavailable, AccessDenied):
            raise
        except RedrawError as error:
            log.warning("metrics: %s is left out: %s", subject, error)
            self.left_out.append(subject)
            return None
        except Exception:
            # An odd document must not keep the other metrics back.
            log.exception("metrics: %s is left out", subject)
            self.left_out.append(subject)
            return None
        self.read.append(subject)
        return result
