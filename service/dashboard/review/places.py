"""The addresses of the queue. Players choose the ids of corrections: they hold any characters."""

from urllib.parse import quote, urlencode

OTHER_PAGES = frozenset({"all", "batches", "nearest", "one", "recent", "undo"})
"""Pages of the queue; a correction may have such an id, and then has another address."""


def place_of(correction_id: str, **query: str | None) -> str:
    """Return the address of one correction in the queue, with what is given of the query."""
    folder = "/review/one/" if correction_id in OTHER_PAGES else "/review/"
    return add_query(folder + quote(correction_id, safe=""), **query)


def add_query(path: str, **query: str | None) -> str:
    """Return an address with the fields of a query that are given."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
