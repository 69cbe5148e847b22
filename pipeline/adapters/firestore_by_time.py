"""List documents in Firestore by a time in them, and find those that have no place in the list."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from pipeline.adapters.firestore_client import count_documents, retry_policy
from pipeline.adapters.google_errors import translate_errors
from pipeline.records.base import Record
from pipeline.records.by_time import Place, cut_page, make_filter, name_timeless, read_place
from pipeline.records.reading import MAX_NAMED, Page, Unreadable, is_time

FIRST_TIME = datetime(1, 1, 1, tzinfo=UTC)
LAST_TIME = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
MAX_SCANNED = 1000
"""Documents among which those without a time are looked for."""
MAX_FILTERED = 2000
"""Documents that one page with a filter looks at; of those that do not match, a few fields."""
READ_DOCUMENTS = 25
"""Documents in memory at once; each may have up to 1 MiB."""

R = TypeVar("R", bound=Record)


class ListedByTime(NamedTuple, Generic[R]):
    """A collection whose documents are listed by a time.

    client, collection: of Google's client.
    field: the name of the time.
    kind: the record that a document holds.
    read: makes the record from id and fields.
    """

    client: Any
    collection: Any
    field: str
    kind: type[R]
    read: Callable[[str, Mapping[str, Any]], R]

    def read_page(
        self, after: str | None, limit: int, wanted: Mapping[str, str | None] | None = None
    ) -> Page[R]:
        """Return records, the newest first, that have the wanted values.

        A page with a filter may be shorter than `limit` though another follows it: it looks at
        MAX_FILTERED documents. No index is needed for it, so none has to be deployed.
        """
        place = read_place(after)
        asked = {name: value for name, value in (wanted or {}).items() if value is not None}
        with translate_errors("Firestore"):
            if not asked:
                documents = self._stream(place, limit + 1)
                return cut_page(documents, self.field, self.read, limit)
            names, last = self._find(place, asked, limit + 1)
            page = cut_page(self._fetch(names), self.field, self.read, limit)
        if page.next_after is None and last is not None:
            return page._replace(next_after=last.write())
        return page

    def find_timeless(self) -> list[Unreadable]:
        """Name documents whose time is missing or none, the first ones by id.

        Two counts tell whether there are any; only then are documents read.
        """
        with translate_errors("Firestore"):
            timed = count_documents(self._timed())[0]
            timeless = count_documents(self.collection)[0] - timed
            if timeless <= 0:
                return []
            by_id = self.collection.select([self.field]).order_by("__name__").limit(MAX_SCANNED)
            names = (
                snapshot.id
                for snapshot in by_id.stream(retry=retry_policy())
                if not is_time(snapshot.to_dict().get(self.field))
            )
            return [
                name_timeless(f"{self.collection.id}/{name}", self.field)
                for name in islice(names, min(timeless, MAX_NAMED))
            ]

    def _stream(self, after: Place | None, batch: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the documents behind a place, one at a time, as some may be large."""
        while True:
            count = 0
            for snapshot in (
                self._behind(self._timed(), after).limit(batch).stream(retry=retry_policy())
            ):
                count += 1
                fields = snapshot.to_dict()
                after = Place(fields[self.field], snapshot.id)
                yield snapshot.id, fields
            if count < batch:
                return

    def _find(
        self, after: Place | None, asked: Mapping[str, str], most: int
    ) -> tuple[list[str], Place | None]:
        """Return the ids of matching documents, and where to go on if not all were looked at."""
        matches = make_filter(self.kind, asked)
        query = self._behind(self._timed().select([self.field, *asked]), after)
        names: list[str] = []
        for count, snapshot in enumerate(
            query.limit(MAX_FILTERED).stream(retry=retry_policy()), start=1
        ):
            fields = snapshot.to_dict()
            if matches(fields):
                names.append(snapshot.id)
            if len(names) == most or count == MAX_FILTERED:
                return names, Place(fields[self.field], snapshot.id)
        return names, None

    def _fetch(self, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for start in range(0, len(names), READ_DOCUMENTS):
            batch = names[start : start + READ_DOCUMENTS]
            references = [self.collection.document(name) for name in batch]
            found = {
                snapshot.id: snapshot.to_dict()
                for snapshot in self.client.get_all(references)
                if snapshot.exists
            }
            yield from (
                (name, found[name])
                for name in batch
                if name in found and is_time(found[name].get(self.field))
            )

    def _behind(self, query: Any, after: Place | None) -> Any:
        query = query.order_by(self.field, direction=firestore.Query.DESCENDING).order_by(
            "__name__", direction=firestore.Query.DESCENDING
        )
        if after is None:
            return query
        reference = self.collection.document(after.id)
        return query.start_after({self.field: after.time, "__name__": reference})

    def _timed(self) -> Any:
        """Return the query for all documents with a time.

        Firestore leaves out documents without the field. It sorts texts and maps above times:
        without the bounds a few documents with such a field would come first and fill a page.
        """
        return self.collection.where(filter=FieldFilter(self.field, ">=", FIRST_TIME)).where(
            filter=FieldFilter(self.field, "<=", LAST_TIME)
        )
