"""Verify Firebase App Check tokens: a request comes from the game's own app, and from no script."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any
from uuid import uuid4

from anyio import to_thread
from fastapi import Depends, Header

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.callers.firebase import TIMEOUT_SECONDS
from service.callers.tokens import InvalidToken
from service.http.problems import (
    NOT_ATTESTED,
    RETRY_SECONDS,
    UNAVAILABLE,
    ProblemError,
)
from service.wiring import Wired

log = logging.getLogger(__name__)

VerifyApp = Callable[[str], Mapping[str, Any]]


class FirebaseAppCheck:
    """Verify App Check tokens with the public keys that Google publishes.

    Signature, times, issuer and project are checked on this machine. The SDK keeps the keys for six
    hours, and fetches them again for a token that names an unknown key. No credential is needed.

    Args:
        settings: the project.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self, token: str) -> Mapping[str, Any]:
        """Return the claims of `token`; `app_id` is the app's id in Firebase.

        Raises:
            InvalidToken: the token is not valid.
            Unavailable: Google's keys cannot be read.
        """
        from firebase_admin import app_check
        from jwt.exceptions import PyJWKClientConnectionError, PyJWKSetError, PyJWTError

        try:
            claims: Mapping[str, Any] = app_check.verify_token(token, self._app)
        except (PyJWKClientConnectionError, PyJWKSetError, json.JSONDecodeError) as error:
            # The last one: what was fetched is no JSON. For such a token the SDK raises another.
            raise Unavailable(f"Google's keys of App Check cannot be read: {error}") from error
        except (PyJWTError, ValueError, TypeError, AttributeError) as error:
            # The SDK raises the last two for claims of a wrong type.
            raise InvalidToken("this is no App Check token of the project, or it is old") from error
        return claims

    @cached_property
    def _app(self) -> Any:
        from firebase_admin import initialize_app
        from google.auth.credentials import AnonymousCredentials

        # The SDK takes a registered App alone. The name keeps two services in a process apart.
        options = {"projectId": self._settings.project_id, "httpTimeout": TIMEOUT_SECONDS}
        return initialize_app(AnonymousCredentials(), options, f"redraw-app-check-{uuid4().hex}")


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
