"""Connect to Firebase Authentication, which knows the accounts of a project."""

import logging
import os
from typing import Any

from pipeline.errors import Unavailable
from pipeline.settings import Settings

TIMEOUT_SECONDS = 5
"""How long one request to Google may take."""

log = logging.getLogger(__name__)


def make_client(settings: Settings, credential: Any) -> Any:
    """Return a firebase_admin.auth.Client.

    Args:
        settings: the project.
        credential: of firebase_admin or google.auth; None: none, which is enough for what Google
            publishes, and for the emulator.
    """
    from firebase_admin import App, auth
    from google.auth.credentials import AnonymousCredentials

    # An App that is not registered by name: two services in one process stay independent.
    options = {"projectId": settings.project_id, "httpTimeout": TIMEOUT_SECONDS}
    return auth.Client(App("redraw", credential or AnonymousCredentials(), options))


def find_credential(settings: Settings) -> Any:
    """Return the machine's credential; None if it has none, which only development accepts.

    Raises:
        Unavailable: there is none, in production.
    """
    from firebase_admin.credentials import ApplicationDefault
    from google.auth.exceptions import DefaultCredentialsError

    if is_emulated():
        return None
    credential = ApplicationDefault()
    try:
        credential.get_credential()
    except DefaultCredentialsError as error:
        if settings.environment == "production":
            raise Unavailable(
                "no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS"
            ) from error
        log.warning(
            "no Google credentials on this machine: tokens are verified, "
            "but not whether they were revoked"
        )
        return None
    return credential


def is_emulated() -> bool:
    """Return whether the environment names an emulator; the settings refuse one in production."""
    return bool(os.environ.get("FIREBASE_AUTH_EMULATOR_HOST"))
