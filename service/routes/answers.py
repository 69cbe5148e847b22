"""Take players' answers: a correction with its canvas."""

from fastapi import APIRouter

from service.http.idempotency import KeyedRoute

router = APIRouter(route_class=KeyedRoute, tags=["corrections"])
