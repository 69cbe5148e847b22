"""Remember for a short time which ID tokens are valid, so that not every request asks Google."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from service.callers.claims import Claims

KEPT_SECONDS = 60.0
"""How long a token that was revoked may still be accepted."""
KEPT_TOKENS = 10_000
"""At most; the one that was verified first is dropped. A token and its claims take about 2 kB."""


class _Known(NamedTuple):
    claims: Claims
    until: float
    """By the monotonic clock."""


class VerifiedTokens:
    """Verify tokens, and remember those that are valid, by their sha256.

    A player's every guess carries a token, and whether it was revoked takes a request to Firebase.
    A token is remembered for KEPT_SECONDS, and never beyond its own expiry.

    Args:
        verify: returns the claims of a token, or raises InvalidToken or Unavailable.
    """

    def __init__(self, verify: Callable[[str], Claims]) -> None:
        self._verify = verify
        self._known = OrderedDict[bytes, _Known]()
        self._lock = threading.Lock()

    def find(self, token: str) -> Claims | None:
        """Return the claims of a token that was verified a short time ago, without waiting."""
        known = self._known.get(_digest(token))
        return known.claims if known is not None and time.monotonic() < known.until else None

    def verify(self, token: str) -> Claims:
        """Return the claims of a token; whether it is valid is asked anew.

        Raises:
            InvalidToken: it is not valid.
            Unavailable: it cannot be verified now.
        """
        digest = _digest(token)
        with self._lock:
            self._known.pop(digest, None)
        started = time.monotonic()
        claims = self._verify(token)
        seconds = min(KEPT_SECONDS, _remaining_seconds(claims))
        if seconds > 0:
            with self._lock:
                self._known[digest] = _Known(claims, started + seconds)
                self._known.move_to_end(digest)
                while len(self._known) > KEPT_TOKENS:
                    self._known.popitem(last=False)
        return claims


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _remaining_seconds(claims: Claims) -> float:
    """Return how long a token holds; 0 if it does not say until when."""
    expiry = claims.get("exp")
    return expiry - time.time() if isinstance(expiry, int | float) else 0.0
