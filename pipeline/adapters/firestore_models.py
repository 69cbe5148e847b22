"""A model registry in Firestore, with Google's client.

Each method that reads and then writes does both in one transaction. `models` may hold documents of
other writers: see `pipeline.versions.documents`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters import firestore_numbers
from pipeline.adapters.firestore_client import retry_policy, run_transaction
from pipeline.adapters.firestore_history import read_history
from pipeline.adapters.firestore_release import FirestoreRelease
from pipeline.adapters.firestore_runs import FirestoreDocuments
from pipeline.adapters.firestore_versions import read_documents, stream_ids
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.run_documents import change_run, check_publisher, check_run
from pipeline.errors import NewerDocument, NotFound, RedrawError, Unavailable
from pipeline.records.reading import Page
from pipeline.records.releases import Promotion, ReleaseChange
from pipeline.records.runs import Lease
from pipeline.records.trials import TrialPlan
from pipeline.records.versions import (
    ModelMetrics,
    ModelVersion,
    Release,
    VersionFile,
    VersionNumber,
    VersionStatus,
)
from pipeline.runs.cancelling import stop_if_cancelled
from pipeline.storage_paths import version_folder
from pipeline.versions import listing
from pipeline.versions.documents import (
    DECIDING_FIELDS,
    check_number,
    is_redraws_own,
    parse_numbers,
    read_known,
    read_release,
    read_version,
)
from pipeline.versions.endings import abandon, make_ready, withdraw_ready

RESERVE_ATTEMPTS = 5
MOST_LOOKED_AT = 20
"""Documents that say they are ready, among which one of Redraw's own is looked for."""
MOST_UNFINISHED = 50
"""Versions whose publication is looked after at once: there is rarely more than one."""
KEPT = (VersionStatus.PUBLISHING, VersionStatus.READY)
"""The states in which a version stays that of its run."""

T = TypeVar("T")


