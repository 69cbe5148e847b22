"""The history of runs, and one run."""

from fastapi import Request, Response

from service.access.sessions import SignedIn
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages

router = make_pages()


@router.get("/runs")
def show_runs(request: Request, _owner: SignedIn) -> Response:
    """Show the page."""
    return render_page(request, "runs/runs.html.jinja")
