"""Wait in the event loop for what threads do."""

import asyncio
from collections.abc import Callable
from typing import Any


async def until(true: Callable[[], Any]) -> None:
    """Return as soon as `true()` is; fail after half a minute."""
    for _ in range(30_000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came true")
