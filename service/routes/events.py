"""Follow a run while it goes on, and cancel it."""

from fastapi import APIRouter

from service.http.idempotency import KeyedRoute

router = APIRouter(route_class=KeyedRoute, tags=["retrains"])
