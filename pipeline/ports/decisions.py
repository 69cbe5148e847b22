"""The part of the port to the corrections that is about the owners' decisions."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from pipeline.records.corrections import OwnerChoice, OwnerDecision, Undone
from pipeline.records.reading import Page, Unreadable


class DecisionStore(Protocol):
    """The collection `decisions`, and what decisions do to corrections."""

    def decide(self, correction_id: str, choice: OwnerChoice, by: str) -> OwnerDecision:
        """Record the owner's choice and move the correction on, in one transaction.

        The rule is in `pipeline.corrections.decisions`. Repeating the call changes nothing.

        Args:
            correction_id: a quarantined correction, or one that was decided before.
            choice: what to do with it.
            by: who decides.

        Returns:
            The decision that is now in force.

        Raises:
            NotFound: there is no such correction.
            NotQuarantined: the correction does not wait for a decision.
        """

    def decide_waiting(
        self, ids: Collection[str], choice: OwnerChoice, by: str, batch: str | None = None
    ) -> list[OwnerDecision]:
        """Record a choice on those corrections that are quarantined, many in one transaction.

        One that another owner has decided on meanwhile, or that is gone, is left as it is.

        Args:
            ids: of corrections.
            choice: what to do with each.
            by: who decides.
            batch: names what is decided together, so that it can be taken back together.

        Returns:
            The decisions that were recorded.
        """

    def undecide(
        self, ids: Collection[str], *, at: datetime | None = None, batch: str | None = None
    ) -> Undone:
        """Take back the owner's decisions on corrections, which are quarantined again.

        The rule is in `pipeline.corrections.undoing`. What a run has merged or refused meanwhile
        stays as it is. Repeating the call changes nothing.

        Args:
            ids: of corrections.
            at: only a decision of this time. None: whichever is in force.
            batch: only decisions of this batch. None: any.
        """

    def page_decisions(
        self, after: str | None = None, limit: int = 50, *, by: str | None = None
    ) -> Page[OwnerDecision]:
        """Return decisions, the newest first; what is taken back is not among them.

        Args:
            after: `next_after` of the page before.
            limit: the largest number to return.
            by: only those of this owner; then a page may be short though another follows it.
        """

    def find_batch(self, batch: str, after: str | None = None, limit: int = 50) -> list[str]:
        """Return the ids of corrections that were decided on in a batch, in order.

        Args:
            batch: see `decide_waiting`.
            after: start after this id.
            limit: the largest number to return.
        """

    def count_batch(self, batch: str) -> int:
        """Return how many decisions of a batch stand; one read for each thousand."""

    def decisions(self, ids: Collection[str], *, strict: bool = False) -> dict[str, OwnerDecision]:
        """Return the owners' decisions on the corrections `ids`, by correction id.

        A document that is no decision is left out, as if there were none.

        Args:
            ids: of the corrections.
            strict: whether all decisions must be known; otherwise those that a newer Redraw wrote
                are left out too.

        Raises:
            NewerDocument: `strict`, and a newer Redraw wrote one of them.
        """

    def unreadable_decisions(self) -> list[Unreadable]:
        """Name the documents among the owners' decisions that cannot be read."""
