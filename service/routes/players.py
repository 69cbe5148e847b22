"""List players, and forget them: what they sent, and what models learned from it."""

import logging
from itertools import islice
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Path, Query, Response

from pipeline.corrections.fields import read_player_id
from pipeline.corrections.player_counts import CountedPlayers, PlayerCounts
from pipeline.corrections.players import Standing, hash_player
from pipeline.errors import NotFound
from pipeline.forgetting.preview import preview_forgetting
from pipeline.forgetting.requests import request_forgetting
from pipeline.logs.context import log_context
from pipeline.ports import CorrectionSource
from pipeline.records.forgetting import Preview
from pipeline.records.runs import Run
from pipeline.run_errors import RunInProgress
from pipeline.settings import Settings
from service.access.roles import Caller, Owner, Role, check_owner
from service.access.rules import Allow, Rule
from service.backends.slow_result import StillWorking
from service.contract.path_texts import ANY
from service.contract.routers import make_router
from service.http.problems import (
    DAMAGED_DATASET,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    NOT_QUEUED,
    RETRY_SECONDS,
    RUN_IN_PROGRESS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    VERSION_NOT_READY,
    WRONG_SETTINGS,
    ProblemError,
    problem_responses,
)
from service.routes.retrains import REQUESTED, queue_requested
from service.schemas.lists import Limit
from service.schemas.players import HASH_PATTERN, ListedPlayer, PlayerList
from service.wiring import Wired, Wiring

router = make_router(prefix="/v1/players", tags=["players"])
log = logging.getLogger(__name__)

# Any text: the game's clients write it.
PlayerId = Annotated[
    str, Path(description="The userId of the corrections, percent-encoded.", examples=["Zk3uid81"])
]
PREVIEWED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"Cache-Control": {"schema": {"type": "string", "const": "no-store"}}}},
    **problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        VERSION_NOT_READY,
        INVALID_REQUEST,
        DAMAGED_DATASET,
        WRONG_SETTINGS,
        UNAVAILABLE,
    ),
}
THEMSELVES = "player"
"""Who has requested a run that forgets the player who asked for it."""
WAIT_SECONDS = 120
"""After how long a player may ask again while a run is under way."""


class FoundPlayer(NamedTuple):
    """A player whom a page or a request names by a hash.

    id: for queries, never shown. correction_id: one of theirs.
    """

    id: str
    correction_id: str


def _choose_rule(settings: Settings) -> Rule:
    return Rule.OWNER_OR_SELF if settings.forget.by_players else Rule.OWNER


OwnerOrSelf = Annotated[Caller, Depends(Allow(_choose_rule))]


@router.get(
    "",
    summary="List players",
    response_description="Players by their hash, with counts of what became of their corrections.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_players(
    wiring: Wired,
    _owner: Owner,
    standing: Annotated[
        Standing | None, Query(description="Only players of this standing.")
    ] = None,
    after: Annotated[
        str | None,
        Query(pattern=HASH_PATTERN, description="Only those after this hash; see `next`."),
    ] = None,
    limit: Limit = 50,
) -> PlayerList:
    """Say of each player how much is pending, merged, quarantined and refused. No player is named.

    To count, every correction is read, in the background and once an hour at most
    (REDRAW_ANSWER_PLAYERS_MINUTES). The first time that may take longer than a request: then the
    answer is 503 with `Retry-After`.
    """
    counted = _count(wiring)
    chosen = (
        each
        for each in counted.players
        if (after is None or each.player > after) and standing in {None, each.standing}
    )
    page = list(islice(chosen, limit + 1))
    return PlayerList(
        players=[_describe(each) for each in page[:limit]],
        next=page[limit - 1].player if len(page) > limit else None,
        counted_at=counted.at,
        corrections=counted.documents,
        complete=counted.complete,
        without_player=counted.without_player,
        without_state=counted.unsettled,
    )


def find_player(
    wiring: Wiring, player: str, correction_id: str | None = None, *, may_count: bool = True
) -> FoundPlayer:
    """Return the player with this hash.

    A hash cannot be turned back, so the id is read from a correction of the player.

    Args:
        wiring: of this process.
        player: the hash.
        correction_id: a correction of the player, if one is known: then nothing is counted.
        may_count: whether the players may be counted for it, if they were not.

    Raises:
        ProblemError: no player with this hash is known, or the players are being counted.
    """
    found = _look_at(wiring, player, correction_id)
    kept = wiring.players.glance()
    if found is None and kept is not None:
        found = _look_at(wiring, player, kept.samples.get(player))
    if found is None and may_count:
        found = _look_at(wiring, player, _count(wiring).samples.get(player))
    if found is not None:
        return found
    if kept is None and not may_count:
        raise ProblemError(
            NOT_FOUND, "The players have not been counted yet: do it on the page Players."
        )
    raise ProblemError(
        NOT_FOUND,
        "No player with this hash is known: what they sent is gone, or came after the last count.",
    )