class FirestoreModels:
    """A ModelRegistry over `models/{version}` and `releases/production`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._collection = client.collection("models")
        self._release = FirestoreRelease(client)

    def reserve(
        self,
        run_id: str,
        number: Callable[[Sequence[VersionNumber]], VersionNumber],
        draft: ModelVersion,
        *,
        lease: Lease | None = None,
    ) -> ModelVersion:
        # The highest number is read and the new version is created in one transaction. `create`
        # refuses a number that another process took after the read; the next attempt reads again
        # and chooses the number after that.
        def create_next(transaction: Any) -> ModelVersion | RedrawError:
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            query = self._collection.where(filter=FieldFilter("runId", "==", run_id))
            found = query.limit(MOST_LOOKED_AT).select([]).stream(transaction=transaction)
            references = [each.reference for each in found]
            # Firestore refuses a request for no documents.
            own = self._client.get_all(references, transaction=transaction) if references else ()
            for model in read_known((each.id, each.to_dict()) for each in own if each.exists):
                if model.run_id == run_id and model.status in KEPT:
                    return model
            released = self._release.look(transaction)[0] or {}
            highest = firestore_numbers.find_highest(self._collection, transaction)
            known = [*highest, *unsorted, *parse_numbers([released.get("version")])]
            version = str(number(sorted(known)[-1:]))
            changes = {
                "version": version,
                "storage_path": version_folder(version),
                "run_id": run_id,
                "baseline": draft.baseline or version,
            }
            model = draft.model_copy(update={**changes, "status": VersionStatus.PUBLISHING})
            fields = model.document() | firestore_numbers.sort_field(version)
            transaction.create(self._collection.document(version), fields)
            return model

        for _ in range(RESERVE_ATTEMPTS):
            with translate_errors("Firestore"):
                unsorted = firestore_numbers.list_unsorted(self._collection)
            try:
                return self._commit(create_next)
            except AlreadyExists:
                continue  # another process took the number in between
        raise Unavailable(
            "no version number could be reserved, as other processes took each one first: "
            "it is tried again"
        )

    def get(self, version: str) -> ModelVersion:
        return self._get(version, None)

    def list(self) -> list[ModelVersion]:
        with translate_errors("Firestore"):
            numbers = sorted(parse_numbers(stream_ids(self._collection)), reverse=True)
            return self._read(map(str, numbers), None).records

    def page(
        self, after: str | None = None, limit: int = 50, *, status: VersionStatus | None = None
    ) -> Page[ModelVersion]:
        with translate_errors("Firestore"):
            return listing.read_page(
                stream_ids(self._collection),
                after,
                limit,
                status,
                lambda names: self._read(names, None),
            )

    def has_ready(self) -> bool:
        ready = self._collection.where(filter=FieldFilter("status", "==", "ready"))
        with translate_errors("Firestore"):
            found = ready.select(DECIDING_FIELDS).limit(MOST_LOOKED_AT).stream(retry=retry_policy())
            try:
                return any(is_redraws_own(each.id, each.to_dict()) for each in found)
            except NewerDocument:
                return True

    def unfinished(self) -> Page[ModelVersion]:
        publishing = self._collection.where(filter=FieldFilter("status", "==", "publishing"))
        clearing = self._collection.where(filter=FieldFilter("clearing", "==", True))
        with translate_errors("Firestore"):
            found = {
                each.id: None
                for query in (publishing, clearing)
                for each in query.limit(MOST_UNFINISHED).select([]).stream(retry=retry_policy())
            }
            return self._read(sorted(found), None)

    def commit(
        self,
        version: str,
        files: Sequence[VersionFile],
        metrics: ModelMetrics,
        *,
        lease: Lease | None = None,
        promotion: Promotion | None = None,
    ) -> ModelVersion:
        def end_publication(transaction: Any) -> ModelVersion | RedrawError:
            model = self._get(version, transaction)
            documents = FirestoreDocuments(self._client, transaction)
            held = check_publisher(documents, model.run_id, lease)
            if isinstance(held, RedrawError):
                return held
            if held is not None:
                stop_if_cancelled(held.run)
            made = make_ready(model, files, metrics)
            if promotion is not None:
                run_id = None if lease is None else lease.run_id
                planned = self._release.plan(made, promotion, run_id, transaction)
                self._release.write(planned, transaction)
                made = made.model_copy(update={"active": True})
            self._update(transaction, model, made)
            if held is not None and held.run.version != version:
                change_run(documents, held.run.id, held.run, {"version": version}, held.slot)
            return made

        return self._commit(end_publication)

    def give_up(
        self, version: str, *, by: str, why: str, lease: Lease | None = None, clear: bool = False
    ) -> ModelVersion:
        def abandon_number(transaction: Any) -> ModelVersion | RedrawError:
            model = self._get(version, transaction)
            documents = FirestoreDocuments(self._client, transaction)
            if model.status is not VersionStatus.PUBLISHING:
                return model
            held = check_publisher(documents, model.run_id, lease)
            if isinstance(held, RedrawError):
                return held
            now = documents.read_slot().at
            made = abandon(model, by=by, why=why, now=now, clear=clear)
            return self._update(transaction, model, made)

        return self._commit(abandon_number)

    def withdraw(
        self, version: str, *, by: str, why: str, lease: Lease | None = None
    ) -> ModelVersion:
        def take_back(transaction: Any) -> ModelVersion | RedrawError:
            model = self._get(version, transaction)
            fields, now = self._release.look(transaction)
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            release = None if fields is None else read_release(fields)
            made = withdraw_ready(model, release, by=by, why=why, now=now)
            return self._update(transaction, model, made)

        return self._commit(take_back)

    def mark_cleared(self, version: str) -> None:
        def note(transaction: Any) -> ModelVersion:
            model = self._get(version, transaction)
            made = model.model_copy(update={"clearing": False})
            return self._update(transaction, model, made)

        self._commit(note)

    def release(self) -> Release | None:
        return self._release.read()

    def promote(
        self,
        version: str,
        *,
        by: str,
        why: str,
        replacing: int | None = None,
        lease: Lease | None = None,
        watch: TrialPlan | None = None,
        trial: str | None = None,
    ) -> Release:
        # The release, its history, the flag `active` of each model and the open trial change
        # together, and only while the lease is the newest: so a worker that lost its lease, or
        # whose run was deleted or ended by hand, cannot promote any more. What the check writes for
        # such a run is committed.
        promotion = Promotion(by, why, replacing, watch, trial)
        run_id = None if lease is None else lease.run_id

        def move_release(transaction: Any) -> Release | RedrawError:
            model = self._get(version, transaction)
            if lease is not None:
                held = check_run(FirestoreDocuments(self._client, transaction), lease)
                if isinstance(held, RedrawError):
                    return held
            planned = self._release.plan(model, promotion, run_id, transaction)
            if planned.move is not None:
                self._release.write(planned, transaction)
                self._update(transaction, model, model.model_copy(update={"active": True}))
            return planned.release

        return self._commit(move_release)

    def history(self, after: str | None = None, limit: int = 50) -> Page[ReleaseChange]:
        return read_history(self._release.history, after, limit)

    def _update(self, transaction: Any, before: ModelVersion, after: ModelVersion) -> ModelVersion:
        """Write the fields of a version that change; return it as it is then."""
        names = [
            name
            for name in type(after).model_fields
            if getattr(before, name) != getattr(after, name)
        ]
        if names:
            reference = self._collection.document(before.version)
            transaction.update(reference, after.changes(names))
        return after

    def _commit(self, work: Callable[[Any], T | RedrawError]) -> T:
        """Run `work` in a transaction; an error that it returns is raised after the commit."""
        result = run_transaction(self._client, work)
        if isinstance(result, RedrawError):
            raise result
        return result

    def read_in(self, version: str, transaction: Any) -> ModelVersion:
        """Return a version as a transaction sees it; see `get`."""
        return self._get(version, transaction)

    def _get(self, version: str, transaction: Any) -> ModelVersion:
        check_number(version)  # text with a slash would be the path of another document
        with translate_errors("Firestore"):
            snapshot = self._collection.document(version).get(transaction=transaction)
        if not snapshot.exists:
            raise NotFound(f"there is no version {version}: `redraw models` lists them")
        return read_version(version, snapshot.to_dict())

    def _read(self, names: Iterable[str], transaction: Any) -> Page[ModelVersion]:
        return read_documents(self._client, self._collection, names, transaction)
