"""The Firestore server: gRPC calls with Google's own protobuf types, answered from the database."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore as _types
from google.cloud.firestore_v1.types import write as _write_types
from google.protobuf.empty_pb2 import Empty

from emulator import paths
from emulator.bill import Bill
from emulator.database import Database, WriteResult
from emulator.queries import Query
from emulator.values import Message, Refusal, Value, invalid, unsupported
from emulator.writes import target

_SERVICE = "/google.firestore.v1.Firestore/"
_MAX_REQUEST_BYTES = 10 * 1024 * 1024
_PAGE = 300
_SERVER_OPTIONS = (
    ("grpc.so_reuseport", 0),  # a port that is in use is an error
    # Larger than Firestore's limit, so that the emulator itself refuses a request over the limit,
    # with Firestore's message.
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
)
_THREADS = 64
"""A call that waits for its turn in a transaction occupies a thread meanwhile."""


class Firestore:
    """The calls that Redraw's adapters, and an owner in a Python shell, make: one method each."""

    def __init__(self, database: Database, bill: Bill) -> None:
        self._database = database
        self._bill = bill

    def batch_get_documents(self, request: Message) -> Iterator[Message]:
        """Yield the named documents, each as found or missing."""
        paths.check_database(request.database)
        _refuse(request, "read_time", "new_transaction")
        for name in request.documents:
            paths.check_document(name, request.database)
        response = _types.BatchGetDocumentsResponse.pb()
        names = list(dict.fromkeys(request.documents))
        documents, moment = self._database.get(names, request.transaction)
        found = {
            name: None if document is None else _apply_mask(document, request)
            for name, document in documents.items()
        }
        self._bill.add_documents(len(names), _measure(found.values()))
        for name, document in found.items():
            if document is None:
                yield response(missing=name, read_time=moment)
            else:
                yield response(found=document, read_time=moment)

    def run_query(self, request: Message) -> Iterator[Message]:
        """Yield the documents that a query matches."""
        paths.check_parent(request.parent)
        _refuse(request, "explain_options", "new_transaction")
        query = Query(request.parent, request.structured_query)
        response = _types.RunQueryResponse.pb()
        past = request.read_time if request.HasField("read_time") else None
        documents, moment = self._database.query(query, request.transaction, past)
        self._bill.add_documents(len(documents), _measure(documents))
        for document in documents:
            yield response(document=document, read_time=moment)
        yield response(read_time=moment, done=True)

    def run_aggregation_query(self, request: Message) -> Iterator[Message]:
        """Count the documents that a query matches."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time", "explain_options", "new_transaction")
        aggregations = request.structured_aggregation_query.aggregations
        for aggregation in aggregations:
            if not aggregation.HasField("count") or aggregation.count.HasField("up_to"):
                raise unsupported(
                    f"the aggregation {aggregation.WhichOneof('operator')}, but for a count of all"
                )
        query = Query(request.parent, request.structured_aggregation_query.structured_query)
        number, moment = self._database.count(query, request.transaction)
        self._bill.add_count(number)
        count = Value(integer_value=number)
        counts = {
            aggregation.alias or f"field_{number}": count
            for number, aggregation in enumerate(aggregations, 1)
        }
        yield _types.RunAggregationQueryResponse.pb()(
            result={"aggregate_fields": counts}, read_time=moment
        )

    def begin_transaction(self, request: Message) -> Message:
        """Start a transaction."""
        paths.check_database(request.database)
        return _types.BeginTransactionResponse.pb()(
            transaction=self._database.begin(request.options)
        )

    def rollback(self, request: Message) -> Message:
        """End a transaction without writing anything."""
        self._database.rollback(request.transaction)
        return Empty()

    def commit(self, request: Message) -> Message:
        """Apply writes, all or none."""
        _check_writes(request)
        results, moment = self._database.commit(request.writes, request.transaction)
        self._bill.add_writes(len(request.writes))
        return _types.CommitResponse.pb()(
            write_results=list(map(_build_write_result, results)), commit_time=moment
        )

    def list_documents(self, request: Message) -> Message:
        """Return a page of a collection.

        With `show_missing`, also documents that do not exist but have subcollections.
        """
        paths.check_parent(request.parent)
        _refuse(request, "read_time", "transaction", "order_by")
        if not request.collection_id:
            raise unsupported("ListDocuments without a collection_id")
        names = self._database.list_names(
            f"{request.parent}/{request.collection_id}", missing=request.show_missing
        )
        page, token = _cut_page(names, request)
        documents, _ = self._database.get(page)
        response = _types.ListDocumentsResponse.pb()(next_page_token=token)
        for name, document in documents.items():
            if document is not None:
                response.documents.append(_apply_mask(document, request))
            elif request.show_missing:
                response.documents.add(name=name)
        return response

    def list_collection_ids(self, request: Message) -> Message:
        """Return a page of the collections directly under a document, or at the top level."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time")
        prefix = f"{request.parent}/"
        ids = {
            path[len(prefix) :].split("/")[0] for path in self._database.list_collections(prefix)
        }
        page, token = _cut_page(sorted(ids), request)
        return _types.ListCollectionIdsResponse.pb()(collection_ids=page, next_page_token=token)


