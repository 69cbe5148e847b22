"""Corrections, runs, models and the release over Firestore, by Google's own client.

What must happen together happens in one transaction. The clock is the server's: the read time of what a transaction read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from google.api_core.exceptions import AlreadyExists, GoogleAPIError, ServiceUnavailable, TooManyRequests
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters import faults
from pipeline.adapters.faults import told_plainly
from pipeline.errors import (
    LeaseHeld,
    LeaseLost,
    NotFound,
    RunFinished,
    RunInProgress,
    Unavailable,
)
from pipeline.records import (
    CorrectionDocument,
    CorrectionState,
    Lease,
    ModelMetrics,
    ModelVersion,
    Release,
    Retraining,
    Run,
    VersionFile,
    VersionNumber,
    VersionStatus,
    version_folder,
)
from pipeline.release import next_release
from pipeline.settings import Settings

PAGE = 300  # documents a query answers with
SETTLED_AT_ONCE = 100  # documents a transaction moves on
RESERVE_ATTEMPTS = 5
CALLS = frozenset({"batch_get_documents", "begin_transaction", "commit", "rollback", "run_aggregation_query", "run_query"})
LONGEST_ID = 1500  # bytes
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


def firestore_client(settings: Settings) -> Any:
    """The project's Firestore; no call is made yet. Never before a fork."""
    with told_plainly("Firestore"):
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
        return partial(found, retry=_retry(), timeout=faults.ANSWER_SECONDS) if name in CALLS else found


class _Transaction(firestore.Transaction):  # type: ignore[misc]
    """A transaction whose failed rollback does not hide why it was rolled back. The server forgets it by itself."""

    def _rollback(self) -> None:
        with suppress(GoogleAPIError, ValueError):
            super()._rollback()


def _retry() -> Any:
    passing = if_exception_type(ServiceUnavailable, TooManyRequests)
    return Retry(passing, initial=0.1, maximum=2.0, multiplier=1.5, timeout=faults.PATIENCE_SECONDS)


def _transact(client: Any, work: Callable[[Any], T]) -> T:
    """Runs `work` in a transaction, again when it met another one; `work` must read before it writes."""
    with told_plainly("Firestore"):
        done: T = firestore.transactional(work)(_Transaction(client))
        return done


def _may_be_id(text: str) -> bool:
    """Whether a document can have that id; Firestore calls anything else an invalid argument."""
    return bool(re.fullmatch(r"(?!\.{1,2}$|__.*__$)[^/]+", text, re.DOTALL)) and len(text.encode()) <= LONGEST_ID


class FirestoreCorrections:
    """A CorrectionSource over `corrections/{id}`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("corrections")

    def pending(self) -> Iterator[CorrectionDocument]:
        # Ordered by id, never by a field: Firestore leaves out documents that lack the field.
        query = self._waiting().order_by("__name__").limit(PAGE)
        last = None
        while True:
            with told_plainly("Firestore"):
                page = list((query.start_after(last) if last is not None else query).stream(retry=_retry()))
            for snapshot in page:
                yield CorrectionDocument(snapshot.id, snapshot.to_dict())
            if len(page) < PAGE:
                return
            last = page[-1]

    def count_pending(self) -> int:
        with told_plainly("Firestore"):
            return int(self._waiting().count().get(retry=_retry())[0][0].value)

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        names = sorted(outcomes)
        pages = (names[at : at + SETTLED_AT_ONCE] for at in range(0, len(names), SETTLED_AT_ONCE))
        return sum(self._settle_page({name: outcomes[name] for name in page}) for page in pages)

    def _settle_page(self, outcomes: Mapping[str, Retraining]) -> int:
        references = [self._collection.document(name) for name in outcomes]

        def move(transaction: Any) -> int:
            waiting = [
                found
                for found in self._client.get_all(references, transaction=transaction)
                if (found.to_dict() or {}).get("status") == CorrectionState.PENDING
            ]
            for found in waiting:
                outcome = outcomes[found.id]
                transaction.update(found.reference, {"status": str(outcome.state), "retraining": outcome.document()})
            return len(waiting)

        return _transact(self._client, move)

    def _waiting(self) -> Any:
        return self._collection.where(filter=FieldFilter("status", "==", str(CorrectionState.PENDING)))


class _Slot:
    """The document `leases/retraining`: which run is under way, who executes it, until when, and the newest fence."""

    def __init__(self, client: Any) -> None:
        self.reference = client.collection("leases").document("retraining")

    def read(self, transaction: Any = None) -> tuple[dict[str, Any], datetime]:
        """Its fields, and the server's time."""
        found = self.reference.get(transaction=transaction)
        empty = {"runId": None, "holder": None, "fence": 0, "expiresAt": LONG_AGO}
        return {**empty, **(found.to_dict() or {})}, found.read_time

    def proven(self, lease: Lease, transaction: Any) -> tuple[dict[str, Any], datetime]:
        """As `read`. Raises LeaseLost when `lease` is not the newest."""
        fields, now = self.read(transaction)
        if (fields["runId"], fields["fence"]) != (lease.run_id, lease.fence):
            raise LeaseLost(f"run {lease.run_id} was taken over by another worker; this one stops")
        return fields, now


