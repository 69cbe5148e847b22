"""Health, checks, notifications, space and settings."""

from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from pipeline.notifications.delivery_words import describe_delivery
from pipeline.shown_settings import show_settings
from service.access.sessions import SignedIn
from service.checks.making import CheckState
from service.dashboard.frame.parts import read_part
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import go_and_say, go_to, make_pages
from service.dashboard.system.health import describe_health
from service.routes.notifications import send_test_notification
from service.wiring import Wired, Wiring

NOTIFICATIONS = 5
router = make_pages()


@router.get("/system")
def show_system(request: Request, wiring: Wired, _owner: SignedIn) -> Response:
    """Show how all is; what is still being looked at comes by itself, or by a reload."""
    newest = read_part(lambda: wiring.ports.notifications.page(limit=NOTIFICATIONS))
    settings = show_settings(wiring.settings)
    return render_page(
        request,
        "system/system.html.jinja",
        newest=newest,
        describe_delivery=describe_delivery,
        webhook=wiring.settings.webhook,
        changed=[each for each in settings if each.changed],
        total=len(settings),
        **_look(wiring),
    )


@router.get("/system/now")
def show_now(request: Request, wiring: Wired, _owner: SignedIn) -> Response:
    """Show the part of the page that changes while checks are made."""
    return render_page(request, "system/now.html.jinja", **_look(wiring))


@router.get("/system/settings")
def show_all_settings(
    request: Request,
    wiring: Wired,
    _owner: SignedIn,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the settings whose name or meaning holds the words."""
    settings = show_settings(wiring.settings)
    words = q.split()
    found = [each for each in settings if all(map(each.holds, words))]
    subjects = dict.fromkeys(each.subject for each in found)
    return render_page(
        request,
        "system/settings.html.jinja",
        q=q,
        groups={name: [each for each in found if each.subject == name] for name in subjects},
        found=len(found),
        total=len(settings),
    )


@router.post("/system/checks")
def check_again(wiring: Wired, _owner: SignedIn, slow: Annotated[bool, Form()] = False) -> Response:
    """Make the checks again; with `slow` those that read all data too."""
    wiring.examination.begin(slow=slow)
    return go_to("/system#checks")


@router.post("/system/notifications/test")
def send_test(request: Request, wiring: Wired, owner: SignedIn) -> Response:
    """Send a notification for a test, and say what the receiver answered."""
    sent = send_test_notification(wiring, owner)
    return go_and_say(request, "/system#notifications", f"The test: {describe_delivery(sent)}.")


def _look(wiring: Wiring) -> dict[str, Any]:
    """Return what the changing part of the page shows; nothing here waits for a service."""
    examined = wiring.examination.look()
    wiring.space.refresh()
    space = wiring.space.get()
    lights = describe_health(wiring.metrics.look(), wiring.settings)
    bad = [each for each in lights if each.kind == "bad"]
    measuring = space.value is None and not space.failing
    busy = examined.running or measuring or any(each.kind == "busy" for each in lights)
    return {
        "lights": lights,
        "examined": examined,
        "space": space,
        "busy": busy,
        "bad": bad,
        "CheckState": CheckState,
    }
