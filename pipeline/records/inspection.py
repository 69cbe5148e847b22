"""What can be said about a Firebase project itself: account, bucket, indexes, rules, its clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Account(NamedTuple):
    """The account by which this process reaches the project; nothing of its secret.

    kind: what it is, in words. person: whether it is a person's own login. project: the project
    that it belongs to; None if it does not say.
    """

    kind: str
    person: bool
    project: str | None


class BucketState(NamedTuple):
    """How the bucket is set up; a field is None if Storage does not say it.

    location: where it is, such as `EUROPE-WEST1`. versioning: whether replaced and deleted objects
    are kept. soft_delete_days: how long deleted ones can be brought back. origins: whose web pages
    may read objects by the bucket's own rules. guarded: whether it can not be made public.
    """

    location: str | None = None
    versioning: bool | None = None
    soft_delete_days: float | None = None
    origins: tuple[str, ...] | None = None
    guarded: bool | None = None


class Stranger(NamedTuple):
    """What Storage answers to a caller without credentials.

    at: the server's time, which the answer names in whole seconds, at the middle of that second.
    before, after: this machine's time when the request was sent, and when the answer was there.
    may_list: whether that caller may list the bucket; None if no caller needs credentials there.
    """

    at: datetime
    before: datetime
    after: datetime
    may_list: bool | None


Rules = Mapping[str, str | None]
"""The text of the security rules by service, `Firestore` and `Storage`; None: there are none."""
