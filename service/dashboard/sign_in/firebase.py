"""What the sign-in page needs for accounts of Firebase, and may load for that alone."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from pipeline.settings import Settings
from service.callers.firebase import is_emulated

APP = "vendor/firebase-app-13.2.0.js"
AUTH = "vendor/firebase-auth-13.2.0.js"
_SERVICES = "https://identitytoolkit.googleapis.com https://securetoken.googleapis.com"
_WINDOWS = "https://apis.google.com"
"""The library with which Google's window and this page find each other."""


class Firebase(NamedTuple):
    """The project that owners' accounts belong to.

    emulator: the address of the Auth emulator, empty without one.
    """

    api_key: str
    auth_domain: str
    emulator: str

    def write_policy(self) -> Mapping[str, str]:
        """Return what the sign-in page may load, by directive of its policy."""
        emulator = f" {self.emulator}" if self.emulator else ""
        return {
            "script-src": f"'self' {_WINDOWS}",
            "connect-src": f"'self' {_SERVICES}{emulator}",
            "frame-src": f"https://{self.auth_domain}{emulator}",
        }


HEADERS: Mapping[str, str] = {
    # The page has to see that Google's window is closed.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    # A web API key may be restricted to origins, so Google has to see this one.
    "Referrer-Policy": "strict-origin",
}


def find_firebase(settings: Settings) -> Firebase | None:
    """Return the project that owners' accounts belong to; None if the settings name none."""
    dashboard = settings.dashboard
    if dashboard.firebase_api_key is None:
        return None
    return Firebase(
        dashboard.firebase_api_key,
        dashboard.firebase_auth_domain or f"{settings.project_id}.firebaseapp.com",
        f"http://{os.environ['FIREBASE_AUTH_EMULATOR_HOST']}" if is_emulated() else "",
    )
