"""Give the OpenAPI description of the service."""

from fastapi import Request
from fastapi.responses import JSONResponse

from service.access.roles import Public
from service.contract.routers import make_router

# FastAPI has such a route too. It names no rule, and computes the description in the event loop,
# where all other requests would wait for it.
router = make_router(include_in_schema=False)


@router.get("/openapi.json")
def get_description(request: Request, _public: Public) -> JSONResponse:
    """Return the description; the first request after the start computes it."""
    return JSONResponse(request.app.openapi())
