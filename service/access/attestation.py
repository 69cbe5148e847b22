"""Let requests pass that come from the game's own app, where the settings say so."""

import logging
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Header

from pipeline.errors import Unavailable
from service.callers.tokens import InvalidToken
from service.http.problems import NOT_ATTESTED, RETRY_SECONDS, UNAVAILABLE, ProblemError
from service.wiring import Wired

log = logging.getLogger(__name__)


async def require_app(
    wiring: Wired,
    token: Annotated[
        str | None,
        Header(
            alias="X-Firebase-AppCheck",
            description="An App Check token of the game, where REDRAW_ANSWER_APP_CHECK is"
            " `required`; otherwise it is not looked at.",
        ),
    ] = None,
) -> None:
    """Let a request pass that comes from the game's own app; any other one gets 403."""
    if wiring.settings.answer.app_check == "off":
        return
    if token is None:
        raise ProblemError(NOT_ATTESTED, "Send X-Firebase-AppCheck with the app's token.")
    try:
        await to_thread.run_sync(wiring.verify_app, token)
    except InvalidToken as error:
        raise ProblemError(NOT_ATTESTED, str(error)) from error
    except Unavailable as error:
        log.warning("an App Check token could not be verified: %s", error)
        raise ProblemError(
            UNAVAILABLE,
            "The App Check token cannot be verified, as Google does not answer. Try again in a few"
            " seconds.",
            {"Retry-After": str(RETRY_SECONDS)},
        ) from error


Attested = Annotated[None, Depends(require_app)]
"""Says that a route takes requests of the game's own app alone, where the settings say so."""
