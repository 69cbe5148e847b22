"""Follow a run while it goes on, and cancel it."""

from fastapi import APIRouter

router = APIRouter(tags=["retrains"])
