"""The database behind the calls: consistent reads, and lists of writes as atomic commits."""

from collections.abc import Iterable
from pathlib import Path

import grpc

from emulator import writes
from emulator.documents import Documents, View, timestamp
from emulator.indexes import Indexes
from emulator.queries import Query
from emulator.transactions import Transaction, Transactions
from emulator.values import Message, Refusal, invalid, unsupported

WriteResult = tuple[Message | None, list[Message]]
"""When the document last changed (None: it was deleted), and the results of its transforms."""


class Database:
    """Documents, transactions and indexes, under one lock."""

    def __init__(self, path: Path, *, durable: bool, indexes: Indexes) -> None:
        self._documents = Documents(path, durable=durable)
        self._transactions = Transactions(self._documents)
        self._indexes = indexes

    def begin(self, options: Message) -> bytes:
        """Start a transaction and return its id."""
        with self._documents.lock:
            return self._transactions.begin(options).id

    def rollback(self, transaction: bytes) -> None:
        """End a transaction without writing anything."""
        with self._documents.lock:
            self._transactions.end(transaction)

    def get(
        self, names: list[str], transaction: bytes = b""
    ) -> tuple[dict[str, Message | None], Message]:
        """Return the named documents as they were at one moment, and the moment."""
        with self._documents.lock:
            view = self._open_view(transaction, names)
            return view.get(names), view.time

    def query(
        self, query: Query, transaction: bytes = b"", read_time: Message | None = None
    ) -> tuple[list[Message], Message]:
        """Return the documents that a query matches at one moment, and the moment."""
        self._indexes.check(query)
        if query.whole_tree and transaction:
            raise unsupported("a query over a whole tree in a transaction")
        with self._documents.lock:
            if read_time is not None:
                return list(query.run(self._view_at(read_time))), read_time
            view = self._open_view(transaction, [query.collection], query)
            return list(query.run(view)), view.time

    def count(self, query: Query, transaction: bytes = b"") -> tuple[int, Message]:
        """Return how many documents a query matches at one moment, and the moment."""
        self._indexes.check(query)
        with self._documents.lock:
            view = self._open_view(transaction, [query.collection], query)
            return query.count(view), view.time

    def list_names(self, collection: str, *, missing: bool) -> list[str]:
        """Return the names of the documents of a collection, in order.

        With `missing`, also the names of documents that do not exist but have subcollections.
        """
        prefix = f"{collection}/"
        with self._documents.lock:
            view = self._documents.latest()
            ids = set(view.list_ids(collection))
            if missing:
                ids.update(
                    path[len(prefix) :].split("/")[0] for path in view.list_collections(prefix)
                )
        return [prefix + identifier for identifier in sorted(ids)]

    def list_collections(self, prefix: str) -> list[str]:
        """Return the paths of all collections that begin with `prefix`."""
        with self._documents.lock:
            return self._documents.latest().list_collections(prefix)

    def commit(
        self, changes: Iterable[Message], transaction: bytes = b""
    ) -> tuple[list[WriteResult], Message]:
        """Apply writes in order, all or none, and end the transaction.

        Returns:
            The results of the writes, and the time of the commit.
        """
        with self._documents.lock:
            own = self._transactions.find(transaction) if transaction else None
            try:
                return self._commit(list(changes), own)
            finally:
                if own is not None:
                    self._transactions.end(own.id)

    def _commit(
        self, changes: list[Message], own: Transaction | None
    ) -> tuple[list[WriteResult], Message]:
        if changes and own is not None and own.read_only:
            raise invalid("Cannot modify entities in a read-only transaction.")
        if changes and own is not None and own.aborted:
            raise Refusal(
                grpc.StatusCode.ABORTED, "Too much contention on these documents. Please try again."
            )
        names = [writes.target(write) for write in changes]
        if len(set(names)) < len(names):
            writes.check_sequence(names, changes)
        micros = self._documents.tick()
        now, latest = timestamp(micros), self._documents.latest()
        # Every write is applied to documents in memory first, each on top of the writes before it.
        # A write that is refused raises here, before anything is stored.
        before = latest.get(names)
        after = dict(before)
        results: list[WriteResult] = []
        for name, write in zip(names, changes, strict=True):
            document, transformed = writes.apply(write, name, after[name], now)
            after[name] = document
            results.append((None if document is None else document.update_time, transformed))
        changed = {
            name: (old, after[name]) for name, old in before.items() if old is not after[name]
        }
        if changed:
            # Before the store: an aborted transaction keeps a view of the documents as they are.
            self._transactions.abort_readers(changed, own)
            self._documents.store(
                {
                    name: None if new is None else writes.encode(new)
                    for name, (_, new) in changed.items()
                },
                micros,
            )
        return results, now

    def _open_view(self, transaction: bytes, claims: list[str], query: Query | None = None) -> View:
        """Return what to read from. In a transaction, also remember what is read."""
        if not transaction:
            return self._documents.latest()
        own = self._transactions.find(transaction)
        view = self._transactions.claim(own, claims)
        if query is not None:
            own.queries.append(query)
        return view

    def _view_at(self, read_time: Message) -> View:
        view = self._documents.view_at(read_time.seconds * 1_000_000 + read_time.nanos // 1000)
        if view is None:
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                "The requested read_time is not kept: Redraw's emulator keeps a time only from"
                " when it is asked for first, and only if nothing was written since.",
            )
        return view

    def clear(self) -> None:
        """Delete every document and end every transaction."""
        with self._documents.lock:
            self._transactions.clear()
            self._documents.clear()

    def close(self) -> None:
        """End every transaction and close the file."""
        with self._documents.lock:
            self._transactions.clear()
            self._documents.close()
