"""Sign and read the cookie of an owner's session: who signed in, and the token of its forms."""

import hashlib
import json
import secrets
import time
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.types import Scope

from pipeline.settings import Settings

HOUR_SECONDS = 3600
LINK_SECONDS = 600
"""How long a link from the command line signs an owner in."""
SKEW_SECONDS = 30
"""How far the clocks of two web processes may be apart."""
_SECRET = secrets.token_hex(32)
"""Signs sessions where the settings hold neither a secret nor an API key: until a restart."""


class Session(NamedTuple):
    """An owner's session.

    owner: "api-key", or the uid of the account. form_token: forms of this session must hold it.
    began_at: when the owner signed in, in seconds since 1970.
    """

    owner: str
    form_token: str
    began_at: float


class Sessions:
    """Sign sessions, sentences for the next page, and links that sign in; and read them.

    Nothing is kept here: each web process of the same settings reads what another one has signed.
    """

    def __init__(self, settings: Settings) -> None:
        secret = choose_secret(settings)
        self._sessions = URLSafeTimedSerializer(secret, salt="redraw.session")
        self._notices = URLSafeTimedSerializer(secret, salt="redraw.notice")
        self._links = URLSafeTimedSerializer(secret, salt="redraw.link")
        self.seconds = round(settings.dashboard.session_hours * HOUR_SECONDS)
        self.secure = settings.environment == "production"
        # Browsers take a cookie with this prefix only by HTTPS, and for this very host.
        prefix = "__Host-" if self.secure else ""
        self.cookie = f"{prefix}redraw-session"
        self.notice_cookie = f"{prefix}redraw-notice"

    def sign(self, owner: str) -> str:
        """Return the text of the cookie of a new session of this owner."""
        return str(self._sessions.dumps([owner, secrets.token_urlsafe(16)]))

    def read(self, text: str | None) -> Session | None:
        """Return the session; None if the text is absent, was changed, or is too old."""
        found = _read(self._sessions, text, self.seconds)
        if found is None:
            return None
        (owner, form_token), began_at = found
        return Session(owner, form_token, began_at)

    def find(self, scope: Scope) -> Session | None:
        """Return the session that the cookies of a request hold, None if there is none."""
        # Most requests are a game's, and have no cookies.
        if not any(name == b"cookie" for name, _ in scope["headers"]):
            return None
        return self.read(HTTPConnection(scope).cookies.get(self.cookie))

    def sign_notice(self, sentence: str) -> str:
        """Return the text of a cookie that holds a sentence for the next page."""
        return str(self._notices.dumps(sentence))

    def read_notice(self, text: str | None, seconds: int) -> str | None:
        """Return its sentence; None if the text is absent, was changed, or is older than that."""
        found = _read(self._notices, text, seconds)
        return None if found is None else str(found[0])

    def sign_link(self) -> str:
        """Return a text that stands for the API key for LINK_SECONDS, to be put into an address."""
        return str(self._links.dumps(""))

    def is_link(self, text: str) -> bool:
        """Return whether `sign_link` made this text, a short time ago."""
        return _read(self._links, text, LINK_SECONDS) is not None


def _read(
    signer: URLSafeTimedSerializer, text: str | None, seconds: float
) -> tuple[Any, float] | None:
    """Return what was signed, and when; None if it was not, or longer ago than `seconds`."""
    if not text:
        return None
    try:
        value, signed_at = signer.loads(text, return_timestamp=True)
    except BadData:
        return None
    moment = signed_at.timestamp()
    return (value, moment) if -SKEW_SECONDS <= time.time() - moment <= seconds else None


def choose_secret(settings: Settings) -> bytes:
    """Return what signs: a changed API key ends all sessions, also at other web processes."""
    known = (settings.dashboard.session_secret, settings.api_key)
    values = [None if secret is None else secret.get_secret_value() for secret in known]
    text = json.dumps(values) if any(values) else _SECRET
    return hashlib.sha256(f"redraw.session:{text}".encode()).digest()
