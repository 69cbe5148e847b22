"""Structured queries: turn a collection, seen at one moment, into the documents that match, in order, between cursors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from operator import ge, gt, le, lt

import grpc
from google.cloud.firestore_v1.types import query as _types

from emulator import paths
from emulator.documents import View
from emulator.paths import NAME, FieldPath
from emulator.values import Key, Message, Refusal, Value, invalid, sort_key, unsupported

_OPERATOR = _types.StructuredQuery.FieldFilter.Operator
_UNARY = _types.StructuredQuery.UnaryFilter.Operator
_NULL, _NAN = sort_key(Value(null_value=0)), sort_key(Value(double_value=float("nan")))
_UNARY_MEANINGS = {_UNARY.IS_NULL: _NULL, _UNARY.IS_NAN: _NAN}
_MAX_IN = 30
_RANGES: dict[str, Callable[[Key, Key], bool]] = {
    "LESS_THAN": lt,
    "LESS_THAN_OR_EQUAL": le,
    "GREATER_THAN": gt,
    "GREATER_THAN_OR_EQUAL": ge,
}


@dataclass(frozen=True)
class Filter:
    """A condition on one field. `key` is the sort key of the value compared with; of a list, one key for each element."""

    path: FieldPath
    operator: str
    key: Key

    @property
    def is_range(self) -> bool:
        """Whether an index is walked along this field; else it holds the field to certain values, and an index is entered."""
        return self.operator in _RANGES

    def matches(self, document: Message) -> bool:
        """Whether a document has the field and it is as asked."""
        value = paths.get(document, self.path)
        return value is not None and self._holds(value)

    def _holds(self, value: Message) -> bool:
        key = sort_key(value)
        if self.is_range:  # within one type, and never for NaN
            return (
                key[0] == self.key[0]
                and _NAN not in (key, self.key)
                and _RANGES[self.operator](key, self.key)
            )
        return key == self.key if self.operator == "EQUAL" else key in self.key


@dataclass(frozen=True)
class Order:
    """One field to sort by."""

    path: FieldPath
    descending: bool

    def key(self, document: Message) -> Key:
        """What to sort the document by. It has the field."""
        return sort_key(paths.get(document, self.path))


class Query:
    """A query, checked and ready to run."""

    def __init__(self, parent: str, message: Message) -> None:
        if message.HasField("find_nearest"):
            raise unsupported("find_nearest")
        sources = message.from_
        if len(sources) != 1 or not sources[0].collection_id or sources[0].all_descendants:
            raise unsupported(
                "queries over anything but one collection (collection groups, recursive queries)"
            )
        if message.offset:
            raise unsupported("offset: read on behind the last document, with a cursor")
        if message.limit.value < 0:
            raise invalid("limit is negative")
        self.collection_id = sources[0].collection_id
        paths.check_id(self.collection_id, parent)
        self.collection = f"{parent}/{self.collection_id}"
        self.filters = list(_filters(message.where)) if message.HasField("where") else []
        _check_key_filters(self.filters)
        self.orders = _orders(message.order_by, self.filters)
        self._start = _cursor(message, "start_at", self.orders)
        self._end = _cursor(message, "end_at", self.orders)
        self._limit = message.limit.value if message.HasField("limit") else None
        self._select = (
            [paths.parse(f.field_path) for f in message.select.fields]
            if message.HasField("select")
            else None
        )

    def matches(self, document: Message) -> bool:
        """Whether a document of the collection is one that the query is about."""
        return all(condition.matches(document) for condition in self.filters) and all(
            paths.get(document, order.path) is not None for order in self.orders
        )

    def run(self, view: View) -> Iterator[Message]:
        """The answer."""
        if self.orders == [
            Order(NAME, descending=False)
        ]:  # as the store keeps them: stop as early as possible
            found: Iterator[Message] = filter(
                self.matches, view.scan(self.collection, self._first_id())
            )
        else:
            documents = list(filter(self.matches, view.scan(self.collection)))
            for order in reversed(self.orders):
                documents.sort(key=order.key, reverse=order.descending)
            found = iter(documents)
        if self._start is not None:
            start = self._start
            found = dropwhile(lambda document: self._is_before(document, *start), found)
        if self._end is not None:
            end = self._end
            found = takewhile(lambda document: self._is_before(document, *end), found)
        page = islice(found, self._limit)
        return (
            page
            if self._select is None
            else (paths.project(document, self._select) for document in page)
        )

    def _first_id(self) -> str:
        if self._start is None or not self._start[0]:
            return ""
        name = "/".join(self._start[0][0][1:])
        return name.rpartition("/")[2] if name.startswith(f"{self.collection}/") else ""

    def _is_before(self, document: Message, cursor: list[Key], before: bool) -> bool:
        """Whether a document comes before a cursor, which stands just before or just behind the position it names."""
        for order, key in zip(self.orders, cursor, strict=False):
            mine = order.key(document)
            if mine != key:
                return (mine < key) != order.descending
        return not before


def _filters(message: Message) -> Iterator[Filter]:
    match message.WhichOneof("filter_type"):
        case "composite_filter":
            if message.composite_filter.op != _types.StructuredQuery.CompositeFilter.Operator.AND:
                raise unsupported("OR queries")
            for part in message.composite_filter.filters:
                yield from _filters(part)
        case "unary_filter":
            if message.unary_filter.op not in _UNARY_MEANINGS:
                raise unsupported(f"the filter {_UNARY(message.unary_filter.op).name}")
            yield Filter(
                paths.parse(message.unary_filter.field.field_path),
                "EQUAL",
                _UNARY_MEANINGS[message.unary_filter.op],
            )
        case "field_filter":
            yield _field_filter(message.field_filter)
        case other:
            raise invalid(f"Filter of unknown kind {other}.")


def _field_filter(message: Message) -> Filter:
    path, operator = paths.parse(message.field.field_path), _OPERATOR(message.op).name
    if operator not in {"EQUAL", "IN", *_RANGES}:
        raise unsupported(f"the filter {operator}")
    values = list(message.value.array_value.values) if operator == "IN" else [message.value]
    if not values:
        raise invalid("'IN' requires an non-empty ArrayValue.")
    if len(values) > _MAX_IN:
        raise invalid(f"'IN' supports up to {_MAX_IN} comparison values.")
    if path == NAME and not all(value.HasField("reference_value") for value in values):
        raise invalid("__key__ filter value must be a Key")
    keys = tuple(map(sort_key, values))
    # In a list neither NaN nor null equals anything.
    return Filter(
        path,
        operator,
        tuple(key for key in keys if key not in (_NAN, _NULL)) if operator == "IN" else keys[0],
    )


def _check_key_filters(filters: list[Filter]) -> None:
    ranges = {condition.path for condition in filters if condition.is_range}
    if NAME in {condition.path for condition in filters} and ranges and NAME not in ranges:
        raise invalid(
            "Equality on key is not allowed if there are other inequality fields and key does not appear in inequalities."
        )


def _orders(messages: list[Message], filters: list[Filter]) -> list[Order]:
    """The orders asked for, then those that Firestore adds: the fields with inequalities, and the name to break ties."""
    descending = _types.StructuredQuery.Direction.DESCENDING
    orders = [
        Order(paths.parse(message.field.field_path), message.direction == descending)
        for message in messages
    ]
    last = orders[-1].descending if orders else False
    inequalities = sorted({condition.path for condition in filters if condition.is_range} - {NAME})
    for path in (*inequalities, NAME):
        if path not in {order.path for order in orders}:
            orders.append(Order(path, last))
    if orders[-1].path != NAME:
        raise invalid("order by clause cannot contain more fields after the key")
    if orders == [Order(NAME, descending=True)] and all(
        condition.path == NAME for condition in filters
    ):
        raise Refusal(
            grpc.StatusCode.FAILED_PRECONDITION, "Firestore does not support descending key scans"
        )
    return orders


def _cursor(message: Message, which: str, orders: list[Order]) -> tuple[list[Key], bool] | None:
    if not message.HasField(which):
        return None
    cursor = getattr(message, which)
    if len(cursor.values) > len(message.order_by):
        raise invalid("Cursor has too many values.")
    for order, value in zip(orders, cursor.values, strict=False):
        if order.path == NAME and not value.HasField("reference_value"):
            raise invalid("Cursor __key__ value is not a document reference.")
    return [sort_key(value) for value in cursor.values], cursor.before
