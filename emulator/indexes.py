"""firestore.indexes.json: tells whether production could answer a query, and refuses the query when it could not."""

import json
from pathlib import Path

import grpc

from emulator.paths import NAME, FieldPath, parse
from emulator.queries import Order, Query
from emulator.values import Refusal

INDEXES = Path(__file__).with_name("firestore.indexes.json")


class Indexes:
    """The composite indexes that the project deploys. Single fields are indexed without asking."""

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
        """Refuses a query that needs an index which is not there."""
        equal = {condition.path for condition in query.filters if not condition.is_range} - {NAME}
        tail = [order for order in query.orders if order.path not in equal]
        # Every index ends with the name, in the direction of its last field.
        if tail[-1] == Order(NAME, tail[-2].descending if len(tail) > 1 else False):
            tail.pop()
        if len(tail) <= (0 if equal else 1) and tail != [Order(NAME, descending=True)]:
            return
        # An index is read in its own direction alone. Those with the same tail are merged, to cover all equalities together.
        covered: set[FieldPath] = set()
        usable = False
        for fields in self._indexes.get(query.collection_id, []):
            entered = {field.path for field in fields[: len(fields) - len(tail)]}
            if fields[len(fields) - len(tail) :] == tail and entered <= equal:
                covered |= entered
                usable = True
        if not usable or not equal <= covered:
            wanted = [*sorted(".".join(path) for path in equal), *map(_spelled, tail)]
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"The query requires an index: on collection {query.collection_id}, fields {', '.join(wanted)}. "
                "Add it to emulator/firestore.indexes.json, from where it is also deployed to production.",
            )


def _spelled(order: Order) -> str:
    return f"{'.'.join(order.path)} {'DESCENDING' if order.descending else 'ASCENDING'}"
