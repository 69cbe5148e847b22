"""Corrections as pictures."""

from fastapi import Request, Response

from service.access.sessions import SignedIn
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages

router = make_pages()


@router.get("/corrections")
def show_corrections(request: Request, _owner: SignedIn) -> Response:
    """Show the page."""
    return render_page(request, "corrections/corrections.html.jinja")
