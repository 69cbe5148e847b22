"""Verify Firebase ID tokens and return their claims. What the claims allow is decided elsewhere."""

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
    """The token is not one of this project, has expired, or was revoked."""


class FirebaseTokens:
    """Verify tokens with Google's public certificates and check whether they were revoked.

    The signature, the project, the times and the issuer are checked on this machine, with
    certificates that Google publishes and the SDK caches. Whether a token was revoked, or its
    account disabled, only Firebase knows. That takes a request for each token and a credential of
    the project. Without a credential, which only development accepts, this check is left out.

    Args:
        settings: the project and the environment.
        credential: a google.auth credential, for tests. By default the credential of the machine
            is looked up when the first token is verified.
    """

    def __init__(self, settings: Settings, credential: Any = None) -> None:
        self._settings = settings
        self._explicit_credential = credential

    def __call__(self, token: str) -> Mapping[str, Any]:
        """Return the claims of `token`.

        Raises:
            InvalidToken: the token is not valid.
            Unavailable: Google does not answer, or there are no credentials in production.
        """
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
        except auth.InvalidIdTokenError as error:
            # The SDK also raises this when Google's certificates cannot be parsed. Then the token
            # may be valid.
            if isinstance(error.cause, json.JSONDecodeError):
                raise Unavailable(f"Google's certificates are not readable: {error}") from error
            raise InvalidToken(
                f"this is no ID token of the project {self._settings.project_id}"
            ) from error
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise Unavailable(f"Firebase cannot be asked about a token: {error}") from error
        except (ValueError, TypeError, AttributeError) as error:
            # The SDK raises these for claims of a wrong type.
            raise InvalidToken("this is no ID token") from error

    def _verify(self, token: str) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = self._client.verify_id_token(
            token, check_revoked=self._can_check_revocation, clock_skew_seconds=CLOCK_SKEW_SECONDS
        )
        return claims

    @cached_property
    def _client(self) -> Any:
        from firebase_admin import App, auth
        from google.auth.credentials import AnonymousCredentials

        # An App that is not registered by name: two services in one process stay independent.
        options = {"projectId": self._settings.project_id, "httpTimeout": TIMEOUT_SECONDS}
        return auth.Client(App("redraw", self._credential or AnonymousCredentials(), options))

    @property
    def _can_check_revocation(self) -> bool:
        """Whether Firebase answers questions about users; its emulator needs no credential."""
        return self._credential is not None or _is_emulated()

    @cached_property
    def _credential(self) -> Any:
        """The credential to use; None if this machine has none, which only development accepts."""
        from firebase_admin.credentials import ApplicationDefault
        from google.auth.exceptions import DefaultCredentialsError

        if self._explicit_credential is not None or _is_emulated():
            return self._explicit_credential
        credential = ApplicationDefault()
        try:
            credential.get_credential()
        except DefaultCredentialsError as error:
            if self._settings.environment == "production":
                raise Unavailable(
                    "no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS"
                ) from error
            log.warning(
                "no Google credentials on this machine: tokens are verified, "
                "but not whether they were revoked"
            )
            return None
        return credential


def _is_emulated() -> bool:
    return bool(os.environ.get("FIREBASE_AUTH_EMULATOR_HOST"))
