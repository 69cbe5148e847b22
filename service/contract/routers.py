"""Make the routers of the service: what their routes have in common is said once."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from service.contract.idempotency import KeyedRoute
from service.contract.unexpected import RefuseUnexpected


def make_router(route_class: type[APIRoute] = KeyedRoute, **options: Any) -> APIRouter:
    """Return a router whose routes refuse what they do not take, and whose writes take a key.

    Their functions' names are their ids in the description.

    Args:
        route_class: of its routes.
        options: of APIRouter, such as `prefix` and `tags`.
    """
    return APIRouter(
        route_class=route_class,
        dependencies=[Depends(RefuseUnexpected())],
        generate_unique_id_function=lambda route: route.name,
        **options,
    )
