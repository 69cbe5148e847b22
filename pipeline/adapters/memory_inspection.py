"""What `redraw doctor` looks at of a project, in memory, for unit tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.errors import RedrawError
from pipeline.records.inspection import Account, BucketState, Rules, Stranger


class MemoryInspector:
    """A ProjectInspector whose answers can be set; by default all is well.

    account, bucket, rules, missing, may_list: the answers. ahead: how far the server's clock is
    before this machine's. errors: what a method raises instead, by its name.
    """

    def __init__(self) -> None:
        self.account: Account | None = None
        self.bucket = BucketState()
        self.rules: Rules | None = None
        self.missing: list[str] = []
        self.may_list: bool | None = None
        self.ahead = timedelta(0)
        self.errors: dict[str, RedrawError] = {}

    def describe_account(self) -> Account | None:
        self._fail("describe_account")
        return self.account

    def describe_bucket(self) -> BucketState:
        self._fail("describe_bucket")
        return self.bucket

    def ask_as_stranger(self) -> Stranger:
        self._fail("ask_as_stranger")
        now = datetime.now(UTC)
        return Stranger(now + self.ahead, now, now, self.may_list)

    def find_missing_indexes(self, indexes: Sequence[Mapping[str, Any]]) -> list[str]:
        del indexes
        self._fail("find_missing_indexes")
        return self.missing

    def read_rules(self) -> Rules | None:
        self._fail("read_rules")
        return self.rules

    def _fail(self, name: str) -> None:
        if name in self.errors:
            raise self.errors[name]
