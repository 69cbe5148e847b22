"""The embedded Firestore server, seen through Google's own client over a real socket."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.bulk_batch import BulkWriteBatch
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.services.firestore.transports import FirestoreTransport
from google.cloud.firestore_v1.vector import Vector

from emulator.indexes import INDEXES as INDEXES_FILE
from emulator.servers import Emulators, running_emulators
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from tests._official import official_only

CALLS = {  # every method of the client library's transport
    name.title().replace("_", "")
    for name, value in vars(FirestoreTransport).items()
    if isinstance(value, property) and name not in {"host", "kind"}
}
INDEXES = """{"indexes": [
  {"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [
    {"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "n", "order": "DESCENDING"}]},
  {"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [
    {"fieldPath": "b", "order": "ASCENDING"}, {"fieldPath": "n", "order": "DESCENDING"}]}
]}"""


def connect(host: str, project: str | None = None) -> firestore.Client:
    """A client; in a project of its own, which is empty, unless one is named."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", host)
        return firestore.Client(
            project=project or f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials()
        )


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulators]:
    indexes = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    indexes.write_text(INDEXES)
    with running_emulators(indexes=indexes) as emulators:
        yield emulators


@pytest.fixture(
    scope="module",
    params=["embedded", pytest.param("official", marks=[official_only, pytest.mark.slow])],
)
def host(request: pytest.FixtureRequest) -> str:
    """The embedded server and Google's: each test holds for both."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.firestore_host


@pytest.fixture
def client(host: str) -> Iterator[firestore.Client]:
    with closing(connect(host)) as client:
        yield client


@pytest.fixture
def c(client: firestore.Client) -> firestore.CollectionReference:
    return client.collection("c")


@pytest.fixture
def ours(embedded: Emulators) -> Iterator[firestore.Client]:
    """The embedded server alone, where it differs from Google's emulator on purpose."""
    with closing(connect(embedded.firestore_host)) as client:
        yield client


def ids(query: Any) -> list[str]:
    return [snapshot.id for snapshot in query.stream()]


def where(field: str, op: str, value: Any) -> FieldFilter:
    return FieldFilter(field, op, value)


# Documents


def test_a_document_comes_back_as_it_was_set(c: firestore.CollectionReference) -> None:
    data = {
        "none": None, "yes": True, "int": -(2**63), "float": 1.5, "text": "é\U0001f600",
        "bytes": b"\x00\xff", "list": [1, "a", {"b": []}], "map": {"a b": {"`": 1}},
        "at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        "where": firestore.GeoPoint(1, 2), "who": c.document("x"),
    }  # fmt: skip
    c.document("a").set(data)
    assert c.document("a").get().to_dict() == data


