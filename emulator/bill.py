"""Count what Google would charge for: documents read and written, and requests to Storage."""

import threading
from dataclasses import dataclass, field, replace

COUNTED_PER_READ = 1000
"""Documents that an aggregation counts for the price of one read."""


@dataclass(frozen=True)
class Usage:
    """What was used since the emulators started.

    reads: documents that queries and look-ups returned. A query without results, and a look-up of
    a missing document, count as one read; an aggregation counts as one for each 1,000 documents.
    Source: Google's page "Understand Cloud Firestore billing".
    read_bytes: the size of these documents as they were sent.
    writes: documents written or deleted.
    requests: HTTP requests to Storage.
    """

    reads: int = 0
    read_bytes: int = 0
    writes: int = 0
    requests: int = 0

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(
            self.reads - other.reads,
            self.read_bytes - other.read_bytes,
            self.writes - other.writes,
            self.requests - other.requests,
        )


@dataclass
class Bill:
    """Adds up the usage; each method may be called from any thread."""

    usage: Usage = field(default_factory=Usage)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add_documents(self, count: int, size: int) -> None:
        """Add a query or a look-up that returned `count` documents of together `size` bytes."""
        with self._lock:
            self.usage = replace(
                self.usage,
                reads=self.usage.reads + max(1, count),
                read_bytes=self.usage.read_bytes + size,
            )

    def add_count(self, counted: int) -> None:
        """Add an aggregation that counted `counted` documents."""
        with self._lock:
            reads = max(1, -(-counted // COUNTED_PER_READ))
            self.usage = replace(self.usage, reads=self.usage.reads + reads)

    def add_writes(self, count: int) -> None:
        """Add a commit of `count` writes."""
        with self._lock:
            self.usage = replace(self.usage, writes=self.usage.writes + count)

    def add_request(self) -> None:
        """Add a request to Storage."""
        with self._lock:
            self.usage = replace(self.usage, requests=self.usage.requests + 1)