def read_player(corrections: CorrectionSource, correction_id: str) -> str:
    """Return the id of the player who sent a correction; empty if it says none.

    Raises:
        NotFound: there is no such correction.
    """
    return read_player_id(corrections.get(correction_id).fields.get("userId")) or ""


def _look_at(wiring: Wiring, player: str, correction_id: str | None) -> FoundPlayer | None:
    """Return the player with this hash, if this correction is theirs."""
    if correction_id is None:
        return None
    try:
        user = read_player(wiring.ports.corrections, correction_id)
    except NotFound:
        return None
    key = wiring.settings.player_key.get_secret_value().encode()
    is_theirs = bool(user) and hash_player(user, key) == player
    return FoundPlayer(user, correction_id) if is_theirs else None


def _count(wiring: Wiring) -> CountedPlayers:
    try:
        return wiring.players.get()
    except StillWorking:
        raise ProblemError(
            UNAVAILABLE,
            "All corrections are being read, and there is no earlier count: ask again in a few"
            " seconds.",
            {"Retry-After": str(RETRY_SECONDS)},
        ) from None


def _describe(counts: PlayerCounts) -> ListedPlayer:
    share = counts.contradicted / counts.corrections if counts.corrections else None
    return ListedPlayer(
        player=counts.player,
        standing=counts.standing,
        pending=counts.pending,
        merged=counts.merged,
        confirmations=counts.confirmations,
        quarantined=counts.quarantined,
        refused=counts.refused,
        contradicted=counts.contradicted,
        contradicted_share=share,
    )


@router.get(
    f"/{{player_id:{ANY}}}/preview",
    summary="Count what forgetting a player would delete",
    response_description="Counts of what would be deleted, and the versions that learned from it.",
    responses=PREVIEWED,
)
def preview_player(
    wiring: Wired, _owner: Owner, response: Response, player_id: PlayerId
) -> Preview:
    """Look at every correction and every revision of the data set; nothing is changed.

    An unknown player has zeros.
    """
    response.headers["Cache-Control"] = "no-store"
    return preview_forgetting(player_id, wiring.ports, wiring.settings)


@router.delete(
    f"/{{player_id:{ANY}}}",
    status_code=202,
    summary="Forget a player",
    response_description="The run, recorded and queued. `Location` is its address. With `preview`,"
    " counts of what it would delete (200).",
    responses={
        **problem_responses(
            UNAUTHENTICATED,
            NOT_OWNER,
            RUN_IN_PROGRESS,
            VERSION_NOT_READY,
            INVALID_REQUEST,
            DAMAGED_DATASET,
            WRONG_SETTINGS,
            UNAVAILABLE,
            NOT_QUEUED,
        ),
        202: REQUESTED[202],
        200: {"model": Preview, "description": "With `preview`: what would be deleted."},
    },
    response_model=Run,
)
def forget_player(
    wiring: Wired,
    caller: OwnerOrSelf,
    response: Response,
    player_id: PlayerId,
    preview: Annotated[
        bool, Query(description="Only count what would be deleted, as the route `preview`.")
    ] = False,
) -> Response | Run:
    """Request a run that deletes what the player sent, and what was learned from it, for good.

    It takes the same place as a retrain: only one run is under way at a time; while one is, the
    answer is 409. The run is at `/v1/retrains/{id}`; `forgotten` there says what was deleted. The
    run does not say who the player was. Repeated, it finds nothing more to delete.

    With the setting REDRAW_FORGET_BY_PLAYERS players may ask for this themselves, for their own id.
    They get no preview, and are not told which run is under way.
    """
    if preview:
        found = preview_player(wiring, check_owner(caller), response, player_id)
        body = found.model_dump_json(by_alias=True)
        return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
    return begin_forgetting(wiring, caller, response, player_id)


def begin_forgetting(wiring: Wiring, caller: Caller, response: Response, player_id: str) -> Run:
    """Request the run that forgets a player, queue it, and return it.

    Raises:
        RunInProgress: another run is under way; players are told no more than that.
        ProblemError: it is recorded, but not queued yet.
    """
    # The run must not say who the player was, so it does not say who asked either.
    by = str(caller.uid) if caller.role is Role.OWNER else THEMSELVES
    try:
        run = request_forgetting(wiring.ports.runs, player_id, by)
    except RunInProgress:
        if caller.role is Role.OWNER:
            raise
        raise ProblemError(
            RUN_IN_PROGRESS,
            "Players are forgotten one at a time: ask again in a few minutes.",
            {"Retry-After": str(WAIT_SECONDS)},
        ) from None
    with log_context(run_id=run.id):
        log.info("run %s is requested, which forgets a player", run.id)
    return queue_requested(run, wiring, response)
