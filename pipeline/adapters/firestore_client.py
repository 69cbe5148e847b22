"""What the Firestore adapters share: the client with our timeouts, transactions, counting."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import grpc
from google.api_core.exceptions import GoogleAPIError, ServiceUnavailable, TooManyRequests
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport

from pipeline.adapters import google_errors
from pipeline.adapters.google_errors import translate_errors
from pipeline.settings import Settings

CALLS = frozenset(
    {
        "batch_get_documents",
        "begin_transaction",
        "commit",
        "rollback",
        "run_aggregation_query",
        "run_query",
    }
)
"""The calls of the API that the adapters cause."""
RECONNECTING = (
    # gRPC doubles the pause between two attempts to connect up to two minutes. So after an outage
    # every call would fail for minutes more.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # How long an attempt may take; by default 20 seconds.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    # A connection over which nothing comes back is given up after this time, by default 20 seconds,
    # when a ping (Google's client sends one every 30 seconds) gets no answer.
    ("grpc.keepalive_timeout_ms", 5_000),
)
"""Options of gRPC by which the client finds back to a server that was gone."""
UNLIMITED = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))
"""Google's own options of the size of messages."""

T = TypeVar("T")


def firestore_client(settings: Settings, answer_seconds: float | None = None) -> Any:
    """Return a client of the project's Firestore, without calling it yet.

    A process must not fork after this: gRPC, which the client uses, does not survive a fork.

    Args:
        settings: the project.
        answer_seconds: how long each call goes on without an answer; by default 15 seconds of
            retries, and a minute for a single call.
    """
    with translate_errors("Firestore"):
        client = _Client(project=settings.project_id)
    client.answer_seconds = answer_seconds
    return client


class _Client(firestore.Client):  # type: ignore[misc]
    """Google's client with our timeouts, and quick to connect again.

    Google's own defaults retry a dead server for minutes, and a transaction takes no such options.
    So the defaults are replaced one layer below, where every call passes.
    """

    answer_seconds: float | None = None

    @property
    def _firestore_api(self) -> Any:
        return _ApiWithTimeouts(super()._firestore_api, self.answer_seconds)

    def _firestore_api_helper(self, _transport: Any, client_class: Any, module: Any) -> Any:
        return super()._firestore_api_helper(_Transport, client_class, module)

    def _emulator_channel(self, _transport: Any) -> Any:
        return grpc.insecure_channel(self._emulator_host, options=[*UNLIMITED, *RECONNECTING])


class _Transport(FirestoreGrpcTransport):  # type: ignore[misc]
    @classmethod
    def create_channel(cls, *args: Any, options: Any = (), **others: Any) -> Any:
        return super().create_channel(*args, options=[*options, *RECONNECTING], **others)


class _ApiWithTimeouts:
    """Google's low-level Firestore API, with our retry policy and timeout as defaults of CALLS."""

    def __init__(self, api: Any, answer_seconds: float | None) -> None:
        self._api = api
        self._answer_seconds = answer_seconds

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._api, name)
        if name not in CALLS:
            return attribute
        if (seconds := self._answer_seconds) is not None:
            # The adapters pass the usual retry policy with some calls: this one replaces it.
            limits = {"retry": retry_policy(seconds), "timeout": seconds}
            return lambda *args, **options: attribute(*args, **(options | limits))
        return partial(attribute, retry=retry_policy(), timeout=google_errors.CALL_TIMEOUT_SECONDS)


class Transaction(firestore.Transaction):  # type: ignore[misc]
    """A transaction that ignores errors of its own rollback.

    Otherwise such an error would hide the one that caused the rollback. The server ends a
    transaction by itself when it hears no more of it.
    """

    def _rollback(self) -> None:
        with suppress(GoogleAPIError, ValueError):
            super()._rollback()


def retry_policy(seconds: float | None = None) -> Any:
    """Return the policy for calls that an overloaded or unreachable server refuses.

    Args:
        seconds: after how long it gives up; by default RETRY_SECONDS.
    """
    return Retry(
        if_exception_type(ServiceUnavailable, TooManyRequests),
        initial=0.1,
        maximum=2.0,
        multiplier=1.5,
        timeout=google_errors.RETRY_SECONDS if seconds is None else seconds,
    )


def run_transaction(client: Any, work: Callable[[Any], T]) -> T:
    """Run `work` in a transaction and return its result.

    Firestore's transactions are optimistic: when another transaction changed what `work` read, the
    commit is refused and the client runs `work` again. So `work` must have no effect but its reads
    and writes, and must do all reads before the first write.
    """
    with translate_errors("Firestore"):
        result: T = firestore.transactional(work)(Transaction(client))
        return result


def set_fields(transaction: Any, reference: Any, fields: dict[str, Any]) -> None:
    """Write these fields of a document, each one whole; it may not exist yet.

    Other fields stay: a newer Redraw may have written them.
    """
    transaction.set(reference, fields, merge=sorted(fields))


def count_documents(query: Any) -> tuple[int, datetime]:
    """Count the documents that a query matches, and return the count and the server's time.

    Firestore charges one read for each thousand documents counted.
    """
    result = query.count().get(retry=retry_policy())[0][0]
    return int(result.value), result.read_time