def test_a_missing_document_does_not_exist_but_has_a_read_time(
    c: firestore.CollectionReference,
) -> None:
    snapshot = c.document("no").get()
    assert not snapshot.exists
    assert abs(snapshot.read_time - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_document_is_created_once(c: firestore.CollectionReference) -> None:
    c.document("a").create({"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        c.document("a").create({"n": 2})
    assert c.document("a").get().get("n") == 1


def test_updating_a_missing_document_is_refused(c: firestore.CollectionReference) -> None:
    with pytest.raises(exceptions.NotFound):
        c.document("a").update({"n": 1})
    assert not c.document("a").get().exists


def test_an_update_touches_the_named_paths_alone(c: firestore.CollectionReference) -> None:
    c.document("a").set({"m": {"x": 1, "y": 2, "dotted.name": 3}, "n": 1})
    c.document("a").update({"m.x": 10, "m.`dotted.name`": firestore.DELETE_FIELD, "p.q": 4})
    assert c.document("a").get().to_dict() == {"m": {"x": 10, "y": 2}, "n": 1, "p": {"q": 4}}


def test_a_merge_keeps_what_it_does_not_name(c: firestore.CollectionReference) -> None:
    c.document("a").set({"m": {"x": 1, "y": 2}, "gone": 1})
    c.document("a").set({"m": {"x": 10}, "gone": firestore.DELETE_FIELD}, merge=True)
    assert c.document("a").get().to_dict() == {"m": {"x": 10, "y": 2}}
    c.document("a").set({"n": 1})
    assert c.document("a").get().to_dict() == {"n": 1}


def test_the_server_timestamp_is_about_the_time_of_the_commit_in_milliseconds(
    c: firestore.CollectionReference,
) -> None:
    result = c.document("a").set({"at": firestore.SERVER_TIMESTAMP})
    at = c.document("a").get().get("at")
    assert timedelta() <= result.update_time - at < timedelta(seconds=1)
    assert at.microsecond % 1000 == 0


def test_numbers_are_incremented_and_arrays_joined_and_parted(
    c: firestore.CollectionReference,
) -> None:
    c.document("a").set({"i": 1, "f": 1.5, "top": 2**63 - 1, "text": "x", "list": [1, 2]})
    c.document("a").update({
        "i": firestore.Increment(2), "f": firestore.Increment(1), "top": firestore.Increment(1),
        "text": firestore.Increment(3),
        "new": firestore.Increment(4), "list": firestore.ArrayUnion([2.0, 3, 3]),
    })  # fmt: skip
    expected = {"i": 3, "f": 2.5, "top": 2**63 - 1, "text": 3, "new": 4, "list": [1, 2, 3]}
    assert c.document("a").get().to_dict() == expected
    c.document("a").update({"list": firestore.ArrayRemove([1.0, 3, 9])})
    assert c.document("a").get().get("list") == [2]


def test_times_rise_and_a_write_without_effect_keeps_them(c: firestore.CollectionReference) -> None:
    c.document("a").set({"n": 1})
    first = c.document("a").get()
    c.document("a").set({"n": 1})
    same = c.document("a").get()
    c.document("a").set({"n": 2})
    changed = c.document("a").get()
    assert first.create_time == first.update_time == same.update_time < first.read_time
    assert changed.create_time == first.create_time
    assert first.read_time <= same.read_time < changed.update_time <= changed.read_time


def test_preconditions_on_existence_and_time_are_kept(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1})
    old = c.document("a").get().update_time
    c.document("a").update({"n": 2}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.FailedPrecondition):
        c.document("a").update({"n": 3}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.NotFound):
        c.document("no").delete(option=client.write_option(exists=True))
    c.document("no").delete()
    assert c.document("a").get().get("n") == 2


def test_a_batch_is_applied_as_a_whole_or_not_at_all(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    batch = client.batch()
    batch.set(c.document("a"), {"n": 1})
    batch.update(c.document("a"), {"m": 2})
    batch.update(c.document("missing"), {"n": 1})
    with pytest.raises(exceptions.NotFound):
        batch.commit()
    assert not c.document("a").get().exists


def test_many_documents_are_read_at_one_moment(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1, "m": 2})
    snapshots = {
        s.id: s
        for s in client.get_all(
            [c.document("a"), c.document("no"), c.document("a")], field_paths=["m"]
        )
    }
    assert snapshots["a"].to_dict() == {"m": 2}
    assert not snapshots["no"].exists
    assert snapshots["a"].read_time == snapshots["no"].read_time


@pytest.mark.parametrize(
    ("identifier", "data"),
    [
        ("a", {"text": "x" * 1_048_576}),
        ("a", {"lists": [[1]]}),
        ("a", {"__reserved__": 1}),
        ("__reserved__", {}),
        ("..", {}),
        ("x" * 1501, {}),
    ],
    ids=["over 1 MiB", "list in a list", "reserved field", "reserved id", "dots", "long id"],
)
def test_what_firestore_would_not_keep_is_refused(
    c: firestore.CollectionReference, identifier: str, data: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        c.document(identifier).set(data)


def test_a_request_over_10_mib_is_refused(ours: firestore.Client) -> None:
    c = ours.collection("c")
    batch = ours.batch()
    for number in range(11):
        batch.set(c.document(str(number)), {"text": "x" * 1_000_000})
    with pytest.raises(exceptions.InvalidArgument, match="10485760 bytes"):
        batch.commit()


# Transactions


def test_a_commit_is_aborted_when_what_it_read_has_changed(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"n": 1})
    c.document("b").set({"n": 1})
    transaction = ours.transaction()
    transaction._begin()
    assert c.document("a").get(transaction=transaction).get("n") == 1
    batch = ours.batch()
    batch.set(c.document("a"), {"n": 2})
    batch.set(c.document("b"), {"n": 2})
    batch.commit()
    assert c.document("b").get(transaction=transaction).get("n") == 1, (
        "it goes on seeing the moment of its first read"
    )
    transaction.set(c.document("b"), {"n": 3})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()
    assert c.document("b").get().get("n") == 2


def test_a_query_in_a_transaction_is_disturbed_by_what_it_would_find(
    ours: firestore.Client,
) -> None:
    c = ours.collection("c")

    def commit_after(identifier: str, status: str) -> None:
        transaction = ours.transaction()
        transaction._begin()
        list(c.where(filter=where("status", "==", "pending")).stream(transaction=transaction))
        c.document(identifier).set({"status": status})
        transaction.set(c.document("result"), {"n": 1})
        transaction._commit()

    commit_after("a", "other")
    with pytest.raises(exceptions.Aborted):
        commit_after("b", "pending")


def test_two_transactions_in_one_thread_end_soon(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"n": 1})
    started, outcomes = time.monotonic(), []
    transactions = [ours.transaction(), ours.transaction()]
    for transaction in transactions:
        transaction._begin()
    for transaction in transactions:
        c.document("a").get(transaction=transaction)
        transaction.update(c.document("a"), {"n": firestore.Increment(1)})
    for transaction in transactions:
        try:
            transaction._commit()
            outcomes.append("committed")
        except exceptions.Aborted:
            outcomes.append("aborted")
    assert sorted(outcomes) == ["aborted", "committed"]
    assert time.monotonic() - started < 20  # one that waits for the other does so for a minute
    assert c.document("a").get().get("n") == 2


def test_a_read_only_transaction_reads_one_moment_and_writes_nothing(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1})
    transaction = client.transaction(read_only=True)
    transaction._begin()
    c.document("a").set({"n": 2})
    assert c.document("a").get(transaction=transaction).get("n") == 1
    assert [s.get("n") for s in c.stream(transaction=transaction)] == [1]
    transaction._commit()
    with pytest.raises(exceptions.InvalidArgument):
        c.document("a").get(transaction=_ended(client))


