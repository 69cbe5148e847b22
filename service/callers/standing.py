"""Ask Firebase whether the account of a session still is an owner's."""

from functools import cached_property
from typing import Any, NamedTuple

from pipeline.errors import Unavailable
from pipeline.settings import Settings
from service.callers.claims import is_admin
from service.callers.firebase import find_credential, is_emulated, make_client

MILLISECONDS = 1000


class Standing(NamedTuple):
    """What Firebase says of an account.

    is_owner: it has the claim, and is not disabled. valid_since: sign-ins before that time do not
    count any more, in seconds since 1970.
    """

    is_owner: bool
    valid_since: float = 0.0


GONE = Standing(is_owner=False)


class FirebaseStandings:
    """Look accounts up.

    Args:
        settings: the project and the environment.
        credential: a google.auth credential, for tests; by default that of the machine is looked up
            at the first account.
    """

    def __init__(self, settings: Settings, credential: Any = None) -> None:
        self._settings = settings
        self._explicit_credential = credential

    def __call__(self, uid: str) -> Standing | None:
        """Return the standing of an account.

        None: this machine has no credential to ask with, which only development accepts.

        Raises:
            Unavailable: Google does not answer, or there are no credentials in production.
        """
        from firebase_admin import auth, exceptions
        from google.auth.exceptions import GoogleAuthError

        if self._credential is None and not is_emulated():
            return None
        try:
            user = self._client.get_user(uid)
        except auth.UserNotFoundError:
            return GONE
        except (exceptions.FirebaseError, GoogleAuthError, ValueError) as error:
            raise Unavailable(f"Firebase cannot be asked about an account: {error}") from error
        claims = user.custom_claims or {}
        return Standing(
            is_admin(claims) and not user.disabled,
            user.tokens_valid_after_timestamp / MILLISECONDS,
        )

    @cached_property
    def _client(self) -> Any:
        return make_client(self._settings, self._credential)

    @cached_property
    def _credential(self) -> Any:
        return self._explicit_credential or find_credential(self._settings)
