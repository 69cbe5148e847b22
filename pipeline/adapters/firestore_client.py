"""Google's Firestore client with our patience, and transactions over it; what the other adapters of Firestore share."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from google.api_core.exceptions import GoogleAPIError, ServiceUnavailable, TooManyRequests
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore

from pipeline.adapters import faults
from pipeline.adapters.faults import translate_errors
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
LONGEST_ID = 1500  # bytes

T = TypeVar("T")


def firestore_client(settings: Settings) -> Any:
    """The project's Firestore; no call is made yet. Never before a fork."""
    with translate_errors("Firestore"):
        return _Client(project=settings.project_id)


class _Client(firestore.Client):  # type: ignore[misc]
    """Google's client with our patience: by itself it tries a dead server for minutes, and transactions take no setting."""

    @property
    def _firestore_api(self) -> Any:
        return _Patient(super()._firestore_api)


class _Patient:
    """The calls below Google's client, each with our patience unless it is given another."""

    def __init__(self, api: Any) -> None:
        self._api = api

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._api, name)
        return (
            partial(found, retry=retry(), timeout=faults.ANSWER_SECONDS) if name in CALLS else found
        )


class Transaction(firestore.Transaction):  # type: ignore[misc]
    """A transaction whose failed rollback does not hide why it was rolled back. The server forgets it by itself."""

    def _rollback(self) -> None:
        with suppress(GoogleAPIError, ValueError):
            super()._rollback()


def retry() -> Any:
    """How long and how often a call is tried again while the server asks to be left alone."""
    passing = if_exception_type(ServiceUnavailable, TooManyRequests)
    return Retry(passing, initial=0.1, maximum=2.0, multiplier=1.5, timeout=faults.PATIENCE_SECONDS)


def transact(client: Any, work: Callable[[Any], T]) -> T:
    """Runs `work` in a transaction, again when it met another one; `work` must read before it writes."""
    with translate_errors("Firestore"):
        done: T = firestore.transactional(work)(Transaction(client))
        return done


def counted(query: Any) -> tuple[int, datetime]:
    """How many documents a query finds, and the server's time; a thousand cost as much as one that is read."""
    found = query.count().get(retry=retry())[0][0]
    return int(found.value), found.read_time


def may_be_id(text: str) -> bool:
    """Whether a document can have that id; Firestore calls anything else an invalid argument."""
    return (
        bool(re.fullmatch(r"(?!\.{1,2}$|__.*__$)[^/\ud800-\udfff]+", text, re.DOTALL))
        and len(text.encode()) <= LONGEST_ID
    )
