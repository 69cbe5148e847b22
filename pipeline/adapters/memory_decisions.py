"""The owners' decisions in memory, for unit tests; see `firestore_decisions`."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from pipeline.adapters.memory_by_time import MemoryByTime
from pipeline.corrections.decided import Decided, find_decided, read_decision, read_decisions
from pipeline.corrections.decisions import apply_choice, read_state
from pipeline.corrections.game_schema import GameSchema
from pipeline.corrections.undoing import apply_undo, check_seen
from pipeline.errors import NotFound, NotQuarantined
from pipeline.records.corrections import (
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Undone,
)
from pipeline.records.reading import MAX_NAMED, Page, Unreadable


class MemoryDecisions(ABC):
    """What `MemoryCorrections` does with decisions."""

    documents: dict[str, dict[str, Any]]
    clock: Callable[[], datetime]
    _schema: GameSchema
    _lock: threading.Lock

    def __init__(self) -> None:
        self.decided: dict[str, OwnerDecision] = {}
        self.odd_decisions: dict[str, dict[str, Any]] = {}
        """Documents of `decisions` that a person or another program wrote, by id."""

    @abstractmethod
    def get(self, correction_id: str) -> CorrectionDocument:
        """Return one document; see the port."""

    @abstractmethod
    def _write(self, name: str, changes: Mapping[str, Any]) -> None:
        """Change fields of a document, by the game's names."""

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        with self._lock:
            self.find_odd([correction_id]).require_known()
            known = self.decided.get(correction_id)
            return self._record(self.get(correction_id), known, choice, by, None)

    def decide_waiting(
        self, ids: Collection[str], choice: OwnerChoice, by: str, batch: str | None = None
    ) -> list[OwnerDecision]:
        with self._lock:
            documents = [self.get(name) for name in ids if name in self.documents]
            return [
                self._record(document, None, choice, by, batch)
                for document in documents
                if read_state(document.fields) is CorrectionState.QUARANTINED
            ]

    def undecide(
        self, ids: Collection[str], *, at: datetime | None = None, batch: str | None = None
    ) -> Undone:
        undone = Undone([], {})
        with self._lock:
            for name in ids:
                decision = self.decisions([name], strict=True).get(name)
                try:
                    document = self.get(name)
                    check_seen(document, decision, at, batch)
                    changes = apply_undo(document, decision, self.clock())
                except NotFound as error:
                    undone.kept[name] = NotQuarantined(None, str(error))
                    continue
                except NotQuarantined as error:
                    undone.kept[name] = error
                    continue
                if changes:
                    self._write(name, self._schema.spell(changes))
                if decision is not None:
                    self.decided.pop(name, None)
                    self.odd_decisions.pop(name, None)
                    undone.decisions.append(decision)
        return undone

    def decisions(self, ids: Collection[str], *, strict: bool = False) -> dict[str, OwnerDecision]:
        odd = self.find_odd(ids)
        decided = (odd.require_known() if strict else odd.known) | self.decided
        return {name: decided[name] for name in ids if name in decided}

    def find_odd(self, ids: Collection[str]) -> Decided:
        """Return the decisions among the documents that a person or another program wrote."""
        found = ((name, self.odd_decisions[name]) for name in ids if name in self.odd_decisions)
        return find_decided(found, self._schema.categories)

    def page_decisions(
        self, after: str | None = None, limit: int = 50, *, by: str | None = None
    ) -> Page[OwnerDecision]:
        read = partial(read_decision, categories=self._schema.categories)
        decided = {name: decision.document() for name, decision in self.decided.items()}
        return MemoryByTime("decisions", "at", OwnerDecision, read).read_page(
            self.odd_decisions | decided, after, limit, {"by": by}
        )

    def find_batch(self, batch: str, after: str | None = None, limit: int = 50) -> list[str]:
        names = (
            name
            for name, decision in sorted(self.decided.items())
            if decision.batch == batch and (after is None or name > after)
        )
        return list(islice(names, limit))

    def count_batch(self, batch: str) -> int:
        return len(self.find_batch(batch, limit=len(self.decided)))

    def unreadable_decisions(self) -> list[Unreadable]:
        page = read_decisions(self.odd_decisions.items(), self._schema.categories)
        return page.unreadable[:MAX_NAMED]

    def _record(
        self,
        document: CorrectionDocument,
        known: OwnerDecision | None,
        choice: OwnerChoice,
        by: str,
        batch: str | None,
    ) -> OwnerDecision:
        decision, changes = apply_choice(document, known, choice, by, self.clock(), batch=batch)
        self.decided[document.id] = decision
        if changes:
            self._write(document.id, self._schema.spell(changes))
        return decision
