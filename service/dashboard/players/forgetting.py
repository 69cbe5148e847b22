"""What forgetting a player would delete, as far as it is counted, and the request to do it."""

from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from pipeline.records.forgetting import Preview
from pipeline.run_errors import RunInProgress
from service.access.roles import Caller, Role
from service.backends.slow_result import StillWorking
from service.dashboard.frame.reading_all import Reading, describe_failure, estimate_reading
from service.dashboard.frame.route import go_and_say
from service.http.problems import ProblemError
from service.routes.players import begin_forgetting
from service.wiring import Wiring


class Previewed(NamedTuple):
    """What would be deleted.

    preview: None if it is not counted yet. working: whether it is being counted. failure: why the
    last try failed.
    """

    preview: Preview | None
    working: bool
    reading: Reading
    failure: str | None


def read_preview(wiring: Wiring, correction_id: str) -> Previewed:
    """Return what would be deleted; of a small game, count it where that is due.

    Args:
        wiring: of this process.
        correction_id: a correction of the player.

    Raises:
        Exception: what such a count has failed with.
    """
    result, reading = wiring.previews.find(correction_id), estimate_reading(wiring)
    found = result.glance()
    if reading.by_itself:
        with suppress(StillWorking):
            found = result.get()
    return Previewed(found, result.is_working, reading, describe_failure(result.failure))


def forget(request: Request, wiring: Wiring, owner: str, player: str, user: str) -> Response:
    """Request the run that forgets a player, and lead to its page, which becomes the receipt."""
    caller = Caller(Role.OWNER, owner)
    try:
        run_id = begin_forgetting(wiring, caller, Response(), user).id
    except RunInProgress as occupied:
        return go_and_say(
            request,
            f"/runs/{quote(occupied.run_id)}",
            "Nothing is forgotten yet: this run is under way. Ask again when it has ended.",
        )
    except ProblemError as problem:
        run_id = str(problem.members.get("run_id") or "")
        if not run_id:
            raise
        return go_and_say(request, f"/runs/{run_id}", problem.detail)
    sentence = f"Player {player[:10]} is being forgotten. The receipt will stand here."
    return go_and_say(request, f"/runs/{quote(run_id)}", sentence)


def write_address(player: str, of: str | None, what: str = "") -> str:
    """Return the address of a page of a player.

    Args:
        player: the hash.
        of: a correction of the player, if one is known: with it, no count is needed.
        what: the rest of the path.
    """
    query = f"?{urlencode({'of': of}, quote_via=quote)}" if of else ""
    return f"/players/{player}{what}{query}"


def write_grid_address(player: str, of: str | None) -> str:
    """Return the address of all corrections of a player; see `write_address`."""
    named = {"player": player, **({"of": of} if of else {})}
    return f"/corrections?{urlencode(named, quote_via=quote)}"
