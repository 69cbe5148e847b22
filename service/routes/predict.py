"""Guess what drawings show."""

from fastapi import APIRouter

router = APIRouter(tags=["predict"])
