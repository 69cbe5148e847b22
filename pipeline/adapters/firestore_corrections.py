"""The game's corrections in Firestore, with Google's client."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore import SERVER_TIMESTAMP

from pipeline.adapters import (
    firestore_backlog,
    firestore_finding,
    firestore_forgetting,
    firestore_players,
    firestore_statuses,
)
from pipeline.adapters.firestore_client import run_transaction
from pipeline.adapters.firestore_decisions import FirestoreDecisions, read_correction
from pipeline.adapters.firestore_statuses import (
    listed_paths,
    path_of,
    stream_by_id,
    where,
)
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.decisions import can_be_overruled, can_settle, is_overruled
from pipeline.corrections.game_schema import DEFAULT, GameSchema
from pipeline.records.corrections import (
    Answers,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Retraining,
    StatusCounts,
    Undone,
    Wanted,
)
from pipeline.records.ids import is_valid_id
from pipeline.records.reading import Page, Unreadable

SETTLE_PAGE_SIZE = 100
"""Corrections that one transaction settles."""
MAX_FIELD_CHARACTERS = 2000
"""Longer fields are dropped from a document that is too full to be settled."""


class FirestoreCorrections:
    """A CorrectionSource over the game's collection; the owners' decisions are in `decisions`."""

    def __init__(self, client: Any, schema: GameSchema = DEFAULT) -> None:
        self._client = client
        self._schema = schema
        self._collection = client.collection(schema.collection)
        self._status = path_of(schema, "status")
        self._decisions = FirestoreDecisions(client, schema)

    def adopt(self) -> int:
        return firestore_statuses.adopt(self._client, self._collection, self._schema)

    def adopt_status(self, value: Any, limit: int) -> int:
        return firestore_statuses.adopt_status(
            self._client, self._collection, self._schema, value, limit
        )

    def reopen(self, reason: str, limit: int) -> int:
        return firestore_statuses.reopen(
            self._client, self._collection, self._schema, reason, limit
        )

    def count_statuses(self) -> StatusCounts:
        return firestore_statuses.count_statuses(self._collection, self._schema)

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        start = None if behind is None else self._collection.document(behind)
        with translate_errors("Firestore"):
            for snapshot in stream_by_id(self._pending_query(), start):
                yield self._read(snapshot)

    def count_pending(self) -> int:
        return self.backlog().pending

    def count_about_trial(self, version: str | None) -> int:
        return firestore_backlog.count_about_trial(self._pending_query(), self._schema, version)

    def backlog(self) -> Backlog:
        return firestore_backlog.count_backlog(self._pending_query())

    def pending_since(self, before: datetime) -> datetime | None:
        return firestore_backlog.find_pending_since(self._pending_query(), self._schema, before)

    def answers(
        self, version: str, start: datetime, end: datetime, categories: Sequence[str]
    ) -> Answers:
        return firestore_backlog.count_answers(
            self._collection, self._schema, version, start, end, categories=categories
        )

    def count_guesses(self, version: str) -> int | None:
        return firestore_backlog.count_guesses(self._client, version)

    def find(
        self,
        state: CorrectionState | None,
        *,
        reason: str | None = None,
        run_id: str | None = None,
        category: str | None = None,
        player: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        wanted = Wanted(state, reason, run_id, category, player)
        found = firestore_finding.find(self._collection, self._schema, wanted, after, limit)
        return [self._read(snapshot) for snapshot in found]

    def count(
        self,
        state: CorrectionState | None,
        reason: str | None = None,
        *,
        run_id: str | None = None,
        category: str | None = None,
        player: str | None = None,
    ) -> int:
        wanted = Wanted(state, reason, run_id, category, player)
        return firestore_finding.count(self._collection, self._schema, wanted)

    def contradicted(self, users: Collection[str]) -> dict[str, int]:
        return firestore_players.count_contradicted(self._collection, self._schema, users)

    def create(self, correction_id: str, fields: Mapping[str, Any]) -> bool:
        document = self._schema.write({**fields, "timestamp": SERVER_TIMESTAMP})
        try:
            with translate_errors("Firestore"):
                self._collection.document(correction_id).create(document)
        except exceptions.AlreadyExists:
            return False
        return True

    def get(self, correction_id: str) -> CorrectionDocument:
        return self._decisions.get_correction(correction_id)

    def look_up(self, ids: Collection[str]) -> dict[str, CorrectionDocument]:
        references = [self._collection.document(name) for name in ids if is_valid_id(name)]
        if not references:
            return {}
        with translate_errors("Firestore"):
            snapshots = self._client.get_all(references, listed_paths(self._schema))
            return {snapshot.id: self._read(snapshot) for snapshot in snapshots if snapshot.exists}

    def owners(self) -> Iterator[CorrectionDocument]:
        for snapshot in firestore_forgetting.stream_owners(self._collection, self._schema):
            document = self._read(snapshot)
            shown = {
                name: document.fields[name]
                for name in firestore_forgetting.OWNED
                if name in document.fields
            }
            yield document._replace(fields=shown)

    def fates(self) -> Iterator[CorrectionDocument]:
        for snapshot in firestore_players.stream_fates(self._collection, self._schema):
            yield self._read(snapshot)

    def digests(self, ids: Collection[str]) -> dict[str, str]:
        decisions = self._decisions.collection
        collections = {self._schema.collection: self._collection, "decisions": decisions}
        return firestore_forgetting.compute_digests(self._client, collections, self._schema, ids)

    def delete(self, ids: Collection[str]) -> None:
        firestore_forgetting.delete_all(
            self._client, (self._collection, self._decisions.collection), ids
        )

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        return self._decisions.decide(correction_id, choice, by)

    def decide_waiting(
        self, ids: Collection[str], choice: OwnerChoice, by: str, batch: str | None = None
    ) -> list[OwnerDecision]:
        return self._decisions.decide_waiting(ids, choice, by, batch)

    def undecide(
        self, ids: Collection[str], *, at: datetime | None = None, batch: str | None = None
    ) -> Undone:
        return self._decisions.undecide(ids, at, batch)

    def decisions(self, ids: Collection[str], *, strict: bool = False) -> dict[str, OwnerDecision]:
        return self._decisions.get(ids, strict=strict)

    def page_decisions(
        self, after: str | None = None, limit: int = 50, *, by: str | None = None
    ) -> Page[OwnerDecision]:
        return self._decisions.read_page(after, limit, by)

    def find_batch(self, batch: str, after: str | None = None, limit: int = 50) -> list[str]:
        return self._decisions.find_batch(batch, after, limit)

    def count_batch(self, batch: str) -> int:
        return self._decisions.count_batch(batch)

    def unreadable_decisions(self) -> list[Unreadable]:
        return self._decisions.list_unreadable()

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        ids = sorted(outcomes)
        pages = (
            ids[start : start + SETTLE_PAGE_SIZE] for start in range(0, len(ids), SETTLE_PAGE_SIZE)
        )
        return sum(self._settle_page({name: outcomes[name] for name in page}) for page in pages)

    def _settle_page(self, outcomes: Mapping[str, Retraining]) -> int:
        """Settle these corrections in one transaction; return how many were moved on.

        Firestore limits a document to 1 MiB. A player can fill a document so that adding the
        outcome would exceed the limit; then Firestore refuses the whole transaction. Such a
        document must not block the others, so each is then settled alone, and in the full one the
        player's own long or unknown fields are dropped to make room.
        """
        try:
            return self._settle_together(outcomes, drop_long_fields=False)
        except exceptions.InvalidArgument:
            if len(outcomes) > 1:
                return sum(self._settle_page({name: outcome}) for name, outcome in outcomes.items())
            return self._settle_together(outcomes, drop_long_fields=True)

    def _settle_together(
        self, outcomes: Mapping[str, Retraining], *, drop_long_fields: bool
    ) -> int:
        references = [self._collection.document(name) for name in outcomes]
        overrulable = [name for name, outcome in outcomes.items() if can_be_overruled(outcome)]
        # Documents can be large, so only the status is read where the rest is not needed.
        fields = None if drop_long_fields else [self._status, "retraining"]

        def move(transaction: Any) -> int:
            decided = self._decisions.get_in(overrulable, transaction)
            snapshots = list(self._client.get_all(references, fields, transaction))
            pending = [
                snapshot
                for snapshot in snapshots
                if snapshot.exists
                and can_settle(self._read(snapshot).fields, outcomes[snapshot.id])
                and snapshot.id not in decided.newer
                and not is_overruled(outcomes[snapshot.id], decided.known.get(snapshot.id))
            ]
            for snapshot in pending:
                changes = self._schema.settle(outcomes[snapshot.id])
                if drop_long_fields:
                    shortened = _keep_short_game_fields(snapshot.to_dict(), self._schema)
                    transaction.set(snapshot.reference, shortened | changes)
                else:
                    transaction.update(snapshot.reference, changes)
            return len(pending)

        return run_transaction(self._client, move)

    def _pending_query(self) -> Any:
        return where(self._collection, self._status, str(CorrectionState.PENDING))

    def _read(self, snapshot: Any) -> CorrectionDocument:
        return read_correction(snapshot, self._schema)


def _keep_short_game_fields(fields: Mapping[str, Any], schema: GameSchema) -> dict[str, Any]:
    """Return the fields that the game's own clients write, without overlong ones."""
    game_fields = {path.partition(".")[0] for path in schema.list_fields()}
    return {
        name: value
        for name, value in fields.items()
        if name in game_fields and len(repr(value)) <= MAX_FIELD_CHARACTERS
    }
