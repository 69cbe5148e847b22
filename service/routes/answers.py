"""Take players' answers: a correction with its canvas."""

from fastapi import APIRouter

router = APIRouter(tags=["corrections"])
