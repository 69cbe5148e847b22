"""The port to what a Firebase project is made of, which `redraw doctor` looks at."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pipeline.records.inspection import Account, BucketState, Rules, Stranger


class ProjectInspector(Protocol):
    """Look at a project itself, and change nothing of it.

    Any method may raise `errors.Unavailable`, and `errors.AccessDenied` where the account may not
    look.
    """

    def describe_account(self) -> Account | None:
        """Return the account of this process, after it has shown itself; None on emulators."""

    def describe_bucket(self) -> BucketState:
        """Return how the bucket is set up.

        Raises:
            NotFound: there is no such bucket.
        """

    def ask_as_stranger(self) -> Stranger:
        """Return what Storage says to a caller without credentials."""

    def find_missing_indexes(self, indexes: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the composite indexes that Firestore lacks, or has not built yet, in words.

        Args:
            indexes: in the form of a `firestore.indexes.json`; each is tried by a query that needs
                it and reads one document at most.
        """

    def read_rules(self) -> Rules | None:
        """Return the security rules that are deployed; None on emulators."""
