"""Transactions: each sees one moment, and a commit on stale reads is aborted."""

import time

import pytest
from google.api_core import exceptions
from google.cloud import firestore

from tests.contract.firestore._client import where


def test_a_commit_is_aborted_when_what_it_read_has_changed(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"n": 1})
    c.document("b").set({"n": 1})
    transaction = ours.transaction()
    transaction._begin()
    assert c.document("a").get(transaction=transaction).get("n") == 1
    batch = ours.batch()
    batch.set(c.document("a"), {"n": 2})
    batch.set(c.document("b"), {"n": 2})
    batch.commit()
    assert c.document("b").get(transaction=transaction).get("n") == 1, (
        "it goes on seeing the moment of its first read"
    )
    transaction.set(c.document("b"), {"n": 3})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()
    assert c.document("b").get().get("n") == 2


def test_a_query_in_a_transaction_is_disturbed_by_what_it_would_find(
    ours: firestore.Client,
) -> None:
    c = ours.collection("c")

    def commit_after(identifier: str, status: str) -> None:
        transaction = ours.transaction()
        transaction._begin()
        list(c.where(filter=where("status", "==", "pending")).stream(transaction=transaction))
        c.document(identifier).set({"status": status})
        transaction.set(c.document("result"), {"n": 1})
        transaction._commit()

    commit_after("a", "other")
    with pytest.raises(exceptions.Aborted):
        commit_after("b", "pending")


def test_two_transactions_in_one_thread_end_soon(ours: firestore.Client) -> None:
    c = ours.collection("c")
    c.document("a").set({"n": 1})
    started, outcomes = time.monotonic(), []
    transactions = [ours.transaction(), ours.transaction()]
    for transaction in transactions:
        transaction._begin()
    for transaction in transactions:
        c.document("a").get(transaction=transaction)
        transaction.update(c.document("a"), {"n": firestore.Increment(1)})
    for transaction in transactions:
        try:
            transaction._commit()
            outcomes.append("committed")
        except exceptions.Aborted:
            outcomes.append("aborted")
    assert sorted(outcomes) == ["aborted", "committed"]
    assert time.monotonic() - started < 20  # one that waits for the other does so for a minute
    assert c.document("a").get().get("n") == 2


def test_a_read_only_transaction_reads_one_moment_and_writes_nothing(
    c: firestore.CollectionReference, client: firestore.Client
) -> None:
    c.document("a").set({"n": 1})
    transaction = client.transaction(read_only=True)
    transaction._begin()
    c.document("a").set({"n": 2})
    assert c.document("a").get(transaction=transaction).get("n") == 1
    assert [s.get("n") for s in c.stream(transaction=transaction)] == [1]
    transaction._commit()
    with pytest.raises(exceptions.InvalidArgument):
        c.document("a").get(transaction=_ended(client))


def _ended(client: firestore.Client) -> firestore.Transaction:
    transaction = client.transaction()
    transaction._begin()
    identifier = transaction._id
    transaction._rollback()
    transaction._id = identifier
    return transaction