def _ended(client: firestore.Client) -> firestore.Transaction:
    transaction = client.transaction()
    transaction._begin()
    identifier = transaction._id
    transaction._rollback()
    transaction._id = identifier
    return transaction


# Queries


def test_pending_documents_are_paged_by_id(c: firestore.CollectionReference) -> None:
    for number in range(25):
        c.document(f"{number:02d}").set({"status": "pending" if number % 5 else "merged"})
    query = c.where(filter=where("status", "==", "pending")).order_by("__name__").limit(8)
    pages, page = [], query.get()
    while page:
        pages.append([snapshot.id for snapshot in page])
        page = query.start_after(page[-1]).get()
    assert [len(page) for page in pages] == [8, 8, 4]
    assert list(chain(*pages)) == [f"{number:02d}" for number in range(25) if number % 5]


def test_documents_are_counted(c: firestore.CollectionReference) -> None:
    for number in range(5):
        c.document(str(number)).set({"n": number})
    assert c.where(filter=where("n", ">=", 2)).count(alias="all").get()[0][0].value == 3


def test_order_by_leaves_out_documents_without_the_field(c: firestore.CollectionReference) -> None:
    c.document("a").set({"n": 2})
    c.document("b").set({"m": 1})
    c.document("c").set({"n": None})
    assert ids(c.order_by("n")) == ["c", "a"]


