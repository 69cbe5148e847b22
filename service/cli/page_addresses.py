"""The addresses of the pages that `redraw up` and `redraw demo` serve on this machine."""

from typing import NamedTuple
from urllib.parse import urlencode

from pipeline.settings import Settings
from service.callers.sessions import LINK_SECONDS, Sessions
from service.cli.stack import LOOPBACK

PLAY_ENVIRONMENT = "REDRAW_DASHBOARD_PLAY"
LINK_MINUTES = LINK_SECONDS // 60


class PageAddresses(NamedTuple):
    """Where to draw, and where to see and decide.

    play: the page to draw on. dashboard: the overview. link: the same, and signs the owner in, for
    LINK_MINUTES from now on.
    """

    play: str
    dashboard: str
    link: str


def find_pages(settings: Settings, port: int) -> PageAddresses:
    """Return the addresses of the pages of a service.

    Args:
        settings: those of the service, with its API key.
        port: where it listens on loopback.
    """
    base = f"http://{LOOPBACK}:{port}"
    return PageAddresses(f"{base}/play", f"{base}/", link_to(settings, base))


def link_to(settings: Settings, base: str) -> str:
    """Return the address that signs the owner in, for LINK_MINUTES from now on.

    Args:
        settings: those of the service, with its API key.
        base: where a browser finds the service, without a slash at its end.
    """
    return f"{base}/sign-in?{urlencode({'link': Sessions(settings).sign_link()})}"


def let_all_play(settings: Settings) -> dict[str, str]:
    """Return the variable that lets anyone on this machine play, where the settings say nothing."""
    if "play" in settings.dashboard.model_fields_set:
        return {}
    return {PLAY_ENVIRONMENT: "anyone"}
