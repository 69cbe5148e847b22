"""The transactions under way: what each has read, which one waits, and which one must fail.

Correctness. A transaction must not commit when a document that it has read was changed in the
meantime, or the change would be lost. `abort_readers` makes sure of this: every commit aborts all
other transactions that have read, or whose queries match, a document that the commit changes. The
commit of an aborted transaction is refused with the status ABORTED, and Google's client retries it.

Fewer retries. That alone would be correct, but under contention most attempts would fail. So a
transaction claims the documents and collections that it reads, and another one that wants to read
them waits for a short time (`claim`):

- A younger transaction waits for an older one.
- An older one waits for a younger one, but only while the younger is not waiting itself. Otherwise
  they could wait for each other for ever (a deadlock).
- When an older one stops waiting, it aborts the younger ones that have claimed what it reads.

A retry keeps the age of its first attempt. So it gets older than its rivals, and each transaction
commits in the end.
"""

import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from emulator.documents import Documents, View
from emulator.queries import Query
from emulator.values import Message, invalid, unsupported

_ID = struct.Struct(">QQ")
"""The id of a transaction: its age (when its first attempt began) and a unique number."""
_SILENCE_SECONDS = 0.5
"""Other transactions stop waiting for one that has sent nothing for this long."""
_MAX_WAIT_SECONDS = 2.0
_POLL_SECONDS = 0.05
_IDLE_SECONDS, _LIFETIME_SECONDS = 60, 270
"""When Firestore ends a transaction that is idle, and one that is not."""


@dataclass(eq=False)
class Transaction:
    """One attempt of a transaction.

    `view` is None while it reads the latest documents. That is correct as long as no document that
    it has read changes. Once one does, the transaction is aborted: `view` then keeps the state from
    before the change, so that its remaining reads are consistent with its earlier ones.

    A read-only transaction has a view from the start and never fails.
    """

    id: bytes
    age: int
    view: View | None
    read_only: bool
    started: float = field(default_factory=time.monotonic)
    last_active: float = field(default_factory=time.monotonic)
    requested: frozenset[str] = frozenset()
    """The claims that it waits for; empty when it does not wait."""
    claims: set[str] = field(default_factory=set)
    """Names of the documents that it has read, and paths of the collections that it has queried."""
    queries: list[Query] = field(default_factory=list)

    @property
    def aborted(self) -> bool:
        """Whether its commit will be refused."""
        return self.view is not None and not self.read_only


class Transactions:
    """All transactions under way. The caller of any method holds the lock of the documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._changed = threading.Condition(documents.lock)
        self._live: dict[bytes, Transaction] = {}

    def begin(self, options: Message) -> Transaction:
        """Start a transaction. One that retries another keeps the age of the first attempt."""
        self._end_expired()
        if options.read_only.HasField("read_time"):
            raise unsupported("read_time in a transaction: it keeps no past")
        serial = age = self._documents.tick()
        if options.read_write.retry_transaction:
            age = min(age, _parse_id(options.read_write.retry_transaction)[0])
        read_only = options.HasField("read_only")
        transaction = Transaction(
            _ID.pack(age, serial), age, self._documents.pin() if read_only else None, read_only
        )
        self._live[transaction.id] = transaction
        return transaction

    def find(self, identifier: bytes) -> Transaction:
        """Return the transaction with this id; refuse an id that is not under way."""
        _parse_id(identifier)
        if identifier not in self._live:
            raise invalid("Transaction is invalid or closed.")
        transaction = self._live[identifier]
        transaction.last_active = time.monotonic()
        return transaction

    def end(self, identifier: bytes) -> None:
        """Remove a transaction, however it ended. Do nothing if it has ended already."""
        _parse_id(identifier)
        if (transaction := self._live.pop(identifier, None)) is not None:
            if transaction.view is not None:
                transaction.view.close()
            self._changed.notify_all()

    def claim(self, own: Transaction, claims: Iterable[str]) -> View:
        """Wait for the turn of `own`, claim what it is about to read, and return what to read from.

        Args:
            own: the transaction that reads.
            claims: names of documents, or the path of a collection.

        Returns:
            The view of `own` if it has one, else the latest documents.
        """
        own.requested = frozenset(claims)
        deadline = time.monotonic() + _MAX_WAIT_SECONDS
        # Transactions that wait for `own` must look again, because `own` may now wait itself.
        self._changed.notify_all()
        while own.view is None and time.monotonic() < deadline and self._must_wait(own):
            self._changed.wait(_POLL_SECONDS)
            own.last_active = time.monotonic()
        if own.view is None:
            for other in self._list_rivals(own):
                if other.age > own.age and not own.requested.isdisjoint(other.claims):
                    self._abort(other)
            own.claims |= own.requested
        own.requested = frozenset()
        return own.view or self._documents.latest()

    def abort_readers(
        self, changes: dict[str, tuple[Message | None, Message | None]], own: Transaction | None
    ) -> None:
        """Abort all other transactions that have read what is about to change.

        A query has read a document if it matches it before or after the change: a new document
        that it would now find counts too.

        Args:
            changes: by name, each document before and after; None where there is none.
            own: the transaction that commits, if the commit belongs to one.
        """
        for other in self._list_rivals(own):
            for name, versions in changes.items():
                collection = name.rpartition("/")[0]
                if name in other.claims or any(
                    query.collection == collection
                    and any(version is not None and query.matches(version) for version in versions)
                    for query in other.queries
                ):
                    self._abort(other)
                    break

    def clear(self) -> None:
        """End all transactions."""
        for identifier in list(self._live):
            self.end(identifier)

    def _list_rivals(self, own: Transaction | None) -> list[Transaction]:
        """List all other transactions that could still commit."""
        return [
            transaction
            for transaction in self._live.values()
            if transaction is not own and transaction.view is None
        ]

    def _must_wait(self, own: Transaction) -> bool:
        """Return whether another transaction has the turn at what `own` requests.

        Of an older one, what it waits for counts too, so that younger ones queue behind it. A
        younger one that waits itself does not count (see the module's docstring).
        """
        silent_before = time.monotonic() - _SILENCE_SECONDS
        return any(
            not own.requested.isdisjoint(
                other.claims | other.requested if other.age < own.age else other.claims
            )
            for other in self._list_rivals(own)
            if other.last_active > silent_before and (other.age < own.age or not other.requested)
        )

    def _abort(self, transaction: Transaction) -> None:
        transaction.view = self._documents.pin()
        self._changed.notify_all()

    def _end_expired(self) -> None:
        now = time.monotonic()
        for transaction in list(self._live.values()):
            idle, age = now - transaction.last_active, now - transaction.started
            if idle > _IDLE_SECONDS or age > _LIFETIME_SECONDS:
                self.end(transaction.id)


def _parse_id(identifier: bytes) -> tuple[int, int]:
    if len(identifier) != _ID.size:
        raise invalid("Invalid transaction.")
    age, serial = _ID.unpack(identifier)
    return age, serial
