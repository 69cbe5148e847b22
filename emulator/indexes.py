"""Refuse queries for which production would need a composite index that is not deployed.

Firestore answers every query from an index. It has an index on each single field by itself; one on
several fields (a composite index) must be deployed from `firestore.indexes.json`. Without this
check, a query could work in all tests and fail in production.
"""

import json
from pathlib import Path

import grpc

from emulator.paths import NAME, FieldPath, parse
from emulator.queries import Order, Query
from emulator.values import Refusal

INDEXES = Path(__file__).with_name("firestore.indexes.json")


class Indexes:
    """The composite indexes of a `firestore.indexes.json`, by collection."""

    def __init__(self, file: Path = INDEXES) -> None:
        self._indexes: dict[str, list[list[Order]]] = {}
        for index in json.loads(file.read_text())["indexes"]:
            if index["queryScope"] == "COLLECTION" and all(
                "order" in field for field in index["fields"]
            ):
                fields = [
                    Order(parse(field["fieldPath"]), field["order"] == "DESCENDING")
                    for field in index["fields"]
                ]
                self._indexes.setdefault(index["collectionGroup"], []).append(fields)

    def check(self, query: Query) -> None:
        """Refuse a query that needs an index which is not there.

        An index is a sorted list of entries. A query is answered by one scan along it: the fields
        that must equal a value select where the scan starts, so they come first in the index, in
        any order. The fields that the results are ordered by (`tail`) must follow, in exactly the
        order and directions of the query.

        Several indexes with the same tail can be combined: each covers some of the equalities, and
        Firestore intersects their scans.
        """
        equal = {condition.path for condition in query.filters if not condition.is_range} - {NAME}
        tail = [order for order in query.orders if order.path not in equal]
        # Every index ends with the document's name, in the direction of its last field. So a query
        # that ends like that needs no entry for the name.
        if tail[-1] == Order(NAME, tail[-2].descending if len(tail) > 1 else False):
            tail.pop()
        # Indexes on single fields suffice for equalities alone, or for one ordered field alone.
        if len(tail) <= (0 if equal else 1) and tail != [Order(NAME, descending=True)]:
            return
        covered: set[FieldPath] = set()
        usable = False
        for fields in self._indexes.get(query.collection_id, []):
            split = len(fields) - len(tail)
            prefix = {field.path for field in fields[:split]}
            if fields[split:] == tail and prefix <= equal:
                covered |= prefix
                usable = True
        if not usable or not equal <= covered:
            needed = [*sorted(".".join(path) for path in equal), *map(_format_order, tail)]
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"The query requires an index: on collection {query.collection_id}, "
                f"fields {', '.join(needed)}. Add it to emulator/firestore.indexes.json, "
                "from where it is also deployed to production.",
            )


def _format_order(order: Order) -> str:
    return f"{'.'.join(order.path)} {'DESCENDING' if order.descending else 'ASCENDING'}"
