"""Count the statuses of the game's corrections in Firestore, and change those of many at once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.field_path import FieldPath

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.corrections.game_schema import GameSchema
from pipeline.records.corrections import CorrectionState, StatusCount, StatusCounts

PAGE_SIZE = 300
"""Documents that one query returns, or that one batch of writes changes."""
MAX_VALUES = 20
"""Different values of `status` that are counted one by one."""


def stream_by_id(query: Any, behind: Any = None) -> Iterator[Any]:
    """Yield the documents that a query matches in order of id, reading page by page.

    The order is by id and not by a field, because Firestore leaves out documents that lack the
    field. Each document is handed on as it arrives: a page of them could fill the memory, as
    players may write large documents.

    Args:
        query: a collection or a query without an order.
        behind: the reference of the document after which to start; None: start with the first.

    Yields:
        Snapshots of documents.
    """
    page = query.order_by("__name__").limit(PAGE_SIZE)
    while True:
        count = 0
        rest = page if behind is None else page.start_after({"__name__": behind})
        for snapshot in rest.stream(retry=retry_policy()):
            count += 1
            behind = snapshot.reference
            yield snapshot
        if count < PAGE_SIZE:
            return


def path_of(schema: GameSchema, name: str) -> str:
    """Return the path of one of our fields in the game's documents, as queries spell it."""
    return to_path(schema.find_name(name))


def to_path(name: str) -> str:
    """Return a name of the game as queries spell it; a dot leads into a map."""
    return str(FieldPath(*name.split(".")).to_api_repr())


def listed_paths(schema: GameSchema) -> list[str]:
    """Return the paths of all that a list of corrections needs, so of no strokes and no canvas."""
    names = {*schema.list_fields(drawings=False), "retraining"}
    return sorted(map(to_path, names))


def where(query: Any, path: str, value: Any, operator: str = "==") -> Any:
    """Return the query with one more condition."""
    return query.where(filter=FieldFilter(path, operator, value))


def adopt(client: Any, collection: Any, schema: GameSchema) -> int:
    """Make new documents without a status pending; see `CorrectionSource.adopt`."""
    # Firestore has no query for documents that lack a field. But ordering by a field, or comparing
    # it, leaves them out, and counting is cheap: so all documents are read only when the two counts
    # differ, and even then only the fields that decide.
    status, new = path_of(schema, "status"), collection
    for name, value in schema.new.items():
        new = where(new, FieldPath(name).to_api_repr(), value)
    # With a condition, ordering would need a composite index, which comparing does not.
    having = where(new, status, [*map(str, CorrectionState)], "in") if schema.new else None
    with translate_errors("Firestore"):
        total = count_documents(new)[0]
        if total <= count_documents(having or collection.order_by(status))[0]:
            return 0
        orphans = (
            snapshot
            for snapshot in stream_by_id(new.select([status]))
            if schema.find_name("status") not in snapshot.to_dict()
        )
        return _move_all(client, orphans, schema)


def adopt_status(client: Any, collection: Any, schema: GameSchema, value: Any, limit: int) -> int:
    """Make documents of a foreign status pending; see `CorrectionSource.adopt_status`."""
    status = path_of(schema, "status")
    found = stream_by_id(where(collection, status, value).select([status]))
    with translate_errors("Firestore"):
        return _move_all(client, islice(found, limit), schema)


def reopen(client: Any, collection: Any, schema: GameSchema, reason: str, limit: int) -> int:
    """Make refused documents pending again; see `CorrectionSource.reopen`."""
    status = path_of(schema, "status")
    refused = where(collection, status, str(CorrectionState.REFUSED))
    found = stream_by_id(where(refused, "retraining.reason", reason).select([status]))
    with translate_errors("Firestore"):
        return _move_all(client, islice(found, limit), schema)


def _move_all(client: Any, snapshots: Iterator[Any], schema: GameSchema) -> int:
    """Make these documents pending, except those that change meanwhile; return how many."""
    pages = iter(lambda: list(islice(snapshots, PAGE_SIZE)), [])
    return sum(_move_page(client, page, path_of(schema, "status")) for page in pages)


def _move_page(client: Any, snapshots: Sequence[Any], status: str) -> int:
    batch = client.batch()
    for snapshot in snapshots:
        unchanged = client.write_option(last_update_time=snapshot.update_time)
        batch.update(snapshot.reference, {status: str(CorrectionState.PENDING)}, unchanged)
    try:
        batch.commit(retry=retry_policy())
    except (exceptions.FailedPrecondition, exceptions.NotFound, exceptions.InvalidArgument):
        # One of them was written or deleted since it was read, or has no room for a field.
        # A batch is all or nothing, so each is tried alone; that one stays as it is.
        if len(snapshots) == 1:
            return 0
        return sum(_move_page(client, [snapshot], status) for snapshot in snapshots)
    return len(snapshots)


def count_statuses(collection: Any, schema: GameSchema) -> StatusCounts:
    """Count the documents by status; see `CorrectionSource.count_statuses`."""
    # An index is sorted by value. So the first document in it names a value, a query counts its
    # documents, and the first document behind that value names the next one: two cheap calls for
    # each different value, however many documents there are.
    status = path_of(schema, "status")
    ordered = collection.order_by(status)
    counts: list[StatusCount] = []
    with translate_errors("Firestore"):
        total = count_documents(collection)[0]
        left = with_status = count_documents(ordered)[0]
        step = ordered.select([status]).limit(1)
        while left > 0 and len(counts) < MAX_VALUES:
            found = list(step.stream(retry=retry_policy()))
            if not found:
                break
            value = found[0].to_dict()[schema.find_name("status")]
            number = count_documents(where(collection, status, value))[0]
            counts.append(StatusCount(value, number))
            left -= number
            step = ordered.select([status]).start_after({status: value}).limit(1)
    return StatusCounts(total, max(0, total - with_status), tuple(counts))
