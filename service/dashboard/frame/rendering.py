"""Render the templates of pages. Every value is escaped unless it is `Markup`."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.formatting import format_category, format_percent, format_points, format_size
from pipeline.pages.pictures import encode_data_uri
from pipeline.pages.rendering import format_count
from service.callers.sessions import Session
from service.dashboard.frame import addresses
from service.dashboard.frame.notices import drop_notice, read_notice
from service.dashboard.frame.paths import run_path
from service.dashboard.frame.texts import mark_code
from service.dashboard.frame.times import format_duration, format_exact, format_when

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""What pages may load and do. No script and no style stands in a page itself."""

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    # Pages hold what only the owner may see.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With `no-referrer` browsers would send forms of this service with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb",
        )
    ),
}  # fmt: skip
"""What else browsers are told about pages; what all answers have is in `http.security_headers`."""


def render_page(
    request: Request,
    name: str,
    /,
    *,
    status: int = 200,
    policy: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Return a page, or a part of one: the template `name` with the values in `context`.

    Templates also find `path` (of the request), `session` (None without one), `plays` (whether
    there is a page to play on), and `notice` (what the form before has done, None without one; the
    layout shows it).

    Args:
        request: that is answered.
        name: of the template, such as `runs/list.html.jinja`.
        status: of the answer.
        policy: what this page may do beyond `POLICY`, by directive.
        context: values.

    Raises:
        jinja2.UndefinedError: the template uses a name that `context` lacks.
    """
    notice = read_notice(request)
    text = render_text(request, name, notice=notice, **context)
    rules = {**POLICY, **(policy or {})}
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {what}" for name, what in rules.items()),
        **HEADERS,
    }
    answer = HTMLResponse(text, status, headers)
    if notice is not None:
        drop_notice(request, answer)
    return answer


def render_text(request: Request, name: str, /, **context: Any) -> str:
    """Return the text of the template `name`, see `render_page`; without a notice of its own."""
    session: Session | None = getattr(request.state, "session", None)
    plays = request.app.state.wiring.settings.dashboard.play != "off"
    given = {
        "path": request.url.path,
        "session": session,
        "notice": None,
        "plays": plays,
        **context,
    }
    return _ENVIRONMENT.get_template(name).render(given)


_ENVIRONMENT = Environment(
    loader=PackageLoader("service.dashboard"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    category=format_category,
    code=mark_code,
    data_uri=encode_data_uri,
    duration=format_duration,
    exact=format_exact,
    number=format_count,
    percent=format_percent,
    points=format_points,
    run_path=run_path,
    size=format_size,
    when=format_when,
)
_ENVIRONMENT.globals.update(asset=addresses.address)
