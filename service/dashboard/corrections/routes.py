"""Corrections as pictures."""

import hashlib

from fastapi import Request, Response

from service.access.sessions import SignedIn
from service.dashboard.corrections.pictures import make_picture
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.http.conditional import lists_tag
from service.routes.corrections import CorrectionId
from service.wiring import Wired

KEEP = "private, max-age=300"
"""Turning back to a page within five minutes costs no read; then the tag is asked for."""

router = make_pages()


@router.get("/corrections")
def show_corrections(request: Request, _owner: SignedIn) -> Response:
    """Show the page."""
    return render_page(request, "corrections/corrections.html.jinja")


@router.get("/corrections/{correction_id}/drawing.png")
async def show_drawing(
    request: Request, wiring: Wired, _owner: SignedIn, correction_id: CorrectionId
) -> Response:
    """Send the drawing as a run makes it; the player's own file is never sent.

    Where there is none the answer is a picture of words that say why: no page has holes.
    """
    picture = await make_picture(wiring, correction_id)
    tag = f'"{hashlib.sha256(picture.content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": KEEP if picture.kept else "no-store",
        "ETag": tag,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Cookie",
    }
    if picture.kept and lists_tag(request.headers.get("If-None-Match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(picture.content, headers=headers, media_type=picture.media_type)
