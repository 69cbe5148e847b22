"""Sign and read the cookie of an owner's session: who signed in, and the token of its forms."""

import hashlib
import secrets
from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer

from pipeline.settings import Settings

_SALT = "redraw.session"
_NOTICE_SALT = "redraw.notice"
_SECRET = secrets.token_bytes(32)
"""Signs sessions where the settings hold neither a secret nor an API key: until a restart."""
HOUR_SECONDS = 3600


class Session(NamedTuple):
    """An owner's session.

    owner: "api-key", or the uid of the account. form_token: forms of this session must hold it.
    """

    owner: str
    form_token: str


class Sessions:
    """Sign sessions, and read them."""

    def __init__(self, settings: Settings) -> None:
        secret = choose_secret(settings)
        self._signer = URLSafeTimedSerializer(secret, salt=_SALT)
        self._notices = URLSafeTimedSerializer(secret, salt=_NOTICE_SALT)
        self.seconds = round(settings.dashboard.session_hours * HOUR_SECONDS)
        secure = settings.environment == "production"
        # Browsers take a cookie with this prefix only by HTTPS, and for this very host.
        prefix = "__Host-" if secure else ""
        self.cookie = f"{prefix}redraw-session"
        self.notice_cookie = f"{prefix}redraw-notice"
        self.secure = secure

    def sign(self, owner: str) -> str:
        """Return the text of the cookie of a new session of this owner."""
        return str(self._signer.dumps([owner, secrets.token_urlsafe(16)]))

    def read(self, text: str | None) -> Session | None:
        """Return the session; None if the text is absent, was changed, or is too old."""
        if not text:
            return None
        try:
            owner, form_token = self._signer.loads(text, max_age=self.seconds)
        except (BadData, TypeError, ValueError):
            return None
        return Session(str(owner), str(form_token))

    def sign_notice(self, sentence: str) -> str:
        """Return the text of a cookie that holds a sentence for the next page."""
        return str(self._notices.dumps(sentence))

    def read_notice(self, text: str | None, seconds: int) -> str | None:
        """Return its sentence; None if the text is absent, was changed, or is older than that."""
        if not text:
            return None
        try:
            return str(self._notices.loads(text, max_age=seconds))
        except BadData:
            return None


def choose_secret(settings: Settings) -> bytes:
    """Return what signs: a changed API key ends all sessions, also at other web processes."""
    secret = settings.dashboard.session_secret or settings.api_key
    if secret is None:
        return _SECRET
    return hashlib.sha256(b"redraw.session:" + secret.get_secret_value().encode()).digest()
