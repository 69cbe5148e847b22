"""Sign and read the cookie by which the page to play on knows a player: a browser, no person."""

import secrets
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from pipeline.settings import Settings
from service.callers.sessions import choose_secret

PREFIX = "play-"
"""Ids of these players begin so; those of Firebase's accounts do not."""
KEPT_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at most."""
_SALT = "redraw.play"


class BrowserPlayer(NamedTuple):
    """A browser in which someone plays.

    id: of the player, as corrections name it. form_token: what changes something must hold it.
    """

    id: str
    form_token: str


class BrowserPlayers:
    """Make players, sign their cookies, and read them.

    The service chooses the id and signs it, so no browser can answer as another player.
    """

    def __init__(self, settings: Settings) -> None:
        self._signer = URLSafeSerializer(choose_secret(settings), salt=_SALT)
        self.secure = settings.environment == "production"
        self.cookie = "__Host-redraw-player" if self.secure else "redraw-player"

    def make(self) -> BrowserPlayer:
        """Return a new player."""
        return BrowserPlayer(PREFIX + secrets.token_hex(16), secrets.token_urlsafe(16))

    def sign(self, player: BrowserPlayer) -> str:
        """Return the text of the cookie of a player."""
        return str(self._signer.dumps(player))

    def read(self, text: str | None) -> BrowserPlayer | None:
        """Return the player; None if the text is absent or was changed."""
        if not text:
            return None
        try:
            name, form_token = self._signer.loads(text)
        except (BadData, TypeError, ValueError):
            return None
        return BrowserPlayer(str(name), str(form_token))
