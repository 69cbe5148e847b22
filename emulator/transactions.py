"""Transactions under way: who has read what, who waits for whom, and whose commit has to be refused.

A transaction claims what it reads, and the next one to read it waits, shortly: the younger for the older, and the older for the
younger unless that one waits too, which would be for ever. Then the older takes the claim away, and the younger's commit is
refused as ABORTED and retried by the client. All this only saves retries. What makes sure that no update is lost is `disturb`:
a commit aborts every other transaction that has read what it changes, whether or not anybody waited.
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
PATIENCE = 0.5
"""Seconds after which a transaction that sends nothing is not waited for."""
_LONGEST_WAIT = 2.0
_IDLE_SECONDS, _LIFETIME = 60, 270


@dataclass(eq=False)
class Transaction:
    """One attempt. `view` is None while it reads the latest documents, which nobody has changed behind its back."""

    id: bytes
    age: int
    view: View | None
    read_only: bool
    started: float = field(default_factory=time.monotonic)
    last_seen: float = field(default_factory=time.monotonic)
    wanted: frozenset[str] = frozenset()
    """What it waits for, if it does; the younger queue up behind it."""
    claims: set[str] = field(default_factory=set)
    """Names of the documents that it has read, and paths of the collections that it has queried."""
    queries: list[Query] = field(default_factory=list)

    @property
    def aborted(self) -> bool:
        """Whether somebody else came first. Its reads go on, as of the moment before that; its writes will not."""
        return self.view is not None and not self.read_only


class Transactions:
    """All transactions under way. Every call is made with the lock of the documents held."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._changed = threading.Condition(documents.lock)
        self._live: dict[bytes, Transaction] = {}

    def begin(self, options: Message) -> Transaction:
        """Starts a transaction. A retry has the age of the first try."""
        self._expire()
        if options.read_only.HasField("read_time"):
            raise unsupported("read_time in a transaction: it keeps no past")
        serial = age = self._documents.tick()
        if options.read_write.retry_transaction:
            age = min(age, _parse(options.read_write.retry_transaction)[0])
        read_only = options.HasField("read_only")
        transaction = Transaction(
            _ID.pack(age, serial), age, self._documents.pin() if read_only else None, read_only
        )
        self._live[transaction.id] = transaction
        return transaction

    def find(self, identifier: bytes) -> Transaction:
        """The transaction under way with that id."""
        _parse(identifier)
        if identifier not in self._live:
            raise invalid("Transaction is invalid or closed.")
        transaction = self._live[identifier]
        transaction.last_seen = time.monotonic()
        return transaction

    def end(self, identifier: bytes) -> None:
        """Forgets a transaction, however it ended. One that has ended already is fine."""
        _parse(identifier)
        if (transaction := self._live.pop(identifier, None)) is not None:
            if transaction.view is not None:
                transaction.view.close()
            self._changed.notify_all()

    def claim(self, mine: Transaction, claims: Iterable[str]) -> View:
        """What `mine` shall read from, after it has waited for its turn at what it is about to read."""
        mine.wanted = frozenset(claims)
        patience = time.monotonic() + _LONGEST_WAIT
        self._changed.notify_all()  # whoever waits for mine has to think again, now that mine waits too
        while mine.view is None and time.monotonic() < patience and self._has_to_wait(mine):
            self._changed.wait(0.05)
            mine.last_seen = time.monotonic()
        if mine.view is None:
            for other in self._untouched(mine):
                if other.age > mine.age and not mine.wanted.isdisjoint(other.claims):
                    self._abort(other)
            mine.claims |= mine.wanted
        mine.wanted = frozenset()
        return mine.view or self._documents.latest()

    def disturb(
        self, changes: dict[str, tuple[Message | None, Message | None]], mine: Transaction | None
    ) -> None:
        """Aborts all others that have read what is about to change. `changes` has each document before and after."""
        for other in self._untouched(mine):
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
        """Ends all transactions."""
        for identifier in list(self._live):
            self.end(identifier)

    def _untouched(self, mine: Transaction | None) -> list[Transaction]:
        """All others that may still commit."""
        return [
            transaction
            for transaction in self._live.values()
            if transaction is not mine and transaction.view is None
        ]

    def _has_to_wait(self, mine: Transaction) -> bool:
        recent = time.monotonic() - PATIENCE
        return any(
            not mine.wanted.isdisjoint(
                other.claims | other.wanted if other.age < mine.age else other.claims
            )
            for other in self._untouched(mine)
            if other.last_seen > recent and (other.age < mine.age or not other.wanted)
        )

    def _abort(self, transaction: Transaction) -> None:
        transaction.view = self._documents.pin()
        self._changed.notify_all()

    def _expire(self) -> None:
        now = time.monotonic()
        for t in list(self._live.values()):
            if now - t.last_seen > _IDLE_SECONDS or now - t.started > _LIFETIME:
                self.end(t.id)


def _parse(identifier: bytes) -> tuple[int, int]:
    if len(identifier) != _ID.size:
        raise invalid("Invalid transaction.")
    age, serial = _ID.unpack(identifier)
    return age, serial
