"""How a query finds its documents: by indexes where there are any, else by reading them all."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from emulator.documents import View
from emulator.paths import NAME
from emulator.spans import Span, list_spans, start_at
from emulator.values import Message

if TYPE_CHECKING:
    from emulator.queries import Query

_FEW = 2000
"""So many documents are rather sorted than found among all others in an index on the order."""


def find_candidates(query: "Query", view: View) -> Iterable[Message]:
    """Return documents in the query's order: all that match, and maybe others.

    They are read as they are asked for where that is possible, because most queries stop early.
    """
    spans = _find_spans(query, view)
    fixed, ordered = _split(query, spans, view)
    paths = {span.path for span in fixed}
    tail = [order for order in query.orders if order.path not in paths]
    by_name = [order.path for order in tail] == [NAME] and not tail[0].descending
    if not spans and by_name:
        return view.scan(query.collection, query.find_first_id())
    if not spans:
        return _sort(query, view.scan(query.collection))
    # Documents with one of several values are in the order of their names, not of these values.
    mixed = any(len(span.keys or ()) > 1 and _is_order(query, span) for span in fixed)
    if by_name and not mixed:
        first = query.find_first_id() if query.orders == tail else ""
        return _scan_by_name(query, fixed, view, first)
    if (
        ordered
        and not mixed
        and [order.path for order in tail] == [ordered[0].path, NAME]
        and tail[0].descending == tail[1].descending
        and not (fixed and _count(query, fixed[0], view) <= _FEW)
    ):
        return _walk(query, ordered[0], fixed, view)
    if fixed:
        return _sort(query, _scan_each(query, fixed, view))
    return _sort(query, view.scan_in(query.collection, ordered))


def count_matching(query: "Query", view: View) -> int | None:
    """Return how many documents match, cursors and limit apart; None if indexes do not serve."""
    if query.whole_tree:
        return None
    if not query.filters and [order.path for order in query.orders] == [NAME]:
        return view.count(query.collection)
    spans = _find_spans(query, view)
    if not spans or NAME in {condition.path for condition in query.filters}:
        return None
    fixed, ordered = _split(query, spans, view)
    return view.count_in(query.collection, [*fixed, *ordered])


def _find_spans(query: "Query", view: View) -> list[Span]:
    spans = list_spans(query.filters, query.orders)
    return spans if spans and view.can_use(query.collection, spans) else []


def _split(query: "Query", spans: Sequence[Span], view: View) -> tuple[list[Span], list[Span]]:
    """Return the spans with keys, the one with the fewest documents first, and the others."""
    fixed = [span for span in spans if span.keys is not None]
    if len(fixed) > 1:
        fixed.sort(key=lambda span: _count(query, span, view))
    return fixed, [span for span in spans if span.keys is None]


def _count(query: "Query", span: Span, view: View) -> int:
    return view.count_in(query.collection, [span], _FEW + 1)


def _is_order(query: "Query", span: Span) -> bool:
    return span.path in {order.path for order in query.orders}


def _each_key(fixed: Sequence[Span]) -> Iterator[list[Span]]:
    lead, *others = fixed
    for key in lead.keys or ():
        yield [replace(lead, keys=(key,)), *others]


def _scan_each(query: "Query", fixed: Sequence[Span], view: View) -> Iterator[Message]:
    parts = (view.scan_in(query.collection, spans) for spans in _each_key(fixed))
    return chain.from_iterable(parts)


def _scan_by_name(
    query: "Query", fixed: Sequence[Span], view: View, first: str
) -> Iterator[Message]:
    parts = [view.scan_in(query.collection, spans, start=first) for spans in _each_key(fixed)]
    return heapq.merge(*parts, key=lambda document: document.name)


def _walk(query: "Query", span: Span, fixed: Sequence[Span], view: View) -> Iterator[Message]:
    """Yield documents in the order of an index, from the start cursor on."""
    order = next(order for order in query.orders if order.path == span.path)
    if query.start is not None and query.orders[0] == order and query.start[0]:
        keys, before = query.start
        included = before or len(keys) > 1
        span = start_at(span, keys[0], descending=order.descending, included=included)
    return view.scan_in(query.collection, [span, *fixed], descending=order.descending)


def _sort(query: "Query", candidates: Iterable[Message]) -> list[Message]:
    documents = list(filter(query.matches, candidates))
    # The sort is stable: sorting by the last order first, and by the first order last, leaves each
    # order to break the ties of those before it.
    for order in reversed(query.orders):
        documents.sort(key=order.key, reverse=order.descending)
    return documents
