"""Queries: filters, orders, cursors, counts, indexes and lists."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And

from tests.contract.firestore._client import ids, where


def test_pending_documents_are_paged_by_id(c: firestore.CollectionReference) -> None:
    for number in range(25):
        c.document(f"{number:02d}").set({"status": "pending" if number % 5 else "merged"})
    query = c.where(filter=where("status", "==", "pending")).order_by("__name__").limit(8)
    pages, page = [], query.get()
    while page:
        pages.append([snapshot.id for snapshot in page])
        page = query.start_after(page[-1]).get()
    assert [len(page) for page in pages] == [8, 8, 4]
    assert list(chain(*pages)) == [f"{number:02d}" for number in range(25) if number % 5]


def test_documents_are_counted(c: firestore.CollectionReference) -> None:
    for number in range(5):
        c.document(str(number)).set({"n": number})
    assert c.where(filter=where("n", ">=", 2)).count(alias="all").get()[0][0].value == 3


def test_order_by_leaves_out_documents_without_the_field(c: firestore.CollectionReference) -> None:
    c.document("a").set({"n": 2})
    c.document("b").set({"m": 1})
    c.document("c").set({"n": None})
    assert ids(c.order_by("n")) == ["c", "a"]


def test_values_are_ordered_across_types_as_firestore_orders_them(
    c: firestore.CollectionReference,
) -> None:
    values = [
        None, False, True, float("nan"), float("-inf"), -1, 0.5, 1, 2**53, 2**53 + 1,
        datetime(2020, 1, 1, tzinfo=UTC),
        "", "a", "é", "\uffff", "\U0001f600", b"", b"a", c.document("a"), c.document("a/b/c"),
        firestore.GeoPoint(1, 2), firestore.GeoPoint(1, 3), [], [1], [1, 0], ["a"],
        {}, {"a": 1}, {"a": 1, "b": 0}, {"a": 2}, {"b": 0},
    ]  # fmt: skip
    for number, value in enumerate(values):
        c.document(f"{(number * 17) % 100:02d}").set({"x": value, "number": number})
    assert [s.get("number") for s in c.order_by("x").stream()] == list(range(len(values)))
    assert [s.get("number") for s in c.order_by("x", direction="DESCENDING").stream()] == list(
        range(len(values))
    )[::-1]


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("==", 1, "ab"), ("<", 2, "ab"), ("<=", 2, "abc"), (">", 1, "c"), (">=", "x", "d"),
        ("==", None, "f"), ("in", [2, "x", None], "cd"), ("==", float("nan"), "h"),
        ("<", True, ""), (">=", [7], "e"),
    ],
)  # fmt: skip
def test_filters_find_what_firestore_would(
    c: firestore.CollectionReference, op: str, value: Any, expected: str
) -> None:
    for identifier, stored in {"a": 1, "b": 1.0, "c": 2, "d": "x", "e": [7, 8], "f": None}.items():
        c.document(identifier).set({"x": stored})
    c.document("g").set({"other": 1})
    c.document("h").set({"x": float("nan")})
    assert sorted(ids(c.where(filter=where("x", op, value)))) == list(expected)


def test_filters_cursors_and_projection_combine(c: firestore.CollectionReference) -> None:
    for number in range(10):
        c.document(str(number)).set({"a": 1, "b": number % 2, "n": number, "m": {"k": number}})
    query = c.where(filter=And([where("a", "==", 1), where("b", "==", 0)])).order_by(
        "n", direction="DESCENDING"
    )
    assert ids(query) == ["8", "6", "4", "2", "0"]
    assert ids(query.start_at({"n": 6}).end_before({"n": 0})) == ["6", "4", "2"]
    assert ids(query.start_after({"n": 6}).end_at({"n": 0}).limit(1)) == ["4"]
    assert [s.to_dict() for s in query.select(["m.k"]).limit(1).stream()] == [{"m": {"k": 8}}]
    assert [s.id for s in c.order_by("n").limit_to_last(2).get()] == ["8", "9"]


def test_a_query_without_its_composite_index_is_refused(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"a": 1, "b": 1, "n": 1})
    pending = where("a", "==", 1)
    for query in (
        c.where(filter=pending).order_by("n"),
        c.where(filter=pending).where(filter=where("n", ">", 0)),
        c.order_by("a").order_by("n"),
        c.where(filter=pending).order_by("__name__", direction="DESCENDING"),
        ours.collection("d").where(filter=pending).order_by("n", direction="DESCENDING"),
    ):
        with pytest.raises(exceptions.FailedPrecondition, match="requires an index"):
            ids(query)
    for query in (
        c.where(filter=pending).order_by("n", direction="DESCENDING"),
        c.where(filter=pending)
        .where(filter=where("b", "==", 1))
        .where(filter=where("n", ">", 0))
        .order_by("n", direction="DESCENDING"),
        c.where(filter=pending).where(filter=where("other", "==", 1)),
        c.where(filter=pending).order_by("__name__"),
        c.order_by("n", direction="DESCENDING"),
    ):
        ids(query)


def test_collections_and_documents_are_listed(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({})
    c.document("ghost").collection("sub").document("x").set({})
    assert sorted(collection.id for collection in client.collections()) == ["c"]
    assert [collection.id for collection in c.document("ghost").collections()] == ["sub"]
    assert [document.id for document in c.list_documents(page_size=1)] == ["a", "ghost"]
