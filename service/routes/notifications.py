"""Show which notifications were sent, and send one for a test."""

from fastapi import APIRouter

router = APIRouter(tags=["notifications"])
