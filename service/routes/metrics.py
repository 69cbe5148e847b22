"""Give measurements to Prometheus."""

from fastapi import APIRouter

router = APIRouter(tags=["health"])
