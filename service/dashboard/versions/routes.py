"""Versions, releases and trials."""

from fastapi import Request, Response

from service.access.sessions import SignedIn
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages

router = make_pages()


@router.get("/versions")
def show_versions(request: Request, _owner: SignedIn) -> Response:
    """Show the page."""
    return render_page(request, "versions/versions.html.jinja")
