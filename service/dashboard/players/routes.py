"""Players, by their hash: what they send, what that is worth, and how to forget one."""

from typing import Annotated

from fastapi import Form, Path, Query, Request, Response
from pydantic import BeforeValidator

from pipeline.corrections import listing
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.players import Standing
from pipeline.formatting import format_category
from pipeline.pages.reason_words import describe_reason
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.reading_all import estimate_reading
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_and_say, go_to, make_pages
from service.dashboard.players.counting import (
    arrange,
    count_sent,
    count_standings,
    read_counted,
    read_one,
)
from service.dashboard.players.forgetting import (
    forget,
    read_preview,
    write_address,
    write_grid_address,
)
from service.dashboard.players.words import STANDINGS
from service.routes.players import FoundPlayer, find_player
from service.schemas.base import DocumentId
from service.schemas.players import HASH_PATTERN
from service.wiring import Wired, Wiring

PICTURES = 24
_ANY = BeforeValidator(lambda text: text or None)
PlayerHash = Annotated[str, Path(pattern=HASH_PATTERN)]
Of = Annotated[DocumentId | None, _ANY, Query(description="A correction of the player.")]

router = make_pages()


@router.get("/players")
def show_players(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    *,
    standing: Annotated[Standing | None, _ANY, Query()] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show the players as they were counted last, the worst standing first."""
    counted = read_part(lambda: read_counted(wiring))
    kept = counted.value.players if counted.value else None
    return render_page(
        request,
        "players/players.html.jinja",
        counted=counted,
        kept=kept,
        standing=standing,
        listed=kept and arrange(kept, standing, page),
        numbers=kept and count_standings(kept),
        standings=STANDINGS,
        sent=count_sent,
    )


@router.post("/players/count")
def count_players(request: Request, wiring: Wired, _owner: SignedIn) -> Response:
    """Begin to count all players, in the background."""
    wiring.players.start()
    return go_and_say(request, "/players", "All corrections are being read. Reload in a minute.")


@router.get("/players/{player}")
def show_player(
    request: Request, wiring: Wired, _owner: SignedIn, player: PlayerHash, of: Of = None
) -> Response:
    """Show what one player has sent, and what that is worth."""
    found = _find(wiring, player, of)
    sent = read_part(lambda: _list_first(wiring, found.id))
    one = read_part(lambda: read_one(wiring, player, found.id))
    counts = one.value.counts if one.value else None
    return render_page(
        request,
        "players/player.html.jinja",
        player=player,
        one=one,
        counts=counts,
        sent=sent,
        standing=STANDINGS[counts.standing] if counts else None,
        words=_describe,
        all_of=write_grid_address(player, found.correction_id),
        forget=write_address(player, found.correction_id, "/forget"),
    )


@router.get("/players/{player}/forget")
def show_forgetting(
    request: Request, wiring: Wired, _owner: SignedIn, player: PlayerHash, of: Of = None
) -> Response:
    """Show what forgetting a player deletes, before it is done."""
    user, one = _find(wiring, player, of)
    return render_page(
        request,
        "players/forget.html.jinja",
        player=player,
        previewed=read_part(lambda: read_preview(wiring, one)),
        number=read_part(lambda: wiring.ports.corrections.count(None, player=user)),
        back=write_address(player, one),
        here=write_address(player, one, "/forget"),
        start=write_address(player, one, "/forget/preview"),
    )


@router.post("/players/{player}/forget/preview")
def start_preview(wiring: Wired, _owner: SignedIn, player: PlayerHash, of: Of = None) -> Response:
    """Begin to count what would be deleted, in the background."""
    wiring.previews.find(_find(wiring, player, of).correction_id).start()
    return go_to(write_address(player, of, "/forget"))


@router.post("/players/{player}/forget")
def forget_player(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    player: PlayerHash,
    *,
    sure: Annotated[str, Form()] = "",
    of: Of = None,
) -> Response:
    """Forget a player for good, if the owner says to be sure."""
    if sure != "yes":
        sentence = "Nothing is forgotten: tick the box if you are sure."
        return go_and_say(request, write_address(player, of, "/forget"), sentence)
    return forget(request, wiring, owner, player, _find(wiring, player, of).id)


def _find(wiring: Wiring, player: str, of: str | None) -> FoundPlayer:
    """Return a player.

    Raises:
        ProblemError: it is not known.
    """
    may_count = of is None and estimate_reading(wiring).by_itself
    return find_player(wiring, player, of, may_count=may_count)


def _list_first(wiring: Wiring, user: str) -> list[ListedCorrection]:
    found = listing.list_corrections(
        wiring.ports.corrections, None, reason=None, player=user, after=None, limit=PICTURES
    )
    return found.corrections


def _describe(correction: ListedCorrection) -> str:
    reason = f": {describe_reason(correction.reason)}" if correction.reason else ""
    word = format_category(correction.corrected_label or "no word")
    return f"{word}, says the player; {correction.state or 'no known state'}{reason}"
