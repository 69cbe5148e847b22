"""End the sessions of accounts that are owners no more: each is asked about every few minutes."""

import logging
import math
import time
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from pipeline.errors import RedrawError, Unavailable
from service.backends.budget import leave_budget
from service.backends.single_flight import run_in_thread
from service.callers.sessions import Session
from service.callers.standing import Standing

READING_SECONDS = 180
"""How old what is known of an account may be for reading, before Google is asked again."""
CHANGING_SECONDS = 60
"""How old it may be for what changes something."""
AWAY_SECONDS = 900
"""How long reading goes on while Google does not answer."""
KEPT_ACCOUNTS = 1000

log = logging.getLogger(__name__)


class NoOwner(RedrawError):
    """The account of a session is no owner any more: it lost the claim, is disabled, or is gone."""


class _Known(NamedTuple):
    at: float
    standing: Standing


class Owners:
    """Remember when each account was last known to be an owner.

    A sign-in is a look at the account too, so nothing is asked in the first minutes of a session.

    Args:
        look_up: returns the standing of an account; None if it cannot be known here.
        clock: seconds since 1970.
    """

    def __init__(
        self, look_up: Callable[[str], Standing | None], clock: Callable[[], float] = time.time
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._asked: set[str] = set()
        self._lock = Lock()

    def may_go_on(self, session: Session, *, changes: bool) -> bool:
        """Return whether a request of this session needs no `check`. It waits for nothing.

        For reading, Google is asked meanwhile, so that no page waits for it.

        Args:
            session: of an account.
            changes: whether the request changes something.
        """
        age = self._age(session)
        if age <= (CHANGING_SECONDS if changes else READING_SECONDS):
            return True
        if changes or age > AWAY_SECONDS:
            return False
        self._ask_meanwhile(session.owner)
        return True

    def check(self, session: Session) -> None:
        """Ask about the account of a session, and wait for the answer.

        Raises:
            NoOwner: the session ends.
            Unavailable: Google does not answer.
        """
        self._ask(session.owner)
        if self._age(session) == math.inf:
            raise NoOwner("the account is no owner any more")

    def _age(self, session: Session) -> float:
        """Return for how long nothing was heard of an account; infinite if it is no owner."""
        known = self._known.get(session.owner)
        if known is None or known.at < session.began_at:
            return self._clock() - session.began_at
        is_valid = known.standing.is_owner and known.standing.valid_since <= session.began_at
        return self._clock() - known.at if is_valid else math.inf

    def _ask(self, uid: str) -> None:
        asked_at = self._clock()
        standing = self._look_up(uid) or Standing(is_owner=True)
        with self._lock:
            self._known.pop(uid, None)
            self._known[uid] = _Known(asked_at, standing)
            if len(self._known) > KEPT_ACCOUNTS:
                del self._known[next(iter(self._known))]

    def _ask_meanwhile(self, uid: str) -> None:
        with self._lock:
            if uid in self._asked:
                return
            self._asked.add(uid)

        def ask() -> None:
            leave_budget()
            try:
                self._ask(uid)
            except Unavailable as error:
                log.warning("an owner's account could not be checked: %s", error)
            finally:
                self._asked.discard(uid)

        run_in_thread(ask)
