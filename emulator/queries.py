"""Structured queries: check them, and find the documents that match in a view of a collection."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from operator import ge, gt, le, lt

import grpc
from google.cloud.firestore_v1.types import query as _types

from emulator import paths, plans
from emulator.documents import View
from emulator.paths import NAME, FieldPath
from emulator.values import Key, Message, Refusal, Value, invalid, sort_key, unsupported

_OPERATOR = _types.StructuredQuery.FieldFilter.Operator
_UNARY = _types.StructuredQuery.UnaryFilter.Operator
_NULL, _NAN = sort_key(Value(null_value=0)), sort_key(Value(double_value=float("nan")))
_UNARY_KEYS = {_UNARY.IS_NULL: _NULL, _UNARY.IS_NAN: _NAN}
"""A unary filter is the same as equality with one of these values."""
_MAX_IN = 30
_RANGES: dict[str, Callable[[Key, Key], bool]] = {
    "LESS_THAN": lt,
    "LESS_THAN_OR_EQUAL": le,
    "GREATER_THAN": gt,
    "GREATER_THAN_OR_EQUAL": ge,
}


@dataclass(frozen=True)
class Filter:
    """A condition on one field.

    `key` is the sort key of the value that the field is compared with; for IN, a tuple of such
    keys.
    """

    path: FieldPath
    operator: str
    key: Key

    @property
    def is_range(self) -> bool:
        """Whether it is an inequality. An index is scanned along such a field.

        Any other filter fixes the field to certain values, which select where the scan starts.
        """
        return self.operator in _RANGES

    def matches(self, document: Message) -> bool:
        """Return whether a document has the field and its value satisfies the condition."""
        value = paths.get(document, self.path)
        return value is not None and self._accepts(value)

    def _accepts(self, value: Message) -> bool:
        key = sort_key(value)
        if self.is_range:  # only values of the same type compare, and NaN never does
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
        """Return the sort key of the field, which the document must have."""
        return sort_key(paths.get(document, self.path))


class Query:
    """A query, checked and ready to run."""

    def __init__(self, parent: str, message: Message) -> None:
        if message.HasField("find_nearest"):
            raise unsupported("find_nearest")
        sources = message.from_
        if len(sources) != 1 or bool(sources[0].collection_id) == sources[0].all_descendants:
            raise unsupported(
                "queries over anything but one collection, or all below a document (collection"
                " groups)"
            )
        if message.offset:
            raise unsupported("offset: read on behind the last document, with a cursor")
        if message.limit.value < 0:
            raise invalid("limit is negative")
        self.collection_id = sources[0].collection_id
        self.whole_tree = sources[0].all_descendants
        """Whether it asks for the documents of all collections below the parent, however deep."""
        if not self.whole_tree:
            paths.check_id(self.collection_id, parent)
        self.collection = parent if self.whole_tree else f"{parent}/{self.collection_id}"
        self.filters = list(_read_filters(message.where)) if message.HasField("where") else []
        _check_key_filters(self.filters)
        self.orders = _read_orders(message.order_by, self.filters)
        self.start = _read_cursor(message, "start_at", self.orders)
        self._end = _read_cursor(message, "end_at", self.orders)
        self._limit = message.limit.value if message.HasField("limit") else None
        fields = [each.path for each in self.filters] + [each.path for each in self.orders]
        by_name = set(fields) == {NAME}
        if self.whole_tree and not (by_name and not self.orders[0].descending):
            raise unsupported("a query over a whole tree by anything but the names")
        self._select = (
            [paths.parse(field.field_path) for field in message.select.fields]
            if message.HasField("select")
            else None
        )

    def matches(self, document: Message) -> bool:
        """Return whether a document of the collection matches all filters and has all order fields.

        Cursors and limit do not count here.
        """
        return all(condition.matches(document) for condition in self.filters) and all(
            paths.get(document, order.path) is not None for order in self.orders
        )

    def run(self, view: View) -> Iterator[Message]:
        """Yield the matching documents in order, from the start cursor to the end cursor.

        Where `emulator.plans` finds them by indexes, only those are read.
        """
        candidates = (
            view.scan_tree(self.collection, *self.find_bounds())
            if self.whole_tree
            else plans.find_candidates(self, view)
        )
        matching: Iterator[Message] = filter(self.matches, candidates)
        if self.start is not None:
            start = self.start
            matching = dropwhile(lambda document: self._is_before(document, *start), matching)
        if self._end is not None:
            end = self._end
            matching = takewhile(lambda document: self._is_before(document, *end), matching)
        page = islice(matching, self._limit)
        if self._select is None:
            return page
        select = self._select
        return (paths.project(document, select) for document in page)

    def count(self, view: View) -> int:
        """Return how many documents `run` would yield."""
        plain = (self.start, self._end, self._limit) == (None, None, None)
        counted = plans.count_matching(self, view) if plain else None
        return sum(1 for _ in self.run(view)) if counted is None else counted

    def find_first_id(self) -> str:
        """Return the id in the start cursor, or "" to begin with the first document."""
        if self.start is None or not self.start[0]:
            return ""
        name = "/".join(self.start[0][0][1:])  # the sort key of a reference is (6, *segments)
        return name.rpartition("/")[2] if name.startswith(f"{self.collection}/") else ""

    def find_bounds(self) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """Return between which names a query over a whole tree reads, as lists of segments.

        The first is included, the other one (None: to the end) is not, or it is included too.
        """
        keys = [condition.key[1:] for condition in self.filters if "GREATER" in condition.operator]
        if self.start is not None and self.start[0]:
            keys.append(self.start[0][0][1:])
        ends = [condition.key[1:] for condition in self.filters if "LESS" in condition.operator]
        return max(keys, default=()), min(ends, default=None)

    def _is_before(self, document: Message, cursor: list[Key], before: bool) -> bool:
        """Return whether a document comes before a cursor.

        A cursor has values for the first few orders. It lies just before (`before`) or just after
        the documents that have exactly these values.
        """
        for order, key in zip(self.orders, cursor, strict=False):
            document_key = order.key(document)
            if document_key != key:
                return (document_key < key) != order.descending
        return not before


def _read_filters(message: Message) -> Iterator[Filter]:
    """Yield the conditions of a filter, which must all hold."""
    match message.WhichOneof("filter_type"):
        case "composite_filter":
            if message.composite_filter.op != _types.StructuredQuery.CompositeFilter.Operator.AND:
                raise unsupported("OR queries")
            for part in message.composite_filter.filters:
                yield from _read_filters(part)
        case "unary_filter":
            if message.unary_filter.op not in _UNARY_KEYS:
                raise unsupported(f"the filter {_UNARY(message.unary_filter.op).name}")
            yield Filter(
                paths.parse(message.unary_filter.field.field_path),
                "EQUAL",
                _UNARY_KEYS[message.unary_filter.op],
            )
        case "field_filter":
            yield _read_field_filter(message.field_filter)
        case other:
            raise invalid(f"Filter of unknown kind {other}.")


def _read_field_filter(message: Message) -> Filter:
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
    if operator == "IN":  # NaN and null in the list match no document
        return Filter(path, operator, tuple(key for key in keys if key not in (_NAN, _NULL)))
    return Filter(path, operator, keys[0])


def _check_key_filters(filters: list[Filter]) -> None:
    ranges = {condition.path for condition in filters if condition.is_range}
    if NAME in {condition.path for condition in filters} and ranges and NAME not in ranges:
        raise invalid(
            "Equality on key is not allowed if there are other inequality fields "
            "and key does not appear in inequalities."
        )


def _read_orders(messages: list[Message], filters: list[Filter]) -> list[Order]:
    """Return the orders of a query, with those that Firestore adds.

    Firestore adds the fields with inequalities, and the name to break ties, in the direction of the
    last order.
    """
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


def _read_cursor(
    message: Message, field: str, orders: list[Order]
) -> tuple[list[Key], bool] | None:
    """Return a cursor's sort keys, and whether it lies before the documents with these keys."""
    if not message.HasField(field):
        return None
    cursor = getattr(message, field)
    if len(cursor.values) > len(message.order_by):
        raise invalid("Cursor has too many values.")
    for order, value in zip(orders, cursor.values, strict=False):
        if order.path == NAME and not value.HasField("reference_value"):
            raise invalid("Cursor __key__ value is not a document reference.")
    return [sort_key(value) for value in cursor.values], cursor.before
