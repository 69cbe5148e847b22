"""Trials in Firestore, with Google's client.

A trial changes together with the release, so each method that writes does so in one transaction
over `trials/{id}` and `releases/production`. Queries have equalities alone, so that no composite
index is needed.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_by_time import ListedByTime
from pipeline.adapters.firestore_client import retry_policy, run_transaction, set_fields
from pipeline.adapters.firestore_runs import FirestoreDocuments
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import check_run
from pipeline.errors import NotFound, RedrawError, UnreadableDocument
from pipeline.records.ids import is_valid_id
from pipeline.records.reading import MAX_NAMED, Page
from pipeline.records.runs import Lease
from pipeline.records.trials import Trial, TrialLook, TrialPlan, TrialState
from pipeline.records.versions import ModelVersion, Release
from pipeline.trial.documents import (
    COLLECTION,
    add_look,
    explain_unknown,
    find_begun,
    read_current,
    read_open,
    read_trial,
    read_trials,
)
from pipeline.trial.transitions import TrialChange, begin_trial, end_trial
from pipeline.versions.documents import parse_numbers, read_release

MOST_OPEN = 20
"""The release names one trial, so more than one that is open is a rare fault."""
MOST_OF_A_VERSION = 50

T = TypeVar("T")


class FirestoreTrials:
    """A TrialStore over `trials/{id}` and `releases/production`.

    Args:
        client: of the project.
        get_version: reads the version with this number in a transaction.
    """

    def __init__(self, client: Any, get_version: Callable[[str, Any], ModelVersion]) -> None:
        self._client = client
        self._get_version = get_version
        self._collection = client.collection(COLLECTION)
        self._release = client.collection("releases").document("production")
        self._newest = ListedByTime(client, self._collection, "startedAt", Trial, read_trial)

    def current(self) -> Trial | None:
        try:
            release = self._read_release(None)[0]
        except UnreadableDocument:
            return None
        if release is None or release.trial is None:
            return None
        return read_current(release.trial, self._read_fields(release.trial.salt, None))

    def get(self, trial_id: str) -> Trial:
        return self._get(trial_id, None)

    def newest(self, version: str) -> Trial:
        if not parse_numbers([version]):
            raise NotFound(explain_unknown(version))
        with translate_errors("Firestore"):
            query = self._collection.where(filter=FieldFilter("version", "==", version))
            found = list(_stream(query.limit(MOST_OF_A_VERSION), None))
        page = read_trials(found, 1)
        if not page.records:
            raise NotFound(explain_unknown(version))
        return page.records[0]

    def page(
        self, after: str | None = None, limit: int = 50, *, state: TrialState | None = None
    ) -> Page[Trial]:
        page = self._newest.read_page(after, limit, {"state": state})
        timeless = [] if after is not None else self._newest.find_timeless()
        return page._replace(unreadable=[*page.unreadable, *timeless][:MAX_NAMED])

    def begin(
        self,
        version: str,
        plan: TrialPlan,
        *,
        replacing: int | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial, Release]:
        def write(transaction: Any) -> tuple[Trial, Release] | RedrawError:
            model = self._get_version(version, transaction)
            current, now = self._read_release(transaction)
            begun = find_begun(self._find("runId", plan.run_id, transaction), plan, version)
            opened = read_open(find_open(self._collection, transaction))
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            if begun is not None and current is not None:
                return begun, current
            change = begin_trial(model, current, opened, plan, replacing=replacing, now=now)
            self._write(transaction, change)
            return change.unpack()

        return self._commit(write)

    def note_look(self, trial_id: str, look: TrialLook, lease: Lease) -> Trial:
        def write(transaction: Any) -> Trial | RedrawError:
            trial = self._get(trial_id, transaction)
            held = check_run(FirestoreDocuments(self._client, transaction), lease)
            if isinstance(held, RedrawError):
                return held
            changed = add_look(trial, look)
            if changed is not trial:
                fields = changed.changes(["looks"])
                transaction.update(self._collection.document(trial_id), fields)
            return changed

        return self._commit(write)

    def end(
        self,
        trial_id: str,
        state: TrialState,
        reason: str,
        *,
        by: str | None = None,
        lease: Lease | None = None,
    ) -> tuple[Trial | None, Release | None]:
        def write(transaction: Any) -> TrialChange | RedrawError:
            trial = self._read(trial_id, transaction)
            try:
                current, now = self._read_release(transaction)
            except UnreadableDocument:
                current, now = None, self._release.get(transaction=transaction).read_time
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            change = end_trial(trial, current, trial_id, state=state, reason=reason, now=now, by=by)
            if change.release is not current or change.trials:
                self._write(transaction, change)
            return change

        change = self._commit(write)
        return change.trial, change.release

    def _commit(self, work: Callable[[Any], T | RedrawError]) -> T:
        """Run `work` in a transaction; an error that it returns is raised after the commit."""
        result = run_transaction(self._client, work)
        if isinstance(result, RedrawError):
            raise result
        return result

    def _write(self, transaction: Any, change: TrialChange) -> None:
        if change.release is not None:
            set_fields(transaction, self._release, change.release.document())
        write_trials(self._collection, transaction, change)

    def _read_release(self, transaction: Any) -> tuple[Release | None, Any]:
        """Return the release, None if there is none, and the server's time."""
        with translate_errors("Firestore"):
            snapshot = self._release.get(**_options(transaction))
        release = read_release(snapshot.to_dict()) if snapshot.exists else None
        return release, snapshot.read_time

    def _read_fields(self, trial_id: str, transaction: Any) -> dict[str, Any] | None:
        if not is_valid_id(trial_id):
            return None
        with translate_errors("Firestore"):
            snapshot = self._collection.document(trial_id).get(**_options(transaction))
        fields: dict[str, Any] | None = snapshot.to_dict()
        return fields

    def _get(self, trial_id: str, transaction: Any) -> Trial:
        fields = self._read_fields(trial_id, transaction)
        if fields is None:
            raise NotFound(explain_unknown(trial_id))
        return read_trial(trial_id, fields)

    def _read(self, trial_id: str, transaction: Any) -> Trial | None:
        try:
            return self._get(trial_id, transaction)
        except (NotFound, UnreadableDocument):
            return None

    def _find(self, field: str, value: str | None, transaction: Any) -> list[Any]:
        if value is None:
            return []
        query = self._collection.where(filter=FieldFilter(field, "==", value))
        return list(_stream(query.limit(MOST_OPEN), transaction))


def find_open(collection: Any, transaction: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield id and fields of the trials that are open by their documents."""
    query = collection.where(filter=FieldFilter("state", "==", "open"))
    return _stream(query.limit(MOST_OPEN), transaction)


def find_highest_fence(collection: Any, transaction: Any) -> Any:
    """Return the fields of the trial that began with the highest fence; {} if there is none."""
    query = collection.order_by("fence", direction=firestore.Query.DESCENDING).limit(1)
    return next((fields for _, fields in _stream(query, transaction)), {})


def write_trials(collection: Any, transaction: Any, change: TrialChange) -> None:
    """Write the trials of a change, each with all its fields."""
    for trial in change.trials:
        set_fields(transaction, collection.document(trial.id), trial.document())


def _stream(query: Any, transaction: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for snapshot in query.stream(**_options(transaction)):
        yield snapshot.id, snapshot.to_dict()


def _options(transaction: Any) -> dict[str, Any]:
    # A transaction without writes has the length 0, so it counts as false.
    return {"retry": retry_policy()} if transaction is None else {"transaction": transaction}
