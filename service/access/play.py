"""Who may use the page to play on: anyone, an owner who signed in, or no one, by the settings."""

from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from pipeline.settings import Settings
from service.access.rules import Chosen, Rule
from service.access.sessions import READING, check_form, read_session, require_session
from service.callers.play import BrowserPlayer
from service.http.problems import NOT_FOUND, NOT_PLAYER, ProblemError
from service.wiring import Wired

_RULES = {"anyone": Rule.BROWSER, "owner": Rule.SIGNED_IN, "off": Rule.CLOSED}


class Playing(NamedTuple):
    """Who plays.

    player: of this browser; a new one if it had no cookie. form_token: what its page must send
    with all that changes something.
    """

    player: BrowserPlayer
    form_token: str


def choose_play_rule(settings: Settings) -> Rule:
    """Return the rule of the routes of the page."""
    return _RULES[settings.dashboard.play]


class AllowPlay(Chosen):
    """A dependency that lets those pass who may play.

    Where only an owner may, the form token is that of the session, as on all pages.
    """

    # Not a plain function: FastAPI would call that in a thread.
    async def __call__(self, request: Request, wiring: Wired) -> Playing:
        """Return who plays.

        Raises:
            SignInNeeded: only an owner may play, and none has signed in.
            ProblemError: no one may play; or what changes something does not come from the page.
        """
        rule = self.choose(wiring.settings)
        if rule is Rule.CLOSED:
            raise ProblemError(NOT_FOUND, "There is no such page.")
        if rule is Rule.SIGNED_IN:
            await require_session(request, wiring)
        session = request.state.session = read_session(request, wiring)
        players = wiring.browser_players
        known = players.read(request.cookies.get(players.cookie))
        if rule is Rule.SIGNED_IN and session is not None:
            return Playing(known or players.make(), session.form_token)
        if request.method not in READING:
            if known is None:
                raise ProblemError(
                    NOT_PLAYER, "The browser has not sent its cookie: reload the page."
                )
            await check_form(request, known.form_token)
        known = known or players.make()
        return Playing(known, known.form_token)


Plays = Annotated[Playing, Depends(AllowPlay(choose_play_rule))]
"""Who plays, where the settings allow it."""
