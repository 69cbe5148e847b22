"""Calls that the embedded server does not support are refused by their names."""

import re
from datetime import UTC, datetime

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.base_query import Or
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.bulk_batch import BulkWriteBatch
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.services.firestore.transports import FirestoreTransport
from google.cloud.firestore_v1.vector import Vector

from emulator.servers import Emulators
from tests.contract.firestore._client import ids, where

CALLS = {  # every method of the client library's transport
    name.title().replace("_", "")
    for name, value in vars(FirestoreTransport).items()
    if isinstance(value, property) and name not in {"host", "kind"}
}


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
