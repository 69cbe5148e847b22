"""Verify Firebase ID tokens and return their claims. What the claims allow is decided elsewhere."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pipeline.errors import RedrawError, Unavailable
from pipeline.settings import Settings
from service.backends.clock import CLOCK_SKEW_SECONDS
from service.callers.firebase import find_credential, is_emulated, make_client


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
        return make_client(self._settings, self._credential)

    @property
    def _can_check_revocation(self) -> bool:
        """Whether Firebase answers questions about users; its emulator needs no credential."""
        return self._credential is not None or is_emulated()

    @cached_property
    def _credential(self) -> Any:
        return self._explicit_credential or find_credential(self._settings)
