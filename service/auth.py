"""Turns a Firebase ID token into its verified claims. Never decides what their bearer may do."""

import json
import logging
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pipeline.errors import RedrawError, Unavailable
from pipeline.settings import Settings

TIMEOUT_SECONDS = 5
CLOCK_SKEW_SECONDS = 10

log = logging.getLogger(__name__)


class InvalidToken(RedrawError):
    """The token is none of this project's, has expired, or was revoked."""


class FirebaseTokens:
    """Verifies tokens with Google's public certificates, and asks Firebase whether they were revoked.

    `credential` (a google.auth credential) is for tests; otherwise the machine's own is looked for at the first token.
    """

    def __init__(self, settings: Settings, credential: Any = None) -> None:
        self._settings = settings
        self._given = credential

    def __call__(self, token: str) -> Mapping[str, Any]:
        """The claims of `token`. Raises InvalidToken; Unavailable when Google cannot be asked."""
        from firebase_admin import auth, exceptions
        from google.auth.exceptions import GoogleAuthError

        try:
            return self._verify(token)
        except auth.ExpiredIdTokenError:
            raise InvalidToken("the token has expired: sign in again") from None
        except (auth.RevokedIdTokenError, auth.UserDisabledError, auth.UserNotFoundError):
            raise InvalidToken(
                "the token was revoked, or its account is gone or disabled"
            ) from None
        except auth.InvalidIdTokenError as fault:
            # Certificates that are no JSON reach this place too, and are nothing that the bearer can help.
            if isinstance(fault.cause, json.JSONDecodeError):
                raise Unavailable(f"Google's certificates are not readable: {fault}") from fault
            raise InvalidToken(
                f"this is no ID token of the project {self._settings.project_id}"
            ) from fault
        except (exceptions.FirebaseError, GoogleAuthError) as fault:
            raise Unavailable(f"Firebase cannot be asked about a token: {fault}") from fault
        except (ValueError, TypeError, AttributeError) as fault:
            # What the SDK makes of claims that have the wrong type.
            raise InvalidToken("this is no ID token") from fault

    def _verify(self, token: str) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = self._client.verify_id_token(
            token, check_revoked=self._may_ask, clock_skew_seconds=CLOCK_SKEW_SECONDS
        )
        return claims

    @cached_property
    def _client(self) -> Any:
        from firebase_admin import App, auth
        from google.auth.credentials import AnonymousCredentials

        # An App of its own, not a registered one: two services in one process do not get in each other's way.
        options = {"projectId": self._settings.project_id, "httpTimeout": TIMEOUT_SECONDS}
        return auth.Client(App("redraw", self._credential or AnonymousCredentials(), options))

    @property
    def _may_ask(self) -> bool:
        """Whether Firebase would answer a question about a user; its emulator needs no credential."""
        return self._credential is not None or _emulated()

    @cached_property
    def _credential(self) -> Any:
        """The credential of this machine. None where there is none, which only development accepts."""
        from firebase_admin.credentials import ApplicationDefault
        from google.auth.exceptions import DefaultCredentialsError

        if self._given is not None or _emulated():
            return self._given
        found = ApplicationDefault()
        try:
            found.get_credential()
        except DefaultCredentialsError as fault:
            if self._settings.environment == "production":
                raise Unavailable(
                    "no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS"
                ) from fault
            log.warning(
                "no Google credentials on this machine: tokens are verified, but not whether they were revoked"
            )
            return None
        return found


def _emulated() -> bool:
    return bool(os.environ.get("FIREBASE_AUTH_EMULATOR_HOST"))
