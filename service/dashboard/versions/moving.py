"""What the owner does with a version: release it, withdraw it, or go back to the one before."""

from typing import Annotated

from fastapi import Form, Request, Response

from pipeline.versions.documents import MAX_FENCE
from service.access.sessions import SignedIn
from service.dashboard.frame.route import go_and_say, make_pages
from service.routes.models import promote_model, withdraw_model
from service.routes.releases import roll_back_release
from service.schemas.base import Version
from service.schemas.versions import PromoteRequest, WithdrawRequest
from service.wiring import Wired

router = make_pages()

Why = Annotated[str, Form(max_length=500)]
"""A reason in a line; empty: none was given."""
Fence = Annotated[int | None, Form(ge=0, le=MAX_FENCE)]
"""The fence of the release that the page has shown: a newer release is not replaced."""


@router.post("/versions/{version}/release")
def release_version(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    version: Version,
    *,
    why: Why = "",
    replacing: Fence = None,
) -> Response:
    """Release a version to all players."""
    asked = PromoteRequest(replacing=replacing, why=why.strip() or None)
    release = promote_model(wiring, owner, version, asked)
    before = f" It was {release.previous} until now." if release.previous else ""
    return go_and_say(request, "/releases", f"{release.version} is released.{before}")


@router.post("/releases/back")
def go_back(
    request: Request, wiring: Wired, owner: SignedIn, why: Why = "", replacing: Fence = None
) -> Response:
    """Release the version that was released before the present one."""
    asked = PromoteRequest(replacing=replacing, why=why.strip() or None)
    release = roll_back_release(wiring, owner, asked)
    return go_and_say(request, "/releases", f"{release.version} is released again.")


@router.post("/versions/{version}/withdraw")
def withdraw(
    request: Request, wiring: Wired, owner: SignedIn, version: Version, why: Why = ""
) -> Response:
    """Withdraw a version for good."""
    withdraw_model(wiring, owner, version, WithdrawRequest(why=why.strip() or None))
    return go_and_say(
        request, f"/versions/{version}", f"{version} is withdrawn: it is never released again."
    )
