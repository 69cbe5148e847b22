"""The port to the game's corrections."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.records.corrections import (
    Answers,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    OwnerChoice,
    OwnerDecision,
    Retraining,
)


class CorrectionSource(Protocol):
    """The game's `corrections` collection."""

    def adopt(self) -> int:
        """Make every document without a `status` pending, and return how many there were.

        Old clients write no status. A document that a client writes at the same moment keeps what
        the client wrote, and is adopted by the next call.
        """

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        """Yield every pending document in order of id, one at a time in memory.

        Args:
            behind: start after this id.
        """

    def count_pending(self) -> int:
        """Return how many documents are pending."""

    def backlog(self) -> Backlog:
        """Return how many documents are pending, with the server's time."""

    def pending_since(self, before: datetime) -> datetime | None:
        """Return since when the correction that waits longest has been pending.

        The server's clock counts, so a forged `timestamp` cannot make a correction look old.

        Args:
            before: corrections whose `timestamp` is later, or is not a time, do not count.

        Returns:
            The time; None if no such correction has been pending since `before`.
        """

    def answers(
        self, version: str, start: datetime, end: datetime, categories: Sequence[str]
    ) -> Answers:
        """Count the players' answers to the guesses of a version, whatever their state.

        A document whose label equals its guess confirms, any other one corrects.

        Args:
            version: the version that guessed.
            start: the first `timestamp` that counts.
            end: the first one that no longer counts.
            categories: the classes; an answer with another label does not confirm.
        """

    def find(
        self,
        state: CorrectionState,
        *,
        reason: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        """Return documents in a state, in order of id.

        Args:
            state: their status.
            reason: only those whose `retraining` has this reason.
            after: start after this id.
            limit: the largest number to return.
        """

    def get(self, correction_id: str) -> CorrectionDocument:
        """Return one document.

        Raises:
            NotFound: there is none with this id.
        """

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

    def decisions(self, ids: Collection[str] | None = None) -> dict[str, OwnerDecision]:
        """Return the owners' decisions by correction id: all, or those on the corrections `ids`."""

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        """Write `status` and `retraining` of the named corrections; return how many were moved on.

        A correction is left alone if it is not pending any more, if it was deleted, or if the
        owner has decided otherwise meanwhile (`pipeline.corrections.decisions.is_overruled`).
        Repeating the call therefore changes nothing.
        """
