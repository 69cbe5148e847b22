"""The Firestore server: turns gRPC calls, in Google's own protobuf types, into calls of the database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore as _types
from google.cloud.firestore_v1.types import write as _write_types
from google.protobuf.empty_pb2 import Empty

from emulator import paths
from emulator.database import Database, WriteResult
from emulator.queries import Query
from emulator.values import Message, Refusal, Value, invalid, unsupported
from emulator.writes import target

_SERVICE = "/google.firestore.v1.Firestore/"
_MAX_REQUEST_BYTES = 10 * 1024 * 1024
_PAGE = 300
_SERVER_OPTIONS = (
    ("grpc.so_reuseport", 0),  # a port that is taken is an error
    (
        "grpc.max_receive_message_length",
        64 * 1024 * 1024,
    ),  # what is over Firestore's limit is refused in Firestore's words
)
_THREADS = 64  # those that wait for their turn in a transaction hold one


class Firestore:
    """The calls that Redraw's adapters and an owner's Python shell make, one method each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def batch_get_documents(self, request: Message) -> Iterator[Message]:
        """Streams the named documents, found or missing."""
        paths.check_database(request.database)
        _refuse(request, "read_time", "new_transaction")
        for name in request.documents:
            paths.check_document(name, request.database)
        response = _types.BatchGetDocumentsResponse.pb()
        names = list(dict.fromkeys(request.documents))
        documents, moment = self._database.get(names, request.transaction)
        for name, document in documents.items():
            if document is None:
                yield response(missing=name, read_time=moment)
            else:
                yield response(found=_masked(document, request), read_time=moment)

    def run_query(self, request: Message) -> Iterator[Message]:
        """Streams what a query finds."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time", "explain_options", "new_transaction")
        query = Query(request.parent, request.structured_query)
        response = _types.RunQueryResponse.pb()
        documents, moment = self._database.query(query, request.transaction)
        for document in documents:
            yield response(document=document, read_time=moment)
        yield response(read_time=moment, done=True)

    def run_aggregation_query(self, request: Message) -> Iterator[Message]:
        """Counts what a query finds."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time", "explain_options", "new_transaction")
        aggregations = request.structured_aggregation_query.aggregations
        for aggregation in aggregations:
            if not aggregation.HasField("count") or aggregation.count.HasField("up_to"):
                raise unsupported(
                    f"the aggregation {aggregation.WhichOneof('operator')}, but for a count of all"
                )
        query = Query(request.parent, request.structured_aggregation_query.structured_query)
        documents, moment = self._database.query(query, request.transaction)
        count = Value(integer_value=len(documents))
        counts = {
            aggregation.alias or f"field_{number}": count
            for number, aggregation in enumerate(aggregations, 1)
        }
        yield _types.RunAggregationQueryResponse.pb()(
            result={"aggregate_fields": counts}, read_time=moment
        )

    def begin_transaction(self, request: Message) -> Message:
        """Starts a transaction."""
        paths.check_database(request.database)
        return _types.BeginTransactionResponse.pb()(
            transaction=self._database.begin(request.options)
        )

    def rollback(self, request: Message) -> Message:
        """Ends a transaction without a trace."""
        self._database.rollback(request.transaction)
        return Empty()

    def commit(self, request: Message) -> Message:
        """Applies writes, all or none."""
        _check_writes(request)
        results, moment = self._database.commit(request.writes, request.transaction)
        return _types.CommitResponse.pb()(
            write_results=list(map(_result, results)), commit_time=moment
        )

    def list_documents(self, request: Message) -> Message:
        """A page of a collection, also of documents that are nothing but the way to their collections."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time", "transaction", "order_by")
        if not request.collection_id:
            raise unsupported("ListDocuments without a collection_id")
        names = self._database.names(
            f"{request.parent}/{request.collection_id}", missing=request.show_missing
        )
        page, token = _page(names, request)
        documents, _ = self._database.get(page)
        response = _types.ListDocumentsResponse.pb()(next_page_token=token)
        for name, document in documents.items():
            if document is not None:
                response.documents.append(_masked(document, request))
            elif request.show_missing:
                response.documents.add(name=name)
        return response

    def list_collection_ids(self, request: Message) -> Message:
        """A page of the collections right under a document, or at the top."""
        paths.check_parent(request.parent)
        _refuse(request, "read_time")
        prefix = f"{request.parent}/"
        under = (
            path[len(prefix) :].split("/")[0] for path in self._database.collections_under(prefix)
        )
        page, token = _page(sorted(set(under)), request)
        return _types.ListCollectionIdsResponse.pb()(collection_ids=page, next_page_token=token)


def _refuse(request: Message, *fields: str) -> None:
    """Refuses the fields of a request that would change the answer in a way this server does not know."""
    for field, _ in request.ListFields():
        if field.name in fields:
            raise unsupported(f"{field.name} in {request.DESCRIPTOR.name}")


def _masked(document: Message, request: Message) -> Message:
    """The fields of a document that a request asks for."""
    if not request.HasField("mask"):
        return document
    return paths.project(document, [paths.parse(path) for path in request.mask.field_paths])


def _check_writes(request: Message) -> None:
    paths.check_database(request.database)
    if request.ByteSize() > _MAX_REQUEST_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {_MAX_REQUEST_BYTES} bytes.")
    for write in request.writes:
        paths.check_document(target(write), request.database)


def _result(result: WriteResult) -> Message:
    update_time, transformed = result
    return _write_types.WriteResult.pb()(update_time=update_time, transform_results=transformed)


def _page(names: list[str], request: Message) -> tuple[list[str], str]:
    """The page that a request asks for, and the token of the next: the last name of this one."""
    names = [name for name in names if name > request.page_token]
    size = request.page_size or _PAGE
    return names[:size], names[size - 1] if len(names) > size else ""


class _Calls(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no types
    """Finds the method for a call; for calls that there is none for, and users whose rules are not evaluated, a refusal."""

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
                handle = _stream(call, firestore) if streams else _single(call, firestore)
                self._handlers[_SERVICE + google_name] = kind(
                    handle, request.FromString, lambda response: response.SerializeToString()
                )

    def service(self, details: Any) -> Any:
        authorization = dict(details.invocation_metadata).get("authorization", "Bearer owner")
        if authorization != "Bearer owner":
            return _refusing("requests with a user's token: it does not evaluate security rules")
        return self._handlers.get(details.method) or _refusing(
            f"the call {details.method.rpartition('/')[2]}"
        )


def _single(
    call: Callable[..., Message], firestore: Firestore
) -> Callable[[Message, Any], Message]:
    def handle(request: Message, context: Any) -> Message:
        try:
            return call(firestore, request)
        except Refusal as refusal:
            context.abort(refusal.code, str(refusal))

    return handle


def _stream(
    call: Callable[..., Iterator[Message]], firestore: Firestore
) -> Callable[[Message, Any], Iterator[Message]]:
    def handle(request: Message, context: Any) -> Iterator[Message]:
        try:
            yield from call(firestore, request)
        except Refusal as refusal:
            context.abort(refusal.code, str(refusal))

    return handle


def _refusing(what: str) -> Any:
    def handle(_requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, str(unsupported(what)))
        yield b""

    return grpc.stream_stream_rpc_method_handler(handle)


def build_server(database: Database) -> Any:
    """A gRPC server for the database, not yet bound to a port."""
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, thread_name_prefix="firestore"), options=_SERVER_OPTIONS
    )
    server.add_generic_rpc_handlers((_Calls(Firestore(database)),))
    return server
