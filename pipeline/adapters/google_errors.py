"""Translate the errors of Google's clients into Redraw's own errors.

Errors that may pass by themselves become Unavailable, which a task retries. The others become
errors whose message says what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption
from requests import exceptions as http

from pipeline.errors import AccessDenied, RedrawError, Unavailable

RETRY_SECONDS = 15.0
"""How long a failing call is retried. By default Google's clients go on for one to five minutes."""
CALL_TIMEOUT_SECONDS = 60.0
"""How long one call waits for an answer. Firestore may block a contended transaction for 30."""

TRANSIENT = (
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
    """Translate errors that Google's clients raise inside the block.

    Args:
        service: "Firestore" or "Storage", for the message.

    Raises:
        Unavailable: for a network failure, an overloaded server or a contended transaction.
        AccessDenied: when the credentials are missing or refused.
        RedrawError: when the server does not implement the call.
    """
    try:
        yield
    except exceptions.MethodNotImplemented as error:
        # Tested first: it is a ServerError too, but retrying cannot help.
        raise RedrawError(
            f"{service} does not support this call ({error}): if this is an emulator, use another"
        ) from error
    except TRANSIENT as error:
        raise Unavailable(
            f"{service} is not available ({error}): it is tried again; check the network"
        ) from error
    except FORBIDDEN as error:
        raise AccessDenied(
            f"{service} refuses our credentials ({error}): set GOOGLE_APPLICATION_CREDENTIALS to a "
            "service account's key file, or start `redraw emulators` and export what it prints"
        ) from error
    except exceptions.InvalidArgument as error:
        # Production ends a transaction that was idle for too long, and reports it as an invalid
        # argument. The request itself was correct, so a retry works.
        if "transaction" not in str(error).lower():
            raise
        raise Unavailable(
            f"{service} ended a transaction that took too long ({error}): it is tried again"
        ) from error
    except ValueError as error:
        # The Firestore client raises a bare ValueError when every attempt to commit a transaction
        # failed because other transactions changed the same documents.
        if "Failed to commit transaction" not in str(error):
            raise
        raise Unavailable(f"{service} is contended ({error}): it is tried again") from error