def test_values_are_ordered_across_types_as_firestore_orders_them(
    c: firestore.CollectionReference,
) -> None:
    values = [
        None, False, True, float("nan"), float("-inf"), -1, 0.5, 1, 2**53, 2**53 + 1,
        datetime(2020, 1, 1, tzinfo=UTC),
        "", "a", "é", "\uffff", "\U0001f600", b"", b"a", c.document("a"), c.document("a/b/c"),
        firestore.GeoPoint(1, 2), firestore.GeoPoint(1, 3), [], [1], [1, 0], ["a"],
        {}, {"a": 1}, {"a": 1, "b": 0}, {"a": 2}, {"b": 0},
    ]  # fmt: skip
    for number, value in enumerate(values):
        c.document(f"{(number * 17) % 100:02d}").set({"x": value, "number": number})
    assert [s.get("number") for s in c.order_by("x").stream()] == list(range(len(values)))
    assert [s.get("number") for s in c.order_by("x", direction="DESCENDING").stream()] == list(
        range(len(values))
    )[::-1]


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("==", 1, "ab"), ("<", 2, "ab"), ("<=", 2, "abc"), (">", 1, "c"), (">=", "x", "d"),
        ("==", None, "f"), ("in", [2, "x", None], "cd"), ("==", float("nan"), "h"),
        ("<", True, ""), (">=", [7], "e"),
    ],
)  # fmt: skip
def test_filters_find_what_firestore_would(
    c: firestore.CollectionReference, op: str, value: Any, expected: str
) -> None:
    for identifier, stored in {"a": 1, "b": 1.0, "c": 2, "d": "x", "e": [7, 8], "f": None}.items():
        c.document(identifier).set({"x": stored})
    c.document("g").set({"other": 1})
    c.document("h").set({"x": float("nan")})
    assert sorted(ids(c.where(filter=where("x", op, value)))) == list(expected)


def test_filters_cursors_and_projection_combine(c: firestore.CollectionReference) -> None:
    for number in range(10):
        c.document(str(number)).set({"a": 1, "b": number % 2, "n": number, "m": {"k": number}})
    query = c.where(filter=And([where("a", "==", 1), where("b", "==", 0)])).order_by(
        "n", direction="DESCENDING"
    )
    assert ids(query) == ["8", "6", "4", "2", "0"]
    assert ids(query.start_at({"n": 6}).end_before({"n": 0})) == ["6", "4", "2"]
    assert ids(query.start_after({"n": 6}).end_at({"n": 0}).limit(1)) == ["4"]
    assert [s.to_dict() for s in query.select(["m.k"]).limit(1).stream()] == [{"m": {"k": 8}}]
    assert [s.id for s in c.order_by("n").limit_to_last(2).get()] == ["8", "9"]


def test_a_query_without_its_composite_index_is_refused(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"a": 1, "b": 1, "n": 1})
    pending = where("a", "==", 1)
    for query in (
        c.where(filter=pending).order_by("n"),
        c.where(filter=pending).where(filter=where("n", ">", 0)),
        c.order_by("a").order_by("n"),
        c.where(filter=pending).order_by("__name__", direction="DESCENDING"),
        ours.collection("d").where(filter=pending).order_by("n", direction="DESCENDING"),
    ):
        with pytest.raises(exceptions.FailedPrecondition, match="requires an index"):
            ids(query)
    for query in (
        c.where(filter=pending).order_by("n", direction="DESCENDING"),
        c.where(filter=pending)
        .where(filter=where("b", "==", 1))
        .where(filter=where("n", ">", 0))
        .order_by("n", direction="DESCENDING"),
        c.where(filter=pending).where(filter=where("other", "==", 1)),
        c.where(filter=pending).order_by("__name__"),
        c.order_by("n", direction="DESCENDING"),
    ):
        ids(query)


