"""The game's corrections in dictionaries, for unit tests.

The same contract as the adapter for Firestore; what it stores ends with the process.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pipeline.corrections.decisions import apply_choice, is_overruled, read_reason, read_state
from pipeline.errors import NotFound
from pipeline.records.corrections import (
    Answers,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Retraining,
)


class MemoryCorrections:
    """A CorrectionSource over a dictionary of documents, which tests fill directly."""

    def __init__(self, documents: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.documents: dict[str, dict[str, Any]] = dict(documents or {})
        self.decided: dict[str, OwnerDecision] = {}
        self.written: dict[str, datetime] = {}
        """When a document was last written, by its id, where that is not its `timestamp`."""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._lock = threading.Lock()

    def adopt(self) -> int:
        with self._lock:
            orphans = [name for name, fields in self.documents.items() if "status" not in fields]
            for name in orphans:
                self._write(name, {"status": str(CorrectionState.PENDING)})
            return len(orphans)

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        for name, fields in sorted(self.documents.items()):
            if fields.get("status") == CorrectionState.PENDING and (
                behind is None or name > behind
            ):
                yield CorrectionDocument(name, deepcopy(fields))

    def count_pending(self) -> int:
        return sum(1 for _ in self.pending())

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
            for fields in self.documents.values()
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

    def find(
        self,
        state: CorrectionState,
        *,
        reason: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        matching = (
            CorrectionDocument(name, deepcopy(fields))
            for name, fields in sorted(self.documents.items())
            if read_state(fields) is state
            and reason in (None, read_reason(fields))
            and (after is None or name > after)
        )
        return list(islice(matching, limit))

    def get(self, correction_id: str) -> CorrectionDocument:
        if correction_id not in self.documents:
            raise NotFound("there is no such correction: `redraw corrections` lists them")
        return CorrectionDocument(correction_id, deepcopy(self.documents[correction_id]))

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        with self._lock:
            known = self.decided.get(correction_id)
            decision, changes = apply_choice(
                self.get(correction_id), known, choice, by, self.clock()
            )
            self.decided[correction_id] = decision
            if changes:
                self._write(correction_id, changes)
            return decision

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        return {
            name: decision for name, decision in self.decided.items() if ids is None or name in ids
        }

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        moved = 0
        with self._lock:
            for name, retraining in outcomes.items():
                document = self.documents.get(name)
                if is_overruled(retraining, self.decided.get(name)):
                    continue
                if document is not None and document.get("status") == CorrectionState.PENDING:
                    self._write(
                        name, {"status": str(retraining.state), "retraining": retraining.document()}
                    )
                    moved += 1
        return moved

    def _write(self, name: str, changes: Mapping[str, Any]) -> None:
        self.documents[name].update(changes)
        self.written[name] = self.clock()
