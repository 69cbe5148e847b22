"""A run store in dictionaries, for unit tests."""

import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline.adapters.memory_by_time import MemoryByTime
from pipeline.adapters.run_documents import Documents, HeldRun, check_publisher, check_run
from pipeline.adapters.slotted_runs import SlottedRuns
from pipeline.records.forgetting import ForgetRequest
from pipeline.records.reading import MAX_NAMED, Page, read_page
from pipeline.records.runs import Lease, Run, RunKind, RunState, Trigger
from pipeline.records.slot import LONG_AGO, Slot
from pipeline.runs.documents import read_run
from pipeline.runs.slot import read_slot
from pipeline.runs.unchanged import JUDGED

T = TypeVar("T")


class MemoryRuns(SlottedRuns):
    """A RunStore over the documents of runs by id, and the document of the slot.

    Args:
        clock: the server's, in POSIX seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.documents: dict[str, dict[str, Any]] = {}
        self.slot_document: dict[str, Any] = {}
        self.forget_requests: dict[str, dict[str, Any]] = {}
        """The documents of `forget_requests`, by the id of the run."""

    def list(self, limit: int = 50) -> list[Run]:
        return self.page(limit=limit).records

    def page(
        self,
        after: str | None = None,
        limit: int = 50,
        *,
        state: RunState | None = None,
        kind: RunKind | None = None,
        trigger: Trigger | None = None,
    ) -> Page[Run]:
        wanted = {"state": state, "kind": kind, "trigger": trigger}
        newest = MemoryByTime("training_runs", "requestedAt", Run, read_run)
        with self.lock:
            return newest.read_page(self.documents, after, limit, wanted)

    def count_states(self) -> dict[RunState, int]:
        with self.lock:
            states = [fields.get("state") for fields in self.documents.values()]
        return {state: states.count(str(state)) for state in RunState}

    def written_since(self, time: datetime, limit: int = 50) -> Page[Run]:
        with self.lock:
            page = read_page(self.documents.items(), read_run)
        timed = ((run.updated_at, run.id, run) for run in page.records if run.updated_at)
        found = sorted(each for each in timed if each[0] >= time)[:limit]
        return Page([run for _, _, run in found], page.unreadable[:MAX_NAMED])

    def find_judged(self, training_digest: str) -> Run | None:
        with self.lock:
            runs = read_page(self.documents.items(), read_run).records
        judged = (run for run in runs if run.state in JUDGED)
        return next((run for run in judged if run.training_digest == training_digest), None)

    def expire(self) -> None:
        """Let the lease run out, as when its worker has slept for longer than it lasts."""
        self.slot_document["expiresAt"] = LONG_AGO

    def check_lease(self, lease: Lease) -> None:
        """Return if the worker with `lease` may write; otherwise raise what `record` would.

        The caller keeps `lock` until it has written what depends on the lease.
        """
        self._commit(lambda documents: check_run(documents, lease))

    def check_publisher(self, run_id: str, lease: Lease | None) -> HeldRun | None:
        """Return the run whose version may be written, see `run_documents.check_publisher`.

        The caller keeps `lock` until it has written what depends on it.
        """
        return self._commit(lambda documents: check_publisher(documents, run_id, lease))

    def _transact(self, work: Callable[[Documents], T]) -> T:
        with self.lock:
            documents = _MemoryDocuments(self)
            result = work(documents)
            documents.commit()
            return result

    def _look(self) -> Documents:
        return _MemoryDocuments(self)


class _MemoryDocuments:
    """The documents at one moment. Writes are kept back until `commit`."""

    def __init__(self, runs: MemoryRuns) -> None:
        self._runs = runs
        self._at = datetime.fromtimestamp(runs.clock(), UTC)
        self._writes: list[Callable[[], None]] = []

    def read_slot(self) -> Slot:
        return read_slot(self._runs.slot_document, self._at)

    def read_run(self, run_id: str) -> dict[str, Any] | None:
        with self._runs.lock:  # a look without a transaction may be beside a commit
            return deepcopy(self._runs.documents.get(run_id))

    def read_unfinished(self) -> Iterator[tuple[str, dict[str, Any]]]:
        under_way = {str(state) for state in RunState if not state.ended}
        for run_id, fields in self._runs.documents.items():
            if isinstance(fields.get("state"), str) and fields["state"] in under_way:
                yield run_id, fields

    def write_slot(self, slot: Slot) -> None:
        written = slot.document()
        self._writes.append(lambda: self._runs.slot_document.update(written))

    def create_run(self, run: Run) -> None:
        self._writes.append(lambda: self._runs.documents.update({run.id: run.document()}))

    def update_run(self, run_id: str, fields: dict[str, Any]) -> None:
        self._writes.append(lambda: self._runs.documents[run_id].update(fields))

    def read_request(self, run_id: str) -> dict[str, Any] | None:
        return deepcopy(self._runs.forget_requests.get(run_id))

    def create_request(self, request: ForgetRequest) -> None:
        written = {request.run_id: request.document()}
        self._writes.append(lambda: self._runs.forget_requests.update(written))

    def delete_request(self, run_id: str) -> None:
        self._writes.append(lambda: self._forget(run_id))

    def _forget(self, run_id: str) -> None:
        self._runs.forget_requests.pop(run_id, None)

    def commit(self) -> None:
        """Make all writes."""
        for write in self._writes:
            write()
