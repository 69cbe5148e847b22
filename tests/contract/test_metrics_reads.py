"""What `/metrics` reads from Firestore, counted by the emulator; docs/costs.md repeats it."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.bill import Usage
from emulator.servers import Emulators
from pipeline.adapters.firestore_numbers import sort_field
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.ports import Ports
from pipeline.records.runs import RunState
from service.metrics.families import MOST_VERSIONS
from service.metrics.state import NEWEST_RUNS, PendingReader, read_history, read_now
from tests.contract._runs import a_run
from tests.contract._versions import FILES, a_draft
from tests.contract.conftest import DEFAULTS

HISTORY = 25
"""Runs, and versions: more of each than are read."""


@pytest.fixture(scope="module")
def project(embedded_firebase: Emulators) -> Iterator[Ports]:
    """A project with many versions and runs, one of them in the slot, and little else."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in embedded_firebase.environment().items():
            patch.setenv(name, value)
        ports = connect(DEFAULTS.model_copy(update={"project_id": f"demo-{uuid.uuid4().hex}"}))
        client = ports.runs._client  # type: ignore[attr-defined]
        batch = client.batch()
        for number in range(HISTORY):
            name = f"v0.9.{number + 1}"
            model = a_draft(version=name, run_id=name, status="ready", files=FILES)
            batch.set(client.document(f"models/{name}"), model.document() | sort_field(name))
            run = a_run(f"run-{number}", state=RunState.HELD)
            batch.set(client.document(f"training_runs/run-{number}"), run.document())
        batch.commit()
        for name in ("v0.9.1", "v0.9.2"):
            ports.models.promote(name, by="owner", why="it is better")
        ports.runs.request(a_run("run-x"))
        yield ports
        client.close()


@pytest.fixture
def usage(embedded_firebase: Emulators) -> Callable[[Callable[[], Any]], Usage]:
    def measure(work: Callable[[], Any]) -> Usage:
        before = embedded_firebase.bill.usage
        work()
        return embedded_firebase.bill.usage - before

    return measure


def test_what_is_read_most_often_costs_three_reads(project: Ports, usage: Any) -> None:
    assert usage(lambda: read_now(project)).reads == 3  # slot, its run, release


def test_what_is_pending_costs_one_read_while_nothing_is(project: Ports, usage: Any) -> None:
    assert usage(PendingReader(project)).reads == 1


SUBJECTS: dict[str, tuple[Callable[[Ports], Any], int]] = {
    "statuses": (lambda ports: ports.corrections.count_statuses(), 2),
    "run counts": (lambda ports: ports.runs.count_states(), len(RunState)),
    "runs": (lambda ports: ports.runs.list(NEWEST_RUNS), NEWEST_RUNS + 1),
    "versions": (lambda ports: ports.models.page(limit=MOST_VERSIONS), HISTORY + MOST_VERSIONS),
}
"""What the history is read by, and how many reads that is: a count for each state; a read for each
run and version that is shown, one to know whether there are more runs, the ids of all versions."""


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_of_the_history_costs_the_same_however_many_runs_there_were(
    project: Ports, usage: Any, subject: str
) -> None:
    work, reads = SUBJECTS[subject]
    assert usage(lambda: work(project)).reads == reads


def test_the_history_costs_these_and_a_count_for_each_class_and_version(
    project: Ports, usage: Any
) -> None:
    of_answers = 2 * (len(CATEGORIES) + 1)  # of the released version and the one before
    used = usage(lambda: read_history(project, DEFAULTS, project.models.release()))
    # And one for the release itself.
    assert used.reads == sum(reads for _, reads in SUBJECTS.values()) + of_answers + 1
    assert used.writes == 0
