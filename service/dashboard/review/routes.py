"""The queue of quarantined corrections."""

from fastapi import Request, Response

from service.access.sessions import SignedIn
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages

router = make_pages()


@router.get("/review")
def show_review(request: Request, _owner: SignedIn) -> Response:
    """Show the page."""
    return render_page(request, "review/review.html.jinja")
