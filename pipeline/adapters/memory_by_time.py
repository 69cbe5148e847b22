"""List documents in a dictionary by a time in them, as `firestore_by_time` lists them."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from pipeline.records.base import Record
from pipeline.records.by_time import (
    cut_page,
    make_filter,
    name_timeless,
    read_place,
    sort_documents,
)
from pipeline.records.reading import MAX_NAMED, Page, is_time

R = TypeVar("R", bound=Record)


class MemoryByTime(NamedTuple, Generic[R]):
    """A collection whose documents are listed by a time; see `firestore_by_time.ListedByTime`."""

    collection: str
    field: str
    kind: type[R]
    read: Callable[[str, Mapping[str, Any]], R]

    def read_page(
        self,
        documents: Mapping[str, Mapping[str, Any]],
        after: str | None,
        limit: int,
        wanted: Mapping[str, str | None],
    ) -> Page[R]:
        """Return records, the newest first; the first page names the documents without a time."""
        matches = make_filter(self.kind, wanted)
        sorted_documents = sort_documents(documents, self.field, read_place(after))
        matching = (each for each in sorted_documents if matches(each[1]))
        page = cut_page(matching, self.field, self.read, limit)
        timeless = [
            name_timeless(f"{self.collection}/{name}", self.field)
            for name, fields in sorted(documents.items())
            if after is None and not is_time(fields.get(self.field))
        ]
        return page._replace(unreadable=[*page.unreadable, *timeless][:MAX_NAMED])