class FirestoreRuns:
    """A RunStore over `training_runs/{runId}` and the slot."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("training_runs")
        self._slot = _Slot(client)

    def request(self, run: Run) -> Run:
        reference = self._collection.document(run.id)

        def claim_slot(transaction: Any) -> Run:
            known = reference.get(transaction=transaction)
            slot, _ = self._slot.read(transaction)
            if known.exists:
                return Run.from_document(known.to_dict())
            if slot["runId"] is not None:
                raise RunInProgress(slot["runId"])
            transaction.create(reference, run.document())
            transaction.set(self._slot.reference, {**slot, "runId": run.id, "holder": None, "expiresAt": LONG_AGO})
            return run

        return _transact(self._client, claim_slot)

    def get(self, run_id: str) -> Run:
        return self._get(run_id, None)

    def list(self, limit: int = 50) -> list[Run]:
        newest = self._collection.order_by("requestedAt", direction=firestore.Query.DESCENDING).limit(limit)
        with told_plainly("Firestore"):
            return [Run.from_document(found.to_dict()) for found in newest.stream(retry=_retry())]

    def abandoned(self) -> Run | None:
        with told_plainly("Firestore"):
            slot, now = self._slot.read()
            if slot["runId"] is None or (slot["holder"] is not None and slot["expiresAt"] > now):
                return None
        return self.get(slot["runId"])

    def claim(self, run_id: str, holder: str, seconds: float) -> Lease:
        def take(transaction: Any) -> Lease:
            run = self._get(run_id, transaction)
            slot, now = self._slot.read(transaction)
            if run.state.ended or slot["runId"] != run_id:
                raise RunFinished(f"run {run_id} has ended: {run.state}")
            if slot["holder"] not in (None, holder) and slot["expiresAt"] > now:
                raise LeaseHeld(f"run {run_id} is being executed by {slot['holder']}")
            lease = Lease(run_id, slot["fence"] + 1)
            fields = {**slot, "holder": holder, "fence": lease.fence, "expiresAt": now + timedelta(seconds=seconds)}
            transaction.set(self._slot.reference, fields)
            transaction.update(self._collection.document(run_id), {"attempts": run.attempts + 1})
            return lease

        return _transact(self._client, take)

    def renew(self, lease: Lease, seconds: float) -> None:
        def extend(transaction: Any) -> None:
            _, now = self._slot.proven(lease, transaction)
            transaction.update(self._slot.reference, {"expiresAt": now + timedelta(seconds=seconds)})

        _transact(self._client, extend)

    def record(self, lease: Lease, changes: Mapping[str, Any]) -> Run:
        def write(transaction: Any) -> Run:
            slot, now = self._slot.proven(lease, transaction)
            run = self._get(lease.run_id, transaction).model_copy(update={**changes, "updated_at": now})
            fields = run.model_dump(by_alias=True, include={*changes, "updated_at"})
            transaction.update(self._collection.document(run.id), fields)
            if run.state.ended:
                transaction.set(self._slot.reference, {**slot, "runId": None, "holder": None})
            return run

        return _transact(self._client, write)

    def _get(self, run_id: str, transaction: Any) -> Run:
        found = None
        if _may_be_id(run_id):
            with told_plainly("Firestore"):
                found = self._collection.document(run_id).get(transaction=transaction)
        if found is None or not found.exists:
            raise NotFound(f"there is no run {run_id}: `redraw runs` lists them")
        return Run.from_document(found.to_dict())


class FirestoreModels:
    """A ModelRegistry over `models/{version}` and `releases/production`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("models")
        self._release = client.collection("releases").document("production")
        self._slot = _Slot(client)

    def reserve(
        self, run_id: str, number: Callable[[Sequence[VersionNumber]], VersionNumber], draft: ModelVersion
    ) -> ModelVersion:
        def pick(transaction: Any) -> ModelVersion:
            known = [ModelVersion.from_document(found.to_dict()) for found in self._collection.stream(transaction=transaction)]
            for model in known:
                if model.run_id == run_id:
                    return model
            version = str(number([VersionNumber.parse(model.version) for model in known]))
            changes = {"version": version, "storage_path": version_folder(version), "run_id": run_id}
            model = draft.model_copy(update={**changes, "status": VersionStatus.PUBLISHING})
            transaction.create(self._collection.document(version), model.document())
            return model

        for _ in range(RESERVE_ATTEMPTS):
            try:
                return _transact(self._client, pick)
            except AlreadyExists:
                continue  # somebody else took the number in between
        raise Unavailable("no version number could be reserved, others were quicker each time: it is tried again")

    def get(self, version: str) -> ModelVersion:
        return self._get(version, None)

    def list(self) -> list[ModelVersion]:
        with told_plainly("Firestore"):
            found = [ModelVersion.from_document(each.to_dict()) for each in self._collection.stream(retry=_retry())]
        return sorted(found, key=lambda model: VersionNumber.parse(model.version), reverse=True)

    def mark_ready(self, version: str, files: Sequence[VersionFile], metrics: ModelMetrics) -> ModelVersion:
        def commit(transaction: Any) -> ModelVersion:
            model = self._get(version, transaction)
            if model.status is not VersionStatus.PUBLISHING:
                return model
            model = model.model_copy(update={"status": VersionStatus.READY, "files": list(files), "metrics": metrics})
            fields = model.model_dump(by_alias=True, include={"status", "files", "metrics"})
            transaction.update(self._collection.document(version), fields)
            return model

        return _transact(self._client, commit)

    def release(self) -> Release | None:
        return self._current(None)[0]

    def promote(self, version: str, *, replacing: int | None = None, lease: Lease | None = None) -> Release:
        def point(transaction: Any) -> Release:
            model, (current, now) = self._get(version, transaction), self._current(transaction)
            if lease is not None:
                self._slot.proven(lease, transaction)
            active = list(self._collection.where(filter=FieldFilter("active", "==", True)).stream(transaction=transaction))
            release = next_release(model, current, replacing, now)
            if release is current:
                return release
            transaction.set(self._release, release.document())
            for found in active:
                transaction.update(found.reference, {"active": False})
            transaction.update(self._collection.document(version), {"active": True})
            return release

        return _transact(self._client, point)

    def _get(self, version: str, transaction: Any) -> ModelVersion:
        VersionNumber.parse(version)  # a path is no version, and no document id either
        with told_plainly("Firestore"):
            found = self._collection.document(version).get(transaction=transaction)
        if not found.exists:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return ModelVersion.from_document(found.to_dict())

    def _current(self, transaction: Any) -> tuple[Release | None, datetime]:
        """The release, and the server's time."""
        with told_plainly("Firestore"):
            found = self._release.get(transaction=transaction)
        return Release.from_document(found.to_dict()) if found.exists else None, found.read_time
