"""Documents: what is written is read back, and what Firestore would refuse is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore


def test_a_document_comes_back_as_it_was_set(c: firestore.CollectionReference) -> None:
    data = {
        "none": None, "yes": True, "int": -(2**63), "float": 1.5, "text": "é\U0001f600",
        "bytes": b"\x00\xff", "list": [1, "a", {"b": []}], "map": {"a b": {"`": 1}},
        "at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        "where": firestore.GeoPoint(1, 2), "who": c.document("x"),
    }  # fmt: skip
    c.document("a").set(data)
    assert c.document("a").get().to_dict() == data


def test_a_missing_document_does_not_exist_but_has_a_read_time(
    c: firestore.CollectionReference,
) -> None:
    snapshot = c.document("no").get()
    assert not snapshot.exists
    assert abs(snapshot.read_time - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_document_is_created_once(c: firestore.CollectionReference) -> None:
    c.document("a").create({"n": 1})
    with pytest.raises(exceptions.AlreadyExists):
        c.document("a").create({"n": 2})
    assert c.document("a").get().get("n") == 1


def test_updating_a_missing_document_is_refused(c: firestore.CollectionReference) -> None:
    with pytest.raises(exceptions.NotFound):
        c.document("a").update({"n": 1})
    assert not c.document("a").get().exists


def test_an_update_touches_the_named_paths_alone(c: firestore.CollectionReference) -> None:
    c.document("a").set({"m": {"x": 1, "y": 2, "dotted.name": 3}, "n": 1})
    c.document("a").update({"m.x": 10, "m.`dotted.name`": firestore.DELETE_FIELD, "p.q": 4})
    assert c.document("a").get().to_dict() == {"m": {"x": 10, "y": 2}, "n": 1, "p": {"q": 4}}


def test_a_merge_keeps_what_it_does_not_name(c: firestore.CollectionReference) -> None:
    c.document("a").set({"m": {"x": 1, "y": 2}, "gone": 1})
    c.document("a").set({"m": {"x": 10}, "gone": firestore.DELETE_FIELD}, merge=True)
    assert c.document("a").get().to_dict() == {"m": {"x": 10, "y": 2}}
    c.document("a").set({"n": 1})
    assert c.document("a").get().to_dict() == {"n": 1}


def test_the_server_timestamp_is_about_the_time_of_the_commit_in_milliseconds(
    c: firestore.CollectionReference,
) -> None:
    result = c.document("a").set({"at": firestore.SERVER_TIMESTAMP})
    at = c.document("a").get().get("at")
    assert timedelta() <= result.update_time - at < timedelta(seconds=1)
    assert at.microsecond % 1000 == 0


def test_numbers_are_incremented_and_arrays_joined_and_parted(
    c: firestore.CollectionReference,
) -> None:
    c.document("a").set({"i": 1, "f": 1.5, "top": 2**63 - 1, "text": "x", "list": [1, 2]})
    c.document("a").update({
        "i": firestore.Increment(2), "f": firestore.Increment(1), "top": firestore.Increment(1),
        "text": firestore.Increment(3),
        "new": firestore.Increment(4), "list": firestore.ArrayUnion([2.0, 3, 3]),
    })  # fmt: skip
    expected = {"i": 3, "f": 2.5, "top": 2**63 - 1, "text": 3, "new": 4, "list": [1, 2, 3]}
    assert c.document("a").get().to_dict() == expected
    c.document("a").update({"list": firestore.ArrayRemove([1.0, 3, 9])})
    assert c.document("a").get().get("list") == [2]


def test_times_rise_and_a_write_without_effect_keeps_them(c: firestore.CollectionReference) -> None:
    c.document("a").set({"n": 1})
    first = c.document("a").get()
    c.document("a").set({"n": 1})
    same = c.document("a").get()
    c.document("a").set({"n": 2})
    changed = c.document("a").get()
    assert first.create_time == first.update_time == same.update_time < first.read_time
    assert changed.create_time == first.create_time
    assert first.read_time <= same.read_time < changed.update_time <= changed.read_time


def test_preconditions_on_existence_and_time_are_kept(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1})
    old = c.document("a").get().update_time
    c.document("a").update({"n": 2}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.FailedPrecondition):
        c.document("a").update({"n": 3}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.NotFound):
        c.document("no").delete(option=client.write_option(exists=True))
    c.document("no").delete()
    assert c.document("a").get().get("n") == 2


def test_a_batch_is_applied_as_a_whole_or_not_at_all(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    batch = client.batch()
    batch.set(c.document("a"), {"n": 1})
    batch.update(c.document("a"), {"m": 2})
    batch.update(c.document("missing"), {"n": 1})
    with pytest.raises(exceptions.NotFound):
        batch.commit()
    assert not c.document("a").get().exists


def test_many_documents_are_read_at_one_moment(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1, "m": 2})
    snapshots = {
        s.id: s
        for s in client.get_all(
            [c.document("a"), c.document("no"), c.document("a")], field_paths=["m"]
        )
    }
    assert snapshots["a"].to_dict() == {"m": 2}
    assert not snapshots["no"].exists
    assert snapshots["a"].read_time == snapshots["no"].read_time


@pytest.mark.parametrize(
    ("identifier", "data"),
    [
        ("a", {"text": "x" * 1_048_576}),
        ("a", {"lists": [[1]]}),
        ("a", {"__reserved__": 1}),
        ("__reserved__", {}),
        ("..", {}),
        ("x" * 1501, {}),
    ],
    ids=["over 1 MiB", "list in a list", "reserved field", "reserved id", "dots", "long id"],
)
def test_what_firestore_would_not_keep_is_refused(
    c: firestore.CollectionReference, identifier: str, data: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        c.document(identifier).set(data)


def test_a_request_over_10_mib_is_refused(ours: firestore.Client) -> None:
    c = ours.collection("c")
    batch = ours.batch()
    for number in range(11):
        batch.set(c.document(str(number)), {"text": "x" * 1_000_000})
    with pytest.raises(exceptions.InvalidArgument, match="10485760 bytes"):
        batch.commit()
