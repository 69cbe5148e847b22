"""The game's corrections in dictionaries, for unit tests.

The same contract as the adapter for Firestore; what it stores ends with the process.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pipeline.adapters.memory_decisions import MemoryDecisions
from pipeline.adapters.memory_finding import fits, show_listed
from pipeline.corrections.decisions import (
    can_be_overruled,
    can_settle,
    is_overruled,
    read_reason,
    read_state,
)
from pipeline.corrections.digests import digest_document
from pipeline.corrections.fields import read_player_id
from pipeline.corrections.game_schema import DEFAULT, GameSchema
from pipeline.corrections.guesses import read_guesses
from pipeline.corrections.players import CONTRADICTED
from pipeline.errors import NotFound
from pipeline.records.corrections import (
    Answers,
    Asked,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    Retraining,
    StatusCount,
    StatusCounts,
    Wanted,
)
from pipeline.records.ids import is_valid_id

OWNED = ("userId", "imageStoragePath")
"""The fields that `owners` returns."""
FATE = ("userId", "status")
"""The fields that `fates` returns, besides the reason."""


class MemoryCorrections(MemoryDecisions):
    """A CorrectionSource over a dictionary of documents, which tests fill directly."""

    def __init__(
        self,
        documents: Mapping[str, dict[str, Any]] | None = None,
        schema: GameSchema = DEFAULT,
    ) -> None:
        super().__init__()
        self.documents: dict[str, dict[str, Any]] = dict(documents or {})
        self.written: dict[str, datetime] = {}
        """When a document was last written, by its id, where that is not its `timestamp`."""
        self.created: dict[str, datetime] = {}
        """When a document was created, likewise."""
        self.guesses: dict[str, dict[str, Any]] = {}
        """Documents of `guesses`, by version."""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._schema = schema
        self._lock = threading.Lock()

    def adopt(self) -> int:
        status = self._schema.find_name("status")
        return self._make_pending(
            lambda _, fields: status not in fields and self._schema.is_new(fields), None
        )

    def adopt_status(self, value: Any, limit: int) -> int:
        status = self._schema.find_name("status")
        return self._make_pending(
            lambda _, fields: status in fields and _is_same(fields[status], value), limit
        )

    def reopen(self, reason: str, limit: int) -> int:
        wanted = Wanted(CorrectionState.REFUSED, reason)
        return self._make_pending(lambda _, fields: fits(fields, self._schema, wanted), limit)

    def count_statuses(self) -> StatusCounts:
        status = self._schema.find_name("status")
        values: list[StatusCount] = []
        for fields in self.documents.values():
            if status in fields:
                same = [_is_same(count.value, fields[status]) for count in values]
                index = same.index(True) if True in same else len(values)
                number = values[index].documents if True in same else 0
                values[index : index + 1] = [StatusCount(fields[status], number + 1)]
        total = len(self.documents)
        return StatusCounts(total, total - sum(each.documents for each in values), tuple(values))

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        for name in sorted(self.documents):
            document = self._read(name)
            is_pending = document.fields.get("status") == CorrectionState.PENDING
            if is_pending and (behind is None or name > behind):
                yield document

    def count_pending(self) -> int:
        return self.count(CorrectionState.PENDING)

    def count_about_trial(self, version: str | None) -> int:
        name = "asked" if version is None else "modelVersion"
        value = str(Asked.DISAGREEMENT) if version is None else version
        return sum(document.fields.get(name) == value for document in self.pending())

    def backlog(self) -> Backlog:
        return Backlog(self.count_pending(), self.clock())

    def pending_since(self, before: datetime) -> datetime | None:
        claimed = {document.id: document.fields.get("timestamp") for document in self.pending()}
        written = [
            self.written.get(name, time)
            for name, time in claimed.items()
            if isinstance(time, datetime) and time <= before
        ]
        return min((time for time in written if time <= before), default=None)

    def answers(
        self, version: str, start: datetime, end: datetime, categories: Sequence[str]
    ) -> Answers:
        answers = [
            fields
            for fields in (self._read(name).fields for name in self.documents)
            if fields.get("modelVersion") == version
            and isinstance(time := fields.get("timestamp"), datetime)
            and start <= time < end
        ]
        confirmations = sum(
            fields.get("correctedLabel") in categories
            and fields.get("correctedLabel") == fields.get("originalPrediction")
            for fields in answers
        )
        return Answers(len(answers) - confirmations, confirmations)

    def count_guesses(self, version: str) -> int | None:
        return read_guesses(self.guesses.get(version))

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
        if after is not None and not is_valid_id(after):
            return []
        wanted = Wanted(state, reason, run_id, category, player)
        found = (name for name in self._find(wanted) if after is None or name > after)
        return [show_listed(self._read(name)) for name in islice(found, limit)]

    def count(
        self,
        state: CorrectionState | None,
        reason: str | None = None,
        *,
        run_id: str | None = None,
        category: str | None = None,
        player: str | None = None,
    ) -> int:
        return sum(1 for _ in self._find(Wanted(state, reason, run_id, category, player)))

    def _find(self, wanted: Wanted) -> Iterator[str]:
        found = sorted(self.documents.items())
        return (name for name, fields in found if fits(fields, self._schema, wanted))

    def contradicted(self, users: Collection[str]) -> dict[str, int]:
        wanted = {user for user in users if self._schema.list_player_values(user)}
        return Counter(
            user
            for fields in (self._read(name).fields for name in self.documents)
            if (user := read_player_id(fields.get("userId"))) in wanted
            and (read_state(fields), read_reason(fields)) in CONTRADICTED
        )

    def create(self, correction_id: str, fields: Mapping[str, Any]) -> bool:
        now = self.clock()
        with self._lock:
            if correction_id in self.documents:
                return False
            document = self._schema.write({**deepcopy(dict(fields)), "timestamp": now})
            self.documents[correction_id] = document
            self.written[correction_id] = self.created[correction_id] = now
            return True

    def get(self, correction_id: str) -> CorrectionDocument:
        if correction_id not in self.documents:
            raise NotFound("there is no such correction: `redraw corrections` lists them")
        return self._read(correction_id)

    def look_up(self, ids: Collection[str]) -> dict[str, CorrectionDocument]:
        return {name: show_listed(self._read(name)) for name in ids if name in self.documents}

    def owners(self) -> Iterator[CorrectionDocument]:
        for name in sorted(self.documents):
            document = self._read(name)
            shown = {key: document.fields[key] for key in OWNED if key in document.fields}
            yield document._replace(fields=shown)

    def fates(self) -> Iterator[CorrectionDocument]:
        for name in sorted(self.documents):
            document = self._read(name)
            shown = {key: document.fields[key] for key in FATE if key in document.fields}
            if (reason := read_reason(document.fields)) is not None:
                shown["retraining"] = {"reason": reason}
            yield document._replace(fields=shown)

    def digests(self, ids: Collection[str]) -> dict[str, str]:
        decided = {name: decision.document() for name, decision in self.decided.items()}
        places = {
            self._schema.collection: self.documents,
            "decisions": {**self.odd_decisions, **decided},
        }
        return {
            f"{collection}/{name}": digest_document(
                documents[name], self._schema.list_names("userId")
            )
            for collection, documents in places.items()
            for name in ids
            if name in documents
        }

    def delete(self, ids: Collection[str]) -> None:
        with self._lock:
            for name in ids:
                for documents in (self.documents, self.decided, self.odd_decisions):
                    documents.pop(name, None)

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        moved = 0
        with self._lock:
            for name, retraining in outcomes.items():
                document = self._read(name).fields if name in self.documents else {}
                newer = can_be_overruled(retraining) and self.find_odd([name]).newer
                if newer or is_overruled(retraining, self.decided.get(name)):
                    continue
                if can_settle(document, retraining):
                    self._write(name, self._schema.settle(retraining))
                    moved += 1
        return moved

    def _read(self, name: str) -> CorrectionDocument:
        fields = self._schema.read(name, deepcopy(self.documents[name]))
        claimed = fields.get("timestamp")
        created = self.created.get(name, claimed if isinstance(claimed, datetime) else None)
        return CorrectionDocument(name, fields, created, self.clock())

    def _make_pending(
        self, is_meant: Callable[[str, dict[str, Any]], bool], limit: int | None
    ) -> int:
        with self._lock:
            meant = (
                name for name, fields in sorted(self.documents.items()) if is_meant(name, fields)
            )
            chosen = list(islice(meant, limit))
            for name in chosen:
                self._write(name, self._schema.spell({"status": str(CorrectionState.PENDING)}))
            return len(chosen)

    def _write(self, name: str, changes: Mapping[str, Any]) -> None:
        self.documents[name].update(changes)
        self.written[name] = self.clock()


def _is_same(first: Any, second: Any) -> bool:
    """Return whether Firestore takes two values for the same: true is no 1, and NaN is NaN."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    return bool(first == second) or (first != first and second != second)  # noqa: PLR0124 - NaN
