"""The database behind the calls: turns reads into views, and lists of writes into atomic commits."""

from collections.abc import Iterable
from pathlib import Path

import grpc

from emulator import writes
from emulator.documents import Documents, View, timestamp
from emulator.indexes import Indexes
from emulator.queries import Query
from emulator.transactions import Transaction, Transactions
from emulator.values import Message, Refusal, invalid

WriteResult = tuple[Message | None, list[Message]]
"""When the document last changed (None: it is gone), and what its transforms came to."""


class Database:
    """Documents, transactions and indexes, under one lock."""

    def __init__(self, path: Path, *, durable: bool, indexes: Indexes) -> None:
        self._documents = Documents(path, durable=durable)
        self._transactions = Transactions(self._documents)
        self._indexes = indexes

    def begin(self, options: Message) -> bytes:
        """Starts a transaction."""
        with self._documents.lock:
            return self._transactions.begin(options).id

    def rollback(self, transaction: bytes) -> None:
        """Ends a transaction without a trace."""
        with self._documents.lock:
            self._transactions.end(transaction)

    def get(
        self, names: list[str], transaction: bytes = b""
    ) -> tuple[dict[str, Message | None], Message]:
        """The named documents at one moment, and the moment."""
        with self._documents.lock:
            view = self._view(transaction, names)
            return view.get(names), view.time

    def query(self, query: Query, transaction: bytes = b"") -> tuple[list[Message], Message]:
        """What a query finds at one moment, and the moment."""
        self._indexes.check(query)
        with self._documents.lock:
            view = self._view(transaction, [query.collection], query)
            return list(query.run(view)), view.time

    def names(self, collection: str, *, missing: bool) -> list[str]:
        """The names of the documents of a collection, in order; with `missing`, also of those that only have collections."""
        prefix = f"{collection}/"
        with self._documents.lock:
            view = self._documents.latest()
            ids = set(view.ids(collection))
            if missing:
                ids.update(
                    path[len(prefix) :].split("/")[0] for path in view.collections_under(prefix)
                )
        return [prefix + identifier for identifier in sorted(ids)]

    def collections_under(self, prefix: str) -> list[str]:
        """The paths of all collections that begin with `prefix`."""
        with self._documents.lock:
            return self._documents.latest().collections_under(prefix)

    def commit(
        self, changes: Iterable[Message], transaction: bytes = b""
    ) -> tuple[list[WriteResult], Message]:
        """Applies writes in order, all or none, and ends the transaction. Returns the results and the time of the commit."""
        with self._documents.lock:
            mine = self._transactions.find(transaction) if transaction else None
            try:
                return self._commit(list(changes), mine)
            finally:
                if mine is not None:
                    self._transactions.end(mine.id)

    def _commit(
        self, changes: list[Message], mine: Transaction | None
    ) -> tuple[list[WriteResult], Message]:
        if changes and mine is not None and mine.read_only:
            raise invalid("Cannot modify entities in a read-only transaction.")
        if changes and mine is not None and mine.aborted:
            raise Refusal(
                grpc.StatusCode.ABORTED, "Too much contention on these documents. Please try again."
            )
        names = [writes.target(write) for write in changes]
        if len(set(names)) < len(names):
            writes.check_sequence(names, changes)
        micros = self._documents.tick()
        now, latest = timestamp(micros), self._documents.latest()
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
            self._transactions.disturb(changed, mine)
            self._documents.store(
                {
                    name: None if new is None else writes.encode(new)
                    for name, (_, new) in changed.items()
                },
                micros,
            )
        return results, now

    def _view(self, transaction: bytes, claims: list[str], query: Query | None = None) -> View:
        """What to read from. Within a transaction, what was read is remembered."""
        if not transaction:
            return self._documents.latest()
        mine = self._transactions.find(transaction)
        view = self._transactions.claim(mine, claims)
        if query is not None:
            mine.queries.append(query)
        return view

    def clear(self) -> None:
        """Forgets every document and every transaction."""
        with self._documents.lock:
            self._transactions.clear()
            self._documents.clear()

    def close(self) -> None:
        """Ends the use of the file."""
        with self._documents.lock:
            self._transactions.clear()
            self._documents.close()
