"""Say how the project and this process are, in Prometheus's format."""

from typing import Annotated

from fastapi import Depends, Request, Response

from pipeline.settings import Settings
from service.access.roles import Caller
from service.access.rules import Allow, Rule
from service.contract.routers import make_router
from service.http.problems import NOT_OWNER, UNAUTHENTICATED, UNAVAILABLE, problem_responses
from service.metrics.exposition import OPENMETRICS, TEXT
from service.wiring import Wired

router = make_router(tags=["health"])


def _choose_rule(settings: Settings) -> Rule:
    return Rule.OWNER if settings.metrics.callers == "owner" else Rule.VISITOR


Scraper = Annotated[Caller, Depends(Allow(_choose_rule))]
_EXAMPLE = """# HELP redraw_corrections_pending Corrections that wait for a run.
# TYPE redraw_corrections_pending gauge
redraw_corrections_pending 42.0
"""


@router.get(
    "/metrics",
    summary="How are the project and this process?",
    response_class=Response,
    responses={
        200: {
            "description": "All metrics.",
            "content": {
                TEXT: {"schema": {"type": "string"}, "example": _EXAMPLE},
                OPENMETRICS: {
                    "schema": {"type": "string"},
                    "example": f"{_EXAMPLE}# EOF\n",
                },
            },
        },
        **problem_responses(UNAUTHENTICATED, NOT_OWNER, UNAVAILABLE),
    },
)
async def read_metrics(wiring: Wired, _scraper: Scraper, request: Request) -> Response:
    """Return the metrics of the project and of this process, in Prometheus's text format.

    A scraper that accepts it gets OpenMetrics. Owners may read them; with REDRAW_METRICS_CALLERS
    all may. What Firestore or Redis do not answer is left out, or given as it was read last,
    with its age: this route does not fail by them.
    """
    written = await wiring.metrics.scrape(request.headers.get("accept"))
    return Response(
        written.body, media_type=written.media_type, headers={"Cache-Control": "no-store"}
    )
