"""The port to the game's corrections."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pipeline.ports.decisions import DecisionStore
from pipeline.records.corrections import (
    Answers,
    Backlog,
    CorrectionDocument,
    CorrectionState,
    Retraining,
    StatusCounts,
)


class CorrectionSource(DecisionStore, Protocol):
    """The game's `corrections` collection.

    Documents are returned with the field names of docs/integration.md, however the game spells
    them: see `pipeline.corrections.game_schema`.
    """

    def adopt(self) -> int:
        """Make every new document without a `status` pending, and return how many there were.

        Old clients write no status. Which documents are new, the settings may say. A document that
        a client writes at the same moment keeps what the client wrote, and is adopted by the next
        call.
        """

    def adopt_status(self, value: Any, limit: int) -> int:
        """Make documents pending whose `status` is this value; return how many there were.

        Those that a client writes at the same moment are left for the next call.

        Args:
            value: a value that Redraw does not know: `pipeline.corrections.statuses` checks it.
            limit: the largest number to change.
        """

    def reopen(self, reason: str, limit: int) -> int:
        """Make documents pending again that are refused for this reason; return how many.

        No document of another state changes, whatever reason it had before.

        Args:
            reason: see `pipeline.corrections.statuses.reopen_refused`.
            limit: the largest number to change.
        """

    def count_statuses(self) -> StatusCounts:
        """Count the documents by the value of their `status`, also those that Redraw ignores.

        It costs two small queries for each different value, whatever the number of documents.
        """

    def pending(self, behind: str | None = None) -> Iterator[CorrectionDocument]:
        """Yield every pending document in order of id, one at a time in memory.

        Args:
            behind: start after this id.
        """

    def count_pending(self) -> int:
        """Return how many documents are pending."""

    def count_about_trial(self, version: str | None) -> int:
        """Return how many pending documents are answers about a trial, as the game says.

        Args:
            version: of a canary, whose answers are those about its guesses. None: those about
                drawings on which the two versions disagree (`asked`).
        """

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

    def count_guesses(self, version: str) -> int | None:
        """Return how many drawings a version has guessed, as the game's clients counted them.

        That is `drawings` of the document `guesses/{version}`. Players write it: it may be wrong.

        Returns:
            The number; None if there is no such document, or no number in it.
        """

    def find(
        self,
        state: CorrectionState | None,
        *,
        reason: str | None = None,
        run_id: str | None = None,
        category: str | None = None,
        player: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> list[CorrectionDocument]:
        """Return documents that fit all filters, in order of id, without their drawings.

        The fields are those that the game and Redraw write, but for `strokes` and `imageData`: a
        page of those could fill the memory. `get` returns a document with all of its fields.

        Args:
            state: their status; None: any.
            reason: only those whose `retraining` has this reason.
            run_id: only those that this run gave their state.
            category: only those whose label is this class, in one of the spellings that
                `GameSchema.list_label_values` names.
            player: only those of this player, by the id. Players without an id have none.
            after: start after this id. After a text that can be no id there is nothing.
            limit: the largest number to return.
        """

    def count(
        self,
        state: CorrectionState | None,
        reason: str | None = None,
        *,
        run_id: str | None = None,
        category: str | None = None,
        player: str | None = None,
    ) -> int:
        """Return how many documents fit all filters, as `find` takes them.

        It costs one read for each thousand of them. One that spells a field in two ways, both of
        which fit, counts twice.
        """

    def contradicted(self, users: Collection[str]) -> dict[str, int]:
        """Count the contradicted corrections of each of these players (`players.CONTRADICTED`).

        Only these players' corrections are read, however many others there are. Some do not count:
        those whose `userId` has spaces around it, and those of players without an id.

        Args:
            users: the ids of players, as `pipeline.corrections.fields.read_player_id` reads them.

        Returns:
            The counts by `userId`; players without any are left out.
        """

    def create(self, correction_id: str, fields: Mapping[str, Any]) -> bool:
        """Create a document as the game's clients do; return whether there was none with this id.

        What there is stays as it is. The server's time becomes the `timestamp`.

        Args:
            correction_id: the id.
            fields: with our names; the game's own names, and words for classes, are written.
        """

    def get(self, correction_id: str) -> CorrectionDocument:
        """Return one document.

        Raises:
            NotFound: there is none with this id.
        """

    def look_up(self, ids: Collection[str]) -> dict[str, CorrectionDocument]:
        """Return documents by id, without their drawings; those that there are not are left out."""

    def owners(self) -> Iterator[CorrectionDocument]:
        """Yield every document in order of id, with what says whose it is and where its canvas is.

        Each costs a read. No query finds all documents of a player: clients spell an id as text or
        number, with spaces, or in another field.
        """

    def fates(self) -> Iterator[CorrectionDocument]:
        """Yield every document in order of id, with what says whose it is and how it fared.

        That are `userId`, `status`, and of `retraining` the reason. Each costs a read.
        """

    def digests(self, ids: Collection[str]) -> dict[str, str]:
        """Return the digest of each document of these corrections, and of the decision on it.

        Those that there are not are left out; `pipeline.corrections.digests` computes them.

        Returns:
            The digests by the path of the document, as in `corrections/abc`.
        """

    def delete(self, ids: Collection[str]) -> None:
        """Delete the documents of these corrections, and the decisions on them.

        What there is not changes nothing, so it can be repeated.
        """

    def settle(self, outcomes: Mapping[str, Retraining]) -> int:
        """Write `status` and `retraining` of the named corrections; return how many were moved on.

        A correction is left alone if it is not pending any more, if it was deleted, or if the
        owner has decided otherwise meanwhile (`pipeline.corrections.decisions.is_overruled`). One
        of which the owner took back the decision is called merged all the same, if it is
        (`pipeline.corrections.decisions.can_settle`).
        Repeating the call therefore changes nothing.
        """