def _refuse(request: Message, *fields: str) -> None:
    """Refuse a request with one of these fields, which would need an answer not supported here."""
    for field, _ in request.ListFields():
        if field.name in fields:
            raise unsupported(f"{field.name} in {request.DESCRIPTOR.name}")


def _measure(documents: Iterable[Message | None]) -> int:
    """Return the size of documents in bytes."""
    return sum(document.ByteSize() for document in documents if document is not None)


def _apply_mask(document: Message, request: Message) -> Message:
    """Return the document with only the fields that the request asks for."""
    if not request.HasField("mask"):
        return document
    return paths.project(document, [paths.parse(path) for path in request.mask.field_paths])


def _check_writes(request: Message) -> None:
    paths.check_database(request.database)
    if request.ByteSize() > _MAX_REQUEST_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {_MAX_REQUEST_BYTES} bytes.")
    for write in request.writes:
        paths.check_document(target(write), request.database)


def _build_write_result(result: WriteResult) -> Message:
    update_time, transformed = result
    return _write_types.WriteResult.pb()(update_time=update_time, transform_results=transformed)


def _cut_page(names: list[str], request: Message) -> tuple[list[str], str]:
    """Return the page that a request asks for, and the token of the next one.

    The token is the last name of the page; it is empty when there is no next page.
    """
    names = [name for name in names if name > request.page_token]
    size = request.page_size or _PAGE
    return names[:size], names[size - 1] if len(names) > size else ""


class _Calls(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no types
    """Map each call to its method of `Firestore`.

    Refused are calls without a method, and calls with a user's token: the emulator does not
    evaluate security rules. Google's clients send the token "owner" to an emulator.
    """

    def __init__(self, firestore: Firestore) -> None:
        self._handlers: dict[str, Any] = {}
        for name, call in vars(Firestore).items():
            if not name.startswith("_"):
                google_name = name.title().replace("_", "")
                request = getattr(_types, f"{google_name}Request").pb()
                streams = name in {"batch_get_documents", "run_query", "run_aggregation_query"}
                kind = (
                    grpc.unary_stream_rpc_method_handler
                    if streams
                    else grpc.unary_unary_rpc_method_handler
                )
                wrap = _wrap_streaming_call if streams else _wrap_unary_call
                handle: Any = wrap(call, firestore)
                self._handlers[_SERVICE + google_name] = kind(
                    handle, request.FromString, lambda response: response.SerializeToString()
                )

    def service(self, details: Any) -> Any:
        authorization = dict(details.invocation_metadata).get("authorization", "Bearer owner")
        if authorization != "Bearer owner":
            return _build_refusing_handler(
                "requests with a user's token: it does not evaluate security rules"
            )
        return self._handlers.get(details.method) or _build_refusing_handler(
            f"the call {details.method.rpartition('/')[2]}"
        )


def _wrap_unary_call(
    call: Callable[..., Message], firestore: Firestore
) -> Callable[[Message, Any], Message]:
    def handle(request: Message, context: Any) -> Message:
        try:
            return call(firestore, request)
        except Refusal as refusal:
            context.abort(refusal.code, str(refusal))

    return handle


def _wrap_streaming_call(
    call: Callable[..., Iterator[Message]], firestore: Firestore
) -> Callable[[Message, Any], Iterator[Message]]:
    def handle(request: Message, context: Any) -> Iterator[Message]:
        try:
            yield from call(firestore, request)
        except Refusal as refusal:
            context.abort(refusal.code, str(refusal))

    return handle


def _build_refusing_handler(feature: str) -> Any:
    def handle(_requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, str(unsupported(feature)))
        yield b""

    return grpc.stream_stream_rpc_method_handler(handle)


def build_server(database: Database, bill: Bill) -> Any:
    """Return a gRPC server for the database, not yet bound to a port. It adds to the bill."""
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, thread_name_prefix="firestore"), options=_SERVER_OPTIONS
    )
    server.add_generic_rpc_handlers((_Calls(Firestore(database, bill)),))
    return server