def test_collections_and_documents_are_listed(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({})
    c.document("ghost").collection("sub").document("x").set({})
    assert sorted(collection.id for collection in client.collections()) == ["c"]
    assert [collection.id for collection in c.document("ghost").collections()] == ["sub"]
    assert [document.id for document in c.list_documents(page_size=1)] == ["a", "ghost"]


# Refusals


def test_unsupported_calls_are_refused_by_name(ours: firestore.Client) -> None:
    c, api, metadata = ours.collection("c"), ours._firestore_api, ours._rpc_metadata
    database, name = ours._database_string, c.document("a")._document_path
    parent = f"{database}/documents"
    now = datetime.now(UTC)

    def bulk() -> None:
        batch = BulkWriteBatch(ours)
        batch.set(c.document("a"), {})
        batch.commit()

    calls = {
        "GetDocument": lambda: api.get_document(request={"name": name}, metadata=metadata),
        "DeleteDocument": lambda: api.delete_document(request={"name": name}, metadata=metadata),
        "CreateDocument": lambda: api.create_document(
            request={"parent": parent, "collection_id": "c"}, metadata=metadata
        ),
        "UpdateDocument": lambda: api.update_document(
            request={"document": {"name": name}}, metadata=metadata
        ),
        "Write": lambda: list(
            api.write(iter([types.WriteRequest(database=database)]), metadata=metadata)
        ),
        "Listen": lambda: list(
            api.listen(iter([types.ListenRequest(database=database)]), metadata=metadata)
        ),
        "PartitionQuery": lambda: list(ours.collection_group("c").get_partitions(2)),
        "BatchWrite": bulk,
        "collection groups": lambda: ids(ours.collection_group("c")),
        "OR queries": lambda: ids(c.where(filter=Or([where("a", "==", 1), where("b", "==", 1)]))),
        "the filter NOT_EQUAL": lambda: ids(c.where(filter=where("a", "!=", 1))),
        "the filter NOT_IN": lambda: ids(c.where(filter=where("a", "not-in", [1]))),
        "the filter ARRAY_CONTAINS": lambda: ids(c.where(filter=where("a", "array_contains", 1))),
        "the filter ARRAY_CONTAINS_ANY": lambda: ids(
            c.where(filter=where("a", "array_contains_any", [1]))
        ),
        "the filter IS_NOT_NULL": lambda: ids(c.where(filter=where("a", "!=", None))),
        "find_nearest": lambda: list(
            c.find_nearest(
                "v", Vector([1.0]), limit=1, distance_measure=DistanceMeasure.DOT_PRODUCT
            ).get()
        ),
        "offset": lambda: ids(c.offset(1)),
        "the aggregation sum": lambda: c.sum("n").get(),
        "the aggregation avg": lambda: c.avg("n").get(),
        "explain_options": lambda: list(c.stream(explain_options=ExplainOptions(analyze=True))),
        "maximum": lambda: c.document("a").set({"n": firestore.Maximum(1)}),
        "minimum": lambda: c.document("a").set({"n": firestore.Minimum(1)}),
        "vectors": lambda: c.document("a").set({"v": Vector([1.0])}),
        "read_time in BatchGetDocumentsRequest": lambda: c.document("a").get(read_time=now),
        "read_time in RunQueryRequest": lambda: list(c.stream(read_time=now)),
        "read_time in RunAggregationQueryRequest": lambda: c.count().get(read_time=now),
        "read_time in ListDocumentsRequest": lambda: list(c.list_documents(read_time=now)),
        "read_time in ListCollectionIdsRequest": lambda: list(ours.collections(read_time=now)),
        "read_time in a transaction": lambda: api.begin_transaction(
            request={"database": database, "options": {"read_only": {"read_time": now}}},
            metadata=metadata,
        ),
    }
    for words, call in calls.items():
        with pytest.raises(exceptions.MethodNotImplemented, match=re.escape(words)):
            call()


def test_every_call_of_google_s_service_is_served_or_refused_by_its_name(
    embedded: Emulators,
) -> None:
    served = set()
    with grpc.insecure_channel(embedded.firestore_host) as channel:
        for name in CALLS:
            call = channel.stream_stream(f"/google.firestore.v1.Firestore/{name}")
            with pytest.raises(grpc.RpcError) as refusal:
                list(call(iter([b""])))
            if refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED:
                assert name in refusal.value.details()
            else:
                served.add(name)
    assert served == {
        "BatchGetDocuments", "RunQuery", "RunAggregationQuery", "BeginTransaction", "Rollback",
        "Commit", "ListDocuments", "ListCollectionIds",
    }  # fmt: skip


def test_a_users_token_is_refused_because_rules_are_not_evaluated(embedded: Emulators) -> None:
    with grpc.insecure_channel(embedded.firestore_host) as channel:
        call = channel.unary_unary("/google.firestore.v1.Firestore/Rollback")
        with pytest.raises(grpc.RpcError) as refusal:
            call(b"", metadata=[("authorization", "Bearer a-players-token")])
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


# Life on disk


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    with running_emulators(tmp_path) as emulators:
        result = connect(emulators.firestore_host, "demo").document("c/a").set({"n": 1})
    with running_emulators(tmp_path) as emulators:
        snapshot = connect(emulators.firestore_host, "demo").document("c/a").get()
    assert snapshot.get("n") == 1
    assert snapshot.update_time == result.update_time < snapshot.read_time


def test_a_folder_has_one_emulator_and_a_port_one_server(tmp_path: Path) -> None:
    with running_emulators(tmp_path) as emulators:
        with (
            pytest.raises(RedrawError, match="in use by another emulator"),
            running_emulators(tmp_path),
        ):
            pass
        port = int(emulators.firestore_host.rpartition(":")[2])
        with (
            pytest.raises(RedrawError, match=f"port {port} .*--firestore-port"),
            running_emulators(firestore_port=port),
        ):
            pass
        port = int(emulators.storage_host.rpartition(":")[2])
        with (
            pytest.raises(RedrawError, match=f"port {port} .*--storage-port"),
            running_emulators(storage_port=port),
        ):
            pass


SERVE = """
import pathlib, sys
from emulator.servers import serve
serve(pathlib.Path(sys.argv[1]), 0, 0, lambda started: print(started.firestore_host, flush=True))
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        return process, output.readline().strip()


def test_kill_9_during_a_stream_of_writes_loses_no_acknowledged_write(tmp_path: Path) -> None:
    process, host = start(tmp_path)
    client, acknowledged = connect(host, "demo"), []

    def write(thread: int) -> None:
        for number in range(10_000):
            batch = client.batch()
            batch.set(client.document(f"c/{thread}-{number}-a"), {"n": number})
            batch.set(client.document(f"c/{thread}-{number}-b"), {"n": number})
            try:
                batch.commit(retry=None, timeout=5)
            except exceptions.GoogleAPICallError:
                return
            acknowledged.append(f"{thread}-{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 60:
        time.sleep(0.005)
    process.kill()
    for thread in threads:
        thread.join()
    process.wait()
    process, host = start(tmp_path)
    try:
        found = {snapshot.id for snapshot in connect(host, "demo").collection("c").stream()}
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    assert {f"{name}-{half}" for name in acknowledged for half in "ab"} <= found
    assert all(f"{name[:-1]}{'ba'['ab'.index(name[-1])]}" in found for name in found), (
        "no commit is half there"
    )


# Rules


def test_the_rules_know_the_labels_that_the_pipeline_knows() -> None:
    rules = INDEXES_FILE.with_name("firestore.rules").read_text()
    listed = rules.partition("label in [")[2].partition("]")[0]
    assert tuple(re.findall(r"'(\w+)'", listed)) == CATEGORIES
