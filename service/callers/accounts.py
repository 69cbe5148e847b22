"""Grant the claim that makes an account an owner, take it back, and list those that have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pipeline.errors import AccessDenied, InvalidSettings, NotFound, RedrawError, Unavailable
from pipeline.settings import Settings
from service.callers.claims import ADMIN_CLAIM, is_admin
from service.callers.firebase import is_emulated, make_client

PAGE = 1000
"""Accounts that Firebase gives in one answer, at most."""
IAM_ROLE = "Firebase Authentication Admin (roles/firebaseauth.admin)"


class Admin(NamedTuple):
    """An account with the claim."""

    uid: str
    email: str | None
    disabled: bool
    effective: bool
    """False: the claim is there, but it is not true, so the account is no owner."""


class Accounts:
    """The accounts of a project in Firebase Authentication.

    Firebase has no condition for changing claims: another program that changes the claims of the
    same account at the same moment may undo the change.

    Args:
        settings: the project.
        credential: a google.auth credential, for tests; by default that of the machine.

    Raises:
        InvalidSettings: FIREBASE_AUTH_EMULATOR_HOST is no host and port.
        AccessDenied: this machine has no credentials.
    """

    def __init__(self, settings: Settings, credential: Any = None) -> None:
        self._project = settings.project_id
        with self._translate_errors():
            found = credential or self._find_credential()
        try:
            self._client = make_client(settings, found)
        except ValueError as error:
            raise InvalidSettings(f"FIREBASE_AUTH_EMULATOR_HOST: {error}") from error

    def list_admins(self) -> Iterator[Admin]:
        """Yield the accounts that have the claim, page by page of all accounts.

        Raises:
            AccessDenied: the credentials may not do this.
            Unavailable: Firebase does not answer.
        """
        token = None
        while True:
            with self._translate_errors():
                page = self._client.list_users(token, PAGE)
            for user in page.users:
                if ADMIN_CLAIM in _claims_of(user):
                    yield _describe(user)
            token = page.next_page_token or None
            if token is None:
                return

    def grant(self, name: str) -> tuple[Admin, bool]:
        """Give an account the claim; its other claims stay. Return it, and whether it was new.

        Args:
            name: the e-mail address of the account, or its uid.

        Raises:
            NotFound: there is no such account.
            RedrawError: the address is not verified, or the claims would be too long.
            AccessDenied: the credentials may not do this.
            Unavailable: Firebase does not answer.
        """
        user = self._find(name)
        if user.uid != name and not user.email_verified:
            raise RedrawError(
                f"the address {name} is not verified, so any person may have made this account: "
                f"if it is the right one, name it by its uid, {user.uid}"
            )
        if is_admin(_claims_of(user)):
            return _describe(user), False
        self._set_claims(user.uid, _claims_of(user) | {ADMIN_CLAIM: True})
        return _describe(user)._replace(effective=True), True

    def revoke(self, name: str) -> tuple[Admin, bool]:
        """Take the claim from an account, and end its sessions. Return it, and whether it had it.

        The sessions end in any case, as an earlier attempt may have got no further than the claim.

        Raises:
            NotFound: there is no such account.
            AccessDenied: the credentials may not do this.
            Unavailable: Firebase does not answer.
        """
        user = self._find(name)
        claims = _claims_of(user)
        had = ADMIN_CLAIM in claims
        if had:
            self._set_claims(
                user.uid, {key: value for key, value in claims.items() if key != ADMIN_CLAIM}
            )
        # After the claim: a session that began in between would have a token with the claim.
        with self._translate_errors():
            self._client.revoke_refresh_tokens(user.uid)
        return _describe(user)._replace(effective=False), had

    def _find(self, name: str) -> Any:
        """Return the account with this address, or with this uid, which may hold an @ too."""
        from firebase_admin.auth import UserNotFoundError

        finders = [self._client.get_user]
        if "@" in name:
            finders.insert(0, self._client.get_user_by_email)
        for find in finders:
            with self._translate_errors():
                try:
                    return find(name)
                except (UserNotFoundError, ValueError):  # ValueError: it can be no such name
                    continue
        raise NotFound(
            f"the project {self._project} has no account {name}: "
            "who signs in for the first time gets one; name it by its e-mail address or its uid"
        )

    def _set_claims(self, uid: str, claims: dict[str, Any]) -> None:
        with self._translate_errors():
            try:
                self._client.set_custom_user_claims(uid, claims)
            except ValueError as error:
                raise RedrawError(
                    f"the claims of {uid} cannot be changed ({error}): remove some of the others"
                ) from error

    def _find_credential(self) -> Any:
        if is_emulated():
            return None
        from firebase_admin.credentials import ApplicationDefault

        credential = ApplicationDefault()
        credential.get_credential()
        return credential

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Translate the errors of Google's libraries into Redraw's own."""
        from firebase_admin import auth, exceptions
        from google.auth.exceptions import (
            DefaultCredentialsError,
            GoogleAuthError,
            RefreshError,
        )

        needed = f"a service account of {self._project} that has the role {IAM_ROLE}"
        try:
            yield
        except auth.ConfigurationNotFoundError as error:
            raise RedrawError(
                f"the project {self._project} has no Authentication: "
                "open it in the Firebase console and press Get started"
            ) from error
        except DefaultCredentialsError as error:
            raise AccessDenied(
                f"there are no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to the key "
                f"file of {needed}"
            ) from error
        except (
            exceptions.PermissionDeniedError,
            exceptions.UnauthenticatedError,
            auth.InsufficientPermissionError,
            RefreshError,
        ) as error:
            raise AccessDenied(
                f"the Google credentials may not do this ({error}): use those of {needed}"
            ) from error
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            if isinstance(error, auth.UserNotFoundError):
                raise
            raise Unavailable(
                f"Firebase does not answer ({error}): check the network, and try again"
            ) from error


def _claims_of(user: Any) -> dict[str, Any]:
    return dict(user.custom_claims or {})


def _describe(user: Any) -> Admin:
    return Admin(user.uid, user.email, bool(user.disabled), is_admin(_claims_of(user)))
