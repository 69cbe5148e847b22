"""Show which notifications were sent, and send one for a test."""

from fastapi import APIRouter

from service.http.idempotency import KeyedRoute

router = APIRouter(route_class=KeyedRoute, tags=["notifications"])
