"""Indexes on fields change how fast the embedded Firestore answers, and never what it answers."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import entries, keys
from emulator.documents import Documents, View
from emulator.queries import Query
from emulator.values import Document, sort_key
from tests._examples import examples
from tests.contract.firestore._client import where

CLIENT = firestore.Client("demo-redraw", AnonymousCredentials())  # type: ignore[no-untyped-call]
PARENT = "projects/demo-redraw/databases/(default)/documents"
NAN = float("nan")
VALUES: list[Any] = [
    None, False, True, NAN, float("-inf"), -(2**53) - 1, -1, -0.0, 0, 0.5, 1, 2**53, 2.0**53,
    2**53 + 1, 2**63 - 1, float("inf"), "", "a", "a\0", "b", "é", "\U0001f600", b"", b"a",
    datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC),
]  # fmt: skip
UNUSABLE: list[Any] = [[1], {"a": 1}]
FIELDS = ["a", "b", "m.x"]
scalars = st.sampled_from(VALUES)
fields = st.fixed_dictionaries(
    {}, optional={"a": scalars, "b": scalars | st.sampled_from(UNUSABLE), "x": scalars}
)
documents = st.dictionaries(st.sampled_from("abcdefgh"), fields | st.none(), max_size=8)
comparable = st.sampled_from([value for value in VALUES if value is not None and value is not NAN])


@st.composite
def queries(draw: st.DrawFn) -> Any:
    """Filters by equality, a range, orders, a start, a limit: what adapters ask, and more."""
    query: Any = CLIENT.collection("c")._query()
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=2, unique=True)):
        if draw(st.booleans()):
            query = query.where(filter=where(field, "==", draw(scalars)))
        else:
            values = draw(st.lists(comparable, min_size=1, max_size=3))
            query = query.where(filter=where(field, "in", values))
    if not draw(st.booleans()):
        return query
    field, way = draw(st.sampled_from(FIELDS)), draw(st.sampled_from(["ASCENDING", "DESCENDING"]))
    for operator in draw(st.lists(st.sampled_from(["<", "<=", ">", ">="]), max_size=2)):
        query = query.where(filter=where(field, operator, draw(comparable)))
    query = query.order_by(field, direction=way)
    if draw(st.booleans()):
        query = query.start_after({field: draw(comparable)})
    return query.limit(draw(st.integers(1, 9))) if draw(st.booleans()) else query


def encode(name: str, found: dict[str, Any]) -> bytes:
    """Return a document's bytes; `x` is in a map."""
    batch = CLIENT.batch()
    nested = {**found, "m": {"x": found["x"]}} if "x" in found else found
    batch.set(CLIENT.document(f"c/{name}"), nested)
    data: bytes = batch._write_pbs[0]._pb.update.SerializeToString()
    return data


def store(kept: Documents, changes: dict[str, dict[str, Any] | None]) -> None:
    kept.store(
        {
            f"{PARENT}/c/{name}": None if found is None else encode(name, found)
            for name, found in changes.items()
        },
        kept.tick(),
    )


def answer(query: Query, kept: Documents) -> tuple[list[str], int]:
    view = kept.latest()
    return [document.name for document in query.run(view)], query.count(view)


def read_query(query: Any) -> Query:
    return Query(PARENT, query._to_protobuf()._pb)


@settings(max_examples=examples(200))
@given(first=documents, then=documents, asked=st.lists(queries(), min_size=1, max_size=6))
def test_queries_have_the_same_answers_with_indexes(
    first: dict[str, Any], then: dict[str, Any], asked: list[Any]
) -> None:
    with TemporaryDirectory() as folder, mock.patch.object(entries, "LONG", 0):
        kept = Documents(Path(folder) / "firestore.sqlite", durable=False)
        for changes in (first, then):
            store(kept, changes)
            for each in asked:
                query = read_query(each)
                with mock.patch.object(View, "can_use", return_value=False):
                    expected = answer(query, kept)
                assert answer(query, kept) == expected, each._to_protobuf()
        kept.close()


@given(one=scalars, other=scalars)
def test_keys_compare_as_values_do(one: Any, other: Any) -> None:
    found = [sort_key(read_value(value)) for value in (one, other)]
    encoded = [keys.encode(key) for key in found]
    assert None not in encoded
    assert (found[0] < found[1]) == (encoded[0] < encoded[1])  # type: ignore[operator]
    assert (found[0] == found[1]) == (encoded[0] == encoded[1])


def read_value(value: Any) -> Any:
    document = Document.FromString(encode("a", {"a": value}))
    return document.fields["a"]


def test_a_pinned_view_sees_the_indexes_of_its_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "LONG", 0)
    kept = Documents(tmp_path / "firestore.sqlite", durable=False)
    query = read_query(CLIENT.collection("c").where(filter=where("a", "==", 1)))
    store(kept, {"a": {"a": 1}, "b": {"a": 2}})
    before_indexes = kept.pin()
    assert answer(query, kept)[1] == 1
    pinned = kept.pin()
    store(kept, {"a": {"a": 2}, "b": {"a": 1}, "c": {"a": 1}})
    assert (before_indexes.can_use(query.collection, []), query.count(before_indexes)) == (True, 1)
    assert [document.name[-1] for document in query.run(pinned)] == ["a"]
    assert query.count(pinned) == 1
    assert answer(query, kept) == ([f"{PARENT}/c/b", f"{PARENT}/c/c"], 2)
    for view in (before_indexes, pinned):
        view.close()
    kept.close()


def test_a_short_collection_has_no_indexes(tmp_path: Path) -> None:
    kept = Documents(tmp_path / "firestore.sqlite", durable=False)
    query = read_query(CLIENT.collection("c").where(filter=where("a", "==", 1)))
    store(kept, {"a": {"a": 1}})
    assert answer(query, kept)[1] == 1
    assert kept._connection.execute("SELECT COUNT(*) FROM indexed").fetchone() == (0,)
    kept.close()
