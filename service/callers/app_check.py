"""Verify Firebase App Check tokens: a request comes from the game's own app, and from no script."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from uuid import uuid4

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.callers.firebase import TIMEOUT_SECONDS
from service.callers.tokens import InvalidToken

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
