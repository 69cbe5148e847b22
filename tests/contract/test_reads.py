"""What a run reads depends on its harvest, not on what was there before: counted by the emulator.

Each case is an operation of a run. It must read the same number of documents and bytes in a project
with a long history as in an empty one.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.bill import Usage
from emulator.servers import Emulators
from pipeline.adapters import firestore_players
from pipeline.bootstrap import connect
from pipeline.records.corrections import CorrectionState
from pipeline.versions.load import find_baseline
from pipeline.versions.publish import next_patch
from tests.contract._history import add_harvest, add_history
from tests.contract._quarantined import ACCEPT, NOW, outcome, quarantined
from tests.contract._versions import a_draft
from tests.contract.conftest import DEFAULTS


@pytest.fixture
def project(embedded_firebase: Emulators) -> Iterator[Callable[[], tuple[Any, Any]]]:
    """Make an empty project: its ports, and a client of the game's."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in embedded_firebase.environment().items():
            patch.setenv(name, value)
        opened = []

        def make() -> tuple[Any, Any]:
            name = f"demo-{uuid.uuid4().hex}"
            ports = connect(DEFAULTS.model_copy(update={"project_id": name}))
            client = firestore.Client(project=name, credentials=AnonymousCredentials())
            opened.extend([ports.runs._client, client])  # type: ignore[attr-defined]
            return ports, client

        yield make
        for client in opened:
            client.close()


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "look up a player": lambda ports: ports.corrections.contradicted(["ada", "bob"]),
    "read decisions": lambda ports: ports.corrections.decisions(["mine", "pending"]),
    "read what is pending": lambda ports: list(ports.corrections.pending()),
    "settle": lambda ports: ports.corrections.settle({"pending": outcome(CorrectionState.MERGED)}),
    "reserve a version": lambda ports: ports.models.reserve("c", next_patch, a_draft()),
    "find the baseline": lambda ports: find_baseline(ports.models.get("v1.0.500"), ports.models),
    "find an equal run": lambda ports: ports.runs.find_judged("digest"),
    "adopt": lambda ports: ports.corrections.adopt(),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_of_a_run_reads_the_same_after_a_long_history(
    operation: str, project: Callable[[], tuple[Any, Any]], embedded_firebase: Emulators
) -> None:
    def measure(*, history: bool) -> Usage:
        ports, client = project()
        add_harvest(client)
        if history:
            add_history(client)
        before = embedded_firebase.bill.usage
        OPERATIONS[operation](ports)
        return embedded_firebase.bill.usage - before

    young, old = measure(history=False), measure(history=True)
    assert (old.reads, old.writes) == (young.reads, young.writes)
    assert abs(old.read_bytes - young.read_bytes) < 100  # names differ in length


@pytest.mark.parametrize(
    "operation",
    [
        lambda ports: ports.corrections.find(CorrectionState.QUARANTINED),
        lambda ports: ports.corrections.contradicted(["ada"]),
        lambda ports: ports.corrections.decide("mine", ACCEPT, "ada"),
        lambda ports: ports.corrections.settle({"pending": outcome(CorrectionState.MERGED)}),
        lambda ports: ports.corrections.pending_since(NOW),
        lambda ports: ports.corrections.adopt(),
        lambda ports: list(ports.corrections.fates()),
    ],
    ids=["find", "contradicted", "decide", "settle", "pending_since", "adopt", "fates"],
)
def test_strokes_are_read_only_where_drawings_are_made(
    operation: Callable[[Any], Any],
    project: Callable[[], tuple[Any, Any]],
    embedded_firebase: Emulators,
) -> None:
    ports, client = project()
    add_harvest(client)
    before = embedded_firebase.bill.usage
    operation(ports)
    assert (embedded_firebase.bill.usage - before).read_bytes < 1000


def test_what_is_read_of_one_player_is_bounded(
    project: Callable[[], tuple[Any, Any]],
    embedded_firebase: Emulators,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(firestore_players, "MAX_READ", 5)
    ports, client = project()
    batch = client.batch()
    for number in range(50):
        document = client.document(f"corrections/c{number}")
        batch.set(document, quarantined("contradicted_label", userId="ada"))
    batch.commit()
    before = embedded_firebase.bill.usage
    assert ports.corrections.contradicted(["ada", "bob"]) == {"ada": 50}
    # Five documents; a count for each of the two players; and queries that find nothing: for
    # refusals, and for both under the name user_id.
    assert (embedded_firebase.bill.usage - before).reads == 5 + 2 + 3


def test_a_version_is_numbered_above_those_that_redraw_did_not_write(
    project: Callable[[], tuple[Any, Any]],
) -> None:
    ports, client = project()
    add_harvest(client)
    client.document("models/v2.0.3").set({"version": "v2.0.3"})
    client.document("models/v5.0.0_100cat").set({"name": "not ours"})
    assert ports.models.reserve("c", next_patch, a_draft()).version == "v2.0.4"
    assert ports.models.reserve("d", next_patch, a_draft()).version == "v2.0.5"


@pytest.mark.parametrize("key", ["x", 7, {"a": 1}])
def test_whatever_is_in_a_sort_key_a_version_gets_a_new_number(
    project: Callable[[], tuple[Any, Any]], key: Any
) -> None:
    ports, client = project()
    add_harvest(client)
    client.document("models/v1.0.7").set({"version": "v1.0.7", "sortKey": key})
    assert ports.models.reserve("c", next_patch, a_draft()).version == "v1.0.501"


def test_a_copy_of_a_version_takes_no_number_away(
    project: Callable[[], tuple[Any, Any]],
) -> None:
    ports, client = project()
    add_harvest(client)
    copied = client.document("models/v1.0.500").get().to_dict()
    client.document("models/v1.0.500 copy").set(copied | {"runId": "nobody"})
    assert ports.models.reserve("c", next_patch, a_draft()).version == "v1.0.501"


def test_many_documents_are_counted_for_one_read_a_thousand(
    project: Callable[[], tuple[Any, Any]], embedded_firebase: Emulators
) -> None:
    ports, client = project()
    add_history(client)
    before = embedded_firebase.bill.usage
    ports.corrections.count(CorrectionState.PENDING)
    assert embedded_firebase.bill.usage - before == Usage(reads=1)
