"""Faults of Google's clients, told as Redraw's errors: what may pass is Retryable, what will not says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption
from requests import exceptions as http

from pipeline.errors import AccessDenied, RedrawError, Unavailable

PATIENCE_SECONDS = 15.0
"""After this long a call that fails is not tried again. Google's clients go on for one to five minutes when they are let."""
ANSWER_SECONDS = 60.0
"""How long a call waits for a server that says nothing. Firestore lets a contended transaction wait for up to 30."""

PASSING = (
    DataCorruption,
    exceptions.Aborted,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.RetryError,
    exceptions.ServerError,
    exceptions.TooManyRequests,
    auth.TransportError,
    http.ChunkedEncodingError,
    http.ConnectionError,
    http.Timeout,
)
FORBIDDEN = (
    exceptions.Forbidden,
    exceptions.Unauthorized,
    auth.DefaultCredentialsError,
    auth.RefreshError,
)


@contextmanager
def translate_errors(service: str) -> Iterator[None]:
    """Around every call of a Google client; `service` is "Firestore" or "Storage"."""
    try:
        yield
    except exceptions.MethodNotImplemented as fault:  # a ServerError too, but no patience helps
        raise RedrawError(
            f"{service} cannot do that ({fault}): an emulator that lacks the call? Use another"
        ) from fault
    except PASSING as fault:
        raise Unavailable(
            f"{service} did not answer as it should ({fault}): it is tried again; check the network"
        ) from fault
    except FORBIDDEN as fault:
        raise AccessDenied(
            f"{service} refuses our credentials ({fault}): set GOOGLE_APPLICATION_CREDENTIALS to a "
            "service account's key file, or start `redraw emulators` and export what it prints"
        ) from fault
    except exceptions.InvalidArgument as fault:
        # Production ends a transaction that lay idle; the run did nothing wrong.
        if "transaction" not in str(fault).lower():
            raise
        raise Unavailable(
            f"{service} ended a transaction that took too long ({fault}): it is tried again"
        ) from fault
    except ValueError as fault:
        # What the Firestore client raises when a transaction met contention in each of its attempts.
        if "Failed to commit transaction" not in str(fault):
            raise
        raise Unavailable(f"{service} is contended ({fault}): it is tried again") from fault
