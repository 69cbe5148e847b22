"""Any document of a project's Firestore, with Google's client: the port of a backup."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from google.api_core.exceptions import AlreadyExists, FailedPrecondition, InvalidArgument
from google.cloud.firestore_v1.types import document as document_types
from google.cloud.firestore_v1.types import firestore as calls
from google.cloud.firestore_v1.types import query as queries
from google.cloud.firestore_v1.types import write as writes

from pipeline.adapters.firestore_values import read_fields, write_fields
from pipeline.adapters.google_errors import translate_errors
from pipeline.backup_errors import DocumentDiffers, MomentPassed, UnknownValue
from pipeline.records.backups import RawDocument
from pipeline.retrying import retry_unavailable

PAGE = 300
"""Documents of one query: at most 300 MB, as a document has at most 1 MiB."""
COMMIT_DOCUMENTS, COMMIT_BYTES = 300, 3_500_000
"""The most documents of one commit, and bytes if they are several. Firestore takes 10 MiB in one
request, Google's emulator 4 MiB."""
ATTEMPTS = 100
"""How often the moment is asked for again, if something was written just then (emulator only)."""
LOWEST_ID = "__id-9223372036854775808__"
"""The id before all others. Google's Node client bounds a query over a tree with it
(`REFERENCE_NAME_MIN_ID`), and so do we."""

_Filter = queries.StructuredQuery.Filter.pb()
_Query = queries.StructuredQuery.pb()
_RANGE = queries.StructuredQuery.FieldFilter.Operator


class FirestoreRawDocuments:
    """RawDocuments in Firestore.

    One query asks for all documents below the root whose names begin with a collection's, so that
    collections below documents are found without asking each document for them.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._database: str = client._database_string  # noqa: SLF001 - Google's Python API has no other name for it
        self._root = f"{self._database}/documents"

    def find_moment(self) -> datetime:
        query = self._build_query("releases", None, 1)
        for _ in range(ATTEMPTS):
            *_, last = self._run(query, None)
            try:
                # Redraw's emulator keeps a moment from when it is read first.
                self._run(query, last.read_time)
            except FailedPrecondition:
                continue
            moment: datetime = last.read_time.ToDatetime(tzinfo=UTC)
            return moment
        raise MomentPassed("Firestore is written to all the time: start the backup again")

    def read(self, collection: str, at: datetime | None = None) -> Iterator[RawDocument]:
        last: str | None = None
        try:
            while True:
                query = self._build_query(collection, last, PAGE)
                answers = retry_unavailable(partial(self._run, query, at))
                found = [answer.document for answer in answers if answer.HasField("document")]
                for document in found:
                    yield self._describe(document)
                if len(found) < PAGE:
                    return
                last = found[-1].name
        except (FailedPrecondition, InvalidArgument) as error:
            if at is None:
                raise
            raise MomentPassed(
                f"Firestore no longer has the documents of {at:%Y-%m-%d %H:%M:%S} ({error}): start"
                " the backup again; if it always takes more than an hour, use Google's exports"
            ) from None

    def create(self, documents: Sequence[RawDocument]) -> None:
        for batch in self._cut(documents):
            try:
                self._commit(batch, new=True)
            except AlreadyExists:
                self._commit(self._find_missing(batch), new=True)

    def replace(self, documents: Sequence[RawDocument]) -> None:
        for batch in self._cut(documents):
            self._commit(batch, new=False)

    def _build_query(self, collection: str, after: str | None, limit: int) -> Any:
        query = _Query(limit={"value": limit})
        query.from_.add(all_descendants=True)
        query.order_by.add(field={"field_path": "__name__"})
        bounds = (
            (_RANGE.GREATER_THAN_OR_EQUAL, collection),
            (_RANGE.LESS_THAN, collection + "\0"),
        )
        query.where.composite_filter.op = queries.StructuredQuery.CompositeFilter.Operator.AND
        for operator, name in bounds:
            bound = query.where.composite_filter.filters.add().field_filter
            bound.field.field_path = "__name__"
            bound.op = operator
            bound.value.reference_value = f"{self._root}/{name}/{LOWEST_ID}"
        if after is not None:
            query.start_at.values.add(reference_value=after)
        return query

    def _run(self, query: Any, at: Any) -> list[Any]:
        request = calls.RunQueryRequest.pb()(parent=self._root, structured_query=query)
        if isinstance(at, datetime):
            request.read_time.FromDatetime(at)
        elif at is not None:
            request.read_time.CopyFrom(at)
        with translate_errors("Firestore"):
            api = self._client._firestore_api  # noqa: SLF001 - Google's Python API has no such query
            answers = api.run_query(
                request=calls.RunQueryRequest.wrap(request),
                metadata=self._client._rpc_metadata,  # noqa: SLF001 - as above
            )
            return [type(answer).pb(answer) for answer in answers]

    def _describe(self, document: Any) -> RawDocument:
        path = document.name.removeprefix(f"{self._root}/")
        try:
            return RawDocument(path, read_fields(document.fields, self._database))
        except UnknownValue as error:
            raise UnknownValue(f"{path}: {error}") from None

    def _cut(self, documents: Sequence[RawDocument]) -> Iterator[list[Any]]:
        """Yield the documents as messages, in batches that one commit takes."""
        batch: list[Any] = []
        size = 0
        for each in documents:
            message = document_types.Document.pb()(
                name=f"{self._root}/{each.path}", fields=write_fields(each.fields, self._database)
            )
            more = message.ByteSize()
            if batch and (len(batch) == COMMIT_DOCUMENTS or size + more > COMMIT_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(message)
            size += more
        if batch:
            yield batch

    def _commit(self, batch: Sequence[Any], *, new: bool) -> None:
        request = calls.CommitRequest.pb()(database=self._database)
        for message in batch:
            write = writes.Write.pb()(update=message)
            if new:
                write.current_document.exists = False
            request.writes.append(write)
        if batch:
            with translate_errors("Firestore"):
                self._client._firestore_api.commit(  # noqa: SLF001 - as above
                    request=calls.CommitRequest.wrap(request),
                    metadata=self._client._rpc_metadata,  # noqa: SLF001 - as above
                )

    def _find_missing(self, batch: Sequence[Any]) -> list[Any]:
        """Return the documents that are not there; raise for one that is there and differs."""
        request = calls.BatchGetDocumentsRequest(
            database=self._database, documents=[each.name for each in batch]
        )
        found = {}
        with translate_errors("Firestore"):
            for answer in self._client._firestore_api.batch_get_documents(  # noqa: SLF001 - as above
                request=request,
                metadata=self._client._rpc_metadata,  # noqa: SLF001 - as above
            ):
                message = type(answer).pb(answer)
                if message.HasField("found"):
                    found[message.found.name] = self._describe(message.found)
        missing = []
        for each in batch:
            if each.name not in found:
                missing.append(each)
            elif found[each.name] != self._describe(each):
                path = found[each.name].path
                raise DocumentDiffers(
                    f"{path} exists with other fields: nothing is written over it; choose what is"
                    " kept with --existing"
                )
        return missing
