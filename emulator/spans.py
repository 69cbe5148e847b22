"""What a query asks of single fields, as parts of an index on each of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulator.keys import encode, first_of_next_type, first_of_type
from emulator.paths import NAME, FieldPath
from emulator.values import Key

if TYPE_CHECKING:
    from emulator.queries import Filter, Order


@dataclass(frozen=True)
class Span:
    """A part of the index on a field: entries with one of some keys, or from one key to another.

    path: the field. keys: the keys of a filter by equality; None: all between the bounds.
    low, high: the bounds, and whether an entry may be at the bound; None: no bound.
    """

    path: FieldPath
    keys: tuple[bytes, ...] | None = None
    low: tuple[bytes, bool] | None = None
    high: tuple[bytes, bool] | None = None

    def condition(self, entry: str) -> tuple[str, list[bytes]]:
        """Return the condition in SQL on the key of an entry, and its parameters."""
        column = f"{entry}.key"
        if self.keys is not None and len(self.keys) == 1:
            return f"{column} = ?", list(self.keys)
        if self.keys is not None:
            return f"{column} IN ({','.join('?' * len(self.keys))})", list(self.keys)
        parts, values = ["1"], []
        for bound, operator in ((self.low, ">"), (self.high, "<")):
            if bound is not None:
                parts.append(f"{column} {operator}{'=' if bound[1] else ''} ?")
                values.append(bound[0])
        return " AND ".join(parts), values


def list_spans(filters: Iterable["Filter"], orders: Iterable["Order"]) -> list[Span] | None:
    """Return what a query needs of each field, conditions on names apart.

    None: an index cannot answer it. It has several conditions on one field, or a value of which
    there are no keys.
    """
    found: dict[FieldPath, Span] = {}
    for condition in filters:
        if condition.path == NAME:
            continue
        span = _read(condition.path, condition.operator, condition.key)
        known = found.get(condition.path)
        if span is None or (known is not None and (known.keys, span.keys) != (None, None)):
            return None
        found[condition.path] = span if known is None else _narrow(known, span)
    for order in orders:
        if order.path != NAME:
            found.setdefault(order.path, Span(order.path))
    return list(found.values())


def _read(path: FieldPath, operator: str, key: Key) -> Span | None:
    if operator == "IN":
        keys = [encode(each) for each in key]
        known = tuple(sorted({each for each in keys if each is not None}))
        return Span(path, known) if None not in keys else None
    bound = encode(key)
    if bound is None:
        return None
    if operator == "EQUAL":
        return Span(path, (bound,))
    if first_of_type(bound) > bound:  # NaN is in no range
        return Span(path, ())
    may_equal = operator.endswith("EQUAL")
    if operator.startswith("LESS"):
        return Span(path, None, (first_of_type(bound), True), (bound, may_equal))
    return Span(path, None, (bound, may_equal), (first_of_next_type(bound), False))


def _narrow(one: Span, other: Span) -> Span:
    """Return what is in both ranges."""
    lows = [bound for bound in (one.low, other.low) if bound is not None]
    highs = [bound for bound in (one.high, other.high) if bound is not None]
    # Of two bounds at one key the one that leaves it out is the narrower.
    return replace(
        one,
        low=max(lows, key=lambda bound: (bound[0], not bound[1]), default=None),
        high=min(highs, default=None),
    )


def start_at(span: Span, key: Key, *, descending: bool, included: bool) -> Span:
    """Return the span without what an index read in this direction has before a key.

    `included` says whether what has this key is left in.
    """
    bound = encode(key)
    if bound is None:
        return span
    if descending:
        return _narrow(span, Span(span.path, None, None, (bound, included)))
    return _narrow(span, Span(span.path, None, (bound, included), None))
