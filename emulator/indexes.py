"""firestore.indexes.json: tells whether production could answer a query, and refuses the query when it could not."""

import json
from pathlib import Path

import grpc

from emulator.paths import NAME, FieldPath, parse
from emulator.queries import Order, Query
from emulator.values import Refusal

_Fields = list[Order | FieldPath]
"""The fields of a composite index: one to sort by, or, where an array is indexed, its path alone."""

INDEXES = Path(__file__).with_name("firestore.indexes.json")


class Indexes:
    """The composite indexes that the project deploys. Single fields are indexed without asking."""

    def __init__(self, file: Path = INDEXES) -> None:
        self._indexes: dict[str, list[_Fields]] = {}
        for index in json.loads(file.read_text())["indexes"]:
            if index["queryScope"] == "COLLECTION":
                fields = [
                    parse(field["fieldPath"])
                    if "arrayConfig" in field
                    else Order(parse(field["fieldPath"]), field["order"] == "DESCENDING")
                    for field in index["fields"]
                ]
                self._indexes.setdefault(index["collectionGroup"], []).append(fields)

    def check(self, query: Query) -> None:
        """Refuses a query that needs an index which is not there."""
        arrays = {condition.path for condition in query.filters if condition.operator.startswith("ARRAY_CONTAINS")}
        equal = {condition.path for condition in query.filters if condition.is_equality} - {NAME}
        tail = [order for order in query.orders if order.path not in equal]
        # Every index ends with the name, in the direction of its last field.
        if tail[-1] == Order(NAME, tail[-2].descending if len(tail) > 1 else False):
            tail.pop()
        if len(arrays) + len(tail) <= (0 if equal else 1) and tail != [Order(NAME, descending=True)]:
            return
        # An index is read in its own direction alone. Those with the same tail are merged, to cover all equalities together.
        covered: set[FieldPath] = set()
        usable = False
        for fields in self._indexes.get(query.collection_id, []):
            entered = fields[: len(fields) - len(tail)]
            paths = {field.path if isinstance(field, Order) else field for field in entered}
            contained = {field for field in entered if not isinstance(field, Order)}
            if fields[len(entered) :] == tail and contained == arrays and paths <= equal | arrays:
                covered |= paths
                usable = True
        if not usable or not equal <= covered:
            wanted = [*sorted(".".join(path) for path in equal | arrays), *map(_spelled, tail)]
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"The query requires an index: on collection {query.collection_id}, fields {', '.join(wanted)}. "
                "Add it to emulator/firestore.indexes.json, from where it is also deployed to production.",
            )


def _spelled(order: Order) -> str:
    return f"{'.'.join(order.path)} {'DESCENDING' if order.descending else 'ASCENDING'}"
